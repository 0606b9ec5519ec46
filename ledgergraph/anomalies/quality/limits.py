"""Limits of quality: which shares of a period a person must hear of, and what to do then.

Belongs here: the decision. Not here: counting (measures), the numbers (settings), and
how a person is told (`sensors.quality`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

import pyarrow as pa

from ledgergraph.anomalies.quality.measures import LAST, WEEK, Counted, Tally
from ledgergraph.anomalies.quality.settings import QualityLimits
from ledgergraph.extractions.quality import LEVELS
from ledgergraph.tables import TEXT, Table

PREFIX = "LEDGERGRAPH_QUALITY_"
CHANCE = 0.01
"""A rise counts that would come about by chance with a probability below this."""
MOST_REASONS = 3
"""How many reasons an alert counts."""
LOWEST = LEVELS[-1][1]


@dataclass(frozen=True)
class Watched:
    """A share that is watched: its setting, what it is of what, and what helps."""

    setting: str
    name: str
    part: Counted
    whole: Counted
    sentence: str
    reasons: str
    remedy: str


WATCHED = (
    Watched(
        "rejected_share",
        "rejected, of all documents",
        Counted("documents", "rejected"),
        Counted("documents", "all"),
        "{part:,} of {whole:,} documents were rejected",
        "reason",
        "The report names each rejected file with its reason and what to ask its sender for.",
    ),
    Watched(
        "lowest_share",
        f"{LOWEST}, of papers and e-invoices",
        Counted("level", LOWEST),
        Counted("documents", "judged"),
        f"{{part:,}} of {{whole:,}} documents are of the lowest quality, {LOWEST}",
        "",
        "The report names the worst documents: ask their senders for the XML or a better scan; "
        "`ledgergraph doctor` says whether recognition of text is on.",
    ),
)


@dataclass(frozen=True)
class Crossing:
    """A limit that a period crossed, in the words that a person is told it in."""

    setting: str
    sentence: str
    remedy: str
    share: float
    allowed: float


QUALITY_CROSSINGS = Table(
    "quality_crossings",
    pa.schema(
        [
            ("setting", TEXT),
            ("sentence", TEXT),
            ("remedy", TEXT),
            ("share", pa.float64()),
            ("allowed", pa.float64()),
        ]
    ),
    key=("setting", "sentence"),
)


def crossed(tallies: Mapping[str, Tally], limits: QualityLimits) -> list[Crossing]:
    """The limits that the last period crossed; of each share at most one.

    A share is too large by itself, or if it is so many times that of the seven
    days before, and that is no chance. Too few documents cross nothing.
    """
    found = (_crossing(one, tallies[LAST], tallies[WEEK], limits) for one in WATCHED)
    return [one for one in found if one is not None]


def crossings_table(crossings: Iterable[Crossing]) -> pa.Table:
    """Table `quality_crossings`."""
    return QUALITY_CROSSINGS.conform(QUALITY_CROSSINGS.rows(asdict(one) for one in crossings))


def crossings_in(table: pa.Table) -> list[Crossing]:
    """The crossings of a table."""
    return [Crossing(**row) for row in table.to_pylist()]


def _crossing(one: Watched, last: Tally, week: Tally, limits: QualityLimits) -> Crossing | None:
    part, whole = last.counts[one.part], last.counts[one.whole]
    allowed: float = getattr(limits, one.setting)
    if not part or whole < limits.documents:
        return None
    share = part / whole
    said = f"{one.sentence.format(part=part, whole=whole)} ({share:.0%})"
    if one.reasons:
        often = list(last.of(one.reasons).items())[:MOST_REASONS]
        said += ": " + ", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in often)
    if share > allowed:
        raising = f"Raise {PREFIX}{one.setting.upper()} if that is usual here."
        sentence = f"{said}; up to {allowed:.0%} is allowed."
        return Crossing(one.setting, sentence, f"{one.remedy} {raising}", share, allowed)
    earlier, of_all = week.counts[one.part], week.counts[one.whole]
    if of_all < limits.documents:
        return None
    before = earlier / of_all
    is_more = share >= limits.times_before * before
    if is_more and _by_chance(part, whole, earlier, of_all) < CHANCE:
        raising = f"Raise {PREFIX}TIMES_BEFORE if such rises are usual here."
        sentence = f"{said}; it was {before:.1%} in the seven days before."
        times = limits.times_before
        return Crossing("times_before", sentence, f"{one.remedy} {raising}", share, times * before)
    return None


def _by_chance(part: int, whole: int, earlier: int, of_all: int) -> float:
    """How likely so many or more are if nothing changed: Fisher's exact test, one-sided."""
    from scipy.stats import hypergeom

    return float(hypergeom.sf(part - 1, whole + of_all, part + earlier, whole))
