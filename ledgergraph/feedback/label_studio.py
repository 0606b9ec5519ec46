"""Label Studio: its JSON export as named values, one for each region with a text.

A task's `data` names `document_id` and `part`. A region's label names a field
(`totals.gross`; of a line item `lines.2.net`), its text the value; a text area beside
the page names the field by its own name. What says the same as the task's prediction
approves it, anything else corrects. Annotations that were cancelled state nothing.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ledgergraph.errors import BadInput
from ledgergraph.feedback.events import Target, Verdict

LABELS = (
    "rectanglelabels", "labels", "polygonlabels", "ellipselabels", "hypertextlabels",
    "paragraphlabels", "brushlabels",
)  # fmt: skip
"""Where the kinds of regions keep their label."""
OF_LINE = re.compile(r"lines\.(\d+)\.(.+)")
Region = tuple[str, str]
"""A field, with its line if it has one, and the text."""


def is_export(listed: list[Any]) -> bool:
    """Whether a JSON array is an export of Label Studio: tasks with data and annotations."""
    return any(isinstance(one, dict) and "annotations" in one for one in listed)


def annotations_in(tasks: list[Any]) -> Iterator[tuple[int, Mapping[str, Any] | BadInput]]:
    """What each region states, with the number of its task from 1; or why a task states nothing."""
    for number, task in enumerate(tasks, 1):
        try:
            for stated in _stated(task):
                yield number, stated
        except (AttributeError, LookupError, TypeError):
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
    predicted = {
        region for one in task.get("predictions") or [] if isinstance(one, dict)
        for region in _regions(one)
    }  # fmt: skip
    for annotation in task.get("annotations") or []:
        if annotation.get("was_cancelled"):
            continue
        for field, text in _regions(annotation):
            line = OF_LINE.fullmatch(field)
            stated = {
                "target": Target.FIELD.value,
                "document_id": document_id,
                "part": task["data"].get("part"),
                "line": line[1] if line else None,
                "field": line[2] if line else field,
                "author": _author(annotation),
                "at": annotation.get("updated_at") or annotation.get("created_at"),
            }
            if (field, text) in predicted:
                yield {**stated, "verdict": Verdict.APPROVAL.value}
            else:
                yield {**stated, "verdict": Verdict.CORRECTION.value, "value": text}


def _regions(annotation: Mapping[str, Any]) -> list[Region]:
    """The regions of an annotation that have a text, each once, in order.

    A rectangle and the text that was typed for it are two results of one id.
    """
    labels: dict[str, str] = {}
    texts: dict[str, str] = {}
    for at, result in enumerate(annotation.get("result") or []):
        region = str(result.get("id") or at)
        value = result.get("value") or {}
        if label := next((value[name] for name in LABELS if value.get(name)), None):
            labels[region] = str(label[0])
        if (text := value.get("text")) is not None:
            texts[region] = _joined(text)
            if result.get("type") == "textarea":
                labels.setdefault(region, str(result.get("from_name")))
    return list(dict.fromkeys((labels[one], texts[one]) for one in texts if one in labels))


def _joined(text: Any) -> str:
    return " ".join(map(str, text)).strip() if isinstance(text, list) else str(text).strip()


def _author(annotation: Mapping[str, Any]) -> str | None:
    """Who annotated: their address, else their number in Label Studio."""
    by = annotation.get("completed_by")
    if isinstance(by, dict):
        by = by.get("email") or by.get("id")
    if by is None or isinstance(by, str):
        return by
    return f"label-studio:{by}"
