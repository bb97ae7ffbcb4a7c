// The page's side of the engine: starts its Worker, asks it, and has a sentence for what goes wrong.

const ENGINE_TEXT = {
  damaged: "The program that trains is damaged: reload the page, or build the book again.",
  forbidden: "This page may not start the program that trains, a Worker with WebAssembly: open the book from its folder on your disk, or in another browser.",
  simd: "This browser has no WebAssembly with 128-bit SIMD: open the page in a newer one (Chrome or Edge 110, Firefox 115, Safari 16.4, or later).",
  memory: "The browser has no memory left for this training: close other pages, or choose a smaller network or batch.",
};

/** Starts the engine from its program, in a Worker of its own.
 *
 * `call(method, ...args)` copies its arguments and gives the result, or rejects with a sentence, as
 * this does; `onprogress` is called with what a method reports meanwhile; `end()` stops all at once. */
export async function startEngine(program) {
  const waiting = new Map();
  const answer = (id) => new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
  const address = URL.createObjectURL(new Blob([program], { type: "text/javascript" }));
  let worker, calls = 0;
  const engine = {
    onprogress: undefined,
    call(method, ...args) {
      worker.postMessage({ id: ++calls, method, args });
      return answer(calls);
    },
    end: () => worker.terminate(),
  };
  try {
    worker = new Worker(address);
    worker.onmessage = ({ data: { id, result, error, progress } }) => {
      if (!id) return engine.onprogress?.(progress);
      const { resolve, reject } = waiting.get(id);
      waiting.delete(id);
      if (error) reject(new Error(ENGINE_TEXT[error] ?? error)); else resolve(result);
    };
    worker.onerror = ({ message }) => {  // there is none where a policy keeps the Worker from starting
      for (const { reject } of waiting.values()) reject(new Error(message ? ENGINE_TEXT.damaged : ENGINE_TEXT.forbidden));
    };
  } catch {
    throw new Error(ENGINE_TEXT.forbidden);
  }
  await answer("ready").finally(() => URL.revokeObjectURL(address));
  return engine;
}
