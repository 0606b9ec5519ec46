"""Text layers: does a page carry amounts or accounts that nobody who looks at it sees?"""

from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ledgergraph.extractions.text_layers import SECRET
from ledgergraph.issues import Kind

RULE_ID = "text_is_shown"
SENTENCE = "What a page states is shown to who looks at it"


def violations_of(pages: pa.Table) -> Iterator[Mapping[str, Any]]:
    """One validation for each document with such pages, which names them."""
    kind = Kind.HIDDEN_OR_OVERLAID_TEXT
    wrong = pages.filter(pc.equal(pages["text_layer"], pa.scalar(SECRET)))
    found: dict[str, list[int]] = {}
    for row in wrong.select(["document_id", "page"]).to_pylist():
        found.setdefault(row["document_id"], []).append(row["page"] + 1)
    for document_id, numbers in sorted(found.items()):
        where = ", ".join(map(str, sorted(numbers)))
        yield {
            "document_id": document_id,
            "part": 0,
            "rule": RULE_ID,
            "kind": kind.value,
            "severity": kind.facts.severity.value,
            "field": None,
            "line": None,
            "sentence": f"{SENTENCE}: page {where} carries an amount or account in text that "
            "nobody sees (white, or without ink), and it was not read.",
        }
