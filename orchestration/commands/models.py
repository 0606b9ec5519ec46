"""`ledgergraph models make|history|rollback`: the champions of the package, and those of a home.

`make`, which is also what no word means, trains the small default champions that come
with the package; `history` lists what ever counted in a home, and what was turned down;
`rollback` lets an earlier champion count again.
"""

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ledgergraph.errors import BadSetting
from orchestration.environments import Environment

if TYPE_CHECKING:
    from ledgergraph.corpora.training import TrainingLedger

TEST_SEEDS = (901, 902, 903, 904)
ROLES = ("compliance", "duplicate", "reader")
"""The roles whose champions come with the package."""
READER_SEEDS, READER_TEST_SEEDS = (31, 32, 33), (911, 912)
"""Of the made papers that the packaged reader learns from, and is judged on."""
READER, FOLLOWING, TRANSFORMER = "reader", "anomaly", "transformer"
LIKENESS = "likeness"
"""Not a role: what likenesses of two companies weigh, data of the package."""
"""The role whose champion follows the ledger: the registry does not mirror it."""


class Lessons(NamedTuple):
    """What is learned from: the ledgers of some seeds, each of about so many invoices."""

    seeds: tuple[int, ...]
    invoices: int
    ledgers: "Iterable[TrainingLedger]"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("action", nargs="?", choices=["make", "history", "rollback"],
                        default="make")  # fmt: skip
    parser.add_argument(
        "role",
        nargs="?",
        choices=[*ROLES, FOLLOWING, TRANSFORMER, LIKENESS],
        help="to roll back, to list, or to make; make without it: all of the package",
    )
    parser.add_argument(
        "--home",
        help="the home; to make: learn from its training_ledgers, and keep what is recognised",
    )
    parser.add_argument("--to", default="previous", help="the version to go back to, six digits "
                        "or more; default the one before; for anomaly also `ledger`, to follow "
                        "it again")  # fmt: skip
    parser.add_argument("--why", default="", help="the reason of a roll-back, for the record")
    parser.add_argument("--seeds", type=int, nargs="+", help="learn from companies made of these")
    parser.add_argument("--test-seeds", type=int, nargs="+", default=TEST_SEEDS, help="to judge on")
    parser.add_argument("--invoices", type=int, help="of each company made, about")
    parser.add_argument("--folder", help="where the models go; default the package")
    parser.add_argument(
        "--checkpoint",
        help="of a transformer: a folder of weights to start "
        "from, LayoutLMv3 or LiLT as transformers saves them; default none",
    )
    parser.add_argument("--papers", type=int, help="made papers that a transformer learns from")
    parser.add_argument("--epochs", type=int, help="of a transformer at most")


def run(given: argparse.Namespace) -> int:
    """Do what is asked."""
    if given.action == "history":
        return listed(given)
    return roll_back(given) if given.action == "rollback" else make(given)


def listed(given: argparse.Namespace) -> int:
    """Print every decision on what counts, in order; a star marks the champions that count."""
    from resources.learning import history

    store = Environment.read(home=given.home).opened_store()
    for entry in history(store):
        if given.role in (None, entry.role):
            mark = "*" if entry.counts else " "
            who = f"{entry.at[:16]} {entry.user or '-':12}"
            print(f"{mark} {who} {entry.role:10} {entry.decision:9} {entry.version[:12]} "
                  f"{entry.reason}")  # fmt: skip
    return 0


def roll_back(given: argparse.Namespace) -> int:
    """Let an earlier champion count again, and score anew with it; prints what counts then."""
    import getpass
    import sys

    from orchestration.commands.train import rescored, version
    from orchestration.definitions import build_definitions
    from orchestration.running import copied_report, dagster_instance, launched, locked

    if given.role is None:
        raise BadSetting("ROLE", f"is missing. Name one of {', '.join((*ROLES, FOLLOWING))}.")
    if not given.why.strip():
        raise BadSetting("--why", "is missing. Say why, for whoever reads the record.")
    environment = Environment.read(home=given.home)
    store, champion = environment.opened_store(), f"{given.role}_champion"
    job = "rebuild_ledger" if given.role == FOLLOWING else f"training_{given.role}"
    names = (champion,) if given.role == FOLLOWING else (champion, "model_registry")
    with locked(environment.home), dagster_instance(environment) as instance:
        definitions = build_definitions(environment)
        before = version(store, given.role)
        failed = launched(
            definitions, instance, job, names,
            config={champion: {"to": given.to, "why": given.why}},
            tags={"user": getpass.getuser()},
        )  # fmt: skip
        after = version(store, given.role)
        if after != before:
            failed += rescored(environment, definitions, instance, given.role)
            print(f"{given.role}: {after[:12]} counts instead of {before[:12]}")
            copied_report(store, environment.home)
    for failure in failed:
        print(f"failed: {failure}", file=sys.stderr)
    return 1 if failed else 0


def make(given: argparse.Namespace) -> int:
    """Train, judge on other seeds, write models and cards; prints the table of the cards."""
    if given.role == LIKENESS:
        table = made_likeness(given)
    elif given.role == TRANSFORMER:
        table = made_transformer(given)
    else:
        table = [] if given.role == READER else made_scorers(given)
    if given.role == READER or (given.role is None and given.home is None):
        table += made_reader(given)
    for row in table:
        print("  ".join(f"{name} {shown(value)}" for name, value in row.items()))
    return 0


