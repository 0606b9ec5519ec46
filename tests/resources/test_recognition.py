"""The engine of the settings, with its words kept in the store."""

import os
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from ledgergraph.documents.isolation import Apart
from ledgergraph.extractions.engines import Found, Picture, Recogniser
from resources.recognition import OcrResource, cores
from resources.store import Store


def test_words_are_kept_in_the_store_and_recalled_from_there(tmp_path: Path) -> None:
    page = Image.new("RGB", (220, 60), "white")
    ImageDraw.Draw(page).text((20, 10), "Total 12.30", "black", ImageFont.load_default(28))
    picture = Picture(page.width, page.height, page.tobytes())
    store = Store(str(tmp_path / "store"))
    with OcrResource().open(store) as recogniser:
        assert recogniser is not None
        assert recogniser.name == "rapidocr"
        (first,) = recogniser.sights([picture])
        assert [word.text for word in first.words] == ["Total", "12.30"]
        (kept,) = store.names("ocr/")
        store.put(kept, store.read(kept).replace(b"12.30", b"45.60"))
        (again,) = recogniser.sights([picture])
    assert [word.text for word in again.words] == ["Total", "45.60"]


def words_of(recogniser: Recogniser, picture: Picture) -> list[Found]:
    """The words of one picture, wherever this is called."""
    return [word for sight in recogniser.sights([picture]) for word in sight.words]


def test_words_that_were_kept_are_known_in_another_process_and_no_others(tmp_path: Path) -> None:
    page = Image.new("RGB", (220, 60), "white")
    ImageDraw.Draw(page).text((20, 10), "Total 12.30", "black", ImageFont.load_default(28))
    seen, unseen = (
        Picture(one.width, one.height, one.tobytes()) for one in (page, page.crop((0, 0, 200, 60)))
    )
    store = Store(str(tmp_path / "store"))
    memory = OcrResource().memory(store)
    assert memory is not None
    with OcrResource().open(store) as engine:
        assert engine is not None
        kept = words_of(engine, seen)
    with Apart() as apart:
        assert apart(words_of, memory, seen) == kept != []
        assert apart(words_of, memory, unseen) == []


def test_an_engine_that_is_off_reads_nothing_and_says_so_in_the_settings(tmp_path: Path) -> None:
    off = OcrResource(engine="off")
    store = Store(str(tmp_path / "store"))
    with off.open(store) as recogniser:
        assert (recogniser, off.memory(store)) == (None, None)
    assert (off.version(), OcrResource().version() != "off") == ("off", True)


def test_no_more_cores_are_used_than_are_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert 1 <= cores() <= len(os.sched_getaffinity(0))
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "1")
    assert cores() == 1
