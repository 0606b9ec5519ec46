"""Pictures for the metadata of assets: distributions, counts and calibration at a glance.

Belongs here: numbers in, a line of Markdown with a small picture out. Counts and
scores only: crops of pages are in the report, since metadata is no place for what
documents say of people.
"""

import base64
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import dagster as dg
import numpy as np

from ledgergraph.models.contract import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, FAINT, BLUE = "#23272f", "#c9ced6", "#2f6db3"
COLORS = (INK, BLUE)
"""Of the models in one picture: the one that counts, and the one that would."""
WIDTH, HEIGHT, DPI = 5.6, 2.6, 90
BINS, SHADES = 40, 64


def picture(png: bytes, alternative: str) -> dg.MarkdownMetadataValue:
    """A picture that is made already and holds no one's data, such as a sheet of made pages."""
    encoded = base64.b64encode(png).decode()
    return dg.MetadataValue.md(f"![{alternative}](data:image/png;base64,{encoded})")


def source(shown: dg.MarkdownMetadataValue) -> str:
    """The data URI of a picture that was made, for a page that shows it too."""
    return (shown.value or "").rpartition("](")[2].removesuffix(")")


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


def calibration(
    slices: Mapping[str, tuple[Floats, Mapping[str, Floats]]],
) -> dg.MarkdownMetadataValue:
    """Of what models gave a probability, how much came true; on the line where both are equal.

    For each slice its outcomes (0 or 1) and what each model said of the same items, shapes
    (items,). Ten bins of equal width, those with fewer than five items left out.
    """
    figure, all_axes = _figure(len(slices), height=HEIGHT * 1.2)
    for axes, (name, (outcome, said)) in zip(all_axes, slices.items(), strict=True):
        axes.plot([0, 1], [0, 1], color=FAINT, linewidth=1)
        for (model, probability), color in zip(said.items(), COLORS, strict=False):
            points = _bins(probability, outcome)
            axes.plot(*points, marker="o", markersize=4, color=color, linewidth=1, label=model)
        axes.set_title(f"{name}, {len(outcome):,} items", fontsize=8, color=INK)
        axes.set_ylabel("share that came true", fontsize=8, color=INK)
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1)
        axes.legend(fontsize=7, frameon=False, loc="upper left")
    all_axes[-1].set_xlabel("probability", fontsize=8, color=INK)
    return _markdown(figure, f"Calibration: {', '.join(slices)}")


def courses(
    values: Mapping[str, Sequence[float]], across: str, upright: str
) -> dg.MarkdownMetadataValue:
    """Figures that follow one another as lines: losses and scores by epoch."""
    figure, (axes,) = _figure(1, height=HEIGHT * 1.2)
    for (name, own), color in zip(values.items(), (*COLORS, "#b3632f"), strict=False):
        axes.plot(range(len(own)), own, marker="o", markersize=3, color=color, linewidth=1,
                  label=name)  # fmt: skip
    axes.set_xlabel(across, fontsize=8, color=INK)
    axes.set_ylabel(upright, fontsize=8, color=INK)
    axes.legend(fontsize=7, frameon=False)
    return _markdown(figure, f"{', '.join(values)} by {across}")


def trade(
    points: Mapping[str, tuple[Sequence[float], Sequence[float]]], across: str, upright: str
) -> dg.MarkdownMetadataValue:
    """What one share costs of another, both in [0, 1], as a line for each model."""
    figure, (axes,) = _figure(1, height=HEIGHT * 1.2)
    for (name, own), color in zip(points.items(), COLORS, strict=False):
        axes.plot(*own, color=color, linewidth=1, label=name)
    axes.set_xlim(0, 1)
    axes.set_ylim(bottom=0)
    axes.set_xlabel(across, fontsize=8, color=INK)
    axes.set_ylabel(upright, fontsize=8, color=INK)
    axes.legend(fontsize=7, frameon=False)
    return _markdown(figure, f"{upright} by {across}")


