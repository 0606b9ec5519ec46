"""How an asset reads, is not computed twice, writes and reports: one way for all.

`written` names the inputs by the hashes of their manifests, computes only if
they, the settings or the code changed, commits, and tells Dagster the manifest's
hash as the data version. Metadata holds counts and hashes, never personal data.
"""

import getpass
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import dagster as dg
import pyarrow as pa

from ledgergraph.artifacts import WHOLE, File, Manifest, memo_key
from ledgergraph.documents.schemas import REJECTIONS
from ledgergraph.errors import BadSetting, LedgerError, StaleInput
from ledgergraph.tables import Table, concat
from resources import logs, traces
from resources.store import Store, inputs_of

ANEW = "ledgergraph/anew"
"""Run tag that asks to compute again whatever is there."""
THROUGH_TIME, COMPARED = "ledgergraph/through_time", "compared"
"""Run tag, and its value, that asks to compare what is read through time too: after a promotion."""

Manifests = Mapping[str, Mapping[str, Manifest]]


@dataclass(frozen=True)
class Inputs:
    """What an asset reads: the manifests that were the heads when it started."""

    store: Store
    manifests: Manifests
    partition: str

    def table(self, table: Table, of: str | None = None) -> pa.Table:
        """A table's rows in all partitions read; `of` names the asset where several write it."""
        holders = [of] if of else [a for a, parts in self.manifests.items() if holds(parts, table)]
        return concat(
            table, [self.store.table(table, self.manifests.get(one, {})) for one in holders]
        )

    def whole(self, asset: str) -> Manifest:
        """The manifest of an unpartitioned asset; StaleInput if it was not made yet."""
        manifest = self.manifests.get(asset, {}).get(WHOLE)
        if manifest is None:
            raise StaleInput(f"{asset} was not made yet. Materialize {asset}, then retry.")
        return manifest

    @contextmanager
    def folder(self, asset: str) -> Iterator[Path]:
        """The files that an unpartitioned asset wrote (a model's), in a folder for a while."""
        with TemporaryDirectory() as place:
            for file in self.whole(asset).files:
                path = Path(place) / file.table
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(self.store.file(file))
            yield Path(place)

    @property
    def read(self) -> list[Manifest]:
        """Every manifest read, by asset and partition."""
        return [one for parts in self.manifests.values() for one in parts.values()]


@dataclass(frozen=True)
class Made:
    """What an asset computed: tables with their rows, other files by name, and counts to show."""

    tables: Sequence[tuple[Table, pa.Table]] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)


def holds(partitions: Mapping[str, Manifest], table: Table) -> bool:
    """Whether manifests of an asset hold a table."""
    return any(manifest.file(table.name) is not None for manifest in partitions.values())


@contextmanager
def domain_errors() -> Iterator[None]:
    """Let a domain error decide whether Dagster may retry."""
    try:
        yield
    except LedgerError as error:
        raise dg.Failure(
            str(error),
            metadata={"error": type(error).__name__},
            allow_retries=error.is_retryable,
        ) from error


