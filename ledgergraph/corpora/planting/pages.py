"""Pages: what a page states wrongly, leaves out, or states unlike the XML that travels with it.

The books hold the invoice as it should be; a case is on the page alone.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from ledgergraph.corpora.catalogue import CITIES, LEGAL_FORMS, SURNAMES
from ledgergraph.corpora.firm import Firm, one_of
from ledgergraph.corpora.identifiers import digits, iban, vat_id
from ledgergraph.corpora.papers import Paper
from ledgergraph.corpora.planting.choosing import strength
from ledgergraph.issues import Kind

CENT = Decimal("0.01")


@dataclass(slots=True)
class Sheaf:
    """The papers of a company, and by invoice what an embedded XML states where that differs."""

    firm: Firm
    papers: list[Paper]
    able: Sequence[int]
    embedded: dict[str, Paper] = field(default_factory=dict)
    taken: set[int] = field(default_factory=set)

    def some(self, rng: np.random.Generator, fits: Callable[[Paper], object]) -> int | None:
        """The place of an ordinary paper that fits and that nothing was planted on."""
        places = [at for at in self.able if at not in self.taken and fits(self.papers[at])]
        if not places:
            return None
        self.taken.add(at := one_of(rng, places))
        return at

    def turn(self, at: int | None, change: Callable[[Paper], Paper]) -> list[str]:
        """Replace a paper; the id of its invoice, which names the case."""
        if at is None:
            return []
        self.papers[at] = change(self.papers[at])
        return [self.papers[at].invoice_id]


PagePlanter = Callable[[Sheaf, np.random.Generator], list[str]]


def _is_plain(paper: Paper) -> bool:
    return paper.type == "invoice" and paper.buyer is not None


def _to(paper: Paper, **changes: Any) -> Paper:
    """The same paper with its buyer changed."""
    return replace(paper, buyer=replace(paper.buyer, **changes)) if paper.buyer else paper


def does_not_add_up(sheaf: Sheaf, rng: np.random.Generator) -> list[str]:
    """The gross total is not net and tax, or the tax not what its rate gives."""
    at = sheaf.some(rng, lambda p: _is_plain(p) and p.tax > 0)
    share = Decimal(str(round(strength(sheaf.firm, rng, 0.002, 0.3), 5)))
    sign = one_of(rng, (-1, 1))

    def wrong(paper: Paper) -> Paper:
        off = max(CENT * 2, (paper.gross * share).quantize(CENT)) * sign
        if rng.random() < 0.5:
            return replace(paper, gross=paper.gross + off)
        return replace(paper, tax=max(CENT, paper.tax + off))

    return sheaf.turn(at, wrong)


def rounded_by_line(sheaf: Sheaf, rng: np.random.Generator) -> list[str]:
    """Quantity times price has more digits than cents: each line is rounded, and in order."""
    at = sheaf.some(
        rng,
        lambda p: (
            any(line.quantity * line.unit_price != line.net for line in p.lines) or len(p.lines) > 1
        ),
    )
    return sheaf.turn(at, lambda paper: paper)


def xml_differs(sheaf: Sheaf, rng: np.random.Generator) -> list[str]:
    """The embedded XML names another account, amount, day or number than the page shows."""
    home = sheaf.firm.manners.home
    at = sheaf.some(rng, lambda p: _is_plain(p) and p.iban and p.seller.country == home)
    if at is None:
        return []
    paper = sheaf.papers[at]
    more = 1 + Decimal(str(round(strength(sheaf.firm, rng, 0.01, 0.5), 4)))
    match int(rng.integers(4)):
        case 0:
            other = replace(paper, iban=iban(rng, paper.seller.country))
        case 1:
            net = (paper.net * more).quantize(CENT)
            tax = (net * paper.tax_rate / 100).quantize(CENT)
            first = paper.lines[0]
            lines = (replace(first, net=first.net + net - paper.net), *paper.lines[1:])
            other = replace(paper, net=net, tax=tax, gross=net + tax, lines=lines)
        case 2:
            other = replace(paper, number=f"{paper.number[:-1]}{int(rng.integers(10))}X")
        case _:
            later = paper.issue_date + timedelta(days=int(rng.integers(1, 60)))
            other = replace(paper, issue_date=later)
    sheaf.embedded[paper.invoice_id] = other
    return [paper.invoice_id]


def page_says_less(sheaf: Sheaf, rng: np.random.Generator) -> list[str]:
    """The XML states optional terms that the page does not print."""
    at = sheaf.some(rng, lambda p: _is_plain(p) and (p.due_date or p.period_start))
    if at is None:
        return []
    sheaf.embedded[sheaf.papers[at].invoice_id] = sheaf.papers[at]
    return sheaf.turn(at, lambda p: replace(p, due_date=None, period_start=None, period_end=None))


def to_another(sheaf: Sheaf, rng: np.random.Generator) -> list[str]:
    """Addressed to a company that is not of the group."""
    at, home = sheaf.some(rng, _is_plain), sheaf.firm.manners.home
    postcode, city = one_of(rng, CITIES[home])
    stranger = (
        f"{one_of(rng, SURNAMES[home])} {city.split(',')[0]} {one_of(rng, LEGAL_FORMS[home])}"
    )
    number = vat_id(rng, home)
    return sheaf.turn(
        at,
        lambda p: _to(p, name=stranger, postcode=postcode, city=city, vat_id=number),
    )


def to_a_branch(sheaf: Sheaf, rng: np.random.Generator) -> list[str]:
    """Addressed to our company under a former or shorter name, or in care of somebody."""
    at, home = sheaf.some(rng, _is_plain), sheaf.firm.manners.home

    def addressed(paper: Paper) -> Paper:
        own = paper.buyer.name if paper.buyer else ""
        names = (
            own.upper(),
            " ".join(own.split()[:2]),
            f"{own}, c/o {one_of(rng, SURNAMES[home])}",
        )
        return _to(paper, name=one_of(rng, names))

    return sheaf.turn(at, addressed)


def left_out(sheaf: Sheaf, rng: np.random.Generator) -> list[str]:
    """Something that the law asks for is not on the page: VAT id, address or number."""
    at = sheaf.some(rng, lambda p: _is_plain(p) and p.tax > 0 and p.seller.vat_id)
    match int(rng.integers(3)):
        case 0:
            return sheaf.turn(at, lambda p: replace(p, seller=replace(p.seller, vat_id=None)))
        case 1:
            return sheaf.turn(at, lambda p: replace(p, number=""))
    return sheaf.turn(at, lambda p: _to(p, street="", postcode="", city=""))


def need_not_be_there(sheaf: Sheaf, rng: np.random.Generator) -> list[str]:
    """No VAT id of one who charges no tax, or no due date: the law asks for neither."""
    at = sheaf.some(rng, lambda p: p.tax == 0 or p.due_date)

    def bare(paper: Paper) -> Paper:
        if paper.tax == 0:
            return replace(paper, seller=replace(paper.seller, vat_id=None))
        return replace(paper, due_date=None)

    return sheaf.turn(at, bare)


def unknown_reference(sheaf: Sheaf, rng: np.random.Generator) -> list[str]:
    """It names an order or a contract that the books do not have."""
    at = sheaf.some(
        rng, lambda p: _is_plain(p) and not (p.order_reference and p.contract_reference)
    )
    number = digits(rng, 8)

    def wrong(paper: Paper) -> Paper:
        if paper.order_reference is None and rng.random() < 0.7:
            return replace(paper, order_reference=f"45{number}")
        return replace(paper, contract_reference=f"C{number[:6]}")

    return sheaf.turn(at, wrong)


def spelt_reference(sheaf: Sheaf, rng: np.random.Generator) -> list[str]:
    """It names an order or contract of the books as people write it: with blanks or a word."""
    at = sheaf.some(rng, lambda p: p.order_reference or p.contract_reference)

    def spelt(paper: Paper) -> Paper:
        own = paper.order_reference or paper.contract_reference or ""
        ways = (f"{own[:4]} {own[4:7]} {own[7:]}".strip(), f"PO {own}", f"Nr. {own}", own.lower())
        text = one_of(rng, ways)
        if paper.order_reference:
            return replace(paper, order_reference=text)
        return replace(paper, contract_reference=text)

    return sheaf.turn(at, spelt)


PAGE_PLANTERS: Mapping[Kind, tuple[PagePlanter, PagePlanter]] = {
    Kind.ARITHMETIC_ERROR: (does_not_add_up, rounded_by_line),
    Kind.HYBRID_MISMATCH: (xml_differs, page_says_less),
    Kind.WRONG_ADDRESSEE: (to_another, to_a_branch),
    Kind.MANDATORY_FIELD_MISSING: (left_out, need_not_be_there),
    Kind.REFERENCE_UNMATCHED: (unknown_reference, spelt_reference),
}
"""How a case of each kind is put on a page, and how a look-alike is."""
