"""What other programs read of some files, as JSON: run by part `alternatives` in their own venv.

    python other_readers.py invoice2data FOLDER     PDFs, by the program's own templates
    python other_readers.py drafthorse FOLDER       XML in CII, by the library's model

A file on which one fails is there with its error.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any


def by_invoice2data(path: Path) -> dict[str, str]:
    """Our names of fields, and what the program says, days as ISO."""
    from invoice2data import extract_data
    from invoice2data.input import pdfium

    found = extract_data(str(path), templates=templates(), input_module=pdfium) or {}
    names = {
        "invoice_number": "number", "date": "issue_date", "date_due": "due_date",
        "amount": "totals.gross", "amount_untaxed": "totals.net", "amount_tax": "totals.tax",
        "currency": "currency", "issuer": "seller.name", "partner_name": "buyer.name",
        "vat": "seller.vat_id", "iban": "seller.iban",
    }  # fmt: skip
    return {ours: said(found[theirs]) for theirs, ours in names.items() if theirs in found}


@cache
def templates() -> list[Any]:
    """The program's own templates."""
    from invoice2data.extract.loader import read_templates

    return list(read_templates())


def by_drafthorse(path: Path) -> dict[str, str]:
    """Our names of fields, and what the library's model holds."""
    from drafthorse.models.document import Document

    document = Document.parse(path.read_bytes(), strict=False)
    header, trade = document.header, document.trade
    agreement, settlement = trade.agreement, trade.settlement
    sums, means = settlement.monetary_summation, settlement.payment_means.children
    taxes = sums.tax_total_other_currency.children
    found = {
        "number": header.id, "issue_date": header.issue_date_time,
        "due_date": next((one.due for one in settlement.terms.children), None),
        "currency": settlement.currency_code, "seller.name": agreement.seller.name,
        "seller.vat_id": vat_id(agreement.seller), "buyer.name": agreement.buyer.name,
        "buyer.vat_id": vat_id(agreement.buyer),
        "seller.iban": next((one.payee_account.iban for one in means), None),
        "order_reference": agreement.buyer_order.issuer_assigned_id,
        "totals.net": sums.tax_basis_total, "totals.tax": taxes[0][0] if taxes else None,
        "totals.gross": sums.grand_total,
    }  # fmt: skip
    return {name: said(value) for name, value in found.items() if said(value)}


def vat_id(party: Any) -> str | None:
    """The VAT id among a party's registrations."""
    pairs = (one.id for one in party.tax_registrations.children)
    return next((own for own, scheme in map(both, pairs) if scheme == "VA"), None)


def both(value: Any) -> tuple[str, str]:
    """An id and its scheme."""
    return getattr(value, "_text", ""), getattr(value, "_scheme_id", "")


def said(value: Any) -> str:
    """A value as text: days as ISO, amounts without their currency."""
    for inside in ("_value", "_amount", "_text"):
        value = getattr(value, inside, value)
    if hasattr(value, "isoformat"):
        return str(value.isoformat())[:10]
    return "" if value is None else str(value)


READERS: dict[str, tuple[str, Callable[[Path], dict[str, str]]]] = {
    "invoice2data": ("*.pdf", by_invoice2data), "drafthorse": ("*.xml", by_drafthorse),
}  # fmt: skip


def read(name: str, folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Of each file: the fields, the error, and CPU seconds."""
    pattern, reader = READERS[name]
    for path in sorted(folder.glob(pattern)):
        start = time.process_time()
        try:
            found, error = reader(path), ""
        except Exception as raised:  # noqa: BLE001 - another program's; it is counted
            found, error = {}, type(raised).__name__
        yield path.name, {"fields": found, "error": error, "cpu": time.process_time() - start}


if __name__ == "__main__":
    json.dump(dict(read(sys.argv[1], Path(sys.argv[2]))), sys.stdout)
