"""What people said of findings and pairs, and what of it the findings show."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ledgergraph.anomalies.findings import findings_of
from ledgergraph.anomalies.report.data import ranked
from ledgergraph.anomalies.scoring import duplicate_table
from ledgergraph.anomalies.verdicts import with_statuses
from ledgergraph.corpora.training import made_ledger
from ledgergraph.datasets.made_ledgers import snapshot_of_books
from ledgergraph.feedback.events import Target, event_of
from ledgergraph.graph.decisions import Decisions, decisions_on
from ledgergraph.issues import Kind
from ledgergraph.models.packaged import champion
from tests.ledgergraph.anomalies.signs import (
    EVERYTHING,
    a_pair,
    a_rule,
    a_score,
    an_invoice,
    books,
    signs,
    subjects,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TWICE = books(invoices=[an_invoice("R-1007"), an_invoice("R-1070", days=9), an_invoice("R-5")])
PAIRS = [a_pair("R-1070", "R-1007", Kind.DUP_RENUMBERED), a_pair("R-5", "R-1007", Kind.DUP_EXACT)]


def said(verdict, hour=0, **about):
    target = "finding" if "finding_id" in about else "pair"
    stated = {"target": target, "verdict": verdict, **about}
    return event_of(stated, NOON + timedelta(hours=hour), "ann")


def found():
    return findings_of(signs(duplicates=PAIRS), subjects(TWICE), EVERYTHING)[0]


def statuses(*events):
    rows = with_statuses(found(), events).to_pylist()
    return [row["status"] for row in rows]


def test_a_finding_is_confirmed_or_dismissed_by_the_last_that_was_said():
    first, second = found()["finding_id"].to_pylist()
    events = [said("approval", finding_id=first), said("rejection", finding_id=second),
              said("approval", 1, finding_id=second)]  # fmt: skip
    assert statuses() == ["open", "open"]
    assert statuses(*events[:2]) == ["confirmed", "dismissed"]
    assert statuses(*events) == statuses(*events[::-1], *events) == ["confirmed", "confirmed"]
    assert statuses(*events, said("withdrawal", 2, finding_id=first)) == ["open", "confirmed"]


def test_a_verdict_on_another_finding_changes_none():
    assert with_statuses(found(), [said("approval", finding_id="other")]) == found()


def test_what_was_dismissed_comes_last():
    best = ranked(found())[0]["finding_id"]
    rows = ranked(with_statuses(found(), [said("rejection", finding_id=best)]))
    assert rows[-1]["finding_id"] == best


def test_a_rule_that_calls_a_duplicate_what_people_told_apart_is_no_finding():
    rule = a_rule("R-1070", Kind.DUP_RENUMBERED)
    fired = signs(fired=[rule], scores=[a_score("R-1070", 0.9)])
    about = subjects(TWICE)
    before, _ = findings_of(fired, about, EVERYTHING)
    assert before.num_rows == 1
    told = replace(fired, told_apart={"I-R-1070"})
    assert findings_of(told, about, EVERYTHING)[0].num_rows == 0


@pytest.fixture(scope="module")
def snapshot():
    return snapshot_of_books(made_ledger(90211, 400).tables)


def pairs_of(snapshot, decisions=None):
    rows = duplicate_table(snapshot, champion("duplicate"), decisions or Decisions()).to_pylist()
    return {(row["invoice_id"], row["other_id"]): row for row in rows}


def test_pairs_are_what_people_decided_and_the_others_stay(snapshot):
    before = pairs_of(snapshot)
    denied, confirmed, *_ = sorted(before)
    ids = snapshot.rows("Invoice")["key"].to_pylist()
    named = next((a, b) for a, b in zip(ids, ids[40:], strict=False) if (a, b) not in before)
    events = [
        said("rejection", subject_id=denied[0], other_id=denied[1]),
        said("approval", subject_id=confirmed[0], other_id=confirmed[1]),
        said("approval", subject_id=named[0], other_id=named[1], kind="dup_exact"),
        said("approval", subject_id=named[0], other_id="nobody"),
    ]
    decisions = decisions_on(Target.PAIR, events)
    assert decisions == decisions_on(Target.PAIR, [*events[::-1], *events])
    after = pairs_of(snapshot, decisions)
    assert set(before) - set(after) == {denied}
    assert after[confirmed]["probability"] == 1.0
    (added,) = (row for key, row in after.items() if set(key) == set(named))
    assert (added["probability"], added["kind"]) == (1.0, "dup_exact")
    changed = {denied, confirmed, (added["invoice_id"], added["other_id"])}
    rest = {key: row for key, row in after.items() if key not in changed}
    assert rest == {key: row for key, row in before.items() if key in rest}
    withdrawn = [said("withdrawal", 1, subject_id=one.subject_id, other_id=one.other_id)
                 for one in events]  # fmt: skip
    assert pairs_of(snapshot, decisions_on(Target.PAIR, [*events, *withdrawn])) == before
