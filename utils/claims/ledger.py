"""The entries of the ledger, `claims.yml`, and what they have to be.

The ledger's page is built from them and from the cards in the stored notebooks.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

CARD = "application/vnd.alexnet-book.claim+json"  # beside a card's HTML: what the page reads
# Who makes the claims whose ids begin so.
SAYS = {
    "P": "the paper of 2012",
    "D": "Dive into Deep Learning",
    "T0": "a PyTorch tutorial with LRN",
    "T1": "course notes for TensorFlow",
    "T2": "a learner's diary for PyTorch",
    "T3": "a summary without code",
    "T4": "paper notes with PyTorch and Keras code",
}
KINDS = ("computed", "measured", "sourced", "opinion")
VERDICTS = ("true", "false", "misleading", "opinion", "unresolved")
TOPICS = (
    "history", "data", "architecture", "shapes", "parameters", "compute", "memory", "activation",
    "normalisation", "pooling", "dropout", "augmentation", "training", "initialisation", "gpus",
    "code",
)  # fmt: skip
CHAPTERS = {
    1: "History", 2: "LeNet vs AlexNet", 3: "Layer shapes", 4: "ReLU vs sigmoid",
    5: "Local response normalisation", 6: "Dropout", 7: "Augmentation", 8: "Training",
    9: "Which AlexNet?", 10: "Looking inside", 11: "AlexNet live in the page",
    12: "From laptop to ImageNet",
}  # fmt: skip
EXPECTATIONS = ("equal", "between", "order", "contains", "word")


@dataclass(frozen=True)
class Claim:
    """One entry of `claims.yml`.

    `source` maps a key of the bibliography to the place in that work. `chapter` is the number of
    the chapter that settles the claim. `expect` has one of these, and no other:

        equal      the value itself (numbers to nine digits; tuples and arrays as lists)
        between    [lowest, highest]: the value, or each of a list of values, lies there
        order      names from small to large: the value maps each name to a number
        contains   a number that the value, an interval (low, high), has inside
        word       "ahead", "not resolved" …: the value, a difference `in_words()`, begins with it;
                   or names with their words, for names with their differences

    `live`, for measured claims, is the wide interval [lowest, highest] outside which even a single
    live run is a sign of a mistake. `unit` follows the value on the card; before a yes or no it is
    the question.
    """

    id: str
    topic: str
    claim: str
    kind: str
    verdict: str
    fact: str
    source: dict[str, str]
    chapter: int
    expect: dict[str, Any] = field(default_factory=dict)
    live: tuple[float, float] | None = None
    unit: str = ""

    @property
    def group(self) -> str:
        """The part of the id that says who claims it: "T1" of "T1-25"."""
        return self.id.partition("-")[0]

    @property
    def says(self) -> str:
        """Who makes the claim."""
        return SAYS[self.group]


def read(text: str) -> list[Claim]:
    """The claims in the text of a ledger. Raises ValueError for an entry that is not one."""
    claims = []
    for number, entry in enumerate(yaml.safe_load(text), start=1):
        verdict = entry.get("verdict")
        if isinstance(verdict, bool):  # YAML reads a bare true as a truth value
            entry["verdict"] = str(verdict).lower()
        try:
            claims.append(Claim(**entry))
        except TypeError as error:
            name = entry.get("id", f"number {number}")
            reason = str(error).removeprefix("Claim.__init__() ")
            raise ValueError(f"claims.yml, entry {name}: {reason}.") from None
    return claims


@cache
def ledger() -> dict[str, Claim]:
    """Every claim of `claims.yml` by its id."""
    text = (files("utils.claims") / "claims.yml").read_text(encoding="utf-8")
    return {claim.id: claim for claim in read(text)}


def problems(claims: Iterable[Claim], keys: set[str]) -> Iterator[str]:
    """What is wrong with these claims, one sentence each; `keys` are those of the bibliography."""
    ids = Counter(claim.id for claim in claims)
    yield from (f"{name} is there {count} times." for name, count in ids.items() if count > 1)
    allowed = {"kind": KINDS, "verdict": VERDICTS, "topic": TOPICS, "chapter": CHAPTERS}
    for claim in claims:
        if claim.group not in SAYS or not re.fullmatch(r"\w+(-[\w.]+)+", claim.id):
            yield f"{claim.id} is no id: one of {', '.join(SAYS)}, a hyphen, a name without spaces."
        for name, values in allowed.items():
            if getattr(claim, name) not in values:
                yield f"{claim.id} has the {name} {getattr(claim, name)!r}: use one of {[*values]}."
        for name in ("claim", "fact"):
            if not str(getattr(claim, name) or "").strip():
                yield f"{claim.id} has no {name}."
        if (claim.kind == "opinion") != (claim.verdict == "opinion"):
            yield f"{claim.id} is of kind {claim.kind} and has the verdict {claim.verdict}."
        if not claim.source and claim.kind != "opinion":
            yield f"{claim.id} has no source."
        for key in set(claim.source) - keys:
            yield f"{claim.id} cites {key}, which is not in references.bib."
        if claim.expect and (len(claim.expect) > 1 or set(claim.expect) - set(EXPECTATIONS)):
            yield f"{claim.id} expects {claim.expect}: use one of {', '.join(EXPECTATIONS)}."
