"""Invoice numbers as a series: how fast they run, and whether this one fits."""

import numpy as np

from ledgergraph.datasets.declared import Feature, log_ratio, ratio
from ledgergraph.graph.asof import (
    COUNT,
    SUM,
    count_before,
    mean_before,
    median_before,
    previous,
    share_before,
    sum_before,
)
from ledgergraph.graph.duplicates import number_gap
from ledgergraph.graph.frames import Floats, Ints, Ledger
from ledgergraph.graph.parts import across
from ledgergraph.issues import Kind

FAMILY = "numbers"


def _feature(name: str, sentence: str, unit: str, *kinds: Kind) -> Feature:
    return Feature(name, sentence, unit, FAMILY, kinds)


FEATURES = (
    _feature("number_step", "how far the number lies above the vendor's last, log10 with its sign",
             "log10", Kind.SEQUENTIAL_NUMBERS, Kind.DUP_RENUMBERED),
    _feature("number_gap", "how far the number lies above the nearest smaller one of the vendor",
             "log10", Kind.SEQUENTIAL_NUMBERS),
    _feature("number_gap_to_usual", "that gap over the vendor's usual gap", "log10",
             Kind.DUP_RENUMBERED, Kind.SEQUENTIAL_NUMBERS),
    _feature("number_gap_per_day", "gap to the nearest smaller number per day that passed",
             "log10", Kind.SEQUENTIAL_NUMBERS),
    _feature("unit_step_share", "share of the vendor's earlier numbers that followed by one",
             "share", Kind.SEQUENTIAL_NUMBERS, Kind.GHOST_VENDOR),
    _feature("unit_steps", "earlier numbers of the vendor that followed by one, log10(1 + n)",
             "log10", Kind.SEQUENTIAL_NUMBERS),
    _feature("usual_gap", "mean log gap of the vendor's earlier numbers", "log10",
             Kind.SEQUENTIAL_NUMBERS, Kind.GHOST_VENDOR),
    _feature("gap_to_category", "the vendor's usual gap less that of its category's other invoices",
             "log10", Kind.SEQUENTIAL_NUMBERS),
    _feature("gap_to_others", "the vendor's usual gap less that of all other vendors", "log10",
             Kind.SEQUENTIAL_NUMBERS, Kind.GHOST_VENDOR),
    _feature("number_code", "digits before the running part that are no year, as of a customer's "
             "own range", "count", Kind.SEQUENTIAL_NUMBERS),
    _feature("number_shape_share", "share of the vendor's earlier numbers of this shape", "share",
             Kind.DUP_RENUMBERED, Kind.IBAN_NOT_OF_VENDOR),
    _feature("number_backwards", "whether the number lies below the vendor's last", "flag",
             Kind.DUP_RENUMBERED),
    _feature("number_size", "the number's running part, log10", "log10",
             Kind.SEQUENTIAL_NUMBERS, Kind.GHOST_VENDOR),
    _feature("number_seen", "earlier invoices of the vendor with this number", "count",
             Kind.DUP_EXACT),
)  # fmt: skip


def compute(ledger: Ledger) -> dict[str, Floats]:
    """The values in order of arrival."""
    row, at = ledger.values, ledger.asked
    vendor = ledger.codes("seller")
    value, known = row("running"), row("known")
    step = value - previous(np.where(np.isnan(value), -1, vendor), value, at)
    gap = number_gap(ledger)
    log_gap = _log(gap)
    days = np.maximum(known - previous(vendor, known, at), 1.0)
    usual = mean_before(vendor, log_gap, at)
    recent = np.where(np.isnan(log_gap), usual, (usual + log_gap) / 2.0)
    count = count_before(vendor, at=at)
    shape_share = ratio(count_before(ledger.codes("seller", "shape"), at=at), count)
    unit = gap == 1.0
    return {
        "number_step": np.sign(step) * np.log10(1.0 + np.abs(step)),
        "number_gap": log_gap,
        "number_gap_to_usual": log_gap - median_before(vendor, log_gap, at),
        "number_gap_per_day": log_ratio(gap, days),
        "unit_step_share": share_before(np.where(np.isnan(gap), -1, vendor), unit, at=at),
        "unit_steps": np.log10(1.0 + count_before(vendor, unit, at)),
        "usual_gap": usual,
        "gap_to_category": recent - _others_mean(ledger, "category", vendor, log_gap),
        "gap_to_others": recent - _others_mean(ledger, None, vendor, log_gap),
        "number_code": row("code_digits"),
        "number_shape_share": shape_share,
        "number_backwards": np.where(np.isnan(step), np.nan, (step < 0).astype(np.float64)),
        "number_size": _log(value + 1.0),
        "number_seen": count_before(ledger.codes("seller", "clean"), at=at),
    }


def witnesses(ledger: Ledger, at: int, feature: str) -> list[str]:
    """The invoice and its vendor's earlier ones, or those with the same number."""
    columns = ("seller", "clean") if feature == "number_seen" else ("seller",)
    return ledger.records("invoices", np.append(ledger.earlier(at, *columns), at))


def _others_mean(ledger: Ledger, by: str | None, vendor: Ints, values: Floats) -> Floats:
    """Mean of the earlier values of other vendors that agree in a column; without it, of all."""
    valid, at = ~np.isnan(values), ledger.asked
    of_all = across(ledger, f"gaps_{by}", by, SUM, values)
    total = of_all - sum_before(vendor, values, at)
    count = across(ledger, f"gaps_{by}_known", by, COUNT, valid) - count_before(vendor, valid, at)
    return np.where(count >= 5, total / np.maximum(count, 1.0), np.nan)


def _log(values: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(values > 0, np.log10(np.where(values > 0, values, 1.0)), np.nan)
