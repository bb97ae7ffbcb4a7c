"""The ledger of claims: what is said about AlexNet, what is right, and how the book knows.

claims.yml   one entry a claim
ledger       reads it: `Claim`, `ledger`, `problems`
check        `check("T1-25", value)` compares, and shows the card
card         the card, as HTML and as text
"""

from utils.claims.card import card, line, shown
from utils.claims.checking import ClaimError, check, plain
from utils.claims.ledger import (
    CARD,
    CHAPTERS,
    KINDS,
    SAYS,
    TOPICS,
    VERDICTS,
    Claim,
    ledger,
    problems,
    read,
)
