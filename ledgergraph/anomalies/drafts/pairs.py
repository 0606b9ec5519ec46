"""Drafts of pairs of invoices that the duplicate model finds likely."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pyarrow as pa

from ledgergraph.anomalies.deciding import columns_of
from ledgergraph.anomalies.drafts.draft import Draft, Reason
from ledgergraph.anomalies.statements import pair_sentence, parts_sentence
from ledgergraph.anomalies.statements.naming import invoice_name
from ledgergraph.anomalies.subjects import Row, Subjects, rows_of
from ledgergraph.anomalies.wording import column_name, listed
from ledgergraph.evidence import Ref
from ledgergraph.issues import Kind


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


def likeliest_twins(duplicates: pa.Table) -> dict[str, str]:
    """For each later invoice the one that it most likely repeats, however unlikely that is."""
    pairs = sorted(rows_of(duplicates), key=lambda row: (row["probability"], row["other_id"]))
    return {row["invoice_id"]: row["other_id"] for row in pairs}


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
    said = pair_sentence(kind, best["invoice_id"], best["other_id"], subjects)
    return Draft(
        kind,
        said,
        score=best["probability"],
        clause=said,
        invoice_id=best["invoice_id"],
        counterpart=best["other_id"],
        evidence=tuple(evidence),
        reasons=(
            *_said(best),
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
    said = parts_sentence(parts, whole, subjects, is_last=is_last)
    return Draft(
        Kind.DUP_SPLIT,
        said,
        score=max(row["probability"] for row in rows),
        clause=said,
        invoice_id=whole if is_last else parts[-1],
        counterpart=parts[0] if is_last else whole,
        others=() if is_last else tuple(parts[:-1]),
        evidence=tuple(evidence),
        reasons=tuple(_said(max(rows, key=lambda row: float(row["probability"])))),
    )


def _said(pair: Row) -> list[Reason]:
    """What spoke for a pair when it was judged."""
    said = pair["reasons"]
    return [Reason(f"{said[0].upper()}{said[1:]}.")] if said else []


def _pair(row: Row) -> Mapping[str, Any]:
    return {"invoice_id": row["invoice_id"], "other_id": row["other_id"]}


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
