// Networks that the reader trains in the page: what they are set to, how they run, what is kept of them.
import { assign, box, button, columns, h, menu, mount, number, slider } from "./kit.js";
import { fileOf, unpacked } from "./files.js";
import { startEngine } from "./engine/client.js";
import { clothes } from "./engine/clothes.js";
import { describedNetwork, describedRun } from "./laboratory_network.js";
import { labAccuracy, labConfusion, labFilters, labGradients, labLoss, labPicture } from "./laboratory_pictures.js";
import { labTable } from "./laboratory_table.js";
import { figureIsHere, laboratoryFile, openInFigure } from "./laboratory_file.js";
import { LINK, linkOf, settingsOf } from "./laboratory_link.js";

const count = (value) => value.toLocaleString("en-US");
const TEXT = {
  hint: "Try: train LeNet, change one setting, and train again. Which single change wins the most accuracy?",
  arms: "trainings",
  labels: {
    network: "network", activation: "activation", initial: "initial weights", norm: "normalisation", dropout: "dropout p",
    optimiser: "optimiser", rate: "learning rate", batch: "batch size", epochs: "epochs", seed: "seed", images: "images",
    flip: "mirrored", crop: "cropped",
  },
  options: {
    network: (name, side) => `${name}, ${side} px`,
    initial: (value) => (value === "0.01" ? "N(0, 0.01²)" : value),
    optimiser: (name) => (name === "momentum" ? "momentum 0.9" : name),
    images: count,
    flip: (on) => (on ? "half of them" : "no"), crop: (on) => (on ? "24 of 28 px" : "no"),
  },
  differs: {  // how a run's name says a setting
    network: (name) => name.split(" ").at(-1),
    initial: (value) => TEXT.options.initial(value), norm: (kind) => (kind === "none" ? "no normalisation" : kind),
    dropout: (p) => `dropout ${p}`, rate: (rate) => `rate ${rate}`, batch: (size) => `batches of ${size}`, seed: (seed) => `seed ${seed}`,
    images: (images) => `${count(images)} images`, flip: (on) => (on ? "flip" : "no flip"), crop: (on) => (on ? "crop" : "no crop"),
  },
  all: "All settings",
  train: "Train", pause: "Pause", goOn: "Go on", trainAll: "Train all", step: "One step",
  idle: "Nothing has been trained yet. Before the first training, the page loads 6 MB of images.",
  loading: "The images are on their way (6 MB).", kernel: "This needs a running kernel: run the cell.",
  training: (name, epoch, epochs, more) => `Training “${name}”, epoch ${epoch} of ${epochs}${more ? `; ${more} more run${more === 1 ? "" : "s"} to come` : ""}.`,
  paused: (name, step) => `“${name}” waits after step ${step}. A changed setting begins a new run.`,
  done: (name, epochs, seconds) => `“${name}” has trained for ${TEXT.epochs(epochs)} in ${seconds}\u00a0s.`,
  epochs: (n) => `${n} epoch${n === 1 ? "" : "s"}`,
  accuracy: (value, epoch) => `Test accuracy after epoch ${epoch}: ${value}.`,
  guesses: "That is guessing.",
  diverged: (name, step) => `“${name}” diverges: from step ${step} on, its loss is not a number. Take a smaller learning rate.`,
  left: (name) => `“${name}” has left: there is room for four runs.`,
  kept: "The runs in the table stay until Reset, or until others need their room.",
  numbers: (step, steps, loss, speed, seconds) => `Step ${step} of ${steps}: loss ${loss}, ${speed} images per second, ${seconds}.`,
  seconds: (seconds) => `${seconds}\u00a0s`, secondsLeft: (seconds) => `${seconds}\u00a0s left`,
  none: "–",
  copy: "Copy link", copied: "The link is copied: it opens this page with these settings.",
  uncopied: "The browser does not let the page copy. The link is selected: copy it yourself.", link: "Link to these settings",
  runs: "Save runs", picture: "Save picture", weights: "Save weights", open: "Open in chapter 11’s figure", openHere: "Open in the figure above",
  broken: (part) => `The link in the address is broken at “${part}”. The page begins with its own settings.`,
};
const SIDE = 28, WINDOW = 24, CLASSES = 10;
const ROOM = 4;  // runs beside each other
const MEAN = 20;  // steps that the loss in the last line is a mean of
const FREE = ["seed", "epochs"];  // settings that leave an arm what it is, if its arms do not vary them

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const stepsOfEpoch = ({ images, batch }) => Math.floor(images / batch);
/** Whether two lists of settings agree in all but some. */
const alike = (one, other, but = []) => Object.keys(one).every((name) => but.includes(name) || one[name] === other[name]);

