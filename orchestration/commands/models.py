"""`ledgergraph models`: train the small default champions that come with the package."""

import argparse
from typing import Any

SEEDS = tuple(range(1, 25))
TEST_SEEDS = (901, 902, 903, 904)
INVOICES = 2_500


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS, help="to learn from")
    parser.add_argument("--test-seeds", type=int, nargs="+", default=TEST_SEEDS, help="to judge on")
    parser.add_argument("--invoices", type=int, default=INVOICES, help="of each company, about")


def run(given: argparse.Namespace) -> int:
    """Train, judge on other seeds, write models and cards; prints the table of the cards."""
    from ledgergraph.benchmarks.champions import make_models
    from ledgergraph.models.packaged import FOLDER

    for row in make_models(FOLDER, given.seeds, given.test_seeds, given.invoices):
        print("  ".join(f"{name} {shown(value)}" for name, value in row.items()))
    return 0


def shown(value: Any) -> str:
    """A figure with three digits, anything else as it is."""
    return f"{value:.3f}" if isinstance(value, float) else str(value)
