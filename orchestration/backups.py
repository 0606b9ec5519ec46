"""A home in a backup: beside the store Dagster's storage, the registry, and the graph if asked for.

Whatever follows the store is taken before it: Dagster, the registry and the graph then know of
nothing that the store of the backup lacks. Not here: how objects are copied (`resources.backups`).
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from ledgergraph.errors import BadSetting, ServiceMissing, concealed
from orchestration.environments import Environment
from orchestration.running import dagster_instance, graph_of, locked
from resources.backups import Backup, Copied, Fetch, back_up, newest, restore
from resources.databases import POSTGRES, copy_sqlite, dump_postgres, restore_postgres
from resources.registry import SQLITE, Registry, is_there
from resources.store import Store

DAGSTER, DAGSTER_DUMP = "dagster/", "dagster.dump"
SETTINGS = "dagster.yaml"
REGISTRY, REGISTRY_DUMP = "registry.db", "registry.dump"
GRAPH = "graph/"


@dataclass(frozen=True)
class Done:
    """What was copied, and what is not ours to copy, a sentence each."""

    backup: Backup
    copied: Copied
    left_out: tuple[str, ...]


def backed_up(environment: Environment, folder: str, *, graph: bool) -> Done:
    """Back up a home into a folder or behind a URL; objects that are there are not copied again."""
    store, place = environment.opened_store(), Store(folder)
    unnoted = _noted(environment, store)
    with TemporaryDirectory() as temporary:
        files = {
            **_dagster(environment, Path(temporary)),
            **_registry(environment, Path(temporary)),
            **(_graph(environment, Path(temporary)) if graph else {}),
        }
        backup, copied = back_up(store, place, files, datetime.now(UTC))
    return Done(backup, copied, (*unnoted, *_left_out(environment, backup, graph=graph)))


def restored(environment: Environment, folder: str, *, graph: bool) -> Done:
    """Put the newest backup of a folder into an empty home."""
    store, place = environment.opened_store(), Store(folder, environment.master_key_file)
    held = newest(place)
    if graph and held is not None and not _below(held, GRAPH):
        raise BadSetting(
            "--graph", f"{place.url} holds no graph. Leave it out: `ledgergraph run` makes it."
        )

    def put_files(backup: Backup, fetch: Fetch) -> None:
        _restore_dagster(environment, backup, fetch)
        _restore_registry(environment, backup, fetch)
        if graph:
            _restore_graph(environment, backup, fetch)

    environment.home.mkdir(parents=True, exist_ok=True)
    with locked(environment.home):
        backup, copied = restore(
            place, store, lambda backup: _require_empty(environment, backup), put_files
        )
    return Done(backup, copied, tuple(_left_out(environment, backup, graph=graph)))


def _noted(environment: Environment, store: Store) -> list[str]:
    """Let the registry note the newest entry of the log; why not, if it does not answer."""
    if not is_there(environment.registry):
        return []
    try:
        Registry(environment.registry, environment.ledger).note_log(*store.last_entry(0))
    except ServiceMissing as error:
        return [f"The registry does not note the newest entry of the log. {error}"]
    return []


def _dagster(environment: Environment, temporary: Path) -> dict[str, Path]:
    """Copies of Dagster's databases by their names in a backup; none where nothing ran yet."""
    home = environment.dagster_home
    if not (home / SETTINGS).is_file():
        return {}
    if url := _postgres(environment):
        dump_postgres(url, temporary / DAGSTER_DUMP)
        return {DAGSTER_DUMP: temporary / DAGSTER_DUMP}
    shutil.copyfile(home / SETTINGS, temporary / SETTINGS)
    found = {DAGSTER + SETTINGS: temporary / SETTINGS}
    for path in _databases(home):
        name = f"{DAGSTER}{path.relative_to(home).as_posix()}"
        copy_sqlite(path, temporary / name)
        found[name] = temporary / name
    return found


def _restore_dagster(environment: Environment, backup: Backup, fetch: Fetch) -> None:
    home, url = environment.dagster_home, _postgres(environment)
    if url and DAGSTER_DUMP in backup.files:
        with TemporaryDirectory() as temporary:
            fetch(DAGSTER_DUMP, Path(temporary) / DAGSTER_DUMP)
            restore_postgres(url, Path(temporary) / DAGSTER_DUMP)
    if not url:
        for name in _below(backup, DAGSTER):
            _replace(home / name.removeprefix(DAGSTER), name, fetch)


