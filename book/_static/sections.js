// A browser lays out first what is near its screen (book.css, ledger.css), so that a long page is
// there at once. The rest follows piece by piece, in idle moments, when the reader begins to do
// something. Whoever may go further down needs all of it at once, or the page would move below them.
const waiting = [...document.querySelectorAll(".bd-article > section > section, .ledger tbody tr")];
const later = window.requestIdleCallback ?? ((next) => setTimeout(next));
const soon = { timeout: 200 }; // ms, however busy the browser is
const showAll = () => {
  waiting.length = 0;
  document.documentElement.classList.add("whole");
};
const showNext = () => {
  if (!waiting.length) return showAll();
  waiting.shift().style.contentVisibility = "visible";
  later(showNext, soon);
};
// who reloads a page or comes back to it stands where they were
const [visit] = performance.getEntriesByType("navigation");
const comes = visit?.type === "navigate";
if (location.hash || !comes) showAll();
// An address may lead into what is folded, or to a figure that it sets (`#lab=…`), or the browser have
// gone there before all was laid out.
const goToPlace = (again) => {
  const name = location.hash.slice(1), set = `figure[data-address="${CSS.escape(name.split("=")[0])}"]`;
  const place = document.getElementById(name) ?? document.querySelector(set);
  const folds = [...document.querySelectorAll("details:not([open])")].filter((fold) => fold.contains(place));
  for (const fold of folds) fold.open = true;
  if (again || folds.length) place?.scrollIntoView();
};
window.addEventListener("load", () => requestAnimationFrame(() => goToPlace(comes)));
window.addEventListener("hashchange", () => goToPlace(false));
window.addEventListener("beforeprint", () => {
  for (const fold of document.querySelectorAll(".claims-more")) fold.open = true;
});
window.addEventListener("pointermove", showNext, { once: true });
window.addEventListener("pointerdown", showNext, { once: true });
window.addEventListener("scroll", () => (scrollY > innerHeight ? showAll : showNext)(), { passive: true });
for (const event of ["keydown", "click", "hashchange", "beforeprint"]) {
  window.addEventListener(event, showAll, { capture: true, once: true });
}
