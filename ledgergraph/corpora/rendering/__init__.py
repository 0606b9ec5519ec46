"""Papers as pages, with the truth of all that stands on them: the same bytes every time.

render(papers)          pairs of invoice id and PDF
paper_truth(papers)     what the pages state, without printing them
documents(papers)       files of several media, each with its annotation
annotations(papers)     the annotations of their pages alone
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from ledgergraph.corpora.papers import Paper, positive
from ledgergraph.corpora.rendering.einvoices import hybrid
from ledgergraph.corpora.rendering.looks import FAMILIES, LAYOUTS, look_of
from ledgergraph.corpora.rendering.making import (
    MEDIA,
    MadeDocument,
    annotations,
    check_dpi,
    documents,
)
from ledgergraph.corpora.rendering.sheets import fields_of, sheet_of
from ledgergraph.corpora.rendering.typesetting import PDF_A, press

__all__ = [
    "FAMILIES",
    "LAYOUTS",
    "MEDIA",
    "MadeDocument",
    "annotations",
    "check_dpi",
    "documents",
    "paper_truth",
    "render",
]

NOTHING: Mapping[str, Paper] = {}


def render(
    papers: Iterable[Paper],
    families: Collection[str] = FAMILIES,
    embedded: Mapping[str, Paper] = NOTHING,
) -> Iterator[tuple[str, bytes]]:
    """Print papers one by one: pairs of invoice id and PDF.

    `embedded` says by invoice what the XML in the file states: those become hybrids.

    Only fonts of the compiler and of packages are used, so that pages look the same
    on every machine.
    """
    with press() as running:
        for paper in papers:
            sheet = sheet_of(paper, look_of(paper, families))
            stated = embedded.get(paper.invoice_id)
            running.typeset(sheet)
            if stated is None:
                yield paper.invoice_id, running.pdf(sheet)
            else:
                page = running.pdf(sheet, standard=PDF_A)
                yield paper.invoice_id, hybrid(page, positive(stated))


def paper_truth(
    papers: Iterable[Paper], families: Collection[str] = FAMILIES
) -> list[dict[str, Any]]:
    """What the pages state: invoice_id, line (null for the header), field, value, raw.

    `value` is canonical as in extractions, `raw` as it stands on the page.
    """
    return [
        {"invoice_id": paper.invoice_id, **row}
        for paper in papers
        for row in fields_of(sheet_of(paper, look_of(paper, families)))
    ]
