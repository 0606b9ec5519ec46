"""The loop from labels to a new champion: does it learn what people mean, and how soon?

A made company of habits kept apart is run as a user runs it. A made reviewer with an
error rate of 5 % judges 600 invoices, or pairs, of its earlier months, half from the queue
and half by chance; then `ledgergraph train` runs. The truth of the later months, of which
nobody reviewed anything, says what it was good for.
"""

import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
from ledgers import written_company
from reviewed import INVOICES, REVIEWERS, REVIEWS, SEED, late_in, line, said
from sections import BENCHMARKS, PERFORMANCE, Row, Section
from stopwatch import LEDGERGRAPH, ran

from assets.lineage import Inputs
from assets.snapshots import snapshot_in
from ledgergraph.anomalies.schemas import INVOICE_SCORES
from ledgergraph.artifacts import WHOLE
from ledgergraph.corpora.company import Company, make_company
from ledgergraph.corpora.reviewers import Reviewer, issues_here, pair_judgements, sampled
from ledgergraph.corpora.settings import SHIFTED
from ledgergraph.datasets.labelled_pairs import label_pairs
from ledgergraph.feedback.events import Feedback
from ledgergraph.graph.duplicates import pairs as candidates
from ledgergraph.models.boosting import BoostedTrees, load
from ledgergraph.models.metrics import average_precision, best_f1
from resources.store import Store

PAIRED = 12_000
"""Invoices of the company whose pairs are reviewed: half of them have too few duplicates to
hold some out."""
REBILLED = ("dup_cross_entity", "dup_split")
"""Companies of the group bill each other anew here, and sums come in agreed parts."""
PAIR_REVIEWERS: Mapping[str, Reviewer] = {
    "5 % errors, nothing tolerated": Reviewer(),
    "5 % errors, two kinds tolerated": Reviewer(tolerated=REBILLED),
    "labels by chance": Reviewer(is_blind=True),
}
LEARNED = ["training_ledgers", "training_features", "benchmark_features"]


Facts = tuple[str | float | int | None, ...]
Reviewed = Callable[[Path, Company, Reviewer], tuple[Facts, tuple[float, float]]]


def loop() -> list[Section]:
    """What each reviewer's labels change, and the seconds from the last label to the champion."""
    times: list[Row] = []
    invoices = reviewed(INVOICES, "compliance", REVIEWERS, reviewed_invoices, times)
    pairs = reviewed(PAIRED, "duplicate", PAIR_REVIEWERS, reviewed_pairs, times)
    columns = ("reviewer", "labels", "policy", "decision", "before", "after", "reason")
    of_pairs = ("reviewer", "labels", "policy", "decision", "before", "after", "F1 before",
                "F1 after", "reason")  # fmt: skip
    tolerated = f" Tolerated are {' and '.join(REBILLED)}."
    return [
        Section(BENCHMARKS, "Labels of people", said_of(
            INVOICES, "invoices", "Average precision", "an issue"), columns, invoices),
        Section(BENCHMARKS, "Labels of people on pairs", said_of(
            PAIRED, "candidate pairs", "Average precision and best F1",
            "one claim billed twice") + tolerated, of_pairs, pairs),
        Section(PERFORMANCE, "From the last label to the champion", "`ledgergraph train --role "
                "ROLE`: labels, challenger, benchmark, champion, registry, and the report if it "
                "was promoted.", ("step", "wall s", "CPU s"), times),
    ]  # fmt: skip


def said_of(size: int, what: str, figures: str, truth: str) -> str:
    """What a table of reviewers shows, in words."""
    return (
        f"A company of {size:,} invoices with other habits (seed {SEED}), {REVIEWS} "
        f"{what} reviewed among the earlier four fifths. {figures} on the later fifth, none of "
        f"them reviewed, against what is {truth} there: of the champion before, and after "
        "training. The decision and its figures are those of the gate, on held-out labels."
    )


def reviewed(
    size: int, role: str, reviewers: Mapping[str, Reviewer], one: Reviewed, times: list[Row]
) -> list[Row]:
    """What each reviewer of a company of that many invoices changes; seconds go to `times`."""
    company = make_company(SEED, invoices=size, settings=SHIFTED)
    rows: list[Row] = []
    with written_company(company, papers=0) as folder, TemporaryDirectory() as place:
        home = folder / "home"
        ran([LEDGERGRAPH, "run", "--inbox", str(folder / "inbox"), "--home", str(home)])
        made = f"{role}: made ledgers to learn from and to be judged on, once"
        times.append((made, *prepared(home)))
        for number, (name, reviewer) in enumerate(reviewers.items()):
            own = Path(place) / str(number)
            shutil.copytree(home, own)
            outcome, took = one(own, company, reviewer)
            rows.append((name, *outcome))
            times.append((f"{role}: {name}", *took))
            shutil.rmtree(own)
    return rows


