// A network and its training, in the memory of the engine; runs in a Worker.
//
// A map lies in memory as [channels][height][width][images]; weights lie in panels of four rows, see
// assembly/product.ts. Whoever calls sees PyTorch's names, shapes and order of numbers.

const STREAMS = ["weights", "dropout", "order", "views"];  // of random numbers, for one seed
const fours = (count) => Math.ceil(count / 4) * 4;
const product = (numbers) => numbers.reduce((a, b) => a * b, 1);

/** Places along a side of `size`; throws Error if the kernel does not fit. */
function outputSize(name, size, { kernel_size, stride = 1, padding = 0, ceil_mode = false }) {
  const steps = (size + 2 * padding - kernel_size) / stride;
  if (!(steps >= 0)) throw new Error(`${name} has a kernel of ${kernel_size} px, but its input is only ${size} px wide: take a smaller kernel, or larger images.`);
  return ceil_mode ? Math.min(Math.ceil(steps), Math.ceil((size + padding) / stride) - 1) + 1 : Math.floor(steps) + 1;
}

/** What each kind of layer does: it takes its input's { shape, at, gradient }, asks for memory, and
 * returns its output's shape and how to go forward and backward. `at` are addresses of numbers. */
const LAYERS = {
  conv2d({ wasm, images, take, parameter, scratch }, name, settings, x) {
    const { channels: maps, kernel_size: kernel, stride = 1, padding = 0, groups = 1, flat } = settings;
    const [channels, height, width] = x.shape;
    if (channels % groups || maps % groups) throw new Error(`${name} cannot divide ${channels} channels and ${maps} maps into ${groups} groups.`);
    const [rows, columns] = [height, width].map((size) => outputSize(name, size, settings));
    const [part, own] = [channels / groups, maps / groups];  // of one group
    const weight = parameter("weight", flat ? [maps, part] : [maps, part, kernel, kernel], groups);
    const bias = parameter("bias", [maps]);
    const turned = take(fours(part) * kernel * kernel * own + 16);
    const sides = [height, width].map((size) => size + 2 * padding + kernel + stride);
    scratch(kernel * kernel * (2 + Math.max(part, own) * Math.max(images, 8)) + 64 + (images === 1 ? part * product(sides) : 0));
    const y = take.map([maps, rows, columns]);
    const each = fours(own) * part * kernel * kernel;  // numbers of a group's panels
    const of = (g) => ({
      x: x.at + 4 * g * part * height * width * images, dx: x.gradient + 4 * g * part * height * width * images,
      y: y.at + 4 * g * own * rows * columns * images, dy: y.gradient + 4 * g * own * rows * columns * images,
      w: weight.at + 4 * g * each, dw: weight.gradient + 4 * g * each,
      b: bias.at + 4 * g * own, db: bias.gradient + 4 * g * own,
    });
    const sizes = [images, part, height, width, own, kernel, stride, padding, rows, columns];
    const all = Array.from({ length: groups }, (_, g) => of(g));
    return {
      y,
      forward() { for (const g of all) wasm.conv_forward(g.x, g.w, g.b, g.y, ...sizes, scratch.at); },
      backward() {
        for (const g of all) {
          wasm.conv_backward_weights(g.x, g.dy, g.dw, g.db, ...sizes);
          if (!x.isInput) wasm.conv_backward_input(g.dy, g.w, turned, g.dx, ...sizes, scratch.at);
        }
      },
    };
  },

  /** A convolution with one place. */
  linear(context, name, { features }, x) {
    const settings = { channels: features, kernel_size: 1, flat: true };
    const layer = LAYERS.conv2d(context, name, settings, { ...x, shape: [product(x.shape), 1, 1] });
    return { ...layer, y: { ...layer.y, shape: [features] } };
  },

  max_pool2d({ wasm, images, take }, name, settings, x) {
    const { kernel_size: kernel, stride = kernel } = settings, [channels, ...sides] = x.shape;
    const out = sides.map((size) => outputSize(name, size, { ...settings, stride }));
    const y = take.map([channels, ...out]);
    const winners = take(Math.max(product(y.shape) * images, sides[1])), sizes = [images, ...x.shape, kernel, stride, ...out];
    return {
      y,
      forward() { wasm.max_pool(x.at, y.at, winners, ...sizes); },
      backward() { wasm.max_pool_backward(y.gradient, winners, x.gradient, ...sizes); },
    };
  },

  avg_pool2d({ wasm, images, take }, name, { kernel_size: kernel, stride = kernel }, x) {
    const [channels, ...sides] = x.shape;
    const out = sides.map((size) => outputSize(name, size, { kernel_size: kernel, stride }));
    const y = take.map([channels, ...out]);
    const sizes = [images, ...x.shape, kernel, stride, ...out];
    return {
      y,
      forward() { wasm.avg_pool(x.at, y.at, ...sizes); },
      backward() { wasm.avg_pool_backward(y.gradient, x.gradient, ...sizes); },
    };
  },

  relu: (context, _, __, x) => activation("relu", context, x),
  tanh: (context, _, __, x) => activation("tanh", context, x),
  sigmoid: (context, _, __, x) => activation("sigmoid", context, x),

  constant({ wasm, images, take }, _, { factor }, x) {
    const y = take.map(x.shape), count = product(x.shape) * images;
    return {
      y,
      forward() { wasm.scaled(x.at, y.at, count, factor); },
      backward() { wasm.scaled(y.gradient, x.gradient, count, factor); },
    };
  },

  dropout({ wasm, images, take, generator }, _, { p }, x) {
    const y = take.map(x.shape), count = product(x.shape) * images, mask = take(count);
    return {
      y,
      forward(training) {
        if (training) {
          wasm.dropout_mask(generator("dropout"), mask, count, p);
          wasm.multiply(x.at, mask, y.at, count);
        } else {
          wasm.copy(x.at, y.at, count);
        }
      },
      backward() { wasm.multiply(y.gradient, mask, x.gradient, count); },
    };
  },

  lrn({ wasm, images, take }, _, { size, alpha = 1e-4, beta = 0.75, k = 1 }, x) {
    const y = take.map(x.shape), [channels, ...sides] = x.shape;
    const count = product(sides) * images, [d, ratios] = [take(count * channels), take(count * channels)];
    return {
      y,
      forward() { wasm.lrn(x.at, d, y.at, channels, count, size, alpha, beta, k); },
      backward() { wasm.lrn_backward(x.at, d, y.at, y.gradient, ratios, x.gradient, channels, count, size, alpha, beta); },
    };
  },

  batch_norm({ wasm, images, take, parameter, buffer }, _, __, x) {
    const y = take.map(x.shape), [channels, ...sides] = x.shape;
    const weight = parameter("weight", [channels]), bias = parameter("bias", [channels]);
    const [mean, variance] = [buffer("running_mean", channels, 0), buffer("running_var", channels, 1)];
    const [means, scales] = [take(channels), take(channels)], count = product(sides) * images;
    return {
      y,
      forward(training) {
        if (training) wasm.batch_norm(x.at, y.at, weight.at, bias.at, means, scales, mean, variance, channels, count);
        else wasm.batch_norm_evaluated(x.at, y.at, weight.at, bias.at, mean, variance, channels, count);
      },
      backward() {
        wasm.batch_norm_backward(x.at, y.gradient, x.gradient, weight.at, weight.gradient, bias.gradient, means, scales, channels, count);
      },
    };
  },
};

