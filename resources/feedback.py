"""Feedback in the store: one object for each event, appended and never changed.

    feedback/<id>.json                   an event
    feedback_imports/<hash of file>.json a file that was imported: its name, events, rejected lines
    feedback_subjects/<id>.json          what the finding of an event is about, once it is destroyed

What counts for the assets is what asset `feedback` made of them: they read its
head, so that a manifest names what was said when it was made. Belongs here too:
which batches lack a correction. Not here: what events say (ledgergraph.feedback).
"""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

import pyarrow as pa
import pyarrow.compute as pc

from ledgergraph.anomalies.schemas import FINDINGS
from ledgergraph.artifacts import WHOLE, Manifest
from ledgergraph.books import BOOK_TABLES
from ledgergraph.documents.batches import Stamp
from ledgergraph.documents.schemas import DOCUMENTS
from ledgergraph.errors import BadInput, Corrupt
from ledgergraph.extractions.fields import fault_of
from ledgergraph.feedback.events import (
    Feedback,
    Target,
    corrections,
    events_in,
    from_json,
    standing,
    to_json,
)
from ledgergraph.feedback.schemas import FEEDBACK, FEEDBACK_REJECTIONS
from ledgergraph.feedback.sources import MOST_BYTES, RejectedLine, parse, rejected_rows
from ledgergraph.graph.buyers import BUYER
from ledgergraph.identity import canonical_json, sha256_of
from resources.inbox import Inbox
from resources.store import Store

EVENTS, IMPORTS, SUBJECTS = "feedback/", "feedback_imports/", "feedback_subjects/"
VARIABLE = "LEDGERGRAPH_FEEDBACK"
WRITES_AT_ONCE = 16
SETTING = "feedback"
"""The setting of an asset that names the decisions it was made with; absent without any."""


@dataclass(frozen=True)
class Imported:
    """What came of a file: new events, those known before, and its rejected lines."""

    name: str
    new: int
    known: int
    rejected: tuple[RejectedLine, ...]


@dataclass
class Kept:
    """What a process read of a store's feedback. Objects never change, so each is read once."""

    events: dict[str, Feedback] = field(default_factory=dict)
    imports: dict[str, Mapping[str, Any]] = field(default_factory=dict)


_KEPT: WeakKeyDictionary[Store, Kept] = WeakKeyDictionary()


# Events and imports


def checked(event: Feedback) -> None:
    """BadInput if an event on a field names none, or corrects it to what it cannot hold."""
    if event.target is Target.FIELD:
        fault = fault_of(event.field or "", event.line, event.value)
        if fault is not None:
            raise BadInput("feedback", f"The event {fault}.")


def add(store: Store, events: Iterable[Feedback]) -> int:
    """Keep events; returns how many are new. One that is there stays as it was first stated.

    What is there is asked once: a long file that a sensor could not finish goes on where it was.
    """
    stated = {uri_of(one): one for one in events}
    if len(stated) > 1:
        known = set(store.names(EVENTS))
        stated = {uri: one for uri, one in stated.items() if uri not in known}
    with ThreadPoolExecutor(WRITES_AT_ONCE) as writers:
        return sum(writers.map(lambda uri: store.create(uri, to_json(stated[uri])), stated))


def uri_of(event: Feedback) -> str:
    """Where an event lies, relative to the store."""
    return f"{EVENTS}{event.feedback_id}.json"


def all_events(store: Store) -> list[Feedback]:
    """Every event that was ever stated, by id."""
    found = _read(store, EVENTS, lambda kept: kept.events, from_json)
    return [found[uri] for uri in sorted(found)]


def imports(store: Store) -> list[Mapping[str, Any]]:
    """Every import: name, bytes, modified, at, ids, rejected."""
    found = _read(store, IMPORTS, lambda kept: kept.imports, json.loads)
    return [found[uri] for uri in sorted(found)]


