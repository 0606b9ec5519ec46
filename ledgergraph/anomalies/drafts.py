"""Findings in the making: one draft per sign, of validations, pairs, rules and the model.

Each function turns one source of signs into drafts. Not here: which drafts
become findings, and as which (findings).
"""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

import pyarrow as pa

from ledgergraph.anomalies.deciding import columns_of
from ledgergraph.anomalies.events import WEAK
from ledgergraph.anomalies.subjects import (
    Paper,
    Row,
    Subjects,
    known_on,
    reading_key,
    reading_ref,
    rows_of,
)
from ledgergraph.anomalies.wording import (
    column_name,
    counted,
    day,
    listed,
    lower_first,
    measured,
    money,
    named_measure,
    printable,
)
from ledgergraph.evidence import Ref
from ledgergraph.extractions.rules.document import SURE
from ledgergraph.issues import Kind, Severity

Witnesses = Callable[[str, str], Sequence[str]]
"""The ids of the records that a feature of an invoice was computed from."""


class Described(Protocol):
    """What a finding says of a feature; the features of datasets are of this shape."""

    @property
    def sentence(self) -> str:
        """What it measures, as an auditor would say it."""

    @property
    def unit(self) -> str:
        """The unit of its values; empty for flags and ratios."""

    @property
    def kinds(self) -> Collection[Kind]:
        """The kinds that it is a sign of, the likeliest first."""


@dataclass(frozen=True)
class Reason:
    """One thing that speaks for a finding.

    `share` is its part of all that speaks for it, in [0, 1]; null where no model
    weighed it. `records` says how many records it was computed from.
    """

    sentence: str
    feature: str | None = None
    value: float | None = None
    unit: str = ""
    contribution: float | None = None
    share: float | None = None
    kind: Kind | None = None
    records: int = 0


@dataclass(frozen=True)
class Draft:
    """A sign that something is wrong with an invoice or a paper.

    `counterpart` is the invoice that it repeats; `others` are the further invoices
    of the same event, whose money is at risk with that of `invoice_id`, the newest.
    `absorbed` are its effects and weaker signs of the same event.
    """

    kind: Kind
    sentence: str
    score: float
    invoice_id: str | None = None
    counterpart: str | None = None
    others: tuple[str, ...] = ()
    paper: Paper | None = None
    fields: tuple[str, ...] = ()
    severity: Severity | None = None
    feature: str | None = None
    evidence: tuple[Ref, ...] = ()
    reasons: tuple[Reason, ...] = ()
    is_of_model: bool = False
    absorbed: tuple["Draft", ...] = ()

    @property
    def subject(self) -> tuple[Any, ...]:
        """What drafts must share to be about the same thing: an invoice, else a paper."""
        return (self.invoice_id,) if self.invoice_id else (self.paper or ("",))


def of_validations(validations: pa.Table, subjects: Subjects) -> list[Draft]:
    """One draft per paper and kind; all that is said of it goes into one sentence."""
    grouped: dict[tuple[Any, ...], list[Row]] = {}
    known = {kind.value for kind in Kind}
    for row in rows_of(validations):
        if row["kind"] in known:
            key = (row["document_id"], row["part"], row["kind"])
            grouped.setdefault(key, []).append(row)
    return [_of_violations(rows, subjects) for _, rows in sorted(grouped.items())]


def _of_violations(rows: list[Row], subjects: Subjects) -> Draft:
    rows = sorted(rows, key=lambda row: (-Severity(row["severity"]).rank, row["rule"]))
    paper = (rows[0]["document_id"], rows[0]["part"])
    name = printable(subjects.file_names.get(paper[0], paper[0]))
    part = f", part {paper[1] + 1}" if paper[1] else ""
    more = f" ({counted(len(rows) - 1, 'further remark')})" if len(rows) > 1 else ""
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
        Kind(rows[0]["kind"]),
        f"{name}{part}: {printable(rows[0]['sentence'])}{more}",
        score=certainty(Kind(rows[0]["kind"]), paper, fields, evidence, subjects),
        invoice_id=subjects.invoice_of_paper.get(paper),
        paper=paper,
        fields=fields,
        severity=Severity(rows[0]["severity"]),
        evidence=tuple(evidence),
        reasons=tuple(Reason(printable(row["sentence"])) for row in rows),
    )


