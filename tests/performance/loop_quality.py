"""The loop from labels to a new champion: does it learn what people mean, and how soon?

A made company of habits kept apart is run as a user runs it. A made reviewer with an
error rate of 5 % judges 600 invoices of its earlier months, half from the queue and half
by chance; then `ledgergraph train` runs. The truth of the later months, of which nobody
reviewed an invoice, says what it was good for.
"""

import json
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from ledgers import written_company
from sections import BENCHMARKS, PERFORMANCE, Row, Section
from stopwatch import LEDGERGRAPH, ran

from ledgergraph.anomalies.schemas import FINDINGS, INVOICE_SCORES
from ledgergraph.corpora.company import Company, make_company
from ledgergraph.corpora.reviewers import Reviewer, Shown, issues_here, judgements, sampled
from ledgergraph.corpora.settings import SHIFTED
from ledgergraph.datasets.schemas import INVOICE_FEATURES
from ledgergraph.feedback.events import Feedback, to_json
from ledgergraph.models.metrics import average_precision
from resources.store import Store

SEED, INVOICES, REVIEWS = 9301, 6000, 600
EARLY = 0.8
"""The share of the invoices, by arrival, of which some are reviewed."""
TOLERATED = ("over_contract_value", "outside_contract_term", "qty_above_receipt",
             "order_overbilled")  # fmt: skip
"""Contracts are prolonged by word of mouth here, and goods are booked late: nobody minds."""
REVIEWERS: Mapping[str, Reviewer] = {
    "5 % errors, four kinds tolerated": Reviewer(tolerated=TOLERATED),
    "5 % errors, nothing tolerated": Reviewer(),
    "labels by chance": Reviewer(tolerated=TOLERATED, is_blind=True),
}
LEARNED = ["training_ledgers", "training_features", "benchmark_features"]


def loop() -> list[Section]:
    """What each reviewer's labels change, and the seconds from the last label to the champion."""
    company = make_company(SEED, invoices=INVOICES, settings=SHIFTED)
    rows: list[Row] = []
    times: list[Row] = []
    with written_company(company, papers=0) as folder, TemporaryDirectory() as place:
        home = folder / "home"
        ran([LEDGERGRAPH, "run", "--inbox", str(folder / "inbox"), "--home", str(home)])
        times.append(("made ledgers to learn from and to be judged on, once", *prepared(home)))
        for number, (name, reviewer) in enumerate(REVIEWERS.items()):
            own = Path(place) / str(number)
            shutil.copytree(home, own)
            outcome, took = reviewed(own, company, reviewer)
            rows.append((name, *outcome))
            times.append((f"training, {name}", *took))
            shutil.rmtree(own)
    sentence = (
        f"A company of {INVOICES:,} invoices with other habits (seed {SEED}), {REVIEWS} reviewed "
        "among the earlier four fifths. Average precision on the later fifth, none of them "
        "reviewed, against what is an issue there: of the champion before, and after training. "
        "The decision and its figures are those of the gate, on held-out labels."
    )
    columns = ("reviewer", "labels", "policy", "decision", "before", "after", "reason")
    return [
        Section(BENCHMARKS, "Labels of people", sentence, columns, rows),
        Section(PERFORMANCE, "From the last label to the champion", "`ledgergraph train --role "
                "compliance`: labels, challenger, benchmark, champion, registry, and the report "
                "if it was promoted.", ("step", "wall s", "CPU s"), times),
    ]  # fmt: skip


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


def reviewed(
    home: Path, company: Company, reviewer: Reviewer
) -> tuple[tuple[str | float | int | None, ...], tuple[float, float]]:
    """Review, train and judge on later months: what came of it, and wall and CPU seconds."""
    store = Store(str(home / "store"))
    late = late_in(store)
    before = precision(store, company, reviewer, late)
    events = said(store, company, reviewer, late)
    file = home.parent / f"{home.name}.jsonl"
    file.write_bytes(b"\n".join(map(line, events)))
    ran([LEDGERGRAPH, "feedback", "import", str(file), "--home", str(home)])
    run = ran([LEDGERGRAPH, "train", "--role", "compliance", "--home", str(home)])
    policy, decision = run.output.splitlines()[:2]
    action, reason = decision.removeprefix("compliance: ").split(". ", 1)
    after = precision(Store(str(home / "store")), company, reviewer, late)
    facts = (len(events), policy.removeprefix("compliance: "), action, before, after, reason)
    return facts, (run.wall, run.cpu)


def late_in(store: Store) -> frozenset[str]:
    """The invoices of the later months, which nobody reviews."""
    features = store.table(INVOICE_FEATURES, store.heads("invoice_features"))
    days = np.array(features["as_of"].to_pylist(), dtype="datetime64[D]")
    first_late = np.sort(days)[int(EARLY * len(days))]
    return frozenset(features.filter(pa.array(days >= first_late))["invoice_id"].to_pylist())


def line(event: Feedback) -> bytes:
    """An event as a line of a file that is imported."""
    stated = {name: value for name, value in json.loads(to_json(event)).items() if value}
    return json.dumps(stated).encode()


def said(
    store: Store, company: Company, reviewer: Reviewer, late: frozenset[str]
) -> list[Feedback]:
    """What a reviewer says of invoices of the earlier months, shown the findings on them."""
    scores = store.table(INVOICE_SCORES, store.heads("invoice_scores"))
    early = scores.filter(pa.array([one not in late for one in scores["invoice_id"].to_pylist()]))
    ids = early["invoice_id"].to_pylist()
    asked = sampled(ids, early["risk"].to_numpy(), REVIEWS, reviewer.seed)
    return judgements(company.truth, shown(store), asked, reviewer)


def shown(store: Store) -> Shown:
    """The findings on each invoice of a store."""
    rows = store.table(FINDINGS, store.heads("findings"))
    found: dict[str, list[tuple[str, str]]] = {}
    for row in rows.filter(pc.equal(rows["subject_table"], "invoices")).to_pylist():
        found.setdefault(row["subject"], []).append((row["finding_id"], row["kind"]))
    return found


def precision(store: Store, company: Company, reviewer: Reviewer, late: Iterable[str]) -> float:
    """Average precision of the compliance risk on some invoices, by what is an issue there."""
    scores = store.table(INVOICE_SCORES, store.heads("invoice_scores"))
    columns = (scores[name].to_pylist() for name in ("invoice_id", "compliance_risk"))
    risk = dict(zip(*columns, strict=True))
    right = issues_here(company.truth, reviewer.tolerated)
    judged = [one for one in late if one in right and one in risk]
    target = np.array([float(bool(right[one])) for one in judged])
    return average_precision(np.array([risk[one] for one in judged]), target)
