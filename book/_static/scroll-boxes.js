// A formula that is wider than its box can be scrolled with the keyboard: it takes the focus.
// The theme does the same for code and tables.
const makeScrollable = () => {
  for (const box of document.querySelectorAll(".katex-display")) {
    box.tabIndex = box.scrollWidth > box.clientWidth ? 0 : -1;
  }
};
// Cells of tables do not break their lines (book.css), but a whole sentence has to.
const breakSentences = () => {
  for (const cell of document.querySelectorAll("table.dataframe td")) {
    cell.classList.toggle("sentence", cell.textContent.length > 40);
  }
};
document.addEventListener("DOMContentLoaded", breakSentences);
document.addEventListener("DOMContentLoaded", makeScrollable);
window.addEventListener("resize", makeScrollable);
