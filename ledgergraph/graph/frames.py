"""The snapshot as frames: what features, blocking and rules compute on.

Amounts are floats in the currency of their row, dates are days since 1970 as
floats, absent tables are empty frames and absent columns null, so that no
caller asks what a company happened to export. Invoices stand in the order of
their arrival: of two rows, the earlier one never sees the later.

Not here: what is computed (graph.duplicates, datasets.features).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

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


def place_of(addresses: pd.Series) -> pd.Series:
    """Addresses as they are compared: lower case letters and digits; null below six signs."""
    plain = addresses.astype("str").str.lower().str.replace(r"[\W_]+", "", regex=True)
    return plain.where(plain.str.len().fillna(0) >= 6)


def floats_of(values: pd.Series) -> Floats:
    """A column as floats, NaN where it is null or no number."""
    if values.dtype == np.float64:
        return np.asarray(values, dtype=np.float64)
    numbers = pd.to_numeric(values, errors="coerce").astype("float64")
    return np.asarray(numbers, dtype=np.float64)


def codes_of(*columns: pd.Series) -> Ints:
    """One whole number per distinct combination of values; -1 where any of them is null."""
    total: Ints = np.zeros(len(columns[0]), dtype=np.int64)
    absent = np.zeros(len(columns[0]), dtype=bool)
    for column in columns:
        code, names = pd.factorize(column)
        absent |= code < 0
        total = total * (len(names) + 1) + code
        total = np.unique(total, return_inverse=True)[1].astype(np.int64)
    return np.where(absent, -1, total)


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
        return arrived(self.tables["invoices"], self.tables["vendors"])

    @cached_property
    def by_id(self) -> Ints:
        """Positions of the invoices that results are wanted of, sorted by invoice_id: the order
        of all result tables."""
        ids = self.invoices["invoice_id"].to_numpy(dtype=object)
        order: Ints = np.argsort(ids, kind="stable")
        return order if self.asked is None else order[np.isin(order, self.asked)]

    @cached_property
    def position(self) -> Mapping[str, int]:
        """Where an invoice stands in the order of arrival."""
        return {key: at for at, key in enumerate(self.invoices["invoice_id"])}

    def __getitem__(self, table: str) -> pd.DataFrame:
        return self.tables[table]

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
            frame = self.invoices if table == "invoices" else self.tables[table]
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
            self._codes[columns] = codes_of(*(self.invoices[name] for name in columns))
        return self._codes[columns]

    def _ranked(self, columns: tuple[str, ...]) -> tuple[Ints, Ints]:
        """The invoices' positions by their codes for some columns, and those codes."""
        if columns not in self._grouped:
            codes = self.codes(*columns)
            order = np.argsort(codes, kind="stable")
            self._grouped[columns] = order, codes[order]
        return self._grouped[columns]

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
    wanted = {**book.columns, "record_id": pa.string(), "party_id": pa.string()}
    length = 0 if data is None else data.num_rows
    columns: dict[str, object] = {}
    for name, kind in wanted.items():
        given = None if data is None or name not in data.column_names else data[name]
        columns[name] = _column(given, kind, length)
    known = None if data is None or "known_from" not in data.column_names else data["known_from"]
    days = _column(known, pa.date32(), length)
    for name in book.known_from:  # where the snapshot has no date of its own
        if pa.types.is_date32(book.columns[name]):
            days = np.where(np.isnan(days), columns[name], days)  # type: ignore[call-overload]
    columns["known"] = days
    return pd.DataFrame(columns)


def _column(values: pa.ChunkedArray | None, kind: pa.DataType, length: int) -> object:
    if pa.types.is_string(kind):
        if values is None:
            return pd.Series([None] * length, dtype="str")
        return values.cast(pa.string()).to_pandas().astype("str")
    if values is None:
        return np.full(length, np.nan)
    if pa.types.is_timestamp(kind):
        values = values.cast(pa.timestamp("us")).cast(pa.date32(), safe=False)
    if pa.types.is_date32(values.type):
        values = values.cast(pa.int32())
    return values.cast(pa.float64()).to_numpy().astype(np.float64)


def arrived(rows: pd.DataFrame, vendors: pd.DataFrame) -> pd.DataFrame:
    """Rows of table `invoices` in order of arrival, with the columns that are derived."""
    frame = rows.copy()
    frame["known"] = frame["known"].fillna(NO_DATE)
    frame = frame.sort_values(["known", "invoice_id"], kind="stable").reset_index(drop=True)
    frame["site"] = frame["entity_id"].fillna("")  # a company that names none has one
    frame["clean"] = cleaned_numbers(frame["number"])
    frame["iban"] = account_of(frame["iban"])
    frame["seller"] = frame["vendor_id"].fillna(frame["vat_id"]).fillna(frame["vendor_name"])
    parties = vendors.dropna(subset=["vendor_id"]).drop_duplicates("vendor_id")
    listed = parties.set_index("vendor_id")
    frame["category"] = frame["vendor_id"].map(listed["category"]).astype("str")
    known_party = frame["vendor_id"].map(listed["party"])
    frame["party"] = frame["party_id"].fillna(known_party.astype("str")).fillna(frame["seller"])
    credit = (frame["type"] == CREDIT_NOTE) | (frame["gross"].fillna(frame["net"]) < 0)
    frame["is_credit"] = credit
    sign = np.where(credit, -1.0, 1.0)
    frame["value"] = sign * frame["net"].fillna(frame["gross"]).abs()
    frame["amount"] = sign * frame["gross"].fillna(frame["net"]).abs()
    frame["day"] = frame["issue_date"].fillna(frame["known"].replace(NO_DATE, np.nan))
    return frame
