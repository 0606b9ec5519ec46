"""The learned reader: which offer of a field is taken, and how likely it is right.

Belongs here: the model of the reader as one thing (a tagger of lines, trees that choose, its
version), from and to a folder, and the choice that it makes on a document. Not here: what an
offer is and what is known of it (ranking), how a model learns (datasets.readings, models).

The rules stay the floor: a field that the model has not learned is read by them alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from ledgergraph.errors import StaleInput
from ledgergraph.extractions.fields import Form, form_of
from ledgergraph.extractions.readers.arithmetic import with_arithmetic
from ledgergraph.extractions.readers.candidates import Candidate
from ledgergraph.extractions.readers.ranking import (
    ALSO,
    NAMES,
    Offer,
    View,
    clearness,
    head_of,
    key_of_text,
    kind_of,
    names_of,
    offers_of,
    rows_of,
)
from ledgergraph.extractions.readers.repairs import Known, known_words
from ledgergraph.identity import canonical_json, sha256_of
from ledgergraph.models import ranking, tagging
from ledgergraph.models.contract import Floats

WORDS = "words.txt"
"""The file of the words of names and addresses that were learned."""
LEFT_TO_RULES = ("type",)
"""Fields that the rules choose better: kinds that no example of learning has are told by them."""
LIKELY = 0.5
"""A code so likely right stays where the rules found it."""
SHORT = 12
"""Digits of a version that name it in a row."""


@dataclass(frozen=True)
class ReaderModel:
    """A fitted reader; `version` is the hash of its files."""

    tagger: tagging.LinearTagger
    trees: ranking.RankingTrees
    known: Known
    version: str

    @property
    def name(self) -> str:
        """How rows name it."""
        return f"model:{self.version[:SHORT]}"

    def taken(self, view: View) -> "dict[str, Taken]":
        """What it takes for each field that is offered anything."""
        return taken(view, self)

    def save(self, folder: Path) -> None:
        """Write its files into a folder, made if need be."""
        self.tagger.save(folder)
        self.trees.save(folder)
        words = sorted(word for own in self.known.values() for word in own)
        (folder / WORDS).write_text("".join(f"{word}\n" for word in words), encoding="utf-8")


def load(folder: Path, names: tuple[str, ...] = NAMES) -> ReaderModel:
    """The reader of a folder, which knows offers by these facts.

    It may know fewer of them, as a model does that was made before some were noted. Raises
    StaleInput if a file is missing, or it knows offers by facts that this code does not note.
    """
    trees, tagger = ranking.load(folder), tagging.load(folder)
    if unknown := set(trees.names) - set(names):
        raise StaleInput(
            f"The reader's model in {folder.name} is of another version of Ledgergraph: it knows "
            f"offers by other facts ({', '.join(sorted(unknown)[:3])}). Make it again with "
            "`ledgergraph models make reader`."
        )
    path = folder / WORDS
    words = path.read_text(encoding="utf-8").split() if path.is_file() else []
    return ReaderModel(tagger, trees, known_words(words), version_of(folder))


def version_of(folder: Path) -> str:
    """The hash of a model's files, its card apart: what it would choose, and nothing else."""
    own = ("trees_", "tagger.", ranking.CURVES, WORDS)
    files = sorted(path for path in folder.iterdir() if path.name.startswith(own))
    return sha256_of(canonical_json([[one.name, sha256_of(one.read_bytes())] for one in files]))


@dataclass(frozen=True)
class Taken:
    """What is taken for a field: candidates, the best first, and how likely the best is right.

    `is_learned` says whether the model decided; else the rules' order is kept, and `sure` is
    null. Nothing is taken where the order is empty.
    """

    order: Sequence[Candidate]
    sure: float | None

    @property
    def is_learned(self) -> bool:
        """Whether the model decided."""
        return self.sure is not None


class Chooser(Protocol):
    """Any model that reads: what it takes on a document, and what it is called in rows."""

    @property
    def name(self) -> str:
        """How rows name it."""
        ...

    @property
    def known(self) -> Known:
        """The words that it repairs by."""
        ...

    def taken(self, view: View) -> dict[str, Taken]:
        """What it takes for each field; one that is not there is left to the rules."""
        ...


def taken(view: View, model: ReaderModel) -> dict[str, Taken]:
    """What the model takes for each field that is offered anything."""
    tagged(view, model.tagger)
    offers = offers_of(view)
    if "from" not in model.trees.names:  # it cannot tell whose an offer is
        offers = {
            name: kept
            for name, own in offers.items()
            if (kept := [one for one in own if one.candidate.field == name])
        }
    scores = with_arithmetic(view, offers, _scores(view, offers, model.trees))
    found = {}
    for name, own in sorted(offers.items()):
        if name in scores and name not in LEFT_TO_RULES:
            order = np.argsort(-scores[name], kind="stable")
            clear = clearness(view, own[order[0]])
            sure = model.trees.probability(kind_of(view, name), scores[name].tolist(), clear)
            found[name] = Taken([own[at].candidate for at in order], sure)
        elif name in view.rules:
            found[name] = Taken(view.rules[name], None)
    return apart(found)


def apart(found: dict[str, Taken]) -> dict[str, Taken]:
    """What is taken, and no code both for a field and for one that it was borrowed from.

    An id is the buyer's or the seller's: it stays where the rules found it unless that is
    unlikely and the other is surer. The names of parties stay where the rules found two.
    """
    for name, others in ALSO.items():
        for owner in others:
            one, two = found.get(name), found.get(owner)
            if one is None or two is None or not (one.order and two.order):
                continue
            first, second = one.order[0], two.order[0]
            is_shared = key_of_text(first.value) == key_of_text(second.value)
            is_own = any(candidate.field == name for candidate in one.order)
            if not (first.field == owner and is_shared):
                continue
            if form_of(name) is Form.CODE or not is_own:
                sure = 1.0 if two.sure is None else two.sure
                is_kept = sure >= min(LIKELY, one.sure or 0.0)
                found[name if is_kept else owner] = Taken([], 0.0)
    return found


def tagged(view: View, tagger: tagging.LinearTagger) -> None:
    """Give a view what the tagger says of the lines of its top, where they are offered."""
    view.spans.clear()  # what is known of them rests on the tags
    view.tags = tagger.predict(view.marks()) if view.is_slip else np.zeros((len(view.top), 3))


def _scores(
    view: View, offers: Mapping[str, Sequence[Offer]], trees: ranking.RankingTrees
) -> dict[str, Floats]:
    """The scores of the offers of every field that was learned, asked once a head."""
    by_head: dict[str, list[str]] = {}
    for name in offers:
        if name in trees.kinds and head_of(name) in trees.heads:
            by_head.setdefault(head_of(name), []).append(name)
    found: dict[str, Floats] = {}
    noted = {name: at for at, name in enumerate(names_of(view))}
    known = [noted[name] for name in trees.names]
    for head, names in by_head.items():
        rows = np.vstack([rows_of(view, one, offers[one]) for one in names])
        scores = trees.scores(head, rows[:, known])
        ends = np.cumsum([len(offers[one]) for one in names])
        found |= dict(zip(names, np.split(scores, ends[:-1]), strict=True))
    return found
