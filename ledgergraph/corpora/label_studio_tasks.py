"""Label Studio both ways: drafts as its tasks, and its JSON export as annotations of people.

Belongs here: the form of tasks, the labelling configuration, and what a person left of a
draft. Not here: what a region is (`feedback.label_studio`), how well people agree
(agreement).

A task is one page. Words and fields are regions that people move, name and type into: a
field's text is its canonical value, its number the line. A task's data carries what a
region cannot: the words behind a field, how it was printed, fields without a place. So an
export brings back what was not touched exactly as it was.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from string import Formatter
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import quoteattr

from ledgergraph.corpora.annotations import (
    VERSION,
    AnnotatedPage,
    AnnotatedWord,
    Annotation,
    FieldTruth,
    fault_of,
    row_of,
)
from ledgergraph.corpora.drafts import Draft, places_in
from ledgergraph.corpora.entities import BY_FIELD, ENTITIES
from ledgergraph.corpora.loaders.items import fault as told
from ledgergraph.errors import BadInput, BadSetting
from ledgergraph.evidence import Box
from ledgergraph.extractions.fields import FORMS
from ledgergraph.extractions.fields import fault_of as fault_of_field
from ledgergraph.feedback.label_studio import (
    OF_GROUP,
    WORD,
    Rectangle,
    Region,
    annotations_of,
    author_of,
    regions_of,
)

SOURCE = "label_studio"
IMAGE, LABEL, VALUE, LINE = "image", "label", "value", "line"
"""The names of the controls in the labelling configuration."""
PLACEHOLDERS = ("annotation_id", "document_id", "name", "page", "source")
DIGITS = 4
"""Decimals of a percentage: a ten thousandth of a percent is less than a hundredth of a pixel."""
TOUCHED = 0.05
"""Percent that a corner may differ from the draft before the region counts as moved."""
ABOUT = ("source", "name", "type", "media_type", "language", "vendor", "template", "split")
COLORS = {"": "#2f6db3", "seller": "#c2571a", "buyer": "#8a3fa0", "totals": "#b3263a",
          "taxes": "#1d7f5f", "allowances": "#8d6b00", "charges": "#8d6b00"}  # fmt: skip
"""Of the labels of fields, by what stands before the point."""
GREY = "#9aa3b0"
"""Of words: there are many of them, and fields are to stand out."""
CONTROL = f"""<View style="display: flex">
  <View style="flex: 0 0 170px; height: 80vh; overflow-y: auto">
    <RectangleLabels name="{LABEL}" toName="{IMAGE}" canRotate="false" showInline="false">
%s
    </RectangleLabels>
  </View>
  <View style="flex: 1 1 auto">
    <Image name="{IMAGE}" value="${IMAGE}" zoom="true" zoomControl="true"/>
  </View>
  <TextArea name="{VALUE}" toName="{IMAGE}" perRegion="true" editable="true" maxSubmissions="1"
            displayMode="region-list" placeholder="2026-03-01, 1234.50, or as printed"/>
  <Number name="{LINE}" toName="{IMAGE}" perRegion="true" min="0"/>
</View>
"""


@dataclass(frozen=True)
class Reviewed:
    """What one person made of one document; `annotation.derived_from` names the draft."""

    annotator: str
    annotation: Annotation


def labelling_config(labels: Iterable[str] = ()) -> str:
    """The labelling configuration to paste into a project, with further labels if any.

    A label's hint says what the entity means; words of the page have the label `word`.
    """
    hints = {entity.field: f"{entity.term}: {entity.meaning}" for entity in ENTITIES}
    names = [WORD, *hints, *sorted(set(labels) - hints.keys() - {WORD})]
    lines = [
        f"      <Label value={quoteattr(name)} background={quoteattr(color_of(name))} "
        f"hint={quoteattr(hints.get(name, name))}/>"
        for name in names
    ]
    return CONTROL % "\n".join(lines)


def color_of(label: str) -> str:
    """The colour of a label's regions."""
    if label == WORD:
        return GREY
    head, point, _ = label.partition(".")
    return COLORS.get(head if point else "", COLORS[""])


