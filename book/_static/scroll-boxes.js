// A formula that is wider than its box can be scrolled with the keyboard: it takes the focus.
// The theme does the same for code and tables.
const makeScrollable = () => {
  for (const box of document.querySelectorAll(".katex-display")) {
    box.tabIndex = box.scrollWidth > box.clientWidth ? 0 : -1;
  }
};
document.addEventListener("DOMContentLoaded", makeScrollable);
window.addEventListener("resize", makeScrollable);
