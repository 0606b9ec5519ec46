"""Training: a role learns from what people said, is judged, and perhaps counts from then on."""

from collections.abc import Mapping

import dagster as dg

from assets.policies import FEEDBACK, WHOLE_ASSETS
from resources.learning import LABELS

SCORING = WHOLE_ASSETS[WHOLE_ASSETS.index("invoice_scores") :]
MATCHING = WHOLE_ASSETS[WHOLE_ASSETS.index("duplicates") :]
"""What is made anew with another champion. `duplicates` reads its champion through time, so
that is a run of its own, tagged to compare what was read so (assets.lineage)."""


def learning(role: str) -> tuple[str, ...]:
    """The assets from what people said to the champion of a role, and the registry's copy."""
    learned = (FEEDBACK, "training_ledgers", "training_features", "benchmark_features",
               LABELS[role][0])  # fmt: skip
    return (*learned, f"{role}_model", f"{role}_benchmark", f"{role}_champion", "model_registry")


CORPUS = ("synthetic_documents", "public_documents", "reader_corpus")
"""What the reader learns from, beside corrections."""
SELECTED: Mapping[str, tuple[str, ...]] = {
    "compliance": (*learning("compliance"), *SCORING),
    "duplicate": learning("duplicate"),
    "reader": (FEEDBACK, *CORPUS, "reader_model", "reader_benchmark", "reader_champion",
               "model_registry"),
}  # fmt: skip
"""What a training run of each role makes; what nobody promoted anew is not computed."""
training_jobs = {
    role: dg.define_asset_job(
        f"training_{role}",
        selection=dg.AssetSelection.assets(*selected),
        description=f"The {role} role learns from labels; the challenger counts if it wins.",
    )
    for role, selected in SELECTED.items()
}
"""For each role the job in which it learns."""
