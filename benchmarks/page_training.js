// What benchmarks/page_training.py times in pages of its own, and of TensorFlow.js also in Node. Each of the functions makes a network
// and returns `step`, which works on one batch and returns its loss, or for one image its largest logit.

const SIZE = 64, SIDE = 28;  // of LeNet's batches; lr and momentum come as `settings`

const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const floats = (text) => new Float32Array(bytes(text).buffer);

/** Milliseconds of a step, of as many as begin within `limit` ms, and the result of the first batch. */
async function turn(step, count, limit) {
  const results = [], begun = performance.now();
  do results.push(await step(results.length % count)); while (performance.now() - begun < limit);
  return { ms: (performance.now() - begun) / results.length, result: results[0], ...globalThis.about };
}

/** Each batch's { images: Float32Array, labels: Uint8Array }. */
const ready = (batches) =>
  batches.map(([images, labels]) => ({ images: floats(images), labels: bytes(labels) }));

const named = (weights) =>
  Object.fromEntries(Object.entries(weights).map(([name, text]) => [name, { data: floats(text) }]));

/** The book's engine, as PyTorch in the thread that asks: a page asks it in a Worker, by message. */
async function engine(batches, module, network, weights) {
  const { instance } = await WebAssembly.instantiate(bytes(module));
  const { build, load, outputs, step } = methods(instance.exports);
  globalThis.about = { memory: build(network).bytes };
  load(named(weights));
  if (network.batchSize > 1) return (k) => step(batches[k].images, batches[k].labels).loss;
  return (k) => Math.max(...outputs(batches[k].images, ["fc8"]).fc8.data);
}

/** Learns the page's images: the seconds passed and the test accuracy after each epoch within `limit`
 * seconds, and the longest task that the page itself had meanwhile (ms; 0: none over 50). */
async function learns([program, file, about, network, limit]) {
  const engine = await startEngine(await unpacked(bytes(program)));
  await engine.call("data", { ...clothes(await unpacked(bytes(file))), ...about });
  let longest = 0;
  const watch = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) longest = Math.max(longest, duration);
  });
  watch.observe({ type: "longtask" });
  const begun = performance.now(), seconds = () => (performance.now() - begun) / 1000, epochs = [];
  await engine.call("build", network);
  while (seconds() < limit) {
    await engine.call("train", { steps: 125, images: 8000 });
    const { accuracy } = await engine.call("evaluate");
    if (seconds() < limit) epochs.push([Math.round(seconds() * 10) / 10, accuracy]);
  }
  watch.disconnect();
  return { epochs, longest };
}

async function engineByMessage(batches, program, network, weights) {
  const engine = await startEngine(await unpacked(bytes(program)));
  await engine.call("build", network);
  await engine.call("load", named(weights));
  return async (k) => Math.max(...(await engine.call("outputs", batches[k].images, ["fc8"])).fc8.data);
}

function javaScriptLooks(batches, file) {
  const net = parameters(tensors(bytes(file))), side = Math.sqrt(batches[0].images.length);
  return (k) => {
    let y;
    for ([, y] of forward({ shape: [1, side, side], data: batches[k].images }, net));
    return Math.max(...y.data);
  };
}

/** Runs a script of one of the installed libraries. */
const load = (path) => new Promise((done, failed) => {
  const [onload, onerror] = [done, () => failed(new Error(`${path} is missing.`))];
  document.head.append(Object.assign(document.createElement("script"), { src: path, onload, onerror }));
});

async function convNetJS(batches, { lr, momentum }) {
  await load("/convnetjs/build/convnet.js");
  const net = new convnetjs.Net(), activation = "relu";
  net.makeLayers([
    { type: "input", out_sx: SIDE, out_sy: SIDE, out_depth: 1 },
    { type: "conv", sx: 5, filters: 6, stride: 1, pad: 2, activation },
    { type: "pool", sx: 2, stride: 2 },
    { type: "conv", sx: 5, filters: 16, stride: 1, activation },
    { type: "pool", sx: 2, stride: 2 },
    { type: "fc", num_neurons: 120, activation },
    { type: "fc", num_neurons: 84, activation },
    { type: "softmax", num_classes: 10 },
  ]);
  const settings = { method: "sgd", learning_rate: lr, momentum, batch_size: SIZE };
  const trainer = new convnetjs.Trainer(net, settings);
  const volumes = batches.map(({ images, labels }) => Array.from(labels, (_, i) => {
    const volume = new convnetjs.Vol(SIDE, SIDE, 1, 0);
    volume.w.set(images.subarray(i * SIDE * SIDE, (i + 1) * SIDE * SIDE));
    return volume;
  }));
  return (k) => {
    let loss = 0;
    batches[k].labels.forEach((label, i) => { loss += trainer.train(volumes[k][i], label).loss; });
    return loss / SIZE;
  };
}

