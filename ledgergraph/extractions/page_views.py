"""Pages of a file as they look: for a person, and for a network with an image branch.

Not here: pages made ready for an engine (pictures), crops for the report (anomalies).
"""

from collections.abc import Iterable
from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np
import pypdfium2 as pdfium

from ledgergraph.documents.images import frame_of
from ledgergraph.documents.limits import Limits
from ledgergraph.models.layout_windows import SIGHT, Pixels

if TYPE_CHECKING:
    from PIL import Image

PDF = b"%PDF-"


def shown(data: bytes, page: int, limits: Limits, longest: int) -> "Image.Image":
    """One page of a PDF or an image that was accepted, in RGB, its longer side `longest` pixels."""
    if PDF in data[:1024]:
        with closing(pdfium.PdfDocument(data)) as document, closing(document[page]) as sheet:
            scale = longest / max(*sheet.get_size(), 1.0)
            drawn: Image.Image = sheet.render(scale=scale).to_pil()
            return drawn.convert("RGB")
    frame = frame_of(data, page, limits)
    scale = longest / max(frame.size)
    size = (max(round(frame.width * scale), 1), max(round(frame.height * scale), 1))
    return frame.resize(size).convert("RGB")


def views_of(data: bytes, pages: Iterable[int], limits: Limits) -> dict[int, Pixels]:
    """Pages as an image branch looks at them: SIGHT pixels on both sides."""
    return {
        page: np.asarray(shown(data, page, limits, 2 * SIGHT).resize((SIGHT, SIGHT)))
        for page in pages
    }
