"""What is tried again, in which way, and that nothing better is lost by it."""

from collections.abc import Iterable, Iterator
from concurrent.futures import BrokenExecutor
from dataclasses import replace

import numpy as np
import pytest

from ledgergraph.evidence import Box, Page, Reading, Word
from ledgergraph.extractions.engines import Found, Picture, Recogniser, Sight
from ledgergraph.extractions.page_quality import Looks
from ledgergraph.extractions.readers.page import Alternative, PageReading
from ledgergraph.extractions.retries import balanced, despite_text, is_unknown, persistent
from ledgergraph.extractions.transcripts import Transcript

LOOKS = Looks(sharpness=0.5, contrast=0.9, noise=0.01, letter_height=10.0)


def a_picture(width: int = 100, height: int = 60) -> Picture:
    pixels = np.random.default_rng(width).integers(0, 255, (height, width, 3), np.uint8)
    return Picture(width, height, pixels.tobytes())


def a_sight(confidence: float, text: str = "Invoice", share: float = 1.0) -> Sight:
    box = Box(10 * share, 10 * share, 50 * share, 20 * share)
    return Sight((Found(text, box, confidence),), 0.0, LOOKS)


def engine(see) -> Recogniser:
    def sights(pictures: Iterable[Picture]) -> Iterator[Sight]:
        for one in pictures:
            yield see(one)

    return Recogniser("rapidocr", sights)


def by_width(picture: Picture) -> Sight:
    """Sure of pictures that are large enough."""
    return a_sight(0.97 if picture.width >= 200 else 0.6, share=picture.width / 100)


def test_a_page_of_small_letters_is_looked_at_larger_and_boxes_stay_on_it():
    (sight,) = persistent(engine(by_width)).sights([a_picture()])
    assert sight.recovery == "looked at larger"
    assert (sight.words[0].confidence, sight.words[0].box) == (0.97, Box(10, 10, 50, 20))


def test_a_page_that_is_read_well_is_looked_at_once():
    asked = []
    sure = engine(lambda one: (asked.append(one), a_sight(0.97))[1])
    (sight,) = persistent(sure).sights([a_picture()])
    assert (len(asked), sight.recovery) == (1, None)


@pytest.mark.parametrize(("letter_height", "recovery"), [(6.0, "looked at larger"), (9.0, None)])
def test_tiny_letters_are_looked_at_larger_though_the_engine_is_fairly_sure(
    letter_height, recovery
):
    def see(picture):
        seen = a_sight(0.95, "Invoice number" if picture.width >= 200 else "Invoice")
        return replace(seen, looks=replace(LOOKS, letter_height=letter_height))

    (sight,) = persistent(engine(see)).sights([a_picture()])
    assert sight.recovery == recovery


def test_a_worse_second_look_never_replaces_a_better_one():
    first = a_picture()
    see = engine(lambda one: a_sight(0.7) if one == first else a_sight(0.7, "Inv"))
    (sight,) = persistent(see).sights([first])
    assert (sight.words[0].text, sight.recovery) == ("Invoice", None)


def test_the_number_of_second_looks_is_bounded():
    asked = []
    doubtful = engine(lambda one: (asked.append(one), a_sight(0.6))[1])
    assert len(list(persistent(doubtful).sights([a_picture()]))) == 1
    assert len(asked) <= 4


def test_another_engine_is_asked_where_the_first_is_unsure():
    other = replace(engine(lambda _: a_sight(0.95)), name="tesseract")
    (sight,) = persistent(engine(lambda _: a_sight(0.6)), [other]).sights([a_picture()])
    assert sight.recovery == "read by tesseract"


def a_long_sight(text: str) -> Sight:
    words = text.split()
    boxes = (Box(10, 2 * at, 40, 2 * at + 1) for at in range(len(words)))
    return Sight(tuple(map(Found, words, boxes, [0.97] * len(words))), 0.0, LOOKS)


def test_a_model_of_another_script_that_is_sure_of_itself_gives_way_to_another_engine():
    signs = engine(
        lambda _: a_long_sight("0@-22 | () 11 - 48747958 9 0 & 94 20095 |. +49 .-22 ! ! 8")
    )
    latin = replace(engine(lambda _: a_long_sight(PRINTED)), name="rapidocr")
    (sight,) = persistent(signs, [latin]).sights([a_picture()])
    assert ([one.text for one in sight.words], sight.recovery) == (
        PRINTED.split(), "read by rapidocr",
    )  # fmt: skip
    (sight,) = persistent(signs, [signs]).sights([a_picture()])
    assert sight.recovery is None


