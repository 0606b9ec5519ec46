"""What came after an invoice and clears what a rule said of it on arrival.

Rules see an invoice as of its day; whoever looks today also knows that the goods
came in later, that a vendor keeps its new terms, or that it was entered in the master.
Belongs here: what clears which kind. Not here: rules, and anything a model learns from.
"""

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ledgergraph.graph.asof import sum_before
from ledgergraph.graph.frames import Floats, Ledger, cleaned_numbers, codes_of
from ledgergraph.issues import Kind

Cleared = Callable[[Ledger], npt.NDArray[np.bool_]]
"""Of all invoices in order of arrival, which a kind does not hold of any more."""
NEXT = 2
"""So many later invoices of a vendor show that what was new has stayed."""


def standing(fired: pa.Table, ledger: Ledger) -> pa.Table:
    """Rows of FIRED that nothing which came later has cleared."""
    cleared = {kind: known(ledger) for kind, known in CLEARED.items()}
    rows = zip(fired["invoice_id"].to_pylist(), fired["kind"].to_pylist(), strict=True)
    keep = [
        not (Kind(kind) in cleared and cleared[Kind(kind)][ledger.position[invoice_id]])
        for invoice_id, kind in rows
    ]
    return fired.filter(pa.array(keep, pa.bool_()))


def _received_since(ledger: Ledger) -> npt.NDArray[np.bool_]:
    """Whether by now as much came in for the order as was billed up to the invoice."""
    rows, receipts = ledger.invoices, ledger["goods_receipts"]
    came = receipts["quantity"].groupby(receipts["order_id"]).sum()
    total = rows["order_id"].map(came).to_numpy(dtype=np.float64)
    sign = np.where(rows["is_credit"], -1.0, 1.0)
    own = sign * np.abs(rows["quantity"].to_numpy())
    billed = sum_before(codes_of(rows["order_id"]), own) + np.nan_to_num(own)
    with np.errstate(invalid="ignore"):
        flag: npt.NDArray[np.bool_] = total >= 0.995 * billed
    return flag


def _stayed(ledger: Ledger, column: Callable[[Ledger], Floats], nearness: float, *,
            is_upper: bool, count: int = NEXT) -> npt.NDArray[np.bool_]:  # fmt: skip
    """Whether the vendor's next invoices have what this one has: terms as short, prices as high."""
    rows, values = ledger.invoices, column(ledger)
    result = np.zeros(len(rows), dtype=bool)
    vendor = np.where(np.isnan(values), -1, codes_of(rows["seller"]))
    order = np.lexsort((np.arange(len(vendor)), vendor))
    ranked, own = vendor[order], values[order]
    agrees = np.ones(len(order), dtype=bool)
    for step in range(1, count + 1):
        same = np.zeros(len(order), dtype=bool)
        followed = max(len(own) - step, 0)
        with np.errstate(invalid="ignore"):
            later = own[step:] - own[:followed]
        near = later >= -nearness if is_upper else later <= nearness
        same[:followed] = near & (ranked[step:] == ranked[:followed])
        agrees &= same
    result[order] = agrees & (ranked >= 0)
    return result


def _terms(ledger: Ledger) -> Floats:
    rows = ledger.invoices
    terms: Floats = (rows["due_date"] - rows["day"]).to_numpy()
    return terms


def _price(ledger: Ledger) -> Floats:
    """log10 of the unit price."""
    with np.errstate(invalid="ignore", divide="ignore"):
        price: Floats = np.log10(ledger.invoices["unit_price"].to_numpy())
    return np.where(np.isfinite(price), price, np.nan)


def _same_rate(ledger: Ledger) -> npt.NDArray[np.bool_]:
    """Whether the vendor has charged the rate again."""
    rows = ledger.invoices
    rate = rows["tax_rate"].round(2)
    code = codes_of(rows["seller"], rate)
    again = np.bincount(code[code >= 0], minlength=int(code.max(initial=0)) + 1)
    flag: npt.NDArray[np.bool_] = (code >= 0) & (again[np.maximum(code, 0)] > NEXT)
    return flag


def _listed(ledger: Ledger) -> npt.NDArray[np.bool_]:
    """Whether the vendor is in the master by now."""
    listed = ledger.invoices["vendor_id"].isin(ledger["vendors"]["vendor_id"].dropna())
    return np.asarray(listed, dtype=bool)


def _credited_since(ledger: Ledger) -> npt.NDArray[np.bool_]:
    """Whether a credit note names the invoice that this one corrects."""
    rows = ledger.invoices
    named = cleaned_numbers(rows["preceding_invoice"])
    code = codes_of(rows["seller"], named)
    by_notes = set(code[rows["is_credit"].to_numpy(dtype=bool)].tolist()) - {-1}
    return np.isin(code, list(by_notes))


CLEARED: Mapping[Kind, Cleared] = {
    Kind.NO_RECEIPT: _received_since,
    Kind.QTY_ABOVE_RECEIPT: _received_since,
    Kind.TERMS_WORSE_THAN_AGREED: partial(_stayed, column=_terms, nearness=3.0, is_upper=False),
    Kind.INFLATED_PRICE: partial(_stayed, column=_price, nearness=0.01, is_upper=True, count=4),
    Kind.VAT_RATE_WRONG: _same_rate,
    Kind.VENDOR_UNKNOWN: _listed,
    Kind.CREDIT_NOT_APPLIED: _credited_since,
}
"""Kinds that what came later may clear."""
