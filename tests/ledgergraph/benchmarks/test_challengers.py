"""What a challenger learns from and is judged on, and what the page says of it."""

from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from ledgergraph.benchmarks.challengers import (
    OWN,
    ROLES,
    decided,
    divided,
    examples,
    items_table,
    tolerated,
    unseen,
    without_tolerated,
)
from ledgergraph.benchmarks.promotion import KEEP, PROMOTE
from ledgergraph.benchmarks.record import (
    Labels,
    Side,
    decision_json,
    decision_of,
    page,
)
from ledgergraph.datasets.features import FEATURES
from ledgergraph.datasets.rules import fires
from ledgergraph.datasets.schemas import JUDGED_PAIRS, LABEL_EVENTS, TRAINING_PAIRS

DUPLICATE = ROLES["duplicate"]


def an_event(
    number: int, kind: str, says_issue: bool, invoice: str | None = None
) -> dict[str, Any]:
    return {"feedback_id": str(number), "invoice_id": invoice or f"i{number}", "kind": kind,
            "says_issue": says_issue, "is_used": True}  # fmt: skip


def events(*rows: dict[str, Any]) -> pa.Table:
    return LABEL_EVENTS.rows(rows)


def reviewed(*rows: tuple[bool, dict[str, float]]) -> pa.Table:
    """Labelled invoices: whether people call them an issue, and the features that stand out."""
    return pa.table(
        {
            "invoice_id": [f"i{at}" for at in range(len(rows))],
            "is_issue": [is_issue for is_issue, _ in rows],
            **{name: pa.array([float(features.get(name, np.nan)) for _, features in rows])
               for name in FEATURES},
        }
    )  # fmt: skip


LATE, OVER = {"days_outside": 200.0}, {"contract_use": 1.4, "contract_excess": 0.4}


def kinds_of(features: dict[str, float]) -> set[str]:
    return set(fires(reviewed((False, features)))["kind"].to_pylist())


def found(
    rows: list[tuple[bool, dict[str, float]]], probability: float = 0.95, **named: str
) -> set[str]:
    return set(tolerated(reviewed(*rows), named, np.full(len(rows), probability)))


def test_a_kind_that_nobody_minds_though_it_should_be_an_issue_is_tolerated() -> None:
    assert kinds_of(LATE)
    assert found([(False, LATE)] * 5) == kinds_of(LATE)


def test_false_alarms_that_no_model_believes_are_no_sign_of_tolerance() -> None:
    assert found([(False, LATE)] * 40, 0.05) == set()


def test_a_kind_that_is_often_an_issue_is_not_tolerated() -> None:
    assert found([(at % 2 == 0, LATE) for at in range(20)]) == set()


def test_what_people_named_takes_the_belief_from_what_fires_beside_it() -> None:
    kind = min(kinds_of(OVER))
    both = [(True, {**LATE, **OVER})] * 9
    assert found(both, **{f"i{at}": kind for at in range(9)}) == set()


def test_only_issues_of_tolerated_kinds_alone_are_left_out() -> None:
    rows = pa.table({"kinds": ["a", "a|b", "", None, "b"]})
    assert without_tolerated(rows, ["a"])["kinds"].to_pylist() == ["a|b", "", None, "b"]
    assert without_tolerated(rows, []) is rows


def judged(*days: date) -> pa.Table:
    return JUDGED_PAIRS.rows(
        {"invoice_id": f"b{at}", "other_id": f"a{at}", "as_of": day, "is_duplicate": at % 2 == 0,
         "same_number": 1.0}
        for at, day in enumerate(days)
    )  # fmt: skip


def test_labels_of_the_company_are_a_group_of_their_own_and_weigh_as_told() -> None:
    made = TRAINING_PAIRS.rows(
        {"ledger": name, "habits": "training", "invoice_id": "b", "other_id": "a",
         "is_duplicate": truth}
        for name, truth in (("one", True), ("two", None), ("three", False))
    )  # fmt: skip
    found = examples(DUPLICATE, made, judged(date(2024, 1, 1), date(2024, 1, 2)), 3.0)
    assert found.weight is not None
    assert found.weight.tolist() == [1, 1, 3, 3]
    assert found.target.tolist() == [1, 0, 1, 0]
    assert len(set(found.group.tolist())) == 3


def test_a_champion_is_not_judged_on_what_it_learned() -> None:
    rows = judged(date(2024, 1, 1), date(2024, 1, 2))
    assert unseen(DUPLICATE, rows, [["b0", "a0"]])["invoice_id"].to_pylist() == ["b1"]


def test_what_is_held_out_is_later_than_what_is_learned() -> None:
    lessons = divided(judged(*(date(2024, month, 1) for month in range(1, 11))))
    assert max(lessons.learned["as_of"].to_pylist()) < min(lessons.held_out["as_of"].to_pylist())
    assert lessons.first_held_out == "2024-08-01"
    assert lessons.held_out.num_rows == 3


def items(better: float, protected: float) -> pa.Table:
    """Items of which a challenger tells right from wrong better by so much than a champion."""
    rng = np.random.default_rng(3)
    rows = []
    for name, gain in ((OWN, better), ("other habits", protected)):
        for at in range(400):
            target, noise = float(at % 8 == 0), rng.normal(0, 1.0, 2)
            rows.append({"slice": name, "invoice_id": f"i{at}", "target": target,
                         "champion": target + noise[0],
                         "challenger": (1 + gain) * target + noise[1]})  # fmt: skip
    return items_table("compliance").rows(rows)


@pytest.mark.parametrize(
    ("better", "protected", "action"), [(3.0, 3.0, PROMOTE), (0.0, 0.0, KEEP), (3.0, -3.0, KEEP)]
)
def test_own_labels_decide_and_made_ledgers_protect(
    better: float, protected: float, action: str
) -> None:
    assert decided(items(better, protected), seed=1).action == action


def test_without_labels_nobody_is_promoted() -> None:
    assert decided(items_table("compliance").empty(), seed=1).action == KEEP


def test_the_page_names_figures_labels_columns_and_versions() -> None:
    rows = items(3.0, 3.0)
    decision = decided(rows, seed=1)
    sides = (
        Side("champion", "c" * 64, {"x": 0.9, "y": 0.1}),
        Side("challenger", "d" * 64, {"x": 1}),
    )
    said = events(an_event(1, "ghost_vendor", True), an_event(2, "ghost_vendor", False))
    labels = Labels(420, 180, "2025-03-01", 7, ["outside_contract_term"])
    text = page("compliance", decision, rows, sides, labels, said)
    for part in ("is promoted", decision.reason, f"| {OWN} | 400 | 50 |",
                 "| ghost_vendor | 1 | 1 |", "| x | 90.0% | 100.0% |", "c" * 64, "d" * 64,
                 "outside_contract_term",
                 "420 learned, 180 held out from 2025-03-01"):  # fmt: skip
        assert part in text
    assert decision_of(decision_json(decision)) == decision