@pytest.mark.parametrize("error", [RuntimeError, ValueError, BrokenExecutor])
def test_an_engine_that_fails_on_one_page_loses_none(error):
    bad, failed = a_picture(101), []

    def see(one: Picture) -> Sight:
        if one == bad and not failed:
            failed.append(one)
            raise error("no")
        return a_sight(0.97, str(one.width))

    pictures = [a_picture(100), bad, a_picture(102), a_picture(103)]
    found = list(persistent(engine(see)).sights(pictures))
    assert [one.words[0].text for one in found] == ["100", "101", "102", "103"]
    assert (found[0].recovery, found[1].recovery) == (None, "looked at again alone")


def test_a_page_too_large_for_memory_is_looked_at_smaller():
    def see(one: Picture) -> Sight:
        if one.width > 60:
            raise MemoryError
        return a_sight(0.9, share=one.width / 100)

    (sight,) = persistent(engine(see)).sights([a_picture()])
    assert sight.recovery == "looked at half as large"
    assert sight.words[0].box == Box(10, 10, 50, 20)


def test_a_page_on_which_every_way_fails_has_no_words():
    def see(_: Picture) -> Sight:
        raise RuntimeError

    lost = Sight(fault="failed")
    assert list(persistent(engine(see)).sights([a_picture(), a_picture()])) == [lost, lost]


def test_what_fails_in_the_source_of_pictures_is_not_the_engines():
    def pictures() -> Iterator[Picture]:
        yield a_picture()
        raise OSError("the store is away")

    with pytest.raises(OSError, match="the store is away"):
        list(persistent(engine(lambda _: a_sight(0.97))).sights(pictures()))


def words_of(text: str) -> list[Word]:
    return [Word("d", 0, one, Box(10, 10 * at, 40, 10 * at + 8))
            for at, one in enumerate(text.split())]  # fmt: skip


PRINTED = (
    "Invoice number R-1 date due total amount net tax gross order delivery note customer seller "
    "payment terms"
)
GARBLED = PRINTED.translate({code: code + 1 for code in range(97, 122)})


def test_text_of_known_words_is_taken_at_its_word():
    assert not is_unknown(words_of(PRINTED))
    assert not is_unknown(words_of("Zxq"))
    assert is_unknown(words_of(GARBLED))


def test_a_pdf_whose_letters_mean_others_is_recognised():
    from broken_files import a_pdf

    text = Transcript([Page("d", 0, 595, 842)], words_of(GARBLED))
    seen = Sight(tuple(Found(one, Box(10, 10 * at, 40, 10 * at + 8), 0.9)
                       for at, one in enumerate(PRINTED.split())))  # fmt: skip
    read = despite_text(text, a_pdf, engine(lambda _: seen))
    assert [word.text for word in read.words] == PRINTED.split()
    assert read.pages[0].recovery == "recognised despite its text"
    nothing = despite_text(text, a_pdf, engine(lambda _: Sight()))
    assert nothing is text


def a_reading(field: str, value: str, confidence: float) -> Reading:
    return Reading("d", 0, "page", None, field, value, value, confidence, "text", reader="rules")


def a_page(net: float) -> PageReading:
    return PageReading(
        [a_reading("totals.net", "10", net), a_reading("totals.tax", "19", 0.9),
         a_reading("totals.gross", "119", 0.95)],
        [Alternative(a_reading("totals.net", "90", 0.3), 1),
         Alternative(a_reading("totals.net", "100", 0.2), 2)],
    )  # fmt: skip


def test_the_candidate_that_makes_the_sum_hold_is_taken():
    page = balanced(a_page(0.5))
    net = page.readings[0]
    assert (net.value, net.confidence, net.reader) == ("100", 0.5, "rules arithmetic")
    assert [one.reading.value for one in page.candidates] == ["90", "10"]


def test_what_was_read_with_confidence_gives_way_to_no_sum():
    page = a_page(0.9)
    assert balanced(page) is page
