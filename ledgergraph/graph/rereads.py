"""Which papers are one: a page that was scanned or sent again, as other bytes.

Belongs here: candidates among the fingerprints of all papers, how alike two of them are,
and how likely they are one page. Not here: how fingerprints are made
(documents.fingerprints), and what else makes two invoices one claim (duplicates).

Bills of one vendor look alike and print the same address, account and prices; what tells
one from another are the few figures that no other paper has: its number, dates and sums.
So figures count by how rare they are, and candidates are papers that share rare ones.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import exp, log1p

import pyarrow as pa
import pyarrow.compute as pc

from ledgergraph.documents.fingerprints import bits_apart, in_common
from ledgergraph.graph.snapshot import Snapshot

RARE = 3
"""Figures that more papers have are no sign that two of them are one."""
SHARED = 2
"""Papers that share so many rare figures are compared."""
INTERCEPT, PER_RARE, PER_SHARE = -5.0, 4.35, 3.2
"""The log odds that two papers are one: for each factor e in 1 and the rare figures that they
share, and for their share of all. Learned from made papers, printed and scanned twice, beside
the bills of the same vendors in other months. Words and pictures told no more: bills of one
vendor share them."""
LEAST_PROBABILITY = 0.5


@dataclass(frozen=True)
class Likeness:
    """How alike two papers are.

    `rare` counts the figures that both print and at most RARE papers have. `share` is how
    much of what the one with fewer figures prints stands on the other too, each figure
    weighed by one over the papers that have it; `words` the share of common words; `bits` in
    how many of 63 the pictures of their first pages differ, null where one has none.
    """

    rare: int
    share: float
    words: float
    bits: int | None

    @property
    def probability(self) -> float:
        """How likely they are one page, in [0, 1]."""
        odds = INTERCEPT + PER_RARE * log1p(self.rare) + PER_SHARE * self.share
        return 1.0 / (1.0 + exp(-odds))

    @property
    def reason(self) -> str:
        """The same in words, as part of a sentence."""
        looks = "" if self.bits is None else f", pictures {self.bits} of 63 bits apart"
        return (
            f"their papers share {self.rare} figures that hardly another paper prints and "
            f"{self.words:.0%} of their words{looks}"
        )


def likenesses(fingerprints: pa.Table) -> Iterator[tuple[str, str, Likeness]]:
    """Each pair of papers that share rare figures, the smaller id first, and how alike they are.

    `fingerprints` is a table of that name. The work grows with the papers, not their pairs:
    no figure that more than RARE papers have brings two together.
    """
    names = ("document_id", "picture", "words", "figures")
    ids, pictures, words, figures = (fingerprints[name].to_pylist() for name in names)
    count = Counter(figure for own in figures for figure in own)
    holders: defaultdict[int, list[int]] = defaultdict(list)
    for at, own in enumerate(figures):
        for figure in own:
            if 1 < count[figure] <= RARE:
                holders[figure].append(at)
    shared = Counter(pair for papers in holders.values() for pair in combinations(papers, 2))
    for (one, two), rare in sorted(shared.items()):
        if rare >= SHARED:
            looks = (pictures[one], pictures[two])
            alike = Likeness(
                rare,
                _share(figures[one], figures[two], count),
                in_common(words[one], words[two]),
                None if None in looks else bits_apart(*looks),
            )
            yield min(ids[one], ids[two]), max(ids[one], ids[two]), alike


def _share(one: Sequence[int], two: Sequence[int], count: Mapping[int, int]) -> float:
    both, first, second = (
        sum(1.0 / count[figure] for figure in own) for own in ({*one} & {*two}, one, two)
    )
    return both / min(first, second)


def papers_of(snapshot: Snapshot) -> dict[str, str]:
    """For each paper that states one invoice alone the invoice that it counts as.

    A paper that is booked counts as its row in the books.
    """
    invoices = snapshot.rows("Invoice")
    papers = invoices.filter(pc.is_null(invoices["row"]))
    counted = pc.coalesce(papers["booked_as"], papers["invoice_id"]).to_pylist()
    documents = papers["document_id"].to_pylist()
    stating = Counter(documents)
    ends = zip(documents, counted, strict=True)
    return {document: invoice for document, invoice in ends if stating[document] == 1}


def reread_invoices(snapshot: Snapshot, fingerprints: pa.Table) -> dict[tuple[str, str], Likeness]:
    """Invoices whose papers are likely one, the smaller id first; by their likest papers."""
    of = papers_of(snapshot)
    found: dict[tuple[str, str], Likeness] = {}
    for one, two, alike in likenesses(fingerprints):
        ends = {of[paper] for paper in (one, two) if paper in of}
        if len(ends) == 2 and alike.probability >= LEAST_PROBABILITY:
            pair = (min(ends), max(ends))
            best = found.get(pair)
            if best is None or alike.probability > best.probability:
                found[pair] = alike
    return found
