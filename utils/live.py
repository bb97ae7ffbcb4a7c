"""Experiments that a reader can change and run again: `live(experiment, …)`.

With a kernel and a person it is a small control panel of ipywidgets. In batch mode, where plain
ipywidgets would leave nothing in a built page, it is the figure of the default setting.
"""

import base64
import inspect
import threading
import time
from collections.abc import Callable, Sequence
from html import escape

import ipywidgets as ipw
from matplotlib.figure import Figure

from utils import figures
from utils.figures import curves
from utils.system import batch_mode, shown_elsewhere


class Cancelled(Exception):
    """The reader pressed Cancel; nobody else raises this."""


def live(experiment: Callable, steps: int, **choices: Sequence) -> "Panel | None":
    """Let the reader choose settings of `experiment`, run it, cancel it, and compare its curves.

    `experiment(callback, **settings)` trains something with `callback` (see `utils.training.train`)
    for `steps` steps, and returns the History; its default arguments are the default setting.
    `choices` are the values that each setting can take. It trains in a thread of its own and shares
    PyTorch's random numbers with the notebook: another cell that runs meanwhile changes both.

    In batch mode it runs once with the defaults, shows the figure and says where to change it.
    Raises ValueError if a choice is no setting of the experiment, or lacks its default.
    """
    parameters = inspect.signature(experiment).parameters
    defaults = {name: parameters[name].default for name in choices if name in parameters}
    for name, values in choices.items():
        if name not in defaults or defaults[name] not in values:
            place = f"an argument of {experiment.__name__}"
            raise ValueError(f"{name} must be {place}, with one of {[*values]} as its default.")
    if batch_mode():
        runs = {title(defaults): experiment(None, **defaults).losses}
        figures.show(draw(runs, steps), describe(runs))
        print("Run this in Colab or Jupyter to change it.")
        return None
    return Panel(experiment, steps, defaults, choices)


class Panel(ipw.VBox):
    """The controls of one live experiment: a menu for each setting, Train, Cancel, Forget."""

    def __init__(self, experiment: Callable, steps: int, defaults: dict, choices: dict):
        self.experiment, self.steps = experiment, steps
        self.runs: dict[str, list[float]] = {}
        self.cancelled, self.thread = threading.Event(), threading.Thread()
        self.menus = {
            name: ipw.Dropdown(options=list(values), value=defaults[name], description=name)
            for name, values in choices.items()
        }
        self.train = ipw.Button(description="Train", button_style="primary")
        self.cancel = ipw.Button(description="Cancel", disabled=True)
        self.forget = ipw.Button(description="Forget all runs")
        self.bar = ipw.IntProgress(max=steps)
        self.status = ipw.HTML("Choose, then train. Each run is drawn beside those before it.")
        self.picture = ipw.HTML()
        self.train.on_click(self._start)
        self.cancel.on_click(lambda _: self.cancelled.set())
        self.forget.on_click(self._forget)
        buttons = ipw.HBox([self.train, self.cancel, self.forget])
        super().__init__([*self.menus.values(), buttons, self.bar, self.status, self.picture])

    def _start(self, _button) -> None:
        if self.thread.is_alive():
            return  # a second click, sent before the button was seen to be off
        self._busy(True)
        self.cancelled.clear()
        settings = {name: menu.value for name, menu in self.menus.items()}
        self.thread = threading.Thread(target=self._run, args=(settings,), daemon=True)
        self.thread.start()

    def _busy(self, busy: bool) -> None:
        self.train.disabled = self.forget.disabled = busy
        self.cancel.disabled = not busy

    def _run(self, settings: dict) -> None:
        """In a thread of its own, so that the kernel can hear the Cancel button."""
        shown_elsewhere.set(True)
        losses: list[float] = []  # the history's own list, as soon as there is one
        start = reported = time.perf_counter()

        def callback(history, model) -> None:
            nonlocal losses, reported
            losses = history.losses
            if self.cancelled.is_set():
                raise Cancelled
            now = time.perf_counter()
            if losses and now - reported > 0.2:
                reported = now
                left = (now - start) * max(0, self.steps / len(losses) - 1)
                self.bar.value = len(losses)
                self.report(f"Step {len(losses)} of {self.steps}, {left:.0f} s left.")

        name = title(settings)
        try:
            history = self.experiment(callback, **settings)
            self.bar.value = self.steps
            self.report(f"{name}: test accuracy {history.test_accuracy:.3f}.")
        except Cancelled:
            name += f", cancelled at step {len(losses)}"
            self.report(f"Cancelled at step {len(losses)}; what was trained is drawn.")
        except Exception as error:  # whatever it is, the reader sees it and can go on
            self.report(f"{name}: {error}")
        finally:
            if losses:
                self.runs.pop(name, None)  # a run again takes the last place
                self.runs[name] = losses[: self.steps]
            self._redraw()
            self._busy(False)

    def report(self, sentence: str) -> None:
        self.status.value = f'<span role="status">{escape(sentence)}</span>'

    def _redraw(self) -> None:
        shown = dict(list(self.runs.items())[-len(figures.PALETTE) :])  # one colour each
        html = ""
        if shown:
            data, _ = figures.bundle(draw(shown, self.steps), alt := describe(shown))
            source = f"data:image/png;base64,{base64.b64encode(data['image/png']).decode()}"
            html = f'<img style="max-width: 100%" src="{source}" alt="{escape(alt)}">'
        self.picture.value = html

    def _forget(self, _button) -> None:
        self.runs.clear()
        self.bar.value = 0
        self._redraw()


def title(settings: dict) -> str:
    """The settings of a run in a few words."""
    return ", ".join(f"{name} {value}" for name, value in settings.items())


def draw(runs: dict[str, list[float]], steps: int) -> Figure:
    """The training loss of each run; a run that ended early ends early in the figure."""
    seeds = {name: [losses[:steps]] for name, losses in runs.items()}
    fig = curves(seeds, range(1, steps + 1), "step", "training loss")
    fig.axes[0].set_ylim(0, 3.5)  # a failing run leaves the picture, the others stay readable
    if len(runs) > 1 or len(min(runs, default="")) > 40:
        # Several names, or a long one, would cover the curves: they go below, with their own room.
        fig.axes[0].get_legend().remove()
        fig.set_figheight(fig.get_figheight() + 0.27 * len(runs))
        fig.legend(loc="outside lower left")
    return fig


def describe(runs: dict[str, list[float]]) -> str:
    """What there is to see: where each run begins and ends."""
    ends = (f"{name}: from {losses[0]:.2f} to {losses[-1]:.2f}" for name, losses in runs.items())
    return "Training loss at every step. " + "; ".join(ends) + "."