VALIDATION_KEY = ("document_id", "part", "rule", "field", "line")
MOST_ROWS = 12
"""Remarks on one paper that are kept as evidence."""


UNREAD = 0.5
"""How sure it is that a field is absent from a page, when no reader found it there."""


def certainty(
    kind: Kind, paper: Paper, fields: Sequence[str], evidence: Sequence[Ref], subjects: Subjects
) -> float:
    """How sure a finding on a paper is: the least confidence of the readings under it.

    XML is exact, so a finding on XML alone is certain. A finding that a reading is
    unsure is as sure as the reading is not; rules ask for a confidence of SURE.
    """
    keys = {reading_key(ref.key) for ref in evidence if ref.table == "extractions"}
    rows = subjects.readings(paper)
    found = [row["confidence"] for row in rows if reading_key(row) in keys]
    is_absent = not found and bool(fields)
    is_unsure = kind is Kind.READING_UNSURE
    if is_absent and (is_unsure or not any(row["reading"] == "xml" for row in rows)):
        return UNREAD
    least = float(min((one for one in found if one is not None), default=1.0))
    return 1 - min(least, SURE) if is_unsure else least


def of_duplicates(duplicates: pa.Table, subjects: Subjects, least: float) -> list[Draft]:
    """One draft per later invoice, of its likeliest pair; further pairs become reasons.

    The parts of a split claim are one draft: their sum is what was claimed again.
    """
    pairs = [row for row in rows_of(duplicates) if row["probability"] >= least]
    pairs.sort(key=lambda row: (-row["probability"], row["invoice_id"], row["other_id"]))
    of_later: dict[str, list[Row]] = {}
    of_whole: dict[str, list[Row]] = {}
    for row in pairs:
        if row["kind"] == Kind.DUP_SPLIT:
            of_whole.setdefault(_whole_of(row, subjects), []).append(row)
        else:
            of_later.setdefault(row["invoice_id"], []).append(row)
    return [
        *(_of_pairs(rows, subjects) for rows in of_later.values()),
        *(_of_parts(whole, rows, subjects) for whole, rows in of_whole.items()),
    ]


def _whole_of(pair: Row, subjects: Subjects) -> str:
    """Which of a whole claim and a part of it is the whole: the one with the larger amount."""

    def amount(invoice_id: str) -> Decimal:
        gross: Decimal | None = subjects.invoices.get(invoice_id, {}).get("gross")
        return Decimal(0) if gross is None else gross

    ids: list[str] = [pair["other_id"], pair["invoice_id"]]
    return max(ids, key=amount)


def _of_pairs(rows: list[Row], subjects: Subjects) -> Draft:
    best = rows[0]
    kind = Kind(best["kind"])
    others = tuple(row["other_id"] for row in rows)
    evidence = [Ref("duplicates", _pair(row)) for row in rows]
    for invoice_id in (best["invoice_id"], *others):
        evidence += subjects.refs_of_invoice(invoice_id, columns_of(kind))
    return Draft(
        kind,
        pair_sentence(kind, best["invoice_id"], best["other_id"], subjects),
        score=best["probability"],
        invoice_id=best["invoice_id"],
        counterpart=best["other_id"],
        evidence=tuple(evidence),
        reasons=(
            *_agreements(kind, best, subjects),
            *(
                Reason(f"{invoice_name(row['other_id'], subjects)} resembles it as well.")
                for row in rows[1:]
            ),
        ),
    )


def _of_parts(whole: str, rows: list[Row], subjects: Subjects) -> Draft:
    """A claim and its parts: at risk are the parts, or the claim if it came after one of them."""
    parts = sorted({row[name] for row in rows for name in ("invoice_id", "other_id")} - {whole})
    is_last = any(row["invoice_id"] == whole for row in rows)
    evidence = [Ref("duplicates", _pair(row)) for row in rows]
    for invoice_id in (*parts, whole):
        evidence += subjects.refs_of_invoice(invoice_id, columns_of(Kind.DUP_SPLIT))
    return Draft(
        Kind.DUP_SPLIT,
        parts_sentence(parts, whole, subjects, is_last=is_last),
        score=max(row["probability"] for row in rows),
        invoice_id=whole if is_last else parts[-1],
        counterpart=parts[0] if is_last else whole,
        others=() if is_last else tuple(parts[:-1]),
        evidence=tuple(evidence),
    )


