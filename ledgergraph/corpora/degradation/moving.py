"""Effects that move what is on the page: turned, crumpled, bent, photographed on a desk.

Each gives the picture and the move of its points, so that boxes follow.
"""

from typing import Any

import numpy as np
from numpy.random import Generator

from ledgergraph.corpora.degradation.pixels import (
    Field,
    Move,
    Picture,
    Points,
    blurred,
    coarse,
    drawn,
    signed,
    smooth,
    times,
)

DESKS = (
    (196, 164, 126), (121, 85, 58), (92, 92, 96), (222, 218, 210), (58, 62, 70), (170, 176, 180),
)  # fmt: skip
"""Colours of desks: woods, stone, cloth."""
TRIES = 6
"""Rounds in which the place of a point in a warped picture is found, to below .1 pixel."""


def rotate(picture: Picture, rng: Generator, strength: float, mm: float) -> tuple[Picture, Move]:
    """A sheet that lies askew in the scanner, by up to 4 degrees."""
    import cv2

    height, width = picture.shape[:2]
    degrees = signed(rng, 0.3, 1.0) * 4 * strength
    matrix = np.vstack([cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0), [0, 0, 1]])
    lid = int(rng.integers(236, 256))
    return _projected(picture, matrix, (width, height), (lid, lid, lid))


def perspective(
    picture: Picture, rng: Generator, strength: float, mm: float
) -> tuple[Picture, Move]:
    """A camera held at an angle, its picture cut to the sheet: corners are up to 5 % off."""
    import cv2

    height, width = picture.shape[:2]
    corners = _corners(width, height)
    off = rng.uniform(-0.3, 1.0, (4, 2)) * 0.05 * strength * np.array([width, height])
    inwards = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]])
    target = (corners + off * inwards).astype(np.float32)
    matrix = cv2.getPerspectiveTransform(corners, target)
    return _projected(picture, matrix, (width, height), None)


def desk(picture: Picture, rng: Generator, strength: float, mm: float) -> tuple[Picture, Move]:
    """The sheet on a desk, photographed from above at an angle; it casts a shadow."""
    import cv2

    height, width = picture.shape[:2]
    edge = 0.03 + 0.09 * strength * rng.uniform(0.4, 1.0, 4)
    left, top, right, bottom = edge * np.array([width, height, width, height])
    wide, high = round(width + left + right), round(height + top + bottom)
    turn = np.deg2rad(signed(rng, 0.1, 1.0) * 5 * strength)
    middle = np.array([left + width / 2, top + height / 2])
    corners = _corners(width, height)
    spin = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    # Within the desk: what is turned or far away becomes smaller.
    reach = 1 / (abs(np.cos(turn)) + abs(np.sin(turn)) * max(width / height, height / width))
    target = (corners - np.array([width / 2, height / 2])) @ spin.T * reach + middle
    away = 1 - rng.uniform(0.0, 0.06, (4, 1)) * strength
    target = ((target - middle) * away + middle).astype(np.float32)
    matrix = cv2.getPerspectiveTransform(corners, target)
    shown, move = _projected(picture, matrix, (wide, high), (0, 0, 0))
    sheet = blurred(drawn(high, wide, np.asarray(target, np.float64)), 0.6)
    wood = _wood(rng, high, wide, mm)
    cast = drawn(high, wide, target + np.array([signed(rng, 0.5, 2.0), rng.uniform(0.5, 3.0)]) * mm)
    wood = times(wood, 1 - blurred(cast, 1.6 * mm) * np.float32(rng.uniform(0.3, 0.6)))
    mask = sheet[:, :, None]
    return np.asarray(shown * mask + wood * (1 - mask), np.uint8), move


def border(picture: Picture, rng: Generator, strength: float, mm: float) -> tuple[Picture, Move]:
    """A sheet smaller than the glass of the scanner: dark edges on one or two sides."""
    import cv2

    sides = rng.permutation(4)[: int(rng.integers(1, 3))]
    thick = np.zeros(4, int)
    thick[sides] = np.maximum(1, np.round(rng.uniform(1.0, 6.0, len(sides)) * strength * mm))
    left, top, right, bottom = (int(one) for one in thick)
    dark = int(rng.integers(10, 110))
    shown = cv2.copyMakeBorder(picture, top, bottom, left, right, cv2.BORDER_CONSTANT,
                               value=(dark, dark, dark))  # fmt: skip
    return np.asarray(shown, np.uint8), _moved_by(left, top)


def crumple(picture: Picture, rng: Generator, strength: float, mm: float) -> tuple[Picture, Move]:
    """Paper that was crushed and smoothed out: it is uneven, and light falls on it so."""

    height, width = picture.shape[:2]
    across, down = _facets(rng, height, width)
    reach = np.float32(0.7 * strength * mm)
    shown, move = _warped(picture, blurred(across, 5 * mm) * reach, blurred(down, 5 * mm) * reach)
    light = np.deg2rad(rng.uniform(0, 360))
    slope = across * np.float32(np.cos(light)) + down * np.float32(np.sin(light))
    shade = blurred(slope, 0.35 * mm) + np.float32(0.6) * (slope - blurred(slope, 2.5 * mm))
    shade += np.float32(0.3) * smooth(rng, height, width, 6)
    return times(shown, 1 + np.float32(strength) * (np.float32(0.11) * shade - 0.03)), move