def written(
    context: dg.AssetExecutionContext,
    store: Store,
    compute: Callable[[Inputs], Made],
    *,
    settings: Mapping[str, Any] | None = None,
    through_time: Sequence[str] = (),
    said: Mapping[str, str] | None = None,
    only: Collection[str] | None = None,
    once: Collection[str] = (),
) -> dg.MaterializeResult:
    """Compute an asset unless its head was made from the same, commit it, and report it.

    Dependencies are those that Dagster knows; of a dependency with the same
    partitions only this partition is read. `through_time` are assets read as
    their heads stand, named in the manifest and not compared. `said` goes into the
    audit log beside who and when: a decision and its reason. An unpartitioned asset that
    names partitions as `only` reads those of its dependencies and looks at no other. What is
    named `once` is read through time as the head read it, even where all is computed anew: what
    a batch taught must not change how it is read again. A head that did not read it is read
    again with what there is now.
    """
    step = traces.step(context.run.run_id, context.asset_key.path[-1])
    with observed(context), step, domain_errors():
        partition = context.partition_key if context.has_partition_key else WHOLE
        asset = context.asset_key.path[-1]
        inputs = read_inputs(context, store, partition, without=through_time, only=only)
        earlier = {one: store.heads(one) for one in through_time}
        code_version = code_version_of(context)
        hashes = inputs_of(inputs.manifests)
        head = store.head(asset, partition)
        if head is not None:
            known = [one for one in once if is_left(store, head, one)]
            earlier |= {one: read_before(store, head, one) for one in known}
        wanted = memo_key(code_version, settings or {}, hashes)
        if (
            head is not None
            and head.memo_key == wanted
            and is_to_stay(head, inputs_of(earlier), context.run.tags)
        ):
            return reported(head, head.version, is_computed=False)
        made = compute(Inputs(store, {**inputs.manifests, **earlier}, partition))
        tell_rejected(made)
        manifest = Manifest(
            asset,
            partition,
            code_version,
            kept(store, made),
            settings or {},
            hashes,
            inputs_of(earlier),
        )
        version = store.commit(manifest, **moment(context), **(said or {}))
        return reported(manifest, version, is_computed=True, facts=made.facts)


def observed(context: dg.AssetExecutionContext) -> logs.GoingWith:
    """What every line of the log about this step says."""
    return logs.GoingWith(
        run_id=context.run.run_id,
        job=context.run.job_name,
        asset=context.asset_key.to_user_string(),
        **({"partition": context.partition_key} if context.has_partition_key else {}),
    )


def tell_rejected(made: Made) -> None:
    """A line of the log for each document that was rejected, or rows of it, and each reason."""
    for table, rows in made.tables:
        if table.name == REJECTIONS.name:
            pairs = zip(rows["document_id"].to_pylist(), rows["reason"].to_pylist(), strict=True)
            for (document_id, reason), count in Counter(pairs).items():
                logs.tell("rejected", document_id=document_id, reason=reason, count=count)


def read_before(store: Store, head: Manifest, asset: str) -> dict[str, Manifest]:
    """What a head read of an asset through time."""
    versions = head.through_time.get(asset, {})
    return {one: store.manifest(asset, one, version) for one, version in versions.items()}


def is_left(store: Store, head: Manifest, asset: str) -> bool:
    """Whether a head read an asset through time, and that was not destroyed since, with a document
    that was erased, nor what it was made from."""
    if asset not in head.through_time or not (gone := store.destroyed()):
        return asset in head.through_time
    read = read_before(store, head, asset).values()
    behind = [one for manifest in read for one in inputs_behind(store, manifest).read]
    return not any(file.uri in gone for one in (*read, *behind) for file in one.files)


def is_to_stay(head: Manifest, through_time: Mapping[str, Any], tags: Mapping[str, str]) -> bool:
    """Whether what was made from the same stays, or its run asks for more than that."""
    if ANEW in tags:
        return False
    return tags.get(THROUGH_TIME) != COMPARED or dict(head.through_time) == dict(through_time)


def version_of(result: dg.MaterializeResult) -> str:
    """The hash of the manifest that a result reports."""
    if result.data_version is None:
        raise TypeError("The result was not made by `written`.")
    return result.data_version.value


def read_inputs(
    context: dg.AssetExecutionContext,
    store: Store,
    partition: str,
    without: Collection[str] = (),
    only: Collection[str] | None = None,
) -> Inputs:
    """The heads of an asset's dependencies; only its own partition where they share one.

    `without` are those that it reads through time: Dagster knows of them for their order.
    """
    manifests: dict[str, Mapping[str, Manifest]] = {}
    for key in sorted(context.assets_def.asset_deps[context.asset_key], key=str):
        dependency = key.path[-1]
        if dependency in without:
            continue
        if partition == WHOLE:
            manifests[dependency] = store.heads(dependency, only)
        else:
            head = store.head(dependency, partition)
            manifests[dependency] = {partition: head} if head else {}
    return Inputs(store, manifests, partition)


