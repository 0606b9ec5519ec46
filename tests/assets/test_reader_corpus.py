"""The asset that makes the reader's corpus, and the suite that it must pass."""

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from assets.corpora import reader_corpus, the_reader_corpus_is_sound
from assets.suites import DOCS, OUTCOMES, corpus_outcomes, outcomes_in
from ledgergraph.artifacts import WHOLE, Manifest
from ledgergraph.corpora.annotations import ANNOTATIONS, table_of
from ledgergraph.corpora.reader_corpus import READER_CORPUS, READER_CORPUS_REJECTIONS, Plan
from ledgergraph.corpora.sampling import SIDES, SPLITS
from ledgergraph.documents.schemas import DOCUMENTS
from ledgergraph.extractions.schemas import PAGES, WORDS
from ledgergraph.feedback.events import Category, Feedback, Target, Verdict, feedback_table
from ledgergraph.feedback.schemas import FEEDBACK
from resources.corpus_job import annotations_on
from resources.doors import SparkResource, StoreResource
from resources.store import Store
from tests.builders.annotated import annotation
from tests.stores import rows_of, the_head

COUNT = 300
OWN = "sha256:" + "7" * 64


def put(store: Store, asset: str, *tables: tuple[Any, pa.Table], partition: str = WHOLE) -> None:
    files = tuple(store.put_table(table, rows) for table, rows in tables)
    store.commit(Manifest(asset, partition, "1", files))


def corrected_document(store: Store) -> None:
    """A document of one's own in a batch, and a correction of its number."""
    page = {"document_id": OWN, "page": 0, "width": 595.0, "height": 842.0, "unit": "pt"}
    words = [
        {"document_id": OWN, "page": 0, "word": at, "text": text, "x0": 10.0 + 50 * at,
         "y0": 10.0, "x1": 50.0 + 50 * at, "y1": 20.0}
        for at, text in enumerate(["Invoice", "No.", "X-17", "of", "2026-01-01"])
    ]  # fmt: skip
    event = Feedback(
        "f1", datetime(2026, 1, 2, tzinfo=UTC), "me", Target.FIELD, Verdict.CORRECTION,
        Category.EXTRACTION, document_id=OWN, part=0, field="number", value="X-17",
    )  # fmt: skip
    documents = DOCUMENTS.rows([{"document_id": OWN, "name": "a.pdf"}])
    put(store, "documents", (DOCUMENTS, documents), partition="b1")
    transcripts = ((PAGES, PAGES.rows([page])), (WORDS, WORDS.rows(words)))
    put(store, "transcripts", *transcripts, partition="b1")
    put(store, "feedback", (FEEDBACK, feedback_table([event])))


def materialised(store: Store, **config: Any) -> dg.ExecuteInProcessResult:
    with dg.DagsterInstance.ephemeral() as instance:
        return dg.materialize(
            [reader_corpus, the_reader_corpus_is_sound], instance=instance,
            resources={
                "store": StoreResource(url=store.url), "spark": SparkResource(url="local[2]")
            },
            run_config={"ops": {"reader_corpus": {"config": config}}}, raise_on_error=True,
        )  # fmt: skip


@pytest.fixture(scope="module")
def home(once: Callable[..., Path]) -> Path:
    """A store with public annotations, an own document and the corpus made of them."""

    def make(place: Path) -> None:
        store = Store(str(place))
        made = [annotation(number) for number in range(COUNT)]
        put(store, "public_documents", (ANNOTATIONS, table_of(made)))
        corrected_document(store)
        (check,) = materialised(store).get_asset_check_evaluations()
        assert check.passed, check.metadata

    return once("reader corpus", make)


@pytest.mark.slow
def test_a_corpus_holds_what_others_and_people_labelled(home: Path) -> None:
    store = Store(str(home))
    corpus = rows_of(store, "reader_corpus", READER_CORPUS)
    left = rows_of(store, "reader_corpus", READER_CORPUS_REJECTIONS)
    assert corpus.num_rows + left.num_rows == COUNT + 1
    (own,) = corpus.filter(pc.equal(corpus["source"], "own")).to_pylist()
    assert own["preset"] == "corrected"
    head = the_head(store, "reader_corpus")
    held = annotations_on(store, head, own["split_80_10_10"])
    (field,) = next(one for one in held if one.source == "own").fields
    assert (field.field, field.value, field.words) == ("number", "X-17", (2,))
    assert set(head.through_time) == {"documents", "feedback", "transcripts"}


