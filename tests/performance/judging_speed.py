"""From the graph to the report: what each step takes for 20,000 invoices, on one core."""

from collections.abc import Callable
from typing import TypeVar

from ledgers import large_books
from sections import PERFORMANCE, Row, Section
from stopwatch import timed

from ledgergraph.anomalies.judging import judge
from ledgergraph.anomalies.report import ReportData, findings_csv, render
from ledgergraph.anomalies.scoring import anomaly_reasons, likely_duplicates, score
from ledgergraph.anomalies.subjects import Subjects
from ledgergraph.anomalies.unusual import fitted
from ledgergraph.datasets.features import table_of
from ledgergraph.extractions.schemas import VALIDATIONS
from ledgergraph.graph.bookings import match_bookings
from ledgergraph.graph.duplicates import candidate_pairs
from ledgergraph.graph.frames import ledger_of
from ledgergraph.graph.parties import resolve_parties
from ledgergraph.graph.snapshot import snapshot_of
from ledgergraph.models.packaged import champion

T = TypeVar("T")


def judging() -> list[Section]:
    """Every step as the assets make it, without the store and the graph database."""
    books, rows = large_books(), list[Row]()
    records, documents = books.records, books.documents
    compliance, duplicate = champion("compliance"), champion("duplicate")

    def step(name: str, work: Callable[[], T]) -> T:
        result, took = timed(work)
        rows.append((name, took.cpu, took.wall))
        return result

    stated = step("graph as tables", lambda: snapshot_of(records, documents))
    parties = step("parties", lambda: resolve_parties(stated))
    bookings = step("bookings", lambda: match_bookings(stated, parties))
    derived = {"parties": parties, "bookings": bookings}
    snapshot = step(
        "graph as tables, with both", lambda: snapshot_of(records, documents, derived=derived)
    )
    ledger = ledger_of(snapshot)
    pairs = step(
        "duplicates: candidate pairs, described", lambda: candidate_pairs(ledger).table(ledger)
    )
    duplicates = step("duplicates: probability", lambda: likely_duplicates(pairs, duplicate))
    features = step("features", lambda: table_of(ledger_of(snapshot)))
    found = step("anomaly model, learned and all ranks", lambda: fitted(features))
    scores = step("scores", lambda: score(features, duplicates, compliance, found.model))
    step("reasons of the most unusual", lambda: anomaly_reasons(features, scores, found.model))
    subjects = Subjects(snapshot.books(), documents, books.extractions)
    findings, coverage = step(
        "findings",
        lambda: judge(snapshot, subjects, VALIDATIONS.empty(), duplicates, features, scores,
                      compliance),
    )  # fmt: skip
    data = ReportData(
        "Bench", subjects.records, documents, invoice_scores=scores, findings=findings,
        coverage=coverage,
    )  # fmt: skip
    step("report, HTML", lambda: render(data))
    step("report, CSV", lambda: findings_csv(data))
    sentence = (
        f"{records['invoices'].num_rows:,} invoices, {features.num_columns - 2} features, "
        f"{pairs.num_rows:,} candidate pairs, {findings.num_rows:,} findings."
    )
    columns = ("step", "CPU s", "wall s")
    return [Section(PERFORMANCE, "From graph to report on one core", sentence, columns, rows)]
