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
if (location.hash || visit?.type !== "navigate") showAll();
window.addEventListener("pointermove", showNext, { once: true });
window.addEventListener("pointerdown", showNext, { once: true });
window.addEventListener("scroll", () => (scrollY > innerHeight ? showAll : showNext)(), { passive: true });
for (const event of ["keydown", "click", "hashchange", "beforeprint"]) {
  window.addEventListener(event, showAll, { capture: true, once: true });
}
