"""What the widgets share. Live, anywidget connects the class (its traits, with their limits) and
the JavaScript module (its look and behaviour); in the built page `book/_ext/static/widget-host.js`
mounts the module on the values that the notebook has stored.
"""

from collections.abc import Container
from importlib.resources import files

import anywidget
import numpy as np
import torch
import traitlets as t
from matplotlib.figure import Figure

from utils import figures, page_files

HERE = files("utils.widgets")
VIEW = "application/vnd.jupyter.widget-view+json"
Still = tuple[Figure, str, bool]  # a picture, its alternative text, whether it is a photograph


def _text(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


def module(name: str) -> str:
    """The JavaScript of one widget with the files it shares, as a module that imports nothing.

    Raises ValueError if the file has no import of `./kit.js`, or one of another place.
    """
    if "kit.js" not in page_files.IMPORT.findall(_text(name)):
        raise ValueError(f'{name} must import from "./kit.js", as every widget does.')
    return page_files.script(HERE, name)


def style(*names: str) -> str:
    """The book's design, the style sheet that all widgets share, and those of one widget."""
    return figures.TOKENS + "".join(map(_text, ("kit.css", *names)))


def known(proposal: dict, values: Container, words: str) -> object:
    """What a trait is to become, in Python or in JavaScript, for traitlets' `validate`.

    Raises TraitError if it is none of `values`; `words` say which those are.
    """
    if proposal["value"] not in values:
        raise t.TraitError(f"{proposal['trait'].name} must be {words}.")
    return proposal["value"]


def levels(image: torch.Tensor) -> torch.Tensor:
    """Pixels from 0..1 in the whole numbers from 0 to 255: uint8."""
    return (255 * image).round().to(torch.uint8)


def uniforms(seed: int, count: int) -> np.ndarray:
    """Random numbers in 0..1 that JavaScript can draw too: mulberry32."""
    steps = np.arange(1, count + 1, dtype=np.uint64)
    t = (np.uint64(seed * 0x9E3779B9) + steps * np.uint64(0x6D2B79F5)).astype(np.uint32)
    t = (t ^ (t >> np.uint32(15))) * (t | np.uint32(1))
    t ^= t + (t ^ (t >> np.uint32(7))) * (t | np.uint32(61))
    return (t ^ (t >> np.uint32(14))) / 2**32


class Widget(anywidget.AnyWidget):
    """What the book's widgets have in common. A subclass sets `_esm = module("name.js")` and:

    - `_css = style("name.css")` if it has a style sheet of its own;
    - `caption`: what stands below the figure, with or without JavaScript;
    - `heights`: pixels that the built page reserves for it, in two columns and in one, so that the
      text does not jump when it appears;
    - `still()`: a picture of its present state.

    What is too large for a notebook are `files` of `utils.page_files`: the module asks for one by
    `model.send(name)` and hears `{"file": name}` with its bytes, or `{"missing": name}`, from
    Python or from a script beside the page (`files.js`).
    What can be set by the end of a page's address, `#lab=…`, has `address = "lab"`.
    What a trait does not allow raises TraitError.
    """

    _css = style()
    caption: str
    heights: tuple[int, int]
    files: tuple[str, ...] = ()
    address = ""

    def __init__(self, **settings):
        super().__init__(**settings)
        self.on_msg(self._answer)

    def _answer(self, _: anywidget.AnyWidget, wish: object, __: list) -> None:
        if wish not in self.files:
            return
        try:
            content = page_files.page_file(wish)
        except OSError:
            self.send({"missing": wish})
        else:
            self.send({"file": wish}, [content])

    def still(self) -> Still:
        raise NotImplementedError

    def _repr_mimebundle_(self, **kwargs) -> tuple[dict, dict]:
        """The live view, and beside it the still picture for GitHub, print, and no JavaScript."""
        data, metadata = super()._repr_mimebundle_(**kwargs)
        picture, text = figures.bundle(*self.still())
        about = {"caption": self.caption, "heights": list(self.heights)}
        about |= {"files": list(self.files)} if self.files else {}
        about |= {"address": self.address} if self.address else {}
        return data | picture, metadata | text | {VIEW: about}


class Pair(Widget):
    """A widget that sets two of several things, each known by its name, side by side."""

    names = t.List(t.Unicode()).tag(sync=True)
    first, second = (t.Unicode().tag(sync=True) for _ in range(2))

    @t.validate("first", "second")
    def _exists(self, proposal: dict) -> str:
        return known(proposal, self.names, f"one of these names: {', '.join(self.names)}")

    def both(self, values: list) -> list:
        """The two that are shown, of a list with one entry for each name."""
        return [values[self.names.index(name)] for name in (self.first, self.second)]
