"""`ledgergraph demo`: a company with planted issues, read and judged, and the report."""

import argparse
import sys
from pathlib import Path

from orchestration.environments import Environment

SEED = 2026
INVOICES = 3_000
PAPERS = 200


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("--home", help="where everything is kept; default .ledgergraph/demo")
    parser.add_argument("--seed", type=int, default=SEED, help="another seed, another company")


def run(given: argparse.Namespace) -> int:
    """Make the company once, run it, and say how the planted issues rank."""
    from orchestration.commands.run import show
    from orchestration.running import run_everything

    home = Path(given.home) if given.home else Environment.read().home / "demo"
    inbox, truth = home / "inbox", home / "truth"
    if not (truth / "truth.csv").exists():
        make(given.seed, inbox, truth)
    environment = Environment.read(home=home, inbox=str(inbox), ledger=f"Demo company {given.seed}")
    status = show(run_everything(environment))
    print(how_it_ranks(environment, truth))
    print(f"next        {sys.argv[0]} trace FINDING --home {home}")
    return status


def make(seed: int, inbox: Path, truth: Path) -> None:
    """Write the company's books and papers into the inbox, and what was planted beside it."""
    from ledgergraph.corpora.company import make_company
    from ledgergraph.corpora.export import write_ledger

    print(f"making a company of {INVOICES:,} invoices, {PAPERS} on paper", file=sys.stderr)
    write_ledger(make_company(seed, invoices=INVOICES), inbox, truth, papers=PAPERS)


def how_it_ranks(environment: Environment, truth: Path) -> str:
    """How many of the planted issues stand among the invoices of highest risk."""
    from resources.sql import connect
    from resources.store import Store

    connection = connect(Store(environment.store))
    row = connection.execute(
        "with t as (select invoice_id, is_issue = 1 as is_issue from read_csv(?) where scored = 1),"
        " r as (select is_issue, row_number() over (order by risk desc, invoice_id) as rank,"
        " sum(is_issue::int) over () as planted from t join invoice_scores using (invoice_id))"
        " select any_value(planted), count(*) filter (is_issue and rank <= planted) from r",
        [str(truth / "truth.csv")],
    ).fetchone()
    planted, found = row or (0, 0)
    said = f"invoices with an issue; {found:,} stand in the first {planted:,} by risk"
    return f"planted     {planted:>9,} {said}"
