// The Worker's side of client.js: compiles the engine, then calls a method for each message.
import { methods } from "./network.js";

/** The buffers in a result. They leave without a copy, so a method hands out nothing it needs later. */
function buffersOf(value) {
  if (ArrayBuffer.isView(value)) return [value.buffer];
  return value && typeof value === "object" ? Object.values(value).flatMap(buffersOf) : [];
}

/** What went wrong: the name of one of client.js's sentences, or a sentence of network.js. */
function problemOf(error) {
  if (error instanceof RangeError) return "memory";
  return globalThis.WebAssembly && error instanceof WebAssembly.CompileError ? "forbidden" : error.message;
}

async function answer(id, work) {
  try {
    const result = await work();
    postMessage({ id, result }, [...new Set(buffersOf(result))]);
  } catch (error) {
    postMessage({ id, error: problemOf(error) });
  }
}

let calls;
onmessage = ({ data: { id, method, args } }) => answer(id, () => calls[method](...args));

answer("ready", async () => {
  const bytes = Uint8Array.from(atob(WASM), (letter) => letter.charCodeAt(0));  // see utils/page_files.py
  if (!globalThis.WebAssembly?.validate(bytes)) throw new Error("simd");
  const { instance } = await WebAssembly.instantiate(bytes);
  calls = methods(instance.exports, (progress) => postMessage({ progress }));
});
