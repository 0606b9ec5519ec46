"""Alignment: which tokens of any transcript state which field of an annotation, as BIO labels.

Belongs here: finding a field's words among tokens that a text layer or an engine gave, and
the labels that follow. Not here: what labels there are (entities), where transcripts come
from (extractions), where annotations come from.

Engines split words, join them and misread them. So a field's words are found by where they
stand: tokens that share their place, if what they say is not another thing. Fields whose
place is not known, or where something else stands, are found by what they say. Numbers and
days must then agree in every digit, letters that engines take for digits being equal to them;
those of which only the canonical value is known must agree in what the reader reads.
"""

import json
import math
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal, Protocol

import numpy as np
from rapidfuzz import fuzz

from ledgergraph.corpora.annotations import Annotation, FieldTruth
from ledgergraph.corpora.entities import OUTSIDE, entity_of
from ledgergraph.errors import BadInput
from ledgergraph.evidence import Box
from ledgergraph.extractions.fields import Form, form_of, typed_value
from ledgergraph.extractions.languages import CODES, key_of, lexicon
from ledgergraph.extractions.readers.recognisers import Style, dates_in, numbers_in, style_of

SIDE = 1000
"""Coordinates of tokens are in thousandths of their page's width and height."""
COVERED = 0.5
"""Share of a token, or of a word, that lies on the other one where both are the same ink."""
ALIKE = 0.45
"""Tokens in the place of a field's words that are less alike state something else."""
SURE = 80.0
"""Least likeness, of 100, of a text that is found anywhere on the page."""
SHORT = 6
"""A text of fewer letters and digits must not be part of a longer word."""
PIECE = 4
"""An address is found piece by piece, if pieces have as many letters and digits."""
MOSTLY = 0.6
"""Share of a text whose pieces must be found."""
SAME = str.maketrans("oilsbzgq|", "011582991")
"""Letters that engines take for digits, and digits for letters."""

RUN = 5
"""Most tokens that state one day or number: `3 de mayo de 2025`."""
NEAR = 8
"""Words before a value among which its label is looked for."""
WITHOUT = ("excl", "exc", "sub", "before", "zwischen", "chang")
"""How words begin that say of an amount that it is not the total: without tax, before a discount,
given back."""
TOTALS = frozenset({"totals.gross", "totals.due", "gross", "due"})
"""Totals whose labels are the same on many papers, as fields and as labels name them."""

Way = Literal["place", "text"]


class Sized(Protocol):
    """A page with its size."""

    @property
    def width(self) -> float:
        """In the unit of its boxes."""

    @property
    def height(self) -> float:
        """In the unit of its boxes."""


class Placed(Protocol):
    """A word of any transcript, in the unit of its page."""

    @property
    def page(self) -> int:
        """Counts from 0."""

    @property
    def text(self) -> str:
        """As it was read."""

    @property
    def box(self) -> Box:
        """Where it stands."""


@dataclass(frozen=True, slots=True)
class FieldTokens:
    """One field of the annotation and the places of its tokens; none where it was not found."""

    field: str
    line: int | None
    tokens: tuple[int, ...]
    way: Way | None


@dataclass(frozen=True)
class Aligned:
    """A document's tokens with a label each.

    `lines` names the line item of a token, null for the header and what is outside; a token
    carries one label, so that of two fields which state the same words one is labelled.
    `fields` says of each field of the annotation which tokens state it.
    """

    annotation: Annotation
    tokens: tuple[str, ...]
    pages: tuple[int, ...]
    boxes: tuple[tuple[int, int, int, int], ...]
    labels: tuple[str, ...]
    lines: tuple[int | None, ...]
    fields: tuple[FieldTokens, ...]

    @property
    def found(self) -> int:
        """How many fields found their words."""
        return sum(1 for one in self.fields if one.tokens)


