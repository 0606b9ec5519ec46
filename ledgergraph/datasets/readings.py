"""What the reader learns from: documents with words and truth, as offers that are right or not.

Belongs here: rows for the reader's models from annotations, whatever made them. Not here:
what is known of an offer (extractions.readers.ranking), how models learn (models).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from ledgergraph.corpora.annotations import Annotation
from ledgergraph.corpora.rendering.making import SOURCE
from ledgergraph.datasets.matching import is_same, likeness
from ledgergraph.documents.limits import Limits
from ledgergraph.evidence import Page, Word
from ledgergraph.extractions.engines import Recogniser
from ledgergraph.extractions.fields import Form, form_of
from ledgergraph.extractions.readers.page import viewed
from ledgergraph.extractions.readers.ranking import (
    ADDRESS,
    ADDRESSED,
    NAME,
    NAMED,
    OTHER,
    Offer,
    View,
    clearness,
    head_of,
    kind_of,
    names_of,
    offers_of,
    rows_of,
)
from ledgergraph.extractions.readers.repairs import Known as Repairs
from ledgergraph.extractions.readers.repairs import known_words, words_in
from ledgergraph.extractions.recognition import transcripts
from ledgergraph.extractions.upright import laid_upright
from ledgergraph.models.contract import Floats, Ints
from ledgergraph.models.ranking import Choices
from ledgergraph.models.tagging import Tagged
from ledgergraph.tables import TEXT, Table

READER_EVENTS = Table("reader_events", pa.schema([("feedback_id", TEXT)]), key=("feedback_id",))
"""The events on fields that stood when a reader learned: what it need not learn again."""
ALIKE = 0.85
"""Where no offer is right, the one that is most alike is learned from, from so alike on."""


@dataclass(frozen=True)
class Known:
    """A document whose words and truth are known.

    `truth` holds the canonical values of header fields, `printed` what is printed for them,
    `group` names what is never on two sides, `slices` what it is counted
    under (source, language, layout, preset). `is_complete` says that the truth states all
    that is printed, so that what it does not state is not there.
    """

    name: str
    pages: Sequence[Page]
    words: Sequence[Word]
    truth: Mapping[str, str]
    group: str
    slices: Mapping[str, str] = field(default_factory=dict)
    printed: Mapping[str, str] = field(default_factory=dict)
    is_complete: bool = False

    def is_absent(self, name: str) -> bool:
        """Whether a field is surely not printed: every value that is offered for it is wrong."""
        if not self.is_complete or name in self.truth:
            return False
        return name in TOLD or (
            name.startswith("totals.") and not any(one.startswith("totals.") for one in self.truth)
        )


TOLD = frozenset({
    "number", "issue_date", "due_date", "order_reference", "contract_reference",
    "preceding_invoice", "period_start", "period_end", "seller.vat_id", "seller.iban",
    "payee.name", "buyer.name", "buyer.address", "buyer.vat_id", "totals.prepaid",
    "charges.0.amount", "charges.0.reason", "allowances.0.amount", "allowances.0.reason",
})  # fmt: skip
"""What a complete truth states wherever it is printed.

