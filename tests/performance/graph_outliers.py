"""How well unusual nodes of public graphs are found without labels, beside trivial baselines.

Belongs here: what is tried on the graphs of BOND. Nothing is chosen on them: detectors have the
settings of any table, or those that they come with.
"""

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from importlib import import_module
from pathlib import Path
from statistics import fmean, pstdev
from zipfile import ZipFile

import numpy as np
from ledgers import public_data
from scipy.sparse import csr_array
from sections import BENCHMARKS, Row, Section, skipped

from ledgergraph.models.contract import Floats, Ints
from ledgergraph.models.detectors import BY_PATH, ON_GRAPHS, PACKAGE
from ledgergraph.models.outliers import OutlierSettings, fit

TITLE = "Outliers in public graphs"
SEEDS = (1, 2, 3)
DENSE = {"Radar": 1_000, "ANOMALOUS": 1_000}
LARGEST = 2_000
"""Nodes above which a detector of graphs takes minutes for one seed, on one core; of DENSE,
which solve for all pairs of nodes a hundred times, above fewer."""


@dataclass(frozen=True, eq=False)
class AttributedGraph:
    """A graph of BOND: attributes (nodes, columns), ends of edges (2, edges), 1 for an outlier."""

    name: str
    attributes: Floats
    edges: Ints
    target: Ints

    @cached_property
    def links(self) -> csr_array:
        """Which nodes are linked, in either direction, without loops."""
        size = len(self.attributes)
        one, two = np.hstack([self.edges, self.edges[::-1]])
        some = one != two
        found = csr_array((np.ones(some.sum()), (one[some], two[some])), shape=(size, size))
        found.data[:] = 1.0
        return found

    @cached_property
    def degree(self) -> Floats:
        """How many neighbours each node has."""
        return np.asarray(self.links.sum(axis=1), dtype=np.float64).ravel()

    @cached_property
    def around(self) -> Floats:
        """Mean attributes of each node's neighbours; its own without any."""
        mean = self.links @ self.attributes / np.maximum(self.degree, 1.0)[:, None]
        return np.where(self.degree[:, None] > 0, mean, self.attributes)

    @cached_property
    def triangles(self) -> Floats:
        """How many pairs of each node's neighbours are linked."""
        return np.asarray((self.links @ self.links * self.links).sum(axis=1)).ravel() / 2.0


def graph_outliers() -> list[Section]:
    """Trivial baselines, detectors of tables, a plain ensemble, and detectors of graphs."""
    data = public_data()
    paths = sorted((data.parent / "bond").glob("*.pt.zip")) if data else []
    if not paths:
        return skipped(BENCHMARKS, TITLE)
    graphs = [loaded(path) for path in paths]
    rows: list[Row] = []
    for kind, methods in (("trivial", TRIVIAL), ("attributes", OF_TABLES),
                          ("plain ensemble", ENSEMBLE), ("graph", _of_graphs())):  # fmt: skip
        for name, score in methods.items():
            areas = [
                None if _is_too_large(name, graph) else _areas(score, graph) for graph in graphs
            ]
            known = [fmean(one) for one in areas if one is not None]
            mean = fmean(known) if len(known) == len(graphs) else None
            rows.append((kind, name, *(_shown(one) for one in areas), mean))
    sizes = ", ".join(
        f"{one.name} ({len(one.target):,} nodes, {int(one.target.sum())} outliers)"
        for one in graphs
    )
    sentence = (
        f"Graphs of BOND: {sizes}. Nothing is chosen on them; area under the ROC curve in %, mean "
        f"± standard deviation over seeds {SEEDS[0]} to {SEEDS[-1]} where a method is random. "
        "Forest and neighbours are those of the anomaly model; around them: own attributes, the "
        "mean of the neighbours', and the difference. The ensemble takes the larger rank of a "
        "structural sign (linked pairs of neighbours) and a contextual one (distance from the "
        "neighbours' mean). Detectors of graphs are PyOD's, made with PyG, with the settings that "
        "they come with; they look at all pairs of nodes, and a dash stands where that takes "
        "minutes for one seed on one core. The figures published with BOND are not repeated here."
    )
    columns = ("reads", "method", *(one.name for one in graphs), "mean")
    return [Section(BENCHMARKS, TITLE, sentence, columns, rows)]


