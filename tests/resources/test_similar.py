"""Documents like one, with what happened to each, out of the tables of all heads."""

import json
from datetime import UTC, datetime

import numpy as np
import pytest

from ledgergraph.anomalies.schemas import FINDINGS
from ledgergraph.artifacts import Manifest
from ledgergraph.books import BOOK_TABLES
from ledgergraph.documents.schemas import DOCUMENTS, REJECTIONS
from ledgergraph.errors import BadSetting, StaleInput
from ledgergraph.extractions.schemas import EXTRACTIONS, PAGES, QUALITY, VALIDATIONS, WORDS
from ledgergraph.graph.schemas import BOOKINGS, DIMENSIONS, DOCUMENT_EMBEDDINGS, PROCESS_MEMORY
from orchestration.cli import main
from orchestration.commands import similar as command
from resources.graph.connection import GraphResource
from resources.similar import HISTORY, similar
from resources.store import Store

IDS = {name: f"sha256:{name * 64}"[:71] for name in "abc"}
GRAPH = GraphResource()
INVOICES = BOOK_TABLES["invoices"].records


def vector(*places):
    numbers = np.zeros(DIMENSIONS, int)
    numbers[list(places)] = 100
    return numbers


def put(store, asset, partition, *tables):
    files = tuple(store.put_table(table, table.rows(rows)) for table, rows in tables)
    store.commit(Manifest(asset, partition, "1", files))


@pytest.fixture
def home(tmp_path):
    """A store in which a.pdf is like b.pdf, and c.csv has no words."""
    store = Store(str(tmp_path / "store"))
    a, b, c = IDS.values()
    key = {"document_id": b, "part": 0}
    put(store, "documents", "1", (DOCUMENTS, [{"document_id": a, "name": "in/a.pdf"}]),
        (REJECTIONS, [{"document_id": b, "name": "in/b.pdf", "reason": "bad_page",
                       "sentence": "Page 2 is torn."}]))  # fmt: skip
    put(store, "documents", "2", (DOCUMENTS, [{"document_id": b, "name": "in/b.pdf"},
                                              {"document_id": c, "name": "in/c.csv"}]))  # fmt: skip
    for batch, one, places in (("1", a, (0, 1)), ("2", b, (0, 1, 2))):
        rows = [{"document_id": one, "vector": vector(*places)}]
        put(store, "document_embeddings", batch, (DOCUMENT_EMBEDDINGS, rows))
    put(store, "transcripts", "2",
        (PAGES, [{"document_id": b, "page": 0, "recovery": "sharper"}]),
        (WORDS, [{"document_id": b, "page": 0, "word": 0, "engine": "rapidocr"}]))  # fmt: skip
    put(store, "extractions", "2",
        (EXTRACTIONS, [{**key, "reading": "page", "field": "type", "value": "380",
                        "chosen": True, "confidence": 0.5, "source": "text"}]))  # fmt: skip
    put(store, "validations", "2",
        (QUALITY, [{**key, "level": "good", "score": 0.9, "route": "full",
                    "route_reason": "risk"}]),
        (VALIDATIONS, [{**key, "rule": "sum", "severity": "error", "sentence": "1 is not 2."}]),
    )  # fmt: skip
    put(store, "process_memory", "_",
        (PROCESS_MEMORY, [{"feedback_id": "f", "document_id": b, "author": "ann",
                           "at": datetime(2026, 3, 1, tzinfo=UTC), "verdict": "correction",
                           "field": "number", "target": "field", "stands": True}]))  # fmt: skip
    put(store, "records", "2",
        (INVOICES, [{"record_id": "r", "document_id": b, "invoice_id": "paper"}]))  # fmt: skip
    put(store, "bookings", "_", (BOOKINGS, [{"paper_id": "paper", "booked_id": "row"}]))
    put(store, "findings", "_",
        (FINDINGS, [{"finding_id": "0123456789abcdef", "kind": "dup_exact", "subject": "row",
                     "subject_table": "invoices", "score": 0.9, "severity": "high",
                     "status": "open"}]))  # fmt: skip
    return tmp_path


def test_a_neighbour_comes_with_all_that_happened_to_it(home):
    asked, (one,) = similar(Store(str(home / "store")), GRAPH, "in/a.pdf", 5)
    assert (asked.document_id, dict(asked.told)) == (IDS["a"], {})
    assert one.score == pytest.approx((2 / 3) ** 0.5)
    assert one.history.name == "in/b.pdf"
    assert {name: len(rows) for name, rows in one.history.told.items()} == dict.fromkeys(HISTORY, 1)
    assert one.history.told["readings"][0]["type"] == "380"


def test_a_document_is_named_by_name_id_or_its_first_digits(home):
    store = Store(str(home / "store"))
    for name in ("in/b.pdf", IDS["b"], "sha256:bbbbbb", "BBBBBB"):
        assert similar(store, GRAPH, name, 1)[0].document_id == IDS["b"]
    for name in ("bbbbb", "in/x.pdf", "", "in/c.csv"):
        with pytest.raises(BadSetting):
            similar(store, GRAPH, name, 1)


def test_a_store_without_vectors_says_what_to_do(tmp_path):
    with pytest.raises(StaleInput, match="ledgergraph run"):
        similar(Store(str(tmp_path / "store")), GRAPH, "a", 1)


def test_the_command_tells_it_as_text_and_as_json(home, capsys):
    assert main(["similar", "in/a.pdf", "--home", str(home)]) == 0
    said = capsys.readouterr().out
    for part in ("0.816  in/b.pdf", "rapidocr, sharper", "type 380", "good, 0.90; route full",
                 "rule sum", "rejected, bad_page", "correction of number by ann, 2026-03-01",
                 "finding 0123456789ab: dup_exact, high, open"):  # fmt: skip
        assert part in said
    assert main(["similar", "in/a.pdf", "--home", str(home), "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["document"] == {"document_id": IDS["a"], "name": "in/a.pdf"}
    (one,) = told["similar"]
    assert one["score"] == pytest.approx(0.816497)
    assert datetime.fromisoformat(one["feedback"][0]["at"]) == datetime(2026, 3, 1, tzinfo=UTC)
    assert main(["similar", "a", "--home", str(home), "--k", f"{command.MOST + 1}"]) == 1
