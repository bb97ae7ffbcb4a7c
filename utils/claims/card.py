"""A claim's card, as HTML and as text."""

import html
from typing import Any

from utils.claims.ledger import Claim


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
