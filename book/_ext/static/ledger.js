// Filters the ledger of claims. What is chosen stands in the address, as in `#verdict=false&says=T1`,
// so that a filtered view can be linked to; `#T1-25` is a row, and shows all rows.
(() => {
  const form = document.querySelector(".ledger-filters");
  const count = form.querySelector("output");
  const controls = [...form.querySelectorAll("select, input")];
  const rows = [...document.querySelectorAll("table.ledger tbody tr")].map((row) => ({
    row, text: row.textContent.toLowerCase(),
  }));

  /** Show the rows that fit every control. */
  function filter() {
    const { words, ...wanted } = Object.fromEntries(new FormData(form));
    const chosen = Object.entries(wanted).filter(([, value]) => value);
    const parts = words.toLowerCase().split(/\s+/);
    let shown = 0;
    for (const { row, text } of rows) {
      const fits = chosen.every(([name, value]) => row.dataset[name] === value)
        && parts.every((part) => text.includes(part));
      row.hidden = !fits;
      shown += fits;
    }
    count.textContent = `${shown} of ${rows.length} claims` +
      (shown ? "" : ": none fits all filters together. Take one back, or reset them.");
  }

  /** Put what is chosen into the address. */
  function remember() {
    const chosen = String(new URLSearchParams([...new FormData(form)].filter(([, value]) => value)));
    history.replaceState(null, "", chosen ? `#${chosen}` : location.pathname + location.search);
  }

  /** Choose what the address says. */
  function restore() {
    const wanted = new URLSearchParams(location.hash.slice(1));
    for (const control of controls) {
      control.value = wanted.get(control.name) ?? "";
      if (control.selectedIndex === -1) control.value = ""; // no such choice
    }
    filter();
    // The browser may have looked for this row while it was hidden.
    document.getElementById(location.hash.slice(1))?.scrollIntoView();
  }

  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => { filter(); remember(); });
  form.addEventListener("reset", () => setTimeout(() => { filter(); remember(); }));
  window.addEventListener("hashchange", restore);
  form.hidden = false;
  restore();
})();
