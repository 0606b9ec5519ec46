"""Annotations: what stands on a document and what it means, in one form for every source.

Belongs here: the form itself, as frozen types, as rows of a table and as JSON
(`annotation.schema.json`, version 1). Not here: where annotations come from (rendering,
degradation, loaders) and what is made of them (alignment, cleaning, sampling).

A synthetic invoice, a receipt of a public data set and what a person marked in an
annotation tool are told apart by `source` alone: whatever learns reads this form.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

import pyarrow as pa

from ledgergraph.errors import BadInput
from ledgergraph.evidence import Box
from ledgergraph.tables import TEXT, Table, concat

VERSION = 1
"""Of the form; a reader refuses a later one."""
AT_ONCE = 256
"""Annotations that are rows of Python before they are columns."""


@dataclass(frozen=True, slots=True)
class AnnotatedPage:
    """One page as it is shown; sizes in `unit`, pt or px."""

    width: float
    height: float
    unit: str


@dataclass(frozen=True, slots=True)
class AnnotatedWord:
    """One word: `page` counts from 0, the box is in the page's unit, origin top left."""

    page: int
    text: str
    box: Box


@dataclass(frozen=True, slots=True)
class FieldTruth:
    """What one field states.

    `field` is a name of `extractions.fields` or, where a source labels what has none,
    its own name after the source's (`funsd.question`). `line` counts from 0 and is null
    for the header. `value` is canonical, `raw` as printed; `words` are places in the
    annotation's words, empty where the field is not on the page or was not found there.
    """

    field: str
    line: int | None
    value: str
    raw: str
    words: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table: all count from 0; `row` is null for the head.

    `line` is the line item that the row states (several rows may state one), null for
    rows that state none, as carried totals. `box` spans the whole cell.
    """

    table: int
    row: int | None
    column: int
    page: int
    box: Box
    line: int | None = None
    words: tuple[int, ...] = ()


@dataclass(frozen=True)
class Annotation:
    """One document with all that is known of it.

    `annotation_id` is `<source>/<name>`, and unique. `document_id` names the bytes of its
    file (`sha256:…`), null where the source ships none. `vendor` and `template` are what
    no layout may leak by: a split keeps both on one side. `split` is the source's own.
    `derived_from` is the annotation that this one was degraded or noised from, `preset`
    says how. `faults` are sentences on what is wrong with the source's labels.
    """

    annotation_id: str
    source: str
    name: str
    type: str | None
    pages: tuple[AnnotatedPage, ...]
    words: tuple[AnnotatedWord, ...]
    fields: tuple[FieldTruth, ...]
    cells: tuple[Cell, ...] = ()
    document_id: str | None = None
    media_type: str | None = None
    language: str | None = None
    vendor: str | None = None
    template: str | None = None
    split: str | None = None
    preset: str | None = None
    derived_from: str | None = None
    faults: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The words in their order, one space between two."""
        return " ".join(word.text for word in self.words)


REAL = pa.float32()
PLACE = pa.int32()
BOX = [("x0", REAL), ("y0", REAL), ("x1", REAL), ("y1", REAL)]
WORDS = pa.list_(PLACE)

ANNOTATIONS = Table(
    "annotations",
    pa.schema(
        [
            ("annotation_id", TEXT), ("source", TEXT), ("name", TEXT), ("document_id", TEXT),
            ("media_type", TEXT), ("type", TEXT), ("language", TEXT), ("vendor", TEXT),
            ("template", TEXT), ("split", TEXT), ("preset", TEXT), ("derived_from", TEXT),
            ("pages", pa.list_(pa.struct([("width", REAL), ("height", REAL), ("unit", TEXT)]))),
            ("words", pa.list_(pa.struct([("page", PLACE), ("text", TEXT), *BOX]))),
            (
                "fields",
                pa.list_(
                    pa.struct(
                        [
                            ("field", TEXT), ("line", PLACE), ("value", TEXT), ("raw", TEXT),
                            ("words", WORDS),
                        ]
                    )
                ),
            ),
            (
                "cells",
                pa.list_(
                    pa.struct(
                        [
                            ("table", PLACE), ("row", PLACE), ("column", PLACE), ("page", PLACE),
                            *BOX, ("line", PLACE), ("words", WORDS),
                        ]
                    )
                ),
            ),
            ("faults", pa.list_(TEXT)),
        ]
    ),
    key=("annotation_id",),
    rows_of_group=10_000,
)  # fmt: skip
"""Annotations as rows, one a document. Coordinates are rounded to 0.01 of their unit."""

PLAIN = (
    "annotation_id", "source", "name", "document_id", "media_type", "type", "language", "vendor",
    "template", "split", "preset", "derived_from",
)  # fmt: skip


