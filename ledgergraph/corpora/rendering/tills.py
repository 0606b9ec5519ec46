"""What stands on the receipt of a till, piece by piece, each with the field that it states.

Belongs here: which parts a shop's receipts have, in which order and words, as a list of blocks.
Not here: what is sold and what it comes to (shops), how a till writes a word or a number
(till_printing), how a block is set (layouts/till.typ).

The total of a receipt is what was paid, rounding included.
"""

from collections.abc import Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any

from ledgergraph.corpora.papers import NOTHING, PaperLine
from ledgergraph.corpora.rendering.countries import filled, first_names
from ledgergraph.corpora.rendering.labels import UNITS
from ledgergraph.corpora.rendering.marks import ITEMS, TAXES, Piece, Rich, Sheet, unmarked
from ledgergraph.corpora.rendering.till_printing import TillPrinter
from ledgergraph.money import plain

Block = dict[str, Any]
RULES = ("-", "-", "-", "=", "*", "_", ".", "- ", "~", "*-", "=-")
ALIGNED = ("c", "c", "c", "c", "l")
OF_ITEMS = ("two", "two", "under", "under", "first", "columns", "code", "times")
"""Ways of stating an item: amount beside the name, below it, behind the quantity, in columns."""


def till(sheet: Sheet) -> dict[str, Any]:
    """The receipt as blocks from top to bottom."""
    return _Roll(sheet).content()


