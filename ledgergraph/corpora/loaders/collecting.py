"""All labelled data sets of others as two tables, with what is to be counted of them.

Not here: reading one of them (the other modules of this room).
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from ledgergraph.corpora.annotations import Annotation, table_of
from ledgergraph.corpora.loaders import REJECTED_ITEMS, Rejected, Taking, load, rule_of


@dataclass(frozen=True)
class Collected:
    """Annotations, rejected items, and counts by what they are."""

    annotations: pa.Table
    rejected: pa.Table
    items: Mapping[str, int] = field(default_factory=dict)
    """By source, split and type."""
    faults: Mapping[str, int] = field(default_factory=dict)
    """By source and rule."""
    reasons: Mapping[str, int] = field(default_factory=dict)
    """Of rejected items, by source and reason."""


def collected(folders: Mapping[str, Path], taking: Taking | None = None) -> Collected:
    """The data sets of some folders by source; raises BadInput as `load`."""
    items: Counter[str] = Counter()
    faults: Counter[str] = Counter()
    rejected: list[Rejected] = []

    def annotations() -> Iterator[Annotation]:
        for source, folder in sorted(folders.items()):
            for one in load(source, folder, taking):
                if isinstance(one, Rejected):
                    rejected.append(one)
                    continue
                items[f"{source}, {one.split or 'no split'}, {one.type}"] += 1
                faults.update(f"{source}, {rule_of(fault)}" for fault in one.faults)
                yield one

    taken = table_of(annotations())
    skipped = (
        {name: getattr(one, name) for name in REJECTED_ITEMS.schema.names} for one in rejected
    )
    return Collected(
        taken,
        REJECTED_ITEMS.conform(REJECTED_ITEMS.rows(skipped)),
        dict(sorted(items.items())),
        dict(sorted(faults.items())),
        dict(sorted(Counter(f"{one.source}, {one.reason}" for one in rejected).items())),
    )
