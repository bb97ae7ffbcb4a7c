// The laboratory's runs as a table, which is the legend of its charts too.

const TABLE_TEXT = {
  caption: "Runs and their accuracy; choose one for details", empty: "No run yet.",
  heads: [["epochs", "epochs trained"], ["test", "test accuracy"], ["training", "training accuracy"]],
  diverged: "NaN", none: "–",
  remove: (name) => `Remove ${name}`,
};

/** A run's line and point, as the charts draw them. */
function labKey(run) {
  const key = picture(34, 14, {
    label: () => "",
    draw(context, colour) {
      context.clearRect(0, 0, 34, 14);
      stroke(context, [[0, 7], [34, 7]], colour.arms[run.hue], 2, DASHES[run.hue]);
      hueMark(context, run.hue, 17, 7, 3.5, colour.arms[run.hue]);
    },
  });
  key.node.setAttribute("aria-hidden", "true");
  return key;
}

/** What stands in a run's row: epochs, test accuracy, training accuracy of its last whole epoch. */
function rowTexts({ losses, correct, tests, perEpoch, problem, settings: { batch } }) {
  const epochs = Math.floor(correct.length / perEpoch);
  const right = correct.slice((epochs - 1) * perEpoch, epochs * perEpoch).reduce((sum, some) => sum + some, 0);
  const accuracies = [tests.at(-1), epochs ? right / (perEpoch * batch) : undefined];
  const [test, training] = accuracies.map((value) => (value === undefined ? TABLE_TEXT.none : number(value, 3)));
  const diverged = problem && losses.length;
  return [number(losses.length / perEpoch, losses.length % perEpoch ? 1 : 0), diverged ? TABLE_TEXT.diverged : test, training];
}

/** A row for each run of `view()`: one click chooses it, another removes it. The focus goes to the next
 * row's button, and `afterLast` says where from the last. */
export function labTable(view, { choose, remove, afterLast }) {
  const lines = new Map();  // run → its row
  const rowOf = (run) => {
    const key = labKey(run), name = button(run.name, () => choose(run), "lab-name");
    const off = button("×", () => {
      const row = node.nextElementSibling ?? node.previousElementSibling;
      if (row) row.querySelector(".lab-off").focus(); else afterLast();
      remove(run);
    }, "lab-off");
    name.title = run.name;  // there is room for two lines
    off.setAttribute("aria-label", TABLE_TEXT.remove(run.name));
    off.title = TABLE_TEXT.remove(run.name);
    const cells = TABLE_TEXT.heads.map(() => h("td"));
    const node = h("tr", {}, h("th", { scope: "row" }, h("div", {}, key, name)), ...cells, h("td", {}, off));
    const update = () => {
      rowTexts(run).forEach((words, i) => { cells[i].textContent = words; });
      const isShown = run === view().shown;
      name.setAttribute("aria-pressed", isShown);
      if (isShown) node.setAttribute("aria-current", "true"); else node.removeAttribute("aria-current");
      key.update();
    };
    return { node, update };
  };
  const body = h("tbody"), empty = h("p", { class: "bw-hint" }, TABLE_TEXT.empty);
  const heads = TABLE_TEXT.heads.map(([head, name]) => h("th", { scope: "col", "aria-label": name }, head));
  const node = h("div", { class: "lab-runs" }, h("table", { class: "bw-table" }, h("caption", {}, TABLE_TEXT.caption),
    h("thead", {}, h("tr", {}, h("td"), ...heads, h("td"))), body), empty);
  const update = () => {
    const { runs } = view();
    for (const [run, line] of lines) if (!runs.includes(run)) {
      line.node.remove();
      lines.delete(run);
    }
    for (const run of runs) {
      if (!lines.has(run)) {
        lines.set(run, rowOf(run));
        body.append(lines.get(run).node);
      }
      lines.get(run).update();
    }
    empty.hidden = runs.length > 0;
  };
  return { node, update };
}
