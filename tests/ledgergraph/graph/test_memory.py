"""Process memory in short."""

from ledgergraph.extractions.schemas import EXTRACTIONS, QUALITY, VALIDATIONS
from ledgergraph.graph.memory import judgements_of, readings_of


def test_a_reading_counts_its_fields_and_those_chosen():
    rows = [
        {"document_id": "d", "part": 0, "reading": "page", "field": field, "confidence": confidence,
         "chosen": chosen, "source": "text"}
        for field, confidence, chosen in (("number", 1.0, True), ("type", 0.5, False))
    ]  # fmt: skip
    found = readings_of(EXTRACTIONS.rows(rows)).to_pylist()
    assert [(one["fields"], one["chosen"], one["confidence"]) for one in found] == [(2, 1, 0.75)]


def test_a_judgement_counts_the_rules_that_its_document_breaks():
    quality = QUALITY.rows([{"document_id": name, "part": 0, "score": 0.5} for name in "de"])
    broken = VALIDATIONS.rows([{"document_id": "d", "part": 0, "rule": rule} for rule in "xy"])
    found = judgements_of(quality, broken).to_pylist()
    assert {one["document_id"]: one["violations"] for one in found} == {"d": 2, "e": 0}


def test_nothing_read_makes_empty_tables():
    assert len(readings_of(EXTRACTIONS.empty())) == 0
    assert len(judgements_of(QUALITY.empty(), VALIDATIONS.empty())) == 0
