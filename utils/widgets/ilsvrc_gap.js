// Choose two results of the ImageNet challenge: how far are they apart, in points and in errors?
import { assign, h, menu, mount, picture } from "./kit.js";

const TEXT = {
  title: "The step between two results",
  hint: "Try: two neighbours in time whose step in errors is larger than that of 2012. A click on a dot makes it the second.",
  reset: "Reset",
  first: "first",
  second: "second",
  axis: "axis",
  axes: [[false, "per cent"], [true, "equal ratios, equal lengths"]],
  facts: ["top-5 error", "place", "features", "networks", "data", "source"],
  table: "What is known of the two",
  percent: (error) => `${plain(error)} %`,
  human: "one trained person",
  yAxis: "top-5 error (%)",
  same: "The two have the same error.",
  step: (a, b, points, share) => `${plain(a)} % → ${plain(b)} %: ${Math.abs(points).toFixed(2)} points ` +
    `${points > 0 ? "lower" : "higher"}, that is ${Math.abs(100 * share).toFixed(0)} % ${points > 0 ? "fewer" : "more"} errors.`,
  chart: (words) => `Top-5 errors by year, 2010 to 2017. Chosen: ${words}`,
};
const [WIDTH, HEIGHT] = [360, 270];
const AREA = { left: 34, right: 352, top: 20, bottom: 246 };

function plain(value) {
  return String(+value.toFixed(3));
}

function render({ model, el }) {
  const entries = model.get("entries").map(
    ([name, year, error, role, features, networks, data, source]) => ({ name, year, error, role, features, networks, data, source }));
  const chosen = (side) => entries.find((one) => one.name === model.get(side));
  const x = (year) => AREA.left + 14 + ((year - 2010) / 7) * (AREA.right - AREA.left - 28);
  const y = (error) => {
    const share = model.get("ratio") ? Math.log(error / 2) / Math.log(20) : error / 33;
    return AREA.bottom - share * (AREA.bottom - AREA.top);
  };
  const words = () => {
    const [a, b] = [chosen("first"), chosen("second")];
    return a.error === b.error ? TEXT.same : TEXT.step(a.error, b.error, a.error - b.error, 1 - b.error / a.error);
  };

  const chart = picture(WIDTH, HEIGHT, {
    label: () => TEXT.chart(words()),
    point(px, py) {
      const far = (one) => Math.hypot(x(one.year) - px, y(one.error) - py);
      const nearest = entries.reduce((best, one) => (far(one) < far(best) ? one : best));
      if (far(nearest) < 25) assign(model, { second: nearest.name });
    },
    draw(context, { ink, faint, line, first, mark, paper }) {
      context.font = "12px sans-serif";
      context.lineWidth = 1;
      for (const tick of model.get("ratio") ? [2, 5, 10, 20, 40] : [0, 10, 20, 30]) {
        context.strokeStyle = line;
        context.globalAlpha = 0.4;
        context.beginPath();
        context.moveTo(AREA.left, y(tick));
        context.lineTo(AREA.right, y(tick));
        context.stroke();
        context.globalAlpha = 1;
        context.fillStyle = ink;
        context.textAlign = "right";
        context.fillText(tick, AREA.left - 5, y(tick) + 4);
      }
      context.textAlign = "left";
      context.fillText(TEXT.yAxis, 2, 11);
      context.textAlign = "center";
      for (let year = 2010; year <= 2017; year++) context.fillText(year, x(year), HEIGHT - 8);
      context.strokeStyle = faint;
      context.setLineDash([4, 3]);
      context.beginPath();
      context.moveTo(AREA.left, y(model.get("human")));
      context.lineTo(AREA.right, y(model.get("human")));
      context.stroke();
      context.setLineDash([]);
      context.fillStyle = faint;
      context.textAlign = "left";
      context.fillText(TEXT.human, AREA.left + 4, y(model.get("human")) - 4);
      const pair = [chosen("first"), chosen("second")];
      for (const one of entries) {
        if (pair.includes(one)) continue;
        context.beginPath();
        context.arc(x(one.year), y(one.error), 5, 0, 7);
        context.strokeStyle = one.role === "winner" ? first : faint;
        context.fillStyle = one.features === "learned" ? context.strokeStyle : paper;
        context.lineWidth = 1.5;
        context.fill();
        context.stroke();
      }
      context.strokeStyle = context.fillStyle = mark;
      context.lineWidth = 2;
      context.beginPath();
      pair.forEach((one, i) => context[i ? "lineTo" : "moveTo"](x(one.year), y(one.error)));
      context.stroke();
      pair.forEach((one, i) => {
        context.beginPath();
        context.arc(x(one.year), y(one.error), 7, 0, 7);
        const learned = one.features === "learned";
        context.fillStyle = learned ? mark : paper;
        context.fill();
        context.stroke();
        context.fillStyle = learned ? paper : mark;
        context.textAlign = "center";
        context.fillText(i + 1, x(one.year), y(one.error) + 4);
      });
    },
  });

  const heads = ["first", "second"].map((side) => h("th", { scope: "col" }, TEXT[side]));
  const cells = TEXT.facts.map(() => [h("td"), h("td")]);
  const table = h("table", { class: "bw-table bw-gap" }, h("caption", {}, TEXT.table),
    h("thead", {}, h("tr", {}, h("td"), ...heads)),
    h("tbody", {}, ...TEXT.facts.map((fact, i) => h("tr", {}, h("th", { scope: "row" }, fact), ...cells[i]))));
  const state = h("p", { class: "bw-state" });
  const facts = {
    update() {
      ["first", "second"].forEach((side, i) => {
        const one = chosen(side);
        const values = [TEXT.percent(one.error), one.role, one.features, one.networks, one.data, one.source];
        values.forEach((value, row) => { cells[row][i].textContent = value; });
      });
      state.textContent = words();
    },
  };

  const names = entries.map(({ name }) => [name, name]);
  const controls = [
    menu(model, "first", TEXT.first, names),
    menu(model, "second", TEXT.second, names),
    menu(model, "ratio", TEXT.axis, TEXT.axes),
  ];
  return mount({ model, el }, {
    ...TEXT,
    say: words,
    traits: ["first", "second", "ratio"],
    parts: [...controls, chart, facts],
    rows: [h("div", { class: "bw-columns" }, ...controls.map((control) => control.node)), state,
      h("div", { class: "bw-columns" }, chart.node, table)],
  });
}

export default { render };