def _registry(environment: Environment, temporary: Path) -> dict[str, Path]:
    """A copy of the registry's database, where it is one of ours."""
    url = environment.registry
    if url.startswith(POSTGRES):
        dump_postgres(url, temporary / REGISTRY_DUMP)
        return {REGISTRY_DUMP: temporary / REGISTRY_DUMP}
    path = _file_of(url)
    if path is None or not path.is_file():
        return {}
    copy_sqlite(path, temporary / REGISTRY)
    return {REGISTRY: temporary / REGISTRY}


def _restore_registry(environment: Environment, backup: Backup, fetch: Fetch) -> None:
    url, path = environment.registry, _file_of(environment.registry)
    if path is not None and REGISTRY in backup.files:
        _replace(path, REGISTRY, fetch)
    if url.startswith(POSTGRES) and REGISTRY_DUMP in backup.files:
        with TemporaryDirectory() as temporary:
            fetch(REGISTRY_DUMP, Path(temporary) / REGISTRY_DUMP)
            restore_postgres(url, Path(temporary) / REGISTRY_DUMP)


def _graph(environment: Environment, temporary: Path) -> dict[str, Path]:
    """A portable copy of the graph, file by file."""
    from resources.graph.copies import write_copy

    folder = temporary / "graph"
    with graph_of(environment) as graph, graph.held() as held:
        write_copy(held, folder)
    return {GRAPH + path.name: path for path in sorted(folder.iterdir())}


def _restore_graph(environment: Environment, backup: Backup, fetch: Fetch) -> None:
    from resources.graph.copies import checked, restore_copy

    with TemporaryDirectory() as temporary, graph_of(environment) as graph:
        folder = Path(temporary)
        for name in _below(backup, GRAPH):
            fetch(name, folder / name.removeprefix(GRAPH))
        manifest = checked(folder)
        with graph.held(restoring=manifest.version) as held:
            restore_copy(held, folder, manifest)


def _require_empty(environment: Environment, backup: Backup) -> None:
    """BadSetting if Dagster or the registry of a home hold anything that a backup replaces."""
    home, registry = environment.dagster_home, _file_of(environment.registry)
    if _below(backup, DAGSTER) and _databases(home):
        raise BadSetting("DAGSTER_HOME", f"{home} is not empty. Name a folder that is.")
    if _postgres(environment) and DAGSTER_DUMP in backup.files:
        with dagster_instance(environment) as instance:
            if instance.get_runs_count():
                raise BadSetting(
                    "DAGSTER_HOME", f"{home / SETTINGS} names a database that holds runs already."
                )
    if registry is not None and registry.exists():
        raise BadSetting("LEDGERGRAPH_REGISTRY", f"{registry} is there already. Name another.")
    is_replaced = environment.registry.startswith(POSTGRES) and REGISTRY_DUMP in backup.files
    if is_replaced and Registry(environment.registry, environment.ledger).holds_models():
        raise BadSetting(
            "LEDGERGRAPH_REGISTRY",
            f"{concealed(environment.registry)} holds models already. Name another.",
        )


def _left_out(environment: Environment, backup: Backup, *, graph: bool) -> Iterator[str]:
    """What a backup does not hold, and where it is."""
    if not environment.registry.startswith((SQLITE, *POSTGRES)):
        yield (
            f"{concealed(environment.registry)} is a server of its own: back up its database there."
        )
    if bool(_postgres(environment)) != (DAGSTER_DUMP in backup.files):
        yield "Dagster's storage is of another kind there than here: its history is left out."
    if not graph:
        yield "The graph is left out: `ledgergraph run` makes it again from the store."


def _postgres(environment: Environment) -> str | None:
    """The URL of Dagster's database, if it is in Postgres."""
    if not (environment.dagster_home / SETTINGS).is_file():
        return None
    with dagster_instance(environment) as instance:
        return getattr(instance.run_storage, "postgres_url", None)


def _file_of(url: str) -> Path | None:
    return Path(url.removeprefix(SQLITE)) if url.startswith(SQLITE) else None


def _databases(home: Path) -> list[Path]:
    return sorted(home.rglob("*.db"))


def _below(backup: Backup, prefix: str) -> list[str]:
    return sorted(name for name in backup.files if name.startswith(prefix))


def _replace(path: Path, name: str, fetch: Fetch) -> None:
    """Put a database of a backup in place of one that nobody uses."""
    for journal in ("-wal", "-shm", "-journal"):
        path.with_name(path.name + journal).unlink(missing_ok=True)
    fetch(name, path)
