"""Kinds have names that people read."""

import pytest

from ledgergraph.issues import Kind


@pytest.mark.parametrize(
    ("kind", "label"),
    [
        (Kind.EINVOICE_RULE_BROKEN, "E-invoice rule broken"),
        (Kind.EINVOICE_MISSING, "E-invoice missing"),
        (Kind.IBAN_NOT_OF_VENDOR, "IBAN not of vendor"),
        (Kind.VAT_ON_REVERSE_CHARGE, "VAT on reverse charge"),
        (Kind.QTY_ABOVE_RECEIPT, "Quantity above receipt"),
        (Kind.DUP_EXACT, "Duplicate: exact"),
        (Kind.NO_ORDER, "No order"),
    ],
)
def test_a_kind_is_named_as_people_write_it(kind: Kind, label: str) -> None:
    assert kind.label == label


def test_no_two_kinds_have_one_name() -> None:
    assert len({kind.label for kind in Kind}) == len(Kind)
