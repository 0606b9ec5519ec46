"""Effects of printers, copiers and fax machines: ink that fades or runs, lines, two tones."""

import numpy as np
from numpy.random import Generator

from ledgergraph.corpora.degradation.pixels import Picture, blurred, coarse, painted, plus, smooth


def fade(picture: Picture, rng: Generator, strength: float, mm: float) -> Picture:
    """Ink that lost its black, unevenly: an empty cartridge, a receipt in the sun."""
    height, width = picture.shape[:2]
    lost = np.float32(0.7 * strength) * (1 + np.float32(0.25) * smooth(rng, height, width, 5))
    lost = np.clip(lost, 0, 0.85)[:, :, None]
    paper = np.float32(rng.uniform(244, 255))
    return np.asarray(np.clip(picture + (paper - picture) * lost, 0, 255), np.uint8)


def ink_bleed(picture: Picture, rng: Generator, strength: float, mm: float) -> Picture:
    """Ink that ran into the paper: thicker, softer letters with ragged edges."""
    import cv2

    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
    thick = cv2.erode(picture, kernel, iterations=max(1, round(0.16 * mm * strength)))
    thick = cv2.GaussianBlur(thick, (0, 0), max(0.05 * mm, 0.3))
    height, width = picture.shape[:2]
    share = np.clip(0.55 + 0.35 * coarse(rng, height, width, 0.5 * mm), 0, 1) * strength
    share = share.astype(np.float32)[:, :, None]
    return np.asarray(picture * (1 - share) + thick * share, np.uint8)


def worn_ink(picture: Picture, rng: Generator, strength: float, mm: float) -> Picture:
    """Ink rubbed off in spots and scratches, as on a receipt from a pocket."""
    import cv2

    height, width = picture.shape[:2]
    level = 2.3 - 1.1 * strength
    spots = np.clip(coarse(rng, height, width, 0.4 * mm) - level, 0, 1) * 2
    for _ in range(int(rng.integers(0, 1 + round(14 * strength)))):
        start = rng.uniform(0, 1, 2) * (width, height)
        end = start + rng.normal(0, 12 * mm, 2)
        first, last = tuple(map(round, start)), tuple(map(round, end))
        cv2.line(spots, first, last, float(rng.uniform(0.2, 0.7)), max(1, round(0.15 * mm)))
    cover = np.clip(blurred(spots.astype(np.float32), 0.08 * mm), 0, 1)
    tone = int(rng.integers(238, 253))
    return painted(picture, cover, (tone, tone, tone))


def dead_dots(picture: Picture, rng: Generator, strength: float, mm: float) -> Picture:
    """Dots of a print head that do not print: thin white lines down the page."""
    width = picture.shape[1]
    shown = picture.copy()
    for _ in range(int(rng.integers(1, 2 + round(5 * strength)))):
        at, wide = int(rng.integers(0, width)), max(1, round(0.125 * mm))
        part = shown[:, at : at + wide]
        part[:] = (part + (250.0 - part) * rng.uniform(0.5, 1.0)).astype(np.uint8)
    return shown


def threshold(picture: Picture, rng: Generator, strength: float, mm: float) -> Picture:
    """Two tones alone, as a fax machine sends them; edges are ragged, grey becomes dots."""
    import cv2

    grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.float32)
    height, width = grey.shape
    ragged = coarse(rng, height, width, 1.0) * np.float32(8 + 26 * strength)
    level = np.float32(rng.uniform(135, 175))
    black = np.where(grey + ragged > level, np.uint8(255), np.uint8(0))
    return np.asarray(cv2.merge([black, black, black]), np.uint8)


def fax_bands(picture: Picture, rng: Generator, strength: float, mm: float) -> Picture:
    """Bands of a bad line: rows that were sent lighter or darker, some lost or black."""
    height = picture.shape[0]
    tone = np.zeros(height, np.float32)
    for _ in range(int(rng.integers(1, 3 + round(6 * strength)))):
        at, high = int(rng.integers(0, height)), max(1, round(rng.exponential(3 * mm)))
        tone[at : at + high] += np.float32(rng.normal(0, 45) * strength)
    for _ in range(int(rng.integers(0, 1 + round(4 * strength)))):
        at = int(rng.integers(0, height))
        tone[at : at + max(1, round(0.15 * mm))] = 255.0 if rng.random() < 0.7 else -180.0
    change = np.broadcast_to(tone[:, None], picture.shape[:2])
    return plus(picture, np.ascontiguousarray(change))


def streaks(picture: Picture, rng: Generator, strength: float, mm: float) -> Picture:
    """Lines down the page from dirt on the scanner's glass or on the drum."""
    height, width = picture.shape[:2]
    tone = np.zeros(width, np.float32)
    for _ in range(int(rng.integers(1, 2 + round(4 * strength)))):
        at, wide = int(rng.integers(0, width)), max(1, round(rng.uniform(0.1, 0.4) * mm))
        tone[at : at + wide] -= np.float32(rng.uniform(15, 110) * strength)
    ragged = np.clip(1 + 0.3 * coarse(rng, height, 2, 3 * mm)[:, :1], 0, 2)
    return plus(picture, (tone[None, :] * ragged).astype(np.float32))


def speckle(picture: Picture, rng: Generator, strength: float, mm: float) -> Picture:
    """Toner and dust: small black and white spots."""
    import cv2

    height, width = picture.shape[:2]
    shown = picture.copy()
    area = height * width / mm**2
    for _ in range(int(rng.poisson(area * 0.004 * strength))):
        at = (int(rng.integers(0, width)), int(rng.integers(0, height)))
        tone = float(rng.integers(0, 120) if rng.random() < 0.8 else 255)
        size = round(float(rng.exponential(0.12)) * mm)
        cv2.circle(shown, at, min(size, round(0.5 * mm)), (tone, tone, tone), -1, cv2.LINE_AA)
    return shown
