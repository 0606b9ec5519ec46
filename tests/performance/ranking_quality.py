"""How well issues and duplicates are found in ledgers that no model learned from."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import product
from statistics import fmean
from typing import Any

import pyarrow as pa
from sections import BENCHMARKS, Row, Section

from ledgergraph.benchmarks.champions import (
    RECIPE,
    Champions,
    described,
    judged,
    matchers,
    paired,
)
from ledgergraph.benchmarks.protocols import RANKING, LabelledLedger, duplicate
from ledgergraph.corpora.company import make_company
from ledgergraph.corpora.leakage import OWN_KINDS, Seen, leaks_among
from ledgergraph.corpora.settings import COMPLETE, SHIFTED, SHIFTED_COMPLETE
from ledgergraph.corpora.training import TrainingLedger, made_ledger, training_ledgers
from ledgergraph.datasets.features import OWN, feature_table, table_of
from ledgergraph.datasets.labels import examples_of, labels_of
from ledgergraph.datasets.line_rules import with_lines
from ledgergraph.datasets.made_ledgers import snapshot_of_books
from ledgergraph.datasets.record_rules import RECORD_RULES, breaches
from ledgergraph.datasets.rules import fires
from ledgergraph.datasets.standing import standing
from ledgergraph.datasets.three_way.matching import line_matches
from ledgergraph.extractions.schemas import EXTRACTIONS
from ledgergraph.graph.frames import ledger_of
from ledgergraph.models.boosting import BoostedTrees, fit
from ledgergraph.models.contract import ModelCard
from ledgergraph.models.packaged import card, champion

SEEDS = (9001, 9002, 9003)
INVOICES = 2500
LEAK_SEEDS = range(9101, 9109)
HABITS = {
    "22 kinds": None, "22 kinds, other habits": SHIFTED,
    "every kind": COMPLETE, "every kind, other habits": SHIFTED_COMPLETE,
}  # fmt: skip
SCORERS = ("rules", "own attributes", "model", "model and duplicates")
MATCHERS = ("same number and amount", "hand score", "model")


def compliance() -> list[Section]:
    """Every scorer's ranking of the invoices of unseen ledgers, whole and by kind."""
    rows = _judged()
    metrics = tuple(RANKING)
    means: list[Row] = [
        (habits, scorer, *(_mean(rows[habits], "compliance", scorer, name) for name in metrics))
        for habits in HABITS
        for scorer in SCORERS
    ]
    sentence = (
        f"{_ledgers()}. Figures are means over the ledgers. The packaged model beside rules "
        "(each as precise as in training) and beside boosted trees that see an invoice alone. "
        "In the last row the likeliest duplicate pair counts too: the risk that ranks findings. "
        f"Calibration error of the model: {_calibration()}."
    )
    found = "Share of each kind's invoices found where 4 % of the honest ones are flagged."
    return [
        Section(BENCHMARKS, "Issues in ledgers", sentence, ("ledgers", "scorer", *metrics), means),
        Section(BENCHMARKS, "Issues by kind", found,
                ("kind", *(f"{scorer}, {habits}" for habits in HABITS for scorer in _SHOWN),
                 "invoices"), _by_kind(rows)),
    ]  # fmt: skip


def duplicates() -> list[Section]:
    """Every matcher's ranking of the candidate pairs of unseen ledgers."""
    rows = {habits: list(_rows_of_pairs(habits)) for habits in HABITS}
    metrics = ("f1", "recall_at_p95", "average_precision")
    blocking = ", ".join(
        f"{habits} {_mean(rows[habits], 'duplicate', 'blocking', 'recall'):.3f} with "
        f"{_mean(rows[habits], 'duplicate', 'blocking', 'candidates_per_invoice'):.1f} candidates"
        for habits in HABITS
    )
    sentence = (
        f"{_ledgers()}. Pairs that blocking missed count as not found; share of true pairs among "
        f"the candidates, and candidates per invoice: {blocking}."
    )
    means: list[Row] = [
        (habits, matcher, *(_mean(rows[habits], "duplicate", matcher, name) for name in metrics))
        for habits in HABITS
        for matcher in MATCHERS
    ]
    return [
        Section(BENCHMARKS, "Duplicates in ledgers", sentence, ("ledgers", "matcher", *metrics),
                means)
    ]  # fmt: skip


