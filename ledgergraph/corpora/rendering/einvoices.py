"""Papers as e-invoices: UBL, CII, and hybrids (PDF/A-3 with Factur-X inside).

Belongs here: which term of EN 16931 holds what of a paper. The elements of both syntaxes, the
schemas and the embedding are those of the library factur-x.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from ledgergraph.corpora.annotations import FieldTruth
from ledgergraph.corpora.papers import Paper, PaperAllowance, PaperLine, PaperParty
from ledgergraph.corpora.rendering.printing import Printer, described
from ledgergraph.money import plain

LEVEL = "en16931"
EUROPEAN = ("DE", "FR", "ES", "IT", "PT")
TRANSFER, SEPA_TRANSFER, DIRECT_DEBIT = "30", "58", "59"
STAMP, MOMENT = b"20200101000000", b"2020-01-01T00:00:00"
"""The moment in every hybrid: when it was made is not to change its bytes."""


def cii(paper: Paper) -> bytes:
    """The paper as CII, level EN 16931 of Factur-X."""
    from facturx import generate_cii_xml

    made: bytes = generate_cii_xml(
        terms_of(paper), level=LEVEL, check_xsd=False, check_schematron=False
    )
    return made


def ubl(paper: Paper) -> bytes:
    """The paper as UBL 2.1, an Invoice or a CreditNote."""
    from facturx import generate_ubl_xml

    made: bytes = generate_ubl_xml(
        terms_of(paper), level=LEVEL, check_xsd=False, check_schematron=False
    )
    return made


def hybrid(pdf: bytes, paper: Paper) -> bytes:
    """A PDF/A-3 with the paper's CII inside; the same bytes every time."""
    from facturx import generate_from_binary

    title = f"{paper.seller.name} {paper.number}"
    made: bytes = generate_from_binary(
        pdf, cii(paper), flavor="factur-x", level=LEVEL, check_xsd=False, lang=paper.language,
        pdf_metadata={"author": paper.seller.name, "title": title, "subject": title},
        afrelationship="alternative", xmp_compression=False,
    )  # fmt: skip
    made = re.sub(rb"(D(?::|\\072))\d{14}", rb"\g<1>" + STAMP, made)
    return re.sub(rb"(Date>)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", rb"\g<1>" + MOMENT, made)


def terms_of(paper: Paper) -> dict[str, Any]:
    """What the paper states, by the terms of EN 16931."""
    printer = Printer(paper)
    assert paper.buyer is not None  # receipts of tills are no e-invoices
    charges = [one for one in paper.allowances if one.is_charge]
    allowances = [one for one in paper.allowances if not one.is_charge]
    terms: Mapping[str, Any] = {
        "BT-1": paper.number, "BT-2": paper.issue_date,
        "BT-3": "381" if paper.type == "credit_note" else "380", "BT-5": paper.currency,
        "BT-9": paper.due_date, "BT-12": paper.contract_reference,
        "BT-13": paper.order_reference,
        "BG-3": [{"BT-25": paper.preceding_invoice}] if paper.preceding_invoice else None,
        "BG-4": _party(paper.seller), "BG-7": _party(paper.buyer),
        "BT-72": paper.delivered_on or paper.period_end or paper.issue_date,
        "BT-73": paper.period_start, "BT-74": paper.period_end,
        "BT-81": _means(paper), "BT-84": paper.iban,
        "BG-20": [_allowance(printer, one) for one in allowances],
        "BG-21": [_allowance(printer, one) for one in charges],
        "BT-106": _amount(paper.lines_total),
        "BT-107": _amount(_sum(allowances)) if allowances else None,
        "BT-108": _amount(_sum(charges)) if charges else None,
        "BT-109": _amount(paper.net), "BT-110": _amount(paper.tax),
        "BT-112": _amount(paper.gross),
        "BT-113": _amount(paper.prepaid) if paper.prepaid else None,
        "BT-115": _amount(paper.gross - paper.prepaid),
        "BG-23": [
            {
                "BT-116": _amount(one.base), "BT-117": _amount(one.tax),
                "BT-118": _category(paper, one.rate), "BT-119": plain(one.rate),
                **_exemption(printer, one.rate),
            }
            for one in paper.breakdown
        ],
        "BG-25": [_line(printer, at, line) for at, line in enumerate(paper.lines, 1)],
    }  # fmt: skip
    return {term: value for term, value in terms.items() if value not in (None, [])}


def _party(party: PaperParty) -> dict[str, str]:
    stated = {
        "name": party.name, "vat_identifier": party.vat_id, "addr_l1": party.street,
        "postcode": party.postcode, "city": party.city, "country_code": party.country,
    }  # fmt: skip
    return {name: value for name, value in stated.items() if value}


def _means(paper: Paper) -> str | None:
    if paper.iban is None:
        return DIRECT_DEBIT if paper.type == "invoice" else None
    return SEPA_TRANSFER if paper.currency == "EUR" else TRANSFER


def _category(paper: Paper, rate: Decimal) -> str:
    """The code of UNTDID 5305: standard, reverse charge, export or exempt."""
    if rate:
        return "S"
    if not paper.is_abroad:
        return "E"
    countries = (paper.seller.country, paper.buyer.country if paper.buyer else "")
    return "AE" if set(countries) <= set(EUROPEAN) else "G"


