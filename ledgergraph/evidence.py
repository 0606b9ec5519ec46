"""Where a value stands: pages, words, boxes, readings, references to rows; and why one decided."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page; origin top left, in the unit of its page."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def height(self) -> float:
        """Height in the page's unit."""
        return self.y1 - self.y0

    @property
    def middle_y(self) -> float:
        """Vertical middle in the page's unit."""
        return (self.y0 + self.y1) / 2

    @staticmethod
    def around(boxes: "list[Box]") -> "Box":
        """The smallest box that holds all of some boxes (at least one)."""
        return Box(
            min(b.x0 for b in boxes), min(b.y0 for b in boxes),
            max(b.x1 for b in boxes), max(b.y1 for b in boxes),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Page:
    """One page as it is shown: `page` counts from 0, sizes are in `unit` (pt or px).

    `text_layer` says what the file's own text on it is (extractions.text_layers), null
    where it has none. Of pages that were recognised, `turned_degrees` is how far print
    stands turned clockwise on the page as it is shown, and the rest how well the picture
    can be seen (extractions.page_quality); `letter_height` is in the page's unit. `recovery`
    says in which other way its words were taken where the first way was poor, or that
    every way was given up (extractions.retries). `strokes` are the lines that it draws, level or
    upright, as thin boxes (extractions.strokes).
    """

    document_id: str
    page: int
    width: float
    height: float
    unit: str = "pt"
    rotation_degrees: int = 0
    quality: float | None = None
    text_layer: str | None = None
    turned_degrees: float | None = None
    sharpness: float | None = None
    contrast: float | None = None
    noise: float | None = None
    letter_height: float | None = None
    recovery: str | None = None
    strokes: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a page; `confidence` is 1.0 for text that the file itself carries."""

    document_id: str
    page: int
    text: str
    box: Box
    confidence: float = 1.0
    engine: str = "text"


@dataclass(frozen=True, slots=True)
class Reading:
    """One field as one source states it.

    `field` is a name of DESIGN 5 (`totals.gross`), `line` is null for the
    header and counts from 0 for line items; `value` is canonical (ISO dates,
    plain decimals), `raw` as printed; `source` is `xml`, `text`,
    `ocr:<engine>`, `model:<version>` or a person; `confidence` in [0, 1].
    `reader` says what chose it on a page: `rules`, or `model:<version>`.
    """

    document_id: str
    part: int
    reading: str
    line: int | None
    field: str
    value: str
    raw: str
    confidence: float
    source: str
    page: int | None = None
    box: Box | None = None
    box_unit: str | None = None
    reader: str | None = None


@dataclass(frozen=True, slots=True)
class Ref:
    """A row of a stored table, by its key: what a finding rests on."""

    table: str
    key: Mapping[str, Any]


@dataclass(frozen=True)
class Decision:
    """What to do, and why: of retraining, promotion and routing alike.

    `is_due` says whether to do it now, `reason` is the sentence that a person
    reads either way ("37 of 500 labels"), `numbers` are what it rests on.
    """

    action: str
    is_due: bool
    reason: str
    numbers: Mapping[str, float] = field(default_factory=dict)