/** Hands the reader a file. */
function download(name, content) {
  const address = URL.createObjectURL(new Blob([content]));
  h("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

function render({ model, el }) {
  const get = (name) => model.get(name);
  const choices = get("choices"), arms = get("arms"), knobs = get("knobs"), classes = get("classes");
  const names = choices.map(([name]) => name), plans = { networks: get("networks"), norms: get("norms") };
  const chosen = () => Object.fromEntries(names.map((name) => [name, get(name)]));
  const first = chosen();

  let runs = [], shown, present;  // present: the run that is in the engine, or that will be
  let going;  // { run, until } while a run goes on to a step
  let waiting = [];  // arms that are trained next
  let news = "";  // a sentence about the last click
  let engine, arrived = false;  // what will be the engine with the images in it; they stay there
  let before = Promise.resolve();  // until the engine has ended what it did before

  async function prepared() {
    const started = await startEngine(await unpacked(await fileOf(model, "engine")));
    try {
      const images = clothes(await unpacked(await fileOf(model, "clothes")));
      await started.call("data", { ...images, side: SIDE, mean: get("mean"), std: get("std") });
    } catch (error) {
      started.end();
      throw error;
    }
    arrived = true;
    return started;
  }
  const leave = () => {
    engine?.then((started) => started.end(), () => {});
    [engine, arrived] = [undefined, false];
  };

  /** Goes on with a run until it is paused, or has the steps that this turn is for. */
  async function train(turn) {
    const { run, until } = turn, { settings, perEpoch, losses, correct, tests, ms } = run;
    delete run.weights;  // until there are newer ones
    const window = settings.crop ? WINDOW : undefined;
    let since;
    const passed = (kind) => {
      ms[kind] += performance.now() - since;
      since = performance.now();
    };
    try {
      const started = await (engine ??= prepared());
      const learned = ({ losses: more, correct: right, gradients, filters }) => {
        passed("training");
        const bad = more.findIndex((loss) => !Number.isFinite(loss)), good = bad < 0 ? more.length : bad;
        losses.push(...more.slice(0, good));
        correct.push(...right.slice(0, good));
        Object.assign(run, { gradients, filters });
        if (bad >= 0) {
          run.problem = TEXT.diverged(run.name, losses.length + 1);
          started.call("pause");
        }
        update();
      };
      started.onprogress = (told) => { if (!run.problem) learned(told); };
      if (going === turn && !run.built) {
        await started.call("build", describedRun(plans, settings));
        run.built = true;
      }
      since = performance.now();
      update();
      while (going === turn && !run.problem && losses.length < until) {
        const steps = Math.min(until - losses.length, perEpoch - (losses.length % perEpoch));
        const last = await started.call("train", { steps, images: settings.images, window, flip: settings.flip });
        if (!run.problem && last.losses.length) learned(last);
        if (run.problem || losses.length % perEpoch || tests.length * perEpoch === losses.length) continue;
        const { accuracy, confusion } = await started.call("evaluate", { window });
        passed("testing");
        tests.push(accuracy);
        run.confusion = confusion;
        update();
      }
      if (run.built && !run.problem) run.weights = await started.call("weights");
    } catch (error) {
      leave();
      run.problem = error.message;
      waiting = [];
    }
    if (going === turn) {
      going = undefined;
      if (waiting.length && (run.problem || losses.length === run.planned)) next();
    }
    update();
  }

  /** The arm whose settings these are, as far as the arms differ; its epochs may be others. */
  const armOf = (settings) => arms.findIndex((arm) => knobs.every((name) => name === "epochs" || arm.settings[name] === settings[name]));
  const word = (name, value) => (TEXT.differs[name] ?? String)(value);
  /** What a run is called, in parts: its arm, or what differs from the first settings. */
  const partsOf = (settings) => {
    const arm = arms[armOf(settings)], since = arm ? arm.settings : first;
    const differing = names.filter((name) => name !== "epochs" && settings[name] !== since[name]).map((name) => word(name, settings[name]));
    const parts = arm ? [arm.name, ...differing] : differing;
    return parts.length ? parts : [word("network", settings.network)];
  };
  /** Gives each run a name for the charts, without what all have in common. */
  const shorten = () => {
    for (const run of runs) {
      const own = run.parts.filter((part) => !runs.every(({ parts }) => parts.includes(part)));
      run.short = (own.length ? own : run.parts).join(", ");
    }
  };
  const bandOf = (settings) => {
    const band = get("bands").find((one) => alike(one.settings, settings, FREE)), steps = settings.epochs * stepsOfEpoch(settings);
    return band && { losses: band.losses.filter(([step]) => step <= steps), tests: band.tests.slice(0, settings.epochs) };
  };
  const setEpochs = (run, epochs) => {
    run.settings.epochs = epochs;
    Object.assign(run, { planned: epochs * run.perEpoch, band: bandOf(run.settings) });
  };
  const sameRun = (run, settings) => alike(run.settings, settings, ["epochs"]);
  /** Whether the run in the engine can go on with what is chosen. */
  const waits = () => present && !present.problem && sameRun(present, chosen()) && present.losses.length < get("epochs") * present.perEpoch;

  /** A new run with what is chosen, in the place of one with the same settings, or of the oldest. */
  const fresh = () => {
    const settings = chosen(), at = runs.findIndex((run) => sameRun(run, settings)), old = runs[at];
    if (old) runs.splice(at, 1);
    else if (runs.length === ROOM) {
      const gone = runs.find((run) => !arms.some((arm) => sameRun(run, settingsOfArm(arm)))) ?? runs[0];
      runs = runs.filter((run) => run !== gone);
      news = TEXT.left(gone.name);
    }
    const hues = [old?.hue, armOf(settings), ...Array(ROOM).keys()].filter((hue) => hue >= 0);
    const parts = partsOf(settings), run = {
      name: parts.join(", "), parts, hue: hues.find((hue) => runs.every((other) => other.hue !== hue)), settings, perEpoch: stepsOfEpoch(settings),
      losses: [], correct: [], tests: [], ms: { training: 0, testing: 0 },
    };
    runs.push(run);
    shorten();
    return run;
  };
  /** Trains what is chosen for some steps, or to its end; what waits behind it is dropped if it is the
   * reader's choice. */
  const start = ({ steps = Infinity, queued = false } = {}) => {
    news = "";
    if (!waits() && !queued) waiting = [];
    const run = waits() ? present : fresh();
    setEpochs(run, get("epochs"));
    const turn = { run, until: Math.min(run.losses.length + steps, run.planned) };
    present = shown = run;
    going = turn;
    before = before.then(() => train(turn));
    update();
  };
  const pause = () => {
    if (!going) return;
    going = undefined;
    engine?.then((started) => started.call("pause"), () => {});
  };
  /** What is chosen, with what makes it this arm. */
  const settingsOfArm = (arm) => ({ ...chosen(), ...Object.fromEntries(knobs.map((name) => [name, arm.settings[name]])) });
  const next = () => {
    assign(model, settingsOfArm(waiting.shift()));
    start({ queued: true });
  };
  const trainAll = () => {
    const left = arms.filter((arm) => {
      const settings = settingsOfArm(arm), run = runs.find((one) => sameRun(one, settings));
      return !run?.problem && !(run?.losses.length >= settings.epochs * run?.perEpoch);
    });
    waiting = left.length ? left : [...arms];
    next();
  };
  /** Whether an arm waits behind the run that is chosen, which is over. */
  const queued = () => waiting.length > 0 && present && sameRun(present, chosen()) && !waits();
  const remove = (run) => {
    if (going?.run === run) {
      pause();
      waiting = [];
    }
    runs = runs.filter((other) => other !== run);
    if (present === run) present = undefined;
    if (shown === run) shown = runs.at(-1);
    news = "";
    shorten();
    update();
  };

  const options = {
    ...TEXT.options, network: (name) => TEXT.options.network(name, plans.networks.find((one) => one.name === name).input[1]),
  };
  const controls = Object.fromEntries(choices.map(([name, values]) => {
    if (name === "seed") return [name, slider(model, name, TEXT.labels[name], () => [values[0], values.at(-1)])];
    return [name, menu(model, name, TEXT.labels[name], values.map((value) => [value, (options[name] ?? String)(value)]))];
  }));
  if (!arms.length) {
    controls.network.node.addEventListener("change", () => {
      assign(model, { rate: plans.networks.find(({ name }) => name === get("network")).rate });
    });
  }
  const inSight = (name) => knobs.includes(name) || FREE.includes(name);
  const group = (some) => box({ class: "lab-controls" }, ...some.map((name) => controls[name]));
  const [visible, folded] = [group(names.filter(inSight)), group(names.filter((name) => !inSight(name)))];
  const fold = h("details", {}, h("summary", {}, TEXT.all), folded.node);
  const together = `lab-${Math.random()}`;  // unlike the radios of any other widget
  const radios = arms.map((arm) => h("input", {
    type: "radio", name: together, "data-lm-suppress-shortcuts": true, onchange: () => assign(model, settingsOfArm(arm)),
  }));
  const armRow = h("div", { class: "lab-arms", role: "radiogroup", "aria-label": TEXT.arms },
    ...arms.map((arm, i) => h("label", {}, radios[i], arm.name)));
  const settings = {
    node: h("fieldset", { class: "lab-settings" }, ...(arms.length ? [armRow] : []), visible.node, fold),
    update() {
      visible.update();
      folded.update();
      radios.forEach((radio, i) => { radio.checked = i === armOf(chosen()); });
      settings.node.disabled = Boolean(going);
    },
    stop() { fold.open = false; },
  };
  const go = button(TEXT.train, () => {
    if (going) {
      pause();
      return update();
    }
    if (queued()) next(); else start();
  }, "lab-go");
  /** A button that does nothing while `idle()` holds, and keeps the keyboard's focus. */
  const resting = (words, work, idle) => {
    const node = button(words, () => { if (!idle()) work(); });
    return { node, update() { node.setAttribute("aria-disabled", idle()); } };
  };
  const all = resting(TEXT.trainAll, trainAll, () => Boolean(going));
  const one = resting(TEXT.step, () => start({ steps: 1 }),  // what is over does not begin anew for one step
    () => Boolean(going) || (!waits() && runs.some((run) => sameRun(run, chosen()))));
  const buttons = {
    node: h("div", { class: "lab-buttons" }, go, ...(arms.length ? [all] : []), one),
    update() {
      go.textContent = going ? TEXT.pause : waits() || queued() ? TEXT.goOn : TEXT.train;
      all.update();
      one.update();
    },
    stop() {
      pause();
      [runs, shown, present, waiting, news] = [[], undefined, undefined, [], ""];
      update();
    },
  };

  /** A paragraph that changes only with its words: a screen reader hears each once. */
  const paragraph = (words, attributes) => {
    const node = h("p", attributes);
    return { node, update() { if (node.textContent !== words()) node.textContent = words(); } };
  };
  const state = () => {
    const run = present;
    if (!run) return news || (runs.length ? TEXT.kept : TEXT.idle);
    if (run.problem) return `${run.problem} ${news}`.trim();
    if (going && !arrived) return model.page ? TEXT.loading : `${TEXT.loading} ${TEXT.kernel}`;
    const { name, losses, settings: { epochs }, tests, ms } = run, value = tests.at(-1);
    const over = tests.length === epochs;
    const doing = going && !over ? TEXT.training(name, tests.length + 1, epochs, waiting.length)
      : over && !waits() ? TEXT.done(name, epochs, number((ms.training + ms.testing) / 1000, 1)) : TEXT.paused(name, losses.length);
    const tested = tests.length ? TEXT.accuracy(number(value, 3), tests.length) : "";
    return [doing, tested, value < 1.2 / CLASSES ? TEXT.guesses : "", news].filter(Boolean).join(" ");
  };
  const numbers = () => {
    const { losses = [], settings: { batch } = {}, planned = get("epochs") * stepsOfEpoch(chosen()), perEpoch, tests = [], ms = {} } = present ?? {};
    const steps = losses.length, recent = steps ? mean(losses.slice(-MEAN)) : undefined;
    const loss = recent === undefined ? TEXT.none : recent < 1000 ? number(recent, 3) : recent.toExponential(0);
    const speed = steps ? count(Math.round((1000 * steps * batch) / ms.training)) : TEXT.none;
    const rest = steps && (ms.training * (planned - steps)) / steps + (tests.length ? (ms.testing / tests.length) * (planned / perEpoch - tests.length) : 0);
    const time = going && steps ? TEXT.secondsLeft(Math.ceil(rest / 1000)) : TEXT.seconds(number((ms.training + ms.testing) / 1000 || 0, 1));
    return TEXT.numbers(steps, planned, loss, speed, time);
  };

  const view = () => ({ runs, shown, classes, planned: get("epochs") });
  const table = labTable(view, {
    choose(run) {
      shown = run;
      update();
    },
    remove,
    afterLast: () => go.focus(),
  });

  const said = paragraph(() => told, { class: "bw-caption lab-told", role: "status" });
  let told = "";  // about what is handed out
  const tell = (words) => {
    told = words;
    said.update();
  };
  const field = h("input", { class: "lab-link", readonly: true, "aria-label": TEXT.link, hidden: true });
  const address = () => location.href.split("#")[0] + linkOf(chosen(), first);
  const copy = button(TEXT.copy, async () => {
    try {
      await navigator.clipboard.writeText(address());
      field.hidden = true;
      tell(TEXT.copied);
    } catch {
      Object.assign(field, { hidden: false, value: address() });
      field.select();
      tell(TEXT.uncopied);
    }
  });
  const weightsFile = ({ settings: own, weights }) => laboratoryFile({
    weights, about: { settings: own, ...describedNetwork(plans, own), mean: get("mean"), std: get("std"), window: own.crop ? WINDOW : SIDE },
  });
  const saved = () => JSON.stringify({
    preset: get("preset"),
    runs: runs.map(({ name, settings: own, losses, correct, tests, perEpoch, confusion, problem }) => ({
      name, settings: own, stepsPerEpoch: perEpoch, losses, correct, tests, confusion: confusion && [...confusion], problem,
    })),
  });
  const keep = [button(TEXT.runs, () => download("laboratory-run.json", saved())),
    button(TEXT.picture, () => labPicture(view).toBlob((content) => download("laboratory-run.png", content)))];
  const trained = [button(TEXT.weights, () => download("laboratory-run.safetensors", weightsFile(shown))),
    button(figureIsHere() ? TEXT.openHere : TEXT.open, () => {
      try {
        openInFigure(weightsFile(shown));
      } catch (error) {
        tell(error.message);
      }
    })];
  const handOut = {
    node: h("div", {}, h("div", { class: "lab-buttons" }, ...(model.page ? [copy] : []), ...keep, ...trained), field, said),
    update() {
      for (const each of keep) each.disabled = !runs.length;
      for (const each of trained) each.disabled = !shown?.weights || going?.run === shown;
      said.update();
      if (!field.hidden) field.value = address();
    },
    stop() {
      field.hidden = true;
      told = "";
    },
  };
  if (!model.page) trained[1].hidden = true;  // a notebook has no other pages

  const rows = [settings,
    columns(box({}, buttons, paragraph(state, { class: "bw-state lab-state", role: "status" }),
      paragraph(numbers, { class: "bw-state bw-caption lab-numbers" })), table),
    columns(labLoss(view), labAccuracy(view)),
    columns(box({}, labFilters(view), labGradients(view)), labConfusion(view)), handOut];
  const update = () => rows.forEach((row) => row.update());
  /** Keeps the page's address in step with what is chosen. */
  const compute = () => {
    const link = linkOf(chosen(), first), plain = link === LINK;
    if (!model.page || link === location.hash || (plain && !location.hash.startsWith(LINK))) return;
    history.replaceState(null, "", plain ? location.pathname + location.search : link);
  };
  /** Chooses what a link says. */
  const follow = (link) => {
    if (!link.startsWith(LINK)) return;
    let linked = {};
    news = "";
    try {
      linked = settingsOf(link, choices);
    } catch ({ message }) {
      news = TEXT.broken(message.slice(0, 40));
    }
    assign(model, { ...first, ...linked });
    update();
  };
  const heard = ({ newURL }) => follow(new URL(newURL).hash);  // `compute` may have changed it since
  const link = model.page ? location.hash : "";
  const end = mount({ model, el }, {
    title: get("title"), hint: get("question") || TEXT.hint, say: () => "", traits: names, compute, rows,
  });
  follow(link);  // afterwards, so that Reset brings back the widget's own settings
  if (model.page) addEventListener("hashchange", heard);
  return () => {
    end();
    leave();
    removeEventListener("hashchange", heard);
  };
}

export default { render };
