"""The snapshot as frames: what features, blocking and rules compute on.

Amounts are floats in the currency of their row, dates are days since 1970 as
floats, absent tables are empty frames and absent columns null, so that no
caller asks what a company happened to export. Invoices stand in the order of
their arrival: of two rows, the earlier one never sees the later.

Not here: what is computed (graph.duplicates, datasets.features).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ledgergraph.books import BOOK_TABLES, CREDIT_NOTE, BookTable
from ledgergraph.graph.snapshot import Snapshot
from ledgergraph.identity import account_key, number_key

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Values = npt.NDArray[Any]
"""A column: numbers, days and flags as floats with NaN, flags that are always known as such,
texts as objects with None."""
T = TypeVar("T")
Place = tuple[str, str]
"""A table and one of its columns."""

LABELS: Mapping[str, str] = {
    "invoices": "Invoice",
    "vendors": "Vendor",
    "bank_changes": "BankChange",
    "contracts": "Contract",
    "contract_amendments": "ContractAmendment",
    "purchase_orders": "PurchaseOrderLine",
    "goods_receipts": "GoodsReceipt",
    "approval_limits": "ApprovalLimit",
    "payments": "Payment",
    "employees": "Employee",
    "approvals": "Approval",
}
"""Which node table of a snapshot holds the rows of which ledger table."""

NO_DATE = np.inf
"""An invoice without any date comes last: it sees the others and none sees it."""


def cleaned_numbers(numbers: pd.Series) -> pd.Series:
    """Invoice numbers as they are compared (`identity.number_key`)."""
    return numbers.map(number_key, na_action="ignore").astype("str")


def account_of(ibans: pd.Series) -> pd.Series:
    """Accounts as they are compared (`identity.account_key`)."""
    return ibans.map(account_key, na_action="ignore").astype("str")


def floats_of(values: pd.Series) -> Floats:
    """A column as floats, NaN where it is null or no number."""
    if values.dtype == np.float64:
        return np.asarray(values, dtype=np.float64)
    numbers = pd.to_numeric(values, errors="coerce").astype("float64")
    return np.asarray(numbers, dtype=np.float64)


def codes_of(*columns: pd.Series | Values) -> Ints:
    """One whole number per distinct combination of values; -1 where any of them is null."""
    return combined([pd.factorize(column)[0].astype(np.int64) for column in columns])


def combined(codes: Sequence[Ints]) -> Ints:
    """One whole number per distinct combination of codes; -1 where any of them is negative."""
    total, absent = codes[0], codes[0] < 0
    for code in codes[1:]:
        absent = absent | (code < 0)
        total = total * (int(code.max(initial=0)) + 2) + code
        total = np.unique(total, return_inverse=True)[1].astype(np.int64)
    return np.where(absent, -1, total)


def values_of(column: pd.Series) -> Values:
    """A column of a frame as an array, texts as objects with None."""
    if isinstance(column.dtype, np.dtype) and column.dtype != object:
        return column.to_numpy()
    return np.array(pa.array(column, from_pandas=True).to_pylist(), dtype=object)


def texts_of(values: Values, told: Callable[[str], str | None]) -> Values:
    """What each text of a column gives; None where there is none."""
    found = np.full(len(values), None, dtype=object)
    for at, text in enumerate(values.tolist()):
        if text is not None:
            found[at] = told(text)
    return found


def counts_of(values: Values, told: Callable[[str], float | None]) -> Floats:
    """What each text of a column gives, as a number; NaN where there is none."""
    found = [None if text is None else told(text) for text in values.tolist()]
    return np.array([np.nan if one is None else one for one in found], dtype=np.float64)


def filled(values: Values) -> Values:
    """A column of texts with an empty one for each that is not there."""
    return np.array(["" if one is None else one for one in values.tolist()], dtype=object)


def place_key(address: str) -> str | None:
    """An address as it is compared: lower case letters and digits; null below six signs."""
    plain = _SIGNS.sub("", address.lower())
    return plain if len(plain) >= 6 else None


def name_key(name: str) -> str | None:
    """A name as it is compared: lower case words in alphabetical order."""
    return " ".join(sorted(_SIGNS.sub(" ", name.lower()).split())) or None


def running_part(number: str) -> float | None:
    """The last run of digits of a number as a value, of its last twelve; null without one."""
    found = _RUNNING.search(number)
    return float(found.group(1)[-12:]) if found else None


def shape_of(number: str) -> str:
    """A number with A for each run of letters and 9 for each digit."""
    return _DIGIT.sub("9", _LETTERS.sub("A", number))


def code_digits(number: str) -> float:
    """How many digits a number has before its running part, years left out."""
    return float(len(_DIGIT.findall(_YEAR.sub("", _RUNNING.sub("", number)))))


def country_code(vat_id: str) -> str | None:
    """The two letters that a VAT id begins with, in capitals; null without them."""
    return found.group().upper() if (found := _COUNTRY.match(vat_id)) else None


def letters_of(number: str) -> float:
    """How many letters a number has."""
    return float(sum(map(len, _LETTERS.findall(number))))


def has_suffix(number: str) -> float:
    """1 where a letter or a short mark ends a number, else 0."""
    return float(_SUFFIX.search(number) is not None)


def day_of_month(days: Floats) -> Floats:
    """The day of the month of days since 1970, from 1; NaN where there is none."""
    known = np.isfinite(days)
    dates = np.where(known, days, 0.0).astype("datetime64[D]")
    since = (dates - dates.astype("datetime64[M]")).astype(np.float64)
    return np.where(known, since + 1.0, np.nan)


_COUNTRY = re.compile(r"[A-Za-z]{2}")
_SUFFIX = re.compile(r"(?:[0-9][A-Za-z]|[-/ .][A-Za-z0-9])$")
_YEAR = re.compile(r"(19|20)[0-9]{2}")
_SIGNS, _RUNNING = re.compile(r"[\W_]+"), re.compile(r"([0-9]+)[^0-9]*$")
_LETTERS, _DIGIT = re.compile(r"[A-Za-z]+"), re.compile(r"[0-9]")
_Columns = Callable[[str], Values]
DERIVED: Mapping[Place, Callable[[_Columns], Values]] = {
    ("invoices", "cents"): lambda row: np.round(row("amount"), 2),
    ("invoices", "net_cents"): lambda row: np.round(row("net"), 2),
    ("invoices", "size"): lambda row: np.round(np.abs(row("amount")), 2),
    ("invoices", "rate"): lambda row: np.round(row("tax_rate"), 2),
    ("invoices", "running"): lambda row: counts_of(row("number"), running_part),
    ("invoices", "shape"): lambda row: texts_of(row("number"), shape_of),
    ("invoices", "named"): lambda row: texts_of(row("preceding_invoice"), number_key),
    ("invoices", "number_length"): lambda row: counts_of(row("number"), len),
    ("invoices", "number_letters"): lambda row: counts_of(row("number"), letters_of),
    ("invoices", "number_suffix"): lambda row: counts_of(row("number"), has_suffix),
    ("invoices", "code_digits"): lambda row: counts_of(row("number"), code_digits),
    ("invoices", "vat_country"): lambda row: texts_of(row("vat_id"), country_code),
    ("invoices", "country"): lambda row: texts_of(row("iban"), lambda one: one[:2]),
    ("invoices", "money"): lambda row: filled(row("currency")),
    ("invoices", "agreement"): lambda row: filled(row("contract_id")),
    ("vendors", "account"): lambda row: texts_of(row("iban"), account_key),
    ("vendors", "place"): lambda row: texts_of(row("address"), place_key),
    ("vendors", "words"): lambda row: texts_of(row("name"), name_key),
    ("bank_changes", "account"): lambda row: texts_of(row("iban"), account_key),
    ("employees", "account"): lambda row: texts_of(row("iban"), account_key),
    ("employees", "place"): lambda row: texts_of(row("address"), place_key),
    ("employees", "words"): lambda row: texts_of(row("name"), name_key),
    ("approvals", "act"): lambda row: texts_of(row("action"), lambda one: one.lower()[:6]),
}
"""Columns that are made of the same row: texts as they are compared, and the like."""


@dataclass(frozen=True, eq=False)
class Ledger:
    """The frames of one snapshot. `invoices` is in order of arrival, its index counts from 0.

    Compared by identity, so that what is costly to derive can be kept per ledger.
    """

    tables: Mapping[str, pd.DataFrame]
    stated: frozenset[str]
    """`table` and `table.column` of what the snapshot holds at least one value of."""
    asked: Ints | None = None
    """Positions of the invoices that results are wanted of; without them of all."""
    kept: dict[str, tuple[tuple[npt.NDArray[Any], ...], Floats]] | None = None
    """What statistics over many invoices were made from and gave, where parts need them."""

    @cached_property
    def invoices(self) -> pd.DataFrame:
        """Invoices with derived columns, in order of arrival (known, then invoice_id)."""
        rows = self.tables["invoices"]
        columns = {str(name): values_of(rows[name]) for name in rows}
        return framed(arrived(columns, listed(self.tables["vendors"])))

    @cached_property
    def by_id(self) -> Ints:
        """Positions of the invoices that results are wanted of, sorted by invoice_id: the order
        of all result tables."""
        order: Ints = np.argsort(self.values("invoice_id"), kind="stable")
        return order if self.asked is None else order[np.isin(order, self.asked)]

    @cached_property
    def position(self) -> Mapping[str, int]:
        """Where an invoice stands in the order of arrival."""
        return {key: at for at, key in enumerate(self.values("invoice_id").tolist())}

    def __getitem__(self, table: str) -> pd.DataFrame:
        return self.tables[table]

    def size(self, table: str) -> int:
        """How many rows a table has."""
        return len(self[table])

    def values(self, column: str, table: str = "invoices") -> Values:
        """A column of a table, or what DERIVED makes of some; kept, and not to be changed."""
        place = table, column
        if place not in self._columns:
            self._columns[place] = self._column(*place)
        return self._columns[place]

    def _column(self, table: str, column: str) -> Values:
        if (made := DERIVED.get((table, column))) is not None:
            return made(lambda name: self.values(name, table))
        return values_of((self.invoices if table == "invoices" else self[table])[column])

    def is_stated(self, column: str, table: str = "invoices") -> Flags:
        """Which rows of a table have a value in a column."""
        return ~pd.isna(self.values(column, table))

    def fixed(self, name: str, made: "Callable[[Ledger], T]") -> T:
        """What is made of tables that are the same whichever invoices are asked for; kept."""
        if name not in self._fixed:
            self._fixed[name] = made(self)
        found: T = self._fixed[name]
        return found

    def earlier(self, at: int, *columns: str) -> Ints:
        """Positions of the invoices before one that agree with it in some columns."""
        codes, (order, ranked) = self.codes(*columns), self._ranked(columns)
        if codes[at] < 0:
            return np.empty(0, dtype=np.int64)
        first, last = np.searchsorted(ranked, [codes[at], codes[at] + 1])
        together = order[first:last]
        return together[: np.searchsorted(together, at)]

    def having(self, table: str, column: str, value: object) -> Ints:
        """Positions of the rows of a table that have a value in a column; none if it is null."""
        if (table, column) not in self._places:
            frame = self.invoices if table == "invoices" else self[table]
            grouped = frame.groupby(column).indices
            self._places[table, column] = {key: np.asarray(at) for key, at in grouped.items()}
        return self._places[table, column].get(value, np.empty(0, dtype=np.int64))

    def records(self, table: str, rows: "Ints | Flags | pd.Series") -> list[str]:
        """The record ids of some rows of a table, given by position or by a mask."""
        place = np.asarray(rows)
        if place.dtype == object:  # a mask of nullable flags; null is no
            place = pd.Series(place).fillna(False).to_numpy(dtype=bool)
        if place.dtype == bool:
            place = np.flatnonzero(place)
        return [one for one in self._record_ids[table][place].tolist() if one is not None]

    def codes(self, *columns: str) -> Ints:
        """One whole number per distinct combination of values of the invoices, as `codes_of`."""
        if columns not in self._codes:
            several = [self.shared(("invoices", name))[0] for name in columns]
            self._codes[columns] = combined(several)
        return self._codes[columns]

    def shared(self, *places: Place) -> list[Ints]:
        """Codes of one kind of name in several columns, equal where the names are; -1 for null."""
        if places not in self._shared_codes:
            self._shared_codes[places] = self._coded(places)
        return self._shared_codes[places]

    def _coded(self, places: tuple[Place, ...]) -> list[Ints]:
        columns = [self.values(column, table) for table, column in places]
        code = pd.factorize(np.concatenate(columns))[0].astype(np.int64)
        edges = np.cumsum([0, *map(len, columns)])
        return [code[first:last] for first, last in pairwise(edges.tolist())]

    def code_of(self, places: tuple[Place, ...]) -> Mapping[object, int]:
        """The code of each name that is in some columns, as `shared` gives them."""
        if places not in self._code_of:
            found: dict[object, int] = {}
            for (table, column), codes in zip(places, self.shared(*places), strict=True):
                found.update(zip(self.values(column, table).tolist(), codes.tolist(), strict=True))
            self._code_of[places] = {name: code for name, code in found.items() if code >= 0}
        return self._code_of[places]

    def _ranked(self, columns: tuple[str, ...]) -> tuple[Ints, Ints]:
        """The invoices' positions by their codes for some columns, and those codes."""
        if columns not in self._grouped:
            codes = self.codes(*columns)
            order = np.argsort(codes, kind="stable")
            self._grouped[columns] = order, codes[order]
        return self._grouped[columns]

    @cached_property
    def _columns(self) -> dict[Place, Values]:
        return {}

    @cached_property
    def _fixed(self) -> dict[str, Any]:
        return {}

    @cached_property
    def _shared_codes(self) -> dict[tuple[Place, ...], list[Ints]]:
        return {}

    @cached_property
    def _code_of(self) -> dict[tuple[Place, ...], Mapping[object, int]]:
        return {}

    @cached_property
    def _places(self) -> dict[tuple[str, str], Mapping[object, Ints]]:
        return {}

    @cached_property
    def _codes(self) -> dict[tuple[str, ...], Ints]:
        return {}

    @cached_property
    def _grouped(self) -> dict[tuple[str, ...], tuple[Ints, Ints]]:
        return {}

    @cached_property
    def _record_ids(self) -> Mapping[str, npt.NDArray[np.object_]]:
        frames = {**self.tables, "invoices": self.invoices}
        ids = {
            name: pa.array(frame["record_id"], from_pandas=True) for name, frame in frames.items()
        }
        return {name: np.array(found.to_pylist(), dtype=object) for name, found in ids.items()}


