"""`ledgergraph quality`: what came in within 24 hours and how well it was read, now and before."""

import argparse
import sys
from datetime import UTC, datetime

from orchestration.environments import Environment


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("--until", help="the end of the 24 hours, ISO 8601 with a zone; now")
    parser.add_argument("--home", help="the home; default LEDGERGRAPH_HOME or .ledgergraph")


def run(given: argparse.Namespace) -> int:
    """Make the report; prints it in short, the limits that are crossed, and the page's path."""
    from assets.quality import PAGE
    from jobs.quality import QUALITY_REPORT, quality
    from ledgergraph.anomalies.quality.limits import QUALITY_CROSSINGS, crossings_in
    from ledgergraph.anomalies.quality.measures import (
        BEFORE,
        LAST,
        QUALITY_MEASURES,
        Period,
        tally_in,
    )
    from ledgergraph.anomalies.quality.page import moment, sentence_of
    from ledgergraph.artifacts import WHOLE
    from orchestration.definitions import build_definitions
    from orchestration.running import dagster_instance, launched

    environment = Environment.read(home=given.home)
    until = given.until or datetime.now(UTC).isoformat(timespec="seconds")
    period = Period.stated(until)
    environment.home.mkdir(parents=True, exist_ok=True)
    with dagster_instance(environment) as instance:
        failed = launched(
            build_definitions(environment), instance, quality.name, (QUALITY_REPORT,),
            config={QUALITY_REPORT: {"until": until}},
        )  # fmt: skip
    for failure in failed:
        print(f"failed: {failure}", file=sys.stderr)
    store = environment.opened_store()
    head = store.head(QUALITY_REPORT, WHOLE)
    if failed or head is None:
        return 1
    measures = store.table(QUALITY_MEASURES, {WHOLE: head})
    print(f"24 hours to {moment(period.until)}")
    print(f"then        {sentence_of(tally_in(measures, LAST))}")
    print(f"before      {sentence_of(tally_in(measures, BEFORE))}")
    for one in crossings_in(store.table(QUALITY_CROSSINGS, {WHOLE: head})):
        print(f"crossed: {one.sentence}\n         {one.remedy}")
    file = head.file(PAGE)
    if file is not None:
        (environment.home / PAGE).write_bytes(store.file(file))
        print(f"report      {environment.home / PAGE}")
    return 0
