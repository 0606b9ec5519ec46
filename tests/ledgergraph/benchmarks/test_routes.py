"""What confidence costs, counted over all thresholds."""

from ledgergraph.benchmarks.reading import Outcome
from ledgergraph.benchmarks.routes import costs, counts_by_risk


def outcome(document: str, field: str, confidence: float, right: bool) -> Outcome:
    return Outcome(document, field, {}, "vendor", right, right, confidence, "", stated="x")


FOUND = [
    outcome("a", "number", 0.99, True), outcome("a", "totals.gross", 0.99, True),
    outcome("b", "number", 0.95, True), outcome("c", "number", 0.5, False),
    outcome("d", "buyer.name", 0.1, False),  # decides nothing
]  # fmt: skip


def test_documents_are_counted_from_the_surest_on():
    counts = counts_by_risk(FOUND)
    assert [(one.documents, one.wrong) for one in counts] == [(1, 0), (2, 0), (3, 1)]
    assert [one.risk for one in counts] == sorted(one.risk for one in counts)


def test_who_sees_all_documents_misses_none_and_who_sees_none_misses_all():
    seen, wrong = costs(counts_by_risk(FOUND))
    assert seen == sorted(seen, reverse=True)
    assert (seen[-1], wrong[-1]) == (0.0, 1 / 3)
    assert wrong[0] == 0.0
    assert costs([]) == ([], [])