def country_of_vendors(ledger: Ledger) -> Mapping[object, str]:
    """The country of each vendor of the list, in capitals; of several rows of one the first
    counts."""
    columns = (ledger.values(name, "vendors").tolist() for name in ("vendor_id", "country"))
    found: dict[object, str | None] = {}
    for vendor, country in zip(*columns, strict=True):
        found.setdefault(vendor, country)
    return {vendor: country.upper()[:2] for vendor, country in found.items() if vendor and country}


def known_by(ledger: Ledger, table: str, column: str, invoice: pd.Series) -> Ints:
    """Positions of the rows of a table that agree with an invoice in a column, as of its day."""
    place = ledger.having(table, column, invoice[column])
    known: Floats = ledger[table]["known"].to_numpy()[place]
    by_then: Ints = place[~(known > invoice["known"])]
    return by_then


def ledger_of(snapshot: Snapshot) -> Ledger:
    """The frames of a snapshot; papers that are booked as a row are left out, the row counts."""
    tables: dict[str, pd.DataFrame] = {}
    stated: set[str] = set()
    for name, label in LABELS.items():
        data = snapshot.nodes.get(label)
        if data is not None and "document_id" in data.column_names:
            data = data.filter(pc.is_valid(data["document_id"]))  # not what is only referred to
        if data is not None and "booked_as" in data.column_names:
            data = data.filter(pc.is_null(data["booked_as"]))
        frame = frame_of(BOOK_TABLES[name], data)
        if name == "vendors":
            frame["party"] = frame["party_id"].fillna(frame["vendor_id"])
        tables[name] = frame
        if len(frame):
            stated.add(name)
            stated |= {f"{name}.{column}" for column in frame if frame[column].notna().any()}
    return Ledger(tables, frozenset(stated))


