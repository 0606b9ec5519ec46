"""Pages of a made company with all that is known of them, as annotations and as pictures."""

from collections import defaultdict
from functools import cache
from typing import Any

import numpy as np
import pypdfium2 as pdfium

from ledgergraph.corpora.alignment import placed
from ledgergraph.corpora.annotations import AnnotatedPage, AnnotatedWord, Annotation, FieldTruth
from ledgergraph.corpora.company import make_company
from ledgergraph.corpora.rendering import paper_truth, render
from ledgergraph.documents.limits import Limits
from ledgergraph.extractions.transcripts import transcribe
from ledgergraph.identity import document_id_of

UNSEEN = ("type", "currency")
"""Fields whose raw text the truth does not give: they are not looked for."""


@cache
def made_pages(seed: int = 11, count: int = 4) -> tuple[tuple[Annotation, bytes], ...]:
    """Annotations of the first pages of a small company, with their PDF; the same each time."""
    papers = make_company(seed, invoices=200, months=6).papers[:count]
    truth: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in paper_truth(papers):
        if row["field"] not in UNSEEN:
            truth[row["invoice_id"]].append(row)
    language = {paper.invoice_id: paper.language for paper in papers}
    return tuple(
        (_annotation(invoice_id, language[invoice_id], pdf, truth[invoice_id]), pdf)
        for invoice_id, pdf in render(papers)
    )


def _annotation(name: str, language: str, pdf: bytes, rows: list[dict[str, Any]]) -> Annotation:
    read = transcribe(document_id_of(pdf), pdf, Limits())
    return placed(
        Annotation(
            f"made/{name}", "made", name, "invoice",
            tuple(AnnotatedPage(page.width, page.height, page.unit) for page in read.pages),
            tuple(AnnotatedWord(word.page, word.text, word.box) for word in read.words),
            tuple(
                FieldTruth(row["field"], row["line"], row["value"], row["raw"]) for row in rows
            ),
            document_id=document_id_of(pdf), media_type="application/pdf", language=language,
        )
    )  # fmt: skip


def picture_of(pdf: bytes, page: int = 0, dpi: float = 150) -> np.ndarray:
    """A page of a PDF in pixels, three channels."""
    with pdfium.PdfDocument(pdf) as document:
        shown: np.ndarray = document[page].render(scale=dpi / 72).to_numpy()
    return np.ascontiguousarray(shown[:, :, ::-1])
