"""How well unusual rows are found without labels: in ledgers, and on public sets."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean

import numpy as np
from ledgers import public_data
from ranking_quality import HABITS, INVOICES, SEEDS
from sections import BENCHMARKS, Row, Section, skipped

from ledgergraph.anomalies.unusual import COLUMNS, SEED, SETTINGS, anomaly_score
from ledgergraph.benchmarks.champions import best_of_later, described
from ledgergraph.benchmarks.protocols import RANKING, LabelledLedger
from ledgergraph.corpora.training import made_ledger
from ledgergraph.datasets.features import OWN
from ledgergraph.datasets.labels import labels_of, targets
from ledgergraph.models.combining import either
from ledgergraph.models.contract import Floats, matrix_of
from ledgergraph.models.detectors import DETECTORS
from ledgergraph.models.outliers import Found, OutlierSettings, fit
from ledgergraph.models.packaged import champion

FREE = [replace(one, start=0.0, cost=0.0) for one in DETECTORS]
"""Every detector, whatever it costs."""
METRICS = ("average_precision", "recall_at_5pct", "tpr_at_4pct")
SHOWN = {"forest": "iforest.IForest", "neighbours": "knn.KNN", "LOF": "lof.LOF",
         "PCA": "pca.PCA", "ECOD": "ecod.ECOD"}  # fmt: skip
PAIRS = (("iforest.IForest", "knn.KNN"), ("ecod.ECOD", "lof.LOF"), ("cblof.CBLOF", "inne.INNE"))
"""AOM: the mean of the larger rank of each pair."""
WEIGHTS = (0.02, 0.1, 0.3)


def anomaly() -> list[Section]:
    """Detectors on ledgers that nothing was chosen on, and on public sets."""
    return [*_ledgers(), *_public()]


def _ledgers() -> list[Section]:
    rows: list[Row] = []
    rates: list[float] = []
    risks: list[Row] = []
    for habits, settings in HABITS.items():
        ledgers = [described(made_ledger(seed, INVOICES, settings)) for seed in SEEDS]
        for read, columns in (("own attributes", OWN), ("relational features", COLUMNS)):
            found = [_fit(columns, one) for one in ledgers]
            values: dict[str, list[Sequence[float]]] = defaultdict(list)
            for one, ledger in zip(found, ledgers, strict=True):
                for scorer, score in _scores(one, ledger).items():
                    values[scorer].append(_measured(score, ledger))
            rows += [
                (habits, read, scorer, *_means(of))
                for scorer, of in values.items()
                if len(of) == len(ledgers)
            ]
        rates += [_alarms(one, ledger) for one, ledger in zip(found, ledgers, strict=True)]
        risks += _risks(habits, found, ledgers)
    sentence = (
        f"{len(SEEDS)} made ledgers of {INVOICES:,} invoices for each sort of habits (seeds "
        f"{SEEDS[0]} to {SEEDS[-1]}); settings were chosen on seeds 8001 to 8003. Counts: the "
        "larger rank of forest and neighbours. The threshold for 4 % of all invoices calls "
        f"{100 * min(rates):.1f} to {100 * max(rates):.1f} % of those in order unusual."
    )
    beside = (
        "The risk that ranks findings, and with the anomaly score as one more sign of some "
        "weight: none helps, so it is left out."
    )
    return [
        Section(BENCHMARKS, "Unusual invoices without labels", sentence,
                ("ledgers", "columns", "scorer", *METRICS), rows),
        Section(BENCHMARKS, "The anomaly score in the risk", beside,
                ("ledgers", "weight", *METRICS), risks),
    ]  # fmt: skip


def _fit(columns: Sequence[str], ledger: LabelledLedger) -> Found:
    matrix = matrix_of(ledger.features, columns)
    return fit(columns, matrix, SETTINGS, SEED, detectors=FREE)


def _scores(found: Found, ledger: LabelledLedger) -> Mapping[str, Floats]:
    ranks = found.ranks
    scores = {name: ranks[path] for name, path in SHOWN.items() if path in ranks}
    if all(path in ranks for pair in PAIRS for path in pair):
        scores["AOM"] = np.mean([np.maximum(ranks[a], ranks[b]) for a, b in PAIRS], axis=0)
    return {**scores, "what counts": anomaly_score(ledger.features, found.model)}


def _measured(score: Floats, ledger: LabelledLedger) -> Sequence[float]:
    target = targets(ledger.features, labels_of(ledger.truth))
    known = ~np.isnan(target)
    return [RANKING[name](score[known], target[known]) for name in METRICS]


def _means(values: Sequence[Sequence[float]]) -> Sequence[float]:
    return [fmean(of) for of in zip(*values, strict=True)]


def _alarms(found: Found, ledger: LabelledLedger) -> float:
    """The share of invoices in order that the threshold calls unusual."""
    good = targets(ledger.features, labels_of(ledger.truth)) == 0
    return float(np.mean(anomaly_score(ledger.features, found.model)[good] >= 0.5))


def _risks(habits: str, found: Sequence[Found], ledgers: Sequence[LabelledLedger]) -> list[Row]:
    compliance, duplicate = champion("compliance"), champion("duplicate")
    values: dict[float, list[Sequence[float]]] = defaultdict(list)
    for one, ledger in zip(found, ledgers, strict=True):
        features, pairs = ledger.features, ledger.pairs
        of_pairs = best_of_later(features, pairs, duplicate.predict(pairs))
        risk = either(compliance.predict(features), of_pairs)
        unusual = anomaly_score(features, one.model)
        for weight in (0.0, *WEIGHTS):
            values[weight].append(_measured(either(risk, weight * unusual), ledger))
    return [(habits, weight, *_means(of)) for weight, of in values.items()]


def _public() -> list[Section]:
    title = "Outliers in public sets"
    data = public_data()
    folder = data.parent / "adbench" if data else Path()
    sets = sorted(folder.glob("*.npz")) if data else []
    if not sets:
        return skipped(BENCHMARKS, title)
    rows = [(path.stem.partition("_")[2], *_areas(path)) for path in sets]
    rows.append(
        ("mean", *(fmean(column) for column in zip(*(row[1:] for row in rows), strict=True)))
    )
    sentence = (
        "Sets of ADBench, fitted and judged on the whole set without labels, one seed, the "
        "settings of any table (no directions, both sides alike). Area under the ROC curve in %."
    )
    return [Section(BENCHMARKS, title, sentence, ("set", "forest", "neighbours", "what counts"),
                    rows)]  # fmt: skip


def _areas(path: Path) -> Sequence[float]:
    with np.load(path) as held:
        matrix, target = held["X"].astype(np.float64), held["y"].ravel()
    names = [str(at) for at in range(matrix.shape[1])]
    counting = [one for one in FREE if one.path in ("iforest.IForest", "knn.KNN")]
    settings = OutlierSettings(most_reference=len(matrix))
    found = fit(names, matrix, settings, SEED, detectors=counting)
    ranks = [found.ranks[path] for path in ("iforest.IForest", "knn.KNN")]
    return [_area(score, target) for score in (*ranks, np.max(ranks, axis=0))]


def _area(score: Floats, target: Floats) -> float:
    from sklearn.metrics import roc_auc_score

    return 100.0 * float(roc_auc_score(target, score))
