"""Tesseract reads what is drawn, where its program is; where it is not, that is said."""

import os
import shutil
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from ledgergraph.errors import BadInput, BadSetting
from ledgergraph.extractions.engines import Picture, described, tesseract
from ledgergraph.extractions.engines.tesseract import Tesseract

HERE = pytest.mark.skipif(
    shutil.which("tesseract") is None, reason="the program tesseract is not installed"
)


def a_picture() -> Picture:
    page = Image.new("RGB", (420, 180), "white")
    draw = ImageDraw.Draw(page)
    for number, line in enumerate(("Invoice number 4711", "Total 119.00 EUR")):
        draw.text((30, 30 + 60 * number), line, "black", ImageFont.load_default(28))
    return Picture(page.width, page.height, page.tobytes())


@HERE
def test_words_are_read_line_by_line_with_boxes_on_the_picture():
    sight = Tesseract().recognise(a_picture())
    assert [one.text for one in sight.words] == [
        "Invoice",
        "number",
        "4711",
        "Total",
        "119.00",
        "EUR",
    ]
    assert sight.turned_degrees % 360 == pytest.approx(0, abs=0.5)
    assert 25 < sight.words[0].box.x0 < 40
    assert 25 < sight.words[0].box.y0 < sight.words[0].box.y1 < 75
    assert all(0 < one.confidence < 1 for one in sight.words)


@HERE
def test_a_picture_without_text_has_no_words():
    blank = Image.new("RGB", (300, 300), "white")
    assert Tesseract().recognise(Picture(300, 300, blank.tobytes())).words == ()


@HERE
def test_its_version_names_its_languages():
    engine = Tesseract()
    assert set(engine.languages) <= set(engine.version.split()[2].split("+"))
    assert described("tesseract").startswith("tesseract ")


def test_where_the_program_is_missing_the_setting_and_the_remedy_are_named(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(BadSetting, match=r"LEDGERGRAPH_OCR: .*Install it .*rapidocr"):
        described("tesseract")
    with pytest.raises(BadSetting, match="LEDGERGRAPH_OCR"):
        Tesseract().recognise(a_picture())


def test_a_program_that_comes_to_no_end_is_stopped_by_its_cpu_time(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    endless = tmp_path / "tesseract"
    endless.write_text('#!/bin/sh\n[ "$1" = --list-langs ] && printf "\\neng\\n" && exit\n'
                       "while :; do :; done\n")  # fmt: skip
    endless.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(tesseract, "SECONDS", 1)
    with pytest.raises(BadInput, match="took 1 s for a page") as caught:
        Tesseract().recognise(a_picture())
    assert caught.value.__cause__ is None  # not the clock, which waits ten times as long
