"""Terms, rhythm and credit: due sooner, billed once more, a credit taken for a claim."""

from collections.abc import Collection, Set
from dataclasses import replace

import numpy as np

from ledgergraph.corpora.actors import Draft, Vendor
from ledgergraph.corpora.firm import Firm, one_of, within
from ledgergraph.corpora.planting.choosing import add, first_of, grouped, is_free, of_vendor, pick
from ledgergraph.corpora.planting.duplicates import credited, reissued
from ledgergraph.corpora.trade import a_draft, booked, written_on
from ledgergraph.issues import Kind

CLEARLY_SOONER = 7
"""Days by which terms must be shorter to be worse."""
TOUCHED = {Kind.RECURRING_MISSED_OR_EXTRA, Kind.TERMS_WORSE_THAN_AGREED, Kind.IBAN_SHARED}
"""Look-alikes that a run of bills is left alone for."""


def _shorter(firm: Firm, draft: Draft) -> list[int]:
    """The terms that others have and that are clearly shorter than this vendor's."""
    own = draft.vendor.terms or 0
    return sorted({days for days in firm.settings.terms_days if days + CLEARLY_SOONER <= own})


def sooner_due(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """One or two invoices that are due clearly sooner than this vendor's are."""
    drafts = of_vendor(firm, rng, 6, lambda d: d.terms is None and _shorter(firm, d))
    if not drafts:
        return []
    start = int(rng.integers(4, len(drafts)))
    hit = drafts[start : start + int(rng.integers(1, 3))]
    for draft in hit:
        draft.terms = one_of(rng, _shorter(firm, draft))
    return hit


def new_terms(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """Shorter terms that were agreed: from some day on for everything."""
    drafts = of_vendor(firm, rng, 6, lambda d: d.terms is None and _shorter(firm, d))
    if not drafts:
        return []
    start, terms = int(rng.integers(4, len(drafts))), one_of(rng, _shorter(firm, drafts[0]))
    vendor, day = drafts[0].vendor, drafts[start].issued
    for draft in grouped(firm, "vendor")[id(vendor)]:
        if draft.issued >= day:
            draft.terms = terms
    return drafts[start : start + 4]


def credit_as_invoice(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """A credit note that was booked as one more invoice."""
    original = pick(firm, rng, lambda d: is_free(d) and d.received < firm.last - 60)
    if original is None:
        return []
    share = 1.0 if rng.random() < 0.5 else within(rng, (0.1, 0.9))
    credit = credited(original, original.issued + int(rng.integers(3, 45)), rng, share)
    credit.type = "invoice"
    if rng.random() < 0.6:  # Nobody read which invoice it is about.
        credit.preceding = None
    credit.lines = tuple(line._replace(quantity=-line.quantity) for line in credit.lines)
    original.resembles.add(Kind.CREDIT_NOT_APPLIED)
    return add(firm, credit)


def corrected(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """An invoice in place of an earlier one, which it names and which is credited."""
    if rng.random() < 0.5:
        return [draft for draft in reissued(firm, rng) if draft.preceding is not None]
    original = pick(firm, rng, lambda d: is_free(d) and d.received < firm.last - 60)
    if original is None:
        return []
    credit = credited(original, original.issued + int(rng.integers(3, 25)), rng)
    smaller = credited(
        original, credit.issued + int(rng.integers(0, 9)), rng, within(rng, (0.3, 0.95))
    )
    smaller.type = "invoice"
    smaller.lines = tuple(line._replace(quantity=-line.quantity) for line in smaller.lines)
    smaller.lag = max(smaller.lag, credit.received - smaller.issued)
    if max(credit.received, smaller.received) > firm.last:
        return []
    original.resembles.add(Kind.CREDIT_NOT_APPLIED)
    add(firm, credit)
    return add(firm, smaller)


def _run(
    firm: Firm,
    rng: np.random.Generator,
    touched: Set[Kind] = TOUCHED,
    modes: Collection[str] = ("flat",),
) -> list[Draft]:
    """The bills of a monthly vendor to one entity, in order, that nothing was planted on."""
    groups = grouped(firm, "vendor")
    able = [v for v in firm.vendors if v.mode in modes and v.cadence_days == 30]

    def enough(vendor: Vendor) -> list[Draft] | None:
        runs: dict[int, list[Draft]] = {}
        for draft in groups.get(id(vendor), []):
            runs.setdefault(id(draft.entity), []).append(draft)
        fit = [run for run in runs.values() if len(run) >= 8 and not any(map(is_touched, run))]
        return sorted(one_of(rng, fit), key=lambda d: d.issued) if fit else None

    def is_touched(draft: Draft) -> bool:
        is_odd = draft.type != "invoice" or draft.copy_of is not None
        return bool(is_odd or draft.kinds or touched & draft.resembles)

    return first_of(rng, able, enough) or []


def _moved(period: tuple[int, int] | None, days: int) -> tuple[int, int] | None:
    return (period[0] + days, period[1] + days) if period else None


def once_more(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """One bill too many in a run: the vendor bills days again with its next number."""
    run = _run(firm, rng)
    if not run:
        return []
    model = run[int(rng.integers(5, len(run)))]
    day = model.issued + int(rng.integers(6, 22))
    extra = a_draft(
        model.vendor, model.entity, day, model.lines, rng,
        contract=model.contract, period=_moved(model.period, day - model.issued),
    )  # fmt: skip
    extra.lag = min(extra.lag, model.lag + 5)
    return add(firm, extra)


def caught_up(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """A bill that came a month late, together with the next one."""
    run = _run(firm, rng, TOUCHED - {Kind.RECURRING_MISSED_OR_EXTRA}, ("flat", "metered", "hours"))
    if not run:
        return []
    at = int(rng.integers(5, len(run) - 1))
    late, following = run[at], run[at + 1]
    if any(Kind.RECURRING_MISSED_OR_EXTRA in d.resembles for d in run[at - 2 : at + 3]):
        return []
    moved = written_on(late.vendor, following.issued - int(rng.integers(1, 12)))
    if moved <= late.issued or booked(replace(late, issued=moved)).received > firm.last:
        return []
    late.issued = moved
    booked(late)
    return [late, following]