def frame_of(book: BookTable, data: pa.Table | None) -> pd.DataFrame:
    """The declared columns of a table, with record_id, party_id and known_from."""
    return framed(columns_of(book, data))


def framed(columns: Mapping[str, Values]) -> pd.DataFrame:
    """Columns as a frame; texts are its strings."""
    return pd.DataFrame(
        {
            name: pd.Series(values, dtype="str") if values.dtype == object else values
            for name, values in columns.items()
        }
    )


def columns_of(book: BookTable, data: pa.Table | None) -> dict[str, Values]:
    """The same as columns, each as `Ledger.values` gives it."""
    wanted = {**book.columns, "record_id": pa.string(), "party_id": pa.string()}
    length = 0 if data is None else data.num_rows
    columns: dict[str, Values] = {}
    for name, kind in wanted.items():
        given = None if data is None or name not in data.column_names else data[name]
        columns[name] = _column(given, kind, length)
    known = None if data is None or "known_from" not in data.column_names else data["known_from"]
    days = _column(known, pa.date32(), length)
    for name in book.known_from:  # where the snapshot has no date of its own
        if pa.types.is_date32(book.columns[name]):
            days = np.where(np.isnan(days), columns[name], days)
    columns["known"] = days
    return columns


def _column(values: pa.ChunkedArray | None, kind: pa.DataType, length: int) -> Values:
    if pa.types.is_string(kind):
        if values is None:
            return np.full(length, None, dtype=object)
        return np.array(values.cast(pa.string()).to_pylist(), dtype=object)
    if values is None:
        return np.full(length, np.nan)
    if pa.types.is_timestamp(kind):
        values = values.cast(pa.timestamp("us")).cast(pa.date32(), safe=False)
    if pa.types.is_date32(values.type):
        values = values.cast(pa.int32())
    return np.asarray(values.cast(pa.float64()).to_numpy(), dtype=np.float64)


