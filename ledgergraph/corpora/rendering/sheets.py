"""What stands on a paper, piece by piece, each piece with the field that it states.

Belongs here: the contents of a paper in the words of its vendor, before they are placed.
Not here: where they are placed (layouts/*.typ), and where they came to stand (typesetting).

Pieces and marks: marks. Receipts of tills: tills.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from ledgergraph.corpora.papers import (
    BILLS,
    Paper,
    PaperAllowance,
    PaperLine,
    PaperParty,
    Reminded,
    sender_of,
)  # fmt: skip
from ledgergraph.corpora.rendering.countries import first_names, one_of, phone, surnames
from ledgergraph.corpora.rendering.labels import LEGAL
from ledgergraph.corpora.rendering.looks import RECEIPT, Look
from ledgergraph.corpora.rendering.marks import ITEMS, TAXES, Mark, Piece, Rich, Sheet, drawn
from ledgergraph.corpora.rendering.marks import unmarked as _plain
from ledgergraph.corpora.rendering.printing import SYMBOLS, Printer, described, unit_of
from ledgergraph.corpora.rendering.tills import till
from ledgergraph.money import plain

TO = {"purchase_order": "supplier", "goods_receipt": "ship_to"}
CODES = {"invoice": "380", "credit_note": "381"}
REMINDER = "reminder"


def sheet_of(paper: Paper, look: Look) -> Sheet:
    """The contents of a paper in a look."""
    sheet = Sheet(paper, look, Printer(paper))
    sheet.content = {
        "language": paper.language,
        "page": "us-letter" if sheet.printer.is_american else "a4",
        "style": _style(sheet),
        **(till(sheet) if look.family == RECEIPT else _page(sheet)),
    }
    return sheet


def _style(sheet: Sheet) -> dict[str, Any]:
    look, sender = sheet.look, sender_of(sheet.paper)
    initials = [word[0] for word in sender.name.split() if word[0].isalpha()]
    return {
        "font": look.font, "size": look.size, "accent": look.accent, "pale": look.pale,
        "shape": look.shape, "turn": look.turn, "upper": look.is_upper, "tight": look.is_tight,
        "initials": "".join(initials)[:2].upper(),
    }  # fmt: skip


def _page(sheet: Sheet) -> dict[str, Any]:
    paper, label = sheet.paper, sheet.printer.label
    is_order = paper.type == "purchase_order"
    ours, theirs = ("buyer", "seller") if is_order else ("seller", "buyer")
    recipient = paper.seller if is_order else paper.buyer
    sender = sender_of(paper)
    code = CODES.get(paper.type)
    usual = label(f"reminder_{paper.reminded.level}" if paper.reminded else paper.type)
    title = paper.title or usual
    return {
        "title": [[sheet.mark("type", code, title)]] if code else _plain(title),
        "sender": _name(sheet, ours, sender),
        "sender_address": _address(sheet, ours, sender),
        "short": f"{sender.name} · {' · '.join(sheet.printer.address(sender, abroad=False))}",
        "contact": _contact(sheet, sender),
        "to": label(TO.get(paper.type, "to")),
        "recipient": _name(sheet, theirs, recipient) if recipient else _plain(""),
        "recipient_address": _address(sheet, theirs, recipient) if recipient else _plain(""),
        "facts": _facts(sheet),
        "intro": _intro(sheet),
        "items": _reminded(sheet, paper.reminded) if paper.reminded else _items(sheet),
        "taxes": _taxes(sheet) if _has_breakdown(sheet) else None,
        "totals": [] if paper.type == "goods_receipt" else _totals(sheet),
        "notes": _notes(sheet),
        "footer": _footer(sheet, sender, ours),
        "legal": _legal(sheet, sender),
        "signed": label("signed") if paper.type == "goods_receipt" else "",
    }  # fmt: skip


def _intro(sheet: Sheet) -> str:
    """What stands between the title and the table; a line break parts the salutation."""
    paper, label = sheet.paper, sheet.printer.label
    if paper.reminded is None:
        return label("confirm") if paper.type == "sales_order" else ""
    text = label(f"r_intro_{paper.reminded.level}")
    return f"{label('r_dear')}\n{text}" if paper.look % 3 else text[:1].upper() + text[1:]


def _name(sheet: Sheet, side: str, party: PaperParty) -> Rich:
    return [[sheet.mark(f"{side}.name", party.name, party.name)]]


def _address(sheet: Sheet, side: str, party: PaperParty) -> Rich:
    lines = sheet.printer.address(party, abroad=sheet.paper.is_abroad)
    return sheet.lines(f"{side}.address", ", ".join(lines), lines)


def _contact(sheet: Sheet, sender: PaperParty) -> Rich:
    rng = drawn(sheet.paper, 23)
    word = "".join(c for c in sender.name.split(" ")[0].lower() if c.isascii() and c.isalpha())
    number = phone(sender.country, rng)
    site = f"{word or 'office'}-{rng.integers(10, 99)}.example"
    lines = [f"{sheet.printer.label('phone')} {number}", f"info@{site}", f"www.{site}"]
    return [[(0, one)] for one in lines]


def _legal(sheet: Sheet, sender: PaperParty) -> Rich:
    rng, country = drawn(sheet.paper, 29), sender.country
    first, last = one_of(rng, first_names(country)), one_of(rng, surnames(country))
    numbers = {f"n{n}": int(rng.integers(10 ** (n - 1), 10**n)) for n in range(2, 10)}
    words = {"city": sender.city, "street": sender.street, "person": f"{first} {last}"}
    return [[(0, one.format(**numbers, **words))] for one in LEGAL.get(country, ())]


def _facts(sheet: Sheet) -> list[tuple[str, Rich]]:
    paper, printer = sheet.paper, sheet.printer
    label = printer.label
    names = {"invoice": ("number", "issue_date"), "credit_note": ("credit_number", "credit_date")}
    number, dated = names.get(paper.type, (f"{paper.type}_number", "date"))
    facts: list[tuple[str, Rich]] = []
    if paper.number:
        facts.append((label(number), [[sheet.mark("number", paper.number, paper.number)]]))

    def day(name: str, key: str) -> None:
        value = getattr(paper, name)
        if value is not None:
            raw = printer.day(value)
            facts.append((label(key), [[sheet.mark(name, value.isoformat(), raw)]]))

    day("issue_date", dated)
    day("due_date", "r_until" if paper.reminded else "due_date")
    if paper.delivered_on is not None:
        wanted = "wanted" if paper.type in ("purchase_order", "sales_order") else "delivery"
        facts.append((label(wanted), _plain(printer.day(paper.delivered_on))))
    if paper.period_start is not None and paper.period_end is not None:
        start, end = paper.period_start, paper.period_end
        facts.append((label("period"), [[
            sheet.mark("period_start", start.isoformat(), printer.day(start)), (0, " – "),
            sheet.mark("period_end", end.isoformat(), printer.day(end)),
        ]]))  # fmt: skip
    buyer_vat = paper.buyer.vat_id if paper.buyer and paper.type != "purchase_order" else None
    for name, key, text in (
        ("order_reference", "order", paper.order_reference),
        ("contract_reference", "contract", paper.contract_reference),
        ("preceding_invoice", "preceding", None if paper.reminded else paper.preceding_invoice),
        ("buyer.vat_id", "buyer_vat_id", buyer_vat),
    ):
        if text:
            facts.append((label(key), [[sheet.mark(name, text, text)]]))
    if paper.look % 5 == 0 and paper.type in BILLS:
        facts.append(
            (label("currency"), [[sheet.mark("currency", paper.currency, paper.currency)]])
        )
    return facts


def _items(sheet: Sheet) -> dict[str, Any]:
    """The table of items, on one page until it is known how many rows a page takes."""
    columns = _columns(sheet)
    lines = sheet.paper.lines
    sheet.items = [[_cell(sheet, name, at, line) for name in columns]
                   for at, line in enumerate(lines)]  # fmt: skip
    texts = ("position", "article", "description")
    return {
        "head": [_plain(_head(sheet, name)) for name in columns],
        "names": list(columns),
        "align": ["left" if name in texts else "right" for name in columns],
        "parts": _parts(sheet, columns, [(0, len(lines))]),
    }


def split(sheet: Sheet, breaks: Sequence[tuple[int, int]], widths: Sequence[float]) -> None:
    """Put the lines from one place to another on a page each; `widths` of columns are in pt."""
    items = sheet.content["items"]
    items["parts"], items["widths"] = _parts(sheet, items["names"], breaks), list(widths)


def _parts(
    sheet: Sheet, columns: Sequence[str], breaks: Sequence[tuple[int, int]]
) -> list[dict[str, Any]]:
    """The rows of each page, with what is carried from one to the next."""
    parts: list[dict[str, Any]] = []
    number, carried = 0, Decimal(0)
    for start, end in breaks:
        part: list[list[Rich]] = []
        if start and "net" in columns:
            part.append(_carried(sheet, columns, carried))
            sheet.rows[ITEMS, number] = None
        first = number
        for at in range(start, end):
            sheet.rows[ITEMS, first + len(part)] = at
            part.append(sheet.items[at])
            carried += sheet.paper.lines[at].net
        if end < len(sheet.items) and "net" in columns:
            sheet.rows[ITEMS, first + len(part)] = None
            part.append(_carried(sheet, columns, carried))
        number += len(part)
        parts.append({"start": first, "rows": part})
    return parts


def _reminded(sheet: Sheet, of: Reminded) -> dict[str, Any]:
    """The invoice that a reminder asks for, as a table of one row."""
    paper, printer = sheet.paper, sheet.printer
    number = paper.preceding_invoice or ""
    sheet.rows[ITEMS, 0] = None
    row = [
        [[sheet.mark("preceding_invoice", number, number)]],
        _plain(printer.day(of.issue_date)), _plain(printer.day(of.due_date)),
        [[sheet.amount("totals.gross", paper.gross)]],
    ]  # fmt: skip
    heads = ("reminded", "r_issued", "r_due", "open")
    return {
        "head": [_plain(printer.label(name)) for name in heads],
        "names": ["description", *heads[1:]],
        "align": ["left", "left", "left", "right"],
        "parts": [{"start": 0, "rows": [row]}],
    }


def _head(sheet: Sheet, name: str) -> str:
    own = {"net": "amount", "unit": "quantity"}.get(name, name)
    text = sheet.printer.label(own)
    is_money = name == "net" and sheet.paper.look % 4 == 1
    symbol = SYMBOLS.get(sheet.paper.currency, sheet.paper.currency)
    return f"{text} {symbol}" if is_money else text


def _columns(sheet: Sheet) -> tuple[str, ...]:
    paper = sheet.paper
    has_prices = paper.type != "goods_receipt"
    has_rates = any(line.tax_rate is not None for line in paper.lines) or paper.look % 7 == 0
    wanted = (
        ("position", paper.look % 6 != 3 or paper.layout == "letterhead"),
        ("article", any(line.article for line in paper.lines)),
        ("description", True), ("quantity", True), ("unit_price", has_prices),
        ("discount", has_prices and any(line.allowance for line in paper.lines)),
        ("tax_rate", has_prices and paper.type in BILLS and has_rates),
        ("net", has_prices),
    )  # fmt: skip
    return tuple(name for name, is_there in wanted if is_there)


def _cell(sheet: Sheet, column: str, at: int, line: PaperLine) -> Rich:
    printer = sheet.printer
    match column:
        case "position":
            step = 10 if sheet.paper.look % 9 == 0 else 1
            return _plain(str((at + 1) * step))
        case "article":
            return _plain(line.article or "")
        case "description":
            text = described(printer, line)
            details = [f"{printer.label(key)} {value}" for key, value in line.details]
            return [
                *sheet.lines("description", text, [text], at), *[[(0, one)] for one in details]
            ]  # fmt: skip
        case "quantity":
            raw = printer.number(line.quantity, 0, 3)
            return [[
                sheet.mark("quantity", plain(line.quantity), raw, at), (0, " "),
                sheet.mark("unit", line.unit, unit_of(printer, line), at),
            ]]  # fmt: skip
        case "unit_price":
            raw = printer.number(line.unit_price, 2, 4)
            return [[sheet.mark("unit_price", plain(line.unit_price), raw, at)]]
        case "discount":
            return _plain("") if line.allowance is None else _discount(sheet, line.allowance, at)
        case "tax_rate":
            rate = sheet.paper.tax_rate if line.tax_rate is None else line.tax_rate
            return [[sheet.mark("tax_rate", plain(rate), printer.rate(rate), at)]]
    return [[sheet.mark("net", plain(line.net), printer.number(line.net, 2, 2), at)]]


def _discount(sheet: Sheet, one: PaperAllowance, at: int) -> Rich:
    if one.percent is None:
        raw = sheet.printer.number(one.amount, 2, 2)
        return [[sheet.mark("allowances.0.amount", plain(one.amount), raw, at)]]
    raw = sheet.printer.rate(one.percent)
    return [[sheet.mark("allowances.0.percentage", plain(one.percent), raw, at)]]


def _carried(sheet: Sheet, columns: Sequence[str], sum_: Decimal) -> list[Rich]:
    texts = {"description": sheet.printer.label("carried"), "net": sheet.printer.number(sum_, 2, 2)}
    return [_plain(texts.get(name, "")) for name in columns]


def _has_breakdown(sheet: Sheet) -> bool:
    paper = sheet.paper
    return paper.type in BILLS and (len(paper.breakdown) > 1 or paper.look % 8 == 5)


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
    return {"head": [_plain(printer.label(name)) for name in heads], "rows": rows}


def _totals(sheet: Sheet) -> list[tuple[Rich, Rich, bool]]:
    """Label, amount and whether it is the one that matters, from the lines to what is due."""
    paper, label = sheet.paper, sheet.printer.label
    found: list[tuple[Rich, Rich, bool]] = []
    if paper.reminded:
        due = paper.gross + sum((one.amount for one in paper.allowances), Decimal(0))
        if paper.allowances:
            open_ = [[sheet.amount("totals.gross", paper.gross)]]
            found = [(_plain(label("open")), open_, False), *_allowances(sheet)]
        return [*found, (_plain(label("r_total")), [[sheet.amount("totals.due", due)]], True)]
    if paper.allowances:
        found.append(
            (
                _plain(label("lines_total")),
                [[sheet.amount("totals.lines", paper.lines_total)]],
                False,
            )
        )
        found += _allowances(sheet)
    found.append((_plain(label("net")), [[sheet.amount("totals.net", paper.net)]], False))
    found += _tax_rows(sheet)
    usual = "gross" if paper.type == "invoice" else "order_total"
    gross = label("credit_gross" if paper.type == "credit_note" else usual)
    found.append((_plain(gross), [[sheet.amount("totals.gross", paper.gross)]], not paper.prepaid))
    if paper.prepaid:
        found.append(
            (_plain(label("prepaid")), [[sheet.amount("totals.prepaid", paper.prepaid)]], False)
        )
        found.append(
            (
                _plain(label("due")),
                [[sheet.amount("totals.due", paper.gross - paper.prepaid)]],
                True,
            )
        )
    return found


def _allowances(sheet: Sheet) -> list[tuple[Rich, Rich, bool]]:
    counts = {"allowances": 0, "charges": 0}
    found: list[tuple[Rich, Rich, bool]] = []
    for one in sheet.paper.allowances:
        kind = "charges" if one.is_charge else "allowances"
        prefix = f"{kind}.{counts[kind]}"
        counts[kind] += 1
        reason = sheet.printer.label(one.reason)
        text: list[Piece] = [sheet.mark(f"{prefix}.reason", reason, reason)]
        if one.percent is not None:
            raw = sheet.printer.rate(one.percent)
            text += [(0, " "), sheet.mark(f"{prefix}.percentage", plain(one.percent), raw)]
        signed = one.amount if one.is_charge else -one.amount
        raw = sheet.printer.amount(signed)
        found.append(([text], [[sheet.mark(f"{prefix}.amount", plain(one.amount), raw)]], False))
    return found


def _tax_rows(sheet: Sheet) -> list[tuple[Rich, Rich, bool]]:
    """A row for each rate, and what they come to where there are several."""
    paper, printer = sheet.paper, sheet.printer
    taxes = paper.breakdown
    if len(taxes) == 1:
        raw = printer.rate(paper.breakdown[0].rate)
        text = _filled(sheet, "tax", "taxes.0.rate", taxes[0].rate, raw)
        return [([text], [[sheet.amount("totals.tax", paper.tax)]], False)]
    return [(_plain(printer.label("tax_amount")), [[sheet.amount("totals.tax", paper.tax)]], False)]


def _filled(sheet: Sheet, key: str, name: str, rate: Decimal, raw: str) -> list[Piece]:
    """A label with a rate in it; the rate is a piece of its own, with its sign."""
    before, _, after = sheet.printer.label(key).partition("{rate}")
    sign = raw[len(raw.rstrip("% ")) :]
    rest = after.removeprefix(sign)
    if rest and not rest.startswith(" "):  # a bracket: the words would not be the rate's own
        return [(0, before + raw + rest)]
    return [(0, before), sheet.mark(name, plain(rate), raw), (0, rest)]


def _notes(sheet: Sheet) -> list[Rich]:
    paper, printer = sheet.paper, sheet.printer
    label = printer.label
    notes: list[Rich] = []
    if paper.type == "purchase_order":
        return [_plain(label("please"))]
    if paper.reminded and paper.due_date is not None:
        return [_pay(sheet, "r_pay", paper.due_date), _plain(label("r_crossed"))]
    if paper.type not in BILLS:
        return notes
    if any(one.rate == 0 for one in paper.breakdown):
        notes.append(_plain(label("reverse" if paper.is_abroad else "exempt")))
    stated = (paper.delivered_on, paper.period_start, *(one.delivered_on for one in paper.lines))
    if paper.seller.country == "DE" and not any(stated):
        notes.append(_plain(label("same_day")))
    if paper.type == "invoice":
        if paper.iban is None:
            notes.append(_plain(label("direct_debit")))
        elif paper.due_date is not None:
            notes.append(_pay(sheet, "pay", paper.due_date))
        else:
            notes.append(_plain(label("pay_later")))
    return notes


def _pay(sheet: Sheet, key: str, day: date) -> Rich:
    """The sentence that says until when to pay; a day before a comma is no word of its own."""
    before, _, after = sheet.printer.label(key).partition("{date}")
    raw = sheet.printer.day(day)
    glued = after[:1] if after[:1] in ",." else ""
    piece = (0, raw) if glued else sheet.mark("due_date", day.isoformat(), raw)
    return [[(0, before), piece, (0, after)]]


def _footer(sheet: Sheet, sender: PaperParty, ours: str) -> list[Rich]:
    """Columns below the page: who, its tax number, its account."""
    paper, printer = sheet.paper, sheet.printer
    columns: list[Rich] = [[
        [sheet.mark(f"{ours}.name", sender.name, sender.name)],
        *_address(sheet, ours, sender),
    ]]  # fmt: skip
    if sender.vat_id:
        vat = sheet.mark(f"{ours}.vat_id", sender.vat_id, sender.vat_id)
        columns.append([[(0, f"{printer.label('vat_id')}: "), vat]])
    if paper.iban and paper.type in (*BILLS, REMINDER):
        # Only the US has two numbers, each with a label of its own: one field on two lines.
        labels = ("routing", "iban") if len(printer.account()) > 1 else ("iban",)
        numbers = sheet.lines("seller.iban", paper.iban, printer.account())
        columns.append([
            [(0, printer.label("bank"))],
            *[[(0, f"{printer.label(key)}: "), *one]
              for key, one in zip(labels, numbers, strict=True)],
        ])  # fmt: skip
    return columns


def fields_of(sheet: Sheet) -> list[Mapping[str, Any]]:
    """What the sheet states once each: rows of line, field, canonical value and text as printed."""
    rows: dict[tuple[int | None, str], Mapping[str, Any]] = {}
    for mark in (*sheet.marks, *_implied(sheet.paper)):
        key = (mark.line, mark.field)
        row = {"line": mark.line, "field": mark.field, "value": mark.value, "raw": mark.raw}
        rows.setdefault(key, row)
    return list(rows.values())


def _implied(paper: Paper) -> list[Mark]:
    """What a paper states without a word of its own, such as the currency by its sign."""
    found = [Mark(None, "currency", paper.currency, paper.currency)]
    return found if paper.type != "goods_receipt" else []


def implied(sheet: Sheet) -> list[Mark]:
    """Fields of a paper that no mark states."""
    stated = {(mark.line, mark.field) for mark in sheet.marks}
    return [mark for mark in _implied(sheet.paper) if (mark.line, mark.field) not in stated]