def aligned(annotation: Annotation, pages: Sequence[Sized], words: Sequence[Placed]) -> Aligned:
    """The tokens of a transcript, labelled by what the annotation says of the document.

    `pages` are those of the transcript, in order; words need not be in the unit of the
    annotation. Fields that are no entity are looked for too, and label nothing.

    Raises: BadInput `bad_transcript` if a word stands on a page that is not among them.
    """
    if any(not 0 <= word.page < len(pages) for word in words):
        raise BadInput(
            "bad_transcript",
            f"The transcript of {annotation.annotation_id} has a word on a page beyond its "
            f"{len(pages)} pages. Give all of its pages, in their order.",
        )
    sheets = _sheets(pages, words)
    shares = _Shares(annotation, sheets, len(words))
    found: list[tuple[Sequence[int], Way | None]] = []
    for one in annotation.fields:
        places = shares.tokens_of(one)
        found.append((places, "place" if places else None))
    _find_texts(annotation.fields, sheets, found)
    labels, lines = _labels(annotation.fields, found, shares)
    return Aligned(
        annotation,
        tuple(word.text for word in words),
        tuple(word.page for word in words),
        tuple(thousandths(word.box, pages[word.page]) for word in words),
        tuple(labels),
        tuple(lines),
        tuple(
            FieldTokens(one.field, one.line, tuple(places), way)
            for one, (places, way) in zip(annotation.fields, found, strict=True)
        ),
    )


def placed(annotation: Annotation) -> Annotation:
    """The annotation whose fields without words name those of its own that state them.

    For sources that say what a document states, and not where. Fields that are not found
    stay without words.
    """
    found = aligned(annotation, annotation.pages, annotation.words).fields
    fields = tuple(
        one if one.words else replace(one, words=own.tokens)
        for one, own in zip(annotation.fields, found, strict=True)
    )
    return replace(annotation, fields=fields)


def thousandths(box: Box, page: Sized) -> tuple[int, int, int, int]:
    """A box in thousandths of its page, cut at the page's edges."""
    return (
        _thousandth(box.x0, page.width), _thousandth(box.y0, page.height),
        _thousandth(box.x1, page.width), _thousandth(box.y1, page.height),
    )  # fmt: skip


def _thousandth(at: float, size: float) -> int:
    return min(max(round(SIDE * at / size), 0), SIDE) if size > 0 else 0


IDS = (
    "annotation_id", "source", "document_id", "type", "language", "vendor", "template", "split",
    "preset", "derived_from",
)  # fmt: skip


def row_of(aligned: Aligned) -> dict[str, Any]:
    """Tokens with labels as plain values: what one of the JSON Lines holds."""
    return {
        **{name: getattr(aligned.annotation, name) for name in IDS},
        "tokens": list(aligned.tokens),
        "boxes": [list(box) for box in aligned.boxes],
        "pages": list(aligned.pages),
        "labels": list(aligned.labels),
        "lines": list(aligned.lines),
        "found": aligned.found,
        "not_found": [
            one.field if one.line is None else f"{one.field} of line {one.line}"
            for one in aligned.fields
            if not one.tokens
        ],
    }


def as_lines(documents: Iterable[Aligned]) -> Iterator[str]:
    """JSON Lines, one document each, without the line's end."""
    for one in documents:
        yield json.dumps(row_of(one), ensure_ascii=False, separators=(",", ":"))


def folded(text: str) -> str:
    """Letters and digits alone, alike where engines take one for the other."""
    return _plain(text).translate(SAME)


def _plain(text: str) -> str:
    spread = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in spread if letter.isalnum() or letter == "|")


