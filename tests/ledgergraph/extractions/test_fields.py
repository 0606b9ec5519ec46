import pytest

from ledgergraph.extractions.fields import FORMS, GROUPS, LINE_FIELDS, Form, fault_of, form_of

FITTING = {Form.DATE: "2026-03-01", Form.AMOUNT: "-12.50", Form.NUMBER: "0.123", Form.CODE: "380",
           Form.NAME: "Adler GmbH", Form.TEXT: "Weg 1"}  # fmt: skip


@pytest.mark.parametrize("field", FORMS)
def test_every_field_can_be_corrected(field):
    group, _, rest = field.partition(".")
    name = f"{group}.0.{rest}" if group in GROUPS else field
    line = 0 if field in LINE_FIELDS else None
    value = "EUR" if field == "currency" else FITTING[form_of(name)]
    assert fault_of(name, line, value) is None


@pytest.mark.parametrize(
    ("field", "line", "value", "says"),
    [
        ("totals.grosss", None, "1", "which is none"),
        ("taxes.base", None, "1", "which is none"),
        ("totals.0.net", None, "1", "which is none"),
        ("net", None, "1", "only lines have"),
        ("number", 0, "1", "no line has"),
        ("taxes.0.base", 1, "1", "no line has"),
        ("totals.gross", None, "1,234.50", "a plain number"),
        ("totals.gross", None, "1e3", "a plain number"),
        ("totals.gross", None, "9" * 20, "a plain number"),
        ("issue_date", None, "1.3.2026", "a date"),
        ("issue_date", None, "20260301", "a date"),
        ("currency", None, "Euro", "a code as EUR"),
        ("type", None, "invoice", "UNTDID 1001"),
    ],
)
def test_what_a_field_cannot_hold_is_told(field, line, value, says):
    assert says in (fault_of(field, line, value) or "")
