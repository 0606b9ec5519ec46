"""Graph learning as assets: ledgers as graphs, what learns on them, and who is better.

Nothing asks for them but their job or a person, and no champion depends on them. They need the
extra `networks`; without it the first of them says so and the others are not run.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import dagster as dg
from pydantic import Field

from assets import policies
from assets.learning import SEED
from assets.lineage import (
    Inputs,
    Made,
    as_before,
    domain_errors,
    inputs_behind,
    require_unseen,
    written,
)
from assets.pictures import attended, calibration, courses, scattered, source
from assets.snapshots import snapshot_in
from ledgergraph.artifacts import WHOLE
from ledgergraph.errors import BadSetting, StaleInput
from ledgergraph.identity import canonical_json, sha256_of
from resources.checkpoints import LATEST, checkpoints, forgotten
from resources.doors import LedgerResource, StoreResource
from resources.registry import Registry, RegistryResource
from resources.store import Store, file_uri

if TYPE_CHECKING:
    from ledgergraph.benchmarks.graph_contest import Judged, Learning
    from ledgergraph.models.contract import Ints
    from ledgergraph.models.graph_search import Trial
    from ledgergraph.models.graph_training import Epoch, Hopeless, Learned, Settings, Training
    from ledgergraph.models.graphs import Graph

OWN = "own"
"""The graph of this ledger, among those of made ones."""
DRAWN = 1_200
"""Nodes in a picture of embeddings at most."""
EXPLAINED = 4
"""Invoices whose reasons are shown."""
TRIALS, PAGE = "trials.json", "graph_contest.html"


class Graphs(dg.Config):
    """Which ledgers become graphs."""

    ledgers: int = Field(6, ge=0, le=1_000, description="made ones at most; 3 s each of 2,500")
    audit_recall: float = Field(
        0.8, gt=0, le=1, description="share of the issues that audits found: what is learned from"
    )


class OnGraphs(dg.Config):
    """How networks learn on graphs."""

    epochs: int = Field(40, gt=0, le=1_000, description="at most")
    patience: int = Field(8, gt=0, description="epochs without a better score that end it")
    whole: int = Field(
        100_000, ge=0, description="invoices of a ledger up to which it is one step; larger ones "
        "are learned from in batches of whole vendors"
    )  # fmt: skip
    batch: int = Field(5_000, gt=0, description="invoices of a batch, about")
    kept_every: int = Field(5, gt=0, description="epochs between two checkpoints")
    device: str = Field("", description="cpu or cuda; by default a GPU where there is one")
    threads: int = Field(1, ge=0, description="of the processor; 0: as many as torch takes")
    seed: int = Field(SEED, ge=0)


class Search(OnGraphs):
    """Which networks are tried with each width and rate of the grid, and for how long."""

    networks: list[str] = Field(["GraphSAGE", "graph network"], description="whose settings")
    ledgers: int = Field(6, ge=2, description="to learn from and to hold out, at most")
    epochs: int = Field(10, gt=0, le=1_000, description="of a trial at most")
    patience: int = Field(4, gt=0, description="epochs without a better score that end a trial")


class LearningOnGraphs(OnGraphs):
    """How networks learn on graphs."""

    networks: list[str] = Field(
        ["GraphSAGE", "graph network", "graph attention"], description="that learn"
    )
    rate: float = Field(
        0.003, gt=0, lt=1, description="of Adam, for networks whose settings were not searched"
    )


def is_installed() -> None:
    """Raises BadSetting, naming the extra, where PyTorch Geometric is not installed."""
    from ledgergraph.models.graphs import geometric

    geometric("data")


@dg.asset(
    deps=["training_ledgers", "graph_snapshot"],
    **policies.on_request("datasets", "safetensors", version="3"),
)
def gnn_dataset(
    context: dg.AssetExecutionContext, config: Graphs, store: StoreResource
) -> dg.MaterializeResult:
    """Made ledgers, and this one, as graphs in time: nodes, messages, labels and splits."""
    home = store.open()
    with domain_errors():
        is_installed()

    def compute(inputs: Inputs) -> Made:
        from ledgergraph.benchmarks.graph_contest import graph_of_made
        from ledgergraph.corpora.training import TRAINING_TABLES, from_tables
        from ledgergraph.datasets.graph_dataset import GNN_INVOICES, graph_of, invoice_rows
        from ledgergraph.datasets.schemas import LABELS
        from ledgergraph.models.graphs import stored

        made = {table.name: inputs.table(table) for table in TRAINING_TABLES}
        named = zip(range(config.ledgers), from_tables(made), strict=False)
        graphs = [graph_of_made(one, config.audit_recall) for _, one in named]
        snapshot = snapshot_in(inputs)
        if snapshot.rows("Invoice").num_rows:
            graphs.append(graph_of(OWN, snapshot, inputs.table(LABELS)))
        files = {f"{one.name}/{name}": data for one in graphs
                 for name, data in stored(one).items()}  # fmt: skip
        messages = sum(len(edges.source) for one in graphs for edges in one.edges.values())
        return Made(
            [(GNN_INVOICES, GNN_INVOICES.rows(invoice_rows(graphs)))], files,
            {"graphs": len(graphs), "messages": messages},
        )  # fmt: skip

    return written(context, home, compute, settings=dict(config), through_time=["labels"])


def graphs_in(inputs: Inputs) -> "dict[str, Graph]":
    """The graphs of the data set by their names."""
    from ledgergraph.models.graphs import MEANING, restored

    with inputs.folder("gnn_dataset") as folder:
        return {
            path.parent.name: restored(path.parent) for path in sorted(folder.glob(f"*/{MEANING}"))
        }


@dg.asset_check(
    asset=gnn_dataset,
    blocking=True,
    description="A network that hears of the future looks good until it is used.",
)
def no_message_comes_from_the_future(store: StoreResource) -> dg.AssetCheckResult:
    """All that the source of a message knows was known when its target came."""
    from ledgergraph.models.graphs import from_the_future

    home = store.open()
    graphs = graphs_in(Inputs(home, {"gnn_dataset": home.heads("gnn_dataset")}, WHOLE))
    found = {name: late for name, one in graphs.items() if (late := from_the_future(one))}
    return dg.AssetCheckResult(passed=not found, metadata={"graphs": len(graphs), **found})


@dg.asset_check(
    asset=gnn_dataset,
    blocking=True,
    description="Where single invoices, degrees or sizes give issues away, a network learns how "
    "they were planted.",
)
def no_issue_shows_without_its_neighbours(store: StoreResource) -> dg.AssetCheckResult:
    """Boosting on own attributes fails on other ledgers, and so do a constant, degrees, norms."""
    from ledgergraph.datasets.graph_dataset import leaks

    home = store.open()
    graphs = graphs_in(Inputs(home, {"gnn_dataset": home.heads("gnn_dataset")}, WHOLE))
    made = [one for name, one in graphs.items() if name != OWN]
    if not made:
        why = "Nothing was judged: there is no made ledger. Materialize training_ledgers."
        return dg.AssetCheckResult(passed=True, metadata={"why": why})
    found = leaks(made, SEED)
    return dg.AssetCheckResult(
        passed=not any(value > most for value, most in found.values()),
        metadata={
            name: f"{value:.3f}, at most {most:.3f}" for name, (value, most) in found.items()
        },
    )


@dg.asset(
    deps=["gnn_dataset"],
    pool=policies.GPU_POOL,
    **policies.on_request("models", "pytorch", version="2"),
)
def gnn_search(
    context: dg.AssetExecutionContext,
    config: Search,
    store: StoreResource,
    registry: RegistryResource,
    ledger: LedgerResource,
) -> dg.MaterializeResult:
    """Which width and rate each network learns best with, by ledgers held out.

    Hopeless trials end early. Stopped or killed, the same run again goes on with the trial that
    it was at.
    """
    home = store.open()

    def searched(inputs: Inputs, learning: "Learning", run: str) -> Made:
        from ledgergraph.benchmarks.graph_contest import usual
        from ledgergraph.models.graph_search import GNN_TRIALS, trial_rows
        from ledgergraph.models.graph_training import Training

        graphs = made_graphs(inputs)[: config.ledgers]
        networks = usual(_training(config, Training().rate))
        found = {
            name: _trials(home, name, graphs, learning, networks[name], run)
            for name in config.networks
        }
        rows = [row for name, own in found.items() for row in trial_rows(name, own)]
        facts = {f"{name}, by width and rate": attended(_best(own), f"{name}: best of each trial")
                 for name, own in found.items()}  # fmt: skip
        return Made([(GNN_TRIALS, GNN_TRIALS.conform(GNN_TRIALS.rows(rows)))], facts=facts)

    return _learned(context, home, config, registry.open(ledger.name), searched)


def known(networks: Sequence[str]) -> None:
    """Raises BadSetting if one of some networks is none that takes part."""
    from ledgergraph.benchmarks.graph_contest import SHAPES

    if strange := sorted({*networks} - {*SHAPES}):
        raise BadSetting("networks", f"names {strange[0]!r}. There are {', '.join(SHAPES)}.")


def made_graphs(inputs: Inputs) -> "list[Graph]":
    """The graphs of made ledgers. Raises StaleInput if they are too few to learn from."""
    graphs = [one for name, one in graphs_in(inputs).items() if name != OWN]
    if len(graphs) < 4:
        raise StaleInput(
            f"gnn_dataset holds {len(graphs)} made ledgers; some are to stop the learning. "
            "Materialize training_ledgers with four seeds or more, and gnn_dataset."
        )
    return graphs


def _learned(
    context: dg.AssetExecutionContext, home: Store, config: "Search | LearningOnGraphs",
    door: Registry, make: "Callable[[Inputs, Learning, str], Made]",
) -> dg.MaterializeResult:  # fmt: skip
    """What networks that learn come to, on which device they did, and no checkpoint left of it.

    `make` gets the inputs, how a network learns, and what the run's checkpoints are kept under.
    """
    begun: list[str] = []
    with domain_errors():
        is_installed()
        known(config.networks)

    def compute(inputs: Inputs) -> Made:
        from ledgergraph.models.layout_transformer import device_called

        notes = _notes(inputs, config)
        run = _run_of(context.asset_key.path[-1], notes)
        begun.append(run)
        made = make(inputs, _learning(context, home, config, door.training, notes, run), run)
        return replace(made, facts={**made.facts, "device": device_called(config.device)})

    result = written(context, home, compute, settings=dict(config))
    for run in begun:
        forgotten(home, run)
    return result


def _notes(inputs: Inputs, config: OnGraphs) -> dict[str, str]:
    settings = {name: str(value) for name, value in dict(config).items()}
    return {**settings, "manifest": inputs.whole("gnn_dataset").version}


def _run_of(asset: str, notes: Mapping[str, str]) -> str:
    """What all checkpoints of a run are kept under; on another device it is the same run."""
    known = {name: value for name, value in notes.items() if name != "device"}
    return f"graph/{sha256_of(canonical_json([asset, known]))[:16]}"


def _training(config: OnGraphs, rate: float) -> "Training":
    from ledgergraph.models.graph_training import Training

    return Training(
        rate, config.epochs, config.patience, kept_every=config.kept_every,
        threads=config.threads, seed=config.seed, whole=config.whole, batch=config.batch,
    )  # fmt: skip


def _trials(
    home: Store, name: str, graphs: "Sequence[Graph]", learning: "Learning",
    settings: "Settings", run: str,
) -> "list[Trial]":  # fmt: skip
    """The trials of a network; those of a run that was killed are not made again."""
    from ledgergraph.benchmarks.graph_contest import trials
    from ledgergraph.models.graph_search import Trial

    with checkpoints(home, f"{run}/trials-{_mark(graphs, settings)[:16]}") as (folder, after):
        kept = folder / LATEST / TRIALS
        found = [Trial(**one) for one in json.loads(kept.read_text())] if kept.is_file() else []
        for one in trials(name, graphs, learning, settings, tuple(found)):
            found.append(one)
            kept.parent.mkdir(parents=True, exist_ok=True)
            new = kept.with_suffix(".new")
            new.write_text(json.dumps([asdict(trial) for trial in found]))
            new.replace(kept)
            after(kept.parent)
    return found


def _best(trials: "Sequence[Trial]") -> dict[tuple[str, str], float]:
    return {(f"width {one.width}", f"rate {one.rate:g}"): one.best for one in trials}


@dg.asset(
    deps=["gnn_dataset", "gnn_search"],
    pool=policies.GPU_POOL,
    **policies.on_request("models", "pytorch", version="3"),
)
def gnn_model(
    context: dg.AssetExecutionContext,
    config: LearningOnGraphs,
    store: StoreResource,
    registry: RegistryResource,
    ledger: LedgerResource,
) -> dg.MaterializeResult:
    """Graph networks, trees and rules that learned from the same made ledgers, and their stack.

    Stopped or killed, the same run again goes on from the last checkpoint of its network.
    """

    def learned(inputs: Inputs, learning: "Learning", _: str) -> Made:
        from ledgergraph.benchmarks.graph_contest import contestants, saved

        networks = _searched(inputs, config)
        scorers = dict(contestants(made_graphs(inputs), learning, networks))
        with TemporaryDirectory() as place:
            folder = Path(place)
            saved(folder, scorers)
            files = {str(path.relative_to(folder)): path.read_bytes()
                     for path in sorted(folder.rglob("*")) if path.is_file()}  # fmt: skip
        return Made(files=files, facts={**_courses(scorers), **_shown(networks)})

    return _learned(context, store.open(), config, registry.open(ledger.name), learned)


def _searched(inputs: Inputs, config: LearningOnGraphs) -> "dict[str, Settings]":
    """The networks that learn, with the width and rate that the search chose."""
    from ledgergraph.benchmarks.graph_contest import usual
    from ledgergraph.models.graph_search import GNN_TRIALS, settings_of

    found = usual(_training(config, config.rate))
    for row in inputs.table(GNN_TRIALS).to_pylist():
        if row["is_chosen"]:
            found[row["network"]] = settings_of(found[row["network"]], row["width"], row["rate"])
    return {name: found[name] for name in config.networks}


def _shown(networks: "Mapping[str, Settings]") -> dict[str, str]:
    return {f"{name}, settings": f"width {own.shape.width}, rate {own.training.rate:g}"
            for name, own in networks.items()}  # fmt: skip


def _mark(graphs: "Sequence[Graph]", settings: "Settings") -> str:
    """What tells a search from another."""
    from ledgergraph.benchmarks.graph_contest import sides_by_ledger
    from ledgergraph.datasets.graph_dataset import FOUND
    from ledgergraph.models.graph_training import mark_of

    return mark_of(graphs, sides_by_ledger(graphs), settings.shape, settings.training, FOUND)


def _learning(
    context: dg.AssetExecutionContext, home: Store, config: OnGraphs,
    training_run: Any, notes: dict[str, str], run: str,
) -> "Learning":  # fmt: skip
    """Learning that is kept, so that it goes on, and noted epoch by epoch."""
    from ledgergraph.datasets.graph_dataset import FOUND
    from ledgergraph.models.graph_training import fit, mark_of, never

    def learned(
        name: str, graphs: "Sequence[Graph]", sides: "Sequence[Ints]", settings: "Settings",
        is_hopeless: "Hopeless" = never,
    ) -> "Learned":  # fmt: skip
        shape, training = settings.shape, settings.training
        mark = mark_of(graphs, sides, shape, training, FOUND)
        own = {"network": name, "width": str(shape.width), "rate": f"{training.rate:g}"}
        note = training_run(name.replace(",", ""), {**notes, **own}, mark)

        def told(epoch: "Epoch") -> None:
            note(epoch.number, {
                "loss": epoch.loss, "held_out_loss": epoch.held_out_loss,
                "average_precision": epoch.average_precision, "accuracy": epoch.accuracy,
            })  # fmt: skip
            context.log.info(f"{name}, epoch {epoch.number}: {epoch.average_precision:.3f}.")

        with checkpoints(home, f"{run}/{mark[:16]}") as (kept, after):
            return fit(graphs, sides, shape, training, FOUND, kept=kept, told=told,
                       device=config.device, after=after, is_hopeless=is_hopeless)  # fmt: skip

    return learned


def _courses(scorers: "dict[str, Any]") -> dict[str, Any]:
    """Losses and figures of the networks, epoch by epoch."""
    facts: dict[str, Any] = {}
    for name, one in scorers.items():
        if one.history:
            losses = {"learned from": [epoch.loss for epoch in one.history],
                      "held out": [epoch.held_out_loss for epoch in one.history]}  # fmt: skip
            shares = {"average precision": [epoch.average_precision for epoch in one.history],
                      "accuracy": [epoch.accuracy for epoch in one.history]}  # fmt: skip
            facts[f"{name}, loss"] = courses(losses, "epoch", "loss")
            facts[f"{name}, held out"] = courses(shares, "epoch", "share")
    return facts


class JudgedOn(dg.Config):
    """Which companies everybody is judged on: of no seed that anything was learned from."""

    seeds: list[int] | None = Field(None, description="two companies each, of both sorts")
    invoices: int | None = Field(None, ge=200, le=100_000, description="of each company, about")


@dg.asset(
    deps=["gnn_model", "gnn_dataset"],
    pool=policies.GPU_POOL,
    **policies.on_request("benchmarks", "pytorch", "html", version="2"),
)
def gnn_benchmark(
    context: dg.AssetExecutionContext, config: JudgedOn, store: StoreResource
) -> dg.MaterializeResult:
    """Rules, trees, graph networks and the stack on ledgers that none of them learned from.

    With what the networks see and why they say what they say: embeddings by type and by issue,
    what attention goes to, calibration, reasons; here and on a page that lies in the store.
    """
    home = store.open()
    with domain_errors():
        is_installed()
    settings = as_before(home, "gnn_benchmark", {"seeds": [801, 802], "invoices": 2_500}, config)

    def compute(inputs: Inputs) -> Made:
        from ledgergraph.benchmarks.graph_contest import (
            GRAPH_CONTEST,
            GRAPH_KINDS,
            graph_of_made,
            judged,
            scorers_in,
        )
        from ledgergraph.benchmarks.graph_page import contest_page
        from ledgergraph.benchmarks.graph_pictures import reasons
        from ledgergraph.corpora.settings import COMPLETE, SHIFTED_COMPLETE
        from ledgergraph.corpora.training import made_ledger

        graphs = inputs_behind(home, inputs.whole("gnn_model")).whole("gnn_dataset")
        require_unseen(settings["seeds"], inputs_behind(home, graphs).manifests)
        made = {
            habits: [made_ledger(seed, settings["invoices"], of) for seed in settings["seeds"]]
            for habits, of in (("same habits", COMPLETE), ("other habits", SHIFTED_COMPLETE))
        }
        ledgers = {habits: [graph_of_made(one) for one in own] for habits, own in made.items()}
        with inputs.folder("gnn_model") as folder:
            found = judged(scorers_in(folder).items(), ledgers, SEED)
            pictures = {**_calibrations(found), **_pictures(folder, ledgers["same habits"][0])}
            told = reasons(folder, made["same habits"][0], ledgers["same habits"][0], EXPLAINED)
        page = contest_page(
            found.table, found.kinds, {name: source(one) for name, one in pictures.items()}, told
        )
        best = {f"best on {row['habits']}": row["scorer"]
                for row in found.table.sort_by("average_precision").to_pylist()}  # fmt: skip
        where = dg.MetadataValue.path(home.path(file_uri(PAGE, sha256_of(page))))
        return Made([(GRAPH_CONTEST, found.table), (GRAPH_KINDS, found.kinds)], {PAGE: page},
                    {**best, **pictures, "page": where})  # fmt: skip

    return written(context, home, compute, settings=settings)


def _calibrations(judged: "Judged") -> dict[str, dg.MarkdownMetadataValue]:
    """How often came true what trees, and of the networks the last, called so likely."""
    from ledgergraph.benchmarks.graph_contest import ORDER, SHAPES, TREES
    from ledgergraph.datasets.graph_dataset import ISSUE

    slices = {}
    for habits, said in judged.said.items():
        truth = judged.truth[habits][ISSUE]
        known = truth == truth  # NaN where nobody knows
        names = [TREES, *[name for name in ORDER if name in SHAPES and name in said][-1:]]
        slices[habits] = truth[known], {name: said[name][known] for name in names}
    return {"calibration": calibration(slices)}


def _pictures(folder: Path, graph: "Graph") -> dict[str, dg.MarkdownMetadataValue]:
    """Embeddings by the network of edges, and attention by that which weighs, as far as there."""
    from ledgergraph.benchmarks.graph_contest import ATTENTION, NETWORK, network_in, networks_in
    from ledgergraph.benchmarks.graph_pictures import attention_by_issue, embedded

    facts: dict[str, dg.MarkdownMetadataValue] = {}
    there = networks_in(folder)
    if NETWORK in there:
        points, labels, issues = embedded(network_in(folder, NETWORK), graph, DRAWN, SEED)
        facts["embeddings by type"] = scattered(points, labels, "Embeddings by type")
        facts["embeddings by issue"] = scattered(points, issues, "Embeddings by issue")
    if ATTENTION in there:
        shares = attention_by_issue(network_in(folder, ATTENTION), graph)
        facts["attention"] = attended(shares, "Attention of invoices, by relation and kind")
    return facts
