"""Lines of invoices beside their order and receipts: what is above, and what must stay quiet."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from ledgergraph.datasets.line_rules import with_lines
from ledgergraph.datasets.schemas import FIRED
from ledgergraph.datasets.three_way import matching
from ledgergraph.datasets.three_way.checking import faults_of_matches
from ledgergraph.datasets.three_way.matching import line_matches
from ledgergraph.datasets.three_way.schemas import (
    LINE_MATCHES,
    PRICE_VERDICTS,
    QUANTITY_VERDICTS,
)
from ledgergraph.datasets.three_way.tolerances import Tolerances
from ledgergraph.documents.schemas import DOCUMENTS
from ledgergraph.extractions.schemas import EXTRACTIONS
from ledgergraph.graph.snapshot import snapshot_of
from tests.ledgergraph.anomalies.signs import (
    FIRST_DAY,
    Row,
    a_document,
    a_file,
    a_reading,
    an_invoice,
    books,
)

ITEMS = ("Printer paper A4 white", "Toner cartridge black", "Desk lamp with clamp")
NOTHING = Tolerances(0.0, 0.0, 0.0, 0)


def on(days: int) -> Any:
    return FIRST_DAY + timedelta(days=days)


def ordered(line: int = 1, quantity: str = "10", price: str = "5", **more: Any) -> Row:
    return {
        "order_id": "O1", "line": line, "vendor_id": "V1", "ordered_on": on(-20), "quantity":
        Decimal(quantity), "unit_price": Decimal(price), "currency": "EUR", **more,
    }  # fmt: skip


def received(quantity: str = "10", line: int | None = 1, days: int = -1, **more: Any) -> Row:
    return {
        "receipt_id": f"R{line}-{days}", "order_id": "O1", "line": line, "received_on": on(days),
        "quantity": Decimal(quantity), **more,
    }  # fmt: skip


def billed(number: str = "A", quantity: str | None = "10", price: str | None = "5",
           **more: Any) -> Row:  # fmt: skip
    stated = {"quantity": quantity and Decimal(quantity), "unit_price": price and Decimal(price)}
    return an_invoice(number, **{"order_id": "O1", **stated, **more})


def on_paper(number: str = "A", **more: Any) -> Row:
    return billed(number, None, None, document_id=a_file(f"{number}.pdf"), **more)


def printed(lines: Sequence[Row], number: str = "A", **more: Any) -> list[Row]:
    """The readings of the lines of a paper; a line names its fields."""
    return [
        a_reading(f"{number}.pdf", field, value, line=at, **more)
        for at, line in enumerate(lines)
        for field, value in line.items()
    ]


def table(
    readings: Sequence[Row] = (), tolerances: Tolerances | None = None, **tables: Sequence[Row]
) -> pa.Table:
    names = sorted({f"{name}.csv" for name in tables} | {f"{one}.pdf" for one in "ABC"})
    documents = DOCUMENTS.rows([a_document(name) for name in names])
    snapshot = snapshot_of(books(**tables), documents)
    return line_matches(snapshot, EXTRACTIONS.rows(readings), tolerances)


def matched(readings: Sequence[Row] = (), tolerances: Tolerances | None = None,
            **tables: Sequence[Row]) -> list[Row]:  # fmt: skip
    rows: list[Row] = table(readings, tolerances, **tables).to_pylist()
    assert {row["price_verdict"] for row in rows} <= set(PRICE_VERDICTS)
    assert {row["quantity_verdict"] for row in rows} <= set(QUANTITY_VERDICTS)
    return rows


def verdicts(rows: Sequence[Row]) -> list[tuple[str, str]]:
    return [(row["price_verdict"], row["quantity_verdict"]) for row in rows]


THREE = [
    ordered(at, "10", price, description=text)
    for at, (text, price) in enumerate(zip(ITEMS, ("5", "60", "5"), strict=True), 1)
]
CAME = [received("10", line) for line in (1, 2, 3)]


def test_each_line_finds_its_item_in_whatever_order_the_lines_stand() -> None:
    lines = [
        {"description": text, "quantity": "10", "unit_price": price}
        for text, price in reversed(list(zip(ITEMS, ("5", "60", "5"), strict=True)))
    ]
    found = matched(printed(lines), invoices=[on_paper()], purchase_orders=THREE,
                    goods_receipts=CAME)  # fmt: skip
    assert [row["order_lines"] for row in found] == ["3", "2", "1"]
    assert {row["matched_by"] for row in found} == {"description"}
    assert verdicts(found) == [("matched", "matched")] * 3


@pytest.mark.parametrize(
    ("line", "by", "item"),
    [
        ({"order_line": "00002", "description": "Lamp", "unit_price": "5"}, "reference", "2"),
        ({"article": "TC-4711", "unit_price": "70"}, "article", "2"),
        ({"description": "TONER TC-4711, new", "unit_price": "70"}, "article", "2"),
        ({"description": "toner cartridge, black", "unit_price": "90"}, "description", "2"),
        ({"description": "Tonerkartusche", "unit_price": "60"}, "price", "2"),
        ({"description": "Freight", "unit_price": "25"}, None, None),
    ],
)
def test_the_strongest_sign_says_which_item_a_line_is(
    line: Row, by: str | None, item: str | None
) -> None:
    named = "Toner cartridge black"
    code = " TC-4711" if by == "article" else ""
    orders = [ordered(1, price="5", description=ITEMS[0]),
              ordered(2, price="60", description=named + code)]  # fmt: skip
    (row,) = matched(printed([{"quantity": "10", **line}]), invoices=[on_paper()],
                     purchase_orders=orders)  # fmt: skip
    assert (row["matched_by"], row["order_lines"]) == (by, item)


def test_a_price_above_the_order_is_told_in_money_and_per_cent() -> None:
    lines = [
        {"description": text, "quantity": "10", "unit_price": price}
        for text, price in zip(ITEMS, ("5", "66", "5.04"), strict=True)
    ]
    found = matched(printed(lines), invoices=[on_paper()], purchase_orders=THREE,
                    goods_receipts=CAME)  # fmt: skip
    assert [row["price_verdict"] for row in found] == ["matched", "above_price", "matched"]
    dear = found[1]
    assert (dear["price_variance"], dear["price_variance_pct"], dear["price_tolerance"]) == (
        60, 10, 6,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("tolerances", "verdict"),
    [
        (NOTHING, "above_price"),
        (Tolerances(price_pct=4, price_amount=0), "matched"),
        (Tolerances(price_pct=3.9, price_amount=0), "above_price"),
        (Tolerances(price_pct=0, price_amount=2), "matched"),
        (Tolerances(price_pct=0, price_amount=1.99), "above_price"),
    ],
)
def test_a_price_is_tolerated_within_the_share_or_the_amount(
    tolerances: Tolerances, verdict: str
) -> None:
    (row,) = matched((), tolerances, invoices=[billed(price="5.2")], purchase_orders=[ordered()])
    assert row["price_verdict"] == verdict


def test_a_discount_on_the_line_makes_its_price_and_freight_on_it_does_not() -> None:
    for net, price in (("54.00", "above_price"), ("50.00", "matched"), ("90.00", "above_price")):
        line = {"quantity": "10", "unit_price": "5.4", "net": net}
        (row,) = matched(printed([line]), invoices=[on_paper()], purchase_orders=[ordered()])
        assert row["price_verdict"] == price
        assert row["unit_price"] <= Decimal("5.4")


def test_parts_of_an_order_are_billed_one_after_the_other() -> None:
    bills = [billed(name, "4", days=at * 10) for at, name in enumerate("ABC")]
    came = [received("4", days=-1), received("4", days=9), received("2", days=19)]
    found = matched((), invoices=bills, purchase_orders=[ordered()], goods_receipts=came)
    assert [row["quantity_verdict"] for row in found] == ["matched", "matched", "above_order"]
    assert [row["billed_quantity"] for row in found] == [4, 8, 12]
    last = found[-1]
    assert (last["quantity_variance"], last["quantity_variance_amount"]) == (2, 10)
    assert last["quantity_variance_pct"] == 20


def test_a_credit_note_gives_back_what_may_be_billed() -> None:
    bills = [billed("A"), billed("B", type="credit_note", days=5), billed("C", days=9)]
    found = matched((), invoices=bills, purchase_orders=[ordered()], goods_receipts=[received()])
    assert [row["quantity_verdict"] for row in found] == ["matched", "credited", "matched"]
    without = matched((), invoices=[bills[0], bills[2]], purchase_orders=[ordered()],
                      goods_receipts=[received()])  # fmt: skip
    assert without[-1]["quantity_verdict"] == "above_order"


@pytest.mark.parametrize(
    ("credit", "again"),
    [
        (billed("B", None, None, type="credit_note", days=5), "unknown"),  # says not of what
        (billed("D", type="credit_note", days=9), "matched"),  # on the same day, a later id
        (billed("B", type="credit_note", days=5, order_id=None, preceding_invoice="a"), "matched"),
        (billed("B", price="0.5", type="credit_note", days=5), "above_order"),  # of the price
    ],
)
def test_what_is_credited_and_billed_again_is_no_more_than_was_ordered(
    credit: Row, again: str
) -> None:
    bills = [billed("A"), credit, billed("C", days=9)]
    found = matched((), invoices=bills, purchase_orders=[ordered()], goods_receipts=[received()])
    verdicts = {row["invoice_id"]: row["quantity_verdict"] for row in found}
    assert (verdicts["I-A"], verdicts["I-C"]) == ("matched", again)


def test_what_is_returned_on_an_ordinary_invoice_is_taken_off() -> None:
    lines = [{"description": "Paper", "quantity": part, "unit_price": "5"} for part in ("12", "-2")]
    found = matched(printed(lines), invoices=[on_paper()], goods_receipts=[received()],
                    purchase_orders=[ordered(description="Paper")])  # fmt: skip
    assert verdicts(found) == [("matched", "matched"), ("credited", "credited")]
    assert [row["billed_quantity"] for row in found] == [10, -2]


@pytest.mark.parametrize(
    ("line", "confidence", "day"),
    [
        ({"quantity": "1000", "unit_price": "5"}, 0.3, -20),  # a quantity that nobody is sure of
        ({"quantity": "10", "unit_price": "5"}, 0.97, 4),  # an order that is written afterwards
    ],
)
def test_what_an_earlier_invoice_billed_is_not_known_where_its_line_was_not_understood(
    line: Row, confidence: float, day: int
) -> None:
    rows = table(printed([line], confidence=confidence), invoices=[on_paper(), billed("B", days=5)],
                 purchase_orders=[ordered(ordered_on=on(day))],
                 goods_receipts=[received()])  # fmt: skip
    assert rows["quantity_verdict"].to_pylist()[-1] == "unknown"
    whole = FIRED.rows([{"invoice_id": "I-B", "kind": "order_overbilled", "strength": 0.9,
                         "feature": "order_use", "value": 2.0, "sentence": "Twice."}])  # fmt: skip
    assert with_lines(whole, rows).fired.num_rows == 1


def later(days: int) -> tuple[Row, Row]:
    """An invoice and a receipt of another order: the books go on for so many days."""
    return an_invoice("Z", days=days), received("1", days=days, order_id="O0", receipt_id="Z")


def test_what_came_in_later_clears_and_what_may_still_come_is_awaited() -> None:
    old = received("1", days=-50, order_id="O0")
    short, rest = received("6", days=-1), received("4", days=12)
    assert verdict_of([old, short]) == "awaited"
    assert verdict_of([old, short, rest]) == "received_late"
    (bill, other) = later(30)
    assert verdict_of([old, short, other], bill) == "above_receipt"
    assert verdict_of([old, other], bill) == "not_received"
    bill, other = later(2)
    assert verdict_of([old, other], bill) == "awaited"
    assert verdict_of([]) == "no_receipts_kept"


def test_receipts_that_are_exported_less_often_or_in_a_wrong_year_make_nothing_short() -> None:
    old, (bill, _) = received("1", days=-50, order_id="O0"), later(30)
    assert verdict_of([old], bill) == "awaited"
    assert verdict_of([old, received("1", days=3650, order_id="O0")]) == "awaited"


def test_the_receipts_that_are_kept_are_the_last_that_counted() -> None:
    came = [received("1", days=at, receipt_id=f"R{at}") for at in range(20, -20, -1)]
    days = {
        row["record_id"]: row["received_on"]
        for row in books(goods_receipts=came)["goods_receipts"].to_pylist()
    }
    for quantity, verdict, last in (("5", "matched", 2), ("30", "received_late", 10),
                                    ("50", "above_receipt", 2)):  # fmt: skip
        bill, other = later(60)
        (row,) = matched((), invoices=[billed(quantity=quantity), bill],
                         purchase_orders=[ordered(quantity="60")],
                         goods_receipts=[*came, other])  # fmt: skip
        kept = [days[one] for one in row["receipt_records"].split("|")]
        assert row["quantity_verdict"] == verdict
        assert kept == [on(at) for at in range(last - 11, last + 1)]


def test_what_is_awaited_says_nothing_of_how_usual_a_receipt_is() -> None:
    days = (0, 1, 2, 3, 4, 5, 0, 1, 8)
    orders = [ordered(order_id=f"P{at}") for at in range(len(days))]
    bills = [billed(str(at), order_id=f"P{at}", days=day) for at, day in enumerate(days)]
    came = [received(order_id=f"P{at}", days=at, receipt_id=f"P{at}") for at in range(6)]
    bill, other = later(9)
    found = matched((), invoices=[*bills, bill], purchase_orders=orders,
                    goods_receipts=[*came, other])  # fmt: skip
    verdicts = {row["invoice_id"]: row["quantity_verdict"] for row in found}
    assert [verdicts[f"I-{at}"] for at in (6, 7, 8)] == ["not_received"] * 2 + ["awaited"]
    usual = [row["usually_received"] for row in found if row["quantity_verdict"] == "not_received"]
    assert usual == pytest.approx([9 / 11] * 2)


def verdict_of(came: Sequence[Row], *more: Row) -> str:
    orders = [ordered(), {**ordered(), "order_id": "O0"}]
    found = matched((), invoices=[billed(), *more], purchase_orders=orders, goods_receipts=came)
    verdict: str = found[0]["quantity_verdict"]
    return verdict


def test_what_comes_later_changes_nothing_but_what_has_come_since() -> None:
    """The law of as-of: a line sees what was known on the day that its invoice arrived."""
    base = {"invoices": [billed("A", "6", "6")], "purchase_orders": [ordered()],
            "goods_receipts": [received("6")]}  # fmt: skip
    then = {
        "invoices": [*base["invoices"], billed("B", "9", days=30)],
        "purchase_orders": [*base["purchase_orders"], ordered(2, "90", "6", ordered_on=on(20))],
        "goods_receipts": [*base["goods_receipts"], received("90", days=25)],
    }
    (before,), after = matched((), None, **base), matched((), None, **then)[0]
    since = {"received_since"}
    assert {k: v for k, v in before.items() if k not in since} == {
        k: v for k, v in after.items() if k not in since
    }


def test_orders_that_are_called_off_or_raised_are_one_item() -> None:
    parts = [ordered(1, "3", description="Paper"), ordered(2, "7", description="paper ")]
    found = matched((), invoices=[billed()], purchase_orders=parts,
                    goods_receipts=[received("10", 1)])  # fmt: skip
    assert verdicts(found) == [("matched", "matched")]
    assert found[0]["order_lines"] == "1, 2"


def test_freight_at_the_price_of_an_item_is_none_of_it() -> None:
    lines = [
        {"description": text, "quantity": quantity, "unit_price": price}
        for text, quantity, price in (("Papier", "10", "5"), ("Fracht", "2", "5.05"))
    ]
    found = matched(printed(lines), invoices=[on_paper()], goods_receipts=[received()],
                    purchase_orders=[ordered(description="Paper A4 white")])  # fmt: skip
    assert verdicts(found) == [("matched", "matched"), ("no_order_line", "no_order_line")]


@pytest.mark.parametrize(
    ("order", "bill", "said"),
    [
        (("1", "10000"), {"quantity": "8", "price": "1200"}, [("matched", "unknown")]),
        (("1", "10000"), {"quantity": "9", "price": "1200"}, [("matched", "above_order")]),
        (("10", "1000"), {"quantity": "1", "price": "3500", "type": "prepayment_invoice"}, []),
        (("10", "5"), {"quantity": "30", "price": "5", "lines": 3}, []),
    ],
)
def test_a_lump_sum_a_prepayment_and_the_sum_of_several_items_are_no_items(
    order: tuple[str, str], bill: Row, said: list[tuple[str, str]]
) -> None:
    found = matched((), invoices=[billed(**bill)], purchase_orders=[ordered(1, *order)],
                    goods_receipts=[received("1")])  # fmt: skip
    assert verdicts(found) == said


def test_a_paper_of_type_386_is_a_prepayment() -> None:
    readings = [*printed([{"quantity": "1", "unit_price": "9"}]), a_reading("A.pdf", "type", "386")]
    assert not matched(readings, invoices=[on_paper()], purchase_orders=[ordered()])


def test_items_in_greek_and_cyrillic_letters_are_told_apart() -> None:
    texts = ("Хартия", "Λάμπα")
    orders = [ordered(at, description=text) for at, text in enumerate(texts, 1)]
    lines = [{"description": text, "quantity": "10", "unit_price": "5"} for text in texts]
    found = matched(printed(lines), invoices=[on_paper()], purchase_orders=orders,
                    goods_receipts=CAME)  # fmt: skip
    assert [row["order_lines"] for row in found] == ["1", "2"]


def test_one_item_on_several_lines_is_one_item() -> None:
    lines = [{"description": "Paper", "quantity": part, "unit_price": "5"} for part in "3331"]
    found = matched(printed(lines), invoices=[on_paper()], goods_receipts=[received()],
                    purchase_orders=[ordered(description="Paper")])  # fmt: skip
    assert verdicts(found) == [("matched", "matched")] * 4
    assert [row["billed_quantity"] for row in found] == [3, 6, 9, 10]


@pytest.mark.parametrize(
    ("order", "bill", "verdict"),
    [
        (("10", "60"), ("120", "5"), ("matched", "matched")),  # boxes ordered, pieces billed
        (("120", "5"), ("10", "60"), ("matched", "matched")),  # pieces ordered, boxes billed
        (("10", "60"), ("144", "5"), ("matched", "above_order")),  # more than the boxes hold
        (("120", "5"), ("120", "60"), ("above_price", "matched")),  # twelve times the price
        (("120", "5"), ("120", "50"), ("power_of_ten", "matched")),  # a slip is another kind
        (("100", "5"), ("10", "10"), ("above_price", "matched")),  # twice the price of a part
        (("100", "5"), ("1", "367"), ("above_price", "matched")),  # no whole number
        (("5000", "0.0123"), ("5", "12.345"), ("matched", "matched")),  # a price per thousand
    ],
)
def test_a_box_against_its_pieces_is_no_variance(
    order: tuple[str, str], bill: tuple[str, str], verdict: tuple[str, str]
) -> None:
    found = matched((), invoices=[billed("A", *bill)], purchase_orders=[ordered(1, *order)],
                    goods_receipts=[received(order[0])])  # fmt: skip
    assert verdicts(found) == [verdict]


def test_receipts_in_boxes_are_understood_where_the_vendor_always_comes_in_them() -> None:
    """One order that came to a twelfth may be short; several that did come in boxes of twelve."""
    for others, verdict in ((0, "above_receipt"), (2, "matched")):
        names = ["O1", *(f"P{at}" for at in range(others))]
        orders = [{**ordered(1, "120"), "order_id": name} for name in names]
        came = [{**received("10"), "order_id": name, "receipt_id": name} for name in names]
        bill, other = later(60)
        found = matched((), invoices=[billed("A", "120"), bill], purchase_orders=orders,
                        goods_receipts=[*came, other])  # fmt: skip
        assert found[0]["quantity_verdict"] == verdict


def test_a_price_in_another_currency_is_not_compared() -> None:
    found = matched((), invoices=[billed(price="9", currency="USD")], purchase_orders=[ordered()],
                    goods_receipts=[received()])  # fmt: skip
    assert verdicts(found) == [("other_currency", "matched")]


def test_prices_in_two_currencies_tell_no_unit() -> None:
    bills = [billed(name, quantity, "50", currency="CZK", days=at)
             for at, (name, quantity) in enumerate((("A", "4"), ("B", "96")))]  # fmt: skip
    found = matched((), invoices=bills, purchase_orders=[ordered(1, "100", "2")],
                    goods_receipts=[received("100")])  # fmt: skip
    assert verdicts(found) == [("other_currency", "matched")] * 2


@pytest.mark.parametrize(
    ("order", "line", "verdict"),
    [
        (("1", "-10"), {"quantity": "1", "unit_price": "-10", "net": "-10"}, ("unknown",) * 2),
        (("10", "5"), {"quantity": "0", "unit_price": "5", "net": "9"}, ("unknown",) * 2),
        (("10", "5"), {"quantity": "4006381333931", "unit_price": "60"},
         ("unknown", "above_order")),
        (("10", "5"), {"quantity": "9999999999999999", "unit_price": "1"},
         ("unknown", "above_order")),
    ],
)  # fmt: skip
def test_a_rebate_nothing_and_a_number_beyond_all_goods_are_no_errors(
    order: tuple[str, str], line: Row, verdict: tuple[str, str]
) -> None:
    dear = {"description": ITEMS[1], "quantity": "1", "unit_price": "99"}
    orders = [ordered(1, *order, description=ITEMS[0]),
              ordered(2, "10", "60", description=ITEMS[1])]  # fmt: skip
    came = [received("1", days=-9, order_id="O0"), received("10", 2)]
    rows = table(printed([{"description": ITEMS[0], **line}, dear]), invoices=[on_paper()],
                 purchase_orders=orders, goods_receipts=came)  # fmt: skip
    assert verdicts(rows.to_pylist()) == [verdict, ("above_price", "matched")]
    assert "price_above_order" in with_lines(FIRED.empty(), rows).fired["kind"].to_pylist()


def test_what_was_read_without_confidence_decides_nothing() -> None:
    line = {"quantity": "30", "unit_price": "9"}
    for confidence, said in ((0.5, ("unsure", "unsure")), (0.95, ("above_price", "above_order"))):
        found = matched(printed([line], confidence=confidence), invoices=[on_paper()],
                        purchase_orders=[ordered()])  # fmt: skip
        assert verdicts(found) == [said]


def test_after_an_invoice_that_states_no_lines_nothing_is_called_in_order() -> None:
    bills = [billed("A", None, None), billed("B", "4", days=5), billed("C", "9", days=9)]
    found = matched((), invoices=bills, purchase_orders=[ordered()], goods_receipts=[received()])
    assert [row["quantity_verdict"] for row in found] == ["unknown", "above_order"]


def test_receipts_that_name_no_line_say_nothing_of_one_item_among_several() -> None:
    lines = [{"description": text, "quantity": "10", "unit_price": "5"} for text in ITEMS[:1]]
    came = [received("20", None)]
    several = matched(printed(lines), invoices=[on_paper()], purchase_orders=THREE,
                      goods_receipts=came)  # fmt: skip
    assert several[0]["quantity_verdict"] == "no_receipts_kept"
    single = matched(printed(lines), invoices=[on_paper()], purchase_orders=THREE[:1],
                     goods_receipts=came)  # fmt: skip
    assert single[0]["quantity_verdict"] == "matched"


def test_a_paper_that_is_booked_lends_its_lines_to_the_row_of_the_books() -> None:
    row, paper = billed("A", None, None, lines=2), on_paper("B", order_id=None)
    lines = [{"description": text, "quantity": "10", "unit_price": "5"} for text in ITEMS[:2]]
    tables = {"invoices": [row, paper], "purchase_orders": THREE, "goods_receipts": CAME}
    documents = DOCUMENTS.rows([a_document(f"{name}.csv") for name in tables]
                               + [a_document("B.pdf")])  # fmt: skip
    joined = pa.table({"paper_id": ["I-B"], "booked_id": ["I-A"], "score": [1.0],
                       "reason": ["number"]})  # fmt: skip
    snapshot = snapshot_of(books(**tables), documents, derived={"bookings": joined})
    found = line_matches(snapshot, EXTRACTIONS.rows(printed(lines, "B"))).to_pylist()
    assert [(one["invoice_id"], one["line"], one["document_id"]) for one in found] == [
        ("I-A", 0, a_file("B.pdf")), ("I-A", 1, a_file("B.pdf")),
    ]  # fmt: skip


def test_books_without_orders_have_no_matched_lines() -> None:
    assert table((), invoices=[billed()]).num_rows == 0
    assert table(()).num_rows == 0


def listed(quantity: str, line: int = 1, **more: Any) -> Row:
    """A row of table `invoice_lines`, of invoice A."""
    return {"invoice_id": "I-A", "line": line, "quantity": Decimal(quantity), **more}


def test_a_company_without_papers_lists_the_lines_of_its_invoices() -> None:
    lines = [
        listed("10", 1, article="70021-B", unit_price=Decimal("60")),
        listed("12", 2, order_line=1, net=Decimal("60")),
        listed("10", 3, description="Desk lamp, with clamp"),
    ]
    orders = [one | {"article": f"7002{at}-b"} for at, one in enumerate(THREE)]
    bills = [billed("A", None, None)]
    found = matched(purchase_orders=orders, invoice_lines=lines, invoices=bills,
                    goods_receipts=CAME)  # fmt: skip
    assert [(row["line"], row["order_lines"], row["matched_by"]) for row in found] == [
        (0, "2", "article"), (1, "1", "reference"), (2, "3", "description"),
    ]  # fmt: skip
    assert verdicts(found) == [
        ("matched", "matched"), ("matched", "above_order"), ("unknown", "matched"),
    ]  # fmt: skip
    assert not matched(purchase_orders=orders, invoices=bills, goods_receipts=CAME)


def test_what_is_matched_at_a_time_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    orders = [ordered(order_id=f"O{at}") for at in range(7)]
    bills = [billed(str(at), order_id=f"O{at % 7}", days=at) for at in range(20)]
    came = [received(order_id=f"O{at}", receipt_id=f"R{at}") for at in range(0, 7, 2)]
    whole = table(purchase_orders=orders, invoices=bills, goods_receipts=came)
    monkeypatch.setattr(matching, "AT_A_TIME", 2)
    assert table(purchase_orders=orders, invoices=bills, goods_receipts=came) == whole


def test_matches_that_are_of_another_order_or_count_twice_are_told() -> None:
    tables = {
        "purchase_orders": [ordered(), ordered(order_id="O2")],
        "invoices": [billed(), billed("B", order_id="O2")],
    }
    files = [a_document(f"{name}.csv") for name in tables]
    snapshot = snapshot_of(books(**tables), DOCUMENTS.rows(files))
    nodes = snapshot.rows("PurchaseOrderLine"), snapshot.rows("Invoice")
    right = line_matches(snapshot, EXTRACTIONS.empty())
    assert right.num_rows == 2
    assert not [*faults_of_matches(right, *nodes)]
    rows = right.to_pylist()
    other = rows[1]["order_records"]
    wrong = [
        {**rows[0], "order_records": other},
        {**rows[0], "invoice_id": "I-Z"},
        {**rows[0], "billed_quantity": Decimal(20)},
    ]
    for row in wrong:
        assert len([*faults_of_matches(LINE_MATCHES.rows([row, rows[1]]), *nodes)]) == 1
