// The file of chapter 11: 8-bit weights with their scales, and images. And an image as the network reads it.

const KINDS = { I8: Int8Array, U8: Uint8Array, F32: Float32Array };

/** Every tensor of a safetensors file by its name, as { shape, data }.
 *
 * The file begins with 8 bytes, the length of a JSON text that says which bytes after it are what. */
export function tensors(bytes) {
  const start = 8 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const { __metadata__, ...about } = JSON.parse(new TextDecoder().decode(bytes.slice(8, start)));
  return Object.fromEntries(Object.entries(about).map(([name, { dtype, shape, data_offsets: [from, to] }]) =>
    [name, { shape, data: new KINDS[dtype](bytes.slice(start + from, start + to).buffer) }]));
}

/** Each layer's weights, codes times the scale of their channel, and biases: { conv1: { weight, bias }, … } */
export function parameters(found) {
  const layers = {};
  for (const name of Object.keys(found).filter((key) => key.endsWith(".scale"))) {
    const layer = name.slice(0, -".scale".length);
    const { shape, data: codes } = found[`${layer}.weight`], scales = found[name].data;
    const each = codes.length / scales.length;
    const data = Float32Array.from(codes, (code, i) => code * scales[Math.floor(i / each)]);
    layers[layer.split(".").at(-1)] = { weight: { shape, data }, bias: found[`${layer}.bias`] };
  }
  return layers;
}

/** 28 × 28 grey values, 0 to 255, or the `window` × `window` in their middle, enlarged bilinearly as
 * PyTorch does it, and normalised. */
export function enlarged(grey, side, mean, std, window = 28) {
  const data = new Float32Array(side * side), first = Math.floor((29 - window) / 2);
  const places = Array.from({ length: side }, (_, i) => {
    const place = Math.max(0, ((i + 0.5) * window) / side - 0.5), low = Math.floor(place);
    return [first + low, first + Math.min(low + 1, window - 1), place - low];
  });
  places.forEach(([top, bottom, down], i) => places.forEach(([left, right, across], j) => {
    const upper = (1 - across) * grey[28 * top + left] + across * grey[28 * top + right];
    const lower = (1 - across) * grey[28 * bottom + left] + across * grey[28 * bottom + right];
    data[i * side + j] = (((1 - down) * upper + down * lower) / 255 - mean) / std;
  }));
  return { shape: [1, side, side], data };
}