@dataclass(frozen=True)
class _Sheet:
    """The tokens of one page: their `numbers` in the document, and their boxes in thousandths."""

    numbers: Sequence[int]
    texts: Sequence[str]
    boxes: np.ndarray

    @cached_property
    def plains(self) -> Sequence[str]:
        """The letters and digits of each token."""
        return [_plain(text) for text in self.texts]

    @cached_property
    def plain(self) -> str:
        """All of its letters and digits."""
        return "".join(self.plains)

    @cached_property
    def stream(self) -> str:
        """The same, folded: as many characters."""
        return self.plain.translate(SAME)

    @cached_property
    def owners(self) -> Sequence[int]:
        """The token of each character, by its place on this page."""
        return [at for at, text in enumerate(self.plains) for _ in text]

    @cached_property
    def middles(self) -> np.ndarray:
        """The vertical middle of each token."""
        middles: np.ndarray = self.boxes[:, [1, 3]].mean(axis=1)
        return middles

    @cached_property
    def style(self) -> Style:
        """How this page writes numbers and days."""
        return style_of(self.texts, lexicon(CODES))

    @cached_property
    def days(self) -> Mapping[date, Sequence[list[int]]]:
        """The runs of tokens that state a day; one that can be two days counts as both."""
        found: dict[date, list[list[int]]] = defaultdict(list)
        for run in self._runs():
            texts = [self.texts[at] for at in run]
            text = " ".join(texts)
            for one in dates_in(text, self.style):
                if one.start < len(texts[0]) and one.end > len(text) - len(texts[-1]):
                    found[one.value].append(run)
                    if not one.is_certain and one.value.day <= 12:
                        other = one.value.replace(month=one.value.day, day=one.value.month)
                        found[other].append(run)
        return found

    @cached_property
    def amounts(self) -> Mapping[Decimal, Sequence[list[int]]]:
        """The runs of tokens that state a number which is no percentage."""
        return self._numbers(is_percent=False)

    @cached_property
    def percentages(self) -> Mapping[Decimal, Sequence[list[int]]]:
        """The runs of tokens that state a number with a percent sign."""
        return self._numbers(is_percent=True)

    def _numbers(self, is_percent: bool) -> Mapping[Decimal, Sequence[list[int]]]:
        found: dict[Decimal, list[list[int]]] = defaultdict(list)
        for run in self._runs():
            numbers = numbers_in([self.texts[at] for at in run], self.style)
            if len(numbers) != 1 or numbers[0].is_percent != is_percent:
                continue
            (one,) = numbers
            same = found[one.value]
            if (one.first, one.last) == (0, len(run) - 1) and not any(
                set(shorter) < set(run) for shorter in same
            ):
                same.append(run)  # a currency beside it is not part of it
        return found

    def _runs(self) -> Iterator[list[int]]:
        """Neighbours on one line, the shortest runs first."""
        for length in range(1, RUN + 1):
            for start in range(len(self.texts) - length + 1):
                run = list(range(start, start + length))
                _, top, _, bottom = self.boxes[start]
                if all(top <= middle <= bottom for middle in self.middles[run]):
                    yield run

    def between(self, start: int, end: int) -> list[int]:
        """The tokens of which most lies between two characters, by their place on this page."""
        inside = Counter(self.owners[start:end])
        most = [
            at for at, count in inside.items()
            if 2 * count >= len(self.plains[at]) or len(inside) == 1
        ]  # fmt: skip
        if not most:
            return []
        signs = [at for at in range(most[0], most[-1]) if not self.plains[at]]
        return sorted({*most, *signs})

    def middle(self, places: Sequence[int]) -> float:
        """The vertical middle of some of its tokens."""
        return float(self.middles[list(places)].mean())


def _sheets(pages: Sequence[Sized], words: Sequence[Placed]) -> list[_Sheet]:
    own: dict[int, list[int]] = defaultdict(list)
    for number, word in enumerate(words):
        own[word.page].append(number)
    sheets = []
    for at, page in enumerate(pages):
        numbers = own[at]
        scale = np.array([SIDE / (page.width or 1), SIDE / (page.height or 1)] * 2)
        corners = [_corners(words[one].box) for one in numbers]
        sheets.append(
            _Sheet(
                numbers, [words[one].text for one in numbers],
                np.array(corners, float).reshape(-1, 4) * scale,
            )
        )  # fmt: skip
    return sheets


def _corners(box: Box) -> tuple[float, float, float, float]:
    return box.x0, box.y0, box.x1, box.y1


