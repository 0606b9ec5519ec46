"""What must hold between stored tables: pure, rows in, faults counted by name out.

Each function compares a table with those that it was made from; nothing was
found wrong if all counts are 0. The checks that ask stand beside their assets.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import dagster as dg
import pyarrow as pa
import pyarrow.compute as pc

from ledgergraph.extractions.recognition import PAPER

Faults = Mapping[str, int]


def outcome(faults: Faults, **looked_at: int) -> dg.AssetCheckResult:
    """A check that passes if there is no fault, with the counts of what was looked at."""
    return dg.AssetCheckResult(
        passed=not any(faults.values()),
        severity=dg.AssetCheckSeverity.WARN,
        metadata={**looked_at, **faults},
    )


def unknown(values: pa.ChunkedArray, known: pa.ChunkedArray | pa.Array) -> int:
    """How many values are not among the known ones; null names nothing and is none."""
    stated = values.drop_null()
    is_known = pc.is_in(stated, value_set=pa.array(known.to_pylist(), stated.type))
    return len(stated) - int(pc.sum(is_known).as_py() or 0)


def repeated(values: pa.ChunkedArray) -> int:
    """How many values come again."""
    stated = values.drop_null()
    return len(stated) - len(pc.unique(stated))


def outside_unit(values: pa.ChunkedArray) -> int:
    """How many values are no probability; null is none."""
    stated = values.drop_null()
    within = pc.and_(pc.greater_equal(stated, 0.0), pc.less_equal(stated, 1.0))
    return len(stated) - int(pc.sum(within).as_py() or 0)


def faults_of_records(tables: Sequence[pa.Table], documents: pa.Table) -> Faults:
    """A record comes from a document that was accepted."""
    return {
        "without document": sum(
            unknown(one["document_id"], documents["document_id"]) for one in tables
        )
    }


def faults_of_pages(pages: pa.Table, documents: pa.Table, rejections: pa.Table) -> Faults:
    """A paper has as many pages as it counts, and none that it does not; unless it was rejected."""
    counted = documents.filter(
        pc.and_(
            pc.is_in(documents["format"], value_set=pa.array(PAPER)),
            pc.invert(pc.is_in(documents["document_id"],
                               value_set=rejections["document_id"].combine_chunks())),
        )
    )  # fmt: skip
    found = Counter(pages["document_id"].to_pylist())
    expected = dict(_pairs(counted.select(["document_id", "pages"])))
    return {
        "papers with other pages": sum(found[one] != count for one, count in expected.items()),
        "of unknown documents": unknown(pages["document_id"], documents["document_id"]),
    }


def faults_of_boxes(fields: pa.Table, pages: pa.Table) -> Faults:
    """A box lies on a page that there is; a point or pixel over its edge is rounding."""
    boxed = fields.select(["document_id", "page", "x0", "y0", "x1", "y1"])
    boxed = boxed.filter(pc.is_valid(boxed["page"]))
    sizes = pages.select(["document_id", "page", "width", "height"])
    placed = boxed.join(sizes, ["document_id", "page"], join_type="left outer")
    inside = pc.and_(
        pc.and_(pc.greater_equal(placed["x0"], -1.0), pc.greater_equal(placed["y0"], -1.0)),
        pc.and_(
            pc.less_equal(placed["x1"], pc.add(placed["width"], 1.0)),
            pc.less_equal(placed["y1"], pc.add(placed["height"], 1.0)),
        ),
    )
    is_known = pc.is_valid(placed["width"])
    return {
        "on unknown pages": placed.num_rows - int(pc.sum(is_known).as_py() or 0),
        "outside": int(
            pc.sum(pc.and_(is_known, pc.invert(pc.fill_null(inside, True)))).as_py() or 0
        ),
    }


def faults_of_validations(
    validations: pa.Table, quality: pa.Table, extractions: pa.Table, documents: pa.Table,
    rules: Collection[str],
) -> Faults:  # fmt: skip
    """A judgement is of a document that was accepted, by a rule that there is; none is missing."""
    read = extractions.group_by(["document_id", "part"]).aggregate([])
    judged = quality.select(["document_id", "part"])
    return {
        "of unknown documents": unknown(validations["document_id"], documents["document_id"]),
        "by unknown rules": unknown(validations["rule"], pa.array(sorted(rules), pa.string())),
        "parts not judged": len(_pairs(read) - _pairs(judged)),
        "judged but not read": len(_pairs(judged) - _pairs(read)),
    }


def faults_of_parties(parties: pa.Table, vendors: pa.Table, invoices: pa.Table) -> Faults:
    """Every vendor of the master has a party, and a paper's seller is a vendor that there is.

    `vendors` and `invoices` are the records of all batches. A vendor may also be
    named by invoices alone.
    """
    of_vendors = parties.filter(pc.equal(parties["member"], "Vendor"))
    of_papers = parties.filter(pc.equal(parties["member"], "Invoice"))
    return {
        "vendors without party": unknown(vendors["vendor_id"], of_vendors["key"]),
        "sellers of unknown papers": unknown(of_papers["key"], invoices["invoice_id"]),
        "sellers that are no vendor": unknown(of_papers["vendor_id"], of_vendors["key"]),
    }


def faults_of_bookings(bookings: pa.Table, invoices: pa.Table) -> Faults:
    """A paper is booked as one row of the books, and a row is booked from one paper."""
    is_row = pc.is_valid(invoices["row"])
    rows, papers = invoices.filter(is_row), invoices.filter(pc.invert(is_row))
    return {
        "unknown papers": unknown(bookings["paper_id"], papers["invoice_id"]),
        "unknown rows": unknown(bookings["booked_id"], rows["invoice_id"]),
        "rows booked twice": repeated(bookings["booked_id"]),
    }


def faults_of_pairs(
    duplicates: pa.Table, invoices: pa.Table, bookings: pa.Table, kinds: Collection[str]
) -> Faults:
    """A pair is of two invoices that there are, neither the paper of another, and once only."""
    booked = invoices.filter(
        pc.invert(pc.is_in(invoices["invoice_id"], bookings["paper_id"].combine_chunks()))
    )
    pairs = {tuple(sorted(pair)) for pair in _pairs(duplicates)}
    return {
        "of unknown invoices": sum(
            unknown(duplicates[side], booked["invoice_id"]) for side in ("invoice_id", "other_id")
        ),
        "with itself": sum(one == other for one, other in _pairs(duplicates)),
        "both ways": duplicates.num_rows - len(pairs),
        "of another kind": unknown(duplicates["kind"], pa.array(sorted(kinds), pa.string())),
        "no probability": outside_unit(duplicates["probability"]),
    }


def faults_of_scores(scores: pa.Table, features: pa.Table) -> Faults:
    """Every invoice with features has a risk, and no other; a score is a probability."""
    columns = ("compliance_risk", "duplicate_probability", "anomaly_score", "risk")
    return {
        "not scored": unknown(features["invoice_id"], scores["invoice_id"]),
        "of unknown invoices": unknown(scores["invoice_id"], features["invoice_id"]),
        "without risk": scores["risk"].null_count,
        "no probability": sum(outside_unit(scores[name]) for name in columns),
    }


def faults_of_report(listed: Sequence[str], findings: pa.Table) -> Faults:
    """The report's list names every finding that it was made from, each once, and no other."""
    names = pa.chunked_array([pa.array(listed, pa.string())])
    return {
        "findings left out": unknown(findings["finding_id"], names),
        "unknown findings": unknown(names, findings["finding_id"]),
        "named twice": repeated(names),
    }


