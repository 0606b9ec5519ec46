"""The fingerprints of papers: what tells one that was scanned or sent again.

Belongs here: which words and which picture of a document count. Not here: how they become
numbers (documents.fingerprints), and which papers are one (graph.rereads).
"""

import re
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pypdfium2 as pdfium

from ledgergraph.documents.fingerprints import picture_hash, smallest_hashes
from ledgergraph.documents.images import frame_of
from ledgergraph.documents.limits import Limits
from ledgergraph.documents.schemas import FINGERPRINTS
from ledgergraph.errors import BadInput

Read = Callable[[str], bytes]

PIXELS = 256
"""Of the longer side of the picture that is looked at."""
LEAST_DIGITS, LEAST_LETTERS = 3, 3
"""So many digits make a figure, so many letters a word: shorter ones are on any paper."""


def fingerprints_of(documents: pa.Table, words: pa.Table, read: Read, limits: Limits) -> pa.Table:
    """Table `fingerprints`: one row for each of the documents that has words.

    `words` is in the schema of that name and in the order of its keys.
    """
    texts = _texts(words)
    formats = dict(
        zip(documents["document_id"].to_pylist(), documents["format"].to_pylist(), strict=True)
    )
    rows: list[Mapping[str, Any]] = [
        {
            "document_id": document_id,
            "picture": _picture_of(read(document_id), formats[document_id], limits),
            "words": smallest_hashes(_words(found)),
            "figures": smallest_hashes(figures(found)),
        }
        for document_id, found in texts.items()
        if document_id in formats
    ]
    return FINGERPRINTS.conform(FINGERPRINTS.rows(rows))


def figures(texts: list[str]) -> set[str]:
    """What a paper prints in digits, without what stands between them."""
    found = {re.sub(r"\D", "", text) for text in texts}
    return {one for one in found if len(one) >= LEAST_DIGITS}


def _words(texts: list[str]) -> set[str]:
    found = {re.sub(r"[\W\d_]", "", text).casefold() for text in texts}
    return {one for one in found if len(one) >= LEAST_LETTERS}


def _texts(words: pa.Table) -> dict[str, list[str]]:
    """The words of each document."""
    found: dict[str, list[str]] = {}
    rows = zip(words["document_id"].to_pylist(), words["text"].to_pylist(), strict=True)
    for document_id, text in rows:
        found.setdefault(document_id, []).append(text)
    return found


def _picture_of(data: bytes, format_: str, limits: Limits) -> int | None:
    """The hash of a document's first page; null where it has no picture that can be made."""
    try:
        grey = _rendered(data) if format_ in ("pdf", "hybrid") else _shown(data, limits)
    except (BadInput, pdfium.PdfiumError):
        return None
    return picture_hash(grey)


def _rendered(data: bytes) -> npt.NDArray[np.uint8]:
    with closing(pdfium.PdfDocument(data)) as document, closing(document[0]) as page:
        scale = min(PIXELS / max(*page.get_size(), 1.0), 1.0)
        picture = page.render(scale=scale, grayscale=True).to_pil()
    return np.asarray(picture.convert("L"))


def _shown(data: bytes, limits: Limits) -> npt.NDArray[np.uint8]:
    frame = frame_of(data, 0, limits).convert("L")
    frame.thumbnail((PIXELS, PIXELS))
    return np.asarray(frame)