class _Shares:
    """How the words of an annotation and the tokens of a transcript lie on one another."""

    def __init__(self, annotation: Annotation, sheets: Sequence[_Sheet], tokens: int) -> None:
        self._words = annotation.words
        self._texts: list[str] = [""] * tokens
        self._of_word: dict[int, list[int]] = defaultdict(list)
        self._area: dict[tuple[int, int], float] = {}
        places: dict[int, list[int]] = defaultdict(list)
        for at, word in enumerate(annotation.words):
            places[word.page].append(at)
        for number, (page, sheet) in enumerate(zip(annotation.pages, sheets, strict=False)):
            for token, text in zip(sheet.numbers, sheet.texts, strict=True):
                self._texts[token] = text
            if places[number] and sheet.numbers:
                self._lay(places[number], page, sheet)

    def _lay(self, places: Sequence[int], page: Sized, sheet: _Sheet) -> None:
        scale = np.array([SIDE / (page.width or 1), SIDE / (page.height or 1)] * 2)
        own = np.array([_corners(self._words[at].box) for at in places], float) * scale
        other = sheet.boxes
        low = np.maximum(own[:, None, :2], other[None, :, :2])
        high = np.minimum(own[:, None, 2:], other[None, :, 2:])
        shared = np.prod(np.clip(high - low, 0, None), axis=2)
        of_word = shared / np.maximum(_areas(own), 1e-9)[:, None]
        of_token = shared / np.maximum(_areas(other), 1e-9)[None, :]
        for word, token in zip(*np.nonzero((of_word >= COVERED) | (of_token >= COVERED)),
                               strict=True):  # fmt: skip
            at, number = places[int(word)], sheet.numbers[int(token)]
            self._of_word[at].append(number)
            self._area[at, number] = float(shared[word, token])

    def tokens_of(self, field: FieldTruth) -> list[int]:
        """The tokens in the place of a field's words, if they do not state another thing."""
        wanted = folded("".join(self._words[at].text for at in field.words))
        tokens = list(dict.fromkeys(one for at in field.words for one in self._of_word[at]))
        if not tokens:
            return []
        if not wanted:  # a sign alone, such as that of a currency
            wanted = "".join(self._words[at].text for at in field.words)
            return tokens if wanted in "".join(self._texts[one] for one in tokens) else []
        # A neighbour that touches the place is left out where the rest says more without it.
        best = self._likeness(wanted, tokens)
        while len(tokens) > 1:
            ways = [[one for one in tokens if one != out] for out in tokens]
            likest = max(ways, key=lambda way: self._likeness(wanted, way))
            if self._likeness(wanted, likest) <= best:
                break
            tokens, best = likest, self._likeness(wanted, likest)
        stated = folded("".join(self._texts[one] for one in tokens))
        if len(stated) > len(wanted):  # words that were joined with others
            best = max(best, fuzz.partial_ratio(wanted, stated) / 100)
        return sorted(tokens) if best >= ALIKE else []

    def _likeness(self, wanted: str, tokens: Sequence[int]) -> float:
        return fuzz.ratio(wanted, folded("".join(self._texts[one] for one in tokens))) / 100

    def area(self, field: FieldTruth, token: int) -> float:
        """How much of a field's words a token covers."""
        return sum(self._area.get((at, token), 0.0) for at in field.words)


def _areas(boxes: np.ndarray) -> np.ndarray:
    area: np.ndarray = np.prod(np.clip(boxes[:, 2:] - boxes[:, :2], 0, None), axis=1)
    return area


Found = list[tuple[Sequence[int], Way | None]]


def _find_texts(fields: Sequence[FieldTruth], sheets: Sequence[_Sheet], found: Found) -> None:
    """Look for what is not found yet by what it says, the longest first: it is the surest."""
    taken = {token for places, _ in found for token in places}
    heights: dict[int, list[tuple[int, float]]] = defaultdict(list)
    place_of = {token: (page, at) for page, sheet in enumerate(sheets)
                for at, token in enumerate(sheet.numbers)}  # fmt: skip
    for one, (places, _) in zip(fields, found, strict=True):
        _note(heights, one.line, places, place_of, sheets)
    missing = [number for number, (places, _) in enumerate(found) if not places]
    for number in sorted(missing, key=lambda at: -len(_plain(fields[at].raw))):
        one = fields[number]
        tokens = _by_text(one, sheets, taken, heights.get(-1 if one.line is None else one.line))
        if tokens:
            found[number] = (tokens, "text")
            taken.update(tokens)
            _note(heights, one.line, tokens, place_of, sheets)