def prepared(home: Path) -> tuple[float, float]:
    """Make what every training reads, as the nightly run finds it; returns seconds."""
    code = (
        "from orchestration.definitions import build_definitions as b\n"
        "from orchestration.environments import Environment as E\n"
        "from orchestration.running import dagster_instance, launched\n"
        f"e = E.read(home={str(home)!r})\n"
        "with dagster_instance(e) as i:\n"
        f"    assert not launched(b(e), i, 'training_compliance', {tuple(LEARNED)!r})\n"
    )
    run = ran([str(Path(LEDGERGRAPH).parent / "python"), "-c", code])
    return run.wall, run.cpu


def reviewed_invoices(
    home: Path, company: Company, reviewer: Reviewer
) -> tuple[Facts, tuple[float, float]]:
    """Review, train and judge on later months: what came of it, and wall and CPU seconds."""
    store = Store(str(home / "store"))
    late = late_in(store)
    before = precision(store, company, reviewer, late)
    events = said(store, company, reviewer, late)
    learned, took = trained(home, "compliance", events)
    after = precision(Store(str(home / "store")), company, reviewer, late)
    *first, reason = learned
    return (len(events), *first, before, after, reason), took


def reviewed_pairs(
    home: Path, company: Company, reviewer: Reviewer
) -> tuple[Facts, tuple[float, float]]:
    """The same of pairs that may be one claim."""
    store = Store(str(home / "store"))
    late = late_in(store)
    inputs = Inputs(store, {"graph_snapshot": store.heads("graph_snapshot")}, WHOLE)
    rows = candidates(snapshot_in(inputs))
    ids = list(zip(rows["invoice_id"].to_pylist(), rows["other_id"].to_pylist(), strict=True))
    truth = dict(zip(ids, one_claim(rows, company, reviewer), strict=True))
    is_late = np.array([one in late for one, _ in ids])
    early = [pair for pair, later in zip(ids, is_late, strict=True) if not later]
    asked = sampled(early, champion(store).predict(rows)[~is_late], REVIEWS, reviewer.seed)
    events = pair_judgements(truth, asked, reviewer)

    judged = is_late & np.array([truth[one] is not None for one in ids])
    target = np.array([float(bool(truth[one])) for one in ids])[judged]
    own = rows.filter(pa.array(judged))
    before = champion(store).predict(own)
    (policy, action, reason), took = trained(home, "duplicate", events)
    after = champion(Store(str(home / "store"))).predict(own)
    figures = [metric(one, target) for metric in (average_precision, best_f1)
               for one in (before, after)]  # fmt: skip
    return (len(events), policy, action, *figures, reason), took


def trained(
    home: Path, role: str, events: Iterable[Feedback]
) -> tuple[tuple[str, str, str], tuple[float, float]]:
    """Import what was said and train: policy, decision and its reason; wall and CPU seconds."""
    file = home.parent / f"{home.name}.jsonl"
    file.write_bytes(b"\n".join(map(line, events)))
    ran([LEDGERGRAPH, "feedback", "import", str(file), "--home", str(home)])
    run = ran([LEDGERGRAPH, "train", "--role", role, "--home", str(home)])
    policy, decision = run.output.splitlines()[:2]
    action, reason = decision.removeprefix(f"{role}: ").split(". ", 1)
    return (policy.removeprefix(f"{role}: "), action, reason), (run.wall, run.cpu)


def one_claim(rows: pa.Table, company: Company, reviewer: Reviewer) -> list[bool | None]:
    """Whether each pair is one claim at this company; null where nobody could tell."""
    found = company.duplicates.to_pylist()
    fine = {frozenset((one["invoice_id"], one["other_id"])) for one in found
            if one["kind"] in reviewer.tolerated}  # fmt: skip
    return [
        None if row["is_duplicate"] is None
        else row["is_duplicate"] and frozenset((row["invoice_id"], row["other_id"])) not in fine
        for row in label_pairs(rows, company.duplicates).to_pylist()
    ]  # fmt: skip


def champion(store: Store) -> BoostedTrees:
    """The duplicate model that counts."""
    inputs = Inputs(store, {"duplicate_champion": store.heads("duplicate_champion")}, WHOLE)
    with inputs.folder("duplicate_champion") as folder:
        return load(folder)


def precision(store: Store, company: Company, reviewer: Reviewer, late: Iterable[str]) -> float:
    """Average precision of the compliance risk on some invoices, by what is an issue there."""
    scores = store.table(INVOICE_SCORES, store.heads("invoice_scores"))
    columns = (scores[name].to_pylist() for name in ("invoice_id", "compliance_risk"))
    risk = dict(zip(*columns, strict=True))
    right = issues_here(company.truth, reviewer.tolerated)
    judged = [one for one in late if one in right and one in risk]
    target = np.array([float(bool(right[one])) for one in judged])
    return average_precision(np.array([risk[one] for one in judged]), target)
