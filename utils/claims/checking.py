"""Settles a claim: compares a value with what the ledger expects, and shows the card."""

import math
from itertools import pairwise

from IPython.display import display

from utils.claims.card import card, line, shown, words
from utils.claims.ledger import CARD, ledger


class ClaimError(AssertionError):
    """What a notebook computes is not what the ledger says."""


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
