// The 96 learned filters: choose one, see its weights, its numbers, and where in a photo it responds.
import { assign, bytes, cividis, h, menu, mount, number, outline, picture, pixels, slider, table } from "./kit.js";

const TEXT = {
  title: "Filter explorer",
  hint: "Try: which filters find the whiskers, which the eyes, which only a colour? Then look at the same filter before training.",
  reset: "Reset",
  filter: "filter",
  when: "weights",
  whens: [["before", "before training"], ["after", "after training"]],
  allCaption: "All 96, the clearest pattern after training first. Choose by the slider or by clicking.",
  allLabel: (chosen, when) => `96 filters ${when} training; filter ${chosen} is marked.`,
  oneCaption: "Its weights, 11×11 px, enlarged. Grey is 0.",
  oneLabel: (chosen, when) => `The weights of filter ${chosen} ${when} training.`,
  photoCaption: "The photograph; the box is the place of the strongest response.",
  photoLabel: "A cat’s face; a box marks the strongest response.",
  mapCaption: "Its response at 31×31 places: dark is most negative, bright most positive; the box is round the strongest.",
  mapLabel: (row, column) => `Response map; the largest value is in row ${row}, column ${column}.`,
  table: "Its numbers",
  rows: ["colour index (0 grey, random 0.67)", "concentration (random about 0.2)", "direction of its edges", "clearness of that direction (0 to 1)"],
  degrees: (value) => `${number(value)}°`,
  state: (chosen, row, column, colour) =>
    `Filter ${chosen}: colour index ${colour}. It responds most in row ${row}, column ${column} of 31.`,
};

const COUNT = 96, SIDE = 11, STRIDE = 4, PHOTO = 131, PLACES = 31, COLUMNS = 12, CELL = 25;
const SIZE = 3 * SIDE * SIDE;

function render({ model, el }) {
  const filters = new Int8Array(bytes(model, "filters"));
  const photo = bytes(model, "photo");
  const means = model.get("means"), numbers = model.get("numbers");
  const when = () => (model.get("when") === "after" ? 1 : 0);
  let now = {};

  const weights = (k) => filters.subarray((when() * COUNT + k) * SIZE, (when() * COUNT + k + 1) * SIZE);

  /** A filter as a picture: each stretched by its own largest weight, grey is 0. */
  const drawn = (k) => {
    const w = weights(k);
    const most = w.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1);
    return pixels(SIDE, SIDE, (i) => [0, 1, 2].map((c) => 127.5 + (127.5 * w[c * SIDE * SIDE + i]) / most).concat(255));
  };

  const compute = {
    update() {
      const chosen = model.get("filter") - 1, w = weights(chosen);
      const map = new Float64Array(PLACES * PLACES);
      for (let row = 0; row < PLACES; row++) {
        for (let column = 0; column < PLACES; column++) {
          let total = 0;
          for (let y = 0; y < SIDE; y++) {
            for (let x = 0; x < SIDE; x++) {
              const at = 3 * ((row * STRIDE + y) * PHOTO + column * STRIDE + x);
              for (let c = 0; c < 3; c++) total += w[c * SIDE * SIDE + y * SIDE + x] * (photo[at + c] - means[c]);
            }
          }
          map[row * PLACES + column] = total;
        }
      }
      const low = Math.min(...map), high = Math.max(...map), best = map.indexOf(high);
      now = { chosen, map, low, high, row: Math.floor(best / PLACES), column: best % PLACES, values: numbers[when()][chosen] };
    },
  };

  const state = () => TEXT.state(now.chosen + 1, now.row + 1, now.column + 1, number(now.values[0], 2));

  const all = picture(COLUMNS * CELL, (COUNT / COLUMNS) * CELL, {
    label: () => TEXT.allLabel(now.chosen + 1, model.get("when")),
    draw(context, colour) {
      for (let k = 0; k < COUNT; k++) {
        context.drawImage(drawn(k), (k % COLUMNS) * CELL + 1, Math.floor(k / COLUMNS) * CELL + 1, CELL - 2, CELL - 2);
      }
      outline(context, colour.mark, (now.chosen % COLUMNS) * CELL + 2, Math.floor(now.chosen / COLUMNS) * CELL + 2, CELL - 4, CELL - 4);
    },
    point(x, y) {
      const column = Math.min(COLUMNS - 1, Math.max(0, Math.floor(x / CELL)));
      const row = Math.min(COUNT / COLUMNS - 1, Math.max(0, Math.floor(y / CELL)));
      assign(model, { filter: row * COLUMNS + column + 1 });
    },
  });
  const one = picture(132, 132, {
    label: () => TEXT.oneLabel(now.chosen + 1, model.get("when")),
    draw(context) { context.drawImage(drawn(now.chosen), 0, 0, 132, 132); },
  });
  const scene = pixels(PHOTO, PHOTO, (i) => [photo[3 * i], photo[3 * i + 1], photo[3 * i + 2], 255]);
  const cat = picture(262, 262, {
    label: () => TEXT.photoLabel,
    draw(context, colour) {
      context.drawImage(scene, 0, 0, 262, 262);
      outline(context, colour.mark, 2 * STRIDE * now.column, 2 * STRIDE * now.row, 2 * SIDE, 2 * SIDE);
    },
  });
  const response = picture(262, 262, {
    label: () => TEXT.mapLabel(now.row + 1, now.column + 1),
    draw(context, colour) {
      const range = now.high - now.low || 1;
      context.drawImage(pixels(PLACES, PLACES, (i) => cividis((now.map[i] - now.low) / range)), 0, 0, 262, 262);
      const cell = 262 / PLACES;
      outline(context, colour.mark, (now.column - 0.5) * cell, (now.row - 0.5) * cell, 2 * cell, 2 * cell);
    },
  });

  const list = table(TEXT.table, [["value", "value"]], TEXT.rows);
  const words = h("p", { class: "bw-state" });
  const text = {
    update() {
      const [colour, concentration, direction, clear] = now.values;
      list.fill([[number(colour, 2)], [number(concentration, 2)], [TEXT.degrees(direction)], [number(clear, 2)]]);
      words.textContent = state();
    },
  };
  const controls = [
    slider(model, "filter", TEXT.filter, () => [1, COUNT]),
    menu(model, "when", TEXT.when, TEXT.whens),
  ];
  const figure = (part, caption) => h("div", {}, part.node, h("p", { class: "bw-caption" }, caption));
  return mount({ model, el }, {
    ...TEXT,
    say: state,
    traits: ["filter", "when"],
    parts: [compute, ...controls, all, one, cat, response, text],
    rows: [
      h("div", { class: "bw-columns" }, ...controls.map((control) => control.node)),
      h("div", { class: "bw-columns" }, figure(all, TEXT.allCaption), h("div", {}, h("div", { class: "bw-strip" }, one.node, h("p", { class: "bw-caption" }, TEXT.oneCaption)), list.node)),
      h("div", { class: "bw-columns" }, figure(cat, TEXT.photoCaption), figure(response, TEXT.mapCaption)),
      words,
    ],
  });
}

export default { render };
