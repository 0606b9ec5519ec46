"""Invoices as pages: one layout, six languages, the same bytes every time."""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ledgergraph.corpora.papers import Paper
from ledgergraph.corpora.rendering.printing import fields_of, page_data

LAYOUT = "invoice.typ"
MADE_AT = datetime(2020, 1, 1, tzinfo=UTC)
"""The creation date in every file: the day of printing is not to change the bytes."""


def render(papers: Iterable[Paper]) -> Iterator[tuple[str, bytes]]:
    """Print papers one by one: pairs of invoice id and PDF.

    Only fonts that the compiler carries are used, so that pages look the same
    on every machine.
    """
    import typst

    layout = resources.files(__package__).joinpath(LAYOUT).read_bytes()
    with TemporaryDirectory() as folder:
        path = Path(folder) / LAYOUT
        path.write_bytes(layout)
        compiler = typst.Compiler(path, root=folder, ignore_system_fonts=True)
        for paper in papers:
            data = json.dumps(page_data(paper), ensure_ascii=False)
            page = compiler.compile(
                format="pdf", sys_inputs={"data": data}, timestamp=MADE_AT, pdf_tags=False
            )
            assert isinstance(page, bytes)  # one file, as always for PDF
            yield paper.invoice_id, page


def paper_truth(papers: Iterable[Paper]) -> list[dict[str, Any]]:
    """What the pages state: invoice_id, line (null for the header), field, value, raw.

    `value` is canonical as in extractions, `raw` as it stands on the page.
    """
    return [{"invoice_id": paper.invoice_id, **row} for paper in papers for row in fields_of(paper)]
