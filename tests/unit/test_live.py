"""Live experiments: a panel for a person, a figure and a sentence in batch mode."""

import time
from types import SimpleNamespace

import ipywidgets
import pytest

from utils import live as module
from utils.live import live
from utils.system import progress, shown_elsewhere

RATES = [0.1, 0.2, 0.3]


def experiment(callback, rate=0.1, optimiser="sgd", steps=200):
    """Stands for a training: its loss falls by `rate` a step, and a rate of 0.3 fails."""
    history = SimpleNamespace(losses=[], test_accuracy=0.5)
    for step in range(steps):
        if rate == 0.3 and step == 50:
            raise FloatingPointError("The loss became nan at step 50: try 0.1.")
        history.losses.append(2.3 - rate * step / 100)
        if callback:
            callback(history, None)
            time.sleep(0.005 * (optimiser == "slow"))
    return history


@pytest.fixture
def shown(monkeypatch):
    """What was displayed, as a list."""
    displayed = []
    monkeypatch.setattr(module.figures, "show", lambda fig, alt: displayed.append((fig, alt)))
    return displayed


@pytest.fixture
def panel(monkeypatch, shown):
    """The panel of a person's notebook."""
    monkeypatch.delenv("BOOK_BATCH", raising=False)
    return live(experiment, steps=200, rate=RATES, optimiser=["sgd", "adam", "slow"])


def train(panel, rate=0.1):
    panel.menus["rate"].value = rate
    panel.train.click()
    panel.thread.join(timeout=20)
    assert not panel.thread.is_alive()


def test_in_batch_mode_it_is_a_figure_and_a_sentence(monkeypatch, shown, capsys):
    monkeypatch.setenv("BOOK_BATCH", "1")
    assert live(experiment, steps=200, rate=RATES) is None
    ((fig, alt),) = shown
    assert alt == "Training loss at every step. rate 0.1: from 2.30 to 2.10."
    assert all(len(line.get_ydata()) == 200 for line in fig.axes[0].lines)
    assert capsys.readouterr().out == "Run this in Colab or Jupyter to change it.\n"


def test_a_person_sees_the_controls_and_runs_beside_each_other(panel, shown):
    assert shown == []  # a notebook shows the value of a cell's last line
    assert isinstance(panel, ipywidgets.VBox)
    assert {*panel.menus.values(), panel.bar, panel.status, panel.picture} < {*panel.children}
    assert [menu.value for menu in panel.menus.values()] == [0.1, "sgd"]
    assert panel.menus["rate"].options == tuple(RATES)
    assert panel.cancel.disabled and not panel.train.disabled
    assert panel.picture.value == ""
    train(panel)
    assert "rate 0.1, optimiser sgd: test accuracy 0.500" in panel.status.value
    panel.menus["optimiser"].value = "adam"
    train(panel, 0.2)
    assert list(panel.runs) == ["rate 0.1, optimiser sgd", "rate 0.2, optimiser adam"]
    assert panel.bar.value == 200
    assert 'src="data:image/png;base64,' in panel.picture.value
    assert "rate 0.2, optimiser adam: from 2.30 to 1.90" in panel.picture.value
    assert not panel.train.disabled and panel.cancel.disabled
    panel.forget.click()
    assert panel.runs == {} and panel.picture.value == ""


def test_cancelled_and_failed_trainings_keep_their_curves(panel):
    panel.menus["optimiser"].value = "slow"
    panel.train.click()
    assert panel.train.disabled and not panel.cancel.disabled
    panel.train.click()  # a second click starts no second training
    while "Step" not in panel.status.value:
        time.sleep(0.001)
    panel.cancel.click()
    panel.thread.join(timeout=20)
    ((name, losses),) = panel.runs.items()
    assert 0 < len(losses) < 200
    assert name == f"rate 0.1, optimiser slow, cancelled at step {len(losses)}"
    assert f"Cancelled at step {len(losses)}" in panel.status.value
    panel.menus["optimiser"].value = "sgd"
    train(panel, 0.3)  # and it can go on, here to a failure
    assert "The loss became nan at step 50: try 0.1." in panel.status.value
    assert len(panel.runs["rate 0.3, optimiser sgd"]) == 50
    assert len(panel.runs) == 2 and not panel.train.disabled


def test_a_long_training_is_drawn_as_far_as_was_said_and_many_runs_keep_to_the_colours(panel):
    panel.steps = 150
    panel.runs = {f"run {i}": [2.3, 2.2] for i in range(12)}
    train(panel)
    assert len(panel.runs["rate 0.1, optimiser sgd"]) == 150
    assert not panel.train.disabled
    assert "run 3:" not in panel.picture.value
    assert "run 11:" in panel.picture.value


def test_several_names_stand_below_the_curves():
    runs = {f"rate 0.{i}, optimiser SGD with momentum": [2.3, 2.2] for i in range(8)}
    fig = module.draw(runs, steps=2)
    fig.draw_without_rendering()
    (legend,), axes = fig.legends, fig.axes[0]
    assert axes.get_legend() is None
    assert legend.get_window_extent().y1 <= axes.get_tightbbox().y0
    assert axes.get_window_extent().height > 200


@pytest.mark.parametrize("choices", [{"momentum": [0.9]}, {"rate": [0.2, 0.3]}])
def test_a_choice_that_is_no_setting_is_one_sentence(choices):
    (name,) = choices
    with pytest.raises(ValueError, match=f"{name} must be an argument of experiment, with one of"):
        live(experiment, steps=200, **choices)


@pytest.mark.parametrize(
    ("batch", "elsewhere", "silent"), [("1", False, True), ("", True, True), ("", False, False)]
)
def test_progress_knows_who_is_watching(monkeypatch, batch, elsewhere, silent):
    monkeypatch.setenv("BOOK_BATCH", batch)
    token = shown_elsewhere.set(elsewhere)
    with progress(3) as bar:
        bar.update()
        assert bar.disable == silent
    shown_elsewhere.reset(token)
