// Sphinx offers to hide the words of the last search, even on a page that has none of them.
document.addEventListener("DOMContentLoaded", () => {
  setTimeout(() => { // Sphinx marks the words after 10 ms
    if (!document.querySelector(".highlighted")) document.querySelector(".highlight-link")?.remove();
  }, 50);
});
