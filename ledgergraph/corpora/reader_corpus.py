"""The reader's corpus: what of all annotations a reader learns from, and on which side.

Belongs here: its settings, its tables, and the decision on each annotation from the facts of
all of them. Not here: how facts are gathered and rows written (resources.corpus_job), the
rules of which the decision consists (cleaning, sampling).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ledgergraph.corpora.cleaning import FACTS, REASONS, Filters
from ledgergraph.corpora.sampling import (
    SPLITS,
    STRADDLING,
    Ties,
    families,
    sampled,
    split,
)
from ledgergraph.documents import fingerprints
from ledgergraph.tables import TEXT, Table

MAIN_SPLIT = "split_80_10_10"
"""The split by which rows are written into folders, unless another is asked for."""
PLACE = pa.schema([("shard", pa.int32()), ("row", pa.int32())])
"""Where an annotation stands: its input's shard, and its place in that from 0."""
LIGHT = pa.schema([*PLACE, *(one for one in FACTS if one.name not in ("bands", "signature"))])
"""What is known of each annotation when all are decided on: 1.5 KB each while it lasts."""
WITHHELD: Mapping[str, str] = {
    **REASONS,
    "not_sampled": "the sample is smaller than what is fit",
    "straddling": "its vendor and its template stand on different sides",
}
"""Why an annotation is not in the corpus, each with its rule as a clause."""

READER_CORPUS = Table(
    "reader_corpus",
    pa.schema(
        [
            ("annotation_id", TEXT), ("source", TEXT), ("type", TEXT), ("language", TEXT),
            ("vendor", TEXT), ("template", TEXT), ("family", TEXT), ("preset", TEXT),
            *((name, TEXT) for name in SPLITS), ("part", TEXT),
            ("pages", pa.int32()), ("words", pa.int32()), ("lines", pa.int32()),
            ("fields", pa.int32()), ("fields_placed", pa.int32()), ("cells", pa.int32()),
            ("characters", pa.int32()), ("digit_share", pa.float32()),
            ("unreadable_share", pa.float32()), ("boxes_outside", pa.int32()),
        ]
    ),
    key=("annotation_id",),
)  # fmt: skip
"""One row an annotation of the corpus: its sides, its features, and the file that holds it."""

READER_CORPUS_REJECTIONS = Table(
    "reader_corpus_rejections",
    pa.schema([("annotation_id", TEXT), ("place", TEXT), ("reason", TEXT), ("sentence", TEXT)]),
    key=("annotation_id", "place"),
)
"""What was read and is not in the corpus; `place` is shard and row, as ids may repeat."""


@dataclass(frozen=True)
class Plan:
    """What a corpus is to be: the filters, how many annotations, and by which split it is kept.

    `size` is null for all that are fit; `least` of each stratum are taken if there are so many.
    """

    filters: Filters = field(default_factory=Filters)
    size: int | None = None
    least: int = 1
    seed: int = 0
    split: str = MAIN_SPLIT

    @staticmethod
    def of(settings: Mapping[str, Any]) -> "Plan":
        """The plan that settings state: a filter by its name, the rest by theirs."""
        own = {name: settings[name] for name in ("size", "least", "seed", "split")}
        names = Filters.__dataclass_fields__.keys() & settings.keys()
        return Plan(replace(Filters(), **{name: settings[name] for name in names}), **own)

    @property
    def settings(self) -> dict[str, Any]:
        """The plan as settings of an asset."""
        filters = {one: getattr(self.filters, one) for one in Filters.__dataclass_fields__}
        return {
            **filters,
            **{one: getattr(self, one) for one in ("size", "least", "seed", "split")},
        }


@dataclass(frozen=True)
class Decided:
    """`corpus` are rows of READER_CORPUS with their PLACE, `rejections` the others."""

    corpus: pa.Table
    rejections: pa.Table