@pytest.mark.slow
@pytest.mark.parametrize("split", SPLITS)
def test_what_stands_on_a_side_is_read_from_the_files_of_the_manifest(
    home: Path, split: str
) -> None:
    store = Store(str(home))
    rows, head = rows_of(store, "reader_corpus", READER_CORPUS), the_head(store, "reader_corpus")
    for side in SIDES:
        expected = rows.filter(pc.equal(rows[split], side))["annotation_id"].to_pylist()
        held = [one.annotation_id for one in annotations_on(store, head, side, split)]
        assert sorted(held) == expected


@pytest.mark.slow
def test_every_part_that_the_table_names_is_a_file_of_the_manifest(home: Path) -> None:
    store = Store(str(home))
    head = the_head(store, "reader_corpus")
    parts = set(rows_of(store, "reader_corpus", READER_CORPUS)["part"].to_pylist())
    assert parts == {file.table for file in head.files if file.table.startswith("split=")}
    assert all(outcome.passed for outcome in outcomes_in(kept(store, OUTCOMES)))
    assert b"Expectation" in kept(store, DOCS)


def kept(store: Store, name: str) -> bytes:
    file = the_head(store, "reader_corpus").file(name)
    assert file is not None, name
    return store.file(file)


@pytest.mark.slow
def test_what_was_made_of_the_same_is_not_made_again(home: Path) -> None:
    store = Store(str(home))
    before = the_head(store, "reader_corpus").version
    (made,) = materialised(store).asset_materializations_for_node("reader_corpus")
    assert not made.metadata["ledgergraph/computed"].value
    assert the_head(store, "reader_corpus").version == before


def corpus(count: int = 200) -> pa.Table:
    """Rows of a corpus that passes."""
    sides = ["train"] * 8 + ["validation", "test"]
    return READER_CORPUS.rows(
        {
            "annotation_id": f"made/{at:04d}", "source": "made", "vendor": f"v{at % 10}",
            "template": f"t{at % 10}", "family": f"made/{at:04d}", "part": "p",
            "split_80_10_10": sides[at % 10], "split_70_15_15": sides[at % 10], "pages": 1,
            "words": 40, "lines": 4, "fields": 3, "digit_share": 0.2, "boxes_outside": 0,
        }
        for at in range(count)
    )  # fmt: skip


def changed(rows: pa.Table, at: int, **values: Any) -> pa.Table:
    listed = rows.to_pylist()
    listed[at] |= values
    return READER_CORPUS.rows(listed)


FAULTS: dict[str, dict[str, Any]] = {
    "ids are unique": {"annotation_id": "made/0001"},
    "source is stated": {"source": None},
    "words are as many as filters allow": {"words": 2},
    "every annotation has a field": {"fields": 0},
    "boxes lie on their pages": {"boxes_outside": 1},
    "sides of split_80_10_10 are known": {"split_80_10_10": "elsewhere"},
    "no vendor stands on two sides of split_80_10_10": {"vendor": "v9"},
    "no template stands on two sides of split_70_15_15": {"template": "t9"},
    "no family stands on two sides of split_70_15_15": {"family": "made/0009"},
}


@pytest.fixture(scope="module")
def outcomes() -> dict[str, set[str]]:
    """What fails of a corpus with each of the faults; of a sound one nothing."""
    sound = corpus()
    tried = {"nothing": sound} | {
        name: changed(sound, 0, **values) for name, values in FAULTS.items()
    }
    return {name: failing(rows) for name, rows in tried.items()}


def failing(rows: pa.Table) -> set[str]:
    files = corpus_outcomes(rows, Plan(), 0.12)
    return {one.check for one in outcomes_in(files[OUTCOMES]) if not one.passed}


@pytest.mark.slow
def test_a_sound_corpus_breaks_no_expectation(outcomes: dict[str, set[str]]) -> None:
    assert outcomes["nothing"] == set()


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_corpus_breaks_the_expectation_of_its_fault(
    outcomes: dict[str, set[str]], fault: str
) -> None:
    assert fault in outcomes[fault]


@pytest.mark.slow
def test_the_page_is_the_same_for_the_same_and_names_no_vendor() -> None:
    rows = corpus()
    secret = changed(rows, 0, vendor="ACME Holding", template="their layout")
    page = corpus_outcomes(secret, Plan(), 0.12)[DOCS]
    assert corpus_outcomes(secret, Plan(), 0.12)[DOCS] == page
    assert b"ACME" not in page
    assert b"their layout" not in page
    assert b"https://" not in page.replace(b"https://greatexpectations.io", b"")


def test_the_suite_is_there_where_the_main_module_has_no_file():
    """As in `python -c` and in workers: PySpark takes that for its doctests and would end it."""
    code = (
        "import pyspark; from assets.suites import _part; "
        "print(_part('great_expectations').__name__)"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=300
    )
    assert told.stdout.split() == ["great_expectations"], told.stderr
