// What benchmarks/laboratory.py trains in Node, behind network.js, clothes.js and laboratory_network.js: one run
// of the laboratory, as the page trains it. Gives each step's loss, and after each epoch both accuracies.

async function learned({ wasm, images, about, parts, settings }) {
  const bytes = (text) => new Uint8Array(Buffer.from(text, "base64"));
  const { instance } = await WebAssembly.instantiate(bytes(wasm));
  const engine = methods(instance.exports, ({ losses: some, correct: right }) => { add(some, right); });
  const { batch, images: count, epochs, crop, flip } = settings;
  const window = crop ? 24 : undefined, steps = Math.floor(count / batch);
  const losses = [], tests = [], trains = [];
  let correct = 0;
  const add = (some, right) => {
    losses.push(...some);
    correct += right.reduce((a, b) => a + b, 0);
  };
  engine.data({ ...clothes(bytes(images)), ...about });
  engine.build(describedRun(parts, settings));
  for (let epoch = 0; epoch < epochs; epoch++) {
    const last = await engine.train({ steps, images: count, window, flip });
    add(last.losses, last.correct);
    trains.push(correct / (steps * batch));
    correct = 0;
    tests.push(engine.evaluate({ window }).accuracy);
  }
  return { losses, tests, trains };
}

learned(JSON.parse(require("fs").readFileSync(0))).then((run) => console.log(JSON.stringify(run)));
