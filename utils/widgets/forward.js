// AlexNet's forward pass in plain JavaScript, one image at a time, layer by layer as in PyTorch.
// A map x is { shape: [channels, height, width], data }: numbers in the order of PyTorch's tensors.

const zeros = (...shape) => ({ shape, data: new Float32Array(shape.reduce((a, b) => a * b)) });

function pad({ shape: [channels, height, width], data }, p) {
  const y = zeros(channels, height + 2 * p, width + 2 * p);
  for (let row = 0; row < channels * height; row++) {
    const first = (row + p + 2 * p * Math.floor(row / height)) * (width + 2 * p) + p;
    y.data.set(data.subarray(row * width, (row + 1) * width), first);
  }
  return y;
}

/** For each group and position: collect the window, then one sum of products for each map. */
function conv2d(x, { weight, bias }, { stride = 1, padding = 0, groups = 1 }) {
  const [maps, depth, size] = weight.shape;  // depth: the channels that one group reads
  const { shape: [, height, width], data } = pad(x, padding);
  const y = zeros(maps, Math.floor((height - size) / stride) + 1, Math.floor((width - size) / stride) + 1);
  const [, rows, columns] = y.shape;
  const count = depth * size * size, window = new Float32Array(count);
  for (let group = 0; group < groups; group++) for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) {
    for (let channel = 0, k = 0; channel < depth; channel++) for (let u = 0; u < size; u++) {
      const from = ((group * depth + channel) * height + i * stride + u) * width + j * stride;
      for (let v = 0; v < size; v++) window[k++] = data[from + v];
    }
    for (let map = (group * maps) / groups; map < ((group + 1) * maps) / groups; map++) {
      let sum = bias.data[map];
      for (let k = 0, w = map * count; k < count; k++, w++) sum += weight.data[w] * window[k];
      y.data[(map * rows + i) * columns + j] = sum;
    }
  }
  return y;
}

const relu = ({ shape, data }) => ({ shape, data: data.map((value) => Math.max(0, value)) });

function maxPool2d({ shape: [channels, height, width], data }, _, { size = 3, stride = 2 }) {
  const y = zeros(channels, Math.floor((height - size) / stride) + 1, Math.floor((width - size) / stride) + 1);
  const [, rows, columns] = y.shape;
  for (let map = 0, place = 0; map < channels; map++) for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) {
    let largest = -Infinity;
    for (let u = 0; u < size; u++) for (let v = 0; v < size; v++) {
      largest = Math.max(largest, data[(map * height + i * stride + u) * width + j * stride + v]);
    }
    y.data[place++] = largest;
  }
  return y;
}

function linear({ data }, { weight, bias }) {
  const y = bias.data.map((start, unit) => {
    let sum = start;
    for (let i = 0, w = unit * data.length; i < data.length; i++, w++) sum += weight.data[w] * data[i];
    return sum;
  });
  return { shape: [y.length], data: y };
}

export const ALEXNET = [
  ["conv1", conv2d, { stride: 4 }],
  ["relu1", relu],
  ["pool1", maxPool2d, { size: 3, stride: 2 }],
  ["conv2", conv2d, { padding: 2, groups: 2 }],
  ["relu2", relu],
  ["pool2", maxPool2d, { size: 3, stride: 2 }],
  ["conv3", conv2d, { padding: 1 }],
  ["relu3", relu],
  ["conv4", conv2d, { padding: 1, groups: 2 }],
  ["relu4", relu],
  ["conv5", conv2d, { padding: 1, groups: 2 }],
  ["relu5", relu],
  ["pool5", maxPool2d, { size: 3, stride: 2 }],
  ["fc6", linear],
  ["relu6", relu],
  ["fc7", linear],
  ["relu7", relu],
  ["fc8", linear],
];

/** Each layer's name and output in turn: whoever asks for the next may draw in between. */
export function* forward(x, parameters) {
  for (const [name, layer, settings = {}] of ALEXNET) {
    x = layer(x, parameters[name], settings);
    yield [name, x];
  }
}

export function softmax(scores) {
  const largest = Math.max(...scores);
  const powers = [...scores].map((score) => Math.exp(score - largest));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
}
