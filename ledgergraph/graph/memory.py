"""Process memory in short: what was read of each document, and how well.

One node per reading and per judgement; the fields themselves stay in tables.
"""

import pyarrow as pa
import pyarrow.compute as pc

from ledgergraph.graph.schemas import JUDGEMENTS, READINGS


def readings_of(extractions: pa.Table) -> pa.Table:
    """One row per document, part and reading of table `extractions`."""
    counted = extractions.append_column("is_chosen", extractions["chosen"].cast(pa.int64()))
    grouped = counted.group_by(["document_id", "part", "reading"], use_threads=False).aggregate(
        [("source", "max"), ("field", "count"), ("is_chosen", "sum"), ("confidence", "mean")]
    )
    names = {
        "source_max": "source", "field_count": "fields", "is_chosen_sum": "chosen",
        "confidence_mean": "confidence",
    }  # fmt: skip
    return READINGS.conform(
        grouped.rename_columns([names.get(name, name) for name in grouped.column_names])
    )


def judgements_of(quality: pa.Table, validations: pa.Table) -> pa.Table:
    """One row per row of table `quality`, with the number of its rows in `validations`."""
    keys = ["document_id", "part"]
    counted = validations.group_by(keys, use_threads=False).aggregate([([], "count_all")])
    joined = quality.join(counted, keys=keys, join_type="left outer")
    violations = pc.fill_null(joined["count_all"], 0)
    return JUDGEMENTS.conform(
        joined.drop_columns(["count_all"]).append_column("violations", violations)
    )
