"""Entities of tags and their scores, by the definition of seqeval."""

from ledgergraph.models.entity_scores import confusion, entities_of, entity_scores


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
