"""`ledgergraph doctor`: every setting and service, and what to do about what is missing."""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import fields
from functools import partial
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

from ledgergraph.anomalies.quality.settings import QualityLimits
from ledgergraph.documents.limits import Limits
from ledgergraph.errors import BadSetting, LedgerError, StaleInput, concealed
from ledgergraph.extractions.engines import MODULES, SETTING, described
from ledgergraph.extractions.routing import Routes
from ledgergraph.feedback.retraining import Thresholds
from orchestration.environments import LIMIT, PREFIX, QUALITY, RETRAIN, ROUTE, Environment


class Unneeded(LedgerError):
    """Something is missing that most can do without."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("--home", help="the home; default LEDGERGRAPH_HOME or .ledgergraph")


def run(given: argparse.Namespace) -> int:
    """Print settings and checks; 0 if everything that is needed is there."""
    environment = Environment.read(home=given.home)
    print(f"ledgergraph {version('ledgergraph')}, dagster {version('dagster')}")
    for name, value in settings(environment):
        print(f"  {name:34} {value}")
    is_well = True
    for what, check in checks(environment):
        try:
            print(f"ok       {what}: {check()}")
        except StaleInput as error:
            print(f"older    {what}: {error}")
        except Unneeded as error:
            print(f"absent   {what}: {error}")
        except LedgerError as error:
            is_well = False
            print(f"missing  {what}: {error}")
    return 0 if is_well else 1


def settings(environment: Environment) -> Iterator[tuple[str, str]]:
    """Every setting by its variable, without passwords; numbers that are not set with defaults."""
    for name, value in environment.variables().items():
        if name.startswith(PREFIX + "ALERT_"):
            yield name, place(value)
        elif name.startswith(PREFIX) and name not in numbers():
            yield name, shown(value.partition(";token=")[0])
    yield PREFIX + "PUBLIC_DATA", shown(environment.public_data)
    yield "DAGSTER_HOME", str(environment.dagster_home)
    changed = environment.variables()
    for name, usual in numbers().items():
        yield name, changed.get(name, f"{usual:,.15g} (default)")


def numbers() -> dict[str, float]:
    """The settings that are numbers, by variable, with their defaults."""
    groups = ((LIMIT, Limits), (RETRAIN, Thresholds), (QUALITY, QualityLimits), (ROUTE, Routes))
    return {
        PREFIX + prefix + one.name.upper(): getattr(group(), one.name)
        for prefix, group in groups
        for one in fields(group)
    }


def shown(value: str | None) -> str:
    """A value for the eye: without user and password."""
    return concealed(value) if value else "(none)"


def place(url: str) -> str:
    """Where a URL leads, for the eye: the rest of a webhook's is its password."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}/…" if url else "(none)"


def checks(environment: Environment) -> Iterator[tuple[str, Callable[[], str]]]:
    """What must work, each with a function that says how it is or raises."""
    from ledgergraph.models.packaged import ROLES
    from orchestration.definitions import graph_folder
    from resources.graph.connection import GraphResource
    from resources.inbox import Inbox
    from resources.spark import checked

    def store() -> str:
        entries = sum(1 for _ in environment.opened_store().audit_entries())
        return f"{entries} log entries"

    def inbox() -> str:
        return f"{len(Inbox(environment.inbox).listing())} files"

    def graph() -> str:
        resource = GraphResource(url=environment.graph, root=graph_folder(environment))
        return resource.agent()

    def spark() -> str:
        try:
            return checked(environment.spark, environment.java_home)
        except BadSetting as error:
            raise Unneeded(f"{error} Without it only reader_corpus cannot be made.") from error

    yield "store", store
    yield "inbox", inbox
    yield "spark", spark
    if environment.graph == "embedded":
        yield "graph", lambda: "embedded; started by run, demo and dev"
    else:
        yield "graph", graph
    for name in MODULES:
        yield f"engine {name}", partial(engine, name, environment.ocr)
    yield "reader", partial(reader, environment.reader, environment.reader_folder)
    if environment.translator:
        yield "translator", partial(translator, environment.translator)
    for role in ROLES:
        yield f"{role} model", partial(champion, role, environment.store)


def engine(name: str, chosen: str) -> str:
    """The version of an engine that reads pictures; Unneeded if another one was chosen."""
    is_used = name == chosen.partition(":")[0]
    use = "reads pictures here" if is_used else f"not used; {SETTING} is {chosen}"
    try:
        return f"{described(chosen if is_used else name)}; {use}"
    except BadSetting as error:
        if is_used:
            raise
        raise Unneeded(f"not installed, and not needed: {SETTING} is {chosen}.") from error


def translator(setting: str) -> str:
    """Which models translate from which languages, each loaded once, and their licences."""
    from ledgergraph.extractions.translation import folders_of, translated

    said = []
    for one in folders_of(setting):
        list(translated(one, ["1"]))
        said.append(f"{', '.join(one.languages)}: {one.path}; weights: {one.licence}")
    return "; ".join(said)


def reader(kind: str, folder: str) -> str:
    """Which kind of reader reads pages; a transformer is loaded, with what it needs."""
    from ledgergraph.extractions.readers.choice import KIND, STACK, TRANSFORMER

    if kind not in (TRANSFORMER, STACK):
        return f"{kind}; {KIND} is not {TRANSFORMER} or {STACK}, so torch is not needed"
    from ledgergraph.extractions.readers.transformed import of_kind
    from ledgergraph.models.contract import ModelCard
    from ledgergraph.models.layout_windows import needed

    if not folder:
        needed("torch", KIND)
        return f"{kind} that this home learns in job training_transformer"
    of_kind(kind, folder, None)
    licence = ModelCard.load(Path(folder)).examples["licence"]
    return f"{kind} from {folder}; weights: {licence}"


def champion(role: str, url: str) -> str:
    """Which model of a role counts; StaleInput if it is that of an earlier package."""
    from ledgergraph.artifacts import WHOLE
    from ledgergraph.models.packaged import card
    from orchestration.running import is_outdated
    from resources.store import Store

    name, said = f"{role}_champion", f"packaged, {card(role).algorithm}"
    head = Store(url).head(name, WHOLE)
    if head is None:
        return f"{said}; not in this home yet, its first run puts it there"
    if head.settings["origin"] != "package":
        return f"trained here, {head.version[:12]}; {said}"
    if is_outdated(head, name):
        raise StaleInput(
            f"{name} {head.version[:12]} is of an earlier package. Launch job publish_champions, "
            "or `ledgergraph run`, which puts this package's in its place."
        )
    return said
