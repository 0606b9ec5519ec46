"""Fingerprints: how alike two texts or pictures are, told from a few numbers of each.

Belongs here: MinHash over shingles of words in numpy, its bands, and groups of texts
that are nearly the same; the smallest hashes of a paper's words, and the hash of what its
page looks like. Not here: what is done with them (corpora.cleaning, graph.rereads).

A. Broder, "On the resemblance and containment of documents" (1997); bands after
J. Leskovec, A. Rajaraman, J. Ullman, "Mining of Massive Datasets", chapter 3. The hash of
a picture after C. Zauner, "Implementation and Benchmarking of Perceptual Image Hash
Functions" (2010). Nothing is drawn at run time: the same words give the same numbers on
every machine.
"""

from collections.abc import Iterable, Sequence
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]

SHINGLE = 3
"""Words in a row that count as one feature of a text."""
BANDS, ROWS = 8, 8
"""Texts are compared if they agree in all rows of a band.

That finds texts that share 90 % of their shingles with a probability of .99, 95 % of .9998,
and looks at few that share half (.03).
"""
NUMBERS = BANDS * ROWS
"""Numbers in a signature."""

_MIX = np.uint64(0x9E3779B97F4A7C15)
_drawn = np.random.default_rng([1997, NUMBERS])
_FACTORS: Hashes = _drawn.integers(1, 2**63, NUMBERS, dtype=np.uint64) | np.uint64(1)
_SUMMANDS: Hashes = _drawn.integers(0, 2**63, NUMBERS, dtype=np.uint64)
_HIGH = np.uint64(32)


def mixed(values: Hashes) -> Hashes:
    """Each number as another that tells nothing of it (splitmix64): close ones lie far apart."""
    state = values + _MIX
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))


def shingles(words: Hashes, offsets: Places) -> tuple[Hashes, Places]:
    """Hashes of every three words in a row, text by text, with their own offsets.

    `words` are the hashes of the words of all texts, `offsets` where each text begins and,
    last, ends. A text of fewer words is one shingle; an empty one too.
    """
    counts = np.diff(offsets)
    own = np.maximum(counts - (SHINGLE - 1), 1)
    starts = np.concatenate([[0], np.cumsum(own)])
    text = np.repeat(np.arange(len(counts)), own)
    at = np.repeat(offsets[:-1], own) + np.arange(starts[-1]) - np.repeat(starts[:-1], own)
    padded = np.concatenate([words, np.zeros(SHINGLE, np.uint64)])
    found = np.zeros(len(at), np.uint64)
    for step in range(SHINGLE):
        inside = at + step < offsets[1:][text]
        found = mixed(found ^ np.where(inside, padded[at + step], np.uint64(step)))
    return found, starts


def signatures(words: Hashes, offsets: Places) -> npt.NDArray[np.uint32]:
    """The MinHash of each text, one row of NUMBERS each.

    Two rows agree in about the share of shingles that their texts have in common.
    """
    found, starts = shingles(words, offsets)
    signed = np.empty((len(starts) - 1, NUMBERS), np.uint32)
    if not len(signed):
        return signed
    for at in range(NUMBERS):
        ranked = ((found * _FACTORS[at] + _SUMMANDS[at]) >> _HIGH).astype(np.uint32)
        signed[:, at] = np.minimum.reduceat(ranked, starts[:-1])
    return signed


def bands(signed: npt.NDArray[np.uint32]) -> Hashes:
    """One number for each band of each signature: texts are compared if they share one."""
    rows = signed.reshape(len(signed), BANDS, ROWS).astype(np.uint64)
    found = np.broadcast_to(np.arange(BANDS, dtype=np.uint64), (len(signed), BANDS)).copy()
    for at in range(ROWS):
        found = mixed(found ^ rows[:, :, at])
    return found


