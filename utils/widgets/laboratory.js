// A network that the reader trains in the page: loss and test accuracy while it learns.
import { assign, button, chart, columns, h, menu, mount, number, slider, stroke, text, write } from "./kit.js";
import { fileOf, unpacked } from "./files.js";
import { startEngine } from "./engine/client.js";
import { clothes } from "./engine/clothes.js";

const TEXT = {
  title: "Laboratory",
  hint: "Try: train both networks for 3 epochs. Then take a learning rate ten times as large.",
  network: "network", rate: "learning rate", epochs: "epochs", seed: "seed",
  option: (name, side) => `${name}, ${side} px`,
  train: "Train", pause: "Pause", goOn: "Go on",
  idle: "Nothing has been trained yet. Before the first training, the page loads 6 MB of images.",
  loading: "The images are on their way (6 MB). In a notebook this needs a running kernel: run the cell.",
  training: (name, epoch, epochs) => `Training ${name}, epoch ${epoch} of ${epochs}.`,
  paused: (name, step) => `${name} waits after step ${step}. A changed setting begins a new training.`,
  done: (name, epochs, seconds) => `${name} has trained for ${epochs} epoch${epochs > 1 ? "s" : ""} in ${seconds} s.`,
  accuracy: (value, epoch) => ` Test accuracy after epoch ${epoch}: ${value}.`,
  guesses: " That is guessing.",
  diverged: (name, step) => `${name} diverges: from step ${step} on, its loss is not a number. Take a smaller learning rate.`,
  numbers: (step, steps, loss, speed, seconds) => `Step ${step} of ${steps}: loss ${loss}, ${speed} images per second, ${seconds} s.`,
  none: "–",
  guess: "guessing",
  loss: "loss of each step, and the mean of 20 (thick)",
  lossLabel: (loss, step) => `Loss by step; at step ${step} the mean of the last 20 is ${loss}.`,
  tests: "test accuracy after each epoch",
  testsLabel: (values) => `Test accuracy after each epoch: ${values.join(", ") || TEXT.none}.`,
};
const RATES = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1], EPOCHS = [1, 3, 10];
const SIDE = 28, IMAGES = 8000, BATCH = 64, STEPS = IMAGES / BATCH;  // steps of an epoch
const OPTIMISER = { kind: "sgd", momentum: 0.9, weight_decay: 5e-4 };
const CLASSES = 10, MEAN = 20;  // steps that a smooth curve is a mean of
const SETTINGS = ["network", "rate", "seed"];  // that make a training another one

const capital = (words) => words[0].toUpperCase() + words.slice(1);

/** For each number the mean of the last 20 up to it. */
function smoothed(losses) {
  let sum = 0;
  return losses.map((loss, i) => {
    sum += loss - (i < MEAN ? 0 : losses[i - MEAN]);
    return sum / Math.min(i + 1, MEAN);
  });
}

