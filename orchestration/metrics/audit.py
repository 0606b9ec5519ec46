"""The audit log as it grows: each new entry is held against the one before, as it comes.

Not here: the whole log, and what it names (`ledgergraph verify`).
"""

import json
from dataclasses import dataclass

from ledgergraph.artifacts import WHOLE, head_uri
from ledgergraph.identity import sha256_of
from resources.store import FIRST_LINK, Store, audit_uri

RECENT = 1000
"""Entries before the newest from which the first look starts."""


@dataclass
class AuditWalk:
    """How far a process has followed the log of a store, and what it found wrong on the way."""

    store: Store
    number: int | None = None
    link: str = FIRST_LINK
    wrong: int = 0
    is_cut: bool = False

    def go_on(self) -> None:
        """Follow the entries that are new since the last look; none if that one is gone."""
        self.is_cut = bool(self.number) and not self.store.exists(audit_uri(self.number or 0))
        if self.is_cut:
            return
        last, _ = self.store.last_entry(self.number or 0)
        if self.number is None:
            self.number = max(0, last - RECENT)
            first = self.store.read_many([audit_uri(self.number)]) if self.number else {}
            self.link = next((sha256_of(data) for data in first.values()), FIRST_LINK)
        uris = [audit_uri(number) for number in range(self.number + 1, last + 1)]
        found = self.store.read_many(uris)
        for uri in uris:
            data = found.get(uri)
            if data is None:
                self.wrong += 1
                continue
            self.wrong += json.loads(data).get("previous") != self.link
            self.link = sha256_of(data)
        self.number = last

    def faults(self, assets: tuple[str, ...]) -> int:
        """How many entries are wrong, with those that heads of some assets name beyond the end."""
        heads = self.store.read_many([head_uri(asset, WHOLE) for asset in assets]).values()
        named = max((int(json.loads(data)["audit_number"]) for data in heads), default=0)
        return self.wrong + self.is_cut + max(0, named - (self.number or 0))
