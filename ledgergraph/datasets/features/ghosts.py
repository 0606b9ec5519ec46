"""Signs that a vendor exists on paper only. Each alone is weak; a model takes them together."""

from collections.abc import Collection

import numpy as np
import pandas as pd

from ledgergraph.datasets.declared import Feature, log_days
from ledgergraph.graph.asof import (
    EVER,
    MEAN,
    count_before,
    distinct_before,
    first_valid,
    latest_row,
    mean_before,
    rows_upto,
    share,
    share_before,
)
from ledgergraph.graph.frames import Flags, Floats, Ints, Ledger, Values, combined, texts_of
from ledgergraph.graph.parts import across, carried
from ledgergraph.issues import Kind

FAMILY = "ghosts"


def _feature(name: str, sentence: str, unit: str, *kinds: Kind) -> Feature:
    return Feature(name, sentence, unit, FAMILY, kinds)


FEATURES = (
    _feature("registered_days", "days since the vendor was registered, log10(1 + days)", "log10",
             Kind.GHOST_VENDOR),
    _feature("registered_at_first", "days from registration to the vendor's first invoice",
             "days", Kind.GHOST_VENDOR),
    _feature("vendor_unlisted", "whether the vendor was missing in the master on that day", "flag",
             Kind.VENDOR_UNKNOWN),
    _feature("order_share", "share of the vendor's earlier invoices with an order", "share",
             Kind.GHOST_VENDOR),
    _feature("contract_share_of_vendor", "share of the vendor's earlier invoices with a contract",
             "share", Kind.GHOST_VENDOR),
    _feature("receipt_share", "share of the vendor's earlier invoices with something received",
             "share", Kind.GHOST_VENDOR),
    _feature("backed_share", "share of the vendor's invoices so far with an order or a contract, "
             "less that of all vendors", "share", Kind.GHOST_VENDOR),
    _feature("vendor_approvers", "different approvers of the vendor per ten invoices", "ratio",
             Kind.GHOST_VENDOR, Kind.APPROVER_CONCENTRATION),
    _feature("vendor_entities", "different entities that the vendor has billed", "count",
             Kind.GHOST_VENDOR),
    _feature("approver_young_share", "share of the approver's earlier invoices from vendors in "
             "their first half year", "share", Kind.GHOST_VENDOR),
    _feature("address_parties", "other vendors with the same address", "count",
             Kind.GHOST_VENDOR, Kind.IBAN_SHARED),
    _feature("vat_id_parties", "other parties with the same VAT id", "count", Kind.GHOST_VENDOR),
    _feature("vat_id_missing", "whether the vendor has no VAT id though most have", "flag",
             Kind.GHOST_VENDOR),
    _feature("employee_address", "whether an employee lives at the vendor's address", "flag",
             Kind.CONFLICT_OF_INTEREST, Kind.GHOST_VENDOR),
    _feature("employee_name", "whether an employee has the vendor's name", "flag",
             Kind.CONFLICT_OF_INTEREST),
    _feature("name_twin", "similarity of the vendor's name to the nearest other party's", "ratio",
             Kind.VENDOR_IMPERSONATED, Kind.VENDOR_DUPLICATE),
)  # fmt: skip
TWIN_LIMIT = 4000
"""Above so many vendors, names are compared only where they start alike."""


