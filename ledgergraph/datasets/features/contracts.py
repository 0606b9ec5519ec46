"""What was agreed: a contract's value, its term, its price, and how much of it is used."""

from functools import partial

import numpy as np

from ledgergraph.datasets.declared import Feature, log_ratio, ratio
from ledgergraph.graph.asof import latest_row, sum_before
from ledgergraph.graph.frames import Flags, Floats, Ledger, known_by
from ledgergraph.issues import Kind

FAMILY = "contracts"
DAYS_OF_YEAR = 365.25


def _feature(name: str, sentence: str, unit: str, *kinds: Kind) -> Feature:
    return Feature(name, sentence, unit, FAMILY, kinds)


FEATURES = (
    _feature("contract_use", "billed under the contract, this invoice included, over its value",
             "ratio", Kind.OVER_CONTRACT_VALUE),
    _feature("contract_use_before", "billed under the contract before this invoice over its value",
             "ratio", Kind.OVER_CONTRACT_VALUE),
    _feature("contract_share", "this invoice over the contract's value", "ratio",
             Kind.OVER_CONTRACT_VALUE),
    _feature("contract_excess", "use of the contract above its value and tolerance", "ratio",
             Kind.OVER_CONTRACT_VALUE),
    _feature("contract_pace", "use of the contract less the part of its term that has passed",
             "ratio", Kind.OVER_CONTRACT_VALUE),
    _feature("days_after_end", "days from the contract's end to the service", "days",
             Kind.OUTSIDE_CONTRACT_TERM),
    _feature("days_before_start", "days from the service to the contract's start", "days",
             Kind.OUTSIDE_CONTRACT_TERM),
    _feature("days_outside", "days that the service lies outside the contract's term", "days",
             Kind.OUTSIDE_CONTRACT_TERM),
    _feature("price_to_contract", "unit price over the contract's first price", "log10",
             Kind.PRICE_ABOVE_CONTRACT),
    _feature("price_to_escalated", "unit price over the contract's price with its yearly increases",
             "log10", Kind.PRICE_ABOVE_CONTRACT, Kind.ESCALATION_EXCEEDED),
    _feature("price_excess", "unit price above the agreed one and its tolerance, relative",
             "ratio", Kind.PRICE_ABOVE_CONTRACT, Kind.ESCALATION_EXCEEDED),
    _feature("price_slip", "power of ten by which the unit price misses the contract's", "log10",
             Kind.UNIT_OR_CURRENCY_SLIP),
    _feature("contract_unknown", "whether the contract that it names was not in the books", "flag",
             Kind.REFERENCE_UNMATCHED),
    _feature("contract_of_another", "whether the contract is another vendor's", "flag"),
    _feature("contract_amended", "days since the contract was last amended", "days"),
)  # fmt: skip


def compute(ledger: Ledger) -> dict[str, Floats]:
    """The values in order of arrival."""
    row = ledger.values
    own = row("value")
    if not ledger.size("contracts"):
        return {feature.name: np.full(len(own), np.nan) for feature in FEATURES}
    terms = _Terms(ledger)
    use_before = _billed_before(ledger, terms.same_money)
    use = ratio(use_before + own, terms.value)
    service_from, service_to = service_period(ledger)
    after, before = service_from - terms.ends, terms.starts - service_to
    passed = np.clip(ratio(service_to - terms.starts, terms.ends - terms.starts), 0.0, 1.0)
    price = row("unit_price")
    years = _anniversaries(row("day"), terms.starts)
    agreed = terms.price * (1.0 + terms.escalation / 100.0) ** years
    over_price = log_ratio(price, agreed)
    tolerance = np.nan_to_num(terms.tolerance) / 100.0
    slip = np.round(over_price)
    named = ledger.is_stated("contract_id")
    found = terms.row >= 0
    other = found & (terms.vendor >= 0) & (terms.vendor != terms.own_vendor)
    return {
        "contract_use": use,
        "contract_use_before": ratio(use_before, terms.value),
        "contract_share": ratio(own, terms.value),
        "contract_excess": use - 1.0 - tolerance,
        "contract_pace": use - passed,
        "days_after_end": after,
        "days_before_start": before,
        "days_outside": np.where(found, np.fmax(np.fmax(after, before), 0.0), np.nan),
        "price_to_contract": log_ratio(price, terms.price),
        "price_to_escalated": over_price,
        "price_excess": 10.0**over_price - 1.0 - tolerance,
        "price_slip": np.where(np.abs(over_price - slip) < 0.02, slip, 0.0)
        * np.where(np.isnan(over_price), np.nan, 1.0),
        "contract_unknown": np.where(named, (~found).astype(np.float64), np.nan),
        "contract_of_another": np.where(found, other.astype(np.float64), np.nan),
        "contract_amended": terms.amended_days,
    }