The others it may leave out because they follow: what is due, the sum of the charges, the tax
of the one rate.
"""


def known_of(
    annotation: Annotation, pages: Sequence[Page] = (), words: Sequence[Word] = ()
) -> Known:
    """An annotation as the reader sees it: its own words, or those that an engine read."""
    name = annotation.annotation_id
    if not pages:
        pages = [
            Page(name, at, one.width, one.height, one.unit)
            for at, one in enumerate(annotation.pages)
        ]
        words = [Word(name, one.page, one.text, one.box) for one in annotation.words]
    slices = {
        "source": annotation.source, "language": annotation.language or "unknown",
        "layout": annotation.template or annotation.source,
        "degradation": annotation.preset or "none", "type": annotation.type or "unknown",
    }  # fmt: skip
    truth = {one.field: one.value for one in annotation.fields if one.line is None}
    printed = {one.field: one.raw for one in annotation.fields if one.line is None}
    group = annotation.vendor or annotation.template or name
    is_complete = annotation.source == SOURCE
    return Known(name, pages, words, truth, group, slices, printed, is_complete)


FORMATS = {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpeg"}
"""Media with pages, and the formats that reading calls them."""


def read_again(
    documents: Iterable[tuple[Annotation, bytes]], limits: Limits, recogniser: Recogniser | None
) -> Iterator[Known]:
    """Documents with the words that reading gets of their files: text layers, and recognised.

    What has no pages, or no words, is left out.
    """
    kept: dict[str, tuple[Annotation, bytes]] = {}
    papers = []
    for annotation, data in documents:
        format_ = FORMATS.get(annotation.media_type or "")
        if format_ is None or annotation.document_id is None:
            continue
        kept[annotation.document_id] = annotation, data
        papers.append(
            {"document_id": annotation.document_id, "format": format_,
             "pages": max(len(annotation.pages), 1)}
        )  # fmt: skip
    refused: list[str] = []
    for one in transcripts(
        papers, lambda key: kept[key][1], limits, recogniser,
        lambda document, _: refused.append(document["document_id"]),
    ):  # fmt: skip
        annotation, _ = kept[one.pages[0].document_id]
        yield known_of(annotation, one.pages, one.words)


@dataclass
class Taught:
    """A document as examples: what is offered, which of it is right, and lines for the tagger."""

    known: Known
    view: View
    offers: Mapping[str, Sequence[Offer]]
    targets: Mapping[str, Floats]
    right: Mapping[str, Sequence[bool]]
    classes: Sequence[int] | None


class Vocabulary:
    """The words of names and addresses in the truth of documents, by which others are repaired."""

    def __init__(self, documents: Iterable[Known]) -> None:
        self._of: dict[str, set[str]] = {}
        self._vendors: Counter[str] = Counter()
        self._documents: Counter[str] = Counter()
        for one in documents:
            words = words_in(" ".join(one.truth.get(name, "") for name in (NAME, ADDRESS)))
            new = words - self._of.setdefault(one.group, set())
            self._of[one.group] |= words
            self._vendors.update(new)
            self._documents.update(words)

    def without(self, group: str) -> Repairs:
        """The words that two other vendors share: what would be known of a vendor unseen."""
        own = self._of.get(group, set())
        return known_words(
            [word for word, count in self._vendors.items() if count - (word in own) >= LEAST]
        )

    def all(self) -> Repairs:
        """The words that two documents share."""
        return known_words([word for word, count in self._documents.items() if count >= LEAST])


LEAST = 2
"""Documents, or other vendors, that use a word that others are repaired by."""


Spot = Callable[[View], object]
"""Notes in a view what a transformer spots."""


def all_taught(
    documents: Sequence[Known], spot: Spot | None = None
) -> tuple[list[Taught], Repairs]:
    """Documents as examples, each repaired as one of a vendor unseen; and all words known."""
    vocabulary = Vocabulary(documents)
    by_group = {group: vocabulary.without(group) for group in {one.group for one in documents}}
    found = (taught(one, by_group[one.group], spot) for one in documents)
    return [one for one in found if one is not None], vocabulary.all()


def taught(known: Known, words: Repairs | None = None, spot: Spot | None = None) -> Taught | None:
    """A document's offers beside its truth; None if it has no words. `spot` adds its own.

    Of a document whose truth is complete, the offers for what is not on it are all wrong: a
    reader learns from them how sure of an invented value it may be.
    """
    sheets, laid, _ = laid_upright(known.pages, known.words)
    view = viewed(known.name, sheets, laid, words)
    if view is None:
        return None
    if spot is not None:
        spot(view)
    offers = {
        name: own
        for name, own in offers_of(view).items()
        if name in known.truth or known.is_absent(name)
    }
    targets, right = {}, {}
    for name, own in offers.items():
        truth = known.truth.get(name)
        if truth is None:
            right[name], targets[name] = [False] * len(own), np.zeros(len(own))
            continue
        right[name] = [is_same(name, one.candidate.value, truth) for one in own]
        targets[name] = _targets(name, own, right[name], truth)
    return Taught(known, view, offers, targets, right, _classes(view, offers, targets))


def _targets(name: str, own: Sequence[Offer], right: Sequence[bool], truth: str) -> Floats:
    found = np.array(right, dtype=np.float64)
    if found.any() or form_of(name) not in (Form.NAME, Form.TEXT):
        return found
    alike = [likeness(one.candidate.value, truth) for one in own]
    best = max(alike, default=0.0)
    return np.array([one == best and best >= ALIKE for one in alike], dtype=np.float64)


def _classes(
    view: View, offers: Mapping[str, Sequence[Offer]], targets: Mapping[str, Floats]
) -> list[int] | None:
    """The class of each line of the top; None where name or address were not found among them."""
    classes = [OTHER] * len(view.top)
    for name, own in ((NAME, NAMED), (ADDRESS, ADDRESSED)):
        spans = [
            one.span
            for one, target in zip(offers.get(name, ()), targets.get(name, ()), strict=True)
            if target and one.span is not None
        ]
        if not spans:
            return None
        shortest = min(spans, key=lambda span: (span.last - span.first, span.first))
        for at in range(shortest.first, shortest.last + 1):
            classes[at] = own
    return classes


def groups_of(documents: Sequence[Taught]) -> Ints:
    """The number of each document's group."""
    names = sorted({one.known.group for one in documents})
    place = {name: at for at, name in enumerate(names)}
    return np.array([place[one.known.group] for one in documents], dtype=np.int64)


def lines_of(documents: Sequence[Taught]) -> Tagged:
    """The lines of the tops with their classes, for the tagger."""
    marks: list[Sequence[str]] = []
    target: list[int] = []
    group: list[int] = []
    for number, one in zip(groups_of(documents).tolist(), documents, strict=True):
        if one.classes is not None:
            marks += one.view.marks()
            target += one.classes
            group += [number] * len(one.classes)
    return Tagged(marks, np.array(target, dtype=np.int64), np.array(group, dtype=np.int64))


@dataclass(frozen=True)
class Rows:
    """The rows of all documents, and which document and offer each row is."""

    choices: Choices
    right: Mapping[int, bool]
    places: Sequence[tuple[int, str, int]]


def rows_to_learn(documents: Sequence[Taught]) -> Rows:
    """The offers of documents whose views are tagged, as rows."""
    groups = groups_of(documents).tolist()
    matrices: list[Floats] = []
    target: list[float] = []
    choice: list[int] = []
    head: list[str] = []
    kind: list[str] = []
    group: list[int] = []
    clear: list[float] = []
    places: list[tuple[int, str, int]] = []
    right: dict[int, bool] = {}
    number = 0
    for at, one in enumerate(documents):
        for name, own in one.offers.items():
            matrices.append(rows_of(one.view, name, own))
            target += one.targets[name].tolist()
            for place in range(len(own)):
                right[len(places)] = one.right[name][place]
                places.append((at, name, place))
            choice += [number] * len(own)
            head += [head_of(name)] * len(own)
            kind += [kind_of(one.view, name)] * len(own)
            group += [groups[at]] * len(own)
            clear += [clearness(one.view, each) for each in own]
            number += 1
    choices = Choices(
        names_of(documents[0].view), np.vstack(matrices), np.array(target), np.array(choice),
        np.array(head), np.array(kind), np.array(group), clear=np.array(clear),
    )  # fmt: skip
    return Rows(choices, right, places)
