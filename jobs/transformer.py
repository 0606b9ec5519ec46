"""Training a layout transformer: on request alone, and on no schedule.

It takes hours on a processor, and needs torch. The corpus is that of the reader: job
`training_reader` or `corpora` makes it.
"""

import dagster as dg

LEARNED = ("transformer_lessons", "transformer_model", "transformer_benchmark")
training_transformer = dg.define_asset_job(
    "training_transformer",
    selection=dg.AssetSelection.assets(*LEARNED),
    tags={"gpu": "true"},
    description="A layout transformer learns to read pages, and is judged beside other readers.",
)
