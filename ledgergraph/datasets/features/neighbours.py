"""Own attributes against those of the neighbours in the graph: same vendor, approver, entity,
account or contract. Generic on purpose: it catches what nobody wrote a feature for (GADBench)."""

import numpy as np

from ledgergraph.datasets.declared import Feature, log_days
from ledgergraph.datasets.features.own import trailing_zeros
from ledgergraph.graph.asof import count_before, deviation_before, mean_before, rank_before
from ledgergraph.graph.frames import Floats, Ledger, codes_of
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
    rows = ledger.invoices
    groups = {name: codes_of(rows[column]) for name, column in GROUPS.items()}
    whole = np.zeros(len(rows), dtype=np.int64)
    known = rows["known"].to_numpy()
    first = rows["known"].groupby(groups["vendor"]).transform("first").to_numpy()
    with np.errstate(invalid="ignore", divide="ignore"):
        size = np.abs(rows["amount"].to_numpy())
        log_amount = np.where(size > 0, np.log10(size), np.nan)
    attributes = {
        "amount": log_amount,
        "lag": rows["received_on"].to_numpy() - rows["issue_date"].to_numpy(),
        "terms": rows["due_date"].to_numpy() - rows["day"].to_numpy(),
        "zeros": trailing_zeros(rows["net"].to_numpy()),
        "ordered": rows["order_id"].notna().to_numpy(dtype=np.float64),
        "age": log_days(np.where(np.isinf(known), np.nan, known - first)),
    }
    overall = {name: mean_before(whole, values) for name, values in attributes.items()}
    result = {
        f"{group}_{name}_deviation": deviation_before(groups[group], attributes[name])
        for group, name in DEVIATIONS
    }
    result |= {
        f"{group}_{name}_mean": mean_before(groups[group], attributes[name]) - overall[name]
        for group, name in MEANS
    }
    approved = np.where(groups["approver"] >= 0, 0, -1)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = count_before(groups["approver"]) / count_before(approved)
    return result | {
        "approver_amount_rank": rank_before(groups["approver"], log_amount),
        "vendor_amount_rank": rank_before(groups["vendor"], log_amount),
        "approver_invoices_share": share,
    }


def witnesses(ledger: Ledger, at: int, feature: str) -> list[str]:
    """The invoice and the earlier ones of the group that it is held against."""
    group = feature.split("_", 1)[0]
    return ledger.records("invoices", np.append(ledger.earlier(at, GROUPS[group]), at))
