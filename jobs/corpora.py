"""Labelled and made documents, and the reader's corpus of them, for whoever asks.

Training ledgers are no part of it: a role that learns makes them (jobs.training).
"""

import dagster as dg

PUBLIC, SYNTHETIC, READER_CORPUS = "public_documents", "synthetic_documents", "reader_corpus"

corpora = dg.define_asset_job(
    "corpora",
    selection=dg.AssetSelection.assets(PUBLIC, SYNTHETIC, READER_CORPUS),
    description="Documents of others and made ones, with labels, and the reader's corpus of them.",
)
