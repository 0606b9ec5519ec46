"""What documents look like: half text, half layout, and nothing of the documents beside."""

import numpy as np
import pytest

from ledgergraph.extractions.schemas import PAGES, WORDS
from ledgergraph.graph.embeddings import embeddings_of
from ledgergraph.graph.schemas import DIMENSIONS


def encode(text):
    """A vector that is the same for the same words."""
    vector = np.zeros(384)
    for word in text.split():
        vector[sum(word.encode()) % 384] += 1
    return vector / max(np.linalg.norm(vector), 1)


def paper(document_id, words, *, pages=1, scale=1.0):
    """Pages and words, (page, text, x, y) each, on pages of 600 by 800."""
    page_rows = [
        {"document_id": document_id, "page": at, "width": 600.0 * scale, "height": 800.0 * scale}
        for at in range(pages)
    ]
    word_rows = [
        {
            "document_id": document_id, "page": page, "word": at, "text": text,
            "x0": x * scale, "y0": y * scale, "x1": (x + 60) * scale, "y1": (y + 10) * scale,
        }
        for at, (page, text, x, y) in enumerate(words)
    ]  # fmt: skip
    return page_rows, word_rows


def vectors(*papers):
    pages = PAGES.conform(PAGES.rows(row for rows, _ in papers for row in rows))
    words = WORDS.conform(WORDS.rows(row for _, rows in papers for row in rows))
    found = embeddings_of(pages, words, encode)
    return {
        row["document_id"]: np.array(row["vector"], float)
        / np.linalg.norm(np.array(row["vector"], float))
        for row in found.to_pylist()
    }


LETTER = [
    (0, "Muster", 50, 40),
    (0, "GmbH", 120, 40),
    (0, "Total", 400, 700),
    (0, "9,00", 500, 700),
]
OTHER = [(0, "Kiosk", 200, 300), (0, "Tee", 200, 320), (0, "2.50", 300, 320)]


def test_a_vector_is_of_its_document_alone():
    alone = vectors(paper("b", LETTER))["b"]
    among = vectors(paper("a", OTHER), paper("b", LETTER), paper("c", OTHER))
    assert len(alone) == DIMENSIONS
    assert (among["b"] == alone).all()
    assert (among["a"] == among["c"]).all()


def test_the_unit_of_a_page_does_not_matter():
    found = vectors(paper("points", LETTER), paper("pixels", LETTER, scale=2.5))
    assert found["points"] @ found["pixels"] == pytest.approx(1, abs=0.001)


def test_other_words_in_the_same_places_are_half_as_like():
    said = [(page, text[::-1] + "q", x, y) for page, text, x, y in LETTER]
    found = vectors(paper("one", LETTER), paper("same form", said), paper("other", OTHER))
    assert 0.4 < found["one"] @ found["same form"] < 0.7
    assert found["one"] @ found["other"] < 0.3


def test_a_blank_first_page_is_passed_over_and_a_document_without_words_has_no_vector():
    second = [(1, text, x, y) for _, text, x, y in LETTER]
    found = vectors(paper("cover", second, pages=2), paper("blank", []), paper("plain", LETTER))
    assert found.keys() == {"cover", "plain"}
    assert found["cover"] @ found["plain"] > 0.95


def test_each_of_many_documents_of_several_pages_has_the_vector_of_its_first():
    both = [*LETTER, *((1, text, x, y) for _, text, x, y in OTHER)]
    papers = [paper(f"{number:03}", both, pages=2) for number in range(200)]
    pages = PAGES.conform(PAGES.rows(row for rows, _ in papers for row in rows))
    words = WORDS.conform(WORDS.rows(row for _, rows in papers for row in rows))
    found = embeddings_of(pages, words, encode)
    assert found["document_id"].to_pylist() == [f"{number:03}" for number in range(200)]
    assert len({tuple(row) for row in found["vector"].to_pylist()}) == 1
