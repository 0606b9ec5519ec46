"""A part of a ledger: new invoices, and the rows that tell of them.

To tell of one invoice not every row is needed: those of its seller, party, order, contract
and account, what it may repeat, and the master data that it names. What a feature holds
against more than that (all invoices of an approver, of the company) it asks `across` for,
and what old rows rest on that a part does not hold, `carried`.

Not here: what is computed (graph.duplicates, datasets.features).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow as pa

from ledgergraph.books import BOOK_TABLES
from ledgergraph.errors import BadSetting, StaleInput
from ledgergraph.graph.asof import Statistic
from ledgergraph.graph.frames import (
    DERIVED,
    Floats,
    Ints,
    Ledger,
    Listed,
    Place,
    T,
    Values,
    arrived,
    columns_of,
    filled,
    framed,
    listed,
    stated,
)
from ledgergraph.graph.likeness import Description, described
from ledgergraph.graph.parties import vendors_of

TOGETHER = ("seller", "party", "order_id", "contract_id", "iban")
"""Invoices that agree in one of these are told of each other."""
ALIKE_DAYS, REPEATED_DAYS = 60.0, 400.0
"""How long ago an equal amount, and an equal amount with an equal number, tell of an invoice of
another party: as far as graph.duplicates looks."""
MOST = 300
"""More new invoices than this are told of by the whole ledger: one by one would take longer."""
SAID = ("vendor_name", "vat_id", "iban")
"""What an invoice that names no vendor_id says of its seller."""
NOWHERE = -1


def across(
    ledger: Ledger, name: str, by: str | None, statistic: Statistic, *values: Values
) -> Floats:
    """A statistic of earlier invoices that agree in column `by`; without it, of all.

    `name` tells it from others: a part looks up under it what the whole ledger gave. NaN
    where the column is null.
    """
    if isinstance(ledger, Part):
        return ledger.across(name, by, statistic, values)
    length = len(ledger.values("known"))
    group = np.zeros(length, dtype=np.int64) if by is None else ledger.codes(by)
    result = statistic.running(group, *values)
    if ledger.kept is not None:
        ledger.kept[name] = values, result
    return result


def carried(ledger: Ledger, name: str, values: Values, table: str = "invoices") -> Values:
    """Values of the rows of a table; in a part those of old rows are as in the whole ledger."""
    if isinstance(ledger, Part):
        return ledger.carried(name, values, table)
    if ledger.kept is not None:
        ledger.kept[name] = (values,), values
    return values


@dataclass(frozen=True, eq=False, kw_only=True)
class Part(Ledger):
    """Some rows of a ledger and new invoices, `asked`; see `Whole.part`.

    `fresh` are the columns of the new ones. `rows` says for each invoice where it stands in
    the whole ledger, NOWHERE for a new one; `before` for each new one how many invoices of the
    whole ledger came before it; `places` which rows of the other tables these are. Columns are
    taken from the whole ledger when they are asked for.
    """

    whole: Ledger
    fresh: Mapping[str, Values]
    rows: Ints
    before: Ints
    places: dict[str, Ints] = field(default_factory=dict)

    def __getitem__(self, table: str) -> pd.DataFrame:
        if table not in self._frames:
            rows = self.whole[table].iloc[self.places[table]]
            self._frames[table] = rows.reset_index(drop=True)
        return self._frames[table]

    @cached_property
    def invoices(self) -> pd.DataFrame:
        """As `Ledger.invoices`."""
        return framed({name: self.values(name) for name in self.fresh})

    def size(self, table: str) -> int:
        """As `Ledger.size`."""
        return len(self.places[table])

    def fixed(self, name: str, made: Callable[[Ledger], T]) -> T:
        """As `Ledger.fixed`."""
        return self.whole.fixed(name, made)

    def across(
        self, name: str, by: str | None, statistic: Statistic, values: Sequence[Values]
    ) -> Floats:
        """As the function of this name."""
        kept, result = self._kept(name)
        found = self._with_old(result, np.full(len(self.before), np.nan))
        keys = None if by is None else self._new_values(by)
        arrived_of = defaultdict[object, list[int]](list)
        for place, (at, before) in enumerate(zip(self._new, self.before.tolist(), strict=True)):
            key = None if keys is None else keys[place]
            if keys is not None and (key is None or key != key):
                continue
            beside = arrived_of[key]
            group = slice(0, before) if by is None else self._group(by, key, before)
            given = [
                (np.append(all_[group], own[beside]) if beside else all_[group], own[at])
                for all_, own in zip(kept, values, strict=True)
            ]
            found[at] = statistic.alone(*(one for pair in given for one in pair))
            beside.append(at)
        return found

    def carried(self, name: str, values: Values, table: str) -> Values:
        """As the function of this name."""
        _, whole = self._kept(name)
        if table != "invoices":
            place = self.places[table]
            return whole[place]
        return self._with_old(whole, values[self._at_new])

    def _column(self, table: str, column: str) -> Values:
        whole = self.whole.values(column, table)
        if table != "invoices":
            return whole[self.places[table]]
        return self._with_old(whole, self._new_values(column))

    def _new_values(self, column: str) -> Values:
        """A column of the new invoices, in order of arrival."""
        if (made := DERIVED.get(("invoices", column))) is not None:
            return made(self.fresh.__getitem__)
        return self.fresh[column]

    def _with_old(self, whole: Values, new: Values) -> Values:
        """A column: of old rows as in the whole ledger."""
        if len(whole):  # NOWHERE takes its last row, and is then overwritten
            found = whole.take(self.rows).astype(new.dtype, copy=False)
        else:
            found = np.empty(len(self.rows), dtype=new.dtype)
        found[self._at_new] = new
        return found

    def _coded(self, places: tuple[Place, ...]) -> list[Ints]:
        """As in the whole ledger; names that only new invoices have get codes of their own."""
        known = self.whole.code_of(places)
        unknown: dict[object, int] = {}
        found = []
        for (table, column), whole in zip(places, self.whole.shared(*places), strict=True):
            if table != "invoices":
                found.append(whole[self.places[table]])
                continue
            new = np.full(len(self.before), -1, dtype=np.int64)
            for at, name in enumerate(self._new_values(column).tolist()):
                if name is not None and name == name:
                    code = known.get(name, -1)
                    new[at] = code if code >= 0 else unknown.setdefault(
                        name, len(known) + len(unknown)
                    )  # fmt: skip
            found.append(self._with_old(whole, new))
        return found

    @cached_property
    def _frames(self) -> dict[str, pd.DataFrame]:
        return {}

    @cached_property
    def _at_new(self) -> Ints:
        return np.flatnonzero(self.rows == NOWHERE)

    def _kept(self, name: str) -> tuple[tuple[Values, ...], Values]:
        try:
            return (self.whole.kept or {})[name]
        except KeyError:
            raise StaleInput(f"The ledger was opened without {name}. Open it again.") from None

    def _group(self, by: str, key: object, before: int) -> Ints:
        """Positions in the whole ledger of the earlier invoices that agree in a column."""
        group = self.whole.having("invoices", by, key)
        return group[: np.searchsorted(group, before)]

    @cached_property
    def _new(self) -> list[int]:
        found: list[int] = self._at_new.tolist()
        return found


@dataclass(frozen=True, eq=False)
class Whole:
    """A ledger that is open: new invoices can be told of without a look at all its rows.

    `ledger` keeps what statistics over many invoices gave.
    """

    ledger: Ledger

    @staticmethod
    def of(ledger: Ledger, told: Callable[[Ledger], object]) -> "Whole":
        """A ledger that is open for what `told` computes."""
        opened = replace(ledger, kept={})
        told(opened)
        return Whole(opened)

    def telling(self, invoices: pa.Table) -> Ledger:
        """What tells of new invoices exactly: a part, or the whole ledger with them in it.

        A part knows old invoices as they are without the new ones. So where an old one came
        between two new ones, and for more than MOST of them, everything is computed anew.
        Raises as `part`.
        """
        part = self.part(invoices) if invoices.num_rows <= MOST else None
        is_exact = part is not None and len(set(part.before.tolist())) <= 1
        return part if part is not None and is_exact else self.joined(invoices)

    def joined(self, invoices: pa.Table) -> Ledger:
        """The whole ledger with new invoices in it, as the next night has it. Raises as `part`."""
        new = framed(self._sold(invoices))
        rows = pd.concat([self.ledger.tables["invoices"], new], ignore_index=True)
        stated = {f"invoices.{column}" for column in new if new[column].notna().any()}
        return Ledger(
            {**self.ledger.tables, "invoices": rows}, self.ledger.stated | stated | {"invoices"}
        )

    def strangers(self, invoices: pa.Table) -> list[str]:
        """The ids of new invoices whose seller the ledger does not know, in order of arrival.

        Neither a vendor nor an earlier invoice is of its party. Raises as `part`.
        """
        new = self._arriving(invoices)
        columns = (new[name].tolist() for name in ("invoice_id", "party"))
        return [one for one, party in zip(*columns, strict=True) if party not in self._parties]

    def part(self, invoices: pa.Table) -> Part:
        """What tells of new invoices (columns of table `invoices` of the books).

        One that names no vendor has the one that the night would find it by what it says of
        its seller. What people decided of single papers is not looked at. Exact where no old
        invoice came between two new ones (see `telling`).
        Raises BadSetting if one of them has no id, or is in the ledger already.
        """
        new = self._arriving(invoices)
        arrivals = zip(new["known"].tolist(), new["invoice_id"].tolist(), strict=True)
        before = np.array([self._before(day, one) for day, one in arrivals], dtype=np.int64)
        rows = self._telling(new)
        order = np.argsort(np.concatenate([rows, before - 0.5]), kind="stable")
        place = np.concatenate([rows, np.full(len(before), NOWHERE)])[order]
        return Part(
            {},
            self.ledger.stated,
            whole=self.ledger,
            fresh=new,
            rows=place,
            asked=np.flatnonzero(place == NOWHERE),
            before=before,
            places=self._listed(new),
        )

    def _arriving(self, invoices: pa.Table) -> dict[str, Values]:
        """New invoices as they stand among the others, in order of arrival."""
        return arrived(self._sold(invoices), self._master)

    def _sold(self, invoices: pa.Table) -> dict[str, Values]:
        """New invoices with the vendor and the party of their seller, as the night finds them."""
        rows = columns_of(BOOK_TABLES["invoices"], invoices)
        ids = rows["invoice_id"].tolist()
        if None in ids or len(set(ids)) < len(ids):
            raise BadSetting("invoice_id", "must be stated, and once only. Number the rows.")
        if there := sorted(set(ids) & self.ledger.position.keys()):
            raise BadSetting(
                "invoice_id", f"{there[0]} is in the ledger already; its scores are in table "
                "invoice_scores."
            )  # fmt: skip
        vendors, names, vat_ids = (
            rows[name].tolist() for name in ("vendor_id", "vendor_name", "vat_id")
        )
        papers = defaultdict[tuple[str | None, ...], list[int]](list)
        for at, said in enumerate(zip(*(rows[name].tolist() for name in SAID), strict=True)):
            if vendors[at] is None:
                papers[said].append(at)
        unlisted = [
            None if vendor is not None else vat_id if vat_id is not None else name
            for vendor, vat_id, name in zip(vendors, vat_ids, names, strict=True)
        ]
        if papers:
            sellers = [described(ids[ats[0]], *said) for said, ats in papers.items()]
            found = vendors_of(sellers, self._vendors, self._party_of)
            for ats in papers.values():
                for at in ats:
                    vendors[at] = found.get(ids[ats[0]])
        rows["vendor_id"] = np.array(vendors, dtype=object)
        unknown = {
            one: vat_id
            for one, vat_id in zip(vendors, vat_ids, strict=True)
            if one is not None and vat_id is not None and one not in self._party_of
        }
        of_vendor = [self._party_of.get(one) for one in vendors]
        if unknown:  # a record that the list lacks, of a company that is in it
            named = [described(one, None, vat_id, None) for one, vat_id in unknown.items()]
            listed_as = vendors_of(named, self._vendors, self._party_of)
            of_new = {one: self._party_of[other] for one, other in listed_as.items()}
            of_vendor = [self._party_of.get(one, of_new.get(one)) for one in vendors]
        of_seller = [self._party_of_papers.get(one) for one in unlisted]
        rows["party_id"] = stated(
            rows["party_id"], np.array(of_vendor, dtype=object), np.array(of_seller, dtype=object)
        )
        return rows

    @cached_property
    def _master(self) -> Listed:
        return listed(self.ledger["vendors"])

    @cached_property
    def _parties(self) -> frozenset[str]:
        known = (self.ledger.values("party", table) for table in ("vendors", "invoices"))
        return frozenset(one for values in known for one in values.tolist() if one is not None)

    @cached_property
    def _unlisted(self) -> pd.DataFrame:
        """Invoices whose vendor is not in the list of vendors."""
        rows = self.ledger.invoices
        is_listed = rows["vendor_id"].isin(set(self.ledger["vendors"]["vendor_id"]))
        return rows[rows["vendor_id"].notna() & ~is_listed]

    @cached_property
    def _vendors(self) -> list[Description]:
        """All vendors; of one that only invoices name, what most of them say."""
        columns = ["vendor_id", "name", "vat_id", "iban", "address", "register_id", "country"]
        listed = self.ledger["vendors"][columns].dropna(subset=["vendor_id"])
        named = {
            str(vendor): [rows[column].mode() for column in SAID]
            for vendor, rows in self._unlisted.groupby("vendor_id")
        }
        usual = {key: [one.iloc[0] if len(one) else None for one in said]
                 for key, said in named.items()}  # fmt: skip
        return [
            *(described(str(key), *_texts(said)) for key, *said in listed.itertuples(index=False)),
            *(described(key, *_texts(said)) for key, said in usual.items()),
        ]

    @cached_property
    def _party_of(self) -> dict[str, str]:
        """The party of each vendor, of those too that only invoices name."""
        listed = self.ledger["vendors"].dropna(subset=["vendor_id"])
        frames = (self._unlisted, listed)
        return {
            str(vendor): str(party)
            for frame in frames
            for vendor, party in zip(frame["vendor_id"], frame["party"], strict=True)
        }

    @cached_property
    def _party_of_papers(self) -> dict[object, str]:
        """The party of a seller that is no vendor, by the name that its invoices go under."""
        rows = self.ledger.invoices
        rows = rows[rows["vendor_id"].isna() & rows["seller"].notna()]
        return dict(zip(rows["seller"].tolist(), rows["party"].tolist(), strict=True))

    def _before(self, day: float, invoice_id: str) -> int:
        """How many invoices of the ledger arrive before one of a day."""
        first, last = (int(np.searchsorted(self._days, day, side)) for side in ("left", "right"))
        return first + sum(1 for one in self._ids[first:last] if one < invoice_id)

    def _telling(self, new: Mapping[str, Values]) -> Ints:
        """Positions of the invoices that tell of new ones."""
        ledger, found = self.ledger, []
        for column in TOGETHER:
            found += [ledger.having("invoices", column, key) for key in _distinct(new[column])]
        columns = (np.round(new["amount"], 2), new["known"], filled(new["clean"]))
        for amount, known, clean in zip(*(one.tolist() for one in columns), strict=True):
            equal = self._amounts.get(amount, _NONE)
            with np.errstate(invalid="ignore"):  # of two without a date nobody knows: NaN
                since = known - self._days[equal]
            of_late = ~(since < 0) & ~(since > REPEATED_DAYS)
            is_alike = ~(since > ALIKE_DAYS) | (self._clean[equal] == clean)
            found.append(equal[of_late & is_alike])
        return _joined(found)

    def _listed(self, new: Mapping[str, Values]) -> dict[str, Ints]:
        """Positions of the rows of the other tables that tell of new invoices.

        Each table keeps a row at least: that a company keeps receipts at all tells something.
        """
        having = self.ledger.having
        found: dict[str, list[Ints]] = {name: [] for name in self.ledger.tables}
        for name in ("approval_limits", "employees"):
            found[name].append(np.arange(len(self.ledger[name])))
        for order in _distinct(new["order_id"]):
            for name in ("purchase_orders", "goods_receipts", "approvals"):
                found[name].append(having(name, _key(name, "order_id"), order))
        for contract in _distinct(new["contract_id"]):
            for name in ("contracts", "contract_amendments"):
                found[name].append(having(name, "contract_id", contract))
        for one in _distinct(new["invoice_id"]):
            found["approvals"].append(having("approvals", "object_id", one))
        accounts = _distinct(new["iban"])
        for vendor in _distinct(new["vendor_id"]):
            own, changes = (having(one, "vendor_id", vendor) for one in ("vendors", "bank_changes"))
            found["bank_changes"].append(changes)
            found["approvals"].append(having("approvals", "object_id", vendor))
            accounts |= {self._account("vendors", at) for at in own.tolist()}
            accounts |= {self._account("bank_changes", at) for at in changes.tolist()}
            found["vendors"] += [own, *(self._sharing(column, own) for column in self._shared)]
        for account in accounts:
            for name in ("vendors", "bank_changes"):
                found[name].append(self._of_account[name].get(account, _NONE))
        found["goods_receipts"].append(self._first_receipt)
        found["approvals"].append(self._actions)
        return {
            name: _joined(places) if any(len(one) for one in places)
            else np.arange(min(1, len(self.ledger[name])))
            for name, places in found.items() if name != "invoices"
        } | {"invoices": _NONE}  # fmt: skip

    def _account(self, table: str, at: int) -> object:
        return self._accounts[table][at]

    def _sharing(self, column: str, own: Ints) -> Ints:
        """Vendors that have the same in a column as some of them."""
        values, index = self._shared[column]
        return _joined([index.get(values[at], _NONE) for at in own.tolist()])

    @cached_property
    def _days(self) -> Floats:
        return np.asarray(self.ledger.values("known"), dtype=np.float64)

    @cached_property
    def _ids(self) -> Values:
        return self.ledger.values("invoice_id")

    @cached_property
    def _clean(self) -> Values:
        return filled(self.ledger.values("clean"))

    @cached_property
    def _amounts(self) -> dict[object, Ints]:
        return _index(self.ledger.values("cents"))

    @cached_property
    def _accounts(self) -> dict[str, Values]:
        tables = ("vendors", "bank_changes")
        return {name: self.ledger.values("account", name) for name in tables}

    @cached_property
    def _of_account(self) -> dict[str, dict[object, Ints]]:
        return {name: _index(values) for name, values in self._accounts.items()}

    @cached_property
    def _shared(self) -> dict[str, tuple[Values, dict[object, Ints]]]:
        """Addresses and VAT ids of vendors as they are compared, and who has each."""
        columns = {name: self.ledger.values(name, "vendors") for name in ("place", "vat_id")}
        return {name: (one, _index(one)) for name, one in columns.items()}

    @cached_property
    def _first_receipt(self) -> Ints:
        """The receipt that was known first: from then on the company kept them."""
        days = self.ledger["goods_receipts"]["known"].fillna(-np.inf).to_numpy()
        return np.array([int(np.argmin(days))]) if len(days) else _NONE

    @cached_property
    def _actions(self) -> Ints:
        """An approval of each action: that none was given tells something where some are kept."""
        return np.flatnonzero(~self.ledger["approvals"]["action"].duplicated().to_numpy())


_NONE: Ints = np.empty(0, dtype=np.int64)


def _texts(values: Iterable[object]) -> tuple[str | None, ...]:
    """Cells as text, null where there is none."""
    return tuple(one if isinstance(one, str) else None for one in values)


def _key(table: str, column: str) -> str:
    return "object_id" if table == "approvals" else column


def _index(values: Values) -> dict[object, Ints]:
    """Positions of each value, null left out."""
    column = pd.Series(values)
    return {key: np.asarray(at) for key, at in column.groupby(column).indices.items()}


def _distinct(values: Values) -> set[object]:
    """The values of a column, null left out."""
    return {one for one in values.tolist() if one is not None}


def _joined(places: Sequence[Ints]) -> Ints:
    return np.unique(np.concatenate([_NONE, *places]))