def label_of(field: str) -> tuple[str, int | None]:
    """The label of a field and the number that goes with it: `taxes.1.base` is taxes.base, 1."""
    head, _, rest = field.partition(".")
    number, _, name = rest.partition(".")
    if number.isdigit() and f"{head}.{name}" in BY_FIELD and OF_GROUP.fullmatch(f"{head}.{name}"):
        return f"{head}.{name}", int(number)
    return field, None


def labels_of(drafts: Iterable[Draft]) -> set[str]:
    """The labels that the fields of some drafts need."""
    return {label_of(one.field)[0] for draft in drafts for one in draft.annotation.fields}


def tasks_of(draft: Draft, image: str, *, words: bool = True) -> Iterator[dict[str, Any]]:
    """The tasks of a draft, one a page, as Label Studio imports them.

    `image` is the address of a page's picture with {name}, {page}, {document_id}, {source}
    or {annotation_id} in it; `words` shows the words as regions too. Raises BadSetting if
    the address names anything else.
    """
    one = draft.annotation
    scores = draft.field_scores or (1.0,) * len(one.fields)
    for number, page in enumerate(one.pages):
        regions, drafted = [], {}
        if words:
            for place, word in enumerate(one.words):
                if word.page == number:
                    score = draft.word_scores[place] if draft.word_scores else 1.0
                    box = percent(word.box, page)
                    regions += _results(f"w{place}", WORD, None, word.text, box, page, score)
        own: list[float] = []
        for at, field in enumerate(one.fields):
            places = [place for place in field.words if one.words[place].page == number]
            if not places:
                continue
            label, of_group = label_of(field.field)
            line = field.line if of_group is None else of_group
            box = percent(Box.around([one.words[place].box for place in places]), page)
            regions += _results(f"f{at}", label, line, field.value, box, page, scores[at])
            drafted[f"f{at}"] = {**_stated(field), "words": places, "box": list(box)}
            own.append(scores[at])
        data = {
            IMAGE: address(image, one, number),
            "annotation_id": one.annotation_id,
            "document_id": one.document_id,
            "part": draft.part,
            "page": number,
            "pages": [[page.width, page.height, page.unit] for page in one.pages],
            "about": {name: getattr(one, name) for name in ABOUT},
            "words": [
                [place, word.text, *percent(word.box, page)]
                for place, word in enumerate(one.words) if word.page == number
            ],
            "fields": drafted,
            "unplaced": {
                f"f{at}": _stated(field) for at, field in enumerate(one.fields) if not field.words
            },
        }  # fmt: skip
        yield {
            "data": data,
            "predictions": [
                {
                    "model_version": draft.model,
                    "score": round(fmean(own), DIGITS) if own else 0.0,
                    "result": regions,
                }
            ],
        }


def address(image: str, one: Annotation, page: int) -> str:
    """Where the picture of a page is, by a pattern; BadSetting if it names something unknown."""
    try:
        names = {name for _, name, _, _ in Formatter().parse(image) if name is not None}
    except ValueError as error:
        raise BadSetting("--image", f"{image!r} is no pattern: {error}.") from error
    if strange := sorted(names - set(PLACEHOLDERS)):
        raise BadSetting(
            "--image",
            f"{image!r} names {', '.join(strange)}; what it may name is "
            f"{', '.join(PLACEHOLDERS)}, each in braces.",
        )
    known = {name: quote(str(getattr(one, name))) for name in PLACEHOLDERS if name != "page"}
    return image.format(**known, page=page)


def _stated(field: FieldTruth) -> dict[str, Any]:
    return {"field": field.field, "line": field.line, "value": field.value, "raw": field.raw}


