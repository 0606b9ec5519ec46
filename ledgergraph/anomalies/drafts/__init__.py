"""Findings in the making: one draft per sign, by source.

Belongs here: turning what papers, pairs, rules and the model say into drafts.
Not here: which drafts become findings, and as which (merging, findings).
"""

from ledgergraph.anomalies.drafts.draft import Draft, Reason, Witnesses, with_witnesses
from ledgergraph.anomalies.drafts.invoices import (
    Assessment,
    Described,
    kinds_by_weight,
    of_model,
    of_rule,
    weights_of,
)
from ledgergraph.anomalies.drafts.pairs import likeliest_twins, of_duplicates
from ledgergraph.anomalies.drafts.papers import of_validations
from ledgergraph.anomalies.drafts.records import of_breaches

__all__ = [
    "Assessment",
    "Described",
    "Draft",
    "Reason",
    "Witnesses",
    "kinds_by_weight",
    "likeliest_twins",
    "of_breaches",
    "of_duplicates",
    "of_model",
    "of_rule",
    "of_validations",
    "weights_of",
    "with_witnesses",
]