def _read(
    store: Store, prefix: str, of: Callable[[Kept], dict[str, Any]], parsed: Callable[[bytes], Any]
) -> dict[str, Any]:
    known = of(_KEPT.setdefault(store, Kept()))
    uris = store.names(prefix)
    new = [uri for uri in uris if uri not in known]
    for uri, data in store.read_many(new).items():
        try:
            known[uri] = parsed(data)
        except (ValueError, LookupError, TypeError) as error:
            raise Corrupt(
                f"{store.path(uri)} was changed: it is none of what `ledgergraph feedback` "
                "writes. Restore it from a backup."
            ) from error
    return {uri: known[uri] for uri in uris if uri in known}


def import_file(
    store: Store,
    name: str,
    data: bytes,
    at: datetime,
    author: str,
    modified: str = "",
    size: int | None = None,
) -> Imported:
    """Keep the events of a file, and that it was imported: the same file twice counts once.

    Never raises for what the file contains. Events come first, so that a killed
    process leaves a file that is imported again. `size` is that of the file where
    `data` is only the beginning of one that is too large.
    """
    uri = f"{IMPORTS}{sha256_of(data)}.json"
    if store.exists(uri):
        earlier = json.loads(store.read(uri))
        return Imported(name, 0, len(earlier["ids"]), _rejected(earlier))
    parsed = parse(data, at, author, checked)
    # What was said before is many objects: it is read only if the file says some of it again.
    if not set(store.names(EVENTS)).isdisjoint(map(uri_of, parsed.events)):
        parsed = parse(data, at, author, checked, all_events(store))
    new = add(store, parsed.events)
    done = {
        "name": name,
        "bytes": len(data) if size is None else size,
        "modified": modified,
        "at": at.isoformat(timespec="seconds"),
        "ids": [one.feedback_id for one in parsed.events],
        "rejected": [asdict(one) for one in parsed.rejected],
    }
    store.create(uri, canonical_json(done))
    return Imported(name, new, len(parsed.events) - new, parsed.rejected)


def _rejected(done: Mapping[str, Any]) -> tuple[RejectedLine, ...]:
    return tuple(RejectedLine(**one) for one in done["rejected"])


def rejections(store: Store) -> pa.Table:
    """The rejected lines of all files, as table `feedback_rejections`."""
    tables = [
        FEEDBACK_REJECTIONS.rows(rejected_rows(one["name"], _rejected(one)))
        for one in imports(store)
    ]
    rows = {tuple(row.items()): row for table in tables for row in table.to_pylist()}
    return FEEDBACK_REJECTIONS.conform(FEEDBACK_REJECTIONS.rows(rows.values()))


def unseen(store: Store, files: Mapping[str, Stamp]) -> dict[str, Stamp]:
    """Those of a folder's files that were not imported with the same name, size and change."""
    looks = {(one["name"], one["bytes"], one["modified"]) for one in imports(store)}
    return {
        name: stamp
        for name, stamp in files.items()
        if (name, stamp.bytes, str(stamp.modified)) not in looks
    }


def take_in(
    inbox: Inbox, store: Store, files: Mapping[str, Stamp], now: datetime
) -> tuple[list[Imported], dict[str, str]]:
    """Import files of the feedback inbox; returns what came of each, and what could not be read.

    A file without authors speaks for the folder that it lies in.
    """
    done, unread = [], {}
    for name, stamp in files.items():
        try:
            with inbox.open(name) as stream:
                data = stream.read(MOST_BYTES + 1)  # enough to tell that it is too large
        except FileNotFoundError:
            continue
        except OSError as error:
            unread[name] = error.strerror or str(error)
            continue
        looks = (str(stamp.modified), stamp.bytes)
        done.append(import_file(store, name, data, now, f"file:{name}", *looks))
    return done, unread


# What the assets read


def is_outdated(store: Store) -> bool:
    """Whether there are events or imports that asset `feedback` does not hold yet."""
    head = store.head("feedback", WHOLE)
    if head is None:
        return bool(store.names(EVENTS) or store.names(IMPORTS))
    return dict(head.settings) != state_of(store)


def state_of(store: Store) -> dict[str, Any]:
    """The settings of asset `feedback`: hashes of the names of what it is made of."""
    return {
        "events": sha256_of(canonical_json(sorted(store.names(EVENTS)))),
        "imports": sha256_of(canonical_json(sorted(store.names(IMPORTS)))),
    }


