"""Agreement: how well two people who marked the same documents agree, label by label.

Belongs here: which words of two annotations are the same, Cohen's kappa of each label on
them, and the words on which people differ. Not here: where annotations come from.

A word's label is the entity of the field that it states, or none. Kappa is the agreement
beyond what two people reach by chance who mark as often as these did (Cohen 1960): 1 is
all, 0 what chance gives.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from ledgergraph.corpora.annotations import Annotation
from ledgergraph.corpora.entities import entity_of
from ledgergraph.corpora.label_studio_tasks import Reviewed
from ledgergraph.evidence import Box

TARGET = 0.92
"""Kappa below which the guideline of a label is to be made clearer before it is learned from."""
SAME_PLACE = 0.5
"""Least share of two boxes that both cover where they are the same word."""
Marked = tuple[str | None, int | None]
"""The label of a word and its line."""


@dataclass(frozen=True, slots=True)
class LabelAgreement:
    """Of one label: kappa in [-1, 1], and how many words both or one of them gave it."""

    label: str
    kappa: float
    both: int
    first_only: int
    second_only: int

    @property
    def is_met(self) -> bool:
        """Whether kappa reaches the target."""
        return self.kappa >= TARGET


@dataclass(frozen=True, slots=True)
class Difference:
    """A word that two people labelled differently; null stands for no label."""

    document: str
    page: int
    text: str
    first: str | None
    second: str | None


@dataclass(frozen=True)
class Agreement:
    """How two people agree: over all labels, and label by label where one of them gave it.

    `unmatched` are words that only one of them has, `other_line` words with one label that
    they gave to different lines.
    """

    first: str
    second: str
    documents: int
    words: int
    unmatched: int
    other_line: int
    kappa: float
    labels: tuple[LabelAgreement, ...]
    differences: tuple[Difference, ...]


def agreements(reviewed: Iterable[Reviewed]) -> list[Agreement]:
    """The agreement of each two people who marked a document both, by name."""
    by_person: dict[str, dict[str, Annotation]] = defaultdict(dict)
    for one in reviewed:
        by_person[one.annotator][_document(one.annotation)] = one.annotation
    return [
        agreement(by_person[first], by_person[second], first, second)
        for first, second in combinations(sorted(by_person), 2)
        if by_person[first].keys() & by_person[second].keys()
    ]


def _document(annotation: Annotation) -> str:
    return annotation.derived_from or annotation.annotation_id


def agreement(
    ones: Mapping[str, Annotation], others: Mapping[str, Annotation],
    first: str = "first", second: str = "second",
) -> Agreement:  # fmt: skip
    """How two people agree on the documents that both marked, by document."""
    pairs: list[tuple[Marked, Marked]] = []
    differences: list[Difference] = []
    unmatched = 0
    shared = sorted(ones.keys() & others.keys())
    for document in shared:
        one, other = ones[document], others[document]
        mine, theirs = labels_of(one), labels_of(other)
        matched = list(same_words(one, other))
        unmatched += len(mine) + len(theirs) - 2 * len(matched)
        for place, place_of_other in matched:
            pair = (mine[place], theirs[place_of_other])
            pairs.append(pair)
            if pair[0][0] != pair[1][0]:
                word = one.words[place]
                differences.append(
                    Difference(document, word.page, word.text, pair[0][0], pair[1][0])
                )
    names = [(one[0], other[0]) for one, other in pairs]
    labels = sorted({label for pair in names for label in pair if label is not None})
    return Agreement(
        first, second, len(shared), len(pairs), unmatched,
        sum(one[0] == other[0] and one[1] != other[1] for one, other in pairs),
        kappa_of([one or "" for one, _ in names], [other or "" for _, other in names]),
        tuple(_of_label(label, names) for label in labels),
        tuple(differences),
    )  # fmt: skip


def _of_label(label: str, names: Sequence[tuple[str | None, str | None]]) -> LabelAgreement:
    mine, theirs = [one == label for one, _ in names], [other == label for _, other in names]
    both = sum(one and other for one, other in zip(mine, theirs, strict=True))
    return LabelAgreement(
        label, kappa_of(mine, theirs), both, sum(mine) - both, sum(theirs) - both
    )  # fmt: skip


def kappa_of(ones: Sequence[str] | Sequence[bool], others: Sequence[str] | Sequence[bool]) -> float:
    """Cohen's kappa of two rows of labels; 1 where they are the same throughout."""
    from sklearn.metrics import cohen_kappa_score

    if list(ones) == list(others):
        return 1.0  # of one label alone chance agrees as well, and the formula is 0 / 0
    return float(cohen_kappa_score(ones, others))


def labels_of(annotation: Annotation) -> list[Marked]:
    """The label and line of each word; of a word that states two fields the first counts."""
    marked: list[Marked] = [(None, None)] * len(annotation.words)
    for field in reversed(annotation.fields):
        entity = entity_of(field.field)
        for place in field.words:
            marked[place] = (entity.field if entity else field.field, field.line)
    return marked


def same_words(one: Annotation, other: Annotation) -> Iterator[tuple[int, int]]:
    """The places of the words that both have: each of one with the nearest of the other."""
    standing: dict[tuple[int, Box], list[int]] = defaultdict(list)
    for place, word in enumerate(other.words):
        standing[word.page, word.box].append(place)
    moved = []
    for place, word in enumerate(one.words):  # most words of two people are those of one draft
        if same := standing.get((word.page, word.box)):
            yield place, same.pop(0)
        else:
            moved.append(place)
    free = sorted(place for left in standing.values() for place in left)
    for place in moved:
        word = one.words[place]
        near = [(_overlap(word.box, other.words[at].box), -at) for at in free
                if other.words[at].page == word.page]  # fmt: skip
        share, nearest = max(near, default=(0.0, 0))
        if share >= SAME_PLACE:
            free.remove(-nearest)
            yield place, -nearest


def _overlap(one: Box, other: Box) -> float:
    """The share of two boxes together that both cover, in [0, 1]."""
    width = min(one.x1, other.x1) - max(one.x0, other.x0)
    height = min(one.y1, other.y1) - max(one.y0, other.y0)
    if width <= 0 or height <= 0:
        return 0.0
    both = width * height
    return both / (_area(one) + _area(other) - both)


def _area(box: Box) -> float:
    return (box.x1 - box.x0) * (box.y1 - box.y0)
