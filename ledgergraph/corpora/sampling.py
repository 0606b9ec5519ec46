"""Sampling: which annotations are taken, and on which side each of them stands.

Belongs here: a stratified sample, and splits that leak neither vendor nor layout nor text.
Not here: which annotations are fit (cleaning), and how rows are written.

What is tied stands on one side: annotations of one vendor, of one template, and those that
were made of one another. Ties are transitive: a vendor that uses two templates ties both,
with all their vendors. Such a tied whole goes to one side, the largest first, to the side that
lacks the most. A whole that is larger than what any side but the first lacks therefore goes to
the first, which is the one to learn from; where a whole is so large that another side would
miss its share by more than `tolerance`, it is cut: its templates and its vendors are each given
a side, and annotations whose template and vendor stand on two sides are left out, as
`straddling`. Cutting loses data and never leaks. Vendors go with most of their papers; where
every vendor uses every template that would leave sides empty, so they are drawn, which
leaves out more than half.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.int64]

SIDES = ("train", "validation", "test")
SPLITS: Mapping[str, tuple[float, float, float]] = {
    "split_80_10_10": (0.8, 0.1, 0.1),
    "split_70_15_15": (0.7, 0.15, 0.15),
}
"""The splits that every corpus carries, by the column that names the side."""
TOLERANCE = 0.05
"""How far a side's share may be from what was asked, of all annotations."""
STRADDLING = "straddling"
"""Of an annotation that stands on no side."""


@dataclass(frozen=True)
class Ties:
    """What must not stand on two sides, one value an annotation.

    A null vendor or template is not known, and ties nothing; `family` is the annotation that
    it was derived from, or itself.
    """

    family: Sequence[str]
    vendor: Sequence[str | None]
    template: Sequence[str | None]


def families(ids: Sequence[str], derived_from: Sequence[str | None]) -> list[str]:
    """The first of each annotation's ancestors, whether it is among them or not.

    Of ancestors that go in a circle, which no source should state, the first by name.
    """
    parent = {one: other for one, other in zip(ids, derived_from, strict=True) if other}
    found: dict[str, str] = {}

    def first(one: str) -> str:
        path = [one]
        while (at := path[-1]) in parent and at not in found:
            if parent[at] in path:
                root = min(path[path.index(parent[at]) :])
                found.update(dict.fromkeys(path, root))
                return root
            path.append(parent[at])
        root = found.get(path[-1], path[-1])
        found.update(dict.fromkeys(path, root))
        return root

    return [first(one) for one in ids]


def sampled(
    ids: Sequence[str], strata: Sequence[tuple[str | None, ...]], size: int, seed: int,
    least: int = 1,
) -> npt.NDArray[np.bool_]:  # fmt: skip
    """Which annotations a sample of about `size` takes, by stratum (type, language, source).

    Each stratum gives its share of the whole, but at least `least` if it has them, so that
    what is rare is there. Within one, which are taken depends on seed and id alone: a
    larger sample holds the smaller one.
    """
    taken = np.zeros(len(ids), bool)
    if size >= len(ids):
        return ~taken
    members: dict[tuple[str, ...], list[int]] = {}
    for at, stratum in enumerate(strata):
        members.setdefault(tuple(one or "" for one in stratum), []).append(at)
    for own in members.values():
        wanted = max(round(size * len(own) / len(ids)), min(least, len(own)))
        drawn = sorted(own, key=lambda at: (_draw(seed, ids[at]), ids[at]))
        taken[drawn[:wanted]] = True
    return taken


def split(
    ties: Ties, shares: Sequence[float], seed: int, tolerance: float = TOLERANCE
) -> list[str]:
    """The side of each annotation, or `straddling`; shares of SIDES add up to 1.

    The same annotations stand on the same sides in any order. Raises ValueError if shares do
    not add up.
    """
    if len(shares) != len(SIDES) or min(shares) < 0 or abs(sum(shares) - 1) > 1e-9:
        raise ValueError(f"shares {tuple(shares)} must be {len(SIDES)} that add up to 1")
    if not len(ties.family):
        return []
    whole = _wholes(ties)
    side = _filled(whole, _names(whole, ties), shares, seed)
    missed = np.abs(np.bincount(side, minlength=len(SIDES)) / len(side) - np.asarray(shares))
    if missed.max() > tolerance:
        largest = np.flatnonzero(whole == int(np.bincount(whole).argmax()))
        ways = [_cut(ties, largest, side, shares, seed, is_drawn=way) for way in (False, True)]
        side = min([side, *ways], key=lambda one: _loss(one, shares, tolerance))
    names = [*SIDES, STRADDLING]
    return [names[one] for one in side]


def _loss(side: Codes, shares: Sequence[float], tolerance: float) -> tuple[float, int]:
    """What a split costs: how far the sides are from their shares, then what is left out."""
    counts = np.bincount(side, minlength=len(SIDES) + 1)
    held = counts[: len(SIDES)] / max(counts[: len(SIDES)].sum(), 1)
    empty = sum(share > 0 and count == 0 for count, share in zip(counts, shares, strict=False))
    missed = float(np.abs(held - np.asarray(shares)).max())
    return empty + round(max(missed, tolerance), 2), int(counts[-1])


