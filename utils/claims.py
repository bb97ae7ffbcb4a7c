"""The ledger: what is said about AlexNet, what is right, and how the book knows.

`claims.yml` has one entry a claim. A notebook settles one by `check("T1-25", value)`: the value
is compared with what the ledger expects, a card shows the verdict, and a claim that no longer
holds raises. The ledger's page is built from the same file and from the cards in the stored
notebooks.
"""

import html
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

import yaml
from IPython.display import display

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
    1: "History",
    2: "LeNet vs AlexNet",
    3: "Layer shapes",
    4: "ReLU vs sigmoid",
    5: "Local response normalisation",
    6: "Dropout",
    7: "Augmentation",
    8: "Training",
    9: "Which AlexNet?",
    10: "Looking inside",
    11: "AlexNet live in the page",
    12: "From laptop to ImageNet",
}
EXPECTATIONS = ("equal", "between", "order", "contains")


class ClaimError(AssertionError):
    """What a notebook computes is not what the ledger says."""


@dataclass(frozen=True)
class Claim:
    """One entry of `claims.yml`.

    `source` maps a key of the bibliography to the place in that work. `chapter` is the number of
    the chapter that settles the claim. `expect` has one of these, and no other:

        equal      the value itself (numbers to nine digits; tuples and arrays as lists)
        between    [lowest, highest]: the value, or each of a list of values, lies there
        order      names from small to large: the value maps each name to a number
        contains   a number that the value, an interval (low, high), has inside

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
    text = (files("utils") / "claims.yml").read_text(encoding="utf-8")
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


def check(claim_id: str, value: object, live: float | None = None) -> None:
    """Settle a claim: compare `value` with the ledger and show the claim's card.

    A *measured* claim is checked on recorded seeds; `live` is the result of the reader's own run,
    which is shown beside them.
    Raises ClaimError if `value` is not what the ledger expects, or if `live` is not a number or
    lies outside the claim's wide interval; ValueError if there is no such claim or expectation.
    """
    if claim_id not in ledger():
        raise ValueError(f'There is no claim "{claim_id}" in claims.yml.')
    claim = ledger()[claim_id]
    if not claim.expect:
        raise ValueError(f"Claim {claim_id} has no `expect` in claims.yml: say what must come out.")
    value = plain(value)
    if not holds(value, **claim.expect):
        raise ClaimError(
            f"Claim {claim_id} no longer holds ({claim.claim}): the ledger expects "
            f"{words(claim.expect)}, and here it is {shown(value, claim.unit)}."
        )
    if live is not None:
        low, high = claim.live or (-math.inf, math.inf)
        if not low <= live <= high:  # NaN lies nowhere
            raise ClaimError(
                f"Claim {claim_id}: this run gave {shown(live, claim.unit)}, outside the range of "
                f"{low} to {high} that any healthy run stays in. Look for a mistake in the run."
            )
    fields = {"id": claim_id, "value": shown(value, claim.unit)}
    if live is not None:
        fields["live"] = shown(plain(live), claim.unit)
    bundle = {CARD: fields, "text/html": card(claim, fields), "text/plain": line(claim, fields)}
    display(bundle, raw=True)


def plain(value: object) -> object:
    """Numbers, strings, lists and dictionaries only, whatever library the value comes from."""
    if hasattr(value, "tolist"):  # NumPy, PyTorch, pandas
        return value.tolist()
    if isinstance(value, dict):
        return {str(name): plain(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(inner) for inner in value]
    return value


def holds(
    value: object,
    equal: object = None,
    between: tuple[float, float] | None = None,
    order: list[str] | None = None,
    contains: float | None = None,
) -> bool:
    """Whether a plain value is what exactly one of the expectations says."""
    if between is not None:
        values = value if isinstance(value, list) else [value]
        return bool(values) and all(between[0] <= v <= between[1] for v in values)
    if order is not None:
        numbers = [value[name] for name in order]
        return all(small < large for small, large in pairwise(numbers))
    if contains is not None:
        return value[0] <= contains <= value[1]
    return same(value, equal)


def same(a: object, b: object) -> bool:
    """Equal; numbers to nine digits, also inside lists and dictionaries."""
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return isinstance(a, bool) == isinstance(b, bool) and math.isclose(a, b, rel_tol=1e-9)
    return type(a) is type(b) and a == b


def words(expect: dict[str, Any]) -> str:
    """An expectation in words."""
    ((kind, what),) = expect.items()
    if kind == "between":
        return f"{shown(what[0])} to {shown(what[1])}"
    if kind == "order":
        return " < ".join(what)
    return f"an interval around {shown(what)}" if kind == "contains" else shown(what)


def shown(value: object, unit: str = "") -> str:
    """A value as a card shows it."""
    if isinstance(value, bool):
        text = "yes" if value else "no"
    elif isinstance(value, int):
        text = f"{value:,}"
    elif isinstance(value, float):
        text = f"{value:.4g}"
    elif isinstance(value, dict):
        text = "; ".join(f"{name}: {shown(inner)}" for name, inner in value.items())
    elif isinstance(value, list):
        nested = [v if isinstance(v, list) else [v] for v in value]
        text = ", ".join("×".join(map(shown, v)) for v in nested) or "none"
    else:
        text = str(value)
    if isinstance(value, bool):  # the unit is the question
        return f"{unit} {text}".lstrip()
    return f"{text} {unit}".rstrip()


def how(claim: Claim, fields: dict[str, str]) -> str:
    """The value with words that say where it comes from."""
    source = {"measured": "Recorded seeds", "computed": "Computed here"}
    text = f"{source.get(claim.kind, 'On this page')}: {fields['value']}."
    return f"{text} This run: {fields['live']}." if "live" in fields else text


def card(
    claim: Claim, fields: dict[str, str], sources: str | None = None, name: str | None = None
) -> str:
    """The card as HTML. `sources` and `name` replace the list of sources and the id, by links."""
    listed = "; ".join(f"{key}, {place}" for key, place in claim.source.items())
    sources = html.escape(listed) if sources is None else sources
    return (
        f'<div class="claim claim-{claim.verdict}" id="claim-{claim.id}" '
        'style="border-left: 4px solid; padding-left: 0.7em; margin: 0.6em 0">'
        f"<div><strong>{claim.verdict.capitalize()}:</strong> “{html.escape(claim.claim)}” "
        f"<small>(says {html.escape(claim.says)}; claim {name or claim.id})</small></div>"
        f"<div>{html.escape(claim.fact)} <strong>{html.escape(how(claim, fields))}</strong>"
        + (f" <small>Source: {sources}.</small>" if sources else "")
        + "</div></div>"
    )


def line(claim: Claim, fields: dict[str, str]) -> str:
    """The card as plain text."""
    return (
        f"[{claim.id}, {claim.verdict}] {claim.says} says: {claim.claim} "
        f"{claim.fact} {how(claim, fields)}"
    )