def _results(
    id: str, label: str, number: int | None, text: str, box: Rectangle, page: AnnotatedPage,
    score: float,
) -> list[dict[str, Any]]:  # fmt: skip
    """A region as Label Studio holds it: a result for its label, one for its text, its number."""
    place = dict(zip(("x", "y", "width", "height"), box, strict=True)) | {"rotation": 0}
    common = {
        "id": id, "to_name": IMAGE, "image_rotation": 0, "score": round(score, DIGITS),
        "original_width": round(page.width), "original_height": round(page.height),
    }  # fmt: skip
    found = [
        {**common, "from_name": LABEL, "type": "rectanglelabels",
         "value": {**place, "rectanglelabels": [label]}},
        {**common, "from_name": VALUE, "type": "textarea", "value": {**place, "text": [text]}},
    ]  # fmt: skip
    if number is not None:
        value = {**place, "number": number}
        found.append({**common, "from_name": LINE, "type": "number", "value": value})
    return found


def percent(box: Box, page: AnnotatedPage) -> Rectangle:
    """Left, top, width and height of a box in percent of its page."""
    return (
        round(100 * box.x0 / page.width, DIGITS), round(100 * box.y0 / page.height, DIGITS),
        round(100 * (box.x1 - box.x0) / page.width, DIGITS),
        round(100 * (box.y1 - box.y0) / page.height, DIGITS),
    )  # fmt: skip


def in_units(place: Rectangle, page: AnnotatedPage) -> Box:
    """The box of a rectangle in percent, in the unit of its page."""
    x, y, width, height = place
    across, down = page.width / 100, page.height / 100
    return Box(x * across, y * down, (x + width) * across, (y + height) * down)


Said = tuple[Mapping[str, Any], Mapping[str, Any]]
"""The data of a task and one annotation of it."""


def reviewed_in(tasks: Sequence[Any]) -> Iterator[Reviewed | BadInput]:
    """What people made of the tasks of an export, one for each person and document.

    Pages are put together again. Of two annotations of one task by one person the later
    counts; cancelled ones state nothing. A task that is none of ours is a BadInput that
    names it by its number from 1.
    """
    said: dict[tuple[str, str], dict[int, Said]] = defaultdict(dict)
    for number, task in enumerate(tasks, 1):
        try:
            data = task["data"]
            document, page = str(data["annotation_id"]), int(data["page"])
            people = sorted(annotations_of(task), key=_when)
            for annotation in people:
                author = author_of(annotation) or "unknown"
                said[document, author][page] = (data, annotation)
        except (AttributeError, LookupError, TypeError, ValueError):
            yield BadInput(
                "no_task",
                f"Task {number} is none that `ledgergraph annotate export` wrote. Export the "
                "project as JSON, not as JSON-MIN, and keep the data of its tasks.",
            )
    for (document, author), pages in sorted(said.items()):
        try:
            one = _annotation(document, author, pages)
            fault = fault_of({"version": VERSION, **row_of(one)})
        except (AttributeError, LookupError, TypeError, ValueError, OverflowError):
            fault = "is not as `ledgergraph annotate export` wrote it"
        if fault is None:
            yield Reviewed(author, one)
        else:
            yield BadInput(
                "no_task",
                f"What {author} made of {document} {fault}. Use the labels of the configuration, "
                "and export the project as JSON, not as JSON-MIN.",
            )


def _when(annotation: Mapping[str, Any]) -> str:
    return str(annotation.get("updated_at") or annotation.get("created_at") or "")


