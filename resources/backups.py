"""Backups: a store as it was at one moment, kept in another place, and put back from there.

    blobs/ tables/ manifests/ audit/ …   objects of the store as they lie there, each copied once
    files/<moment>-<sha256>              what is no object: databases, a copy of the graph
    backups/<moment>.json                one backup: its heads, newest log entry, and files by name

What counts at one moment is what the audit log says up to one entry, and all that it names was
written before it. So a backup reads the log first, then lists what there is, and may be taken
while a run goes on. `backups/<moment>.json` goes last: a killed backup leaves the earlier one in
force, and of two at once the one that began later counts. Hashes are checked on the way, there
and back; those of sealed documents where their master key is named. What was erased in the store
(`erasure`) is removed from the place by the next backup. Not here: what beside the store belongs
to a home (`orchestration.backups`).
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath

from ledgergraph.artifacts import head_uri
from ledgergraph.errors import BadSetting, Corrupt
from ledgergraph.identity import canonical_json, sha256_of
from resources.checkpoints import PREFIX as CHECKPOINTS
from resources.erasure import CACHES
from resources.store import (
    FIRST_LINK,
    PARTS,
    READS_AT_ONCE,
    RESTORING,
    Store,
    audit_uri,
    blob_uri,
    key_uri,
)

BACKUPS, FILES = "backups/", "files/"
APART = ("audit", "heads", "backups", "files", PARTS, CHECKPOINTS, RESTORING)
"""What is copied in a way of its own, or not at all."""
NAMED = ("tables", "blobs", "keys")
"""What others name: it is listed after them, and copied before them."""
ENTRIES_AT_ONCE = 256
MOMENT = "%Y%m%dT%H%M%S%fZ"
Head = Mapping[str, str | int]
Fetch = Callable[[str, Path], None]
"""Writes a file of a backup, by its name, to a path."""


@dataclass(frozen=True)
class Backup:
    """What one backup holds: heads by uri, number and hash of the newest entry, files by name."""

    moment: str
    number: int
    link: str
    heads: Mapping[str, Head]
    files: Mapping[str, str]

    @property
    def uri(self) -> str:
        """Where it lies; a later one sorts after it."""
        return f"{BACKUPS}{self.moment}.json"

    def file(self, sha256: str) -> str:
        """Where one of its files lies."""
        return f"{FILES}{self.moment}-{sha256}"


@dataclass(frozen=True)
class Copied:
    """Objects that were new, their bytes, and those that are not as written, a sentence each."""

    objects: int
    bytes: int
    damaged: Sequence[str]


def newest(place: Store) -> Backup | None:
    """The backup of a place that counts; None if there is no whole one."""
    while named := place.names(BACKUPS):
        for data in place.read_many([named[-1]]).values():
            return Backup(**json.loads(data))
        # Another backup ended and removed it since.
    return None


def back_up(
    store: Store, place: Store, files: Mapping[str, Path], now: datetime
) -> tuple[Backup, Copied]:
    """Copy what is new in a store, and some files by name, into a place.

    The files were made before, so that they know of nothing that the backup lacks. What is
    damaged is named and left out. Raises Corrupt if the log was cut or rewritten, BadSetting
    if the place holds backups of another store.
    """
    _require_same(store, place)
    before = newest(place)
    number, link, heads, entries = _log(store, before)
    copied = _copied(store, place)
    for uri in sorted(entries.keys() - set(place.names("audit/"))):
        place.put(uri, entries[uri])
    moment = now.astimezone(UTC).strftime(MOMENT)
    if before is not None and before.moment >= moment:  # a clock was wrong
        after = datetime.strptime(before.moment, "%Y%m%dT%H%M%S%f%z") + timedelta(microseconds=1)
        moment = after.strftime(MOMENT)
    backup = Backup(moment, number, link, heads, {one: _hash(path) for one, path in files.items()})
    for name, path in files.items():
        place.put_whole(path, backup.file(backup.files[name]))
    place.put(backup.uri, canonical_json(asdict(backup)))
    _forget_earlier(place, backup)
    _forget_erased(store, place)
    return backup, copied


def restore(
    place: Store,
    store: Store,
    require_empty: Callable[[Backup], None],
    put_files: Callable[[Backup, Fetch], None],
) -> tuple[Backup, Copied]:
    """Put the newest backup of a place into an empty store, the heads last.

    `require_empty` raises if its files would replace others; it is not asked where a restore
    that was ended goes on. `put_files` puts them where they belong, before anything else. Raises
    BadSetting if there is no backup, or the store is not empty.
    """
    backup = newest(place)
    if backup is None:
        raise BadSetting(
            "FOLDER", f"{place.url} holds no whole backup. `ledgergraph backup` makes one."
        )

    def fetch(name: str, path: Path) -> None:
        sha256 = backup.files[name]
        path.parent.mkdir(parents=True, exist_ok=True)
        place.fetch(backup.file(sha256), sha256, path)

    if not _begun(store, backup):
        require_empty(backup)
        store.put(RESTORING, backup.uri.encode())
    put_files(backup, fetch)
    copied = _copied(place, store)
    entries = [audit_uri(number) for number in range(1, backup.number + 1)]
    for start in range(0, len(entries), ENTRIES_AT_ONCE):
        for uri, data in place.read_many(entries[start : start + ENTRIES_AT_ONCE]).items():
            store.put(uri, data)
    for uri, head in backup.heads.items():
        store.put(uri, canonical_json(head))
    store.remove(RESTORING)
    return backup, copied


def _begun(store: Store, backup: Backup) -> bool:
    """Whether a part of a backup is in a store, which holds nothing else."""
    if store.exists(RESTORING):
        if store.read(RESTORING) == backup.uri.encode():
            return True
        raise BadSetting(
            "LEDGERGRAPH_STORE",
            f"{store.url} holds a part of another backup. Empty it, then restore again.",
        )
    if set(store.folders()) - {PARTS}:
        raise BadSetting(
            "LEDGERGRAPH_STORE", f"{store.url} is not empty. Name a home that is (`--home`)."
        )
    return False


def _require_same(store: Store, place: Store) -> None:
    """BadSetting if a place holds the log of another store; nothing yet is an empty backup."""
    both = [one.read_many([audit_uri(1)]) for one in (store, place)]
    if both[1] and not both[0]:
        raise BadSetting(
            "LEDGERGRAPH_STORE",
            f"{store.url} holds nothing, and {place.url} a backup. `ledgergraph restore` puts it "
            "back.",
        )
    if both[1] and both[0] != both[1]:
        raise BadSetting("FOLDER", f"{place.url} holds backups of another ledger. Name another.")


def _log(store: Store, before: Backup | None) -> tuple[int, str, dict[str, Head], dict[str, bytes]]:
    """Number and hash of the newest entry, the heads as of then, and the entries since `before`.

    Raises Corrupt if the log is not whole: a backup must not hide that.
    """
    named = store.read_many(store.names("heads/"))  # first: the log knows them by now
    number, link, heads = 0, FIRST_LINK, {}
    if before is not None:
        number, link, heads = before.number, before.link, dict(before.heads)
        if number and sha256_of(store.read(audit_uri(number))) != link:
            raise Corrupt(f"{store.path(audit_uri(number))} is not what was backed up. {_ASK}")
    entries: dict[str, bytes] = {}
    last, _ = store.last_entry(number)
    while number < last:
        ahead = range(number + 1, min(number + ENTRIES_AT_ONCE, last) + 1)
        found = store.read_many([audit_uri(one) for one in ahead])
        for uri in map(audit_uri, ahead):
            data = found.get(uri, b"")
            entry = _parsed(data)
            if entry.get("previous") != link:
                raise Corrupt(f"{store.path(uri)} does not follow the entry before it. {_ASK}")
            number, link, entries[uri] = number + 1, sha256_of(data), data
            if "manifest" in entry:
                head = {"manifest": entry["manifest"], "audit_number": number, "audit_hash": link}
                heads[head_uri(str(entry["asset"]), str(entry["partition"]))] = head
    for uri, data in named.items():
        if int(_parsed(data).get("audit_number", 0)) > number:
            raise Corrupt(f"{store.path(uri)} names an entry that the log lacks. {_ASK}")
    return number, link, heads, entries


_ASK = "`ledgergraph verify` names what is wrong."


def _parsed(data: bytes) -> dict[str, str | int]:
    try:
        found = json.loads(data)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _copied(source: Store, target: Store) -> Copied:
    """Copy the objects that a target lacks; what is no longer as it was written is left out."""
    there = set(source.folders()) - set(APART)
    order = [*sorted(there - set(NAMED)), *(one for one in NAMED if one in there)]
    listed = {folder: source.names(f"{folder}/") for folder in order}
    sizes: list[int] = []
    damaged: list[str] = []

    def copy(uri: str) -> None:
        data = source.read_many([uri]).get(uri)
        if data is None:
            return  # removed since it was listed
        if source.is_whole(uri, data):
            target.put(uri, data)
            sizes.append(len(data))
        else:
            damaged.append(f"{source.path(uri)} was changed, and is not copied.")

    with ThreadPoolExecutor(READS_AT_ONCE) as copiers:
        for folder in reversed(order):
            known = set(target.names(f"{folder}/"))
            for _ in copiers.map(copy, [uri for uri in listed[folder] if uri not in known]):
                pass
    return Copied(len(sizes), sum(sizes), sorted(damaged))


def _forget_erased(store: Store, place: Store) -> None:
    """Remove from a place what was destroyed in the store on request, and caches of it."""
    erased = [one.removeprefix("sha256:") for one in store.erased()]
    if not erased:
        return
    gone = store.destroyed() | {uri(one) for one in erased for uri in (blob_uri, key_uri)}
    for folder in sorted({one.partition("/")[0] for one in gone}):
        for one in sorted(gone & set(place.names(f"{folder}/"))):
            if not store.exists(one):
                place.remove(one)
    for prefix in CACHES:
        for one in sorted(set(place.names(prefix)) - set(store.names(prefix))):
            place.remove(one)


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _forget_earlier(place: Store, backup: Backup) -> None:
    """Remove earlier backups, also killed ones: what they hold of objects this one holds too."""
    for uri in [*place.names(BACKUPS), *place.names(FILES)]:
        moment = PurePosixPath(uri).name.removesuffix(".json").partition("-")[0]
        if moment < backup.moment:
            place.remove(uri)