def _bins(probability: Floats, outcome: Floats) -> tuple[list[float], list[float]]:
    """The mean probability and outcome of each tenth of the probabilities that holds enough."""
    at = np.minimum((probability * 10).astype(int), 9)
    held = [one for one in range(10) if np.sum(at == one) >= 5]
    return ([float(probability[at == one].mean()) for one in held],
            [float(outcome[at == one].mean()) for one in held])  # fmt: skip


def confusion(
    counts: Mapping[tuple[str, str], int], rows: str, columns: str, last: str = "none"
) -> dg.MarkdownMetadataValue:
    """Counts of pairs of names as a heat map: each row's shares as shades, its counts as numbers.

    `rows` and `columns` say what the first and the second name of a pair is; `last` is the
    name that comes after the others.
    """
    names = sorted({name for pair in counts for name in pair}, key=lambda one: (one == last, one))
    down = [name for name in names if any(one == name for one, _ in counts)]
    across = [name for name in names if any(two == name for _, two in counts)]
    table = np.array([[counts.get((one, two), 0) for two in across] for one in down], dtype=float)
    figure, (axes,) = _figure(1, height=0.17 * len(down) + 1.6)
    shares = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for one, two in np.argwhere(table).tolist():
        color = "white" if shares[one, two] > 0.6 else INK
        axes.annotate(f"{table[one, two]:.0f}", (two, one), ha="center", va="center",
                      fontsize=5, color=color)  # fmt: skip
    axes.set_xticks(range(len(across)), across, rotation=90, fontsize=6)
    axes.set_yticks(range(len(down)), down, fontsize=6)
    axes.set_xlabel(columns, fontsize=8, color=INK)
    axes.set_ylabel(rows, fontsize=8, color=INK)
    return _markdown(figure, f"{rows}, {columns}")


def attended(shares: Mapping[tuple[str, str], float], what: str) -> dg.MarkdownMetadataValue:
    """Shares in [0, 1] by two names as a heat map: first names down, second names across."""
    down, across = (list(dict.fromkeys(pair[end] for pair in shares)) for end in (0, 1))
    table = np.array([[shares.get((one, two), 0.0) for two in across] for one in down])
    figure, (axes,) = _figure(1, height=0.17 * len(down) + 1.9)
    axes.imshow(table, cmap="Blues", vmin=0, aspect="auto")
    for one, two in np.argwhere(table >= 0.005).tolist():
        color = "white" if table[one, two] > 0.6 * table.max() else INK
        axes.annotate(f"{table[one, two]:.2f}"[1:], (two, one), ha="center", va="center",
                      fontsize=5, color=color)  # fmt: skip
    axes.set_xticks(range(len(across)), across, rotation=90, fontsize=6)
    axes.set_yticks(range(len(down)), down, fontsize=6)
    return _markdown(figure, what)


def scattered(points: Floats, names: Sequence[str], what: str) -> dg.MarkdownMetadataValue:
    """Points in a plane, shape (points, 2), each in the colour of its name; the commonest below."""
    figure, (axes,) = _figure(1, height=HEIGHT * 1.6)
    counted = Counter(names)
    for at, (name, _) in enumerate(counted.most_common()):
        own = points[[one == name for one in names]]
        color = FAINT if at == 0 else f"C{(at - 1) % 10}"
        axes.scatter(
            own[:, 0], own[:, 1], s=6, color=color, marker="os^"[(at - 1) // 10 % 3], label=name
        )
    axes.set_xticks([])
    axes.set_yticks([])
    axes.legend(fontsize=5, frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    return _markdown(figure, what)


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
    from PIL import Image

    drawn, data = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="png", metadata={"Software": ""})
    # An event in Dagster's database holds it whole: few shades are a third of the bytes.
    Image.open(drawn).convert("RGB").quantize(SHADES).save(data, format="png", optimize=True)
    return picture(data.getvalue(), alternative)