def _annotation(document: str, author: str, said: Mapping[int, Said]) -> Annotation:
    first, _ = said[min(said)]
    pages = tuple(AnnotatedPage(*page) for page in first["pages"])
    words: list[AnnotatedWord] = []
    place_of: dict[int, int] = {}
    regions = {page: regions_of(annotation) for page, (_, annotation) in said.items()}
    for page in sorted(said):
        for old, word in _words(page, said[page][0], regions[page], pages[page]):
            if old is not None:
                place_of[old] = len(words)
            words.append(word)
    fields: dict[Any, FieldTruth] = {}
    for page in sorted(said):
        drafted = said[page][0].get("fields") or {}
        for at, region in enumerate(regions[page]):
            field, line = region.field
            if field is None:
                continue
            one = _field(
                region, field, line, drafted.get(region.id), words, place_of, page, pages[page]
            )
            # A field that goes over two pages has one id in both tasks.
            key = region.id if region.id in drafted else (page, at)
            before = fields.get(key)
            if before is not None:
                one = FieldTruth(one.field, one.line, one.value, one.raw,
                                 tuple(sorted({*before.words, *one.words})))  # fmt: skip
            fields[key] = one
    named = {(one.field, one.line) for one in fields.values()}
    for key, stated in (first.get("unplaced") or {}).items():
        if (stated["field"], stated["line"]) not in named:
            fields[key] = FieldTruth(**stated)
    found = [fields[key] for key in sorted(fields, key=_drafted_first)]
    about = dict(first["about"])
    name = f"{author}/{document}"
    return Annotation(
        f"{SOURCE}/{name}", SOURCE, name, about["type"], pages, tuple(words), tuple(found),
        document_id=first.get("document_id"), media_type=about["media_type"],
        language=about["language"], vendor=about["vendor"], template=about["template"],
        split=about["split"], derived_from=document, faults=tuple(_faults(found)),
    )  # fmt: skip


def _drafted_first(key: Any) -> tuple[int, int, int]:
    """Fields of the draft in its order, then what people added, page by page."""
    return (0, int(key[1:]), 0) if isinstance(key, str) else (1, *key)


def _words(
    number: int, data: Mapping[str, Any], regions: Sequence[Region], page: AnnotatedPage
) -> Iterator[tuple[int | None, AnnotatedWord]]:
    """The words of a page with their places in the draft: as people left them, else as drafted."""
    marked = [one for one in regions if one.label == WORD and one.rectangle and one.text]
    if not marked:
        for place, text, *box in data["words"]:
            x, y, width, height = box
            yield place, AnnotatedWord(number, text, in_units((x, y, width, height), page))
        return
    known = {f"w{one[0]}": one[0] for one in data["words"]}
    for one in sorted(marked, key=lambda one: known.get(one.id, len(known) * 1_000_000)):
        if one.rectangle and one.text:
            box = in_units(one.rectangle, page)
            yield known.get(one.id), AnnotatedWord(number, one.text, box)


def _field(
    region: Region, field: str, line: str | None, draft: Mapping[str, Any] | None,
    words: Sequence[AnnotatedWord], place_of: Mapping[int, int], number: int, page: AnnotatedPage,
) -> FieldTruth:  # fmt: skip
    """A field as it was left: what was not touched keeps its words and how it was printed."""
    places: tuple[int, ...] = ()
    if draft is not None and (region.rectangle is None or _is_where(region.rectangle, draft)):
        places = tuple(place_of[one] for one in draft["words"] if one in place_of)
    elif region.rectangle is not None:
        places = places_in(words, number, in_units(region.rectangle, page))
    printed = " ".join(words[place].text for place in places)
    value = region.text if region.text is not None else printed
    raw = printed or value
    if draft is not None and draft["value"] == value:
        raw = draft["raw"]
    return FieldTruth(field, None if line is None else int(line), value, raw, places)


def _is_where(place: Rectangle, draft: Mapping[str, Any]) -> bool:
    return all(abs(one - other) <= TOUCHED for one, other in zip(place, draft["box"], strict=True))


def _faults(fields: Iterable[FieldTruth]) -> Iterator[str]:
    """What people typed that is no canonical value of its field."""
    for one in fields:
        is_ours = one.field in FORMS or label_of(one.field)[1] is not None
        if is_ours and fault_of_field(one.field, one.line, one.value) is not None:
            yield told("not_canonical", f"{one.field} has no value in canonical form")
