"""What fires on lines, and when lines have the last word."""

from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from ledgergraph.datasets.line_rules import LineSigns, with_lines
from ledgergraph.datasets.schemas import FIRED
from ledgergraph.datasets.three_way.schemas import LINE_MATCHES
from ledgergraph.issues import Kind

Row = dict[str, Any]
PRICE, ORDER, SHORT, NOTHING, SLIP = (
    Kind.PRICE_ABOVE_ORDER, Kind.ORDER_OVERBILLED, Kind.QTY_ABOVE_RECEIPT, Kind.NO_RECEIPT,
    Kind.UNIT_OR_CURRENCY_SLIP,
)  # fmt: skip


def line(number: int = 0, price: str = "matched", quantity: str = "matched", **more: Any) -> Row:
    """A line of invoice I1 that bills twelve of ten for six instead of five."""
    return {
        "invoice_id": "I1", "line": number, "price_verdict": price, "quantity_verdict": quantity,
        "quantity": Decimal(12), "ordered_quantity": Decimal(10), "billed_quantity": Decimal(12),
        "price_variance": Decimal(12), "price_variance_pct": Decimal(20),
        "quantity_variance": Decimal(2), "usually_received": 0.9, **more,
    }  # fmt: skip


def fired(*kinds: Kind, invoice_id: str = "I1") -> pa.Table:
    return FIRED.rows(
        {"invoice_id": invoice_id, "kind": kind.value, "strength": 0.6, "feature": "order_use",
         "value": 1.2, "sentence": "Of the whole."}
        for kind in kinds
    )  # fmt: skip


def held(*lines: Row, before: pa.Table | None = None) -> LineSigns:
    whole = fired() if before is None else before
    return with_lines(whole, LINE_MATCHES.rows(lines))


def kinds(said: LineSigns) -> set[Kind]:
    return {Kind(one) for one in said.fired["kind"].to_pylist()}


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ({"price": "above_price"}, {PRICE}),
        ({"quantity": "above_order"}, {ORDER}),
        ({"quantity": "above_receipt"}, {SHORT}),
        ({"price": "above_price", "quantity": "above_order"}, {PRICE, ORDER}),
        *(({"quantity": one}, set()) for one in ("awaited", "received_late", "matched")),
        *(({"price": one}, set()) for one in ("other_currency", "unsure")),
        ({"price": "power_of_ten", "price_variance_pct": Decimal(900)}, {SLIP}),
    ],
)
def test_a_line_fires_what_its_verdicts_say(verdicts: Row, expected: set[Kind]) -> None:
    said = held(line(0), line(1, **verdicts))
    assert kinds(said) == expected
    assert {kind for _, kind in said.unseen} == expected
    assert all(one.startswith("Line 2: ") for one in said.fired["sentence"].to_pylist())
    assert all(0.5 <= one <= 0.95 for one in said.fired["strength"].to_pylist())


def test_nothing_received_of_any_line_is_another_kind_than_of_one() -> None:
    assert kinds(held(line(0, quantity="not_received"), line(1))) == {SHORT}
    both = [line(at, quantity="not_received") for at in (0, 1)]
    assert kinds(held(*both)) == {NOTHING}


def test_what_seldom_comes_in_says_nothing_when_it_does_not() -> None:
    assert not kinds(held(line(0, quantity="above_receipt", usually_received=0.4)))
    assert not kinds(held(line(0, quantity="not_received", usually_received=0.7)))


def test_lines_that_were_all_found_have_the_last_word() -> None:
    before = fired(PRICE, SHORT, NOTHING, ORDER, Kind.NO_ORDER)
    assert kinds(held(line(0), line(1), before=before)) == {Kind.NO_ORDER}
    kept = held(line(0, price="above_price"), before=fired(PRICE))
    assert kept.fired["sentence"].to_pylist() == ["Of the whole."]
    assert not kept.unseen


@pytest.mark.parametrize("verdict", ["unknown", "no_order_line", "unsure", "no_receipts_kept"])
def test_where_a_line_was_not_found_the_whole_invoice_counts_as_well(verdict: str) -> None:
    before = fired(SHORT, ORDER)
    assert kinds(held(line(0), line(1, quantity=verdict), before=before)) == {SHORT, ORDER}


def test_what_a_model_sees_of_an_invoice_of_one_line_is_not_unseen() -> None:
    assert held(line(0, price="above_price")).unseen == set()


def test_other_invoices_are_left_as_they_were() -> None:
    before = fired(PRICE, invoice_id="I2")
    assert held(line(0), before=before).fired.equals(FIRED.conform(before))
