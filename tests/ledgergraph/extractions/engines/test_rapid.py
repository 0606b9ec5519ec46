"""The engine reads what is drawn, puts its boxes on it, and says the same every time."""

from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from ledgergraph.errors import BadSetting
from ledgergraph.evidence import Box, Page, Word
from ledgergraph.extractions.engines import Found, Picture, Sight, described, engine_named
from ledgergraph.extractions.engines.lines import LineReader
from ledgergraph.extractions.engines.pool import FEW, key_of, recogniser
from ledgergraph.extractions.engines.rapid import _side
from ledgergraph.extractions.turning import turned, upright

LINES = ("CORNER BAKERY LTD", "Invoice number 4711", "Total 119.00 EUR")


def picture_of(lines: Sequence[str], width: int = 420) -> Picture:
    """Black lines of print on white, 30 px high."""
    page = Image.new("RGB", (width, 50 * len(lines) + 30), "white")
    draw = ImageDraw.Draw(page)
    for number, line in enumerate(lines):
        draw.text((30, 25 + 50 * number), line, "black", ImageFont.load_default(28))
    return Picture(page.width, page.height, page.tobytes())


@pytest.fixture(scope="module")
def found() -> list[Found]:
    return list(engine_named("rapidocr").recognise(picture_of(LINES)).words)


def test_the_words_of_a_page_are_read_line_by_line(found: list[Found]):
    assert [one.text for one in found] == [word for line in LINES for word in line.split()]


def test_boxes_lie_on_the_ink_of_their_words(found: list[Found]):
    picture = picture_of(LINES)
    page = Image.frombytes("RGB", (picture.width, picture.height), picture.rgb).convert("L")
    font = ImageFont.load_default(28)
    draw = ImageDraw.Draw(page)
    for number, line in enumerate(LINES):
        for word in line.split():
            at = 30 + draw.textlength(line[: line.index(word)], font)
            drawn = Box(at, 25 + 50 * number, at + draw.textlength(word, font), 65 + 50 * number)
            seen = found.pop(0).box
            assert abs(seen.x0 - drawn.x0) < 12, word
            assert abs(seen.x1 - drawn.x1) < 12, word
            assert drawn.y0 - 8 < seen.y0 < seen.y1 < drawn.y1 + 8, word
    assert found == []


def test_confidence_is_high_for_clean_print_and_a_probability():
    for one in engine_named("rapidocr").recognise(picture_of(LINES[:1])).words:
        assert 0.9 < one.confidence < 1.0


@pytest.mark.parametrize("size", [(8, 8), (8, 2000), (2000, 8), (300, 300)])
def test_a_picture_without_text_has_no_words(size: tuple[int, int]):
    blank = Image.new("RGB", size, "white")
    assert engine_named("rapidocr").recognise(Picture(*size, blank.tobytes())) == Sight()


def test_many_pictures_are_shared_among_processes_and_never_read_twice():
    engine = engine_named("rapidocr")
    pictures = [picture_of([f"Receipt {number}"], 300) for number in range(FEW + 2)]
    kept: dict[str, bytes] = {}
    with recogniser(engine, 2, kept.get, kept.__setitem__) as opened:
        shared = list(opened.sights(pictures))
    assert [" ".join(one.text for one in sight.words) for sight in shared] == [
        f"Receipt {number}" for number in range(FEW + 2)
    ]
    assert shared[0] == engine.recognise(pictures[0])  # as this process reads it
    assert set(kept) == {key_of(picture, engine.version) for picture in pictures}

    def keep(key: str, words: bytes) -> None:
        raise AssertionError("it was recognised again")

    with recogniser(engine, 2, kept.get, keep) as opened:
        assert list(opened.sights(pictures)) == shared


def test_a_key_names_the_picture_and_all_that_its_words_depend_on():
    engine = engine_named("rapidocr")
    one = picture_of(LINES)
    wide = Picture(one.height, one.width, one.rgb)
    assert (
        len({key_of(picture, engine.version) for picture in (one, wide, picture_of(LINES[:2]))})
        == 3
    )
    assert "960" in engine.version


