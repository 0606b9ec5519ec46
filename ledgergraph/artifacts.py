"""Manifests: what an asset made, from what, by which code. Pure; the store keeps them."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

from ledgergraph.identity import canonical_json, sha256_of

WHOLE = "_"
"""The partition of an asset that has none."""

Inputs = Mapping[str, Mapping[str, str]]
"""Asset, then partition, then the hash of the manifest that was read."""


@dataclass(frozen=True)
class File:
    """One stored file: a table in Parquet, or anything else under its own name.

    `table` is the table's name (or, for other files, the file's name with its
    ending), `uri` is relative to the store, `version` the table's version, `rows`
    is null for files that are not tables.
    """

    table: str
    uri: str
    sha256: str
    rows: int | None = None
    version: int = 1


@dataclass(frozen=True)
class Manifest:
    """What one asset holds for one partition. Without clock time and run id: facts only.

    `inputs` are the manifests of its dependencies, compared before computing
    again; `through_time` what was read as it happened to stand (champions,
    memory), named here and not compared.
    """

    asset: str
    partition: str
    code_version: str
    files: tuple[File, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)
    inputs: Inputs = field(default_factory=dict)
    through_time: Inputs = field(default_factory=dict)

    def to_json(self) -> bytes:
        """The manifest as canonical JSON; its hash is the asset's data version."""
        return canonical_json(asdict(self))

    @cached_property
    def version(self) -> str:
        """The hash of the manifest: 64 hexadecimal digits."""
        return sha256_of(self.to_json())

    @property
    def memo_key(self) -> str:
        """What must be equal for the asset not to be computed again."""
        return memo_key(self.code_version, self.settings, self.inputs)

    @property
    def uri(self) -> str:
        """Where the manifest lies, relative to the store."""
        return manifest_uri(self.asset, self.partition, self.version)

    def file(self, table: str) -> File | None:
        """The file of a name, if the asset wrote one."""
        return next((one for one in self.files if one.table == table), None)

    @staticmethod
    def from_json(data: bytes) -> "Manifest":
        """The manifest that some stored bytes describe."""
        raw = json.loads(data)
        files = tuple(File(**one) for one in raw.pop("files"))
        return Manifest(files=files, **raw)


def memo_key(code_version: str, settings: Mapping[str, Any], inputs: Inputs) -> str:
    """Names a computation: the same key means the same result."""
    return sha256_of(canonical_json([code_version, settings, inputs]))


def manifest_uri(asset: str, partition: str, version: str) -> str:
    """Where a manifest lies, relative to the store."""
    return f"manifests/{asset}/{partition}/{version}.json"


def head_uri(asset: str, partition: str) -> str:
    """Where the head of a partition lies, relative to the store."""
    return f"heads/{asset}/{partition}.json"
