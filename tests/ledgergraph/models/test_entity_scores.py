"""Entities of tags and their scores, by the definition of seqeval."""

from ledgergraph.models.entity_scores import (
    INVENTED,
    MISSED,
    NOTHING,
    WRONG_EXTENT,
    WRONG_TYPE,
    confusion,
    entities_of,
    entity_scores,
    mistakes,
)


def test_an_entity_begins_at_b_or_where_another_name_goes_on() -> None:
    tags = ["O", "B-a", "I-a", "B-a", "I-b", "I-b", "O", "I-a"]
    assert entities_of(tags) == [("a", 1, 3), ("a", 3, 4), ("b", 4, 6), ("a", 7, 8)]


def test_scores_are_those_of_the_example_in_the_manual_of_seqeval() -> None:
    stated = [["O", "O", "O", "B-MISC", "I-MISC", "I-MISC", "O"], ["B-PER", "I-PER", "O"]]
    found = [["O", "O", "B-MISC", "I-MISC", "I-MISC", "I-MISC", "O"], ["B-PER", "I-PER", "O"]]
    scores = entity_scores(stated, found)
    assert (scores.all.f1, scores.macro_f1) == (0.5, 0.5)
    assert (scores.by_name["PER"].f1, scores.by_name["MISC"].f1) == (1.0, 0.0)


def test_nothing_stated_and_nothing_found_is_no_division_by_zero() -> None:
    score = entity_scores([["O"]], [["O"]]).all
    assert (score.precision, score.recall, score.f1) == (0.0, 0.0, 0.0)


def test_confusion_counts_words_by_what_they_are_and_what_they_were_called() -> None:
    assert confusion([["O", "B-a"]], [["B-a", "B-a"]]) == {("O", "B-a"): 1, ("B-a", "B-a"): 1}


def test_each_error_has_one_kind_and_right_ones_none() -> None:
    stated = ["B-a", "I-a", "O", "B-b", "O", "B-c", "I-c", "O", "B-d", "O"]
    found_ = ["B-a", "I-a", "O", "B-c", "O", "B-c", "O", "O", "O", "B-e"]
    found = mistakes([stated], [found_])
    assert found.errors == {
        ("b", WRONG_TYPE): 1, ("c", WRONG_EXTENT): 1, ("d", MISSED): 1, ("e", INVENTED): 1,
    }  # fmt: skip
    assert found.pairs == {
        ("a", "a"): 1, ("b", "c"): 1, ("c", "c"): 1, ("d", NOTHING): 1, (NOTHING, "e"): 1,
    }  # fmt: skip
    assert sum(found.by_kind().values()) == 4


def test_one_of_its_own_name_counts_before_a_longer_one() -> None:
    found = mistakes([["B-a", "I-a", "I-a"]], [["B-a", "B-b", "I-b"]])
    assert found.errors == {("a", WRONG_EXTENT): 1}
