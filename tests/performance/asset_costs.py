"""What the step of each asset costs in a process of its own, as in a pod of its own."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from sections import PERFORMANCE, Section
from stopwatch import LEDGERGRAPH, ran

from assets.lineage import ANEW
from assets.policies import BATCH_ASSETS, FEEDBACK, WHOLE_ASSETS
from orchestration.definitions import build_definitions
from orchestration.environments import Environment
from orchestration.running import dagster_instance, graph_of, launched
from resources.intake import listed


def assets() -> list[Section]:
    """Every asset from documents to the report, made anew on the ledger of the demo."""
    with TemporaryDirectory() as home:
        ran([LEDGERGRAPH, "demo", "--home", home])
        rows = []
        for name in (*BATCH_ASSETS, FEEDBACK, *WHOLE_ASSETS):
            took = ran([sys.executable, __file__, name, home])
            rows.append((name, took.cpu, took.peak))
    sentence = (
        "3,000 invoices, 200 of them on paper, each asset in a process of its own: with the start "
        "of Python and the definitions, which is nearly all that `feedback` takes, and with the "
        "processors of the embedded graph server. Pictures were recognised before. Memory is that "
        "of the process."
    )
    return [Section(PERFORMANCE, "What each asset costs", sentence,
                    ("asset", "CPU s", "peak MiB"), rows)]  # fmt: skip


def made_anew(name: str, home: Path) -> None:
    """Make an asset of a home anew; of the last batch, if it is made by batches."""
    environment = Environment.read({}, home=str(home))
    with graph_of(environment), dagster_instance(environment) as instance:
        is_whole = name not in BATCH_ASSETS
        failed = launched(
            build_definitions(environment), instance,
            "apply_feedback" if is_whole else "intake", (name,),
            None if is_whole else listed(environment.opened_store())[-1], {ANEW: "benchmark"},
        )  # fmt: skip
    if failed:
        raise RuntimeError("; ".join(failed))


if __name__ == "__main__":
    made_anew(sys.argv[1], Path(sys.argv[2]))
