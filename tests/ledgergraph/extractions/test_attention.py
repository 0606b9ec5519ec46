"""What was seen badly is looked at again, unless what decides can be read all the same."""

from collections.abc import Iterable, Iterator

import pytest

from ledgergraph.corpora.synthetic import Order, made_documents
from ledgergraph.documents.limits import Limits
from ledgergraph.evidence import Box
from ledgergraph.extractions.attention import attention
from ledgergraph.extractions.engines import Found, Picture, Recogniser, Sight
from ledgergraph.extractions.page_quality import Looks
from ledgergraph.extractions.retries import persistent
from ledgergraph.extractions.routing import Routes
from ledgergraph.extractions.transcripts import transcribe
from ledgergraph.extractions.vendor_memory import NOTHING, History, VendorMemory

PICTURE = Picture(60, 80, bytes(60 * 80 * 3))


class Engine:
    """Sees the same words each time, the surer the larger the picture is; counts its looks."""

    def __init__(self, sure: float) -> None:
        self.sure, self.looks = sure, 0

    def __call__(self, pictures: Iterable[Picture]) -> Iterator[Sight]:
        for picture in pictures:
            self.looks += 1
            sure = min(0.99, self.sure * picture.width / PICTURE.width)
            found = Found("Invoice", Box(5, 5, 40, 15), sure)
            yield Sight((found,), looks=Looks(letter_height=10.0))


@pytest.mark.parametrize(("sure", "is_enough", "looks"), [(0.5, True, 1), (0.5, False, 2),
                                                           (0.9, False, 1)])  # fmt: skip
def test_a_poor_look_is_not_the_last_unless_it_is_enough(
    sure: float, is_enough: bool, looks: int
) -> None:
    engine = Engine(sure)
    again = persistent(Recogniser("it", engine), enough=lambda picture, sight: is_enough)
    [sight] = again.sights([PICTURE])
    assert engine.looks == looks
    assert (sight.recovery is None) == (looks == 1)


@pytest.fixture(scope="module")
def seen() -> tuple[Picture, Sight]:
    """A made invoice as an engine sees it."""
    made = made_documents(Order(8, [5], families=("classic",), languages=("en",)))
    one = next(one for one in made if len(one.annotation.pages) == 1)
    found = transcribe("it", one.data, Limits())
    [page] = found.pages
    words = tuple(Found(word.text, word.box, 0.99) for word in found.words)
    return (
        Picture(round(page.width), round(page.height), b""),
        Sight(words, looks=Looks(letter_height=10.0)),
    )


class Clean(VendorMemory):
    """Nothing ever had to be corrected."""

    def past(self, vendors: Iterable[str], layout: str) -> History:
        return History(10, 0)


def test_it_is_enough_where_what_decides_is_sure_and_its_vendor_was_read_right_before(
    seen: tuple[Picture, Sight],
) -> None:
    known = Clean({}, {("any", "any"): History(10, 0)})
    picture, sight = seen
    half = Sight(sight.words[: len(sight.words) // 2], looks=sight.looks)
    daring = Routes(fast_risk=1.0)
    assert attention(None, known, daring)(picture, sight)
    assert not attention(None, known, daring)(picture, half)
    assert not attention(None, known, daring)(picture, Sight())
    assert not attention(None, known, Routes(fast_risk=1e-6))(picture, sight)
    assert not attention(None, NOTHING, daring)(picture, sight)
