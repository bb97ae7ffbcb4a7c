// A formula that is wider than its box can be scrolled with the keyboard: it takes the focus.
// The theme does the same for code and tables.
const makeScrollable = () => {
  for (const box of document.querySelectorAll(".katex-display")) {
    box.tabIndex = box.scrollWidth > box.clientWidth ? 0 : -1;
  }
};
// Cells of tables do not break their lines (book.css), but in a column of sentences they have to,
// the names of rows included.
const breakSentences = () => {
  for (const table of document.querySelectorAll("table.dataframe")) {
    const cells = [...table.querySelectorAll("tbody :is(th, td)")];
    const long = new Set(cells.filter((cell) => cell.textContent.length > 40).map((cell) => cell.cellIndex));
    for (const cell of cells) cell.classList.toggle("sentence", long.has(cell.cellIndex));
  }
};
document.addEventListener("DOMContentLoaded", breakSentences);
document.addEventListener("DOMContentLoaded", makeScrollable);
document.fonts.ready.then(makeScrollable); // a formula can grow when its fonts arrive
window.addEventListener("resize", makeScrollable);