Listed = Mapping[object, tuple[str | None, str | None]]
"""Category and party of each vendor of the list, by vendor_id."""


def listed(vendors: pd.DataFrame) -> Listed:
    """Category and party of the vendors of a list; of several rows of one the first counts."""
    columns = (values_of(vendors[name]).tolist() for name in ("vendor_id", "category", "party"))
    found: dict[object, tuple[str | None, str | None]] = {}
    for vendor, category, party in zip(*columns, strict=True):
        if vendor is not None:
            found.setdefault(vendor, (category, party))
    return found


def stated(*columns: Values) -> Values:
    """For each row the first of some texts that is there."""
    rows = zip(*(column.tolist() for column in columns), strict=True)
    found = [next((one for one in row if one is not None), None) for row in rows]
    return np.array(found, dtype=object)


def arrived(rows: Mapping[str, Values], vendors: Listed) -> dict[str, Values]:
    """Columns of table `invoices` in order of arrival, with those that are derived."""
    known = np.where(np.isnan(rows["known"]), NO_DATE, rows["known"])
    order = np.argsort(filled(rows["invoice_id"]), kind="stable")
    order = order[np.argsort(known[order], kind="stable")]
    found = {name: values[order] for name, values in rows.items()}
    vendor, net, gross = found["vendor_id"], found["net"], found["gross"]
    known = found["known"] = known[order]
    found["site"] = filled(found["entity_id"])  # a company that names none has one
    found["clean"] = texts_of(found["number"], number_key)
    found["iban"] = texts_of(found["iban"], account_key)
    found["seller"] = stated(vendor, found["vat_id"], found["vendor_name"])
    of_list = [vendors.get(one, (None, None)) for one in vendor.tolist()]
    category, party = (np.array([one[at] for one in of_list], dtype=object) for at in (0, 1))
    found["category"] = category
    found["party"] = stated(found["party_id"], party, found["seller"])
    total = np.where(np.isnan(gross), net, gross)
    credit = np.asarray((found["type"] == CREDIT_NOTE) | (total < 0), dtype=bool)
    sign = np.where(credit, -1.0, 1.0)
    found["is_credit"] = credit
    found["value"] = sign * np.abs(np.where(np.isnan(net), gross, net))
    found["amount"] = sign * np.abs(total)
    day = np.where(np.isinf(known), np.nan, known)
    found["day"] = np.where(np.isnan(found["issue_date"]), day, found["issue_date"])
    return found
