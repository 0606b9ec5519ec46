"""Effects of the sheet and its handling: folds, stains, holes, staples, stamps, the other side."""

import numpy as np
from numpy.random import Generator

from ledgergraph.corpora.degradation.pixels import (
    Field,
    Picture,
    blurred,
    coarse,
    painted,
    signed,
    smooth,
    times,
    tinted,
)

COFFEE = ((143, 99, 55), (120, 84, 44), (160, 122, 80), (96, 70, 60))
STAMPS = (
    "RECEIVED", "PAID", "EINGEGANGEN", "BEZAHLT", "RECU", "PAYE", "RECIBIDO", "PAGADO", "RICEVUTO",
    "PAGATO", "RECEBIDO", "PAGO", "COPY", "KOPIE",
)  # fmt: skip
INKS = ((38, 62, 160), (176, 36, 44), (40, 110, 70), (70, 60, 130))


def fold(picture: Picture, rng: Generator, strength: float, mm: float) -> Picture:
    """A letter folded in two or three, across, and sometimes down too: creases and panels."""
    height, width = picture.shape[:2]
    parts = int(rng.integers(2, 4))
    creases = [(height * one / parts * rng.uniform(0.98, 1.02), False) for one in range(1, parts)]
    if rng.random() < 0.35:
        creases.append((width * rng.uniform(0.48, 0.52), True))
    factor = np.ones((height, width), np.float32)
    worn = np.zeros((height, width), np.float32)
    rows, columns = np.arange(height, dtype=np.float32), np.arange(width, dtype=np.float32)
    for at, is_upright in creases:
        along, across = (rows, columns) if is_upright else (columns, rows)
        slant = np.float32(signed(rng, 0.0, 0.004))
        off = across[None, :] - np.float32(at) - slant * along[:, None]
        off = off if is_upright else np.ascontiguousarray(off.T)
        side = signed(rng, 0.02, 0.09) * strength
        factor += np.float32(side) * np.exp(-np.abs(off) / np.float32(18 * mm)) * np.sign(off)
        crease = np.exp(-((off / np.float32(0.28 * mm)) ** 2))
        factor += np.float32(0.22 * strength * rng.uniform(0.5, 1)) * (
            np.exp(-(((off - np.float32(0.5 * mm)) / np.float32(0.3 * mm)) ** 2)) - crease
        )
        worn = np.maximum(worn, crease)
    shown = times(picture, factor)
    # Ink breaks off where the paper is bent.
    flakes = (coarse(rng, height, width, 0.3 * mm) > 0.6).astype(np.float32)
    return painted(shown, worn * flakes * np.float32(0.7 * strength), (238, 236, 230))


def stain(picture: Picture, rng: Generator, strength: float, mm: float) -> Picture:
    """The ring of a cup, or what was spilled from it."""
    import cv2

    height, width = picture.shape[:2]
    rows = np.arange(height, dtype=np.float32)[:, None]
    columns = np.arange(width, dtype=np.float32)[None, :]
    cover = np.zeros((height, width), np.float32)
    for _ in range(int(rng.integers(1, 3))):
        x, y = rng.uniform(0, width), rng.uniform(0, height)
        bumps = smooth(rng, 64, 64, 5)
        bumps = np.asarray(cv2.resize(bumps, (width, height)), np.float32)
        if rng.random() < 0.5:  # a cup
            radius, wide = rng.uniform(32, 42) * mm, rng.uniform(0.8, 2.2) * mm
            away = np.hypot(columns - x, rows - y) - radius - bumps * 0.4 * mm
            ring = np.exp(-((away / wide) ** 2)) * (0.55 + 0.45 * bumps)
            cover = np.maximum(cover, ring + 0.12 * (away < 0))
        else:  # a spill: darker at its edge
            radius = rng.uniform(6, 26) * mm
            away = np.hypot((columns - x) / rng.uniform(0.8, 1.3), rows - y)
            inside = (radius - away + bumps * 0.35 * radius) / mm
            cover = np.maximum(
                cover, np.clip(inside, 0, 1) * (0.38 + 0.5 * np.exp(-np.abs(inside) / 1.2))
            )
    colour = COFFEE[int(rng.integers(len(COFFEE)))]
    soft = blurred(np.clip(cover, 0, 1).astype(np.float32), 0.2 * mm)
    return tinted(picture, soft * np.float32(0.25 + 0.6 * strength), colour)


def aged(picture: Picture, rng: Generator, strength: float, mm: float) -> Picture:
    """Paper that is not white: yellowed or grey, with fibres."""
    height, width = picture.shape[:2]
    tone = np.array([1.0, rng.uniform(0.95, 0.99), rng.uniform(0.85, 0.97)], np.float32)
    fibres = coarse(rng, height, width, 0.35 * mm) * np.float32(0.010)
    clouds = smooth(rng, height, width, 4) * np.float32(0.03)
    light = 1 + np.float32(strength) * (fibres + clouds - np.float32(0.04))
    return times(picture, light[:, :, None] * (1 - np.float32(strength) * (1 - tone)))