def groups(
    families: Sequence[str], signed: npt.NDArray[np.uint32], keys: Hashes, least: float
) -> dict[str, str]:
    """Which families of texts are nearly the same as an earlier one: family, then that one.

    A family are the forms of one text; its name may repeat. `keys` are the bands of the
    signatures, `least` the share of numbers in which two texts agree. Of a group, the family
    that is first by name is named for all others. The rest share no band with one another in
    which they would be as alike as that, whatever the order of the texts.
    """
    names, family = np.unique(np.asarray(families, dtype=object), return_inverse=True)
    parent = np.arange(len(names))

    def root(one: int) -> int:
        while parent[one] != one:
            parent[one] = parent[parent[one]]
            one = int(parent[one])
        return one

    for members in _buckets(keys, family):
        left = members
        while len(left):
            leader, left = left[0], left[1:]
            alike = np.mean(signed[left] == signed[leader], axis=1) >= least
            alike &= family[left] != family[leader]
            for one in left[alike]:
                first, second = sorted((root(int(family[leader])), root(int(family[one]))))
                parent[second] = first
            left = left[~alike]
    roots = [root(one) for one in range(len(names))]
    return {str(names[one]): str(names[first]) for one, first in enumerate(roots) if one != first}


def _buckets(keys: Hashes, family: npt.NDArray[np.int64]) -> "list[npt.NDArray[np.int64]]":
    """The texts of each band that several share, in the order of their families."""
    found = []
    for band in range(keys.shape[1] if len(keys) else 0):
        order = np.lexsort((family, keys[:, band]))
        starts = np.flatnonzero(np.diff(keys[order, band], prepend=~keys[order[0], band]))
        sizes = np.diff(np.append(starts, len(order)))
        found += [
            order[start : start + size]
            for start, size in zip(starts[sizes > 1], sizes[sizes > 1], strict=True)
        ]
    return found


# Papers: the same page sent again

KEPT_HASHES = 64
"""Hashes kept of a paper, the smallest of all: of two papers, those are drawn alike."""
SIDE, WAVES = 32, 8
"""A picture is looked at in so many cells a side, and of its waves so many a side are told."""
INK = 0.8
"""Darker than so much of its paper is ink; what lies around all ink is cut off."""


def smallest_hashes(texts: Iterable[str]) -> list[int]:
    """The smallest hashes of the different texts of a paper, rising, KEPT_HASHES at most.

    Of two papers the share of common ones among the smallest of both together is about the
    share of common texts (Broder's sketch of one hash function).
    """
    found = {
        int.from_bytes(blake2b(one.encode(), digest_size=8).digest(), "little", signed=True)
        for one in set(texts)
    }
    return sorted(found)[:KEPT_HASHES]


def in_common(one: Sequence[int], two: Sequence[int]) -> float:
    """About the share of texts that two papers have in common, in [0, 1], from their hashes."""
    joined = sorted({*one, *two})[:KEPT_HASHES]
    return len({*one} & {*two} & {*joined}) / len(joined) if joined else 0.0


def picture_hash(picture: npt.NDArray[np.uint8]) -> int | None:
    """What a page looks like, in 63 bits: null where it is of one colour.

    `picture` are the greys of a page (rows, columns). Light, size, margins and a small turn
    change few bits of it; bits are compared with `bits_apart`.
    """
    from scipy.fft import dctn

    inked = _without_margins(picture)
    if inked is None:
        return None
    waves = dctn(_cells(inked), norm="ortho")[:WAVES, :WAVES].ravel()[1:]
    flags = waves > np.median(waves)
    return int(np.dot(flags.astype(np.int64), np.left_shift(np.int64(1), np.arange(63))))


def bits_apart(one: int, two: int) -> int:
    """In how many of 63 bits two pictures differ; about 31 where they have nothing in common."""
    return (one ^ two).bit_count()


def _without_margins(picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64] | None:
    """The part of a page that has ink; a speck alone makes no row and no column."""
    grey = picture.astype(np.float64)
    ink = grey < INK * np.percentile(grey, 80)
    rows = np.flatnonzero(ink.mean(axis=1) > 0.01)
    columns = np.flatnonzero(ink.mean(axis=0) > 0.01)
    if len(rows) < 2 or len(columns) < 2:
        return None
    return grey[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _cells(grey: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The mean of each of SIDE times SIDE cells."""
    for axis in (0, 1):
        edges = np.linspace(0, grey.shape[axis], SIDE + 1)[:-1].astype(int)
        sizes = np.maximum(np.diff(np.append(edges, grey.shape[axis])), 1)
        summed = np.add.reduceat(grey, edges, axis=axis)
        grey = summed / (sizes[:, None] if axis == 0 else sizes[None, :])
    return grey