def _note(
    heights: dict[int, list[tuple[int, float]]],
    line: int | None,
    tokens: Sequence[int],
    place_of: Mapping[int, tuple[int, int]],
    sheets: Sequence[_Sheet],
) -> None:
    if line is not None and tokens:
        page, at = place_of[tokens[0]]
        heights[line].append((page, sheets[page].middle([at])))


def _by_text(
    field: FieldTruth,
    sheets: Sequence[_Sheet],
    taken: set[int],
    heights: Sequence[tuple[int, float]] | None,
) -> list[int]:
    """The tokens that say what a field says: free ones first, then those nearest to its line."""
    if field.line is not None and not heights and len(_plain(field.raw)) < SHORT:
        return []  # a quantity of 1 stands everywhere
    choices = [
        (page, places)
        for page, sheet in enumerate(sheets)
        for places in _occurrences(sheet, field)
        if places
    ]
    if len(choices) < 2 and not heights:
        return [sheets[page].numbers[at] for page, places in choices for at in sorted(places)]

    def rank(choice: tuple[int, list[int]]) -> tuple[bool, float, int, int]:
        page, places = choice
        sheet = sheets[page]
        is_taken = any(sheet.numbers[at] in taken for at in places)
        label = _label_of(sheet, places[0], field.field) if field.line is None else 0
        return is_taken, _distance(page, sheet.middle(places), heights), -label, page

    best = min(choices, key=rank, default=None)
    if best is None:
        return []
    if heights and _distance(best[0], sheets[best[0]].middle(best[1]), heights) > SIDE / 10:
        return []
    return sorted(sheets[best[0]].numbers[at] for at in best[1])


def likeliest(
    field: str, choices: Sequence[tuple[int, ...]], page: Sized, words: Sequence[Placed]
) -> tuple[int, ...]:
    """Of places on a page that say the same, the one whose label is the field's; else the first.

    The rule by which `aligned` chooses too: of equal amounts the total is the one behind a label
    of it, not a subtotal, what is without tax, or the change.
    """
    (sheet,) = _sheets([page], words)
    return max(choices, key=lambda places: _label_of(sheet, places[0], field), default=())


def _label_of(sheet: _Sheet, at: int, field: str) -> int:
    """How the words left of a token on its line label it.

    3 as the field, 2 with a word of it, 1 not at all, 0 as something else.
    """
    meant = TOTALS if field in TOTALS else {field, field.removeprefix("totals.")}
    keys = _keys_before(sheet, at)
    labels = lexicon(CODES).labels
    is_meant = is_other = False
    start = 0
    while start < len(keys):  # the longest label counts: subtotal is none of total
        for end in range(len(keys), start, -1):
            found = labels.get("".join(keys[start:end]), ())
            is_own = any(one.field in meant for one in found)
            is_meant |= is_own
            is_other |= bool(found) and not is_own
            if found:
                start = end - 1
                break
        start += 1
    words = [one for key in keys for one in labels.get(key, ())]
    has_word = any(one.field in meant for one in words)
    if any(key.startswith(WITHOUT) for key in keys):
        return 0
    return 3 if is_meant and not is_other else 2 if has_word else 0 if is_other else 1


def _keys_before(sheet: _Sheet, at: int) -> list[str]:
    """The words left of a token on its line, as keys, behind the number before it if there is one.

    By where they stand: the order of words is not that of reading everywhere.
    """
    x0, top, _, bottom = sheet.boxes[at]
    left = [
        (float(sheet.boxes[one][0]), one)
        for one, middle in enumerate(sheet.middles)
        if top <= middle <= bottom and sheet.boxes[one][0] < x0
    ]
    keys: list[str] = []
    for _, one in sorted(left)[-NEAR:]:
        text = sheet.texts[one]
        is_number = any(map(str.isdigit, text)) and not any(map(str.isalpha, text))
        keys = [] if is_number and "%" not in text else [*keys, key_of(text)]
    return keys


def _distance(page: int, middle: float, heights: Sequence[tuple[int, float]] | None) -> float:
    if not heights:
        return 0.0
    return min(abs(middle - height) + (0 if page == own else math.inf) for own, height in heights)


