"""The report on quality: what came in lately, how well it was read, and which limits are crossed.

Pure: tables of batches and an instant in, counts, crossed limits and a page out. How
one document is judged stands in `extractions.quality`.
"""

from ledgergraph.anomalies.quality.limits import (
    QUALITY_CROSSINGS,
    Crossing,
    QualityLimits,
    crossed,
    crossings_in,
    crossings_table,
)
from ledgergraph.anomalies.quality.measures import (
    QUALITY_MEASURES,
    Batch,
    Period,
    Tally,
    measures_table,
    tally_of,
    tally_of_events,
)
from ledgergraph.anomalies.quality.page import QualityData, render

__all__ = [
    "QUALITY_CROSSINGS",
    "QUALITY_MEASURES",
    "Batch",
    "Crossing",
    "Period",
    "QualityData",
    "QualityLimits",
    "Tally",
    "crossed",
    "crossings_in",
    "crossings_table",
    "measures_table",
    "render",
    "tally_of",
    "tally_of_events",
]
