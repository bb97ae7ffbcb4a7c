// The 96 learned filters: choose one, see its weights, its numbers, and where in a photo it responds.
import { assign, box, bytes, captioned, cividis, clamp, columns, menu, mount, number, outline, picture, pixels, slider, table, text } from "./kit.js";

const TEXT = {
  title: "Filter explorer",
  hint: "Try: which filters find the whiskers, which the eyes, which only a colour? Then look at the same filter before training.",
  filter: "filter", when: "weights",
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
  const get = (name) => model.get(name);
  const filters = new Int8Array(bytes(model, "filters")), photo = bytes(model, "photo");
  const means = get("means"), numbers = get("numbers");
  const after = () => +(get("when") === "after");
  let now = {};
  const weights = (k) => filters.subarray((after() * COUNT + k) * SIZE, (after() * COUNT + k + 1) * SIZE);

  /** A filter as a picture: each stretched by its own largest weight, grey is 0. */
  const drawn = (k) => {
    const w = weights(k);
    const most = w.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1);
    return pixels(SIDE, SIDE, (i) => [0, 1, 2].map((c) => 127.5 + (127.5 * w[c * SIDE * SIDE + i]) / most));
  };
  const compute = () => {
    const chosen = get("filter") - 1, w = weights(chosen);
    const map = Float64Array.from({ length: PLACES * PLACES }, (_, place) => {
      let total = 0;
      for (let y = 0; y < SIDE; y++) for (let x = 0; x < SIDE; x++) {
        const at = 3 * ((Math.floor(place / PLACES) * STRIDE + y) * PHOTO + (place % PLACES) * STRIDE + x);
        for (let c = 0; c < 3; c++) total += w[c * SIDE * SIDE + y * SIDE + x] * (photo[at + c] - means[c]);
      }
      return total;
    });
    const low = Math.min(...map), high = Math.max(...map), best = map.indexOf(high);
    now = { chosen, map, low, high, row: Math.floor(best / PLACES), column: best % PLACES, values: numbers[after()][chosen] };
  };
  const state = () => TEXT.state(now.chosen + 1, now.row + 1, now.column + 1, number(now.values[0], 2));
  const all = picture(COLUMNS * CELL, (COUNT / COLUMNS) * CELL, {
    label: () => TEXT.allLabel(now.chosen + 1, get("when")),
    draw(context, colour) {
      const corner = (k, gap) => [(k % COLUMNS) * CELL + gap, Math.floor(k / COLUMNS) * CELL + gap, CELL - 2 * gap, CELL - 2 * gap];
      for (let k = 0; k < COUNT; k++) context.drawImage(drawn(k), ...corner(k, 1));
      outline(context, colour.mark, ...corner(now.chosen, 2));
    },
    point(x, y) {
      const column = clamp(Math.floor(x / CELL), 0, COLUMNS - 1), row = clamp(Math.floor(y / CELL), 0, COUNT / COLUMNS - 1);
      assign(model, { filter: row * COLUMNS + column + 1 });
    },
  });
  const one = picture(132, 132, {
    label: () => TEXT.oneLabel(now.chosen + 1, get("when")),
    draw(context) { context.drawImage(drawn(now.chosen), 0, 0, 132, 132); },
  });
  const scene = pixels(PHOTO, PHOTO, (i) => photo.subarray(3 * i, 3 * i + 3));
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
      const range = now.high - now.low || 1, cell = 262 / PLACES;
      context.drawImage(pixels(PLACES, PLACES, (i) => cividis((now.map[i] - now.low) / range)), 0, 0, 262, 262);
      outline(context, colour.mark, (now.column - 0.5) * cell, (now.row - 0.5) * cell, 2 * cell, 2 * cell);
    },
  });
  const list = table(TEXT.table, [["value", "value"]], TEXT.rows, () => {
    const [colour, concentration, direction, clear] = now.values;
    return [[number(colour, 2)], [number(concentration, 2)], [TEXT.degrees(direction)], [number(clear, 2)]];
  });
  return mount({ model, el }, {
    ...TEXT, say: state, traits: ["filter", "when"], compute,
    rows: [
      columns(slider(model, "filter", TEXT.filter, () => [1, COUNT]), menu(model, "when", TEXT.when, TEXT.whens)),
      columns(captioned(all, TEXT.allCaption), box({}, box({ class: "bw-strip" }, one, text(TEXT.oneCaption, "bw-caption")), list)),
      columns(captioned(cat, TEXT.photoCaption), captioned(response, TEXT.mapCaption)),
      text(state),
    ],
  });
}

export default { render };
