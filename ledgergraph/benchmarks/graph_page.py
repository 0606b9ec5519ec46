"""The contest of rules, trees and graph networks as one HTML page: figures, pictures, reasons.

No script, nothing loaded; equal data, equal bytes. It names invoices of made companies alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from html import escape

import pyarrow as pa

from ledgergraph.benchmarks.graph_pictures import Reasons

STYLE = """
body{font:15px/1.45 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;margin:1rem 0;font-size:.85rem}
th,td{padding:.2rem .6rem;text-align:right;border-bottom:1px solid #d5d9e0;vertical-align:top}
th:first-child,td:first-child{text-align:left}
img{max-width:100%}figure{margin:1rem 0}figcaption{font-size:.85rem}
"""
FIGURES: Mapping[str, str] = {
    "average_precision": "average precision", "low": "from", "high": "to",
    "recall_at_1pct": "recall at 1 %", "recall_at_5pct": "recall at 5 %",
    "tpr_at_4pct": "found at 4 % false", "accuracy": "accuracy",
    "nothing_accuracy": "accuracy of calling nothing an issue",
    "fit_s": "learning: CPU s", "score_s": "scoring: CPU s",
}  # fmt: skip


def contest_page(
    table: pa.Table, kinds: pa.Table, pictures: Mapping[str, str], reasons: Sequence[Reasons]
) -> bytes:
    """The page of GRAPH_CONTEST and GRAPH_KINDS, with pictures (data URIs) by what they show."""
    parts = [
        "<h1>Rules, trees and graph networks</h1>",
        "<p>On made ledgers that none of them learned from, pooled. Accuracy says little: it "
        "stands beside that of calling nothing an issue. Intervals are of 95 %.</p>",
        _contest(table), "<h2>By kind of issue</h2>",
        "<p>Share of each kind's invoices found where 4 % of the honest ones are flagged.</p>",
        _kinds(kinds), "<h2>Pictures</h2>",
        *(f'<figure><img src="{uri}" alt="{escape(name)}"><figcaption>{escape(name)}</figcaption>'
          "</figure>" for name, uri in pictures.items()),
        "<h2>Reasons</h2>",
        "<p>How much features, and neighbours in the graph, moved the log odds of an issue: of "
        "trees TreeSHAP and the records that a feature was computed from, of networks integrated "
        "gradients from what is usual.</p>",
        _reasons(reasons),
    ]  # fmt: skip
    head = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        "<title>Rules, trees and graph networks</title>"
        f"<style>{STYLE}</style></head><body>"
    )
    return (head + "\n".join(parts) + "</body></html>\n").encode()


def _contest(table: pa.Table) -> str:
    rows = sorted(table.to_pylist(), key=lambda one: (one["habits"], -one["average_precision"]))
    return _table(
        ("ledgers", "scorer", *FIGURES.values()),
        ((row["habits"], row["scorer"], *(f"{row[name]:.3f}" for name in FIGURES))
         for row in rows),
    )  # fmt: skip


def _kinds(kinds: pa.Table) -> str:
    rows = [
        row for row in kinds.to_pylist()
        if row["metric"] == "tpr_at_4pct" and row["slice"] != "all"
    ]  # fmt: skip
    scorers = list(dict.fromkeys(row["scorer"] for row in rows))
    found = {(row["ledger"], row["slice"], row["scorer"]): row for row in rows}
    lines = list(dict.fromkeys((row["ledger"], row["slice"], row["rows"]) for row in rows))
    return _table(
        ("ledgers", "kind", "invoices", *scorers),
        ((habits, kind, str(count),
          *(f"{found[habits, kind, one]['value']:.2f}" for one in scorers))
         for habits, kind, count in lines),
    )  # fmt: skip


def _reasons(reasons: Sequence[Reasons]) -> str:
    return _table(
        ("invoice", "issue", "scorer", "probability", "features", "neighbours"),
        ((one.invoice, one.issue, one.scorer, f"{one.probability:.2f}", _moved(one.features),
          _moved(one.neighbours)) for one in reasons),
    )  # fmt: skip


def _moved(named: Iterable[tuple[str, float | None]]) -> str:
    return "; ".join(name if moved is None else f"{name} {moved:+.2f}" for name, moved in named)


def _table(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = "".join(f"<th>{escape(one)}</th>" for one in columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