def _facets(rng: Generator, height: int, width: int) -> tuple[Field, Field]:
    """Slopes of a sheet that breaks along lines, not quite straight ones, fading at their ends."""
    import cv2

    less = 3
    high, wide = height // less + 1, width // less + 1
    size = float(max(high, wide))
    bend = 0.02 * size
    x = np.arange(wide, dtype=np.float32)[None, :] + bend * smooth(rng, high, wide, 7)
    y = np.arange(high, dtype=np.float32)[:, None] + bend * smooth(rng, high, wide, 7)
    across, down = np.zeros((high, wide), np.float32), np.zeros((high, wide), np.float32)
    for _ in range(int(rng.integers(16, 30))):
        turn = rng.uniform(0, np.pi)
        right, below = np.float32(np.cos(turn)), np.float32(np.sin(turn))
        off_x = x - np.float32(rng.uniform(0, wide))
        off_y = y - np.float32(rng.uniform(0, high))
        off, along = off_x * right + off_y * below, off_y * right - off_x * below
        wide_of, long_of = rng.uniform(0.05, 0.3) * size, rng.uniform(0.15, 0.6) * size
        weight = np.exp(-np.abs(off) / np.float32(wide_of) - (along / np.float32(long_of)) ** 2)
        side = np.sign(off) * weight * np.float32(signed(rng, 0.3, 1.0))
        across += side * right
        down += side * below
    return (
        np.asarray(cv2.resize(across, (width, height)), np.float32),
        np.asarray(cv2.resize(down, (width, height)), np.float32),
    )


def curl(picture: Picture, rng: Generator, strength: float, mm: float) -> tuple[Picture, Move]:
    """A sheet that does not lie flat: lines bend, and the raised side is darker."""
    height, width = picture.shape[:2]
    across = np.linspace(-1, 1, width, dtype=np.float32)
    if rng.random() < 0.5:
        across = across[::-1]
    bend = np.clip(across, 0, None) ** 2
    reach = np.float32(signed(rng, 0.4, 1.0) * 3.5 * strength * mm)
    down = np.broadcast_to(bend * reach, (height, width)).astype(np.float32)
    shown, move = _warped(picture, np.zeros_like(down), down)
    shade = 1 - np.float32(0.25 * strength) * np.clip(across, 0, None) ** 3
    return times(shown, np.ascontiguousarray(np.broadcast_to(shade, (height, width)))), move


def _corners(width: int, height: int) -> Any:
    return np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)


def _moved_by(right: float, down: float) -> Move:
    def move(points: Points) -> Points:
        moved: Points = points + np.array([right, down])
        return moved

    return move


def _projected(
    picture: Picture, matrix: Any, size: tuple[int, int], fill: tuple[int, int, int] | None
) -> tuple[Picture, Move]:
    """The picture and its points by a matrix of edges, not of middles of pixels."""
    import cv2

    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    shown = cv2.warpPerspective(
        picture, np.linalg.inv(half) @ matrix @ half, size, flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE if fill is None else cv2.BORDER_CONSTANT,
        borderValue=fill or (0, 0, 0),
    )  # fmt: skip

    def move(points: Points) -> Points:
        moved = np.column_stack([points, np.ones(len(points))]) @ np.asarray(matrix).T
        found: Points = moved[:, :2] / moved[:, 2:]
        return found

    return np.asarray(shown, np.uint8), move


def _warped(picture: Picture, across: Field, down: Field) -> tuple[Picture, Move]:
    """Each pixel takes what is so far right of and below it; points go the other way."""
    import cv2

    height, width = across.shape
    x = np.arange(width, dtype=np.float32)[None, :] + across
    y = np.arange(height, dtype=np.float32)[:, None] + down
    shown = cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)

    def move(points: Points) -> Points:
        moved = points.copy()
        for _ in range(TRIES):
            column = np.clip(np.round(moved[:, 0] - 0.5), 0, width - 1).astype(int)
            row = np.clip(np.round(moved[:, 1] - 0.5), 0, height - 1).astype(int)
            moved = points - np.column_stack([across[row, column], down[row, column]])
        return moved

    return np.asarray(shown, np.uint8), move


def _wood(rng: Generator, height: int, width: int, mm: float) -> Picture:
    """A desk: one colour with a grain along it."""
    colour = np.array(DESKS[int(rng.integers(len(DESKS)))], np.float32)
    colour = np.clip(colour * rng.uniform(0.85, 1.1), 0, 250)
    grain = coarse(rng, height, max(2, width // 40), 0.8 * mm)
    import cv2

    long = cv2.resize(grain, (width, height), interpolation=cv2.INTER_LINEAR)
    plain = np.broadcast_to(colour, (height, width, 3)).astype(np.uint8)
    light = 1 + np.float32(0.05) * long + np.float32(0.12) * smooth(rng, height, width, 3)
    return times(plain, light.astype(np.float32))
