"""Logs: one line of JSON for each thing that happens, with the ids that say where.

Belongs here: the form of a line, and which facts go with it. Lines carry ids, names that code
gives, and counts; never a value, a name of a file or a party, or what a library's error says of
one. Without `LEDGERGRAPH_LOG=json` nothing is written, and Dagster's own log is as it always was.
"""

import json
import logging
import sys
import traceback
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ledgergraph.errors import BadInput, BadSetting, LedgerError, concealed

VARIABLE = "LEDGERGRAPH_LOG"
TEXT, JSON = "text", "json"
LOGGER = logging.getLogger("ledgergraph")
"""Whoever wants the lines elsewhere, in Dagster's own log say, names it there."""
FACTS = "facts"
"""The attribute of a record that holds its facts."""
NOTHING: Mapping[str, Any] = MappingProxyType({})
_WITH = ContextVar("what goes with every line", default=NOTHING)


def checked(kind: str) -> str:
    """A kind of log; BadSetting if it is none."""
    if kind not in (TEXT, JSON):
        raise BadSetting(VARIABLE, f"is {kind!r}, must be {TEXT} or {JSON}.")
    return kind


def set_up(kind: str) -> None:
    """Write lines to stderr if they are to be JSON; may be called often."""
    LOGGER.handlers = [_handler()] if kind == JSON else [logging.NullHandler()]
    LOGGER.setLevel(logging.INFO)
    LOGGER.propagate = kind != JSON


def is_json() -> bool:
    """Whether lines are written as JSON."""
    return any(isinstance(one.formatter, JsonLines) for one in LOGGER.handlers)


def tell(event: str, level: int = logging.INFO, **facts: Any) -> None:
    """Write a line: what happened, and its facts."""
    LOGGER.log(level, event, extra={FACTS: facts})


class GoingWith:
    """Facts that go with every line which is written inside; an error that leaves is a line."""

    def __init__(self, **facts: Any) -> None:
        self._facts = facts

    def __enter__(self) -> None:
        self._token = _WITH.set({**_WITH.get(), **self._facts})

    def __exit__(self, kind: object, error: BaseException | None, where: object) -> None:
        if isinstance(error, Exception):
            tell("failed", logging.ERROR, **facts_of(error))
        _WITH.reset(self._token)


def facts_of(error: Exception) -> dict[str, str]:
    """What may be said of an error: our own sentence, or of others its type and place."""
    known = error.__cause__ if isinstance(error.__cause__, LedgerError) else error
    facts = {"error": type(known).__name__}
    if isinstance(known, LedgerError) and not isinstance(known, BadInput):  # that quotes documents
        return {**facts, "sentence": concealed(str(known))}
    frames = traceback.extract_tb(error.__traceback__)
    if frames:
        facts["at"] = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}"
    return facts


class JsonLines(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """The line: when, how grave, what, and all its facts."""
        return json.dumps(
            {
                "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
                "level": record.levelname.lower(),
                "event": record.getMessage(),
                **_WITH.get(),
                **getattr(record, FACTS, {}),
            },
            ensure_ascii=False,
            default=str,
        )


def _handler() -> logging.Handler:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    return handler
