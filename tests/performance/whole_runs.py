"""The command as a user types it: the demo, and a ledger of 20,000 invoices."""

import json
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from ledgers import SEED, large_company, written_company
from sections import BENCHMARKS, PERFORMANCE, Row, Section
from stopwatch import LEDGERGRAPH, Ran, left_behind, ran

from ledgergraph.corpora.company import Company
from ledgergraph.models.contract import Floats
from ledgergraph.models.metrics import (
    average_precision,
    best_f1,
    recall_at_precision,
    recall_at_share,
    true_positive_rate,
)

COLUMNS = ("run", "wall s", "CPU s", "peak MiB", "peak of the graph server, MiB", "together, MiB")


def demo() -> list[Section]:
    """`make demo` after set-up, and again when nothing is new."""
    with TemporaryDirectory() as home:
        command = [LEDGERGRAPH, "demo", "--home", home]
        rows = [_row("first", ran(command)), _row("nothing new", ran(command))]
        steps = _steps(Path(home))
        left = left_behind(home)
    sentence = (
        "3,000 invoices, 200 of them on paper; the first run makes the company as well. Asked for "
        f"are five minutes, and one when nothing is new. Processes left behind: {left}."
    )
    return [
        Section(PERFORMANCE, "The demo", sentence, COLUMNS, rows),
        Section(PERFORMANCE, "Steps of the demo", "Wall seconds of each asset and check, first "
                "run and second.", ("step", "first s", "nothing new s"), steps),
    ]  # fmt: skip


def ledger() -> list[Section]:
    """A ledger of 20,000 invoices through `run`: time, memory, and what it finds."""
    company = large_company()
    with written_company(company, papers=0) as folder:
        home = folder / "home"
        command = [LEDGERGRAPH, "run", "--inbox", str(folder / "inbox"), "--home", str(home)]
        rows = [_row("first", ran(command)), _row("nothing new", ran(command))]
        steps = _steps(home)
        risks = _asked(home, "select invoice_id, risk from invoice_scores")
        pairs = _asked(home, "select invoice_id, other_id, probability from duplicates")
        found = _asked(home, "select kind, subject, subject_table, score from findings")
    invoices = company.tables["invoices"].num_rows
    sentence = f"The books of {invoices:,} invoices (seed {SEED}). Asked for are fifteen minutes."
    return [
        Section(PERFORMANCE, "A large ledger", sentence, COLUMNS, rows),
        Section(PERFORMANCE, "Steps of a large ledger", "Wall seconds of each asset and check, "
                "first run and second.", ("step", "first s", "nothing new s"), steps),
        *_quality(company, risks, pairs),
        Section(BENCHMARKS, "Findings in a large ledger", "What the report of that run lists, and "
                "how many of those about an invoice (or paper row) are about one with a planted "
                "issue, of whatever kind, and of this kind. The score says how many should be.",
                ("kind", "findings", "about an invoice", "mean score", "with an issue",
                 "of this kind"), _found(company, found)),
    ]  # fmt: skip


def _row(name: str, run: Ran) -> Row:
    return name, run.wall, run.cpu, run.peak, run.peak_children, run.peak_together


def _asked(home: Path, sql: str) -> list[dict[str, Any]]:
    """What `ledgergraph query` answers."""
    command = [LEDGERGRAPH, "query", sql, "--home", str(home), "--format", "json"]
    rows: list[dict[str, Any]] = json.loads(ran(command).output)
    return rows


def _steps(home: Path) -> list[Row]:
    """Seconds of each step in the first run and the second, as Dagster noted them."""
    import dagster as dg

    seconds: dict[str, list[float]] = defaultdict(list)
    with dg.DagsterInstance.from_config(str(home / "dagster")) as instance:
        for run in sorted(instance.get_run_records(), key=lambda one: one.create_timestamp):
            logged = instance.all_logs(run.dagster_run.run_id, dg.DagsterEventType.STEP_SUCCESS)
            for entry in logged:
                event = entry.get_dagster_event()
                seconds[event.step_key or ""].append(event.step_success_data.duration_ms / 1e3)
    return [(name, took[0], took[1] if len(took) > 1 else None) for name, took in seconds.items()]


