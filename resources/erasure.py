"""Erasure: the content of documents destroyed on request, and everything that was read from it.

    erased/<sha256>.json      a document that was erased: its batches, and the entry of the log
    destroyed/<sha256>.json   names of objects that were destroyed; the log names it by its hash

What is erased is said in the log first. Then its bytes and its key go, and what people said of
its fields. Its batches are read again without it (`lacking` says which), and all that follows is
made again, as after a correction. Last, what was replaced goes: every file of a manifest that
was made from the document. The manifests stay, and with them the hashes and counts of what
there was, so that the log can still be walked. Backups follow when they are next taken.
Not here: reading batches again (`orchestration.erasing`), and how long documents are kept
(`ledgergraph.documents.retention`).
"""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

import pyarrow as pa
import pyarrow.compute as pc

from ledgergraph.artifacts import Manifest, manifest_uri
from ledgergraph.books import DOCUMENT_TYPES
from ledgergraph.documents.retention import ANY, BOOKS, Rules, kept_until, years_of
from ledgergraph.documents.schemas import DOCUMENTS
from ledgergraph.errors import BadSetting
from ledgergraph.extractions.reading import BOOKS as BOOK_FORMATS
from ledgergraph.extractions.schemas import EXTRACTIONS, WORDS
from ledgergraph.feedback.events import Feedback
from ledgergraph.identity import canonical_json, sha256_of
from resources.feedback import (
    SUBJECTS,
    all_events,
    keep_subjects,
    subject_uri,
    uri_of,
    with_subjects,
)
from resources.intake import Listing, listings
from resources.store import DESTROYED, Store, blob_uri, erased_uri, key_uri

WITHOUT_TEXT = frozenset({
    "invoice_features", "labels", "duplicate_pairs", "duplicates", "bookings",
    "similar_documents", "invoice_scores", "anomaly_model", "anomaly_champion",
    "compliance_model", "compliance_benchmark", "compliance_champion", "duplicate_model",
    "duplicate_benchmark", "duplicate_champion", "reader_model", "reader_champion",
    "transformer_model", "gnn_dataset", "gnn_search", "gnn_model", "gnn_benchmark",
    "model_registry",
})  # fmt: skip
"""Assets of numbers, keys and weights: earlier versions of them stay."""
CACHES = ("ocr/", "translations/")
"""What is made again where it is needed; nobody can tell whose words are in it."""
SETTING = "erased"
"""The setting of `documents` that names what a batch was read without; absent without any."""
FIRST = 8
"""Digits of a document's id that are enough to name it."""


@dataclass(frozen=True)
class Doomed:
    """One document that is to be erased, and how much there is of it."""

    document_id: str
    names: tuple[str, ...]
    batches: tuple[str, ...]
    bytes: int
    words: int
    readings: int
    kept_until: date | None


def planned(store: Store, wanted: Collection[str], rules: Rules) -> list[Doomed]:
    """The documents that have to go if some are to go: those inside them, and what they came in.

    A document is named by its id or the first digits of it. Raises BadSetting if there is no
    such document, or several.
    """
    known = listings(store)
    ids = {one.document_id for batch in known.values() for one in batch.files}
    chosen = {_named(one, ids) for one in wanted}
    inside, around = _tied(known)
    down = _closed(chosen, inside)
    until = _until(store, known, rules)
    return list(_doomed(store, known, _closed(down, around), until))


def overdue(store: Store, rules: Rules, today: date) -> list[Doomed]:
    """The documents whose time is over, with whatever they came in and is inside them."""
    known = listings(store)
    until = _until(store, known, rules)
    gone = store.erased()
    over = {one for one, last in until.items() if last < today and one not in gone}
    return list(_doomed(store, known, over, until))


def begin(store: Store, doomed: Collection[Doomed], said: Mapping[str, str]) -> None:
    """Say in the log that documents are erased, and destroy what they consist of.

    `said` is who, when and why. After an end at any point doing it again completes it.
    """
    ids = {one.document_id for one in doomed}
    if new := sorted(ids - store.erased()):
        number, link = store.append_audit({**said, "action": "erase", "documents": new})
        facts = {"audit_number": number, "audit_hash": link}
        for one in doomed:
            if one.document_id in new:
                tomb = {"document_id": one.document_id, "batches": one.batches, **facts}
                store.create(erased_uri(_hash_of(one.document_id)), canonical_json(tomb))
    for document_id in sorted(ids):
        store.remove(key_uri(_hash_of(document_id)))
        store.remove(blob_uri(_hash_of(document_id)))
    events = all_events(store)
    about = with_subjects(store, events)
    keep_subjects(store, [one for one, silent in zip(about, events, strict=True)
                          if one != silent and not ids & _documents_of(one)])  # fmt: skip
    doomed_events = [one for one in about if ids & _documents_of(one)]
    kept = {subject_uri(one) for one in doomed_events} & set(store.names(SUBJECTS))
    _destroy(store, [*map(uri_of, doomed_events), *sorted(kept)], said)


