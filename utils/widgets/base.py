"""Interactive figures that work with a kernel and without: one JavaScript module for both.

A widget is a Python class (its traits, with their limits), a JavaScript module (its look and
behaviour) and a still picture for wherever no script runs. Live, anywidget connects the two; in the
built page `book/_ext/static/widget-host.js` mounts the module on the values that the notebook has
stored. How to add one: `book/contributing.md`.
"""

import re
from importlib.resources import files

import anywidget
import traitlets as t
from matplotlib.figure import Figure

from utils import figures
from utils.nets import live_net

HERE = files("utils.widgets")
VIEW = "application/vnd.jupyter.widget-view+json"
SHARED = re.compile(r'^import \{[^}]*\} from "\./(\w+\.js)";\n', re.MULTILINE)


def module(name: str) -> str:
    """The JavaScript of one widget together with the files it shares, such as `kit.js`, as one
    module that imports nothing.

    Raises ValueError if the file has no import of `./kit.js`, or one of another place.
    """
    source = (HERE / name).read_text(encoding="utf-8")
    shared = SHARED.findall(source)
    imports = re.findall(r"^import ", source, re.MULTILINE)
    if "kit.js" not in shared or len(shared) != len(imports):
        raise ValueError(
            f'{name} must import from "./kit.js", and nothing but files beside it: a page can '
            "load no other."
        )
    parts = [(HERE / part).read_text(encoding="utf-8") for part in shared]
    whole = "".join(parts) + SHARED.sub("", source)
    return re.sub(r"^export (?!default)", "", whole, flags=re.MULTILINE)


class Widget(anywidget.AnyWidget):
    """What the book's widgets have in common. A subclass sets `_esm = module("name.js")` and:

    - `caption`: what stands below the figure, with or without JavaScript;
    - `heights`: pixels that the built page reserves for it, in two columns and in one, so that the
      text does not jump when it appears;
    - `still()`: a picture of its present state, what there is to see in it, and whether it is a
      photograph.

    What is too large for a notebook is a `file` in `utils/nets/live_net`: the module asks for it
    with `model.send("file")` and hears it as a message, from Python or from a script beside the
    page.
    """

    _css = (HERE / "kit.css").read_text(encoding="utf-8")
    caption: str
    heights: tuple[int, int]
    file: str | None = None

    def __init__(self, **settings):
        super().__init__(**settings)
        self.on_msg(self._answer)

    def _answer(self, _: anywidget.AnyWidget, wish: object, __: list) -> None:
        if self.file and wish == "file":
            self.send("file", [(live_net.FOLDER / self.file).read_bytes()])

    def still(self) -> tuple[Figure, str, bool]:
        raise NotImplementedError

    def _repr_mimebundle_(self, **kwargs) -> tuple[dict, dict]:
        """The live view, and beside it the still picture for GitHub, print, and no JavaScript."""
        data, metadata = super()._repr_mimebundle_(**kwargs)
        picture, text = figures.bundle(*self.still())
        about = {"caption": self.caption, "heights": list(self.heights)}
        if self.file:
            about["file"] = self.file
        return data | picture, metadata | text | {VIEW: about}


class Pair(Widget):
    """A widget that sets two of several things, each known by its name, side by side."""

    names = t.List(t.Unicode()).tag(sync=True)
    first = t.Unicode().tag(sync=True)
    second = t.Unicode().tag(sync=True)

    @t.validate("first", "second")
    def _exists(self, proposal: dict) -> str:
        """Only names that are there; what JavaScript sends is checked as well."""
        if proposal["value"] not in self.names:
            name = proposal["trait"].name
            raise t.TraitError(f"{name} must be one of these names: {', '.join(self.names)}.")
        return proposal["value"]
