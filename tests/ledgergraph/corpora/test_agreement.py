import numpy as np
import pytest

from ledgergraph.corpora.agreement import TARGET, agreement, agreements, kappa_of, same_words
from ledgergraph.corpora.annotations import AnnotatedPage, AnnotatedWord, Annotation, FieldTruth
from ledgergraph.corpora.label_studio_tasks import Reviewed
from ledgergraph.evidence import Box

PAGES = (AnnotatedPage(595.28, 841.89, "pt"),)


def labelled(labels) -> Annotation:
    words = tuple(AnnotatedWord(0, f"w{at}", Box(at, 0, at + 1, 1)) for at in range(len(labels)))
    fields = tuple(FieldTruth(label, None, "v", "v", (at,)) for at, label in enumerate(labels)
                   if label)  # fmt: skip
    return Annotation("a/1", "a", "1", None, PAGES, words, fields)


def test_agreement_of_shuffled_labels_is_that_of_chance_and_symmetric():
    chance = np.random.default_rng(5)
    labels = chance.choice(["", "net", "number", "totals.gross"], 3_000, p=[0.4, 0.3, 0.2, 0.1])
    one, other = labelled(labels.tolist()), labelled(chance.permutation(labels).tolist())
    found = agreement({"d": one}, {"d": other})
    turned = agreement({"d": other}, {"d": one})
    assert abs(found.kappa) < 0.06
    assert found.kappa == pytest.approx(turned.kappa)
    assert len(found.labels) == 3
    for mine, theirs in zip(found.labels, turned.labels, strict=True):
        assert abs(mine.kappa) < 0.08
        assert mine.kappa == pytest.approx(theirs.kappa)
        assert (mine.both, mine.first_only, mine.second_only) == (
            theirs.both, theirs.second_only, theirs.first_only,
        )  # fmt: skip
        assert mine.kappa < TARGET


def test_the_words_on_which_two_people_differ_are_named():
    one = labelled(["net", "net", "", "number"])
    other = labelled(["net", "", "", "totals.gross"])
    (found,) = agreements([Reviewed("ann", one), Reviewed("bob", other)])
    assert [(one.text, one.first, one.second) for one in found.differences] == [
        ("w1", "net", None), ("w3", "number", "totals.gross"),
    ]  # fmt: skip
    assert {one.label: (one.both, one.first_only, one.second_only) for one in found.labels} == {
        "net": (1, 1, 0), "number": (0, 1, 0), "totals.gross": (0, 0, 1),
    }  # fmt: skip
    assert kappa_of([True, True, False, False], [True, False, False, False]) == pytest.approx(0.5)


def test_people_who_share_no_document_are_not_compared():
    one = labelled(["net"])
    other = Annotation("a/2", "a", "2", None, one.pages, one.words, one.fields)
    assert agreements([Reviewed("ann", one), Reviewed("bob", other)]) == []


def test_words_are_the_same_where_they_stand_and_not_where_they_come():
    one = labelled(["", "", ""])
    other = Annotation("a/1", "a", "1", None, one.pages, one.words[::-1][:2], ())
    assert list(same_words(one, other)) == [(1, 1), (2, 0)]
    nudged = tuple(AnnotatedWord(0, word.text, Box(word.box.x0 + 0.1, 0, word.box.x1 + 0.1, 1))
                   for word in other.words)  # fmt: skip
    moved = Annotation("a/1", "a", "1", None, one.pages, nudged, ())
    assert list(same_words(one, moved)) == [(1, 1), (2, 0)]
