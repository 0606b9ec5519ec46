"""Effects of light, cameras and files: shadows, blur, noise, few dots, JPEG."""

import numpy as np
from numpy.random import Generator

from ledgergraph.corpora.degradation.pixels import (
    Picture,
    blurred,
    drawn,
    plus,
    signed,
    smooth,
    times,
)


def shadow(picture: Picture, rng: Generator, strength: float, mm: float) -> Picture:
    """The shadow of a hand, a phone or the edge of something, soft."""
    height, width = picture.shape[:2]
    x, y = rng.uniform(0.1, 0.9) * width, rng.uniform(0.1, 0.9) * height
    turn, far = rng.uniform(0, 2 * np.pi), 2.0 * (width + height)
    open_by = np.pi * rng.uniform(0.35, 0.95)
    turns = (turn - open_by / 2, turn + open_by / 2)
    ends = [[x + far * np.cos(one), y + far * np.sin(one)] for one in turns]
    field = drawn(height, width, np.clip(np.array([[x, y], *ends]), -20_000, 20_000))
    soft = blurred(field, rng.uniform(2, 12) * mm)
    cool = np.array([1.0, 0.97, 0.92], np.float32)
    dark = (soft * np.float32(0.15 + 0.4 * strength))[:, :, None] * cool
    return times(picture, (1 - dark).astype(np.float32))


def uneven_light(picture: Picture, rng: Generator, strength: float, mm: float) -> Picture:
    """A lamp on one side: the page is lighter there, and darker towards the corners."""
    height, width = picture.shape[:2]
    turn = rng.uniform(0, 2 * np.pi)
    rows = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    columns = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    slope = columns * np.float32(np.cos(turn)) + rows * np.float32(np.sin(turn))
    corners = np.float32(0.12) * (columns**2 + rows**2)
    light = np.float32(0.16) * slope - corners + np.float32(0.06) * smooth(rng, height, width, 3)
    return times(picture, 1 + np.float32(strength) * (light - np.float32(0.08)))


def glare(picture: Picture, rng: Generator, strength: float, mm: float) -> Picture:
    """A lamp that the paper mirrors: a spot in which ink pales."""
    height, width = picture.shape[:2]
    rows = np.arange(height, dtype=np.float32)[:, None] - np.float32(rng.uniform(0, height))
    columns = np.arange(width, dtype=np.float32)[None, :] - np.float32(rng.uniform(0, width))
    wide, high = rng.uniform(20, 60, 2) * mm
    spot = np.exp(-((columns / np.float32(wide)) ** 2) - (rows / np.float32(high)) ** 2)
    return plus(picture, spot * np.float32(110 * strength))


def defocus(picture: Picture, rng: Generator, strength: float, mm: float) -> Picture:
    """Out of focus, by up to a quarter of a millimetre."""
    import cv2

    return np.asarray(cv2.GaussianBlur(picture, (0, 0), max(0.25 * mm * strength, 0.2)), np.uint8)


def motion_blur(picture: Picture, rng: Generator, strength: float, mm: float) -> Picture:
    """A hand that moved, by up to a millimetre in any direction."""
    import cv2

    reach = max(0.5 * mm * strength, 0.3)
    turn = rng.uniform(0, np.pi)
    size = 2 * int(np.ceil(reach)) + 3
    kernel = np.zeros((size, size), np.float32)
    middle = (size - 1) / 2
    ends = [
        (round((middle + way * reach * np.cos(turn)) * 256),
         round((middle + way * reach * np.sin(turn)) * 256))
        for way in (-1, 1)
    ]  # fmt: skip
    cv2.line(kernel, ends[0], ends[1], 1.0, 1, cv2.LINE_AA, 8)
    kernel = (kernel + kernel[::-1, ::-1]) / (2 * kernel.sum())
    return np.asarray(cv2.filter2D(picture, -1, kernel), np.uint8)


def noise(picture: Picture, rng: Generator, strength: float, mm: float) -> Picture:
    """Grain of a sensor in little light, in grey and a little in colour."""
    height, width = picture.shape[:2]
    grain = rng.standard_normal((height, width), dtype=np.float32) * np.float32(20 * strength)
    if rng.random() < 0.5:
        return plus(picture, grain)
    small = rng.standard_normal((height // 2 + 1, width // 2 + 1, 3), dtype=np.float32)
    colour = small.repeat(2, axis=0).repeat(2, axis=1)[:height, :width]
    return plus(picture, grain[:, :, None] + colour * np.float32(8 * strength))


def colour_cast(picture: Picture, rng: Generator, strength: float, mm: float) -> Picture:
    """The colour of the light: warm lamps, cold windows."""
    warm = signed(rng, 0.3, 1.0) * 0.14 * strength
    tones = np.array([1 + warm * 0.5, 1.0, 1 - warm], np.float32) * np.float32(1 - 0.06 * strength)
    table = np.clip(np.arange(256)[:, None] * tones, 0, 255).astype(np.uint8)
    import cv2

    return np.asarray(cv2.LUT(picture, table[None, :, :]), np.uint8)


def grey(picture: Picture, rng: Generator, strength: float, mm: float) -> Picture:
    """Without colours."""
    import cv2

    plain = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.merge([plain, plain, plain]), np.uint8)


def exposure(picture: Picture, rng: Generator, strength: float, mm: float) -> Picture:
    """Too light or too dark, with less contrast."""
    gamma = float(np.exp(signed(rng, 0.2, 1.0) * 0.45 * strength))
    low, high = 45 * strength * rng.uniform(0, 1), 255 - 40 * strength * rng.uniform(0, 1)
    table = low + (high - low) * (np.arange(256) / 255) ** gamma
    import cv2

    return np.asarray(cv2.LUT(picture, table.astype(np.uint8)), np.uint8)


def few_dots(picture: Picture, rng: Generator, strength: float, mm: float) -> Picture:
    """Taken with fewer dots, down to 40 %, and made as large again."""
    return _resampled(picture, 1 - 0.6 * strength, 1 - 0.6 * strength)


def fax_lines(picture: Picture, rng: Generator, strength: float, mm: float) -> Picture:
    """The dots of a fax: 204 to the inch across, 98 to 196 down."""
    across, down = 8.03 / mm, (7.7 - 3.84 * strength) / mm
    return _resampled(picture, min(across, 1.0), min(down, 1.0))


def jpeg(picture: Picture, rng: Generator, strength: float, mm: float) -> Picture:
    """Stored as JPEG by whoever sent it, of a quality from 90 down to 20."""
    import cv2

    way = [cv2.IMWRITE_JPEG_QUALITY, round(90 - 70 * strength)]
    _, data = cv2.imencode(".jpg", picture[:, :, ::-1], way)
    stored = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    return np.ascontiguousarray(stored[:, :, ::-1])


def _resampled(picture: Picture, across: float, down: float) -> Picture:
    import cv2

    height, width = picture.shape[:2]
    size = (max(1, round(width * across)), max(1, round(height * down)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)