class _Roll(TillPrinter):
    """One receipt while it is put together."""

    def content(self) -> dict[str, Any]:
        """All of it, for the layout."""
        seller = self.paper.seller
        blocks = [*self.head(), *self.facts(), *self.items(), *self.sums(), *self.foot()]
        return {
            "title": unmarked(self.word("heading")),
            "sender": unmarked(seller.name),
            "narrow": round(0.72 + 0.28 * self.shop.number("narrow"), 2)
            if self.shop.has("is_narrow", 0.6) else 1,
            "leading": round(0.04 + 0.36 * self.shop.number("leading"), 2),
            "grow": round(0.88 + 0.24 * self.shop.number("grow"), 2),
            "bold": self.shop.has("all bold", 0.12),
            "blocks": blocks,
            "items": {},
        }  # fmt: skip

    def head(self) -> list[Block]:
        """Who sells: name, numbers, address, telephone, in the shop's order."""
        shop, seller = self.shop, self.paper.seller
        align = shop.one("head align", ALIGNED)
        found: list[Block] = []
        if shop.has("logo", 0.22):
            found.append({"k": "logo", "s": shop.one("logo size", (8, 10, 14))})
        if self.till.brand:
            large = shop.one("brand size", (1.2, 1.6, 2.0))
            found.append(_text(unmarked(self.say(self.till.brand)), align, large, bold=True))
        name = self.say(seller.name)
        marked = [[self.sheet.mark("seller.name", name, name)]]
        size = 1.0 if self.till.brand else shop.one("name size", (1.0, 1.0, 1.2, 1.35, 1.5))
        found.append(_text(marked, align, size, bold=shop.has("name bold", 0.5),
                           tall=shop.has("name tall", 0.2)))  # fmt: skip
        parts = {
            "registration": self.plain_lines([self.till.registration or ""]),
            "address": [_text(self.address(), align)],
            "contact": self.plain_lines(self.contact()),
            "tax": self.tax_id() if not shop.has("tax id below", 0.25) else [],
            "slogan": self.plain_lines([self.word("slogans")]) if shop.has("slogan", 0.16) else [],
        }  # fmt: skip
        orders = (
            ("registration", "address", "contact", "tax", "slogan"),
            ("address", "contact", "registration", "tax", "slogan"),
            ("address", "tax", "contact", "registration", "slogan"),
            ("slogan", "registration", "tax", "address", "contact"),
        )  # fmt: skip
        for part in shop.one("head order", orders):
            found += [{**one, "a": align} for one in parts[part]]
        if shop.has("gap", 0.3):
            found.insert(shop.one("gap at", (1, 2, 3)), {"k": "v", "h": 2})
        return found

    def plain_lines(self, lines: Sequence[str]) -> list[Block]:
        """Lines that state no field."""
        return [_text(unmarked(self.say(one)), "c") for one in lines if one]

    def address(self) -> Rich:
        """The seller's address on the lines that the shop breaks it into."""
        shop, seller = self.shop, self.paper.seller
        town = self.land["town"].format(code=seller.postcode, city=seller.city)
        lines = [*(self.till.place or "").split(", "), seller.street, town]
        lines = [self.say(one) for one in lines if one]
        way = shop.one("address", ("lines", "lines", "lines", "one", "pairs", "apart"))
        if way == "one":
            shown = [", ".join(lines)]
        elif way == "pairs" and len(lines) > 2:
            shown = [", ".join(lines[:-1]), lines[-1]]
        elif way == "apart" and self.land["town"].startswith("{city}"):
            shown = [*lines[:-1], self.say(seller.city), seller.postcode]
        else:
            shown = lines
        if shop.has("commas", 0.25):
            shown = [f"{one}," for one in shown[:-1]] + [shown[-1] + shop.one("dot", ("", "", "."))]
        value = ", ".join(one.strip(",.") for one in shown)
        return self.sheet.lines("seller.address", value, shown)

    def contact(self) -> list[str]:
        """Telephone, fax and site."""
        shop, known = self.shop, self.till
        phone = f"{self.word('phone')} {known.phone}" if known.phone else ""
        fax = f"{self.word('fax')} {known.fax}" if known.fax else ""
        lines = [f"{phone}  {fax}".strip()] if shop.has("beside", 0.3) else [phone, fax]
        if known.site:
            lines.append(shop.one("site", ("www.{}", "info@{}", "{}")).format(known.site))
        return lines

    def tax_id(self) -> list[Block]:
        """The seller's tax number, in groups or in one."""
        seller, shop = self.paper.seller, self.shop
        if not seller.vat_id or shop.has("no tax id", 0.12):
            return []
        number = seller.vat_id
        home = seller.country
        if home in ("ES", "IT", "PT", "GB") and shop.has("bare id", 0.6):
            shown = number.removeprefix(home)
        else:
            shown = number
        if shop.has("grouped", 0.25) and shown.isdigit():
            shown = " ".join(shown[at : at + 3] for at in range(0, len(shown), 3))
        label = self.say(shop.one("tax id", self.land["tax_ids"]))
        label += self.colon if not label.endswith((":", ".")) else ""
        mark = self.sheet.mark("seller.vat_id", number, shown)
        pieces: list[Piece] = [(0, f"{label} "), mark]
        if shop.has("bracket", 0.12):
            pieces = [(0, f"( {label} "), mark, (0, " )")]
        return [_text([pieces], "c")]

    def rule(self, part: str, share: float = 0.8) -> list[Block]:
        """A rule of signs, a drawn one, or none."""
        shop = self.shop
        if not shop.has(f"rule {part}", share):
            return [{"k": "v", "h": shop.one(f"space {part}", (1, 2, 3))}]
        if shop.has("drawn", 0.25):
            return [{"k": "l", "d": shop.one("dash", ("solid", "dashed", "dotted"))}]
        signs = shop.one("rule", RULES)
        return [{"k": "c", "c": shop.one("heavy", ("=", "*", signs)) if part == "sums" else signs}]

    def facts(self) -> list[Block]:
        """Heading, date, time, number, who served, which till: in the shop's form."""
        paper, shop, sheet = self.paper, self.shop, self.sheet
        found = self.rule("head", 0.55)
        if shop.has("heading", 0.6):
            found.append(_text(unmarked(self.word("heading")), shop.one("title align", ALIGNED),
                               shop.one("title size", (1.0, 1.15, 1.3)),
                               bold=shop.has("title bold", 0.6)))  # fmt: skip
            if shop.has("rule below heading", 0.25):
                found += self.rule("heading")
        if self.sale.has("copy", 0.06):
            found.append(_text(unmarked(self.say(self.sale.one("which", self.words["copy"]))), "c"))
        number = [sheet.mark("number", self.say(paper.number), self.say(paper.number))]
        day = self.day(paper.issue_date)
        dated = [sheet.mark("issue_date", paper.issue_date.isoformat(), day)]
        is_joined = shop.has("joined", 0.4)
        clock: list[Piece] = [(0, self.clock())]
        more = self.more_facts()
        pairs: list[tuple[str, list[Piece]]] = [("number", number)]
        if is_joined:
            pairs.append(("date", [*dated, (0, shop.one("between", (" ", "  ", " / ", " - "))),
                                   *clock]))  # fmt: skip
        else:
            pairs += [("date", dated), ("time", clock)]
        pairs += [(key, [(0, text)]) for key, text in more]
        order = shop.rng("order").permutation(len(pairs))
        pairs = [pairs[at] for at in order]
        return [*found, *self.laid(pairs), *self.rule("facts", 0.75)]

    def more_facts(self) -> list[tuple[str, str]]:
        """What else stands beside date and number; none of it is a field."""
        shop, sale, rng = self.shop, self.sale, self.sale.rng("facts")
        people = first_names(self.paper.seller.country)
        name = shop.one(f"person {int(sale.number('shift') * 3)}", people)
        cashier = shop.one("cashiers", (name, name, f"{int(rng.integers(1, 60)):02d}",
                                        f"{int(rng.integers(100, 999))} {name}"))  # fmt: skip
        card = shop.one("card no", ("#########", "***** ####", "@######-#"))
        known = (
            ("cashier", 0.6, cashier),
            ("till", 0.45, f"{int(rng.integers(1, 12)):0{shop.one('wide', (1, 2, 3))}d}"),
            ("branch", 0.25, f"{int(shop.number('branch no') * 900 + 10)}"),
            ("transaction", 0.22, filled("########", rng)),
            ("member", 0.12, filled(card, rng)),
        )
        found = [(key, self.say(text)) for key, share, text in known if shop.has(key, share)]
        if self.till.trade == "restaurant" and shop.has("tables", 0.8):
            found.append(("table", str(rng.integers(1, 40))))
            if shop.has("covers", 0.4):
                found.append(("guests", str(rng.integers(1, 9))))
        return found

    def laid(self, pairs: Sequence[tuple[str, list[Piece]]]) -> list[Block]:
        """Pairs of label and value as the shop lays them."""
        shop = self.shop
        bare = "bare" if shop.has("bare", 0.25) else ""
        way = shop.one("laid", ("sides", "sides", "behind", "behind", "grid", "two", "centred"))
        if self.is_narrow and way == "two":
            way = "behind"

        def label(key: str) -> str:
            unlabelled = bare and key in ("date", "time")
            return "" if unlabelled else self.word(key, ends=True)

        rows = [(label(key), [value]) for key, value in pairs]
        if way == "sides":
            return [_pair(unmarked(one), value) for one, value in rows]
        if way == "grid":
            return [{"k": "g", "rows": [[unmarked(one), value] for one, value in rows]}]
        joined = [[[*([(0, f"{one} ")] if one else []), *value[0]]] for one, value in rows]
        if way == "centred":
            return [_text(one, "c") for one in joined]
        if way == "behind":
            return [_text(one, "l") for one in joined]
        return [
            _pair(joined[at], joined[at + 1] if at + 1 < len(joined) else unmarked(""))
            for at in range(0, len(joined), 2)
        ]

    def items(self) -> list[Block]:
        """What was bought, as one table; a discount on an item is a line of its own."""
        paper, shop = self.paper, self.shop
        way = shop.one("items", OF_ITEMS)
        if self.is_narrow and way == "columns":
            way = "code"
        columns = {"two": 2, "under": 2, "times": 2, "first": 3, "columns": 4, "code": 4}[way]
        rows: list[list[tuple[Rich, int]]] = []
        for at, line in enumerate(paper.lines):
            for row in self.item(way, columns, at, line):
                self.sheet.rows[ITEMS, len(rows)] = at
                rows.append(row)
        head: list[tuple[Rich, int]] = []
        if shop.has("head of items", 0.75 if columns > 2 else 0.25):
            head = [(unmarked(self.say(one)), 1) for one in self.heads(way)]
        texts = [] if shop.has("tax note", 0.9) else self.plain_lines([self.word("wear")])
        block = {
            "k": "i", "n": ITEMS, "cols": columns, "wide": 1 if way == "first" else 0,
            "head": head, "rows": rows, "y": shop.one("row gap", (0.6, 1.0, 1.4, 2.0)),
            "rule": shop.has("rule of head", 0.5),
        }  # fmt: skip
        return [*texts, block, *self.rule("items", 0.8)]

    def heads(self, way: str) -> list[str]:
        """The heads of the columns of items."""
        item, quantity, price, amount = self.words["head"]
        return {
            "first": [quantity, item, amount],
            "columns": [item, quantity, price, amount],
            "code": [item, quantity, price, amount],
        }.get(way, [item, amount])

    def item(
        self, way: str, columns: int, at: int, line: PaperLine
    ) -> list[list[tuple[Rich, int]]]:
        """The rows of one item."""
        shop, is_one = self.shop, line.quantity == 1
        net = [[*self.amount("net", line.net, at), *self.tax_code(line)]]
        name, below = self.named(at, line)
        if line.net < 0:  # a discount: what is taken off is all that it says
            return [[([name], columns - 1), (net, 1)]]
        counted = self.counted(way, at, line)
        if way == "first":
            row = [([[self.quantity(at, line)]], 1), ([name], 1), (net, 1)]
            if not is_one and shop.has("each", 0.8):
                price = self.price(at, line)
                return [row, [(unmarked(""), 1), ([[(0, "@ "), price]], 1), (unmarked(""), 1)]]
            return [row]
        if way in ("columns", "code"):
            numbers: list[tuple[Rich, int]] = [
                ([[self.quantity(at, line)]], 1), ([[self.price(at, line)]], 1), (net, 1),
            ]  # fmt: skip
            if way == "columns":
                return [[([name], 1), *numbers]]
            return [[([name], 4)], [(below or unmarked(""), 1), *numbers]]
        if way == "under":
            first = [[*below[0], (0, "  "), *counted] if below else counted]
            return [[([name], 2)], [(first, 1), (net, 1)]]
        if is_one and not shop.has("count ones", 0.1):
            return [[([name, *below], 1), (net, 1)]]
        if way == "times":
            return [[([counted], 2)], [([name, *below], 1), (net, 1)]]
        return [[([name, counted, *below], 1), (net, 1)]]

    def named(self, at: int, line: PaperLine) -> tuple[list[Piece], Rich]:
        """The name of an item, and what stands below it: its code, if that is not before it."""
        shop, text = self.shop, self.say(line.description)
        name = [self.sheet.mark("description", text, text, at)]
        code = line.article if line.article and shop.has("codes", 0.7) else ""
        if code and shop.has("code first", 0.55):
            return [(0, f"{code} "), *name], []
        if shop.has("numbered", 0.08):
            name = [(0, f"{at + 1}. "), *name]
        return name, [[(0, code)]] if code else []

    def counted(self, way: str, at: int, line: PaperLine) -> list[Piece]:
        """How many at which price, in one line; the columns state it themselves."""
        if way in ("first", "columns", "code") or line.net < 0:
            return []
        if line.quantity == 1 and way != "under" and not self.shop.has("count ones", 0.1):
            return []
        sign = self.shop.one("times", (" x ", " X ", " @ ", " x ", " * "))
        return [*self.with_unit(at, line), (0, sign), self.price(at, line)]

    def quantity(self, at: int, line: PaperLine) -> Piece:
        """How many."""
        raw = self.number(line.quantity, 0, 3)
        if line.unit != "C62":
            raw = self.number(line.quantity, 3, 3)
        elif self.shop.has("decimals", 0.12):
            raw = self.number(line.quantity, 2, 2)
        return self.sheet.mark("quantity", plain(line.quantity), raw, at)

    def with_unit(self, at: int, line: PaperLine) -> list[Piece]:
        """How many, and of what where it is no piece."""
        pieces = [self.quantity(at, line)]
        if line.unit != "C62":
            unit = UNITS[self.paper.language][line.unit]
            pieces += [(0, " "), self.sheet.mark("unit", line.unit, unit, at)]
        return pieces

    def price(self, at: int, line: PaperLine) -> Piece:
        """The price of one."""
        raw = self.number(line.unit_price, 2, 3)
        return self.sheet.mark("unit_price", plain(line.unit_price), raw, at)

    def tax_code(self, line: PaperLine) -> list[Piece]:
        """A letter behind the amount that says which rate it has."""
        if not self.has_codes:
            return []
        gap = "  " if self.number(line.net).endswith("-") else " "
        return [(0, f"{gap}{self.code(line.tax_rate or NOTHING)}")]

    @cached_property
    def has_codes(self) -> bool:
        """Whether amounts carry the code of their rate."""
        return self.shop.has("tax codes", 0.4)

    def code(self, rate: Decimal) -> str:
        """The code of a rate: letters, numbers, or a star for what is taxed."""
        rates = [one.rate for one in self.paper.breakdown]
        signs = self.shop.one("codes of tax", ("ABCDE", "12345", "SRZXY", "VWXYZ"))
        return str(signs[rates.index(rate)])

    def sums(self) -> list[Block]:
        """From the subtotal to the change."""
        paper, shop = self.paper, self.shop
        rows: list[tuple[Rich, Rich]] = []
        texts: list[Block] = []
        count = sum(1 for line in paper.lines if line.net > 0)
        if shop.has("count of items", 0.35):
            one = [*unmarked(self.word("items", ends=True))], unmarked(str(count))
            texts.append(_pair(*one) if shop.has("count aside", 0.6) else
                         _text([[*one[0][0], (0, f" {count}")]], "l"))  # fmt: skip
        rows += self.before_total()
        size = shop.one("total size", (1.0, 1.0, 1.15, 1.3, 1.5))
        total = self.total()
        style = {"s": size, "b": shop.has("total bold", 0.6), "h": shop.has("total tall", 0.2)}
        blocks = [*texts, *[_pair(*one) for one in rows]]
        if rows and shop.has("rule of total", 0.3):
            blocks += self.rule("sums", 1.0)
        blocks.append({**_pair(*total), **style})
        blocks += [_pair(*one) for one in self.after_total()]
        if shop.has("rule of payment", 0.3):
            blocks += self.rule("payment")
        blocks += [_pair(*one) for one in self.payment()]
        if self.has_summary:
            blocks += [*self.rule("summary", 0.6), *self.summary()]
        return blocks

    @property
    def is_split(self) -> bool:
        """Whether net and tax stand above the total."""
        return self.till.is_exclusive or self.shop.has("net above", 0.2)

    @cached_property
    def has_summary(self) -> bool:
        """Whether the tax stands by rate in a table."""
        has_several = len(self.paper.breakdown) > 1
        return self.shop.has("summary", 0.75 if has_several else 0.35)

    def before_total(self) -> list[tuple[Rich, Rich]]:
        """Subtotal, discount, service, net, tax and rounding, as far as the shop shows them."""
        paper, shop = self.paper, self.shop
        rows: list[tuple[Rich, Rich]] = []
        lines = paper.lines_total
        is_net = self.till.is_exclusive and not paper.allowances
        if paper.allowances or is_net or shop.has("subtotal", 0.35):
            name = "totals.net" if is_net else "totals.lines"
            rows.append((unmarked(self.word("subtotal", ends=self.is_ended)),
                         [self.amount(name, lines, sign=self.minor)]))  # fmt: skip
        for one in paper.allowances:
            label = self.word(one.reason)
            if one.percent is not None and shop.has("percents", 0.7):
                label = f"{label} {self.rate(one.percent)}"
            name = "totals.charges" if one.is_charge else "totals.allowances"
            rows.append((unmarked(label), [self.amount(name, one.amount, sign=self.minor)]))
        if self.is_split:
            if not is_net:
                rows.append((unmarked(self.word("net", ends=self.is_ended)),
                             [self.amount("totals.net", paper.net, sign=self.minor)]))  # fmt: skip
            rows += self.taxes()
        if paper.rounding or (shop.has("rounding", 0.4) and "rounding" in self.land
                              and paper.paid is not None):  # fmt: skip
            if shop.has("before rounding", 0.5):
                rows.append((unmarked(self.word("total", ends=self.is_ended)),
                             [[(0, self.number(paper.gross - paper.rounding))]]))  # fmt: skip
            rows.append((unmarked(self.word("rounding", ends=self.is_ended)),
                         [self.amount("totals.rounding", paper.rounding)]))  # fmt: skip
        return rows

    @cached_property
    def is_ended(self) -> bool:
        """Whether a sign stands behind the labels of sums."""
        return self.shop.has("sums end", 0.35)

    @cached_property
    def minor(self) -> str:
        """The sign of the other sums: as that of the total, or none."""
        return self.sign if self.shop.has("minor sign", 0.4) else ""

    def taxes(self) -> list[tuple[Rich, Rich]]:
        """A row of tax for each rate, or one for all."""
        rows: list[tuple[Rich, Rich]] = []
        several = [one for one in self.paper.breakdown if one.tax or len(self.paper.breakdown) == 1]
        for one in several:
            is_all = len(several) == 1
            ways = self.words["tax"][:1] if self.is_split else self.words["tax"]
            way = self.shop.one("tax", ways).replace("{tax}", self.land["tax"])
            label = self.say(way.replace("{rate}", self.rate(one.rate)))
            name = "totals.tax" if is_all else f"taxes.{self.paper.breakdown.index(one)}.tax"
            rows.append((unmarked(label), [self.amount(name, one.tax, sign=self.minor)]))
        return rows

    def total(self) -> tuple[Rich, Rich]:
        """What is to be paid."""
        key = (
            "rounded" if self.paper.rounding and self.shop.has("before rounding", 0.5) else "total"
        )
        return (unmarked(self.word(key, ends=self.is_ended)),
                [self.amount("totals.gross", self.paper.gross, sign=self.sign)])  # fmt: skip

    def after_total(self) -> list[tuple[Rich, Rich]]:
        """The tax that is contained, where it stands below the total."""
        if self.is_split or not self.shop.has("tax below", 0.35):
            return []
        return self.taxes()

    def payment(self) -> list[tuple[Rich, Rich]]:
        """How it was paid: none of it is a field, so that the total is not taken for it."""
        paper, shop = self.paper, self.shop
        paid = paper.gross if paper.paid is None else paper.paid
        way, known = self.till.payment, self.words
        word = self.say(shop.one(way, known[way]) if way != "card" else
                        self.sale.one("card", known["card"]))  # fmt: skip
        rows: list[tuple[Rich, Rich]] = [(unmarked(word), unmarked(self.number(paid)))]
        if way == "cash" and (paid != paper.gross or shop.has("no change", 0.6)):
            change = self.number(paid - paper.gross)
            rows.append((unmarked(self.word("change", ends=self.is_ended)), unmarked(change)))
        if way == "card" and shop.has("slip", 0.4):
            rng = self.sale.rng("slip")
            masked = filled(
                shop.one(
                    "mask",
                    (
                        "************####",
                        "XXXXXXXXXXXX####",
                        "######******####",
                        "**** **** **** ####",
                    ),
                ),
                rng,
            )
            rows.append((unmarked(self.word("slip")), unmarked(masked)))  # fmt: skip
            rows.append((unmarked(self.word("auth", ends=True)), unmarked(filled("######", rng))))
        return rows

    def summary(self) -> list[Block]:
        """The tax by rate as a table."""
        shop, sheet = self.shop, self.sheet
        words = self.words["summary_narrow" if self.is_narrow else "summary"]
        heads = [self.say(one) for one in words]
        order = shop.one("columns of tax", ((0, 1, 2), (0, 1, 2), (0, 2, 1), (0, 1, 2, 3),
                                            (0, 2, 1, 3)))  # fmt: skip
        if self.is_narrow:  # there is no room for four amounts beside each other
            order = order[:3]
        rows: list[list[tuple[Rich, int]]] = []
        for at, one in enumerate(self.paper.breakdown):
            sheet.rows[TAXES, at] = None
            rate: list[Piece] = [sheet.mark(f"taxes.{at}.rate", plain(one.rate),
                                            self.rate(one.rate))]  # fmt: skip
            if self.has_codes:
                sign = shop.one("sign of code", ("=", "", ":"))
                rate = [(0, f"{self.code(one.rate)}{sign} "), *rate]
            cells: list[Rich] = [
                [rate],
                [self.amount(f"taxes.{at}.base", one.base)],
                [self.amount(f"taxes.{at}.tax", one.tax)],
                unmarked(self.number(one.base + one.tax)),
            ]
            rows.append([(cells[column], 1) for column in order])
        title = []
        if shop.has("title of summary", 0.3):
            text = (
                f"{self.land['tax']} {self.word('heading')}"
                if shop.has("long", 0.1)
                else (
                    f"{self.land['tax']} summary"
                    if self.paper.language == "en"
                    else self.land["tax"]
                )
            )
            title = [_text(unmarked(self.say(text)), "l")]  # fmt: skip
        return [*title, {
            "k": "i", "n": TAXES, "cols": len(order), "wide": -1, "rule": False,
            "head": [(unmarked(heads[column]), 1) for column in order], "rows": rows, "y": 0.8,
        }]  # fmt: skip

    def foot(self) -> list[Block]:
        """Thanks, notes, points, codes."""
        shop, sale = self.shop, self.sale
        align = shop.one("foot align", ALIGNED)
        found = self.rule("foot", 0.6)
        if shop.has("tax id below", 0.25):
            found += [{**one, "a": align} for one in self.tax_id()]
        if shop.has("points", 0.12):
            for at, word in enumerate(self.words["words"]):
                points = str(int(sale.number(f"points {at}") * 2000))
                found.append(_pair(unmarked(self.say(word)), unmarked(points)))
        found += [_text(unmarked(self.say(one)), align) for one in self.closing()]
        rng = sale.rng("bars")
        if shop.has("barcode", 0.25):
            found.append({"k": "bars", "w": [int(one) for one in rng.integers(1, 5, 44)],
                          "h": shop.one("bar height", (7, 9, 12))})  # fmt: skip
            if shop.has("digits", 0.7):
                found.append(_text(unmarked(filled("#### #### #### ####", rng)), "c"))
        elif shop.has("square", 0.15):
            bits = rng.integers(0, 2, 25 * 25)
            found.append({"k": "qr", "n": 25, "w": "".join(map(str, bits))})
        return found

    def closing(self) -> list[str]:
        """Thanks, notes and a slogan, each once."""
        shop, notes = self.shop, self.words["notes"]
        lines = [self.word("thanks")] if shop.has("thanks", 0.8) else []
        lines += [
            filled(shop.one(f"notes {at}", notes), shop.rng("note"))
            for at, share in enumerate((0.4, 0.2, 0.1))
            if shop.has(f"note {at}", share)
        ]
        if shop.has("slogan below", 0.2):
            lines.append(shop.one("slogan 2", self.words["slogans"]))
        if shop.has("stars", 0.12):
            lines = [f"*** {one} ***" if len(one) < 26 else one for one in lines]
        return list(dict.fromkeys(lines))


def _text(rich: Rich, align: str, size: float = 1.0, *, bold: bool = False,
          tall: bool = False) -> Block:  # fmt: skip
    return {"k": "t", "r": rich, "a": align, "s": size, "b": bold, "h": tall}


def _pair(left: Rich, right: Rich) -> Block:
    return {"k": "p", "l": left, "r": right, "s": 1.0, "b": False, "h": False}
