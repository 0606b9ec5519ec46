"""Rules about what is no invoice: vendors of the master, payments, journal entries, statements.

Each reads the books as they are today and says what it found of which row. Not here:
rules about invoices (datasets.rules), about papers (extractions.rules), and models.
"""

from collections.abc import Callable, Iterable, Mapping

from ledgergraph.datasets.breaches import Breach
from ledgergraph.datasets.record_rules import journal, masters, payments, statements
from ledgergraph.graph.frames import Ledger, ledger_of
from ledgergraph.graph.snapshot import Snapshot
from ledgergraph.issues import Kind

RecordRule = Callable[[Snapshot, Ledger], Iterable[Breach]]

RECORD_RULES: Mapping[Kind, RecordRule] = {
    Kind.VENDOR_DUPLICATE: masters.second_records,
    Kind.VAT_ID_INVALID: masters.bad_vat_ids,
    Kind.DUP_PAYMENT: payments.paid_twice,
    Kind.IBAN_NOT_OF_VENDOR: payments.to_stranger,
    Kind.BANK_CHANGED_BEFORE_INVOICE: payments.to_fresh_account,
    Kind.CUTOFF_ERROR: journal.not_accrued,
    Kind.UNUSUAL_JOURNAL_ENTRY: journal.unusual_entries,
    Kind.ACCOUNT_OUTLIER: statements.far_off,
    Kind.STATEMENT_INCONSISTENT: statements.inconsistent,
}
"""The rule of each kind about a row that is no invoice; some kinds are found on invoices too."""


def breaches(snapshot: Snapshot) -> list[Breach]:
    """All that these rules find in a snapshot, in the order of kinds and subjects."""
    ledger = ledger_of(snapshot)
    found = [one for rule in RECORD_RULES.values() for one in rule(snapshot, ledger)]
    return sorted(found, key=lambda one: (one.kind.value, one.table, one.subject))


__all__ = ["RECORD_RULES", "Breach", "breaches"]
