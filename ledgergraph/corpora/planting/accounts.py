"""Bank accounts: claims that lead to a stranger's account, and honest changes of account."""

import numpy as np

from ledgergraph.corpora.actors import Account, Draft, Vendor
from ledgergraph.corpora.firm import Firm, one_of
from ledgergraph.corpora.identifiers import iban
from ledgergraph.corpora.planting.choosing import grouped, is_free, of_vendor
from ledgergraph.corpora.trade import FAR

FACTORS = 3
"""Companies to which vendors of one firm sell their claims."""


def _steady(firm: Firm, rng: np.random.Generator, least: int = 6) -> list[Draft]:
    """Ordinary invoices of a vendor whose account never changed, by receipt, from some day on."""
    drafts = of_vendor(firm, rng, least, lambda d: _is_steady(d.vendor) and d.iban is None)
    return drafts[int(rng.integers(2, len(drafts))) :] if drafts else []


def _is_steady(vendor: Vendor) -> bool:
    return len(vendor.accounts) == 1 and vendor.second_iban is None and vendor.prints_iban


def new_iban(rng: np.random.Generator, vendor: Vendor) -> str:
    """A new account, as often abroad for honest changes as for others."""
    return iban(
        rng, vendor.country if rng.random() < 0.75 else one_of(rng, ("LT", "GB", "ES", "DE"))
    )


def changed_before(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """A change that nobody verified, shortly before one to three claims to it; then back."""
    drafts = _steady(firm, rng)
    if not drafts:
        return []
    hit, vendor = drafts[: int(rng.integers(1, 4))], drafts[0].vendor
    logged_on = hit[0].received - int(rng.integers(0, 21))
    stranger = new_iban(rng, vendor)
    vendor.accounts.append(Account(FAR, stranger, logged_on, False))
    for draft in hit:
        draft.iban = stranger
    return hit


def not_of_vendor(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """One or two claims to an account that nobody knows."""
    drafts = _steady(firm, rng)
    hit = drafts[: int(rng.integers(1, 3))]
    stranger = new_iban(rng, drafts[0].vendor) if drafts else None
    for draft in hit:
        draft.iban = stranger
    return hit


def changed(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """A change that was logged and verified: for good, or for a few invoices."""
    drafts = _steady(firm, rng)
    if not drafts:
        return []
    if rng.random() < 0.4:
        hit, vendor = drafts[: int(rng.integers(1, 4))], drafts[0].vendor
        new = new_iban(rng, vendor)
        logged_on = hit[0].received - int(rng.integers(0, 21))
        vendor.accounts.append(Account(FAR, new, logged_on, True))
        for draft in hit:
            draft.iban = new
        return hit
    return _for_good(firm, rng, drafts, is_logged=True)


def _for_good(
    firm: Firm, rng: np.random.Generator, drafts: list[Draft], *, is_logged: bool
) -> list[Draft]:
    """The vendor moves to another bank, and all its invoices with it."""
    day, vendor = drafts[0].issued, drafts[0].vendor
    logged_on = day - int(rng.integers(0, 21)) if is_logged else None
    new = new_iban(rng, vendor)
    vendor.accounts.append(Account(day, new, logged_on, is_logged or None))
    if is_logged or rng.random() < 0.8:
        vendor.master_iban = new
    mine = [d for d in grouped(firm, "vendor")[id(vendor)] if d.issued >= day and is_free(d)]
    return sorted(mine, key=lambda d: d.received)[:3]


def unlogged(firm: Firm, rng: np.random.Generator) -> list[Draft]:
    """Honest, and nobody recorded it: a new account, a second one, or a factor's."""
    drafts = _steady(firm, rng, least=8)
    if not drafts:
        return []
    vendor, way = drafts[0].vendor, rng.random()
    if way < 0.4:
        return _for_good(firm, rng, drafts, is_logged=False)
    if way < 0.7:
        vendor.second_iban = iban(rng, vendor.country)
        used = [draft for draft in drafts if rng.random() < 0.4]
    else:
        factor = np.random.default_rng([firm.seed, 13, int(rng.integers(FACTORS))])
        vendor.second_iban = iban(factor, firm.manners.home)
        used = drafts[: int(rng.integers(1, 4))]
    for draft in used:
        draft.iban = vendor.second_iban
    return used[:4]
