"""Settles a claim: compares a value with what the ledger expects, and shows the card."""

import math

from IPython.display import display

from utils.claims.card import as_text, card
from utils.claims.expectations import format_expectation, format_value, plain, satisfies
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
    fields = {"id": claim_id, "value": format_value(value, claim.unit)}
    if not satisfies(value, claim.expect):
        raise ClaimError(
            f"Claim {claim_id} no longer holds ({claim.claim}): the ledger expects "
            f"{format_expectation(claim.expect)}, and here it is {fields['value']}."
        )
    if live is not None:
        fields["live"] = format_value(plain(live), claim.unit)
        low, high = claim.live or (-math.inf, math.inf)
        if not low <= live <= high:  # NaN lies nowhere
            raise ClaimError(
                f"Claim {claim_id}: this run gave {fields['live']}, outside the range of "
                f"{low} to {high} that any healthy run stays in. Look for a mistake in the run."
            )
    bundle = {CARD: fields, "text/html": card(claim, fields), "text/plain": as_text(claim, fields)}
    display(bundle, raw=True)
