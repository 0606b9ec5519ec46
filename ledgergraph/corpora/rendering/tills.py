"""What stands on the receipt of a till, each piece with the field that it states.

Not here: what is sold (shops), how wide the roll is and how it looks (layouts/till*.typ, slip*.typ).
"""

from typing import Any

from ledgergraph.corpora.catalogue import DIAL_CODES, FIRST_NAMES
from ledgergraph.corpora.papers import PaperLine
from ledgergraph.corpora.rendering.marks import ITEMS, TAXES, Piece, Rich, Sheet, drawn, unmarked
from ledgergraph.corpora.rendering.printing import unit_of
from ledgergraph.money import plain


def till(sheet: Sheet) -> dict[str, Any]:
    """The receipt of a till: prices contain the tax, the total is what was paid."""
    paper, printer = sheet.paper, sheet.printer
    label, seller = printer.label, paper.seller
    vat = [
        [
            (0, f"{label('vat_id')}: "),
            sheet.mark("seller.vat_id", seller.vat_id or "", seller.vat_id or ""),
        ]
    ]
    rows: list[list[Rich]] = []
    for at, line in enumerate(paper.lines):
        sheet.rows[ITEMS, at] = at
        rows.append(
            [
                _item(sheet, at, line),
                [[sheet.mark("net", plain(line.net), printer.number(line.net, 2, 2), at)]],
            ]
        )
    number, day = paper.number, paper.issue_date
    paid = paper.paid or paper.gross
    is_cash = paper.paid is not None
    payment: list[tuple[Rich, Rich]] = [
        (unmarked(label("cash" if is_cash else "card")), unmarked(printer.number(paid, 2, 2)))
    ]
    if is_cash:
        payment.append(
            (unmarked(label("change")), unmarked(printer.number(paid - paper.gross, 2, 2)))
        )
    rng = drawn(sheet.paper, 31)
    names = FIRST_NAMES.get(seller.country, FIRST_NAMES["GB"])
    return {
        "title": unmarked(label("receipt")),
        "sender": [[sheet.mark("seller.name", seller.name, seller.name)]],
        "sender_address": _address(sheet),
        "contact": _contact(sheet),
        "vat": vat if seller.vat_id else [],
        "facts": [
            (label("date"), [[sheet.mark("issue_date", day.isoformat(), printer.day(day))]]),
            (label("time"), unmarked(paper.at or "")),
            (label("receipt_number"), [[sheet.mark("number", number, number)]]),
            (label("till"), unmarked(str(rng.integers(1, 9)))),
        ],
        "served": f"{label('served')} {names[int(rng.integers(len(names)))]}",
        "items": {"rows": rows, "head": [], "start": 0},
        "total": [label("total"), [[sheet.amount("totals.gross", paper.gross)]]],
        "payment": payment,
        "includes": label("includes"),
        "taxes": _taxes(sheet),
        "thanks": label("thanks"),
        "bars": [int(one) for one in rng.integers(1, 5, 44)],
    }


def _item(sheet: Sheet, at: int, line: PaperLine) -> Rich:
    """What was bought; how many at which price only where it is more than one."""
    text: Rich = [[sheet.mark("description", line.description, line.description, at)]]
    if line.quantity != 1:
        raw, price = sheet.printer.number(line.quantity, 0, 3), line.unit_price
        unit: list[Piece] = [(0, " x ")]
        if line.unit != "C62":
            unit = [
                (0, " "),
                sheet.mark("unit", line.unit, unit_of(sheet.printer, line), at),
                *unit,
            ]
        text.append([
            sheet.mark("quantity", plain(line.quantity), raw, at), *unit,
            sheet.mark("unit_price", plain(price), sheet.printer.number(price, 2, 3), at),
        ])  # fmt: skip
    return text


def _address(sheet: Sheet) -> Rich:
    lines = sheet.printer.address(sheet.paper.seller, abroad=False)
    return sheet.lines("seller.address", ", ".join(lines), lines)


def _contact(sheet: Sheet) -> Rich:
    rng, country = drawn(sheet.paper, 23), sheet.paper.seller.country
    number = f"{rng.integers(20, 99)} {rng.integers(100_000, 9_999_999)}"
    return unmarked(f"{sheet.printer.label('phone')} +{DIAL_CODES.get(country, '1')} {number}")


def _taxes(sheet: Sheet) -> dict[str, Any]:
    """The tax by rate as a table."""
    printer, rows = sheet.printer, []
    for at, one in enumerate(sheet.paper.breakdown):
        sheet.rows[TAXES, at] = None
        rows.append([
            [[sheet.mark(f"taxes.{at}.rate", plain(one.rate), printer.rate(one.rate))]],
            [[sheet.mark(f"taxes.{at}.base", plain(one.base), printer.number(one.base, 2, 2))]],
            [[sheet.mark(f"taxes.{at}.tax", plain(one.tax), printer.number(one.tax, 2, 2))]],
        ])  # fmt: skip
    heads = ("tax_head", "tax_base", "tax_amount")
    return {"head": [unmarked(printer.label(name)) for name in heads], "rows": rows}
