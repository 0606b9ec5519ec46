"""What a champion reads and gives, and a row to try it with: for those who find it elsewhere.

The row is of a made company: nothing of a customer leaves by it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from ledgergraph.benchmarks.champions import described
from ledgergraph.corpora.training import made_ledger
from ledgergraph.extractions.schemas import EXTRACTIONS, WORDS
from ledgergraph.identity import document_id_of
from ledgergraph.models.boosting import load
from ledgergraph.models.contract import matrix_of

SEED, INVOICES = 1, 200
"""The made company that the example is of."""


@dataclass(frozen=True)
class Signature:
    """Columns that a model reads and gives, with their types, and a row of what it reads."""

    inputs: Mapping[str, pa.DataType]
    outputs: Mapping[str, pa.DataType]
    example: Mapping[str, Any]


def signature_of(role: str, folder: Path) -> Signature:
    """The signature of the model of a role (compliance, duplicate, reader) that a folder holds.

    Raises StaleInput as the model's `load`.
    """
    if role == "reader":
        inputs, outputs = ({column.name: column.type for column in table.schema}
                           for table in (WORDS, EXTRACTIONS))  # fmt: skip
        return Signature(inputs, outputs, WORD)
    names = load(folder).names
    ledger = described(made_ledger(SEED, INVOICES))
    rows = ledger.pairs if role == "duplicate" else ledger.features
    matrix = matrix_of(rows, names)
    fullest = matrix[int(np.isnan(matrix).sum(axis=1).argmin())].tolist()
    row = {name: one if isfinite(one) else None for name, one in zip(names, fullest, strict=True)}
    return Signature(dict.fromkeys(names, pa.float64()), {"probability": pa.float64()}, row)


WORD = {
    "document_id": document_id_of(b"example"), "page": 1, "word": 0, "text": "Invoice",
    "x0": 0.1, "y0": 0.05, "x1": 0.2, "y1": 0.07, "confidence": 1.0, "engine": "text",
}  # fmt: skip
"""A word as a page states it."""
