"""`ledgergraph demo`: a company with planted issues, read and judged, and the report.

The company has every kind of issue that can be planted, in seven countries, with a journal
and statements. Beside it a few made documents with their labels, to be looked at in the UI.
"""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from orchestration.environments import Environment

SEED = 2026
INVOICES = 3_000
PAPERS = 200
DOCUMENTS: Mapping[str, Any] = {
    "papers": 24,
    "seeds": [1],
    "media": ["pdf", "png"],
    "dpi": 100,
    "noised": 1,
}
"""Made documents with their labels: all languages, families and presets in some seconds."""


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
    done = run_everything(environment)
    failed = make_corpora(environment)
    status = show(done)
    if not status:
        print(how_it_went(environment, truth))
    print(f"next        {sys.argv[0]} trace FINDING --home {home}")
    print(f"            {sys.argv[0]} dev --home {home}")
    for failure in failed:
        print(f"failed: {failure}", file=sys.stderr)
    return 1 if failed else status


def make(seed: int, inbox: Path, truth: Path) -> None:
    """Write the company's books and papers into the inbox, and what was planted beside it."""
    from ledgergraph.corpora.company import make_company
    from ledgergraph.corpora.export import write_ledger
    from ledgergraph.corpora.settings import COMPLETE

    print(f"making a company of {INVOICES:,} invoices, {PAPERS} on paper", file=sys.stderr)
    company = make_company(seed, invoices=INVOICES, settings=COMPLETE)
    write_ledger(company, inbox, truth, papers=PAPERS)


def make_corpora(environment: Environment) -> list[str]:
    """Make some documents with their labels, and take those of others where they lie here.

    Returns what failed, a sentence each. A corpus that was made with other settings stays.
    """
    from jobs.corpora import PUBLIC, SYNTHETIC
    from ledgergraph.artifacts import WHOLE
    from orchestration.definitions import build_definitions
    from orchestration.running import dagster_instance, launched, locked, say
    from resources.doors import store_at

    names = (SYNTHETIC, PUBLIC) if environment.public_data else (SYNTHETIC,)
    is_new = store_at(environment.store, environment.master_key_file).head(SYNTHETIC, WHOLE) is None
    if is_new:
        say(f"making {DOCUMENTS['papers']} documents with their labels")
    with locked(environment.home), dagster_instance(environment) as instance:
        config = {SYNTHETIC: DOCUMENTS} if is_new else {}
        return launched(build_definitions(environment), instance, "corpora", names, config=config)


def how_it_went(environment: Environment, truth: Path) -> str:
    """How the planted invoices rank by risk, and how many of the planted kinds were found."""
    from resources.doors import store_at
    from resources.sql import connect

    connection = connect(store_at(environment.store, environment.master_key_file))
    # Numbers of invoices may be digits alone, and those of papers are none.
    ranked = connection.execute(
        "with t as (select invoice_id, is_issue = 1 as is_issue from read_csv(?, types ="
        " {'invoice_id': 'VARCHAR'}) where scored = 1),"
        " r as (select is_issue, row_number() over (order by risk desc, invoice_id) as rank,"
        " sum(is_issue::int) over () as planted from t join invoice_scores using (invoice_id))"
        " select any_value(planted), count(*) filter (is_issue and rank <= planted) from r",
        [str(truth / "truth.csv")],
    ).fetchone()
    planted, first = ranked or (0, 0)
    said = f"invoices with an issue; {first:,} stand in the first {planted:,} by risk"
    lines = [f"planted     {planted:>9,} {said}"]
    if (truth / "cases.csv").exists():
        row = connection.execute(
            "with p as (select distinct kind from read_csv(?) where look_alike = 0)"
            " select count(*), count(*) filter (kind in (select kind from findings)) from p",
            [str(truth / "cases.csv")],
        ).fetchone()
        kinds, found = row or (0, 0)
        lines.append(
            f"kinds       {kinds:>9,} are planted; {found:,} of them are among the findings"
        )
    return "\n".join(lines)
