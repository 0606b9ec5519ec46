"""What a layout transformer learns from: documents with a tag for each word, as lessons.

Belongs here: lessons from annotations and the words of any transcript (made papers, public
data sets, corrected documents), and the classes of the heads. Not here: which word states what
(corpora.alignment), the network and how it learns (models).

A source that labels four fields says nothing of the others: their tags stay open there.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from ledgergraph.corpora.alignment import aligned
from ledgergraph.corpora.annotations import Annotation
from ledgergraph.corpora.entities import ENTITIES, LABELS, NUMBERS, entity_of
from ledgergraph.evidence import Page, Word
from ledgergraph.extractions.readers.layout import layout_of
from ledgergraph.extractions.readers.spotting import PLAIN, SUBTYPES, Placed, laid_out, placed
from ledgergraph.extractions.readers.transformed import Views
from ledgergraph.models.layout_network import Classes
from ledgergraph.models.layout_windows import UNKNOWN, LaidOut, Lesson
from ledgergraph.tables import TEXT, Table

TABLES = ("outside", "head", "body")
"""Where a word stands: outside of tables, in a table's head, in its rows."""
CELLS = ("outside", "first", "further")
"""Whether a word is the first of its cell."""
PLACES = pa.list_(pa.int16())

TRANSFORMER_LESSONS = Table(
    "transformer_lessons",
    pa.schema(
        [
            ("annotation_id", TEXT), ("document_id", TEXT), ("side", TEXT), ("source", TEXT),
            ("language", TEXT), ("group", TEXT), ("type", TEXT), ("subtype", TEXT),
            ("words", pa.list_(TEXT)), ("pages", PLACES), ("boxes", PLACES), ("tags", PLACES),
            ("tables", PLACES), ("cells", PLACES), ("open", PLACES),
        ]
    ),
    key=("annotation_id",),
)  # fmt: skip
"""One row a document: its words in reading order, `boxes` four numbers each in thousandths.

`tags` are places in `corpora.entities.LABELS`, `tables` and `cells` in TABLES and CELLS, -100
where nobody labelled; `open` are tags that its source never labels. `group` is never on two
sides.
"""


@dataclass(frozen=True)
class Labelled:
    """A document with the labels of its words, before classes have numbers."""

    annotation: Annotation
    laid_out: LaidOut
    tags: Sequence[str]
    tables: Sequence[int]
    cells: Sequence[int]


def labelled(
    annotation: Annotation, pages: Sequence[Page] = (), words: Sequence[Word] = ()
) -> Labelled | None:
    """An annotation with labels on its own words, or on those that reading got of its file.

    Words come in the order in which the reader reads them. None if there are none.
    """
    name = annotation.annotation_id
    if not pages:
        pages = [
            Page(name, at, one.width, one.height, one.unit)
            for at, one in enumerate(annotation.pages)
        ]
        words = [Word(name, one.page, one.text, one.box) for one in annotation.words]
    layout = layout_of(name, pages, words)
    own = placed(layout)
    if not own:
        return None
    tables, cells = _table_labels(annotation, own, pages)
    tags = aligned(annotation, pages, own).labels
    return Labelled(annotation, laid_out(layout, own), tags, tables, cells)


def _table_labels(
    annotation: Annotation, words: Sequence[Placed], pages: Sequence[Page]
) -> tuple[list[int], list[int]]:
    """The labels of the heads for tables and cells; unknown where nobody marked cells."""
    tables = [0 if annotation.cells else UNKNOWN] * len(words)
    cells = list(tables)
    begun: set[int] = set()
    for at, one in enumerate(words):
        page, own = pages[one.page], annotation.pages[one.page]
        x = (one.box.x0 + one.box.x1) / 2 * own.width / (page.width or 1.0)
        y = one.box.middle_y * own.height / (page.height or 1.0)
        for number, cell in enumerate(annotation.cells):
            box = cell.box
            if cell.page == one.page and box.x0 <= x <= box.x1 and box.y0 <= y <= box.y1:
                tables[at] = 1 if cell.row is None else 2
                cells[at] = 2 if number in begun else 1
                begun.add(number)
                break
    return tables, cells


def classes_of(documents: Iterable[Annotation]) -> Classes:
    """The classes of all heads: tags stand, types and subtypes are those of the documents."""
    found = list(documents)
    types = sorted({one.type for one in found if one.type}) or ["unknown"]
    subtypes = sorted({subtype_of(one) for one in found})
    return Classes(LABELS, TABLES, CELLS, tuple(types), tuple(subtypes))


