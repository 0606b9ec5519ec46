"""Vendors and their accounts: whose account it is, and since when."""

from ledgergraph.anomalies.agreed import earlier_of_vendor
from ledgergraph.anomalies.statements.naming import account_name, plain_account
from ledgergraph.anomalies.subjects import Measures, Row, Subjects, known_on
from ledgergraph.anomalies.wording import counted, day, days, listed, printable


def bank_changed(invoice: Row, subjects: Subjects, measures: Measures) -> str | None:
    """The recorded change that brought the account in, if it was not verified."""
    as_of, account = known_on(invoice), plain_account(invoice["iban"])
    changes = [
        row
        for row in subjects.rows_by("bank_changes", "vendor_id").get(invoice["vendor_id"] or "", [])
        if row["changed_on"] and as_of and row["changed_on"] <= as_of
        if plain_account(row["iban"]) == account
    ]
    if account is None or as_of is None or not changes:
        return None
    change = max(changes, key=lambda row: row["changed_on"])
    if change["verified"]:
        return None
    since = (as_of - change["changed_on"]).days
    return (
        f"It is to be paid to {account_name(account)}, recorded for the vendor on "
        f"{day(change['changed_on'])} and not verified; the invoice came "
        f"{'on that day' if since == 0 else f'{days(since)} later'}."
    )


def account_not_of_vendor(invoice: Row, subjects: Subjects, measures: Measures) -> str | None:
    """The account that the books do not know, against the one that they name."""
    account = plain_account(invoice["iban"])
    vendor = subjects.vendors.get(invoice["vendor_id"] or "")
    if account is None or vendor is None or measures.get("account_recorded") == 1:
        return None
    earlier = [row for row in earlier_of_vendor(invoice, subjects) if row["iban"]]
    paid_there = [row for row in earlier if plain_account(row["iban"]) == account]
    listed_there = plain_account(vendor["iban"])
    if not earlier or listed_there == account:
        return None
    said = f"It is to be paid to {account_name(account)}, which the books do not name"
    if listed_there:
        said += f" (the vendor's record names {account_name(listed_there)})"
    if paid_there:
        went = "goes" if len(paid_there) == 1 else "go"
        of_all = counted(len(earlier), "earlier invoice")
        return (
            f"{said}; {len(paid_there):,} of the vendor's {of_all} {went} there, the first of "
            f"{day(known_on(paid_there[0]))}."
        )
    none = "the vendor's one earlier invoice does not go" if len(earlier) == 1 else (
        f"none of the vendor's {len(earlier):,} earlier invoices goes"
    )  # fmt: skip
    return f"{said}; {none} there."


def account_shared(invoice: Row, subjects: Subjects, measures: Measures) -> str | None:
    """The other vendors that have the account in the books or used it before."""
    account = plain_account(invoice["iban"])
    if account is None:
        return None
    as_of = known_on(invoice)
    others = {
        row["vendor_id"]
        for table in ("vendors", "invoices")
        for row in _on_account(table, account, subjects)
        if row["vendor_id"] not in (None, invoice["vendor_id"])
        if table == "vendors" or (as_of and (known_on(row) or as_of) <= as_of)
    }
    if not others:
        return None
    names = sorted(_vendor_name(one, subjects) for one in others)
    shown = [*names[:MOST_NAMED], *([f"{len(names) - MOST_NAMED:,} more"] if names[3:] else [])]
    return (
        f"Its account, {account_name(account).removeprefix('the account ')}, is also that of "
        f"{listed(shown)}."
    )


MOST_NAMED = 3


def _on_account(table: str, account: str, subjects: Subjects) -> list[Row]:
    by_account = subjects.rows_by(table, "iban")
    return [
        row for iban in by_account if plain_account(iban) == account for row in by_account[iban]
    ]


def _vendor_name(vendor_id: str, subjects: Subjects) -> str:
    name = subjects.vendors.get(vendor_id, {}).get("name")
    return f"{printable(name)} ({printable(vendor_id)})" if name else printable(vendor_id)


def vendor_reactivated(invoice: Row, subjects: Subjects, measures: Measures) -> str | None:
    """The day of the vendor's last invoice before."""
    earlier, as_of = earlier_of_vendor(invoice, subjects), known_on(invoice)
    last = known_on(earlier[-1]) if earlier else None
    if last is None or as_of is None:
        return None
    silent = days((as_of - last).days)
    return f"The vendor's last invoice before came on {day(last)}, {silent} earlier."
