// Choose two results of the ImageNet challenge: how far are they apart, in points and in errors?
import { assign, chart, columns, menu, mount, stroke, table, text, write } from "./kit.js";

const TEXT = {
  title: "The step between two results",
  hint: "Try: two neighbours in time whose step in errors is larger than that of 2012. A click on a dot makes it the second.",
  first: "first", second: "second", axis: "axis",
  axes: [[false, "per cent"], [true, "equal ratios, equal lengths"]],
  facts: ["top-5 error", "place", "features", "networks", "data", "source"],
  table: "What is known of the two",
  percent: (error) => `${plain(error)} %`,
  human: "one trained person", yAxis: "top-5 error (%)",
  same: "The two have the same error.",
  step: (a, b, points, share) => `${plain(a)} % → ${plain(b)} %: ${Math.abs(points).toFixed(2)} points ` +
    `${points > 0 ? "lower" : "higher"}, that is ${Math.abs(100 * share).toFixed(0)} % ${points > 0 ? "fewer" : "more"} errors.`,
  chart: (words) => `Top-5 errors by year, 2010 to 2017. Chosen: ${words}`,
};

function plain(value) {
  return String(+value.toFixed(3));
}

function render({ model, el }) {
  const get = (name) => model.get(name);
  const entries = get("entries").map(
    ([name, year, error, role, features, networks, data, source]) => ({ name, year, error, role, features, networks, data, source }));
  const pair = () => ["first", "second"].map((side) => entries.find((one) => one.name === get(side)));
  const words = () => {
    const [a, b] = pair();
    return a.error === b.error ? TEXT.same : TEXT.step(a.error, b.error, a.error - b.error, 1 - b.error / a.error);
  };
  const ticks = (values) => values.map((value) => [value, value]);
  const errors = chart(360, 270, {
    label: () => TEXT.chart(words()),
    margin: [20, 8, 24, 34],
    size: 12,
    axes: () => ({
      x: { domain: [2010, 2017], ticks: ticks([2010, 2011, 2012, 2013, 2014, 2015, 2016, 2017]), inset: [14, 14] },
      y: get("ratio") ? { domain: [2, 40], log: true, ticks: ticks([2, 5, 10, 20, 40]) } : { domain: [0, 33], ticks: ticks([0, 10, 20, 30]) },
    }),
    point(x, y) {
      const far = (one) => Math.hypot(errors.x(one.year) - x, errors.y(one.error) - y);
      const nearest = entries.reduce((best, one) => (far(one) < far(best) ? one : best));
      if (far(nearest) < 25) assign(model, { second: nearest.name });
    },
    draw({ context, left, right, x, y, dot, line }, { ink, faint, first, mark, paper }) {
      const human = y(get("human"));
      write(context, TEXT.yAxis, 2, 7, ink, { align: "left", size: 12 });
      stroke(context, [[left, human], [right, human]], faint, 1, [4, 3]);
      write(context, TEXT.human, left + 4, human - 8, faint, { align: "left", size: 12 });
      const chosen = pair();
      const others = entries.filter((entry) => !chosen.includes(entry));
      const winner = (one) => one.role === "winner";
      others.sort((a, b) => winner(a) - winner(b)); // a runner-up at the same place lies below
      for (const one of others) {
        const rim = winner(one) ? first : faint;
        dot(one.year, one.error, 5, one.features === "learned" ? rim : paper, rim, 1.5);
      }
      line(chosen.map((one) => [one.year, one.error]), mark);
      chosen.forEach((one, i) => {
        const [fill, number] = one.features === "learned" ? [mark, paper] : [paper, mark];
        dot(one.year, one.error, 7, fill, mark);
        write(context, i + 1, x(one.year), y(one.error), number, { size: 12 });
      });
    },
  });
  const facts = table(TEXT.table, [TEXT.first, TEXT.second], TEXT.facts, () => {
    const sides = pair().map((one) => [TEXT.percent(one.error), one.role, one.features, one.networks, one.data, one.source]);
    return TEXT.facts.map((_, row) => sides.map((side) => side[row]));
  }, "bw-gap");
  const names = entries.map(({ name }) => name);
  return mount({ model, el }, {
    ...TEXT, say: words, traits: ["first", "second", "ratio"],
    rows: [
      columns(
        menu(model, "first", TEXT.first, names), menu(model, "second", TEXT.second, names),
        menu(model, "ratio", TEXT.axis, TEXT.axes)),
      text(words),
      columns(errors, facts),
    ],
  });
}

export default { render };
