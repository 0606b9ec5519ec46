"""Tax: rates that do not fit, tax across borders, and what only looks like it."""

import numpy as np

from ledgergraph.corpora.actors import Draft
from ledgergraph.corpora.catalogue import VAT_RATES
from ledgergraph.corpora.firm import Firm, one_of
from ledgergraph.corpora.planting.choosing import is_free, of_vendor, pick


def _rates(country: str) -> tuple[int, ...]:
    """The rates of a country in hundredths of a percent."""
    rates = (round(float(rate) * 100) for rate in VAT_RATES[country].values())
    return tuple(dict.fromkeys(rates))


def _others(firm: Firm, draft: Draft) -> list[int]:
    """The rates of the company's country that a vendor does not charge."""
    return [rate for rate in _rates(firm.manners.home) if rate != draft.vendor.tax_rate]


def _is_taxed_here(firm: Firm, draft: Draft) -> bool:
    return (
        draft.vendor.country == firm.manners.home and draft.vendor.tax_rate > 0
        and draft.rate is None
    )  # fmt: skip


def wrong_rate(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """Another rate of the country than what the vendor sells bears."""
    draft = pick(firm, rng, lambda d: is_free(d) and _is_taxed_here(firm, d))
    if draft is None:
        return []
    draft.rate = one_of(rng, _others(firm, draft))
    return [draft]


def mixed_rates(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """A vendor that sells at two rates, now at one and now at the other."""
    drafts = of_vendor(firm, rng, 4, lambda d: _is_taxed_here(firm, d), most=60)
    for draft in drafts:
        if rng.random() < 0.4:
            draft.rate = one_of(rng, _others(firm, draft))
    return [draft for draft in drafts if draft.rate is not None]


def _is_across(firm: Firm, draft: Draft) -> bool:
    return draft.vendor.country != firm.manners.home and draft.rate is None


def charged_across_border(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """A foreign vendor charges the tax of its own country on what the recipient owes tax for."""
    draft = pick(firm, rng, lambda d: is_free(d) and _is_across(firm, d))
    if draft is None:
        return []
    draft.rate = _rates(draft.vendor.country)[0]
    return [draft]


def registered_here(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """A foreign vendor with a registration here charges the tax of this country."""
    drafts = of_vendor(firm, rng, 1, lambda d: _is_across(firm, d), most=25)
    rate = one_of(rng, _rates(firm.manners.home))
    for draft in drafts:
        draft.rate = rate
    return drafts
