"""What effects are made of: pictures, moves of points, smooth fields, and shading by a factor.

Not here: effects themselves, which are plain functions of a picture, a generator of random
numbers, a strength from 0 to 1, and the pixels of a millimetre.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

Picture = np.ndarray[Any, np.dtype[np.uint8]]
"""A page in pixels: height, width, three channels (red, green, blue)."""
Field = np.ndarray[Any, np.dtype[np.float32]]
"""One number for each pixel."""
Points = np.ndarray[Any, np.dtype[np.float64]]
"""Rows of x and y, in pixels from the top left corner."""
Move = Callable[[Points], Points]
"""Where points of the picture before are in the picture after."""
Look = Callable[[Picture, Generator, float, float], Picture]
"""An effect that leaves all where it is."""
Shift = Callable[[Picture, Generator, float, float], tuple[Picture, Move]]
"""An effect that moves what is on the page."""


def smooth(rng: Generator, height: int, width: int, cells: int, least: float = -1.0) -> Field:
    """Random numbers from `least` to 1, of about `cells` hills along the longer side."""
    import cv2

    longest = max(height, width)
    rows, columns = max(2, round(cells * height / longest)), max(2, round(cells * width / longest))
    grid = rng.uniform(least, 1.0, (rows + 1, columns + 1)).astype(np.float32)
    return np.clip(_float(cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)),
                   least, 1.0)  # fmt: skip


def coarse(rng: Generator, height: int, width: int, step: float) -> Field:
    """Normal numbers that are alike within about `step` pixels."""
    import cv2

    step = max(step, 1.0)
    rows, columns = max(2, round(height / step)), max(2, round(width / step))
    grid = rng.standard_normal((rows, columns), dtype=np.float32)
    return _float(cv2.resize(grid, (width, height), interpolation=cv2.INTER_LINEAR))


def times(picture: Picture, factor: Field) -> Picture:
    """The picture, darker or lighter by a factor for each pixel (one channel, or three)."""
    import cv2

    if factor.ndim == 2:
        factor = _float(cv2.merge([factor, factor, factor]))
    return _bytes(cv2.multiply(picture, factor, dtype=cv2.CV_8U))


def tinted(picture: Picture, cover: Field, colour: tuple[int, int, int]) -> Picture:
    """The picture under a transparent colour: `cover` is 0 where it is not, 1 where it is full."""
    import cv2

    parts = [1.0 - cover * np.float32(1 - part / 255) for part in colour]
    return times(picture, _float(cv2.merge(parts)))


def painted(picture: Picture, cover: Field, colour: tuple[int, int, int]) -> Picture:
    """The picture below an opaque colour."""
    mask = cover[:, :, None]
    return _bytes((picture * (1 - mask) + np.array(colour, np.float32) * mask).astype(np.uint8))


def plus(picture: Picture, change: Field) -> Picture:
    """The picture with a number added to all channels of each pixel."""
    import cv2

    if change.ndim == 2:
        change = _float(cv2.merge([change, change, change]))
    return _bytes(cv2.add(picture, change, dtype=cv2.CV_8U))


def blurred(field: Field, sigma: float) -> Field:
    """A field without details below `sigma` pixels; large ones are made on a smaller one."""
    import cv2

    height, width = field.shape[:2]
    less = max(1.0, sigma / 4)
    if less > 1.5:
        small = cv2.resize(field, (max(2, round(width / less)), max(2, round(height / less))),
                           interpolation=cv2.INTER_AREA)  # fmt: skip
        small = cv2.GaussianBlur(small, (0, 0), max(sigma / less, 0.5))
        return _float(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR))
    return _float(cv2.GaussianBlur(field, (0, 0), max(sigma, 0.1)))


def drawn(height: int, width: int, polygon: Points) -> Field:
    """1 inside a polygon, 0 outside."""
    import cv2

    field = np.zeros((height, width), np.float32)
    cv2.fillPoly(field, [np.round(polygon).astype(np.int32)], 1.0)
    return field


def signed(rng: Generator, least: float, most: float) -> float:
    """A number between two, either way."""
    return float(rng.uniform(least, most) * rng.choice((-1, 1)))


def _float(values: Any) -> Field:
    field: Field = np.asarray(values, np.float32)
    return field


def _bytes(values: Any) -> Picture:
    picture: Picture = np.asarray(values, np.uint8)
    return picture
