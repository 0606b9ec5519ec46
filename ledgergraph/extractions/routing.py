"""The route of a document: how much attention it needs before it is booked. A pure decision."""

from collections.abc import Collection
from typing import NamedTuple

from ledgergraph.issues import Kind, Severity

LOW_QUALITY = 0.6
"""Below this score (poor, unusable) a person looks at the whole document."""


class Route(NamedTuple):
    """`fast` (book it), `standard` (look at what rules say) or `full` (review it), and why."""

    route: str
    reason: str


def route(
    is_structured: bool,
    score: float,
    violations: Collection[tuple[Kind, Severity]],
    unsure: Collection[str],
) -> Route:
    """The route of one business document.

    `score` is its quality in [0, 1], `violations` what the rules say of it,
    `unsure` the decisive fields that are missing or were read with too little
    confidence. Fast is an exact XML of which the rules say nothing beyond a
    remark of severity info; full is what a page and an XML state differently,
    what was read badly, and an unsure decisive field; standard is all else.
    """
    kinds = {kind for kind, _ in violations}
    if Kind.HYBRID_MISMATCH in kinds:
        return Route("full", "page and XML differ")
    if score < LOW_QUALITY:
        return Route("full", f"quality {score:.2f} is below {LOW_QUALITY}")
    if unsure:
        return Route("full", f"unsure: {', '.join(sorted(unsure))}")
    worst = max((severity.rank for _, severity in violations), default=0)
    if is_structured and worst <= Severity.INFO.rank:
        return Route("fast", "exact XML without violations")
    if worst > Severity.INFO.rank:
        return Route("standard", f"violations: {', '.join(sorted(kinds))}")
    return Route("standard", "read from the page with confidence")
