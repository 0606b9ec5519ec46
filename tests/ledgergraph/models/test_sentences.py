"""The encoder of texts: its word pieces are those of BERT, its vectors those of one text."""

import random

import numpy as np
import pytest

from ledgergraph.models.sentences import DIMENSIONS, PIECES, encoder, pieces_of, vocabulary

TEXTS = (
    "Rechnung Nr. 4711-Müller GmbH & Co. KG, 10.000,00 € Straße",
    "株式会社 東京 請求書 12,000円",
    "a\u0000b\ufffdc\u200bd\u00ade",
    "$5 + 3 = ^`|~ №5 ﬁ ½ ②",
    "नमस्ते 🙂 total",
    "x" * 120,
    "",
)


def test_pieces_are_those_of_the_reference():
    tokenizers = pytest.importorskip("tokenizers")
    known = vocabulary()
    reference = tokenizers.Tokenizer(tokenizers.models.WordPiece(known, unk_token="[UNK]"))
    reference.normalizer = tokenizers.normalizers.BertNormalizer()
    reference.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
    rng = random.Random(7)
    letters = [chr(code) for code in (*range(32, 127), *range(160, 0x250), *range(0x4E00, 0x4E40))]
    texts = [*TEXTS, *("".join(rng.choices(letters, k=40)) for _ in range(300))]
    for text in texts:
        wanted = reference.encode(text).ids[: PIECES - 2]
        assert pieces_of(text, known)[1:-1] == wanted, text


def test_a_text_has_one_vector_whatever_was_encoded_before():
    first = encoder().encode(TEXTS[0])
    encoder().encode(TEXTS[1])
    assert first.shape == (DIMENSIONS,)
    assert np.linalg.norm(first) == pytest.approx(1)
    assert (encoder().encode(TEXTS[0]) == first).all()


def test_texts_of_one_meaning_are_nearer_than_others():
    bill, same, other = (
        encoder().encode(text)
        for text in (
            "Invoice for office chairs, total due 500",
            "Bill for desk chairs, amount due 500",
            "Fuel receipt, diesel, pump 3",
        )
    )
    assert bill @ same > bill @ other + 0.2


def test_pieces_are_cut_at_the_most():
    assert len(pieces_of("total " * 500, vocabulary())) == PIECES