def _documents_of(event: Feedback) -> set[str]:
    """The documents that an event names: by themselves, or in what was read from them.

    A record of a document is named by it with `#` and a number, its buyer with `>buyer` besides.
    """
    named = (event.document_id, event.subject_id, event.other_id)
    return {one.partition("#")[0].partition(">")[0] for one in named if one}


def lacking(store: Store) -> set[str]:
    """The batches that hold something of an erased document."""
    found = set()
    for document_id, batches in _tombs(store):
        for key, head in store.heads("documents", batches).items():
            if document_id not in head.settings.get(SETTING, ()):
                found.add(key)
    return found


def of_batch(store: Store, batch: Listing) -> list[str]:
    """The documents of a batch that were erased, in the order of their ids."""
    return sorted(store.erased() & {one.document_id for one in batch.files})


def finish(store: Store, said: Mapping[str, str]) -> tuple[int, list[str]]:
    """Destroy what was made from erased documents and does not count any more.

    Returns how many objects went, and the assets that still hold something of one: they were
    not made again since. Caches are emptied.
    """
    current = {uri: version for uri, version in _current(store)}
    files, holders = _superseded(store, set(current.values()))
    gone = _destroy(store, sorted(files & set(store.names("tables/"))), said)
    for prefix in CACHES:
        for uri in store.names(prefix):
            store.remove(uri)
    return gone, holders


def _superseded(store: Store, current: Collection[str]) -> tuple[set[str], list[str]]:
    """Files that only manifests made from erased documents name, and assets that hold one yet."""
    clean = {
        key: store.counts_since("documents", key) or 0
        for _, batches in _tombs(store)
        for key in batches
    }
    events = any(uri.startswith("feedback/") for uri in store.destroyed())
    tainted: set[str] = set()
    gone: set[str] = set()
    stays: set[str] = set()
    holders: set[str] = set()
    for number, manifest in _made(store):
        is_old = manifest.version not in current
        is_of_batch = is_old and number < clean.get(manifest.partition, 0)
        is_of_event = is_old and events and manifest.asset == "feedback"
        read = {version for parts in manifest.inputs.values() for version in parts.values()}
        files = {file.uri for file in manifest.files}
        if not (is_of_batch or is_of_event or read & tainted):
            stays |= files
            continue
        tainted.add(manifest.version)
        if manifest.asset in WITHOUT_TEXT:
            stays |= files
        elif is_old:
            gone |= files
        else:
            stays |= files
            holders.add(manifest.asset)
    return gone - stays, sorted(holders)


def _made(store: Store) -> Iterator[tuple[int, Manifest]]:
    """Every manifest that the log names, with the number of its entry, in their order."""
    entries = [(number, json.loads(data)) for number, data in store.audit_entries()]
    named = {
        number: manifest_uri(entry["asset"], entry["partition"], entry["manifest"])
        for number, entry in entries
        if "manifest" in entry
    }
    found = store.read_many(sorted(set(named.values())))
    for number, uri in named.items():
        yield number, Manifest.from_json(found.get(uri) or store.read(uri))


def _current(store: Store) -> Iterator[tuple[str, str]]:
    for uri, data in store.read_many(store.names("heads/")).items():
        yield uri, str(json.loads(data)["manifest"])


def _destroy(store: Store, uris: Collection[str], said: Mapping[str, str]) -> int:
    """Destroy objects after the log has said so."""
    if uris:
        record = canonical_json({"objects": sorted(uris)})
        store.create(f"{DESTROYED}{sha256_of(record)}.json", record)
        store.append_audit({**said, "action": "destroy", "record": sha256_of(record)})
    for uri in uris:
        store.remove(uri)
    return len(uris)


def _tombs(store: Store) -> Iterator[tuple[str, list[str]]]:
    for data in store.read_many(store.names("erased/")).values():
        tomb = json.loads(data)
        yield tomb["document_id"], tomb["batches"]