def row_of(annotation: Annotation) -> dict[str, Any]:
    """The annotation as a row of ANNOTATIONS, plain values only: what JSON Lines hold too."""
    return {
        **{name: getattr(annotation, name) for name in PLAIN},
        "pages": [
            {"width": _short(page.width), "height": _short(page.height), "unit": page.unit}
            for page in annotation.pages
        ],
        "words": [
            {"page": word.page, "text": word.text, **_corners(word.box)}
            for word in annotation.words
        ],
        "fields": [
            {
                "field": one.field, "line": one.line, "value": one.value, "raw": one.raw,
                "words": list(one.words),
            }
            for one in annotation.fields
        ],
        "cells": [
            {
                "table": cell.table, "row": cell.row, "column": cell.column, "page": cell.page,
                **_corners(cell.box), "line": cell.line, "words": list(cell.words),
            }
            for cell in annotation.cells
        ],
        "faults": list(annotation.faults),
    }  # fmt: skip


def annotation_of(row: Mapping[str, Any]) -> Annotation:
    """The annotation that a row states; absent columns are empty."""
    plain: dict[str, Any] = {name: row.get(name) for name in PLAIN}
    return Annotation(
        **plain,
        pages=tuple(
            AnnotatedPage(page["width"], page["height"], page["unit"]) for page in row["pages"]
        ),
        words=tuple(
            AnnotatedWord(word["page"], word["text"], _box(word)) for word in row["words"]
        ),
        fields=tuple(
            FieldTruth(
                one["field"], one.get("line"), one["value"], one["raw"],
                tuple(one.get("words") or ()),
            )
            for one in row.get("fields") or ()
        ),
        cells=tuple(
            Cell(
                cell["table"], cell.get("row"), cell["column"], cell["page"], _box(cell),
                cell.get("line"), tuple(cell.get("words") or ()),
            )
            for cell in row.get("cells") or ()
        ),
        faults=tuple(row.get("faults") or ()),
    )  # fmt: skip


@dataclass
class Collecting:
    """Annotations as they come, kept as columns: objects and rows of Python are ten times as large.

    `table` is all of them, in the order of their ids.
    """

    waiting: list[dict[str, Any]] = field(default_factory=list)
    parts: list[pa.Table] = field(default_factory=list)

    def add(self, annotation: Annotation) -> None:
        """Take one in."""
        self.waiting.append(row_of(annotation))
        if len(self.waiting) >= AT_ONCE:
            self._pack()

    def table(self) -> pa.Table:
        """All that was taken in."""
        self._pack()
        return concat(ANNOTATIONS, self.parts)

    def _pack(self) -> None:
        if self.waiting:
            self.parts.append(ANNOTATIONS.rows(self.waiting))
            self.waiting.clear()


def table_of(annotations: Iterable[Annotation]) -> pa.Table:
    """Annotations as rows, in the order of their ids."""
    held = Collecting()
    for annotation in annotations:
        held.add(annotation)
    return held.table()


def annotations_in(rows: pa.Table) -> Iterator[Annotation]:
    """The annotations that rows state, one after the other."""
    for batch in rows.to_batches(max_chunksize=AT_ONCE):
        yield from map(annotation_of, batch.to_pylist())


def as_lines(annotations: Iterable[Annotation]) -> Iterator[str]:
    """JSON Lines, one annotation each, without the line's end."""
    for annotation in annotations:
        yield json.dumps(
            {"version": VERSION, **row_of(annotation)}, ensure_ascii=False, separators=(",", ":")
        )


def from_lines(lines: Iterable[str], name: str) -> Iterator[Annotation]:
    """The annotations of JSON Lines; `name` says in errors which file it is.

    Raises: BadInput `bad_annotation`, naming the file, the line and the rule that it breaks.
    """
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            stated = json.loads(line)
        except json.JSONDecodeError as error:
            raise _bad(name, number, f"is no JSON: {error}") from error
        if fault := fault_of(stated):
            raise _bad(name, number, fault)
        yield annotation_of(stated)


def fault_of(stated: Any) -> str | None:
    """What is wrong with a stated annotation, as a clause, or None.

    Beyond the JSON Schema: words stand on pages that exist, and fields and cells name
    words that exist.
    """
    from jsonschema.exceptions import best_match

    error = best_match(_validator().iter_errors(stated))
    if error is not None:
        where = "/".join(map(str, error.absolute_path)) or "the whole"
        return f"breaks annotation.schema.json at {where}: {error.message[:200]}"
    pages, words = len(stated["pages"]), len(stated["words"])
    if any(word["page"] >= pages for word in stated["words"]):
        return f"has a word on a page beyond its {pages} pages"
    for name in ("fields", "cells"):
        for one in stated.get(name, ()):
            if any(place >= words for place in one["words"]):
                return f"has {name} that name a word beyond its {words} words"
    return None


def _bad(name: str, number: int, fault: str) -> BadInput:
    return BadInput(
        "bad_annotation", f"{name}: line {number} {fault}. Correct it, or leave the line out."
    )


@cache
def _validator() -> Any:
    from jsonschema import Draft202012Validator

    text = resources.files(__package__).joinpath("annotation.schema.json").read_text("utf-8")
    return Draft202012Validator(json.loads(text))


def _short(number: float) -> float:
    return round(float(number), 2)


def _corners(box: Box) -> dict[str, float]:
    return {
        "x0": _short(box.x0), "y0": _short(box.y0), "x1": _short(box.x1), "y1": _short(box.y1),
    }  # fmt: skip


def _box(row: Mapping[str, Any]) -> Box:
    return Box(row["x0"], row["y0"], row["x1"], row["y1"])
