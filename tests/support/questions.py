"""The predictions in an open page of the book."""

from tools.pages import PAGES
from utils import quiz

# Page → names of the questions asked there: "3-inplace" is in "03_layer_shapes".
CHAPTERS = {
    page: names
    for page in PAGES
    if (names := [n for n in quiz.questions() if n.partition("-")[0].zfill(2) == page[:2]])
}
STATE = """box => {
  const radios = [...box.querySelectorAll("[type=radio]")];
  const where = is => radios.flatMap((radio, i) => is(radio) ? [i] : []);
  return { said: box.querySelector("[role=status]").innerText, chosen: where(r => r.checked),
    focused: where(r => r === document.activeElement) };
}"""


class Asked:
    """One question in an open page."""

    def __init__(self, page, name):
        self.page, self.question = page, quiz.questions()[name]
        self.box = page.locator(f"#quiz-{name}")
        self.size = len(self.question.options)
        # What a screen reader finds; from here on by simpler selectors, which take less time.
        group = self.box.get_by_role("radiogroup", name=self.question.question, exact=True)
        assert group.get_by_role("radio").count() == self.size, f"{name} is not asked"
        assert self.box.get_by_role("status").count() == 1, f"{name} says nothing"
        self.radios, self.labels = self.box.locator("[type=radio]"), self.box.locator("label")

    def state(self) -> dict:
        """What is said below the question, and which options are chosen and focused."""
        return self.box.evaluate(STATE)

    def heard(self, i: int) -> bool:
        """Whether the reader is told what belongs to option `i`, and by a word if it is right."""
        option, state = self.question.options[i], self.state()
        word = "Right." if option.right else "Not quite."
        return state["said"] == f"{word} {option.feedback}" and state["chosen"] == [i]

    def untouched(self) -> bool:
        state = self.state()
        return state["said"] == "" and state["chosen"] == []

    def answer(self, right: bool) -> int:
        """Choose the right option, or the first wrong one; which it is."""
        i = [option.right for option in self.question.options].index(right)
        self.labels.nth(i).click()
        return i


def questions_of(page) -> list[Asked]:
    """The questions of an open page, in their order."""
    return [Asked(page, name) for name in CHAPTERS.get(page.name, [])]
