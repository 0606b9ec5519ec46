"""Pictures for the metadata of assets: distributions, counts and calibration at a glance.

Belongs here: numbers in, a line of Markdown with a small picture out. Counts and
scores only: crops of pages are in the report, since metadata is no place for what
documents say of people.
"""

import base64
import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import dagster as dg
import numpy as np

from ledgergraph.models.contract import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, FAINT, BLUE = "#23272f", "#c9ced6", "#2f6db3"
WIDTH, HEIGHT, DPI = 5.6, 2.6, 90
BINS = 40


def distribution(scores: Mapping[str, Floats]) -> dg.MarkdownMetadataValue:
    """Histograms of some scores in [0, 1], one above the other, counts on a logarithmic scale."""
    figure, all_axes = _figure(len(scores))
    for axes, (name, values) in zip(all_axes, scores.items(), strict=True):
        known = values[~np.isnan(values)]
        axes.hist(known, bins=BINS, range=(0, 1), color=BLUE, log=len(known) > 0)
        axes.set_ylabel(name.replace("_", " "), fontsize=8, color=INK)
        axes.set_xlim(0, 1)
    return _markdown(figure, f"Distribution of {', '.join(scores)}")


def bars(counts: Mapping[str, int], what: str) -> dg.MarkdownMetadataValue:
    """Counts by name as bars, the largest on top."""
    ordered = sorted(counts.items(), key=lambda one: (one[1], one[0]))
    figure, (axes,) = _figure(1, height=0.22 * len(ordered) + 0.6)
    axes.barh([name for name, _ in ordered], [count for _, count in ordered], color=BLUE)
    for at, (_, count) in enumerate(ordered):
        axes.annotate(f" {count:,}", (count, at), va="center", fontsize=8, color=INK)
    axes.set_xticks([])
    return _markdown(figure, what)


def calibration(probability: Floats, outcome: Floats) -> dg.MarkdownMetadataValue:
    """Of what was given a probability, how much came true; on the line where both are equal.

    Shapes (items,); ten bins of equal width, those with fewer than five items left out.
    """
    figure, (axes,) = _figure(1, height=HEIGHT * 1.2)
    axes.plot([0, 1], [0, 1], color=FAINT, linewidth=1)
    at = np.minimum((probability * 10).astype(int), 9)
    held = [one for one in range(10) if np.sum(at == one) >= 5]
    means = [(probability[at == one].mean(), outcome[at == one].mean()) for one in held]
    if means:
        axes.plot(*zip(*means, strict=True), marker="o", color=BLUE, linewidth=1)
    axes.set_xlabel("probability", fontsize=8, color=INK)
    axes.set_ylabel("share that came true", fontsize=8, color=INK)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    return _markdown(figure, "Calibration")


def _figure(rows: int, height: float = HEIGHT) -> "tuple[Figure, Sequence[Axes]]":
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, height * (0.5 + 0.5 * rows)), dpi=DPI, layout="constrained")
    all_axes = [figure.add_subplot(rows, 1, row + 1) for row in range(rows)]
    for axes in all_axes:
        axes.tick_params(labelsize=8, colors=INK)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
    return figure, all_axes


def _markdown(figure: "Figure", alternative: str) -> dg.MarkdownMetadataValue:
    data = io.BytesIO()
    figure.savefig(data, format="png", metadata={"Software": ""})
    encoded = base64.b64encode(data.getvalue()).decode()
    return dg.MetadataValue.md(f"![{alternative}](data:image/png;base64,{encoded})")