async function tensorFlow(batches, { lr, momentum }, backend) {
  if (!globalThis.tf) await load("/@tensorflow/tfjs/dist/tf.min.js");
  if (backend !== "cpu") await load(`/@tensorflow/tfjs-backend-${backend}/dist/tf-backend-${backend}.min.js`);
  if (backend === "wasm") tf.wasm.setWasmPaths("/@tensorflow/tfjs-backend-wasm/wasm-out/");
  if (!await tf.setBackend(backend)) throw new Error(`TF.js cannot start the backend ${backend}.`);
  const { conv2d, maxPooling2d, flatten, dense } = tf.layers, activation = "relu";
  const net = tf.sequential({ layers: [
    conv2d({ inputShape: [SIDE, SIDE, 1], filters: 6, kernelSize: 5, padding: "same", activation }),
    maxPooling2d({ poolSize: 2 }),
    conv2d({ filters: 16, kernelSize: 5, activation }),
    maxPooling2d({ poolSize: 2 }),
    flatten(),
    dense({ units: 120, activation }),
    dense({ units: 84, activation }),
    dense({ units: 10, activation: "softmax" }),
  ] });
  net.compile({ optimizer: tf.train.momentum(lr, momentum), loss: "categoricalCrossentropy" });
  const pairs = batches.map(({ images, labels }) => [
    tf.tensor4d(images, [SIZE, SIDE, SIDE, 1]),
    tf.oneHot(tf.tensor1d(Int32Array.from(labels), "int32"), 10),
  ]);
  return (k) => net.trainOnBatch(...pairs[k]);
}

async function jaxJS(batches, { lr, momentum }, backend) {
  const jax = await import("/@jax-js/jax/dist/index.js");
  const { numpy: np, lax, nn, random, jit, valueAndGrad, tree } = jax;
  if (!(await jax.init(backend)).includes(backend)) throw new Error(`jax-js cannot start the backend ${backend}.`);
  jax.defaultDevice(backend);
  const conv = (x, { weight, bias }, padding) =>
    nn.relu(lax.convGeneralDilated(x, weight, [1, 1], padding).add(bias.reshape([-1, 1, 1])));
  const pool = (x) => lax.reduceWindow(x, np.max, [2, 2], [2, 2]);
  const linear = (x, { weight, bias }) => np.matmul(x, weight.transpose()).add(bias);
  const loss = (net, x, targets) => {
    x = pool(conv(x, net.conv1, [[2, 2], [2, 2]]));
    x = pool(conv(x, net.conv2, "VALID")).reshape([SIZE, -1]);
    x = linear(nn.relu(linear(nn.relu(linear(x, net.fc3)), net.fc4)), net.fc5);
    return nn.logSoftmax(x).mul(targets).sum().mul(-1 / SIZE);
  };
  const update = jit((net, velocity, x, targets) => {
    const [value, gradients] = valueAndGrad(loss)(tree.ref(net), x, targets);
    velocity = tree.map((v, g) => v.mul(momentum).add(g), velocity, gradients);
    net = tree.map((w, v) => w.sub(v.mul(lr)), net, tree.ref(velocity));
    return [value, net, velocity];
  });
  const shapes = { conv1: [6, 1, 5, 5], conv2: [16, 6, 5, 5], fc3: [120, 400], fc4: [84, 120], fc5: [10, 84] };
  let net = {}, velocity = {};
  Object.entries(shapes).forEach(([name, shape], i) => {
    const fanIn = shape.slice(1).reduce((a, b) => a * b), zeros = () => np.zeros([shape[0]]);
    net[name] = { weight: random.normal(random.key(i), shape).mul(fanIn ** -0.5), bias: zeros() };
    velocity[name] = { weight: np.zeros(shape), bias: zeros() };
  });
  const pairs = batches.map(({ images, labels }) => [
    np.array(images).reshape([SIZE, 1, SIDE, SIDE]),
    nn.oneHot(np.array(Int32Array.from(labels), { dtype: np.int32 }), 10),
  ]);
  return async (k) => {
    let value;
    [value, net, velocity] = update(net, velocity, ...pairs[k].map((array) => array.ref));
    return (await value.data())[0];
  };
}