def _codes(values: Sequence[str | None]) -> tuple[list[str], Codes]:
    """Distinct values in order, and which of them each is; -1 where there is none."""
    names = sorted({one for one in values if one is not None})
    place = {one: at for at, one in enumerate(names)}
    return names, np.asarray([-1 if one is None else place[one] for one in values], np.int64)


def _wholes(ties: Ties) -> Codes:
    """The tied whole of each annotation, by number: families joined by vendors and templates."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    _, family = _codes(ties.family)
    size = int(family.max()) + 1
    ends: list[tuple[Codes, Codes]] = []
    for values in (ties.vendor, ties.template):
        names, code = _codes(values)
        known = code >= 0
        ends.append((family[known], code[known] + size))
        size += len(names)
    rows, columns = (np.concatenate(one) for one in zip(*ends, strict=True))
    graph = coo_matrix((np.ones(len(rows), np.int8), (rows, columns)), shape=(size, size))
    _, component = connected_components(graph, directed=False)
    _, whole = np.unique(component[family], return_inverse=True)
    return np.asarray(whole, np.int64)


def _names(whole: Codes, ties: Ties) -> list[str]:
    """What names each whole, whatever the order: the first of its families."""
    names = [""] * (int(whole.max()) + 1)
    for one, family in zip(whole.tolist(), ties.family, strict=True):
        names[one] = min(names[one] or family, family)
    return names


def _filled(
    group: Codes,
    names: Sequence[str],
    shares: Sequence[float],
    seed: int,
    taken: Codes | None = None,
) -> Codes:
    """A side for each member of some groups: the largest first, where the most is lacking.

    Groups of one size in the order of a hash of their names. `taken` is what the sides
    hold already. A side that is to have a share gets a group while there are any.
    """
    sizes = np.bincount(group, minlength=len(names))
    held = np.zeros(len(SIDES)) if taken is None else taken.astype(float)
    lacking = np.asarray(shares) * (len(group) + held.sum()) - held
    draws = [_draw(seed, name) for name in names]
    order = sorted(range(len(names)), key=lambda at: (-sizes[at], draws[at], names[at]))
    side = np.zeros(len(names), np.int64)
    for at in order:
        side[at] = int(lacking.argmax())
        lacking[side[at]] -= sizes[at]
    return side[group]


def _cut(
    ties: Ties, members: Codes, side: Codes, shares: Sequence[float], seed: int, *, is_drawn: bool
) -> Codes:
    """The sides with one whole cut: by template and by vendor, what straddles left out.

    Where vendors are drawn, both are by roots of the shares: what agrees has the shares.
    """
    cut = side.copy()
    held = np.bincount(np.delete(side, members), minlength=len(SIDES))
    roots = np.sqrt(np.asarray(shares)) if is_drawn else np.asarray(shares)
    sides_by = partial(_by, ties, members, list(roots / roots.sum()), seed, held)
    by_template = sides_by(ties.template)
    vendors = [ties.vendor[at] for at in members]
    by_vendor = sides_by(ties.vendor) if is_drawn else _by_majority(vendors, by_template)
    by_vendor = np.where([one is None for one in vendors], by_template, by_vendor)
    straddles = by_template != by_vendor
    cut[members] = np.where(straddles, len(SIDES), by_template)
    kept = members[~straddles]
    stands = _by_majority([ties.family[at] for at in kept], cut[kept])
    cut[kept[stands != cut[kept]]] = len(SIDES)
    return cut


def _by(
    ties: Ties, members: Codes, shares: Sequence[float], seed: int, held: Codes,
    values: Sequence[str | None],
) -> Codes:  # fmt: skip
    """A side for each member by one kind of tie; who has none is tied by its family."""
    tied = [
        f"value {value}" if (value := values[at]) is not None else f"family {ties.family[at]}"
        for at in members
    ]
    names, group = _codes(tied)
    return _filled(group, names, shares, seed, held)


def _by_majority(values: Sequence[str | None], side: Codes) -> Codes:
    """The side on which most of each value's members stand; a tie goes to the later side.

    So that small sides are not emptied by what mostly stands elsewhere. Members without a
    value stand where they are.
    """
    names, code = _codes(values)
    known = code >= 0
    votes = np.zeros((max(len(names), 1), len(SIDES)), np.int64)
    np.add.at(votes, (code[known], side[known]), 1)
    most = len(SIDES) - 1 - votes[:, ::-1].argmax(axis=1)
    return np.where(known, most[code], side)


def _draw(seed: int, name: str) -> bytes:
    """What orders names by chance, the same everywhere."""
    return blake2b(f"{seed}\x1f{name}".encode(), digest_size=8).digest()
