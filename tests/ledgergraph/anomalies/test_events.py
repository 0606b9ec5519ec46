from ledgergraph.anomalies.events import EFFECTS, EVENTS, explains
from ledgergraph.books import INVOICES
from ledgergraph.issues import Kind


def test_no_kind_explains_itself():
    assert not any(explains(kind, kind) for kind in Kind)


def test_no_two_kinds_explain_each_other():
    both = {
        frozenset({cause, effect})
        for cause, effects in EFFECTS.items()
        for effect in effects
        if explains(effect, cause)
    }
    assert both == set()


def test_every_event_is_named_by_columns_of_an_invoice():
    for event in EVENTS.values():
        assert set(event.columns) <= set(INVOICES.columns)
