"""Pages of a made company with all that is known of them, as annotations and as pictures."""

from functools import cache

import numpy as np
import pypdfium2 as pdfium

from ledgergraph.corpora.annotations import Annotation
from ledgergraph.corpora.company import make_company
from ledgergraph.corpora.rendering import documents


@cache
def made_pages(seed: int = 11, count: int = 4) -> tuple[tuple[Annotation, bytes], ...]:
    """Annotations of the first papers of a small company, with their PDF; the same each time."""
    papers = make_company(seed, invoices=200, months=6).papers[:count]
    return tuple((one.annotation, one.data) for one in documents(papers))


def picture_of(pdf: bytes, page: int = 0, dpi: float = 150) -> np.ndarray:
    """A page of a PDF in pixels, three channels."""
    with pdfium.PdfDocument(pdf) as document:
        shown: np.ndarray = document[page].render(scale=dpi / 72).to_numpy()
    return np.ascontiguousarray(shown[:, :, ::-1])