def _rows_of_pairs(habits: str) -> Iterator[Mapping[str, Any]]:
    model = champion("duplicate")
    for made in _made(habits):
        ledger = paired(made)
        yield from duplicate(ledger, matchers(ledger.pairs, model), SEEDS[0]).to_pylist()


def rules() -> list[Section]:
    """How often each rule fires on unseen ledgers, and how often it is right."""
    fired: Counter[str] = Counter()
    right: Counter[str] = Counter()
    any_issue: Counter[str] = Counter()
    planted: Counter[str] = Counter()
    for made in (one for habits in HABITS for one in _made(habits)):
        snapshot = snapshot_of_books(made.tables)
        ledger = ledger_of(snapshot)
        kinds = {row["invoice_id"]: set((row["kinds"] or "").split("|")) - {""}
                 for row in made.truth.to_pylist() if row["scored"]}  # fmt: skip
        planted.update(kind for own in kinds.values() for kind in own)
        whole = standing(fires(table_of(ledger)), ledger)
        found = with_lines(whole, line_matches(snapshot, EXTRACTIONS.empty())).fired
        for row in found.select(["invoice_id", "kind"]).to_pylist():
            if row["invoice_id"] in kinds:
                fired[row["kind"]] += 1
                any_issue[row["kind"]] += bool(kinds[row["invoice_id"]])
                right[row["kind"]] += row["kind"] in kinds[row["invoice_id"]]
    sentence = (
        "Of the invoices on which a rule fires, how many have an issue of its kind, and of any "
        "kind; of the planted ones, how many it finds. What came later may clear a rule, and on "
        "orders and receipts lines have the last word, as for findings. Kinds that are never "
        "planted cannot be right. All twelve ledgers together."
    )
    rows = [
        (kind, fired[kind], right[kind], any_issue[kind],
         right[kind] / fired[kind] if fired[kind] else None, planted[kind],
         right[kind] / planted[kind] if planted[kind] else None)
        for kind in sorted({*fired, *planted})
    ]  # fmt: skip
    columns = ("kind", "fires", "right", "any issue", "precision", "planted", "recall")
    return [Section(BENCHMARKS, "Rules on ledgers", sentence, columns, rows), _on_records()]


def _on_records() -> Section:
    """The same for rules on rows that are no invoices, by their subjects."""
    counts: dict[str, Counter[str]] = {kind.value: Counter() for kind in RECORD_RULES}
    for seed, settings in product(SEEDS, (COMPLETE, SHIFTED_COMPLETE)):
        company = make_company(seed, invoices=INVOICES, settings=settings)
        said = breaches(snapshot_of_books(company.tables))
        others = ("documents", "invoices")
        cases = [one for one in company.cases.to_pylist() if one["table"] not in others]
        for kind, own in counts.items():
            found = {one.subject for one in said if one.kind == kind}
            keys = {
                is_alike: {
                    one["key"].removesuffix("|1") for one in cases
                    if one["kind"] == kind and one["look_alike"] == is_alike
                }
                for is_alike in (False, True)
            }  # fmt: skip
            own.update(fires=len(found), right=len(found & keys[False]), planted=len(keys[False]),
                       alike=len(found & keys[True]), alike_all=len(keys[True]))  # fmt: skip
    sentence = (
        "Of the vendors, payments, entries and figures on which a rule fires, how many are cases "
        "that were planted; how many of these it finds, and on how many of their look-alikes it "
        f"fires. {len(SEEDS)} companies of {INVOICES:,} invoices with every kind, and as many with "
        "other habits. Second vendor records are in every company, few of them planted as cases."
    )
    rows = [
        (kind, own["fires"], own["right"],
         own["right"] / own["fires"] if own["fires"] else None, own["planted"],
         own["right"] / own["planted"] if own["planted"] else None, own["alike"], own["alike_all"])
        for kind, own in sorted(counts.items())
    ]  # fmt: skip
    columns = ("kind", "fires", "right", "precision", "planted", "recall", "on look-alikes",
               "look-alikes")  # fmt: skip
    return Section(BENCHMARKS, "Rules on rows that are no invoices", sentence, columns, rows)


