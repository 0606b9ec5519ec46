"""Looks at an inbox: what may still grow, and what only looks new.

Belongs here: what a look remembers for the next one. Not here: taking files in.
"""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from ledgergraph.documents.batches import Stamp, settled

Files = Mapping[str, Stamp]
New = Callable[[Files], dict[str, Stamp]]
"""Those of some files that were not taken in with the same name, size and change."""


@dataclass
class Looks:
    """What the looks so far saw, kept as the cursor.

    `growing` are new files and how they looked last time; `touched` those that
    look new and hold what was taken in before, so that they are not read at
    each look; `sniffing` is the version that files were last refused by, where
    they are.
    """

    growing: dict[str, Stamp] = field(default_factory=dict)
    touched: dict[str, Stamp] = field(default_factory=dict)
    sniffing: str = ""

    @staticmethod
    def from_cursor(cursor: str | None) -> "Looks":
        """The looks that a cursor holds; one of an earlier form holds none."""
        raw = json.loads(cursor) if cursor else None
        if not isinstance(raw, dict):
            return Looks()
        stamps = {
            name: {file: Stamp(*stamp) for file, stamp in raw[name].items()}
            for name in ("growing", "touched")
        }
        return Looks(**stamps, sniffing=raw["sniffing"])

    def cursor(self) -> str:
        """The cursor that holds these looks."""
        stamps = {
            name: {file: [one.bytes, one.modified] for file, one in looks.items()}
            for name, looks in (("growing", self.growing), ("touched", self.touched))
        }
        return json.dumps({**stamps, "sniffing": self.sniffing})

    def look(self, found: Files, new: New) -> dict[str, Stamp]:
        """Look at the files that are there; returns the new ones that have stopped growing."""
        self.touched = {name: one for name, one in self.touched.items() if found.get(name) == one}
        fresh = {name: one for name, one in new(found).items() if name not in self.touched}
        whole = {name: fresh[name] for name in settled(fresh, self.growing)}
        self.growing = fresh
        return whole

    def taken(self, files: Files, unread: Collection[str], new: New) -> None:
        """Files were taken in, but for those that could not be read: they are tried again.

        What was taken in before under another name or look need not be read at each look.
        """
        self.touched |= {name: one for name, one in new(files).items() if name not in unread}
        self.growing = {
            name: one for name, one in self.growing.items() if name not in files or name in unread
        }
