"""The control of `filters_from_photographs`: the same crops and weight decay, but random labels.

What the filters become here, weight decay and photographs alone have made of them: which turn a
crop has is drawn at random, so that there is nothing to learn but the crops themselves.
"""

from utils.experiments.filters_from_photographs import RATE, hundreds, learn


def run(seed: int, steps: int = 300) -> dict:
    """Train at the constant rate that the longer training has so far; returns {"96 filters": …}.

    "frames": the filters at the start and the end, packed as there; "loss" of the last 100 steps.
    """
    frames, losses, _ = learn(seed, [RATE] * steps, random_labels=True)
    return {"96 filters": {"frames": [frames[0], frames[-1]], "loss": hundreds(losses[-100:])[0]}}