def stated(store: Store) -> list[Feedback]:
    """Every event that asset `feedback` holds."""
    return _events_of(store, store.head("feedback", WHOLE))


def said(store: Store, *targets: Target) -> list[Feedback]:
    """The events on some targets that count, as asset `feedback` holds them; in their order."""
    return [event for event in standing(stated(store)) if event.target in targets]


def _events_of(store: Store, head: Manifest | None) -> list[Feedback]:
    return events_in(store.table(FEEDBACK, {WHOLE: head})) if head else []


def settings_of(events: Collection[Feedback]) -> dict[str, str]:
    """The setting that names the decisions an asset is made with; none without any.

    So that what nobody ever decided on is not made again.
    """
    ids = sorted(event.feedback_id for event in events)
    return {SETTING: sha256_of(canonical_json(ids))} if ids else {}


# Corrections


def of_batch(
    store: Store, documents: Manifest | None, events: Collection[Feedback]
) -> list[Feedback]:
    """The events on documents of a batch, which a manifest of `documents` names."""
    if documents is None or not events:
        return []
    ours = documents_of(store, documents)
    return [event for event in events if event.document_id in ours]


def documents_of(store: Store, manifest: Manifest) -> frozenset[str]:
    """The documents that a manifest of asset `documents` holds."""
    file = manifest.file(DOCUMENTS.name)
    return _ids_in(store, manifest.partition, manifest.version) if file else frozenset()


@lru_cache(maxsize=4096)
def _ids_in(store: Store, partition: str, version: str) -> frozenset[str]:
    manifest = store.manifest("documents", partition, version)
    return frozenset(store.table(DOCUMENTS, {partition: manifest})["document_id"].to_pylist())


def lacking(store: Store) -> dict[str, str]:
    """The batches whose extractions lack a correction, or hold one that was withdrawn.

    By key of the batch; beside it a name of all that was ever said of its fields,
    which no later decision has.
    """
    read = store.heads("extractions")
    ever = [event for event in stated(store) if event.target is Target.FIELD]
    if not ever:
        return {}
    wanted, found = corrections(ever), {}
    for key, documents in store.heads("documents").items():
        if key not in read:
            continue
        now = settings_of(of_batch(store, documents, wanted)).get(SETTING)
        if now != read[key].settings.get(SETTING):
            found[key] = settings_of(of_batch(store, documents, ever)).get(SETTING, "")
    return found


# What events are about


def strangers(store: Store, events: Iterable[Feedback]) -> Iterator[tuple[Feedback, str]]:
    """Events about what the store does not know, each with the column that names it.

    Documents by their id; invoices, and the two of a pair or of two parties (a buyer as its
    invoice and `>buyer`), by the records of all batches; findings as they count now or ever did.
    """
    known = Known(store)
    for event in events:
        for name in ABOUT[event.target]:
            value = getattr(event, name)
            if value is not None and not known.has(event.target, name, value):
                yield event, name


ABOUT: Mapping[Target, tuple[str, ...]] = {
    Target.FIELD: ("document_id",),
    Target.FINDING: ("finding_id",),
    Target.INVOICE: ("subject_id",),
    Target.PAIR: ("subject_id", "other_id"),
    Target.PARTY: ("subject_id", "other_id"),
    Target.PRODUCT: (),
}


