// A box that can be scrolled takes the focus, so that the keyboard can scroll it. The theme looks at
// all boxes at once, which makes the browser lay out the whole page; this waits for each to be there.
const BOXES = "pre, .cell_output > .output, .pst-scrollable-table-container, .katex-display";
const boxes = new ResizeObserver((entries) => {
  const scrolls = (box) => box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight;
  // all are measured before any is changed
  const found = entries.map(({ target }) => target.closest(BOXES)).map((box) => [box, scrolls(box)]);
  for (const [box, scrolling] of found) {
    if (scrolling !== (box.tabIndex === 0)) box.tabIndex = scrolling ? 0 : -1;
  }
});
const watchBoxes = () => {
  for (const box of document.querySelectorAll(BOXES)) boxes.observe(box);
  // a formula can grow in its box when its fonts arrive
  for (const formula of document.querySelectorAll(".katex-display .katex-html")) boxes.observe(formula);
};
document.addEventListener("DOMContentLoaded", watchBoxes);
