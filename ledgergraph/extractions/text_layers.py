"""Scans with a text layer: did whoever recognised the picture before do it well enough?

Belongs here: telling that the text of a page is hidden behind or above a picture of it,
and whether it reads as words and lies where the picture has ink; and words on other pages
that nobody sees (white, without ink, under a bar). Not here: recognising
such a page anew (recognition), and text that the page itself shows (transcripts).
"""

import ctypes
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from stdnum import iban

from ledgergraph.evidence import Box

if TYPE_CHECKING:
    import numpy as np

SHOWN, HIDDEN, GARBLED, MISPLACED = "shown", "hidden", "garbled", "misplaced"
PARTLY, SECRET = "partly_shown", "secret_values"
"""What a page's text is: its own; of a scan, and good; of a scan, and no words or not in place;
its own with words that nobody sees, which are left out; the same, and an amount or account is
among them."""
COVERS = 0.7
"""Pictures over so much of a page are pictures of the page."""
SLACK, HIDES = 2.0, 0.7
"""A bar hides text that reaches out of it by so little (pt), and is so much lower at most."""
SEEN_AT_MOST = 0.2
"""Share of a scan's texts that may be its own: stamps, names of programs."""
MOST_OBJECTS = 20_000
UNSEEN = (pdfium_c.FPDF_TEXTRENDERMODE_INVISIBLE, pdfium_c.FPDF_TEXTRENDERMODE_CLIP)

AMOUNT = re.compile(r"(?<![\d.,])\d{1,3}(?:[.,' ]?\d{3})*[.,]\d{2}(?![\d.,]\d|\d)")
ACCOUNT = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b")

MIN_SENSE = 0.6
"""Share of letters in words that can be some, below which a layer is garbled."""
NUMBER = re.compile(r"[^\w\s]{0,2}\d[\d.,:/'\u2019\-]*[%\u20ac$\u00a3]?[^\w\s]{0,2}")
CODE = re.compile(r"[^\w\s]{0,2}[A-Z0-9][A-Z0-9./\-_]{2,}[^\w\s]{0,2}")
WORD = re.compile(r"[^\w\s]{0,2}(?:[^\W\d_]+['\u2019\-/.&]?)+[^\w\s]{0,2}")
VOWELS = frozenset("aeiouyäöüáéíóúàèìòùâêîôûãõåæøœı")
CASES = re.compile(r"[a-zß-ÿ][A-ZÀ-Þ]")
CONSONANTS = re.compile(r"[^\W\d_aeiouyäöüáéíóúàèìòùâêîôûãõåæøœ]{6,}", re.IGNORECASE)

DPI, FINE_DPI = 60, 90
INK = 60
"""A point so much darker (of 255) than the paper is ink."""
LEAST_INK = 0.03
"""A word has ink on so much of its box."""
MIN_INKED = 0.7
"""Share of words with ink below which a layer is misplaced."""
FAINT = 12
"""Shades (of 255) that no eye tells apart."""
BETTER, BETTER_NEAR = 1.08, 1.35
"""A layer is misplaced where its words would catch so many times the ink if it were moved; by
less than a line's height it takes more, as engines draw their boxes wider or narrower."""
DOWN = tuple(half / 2 for half in range(-8, 9))
RIGHT = (-8, -4, -2, 0, 2, 4, 8)
"""Moves that are tried, in heights of a line."""


Rectangle = tuple[float, float, float, float]
"""Left, bottom, right, top in the page's own space."""


class Drawn(NamedTuple):
    """How the text of a page is drawn: as that of a scan, or with some that may not be seen.

    `covered` are texts that a bar was drawn over, with where they stand.
    """

    is_of_a_scan: bool
    is_doubtful: bool
    covered: Sequence[tuple[str, Rectangle]] = ()


def drawn(page: pdfium.PdfPage, text: pdfium.PdfTextPage) -> Drawn:
    """How the text of a page is drawn.

    It is of a scan where nearly all of it is drawn invisibly, or before pictures that
    cover the page, as one or in strips. Text without ink or in white is doubtful.
    """
    left, bottom, right, top = bounds = page.get_bbox()
    whole = max((right - left) * (top - bottom), 1.0)
    texts = seen = 0
    pictured = 0.0
    is_covered = is_doubtful = False
    own: list[tuple[int, pdfium_c.FPDF_PAGEOBJECT]] = []
    bars: list[tuple[int, Rectangle]] = []
    for order, (kind, one, is_of_form) in enumerate(_objects(page)):
        if kind == pdfium_c.FPDF_PAGEOBJ_IMAGE:
            pictured += _area(one, bounds)
            if pictured >= COVERS * whole:
                is_covered, seen = True, 0  # what was drawn before lies under it
        elif kind == pdfium_c.FPDF_PAGEOBJ_TEXT:
            texts += 1
            if not is_of_form:  # what a form holds has a space of its own
                own.append((order, one))
            is_unseen = pdfium_c.FPDFTextObj_GetTextRenderMode(one) in UNSEEN
            seen += not is_unseen
            is_doubtful = is_doubtful or is_unseen or _is_white(one)
        elif kind == pdfium_c.FPDF_PAGEOBJ_PATH and own and not is_of_form and _is_bar(one):
            bars.append((order, _bounds(one)))
    is_scan = is_covered and texts > 0 and seen <= SEEN_AT_MOST * texts
    covered = [] if is_scan or not bars else list(_covered(own, bars, text))
    return Drawn(is_scan, is_doubtful and not is_scan, covered)


