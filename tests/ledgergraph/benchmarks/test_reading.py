"""A reader that learned: what it makes of documents, and when it takes another's place."""

from dataclasses import replace
from pathlib import Path

import pytest

from ledgergraph.benchmarks import reading
from ledgergraph.benchmarks.promotion import KEEP, PROMOTE
from ledgergraph.benchmarks.reader_lessons import make_reader, seen_by
from ledgergraph.benchmarks.reading import MISSING, OTHER_FIELD, RIGHT, WRONG, Outcome
from ledgergraph.corpora.synthetic import Order, made_documents
from ledgergraph.datasets.readings import Known, all_taught, known_of
from ledgergraph.errors import StaleInput
from ledgergraph.extractions.readers.learned import load
from ledgergraph.extractions.readers.page import read_page
from ledgergraph.models.packaged import folder_of
from ledgergraph.models.ranking import RankingSettings

SMALL = reading.Recipe(RankingSettings(rounds=20, folds=3))


def receipts(papers: int, seed: int) -> list[Known]:
    made = made_documents(Order(papers, [seed], families=("receipt",), languages=("en",)))
    return [known_of(one.annotation) for one in made]


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> tuple[reading.Fitted, Path, list[Known]]:
    folder, known = tmp_path_factory.mktemp("reader"), receipts(48, 6)
    documents, words = all_taught(known)
    return reading.fitted(documents, folder, SMALL, 0, words), folder, known


def test_a_reader_reads_the_same_from_its_folder_and_rows_name_it(
    fitted: tuple[reading.Fitted, Path, list[Known]],
) -> None:
    made, folder, known = fitted
    again, one = load(folder), known[0]
    read = read_page(one.name, one.pages, one.words, again)
    assert read == read_page(one.name, one.pages, one.words, made.model)
    assert {row.reader for row in read.readings} <= {"rules", again.name}
    assert any(row.reader == again.name for row in read.readings)
    assert all(0 <= row.confidence <= 1 for row in read.readings)


def test_without_a_model_the_rules_read_and_say_so() -> None:
    one = receipts(1, 6)[0]
    read = read_page(one.name, one.pages, one.words)
    assert {row.reader for row in read.readings} == {"rules"}


def test_a_model_of_other_facts_is_refused_with_the_remedy(
    fitted: tuple[reading.Fitted, Path, list[Known]], tmp_path: Path
) -> None:
    _, folder, _ = fitted
    for path in folder.iterdir():
        text = path.read_bytes()
        (tmp_path / path.name).write_bytes(text.replace(b'"evidence"', b'"evidences"'))
    with pytest.raises(StaleInput, match="models make reader"):
        load(tmp_path)


def outcome(document: int, right: bool, **facts: str) -> Outcome:
    slices = {"source": "s", "language": "en", "layout": "l", "degradation": "none", **facts}
    error = RIGHT if right else WRONG
    return Outcome(f"d{document}", "number", slices, f"v{document}", right, right, 0.9, error)


def judged(old: list[bool], new: list[bool]) -> str:
    champion = [outcome(at, one) for at, one in enumerate(old)]
    challenger = [outcome(at, one) for at, one in enumerate(new)]
    items = reading.READER_OUTCOMES.rows(reading.compared(champion, challenger, ()))
    return reading.decided(items, seed=1).action


def test_a_reader_takes_over_only_if_it_is_shown_to_be_better() -> None:
    assert judged([False] * 20 + [True] * 20, [True] * 40) == PROMOTE
    assert judged([True] * 40, [True] * 40) == KEEP
    assert judged([True] * 40, [False] * 20 + [True] * 20) == KEEP
    assert judged([False] * 5, [True] * 5) == KEEP  # too few documents to tell


def test_no_language_may_get_worse() -> None:
    champion = [outcome(at, at >= 60, language="de" if at >= 60 else "en") for at in range(80)]
    challenger = [replace(one, right=not one.right) for one in champion]
    items = reading.READER_OUTCOMES.rows(reading.compared(champion, challenger, ()))
    decision = reading.decided(items, seed=1)
    assert decision.action == KEEP
    assert "language de" in decision.reason


def test_errors_name_the_field_whose_value_was_taken() -> None:
    one = receipts(1, 6)[0]
    swapped = replace(one, truth={"issue_date": "1999-01-01", "due_date": one.truth["issue_date"]})
    kinds = {found.field: found for found in reading.outcomes([swapped], None)}
    assert kinds["issue_date"].error == OTHER_FIELD
    assert kinds["issue_date"].mistaken_for == "due_date"
    assert kinds["due_date"].error == MISSING


def test_seeds_that_are_learned_from_judge_nothing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="both learned from and judged on"):
        make_reader(tmp_path, None, None, [1, 2], [2, 3])


def test_vendors_are_named_by_hashes_alone() -> None:
    marks = seen_by(receipts(3, 6))
    assert all(len(one) == 12 and int(one, 16) >= 0 for one in marks)


def test_the_packaged_reader_is_better_than_rules_on_receipts_it_never_saw() -> None:
    known, model = receipts(40, 977), load(folder_of("reader"))
    rules = reading.figures(reading.outcomes(known, None, reading.RECEIPT))
    learned = reading.figures(reading.outcomes(known, model, reading.RECEIPT))
    assert learned.accuracy >= rules.accuracy
    assert learned.accuracy > 0.9