def subtype_of(annotation: Annotation) -> str:
    """The narrower kind of a document: what it settles, as the fields that it states tell."""
    stated = {one.field for one in annotation.fields}
    for field, name in SUBTYPES.items():
        if field in stated:
            return name
    return PLAIN


def lessons_of(documents: Sequence[Labelled], classes: Classes) -> list[Lesson]:
    """Documents as lessons; tags that none of a source's documents has are open in it."""
    stated: dict[str, set[str]] = {}
    for one in documents:
        own = stated.setdefault(one.annotation.source, set())
        own |= {entity.field for field in one.annotation.fields
                if (entity := entity_of(field.field)) is not None}  # fmt: skip
    open_ = {
        source: frozenset(
            NUMBERS[f"{prefix}-{entity.field}"]
            for entity in ENTITIES
            if entity.field not in own
            for prefix in "BI"
        )
        for source, own in stated.items()
    }
    types = {name: at for at, name in enumerate(classes.types)}
    subtypes = {name: at for at, name in enumerate(classes.subtypes)}
    return [
        Lesson(
            one.laid_out, [NUMBERS[tag] for tag in one.tags], one.tables, one.cells,
            types.get(one.annotation.type or "", UNKNOWN),
            subtypes.get(subtype_of(one.annotation), UNKNOWN),
            group_of(one.annotation), open_[one.annotation.source],
        )
        for one in documents
    ]  # fmt: skip


def group_of(annotation: Annotation) -> str:
    """What is never on two sides: its vendor, else its template, else itself."""
    return annotation.vendor or annotation.template or annotation.annotation_id


# As a table


def lesson_rows(documents: Sequence[tuple[str, Labelled]]) -> Iterator[dict[str, Any]]:
    """Documents, each with its side of the corpus, as rows of TRANSFORMER_LESSONS."""
    everything = [one for _, one in documents]
    classes = classes_of(one.annotation for one in everything)
    for (side, one), lesson in zip(documents, lessons_of(everything, classes), strict=True):
        yield {
            "annotation_id": one.annotation.annotation_id,
            "document_id": one.annotation.document_id, "side": side,
            "source": one.annotation.source, "language": one.annotation.language,
            "group": lesson.group, "type": one.annotation.type,
            "subtype": subtype_of(one.annotation), "words": list(lesson.laid_out.words),
            "pages": list(lesson.laid_out.pages),
            "boxes": [at for box in lesson.laid_out.boxes for at in box],
            "tags": list(lesson.tags), "tables": list(lesson.tables),
            "cells": list(lesson.cells), "open": sorted(lesson.open),
        }  # fmt: skip


def classes_in(rows: pa.Table) -> Classes:
    """The classes of all heads, of types and subtypes those that rows name."""
    types = {one for one in rows["type"].to_pylist() if one}
    subtypes = set(rows["subtype"].to_pylist())
    return Classes(LABELS, TABLES, CELLS, tuple(sorted(types or {"unknown"})),
                   tuple(sorted(subtypes)))  # fmt: skip


def lessons_in(rows: pa.Table, classes: Classes, views: Views = lambda *_: {}) -> list[Lesson]:
    """Rows of TRANSFORMER_LESSONS as lessons; types that no class names are unknown.

    `views` gives pictures of a document's pages, by its id, to networks that look at them.
    """
    types = {name: at for at, name in enumerate(classes.types)}
    subtypes = {name: at for at, name in enumerate(classes.subtypes)}
    return [_lesson(row, types, subtypes, views) for row in rows.to_pylist()]


def _lesson(
    row: Mapping[str, Any], types: Mapping[str, int], subtypes: Mapping[str, int], views: Views
) -> Lesson:
    found = row["document_id"]
    pictures = views(found, sorted(set(row["pages"]))) if found else {}
    boxes = [(x0, y0, x1, y1) for x0, y0, x1, y1 in zip(*[iter(row["boxes"])] * 4, strict=True)]
    return Lesson(
        LaidOut(row["words"], row["pages"], boxes, pictures), row["tags"], row["tables"],
        row["cells"],
        types.get(row["type"] or "", UNKNOWN), subtypes.get(row["subtype"], UNKNOWN),
        row["group"], frozenset(row["open"]),
    )  # fmt: skip
