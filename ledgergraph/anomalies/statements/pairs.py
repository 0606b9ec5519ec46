"""Claims made twice: what two invoices, or a claim and its parts, have in common."""

from collections.abc import Sequence

from ledgergraph.anomalies.statements.naming import (
    amount_of,
    in_file,
    invoice_name,
    named_with_day,
    numbered,
)
from ledgergraph.anomalies.subjects import Row, Subjects
from ledgergraph.anomalies.wording import counted, listed, lower_first, money, printable
from ledgergraph.issues import Kind


def pair_sentence(kind: Kind, invoice_id: str, other_id: str, subjects: Subjects) -> str:
    """What two invoices have in common, with numbers, dates and amounts."""
    later, earlier = subjects.invoices.get(invoice_id), subjects.invoices.get(other_id)
    if later is None or earlier is None:
        return f"{invoice_name(invoice_id, subjects)} repeats {invoice_name(other_id, subjects)}."
    amount, before = later["gross"], earlier["gross"]
    said = f"{invoice_name(invoice_id, subjects)}{in_file(later, subjects)} bills "
    said += f"{amount_of(invoice_id, subjects)}; "
    said += f"{lower_first(numbered(earlier, subjects))}{in_file(earlier, subjects)}"
    said += _beside(kind, later, earlier, subjects)
    said += _when(later, earlier)
    if amount == before:
        said += " bills the same"
    elif amount is not None and before is not None:
        said += f" bills {money(before, earlier['currency'])}"
    if later["number"] and later["number"] == earlier["number"]:
        said += " under the same number"
    return said + "."


def parts_sentence(
    parts: Sequence[str], whole: str, subjects: Subjects, *, is_last: bool = False
) -> str:
    """What the parts of a claim have in common with the claim, which comes first or last."""
    rows = [subjects.invoices[one] for one in parts if one in subjects.invoices]
    amounts = [row["gross"] for row in rows if row["gross"] is not None]
    total = money(sum(amounts), rows[0]["currency"]) if amounts else "–"
    names = listed([named_with_day(row["invoice_id"], subjects) for row in rows])
    together = "together " if len(rows) > 1 else ""
    claim, claimed = invoice_name(whole, subjects), amount_of(whole, subjects)
    if is_last:
        return f"{claim} bills {claimed}, after {lower_first(names)} {together}billed {total}."
    bill = "bill" if together else "bills"
    return f"{names} {together}{bill} {total}, after {lower_first(claim)} billed {claimed}."


def _beside(kind: Kind, later: Row, earlier: Row, subjects: Subjects) -> str:
    if later["vendor_id"] != earlier["vendor_id"] and earlier["vendor_id"]:
        name = subjects.vendor_name(earlier)
        record = printable(earlier["vendor_id"])
        is_namesake = name == subjects.vendor_name(later)
        return f", under vendor record {record}" if is_namesake else f" from {printable(name)}"
    if kind is Kind.DUP_CROSS_ENTITY and earlier["entity_id"]:
        return f" to {printable(earlier['entity_id'])}"
    return ""


def _when(later: Row, earlier: Row) -> str:
    one, two = later["issue_date"], earlier["issue_date"]
    if one is None or two is None:
        return ""
    days = (one - two).days
    if days == 0:
        return ", issued the same day,"
    return f", issued {counted(abs(days), 'day')} {'earlier' if days > 0 else 'later'},"
