"""Rules about many records: a feature, a condition, a sentence. They word, and never rank.

Each rule says which kind it speaks for, when it fires, how strongly, and what
it says, filled with the values that made it fire. Conditions name what keeps
look-alikes quiet. Rules about one document are extractions/rules.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ledgergraph.datasets.features import FEATURES
from ledgergraph.datasets.schemas import FIRED
from ledgergraph.extractions.recognition import PAPER
from ledgergraph.graph.frames import Flags, Floats, ledger_of
from ledgergraph.graph.snapshot import Snapshot
from ledgergraph.issues import CATALOGUE, Kind
from ledgergraph.models.contract import matrix_of


class Columns:
    """The features of all invoices by name; a column that is absent is unknown."""

    def __init__(self, features: pa.Table) -> None:
        self._features = features

    def __getitem__(self, name: str) -> Floats:
        if name not in FEATURES:
            raise KeyError(name)
        column: Floats = matrix_of(self._features, [name])[:, 0]
        return column


class Shown(float):
    """A value in a sentence: `pct` a share, `over` and `times` of a log10 ratio, `n` a count."""

    def __format__(self, spec: str) -> str:
        if self != self:
            return "unknown"
        match spec:
            case "pct":
                return f"{100.0 * self:.1f} %"
            case "over":
                return f"{100.0 * (10.0 ** float(self) - 1.0):.1f} %"
            case "under":
                return f"{100.0 * (1.0 - 10.0 ** float(self)):.1f} %"
            case "times":
                return f"{10.0 ** float(self):.1f} times"
            case "once":
                return f"{10.0 ** -float(self):,.0f}"
            case "chances":
                return f"{10.0 ** float(self):,.0f}"
            case "n":
                return f"{float(self):.0f}"
            case "n10":
                return f"{10.0 ** float(self) - 1.0:.0f}"
        return float(self).__format__(spec)


@dataclass(frozen=True)
class Rule:
    """One rule: `condition` and `strength` read columns, `sentence` is filled with their values.

    `feature` is the one whose value is reported and whose witnesses are shown.
    """

    kind: Kind
    feature: str
    condition: Callable[[Columns], Flags]
    strength: Callable[[Columns], Floats] | float
    sentence: str


def _grown(values: Floats, at: float, full: float) -> Floats:
    """Strength that grows from .5 at one value to .95 at another, linearly."""
    share = np.clip((values - at) / (full - at), 0.0, 1.0)
    return 0.5 + 0.45 * share


LARGE_HOUSE = 4
"""So many parties at one address are neighbours in a large building."""


def _ghost_signs(f: Columns) -> Floats:
    """How many signs of a vendor on paper only an invoice shows; each alone is weak."""
    signs: list[npt.NDArray[np.bool_]] = [
        f["registered_at_first"] < 60,
        (f["order_share"] == 0) & (f["contract_share_of_vendor"] == 0),
        f["unit_step_share"] > 0.5,
        f["number_size"] < 1.5,
        (f["account_parties"] > 0) | (f["master_parties"] > 0),
        (f["address_parties"] > 0) & (f["address_parties"] < LARGE_HOUSE),
        (f["account_of_employee"] == 1) | (f["master_of_employee"] == 1),
        (f["employee_address"] == 1) & (f["address_parties"] == 0),
        f["vendor_approvers"] * 0.1 * 10.0 ** f["vendor_invoices"] < 1.5,
    ]
    weights = (1.0, 0.5, 1.0, 0.5, 1.5, 1.5, 2.0, 2.0, 0.5)
    total: Floats = np.sum([w * sign for w, sign in zip(weights, signs, strict=True)], axis=0)
    return total


def _slipped(f: Columns) -> Flags:
    """A power of ten off in price or quantity, or the usual numbers in an unusual currency."""
    agreed = (np.abs(f["price_to_order"]) < 0.3) | (np.abs(f["price_to_contract"]) < 0.3)
    usual = f["price_to_median"]
    price = (
        (np.abs(usual) > 0.9) & (np.abs(usual - np.round(usual)) < 0.04)
        & (np.abs(f["amount_to_median"]) > 0.4) & np.isnan(f["item_step"]) & ~agreed
    )  # fmt: skip
    currency = (
        (f["currency_share"] == 0) & (f["vendor_invoices"] > 0.6) & (np.abs(f["item_step"]) < 0.02)
    )
    slips = [np.abs(f[name]) for name in ("order_price_slip", "price_slip", "order_quantity_slip")]
    flags: Flags = price | currency | (np.fmax.reduce(slips) >= 1)
    return flags


RULES: tuple[Rule, ...] = (
    Rule(
        Kind.DUP_EXACT, "twin_exact",
        # Numbers that begin anew come again after half a year or a year; a copy comes sooner.
        lambda f: (f["twin_exact"] - f["twin_of_entity_exact"] - f["twin_of_record"] >= 1)
        & (f["twin_corrects"] == 0) & (f["twin_exact_days"] < 150),
        0.9,
        "An earlier invoice of the vendor has the same number and amount, "
        "{twin_exact_days:n} days apart.",
    ),
    Rule(
        Kind.DUP_RENUMBERED, "twin_number",
        lambda f: (f["twin_number"] >= 0.7) & (f["twin_exact"] == 0) & (f["twin_corrects"] == 0)
        & (f["twin_agreement"] >= 0.75) & (f["twin_pace"] < -0.3)
        & (f["equal_amount_share"] < 0.15) & (f["twin_days"] < 60),
        lambda f: _grown(f["twin_number"], 0.7, 1.0),
        "An earlier invoice has this amount and a number {twin_number:pct} alike, "
        "{twin_days:n} days apart; the vendor seldom bills this amount.",
    ),
    Rule(
        Kind.DUP_SPLIT, "split_sum",
        # Whole hours at one price add up by chance; few pairs among many steps do not.
        lambda f: (f["split_rarity"] > 0.5) & (f["equal_amount_share"] < 0.05),
        lambda f: _grown(f["split_rarity"], 0.5, 2.5),
        "This and another invoice add up to an earlier one for the same site at the same price, "
        "one such sum in {split_rarity:chances} comes by chance.",
    ),
    Rule(
        Kind.DUP_CROSS_VENDOR, "twin_of_vendor",
        # One paper entered twice has one date or one number; prices alike have neither.
        lambda f: (f["twin_of_vendor"] >= 1)
        | ((f["twin_of_record"] >= 1) & ((f["twin_days"] < 1) | (f["twin_number"] >= 0.95))),
        0.85,
        "An invoice with this amount and a near number is booked under another vendor.",
    ),
    Rule(
        Kind.DUP_CROSS_ENTITY, "twin_of_entity_exact",
        lambda f: (f["twin_of_entity_exact"] >= 1) & (f["twin_corrects"] == 0),
        0.85,
        "Another company of the group booked an invoice with this number and amount.",
    ),
    Rule(
        Kind.OVER_CONTRACT_VALUE, "contract_use",
        lambda f: f["contract_excess"] > 0.0005,
        lambda f: _grown(f["contract_excess"], 0.0, 0.2),
        "With this invoice {contract_use:pct} of the contract's value is billed, its tolerance "
        "exceeded by {contract_excess:pct}.",
    ),
    Rule(
        Kind.OUTSIDE_CONTRACT_TERM, "days_outside",
        lambda f: f["days_outside"] > 0,
        lambda f: _grown(f["days_outside"], 0.0, 60.0),
        "The service lies {days_outside:n} days outside the contract's term.",
    ),
    Rule(
        Kind.PRICE_ABOVE_CONTRACT, "price_excess",
        lambda f: (f["price_excess"] > 0.002) & (f["price_slip"] == 0)
        & (f["price_to_contract"] - f["price_to_escalated"] < 0.001),
        lambda f: _grown(f["price_excess"], 0.0, 0.1),
        "The unit price is {price_to_contract:over} above the contract's, {price_excess:pct} more "
        "than its tolerance allows.",
    ),
    Rule(
        Kind.ESCALATION_EXCEEDED, "price_to_escalated",
        lambda f: (f["price_excess"] > 0.002) & (f["price_slip"] == 0)
        & (f["price_to_contract"] - f["price_to_escalated"] >= 0.001),
        lambda f: _grown(f["price_excess"], 0.0, 0.1),
        "The unit price is {price_to_contract:over} above the contract's first price, and "
        "{price_to_escalated:over} above what its yearly increases allow.",
    ),
    Rule(
        Kind.PRICE_ABOVE_ORDER, "price_to_order",
        lambda f: (f["price_to_order"] > 0.004) & (f["order_price_slip"] == 0),
        lambda f: _grown(f["price_to_order"], 0.0, 0.08),
        "The unit price is {price_to_order:over} above the order's.",
    ),
    Rule(
        Kind.QTY_ABOVE_RECEIPT, "receipt_short",
        lambda f: (f["receipt_short"] > 0.005) & (f["no_receipt"] == 0)
        & (f["covered_usually"] > 0.5) & (f["order_quantity_use"] < 1.02),
        lambda f: _grown(f["receipt_short_unusual"], 0.0, 0.5),
        "{receipt_short:pct} of what is billed for the order had not been received.",
    ),
    Rule(
        Kind.NO_RECEIPT, "no_receipt_unusual",
        lambda f: f["no_receipt_unusual"] > 0.75,
        lambda f: _grown(f["no_receipt_unusual"], 0.75, 1.0),
        "Nothing had been received for the order, while {no_receipt_unusual:pct} of the vendor's "
        "earlier orders had a receipt by then.",
    ),
    Rule(
        Kind.ORDER_OVERBILLED, "order_use",
        lambda f: (f["order_quantity_use"] > 1.02)
        | (np.isnan(f["order_quantity_use"]) & (f["order_use"] > 1.02)),
        lambda f: _grown(np.fmax(f["order_use"], f["order_quantity_use"]), 1.0, 1.5),
        "With this invoice {order_use:pct} of the order's value is billed.",
    ),
    Rule(
        Kind.NO_ORDER, "order_lacking",
        lambda f: (f["order_lacking"] > 0.95) & (f["vendor_invoices"] > 0.9)
        & (f["has_contract"] != 1),
        0.5,
        "No order is named, while {order_lacking:pct} of the vendor's earlier invoices name one.",
    ),
    Rule(
        Kind.ORDER_AFTER_INVOICE, "days_since_order",
        lambda f: f["days_since_order"] < 0,
        lambda f: _grown(-f["days_since_order"], 0.0, 14.0),
        "The order is dated after the invoice: {days_since_order:n} days from order to issue.",
    ),
    Rule(
        Kind.UNIT_OR_CURRENCY_SLIP, "price_to_median",
        _slipped,
        lambda f: _grown(np.abs(f["price_to_median"]), 0.9, 2.0),
        "The unit or the currency slipped: the unit price is {price_to_median:times} the vendor's "
        "usual, and {currency_share:pct} of its earlier invoices are in this currency.",
    ),
    Rule(
        Kind.TERMS_WORSE_THAN_AGREED, "terms_change",
        # Terms that others of late had as well were agreed.
        lambda f: (f["terms_change"] <= -7) & (f["vendor_invoices"] > 0.6)
        & (f["terms_recent"] <= 0.26),
        lambda f: _grown(-f["terms_change"], 7.0, 30.0),
        "The invoice is due {terms_days:n} days after issue, {terms_change:n} days against the "
        "vendor's usual.",
    ),
    Rule(
        Kind.BANK_CHANGED_BEFORE_INVOICE, "days_since_own_change",
        lambda f: (f["unverified_fresh"] > 0.2) & (f["account_seen"] < 0.7),
        lambda f: _grown(f["unverified_fresh"], 0.2, 1.0),
        "The account was recorded {days_since_own_change:n} days before, and the change was not "
        "verified.",
    ),
    Rule(
        Kind.IBAN_NOT_OF_VENDOR, "account_foreign",
        lambda f: (f["account_foreign"] == 1) & (f["account_new"] == 1),
        lambda f: _grown(f["vendor_invoices"], 0.0, 1.5),
        "Neither the vendor's record nor any of its {vendor_invoices:n10} earlier invoices has "
        "this account.",
    ),
    Rule(
        Kind.IBAN_SHARED, "account_first_of_other",
        # Pools, factors and houses share accounts from the start, or say so and stay with them.
        lambda f: (f["account_first_of_other"] >= 1) & (f["account_share"] < 0.35),
        lambda f: _grown(0.35 - f["account_share"], 0.0, 0.35),
        "The vendor was paid elsewhere before, and this account has been another party's all "
        "along.",
    ),
    Rule(
        Kind.IBAN_COUNTRY_MISMATCH, "account_moved_abroad",
        lambda f: (f["account_moved_abroad"] == 1) & (f["account_new"] == 1),
        0.6,
        "The account is new and in another country than the vendor's account until then.",
    ),
    Rule(
        Kind.CONFLICT_OF_INTEREST, "account_of_employee",
        # In a house with other vendors an employee's address says nothing.
        lambda f: (f["account_of_employee"] == 1) | (f["master_of_employee"] == 1)
        | ((f["employee_address"] == 1) & (f["address_parties"] == 0)),
        0.8,
        "An employee has the vendor's account, or an address that no other vendor has.",
    ),
    Rule(
        Kind.VENDOR_UNKNOWN, "vendor_unlisted",
        lambda f: f["vendor_unlisted"] == 1,
        0.5,
        "The seller is not in the vendor master.",
    ),
    Rule(
        Kind.VENDOR_IMPERSONATED, "name_twin",
        lambda f: (f["name_twin"] >= 0.92) & (f["name_twin"] < 1.0) & (f["vendor_invoices"] < 0.6)
        & (f["vat_id_parties"] == 0) & (f["address_parties"] == 0),
        0.5,
        "The vendor is new, and its name is {name_twin:pct} that of another vendor.",
    ),
    Rule(
        Kind.VENDOR_REACTIVATED, "vendor_gap_days",
        lambda f: (f["vendor_gap_days"] > 365) & (f["vendor_silence"] > 0.6),
        0.5,
        "The vendor had been silent for {vendor_gap_days:n} days.",
    ),
    Rule(
        Kind.GHOST_VENDOR, "vendor_age",
        lambda f: (_ghost_signs(f) >= 3.5) & ~(f["vendor_age"] > 2.8),
        lambda f: _grown(_ghost_signs(f), 3.5, 7.0),
        "Several signs of a vendor on paper only: registered {registered_at_first:n} days before "
        "its first invoice, {address_parties:n} others at its address, {account_parties:n} on its "
        "account, {order_share:pct} of its invoices with an order.",
    ),
    Rule(
        Kind.SEQUENTIAL_NUMBERS, "unit_step_share",
        lambda f: (f["unit_step_share"] >= 0.6) & (f["unit_steps"] >= 0.45)
        & (f["gap_to_category"] < -0.6) & ~(f["number_code"] >= 2) & ~(f["vendor_invoices"] > 1.5)
        & (_ghost_signs(f) < 3.5),
        lambda f: _grown(-f["gap_to_category"], 0.4, 2.0),
        "{unit_step_share:pct} of the vendor's numbers followed the one before by one, unlike "
        "others of its category.",
    ),
    Rule(
        Kind.SPLIT_UNDER_LIMIT, "parts_sum",
        lambda f: (f["parts_count"] >= 2) & (f["parts_sum"] > 0) & (f["parts_unusual"] > 0.25)
        & (f["parts_smallest"] > 0.5) & ~(f["window_order"] > 0) & (f["has_contract"] != 1)
        & ~(f["repeated_amounts"] > 0.5) & ((f["parts_count"] >= 3) | (f["parts_sum"] > 0.1)),
        lambda f: _grown(f["parts_unusual"], 0.2, 0.9),
        "{parts_count:n} invoices to one entity under one approver within 14 days, each below the "
        "limit, come to {parts_sum:times} it.",
    ),
    Rule(
        Kind.JUST_BELOW_LIMIT, "pile_below",
        lambda f: (f["pile_below"] >= 3) & (f["pile_chance"] < -1.6)
        & (f["equal_amount_share"] < 0.2),
        lambda f: _grown(-f["pile_chance"], 1.6, 4.0),
        "{pile_below:n} different amounts of the vendor lie within a tenth below the limit of one "
        "approver; amounts around them would bring so many once in {pile_chance:once}.",
    ),
    Rule(
        Kind.OVER_APPROVAL_LIMIT, "authority_excess",
        lambda f: f["authority_excess"] > 0.0001,
        lambda f: _grown(f["authority_excess"], 0.0, 0.5),
        "The amount is {authority_excess:over} above the highest limit of those who approved it.",
    ),
    Rule(
        Kind.SEGREGATION_OF_DUTIES, "created_by_approver",
        lambda f: (f["created_by_approver"] == 1) & ~(f["signed_by_others"] > 0),
        0.8,
        "Who approved the invoice had created its vendor, its order or the invoice, and nobody "
        "else with the authority approved it.",
    ),
    Rule(
        Kind.APPROVER_CONCENTRATION, "approver_lift",
        lambda f: (f["approver_lift"] > 1.0) & (f["approver_share"] > 0.95)
        & (f["vendor_invoices"] > 1.0),
        0.5,
        "Approver and vendor meet {approver_lift:times} as often as chance would have it.",
    ),
    Rule(
        Kind.INFLATED_PRICE, "price_to_median",
        lambda f: (f["price_to_median"] > 0.08) & (f["price_to_previous"] > 0.08)
        & (f["amount_to_median"] > 0.08) & (f["item_invoices"] == 0)
        & (np.abs(f["price_trend"]) < 2) & (f["vendor_invoices"] > 0.9),
        lambda f: _grown(f["price_to_median"], 0.08, 0.5),
        "The unit price is {price_to_median:over} above the median of the vendor's series.",
    ),
    Rule(
        Kind.ROUND_AMOUNTS, "net_zeros",
        lambda f: (f["net_zeros"] >= 4) & (f["zeros_change"] >= 2.5) & (f["vendor_invoices"] > 0.6),
        lambda f: _grown(f["zeros_change"], 2.5, 5.0),
        "The net amount ends in {net_zeros:n} zeros; the vendor's usually end in "
        "{zeros_usual:.1f}.",
    ),
    Rule(
        Kind.AMOUNT_OUTLIER, "amount_deviation",
        lambda f: (f["amount_deviation"] > 4) & (f["amount_to_largest"] > 0.15)
        & (f["vendor_invoices"] > 0.9) & ~(f["order_use"] <= 1.02),
        lambda f: _grown(f["amount_deviation"], 4.0, 12.0),
        "The amount is {amount_to_median:times} the vendor's median and {amount_to_largest:times} "
        "its largest until then.",
    ),
    Rule(
        Kind.PRICE_DRIFT, "item_creep",
        lambda f: (f["item_creep"] > 0.025) & (f["item_creep_steps"] >= 4)
        & (f["item_largest_step"] < 0.5) & ~(f["price_excess"] <= 0),
        # Prices of its category explain a rise, and do not excuse it.
        lambda f: _grown(np.fmin(f["item_creep"], f["item_creep_to_peers"]), 0.02, 0.12),
        "The price crept up by {item_creep:over} in {item_creep_steps:n} steps over the last ten "
        "invoices.",
    ),
    Rule(
        Kind.VAT_RATE_WRONG, "tax_rate_change",
        lambda f: (np.abs(f["tax_rate_change"]) > 0.5) & (f["vendor_invoices"] > 0.9)
        & (f["tax_rate_share"] == 0) & (f["vendor_abroad"] != 1),
        0.6,
        "The tax rate is {tax_rate:.1f} %, {tax_rate_change:.1f} points off the vendor's usual.",
    ),
    Rule(
        Kind.VAT_ON_REVERSE_CHARGE, "tax_of_abroad",
        lambda f: f["tax_of_abroad"] > 0.5,
        0.8,
        "The vendor is of another country and charges {tax_of_abroad:.1f} % tax, a rate that no "
        "vendor of the company's own country has charged.",
    ),
    Rule(
        Kind.CREDIT_NOT_APPLIED, "corrects_uncredited",
        lambda f: f["corrects_uncredited"] == 1,
        0.7,
        "The invoice names an earlier one that it corrects, and no credit note takes that one "
        "back.",
    ),
    Rule(
        Kind.ACTIVITY_FLURRY, "recent_pace",
        lambda f: (f["recent_pace"] > 0.6) & (f["vendor_invoices"] > 1.0),
        lambda f: _grown(f["recent_pace"], 0.6, 1.2),
        "The vendor sent {recent_pace:times} as many invoices within 30 days as it usually does.",
    ),
    Rule(
        Kind.RECURRING_MISSED_OR_EXTRA, "run_gap",
        # A late bill leaves a pause before it, and the next one comes on its day.
        lambda f: (f["run_gap"] > 0.1) & (f["run_gap"] < 0.8) & (f["run_offbeat"] > 0.15)
        & (f["run_pause"] < 1.25) & (f["twin_corrects"] == 0),
        lambda f: _grown(0.8 - f["run_gap"], 0.0, 0.6),
        "A regular bill came once more, {run_gap:pct} of the usual time from another one and "
        "between the days on which they fall.",
    ),
)  # fmt: skip
"""All rules; at most one per kind."""


def fires(features: pa.Table) -> pa.Table:
    """Which rules fire on which invoices, in the schema FIRED: one row per invoice and kind."""
    columns = Columns(features)
    ids = features["invoice_id"].to_pylist()
    rows = []
    for rule in RULES:
        with np.errstate(invalid="ignore", over="ignore"):
            hit = np.flatnonzero(rule.condition(columns))
            if not len(hit):
                continue
            strength = rule.strength(columns) if callable(rule.strength) else None
        named = {name: columns[name] for name in _placeholders(rule.sentence)}
        value = columns[rule.feature]
        for at in hit.tolist():
            own = 0.5 if strength is None or np.isnan(strength[at]) else float(strength[at])
            rows.append(
                {
                    "invoice_id": ids[at],
                    "kind": rule.kind.value,
                    "strength": float(rule.strength) if strength is None else own,  # type: ignore[arg-type]
                    "feature": rule.feature,
                    "value": None if np.isnan(value[at]) else float(value[at]),
                    "sentence": rule.sentence.format(
                        **{name: Shown(values[at]) for name, values in named.items()}
                    ),
                }
            )
    return FIRED.conform(FIRED.rows(rows))


def _placeholders(template: str) -> list[str]:
    from string import Formatter

    return sorted({name for _, name, _, _ in Formatter().parse(template) if name})


def testable(snapshot: Snapshot) -> Mapping[Kind, list[str]]:
    """For every kind the tables and columns of its needs that the snapshot lacks; empty if none."""
    stated = ledger_of(snapshot).stated | _documents(snapshot)
    others = {"statements": "Statement", "journal_lines": "JournalLine", "entities": "Entity"}
    stated |= {
        name
        for name, label in others.items()
        if (rows := snapshot.nodes.get(label)) is not None and rows.num_rows
    }
    stated |= _named(snapshot)
    return {
        kind: [need for need in facts.needs if need not in stated]
        for kind, facts in CATALOGUE.items()
    }


def _named(snapshot: Snapshot) -> frozenset[str]:
    """Which statements and sums there are under names that rules know; whether entries say who."""
    found: set[str] = set()
    for label, table, names in (
        ("Statement", "statements", ("statement", "account")),
        ("JournalLine", "journal_lines", ()),
    ):
        rows = snapshot.nodes.get(label)
        if rows is None:
            continue
        for name in names:
            found |= {f"{table}.{one}" for one in pc.unique(rows[name]).to_pylist() if one}
        found |= {f"{table}.{c}" for c in rows.column_names if rows[c].null_count < rows.num_rows}
    return frozenset(found)


def _documents(snapshot: Snapshot) -> frozenset[str]:
    """Which sorts of documents there are: `documents:hybrid`, `:page`, `:xml`, `:invoice`."""
    documents = snapshot.nodes.get("Document")
    if documents is None or "format" not in documents.column_names:
        return frozenset()
    formats = set(pc.unique(documents["format"]).to_pylist())
    pages, xml = set(PAPER), {"hybrid", "cii", "ubl", "fatturapa"}
    found = {
        "documents:hybrid": {"hybrid"},
        "documents:page": pages,
        "documents:xml": xml,
        "documents:invoice": pages | xml,
    }
    return frozenset(name for name, wanted in found.items() if formats & wanted)