def made_likeness(given: argparse.Namespace) -> list[dict[str, Any]]:
    """What likenesses of two companies weigh: counted on made companies, with their truth."""
    from math import log2

    from ledgergraph.benchmarks.party_protocol import SEEDS, lessons
    from ledgergraph.graph.likeness import counted, keep

    found = counted(lessons(given.seeds or SEEDS))
    keep(found, Path(given.folder) if given.folder else None)
    return [
        {"compared": name, "bits": " ".join(f"{log2(one / two):+.1f}" for one, two in levels)}
        for name, levels in found["levels"].items()
    ]


def made_reader(given: argparse.Namespace) -> list[dict[str, Any]]:
    """The packaged reader: from made papers and, where public data are, labelled receipts.

    What is recognised is kept in the home, so that another time takes a minute.
    """
    from ledgergraph.benchmarks.reader_lessons import RECEIPTS, make_reader
    from ledgergraph.models.packaged import FOLDER
    from resources.recognition import OcrResource

    environment = Environment.read(home=given.home)
    ocr = OcrResource(engine=environment.ocr)
    root = environment.public_data
    labelled = Path(root) / RECEIPTS / "train" if root else None
    if labelled is None or not labelled.is_dir():
        print("No labelled receipts: LEDGERGRAPH_PUBLIC_DATA names no folder with "
              f"{RECEIPTS}/train. The reader learns from made papers alone.")  # fmt: skip
        labelled = None
    with ocr.open(environment.opened_store()) as recogniser:
        return make_reader(
            Path(given.folder) if given.folder else FOLDER, labelled, recogniser,
            given.seeds or READER_SEEDS, READER_TEST_SEEDS,
        )  # fmt: skip


def made_transformer(given: argparse.Namespace) -> list[dict[str, Any]]:
    """A layout transformer and the stack with it, into a folder that a setting names to use it.

    Each epoch is logged in the registry. A call that was interrupted goes on.
    """
    from dataclasses import asdict, replace

    from ledgergraph.benchmarks.transformer_lessons import RECEIPTS, Plan, make_transformer
    from ledgergraph.extractions.readers.choice import FOLDER, KIND
    from ledgergraph.models.layout_network import licence_of
    from ledgergraph.models.layout_training import SCRATCH, Epoch
    from resources.registry import Registry

    if not given.folder:
        raise BadSetting("--folder", "is missing. Name the folder that the transformer goes to.")
    environment = Environment.read(home=given.home)
    plan = Plan(checkpoint=Path(given.checkpoint) if given.checkpoint else None)
    if plan.checkpoint is None:
        plan = replace(plan, training=replace(plan.training, rate=SCRATCH))
    else:
        print(f"Weights of {plan.checkpoint.name}: {licence_of(plan.checkpoint)}")
    training = replace(plan.training, epochs=given.epochs or plan.training.epochs)
    labelled = Path(environment.public_data or "-") / RECEIPTS / "train"
    plan = replace(
        plan, training=training, papers=given.papers or plan.papers,
        seeds=tuple(given.seeds or plan.seeds), labelled=labelled if labelled.is_dir() else None,
    )  # fmt: skip
    settings = {**asdict(plan.shape), **asdict(training)}
    note = Registry(environment.registry, environment.ledger).training(
        TRANSFORMER, {name: str(value) for name, value in settings.items()}
    )

    def told(epoch: Epoch) -> None:
        numbers = {**epoch.losses, "f1": epoch.f1, "held_out_loss": epoch.held_out_loss}
        note(epoch.number, numbers)
        print(f"epoch {epoch.number}: loss {epoch.losses['all']:.3f}, of vendors held out "
              f"{epoch.held_out_loss:.3f}, entity F1 {epoch.f1:.3f}", flush=True)  # fmt: skip

    table = make_transformer(Path(given.folder), plan, told)
    print(f"To read with it: {KIND}=transformer (or stack), {FOLDER}={given.folder}")
    return table


def made_scorers(given: argparse.Namespace) -> list[dict[str, Any]]:
    """The packaged models that score invoices and pairs: from ledgers."""

    from ledgergraph.benchmarks.champions import make_matcher, make_models
    from ledgergraph.models.packaged import FOLDER

    folder = Path(given.folder) if given.folder else FOLDER
    one = kept(given.home) if given.home else made(given.seeds, given.invoices)
    if given.role == "duplicate" and not given.home:
        return make_matcher(folder, one.seeds, given.test_seeds, one.invoices)
    return make_models(folder, one.seeds, given.test_seeds, one.invoices, ledgers=one.ledgers)


def made(seeds: "Iterable[int] | None", invoices: int | None) -> Lessons:
    """Ledgers made here, one after the other; the usual ones by default."""
    from ledgergraph.corpora.training import INVOICES, SEEDS, training_ledgers

    chosen, size = tuple(seeds or SEEDS), invoices or INVOICES
    return Lessons(chosen, size, training_ledgers(chosen, size))


def kept(home: str) -> Lessons:
    """The ledgers that a home keeps; BadSetting if it keeps none."""
    from assets.lineage import Inputs
    from ledgergraph.artifacts import WHOLE
    from ledgergraph.corpora.training import TRAINING_TABLES, from_tables

    store = Environment.read(home=home).opened_store()
    heads = store.heads("training_ledgers")
    if not heads:
        raise BadSetting(
            "--home",
            f"{store.url} holds no training ledgers. Materialize training_ledgers in "
            "`ledgergraph dev`, or leave --home out.",
        )
    inputs = Inputs(store, {"training_ledgers": heads}, WHOLE)
    settings = inputs.whole("training_ledgers").settings
    tables = {table.name: inputs.table(table) for table in TRAINING_TABLES}
    return Lessons(tuple(settings["seeds"]), settings["invoices"], from_tables(tables))


def shown(value: Any) -> str:
    """A figure with three digits, anything else as it is."""
    return f"{value:.3f}" if isinstance(value, float) else str(value)