def test_a_long_receipt_is_read_in_parts_that_lose_and_repeat_nothing():
    lines = [f"Item {number} 1.00" for number in range(26)]
    picture = picture_of(lines, 300)
    found = engine_named("rapidocr").recognise(picture).words
    assert "".join(one.text for one in found) == "".join(lines).replace(" ", "")
    tops = [one.box.y0 for one in found if one.text == "Item"]
    assert tops == sorted(tops)
    assert max(one.box.y1 for one in found) <= picture.height


def turned_picture(picture: Picture, degrees: float) -> Picture:
    """A picture whose print is turned clockwise."""
    page = Image.frombytes("RGB", (picture.width, picture.height), picture.rgb)
    page = page.rotate(-degrees, Image.Resampling.BICUBIC, expand=True, fillcolor="white")
    return Picture(page.width, page.height, page.tobytes())


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_page_that_lies_on_its_side_or_head_is_read_and_boxes_stay_on_the_ink(degrees: int):
    picture = picture_of([*LINES, "Thank you for your visit"], 520)
    upright = engine_named("rapidocr").recognise(picture)
    sight = engine_named("rapidocr").recognise(turned_picture(picture, degrees))
    assert sight.turned_degrees == pytest.approx(degrees, abs=0.3)
    assert [one.text for one in sight.words] == [one.text for one in upright.words]
    for before, after in zip(upright.words, sight.words, strict=True):
        there = turned(before.box, degrees // 90, picture.width, picture.height)
        edges = zip(astuple(there), astuple(after.box), strict=True)
        assert max(abs(one - other) for one, other in edges) <= 3, before.text


@pytest.mark.parametrize("degrees", [-5, -2, 2, 5])
def test_how_far_a_page_is_askew_is_told_and_boxes_stay_on_the_ink(degrees: int):
    lines = ["Corner bakery and sons, limited", "Invoice number 4711, due at once"]
    straight = picture_of(lines, 560)
    picture = turned_picture(straight, degrees)
    sight = engine_named("rapidocr").recognise(picture)
    assert (sight.turned_degrees + 180) % 360 - 180 == pytest.approx(degrees, abs=0.5)
    assert "4711" in " ".join(one.text for one in sight.words)
    page = Page("d", 0, picture.width, picture.height, "px", turned_degrees=sight.turned_degrees)
    words = [Word("d", 0, one.text, one.box) for one in sight.words]
    _, level = upright(page, words)
    right, down = ((picture.width - straight.width) / 2, (picture.height - straight.height) / 2)
    straightly = engine_named("rapidocr").recognise(straight).words
    places = {one.text: one.box for one in straightly}
    for word in level:
        if word.text in places:
            box = places[word.text]
            assert abs(word.box.middle_y - down - box.middle_y) <= 3, word.text
            assert abs(word.box.x0 - right - box.x0) <= 8, word.text


def test_small_letters_are_looked_at_larger_and_large_ones_are_not():
    assert [_side(2000, letter) for letter in (None, 30, 15, 12, 5)] == [960, 960, 1067, 1333, 1408]


def test_a_model_of_ones_own_reads_lines_and_its_file_is_in_the_version(tmp_path: Path):
    own = tmp_path / "own.onnx"
    own.write_bytes(LineReader().file.read_bytes())
    engine = engine_named(f"rapidocr:{own}")
    usual = engine_named("rapidocr")
    assert (engine.name, engine.setting) == ("rapidocr", f"rapidocr:{own}")
    assert engine.recognise(picture_of(LINES)) == usual.recognise(picture_of(LINES))
    assert engine.version != usual.version
    assert "own" in described(f"rapidocr:{own}")


@pytest.mark.parametrize("content", [None, b"", b"no model at all"])
def test_a_model_that_is_none_is_named_with_the_setting(tmp_path: Path, content: bytes | None):
    own = tmp_path / "own.onnx"
    if content is not None:
        own.write_bytes(content)
    with pytest.raises(BadSetting, match=r"LEDGERGRAPH_OCR: .*own\.onnx.*PP-OCR model"):
        engine_named(f"rapidocr:{own}").recognise(picture_of(LINES))
