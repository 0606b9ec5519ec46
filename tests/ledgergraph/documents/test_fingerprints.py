"""Laws of MinHash."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ledgergraph.documents import fingerprints


def hashed(texts: list[list[int]]) -> tuple[fingerprints.Hashes, fingerprints.Places]:
    words = np.asarray([word for text in texts for word in text], np.uint64)
    return fingerprints.mixed(words), np.cumsum([0, *map(len, texts)])


texts = st.lists(st.lists(st.integers(0, 30), max_size=12), max_size=12)


@given(texts)
def test_a_text_has_the_same_signature_whatever_stands_beside_it(drawn: list[list[int]]) -> None:
    together = fingerprints.signatures(*hashed(drawn))
    for row, text in zip(together, drawn, strict=True):
        assert np.array_equal(row, fingerprints.signatures(*hashed([text]))[0])


def test_signatures_agree_in_the_share_that_texts_have_in_common() -> None:
    drawn = np.random.default_rng(1)
    missed = []
    for kept in (0.3, 0.6, 0.9):
        for _ in range(20):
            one = list(drawn.integers(0, 2**40, 300))
            other = one[: int(300 * kept)] + list(drawn.integers(0, 2**40, 300 - int(300 * kept)))
            found, starts = fingerprints.shingles(*hashed([one, other]))
            first, second = set(found[: starts[1]]), set(found[starts[1] :])
            truth = len(first & second) / len(first | second)
            signed = fingerprints.signatures(*hashed([one, other]))
            missed.append(float(np.mean(signed[0] == signed[1])) - truth)
    assert abs(float(np.mean(missed))) < 0.02
    assert float(np.std(missed)) < 0.08


@given(texts, st.randoms())
def test_groups_do_not_depend_on_the_order_of_texts(drawn: list[list[int]], chance) -> None:
    names = [f"f{at % 7}" for at in range(len(drawn))]
    assert found(names, drawn) == found(*shuffled(names, drawn, chance))


def shuffled(names, drawn, chance):
    order = chance.sample(range(len(drawn)), len(drawn))
    return [names[at] for at in order], [drawn[at] for at in order]


def found(names: list[str], drawn: list[list[int]], least: float = 0.8) -> dict[str, str]:
    signed = fingerprints.signatures(*hashed(drawn))
    return fingerprints.groups(names, signed, fingerprints.bands(signed), least)


@given(texts)
def test_texts_that_stay_are_not_alike_in_any_band_that_they_share(
    drawn: list[list[int]],
) -> None:
    names = [f"f{at % 7}" for at in range(len(drawn))]
    dropped = found(names, drawn)
    assert all(first < one and first not in dropped for one, first in dropped.items())
    signed = fingerprints.signatures(*hashed(drawn))
    bands = fingerprints.bands(signed)
    stay = [at for at, name in enumerate(names) if name not in dropped]
    for one in stay:
        for other in stay:
            if names[one] < names[other] and np.any(bands[one] == bands[other]):
                assert np.mean(signed[one] == signed[other]) < 0.8


def test_forms_of_one_text_are_no_duplicates_of_one_another() -> None:
    text = list(range(50))
    assert found(["a", "a", "b"], [text, text, text]) == {"b": "a"}
