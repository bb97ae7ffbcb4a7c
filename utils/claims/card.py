"""A claim's card, as HTML and as text."""

from html import escape

from utils.claims.ledger import Claim


def provenance(claim: Claim, fields: dict[str, str]) -> str:
    """The value with words that say where it comes from."""
    source = {"measured": "Recorded seeds", "computed": "Computed here"}
    text = f"{source.get(claim.kind, 'On this page')}: {fields['value']}."
    return f"{text} This run: {fields['live']}." if "live" in fields else text


def card(
    claim: Claim, fields: dict[str, str], sources: str | None = None, name: str | None = None
) -> str:
    """The card as HTML. `sources` and `name` replace the list of sources and the id, by links."""
    if sources is None:
        sources = escape("; ".join(f"{key}, {place}" for key, place in claim.source.items()))
    source = f" <small>Source: {sources}.</small>" if sources else ""
    return (
        f'<div class="claim claim-{claim.verdict}" id="claim-{claim.id}" '
        'style="border-left: 4px solid; padding-left: 0.7em; margin: 0.6em 0">'
        f"<div><strong>{claim.verdict.capitalize()}:</strong> “{escape(claim.claim)}” "
        f"<small>(says {escape(claim.says)}; claim {name or claim.id})</small></div>"
        f"<div>{escape(claim.fact)} <strong>{escape(provenance(claim, fields))}</strong>"
        f"{source}</div></div>"
    )


def as_text(claim: Claim, fields: dict[str, str]) -> str:
    """The card as plain text."""
    says = f"[{claim.id}, {claim.verdict}] {claim.says} says: {claim.claim}"
    return f"{says} {claim.fact} {provenance(claim, fields)}"
