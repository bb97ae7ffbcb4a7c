// Mounts the saved widgets of a page without a kernel: each brings its own module (`_esm`) and the
// values it had when the notebook was stored. What cannot be mounted is said below its picture.
(() => {
  const SAVED = document.currentScript.dataset.saved;

  /** A saved buffer as the DataView that a live kernel would send. */
  function view({ path, encoding, data }) {
    if (encoding !== "base64") {
      throw new Error(`its saved data (${path.join(".")}) has the encoding “${encoding}”, which this page cannot read`);
    }
    const text = atob(data);
    const array = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) array[i] = text.charCodeAt(i);
    return new DataView(array.buffer);
  }

  /** The saved values of one widget, with its buffers in their places. */
  function restore(saved) {
    const values = structuredClone(saved.state);
    for (const buffer of saved.buffers ?? []) {
      const place = buffer.path.slice(0, -1).reduce((inner, key) => inner[key], values);
      place[buffer.path.at(-1)] = view(buffer);
    }
    return values;
  }

  /** The value of a script beside the pages. */
  function load(address) {
    return new Promise((resolve, reject) => {
      const script = document.createElement("script");
      const fail = () => reject(new Error(`its values (${address}) cannot be loaded`));
      script.src = address;
      script.onload = () => {
        const value = globalThis.bookFile;
        delete globalThis.bookFile;  // a script that is cut off sets none
        if (value === undefined) fail(); else resolve(value);
      };
      script.onerror = fail;
      document.head.append(script);
    });
  }

  /** One of the files of a figure, asked for by its name. */
  function fetchFile(figure, name, hear) {
    const address = figure.dataset.files.split(" ").find((one) => one.includes(`/${name}.js?`));
    if (!address) throw new Error("it asks for a running kernel");
    load(address).then((data) => view({ encoding: "base64", data })).then(
      (data) => hear({ file: name }, [data]),
      () => hear({ missing: name }, []),
    );
  }

  /** What a module sees of anywidget's model; there is nobody to save anything to. */
  function modelOf(values, figure) {
    const listeners = {};
    const tell = (event, ...news) => { for (const listener of listeners[event] ?? []) listener(...news); };
    return {
      page: true,  // and no notebook
      get: (name) => values[name],
      set(name, value) {
        if (values[name] === value) return;
        values[name] = value;
        tell(`change:${name}`);
        tell("change");
      },
      save_changes() {},
      send(name) { fetchFile(figure, name, (...news) => tell("msg:custom", ...news)); },
      on(event, listener) { (listeners[event] ??= []).push(listener); },
      off(event, listener) { listeners[event] = (listeners[event] ?? []).filter((other) => listener && other !== listener); },
    };
  }

  async function mount(figure) {
    models ??= load(SAVED);
    models.catch(() => { models = undefined; }); // the next widget tries again
    const saved = (await models).state[figure.dataset.model];
    if (!saved) throw new Error("its saved state is missing");
    const values = restore(saved);
    if (!values._esm) throw new Error("it was saved without its program");
    const address = URL.createObjectURL(new Blob([values._esm], { type: "text/javascript" }));
    const { default: exported } = await import(address).finally(() => URL.revokeObjectURL(address));
    const widget = typeof exported === "function" ? await exported() : exported;
    const model = modelOf(values, figure);
    const el = document.createElement("div");
    await widget.initialize?.({ model });
    if (values._css && !styles.has(values._css)) {
      styles.add(values._css);
      document.head.append(Object.assign(document.createElement("style"), { textContent: values._css }));
    }
    const stage = figure.querySelector(".widget-stage");
    const still = [...stage.childNodes];
    stage.append(el);
    for (const node of still) node.remove();
    try {
      await widget.render({ model, el });
    } catch (error) {
      stage.replaceChildren(...still);
      throw error;
    }
  }

  function complain(figure, error) {
    const problem = document.createElement("p");
    problem.className = "widget-problem";
    problem.setAttribute("role", "alert");
    problem.textContent = `This figure could not be made interactive: ${error.message}. The picture shows how it begins.`;
    figure.classList.add("widget-failed");
    figure.querySelector(".widget-stage").after(problem);
  }

  const styles = new Set();
  let models;
  // A widget begins when the reader comes near: until then its picture is there.
  const near = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      mount(target).catch((error) => complain(target, error));
    }
  }, { rootMargin: "500px" });
  for (const figure of document.querySelectorAll("figure.widget")) near.observe(figure);
})();