def inputs_behind(store: Store, manifest: Manifest) -> Inputs:
    """What a manifest was made from, which need not be what counts now."""
    read = {
        asset: {one: store.manifest(asset, one, version) for one, version in partitions.items()}
        for asset, partitions in manifest.inputs.items()
    }
    return Inputs(store, read, manifest.partition)


def as_made(store: Store, asset: str) -> Inputs:
    """An unpartitioned asset beside what it was made from, as its manifest names it."""
    manifest = Inputs(store, {asset: store.heads(asset)}, WHOLE).whole(asset)
    behind = inputs_behind(store, manifest)
    return Inputs(store, {**behind.manifests, asset: {WHOLE: manifest}}, WHOLE)


def kept(store: Store, made: Made) -> tuple[File, ...]:
    """Write what was computed; returns the files in a fixed order."""
    tables = [store.put_table(table, rows) for table, rows in made.tables]
    others = [store.put_file(name, data) for name, data in made.files.items()]
    return tuple(sorted([*tables, *others], key=lambda file: file.table))


def moment(context: dg.AssetExecutionContext) -> dict[str, str]:
    """Facts of the moment that the audit log keeps and no manifest does."""
    return {
        "run_id": context.run.run_id,
        "user": context.run.tags.get("user", getpass.getuser()),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def code_version_of(context: dg.AssetExecutionContext) -> str:
    """The code version that the asset declares."""
    return str(context.assets_def.specs_by_key[context.asset_key].code_version)


def reported(
    manifest: Manifest, version: str, *, is_computed: bool, facts: Mapping[str, Any] | None = None
) -> dg.MaterializeResult:
    """Tell Dagster what stands in the store: the manifest's hash is the data version."""
    rows = {f"rows/{file.table}": file.rows for file in manifest.files if file.rows is not None}
    counts = {name.removeprefix("rows/"): count for name, count in rows.items()}
    logs.tell("made", computed=is_computed, manifest=version, rows=counts)
    return dg.MaterializeResult(
        data_version=dg.DataVersion(version),
        metadata={
            "dagster/uri": manifest.uri,
            **_row_count(manifest, rows),
            "ledgergraph/computed": is_computed,
            "ledgergraph/manifest": version,
            "ledgergraph/inputs": dg.MetadataValue.json(
                {asset: _named(parts) for asset, parts in manifest.inputs.items()}
            ),
            **rows,
            **(facts or {}),
        },
    )


def _row_count(manifest: Manifest, rows: Mapping[str, int]) -> dict[str, int]:
    """The rows of the table that has the asset's name, else of all; of files alone none."""
    if not rows:
        return {}
    return {"dagster/row_count": rows.get(f"rows/{manifest.asset}", sum(rows.values()))}


def _named(versions: Mapping[str, str]) -> str:
    """What was read of an asset: its manifest in short, or of how many batches."""
    if set(versions) == {WHOLE}:
        return versions[WHOLE][:12]
    if not versions:
        return "nothing yet"
    return f"{len(versions):,} {'batch' if len(versions) == 1 else 'batches'}"


def require_unseen(seeds: Collection[int], manifests: Manifests) -> None:
    """Raises BadSetting if the training ledgers among some manifests are of one of the seeds.

    Who is judged on what he learned from looks better than he is.
    """
    learned = {
        seed for one in manifests.get("training_ledgers", {}).values()
        for seed in one.settings["seeds"]
    }  # fmt: skip
    if both := sorted(learned & set(seeds)):
        raise BadSetting(
            "seeds",
            f"names {', '.join(map(str, both))}, of which training_ledgers are made too: nobody "
            "is judged on what he learned from. Name others.",
        )


def as_before(
    store: Store, asset: str, usual: Mapping[str, Any], config: dg.Config
) -> dict[str, Any]:
    """Settings that a run names, else those that an asset has, else the usual ones.

    So that a run which names none, at night say, does not undo what a person chose.
    """
    head = store.head(asset, WHOLE)
    given = {name: value for name, value in dict(config).items() if value is not None}
    return {**usual, **(head.settings if head else {}), **given}
