"""`ledgergraph models`: train the small default champions that come with the package."""

import argparse
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from ledgergraph.errors import BadSetting
from orchestration.environments import Environment

if TYPE_CHECKING:
    from ledgergraph.corpora.training import TrainingLedger

TEST_SEEDS = (901, 902, 903, 904)


class Lessons(NamedTuple):
    """What is learned from: the ledgers of some seeds, each of about so many invoices."""

    seeds: tuple[int, ...]
    invoices: int
    ledgers: "Iterable[TrainingLedger]"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("--home", help="learn from the asset training_ledgers of this home")
    parser.add_argument("--seeds", type=int, nargs="+", help="learn from companies made of these")
    parser.add_argument("--test-seeds", type=int, nargs="+", default=TEST_SEEDS, help="to judge on")
    parser.add_argument("--invoices", type=int, help="of each company made, about")
    parser.add_argument("--folder", help="where the models go; default the package")


def run(given: argparse.Namespace) -> int:
    """Train, judge on other seeds, write models and cards; prints the table of the cards."""
    from pathlib import Path

    from ledgergraph.benchmarks.champions import make_models
    from ledgergraph.models.packaged import FOLDER

    folder = Path(given.folder) if given.folder else FOLDER
    one = kept(given.home) if given.home else made(given.seeds, given.invoices)
    table = make_models(folder, one.seeds, given.test_seeds, one.invoices, ledgers=one.ledgers)
    for row in table:
        print("  ".join(f"{name} {shown(value)}" for name, value in row.items()))
    return 0


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
    from resources.store import Store

    store = Store(Environment.read(home=home).store)
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