def faults_of_training(
    names: Collection[str], invoices: pa.Table, truth: pa.Table, pairs: pa.Table
) -> Faults:
    """Every ledger is there; the truth knows its invoices, of which some are issues, most not."""
    known, judged = _pairs(invoices), _pairs(truth)
    sides = (pairs.select(["ledger", side]) for side in ("invoice_id", "other_id"))
    shares = truth.group_by("ledger").aggregate([("is_issue", "mean")])
    within = dict(_pairs(shares.select(["ledger", "is_issue_mean"])))
    return {
        "ledgers missing": len(set(names) - set(within)),
        "invoices without truth": len(known - judged),
        "truth of unknown invoices": len(judged - known),
        "pairs of unknown invoices": sum(len(_pairs(side) - known) for side in sides),
        "ledgers that teach nothing": sum(not 0 < share < 0.5 for share in within.values()),
    }


def faults_of_columns(read: Collection[str], declared: Collection[str]) -> Faults:
    """A model reads the columns that are made, all of them and no other."""
    return {
        "read but not made": len(set(read) - set(declared)),
        "made but not read": len(set(declared) - set(read)),
    }


def _pairs(rows: pa.Table) -> set[tuple[Any, Any]]:
    """The values of the first two columns."""
    return set(zip(rows.column(0).to_pylist(), rows.column(1).to_pylist(), strict=True))


def faults_of_labels(labels: pa.Table, events: pa.Table, features: pa.Table) -> Faults:
    """A label rests on an event, and an event that is used makes one; features are of labelled."""
    used = events.filter(events["is_used"])["invoice_id"]
    return {
        "without event": unknown(labels["invoice_id"], used),
        "events without label": unknown(used, labels["invoice_id"]),
        "features of others": unknown(features["invoice_id"], labels["invoice_id"]),
        "without features": unknown(labels["invoice_id"], features["invoice_id"]),
    }