def parts_sentence(
    parts: Sequence[str], whole: str, subjects: Subjects, *, is_last: bool = False
) -> str:
    """What the parts of a claim have in common with the claim, which comes first or last."""
    rows = [subjects.invoices[one] for one in parts if one in subjects.invoices]
    amounts = [row["gross"] for row in rows if row["gross"] is not None]
    total = money(sum(amounts), rows[0]["currency"]) if amounts else "–"
    names = listed([f"{_numbered(row, subjects)} ({day(row['issue_date'])})" for row in rows])
    together = "together " if len(rows) > 1 else ""
    claim, claimed = invoice_name(whole, subjects), amount_of(whole, subjects)
    if is_last:
        return f"{claim} bills {claimed}, after {lower_first(names)} {together}billed {total}."
    bill = "bill" if together else "bills"
    return f"{names} {together}{bill} {total}, after {lower_first(claim)} billed {claimed}."


def _pair(row: Row) -> Mapping[str, Any]:
    return {"invoice_id": row["invoice_id"], "other_id": row["other_id"]}


def pair_sentence(kind: Kind, invoice_id: str, other_id: str, subjects: Subjects) -> str:
    """What two invoices have in common, with numbers, dates and amounts."""
    later, earlier = subjects.invoices.get(invoice_id), subjects.invoices.get(other_id)
    if later is None or earlier is None:
        return f"{invoice_name(invoice_id, subjects)} repeats {invoice_name(other_id, subjects)}."
    amount, before = later["gross"], earlier["gross"]
    said = f"{invoice_name(invoice_id, subjects)} bills {amount_of(invoice_id, subjects)}; "
    said += lower_first(_numbered(earlier, subjects))
    said += _beside(kind, later, earlier, subjects)
    said += _when(later, earlier)
    if amount == before:
        said += " bills the same"
    elif amount is not None and before is not None:
        said += f" bills {money(before, earlier['currency'])}"
    if later["number"] and later["number"] == earlier["number"]:
        said += " under the same number"
    return said + "."


def _agreements(kind: Kind, pair: Row, subjects: Subjects) -> list[Reason]:
    """In which columns the two agree, and in which they do not."""
    rows = [subjects.invoices.get(pair[name]) for name in ("invoice_id", "other_id")]
    later, earlier = rows
    if later is None or earlier is None:
        return []
    said: dict[str, list[str]] = {"Equal in both": [], "Different": []}
    for name in columns_of(kind):
        if later[name] is not None and earlier[name] is not None:
            label = "Equal in both" if later[name] == earlier[name] else "Different"
            said[label].append(column_name(name))
    return [Reason(f"{label}: {listed(names)}.") for label, names in said.items() if names]


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


def of_rules(
    fired: pa.Table,
    risk: Mapping[str, float],
    subjects: Subjects,
    features: Mapping[str, Described],
) -> list[Draft]:
    """One draft per rule that fired; the model's risk is its score, its strength where none."""
    drafts = []
    for row in rows_of(fired):
        kind, invoice_id = Kind(row["kind"]), row["invoice_id"]
        described = features.get(row["feature"])
        drafts.append(
            Draft(
                kind,
                about_invoice(invoice_id, row["sentence"], subjects),
                score=risk.get(invoice_id, row["strength"]),
                invoice_id=invoice_id,
                feature=row["feature"],
                evidence=tuple(subjects.refs_of_invoice(invoice_id, columns_of(kind))),
                reasons=(
                    Reason(
                        printable(row["sentence"]),
                        feature=row["feature"],
                        value=row["value"],
                        unit=described.unit if described else "",
                        kind=kind,
                    ),
                ),
            )
        )
    return drafts


def of_model(
    invoice_id: str,
    score: float,
    weighed: Sequence[Reason],
    features: Mapping[str, Described],
    subjects: Subjects,
) -> Draft | None:
    """A draft for an invoice that the model alone finds risky, none if it names no sign.

    Its kind is the first strong one among its signs, by weight; a weak one if
    there is no other: the model's risk is what makes it more than a remark.
    """
    named = [
        (kind, reason)
        for reason in weighed
        if (described := features.get(reason.feature or ""))
        for kind in described.kinds
    ]
    if not named:
        return None
    kind, reason = next(((k, r) for k, r in named if k not in WEAK), named[0])
    said = measured(reason.value, reason.unit, reason.sentence)
    return Draft(
        kind,
        about_invoice(invoice_id, f"{named_measure(reason.sentence)}: {said}.", subjects),
        score=score,
        invoice_id=invoice_id,
        feature=reason.feature,
        evidence=tuple(subjects.refs_of_invoice(invoice_id, columns_of(kind))),
        reasons=tuple(weighed),
        is_of_model=True,
    )


