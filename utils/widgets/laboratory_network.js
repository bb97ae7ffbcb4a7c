// The networks of the laboratory as the engine builds them: utils/nets/laboratory.py in JavaScript.

const ENGINE_ACTIVATIONS = { ReLU: "relu", tanh: "tanh", sigmoid: "sigmoid" };
const ENGINE_INITIAL = { He: "he", Xavier: "xavier", 0.01: 0.01 };
const ENGINE_OPTIMISERS = {
  "SGD": { kind: "sgd", momentum: 0 }, "momentum": { kind: "sgd", momentum: 0.9 }, "Adam": { kind: "adam" },
};

/** The layers with what the settings change: `networks` are plain ones with ReLU, `norms` the layers that
 * can stand behind their first two activations. */
export function describedNetwork({ networks, norms }, { network, activation, norm, dropout }) {
  const { input, layers: plain } = networks.find(({ name }) => name === network), layers = [];
  let linear = false;
  for (const [name, kind, settings] of plain) {
    linear ||= kind === "linear";
    if (kind !== "relu") {
      layers.push([name, kind, settings]);
      continue;
    }
    layers.push([name, ENGINE_ACTIVATIONS[activation], {}]);
    const digit = name.at(-1);
    if (!linear && "12".includes(digit) && norms[norm]) layers.push([`norm${digit}`, ...norms[norm]]);
    if (linear && dropout) layers.push([`drop${digit}`, "dropout", { p: dropout }]);
  }
  return { input, layers };
}

/** What the engine is to build for a run of the laboratory. */
export function describedRun(parts, settings) {
  const { optimiser, rate, batch, seed, initial } = settings;
  return {
    ...describedNetwork(parts, settings), batchSize: batch, seed, initialisation: ENGINE_INITIAL[initial],
    optimiser: { ...ENGINE_OPTIMISERS[optimiser], lr: rate, weight_decay: 5e-4 },
  };
}
