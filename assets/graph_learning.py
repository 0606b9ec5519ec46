"""Graph learning as assets: ledgers as graphs, what learns on them, and who is better.

Nothing asks for them but their job or a person, and no champion depends on them. They need the
extra `networks`; without it the first of them says so and the others are not run.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import dagster as dg
from pydantic import Field

from assets import policies
from assets.learning import SEED
from assets.lineage import Inputs, Made, as_before, domain_errors, written
from assets.pictures import attended, courses, scattered
from assets.snapshots import snapshot_in
from ledgergraph.artifacts import WHOLE
from ledgergraph.errors import StaleInput
from resources.checkpoints import checkpoints, forgotten
from resources.doors import LedgerResource, StoreResource
from resources.registry import RegistryResource
from resources.store import Store

if TYPE_CHECKING:
    from ledgergraph.benchmarks.graph_contest import Learning
    from ledgergraph.models.contract import Ints
    from ledgergraph.models.graph_network import Shape
    from ledgergraph.models.graph_training import Epoch, Learned
    from ledgergraph.models.graphs import Graph

OWN = "own"
"""The graph of this ledger, among those of made ones."""
DRAWN = 1_200
"""Nodes in a picture of embeddings at most."""
MOST_PRECISION = 0.45
"""What boosted trees that see single invoices may reach."""


class Graphs(dg.Config):
    """Which ledgers become graphs."""

    ledgers: int = Field(6, ge=0, le=1_000, description="made ones at most; 3 s each of 2,500")


class LearningOnGraphs(dg.Config):
    """How networks learn on graphs."""

    networks: list[str] = Field(
        ["GraphSAGE", "graph network", "graph attention"], description="that learn"
    )
    rate: float = Field(0.003, gt=0, lt=1, description="of Adam")
    epochs: int = Field(40, gt=0, le=1_000, description="at most")
    patience: int = Field(8, gt=0, description="epochs without a better score that end it")
    device: str = Field("", description="cpu or cuda; by default a GPU where there is one")
    threads: int = Field(1, ge=0, description="of the processor; 0: as many as torch takes")
    seed: int = Field(SEED, ge=0)


def is_installed() -> None:
    """Raises BadSetting, naming the extra, where PyTorch Geometric is not installed."""
    from ledgergraph.models.graphs import geometric

    geometric("data")


@dg.asset(
    deps=["training_ledgers", "graph_snapshot"],
    **policies.on_request("datasets", "safetensors", version="1"),
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
        graphs = [graph_of_made(one) for _, one in named]
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
    """Boosting on own attributes fails on other ledgers; a constant, degrees and norms beside."""
    from ledgergraph.datasets.graph_dataset import own_attributes, trivial

    home = store.open()
    graphs = graphs_in(Inputs(home, {"gnn_dataset": home.heads("gnn_dataset")}, WHOLE))
    made = [one for name, one in graphs.items() if name != OWN]
    if not made:
        why = "Nothing was judged: there is no made ledger. Materialize training_ledgers."
        return dg.AssetCheckResult(passed=True, metadata={"why": why})
    own = own_attributes(made, SEED)
    return dg.AssetCheckResult(
        passed=not own > MOST_PRECISION,
        metadata={"boosting on own attributes": own, **trivial(made)},
    )


@dg.asset(
    deps=["gnn_dataset"],
    op_tags=policies.GPU,
    pool=policies.GPU_POOL,
    **policies.on_request("models", "pytorch", version="1"),
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
    home = store.open()
    marks: list[str] = []
    with domain_errors():
        is_installed()

    def compute(inputs: Inputs) -> Made:
        from ledgergraph.benchmarks.graph_contest import contestants, saved

        graphs = [one for name, one in graphs_in(inputs).items() if name != OWN]
        if len(graphs) < 4:
            raise StaleInput(
                f"gnn_dataset holds {len(graphs)} made ledgers; some are to stop the learning. "
                "Materialize training_ledgers with four seeds or more, and gnn_dataset."
            )
        door = registry.open(ledger.name)
        notes = {**{name: str(value) for name, value in dict(config).items()},
                 "manifest": inputs.whole("gnn_dataset").version}  # fmt: skip
        learning = _learning(context, home, config, door.training, notes, marks)
        scorers = dict(contestants(graphs, learning, config.networks))
        with TemporaryDirectory() as place:
            folder = Path(place)
            saved(folder, scorers)
            files = {str(path.relative_to(folder)): path.read_bytes()
                     for path in sorted(folder.rglob("*")) if path.is_file()}  # fmt: skip
        return Made(files=files, facts=_courses(scorers))

    result = written(context, home, compute, settings=dict(config))
    for mark in marks:
        forgotten(home, mark)
    return result


def _learning(
    context: dg.AssetExecutionContext, home: Store, config: LearningOnGraphs,
    training_run: Any, notes: dict[str, str], marks: list[str],
) -> "Learning":  # fmt: skip
    """Learning that is kept, so that it goes on, and noted epoch by epoch."""
    from ledgergraph.models.graph_training import Training, fit, mark_of

    training = Training(config.rate, config.epochs, config.patience, threads=config.threads,
                        seed=config.seed)  # fmt: skip

    def learned(
        name: str, graphs: "Sequence[Graph]", sides: "Sequence[Ints]", shape: "Shape"
    ) -> "Learned":
        mark = mark_of(graphs, sides, shape, training, "is_issue")
        marks.append(f"graph/{mark[:16]}")
        note = training_run(name.replace(",", ""), {**notes, "network": name}, mark)

        def told(epoch: "Epoch") -> None:
            note(epoch.number, {
                "loss": epoch.loss, "held_out_loss": epoch.held_out_loss,
                "average_precision": epoch.average_precision, "accuracy": epoch.accuracy,
            })  # fmt: skip
            context.log.info(f"{name}, epoch {epoch.number}: {epoch.average_precision:.3f}.")

        with ExitStack() as stack:
            kept, after = stack.enter_context(checkpoints(home, marks[-1]))
            return fit(graphs, sides, shape, training, kept=kept, told=told,
                       device=config.device, after=after)  # fmt: skip

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
    op_tags=policies.GPU,
    pool=policies.GPU_POOL,
    **policies.on_request("benchmarks", "pytorch", version="1"),
)
def gnn_benchmark(
    context: dg.AssetExecutionContext, config: JudgedOn, store: StoreResource
) -> dg.MaterializeResult:
    """Rules, trees, graph networks and the stack on ledgers that none of them learned from.

    With what the networks see: embeddings by type and by issue, and what attention goes to.
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
        from ledgergraph.corpora.settings import COMPLETE, SHIFTED_COMPLETE
        from ledgergraph.corpora.training import made_ledger

        ledgers = {
            habits: [graph_of_made(made_ledger(seed, settings["invoices"], of))
                     for seed in settings["seeds"]]
            for habits, of in (("same habits", COMPLETE), ("other habits", SHIFTED_COMPLETE))
        }  # fmt: skip
        with inputs.folder("gnn_model") as folder:
            table, kinds = judged(scorers_in(folder).items(), ledgers, SEED)
            pictures = _pictures(folder, ledgers["same habits"][0])
        best = {f"best on {row['habits']}": row["scorer"]
                for row in table.sort_by("average_precision").to_pylist()}  # fmt: skip
        return Made([(GRAPH_CONTEST, table), (GRAPH_KINDS, GRAPH_KINDS.conform(kinds))],
                    facts={**best, **pictures})  # fmt: skip

    return written(context, home, compute, settings=settings)


def _pictures(folder: Path, graph: "Graph") -> dict[str, Any]:
    """Embeddings by the first network that is there, and attention by that which weighs."""
    from ledgergraph.benchmarks.graph_contest import ATTENTION, NETWORK, SECONDS, network_in
    from ledgergraph.benchmarks.graph_pictures import attention_by_issue, embedded

    facts: dict[str, Any] = {}
    known = (folder / SECONDS).read_text(encoding="utf-8")
    if f'"{NETWORK}"' in known:
        points, labels, issues = embedded(network_in(folder, NETWORK), graph, DRAWN, SEED)
        facts["embeddings by type"] = scattered(points, labels, "Embeddings by type")
        facts["embeddings by issue"] = scattered(points, issues, "Embeddings by issue")
    if f'"{ATTENTION}"' in known:
        shares = attention_by_issue(network_in(folder, ATTENTION), graph)
        facts["attention"] = attended(shares, "Attention of invoices, by relation and kind")
    return facts
