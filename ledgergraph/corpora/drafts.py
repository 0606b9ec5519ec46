"""Drafts: annotations with how sure each of their fields is, for people to correct.

Belongs here: the form, and making one of what the reader read of a document. Not here: how
a tool shows it (label_studio_tasks), which drafts people see first (review_sample).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any

import pyarrow as pa

from ledgergraph.corpora.alignment import Placed
from ledgergraph.corpora.annotations import (
    AnnotatedPage,
    AnnotatedWord,
    Annotation,
    FieldTruth,
)
from ledgergraph.evidence import Box, Page, Word
from ledgergraph.extractions.choosing import same_value
from ledgergraph.extractions.languages import key_of, lexicon_for
from ledgergraph.extractions.transcripts import pages_from_table, words_from_table

SOURCE = "read"
"""The source of annotations that the reader made."""


@dataclass(frozen=True)
class Draft:
    """An annotation with a score in [0, 1] for each field and word; 1 where none is known.

    `part` is which of several business documents in the file it is, `origin` how it was
    read (`text`, `ocr:…`, `xml`), `model` what read it.
    """

    annotation: Annotation
    field_scores: tuple[float, ...] = field(default=())
    word_scores: tuple[float, ...] = field(default=())
    part: int = 0
    origin: str | None = None
    model: str = "ledgergraph"

    @property
    def uncertainty(self) -> float:
        """How unsure the reader is of the fields, in [0, 1]; 1 where it read none."""
        return 1.0 - fmean(self.field_scores) if self.field_scores else 1.0


Rows = Sequence[Mapping[str, Any]]


def drafts_of(
    documents: pa.Table, pages: pa.Table, words: pa.Table, extractions: pa.Table
) -> Iterator[Draft]:
    """What the reader read of documents that have pages, one draft for each part.

    The tables are `documents`, `pages`, `words` and `extractions`. A field whose chosen
    reading has no place (XML) stands where a page states the same.
    """
    pages_of, words_of = pages_from_table(pages), words_from_table(words)
    parts: dict[tuple[str, int], list[Mapping[str, Any]]] = defaultdict(list)
    for row in extractions.to_pylist():
        parts[row["document_id"], row["part"]].append(row)
    for document in sorted(documents.to_pylist(), key=lambda row: str(row["document_id"])):
        document_id = document["document_id"]
        if document_id not in pages_of:
            continue
        own = sorted(part for one, part in parts if one == document_id) or [0]
        for part in own:
            yield _draft(
                document, part, pages_of[document_id], words_of.get(document_id, []),
                parts.get((document_id, part), []),
            )  # fmt: skip


def _draft(
    document: Mapping[str, Any], part: int, pages: Sequence[Page], words: Sequence[Word], rows: Rows
) -> Draft:
    stated = sorted(
        (row for row in rows if row["chosen"]),
        key=lambda row: (-1 if row["line"] is None else row["line"], row["field"]),
    )
    fields = tuple(_field(row, rows, words) for row in stated)
    document_id = str(document["document_id"])
    name = document_id.removeprefix("sha256:") + (f".{part}" if part else "")
    texts = [word.text for word in words]
    annotation = Annotation(
        f"{SOURCE}/{name}", SOURCE, name, document["type"],
        tuple(AnnotatedPage(page.width, page.height, page.unit) for page in pages),
        tuple(AnnotatedWord(word.page, word.text, word.box) for word in words),
        fields, document_id=document_id, media_type=document["media_type"],
        language=lexicon_for([key_of(text) for text in texts]).language if texts else None,
    )  # fmt: skip
    return Draft(
        annotation,
        tuple(float(row["confidence"]) for row in stated),
        tuple(word.confidence for word in words),
        part,
        next((str(row["source"]) for row in stated), words[0].engine if words else None),
    )


def _field(row: Mapping[str, Any], rows: Rows, words: Sequence[Word]) -> FieldTruth:
    alike = [
        one for one in rows
        if one["page"] is not None and (one["line"], one["field"]) == (row["line"], row["field"])
        and same_value(row["field"], one["value"], row["value"])
    ]  # fmt: skip
    places: tuple[int, ...] = ()
    if alike:
        place = row if row["page"] is not None else alike[0]
        places = places_in(words, place["page"], Box(*(place[name] for name in CORNERS)))
    return FieldTruth(row["field"], row["line"], row["value"], row["raw"] or row["value"], places)


CORNERS = ("x0", "y0", "x1", "y1")


def places_in(words: Sequence[Placed], page: int, box: Box) -> tuple[int, ...]:
    """The words of a page whose middle lies in a box."""
    return tuple(
        place
        for place, word in enumerate(words)
        if word.page == page
        and box.x0 <= (word.box.x0 + word.box.x1) / 2 <= box.x1
        and box.y0 <= word.box.middle_y <= box.y1
    )