def _is_bar(one: "pdfium_c.FPDF_PAGEOBJECT") -> bool:
    """Whether a path is a filled rectangle that lets nothing through."""
    if not 4 <= pdfium_c.FPDFPath_CountSegments(one) <= 6:
        return False
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    if not pdfium_c.FPDFPath_GetDrawMode(one, ctypes.byref(fill), ctypes.byref(stroke)):
        return False
    colour = _colour(one)
    is_opaque = colour is not None and colour[3] > 255 - FAINT
    return bool(fill.value) and is_opaque and not pdfium_c.FPDFPageObj_HasTransparency(one)


def _covered(
    texts: "Sequence[tuple[int, pdfium_c.FPDF_PAGEOBJECT]]",
    bars: Sequence[tuple[int, Rectangle]],
    text: pdfium.PdfTextPage,
) -> Iterator[tuple[str, Rectangle]]:
    """The texts that lie under a bar that was drawn after them."""
    import numpy as np

    orders = np.array([order for order, _ in texts])
    places = np.array([_bounds(one) for _, one in texts])
    middle_x, middle_y = places[:, [0, 2]].mean(1), places[:, [1, 3]].mean(1)
    high = places[:, 3] - places[:, 1]
    hidden = np.zeros(len(texts), dtype=bool)
    for order, (left, bottom, right, top) in bars:
        inside = (places[:, 0] >= left - SLACK) & (places[:, 2] <= right + SLACK)
        inside &= (middle_y > bottom) & (middle_y < top) & (middle_x > left)
        hidden |= (orders < order) & inside & (top - bottom >= HIDES * high)
    for at in np.flatnonzero(hidden).tolist():
        one = texts[at][1]
        size = pdfium_c.FPDFTextObj_GetText(one, text.raw, None, 0)
        buffer = ctypes.create_string_buffer(size * 2)
        pdfium_c.FPDFTextObj_GetText(
            one, text.raw, ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)), size
        )
        said = buffer.raw[: size * 2].decode("utf-16-le", "ignore").rstrip("\0")
        yield said, _bounds(one)


def under_bars(
    covered: Sequence[tuple[str, Box]], words: Sequence[str], boxes: Sequence[Box]
) -> frozenset[int]:
    """Which words of a page are those of covered texts, each counted once."""
    found: set[int] = set()
    for said, place in covered:
        left = Counter(said.split())
        for number, (word, box) in enumerate(zip(words, boxes, strict=True)):
            x, y = (box.x0 + box.x1) / 2, box.middle_y
            is_there = place.x0 - 1 <= x <= place.x1 + 1 and place.y0 - 1 <= y <= place.y1 + 1
            if left[word] and is_there and number not in found:
                left[word] -= 1
                found.add(number)
    return frozenset(found)


def _is_white(one: "pdfium_c.FPDF_PAGEOBJECT") -> bool:
    colour = _colour(one)
    return colour is not None and (colour[3] < FAINT or min(colour[:3]) > 255 - FAINT)


def _colour(one: "pdfium_c.FPDF_PAGEOBJECT") -> tuple[int, int, int, int] | None:
    """Red, green, blue and opacity of what fills an object, each up to 255."""
    colour = [ctypes.c_uint() for _ in range(4)]
    if not pdfium_c.FPDFPageObj_GetFillColor(one, *map(ctypes.byref, colour)):
        return None
    red, green, blue, opacity = (part.value for part in colour)
    return red, green, blue, opacity


def unseen(page: pdfium.PdfPage, words: Sequence[str], boxes: Sequence[Box]) -> frozenset[int]:
    """Which words of a page nobody sees: where they stand, it is of one shade."""
    import numpy as np

    scale = FINE_DPI / 72
    picture = page.render(scale=scale, grayscale=True, may_draw_forms=False).to_numpy()
    shades = picture.reshape(picture.shape[0], picture.shape[1])
    found = set()
    for number, (word, box) in enumerate(zip(words, boxes, strict=True)):
        if not any(one.isalnum() for one in word):
            continue
        left, top = int(box.x0 * scale), int(box.y0 * scale)
        right, bottom = int(np.ceil(box.x1 * scale)), int(np.ceil(box.y1 * scale))
        place = shades[top:bottom, left:right]
        if place.size and int(place.max()) - int(place.min()) < FAINT:
            found.add(number)
    return frozenset(found)


def has_values(words: Sequence[str]) -> bool:
    """Whether an amount of money or an account stands among some words."""
    text = " ".join(words)
    return AMOUNT.search(text) is not None or any(
        iban.is_valid(found[0], check_country=False) for found in ACCOUNT.finditer(text)
    )


