"""Drafts of what the rules on one document say: one per paper and kind."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from ledgergraph.anomalies.drafts.draft import Draft, Reason
from ledgergraph.anomalies.subjects import (
    Paper,
    Row,
    Subjects,
    reading_key,
    reading_ref,
    rows_of,
)
from ledgergraph.anomalies.wording import counted, printable
from ledgergraph.evidence import Ref
from ledgergraph.extractions.rules.document import SURE
from ledgergraph.issues import Kind, Severity

VALIDATION_KEY = ("document_id", "part", "rule", "field", "line")
MOST_ROWS = 12
"""Remarks on one paper that are kept as evidence."""
UNREAD = 0.5
"""How sure it is that a field is absent from a page, when no reader found it there."""
OF_A_VALUE = frozenset({Kind.VAT_ID_INVALID})
"""Kinds of a value that is wrong wherever its owner states it: these papers are one event."""


def of_validations(validations: pa.Table, subjects: Subjects) -> list[Draft]:
    """One draft per paper and kind, and per field where a value is wrong by itself.

    All that is said of it goes into one sentence.
    """
    grouped: dict[tuple[Any, ...], list[Row]] = {}
    known = {kind.value for kind in Kind}
    for row in rows_of(validations):
        if row["kind"] in known:
            field = row["field"] if row["kind"] in OF_A_VALUE else None
            key = (row["document_id"], row["part"], row["kind"], field or "")
            grouped.setdefault(key, []).append(row)
    return [_of_violations(rows, subjects) for _, rows in sorted(grouped.items())]


def _of_violations(rows: list[Row], subjects: Subjects) -> Draft:
    rows = sorted(rows, key=lambda row: (-Severity(row["severity"]).rank, row["rule"]))
    kind, paper = Kind(rows[0]["kind"]), (rows[0]["document_id"], rows[0]["part"])
    name = printable(subjects.file_names.get(paper[0], paper[0]))
    part = f", part {paper[1] + 1}" if paper[1] else ""
    more = f" ({counted(len(rows) - 1, 'further remark')})" if len(rows) > 1 else ""
    clause = f"{printable(rows[0]['sentence'])}{more}"
    fields = tuple(dict.fromkeys(row["field"] for row in rows if row["field"]))
    evidence = [
        Ref("validations", {key: row[key] for key in VALIDATION_KEY}) for row in rows[:MOST_ROWS]
    ]
    evidence += [
        reading_ref(reading)
        for row in rows[:MOST_ROWS]
        for reading in subjects.readings(paper)
        if (reading["field"], reading["line"]) == (row["field"], row["line"])
    ]
    evidence.append(Ref("documents", {"document_id": paper[0]}))
    return Draft(
        kind,
        f"{name}{part}: {clause}",
        score=certainty(kind, paper, fields, evidence, subjects),
        clause=clause,
        invoice_id=subjects.invoice_of_paper.get(paper),
        paper=paper,
        event=_event(kind, paper, fields, subjects),
        fields=fields,
        severity=Severity(rows[0]["severity"]),
        evidence=tuple(evidence),
        reasons=tuple(Reason(printable(row["sentence"])) for row in rows),
    )


def _event(kind: Kind, paper: Paper, fields: Sequence[str], subjects: Subjects) -> tuple[str, ...]:
    """The value that is wrong and whose it is, where a kind is of a value; else nothing."""
    if kind not in OF_A_VALUE or not fields:
        return ()
    who = f"{fields[0].partition('.')[0]}.name"
    value, name = (subjects.chosen(paper, field) for field in (fields[0], who))
    if value is None or not value["value"]:
        return ()
    return (fields[0], value["value"], _folded(name["value"] if name else ""))


def _folded(name: str | None) -> str:
    """A name as it is compared: letters and digits, without case."""
    return "".join(filter(str.isalnum, (name or "").casefold()))


def certainty(
    kind: Kind, paper: Paper, fields: Sequence[str], evidence: Sequence[Ref], subjects: Subjects
) -> float:
    """How sure a finding on a paper is: the least confidence of the readings that it rests on.

    These are the chosen ones, and both where print and XML are compared. XML is exact,
    so a finding on XML is certain. A finding that a reading is unsure is as sure as the
    reading is not; rules ask for a confidence of SURE.
    """
    keys = {reading_key(ref.key) for ref in evidence if ref.table == "extractions"}
    rows = subjects.readings(paper)
    of_both = kind is Kind.HYBRID_MISMATCH
    found = [
        row["confidence"] for row in rows if reading_key(row) in keys and (row["chosen"] or of_both)
    ]
    is_absent = not found and bool(fields)
    is_unsure = kind is Kind.READING_UNSURE
    if is_absent and (is_unsure or not any(row["reading"] == "xml" for row in rows)):
        return UNREAD
    least = float(min((one for one in found if one is not None), default=1.0))
    return 1 - min(least, SURE) if is_unsure else least
