"""How sentences name invoices, accounts and vendors."""

from ledgergraph.anomalies.subjects import Row, Subjects
from ledgergraph.anomalies.wording import day, lower_first, money, printable


def invoice_name(invoice_id: str, subjects: Subjects) -> str:
    """An invoice as a person names it: `Invoice R-1007 of Acme GmbH (12 March 2026)`."""
    invoice = subjects.invoices.get(invoice_id)
    if invoice is None:
        return f"Invoice {printable(invoice_id)}"
    said = numbered(invoice, subjects)
    if vendor := subjects.vendor_name(invoice):
        said += f" of {printable(vendor)}"
    return f"{said}{_of_day(invoice)}"


def named_with_day(invoice_id: str, subjects: Subjects) -> str:
    """An invoice where its vendor is known: `Invoice R-1007 (12 March 2026)`."""
    invoice = subjects.invoices.get(invoice_id)
    if invoice is None:
        return f"Invoice {printable(invoice_id)}"
    return f"{numbered(invoice, subjects)}{_of_day(invoice)}"


def _of_day(invoice: Row) -> str:
    return f" ({day(invoice['issue_date'])})" if invoice["issue_date"] else ""


def numbered(invoice: Row, subjects: Subjects) -> str:
    """The number of an invoice; on paper without one, the name of its file."""
    what = "Credit note" if invoice["type"] == "credit_note" else "Invoice"
    if invoice["number"] is None and invoice["row"] is None:
        return f"{what} {printable(subjects.file_names.get(invoice['document_id'], 'on paper'))}"
    return f"{what} {printable(invoice['number'] or invoice['invoice_id'])}"


def in_file(invoice: Row, subjects: Subjects) -> str:
    """Where an invoice on paper lies, to tell two with one number apart; empty for a row."""
    if invoice["row"] is not None or invoice["number"] is None:
        return ""
    return f" in {printable(subjects.file_names.get(invoice['document_id'], 'an unknown file'))}"


def about_invoice(invoice_id: str, clause: str, subjects: Subjects) -> str:
    """A clause about an invoice, with its name and amount before it."""
    amount = amount_of(invoice_id, subjects)
    over = "" if amount == "–" else f" over {amount}"
    return f"{invoice_name(invoice_id, subjects)}{over}: {lower_first(clause)}"


def amount_of(invoice_id: str, subjects: Subjects) -> str:
    """The gross of an invoice with its currency; a dash if unknown."""
    invoice = subjects.invoices.get(invoice_id)
    return money(invoice["gross"], invoice["currency"]) if invoice else "–"


def account_name(account: str) -> str:
    """An account by its last digits: `the account ending in 2051`."""
    return f"the account ending in {printable(account[-4:])}"


def plain_account(account: str | None) -> str | None:
    """An account as it is compared: letters and digits in capitals."""
    return "".join(filter(str.isalnum, account)).upper() or None if account else None
