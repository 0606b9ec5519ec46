"""Own documents whose fields people corrected, as annotations to learn from.

Belongs here: what of a transcript and of corrections makes an annotation. Not here: which
corrections count (feedback.events), where a value stands among words (alignment).

Such an annotation labels what people said and nothing else: what its document states beside
that is not labelled, which `preset` says (`corrected`). Documents whose seller nobody named
count as one vendor's, so that they stand on one side.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ledgergraph.corpora.alignment import placed
from ledgergraph.corpora.annotations import (
    ANNOTATIONS,
    AnnotatedPage,
    AnnotatedWord,
    Annotation,
    FieldTruth,
)
from ledgergraph.evidence import Box
from ledgergraph.feedback.events import Feedback
from ledgergraph.tables import Table

OWN_ANNOTATIONS = Table("own_annotations", ANNOTATIONS.schema, ANNOTATIONS.key)
"""Annotations of own documents: the form of ANNOTATIONS, in a table of their own."""
SOURCE, PRESET = "own", "corrected"
NOBODY = "of a seller that nobody named"
NAMING = ("seller.vat_id", "seller.name")
"""Fields that tell the vendor, the best first."""


def corrected(
    documents: pa.Table, pages: pa.Table, words: pa.Table, corrections: Iterable[Feedback]
) -> Iterator[Annotation]:
    """One annotation for each document with corrections whose pages were transcribed.

    `corrections` are those that count; of a file with several documents, those of the first.
    """
    said: dict[str, list[Feedback]] = defaultdict(list)
    for event in corrections:
        if event.document_id and not event.part:
            said[event.document_id].append(event)
    facts = {row["document_id"]: row for row in documents.to_pylist()}
    sheets, tokens = _by_document(pages, said), _by_document(words, said)
    for document_id in sorted(said.keys() & sheets.keys()):
        yield _annotation(
            document_id, facts.get(document_id, {}), sheets[document_id],
            tokens.get(document_id, []), said[document_id],
        )  # fmt: skip


def _by_document(rows: pa.Table, wanted: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    own = rows.filter(
        pc.is_in(rows["document_id"], value_set=pa.array(sorted(wanted), pa.string()))
    )
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in own.to_pylist():
        found[row["document_id"]].append(row)
    return found


def _annotation(
    document_id: str, facts: dict[str, Any], pages: list[dict[str, Any]],
    words: list[dict[str, Any]], events: list[Feedback],
) -> Annotation:  # fmt: skip
    values = {(one.field or "", one.line): one.value or "" for one in events}
    ordered = sorted(values.items(), key=lambda one: (one[0][0], one[0][1] or 0))
    pages = sorted(pages, key=lambda row: row["page"])
    words = sorted(words, key=lambda row: (row["page"], row["word"]))
    name = document_id.removeprefix("sha256:")
    found = placed(
        Annotation(
            annotation_id=f"{SOURCE}/{name}",
            source=SOURCE,
            name=name,
            type=facts.get("type"),
            pages=tuple(AnnotatedPage(row["width"], row["height"], row["unit"]) for row in pages),
            words=tuple(
                AnnotatedWord(
                    row["page"], row["text"], Box(row["x0"], row["y0"], row["x1"], row["y1"])
                )
                for row in words
            ),
            fields=tuple(FieldTruth(field, line, value, value) for (field, line), value in ordered),
            document_id=document_id,
            media_type=facts.get("media_type"),
            vendor=f"{SOURCE}: {_vendor(values)}",
            preset=PRESET,
        )
    )
    return replace(found, fields=tuple(_as_printed(one, found) for one in found.fields))


def _vendor(values: dict[tuple[str, int | None], str]) -> str:
    return next((value for field in NAMING if (value := values.get((field, None)))), NOBODY)


def _as_printed(field: FieldTruth, annotation: Annotation) -> FieldTruth:
    raw = " ".join(annotation.words[place].text for place in field.words)
    return replace(field, raw=raw or field.raw)
