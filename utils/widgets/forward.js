// AlexNet's forward pass in plain JavaScript, one image at a time, layer by layer as in PyTorch. A
// map x is { shape: [channels, height, width], data }: numbers in the order of PyTorch's tensors.

const zeros = (...shape) =>
  ({ shape, data: new Float32Array(shape.reduce((a, b) => a * b)) });
const places = (side, size, step) => Math.floor((side - size) / step) + 1;

function pad({ shape: [channels, height, width], data }, p) {
  const y = zeros(channels, height + 2 * p, width + 2 * p);
  for (let row = 0; row < channels * height; row++) {
    const line = row + p + 2 * p * Math.floor(row / height);
    const values = data.subarray(row * width, (row + 1) * width);
    y.data.set(values, line * (width + 2 * p) + p);
  }
  return y;
}

/** At each place of each group: the window, then one sum for each map. */
function conv2d(x, { weight, bias }, settings) {
  const { stride = 1, padding = 0, groups = 1 } = settings;
  const [maps, depth, size] = weight.shape;  // depth: channels of a group
  const { shape: [, height, width], data } = pad(x, padding);
  const rows = places(height, size, stride);
  const columns = places(width, size, stride);
  const y = zeros(maps, rows, columns), part = maps / groups;
  const count = depth * size * size, window = new Float32Array(count);
  for (let place = 0; place < groups * rows * columns; place++) {
    const group = Math.floor(place / (rows * columns));
    const at = place % (rows * columns), row = Math.floor(at / columns);
    const corner = (row * width + at % columns) * stride;
    for (let c = 0, k = 0; c < depth; c++) for (let u = 0; u < size; u++) {
      const from = ((group * depth + c) * height + u) * width + corner;
      for (let v = 0; v < size; v++) window[k++] = data[from + v];
    }
    for (let map = group * part; map < (group + 1) * part; map++) {
      let sum = bias.data[map], w = map * count;
      for (let k = 0; k < count; k++) sum += weight.data[w++] * window[k];
      y.data[map * rows * columns + at] = sum;
    }
  }
  return y;
}

const relu = ({ shape, data }) =>
  ({ shape, data: data.map((value) => Math.max(0, value)) });

function maxPool2d({ shape, data }, _, { size, stride }) {
  const [channels, height, width] = shape;
  const rows = places(height, size, stride);
  const columns = places(width, size, stride);
  const y = zeros(channels, rows, columns);
  for (let place = 0; place < y.data.length; place++) {
    const line = Math.floor(place / columns), row = line % rows;
    const map = Math.floor(line / rows);
    const top = (map * height + row * stride) * width;
    const corner = top + (place % columns) * stride;
    let largest = -Infinity;
    for (let u = 0; u < size; u++) for (let v = 0; v < size; v++) {
      largest = Math.max(largest, data[corner + u * width + v]);
    }
    y.data[place] = largest;
  }
  return y;
}

function linear({ data }, { weight, bias }) {
  const y = bias.data.map((start, unit) => {
    let sum = start, w = unit * data.length;
    for (let i = 0; i < data.length; i++) sum += weight.data[w++] * data[i];
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
