"""The route of a document: how much attention it needs before it is booked. A pure decision.

Fast: it is booked, and nobody is asked about it.
Standard: what rules say is shown, and single fields are asked where they are unsure.
Full: a person is asked about it as a whole.

The risk of a document is one less the product of the calibrated confidences of the fields
that decide what is booked. Errors of one document come together, so that far fewer documents
are wrong than that says: how many is counted (`route_risks.json`, made by
`tests/performance/routing_quality.py` on made invoices), by itself for pages of text and for
pages whose words were recognised: on those one error hides behind another. A setting names
the share of wrong documents that is tolerated on the fast route; allowed there is the largest
of the counted risks up to which so few were wrong that more would be chance. Chance has as
many tries as risks were counted, so that each is held to its part of it (Bonferroni).
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import prod, sqrt
from statistics import NormalDist
from typing import NamedTuple

from ledgergraph.issues import Kind, Severity

CHANCE = 0.05
"""How often chance may make what is allowed too large: once in twenty."""
LOW_QUALITY = 0.6
"""Below this score (poor, unusable) a person looks at the whole document."""
FAST, STANDARD, FULL = "fast", "standard", "full"
TEXT, RECOGNISED = "text", "recognised"


@dataclass(frozen=True)
class Routes:
    """What the fast route takes. Each is a setting: LEDGERGRAPH_ROUTE_FAST_RISK and so on."""

    fast_risk: float = 0.03
    """The share of documents with a wrong decisive field that is tolerated."""
    fast_history: int = 3
    """Documents of the same vendor and layout that must have come before one read from a page."""
    fast_corrected: float = 0.05
    """The share of those in which people corrected a decisive field, at most."""
    fast_pages: int = 4
    """Pages, at most."""
    fast_items: int = 60
    """Line items, at most."""
    fast_text: float = 0.8
    """How well the letters of its pages must have been seen, at least; 1 is text."""


class Shape(NamedTuple):
    """How complex a document is: an XML or pages, how long, and how well its letters were seen."""

    is_structured: bool = False
    pages: int = 1
    items: int = 0
    parts: int = 1
    text_quality: float = 1.0

    @property
    def seen(self) -> str:
        """How its words became known, as risks are counted: TEXT or RECOGNISED."""
        return TEXT if self.text_quality >= 1 else RECOGNISED


class Route(NamedTuple):
    """`fast` (book it), `standard` (look at what rules say) or `full` (review it), and why."""

    route: str
    reason: str


class Counted(NamedTuple):
    """How many documents had a risk up to this, and how many of those were wrong."""

    risk: float
    documents: int
    wrong: int

    def share(self, among: int = 1) -> float:
        """The largest share of wrong ones that is likely, by the one-sided bound of Wilson.

        `among` is how many such counts one is chosen from: each has that part of chance.
        """
        n, p = self.documents, self.wrong / max(self.documents, 1)
        if not n:
            return 1.0
        z = NormalDist().inv_cdf(1 - CHANCE / among)
        spread = z * sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
        return (p + z**2 / (2 * n) + spread) / (1 + z**2 / n)


@cache
def counted() -> Mapping[str, Sequence[Counted]]:
    """What was counted on pages of text and on recognised ones, each from the least risk."""
    text = (files("ledgergraph.extractions") / "route_risks.json").read_text("utf-8")
    return {seen: [Counted(*row) for row in rows] for seen, rows in json.loads(text).items()}


@cache
def risk_allowed(tolerated: float, seen: str = TEXT) -> float:
    """The largest risk up to which a share of wrong documents is not exceeded; 0 if none.

    Nineteen in twenty times it holds for all counted risks together: each bound is corrected
    for their number (Bonferroni). Who tolerates any share (1) allows any risk.
    """
    if tolerated >= 1:
        return 1.0
    rows = counted()[seen]
    within = (one.risk for one in rows if one.share(len(rows)) <= tolerated)
    return max(within, default=0.0)


def risk_of(confidences: Collection[float]) -> float:
    """The probability that one of some values is wrong if each is by itself: at most so large."""
    return 1.0 - prod(confidences)


def route(
    shape: Shape,
    score: float,
    violations: Collection[tuple[Kind, Severity]],
    unsure: Collection[str],
    risk: float = 1.0,
    adds_up: bool = False,
    earlier: int = 0,
    corrected: int = 0,
    limits: Routes | None = None,
) -> Route:
    """The route of one business document.

    `score` is its quality in [0, 1], `violations` what the rules say of it, `unsure` the
    decisive fields that are missing or were read with too little confidence, `risk` the
    probability that one of them is wrong, `adds_up` whether net and tax make the gross,
    `earlier` how many documents of its vendor looked like it, `corrected` of how many of
    them a person corrected a decisive field.
    """
    within = limits or Routes()
    kinds = {kind for kind, _ in violations}
    if Kind.HYBRID_MISMATCH in kinds:
        return Route(FULL, "page and XML differ")
    if score < LOW_QUALITY:
        return Route(FULL, f"quality {score:.2f} is below {LOW_QUALITY}")
    if unsure:
        return Route(FULL, f"unsure: {', '.join(sorted(unsure))}")
    worst = max((severity.rank for _, severity in violations), default=0)
    if worst > Severity.INFO.rank:
        return Route(STANDARD, f"violations: {', '.join(sorted(kinds))}")
    if shape.is_structured:
        return Route(FAST, "exact XML without violations")
    if earlier >= within.fast_history and corrected > within.fast_corrected * earlier:
        return Route(STANDARD, f"{corrected} of {earlier} earlier ones like it were corrected")
    against = _against(shape, risk, adds_up, earlier, within)
    if against:
        return Route(STANDARD, against)
    past = f"{corrected} of {earlier} earlier ones like it were corrected"
    return Route(FAST, f"risk {risk:.3f}, it adds up, {past}")


def _against(shape: Shape, risk: float, adds_up: bool, earlier: int, within: Routes) -> str | None:
    """Why a document that was read from pages with confidence is not fast all the same."""
    allowed = risk_allowed(within.fast_risk, shape.seen)
    if not allowed:
        return f"no risk counted on {shape.seen} pages keeps within {within.fast_risk:g} wrong"
    if risk > allowed:
        return f"risk {risk:.3f} is above {allowed:.3f}"
    if not adds_up:
        return "net and tax do not prove the gross"
    if earlier < within.fast_history:
        return f"{earlier} of its vendor and layout came before, {within.fast_history} are needed"
    if shape.parts > 1:
        return f"one of {shape.parts} documents in a file"
    if shape.pages > within.fast_pages or shape.items > within.fast_items:
        return f"long: {shape.pages} pages, {shape.items} items"
    if shape.text_quality < within.fast_text:
        return f"letters seen at {shape.text_quality:.2f}"
    return None
