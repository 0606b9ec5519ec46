"""Hybrids as containers: what was wrong with the XML inside when the document was examined."""

from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ledgergraph.issues import Kind

RULE_ID = "container"
SENTENCE = (
    "A hybrid carries exactly one invoice XML under a name of its standard (ZUGFeRD, Factur-X)"
)


def violations_of(documents: pa.Table) -> Iterator[Mapping[str, Any]]:
    """One validation for each document whose container has problems, with all of them."""
    kind = Kind.HYBRID_CONTAINER_INVALID
    wrong = documents.filter(pc.is_valid(documents["problems"]))
    for row in wrong.select(["document_id", "problems"]).to_pylist():
        yield {
            "document_id": row["document_id"],
            "part": 0,
            "rule": RULE_ID,
            "kind": kind.value,
            "severity": kind.facts.severity.value,
            "field": None,
            "line": None,
            "sentence": f"{SENTENCE}: {row['problems']}",
        }
