"""The outlier detectors that PyOD offers: what each is, whether it is used, and if not, why.

Belongs here: the table, and making a detector of it. Which of them a data set
allows is `detector_choice`, how scores become one `outliers`. A test compares the
table with the installed package, so that a new detector cannot go unnoticed.
"""

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

from ledgergraph.models.contract import Floats

PACKAGE = "pyod.models"
NOT_DETECTORS = frozenset({"base.BaseDetector", "base_dl.BaseDeepLearningDetector"})


class Use(StrEnum):
    """What a detector is used for."""

    SCORE = "score"
    """Its rank counts."""
    BESIDE = "beside"
    """Its rank is published beside the score, where data and cost allow."""
    OFF = "off"


class Fitted(Protocol):
    """What is used of a detector of PyOD."""

    def fit(self, rows: Floats) -> "Fitted":
        """Learn what is usual."""
        ...

    def decision_function(self, rows: Floats) -> Floats:
        """How unusual each row is: higher is more so, on a scale of the detector's own."""
        ...


@dataclass(frozen=True)
class Detector:
    """One detector: where it is, its family, its use, and the reason where it is off.

    `settings` are those that it is made with (`is_seeded`: and a seed). It takes
    `start` seconds of one core (what it imports and compiles), and `cost` for each
    million numbers (rows times columns); more than `most_columns` it does not bear;
    `needs_square`: more rows than five times the columns, or its covariance means
    nothing.
    """

    module: str
    name: str
    family: str
    use: Use = Use.OFF
    reason: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    is_seeded: bool = False
    start: float = 0.0
    cost: float = 0.0
    most_columns: int | None = None
    needs_square: bool = False

    @property
    def path(self) -> str:
        """Module and class, as PyOD has them."""
        return f"{self.module}.{self.name}"


TORCH = "needs torch; no better than trees and neighbours on tables, at a hundred times the cost"
GRAPH = "reads a graph, not a table, and needs torch; simple neighbourhood columns did better"
SERIES = "reads a time series, not a table"
SLOW = "cost grows with the square of the rows or worse"
OTHERS = "combines other detectors; the combination by rank here is its replacement"
SAME = "adds nothing to the ranks that are published"

DISTANCE, DENSITY, FOREST, PROBABILITY = "distance", "density", "isolation", "probability"
LINEAR, CLUSTER, ENSEMBLE, NEURAL = "linear", "cluster", "ensemble", "neural"
ON_GRAPHS, ON_SERIES, ON_EMBEDDINGS = "graph", "series", "embedding"