def _quality(
    company: Company, risks: list[dict[str, Any]], pairs: list[dict[str, Any]]
) -> list[Section]:
    """The risk of all judged invoices against what was planted, and the reported pairs."""
    risk = {row["invoice_id"]: row["risk"] for row in risks}
    judged = [row for row in company.truth.to_pylist() if row["scored"]]
    score = np.array([risk.get(row["invoice_id"], 0.0) for row in judged])
    target = np.array([float(row["is_issue"]) for row in judged])
    f1, recall = _of_pairs(company, pairs)
    rows: list[Row] = [
        ("average precision", average_precision(score, target)),
        ("recall at 1 %", recall_at_share(score, target, 0.01)),
        ("recall at 5 %", recall_at_share(score, target, 0.05)),
        ("found where 4 % of the honest are flagged", true_positive_rate(score, target, 0.04)),
        ("found where 1 % of the honest are flagged", true_positive_rate(score, target, 0.01)),
        ("duplicates: best F1", f1),
        ("duplicates: recall at precision 0.95", recall),
    ]  # fmt: skip
    missing = sum(row["invoice_id"] not in risk for row in company.truth.to_pylist())
    sentence = (
        f"Risks and pairs of that run, asked with `ledgergraph query`, against what was planted "
        f"(seed {SEED}: {len(judged):,} judged invoices, {int(target.sum()):,} issues, "
        f"{company.duplicates.num_rows} duplicate pairs; {missing} invoices without a score). "
        f"Recall at 1 % cannot exceed {min(1.0, 0.01 * len(judged) / target.sum()):.3f}."
    )
    return [
        Section(BENCHMARKS, "A large ledger", sentence, ("figure", "value"), rows),
        Section(BENCHMARKS, "A large ledger by kind", "Share found where 4 % of the honest are "
                "flagged.", ("kind", "found", "issues"), _by_kind(judged, score, target)),
    ]  # fmt: skip


def _by_kind(judged: list[dict[str, Any]], score: Floats, target: Floats) -> list[Row]:
    kinds = [set((row["kinds"] or "").split("|")) - {""} for row in judged]
    rows: list[Row] = []
    for kind in sorted(set().union(*kinds)):
        of_kind = np.array([kind in one for one in kinds])
        chosen = of_kind | (target == 0)
        rows.append((kind, true_positive_rate(score[chosen], target[chosen], 0.04),
                     int((of_kind & (target == 1)).sum())))  # fmt: skip
    return rows


def _found(company: Company, findings: list[dict[str, Any]]) -> list[Row]:
    """Findings by kind, against what was planted; open cases are neither right nor wrong."""
    kinds = {row["invoice_id"]: set((row["kinds"] or "").split("|")) - {""}
             for row in company.truth.to_pylist() if row["scored"]}  # fmt: skip
    rows: list[Row] = []
    for kind in sorted({row["kind"] for row in findings}):
        own = [row for row in findings if row["kind"] == kind]
        judged = [row for row in own
                  if row["subject_table"] == "invoices" and row["subject"] in kinds]  # fmt: skip
        rows.append((
            kind, len(own), len(judged),
            sum(row["score"] for row in judged) / len(judged) if judged else None,
            sum(bool(kinds[row["subject"]]) for row in judged),
            sum(kind in kinds[row["subject"]] for row in judged),
        ))  # fmt: skip
    return rows


def _of_pairs(company: Company, pairs: list[dict[str, Any]]) -> tuple[float, float]:
    """Best F1 and recall at precision 0.95 of the reported pairs.

    Two copies of one original are neither right nor wrong to report.
    """
    true = {
        frozenset((row["invoice_id"], row["other_id"])) for row in company.duplicates.to_pylist()
    }
    copies = _copies(true)
    kept = [
        (row["probability"], pair in true)
        for row in pairs
        for pair in [frozenset((row["invoice_id"], row["other_id"]))]
        if pair in true or len({copies.get(one, one) for one in pair}) > 1
    ]
    score = np.array([probability for probability, _ in kept])
    target = np.array([float(is_true) for _, is_true in kept])
    total = float(len(true))
    return best_f1(score, target, total), recall_at_precision(score, target, 0.95, total)


def _copies(pairs: set[frozenset[str]]) -> Mapping[str, str]:
    """For each invoice of a true pair one that stands for all its copies."""
    first: dict[str, str] = {}

    def leader(one: str) -> str:
        while first.setdefault(one, one) != one:
            one = first[one]
        return one

    for pair in sorted(map(sorted, pairs)):
        first[leader(pair[-1])] = leader(pair[0])
    return {one: leader(one) for one in list(first)}