def punch_holes(picture: Picture, rng: Generator, strength: float, mm: float) -> Picture:
    """Two or four holes of a file, 80 mm apart, 12 mm from the left edge."""
    import cv2

    height, width = picture.shape[:2]
    count = 4 if rng.random() < 0.2 else 2
    below = int(rng.integers(15, 240))
    cover = np.zeros((height, width), np.float32)
    x, middle = rng.uniform(9, 13) * mm, height / 2 + signed(rng, 0, 3) * mm
    for one in range(count):
        y = middle + (one - (count - 1) / 2) * 80 * mm
        centre = (round((x + rng.normal(0, 0.3 * mm)) * 16), round(y * 16))
        cv2.circle(cover, centre, round(2.75 * mm * 16), 1.0, -1, cv2.LINE_8, 4)
    shadow = blurred(np.roll(cover, round(0.3 * mm), axis=(0, 1)), 0.35 * mm)
    shown = times(picture, 1 - np.float32(0.25 * strength) * shadow)
    return painted(shown, blurred(cover, 0.5), (below, below, below))


def staple(picture: Picture, rng: Generator, strength: float, mm: float) -> Picture:
    """A staple in an upper corner, or the two holes that it left."""
    import cv2

    height, width = picture.shape[:2]
    turn = np.deg2rad(rng.uniform(15, 75))
    x, y = rng.uniform(7, 14) * mm, rng.uniform(6, 12) * mm
    way = np.array([np.cos(turn), -np.sin(turn)]) * 5.5 * mm
    if rng.random() < 0.2:
        x, way = width - x, way * np.array([1, -1])
    ends = [np.array([x, y]) - way, np.array([x, y]) + way]
    wire, holes = np.zeros((height, width), np.float32), np.zeros((height, width), np.float32)
    first, last = (tuple(int(part * 16) for part in end) for end in ends)
    cv2.line(wire, first, last, 1.0, max(1, round(0.55 * mm)), cv2.LINE_AA, 4)
    for end in (first, last):
        cv2.circle(holes, end, round(0.45 * mm * 16), 1.0, -1, cv2.LINE_AA, 4)
    shown = painted(picture, np.clip(holes, 0, 1) * np.float32(0.8), (60, 58, 56))
    if rng.random() < 0.7:
        shadow = blurred(np.roll(wire, round(0.4 * mm), axis=0), 0.3 * mm)
        shown = times(shown, 1 - np.float32(0.5 * strength) * np.clip(shadow, 0, 1))
        tone = int(rng.integers(130, 190))
        shown = painted(shown, np.clip(wire, 0, 1), (tone, tone, tone + 6))
    return shown


def stamp(picture: Picture, rng: Generator, strength: float, mm: float) -> Picture:
    """A rubber stamp with a word and a day, set by hand, its ink uneven."""
    import cv2

    height, width = picture.shape[:2]
    word = STAMPS[int(rng.integers(len(STAMPS)))]
    day = f"{rng.integers(1, 29):02d}.{rng.integers(1, 13):02d}.20{rng.integers(20, 27)}"
    scale = mm * 0.24
    thick = max(1, round(0.75 * mm))
    high, wide = round(26 * mm), round(90 * mm)
    ink = np.zeros((high, wide), np.uint8)
    spot = 0
    for text, size, base in ((word, scale, 11 * mm), (day, scale * 0.7, 20 * mm)):
        (long, _), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_DUPLEX, size, thick)
        spot = max(spot, long)
        cv2.putText(ink, text, ((wide - long) // 2, round(base)), cv2.FONT_HERSHEY_DUPLEX, size,
                    255, thick, cv2.LINE_AA)  # fmt: skip
    side = round((wide - spot) / 2 - 3 * mm)
    cv2.rectangle(ink, (max(side, 2), round(1.5 * mm)),
                  (min(wide - side, wide - 3), round(23.5 * mm)), 255, thick)  # fmt: skip
    degrees = signed(rng, 1, 14)
    x, y = rng.uniform(0.3, 0.8) * width, rng.uniform(0.1, 0.9) * height
    matrix = cv2.getRotationMatrix2D((wide / 2, high / 2), degrees, min(1.0, 0.6 * width / wide))
    matrix[:, 2] += (x - wide / 2, y - high / 2)
    placed = cv2.warpAffine(ink, matrix, (width, height))
    worn = np.clip(0.75 + 0.35 * coarse(rng, height, width, 0.5 * mm)
                   + 0.25 * smooth(rng, height, width, 12), 0, 1)  # fmt: skip
    cover: Field = np.asarray(placed, np.float32) / np.float32(255) * worn.astype(np.float32)
    return tinted(picture, cover * np.float32(0.35 + 0.5 * strength),
                  INKS[int(rng.integers(len(INKS)))])  # fmt: skip


def bleed_through(picture: Picture, rng: Generator, strength: float, mm: float) -> Picture:
    """The print of the other side shines through: mirrored, moved, soft."""
    import cv2

    other = cv2.cvtColor(np.ascontiguousarray(picture[:, ::-1]), cv2.COLOR_RGB2GRAY)
    shift = (signed(rng, 2, 10) * mm, signed(rng, 2, 12) * mm)
    matrix = np.array([[1, 0, shift[0]], [0, 1, shift[1]]], np.float32)
    height, width = picture.shape[:2]
    other = cv2.warpAffine(other, matrix, (width, height), borderValue=255.0)
    ink = 1 - np.asarray(other, np.float32) / np.float32(255)
    return times(picture, 1 - blurred(ink, 0.2 * mm) * np.float32(0.28 * strength))