def _objects(
    page: pdfium.PdfPage,
) -> Iterator[tuple[int, "pdfium_c.FPDF_PAGEOBJECT", bool]]:
    """The objects of a page in the order in which they are drawn, and whether a form holds them."""
    raw = page.raw
    for index in range(min(pdfium_c.FPDFPage_CountObjects(raw), MOST_OBJECTS)):
        one = pdfium_c.FPDFPage_GetObject(raw, index)
        kind = pdfium_c.FPDFPageObj_GetType(one)
        if kind != pdfium_c.FPDF_PAGEOBJ_FORM:
            yield kind, one, False
            continue
        for inner in range(min(pdfium_c.FPDFFormObj_CountObjects(one), MOST_OBJECTS)):
            within = pdfium_c.FPDFFormObj_GetObject(one, inner)
            yield pdfium_c.FPDFPageObj_GetType(within), within, True


def _area(one: "pdfium_c.FPDF_PAGEOBJECT", bounds: tuple[float, ...]) -> float:
    left, bottom, right, top = _bounds(one)
    wide = min(right, bounds[2]) - max(left, bounds[0])
    high = min(top, bounds[3]) - max(bottom, bounds[1])
    return max(wide, 0.0) * max(high, 0.0)


def _bounds(one: "pdfium_c.FPDF_PAGEOBJECT") -> Rectangle:
    """Where an object lies; of no size where that cannot be told."""
    edges = [ctypes.c_float() for _ in range(4)]
    pdfium_c.FPDFPageObj_GetBounds(one, *map(ctypes.byref, edges))
    left, bottom, right, top = (edge.value for edge in edges)
    return left, bottom, right, top


def sense(words: Sequence[str]) -> float:
    """Share of the characters that stand in what can be a word, a number or a code."""
    total = sum(map(len, words))
    good = sum(len(word) for word in words if _can_be_said(word))
    return good / total if total else 0.0


def _can_be_said(word: str) -> bool:
    if NUMBER.fullmatch(word) or CODE.fullmatch(word):
        return True
    if not WORD.fullmatch(word):
        return False
    letters = [one for one in word.lower() if one.isalpha()]
    if len(letters) > 3 and not VOWELS & set(letters):
        return word.isupper()
    return len(CASES.findall(word)) <= 1 and not CONSONANTS.search(word)


def judged(page: pdfium.PdfPage, words: Sequence[str], boxes: Sequence[Box]) -> str:
    """What the hidden text of a scan is worth: HIDDEN if it can be used, GARBLED or MISPLACED.

    `boxes` are those of the words on the page as shown, in points.
    """
    if sense(words) < MIN_SENSE:
        return GARBLED
    return HIDDEN if _is_on_ink(page, boxes) else MISPLACED


def _is_on_ink(page: pdfium.PdfPage, boxes: Sequence[Box]) -> bool:
    """Whether words lie on the ink of their page, and would not do so better elsewhere."""
    import numpy as np

    picture = page.render(scale=DPI / 72, grayscale=True, may_draw_forms=False).to_numpy()
    shades = picture.reshape(picture.shape[0], picture.shape[1])
    paper = float(np.median(shades))
    ink = (np.abs(shades.astype(np.int16) - paper) > INK).astype(np.float64)
    sums = np.zeros((ink.shape[0] + 1, ink.shape[1] + 1))
    sums[1:, 1:] = ink.cumsum(0).cumsum(1)
    places = np.array([(one.x0, one.y0, one.x1, one.y1) for one in boxes]) * (DPI / 72)
    at_home = _density(sums, places, 0.0, 0.0)
    if (at_home >= LEAST_INK).mean() < MIN_INKED:
        return False
    line = float(np.median(places[:, 3] - places[:, 1]))
    caught = at_home.mean()
    for down, right in product(DOWN, RIGHT):
        elsewhere = _density(sums, places, right * line, down * line).mean()
        is_near = abs(down) < 1 and abs(right) < 1
        if elsewhere > (BETTER_NEAR if is_near else BETTER) * caught:
            return False
    return True


def _density(sums: "np.ndarray", places: "np.ndarray", right: float, down: float) -> "np.ndarray":
    """The share of ink in each place, were it moved by some pixels."""
    import numpy as np

    high, wide = sums.shape[0] - 1, sums.shape[1] - 1
    x0 = np.clip(np.floor(places[:, 0] + right), 0, wide).astype(int)
    x1 = np.clip(np.ceil(places[:, 2] + right), 0, wide).astype(int)
    y0 = np.clip(np.floor(places[:, 1] + down), 0, high).astype(int)
    y1 = np.clip(np.ceil(places[:, 3] + down), 0, high).astype(int)
    area = np.maximum((x1 - x0) * (y1 - y0), 1)
    shares: np.ndarray = (sums[y1, x1] - sums[y0, x1] - sums[y1, x0] + sums[y0, x0]) / area
    return shares