function activation(kind, { wasm, images, take }, x) {
  const y = take.map(x.shape), count = product(x.shape) * images;
  return {
    y,
    forward() { wasm[kind](x.at, y.at, count); },
    backward() { wasm[`${kind}_backward`](y.at, y.gradient, x.gradient, count); },
  };
}

/** Where each number of a weight lies in its panels, in PyTorch's order: map, channel, kernel. */
function panels({ shape: [maps, channels, kernel = 1], groups }) {
  const own = maps / groups, taps = kernel * kernel, depth = taps * channels;
  return Int32Array.from({ length: maps * depth }, (_, i) => {
    const m = Math.floor(i / depth), c = Math.floor((i % depth) / taps), tap = i % taps;
    const row = Math.floor(m / own) * fours(own) + (m % own);
    return (Math.floor(row / 4) * depth + tap * channels + c) * 4 + (row % 4);
  });
}

/** A network in the memory of `wasm`; throws Error if its layers do not fit each other. */
function network(wasm, start, { input, batchSize: images, layers, seed = 0, initialisation = "he" }) {
  if (images !== 1 && !(images > 0 && images % 8 === 0)) throw new Error(`The engine computes one image or a multiple of 8 at once, not ${images}.`);
  let end = start, most = 0;
  /** Memory for numbers, and some behind them: what works on several at once may reach too far. */
  const take = (count) => {
    const at = end;
    end += 64 * Math.ceil((4 * count + 64) / 64);
    return at;
  };
  take.map = (shape) => ({ shape, at: take(product(shape) * images), gradient: take(product(shape) * images) });
  const scratch = (count) => { most = Math.max(most, count); };
  const generators = take(4 * STREAMS.length), generator = (use) => generators + 16 * STREAMS.indexOf(use);
  const parameters = [], buffers = [], steps = [];
  const x = { ...take.map(input), isInput: true };
  for (const [name, kind, settings = {}] of layers) {
    if (!LAYERS[kind]) throw new Error(`${name} is of a kind that the engine does not know, “${kind}”: it knows ${Object.keys(LAYERS).join(", ")}.`);
    const parameter = (part, shape, groups = 1) => {
      const [rows, ...rest] = shape, count = fours(groups * fours(rows / groups) * product(rest));
      const [at, gradient, first, second] = [take(count), take(count), take(count), take(count)];
      parameters.push({ name: `${name}.${part}`, shape, groups, count, at, gradient, first, second });
      return parameters.at(-1);
    };
    const buffer = (part, count, value) => {
      buffers.push({ name: `${name}.${part}`, shape: [count], count, at: take(count), value });
      return buffers.at(-1).at;
    };
    const context = { wasm, images, take, parameter, buffer, scratch, generator };
    steps.push({ name, ...LAYERS[kind](context, name, settings, steps.at(-1)?.y ?? x) });
  }
  const { y } = steps.at(-1), labels = take(images / 4), right = take(1), views = take(3 * images);
  if (y.shape.length > 1) throw new Error("The last layer must give one logit for each class: let it be linear.");
  scratch.at = take(most);
  const missing = Math.ceil((end - wasm.memory.buffer.byteLength) / 65536);
  if (missing > 0) wasm.memory.grow(missing);

  const floats = (at, count) => new Float32Array(wasm.memory.buffer, at, count);
  const read = (tensor, at = tensor.at) => {
    const numbers = floats(at, tensor.count);
    const data = tensor.shape.length > 1 ? Float32Array.from(panels(tensor), (place) => numbers[place]) : numbers.slice(0, tensor.shape[0]);
    return { shape: tensor.shape, data };
  };
  const write = (tensor, data) => {
    const wanted = product(tensor.shape), numbers = floats(tensor.at, tensor.count);
    if (data?.length !== wanted) throw new Error(`${tensor.name} has ${wanted} numbers in this network, not ${data?.length ?? 0}: the weights are those of another one.`);
    if (tensor.shape.length > 1) panels(tensor).forEach((place, i) => { numbers[place] = data[i]; });
    else numbers.set(data);
  };
  // The rows that a panel lacks must be zeros, and so must what the optimiser remembers.
  for (const { at, gradient, first, second, count } of parameters) {
    for (const part of [at, gradient, first, second]) floats(part, count).fill(0);
  }
  for (const { at, count, value } of buffers) floats(at, count).fill(value);
  STREAMS.forEach((use, stream) => wasm.seed(generator(use), seed, stream));
  for (const tensor of parameters) {
    const { name, shape: [rows, ...rest], gradient } = tensor, count = rows * product(rest);
    if (!rest.length) {
      if (name.endsWith(".weight")) floats(tensor.at, rows).fill(1);  // batch norm's
      continue;
    }
    const taps = product(rest.slice(1)), [fanIn, fanOut] = [product(rest), rows * taps];
    if (initialisation === "xavier") wasm.uniforms(generator("weights"), gradient, count, Math.sqrt(6 / (fanIn + fanOut)));
    else wasm.normal(generator("weights"), gradient, count, initialisation === "he" ? Math.sqrt(2 / fanIn) : initialisation);
    write(tensor, floats(gradient, count).slice());
    floats(gradient, count).fill(0);
  }
  return { images, x, y, steps, parameters, buffers, labels, right, views, generator, scratch, floats, read, write };
}

