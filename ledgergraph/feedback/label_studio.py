"""Label Studio: its JSON export as named values, one for each region with a text.

A task's `data` names `document_id` and `part`. A region's label names a field
(`totals.gross`; of a line item `lines.2.net`, or `net` and the number 2), its text the
value; a region labelled `word` is a word of the page, not a value. A text area beside
the page names the field by its own name. What says the same as was predicted approves it,
anything else corrects. Annotations that were cancelled state nothing.

An export names predictions by their numbers alone; what was predicted stands in the
annotation that began from it, and in the task's own data (`fields`, as
`corpora.label_studio_tasks` writes them).
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ledgergraph.errors import BadInput
from ledgergraph.feedback.events import Target, Verdict

LABELS = (
    "rectanglelabels", "labels", "polygonlabels", "ellipselabels", "hypertextlabels",
    "paragraphlabels", "brushlabels",
)  # fmt: skip
"""Where the kinds of regions keep their label."""
OF_LINE = re.compile(r"lines\.(\d+)\.(.+)")
OF_GROUP = re.compile(r"(taxes|allowances|charges)\.([a-z_]+)")
WORD = "word"
"""The label of a region that is a word of the page and states no field by itself."""
Rectangle = tuple[float, float, float, float]
"""Left, top, width and height in percent of the picture."""
Named = tuple[str, str | None, str]
"""A field, its line if it has one, and the text."""


@dataclass(frozen=True, slots=True)
class Region:
    """Something marked: its label, what was typed for it, its number, and where it stands."""

    id: str
    label: str | None = None
    text: str | None = None
    number: int | None = None
    rectangle: Rectangle | None = None
    note: str | None = None

    @property
    def field(self) -> tuple[str | None, str | None]:
        """The field that the region states, and its line; no field for words.

        A number beside `taxes.base` says which of the taxes, beside any other label which
        line; `lines.2.net` names both at once.
        """
        if self.label in (None, WORD):
            return None, None
        if line := OF_LINE.fullmatch(self.label or ""):
            return line[2], line[1]
        if self.number is None:
            return self.label, None
        if group := OF_GROUP.fullmatch(self.label or ""):
            return f"{group[1]}.{self.number}.{group[2]}", None
        return self.label, str(self.number)


def is_export(listed: list[Any]) -> bool:
    """Whether a JSON array is an export of Label Studio: tasks with data and annotations."""
    return any(
        isinstance(one, dict) and ("annotations" in one or "completions" in one) for one in listed
    )


def annotations_in(tasks: list[Any]) -> Iterator[tuple[int, Mapping[str, Any] | BadInput]]:
    """What each region states, with the number of its task from 1; or why a task states nothing."""
    for number, task in enumerate(tasks, 1):
        try:
            for stated in _stated(task):
                yield number, stated
        except (AttributeError, LookupError, TypeError, ValueError):
            yield (
                number,
                BadInput(
                    "no_task",
                    "It is no task of Label Studio as its JSON export writes it. Export as JSON, "
                    "not as JSON-MIN.",
                ),
            )


def _stated(task: Any) -> Iterator[Mapping[str, Any] | BadInput]:
    document_id = (task.get("data") or {}).get("document_id")
    if not document_id:
        yield BadInput(
            "no_document",
            "Its data names no document_id. Import tasks with document_id and part in their data.",
        )
        return
    shown = _drafted(task["data"].get("fields")) | _predicted(task.get("predictions"))
    for annotation in annotations_of(task):
        predicted = shown | _predicted([annotation.get("prediction")])
        for field, line, text in _named(annotation):
            stated = {
                "target": Target.FIELD.value,
                "document_id": document_id,
                "part": task["data"].get("part"),
                "line": line,
                "field": field,
                "author": author_of(annotation),
                "at": annotation.get("updated_at") or annotation.get("created_at"),
            }
            if (field, line, text) in predicted:
                yield {**stated, "verdict": Verdict.APPROVAL.value}
            else:
                yield {**stated, "verdict": Verdict.CORRECTION.value, "value": text}


def _predicted(listed: Any) -> set[Named]:
    """What predictions state, as far as they are there and not merely numbered."""
    return {named for one in listed or [] if isinstance(one, dict) for named in _named(one)}


def _drafted(fields: Any) -> set[Named]:
    """What the task's own data says was read."""
    return {
        (str(one["field"]), None if (line := one.get("line")) is None else str(line),
         _joined(one["value"]))
        for one in (fields.values() if isinstance(fields, dict) else ())
        if isinstance(one, dict) and {"field", "value"} <= one.keys()
    }  # fmt: skip


def _named(annotation: Mapping[str, Any]) -> list[Named]:
    """The field, line and text of each region that has a text, each once, in order."""
    found = []
    for region in regions_of(annotation):
        field, line = region.field
        if field is not None and region.text is not None:
            found.append((field, line, region.text))
    return list(dict.fromkeys(found))


def regions_of(annotation: Mapping[str, Any]) -> list[Region]:
    """The regions of an annotation or a prediction, in order.

    A rectangle, the text that was typed for it and its number are results of one id.
    """
    found: dict[str, dict[str, Any]] = {}
    for at, result in enumerate(annotation.get("result") or []):
        value = result.get("value") or {}
        region = found.setdefault(str(result.get("id") or at), {})
        if label := next((value[name] for name in LABELS if value.get(name)), None):
            region["label"] = str(label[0])
        if (text := value.get("text")) is not None:
            region["text"] = _joined(text)
            if result.get("type") == "textarea":
                region.setdefault("typed_in", str(result.get("from_name")))
        if (number := value.get("number")) is not None:
            region["number"] = int(number)
        if {"x", "y", "width", "height"} <= value.keys():
            region["rectangle"] = _upright(value, result)
        if note := (result.get("meta") or {}).get("text"):
            region["note"] = _joined(note)
    for region in found.values():
        typed_in = region.pop("typed_in", None)
        region.setdefault("label", None if "rectangle" in region else typed_in)
    return [Region(id, **region) for id, region in found.items()]


def _upright(value: Mapping[str, Any], result: Mapping[str, Any]) -> Rectangle:
    """A rectangle in percent of the picture; of a turned one the upright one around it.

    It was turned around its top left corner, in degrees clockwise, and in pixels.
    """
    x, y, width, height = (float(value[name]) for name in ("x", "y", "width", "height"))
    angle = math.radians(float(value.get("rotation") or 0))
    if not angle:
        return x, y, width, height
    wide = float(result.get("original_width") or 1) / float(result.get("original_height") or 1)
    corners = [
        (across * math.cos(angle) - down * math.sin(angle) / wide,
         across * math.sin(angle) * wide + down * math.cos(angle))
        for across in (0, width) for down in (0, height)
    ]  # fmt: skip
    left, top = min(dx for dx, _ in corners), min(dy for _, dy in corners)
    right, bottom = max(dx for dx, _ in corners), max(dy for _, dy in corners)
    return x + left, y + top, right - left, bottom - top


def annotations_of(task: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What people said of a task, without what they cancelled; `completions` is an older name."""
    said = task.get("annotations") or task.get("completions") or []
    return [one for one in said if not (one.get("was_cancelled") or one.get("skipped"))]


def _joined(text: Any) -> str:
    return " ".join(map(str, text)).strip() if isinstance(text, list) else str(text).strip()


def author_of(annotation: Mapping[str, Any]) -> str | None:
    """Who annotated: their address, else their number in Label Studio."""
    by = annotation.get("completed_by")
    if isinstance(by, dict):
        by = by.get("email") or by.get("id")
    if by is None or isinstance(by, str):
        return by
    return f"label-studio:{by}"