def witnesses(ledger: Ledger, at: int, feature: str) -> list[str]:
    """The contract, its amendments known by then, and for its use every invoice under it."""
    row = ledger.invoices.iloc[at]
    own = ledger.records("invoices", np.array([at]))
    contracts = ledger.having("contracts", "contract_id", row["contract_id"])
    changed = known_by(ledger, "contract_amendments", "contract_id", row)
    found = own + ledger.records("contracts", contracts)
    found += ledger.records("contract_amendments", changed)
    if feature.startswith("contract_") and ("use" in feature or feature.endswith(("ess", "pace"))):
        found += ledger.records("invoices", ledger.earlier(at, "contract_id"))
    return found


def service_period(ledger: Ledger) -> tuple[Floats, Floats]:
    """First and last day of what is billed; the day of issue where no period is stated."""
    first, last, day = (ledger.values(name) for name in ("period_start", "period_end", "day"))
    first, last = np.where(np.isnan(first), last, first), np.where(np.isnan(last), first, last)
    return np.where(np.isnan(first), day, first), np.where(np.isnan(last), day, last)


class _Terms:
    """What each invoice's contract said on the day that the invoice arrived; NaN without one."""

    def __init__(self, ledger: Ledger) -> None:
        agreed = partial(ledger.values, table="contracts")
        amended = partial(ledger.values, table="contract_amendments")
        known = ledger.values("known")
        asked, base, changes = ledger.shared(
            ("invoices", "contract_id"), ("contracts", "contract_id"),
            ("contract_amendments", "contract_id"),
        )  # fmt: skip
        # Contracts count from the day that they are named: many are recorded after they start.
        self.row = latest_row(base, np.full(len(base), np.nan), asked, known)
        self.starts = self._of(agreed("starts_on"))
        self.price = self._of(agreed("unit_price"))
        self.escalation = np.nan_to_num(self._of(agreed("escalation_pct")))
        self.tolerance = self._of(agreed("tolerance_pct"))
        self.own_vendor, theirs = ledger.shared(
            ("invoices", "vendor_id"), ("contracts", "vendor_id")
        )
        self.vendor = np.where(self.row >= 0, theirs[np.maximum(self.row, 0)], -1)
        self.same_money = self._same_currency(ledger)
        value, ends = self._of(agreed("value")), self._of(agreed("ends_on"))
        self.amended_days = np.full(len(known), np.nan)
        for column in ("value", "ends_on"):
            stated = np.where(np.isnan(amended(column)), -1, changes)
            row = latest_row(stated, amended("known"), asked, known)
            if not len(changes):
                continue
            place = np.maximum(row, 0)
            changed = np.where(row >= 0, amended(column)[place], np.nan)
            when = np.where(row >= 0, known - amended("known")[place], np.nan)
            self.amended_days = np.fmin(self.amended_days, when)
            if column == "value":
                value = np.where(np.isnan(changed), value, changed)
            else:
                ends = np.where(np.isnan(changed), ends, changed)
        self.value = np.where(self.same_money, value, np.nan)
        self.price = np.where(self.same_money, self.price, np.nan)
        self.ends = ends

    def _of(self, values: Floats) -> Floats:
        return np.where(self.row >= 0, values[np.maximum(self.row, 0)], np.nan)

    def _same_currency(self, ledger: Ledger) -> Flags:
        stated, agreed = ledger.shared(("invoices", "currency"), ("contracts", "currency"))
        theirs = np.where(self.row >= 0, agreed[np.maximum(self.row, 0)], -1)
        flag: Flags = (stated < 0) | (theirs < 0) | (stated == theirs)
        return flag


def _billed_before(ledger: Ledger, same_money: Flags) -> Floats:
    """Net billed under the same contract in its currency before, credit notes taken off."""
    value = np.where(same_money, ledger.values("value"), 0.0)
    return sum_before(ledger.codes("contract_id"), value, ledger.asked)


def _anniversaries(day: Floats, starts: Floats) -> Floats:
    """Whole years from the start of a contract to a day."""
    with np.errstate(invalid="ignore"):
        years: Floats = np.maximum(np.floor((day - starts) / DAYS_OF_YEAR), 0.0)
    return years
