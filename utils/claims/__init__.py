"""The ledger of claims: what is said about AlexNet, what is right, and how the book knows.

claims.yml     one entry a claim
ledger         reads it: `Claim`, `ledger`, `problems`
expectations   what a value has to satisfy, and values in words
card           the card, as HTML and as text
checking       `check("T1-25", value)` compares, and shows the card
"""

from utils.claims.card import as_text, card
from utils.claims.checking import ClaimError, check
from utils.claims.expectations import format_value
from utils.claims.ledger import (
    CARD, CHAPTERS, KINDS, SAYS, TOPICS, VERDICTS, Claim, ledger, problems, read,
)  # fmt: skip