/** What the Worker can be asked for; `report` sends news while a training runs. */
export function methods(wasm, report) {
  const breath = () => new Promise((done) => setTimeout(done));  // a message may arrive
  const heap = 64 * Math.ceil(wasm.heap() / 64);
  let net, optimiser, updates, powers;  // the network, and how often and how far Adam has decayed
  let data, order, position, epoch, paused;  // images, and how far this epoch has come

  const named = (read, tensors) => Object.fromEntries(tensors.map((tensor) => [tensor.name, read(tensor)]));
  const needed = () => {
    if (!net) throw new Error("There is no network yet: build one first.");
    return net;
  };
  const neededData = () => {
    if (!data) throw new Error("There are no images yet: give some first.");
    return data;
  };

  /** An image's numbers are in PyTorch's order: (images, channels, height, width). */
  function put(images) {
    const { x, images: wide, floats } = needed(), features = product(x.shape), rows = images.length / features;
    if (!Number.isInteger(rows) || rows > wide) throw new Error(`The network takes up to ${wide} images of ${x.shape.join(" × ")} numbers, and ${images.length} numbers are given.`);
    if (wide === 1) {
      floats(x.at, features).set(images);
    } else {
      floats(x.gradient, images.length).set(images);  // nobody else needs this place
      wasm.to_lanes(x.gradient, x.at, rows, features, wide);
    }
    return rows;
  }

  function forward(training) {
    for (const step of net.steps) step.forward(training);
  }

  /** Gradients of the loss of the batch that lies in the network. */
  function backward(labels) {
    const { images, y, right, steps, parameters, floats } = net;
    new Uint8Array(wasm.memory.buffer, net.labels, images).set(labels);
    for (const { gradient, count } of parameters) floats(gradient, count).fill(0);
    const loss = wasm.cross_entropy(y.at, net.labels, y.gradient, right, y.shape[0], images);
    for (const step of [...steps].reverse()) step.backward();
    return { loss, correct: new Int32Array(wasm.memory.buffer, right, 1)[0] };
  }

  function update() {
    const { kind, lr, momentum = 0, weight_decay = 0 } = optimiser;
    powers = powers.map((power, i) => power * [0.9, 0.999][i]);
    for (const { at, gradient, first, second, count } of net.parameters) {
      if (kind === "sgd") wasm.sgd(at, gradient, first, count, lr, momentum, weight_decay);
      else wasm.adam(at, gradient, first, second, count, lr, weight_decay, 1 - powers[0], Math.sqrt(1 - powers[1]));
    }
    updates += 1;
  }

  function step(labels) {
    forward(true);
    const result = backward(labels);
    update();
    return result;
  }

  /** The images of the data with these numbers, as a batch in the network; fewer are filled up. Of each
   * a window of `window` pixels, wherever chance says, or the middle one. */
  function batch({ pixels }, numbers, count, { window = data.side, flip = false, chance = false }) {
    const { x, images, views, generator, scratch } = net, places = data.side - window + 1;
    if (chance) {
      wasm.views(generator("views"), views, images, places, flip);
    } else {
      const middle = Math.floor(places / 2);
      new Int32Array(wasm.memory.buffer, views, 3 * images).set(Array.from({ length: images }, () => [middle, middle, 0]).flat());
    }
    wasm.batch(pixels, data.side, numbers, count, views, window, x.at, x.shape[1], images, data.mean, data.std, scratch.at);
  }

  /** What can be seen of a training: the root mean square of each weight's gradient, and the first
   * layer's weights. */
  function look() {
    const weights = net.parameters.filter(({ name, shape }) => shape.length > 1);
    const squares = (weight) => {  // the rows that a panel lacks do not count
      if ((weight.shape[0] / weight.groups) % 4 === 0) return wasm.squares(weight.gradient, weight.count);
      return net.read(weight, weight.gradient).data.reduce((sum, g) => sum + g * g, 0);
    };
    const gradients = weights.map((weight) => [weight.name, Math.sqrt(squares(weight) / product(weight.shape))]);
    return { gradients, filters: net.read(weights[0]) };
  }

  return {
    /** { input: [channels, height, width], batchSize, layers: [[name, kind, settings], …], seed,
     * initialisation: "he", "xavier" or the standard deviation of a normal distribution, optimiser:
     * { kind: "sgd", lr, momentum, weight_decay } or { kind: "adam", lr, weight_decay } } */
    build(description) {
      net = undefined;
      if (!["sgd", "adam"].includes(description.optimiser?.kind)) throw new Error("The optimiser must be of the kind sgd or adam.");
      const built = network(wasm, data?.end ?? heap, description);
      ({ optimiser } = description);
      [updates, powers, position, epoch] = [0, [1, 1], Infinity, 0];
      net = built;
      return { parameters: net.parameters.reduce((sum, { shape }) => sum + product(shape), 0), bytes: wasm.memory.buffer.byteLength };
    },

    weights: () => named(needed().read, [...net.parameters, ...net.buffers]),
    gradients: () => named((tensor) => needed().read(tensor, tensor.gradient), net.parameters),
    load(tensors) {
      for (const tensor of [...needed().parameters, ...net.buffers]) net.write(tensor, tensors[tensor.name]?.data);
    },

    /** One step of the optimiser: images (batchSize, channels, height, width), labels (batchSize). */
    step(images, labels) {
      const { images: wide } = needed();
      if (wide === 1) throw new Error("A network that was built for one image cannot train: build it for a batch.");
      const rows = put(images);
      if (rows !== wide || labels.length !== wide) throw new Error(`The network trains with batches of ${wide} images, and ${rows} images and ${labels.length} labels are given.`);
      return step(labels);
    },

    /** The outputs of these layers, or of all, for up to as many images as the network was built for;
     * dropout is off. */
    outputs(images, names) {
      const rows = put(images), { floats, images: wide } = net;
      const wanted = net.steps.filter(({ name }) => names?.includes(name) ?? true);
      forward(false);
      const all = new Float32Array(rows * wanted.reduce((sum, { y }) => sum + product(y.shape), 0));
      let end = 0;  // one buffer travels faster than many
      return Object.fromEntries(wanted.map(({ name, y: { shape, at } }) => {
        const features = product(shape), numbers = floats(at, features * wide), data = all.subarray(end, end += rows * features);
        if (wide === 1) data.set(numbers);
        else for (let i = 0; i < data.length; i++) data[i] = numbers[(i % features) * wide + Math.floor(i / features)];
        return [name, { shape: wide === 1 ? shape : [rows, ...shape], data }];
      }));
    },

    /** Images to train and test with: { train, test: { images, labels }, side, mean, std }, all bytes. */
    data({ train, test, side, mean, std }) {
      net = undefined;  // its place is taken
      const [pixels, others, numbers] = [heap, heap + train.images.length, heap + train.images.length + test.images.length];
      const from = 64 * Math.ceil(numbers / 64), end = from + 64 * Math.ceil((4 * Math.max(train.labels.length, test.labels.length)) / 64);
      const missing = Math.ceil((end - wasm.memory.buffer.byteLength) / 65536);
      if (missing > 0) wasm.memory.grow(missing);
      new Uint8Array(wasm.memory.buffer).set(train.images, pixels);
      new Uint8Array(wasm.memory.buffer).set(test.images, others);
      data = { train: { ...train, pixels }, test: { ...test, pixels: others }, side, mean, std, end };
      order = from;
    },

    /** Trains `steps` steps on the first `images` training images, or until it is paused: with crops of
     * `window` pixels, if it is given, and mirrored, if `flip` is true. Reports { step, epoch, losses,
     * correct, gradients, filters } every tenth of a second, and returns the last of them. */
    async train({ steps, images, window, flip }) {
      paused = false;
      const { images: wide, generator } = needed(), { labels } = neededData().train;
      if (!(images >= wide && images <= labels.length)) throw new Error(`There are ${labels.length} images to train on, in batches of ${wide}: ${images} cannot be taken.`);
      let losses = [], correct = [], told = performance.now();
      for (let i = 0; i < steps && !paused; i++) {
        if (position + wide > images) {
          wasm.permutation(generator("order"), order, images);
          [position, epoch] = [0, epoch + 1];
        }
        const at = order + 4 * position, numbers = new Int32Array(wasm.memory.buffer, at, wide);
        batch(data.train, at, wide, { window, flip, chance: Boolean(window || flip) });
        const done = step(Uint8Array.from(numbers, (number) => labels[number]));
        losses.push(done.loss);
        correct.push(done.correct);
        position += wide;
        if (performance.now() - told > 100) {
          report({ step: updates, epoch, losses, correct, ...look() });
          [losses, correct] = [[], []];
          await breath();
          told = performance.now();
        }
      }
      return { step: updates, epoch, losses, correct, ...look() };
    },

    pause() { paused = true; },

    /** { accuracy, confusion }, of crops of `window` pixels from the middle, if it is given: of the test images, how many of class i are taken for class j, row by row. */
    evaluate({ window } = {}) {
      const { images, y, floats } = needed(), { labels } = neededData().test, classes = y.shape[0];
      const confusion = new Int32Array(classes * classes), numbers = new Int32Array(wasm.memory.buffer, order, labels.length);
      const before = numbers.slice();  // the order of the epoch that is going on
      numbers.forEach((_, i) => { numbers[i] = i; });
      for (let first = 0; first < labels.length; first += images) {
        const count = Math.min(images, labels.length - first);
        batch(data.test, order + 4 * first, count, { window });
        forward(false);
        const logits = floats(y.at, classes * images);
        for (let n = 0; n < count; n++) {
          let best = 0;
          for (let c = 1; c < classes; c++) if (logits[c * images + n] > logits[best * images + n]) best = c;
          confusion[labels[first + n] * classes + best] += 1;
        }
      }
      numbers.set(before);
      const right = Array.from({ length: classes }, (_, c) => confusion[c * classes + c]).reduce((a, b) => a + b);
      return { accuracy: right / labels.length, confusion };
    },
  };
}
