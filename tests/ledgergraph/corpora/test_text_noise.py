"""Words change as engines misread them; what is true of the document does not."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ledgergraph.corpora.alignment import aligned
from ledgergraph.corpora.annotations import AnnotatedPage, AnnotatedWord, Annotation, FieldTruth
from ledgergraph.corpora.text_noise import habits, misread, noised, variants
from ledgergraph.evidence import Box

PRINTED = "Rechnung Müller & Söhne GmbH Nr. 2025-0187 vom 26.04.2025 Summe 1.234,50 €"
LINE = PRINTED.split()


def annotation(count: int = 12) -> Annotation:
    words = []
    for row in range(count):
        x = 20.0
        for text in LINE:
            words.append(AnnotatedWord(0, text, Box(x, 20 * row, x + 6 * len(text), 20 * row + 10)))
            x += 6 * len(text) + 4
    fields = tuple(
        FieldTruth("totals.gross", None, "1234.50", "1.234,50", (row * len(LINE) + 10,))
        for row in range(count)
    )
    return Annotation(
        "test/page", "test", "page", "invoice", (AnnotatedPage(600, 300, "pt"),), tuple(words),
        fields, document_id="sha256:" + "0" * 64,
    )  # fmt: skip


@given(st.integers(0, 500), st.floats(0, 8))
def test_fields_keep_what_they_state_and_know_where_it_is(seed: int, strength: float) -> None:
    truth = annotation(3)
    found = noised(truth, seed, strength=strength)
    assert [(one.field, one.line, one.value, one.raw) for one in found.fields] == [
        (one.field, one.line, one.value, one.raw) for one in truth.fields
    ]
    for one, own in zip(truth.fields, found.fields, strict=True):
        place = truth.words[one.words[0]].box
        covered = [found.words[at].box for at in own.words]
        assert covered, "an amount is never read as nothing here"
        around = Box.around(covered)
        assert around.x0 <= place.x0 + 1e-6
        assert around.x1 >= place.x1 - 1e-6


def test_without_strength_nothing_changes() -> None:
    truth = annotation()
    found = noised(truth, 1, strength=0)
    assert (found.words, found.fields) == (truth.words, truth.fields)


def test_characters_are_confused_and_spaces_lost_and_added() -> None:
    truth = annotation(40)
    found = noised(truth, 1, strength=3)
    texts, printed = [word.text for word in found.words], {word.text for word in truth.words}
    changed = [text for text in texts if text not in printed]
    assert 0.05 * len(truth.words) < len(changed) < 0.8 * len(truth.words)
    assert any(a + b in text for a, b in pairwise(LINE) for text in changed)
    assert len(texts) < len(truth.words)
    assert max(habits().confused, key=len) in ("rn", "cl", "vv", "ii")


def test_as_strong_as_measured_most_words_are_read_right() -> None:
    rng = np.random.default_rng(1)
    wrong = sum(misread(text, rng, 1.0) != text for _ in range(200) for text in LINE)
    assert 0.01 < wrong / (200 * len(LINE)) < 0.12


def test_three_times_the_data_is_three_variants_each() -> None:
    truths = [annotation(2), replace(annotation(3), annotation_id="test/other", name="other")]
    found = list(variants(truths, 3, seed=5))
    assert len(found) == 6
    assert len({one.annotation_id for one in found}) == 6
    assert {one.derived_from for one in found} == {"test/page", "test/other"}
    assert {one.preset for one in found} == {"text_noise"}
    assert all(one.document_id is None for one in found)
    assert len({one.text for one in found}) == 6
    assert found == list(variants(truths, 3, seed=5))
    assert found[3:] == list(variants(truths[1:], 3, seed=5))


def test_labels_still_find_the_noised_words() -> None:
    truth = annotation()
    found = noised(truth, 3, strength=3)
    labelled = aligned(truth, found.pages, found.words)
    assert labelled.found >= 0.9 * len(truth.fields)