def duplicates_among(candidates: pa.Table, derived: Mapping[str, str], alike: float) -> set[str]:
    """The families that are nearly the same as one that is kept.

    `candidates` are FACTS of annotations that share a band with another; `derived` names the
    family of each annotation that was derived from another.
    """
    if not candidates.num_rows:
        return set()
    ids = candidates["annotation_id"].to_pylist()
    signed = np.frombuffer(b"".join(candidates["signature"].to_pylist()), np.uint32)
    keys = pc.list_flatten(candidates["bands"]).to_numpy().view(np.uint64)
    return set(
        fingerprints.groups(
            [derived.get(one, one) for one in ids],
            signed.reshape(len(ids), fingerprints.NUMBERS),
            keys.reshape(len(ids), fingerprints.BANDS),
            alike,
        )
    )


def decided(light: pa.Table, candidates: pa.Table, plan: Plan) -> Decided:
    """What becomes of each annotation, from the facts of all.

    The same annotations give the same corpus in any order; of several with one id the first
    by shard and row counts.
    """
    light = light.sort_by([("annotation_id", "ascending"), ("shard", "ascending"),
                           ("row", "ascending")])  # fmt: skip
    ids = light["annotation_id"].to_pylist()
    family = families(ids, light["derived_from"].to_pylist())
    derived = {one: root for one, root in zip(ids, family, strict=True) if one != root}
    near = duplicates_among(candidates, derived, plan.filters.alike)
    reasons = light["reason"].to_pylist()
    for at, one in enumerate(family):
        if at and ids[at] == ids[at - 1]:
            reasons[at] = "repeated_id"
        elif reasons[at] is None and one in near:
            reasons[at] = "near_duplicate"
    light = light.append_column("family", pa.array(family, TEXT))
    fit = _places(reasons)
    size = len(fit) if plan.size is None else plan.size
    kept = light.take(pa.array(fit))
    strata = list(zip(*(kept[name].to_pylist() for name in ("type", "language", "source")),
                      strict=True))  # fmt: skip
    taken = sampled(kept["annotation_id"].to_pylist(), strata, size, plan.seed, plan.least)
    for at in fit[~taken]:
        reasons[at] = "not_sampled"
    fit, kept = fit[taken], kept.filter(pa.array(taken))
    ties = Ties(*(kept[name].to_pylist() for name in ("family", "vendor", "template")))
    sides = {name: split(ties, shares, plan.seed) for name, shares in SPLITS.items()}
    stands = np.all([[one != STRADDLING for one in own] for own in sides.values()], axis=0)
    for at in fit[~stands]:
        reasons[at] = "straddling"
    for name, own in sides.items():
        kept = kept.append_column(name, pa.array(own, TEXT))
    return Decided(_named(kept.filter(pa.array(stands)), plan), _rejected(light, reasons))


def _places(reasons: list[str | None]) -> npt.NDArray[np.int64]:
    return np.asarray([at for at, one in enumerate(reasons) if one is None], np.int64)


def part_name(side: str, shard: int) -> str:
    """The file that holds the annotations of one shard that stand on one side."""
    return f"split={side}/part-{shard:05d}.parquet"


def _named(kept: pa.Table, plan: Plan) -> pa.Table:
    """The rows of the corpus, with the file that each is written to."""
    where = zip(kept[plan.split].to_pylist(), kept["shard"].to_pylist(), strict=True)
    named = kept.append_column("part", pa.array([part_name(*one) for one in where], TEXT))
    return named.select([*PLACE.names, *READER_CORPUS.schema.names])


def _rejected(light: pa.Table, reasons: list[str | None]) -> pa.Table:
    left = light.append_column("why", pa.array(reasons, TEXT))
    left = left.filter(pc.is_valid(left["why"]))
    whys = left["why"].to_pylist()
    places = zip(left["shard"].to_pylist(), left["row"].to_pylist(), strict=True)
    columns = [
        left["annotation_id"],
        pa.array([f"{shard}:{row}" for shard, row in places], TEXT),
        pa.array(whys, TEXT),
        pa.array([f"{WITHHELD[why]}." for why in whys], TEXT),
    ]
    return READER_CORPUS_REJECTIONS.conform(
        pa.table(columns, schema=READER_CORPUS_REJECTIONS.schema)
    )
