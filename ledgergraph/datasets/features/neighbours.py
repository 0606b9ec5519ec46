"""Own attributes against those of the neighbours in the graph: same vendor, approver, entity,
account or contract. Generic on purpose: it catches what nobody wrote a feature for (GADBench)."""

import numpy as np

from ledgergraph.datasets.declared import Feature, log_days
from ledgergraph.datasets.features.own import trailing_zeros
from ledgergraph.graph.asof import COUNT, DEVIATION, MEAN, RANK, first_valid
from ledgergraph.graph.frames import Floats, Ledger
from ledgergraph.graph.parts import across
from ledgergraph.issues import Kind

FAMILY = "neighbours"
GROUPS = {"vendor": "seller", "approver": "approver", "entity": "entity_id", "account": "iban"}
ATTRIBUTES = {
    "amount": "log amount",
    "lag": "days from issue to arrival",
    "terms": "days to pay",
    "zeros": "trailing zeros of net",
    "ordered": "having an order",
    "age": "log days since the vendor's first invoice",
}


def _deviation(group: str, attribute: str) -> Feature:
    return Feature(
        f"{group}_{attribute}_deviation",
        f"{ATTRIBUTES[attribute]} against the earlier invoices of the same {group}",
        "deviations", FAMILY,
    )  # fmt: skip


def _mean(group: str, attribute: str) -> Feature:
    return Feature(
        f"{group}_{attribute}_mean",
        f"mean {ATTRIBUTES[attribute]} of the earlier invoices of the same {group}, less that of "
        "all", "difference", FAMILY, (Kind.GHOST_VENDOR,),
    )  # fmt: skip


DEVIATIONS = [
    (group, attribute)
    for group in GROUPS
    for attribute in ("amount", "lag", "terms", "zeros")
    if (group, attribute) != ("account", "terms")
]
MEANS = [
    (group, attribute)
    for group in ("vendor", "approver", "account")
    for attribute in ("ordered", "age", "amount", "lag")
]
FEATURES = (
    *(_deviation(*pair) for pair in DEVIATIONS),
    *(_mean(*pair) for pair in MEANS),
    Feature("approver_amount_rank", "share of the approver's earlier amounts that are smaller",
            "share", FAMILY, (Kind.OVER_APPROVAL_LIMIT,)),
    Feature("vendor_amount_rank", "share of the vendor's earlier amounts that are smaller",
            "share", FAMILY, (Kind.AMOUNT_OUTLIER,)),
    Feature("approver_invoices_share", "share of all earlier invoices by this approver", "share",
            FAMILY, (Kind.APPROVER_CONCENTRATION,)),
)  # fmt: skip


def compute(ledger: Ledger) -> dict[str, Floats]:
    """The values in order of arrival."""
    row = ledger.values
    known = row("known")
    first = first_valid(ledger.codes("seller"), known, ledger.asked)
    size = np.abs(row("amount"))
    with np.errstate(invalid="ignore", divide="ignore"):
        log_amount = np.where(size > 0, np.log10(size), np.nan)
    attributes = {
        "amount": log_amount,
        "lag": row("received_on") - row("issue_date"),
        "terms": row("due_date") - row("day"),
        "zeros": trailing_zeros(row("net")),
        "ordered": ledger.is_stated("order_id").astype(np.float64),
        "age": log_days(np.where(np.isinf(known), np.nan, known - first)),
    }
    result = {
        f"{group}_{name}_deviation": across(
            ledger, f"{group}_{name}_deviation", GROUPS[group], DEVIATION, attributes[name]
        )
        for group, name in DEVIATIONS
    }
    for name in dict.fromkeys(name for _, name in MEANS):
        overall = across(ledger, f"{name}_mean", None, MEAN, attributes[name])
        for group in (one for one, other in MEANS if other == name):
            key = f"{group}_{name}_mean"
            result[key] = across(ledger, key, GROUPS[group], MEAN, attributes[name]) - overall
    approved = ledger.is_stated("approver")
    with np.errstate(invalid="ignore", divide="ignore"):
        share = across(ledger, "approver_invoices", "approver", COUNT, approved) / across(
            ledger, "approved_invoices", None, COUNT, approved
        )
    ranks = {
        f"{group}_amount_rank": across(
            ledger, f"{group}_amount_rank", GROUPS[group], RANK, log_amount
        )
        for group in ("approver", "vendor")
    }
    return result | ranks | {"approver_invoices_share": share}


def witnesses(ledger: Ledger, at: int, feature: str) -> list[str]:
    """The invoice and the earlier ones of the group that it is held against."""
    group = feature.split("_", 1)[0]
    return ledger.records("invoices", np.append(ledger.earlier(at, GROUPS[group]), at))
