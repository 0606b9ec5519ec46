"""Erasing documents from a home: destroyed, their batches read again without them, what was
replaced destroyed too. Not here: what is destroyed (`resources.erasure`).
"""

import getpass
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from orchestration.environments import Environment
from orchestration.running import locked, run_everything
from resources.erasure import Doomed, begin, finish


@dataclass(frozen=True)
class Erased:
    """Objects that went beside the documents, assets that still hold one, and failed steps."""

    objects: int
    holders: tuple[str, ...]
    failed: tuple[str, ...]


def erased(environment: Environment, doomed: Collection[Doomed], reason: str) -> Erased:
    """Erase documents and make everything again that was made from them.

    After an end at any point the same call completes it.
    """
    store = environment.opened_store()
    environment.home.mkdir(parents=True, exist_ok=True)
    with locked(environment.home):
        begin(store, doomed, _said(reason))
    done = run_everything(environment, takes_in=False)
    if done.failed:
        return Erased(0, (), done.failed)
    with locked(environment.home):
        objects, holders = finish(store, _said(reason))
    return Erased(objects, tuple(holders), ())


def _said(reason: str) -> Mapping[str, str]:
    at = datetime.now(UTC).isoformat(timespec="seconds")
    return {"user": getpass.getuser(), "at": at, "reason": reason}