class Known:
    """What a store knows, looked up once for each column that is asked."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._ids: dict[str, set[str]] = {}

    def has(self, target: Target, name: str, value: str) -> bool:
        """Whether there is what an event on a target names in a column."""
        if name == "document_id":
            return value in self._of("documents")
        if name == "finding_id":
            return value in self._of("findings") or value in self._of("earlier findings")
        if target is Target.PARTY and value in self._of("vendors"):
            return True
        invoice = value.removesuffix(BUYER) if target is Target.PARTY else value
        return invoice in self._of("invoices")

    def _of(self, what: str) -> set[str]:
        if what not in self._ids:
            self._ids[what] = set(self._listed(what))
        return self._ids[what]

    def _listed(self, what: str) -> Iterator[str]:
        store = self._store
        if what == "documents":
            for manifest in store.heads("documents").values():
                yield from documents_of(store, manifest)
        elif what == "findings":
            yield from _finding_ids(store, store.head("findings", WHOLE))
        elif what == "earlier findings":
            for manifest in findings_made(store):
                yield from _finding_ids(store, manifest)
        elif what == "vendors":
            for table in ("vendors", "invoices"):
                yield from _column(store, table, "vendor_id")
        else:
            yield from _column(store, "invoices", "invoice_id")


def _finding_ids(store: Store, manifest: Manifest | None) -> list[str]:
    ids: list[str] = finding_rows(store, manifest)["finding_id"].to_pylist()
    return ids


def finding_rows(store: Store, manifest: Manifest | None) -> pa.Table:
    """The findings that a manifest holds; none without one."""
    return store.table(FINDINGS, {WHOLE: manifest} if manifest else {})


def _column(store: Store, table: str, name: str) -> Iterator[str]:
    records = BOOK_TABLES[table].records
    for partition, manifest in store.heads("records").items():
        values = store.table(records, {partition: manifest})[name]
        yield from pc.unique(values.drop_null()).to_pylist()


def with_subjects(store: Store, events: Sequence[Feedback]) -> list[Feedback]:
    """Events on findings with the invoice and the kind that a finding is about, where they are
    silent; as it was kept, as it counts now, else as it was when it last did.
    """
    about = {subject_uri(one): one.feedback_id for one in events if _is_silent(one)}
    kept = {
        about[uri]: json.loads(data)
        for uri, data in store.read_many(sorted(about.keys() & set(store.names(SUBJECTS)))).items()
    }
    events = [replace(one, **kept.get(one.feedback_id, {})) for one in events]
    silent = {one.finding_id for one in events if _is_silent(one)}
    known: dict[str | None, Mapping[str, Any]] = {}
    for manifest in findings_made(store) if silent else ():
        for row in finding_rows(store, manifest).to_pylist():
            if row["finding_id"] in silent:
                known.setdefault(row["finding_id"], row)
        if silent <= known.keys():
            break
    return [_about(one, known[one.finding_id]) if one.finding_id in known else one
            for one in events]  # fmt: skip


def keep_subjects(store: Store, events: Iterable[Feedback]) -> None:
    """Keep what findings are about that events name, before their tables are destroyed."""
    for one in events:
        store.create(
            subject_uri(one), canonical_json({"subject_id": one.subject_id, "kind": one.kind})
        )


def subject_uri(event: Feedback) -> str:
    """Where it is kept what the finding of an event was about."""
    return f"{SUBJECTS}{event.feedback_id}.json"


def _is_silent(event: Feedback) -> bool:
    return event.target is Target.FINDING and (event.subject_id is None or event.kind is None)


def _about(event: Feedback, finding: Mapping[str, Any]) -> Feedback:
    return replace(
        event,
        subject_id=event.subject_id or invoice_of(finding),
        kind=event.kind or finding["kind"],
    )


def findings_made(store: Store) -> Iterator[Manifest]:
    """The manifests of findings, the one that counts first, then the others from the latest on.

    Without those whose findings were destroyed with a document that they named.
    """
    head = store.head("findings", WHOLE)
    if head is None:
        return
    yield head
    entries = [json.loads(entry) for _, entry in store.audit_entries()]
    for made in reversed(entries):
        if made.get("asset") == "findings" and made["manifest"] != head.version:
            manifest = store.manifest("findings", WHOLE, made["manifest"])
            if not any(map(store.is_destroyed, manifest.files)):
                yield manifest


def invoice_of(finding: Mapping[str, Any]) -> str | None:
    """The invoice that a finding is about; of one on a vendor or an order the newest."""
    if finding["subject_table"] == "invoices":
        subject: str = finding["subject"]
        return subject
    evidence = json.loads(finding["evidence"] or "[]")
    scored = [one["key"]["invoice_id"] for one in evidence if one["table"] == "invoice_scores"]
    return scored[0] if scored else None
