// A browser lays out first what is on its screen (book.css, ledger.css), so that a long page is there
// at once. The rest follows when the reader begins to do something, piece by piece, while the browser
// has nothing else to do. Whoever comes to a place further down needs all of it at once, or the page
// would move below them.
const PIECES = ".bd-article > section > section, .ledger tbody tr";
const BEGINNINGS = ["scroll", "wheel", "pointerdown", "keydown"];
const later = window.requestIdleCallback ?? setTimeout;
const showAll = () => document.documentElement.classList.add("whole");
const showNext = (pieces) => {
  if (!pieces.length) return showAll();
  pieces.shift().style.contentVisibility = "visible";
  later(() => showNext(pieces));
};
const begin = () => {
  for (const event of BEGINNINGS) window.removeEventListener(event, begin);
  showNext([...document.querySelectorAll(PIECES)]);
};
for (const event of BEGINNINGS) window.addEventListener(event, begin, { passive: true });
if (location.hash) showAll();
window.addEventListener("hashchange", showAll);
window.addEventListener("beforeprint", showAll);
