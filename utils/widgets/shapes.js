// How many places a window has, as in utils/nets/shapes.py.

/** The side of the map: `rule` is floor (PyTorch) or ceil (the program of 2012). */
export function convOut({ size, kernel, stride, padding, rule }) {
  return Math[rule]((size + 2 * padding - kernel) / stride) + 1;
}

/** The same with its numbers, as a reader would write it; `digits` of the fraction. */
export function convFormula({ size, kernel, stride, padding, rule }, digits) {
  const [open, close] = rule === "ceil" ? "⌈⌉" : "⌊⌋", fraction = (size + 2 * padding - kernel) / stride;
  return `${open}(${size} + 2·${padding} − ${kernel}) / ${stride}${close} + 1 = ` +
    `${open}${+fraction.toFixed(digits)}${close} + 1 = ${Math[rule](fraction) + 1}`;
}
