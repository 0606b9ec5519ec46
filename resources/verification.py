"""Verification: is everything in a store as it was written? Names what is not, object by object."""

import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import PurePosixPath

from ledgergraph.errors import Corrupt
from ledgergraph.feedback.events import to_json
from ledgergraph.identity import sha256_of
from resources.feedback import stated, uri_of
from resources.intake import keys_of, listing
from resources.store import FIRST_LINK, Store, audit_uri, blob_uri

Place = tuple[str, str]
"""Asset and partition."""


def verify(store: Store, noted: tuple[int, str] | None = None) -> list[str]:
    """What is wrong with a store, one sentence each; empty if all is as it was written.

    Walks the audit log (each entry's link to the one before), the manifests
    that it names and their files, the heads, the listings of batches, the bytes of
    every document that they name, and every event of feedback that was put to use.
    `noted` are number and hash of an entry of the log, as another place keeps them.
    """
    wrong: list[str] = []
    links, named = _audit(store, wrong)
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
        _manifest(store, asset, partition, version, checked, wrong)
    _batches(store, wrong)
    _feedback(store, wrong)
    for uri in store.names("blobs/"):
        _note(wrong, partial(store.check_blob, uri))
    return wrong


def _audit(store: Store, wrong: list[str]) -> tuple[dict[int, str], dict[str, Place]]:
    """The hash of each entry by number, and the place of each manifest that one names."""
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
    return links, named


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
    store: Store, asset: str, partition: str, version: str, checked: set[str], wrong: list[str]
) -> None:
    try:
        manifest = store.manifest(asset, partition, version)
    except Corrupt as error:
        wrong.append(f"Manifest of {asset} ({partition}): {error}")
        return
    for file in manifest.files:
        if file.uri not in checked:
            checked.add(file.uri)
            _note(wrong, partial(store.file, file))


def _batches(store: Store, wrong: list[str]) -> None:
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
            if not store.exists(blob):
                wrong.append(f"{blob} is missing: it is the document {file.name} of {uri}.")


def _feedback(store: Store, wrong: list[str]) -> None:
    """What people said lies there as asset `feedback` took it."""
    try:
        taken = {uri_of(event): to_json(event) for event in stated(store)}
    except Corrupt:
        return  # told already, of its manifest
    found = store.read_many(taken.keys())
    wrong += [f"{uri} is missing: asset feedback holds it." for uri in taken if uri not in found]
    wrong += [
        f"{uri} was changed: asset feedback holds another event of that name."
        for uri, data in found.items()
        if data != taken[uri]
    ]


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
