"""Policies that assets share: who owns them, and when the unpartitioned ones are made again.

The condition is the one that DAGSTER's own tests of this project verified: it
catches a batch that lands while the graph is rebuilt, is not held up by a bad
batch, and asks for nothing when a champion changes. Batch assets carry none:
the intake job makes them, and a condition would request every batch again.
"""

from datetime import timedelta
from typing import Any

import dagster as dg

OWNERS = ["team:ledgergraph"]

THROUGH_TIME = dg.AssetSelection.groups("models", "benchmarks", "feedback", "corpora")
"""What is read as it happens to stand; a change of it makes nothing anew by itself."""

BATCH_ASSETS = (
    "documents",
    "transcripts",
    "fingerprints",
    "document_embeddings",
    "extractions",
    "records",
    "validations",
    "ledger_graph",
)
REJECTING = ("documents", "transcripts", "extractions", "records")
"""The assets that write rejections."""
WHOLE_ASSETS = (
    "vendor_memory",
    "parties",
    "bookings",
    "duplicates",
    "process_memory",
    "similar_documents",
    "graph_snapshot",
    "invoice_features",
    "line_matches",
    "anomaly_model",
    "anomaly_champion",
    "invoice_scores",
    "findings",
    "review_queue",
    "anomaly_report",
)
FEEDBACK = "feedback"
"""The asset that holds what people said."""
RE_READ = ("extractions", "records", "validations", "ledger_graph")
"""What is made again of a batch after a correction: no page is transcribed twice."""
CHAMPIONS = ("compliance_champion", "duplicate_champion", "reader_champion")
BATCHES = dg.AssetSelection.assets(*BATCH_ASSETS)
HALFWAY = dg.AssetSelection.assets(*BATCH_ASSETS[:-1])
"""Batch assets before the last: a batch counts once it is in the graph."""


def latched() -> dg.AutomationCondition:
    """Make again after any dependency was updated, once, when nothing is in the way.

    `since` latches the update until the asset is requested; a request in the
    same tick as an update does not reset it, so that update is not lost.
    Missing batches are ignored: one bad batch must not hold up the others.
    """
    condition = dg.AutomationCondition
    updated = condition.any_deps_updated().ignore(THROUGH_TIME | HALFWAY)
    return (
        updated.since((condition.newly_requested() & ~updated) | condition.initial_evaluation())
        & ~condition.in_progress()
        & ~condition.any_deps_in_progress().ignore(THROUGH_TIME)
        & ~condition.any_deps_missing().ignore(THROUGH_TIME | BATCHES)
        & condition.all_deps_blocking_checks_passed()
    )


def whole(group: str, *kinds: str, version: str) -> dict[str, Any]:
    """Arguments of an unpartitioned asset that follows its dependencies."""
    return {**on_request(group, *kinds, version=version), "automation_condition": latched()}


PATIENT = dg.RetryPolicy(max_retries=3, delay=10, backoff=dg.Backoff.EXPONENTIAL)
"""A service may be away for a minute, as a Neo4j that restarts, and a pod may be lost. Reading a
batch has none: it is tried again in other ways (sensors.healing)."""
FRESH = dg.FreshnessPolicy.time_window(
    warn_window=timedelta(hours=26), fail_window=timedelta(hours=50)
)
"""What people read is made anew each night; one missed is a warning, two are a fault."""


def on_request(group: str, *kinds: str, version: str) -> dict[str, Any]:
    """Arguments of an asset that only a job or a person asks for."""
    return {**of_batch(group, *kinds, version=version), "retry_policy": PATIENT}


def of_batch(group: str, *kinds: str, version: str) -> dict[str, Any]:
    """Arguments of an asset that reads a batch."""
    return {
        "group_name": group,
        "kinds": {"python", *kinds},
        "owners": OWNERS,
        "code_version": version,
    }


GPU_POOL = "gpu"
"""The pool of steps that learn a network: each asks for a GPU where steps have pods of their own
(orchestration.executors), and learns on the processor where there is none."""