def _named(text: str, ids: Collection[str]) -> str:
    digits = text.removeprefix("sha256:")
    found = [one for one in ids if one.removeprefix("sha256:").startswith(digits)]
    if len(digits) < FIRST or len(found) != 1:
        which = "several documents have" if len(found) > 1 else "no document has"
        raise BadSetting(
            "DOCUMENT",
            f"{text}: {which} this id. Name at least {FIRST} digits of one of table documents.",
        )
    return found[0]


def _tied(known: Mapping[str, Listing]) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """What is inside each document, and what each came in."""
    inside: dict[str, set[str]] = {}
    around: dict[str, set[str]] = {}
    for batch in known.values():
        for one in batch.files:
            if one.envelope_id is not None:
                inside.setdefault(one.envelope_id, set()).add(one.document_id)
                around.setdefault(one.document_id, set()).add(one.envelope_id)
    return inside, around


def _closed(ids: Collection[str], next_to: Mapping[str, Collection[str]]) -> set[str]:
    """Some documents with all that can be reached from them."""
    found, waiting = set(ids), list(ids)
    while waiting:
        new = set(next_to.get(waiting.pop(), ())) - found
        found |= new
        waiting += new
    return found


def _until(store: Store, known: Mapping[str, Listing], rules: Rules) -> dict[str, date]:
    """The last day on which each document is to be kept; those without a rule are left out.

    Nobody can destroy a mail and keep what is in it: both are kept as long as either.
    """
    if not rules:
        return {}
    arrived = {
        one.document_id: datetime.fromisoformat(batch.arrived_at).astimezone(UTC).date()
        for batch in known.values()
        for one in batch.files
    }
    dated, types = _read_of(store)
    own: dict[str, date | None] = {}
    for one, day in arrived.items():
        years = years_of(types.get(one, ANY), rules)
        own[one] = None if years is None else kept_until(dated.get(one, day), years)
    inside, around = _tied(known)
    both = {one: {*inside.get(one, ()), *around.get(one, ())} for one in arrived}
    found: dict[str, date] = {}
    for one in arrived:
        days = [own[other] for other in _closed([one], both)]
        if all(day is not None for day in days):
            found[one] = max(day for day in days if day is not None)
    return found


def _read_of(store: Store) -> tuple[dict[str, date], dict[str, str]]:
    """The latest date that each document states, and its type."""
    dated: dict[str, date] = {}
    types: dict[str, str] = {}
    for row in store.table(DOCUMENTS, store.heads("documents")).to_pylist():
        kind = BOOKS if row["format"] in BOOK_FORMATS else row["type"]
        if kind is not None:
            types[row["document_id"]] = kind
    fields = store.table(EXTRACTIONS, store.heads("extractions"))
    chosen = fields.filter(pc.and_(fields["chosen"], pc.is_null(fields["line"])))
    for row in chosen.select(["document_id", "field", "value"]).to_pylist():
        one, value = row["document_id"], row["value"]
        if row["field"] == "issue_date" and value:
            dated[one] = max(date.fromisoformat(value), dated.get(one, date.min))
        if row["field"] == "type" and value in DOCUMENT_TYPES:
            types.setdefault(one, DOCUMENT_TYPES[value])
    return dated, types


def _doomed(
    store: Store,
    known: Mapping[str, Listing],
    ids: Collection[str],
    until: Mapping[str, date],
) -> Iterator[Doomed]:
    files = {
        one: [(key, file) for key, batch in known.items() for file in batch.files
              if file.document_id == one]
        for one in sorted(ids)
    }  # fmt: skip
    batches = {key for found in files.values() for key, _ in found}
    words = _rows(store.table(WORDS, store.heads("transcripts", batches)))
    readings = _rows(store.table(EXTRACTIONS, store.heads("extractions", batches)))
    for one, found in files.items():
        yield Doomed(
            one, tuple(file.name for _, file in found), tuple(sorted({key for key, _ in found})),
            found[0][1].bytes, words.get(one, 0), readings.get(one, 0), until.get(one),
        )  # fmt: skip


def _rows(table: pa.Table) -> dict[str, int]:
    counted = table["document_id"].value_counts().to_pylist()
    return {one["values"]: one["counts"] for one in counted}


def _hash_of(document_id: str) -> str:
    return document_id.removeprefix("sha256:")
