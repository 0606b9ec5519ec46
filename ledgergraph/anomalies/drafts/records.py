"""Drafts of what rules say of rows that are no invoices: vendors, payments, entries, statements."""

from collections.abc import Iterable

from ledgergraph.anomalies.drafts.draft import Draft, Reason
from ledgergraph.anomalies.subjects import Subjects
from ledgergraph.anomalies.wording import printable
from ledgergraph.datasets.breaches import Breach
from ledgergraph.evidence import Ref

MOST_ROWS = 24
"""Rows that are kept as evidence: a whole sheet fits."""


def of_breaches(breaches: Iterable[Breach], subjects: Subjects) -> list[Draft]:
    """One draft for each breach, with the rows that it rests on as evidence."""
    return [_of_breach(one, subjects) for one in breaches]


def _of_breach(breach: Breach, subjects: Subjects) -> Draft:
    tables = subjects.table_of_record
    known = [record for record in dict.fromkeys(breach.records) if record in tables]
    sentence = printable(breach.sentence)
    return Draft(
        breach.kind,
        sentence,
        score=breach.strength,
        clause=sentence,
        record=(breach.table, breach.subject),
        amount=breach.amount,
        currency=breach.currency,
        as_of=breach.as_of,
        evidence=tuple(Ref(tables[one], {"record_id": one}) for one in known[:MOST_ROWS]),
        reasons=(Reason(sentence, records=len(known)),),
        is_of_rule=True,
    )
