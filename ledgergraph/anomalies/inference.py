"""Scores of invoices that are not in the books yet, one or many, by champions that stay loaded.

Belongs here: which models are applied to which rows, so that a new invoice gets the scores
that the next night would give it. Not here: features, and which rows tell of an invoice
(datasets.features, graph.parts); what is scored at night (scoring).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from ledgergraph.anomalies.scoring import likely_duplicates, score
from ledgergraph.datasets.features import table_of
from ledgergraph.graph.duplicates import candidate_pairs
from ledgergraph.graph.parts import Whole
from ledgergraph.models import boosting, outliers
from ledgergraph.models.contract import Model
from ledgergraph.models.packaged import champion

ROLES = ("compliance", "duplicate", "anomaly")


@dataclass(frozen=True)
class Champions:
    """The models that count. `anomaly` is that of one company; null without one."""

    compliance: Model
    duplicate: Model
    anomaly: Model | None = None

    @staticmethod
    def packaged() -> "Champions":
        """Those that come with the package: for a company that has none yet."""
        return Champions(champion("compliance"), champion("duplicate"))

    @staticmethod
    def load(folders: Mapping[str, Path]) -> "Champions":
        """Those of folders, by role (ROLES). Raises StaleInput if a file of one is missing."""
        anomaly = outliers.load(folders["anomaly"]) if "anomaly" in folders else None
        compliance, duplicate = (boosting.load(folders[role]) for role in ROLES[:2])
        return Champions(compliance, duplicate, anomaly)

    def scores(self, books: Whole, invoices: pa.Table) -> pa.Table:
        """The scores of new invoices (columns of table `invoices`), in the schema INVOICE_SCORES.

        `books` are those that they arrive at (`datasets.features.opened`); among themselves
        they arrive as their dates say. Raises BadSetting as `Whole.part`.
        """
        part = books.part(invoices)
        found = likely_duplicates(candidate_pairs(part).table(part), self.duplicate)
        return self.stored_scores(table_of(part), found)

    def stored_scores(self, features: pa.Table, duplicates: pa.Table) -> pa.Table:
        """The scores of invoices whose features and likely duplicates are there, as `score`."""
        return score(features, duplicates, self.compliance, self.anomaly)