def leaks() -> list[Section]:
    """Whether made companies give their issues away by single invoices."""
    made = (make_company(seed, invoices=4000, settings=COMPLETE) for seed in LEAK_SEEDS)
    report = leaks_among([Seen(one.tables["invoices"], one.truth) for one in made])
    assert report is not None
    sentence = (
        "Boosted trees that see what single invoices tell, and nothing that relates two, learn "
        "four made companies with every kind and judge four others. Average precision "
        f"{report.average_precision:.3f} at a prevalence of {report.prevalence:.3f}: near the "
        "prevalence is good. Share of each kind found where 4 % of the honest are flagged; kinds "
        "that show in single invoices by their nature are marked."
    )
    rows = [(kind, share, report.cases[kind], "yes" if kind in OWN_KINDS else "")
            for kind, share in sorted(report.found.items(), key=lambda one: -one[1])]  # fmt: skip
    title = "What single invoices of made companies give away"
    return [Section(BENCHMARKS, title, sentence, ("kind", "found", "invoices", "by nature"), rows)]


_SHOWN = ("rules", "model and duplicates")


@cache
def _ledgers_of(habits: str) -> Sequence[LabelledLedger]:
    """The ledgers of some habits, with features and pairs."""
    return [described(one) for one in _made(habits)]


def _made(habits: str) -> Iterator[TrainingLedger]:
    return (made_ledger(seed, INVOICES, HABITS[habits]) for seed in SEEDS)


@cache
def _judged() -> Mapping[str, list[dict[str, Any]]]:
    """Rows of both protocols on all ledgers, by their habits."""
    models = _champions()
    return {
        habits: [
            row for one in _ledgers_of(habits) for row in judged(models, one, SEEDS[0]).to_pylist()
        ]
        for habits in HABITS
    }


def _champions() -> Champions:
    """The packaged models, and the baseline of own attributes from the same ledgers."""
    facts = _card().examples
    return Champions(champion("compliance"), champion("duplicate"), _own(), facts["rule_precision"])


def _card() -> ModelCard:
    """The card of the packaged model, which learned from none of the ledgers judged here."""
    found = card("compliance")
    learned = {*found.examples["seeds"], *found.examples["test_seeds"]}
    assert not learned & set(SEEDS), "a model is judged on what it learned from"
    return found


def _own() -> BoostedTrees:
    facts = _card().examples
    ledgers: list[tuple[pa.Table, pa.Table]] = [
        (feature_table(snapshot_of_books(one.tables)), labels_of(one.truth))
        for one in training_ledgers(facts["seeds"], facts["invoices"])
    ]
    return fit(examples_of(ledgers, OWN), RECIPE.baseline, facts["seeds"][0])


def _ledgers() -> str:
    return (
        f"{len(SEEDS)} made ledgers of {INVOICES:,} invoices (seeds {SEEDS[0]} to {SEEDS[-1]}), "
        "of each sort: with 22 kinds or with every kind, of companies with the usual or with other "
        f"habits. The models learned from {len(_card().examples['seeds'])} others: that of issues "
        "every kind, that of duplicates 22, which tells pairs apart better on all of these"
    )


def _calibration() -> str:
    errors = _card().metrics["calibration_error"]
    return ", ".join(f"{habits} habits {error:.4f}" for habits, error in sorted(errors.items()))


def _mean(rows: Sequence[Mapping[str, Any]], protocol: str, scorer: str, metric: str) -> float:
    wanted = (protocol, scorer, metric, "all")
    return fmean(
        row["value"]
        for row in rows
        if (row["protocol"], row["scorer"], row["metric"], row["slice"]) == wanted
    )


def _by_kind(rows: Mapping[str, list[dict[str, Any]]]) -> list[Row]:
    """For each kind the share found of all its invoices, by habits and scorer."""
    found: dict[str, dict[tuple[str, str], float]] = defaultdict(lambda: defaultdict(float))
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for habits, of_habits in rows.items():
        for row in of_habits:
            if row["metric"] != "tpr_at_4pct" or row["slice"] == "all":
                continue
            if row["scorer"] in _SHOWN:
                found[row["slice"]][habits, row["scorer"]] += row["value"] * row["rows"]
            if row["scorer"] == _SHOWN[0]:
                counts[row["slice"]][habits] += row["rows"]
    return [
        (
            kind,
            *(
                found[kind][habits, scorer] / counts[kind][habits] if counts[kind][habits] else None
                for habits in HABITS
                for scorer in _SHOWN
            ),
            sum(counts[kind].values()),
        )
        for kind in sorted(found)
    ]
