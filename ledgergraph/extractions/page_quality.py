"""How well a page can be seen: sharpness, contrast, noise and the size of its letters.

Belongs here: what is measured on the pixels of a page, whatever engine reads it. Not
here: how sure an engine is of its words (`Page.quality`), and how far print is turned.

Ink is what is darker than the paper around it, so that shadows on a photograph are none.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from ledgergraph.extractions.engines import Picture

REVISION = 1
"""Rises when the same picture is measured in another way."""
COARSE = 8
"""The paper is looked at in squares of so many pixels."""
AROUND = 15
"""So many squares are the surroundings of one: letters are darker than their median."""
FAINT = 12
"""Shades of 255 by which ink differs from paper at least."""
LETTERS = (5, 120)
"""Pixels between which the height of a letter lies."""


@dataclass(frozen=True, slots=True)
class Looks:
    """What is measured on a picture; all null where it has no ink.

    `sharpness`: steepest step at the edges of ink by its darkness, 1 from one pixel to the
    next. `contrast`: how much darker than the paper ink is, 1 is black on white. `noise`:
    how far the paper scatters about itself, specks included, in shares of full black.
    `letter_height`: median height of what is as large as a letter, in pixels.
    """

    sharpness: float | None = None
    contrast: float | None = None
    noise: float | None = None
    letter_height: float | None = None


def looks_of(picture: "Picture") -> Looks:
    """What a picture looks like; the same for the same pixels."""
    import cv2

    rgb = np.frombuffer(picture.rgb, np.uint8).reshape(picture.height, picture.width, 3)
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    darker = _darker(grey)
    limit, ink = cv2.threshold(darker, 0, 1, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    if limit < FAINT:
        _, ink = cv2.threshold(darker, FAINT, 1, cv2.THRESH_BINARY)
    if not ink.any():
        return Looks()
    letters, height = _letters(ink)
    near = cv2.dilate(letters, np.ones((7, 7), np.uint8))
    edges = cv2.morphologyEx(ink, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    depth = float(np.percentile(darker[ink > 0], 75))
    steps = cv2.morphologyEx(grey, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))[edges]
    paper = grey[near == 0].astype(np.float32)
    smooth = cv2.medianBlur(grey, 5)[near == 0]
    return Looks(
        sharpness=round(min(float(np.median(steps)) / max(depth, 1.0), 1.0), 3),
        contrast=round(depth / 255, 3),
        noise=round(float(np.sqrt(np.mean((paper - smooth) ** 2))) / 255, 4) if len(paper) else 0.0,
        letter_height=height,
    )


def _darker(grey: Any) -> Any:
    """How much darker than the paper around it each point is."""
    import cv2

    height, width = grey.shape
    size = (max(width // COARSE, 1), max(height // COARSE, 1))
    # Of each square the lightest counts: a square of a bold headline has some paper too.
    light = cv2.dilate(grey, np.ones((COARSE, COARSE), np.uint8))
    paper = cv2.medianBlur(cv2.resize(light, size, interpolation=cv2.INTER_NEAREST), AROUND)
    return cv2.subtract(cv2.resize(paper, (width, height)), grey)


def _letters(ink: Any) -> tuple[Any, float | None]:
    """Where ink is that is no speck, and the median height of what is as large as a letter."""
    import cv2

    _, labels, found, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    heights, widths = found[:, cv2.CC_STAT_HEIGHT], found[:, cv2.CC_STAT_WIDTH]
    low, high = LETTERS
    is_large = np.maximum(heights, widths) >= low
    is_large[0] = False
    like = is_large & (heights >= low) & (heights <= high) & (widths <= 2 * heights)
    height = float(np.median(heights[like])) if like.any() else None
    return is_large.astype(np.uint8)[labels], height
