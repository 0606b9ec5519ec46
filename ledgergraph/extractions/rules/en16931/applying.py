"""Where EN 16931's rules apply, and what they say as validations.

Belongs here: which invoices claim to follow the standard and how much of it their profile
asks for. Not here: the rules (checks).
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ledgergraph.extractions.rules.en16931.checks import (
    Broken,
    broken_rules,
    business_rules,
    categories,
)
from ledgergraph.extractions.rules.en16931.terms import Invoice
from ledgergraph.issues import Kind

if TYPE_CHECKING:
    from lxml.etree import _Element

CLAIMS = ("en16931", "factur-x", "zugferd", "xrechnung", "peppol")
"""What stands in the specification (BT-24) of an invoice that follows EN 16931."""
SMALL = {
    "minimum": frozenset(f"BR-{number:02}" for number in (1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 14, 15)),
}
"""Profiles that ask for some rules only, by what ends their specification."""
WITHOUT_LINES = "basicwl"
OF_LINES = frozenset(
    {"BR-16", "BR-CO-10", "BR-CO-04"}
    | {f"BR-{one.rule}-{number:02}" for one in categories() for number in (1, 8)}
)
"""Rules that compare lines with the rest: a profile without lines has nothing to compare."""
EXTENDED = "extended"
NOT_EXTENDED = frozenset({"BR-CO-10", "BR-CO-11", "BR-CO-12", "BR-CO-13", "BR-DEC-23"}) | frozenset(
    f"BR-{one.rule}-08" for one in categories()
)
"""Rules that a profile beyond the standard changes: it has lines of groups, and freight."""
ALIKE: Mapping[str, frozenset[str]] = {
    "lines_add_up": frozenset({"BR-CO-10"}),
    "net_follows_from_lines": frozenset({"BR-CO-13"}),
    "allowances_add_up": frozenset({"BR-CO-11"}),
    "charges_add_up": frozenset({"BR-CO-12"}),
    "taxes_add_up": frozenset({"BR-CO-14"}),
    "gross_is_net_plus_tax": frozenset({"BR-CO-15"}),
    "due_is_gross_less_prepaid": frozenset({"BR-CO-16"}),
    "tax_is_base_times_rate": frozenset(
        {"BR-CO-17", *(f"BR-{one.rule}-09" for one in categories() if one.tax == "rate")}
    ),
    "tax_follows_from_rates": frozenset({"BR-CO-14", "BR-CO-17"}),
    "period_in_order": frozenset({"BR-29"}),
    "mandatory_contents": frozenset({"BR-02", "BR-03", "BR-06", "BR-07", "BR-14"}),
}
"""Rules on any document that say the same, and go before: one event is one finding."""
TWICE = frozenset({"BR-CO-21", "BR-CO-22", "BR-CO-23", "BR-CO-24"})
"""Rules that repeat others (BR-33, 38, 42, 44); the artefacts report both."""
OF_CATEGORY = (
    "where it is used, it has a breakdown", "beside a line its parties are identified",
    "beside an allowance its parties are identified",
    "beside a charge its parties are identified", "the rate of a line fits it",
    "the rate of an allowance fits it", "the rate of a charge fits it",
    "the base of a breakdown is the sum of what it is of", "the VAT of a breakdown follows",
    "a reason for exemption stands where it must, and nowhere else",
)  # fmt: skip
"""What the ten rules of a category say, in their order."""
SENTENCES: Mapping[str, str] = {
    **{rule.id: f"{rule.sentence} (EN 16931)" for rule in business_rules()},
    **{
        f"BR-{one.rule}-{number:02}": f"Of VAT category {one.code}: {sentence} (EN 16931)"
        for one in categories()
        for number, sentence in enumerate(OF_CATEGORY, start=1)
    },
}
"""All rules, each with its sentence."""
IDS = frozenset(SENTENCES)


def claimed(root: "_Element", syntax: str) -> str | None:
    """The specification that an invoice claims to follow, if that is of EN 16931."""
    stated = (Invoice(root, syntax).document.text("BT-24") or "").lower()
    return stated if any(claim in stated for claim in CLAIMS) else None


def broken_by(root: "_Element", syntax: str) -> list[Broken]:
    """The rules that an invoice breaks and its profile asks for; none without a profile."""
    profile = claimed(root, syntax)
    if profile is None:
        return []
    return [one for one in broken_rules(root, syntax) if _is_asked(one.id, profile)]


def _is_asked(rule: str, profile: str) -> bool:
    name = profile.rpartition(":")[2].rpartition("#")[2]
    for small, asked in SMALL.items():
        if name == small:
            return rule in asked
    if name == WITHOUT_LINES:
        return rule not in OF_LINES
    if EXTENDED in profile or "conformant" in profile:
        return rule not in NOT_EXTENDED
    return True


def violations_of(
    document_id: str, root: "_Element", syntax: str, found: frozenset[str]
) -> Iterator[Mapping[str, Any]]:
    """Validations of one e-invoice; `found` are the rules on any document that it breaks."""
    said = frozenset().union(*(ALIKE.get(rule, frozenset()) for rule in found)) | TWICE
    seen: set[tuple[str, int | None]] = set()
    for one in broken_by(root, syntax):
        if one.id in said or (one.id, one.line) in seen:
            continue
        seen.add((one.id, one.line))
        yield {
            "document_id": document_id,
            "part": 0,
            "rule": one.id,
            "kind": Kind.EINVOICE_RULE_BROKEN.value,
            "severity": one.severity,
            "field": None,
            "line": one.line,
            "sentence": f"{one.sentence} (EN 16931, {one.id}).",
        }