def weighed_reasons(
    contributions: pa.Table, features: Mapping[str, Described], most: int
) -> dict[str, list[Reason]]:
    """What raised the model's risk of each invoice, the heaviest first."""
    rows: dict[str, list[Row]] = {}
    for row in rows_of(contributions):
        if row["contribution"] > 0:
            rows.setdefault(row["invoice_id"], []).append(row)
    return {key: _heaviest(found, features, most) for key, found in rows.items()}


def _heaviest(rows: list[Row], features: Mapping[str, Described], most: int) -> list[Reason]:
    rows = sorted(rows, key=lambda row: (-row["contribution"], row["feature"]))
    total = sum(row["contribution"] for row in rows)
    reasons = []
    # A measure that could not be taken may well move a model; it tells a reader nothing.
    known = [row for row in rows if row["value"] is not None and not math.isnan(row["value"])]
    for row in known[:most]:
        described = features.get(row["feature"])
        reasons.append(
            Reason(
                described.sentence if described else row["feature"],
                feature=row["feature"],
                value=row["value"],
                unit=described.unit if described else "",
                contribution=row["contribution"],
                share=row["contribution"] / total,
            )
        )
    return reasons


def with_witnesses(draft: Draft, subjects: Subjects, witnesses: Witnesses, most: int) -> Draft:
    """The draft with the records that its reasons were computed from, some as evidence.

    Each reason says how many records it rests on; as evidence the finding keeps
    those that come first, up to `most`: trace lists the rest.
    """
    if draft.invoice_id is None:
        return draft
    reasons, named = [], []
    for reason in draft.reasons:
        records = witnesses(draft.invoice_id, reason.feature) if reason.feature else ()
        reasons.append(replace(reason, records=len(records)))
        named += list(records)
    held = {ref.key.get("record_id") for ref in draft.evidence}
    fresh = [record for record in dict.fromkeys(named) if record not in held]
    known = [record for record in fresh if record in subjects.table_of_record][:most]
    refs = [Ref(subjects.table_of_record[one], {"record_id": one}) for one in known]
    return replace(draft, reasons=tuple(reasons), evidence=(*draft.evidence, *refs))


def invoice_name(invoice_id: str, subjects: Subjects) -> str:
    """An invoice as a person names it: `Invoice R-1007 of Acme GmbH, 12 March 2026`."""
    invoice = subjects.invoices.get(invoice_id)
    if invoice is None:
        return f"Invoice {printable(invoice_id)}"
    said = _numbered(invoice, subjects)
    if vendor := subjects.vendor_name(invoice):
        said += f" of {printable(vendor)}"
    return f"{said} ({day(invoice['issue_date'])})" if invoice["issue_date"] else said


def _numbered(invoice: Row, subjects: Subjects) -> str:
    """The number of an invoice; on paper without one, the name of its file."""
    what = "Credit note" if invoice["type"] == "credit_note" else "Invoice"
    if invoice["number"] is None and invoice["row"] is None:
        return f"{what} {printable(subjects.file_names.get(invoice['document_id'], 'on paper'))}"
    return f"{what} {printable(invoice['number'] or invoice['invoice_id'])}"


def about_invoice(invoice_id: str, sentence: str, subjects: Subjects) -> str:
    """A sentence about an invoice, with its name and amount before it."""
    amount = amount_of(invoice_id, subjects)
    over = "" if amount == "–" else f" over {amount}"
    return f"{invoice_name(invoice_id, subjects)}{over}: {lower_first(printable(sentence))}"


def amount_of(invoice_id: str, subjects: Subjects) -> str:
    """The gross of an invoice with its currency; a dash if unknown."""
    invoice = subjects.invoices.get(invoice_id)
    return money(invoice["gross"], invoice["currency"]) if invoice else "–"


def as_of(invoice_id: str | None, subjects: Subjects) -> date | None:
    """The day on which an invoice was known."""
    invoice = subjects.invoices.get(invoice_id or "")
    return known_on(invoice) if invoice else None
