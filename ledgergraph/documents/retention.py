"""Retention: how long documents are to be kept, by type, and when that is over.

Years are counted from the end of the calendar year of a document's date, as tax law counts
them (HGB § 257 (5), AO § 147 (4)). Not here: which documents there are, and erasing them
(`resources.erasure`).
"""

from collections.abc import Mapping
from datetime import date

ANY, BOOKS = "*", "books"
"""The types of a rule that stand for all others, and for tables of an ERP."""
TYPES = (
    "invoice", "credit_note", "receipt", "purchase_order", "sales_order", "goods_receipt",
    "contract", "statement", "reminder", BOOKS,
)  # fmt: skip

Rules = Mapping[str, int]
"""Years by type of document."""


def rules_in(text: str) -> dict[str, int]:
    """The rules that a setting states: `8` for all, `8,contract=10,books=10` by type.

    Raises ValueError that says what is wrong.
    """
    rules: dict[str, int] = {}
    for one in filter(None, (part.strip() for part in text.split(","))):
        kind, _, years = one.rpartition("=")
        kind = kind or ANY
        if kind not in (ANY, *TYPES):
            raise ValueError(f"names {kind!r}; types are {', '.join(TYPES)}.")
        if not years.isdecimal():
            raise ValueError(f"says {years!r} for {kind}, must be a whole number of years.")
        rules[kind] = int(years)
    return rules


def years_of(kind: str, rules: Rules) -> int | None:
    """How many years documents of a type are kept; null if no rule is for them.

    Tables of an ERP hold rows of many years: only a rule of their own counts for them.
    """
    return rules.get(kind) if kind == BOOKS else rules.get(kind, rules.get(ANY))


def kept_until(dated: date, years: int) -> date:
    """The last day on which a document is to be kept."""
    return date(dated.year + years, 12, 31)