DETECTORS: tuple[Detector, ...] = (
    Detector("knn", "KNN", DISTANCE, Use.SCORE, cost=0.7,
             settings={"n_neighbors": 50, "method": "mean"}),
    Detector("iforest", "IForest", FOREST, Use.SCORE, settings={"n_estimators": 200},
             is_seeded=True, cost=0.3),
    Detector("ecod", "ECOD", PROBABILITY, Use.BESIDE, start=2.3, cost=0.6),
    Detector("inne", "INNE", FOREST, Use.BESIDE, is_seeded=True, cost=2.4),
    Detector("cblof", "CBLOF", CLUSTER, Use.BESIDE, is_seeded=True, start=4.5, cost=1.0),
    Detector("lof", "LOF", DENSITY, Use.BESIDE, settings={"n_neighbors": 100}, cost=1.0),
    Detector("mcd", "MCD", LINEAR, Use.BESIDE, is_seeded=True, cost=3.0, most_columns=60,
             needs_square=True),
    Detector("hbos", "HBOS", PROBABILITY, Use.BESIDE, start=6.0, cost=0.4),
    Detector("pca", "PCA", LINEAR, Use.BESIDE, is_seeded=True, cost=0.3),
    Detector("copod", "COPOD", PROBABILITY, reason=f"{SAME}: ECOD without its left tails"),
    Detector("loda", "LODA", ENSEMBLE, reason=f"{SAME}: HBOS on random directions"),
    Detector("gmm", "GMM", PROBABILITY, reason="one normal distribution unless told how many"),
    Detector("kde", "KDE", PROBABILITY, reason=SLOW),
    Detector("mad", "MAD", PROBABILITY, reason="judges a single column"),
    Detector("sampling", "Sampling", DISTANCE, reason=f"{SAME}: KNN on 20 rows"),
    Detector("qmcd", "QMCD", PROBABILITY, reason=SLOW),
    Detector("ocsvm", "OCSVM", LINEAR, reason=SLOW),
    Detector("hdbscan", "HDBSCAN", CLUSTER, reason=SLOW),
    Detector("abod", "ABOD", PROBABILITY, reason="angles of all pairs of neighbours"),
    Detector("kpca", "KPCA", LINEAR, reason=f"{SLOW}: 106 s for 10,000 rows"),
    Detector("sod", "SOD", DISTANCE, reason=f"{SLOW}: 79 s for 10,000 rows"),
    Detector("sos", "SOS", PROBABILITY, reason=f"{SLOW}: 28 s for 10,000 rows"),
    Detector("rod", "ROD", LINEAR, reason="looks at all triples of columns: 28 s for 10,000 rows"),
    Detector("cof", "COF", DENSITY, reason=SLOW),
    Detector("loci", "LOCI", DENSITY, reason=SLOW),
    Detector("lmdd", "LMDD", LINEAR, reason="tries subsets of rows one by one"),
    Detector("rgraph", "RGraph", DISTANCE, reason=SLOW),
    Detector("cd", "CD", LINEAR, reason="needs a target to regress on"),
    Detector("feature_bagging", "FeatureBagging", ENSEMBLE, reason=OTHERS),
    Detector("lscp", "LSCP", ENSEMBLE, reason=OTHERS),
    Detector("suod", "SUOD", ENSEMBLE, reason=f"{OTHERS}; needs a package that is not installed"),
    Detector("xgbod", "XGBOD", ENSEMBLE, reason="needs labels: the compliance model learns them"),
    Detector("devnet", "DevNet", NEURAL, reason="needs labels and torch"),
    Detector("auto_encoder", "AutoEncoder", NEURAL, reason=TORCH),
    Detector("vae", "VAE", NEURAL, reason=TORCH),
    Detector("deep_svdd", "DeepSVDD", NEURAL, reason=TORCH),
    Detector("ae1svm", "AE1SVM", NEURAL, reason=TORCH),
    Detector("alad", "ALAD", NEURAL, reason=TORCH),
    Detector("anogan", "AnoGAN", NEURAL, reason=TORCH),
    Detector("mo_gaal", "MO_GAAL", NEURAL, reason=TORCH),
    Detector("so_gaal", "SO_GAAL", NEURAL, reason=TORCH),
    Detector("so_gaal_new", "SO_GAAL", NEURAL, reason=TORCH),
    Detector("lunar", "LUNAR", NEURAL, reason=TORCH),
    Detector("dif", "DIF", FOREST, reason=f"{TORCH}: 63 s for 10,000 rows"),
    Detector("pyg_dominant", "DOMINANT", ON_GRAPHS, reason=GRAPH),
    Detector("pyg_cola", "CoLA", ON_GRAPHS, reason=GRAPH),
    Detector("pyg_conad", "CONAD", ON_GRAPHS, reason=GRAPH),
    Detector("pyg_anomalydae", "AnomalyDAE", ON_GRAPHS, reason=GRAPH),
    Detector("pyg_guide", "GUIDE", ON_GRAPHS, reason=GRAPH),
    Detector("pyg_radar", "Radar", ON_GRAPHS, reason=GRAPH),
    Detector("pyg_anomalous", "ANOMALOUS", ON_GRAPHS, reason=GRAPH),
    Detector("pyg_scan", "SCAN", ON_GRAPHS, reason=GRAPH),
    Detector("ts_od", "TimeSeriesOD", ON_SERIES, reason=SERIES),
    Detector("ts_matrix_profile", "MatrixProfile", ON_SERIES, reason=SERIES),
    Detector("ts_spectral_residual", "SpectralResidual", ON_SERIES, reason=SERIES),
    Detector("ts_kshape", "KShape", ON_SERIES, reason=SERIES),
    Detector("ts_sand", "SAND", ON_SERIES, reason=SERIES),
    Detector("ts_lstm", "LSTMAD", ON_SERIES, reason=f"{SERIES}, and needs torch"),
    Detector("ts_anomaly_transformer", "AnomalyTransformer", ON_SERIES,
             reason=f"{SERIES}, and needs torch"),
    Detector("embedding", "EmbeddingOD", ON_EMBEDDINGS, reason="reads texts and images"),
    Detector("embedding", "MultiModalOD", ON_EMBEDDINGS, reason="reads texts and images"),
    Detector("audio_ae", "AudioAE", NEURAL, reason="reads sound"),
)  # fmt: skip
"""Every detector of PyOD. Seconds are of two busy cores."""
BY_PATH: Mapping[str, Detector] = {one.path: one for one in DETECTORS}


def made(detector: Detector, seed: int, rows: int) -> Fitted:
    """A detector to be fitted on so many rows, with at most so many neighbours."""
    settings = dict(detector.settings)
    if "n_neighbors" in settings:
        settings["n_neighbors"] = max(1, min(settings["n_neighbors"], rows - 1))
    if detector.is_seeded:
        settings["random_state"] = seed
    kind = getattr(import_module(f"{PACKAGE}.{detector.module}"), detector.name)
    fitted: Fitted = kind(**settings)
    return fitted


def offered() -> frozenset[str]:
    """Every detector of the installed PyOD as `module.class`, read from its source.

    Importing all of them would need torch, xgboost and more.
    """
    found = find_spec(PACKAGE)
    folder = Path(next(iter(found.submodule_search_locations or []))) if found else Path()
    bases = {name.split(".")[1] for name in NOT_DETECTORS}
    classes = {
        f"{path.stem}.{node.name}"
        for path in sorted(folder.glob("*.py"))
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef)
        and bases & {ast.unparse(base).split(".")[-1] for base in node.bases}
    }
    return frozenset(classes - NOT_DETECTORS)
