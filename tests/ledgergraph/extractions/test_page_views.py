"""Pages of files as pictures, whatever the file is."""

import io

import numpy as np
from made_pages import made_pages
from PIL import Image

from ledgergraph.documents.limits import Limits
from ledgergraph.extractions.page_views import shown, views_of


def test_pages_of_pdfs_and_of_pictures_are_looked_at_alike() -> None:
    _, pdf = made_pages()[0]
    page = shown(pdf, 0, Limits(), 600)
    assert max(page.size) in (599, 600, 601)
    sink = io.BytesIO()
    page.save(sink, format="png")
    one, other = (views_of(data, [0], Limits())[0] for data in (pdf, sink.getvalue()))
    assert one.shape == other.shape == (224, 224, 3)
    assert np.abs(one.astype(int) - other.astype(int)).mean() < 4


def test_small_pictures_are_made_larger() -> None:
    sink = io.BytesIO()
    Image.new("RGB", (60, 90), "white").save(sink, format="png")
    assert shown(sink.getvalue(), 0, Limits(), 300).size == (200, 300)