def compute(ledger: Ledger) -> dict[str, Floats]:
    """The values in order of arrival."""
    row, at = ledger.values, ledger.asked
    vendor, approver = ledger.codes("seller"), ledger.codes("approver")
    known = row("known")
    asked, base = ledger.shared(("invoices", "vendor_id"), ("vendors", "vendor_id"))
    listed = latest_row(base, row("known", "vendors"), asked, known)
    registered = _of(row("registered_on", "vendors"), listed)
    since = known - registered
    count = count_before(vendor, at=at)
    first = first_valid(vendor, known, at)
    order, contract = ledger.is_stated("order_id"), ledger.is_stated("contract_id")
    backed = (order | contract).astype(np.float64)
    young = (since < 180) | (np.isnan(since) & (known - first < 180))
    approvers = distinct_before(np.where(approver >= 0, vendor, -1), approver, at)
    entities = ledger.codes("entity_id")
    received = share_before(vendor, _received(ledger), at=at)
    return {
        "registered_days": log_days(since),
        "registered_at_first": np.clip(first - registered, -3650, 3650),
        "vendor_unlisted": _where((listed < 0).astype(np.float64), len(base) > 0),
        "order_share": _ever(ledger, "order_id", share_before(vendor, order, at=at)),
        "contract_share_of_vendor": _ever(
            ledger, "contract_id", share_before(vendor, contract, at=at)
        ),
        "receipt_share": _where(received, ledger.size("goods_receipts") > 0),
        "backed_share": (np.nan_to_num(mean_before(vendor, backed, at)) * count + backed)
        / (count + 1.0) - across(ledger, "backed", None, MEAN, backed),
        "vendor_approvers": approvers / (count + 1.0) * 10.0,
        "vendor_entities": distinct_before(
            np.where(entities >= 0, vendor, -1), entities, at
        ),
        "approver_young_share": across(
            ledger, "approver_young", "approver", share(0.1, 5.0), young * 1.0
        ),
        **_sharing(ledger, listed),
    }  # fmt: skip


def witnesses(ledger: Ledger, at: int, feature: str) -> list[str]:
    """The vendor's record and invoices until then; who shares its address, VAT id or name."""
    rows, vendors = ledger.invoices, ledger["vendors"]
    row = rows.iloc[at]
    listed = vendors["vendor_id"] == row["vendor_id"]
    found = ledger.records("vendors", listed)
    places = [ledger.values("place", table) for table in ("vendors", "employees")]
    names = [ledger.values("words", table) for table in ("vendors", "employees")]
    own_places, own_names = ({*one[0][listed]} - {None} for one in (places, names))
    if feature == "address_parties":
        return found + ledger.records("vendors", _among(places[0], own_places) & ~listed.to_numpy())
    if feature == "vat_id_parties":
        vat_ids = vendors["vat_id"]
        return found + ledger.records("vendors", vat_ids.isin(vat_ids[listed].dropna()) & ~listed)
    if feature == "employee_address":
        return found + ledger.records("employees", _among(places[1], own_places))
    if feature == "employee_name":
        return found + ledger.records("employees", _among(names[1], own_names))
    if feature == "name_twin":
        return found + _twin_records(ledger, row["vendor_id"])
    if feature == "approver_young_share":
        return found + ledger.records("invoices", np.append(ledger.earlier(at, "approver"), at))
    return found + ledger.records("invoices", np.append(ledger.earlier(at, "seller"), at))


def _among(values: Values, wanted: Collection[str]) -> Flags:
    return np.array([one in wanted for one in values.tolist()], dtype=bool)


def _of(values: Floats, place: Ints) -> Floats:
    if not len(values):
        return np.full(len(place), np.nan)
    return np.where(place >= 0, values[np.maximum(place, 0)], np.nan)


def _where(values: Floats, is_known: bool) -> Floats:
    return values if is_known else np.full(len(values), np.nan)


def _ever(ledger: Ledger, column: str, values: Floats) -> Floats:
    """The values from the first row on that fills a column: before, it may not be kept."""
    flag = ledger.is_stated(column).astype(np.float64)
    return np.where(across(ledger, f"{column}_ever", None, EVER, flag) > 0, values, np.nan)


def _received(ledger: Ledger) -> Flags:
    """Whether something had been received for the invoice's order when it arrived."""
    asked, given = ledger.shared(("invoices", "order_id"), ("goods_receipts", "order_id"))
    came = rows_upto(given, ledger.values("known", "goods_receipts"), asked, ledger.values("known"))
    flag: Flags = carried(ledger, "received", came.count > 0)
    return flag


