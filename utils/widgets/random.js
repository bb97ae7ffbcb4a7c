// Random numbers that Python makes as well: `uniforms` in base.py.

/** Number i of a seed, between 0 and 1: mulberry32. */
export function uniform(seed, i) {
  let t = (seed * 0x9E3779B9 + (i + 1) * 0x6D2B79F5) | 0;  // i + 1 < 2^18: exact as a double
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}