def _occurrences(sheet: _Sheet, field: FieldTruth) -> list[list[int]]:
    """All places on a page that say what a field says, as tokens of the page."""
    wanted = folded(field.raw)
    if not wanted:
        raw = field.raw.strip()
        return [[at] for at, text in enumerate(sheet.texts) if raw and text.strip() == raw]
    exact = _exact(sheet, wanted)
    form = form_of(field.field)
    if field.raw == field.value and (same := _by_value(sheet, field)):
        return same
    if exact or form in (Form.AMOUNT, Form.NUMBER, Form.DATE) or len(wanted) < SHORT:
        return exact
    near = fuzz.partial_ratio_alignment(wanted, sheet.stream, score_cutoff=SURE)
    if near is not None and len(sheet.stream) >= len(wanted):
        return [sheet.between(near.dest_start, near.dest_end)]
    return _by_pieces(sheet, field.raw, len(wanted)) if form in (Form.TEXT, Form.NAME) else []


def _by_value(sheet: _Sheet, field: FieldTruth) -> list[list[int]]:
    """Where a day or number stands of which only the canonical value is known."""
    value, form = typed_value(field.field, field.value), form_of(field.field)
    same: list[list[int]] = []
    if isinstance(value, Decimal):
        same += sheet.amounts.get(value, ())
        same += sheet.percentages.get(value, ()) if form is Form.NUMBER else ()
    elif isinstance(value, date):
        same += sheet.days.get(value, ())
    else:
        return []
    # Some sources print canonical values, which a page's style reads as others.
    literal = [[at] for at, text in enumerate(sheet.texts) if text.strip() == field.value]
    return same + [one for one in literal if one not in same]


def _exact(sheet: _Sheet, wanted: str) -> list[list[int]]:
    words, parts, start = list[list[int]](), list[list[int]](), sheet.stream.find(wanted)
    while start >= 0:
        end = start + len(wanted)
        is_word = _ends(sheet, start) and _ends(sheet, end)
        (words if is_word else parts).append(sheet.between(start, end))
        start = sheet.stream.find(wanted, start + 1)
    return words or (parts if len(wanted) >= SHORT else [])


def _ends(sheet: _Sheet, at: int) -> bool:
    """Whether a word ends before a character: at a token's edge, or between letter and digit."""
    if at in (0, len(sheet.owners)) or sheet.owners[at - 1] != sheet.owners[at]:
        return True
    return sheet.plain[at - 1].isdigit() != sheet.plain[at].isdigit()


def _by_pieces(sheet: _Sheet, raw: str, length: int) -> list[list[int]]:
    """What stands on several lines, beside something else on each of them."""
    found: list[int] = []
    covered = 0
    for piece in raw.replace("\n", ",").split(","):
        wanted = folded(piece)
        if len(wanted) < PIECE:
            continue
        near = fuzz.partial_ratio_alignment(wanted, sheet.stream, score_cutoff=SURE)
        if near is not None and len(sheet.stream) >= len(wanted):
            found += sheet.between(near.dest_start, near.dest_end)
            covered += len(wanted)
    return [sorted(set(found))] if covered >= MOSTLY * length else []


def _labels(
    fields: Sequence[FieldTruth], found: Found, shares: _Shares
) -> tuple[list[str], list[int | None]]:
    """One label a token: of the field of which it covers most, else of the first that has it."""
    count = len(shares._texts)
    owner: dict[int, tuple[float, int]] = {}
    for number, (places, way) in enumerate(found):
        if entity_of(fields[number].field) is None:
            continue
        for token in places:
            area = shares.area(fields[number], token) if way == "place" else 0.0
            if token not in owner or area > owner[token][0] + 1e-6:
                owner[token] = (area, number)
    labels, lines = [OUTSIDE] * count, list[int | None]([None] * count)
    begun: set[int] = set()
    for token in sorted(owner):
        number = owner[token][1]
        entity = entity_of(fields[number].field)
        if entity is not None:
            labels[token] = f"{'I' if number in begun else 'B'}-{entity.field}"
            lines[token] = fields[number].line
            begun.add(number)
    return labels, lines
