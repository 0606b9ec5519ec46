"""Fingerprints: how alike two texts are, told from a few numbers of each, many texts at a time.

Belongs here: MinHash over shingles of words in numpy, its bands, and groups of texts
that are nearly the same. Not here: what is done with them (corpora.cleaning).

A. Broder, "On the resemblance and containment of documents" (1997); bands after
J. Leskovec, A. Rajaraman, J. Ullman, "Mining of Massive Datasets", chapter 3. Nothing is
drawn at run time: the same words give the same numbers on every machine.
"""

from collections.abc import Sequence

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
