"""Files of feedback: what they state, line by line, told by their content.

JSON Lines (one event a line), CSV (the header names columns of table `feedback`, any
of them, in any order), and the JSON export of Label Studio (label_studio). A line that
states no event is rejected with its number and the reason, and holds up no other.
Pure: the moment of import and what a correction may say are arguments.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from ledgergraph.errors import BadInput
from ledgergraph.feedback.events import Feedback, event_of, said_in_order
from ledgergraph.feedback.label_studio import annotations_in, is_export
from ledgergraph.feedback.schemas import FEEDBACK

MOST_BYTES = 64 * 1024 * 1024
"""A larger file is refused: an export of so many labels comes in parts."""
MOST_CHARACTERS = 10_000
"""Of one value; a comment needs no more."""
AHEAD = timedelta(days=1)
"""So far may the clock of an author be ahead: an event of next year would outweigh all others."""
DELIMITERS = ",;\t|"
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
OF_ANOTHER = (
    "Its feedback_id {} is that of another event. Leave it out, or give one that is unique "
    "among all files."
)
SAID_BEFORE = (
    "The same was said before ({:%Y-%m-%d}), and something else since. State `at` if it is "
    "meant again."
)

Stated = tuple[int, Mapping[str, Any] | BadInput]
"""A line's number and what it states, or why it states nothing."""
Check = Callable[[Feedback], None]
"""Raises BadInput if what an event says cannot be: fields and their values (extractions)."""


@dataclass(frozen=True)
class RejectedLine:
    """One line that states no event: its number from 1, a code to count by, and why."""

    line: int
    reason: str
    sentence: str


@dataclass(frozen=True)
class Parsed:
    """The events that a file states, each once, and its lines that state none."""

    events: tuple[Feedback, ...]
    rejected: tuple[RejectedLine, ...]


def parse(
    data: bytes,
    at: datetime,
    author: str,
    check: Check = lambda event: None,
    known: Collection[Feedback] = (),
) -> Parsed:
    """The events of a file, and the lines that are none; never raises for what it contains.

    `at` and `author` stand in where a line is silent: a later line was said later, by
    microseconds. `known` are the events that were stated before. A line that states one of
    them again without a moment is that event, but for one that something else was said
    after: it is rejected, unless the file says that again too.
    """
    before, rejected = Before(known), list[RejectedLine]()
    said: list[tuple[int, Feedback, bool]] = []
    for number, (line, stated) in enumerate(_lines(data), 1):
        try:
            if isinstance(stated, BadInput):
                raise stated
            event = checked_event(stated, at + timedelta(microseconds=number), author, check)
            said.append((line, *before.same(event, stated)))
        except BadInput as error:
            rejected.append(RejectedLine(line, error.reason, error.sentence))
    events: dict[str, Feedback] = {}
    place = {event.feedback_id: number for number, (_, event, _) in enumerate(said)}
    for number, (line, event, is_vague) in enumerate(said):
        last = before.last[event.about].feedback_id
        if is_vague and last != event.feedback_id and place.get(last, -1) < number:
            rejected.append(RejectedLine(line, "said_before", SAID_BEFORE.format(event.at)))
        else:
            events[event.feedback_id] = event
    return Parsed(tuple(events.values()), tuple(sorted(rejected, key=lambda one: one.line)))


class Before:
    """The events stated so far, and of each thing the one that was said last."""

    def __init__(self, events: Iterable[Feedback]) -> None:
        self.last: dict[tuple[object, ...], Feedback] = {}
        self._events: dict[str, Feedback] = {}
        for event in events:
            self._keep(event)

    def same(self, event: Feedback, stated: Mapping[str, Any]) -> tuple[Feedback, bool]:
        """The event as it was first stated, kept if it is new; and whether it is one that was
        stated before and no moment tells whether it is meant again.

        Raises BadInput where its id is that of another.
        """
        first = self._events.get(event.feedback_id)
        if first is None:
            self._keep(event)
            return event, False
        silent = [one for one in ("at", "author") if not str(stated.get(one) or "").strip()]
        if replace(event, **{name: getattr(first, name) for name in silent}) != first:
            raise BadInput("feedback_id", OF_ANOTHER.format(event.feedback_id))
        return first, "at" in silent

    def _keep(self, event: Feedback) -> None:
        self._events[event.feedback_id] = event
        last = self.last.get(event.about, event)
        self.last[event.about] = max(last, event, key=said_in_order)


