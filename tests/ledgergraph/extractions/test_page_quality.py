"""What is measured on a page follows what was done to it."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from ledgergraph.extractions.engines import Picture
from ledgergraph.extractions.page_quality import Looks, looks_of


def a_page(size: int = 24, ink: str = "black") -> Image.Image:
    page = Image.new("RGB", (700, 500), "white")
    draw = ImageDraw.Draw(page)
    for line in range(8):
        at = (30, 20 + 58 * line)
        draw.text(at, "Invoice number 4711 of today", ink, ImageFont.load_default(size))
    return page


def looks(page: Image.Image) -> Looks:
    return looks_of(Picture(page.width, page.height, page.tobytes()))


def test_blur_takes_sharpness():
    found = [
        looks(a_page().filter(ImageFilter.GaussianBlur(radius))).sharpness or 0
        for radius in (0, 1, 2, 4)
    ]
    assert found[0] > 0.9
    assert found == sorted(found, reverse=True)
    assert found[-1] < 0.4


def test_pale_ink_has_less_contrast():
    found = [looks(a_page(ink=ink)).contrast or 0 for ink in ("#000", "#777", "#ccc")]
    assert found == pytest.approx([1.0, 0.53, 0.2], abs=0.03)


def test_shadows_are_no_ink():
    pixels = np.asarray(a_page(), float) * np.linspace(0.5, 1, 700)[None, :, None]
    shadowed = looks(Image.fromarray(pixels.astype(np.uint8)))
    assert shadowed.letter_height == looks(a_page()).letter_height
    assert (shadowed.noise or 0) < 0.02


def test_scatter_and_specks_are_noise():
    pixels = np.asarray(a_page(), float)
    rng = np.random.default_rng(1)
    grain = Image.fromarray(
        (pixels + rng.normal(0, 12, pixels.shape)).clip(0, 255).astype(np.uint8)
    )
    specks = pixels.copy()
    specks[rng.random(pixels.shape[:2]) < 0.01] = 0
    assert (looks(a_page()).noise or 0) < 0.01
    assert 0.01 < (looks(grain).noise or 0) < 0.06
    assert (looks(Image.fromarray(specks.astype(np.uint8))).noise or 0) > 0.05


def test_letters_are_as_high_as_they_are_printed():
    heights = [looks(a_page(size)).letter_height or 0 for size in (16, 32)]
    assert heights[1] == pytest.approx(2 * heights[0], rel=0.15)


@pytest.mark.parametrize("size", [(8, 8), (40, 2000), (300, 300)])
def test_a_page_without_ink_looks_like_nothing(size: tuple[int, int]):
    assert looks(Image.new("RGB", size, "white")) == Looks()
