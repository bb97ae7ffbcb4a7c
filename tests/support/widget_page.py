"""A widget in a built page, operated as a person would."""

import re

import numpy as np

from tests.support.widgets import WIDGETS
from tools import pages

# How often a widget changes what it shows in 20 frames though nobody touches it, once it has
# answered what was done last.
CHANGES_AT_REST = """async widget => {
  let changes, end = performance.now() + 10000;
  const seen = new MutationObserver(all => { changes += all.length; });
  seen.observe(widget, { attributes: true, childList: true, characterData: true, subtree: true });
  do {
    changes = 0;
    for (let i = 0; i < 20; i++) await new Promise(requestAnimationFrame);
  } while (changes && performance.now() < end);
  return changes;
}"""


def numbers(text):
    return [float(n.replace("−", "-")) for n in re.findall(r"[−-]?\d+(?:\.\d+)?", text)]


class WidgetPage:
    """A widget in its page. Whatever is done to it is drawn before the next line runs."""

    def __init__(self, page, address, title):
        """Open a chapter and go no further than to this widget."""
        self.page, self.complaints = page, []
        self.group = page.get_by_role("group", name=title, exact=True)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda m: m.type == "error" and self.complaints.append(m.text))
        _, chapter = WIDGETS[title]
        page.goto(f"{address}{chapter}.html")
        page.keyboard.press("Shift")  # a reader begins: the whole page is laid out
        page.wait_for_selector("html.whole")
        for figure in page.locator("figure.widget").all():
            figure.scroll_into_view_if_needed()
            figure.locator(".bw").wait_for()
            if self.group.count():
                break
        self.settle()

    def settle(self):
        self.page.evaluate(pages.DRAWN)

    def control(self, label):
        return self.group.get_by_label(label, exact=True)

    def button(self, name):
        return self.group.get_by_role("button", name=name, exact=True)

    def canvas(self, index=0):
        return self.group.locator("canvas").nth(index)

    def press(self, label, key, times=1):
        """Use a control by keyboard."""
        pages.press(self.group, label, key, times)
        self.settle()

    def follow(self, agrees, *steps):
        """Use one control after the other by keyboard: at each step the page agrees with Python.

        A step is a label, a key, how often, the settings that this changes, and words said then.
        """
        settings = {}
        agrees(self)
        for label, key, times, change, *words in steps:
            self.press(label, key, times)
            settings |= change
            agrees(self, **settings)
            assert all(part in self.state for part in words), f"after {key} on {label}"

    def choose(self, label, option):
        """Choose in a menu by pointer."""
        self.control(label).select_option(label=option)
        self.settle()

    def push(self, name):
        """Click a button."""
        self.button(name).click()
        self.settle()

    def click(self, where, x, y=0.5):
        """Click a canvas, or a slider by its label, at these shares of its width and height."""
        node = self.control(where) if isinstance(where, str) else self.canvas(where)
        box = node.bounding_box()
        node.click(position={"x": x * box["width"], "y": y * box["height"]})
        self.settle()

    def drag(self, canvas, start, end, held=False):
        """Lead the pressed mouse between two places, as shares of the sides of a canvas."""
        self.canvas(canvas).scroll_into_view_if_needed()
        box, mouse = self.canvas(canvas).bounding_box(), self.page.mouse
        (x, y), (to_x, to_y) = start, end
        mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
        mouse.down()
        mouse.move(box["x"] + to_x * box["width"], box["y"] + to_y * box["height"], steps=5)
        if not held:
            mouse.up()
        self.settle()

    def swipe(self, canvas, way):
        """Put a finger on the middle of a canvas that is in view, and move it up by `way` px."""
        box = self.canvas(canvas).bounding_box()
        finger = self.page.context.new_cdp_session(self.page)
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        for kind, part in [("touchStart", 0), *(("touchMove", i / 8) for i in range(1, 9))]:
            points = [{"x": x, "y": y - part * way}]
            finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        self.settle()

    @property
    def state(self):
        """The sentences with the result."""
        return "\n".join(self.group.locator(".bw-state").all_inner_texts())

    def value(self, label):
        """The number of a slider, or the place in a menu."""
        return self.control(label).evaluate("c => c.options ? c.selectedIndex : +c.value")

    def label(self, canvas=0):
        """What a screen reader says of a canvas."""
        return self.canvas(canvas).get_attribute("aria-label")

    def drawn(self, canvas=0):
        """All that can be seen of a canvas, as one text."""
        return self.canvas(canvas).evaluate("canvas => canvas.toDataURL()")

    def colours(self, canvas, places):
        """Red, green, blue where a canvas is hit at these shares of its sides: (x, y) each."""
        read = """(canvas, places) => {
          const { width, height } = canvas;
          const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
          const at = ([x, y]) => 4 * (Math.floor(y * height) * width + Math.floor(x * width));
          return places.map(place => [...data.slice(at(place), at(place) + 3)]);
        }"""
        return np.array(self.canvas(canvas).evaluate(read, np.asarray(places).tolist()), float)

    def rows(self, table="table", index=0):
        """The text of a table's body, row by row."""
        read = "rows => rows.map(row => [...row.cells].map(cell => cell.textContent))"
        table = self.group.locator(table).nth(index)
        return table.locator("tbody tr").evaluate_all(read)

    def cells_fit(self):
        """No cell of a table is too narrow for its text."""
        fits = "cells => cells.every(cell => cell.scrollWidth <= cell.clientWidth)"
        return self.group.locator("td:visible").evaluate_all(fits)