def loaded(path: Path) -> AttributedGraph:
    """A zipped graph. Tensors and the two classes that hold them are loaded, and nothing else."""
    import torch
    from torch_geometric.data import Data
    from torch_geometric.data.storage import GlobalStorage

    with ZipFile(path) as held, torch.serialization.safe_globals([Data, GlobalStorage]):
        data = torch.load(io.BytesIO(held.read(held.namelist()[0])), weights_only=True)
    name = path.name.removesuffix(".pt.zip")
    target = (data.y.numpy().ravel() > 0).astype(np.int64)
    return AttributedGraph(
        name, data.x.numpy().astype(np.float64), data.edge_index.numpy().astype(np.int64), target
    )


Score = Callable[[AttributedGraph, int], Floats]


def _ranks(values: Floats) -> Floats:
    from scipy.stats import rankdata

    return np.asarray(rankdata(values) / len(values), dtype=np.float64)


def _structural(graph: AttributedGraph) -> Floats:
    return _ranks(graph.triangles)


def _contextual(graph: AttributedGraph) -> Floats:
    return _ranks(np.linalg.norm(graph.attributes - graph.around, axis=1))


def _of_table(path: str, is_around: bool) -> Score:
    """A detector of the anomaly model, on own attributes or on the neighbours' too."""

    def score(graph: AttributedGraph, seed: int) -> Floats:
        own, near = graph.attributes, graph.around
        matrix = np.hstack([own, near, own - near]) if is_around else own
        names = [str(at) for at in range(matrix.shape[1])]
        settings = OutlierSettings(most_reference=len(matrix))
        free = replace(BY_PATH[path], start=0.0, cost=0.0)
        return fit(names, matrix, settings, seed, detectors=[free]).ranks[path]

    return score


def _of_graph(module: str, name: str) -> Score:
    """A detector of PyOD for graphs, as it comes."""

    def score(graph: AttributedGraph, seed: int) -> Floats:
        import torch
        from torch_geometric.data import Data

        torch.manual_seed(seed)
        data = Data(
            x=torch.tensor(graph.attributes, dtype=torch.float32),
            edge_index=torch.tensor(np.vstack(graph.links.nonzero()), dtype=torch.int64),
        )
        found = getattr(import_module(f"{PACKAGE}.{module}"), name)()
        return np.asarray(found.fit(data).decision_scores_, dtype=np.float64)

    return score


def _of_graphs() -> Mapping[str, Score]:
    found = [one for one in BY_PATH.values() if one.family == ON_GRAPHS]
    return {one.name: _of_graph(one.module, one.name) for one in found}


TRIVIAL: Mapping[str, Score] = {
    "degree": lambda graph, _: graph.degree,
    "norm of attributes": lambda graph, _: np.linalg.norm(graph.attributes, axis=1),
}
OF_TABLES: Mapping[str, Score] = {
    "forest": _of_table("iforest.IForest", False),
    "forest, and around": _of_table("iforest.IForest", True),
    "neighbours": _of_table("knn.KNN", False),
    "neighbours, and around": _of_table("knn.KNN", True),
}
ENSEMBLE: Mapping[str, Score] = {
    "structural": lambda graph, _: _structural(graph),
    "contextual": lambda graph, _: _contextual(graph),
    "larger of both": lambda graph, _: np.maximum(_structural(graph), _contextual(graph)),
}


def _is_too_large(name: str, graph: AttributedGraph) -> bool:
    """Whether a detector of graphs is left out: it looks at all pairs of nodes."""
    if name not in {one.name for one in BY_PATH.values() if one.family == ON_GRAPHS}:
        return False
    return len(graph.target) > DENSE.get(name, LARGEST)


def _areas(score: Score, graph: AttributedGraph) -> Sequence[float]:
    """The area for each seed; once where the second says what the first said."""
    from sklearn.metrics import roc_auc_score

    found: list[Floats] = []
    for seed in SEEDS:
        found.append(np.nan_to_num(score(graph, seed)))
        if len(found) == 2 and np.array_equal(found[0], found[1]):
            found.pop()
            break
    return [100.0 * float(roc_auc_score(graph.target, one)) for one in found]


def _shown(areas: Sequence[float] | None) -> str | float | None:
    if areas is None or len(areas) == 1:
        return None if areas is None else areas[0]
    return f"{fmean(areas):.1f} ± {pstdev(areas):.1f}"
