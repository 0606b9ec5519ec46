"""Invoice numbers as a series: how fast they run, and whether this one fits."""

import numpy as np
import pandas as pd

from ledgergraph.datasets.declared import Feature, log_ratio, ratio
from ledgergraph.graph.asof import (
    count_before,
    mean_before,
    median_before,
    nearest_below,
    previous,
    share_before,
)
from ledgergraph.graph.frames import Floats, Ledger, codes_of
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
    rows = ledger.invoices
    vendor = codes_of(rows["seller"])
    value = running_part(rows["number"])
    known = rows["known"].to_numpy()
    step = value - previous(np.where(np.isnan(value), -1, vendor), value)
    gap = value - nearest_below(vendor, value)
    log_gap = _log(gap)
    days = np.maximum(known - previous(vendor, known), 1.0)
    shape = rows["number"].str.replace(r"[A-Za-z]+", "A", regex=True)
    shape = shape.str.replace(r"[0-9]", "9", regex=True)
    count = count_before(vendor)
    shape_share = ratio(count_before(codes_of(rows["seller"], shape)), count)
    return {
        "number_step": np.sign(step) * np.log10(1.0 + np.abs(step)),
        "number_gap": log_gap,
        "number_gap_to_usual": log_gap - median_before(vendor, log_gap),
        "number_gap_per_day": log_ratio(gap, days),
        "unit_step_share": share_before(np.where(np.isnan(gap), -1, vendor), gap == 1.0),
        "unit_steps": np.log10(1.0 + count_before(vendor, gap == 1.0)),
        "usual_gap": mean_before(vendor, log_gap),
        "number_shape_share": shape_share,
        "number_backwards": np.where(np.isnan(step), np.nan, (step < 0).astype(np.float64)),
        "number_size": _log(value + 1.0),
        "number_seen": count_before(codes_of(rows["seller"], rows["clean"])),
    }


def witnesses(ledger: Ledger, at: int, feature: str) -> list[str]:
    """The invoice and its vendor's earlier ones, or those with the same number."""
    columns = ("seller", "clean") if feature == "number_seen" else ("seller",)
    return ledger.records("invoices", np.append(ledger.earlier(at, *columns), at))


def running_part(numbers: pd.Series) -> Floats:
    """The last run of digits of each number as a value: `RE-2024/0113-a` is 113; NaN without one."""
    digits = numbers.str.extract(r"([0-9]+)[^0-9]*$", expand=False).str[-12:]
    return pd.to_numeric(digits, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)


def _log(values: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(values > 0, np.log10(np.where(values > 0, values, 1.0)), np.nan)
