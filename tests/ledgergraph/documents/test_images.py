"""Limits of images are those of a file, and what is deep is made shallow without copies."""

import io
import time
import tracemalloc

import numpy as np
import pytest
from PIL import Image

from ledgergraph.documents.images import count_pages, frames_of
from ledgergraph.documents.limits import Limits, variable
from ledgergraph.errors import BadInput


def saved(*pages: Image.Image, format: str = "TIFF") -> bytes:
    sink = io.BytesIO()
    more = {"save_all": True, "append_images": pages[1:]} if format == "TIFF" else {}
    pages[0].save(sink, format, **more)
    return sink.getvalue()


PAGES = saved(*[Image.new("1", (100, 100))] * 4)


@pytest.mark.parametrize(
    ("setting", "enough", "little", "reason"),
    [
        ("max_all_pixels", 40_000, 39_999, "too_many_pixels"),
        ("max_seconds", 60, 0, "too_slow"),
    ],
)
def test_limits_hold_for_all_pages_of_a_file_together(setting, enough, little, reason):
    assert count_pages(PAGES, "tiff", Limits(**{setting: enough})) == 4
    with pytest.raises(BadInput, match=variable(setting)) as caught:
        count_pages(PAGES, "tiff", Limits(**{setting: little}))
    assert caught.value.reason == reason


def test_what_is_done_with_a_page_takes_no_time_of_the_file():
    pages = 0
    for _ in frames_of(PAGES, "tiff", Limits(max_seconds=0.2)):
        pages += 1
        until = time.thread_time() + 0.1
        while time.thread_time() < until:
            pass
    assert pages == 4


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
def test_of_sixteen_bits_the_upper_eight_are_shown(format):
    values = np.arange(65_536, dtype=np.uint16).reshape(256, 256)
    data = saved(Image.fromarray(values), format=format)
    (page,) = frames_of(data, format.lower(), Limits())
    assert np.array_equal(np.asarray(page)[..., 0], values >> 8)


def test_a_page_of_fractions_is_cut_to_what_can_be_shown():
    values = np.tile(np.float32([-1, 0.5, 300, np.nan, np.inf, 65_535, 65_280, 512]), (8, 1))
    (page,) = frames_of(
        saved(Image.fromarray(values[:, [0, 1, 1, 3, 0, 0, 0, 0]])), "tiff", Limits()
    )
    assert set(np.asarray(page).ravel().tolist()) == {0}
    values[:, 3] = 0
    (page,) = frames_of(saved(Image.fromarray(values)), "tiff", Limits())
    assert np.asarray(page)[0, :, 0].tolist() == [0, 0, 1, 0, 255, 255, 255, 2]


def test_sixteen_bits_take_few_copies_of_a_page():
    side = 2000
    data = saved(Image.fromarray(np.full((side, side), 40_000, np.uint16)), format="PNG")
    tracemalloc.start()
    try:
        assert count_pages(data, "png", Limits()) == 1
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8 * side**2  # bytes: one copy in floating point has as many
