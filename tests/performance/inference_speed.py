"""How long new invoices wait for their scores: one of them, and many from stored features."""

from functools import partial

import numpy as np
from matching_speed import ledger_of_size
from sections import PERFORMANCE, Row, Section
from stopwatch import timed

from ledgergraph.anomalies.inference import Champions
from ledgergraph.anomalies.scoring import likely_duplicates
from ledgergraph.anomalies.unusual import COLUMNS, SEED, SETTINGS
from ledgergraph.corpora.training import made_ledger
from ledgergraph.datasets.features import opened, table_of
from ledgergraph.datasets.made_ledgers import snapshot_of_books
from ledgergraph.graph.duplicates import candidate_pairs
from ledgergraph.graph.frames import LABELS, ledger_of
from ledgergraph.models.contract import matrix_of
from ledgergraph.models.detectors import DETECTORS, Use
from ledgergraph.models.outliers import fit
from ledgergraph.models.packaged import champion

SIZE, ASKED, LEARNED = 100_000, 120, 20_000
"""Invoices in the ledger, new ones that are asked of one by one, and rows that a batch has."""


def inference() -> list[Section]:
    """One invoice in a large ledger, a batch from stored features, features of a ledger."""
    rows: list[Row] = []
    some = snapshot_of_books(made_ledger(9002, LEARNED).tables)
    ledger, first = timed(lambda: ledger_of(some))
    features, then = timed(lambda: table_of(ledger))
    count = features.num_rows
    counting = [one for one in DETECTORS if one.use is Use.SCORE]
    matrix = matrix_of(features, COLUMNS)
    found = fit(COLUMNS, matrix, SETTINGS, SEED, detectors=counting).model
    champions = Champions(champion("compliance"), champion("duplicate"), found)
    pairs = likely_duplicates(candidate_pairs(ledger).table(ledger), champions.duplicate)
    _, batch = timed(lambda: champions.stored_scores(features, pairs))
    rows += [
        (f"features of {count:,} invoices, s", first.cpu + then.cpu, first.wall + then.wall),
        ("invoices a second in a batch, from stored features", count / batch.cpu,
         count / batch.wall),
    ]  # fmt: skip
    books = ledger_of_size(SIZE, LABELS)
    places = np.sort(np.random.default_rng(1).permutation(books["invoices"].num_rows)[:ASKED])
    is_new = np.isin(np.arange(books["invoices"].num_rows), places)
    new = books["invoices"].filter(is_new)
    snapshot = snapshot_of_books({**books, "invoices": books["invoices"].filter(~is_new)})
    whole, opening = timed(lambda: opened(snapshot))
    champions.scores(whole, new.slice(0, 1))
    ones = [new.slice(at, 1) for at in range(1, ASKED)]
    each = [timed(partial(champions.scores, whole, one))[1] for one in ones]
    rows.append((f"opening a ledger of {SIZE:,}, s", opening.cpu, opening.wall))
    for share in (50, 95, 99):
        cpu, wall = (1000 * np.percentile([getattr(one, of) for one in each], share)
                     for of in ("cpu", "wall"))  # fmt: skip
        rows.append((f"one new invoice in it, P{share}, ms", float(cpu), float(wall)))
    sentence = (
        f"Compliance risk, duplicate probability and anomaly score, by champions that are loaded "
        f"once; {ASKED - 1} invoices drawn at random from a ledger of {SIZE:,} (made companies "
        "side by side), each scored alone as new. Aims: features in 10 s, 5,000 a second, and P95 "
        "of one invoice within 50 ms, which is missed."
    )
    columns = ("", "of one core", "by the clock")
    return [Section(PERFORMANCE, "Scores of new invoices", sentence, columns, rows)]
