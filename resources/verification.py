"""Verification: is everything in a store as it was written? Names what is not, object by object."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath

from ledgergraph.errors import Corrupt
from ledgergraph.feedback.events import to_json
from ledgergraph.identity import sha256_of
from resources.feedback import stated, uri_of
from resources.intake import keys_of, listing
from resources.store import DESTROYED, FIRST_LINK, Store, audit_uri, blob_uri, erased_uri

Place = tuple[str, str]
"""Asset and partition."""


@dataclass(frozen=True)
class Gone:
    """What the log says was destroyed on request: ids of documents, uris of other objects."""

    documents: set[str]
    objects: set[str]


def verify(store: Store, noted: tuple[int, str] | None = None) -> list[str]:
    """What is wrong with a store, one sentence each; empty if all is as it was written.

    Walks the audit log (each entry's link to the one before), the manifests
    that it names and their files, the heads, the listings of batches, the bytes of
    every document that they name, and every event of feedback that was put to use. What the
    log says was erased is gone, and nothing else may be.
    `noted` are number and hash of an entry of the log, as another place keeps them.
    """
    wrong: list[str] = []
    gone = Gone(set(), set())
    links, named = _audit(store, gone, wrong)
    _erased(store, gone, wrong)
    if noted is not None and links.get(noted[0]) != noted[1]:
        wrong.append(f"{audit_uri(noted[0])} is missing or changed: the model registry noted it.")
    headed = _heads(store, links, named, wrong)
    wrong += [
        f"heads/{asset}/{partition}.json is missing, and the audit log names it. "
        "If a run was killed, run again; else restore it from a backup."
        for asset, partition in sorted(set(named.values()) - headed)
    ]
    checked: set[str] = set()
    for version, (asset, partition) in named.items():
        _manifest(store, asset, partition, version, gone, checked, wrong)
    _batches(store, gone, wrong)
    _feedback(store, gone, wrong)
    for uri in store.names("blobs/"):
        _note(wrong, partial(store.check_blob, uri))
    return wrong


def _audit(store: Store, gone: Gone, wrong: list[str]) -> tuple[dict[int, str], dict[str, Place]]:
    """The hash of each entry by number, and the place of each manifest that one names.

    What the log says is gone is added to `gone`.
    """
    links: dict[int, str] = {}
    named: dict[str, Place] = {}
    expected, previous = 1, FIRST_LINK
    for number, data in store.audit_entries():
        wrong += [
            f"{audit_uri(missing)} is missing from the audit log."
            for missing in range(expected, number)
        ]
        entry = _parsed(data)
        if number == expected and entry.get("previous") != previous:
            wrong.append(f"{audit_uri(number)} does not follow {audit_uri(number - 1)}.")
        links[number] = previous = sha256_of(data)
        expected = number + 1
        manifest, asset, partition = (
            entry.get(name) for name in ("manifest", "asset", "partition")
        )
        if manifest and asset and partition:
            named[str(manifest)] = (str(asset), str(partition))
        if entry.get("action") == "erase":
            gone.documents.update(map(str, _listed(entry.get("documents"))))
        if entry.get("action") == "destroy":
            _note(wrong, partial(_add_record, store, str(entry.get("record")), gone))
    return links, named


def _add_record(store: Store, sha256: str, gone: Gone) -> None:
    uri = f"{DESTROYED}{sha256}.json"
    data = store.read(uri)
    if sha256_of(data) != sha256:
        raise Corrupt(f"{uri} was changed: the audit log names it by its hash.")
    gone.objects.update(map(str, _listed(_parsed(data).get("objects"))))


def _erased(store: Store, gone: Gone, wrong: list[str]) -> None:
    """Every document that the log says is erased is marked so, and no other; none is there."""
    marked = store.erased()
    wrong += [
        f"{erased_uri(one.removeprefix('sha256:'))}: no entry of the audit log says that this "
        "document was erased."
        for one in sorted(marked - gone.documents)
    ]
    for one in sorted(gone.documents):
        uri = blob_uri(one.removeprefix("sha256:"))
        if one not in marked or store.exists(uri):
            wrong.append(f"{uri} was not erased to the end. Run `ledgergraph erase` again.")


def _heads(
    store: Store, links: Mapping[int, str], named: dict[str, Place], wrong: list[str]
) -> set[Place]:
    """The places that have a head; manifests that only a head names are added to `named`."""
    found: set[Place] = set()
    for uri in store.names("heads/"):
        place = (PurePosixPath(uri).parent.name, PurePosixPath(uri).stem)
        found.add(place)
        head = _parsed(store.read(uri))
        manifest, number = str(head.get("manifest")), head.get("audit_number")
        if not isinstance(number, int) or "manifest" not in head:
            wrong.append(f"{uri} was changed: it names no manifest and no entry of the log.")
            continue
        if manifest not in named:
            wrong.append(f"{uri}: manifest {manifest[:12]}… is in no entry of the audit log.")
        if links.get(number) != head.get("audit_hash"):
            wrong.append(f"{audit_uri(number)} is missing or changed: {uri} names it.")
        named.setdefault(manifest, place)
    return found


def _manifest(
    store: Store,
    asset: str,
    partition: str,
    version: str,
    gone: Gone,
    checked: set[str],
    wrong: list[str],
) -> None:
    try:
        manifest = store.manifest(asset, partition, version)
    except Corrupt as error:
        wrong.append(f"Manifest of {asset} ({partition}): {error}")
        return
    for file in manifest.files:
        if file.uri not in checked:
            checked.add(file.uri)
            if file.uri in gone.objects and not store.exists(file.uri):
                continue
            _note(wrong, partial(store.file, file))


def _batches(store: Store, gone: Gone, wrong: list[str]) -> None:
    """Listings are named by what they list, and every document that they list is there."""
    for uri in store.names("batches/"):
        key = PurePosixPath(uri).stem
        try:
            files = listing(store, key).files
        except (ValueError, KeyError, TypeError):
            wrong.append(f"{uri} was changed: it is no listing of a batch.")
            continue
        if key not in keys_of(files):
            wrong.append(f"{uri} was changed: it lists other documents than its name says.")
        for file in files:
            blob = blob_uri(file.document_id.removeprefix("sha256:"))
            if file.document_id not in gone.documents and not store.exists(blob):
                wrong.append(f"{blob} is missing: it is the document {file.name} of {uri}.")


def _feedback(store: Store, gone: Gone, wrong: list[str]) -> None:
    """What people said lies there as asset `feedback` took it, unless it was destroyed since."""
    try:
        taken = {uri_of(event): to_json(event) for event in stated(store)}
    except Corrupt:
        return  # told already, of its manifest
    found = store.read_many(taken.keys())
    lost = taken.keys() - found.keys() - gone.objects
    wrong += [f"{uri} is missing: asset feedback holds it." for uri in sorted(lost)]
    wrong += [
        f"{uri} was changed: asset feedback holds another event of that name."
        for uri, data in found.items()
        if data != taken[uri]
    ]


def _listed(found: object) -> list[object]:
    return found if isinstance(found, list) else []


def _parsed(data: bytes) -> Mapping[str, object]:
    try:
        found = json.loads(data)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _note(wrong: list[str], check: Callable[[], object]) -> None:
    try:
        check()
    except Corrupt as error:
        wrong.append(str(error))