def checked_event(
    stated: Mapping[str, Any], at: datetime, author: str, check: Check = lambda event: None
) -> Feedback:
    """The event that some named values state, if they are plain and can be meant.

    Raises BadInput that names the value, the rule and the remedy.
    """
    event = event_of({name: _plain(name, value) for name, value in stated.items()}, at, author)
    if event.at > at + AHEAD:
        raise BadInput("feedback", f"The event has at {event.at:%Y-%m-%d}, which is yet to come.")
    check(event)
    return event


def _plain(name: str, value: Any) -> Any:
    """A value as it may be stated: text, a number or nothing."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | datetime | None):
        raise BadInput("feedback", f"The event has a {name} that is no text. State text.")
    text = value.strip() if isinstance(value, str) else value
    if isinstance(text, str) and len(text) > MOST_CHARACTERS:
        raise BadInput(
            "feedback",
            f"The event has a {name} of {len(text):,} characters, {MOST_CHARACTERS:,} are allowed.",
        )
    if isinstance(text, str) and CONTROL.search(text):
        raise BadInput("feedback", f"The event has a {name} with control characters. Remove them.")
    return text


def _lines(data: bytes) -> Iterator[Stated]:
    if len(data) > MOST_BYTES:
        yield 1, BadInput("too_large", f"The file has more than {MOST_BYTES:,} bytes. Split it.")
        return
    text = _text(data)
    start = text.lstrip()[:1]
    if not start:
        yield 1, BadInput("empty", "The file is empty. Remove it.")
    elif start in "[{":
        yield from _of_json(text)
    else:
        yield from _of_csv(text)


def _text(data: bytes) -> str:
    """The file as text: by its byte order mark, else UTF-8, else as Excel writes it."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _of_json(text: str) -> Iterator[Stated]:
    """JSON Lines, or one JSON array: of Label Studio's tasks, or of events."""
    if text.lstrip().startswith("["):
        listed = _json(text)
        if isinstance(listed, BadInput):
            yield 1, listed
        elif isinstance(listed, list) and is_export(listed):
            yield from annotations_in(listed)
        else:
            yield from ((line, _object(one)) for line, one in enumerate(listed, 1))
        return
    for line, one in enumerate(text.split("\n"), 1):
        if one.strip():
            yield line, _object(_json(one))


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        why = getattr(error, "msg", "too deep or too long a number")
        return BadInput("no_json", f"It is no JSON: {why}. Write one object a line.")


def _object(value: Any) -> Mapping[str, Any] | BadInput:
    if isinstance(value, dict | BadInput):
        return value
    return BadInput("no_object", "It is no JSON object. Write one object a line.")


def _of_csv(text: str) -> Iterator[Stated]:
    delimiter = _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter or ",")
    rows = _rows(reader)
    first = next(rows, (1, []))
    if delimiter is None or isinstance(first[1], BadInput):
        names = ", ".join(FEEDBACK.schema.names)
        yield (
            1,
            BadInput(
                "unknown_format",
                "It is neither JSON Lines, nor a CSV file with a header, nor an export of Label "
                f"Studio. The first line of a CSV file names target, verdict, and any of {names}.",
            ),
        )
        return
    header = [name.strip().lower() for name in first[1]]
    for line, row in rows:
        if isinstance(row, BadInput):
            yield line, row
        elif any(map(str.strip, row)):
            yield line, _named(header, row)


def _rows(reader: Any) -> Iterator[tuple[int, list[str] | BadInput]]:
    """The rows of a CSV file with the number of the line on which each begins."""
    while True:
        line = reader.line_num + 1
        try:
            yield line, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, BadInput("no_csv", f"It is no line of a CSV file: {error}. Quote its text.")


def _delimiter(text: str) -> str | None:
    """What divides the columns of a CSV file, if its first line names columns of feedback."""
    first = text.lstrip("\n\r").split("\n", 1)[0]
    for delimiter in DELIMITERS:
        names = {name.strip().strip('"').lower() for name in first.split(delimiter)}
        if {"target", "verdict"} <= names:
            return delimiter
    return None


def _named(header: list[str], row: list[str]) -> Mapping[str, Any] | BadInput:
    if len(row) > len(header) and any(map(str.strip, row[len(header) :])):
        return BadInput(
            "too_many_cells",
            f"It has {len(row)} cells under {len(header)} columns. Quote text with delimiters.",
        )
    return {name: cell for name, cell in zip(header, row, strict=False) if name}


def rejected_rows(name: str, lines: Iterable[RejectedLine]) -> Iterator[Mapping[str, Any]]:
    """Rows of table `feedback_rejections` for the lines of a file, each once."""
    for one in dict.fromkeys(lines):
        yield {"name": name, "line": one.line, "reason": one.reason, "sentence": one.sentence}