function render({ model, el }) {
  const get = (name) => model.get(name), chosen = () => SETTINGS.map(get).join();
  let engine, arrived = false;  // what will be the engine with the images in it; they stay there
  let run;  // the training that is shown
  let before = Promise.resolve();  // until the engine has ended the one before

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

  /** Goes on with a training until it is paused, or has all its epochs. */
  async function train(mine) {
    const { network, rate, seed, losses, accuracies, ms } = mine;
    let since;
    const passed = (kind) => {
      ms[kind] += performance.now() - since;
      since = performance.now();
    };
    try {
      const started = await (engine ??= prepared());
      const learned = (more) => {
        passed("training");
        const bad = more.findIndex((loss) => !Number.isFinite(loss));
        losses.push(...(bad < 0 ? more : more.slice(0, bad)));
        if (bad >= 0) {
          Object.assign(mine, { going: false, problem: capital(TEXT.diverged(network, losses.length + 1)) });
          started.call("pause");
        }
        update();
      };
      started.onprogress = (news) => { if (!mine.problem) learned(news.losses); };
      if (mine.going && !mine.built) {
        const { input, layers } = get("networks").find(({ name }) => name === network);
        await started.call("build", { input, layers, batchSize: BATCH, seed, optimiser: { ...OPTIMISER, lr: rate } });
        mine.built = true;
      }
      since = performance.now();
      update();
      while (mine.going && losses.length < last()) {
        const { losses: more } = await started.call("train", { steps: STEPS - (losses.length % STEPS), images: IMAGES });
        if (!mine.problem) learned(more);
        if (mine.problem || losses.length % STEPS) continue;  // an epoch that is not at its end
        const { accuracy } = await started.call("evaluate");
        passed("testing");
        accuracies.push(accuracy);
        update();
      }
    } catch (error) {
      leave();
      mine.problem = error.message;
    }
    mine.going = false;
    update();
  }
  const last = () => get("epochs") * STEPS;
  const waits = () => run && !run.problem && run.settings === chosen() && run.losses.length < last();
  const pause = () => {
    if (!run?.going) return;
    run.going = false;
    engine?.then((started) => started.call("pause"), () => {});
  };
  const fresh = () => {
    const [network, rate, seed] = SETTINGS.map(get);
    return { settings: chosen(), network, rate, seed, losses: [], accuracies: [], ms: { training: 0, testing: 0 } };
  };
  const go = {
    node: button(TEXT.train, () => {
      if (run?.going) {
        pause();
      } else {
        if (!waits()) run = fresh();
        const mine = run;
        mine.going = true;
        before = before.then(() => train(mine));
      }
      update();
    }),
    update() { go.node.textContent = run?.going ? TEXT.pause : waits() ? TEXT.goOn : TEXT.train; },
    stop() {
      pause();
      run = undefined;
      update();
    },
  };

  const steps = () => run?.losses.length ?? 0;
  const recent = () => {
    const value = smoothed((run?.losses ?? []).slice(-MEAN)).at(-1);
    if (value === undefined) return TEXT.none;
    return value < 1000 ? number(value, 3) : value.toExponential(0);
  };
  const seconds = () => (run ? run.ms.training + run.ms.testing : 0) / 1000;
  const state = () => {
    if (!run) return TEXT.idle;
    if (run.problem) return run.problem;
    if (run.going && !arrived) return TEXT.loading;
    const { network, accuracies } = run, epoch = Math.floor(steps() / STEPS), value = accuracies.at(-1);
    const doing = run.going ? TEXT.training(network, Math.min(epoch + 1, get("epochs")), get("epochs"))
      : steps() < last() ? TEXT.paused(network, steps()) : TEXT.done(network, epoch, number(seconds(), 1));
    if (!accuracies.length) return capital(doing);
    return capital(doing) + TEXT.accuracy(number(value, 3), accuracies.length) + (value < 1.2 / CLASSES ? TEXT.guesses : "");
  };
  const numbers = () => {
    const speed = steps() ? Math.round((1000 * steps() * BATCH) / run.ms.training).toLocaleString("en") : TEXT.none;
    return TEXT.numbers(steps(), Math.max(last(), steps()), recent(), speed, number(seconds()));
  };

  /** A chart by step, `per` of which are 1 on its axis, with what guessing reaches. */
  const curve = (what, per, ticks, guess, label, add) => chart(300, 190, {
    label, margin: [22, 10, 30, 32], size: 11, ink: "faint", grid: "faint",
    axes() {
      const end = Math.ceil(Math.max(last(), steps()) / per), some = end > 10 ? [0, Math.round(end / 2), end] : [...Array(end + 1).keys()];
      return {
        x: { domain: [0, end * per], ticks: some.map((place) => [place * per, place]), inset: [0, 12] },
        y: { domain: [0, ticks.at(-1)], ticks: ticks.map((tick) => [tick, tick]) },
      };
    },
    draw(plot, colour) {
      const { context, left, right, y } = plot;
      write(context, what, left, 8, colour.faint, { align: "left", size: 11 });
      stroke(context, [left, right].map((x) => [x, y(guess)]), colour.second, 1, [4, 4]);
      write(context, TEXT.guess, right, y(guess) - 8, colour.second, { align: "right", size: 11 });
      if (run) add(plot, colour);
    },
  });
  const loss = curve(TEXT.loss, 1, [0, 1, 2, 3], Math.log(CLASSES),
    () => TEXT.lossLabel(recent(), steps()),
    ({ line }, colour) => {
      const points = (values) => values.map((value, i) => [i + 1, value]);
      line(points(run.losses), colour.line, 1);
      line(points(smoothed(run.losses)), colour.first, 2);
    });
  const tests = curve(TEXT.tests, STEPS, [0, 0.5, 1], 1 / CLASSES,
    () => TEXT.testsLabel((run?.accuracies ?? []).map((value) => number(value, 3))),
    ({ context, line, dot, x, y }, colour) => {
      const points = run.accuracies.map((value, i) => [(i + 1) * STEPS, value]);
      line(points, colour.first, 2);
      for (const [step, value] of points) {
        dot(step, value, 4, colour.first);
        write(context, number(value, 2), x(step), y(value) - 11, colour.ink, { size: 10 });
      }
    });

  const networks = menu(model, "network", TEXT.network,
    get("networks").map(({ name, input }) => [name, TEXT.option(name, input[1])]));
  networks.node.addEventListener("change", () => {
    assign(model, { rate: get("networks").find(({ name }) => name === get("network")).rate });
  });
  const parts = columns(networks, menu(model, "epochs", TEXT.epochs, EPOCHS),
    menu(model, "rate", TEXT.rate, RATES), slider(model, "seed", TEXT.seed, () => [0, 9]));
  const settings = {
    node: h("fieldset", { class: "lab-settings" }, parts.node),
    update() {
      parts.update();
      settings.node.disabled = Boolean(run?.going);
    },
  };
  const said = text(state, "bw-state lab-state");
  said.node.setAttribute("role", "status");  // a screen reader hears it: `say` would know of no epoch
  const rows = [settings, go, said, columns(loss, tests), text(numbers, "bw-caption lab-numbers")];
  const update = () => rows.forEach((row) => row.update());
  const end = mount({ model, el }, { ...TEXT, say: () => "", traits: [...SETTINGS, "epochs"], rows });
  return () => {
    end();
    leave();
  };
}

export default { render };