def _exemption(printer: Printer, rate: Decimal) -> dict[str, str]:
    if rate:
        return {}
    return {"BT-120": printer.label("reverse" if printer.paper.is_abroad else "exempt")}


def _allowance(printer: Printer, one: PaperAllowance) -> dict[str, str]:
    return {
        **_reduction(printer, one), "vat_category_code": _category(printer.paper, one.tax_rate),
        "vat_rate": plain(one.tax_rate),
    }  # fmt: skip


def _reduction(printer: Printer, one: PaperAllowance) -> dict[str, str]:
    stated = {"amount": _amount(one.amount), "reason": printer.label(one.reason)}
    if one.percent is not None and one.base is not None:
        stated |= {"base_amount": _amount(one.base), "rate": plain(one.percent)}
    return stated


def _line(printer: Printer, number: int, line: PaperLine) -> dict[str, Any]:
    rate = printer.paper.tax_rate if line.tax_rate is None else line.tax_rate
    stated: dict[str, Any] = {
        "BT-126": str(number), "BT-129": plain(line.quantity), "BT-130": line.unit,
        "BT-131": _amount(line.net), "BT-146": plain(line.unit_price),
        "BT-151": _category(printer.paper, rate), "BT-152": plain(rate),
        "BT-153": described(printer, line),
    }  # fmt: skip
    if line.article:
        stated["BT-155"] = line.article
    if line.allowance:
        stated["BG-27"] = [_reduction(printer, line.allowance)]
    return stated


def _sum(allowances: Iterable[PaperAllowance]) -> Decimal:
    return sum((one.amount for one in allowances), Decimal(0))


def _amount(value: Decimal) -> str:
    return f"{value:.2f}"


HEADER: Mapping[str, str] = {
    "BT-1": "number", "BT-3": "type", "BT-2": "issue_date", "BT-5": "currency",
    "BT-9": "due_date", "BT-13": "order_reference", "BT-12": "contract_reference",
    "BT-73": "period_start", "BT-74": "period_end", "BT-84": "seller.iban",
    "BT-106": "totals.lines", "BT-107": "totals.allowances", "BT-108": "totals.charges",
    "BT-109": "totals.net", "BT-110": "totals.tax", "BT-112": "totals.gross",
    "BT-113": "totals.prepaid", "BT-115": "totals.due",
}  # fmt: skip
"""The field that a term states."""
LINE: Mapping[str, str] = {
    "BT-153": "description", "BT-129": "quantity", "BT-130": "unit", "BT-146": "unit_price",
    "BT-131": "net", "BT-152": "tax_rate",
}  # fmt: skip
TAX: Mapping[str, str] = {
    "BT-116": "base", "BT-117": "tax", "BT-119": "rate", "BT-118": "category",
}  # fmt: skip
REDUCED: Mapping[str, str] = {
    "amount": "amount", "base_amount": "base", "rate": "percentage", "vat_rate": "tax_rate",
    "reason": "reason",
}  # fmt: skip
PARTY: Mapping[str, str] = {"name": "name", "vat_identifier": "vat_id"}
GROUPS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "BG-23": ("taxes", TAX), "BG-20": ("allowances", REDUCED), "BG-21": ("charges", REDUCED),
}  # fmt: skip


def fields_of(paper: Paper) -> tuple[FieldTruth, ...]:
    """Every field that the paper's XML states, by its terms, without words."""
    terms = terms_of(paper)
    found = list(_stated(terms, HEADER, None))
    for group, side in (("BG-4", "seller"), ("BG-7", "buyer")):
        found += _stated(terms[group], PARTY, None, f"{side}.")
        found.append(_truth(f"{side}.address", None, _address(terms[group])))
    for preceding in terms.get("BG-3", ()):
        found.append(_truth("preceding_invoice", None, preceding["BT-25"]))
    found += _groups(terms, None)
    for at, line in enumerate(terms["BG-25"]):
        found += _stated(line, LINE, at)
        reduced = {"BG-20": line.get("BG-27", [])}
        found += _groups(reduced, at)
    return tuple(found)


def _groups(terms: Mapping[str, Any], line: int | None) -> Iterator[FieldTruth]:
    for group, (name, fields) in GROUPS.items():
        for at, one in enumerate(terms.get(group, ())):
            yield from _stated(one, fields, line, f"{name}.{at}.")


def _stated(
    terms: Mapping[str, Any], fields: Mapping[str, str], line: int | None, prefix: str = ""
) -> Iterator[FieldTruth]:
    for term, name in fields.items():
        if term in terms:
            yield _truth(prefix + name, line, terms[term])


def _truth(name: str, line: int | None, stated: Any) -> FieldTruth:
    raw = stated.isoformat() if isinstance(stated, date) else str(stated)
    is_number = name.rpartition(".")[2] in NUMBERS
    return FieldTruth(name, line, plain(Decimal(raw)) if is_number else raw, raw)


NUMBERS = frozenset(
    ("lines", "allowances", "charges", "net", "tax", "gross", "prepaid", "due", "quantity",
     "unit_price", "tax_rate", "base", "rate", "amount", "percentage")
)  # fmt: skip


def _address(party: Mapping[str, str]) -> str:
    """As one line, as readers of both syntaxes give it."""
    town = f"{party.get('postcode', '')} {party.get('city', '')}".strip()
    parts = (party.get("addr_l1", ""), town, party.get("country_code", ""))
    return ", ".join(part for part in parts if part)
