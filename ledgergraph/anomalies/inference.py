"""Scores of invoices that are not in the books yet, one or many, by champions that stay loaded.

Belongs here: which models are applied to which rows, so that a new invoice gets the scores
that the next night would give it. Not here: features, and which rows tell of an invoice
(datasets.features, graph.parts); what is scored at night (scoring).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

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
        """Those of folders, by role (ROLES); where a role has none, the packaged one.

        Raises StaleInput if a file of one is missing.
        """
        anomaly = outliers.load(folders["anomaly"]) if "anomaly" in folders else None
        compliance, duplicate = (
            boosting.load(folders[role]) if role in folders else champion(role)
            for role in ROLES[:2]
        )  # fmt: skip
        return Champions(compliance, duplicate, anomaly)

    def scores(self, books: Whole, invoices: pa.Table) -> pa.Table:
        """The scores of new invoices (columns of table `invoices`), in the schema INVOICE_SCORES.

        `books` are those that they arrive at (`datasets.features.opened`); among themselves
        they arrive as their dates say. Of an invoice whose seller the books do not know
        (`Whole.strangers`) no history tells: its scores say little. More than
        `graph.parts.MOST` at once, and some among which old ones came, take as long as all
        invoices of the books do (`Whole.telling`). Raises BadSetting as `Whole.part`.
        """
        ledger = books.telling(invoices)
        features, pairs = table_of(ledger), candidate_pairs(ledger).table(ledger)
        found = likely_duplicates(pairs, self.duplicate)
        scores = self.stored_scores(features, found)
        return scores.filter(pc.is_in(scores["invoice_id"], invoices["invoice_id"]))

    def stored_scores(self, features: pa.Table, duplicates: pa.Table) -> pa.Table:
        """The scores of invoices whose features and likely duplicates are there, as `score`."""
        return score(features, duplicates, self.compliance, self.anomaly)
