// What jupyterquiz leaves out for keyboards and screen readers; `root` holds the built question.
const group = root.querySelector(".Answer");
const radios = [...group.querySelectorAll("input")];
for (const radio of radios) {
  radio.className = ""; // jupyterquiz would hide it
  radio.dataset.lmSuppressShortcuts = "true"; // in JupyterLab, "d d" would delete the cell
}
group.setAttribute("role", "radiogroup");
group.setAttribute("aria-labelledby", root.querySelector(".MultipleChoiceQn > div").id);
root.querySelector(".Feedback").setAttribute("role", "status");

// A choice shows its feedback at once: so arrows move without choosing, Space and Enter choose.
const STEPS = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };
group.addEventListener("keydown", (event) => {
  if (event.key in STEPS) {
    const next = radios.indexOf(event.target) + STEPS[event.key];
    radios.at(next % radios.length).focus();
  } else if (event.key === "Enter") {
    event.target.click();
  } else {
    return;
  }
  event.preventDefault();
});
