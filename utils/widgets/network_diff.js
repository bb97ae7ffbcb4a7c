// Choose two networks: which of their layers differ, and in which words?
import { columns, h, menu, mount, table, text } from "./kit.js";

const TEXT = {
  title: "Two networks side by side",
  hint: "Try: which two are the same network under two names? Which two differ in nothing but one number?",
  first: "on the left", second: "on the right", only: "rows",
  onlys: [[false, "all"], [true, "only what differs"]],
  table: "≠ marks a row in which the two differ",
  sign: "≠", differs: "differs", nothing: "–",
  number: (value) => value.toLocaleString("en-US"),
  stages: (different, all) => `${different || "None"} of ${all} stages ${different === 1 ? "differs" : "differ"}.`,
  against: (parts) => ` On the right: ${parts.join(" and ")}.`,
  more: (count, what) => `${count} ${what} more`,
  fewer: (count, what) => `${count} ${what} fewer`,
  equal: (what) => `as many ${what}`,
};

const SIDES = ["first", "second"];
// On a narrow screen rows are grids, and not every browser then remembers that this is a table.
const ROLES = { "thead, tbody": "rowgroup", tr: "row", td: "cell", "[scope=col]": "columnheader", "[scope=row]": "rowheader" };

const BETWEEN = /( → |, | of | to |[×=])/;  // what stands between two words of a cell

/** The longest sequence of words that two lists share, as two lists of booleans. */
function shared(a, b) {
  const length = Array.from({ length: a.length + 1 }, () => new Array(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i--) for (let j = b.length - 1; j >= 0; j--) {
    length[i][j] = a[i] === b[j] ? length[i + 1][j + 1] + 1 : Math.max(length[i + 1][j], length[i][j + 1]);
  }
  const same = [a.map(() => false), b.map(() => false)];
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (a[i] === b[j]) same[0][i++] = same[1][j++] = true;
    else if (length[i + 1][j] >= length[i][j + 1]) i++;
    else j++;
  }
  return same;
}

/** Both texts as lists of nodes, with a <mark> around what only one of them has. */
function marked(texts) {
  const parts = texts.map((text) => text.split(BETWEEN));  // at odd places, what stands between
  const same = shared(...parts.map((list) => list.filter((_, i) => i % 2 === 0)));
  return parts.map((list, side) => {
    const plain = (i) => same[side][i / 2] ?? true;
    const runs = [];  // [text, whether both have it]
    list.forEach((part, i) => {
      const keep = i % 2 ? plain(i - 1) || plain(i + 1) : plain(i);
      if (runs.at(-1)?.[1] === keep) runs.at(-1)[0] += part;
      else runs.push([part, keep]);
    });
    return runs.map(([run, keep]) => (keep ? run : h("mark", {}, run)));
  });
}

function render({ model, el }) {
  const get = (name) => model.get(name);
  const labels = [...get("facts"), ...get("stages")], place = get("facts").length;  // of the first stage
  const signs = labels.map(() => h("span", { role: "img", "aria-label": TEXT.differs }, TEXT.sign));
  const heads = labels.map((label, i) => h("span", {}, h("span", { class: "bw-sign" }, signs[i]), " ", label));
  let now = [];
  const compute = () => {
    const [left, right] = SIDES.map((side) => get("values")[get("names").indexOf(get(side))]);
    now = labels.map((label, i) => {
      const pair = [left[i], right[i]];
      const texts = pair.map((value) => (typeof value === "number" ? TEXT.number(value) : value || TEXT.nothing));
      const differs = texts[0] !== texts[1];
      const shown = pair.some((value) => value !== null) && (differs || !get("only_differences"));
      return { label, pair, texts, differs, shown, stage: i >= place };
    });
  };
  const layers = table(TEXT.table, ["", ""], heads, () => [], "bw-diff");
  layers.node.setAttribute("role", "table");
  for (const [selector, role] of Object.entries(ROLES)) {
    layers.node.querySelectorAll(selector).forEach((node) => node.setAttribute("role", role));
  }
  layers.update = () => {
    layers.heads.forEach((head, i) => { head.textContent = get(SIDES[i]); });
    const part = now.findIndex((row) => row.stage && row.shown);
    now.forEach(({ texts, differs, shown }, i) => {
      layers.lines[i].hidden = !shown;
      layers.lines[i].classList.toggle("bw-part", i === part);
      signs[i].hidden = !differs;
      const nodes = differs ? marked(texts) : texts.map((text) => [text]);
      layers.cells[i].forEach((cell, side) => cell.replaceChildren(...nodes[side]));
    });
  };
  const state = () => {
    const stages = now.filter((row) => row.stage && row.pair.some((value) => value !== null));
    const counts = now.filter((row) => row.pair.every((value) => typeof value === "number"));
    const parts = counts.map(({ label, pair: [a, b] }) =>
      a === b ? TEXT.equal(label) : TEXT[b > a ? "more" : "fewer"](TEXT.number(Math.abs(b - a)), label));
    return TEXT.stages(stages.filter((row) => row.differs).length, stages.length) + (parts.length ? TEXT.against(parts) : "");
  };
  return mount({ model, el }, {
    ...TEXT, say: state, traits: [...SIDES, "only_differences"], compute,
    rows: [
      columns(
        ...SIDES.map((side) => menu(model, side, TEXT[side], get("names"))),
        menu(model, "only_differences", TEXT.only, TEXT.onlys)),
      text(state), layers,
    ],
  });
}

export default { render };