def _sharing(ledger: Ledger, listed: Ints) -> dict[str, Floats]:
    """What a vendor's master data shares with other vendors known by then, and with employees."""
    staff_at, staff = ledger.fixed("staff", _staff)
    is_missing = (~ledger.is_stated("vat_id", "vendors")).astype(np.float64)
    missing = np.where(listed >= 0, _of(is_missing, listed), np.nan)
    usual = across(ledger, "vat_id_missing", None, MEAN, missing)
    twins = carried(ledger, "name_twin", _twins(ledger), "vendors")
    return {
        "address_parties": _others(ledger, "place", listed),
        "vat_id_parties": _others(ledger, "vat_id", listed),
        "vat_id_missing": missing - usual,
        "employee_address": _of(_member(ledger.values("place", "vendors"), staff_at), listed),
        "employee_name": _of(_member(ledger.values("words", "vendors"), staff), listed),
        "name_twin": _of(twins, listed),
    }


def _staff(ledger: Ledger) -> tuple[frozenset[str], frozenset[str]]:
    """Where employees live, and what they are called."""
    at, called = (
        frozenset(ledger.values(column, "employees").tolist()) - {None}
        for column in ("place", "words")
    )
    return at, called


def _others(ledger: Ledger, column: str, listed: Ints) -> Floats:
    """Vendor records of other parties with the same value, known by then; NaN if not stated."""
    known = ledger.values("known")
    if not ledger.size("vendors"):
        return np.full(len(known), np.nan)
    days = ledger.values("known", "vendors")
    value, party = (ledger.shared(("vendors", name))[0] for name in (column, "party"))
    both = combined([value, party])
    own_value, own_both = _at(value, listed), _at(both, listed)
    total = rows_upto(value, days, own_value, known).count
    own = rows_upto(both, days, own_both, known).count
    return np.where(own_value >= 0, (total - own).astype(np.float64), np.nan)


def _at(values: Ints, place: Ints) -> Ints:
    return np.where(place >= 0, values[np.maximum(place, 0)], -1)


def _member(values: Values, among: Collection[str]) -> Floats:
    if not among:
        return np.full(len(values), np.nan)
    found = [np.nan if one is None else float(one in among) for one in values.tolist()]
    return np.array(found, dtype=np.float64)


def _twins(ledger: Ledger) -> Floats:
    """Similarity in [0, 1] of each name to the nearest one of another party, known before it."""
    from rapidfuzz import process
    from rapidfuzz.distance import Indel

    names = ledger.values("words", "vendors")
    best = np.full(len(names), np.nan)
    stated = np.flatnonzero(ledger.is_stated("words", "vendors"))
    party = ledger.shared(("vendors", "party"))[0]
    days = ledger.values("known", "vendors")
    since = np.where(np.isnan(days), -np.inf, days)
    blocks = [stated]
    if len(stated) > TWIN_LIMIT:
        start = texts_of(names, lambda text: text[:3])
        blocks = list(pd.Series(stated).groupby(start[stated]).agg(list).map(np.array))
    for block in blocks:
        listed = names[block].tolist()
        scores = process.cdist(listed, listed, scorer=Indel.normalized_similarity)
        hidden = party[block][:, None] == party[block][None, :]
        hidden |= since[block][None, :] > since[block][:, None]
        best[block] = np.where(hidden, 0.0, scores).max(axis=1, initial=0.0)
    return best


def _twin_records(ledger: Ledger, vendor_id: str) -> list[str]:
    from rapidfuzz import process
    from rapidfuzz.distance import Indel

    vendors = ledger["vendors"]
    names = pd.Series(ledger.values("words", "vendors"))
    own = vendors["vendor_id"] == vendor_id
    if not own.any() or names[own].isna().all():
        return []
    party, since = vendors["party"], vendors["known"].fillna(-np.inf)
    is_other = (party != party[own].iloc[0]) & (since <= since[own].iloc[0])
    others = names[is_other & names.notna()]
    if not len(others):
        return []
    found = process.extractOne(str(names[own].iloc[0]), dict(others.items()),
                               scorer=Indel.normalized_similarity)  # fmt: skip
    return ledger.records("vendors", np.array([found[2]], dtype=np.int64)) if found else []
