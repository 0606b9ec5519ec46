"""Sums that agree: what arithmetic adds to how likely each offer of a sum is right.

Belongs here: which sums of a document make one another, and how much an offer gains that
fits likely offers for the others. Not here: what trees think of an offer (learned), the
triple that rules find by labels (totals), single amounts that are sums of others (ranking).

An offer is never struck out, and nothing is computed: among what is printed, that is taken
which fits. Bounded: a few offers of each field, a few fields of each law.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import product

import numpy as np

from ledgergraph.extractions.fields import decimal_of
from ledgergraph.extractions.readers.amounts import TOLERANCE
from ledgergraph.extractions.readers.ranking import GROSS, Offer, View
from ledgergraph.models.contract import Floats

LAWS: tuple[Mapping[str, int], ...] = (
    {"totals.net": 1, "totals.tax": 1, GROSS: -1},
    {GROSS: 1, "totals.prepaid": -1, "totals.due": -1},
    {"totals.lines": 1, "totals.allowances": -1, "totals.net": -1},
    {"totals.lines": 1, "totals.charges": 1, "totals.net": -1},
)
"""Sums that are zero together, each with its sign."""
LIKELIEST = 5
"""Offers of each field that are tried with those of others."""
AGREES = 3.0
"""Log odds that an offer gains whose partners are sure to be right."""
WHOLE, PART, KEPT = 3.0, -3.0, 3.0
"""Log odds of a receipt's total: a sum of others, a part of one, what payment less change is."""


def with_arithmetic(
    view: View, offers: Mapping[str, Sequence[Offer]], scores: Mapping[str, Floats]
) -> dict[str, Floats]:
    """The scores (log odds) of offers by field, those of sums raised where they agree."""
    found = dict(scores)
    for law in LAWS:
        if set(law) <= set(scores):
            for name, gained in _gained(law, offers, scores).items():
                found[name] = found[name] + gained
    if view.is_slip and GROSS in found:
        found[GROSS] = found[GROSS] + _of_slip(view, offers[GROSS])
    return found


def _gained(
    law: Mapping[str, int], offers: Mapping[str, Sequence[Offer]], scores: Mapping[str, Floats]
) -> dict[str, Floats]:
    """What each offer gains by the likeliest partners with which it keeps a law."""
    gained = {name: np.zeros(len(scores[name])) for name in law}
    chances = {name: 1.0 / (1.0 + np.exp(-scores[name])) for name in law}
    options = [list(_options(law[name], offers[name], scores[name])) for name in law]
    for own in product(*options):
        if abs(sum((value for _, value in own), Decimal(0))) > TOLERANCE:
            continue
        for at, name in enumerate(law):
            others = [chances[other][own[k][0]] for k, other in enumerate(law) if k != at]
            place = own[at][0]
            gained[name][place] = max(gained[name][place], AGREES * float(np.prod(others)))
    return gained


def _options(sign: int, offers: Sequence[Offer], scores: Floats) -> Iterator[tuple[int, Decimal]]:
    """The likeliest offers of a field: their places and their values with the sign of a law."""
    for at in np.argsort(-scores, kind="stable")[:LIKELIEST].tolist():
        value = decimal_of(offers[at].candidate.value)
        if value is not None:
            yield at, sign * value


def _of_slip(view: View, offers: Sequence[Offer]) -> Floats:
    """What amounts of a receipt gain as its total by the amounts above and below them."""
    wholes, parts = view.steps
    gained = np.zeros(len(offers))
    for at, one in enumerate(offers):
        value = decimal_of(one.candidate.value)
        if value in parts:
            gained[at] = PART
        elif value in wholes:
            gained[at] = WHOLE
        if value in view.kept and value not in parts:
            gained[at] += KEPT
    return gained
