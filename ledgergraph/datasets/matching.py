"""When a value that was read equals the truth: the one definition for learning and judging.

Strict is as printed, up to spaces. Normalised is numbers by value, dates by day, all else by
letters and digits without case and accents: stricter than `extractions.choosing.same_value`,
which also takes two spellings of a legal form for one.
"""

import re
import unicodedata
from decimal import Decimal

from rapidfuzz.distance import Indel

from ledgergraph.extractions.fields import Form, decimal_of, form_of

NEAR = 0.95
"""Texts so alike (Indel) differ by what recognition makes of a letter or two."""


def letters(value: str | None) -> str:
    """Letters and digits of a text, without case and accents."""
    flat = unicodedata.normalize("NFKD", value or "")
    bare = "".join(one for one in flat if not unicodedata.combining(one)).lower()
    return re.sub(r"[^0-9a-z]", "", bare)


def number(value: str | None) -> Decimal | None:
    """The number that a canonical value states."""
    return decimal_of(value or "")


def is_same(field: str, value: str | None, truth: str) -> bool:
    """Whether a value is what the truth says, normalised."""
    if value is None:
        return False
    if form_of(field) in (Form.AMOUNT, Form.NUMBER):
        return number(value) == number(truth)
    return letters(value) == letters(truth)


def is_printed(raw: str | None, truth: str) -> bool:
    """Whether a value as printed is the truth as printed, letter by letter: the strict match."""
    return raw is not None and " ".join(raw.split()) == " ".join(truth.split())


def likeness(value: str, truth: str) -> float:
    """How alike two texts are by their letters and digits, in [0, 1]."""
    return Indel.normalized_similarity(letters(value), letters(truth))
