"""What changed and why, on one page: the record of a decision about two models.

Belongs here: the decision as JSON, and the page in Markdown that a person reads in
the UI or beside the model. Counts, names of columns and hashes; never a row.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import pyarrow as pa

from ledgergraph.benchmarks.challengers import OWN
from ledgergraph.benchmarks.promotion import PROMOTE
from ledgergraph.evidence import Decision

DECISION, PAGE = "decision.json", "what_changed.md"
MOVED = 10
"""How many columns whose share in the gain moved most are listed."""


@dataclass(frozen=True)
class Side:
    """One of the two models: its name for people, its manifest's hash, its columns' gains."""

    name: str
    version: str
    gains: Mapping[str, float]


@dataclass(frozen=True)
class Labels:
    """The company's labels: how many were learned, how many were held out from which day."""

    learned: int
    held_out: int
    first_held_out: str | None
    left_out: int
    tolerated: Sequence[str]


def decision_json(decision: Decision) -> bytes:
    """A decision as a file."""
    return (json.dumps(asdict(decision), indent=2, sort_keys=True) + "\n").encode()


def decision_of(data: bytes) -> Decision:
    """The decision that a file holds."""
    return Decision(**json.loads(data))


def page(
    role: str,
    decision: Decision,
    items: pa.Table,
    sides: tuple[Side, Side],
    labels: Labels,
    events: pa.Table,
) -> str:
    """The page: decision, figures with intervals, labels by kind and verdict, what moved.

    `sides` are champion and challenger as they met; `events` are LABEL_EVENTS.
    """
    champion, challenger = sides
    outcome = "promoted" if decision.action == PROMOTE else "not promoted"
    parts = [
        f"# {role}: the challenger is {outcome}",
        decision.reason,
        "## Figures",
        "Average precision on the same items; the interval is of the difference (95 %, paired "
        f"bootstrap). `{OWN}` decides, no other slice may get worse.",
        table(("slice", "items", "positive", "champion", "challenger", "difference"),
              figures(decision, items)),
        "## Labels",
        f"{labels.learned:,} learned, {labels.held_out:,} held out from {labels.first_held_out} "
        f"on, {labels.left_out:,} of them left out because the champion had learned them. "
        "Reviewed invoices come from the queue more often than by chance, so figures on them "
        "compare two models and are no estimate for all invoices.",
        table(("kind", "confirmed", "dismissed"), by_kind(events)),
    ]  # fmt: skip
    if labels.tolerated:
        kinds = ", ".join(labels.tolerated)
        parts.append(f"Dismissed here although made ledgers call them issues: {kinds}.")
    parts += [
        "## What the models look at",
        f"The {MOVED} columns whose share in the gain moved most.",
        table(("column", "champion", "challenger"), moved(champion.gains, challenger.gains)),
        "## Versions",
        table(("model", "manifest"), [(one.name, one.version) for one in sides]),
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


Row = Sequence[str]


def figures(decision: Decision, items: pa.Table) -> list[Row]:
    """A row for each slice of the items, the one that decides first."""
    counts: Counter[str] = Counter(items["slice"].to_pylist())
    positive: Counter[str] = Counter()
    for name, target in zip(items["slice"].to_pylist(), items["target"].to_pylist(), strict=True):
        positive[name] += int(target)
    rows: list[Row] = []
    for name in sorted(counts, key=lambda one: (one != OWN, one)):
        prefix = "" if name == OWN else f"{name}/"
        shown = ["not judged"] * 3
        if f"{prefix}champion" in decision.numbers:
            champion, challenger, low, high = (
                decision.numbers[prefix + one] for one in ("champion", "challenger", "low", "high")
            )
            apart = f"{challenger - champion:+.3f} [{low:+.3f}, {high:+.3f}]"
            shown = [f"{champion:.3f}", f"{challenger:.3f}", apart]
        rows.append([name, f"{counts[name]:,}", f"{positive[name]:,}", *shown])
    return rows


def by_kind(events: pa.Table) -> list[Row]:
    """How often people confirmed and dismissed each kind, by the events that a label rests on."""
    said: Counter[tuple[str, bool]] = Counter()
    for row in events.to_pylist():
        if row["is_used"]:
            said[row["kind"] or "no kind named", row["says_issue"]] += 1
    return [
        [kind, str(said[kind, True]), str(said[kind, False])]
        for kind in sorted({kind for kind, _ in said})
    ]


def moved(champion: Mapping[str, float], challenger: Mapping[str, float]) -> list[Row]:
    """The columns whose share in the gain moved most between two models."""
    names = {*champion, *challenger}
    apart = {name: challenger.get(name, 0.0) - champion.get(name, 0.0) for name in names}
    most = sorted(names, key=lambda name: (-abs(apart[name]), name))[:MOVED]
    return [
        [name, f"{champion.get(name, 0.0):.1%}", f"{challenger.get(name, 0.0):.1%}"]
        for name in most
    ]


def table(columns: Row, rows: Sequence[Row]) -> str:
    """Rows as a table of Markdown."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
