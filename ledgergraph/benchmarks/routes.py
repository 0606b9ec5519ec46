"""What confidence costs: how many documents people need not see, and how many of those are wrong.

Belongs here: the curve over all thresholds, from what a reader made of documents with truth.
Not here: the route of a document (`extractions.routing`), how the curve is drawn.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from ledgergraph.benchmarks.reading import Outcome
from ledgergraph.extractions.routing import Counted, risk_of
from ledgergraph.extractions.rules.values import DECISIVE


def counts_by_risk(found: Iterable[Outcome]) -> list[Counted]:
    """For each risk that a document has, how many have that or less, and are wrong; ascending.

    A document is wrong if one of its decisive fields is. One that states none is left out.
    """
    documents: dict[str, list[Outcome]] = defaultdict(list)
    for one in found:
        if one.field in DECISIVE and one.stated is not None:
            documents[one.document].append(one)
    judged = sorted(
        (round(risk_of([one.confidence for one in own]), 6), not all(one.right for one in own))
        for own in documents.values()
    )
    counts: dict[float, Counted] = {}
    wrong = 0
    for at, (risk, is_wrong) in enumerate(judged, 1):
        wrong += is_wrong
        counts[risk] = Counted(risk, at, wrong)
    return list(counts.values())


def costs(counts: Sequence[Counted]) -> tuple[list[float], list[float]]:
    """The share of documents that people see, and the share of wrong ones among the others."""
    total = counts[-1].documents if counts else 0
    return (
        [1 - one.documents / total for one in counts],
        [one.wrong / one.documents for one in counts],
    )
