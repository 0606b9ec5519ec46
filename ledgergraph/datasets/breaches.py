"""What a rule about a row of the books says of it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ledgergraph.issues import Kind


@dataclass(frozen=True)
class Breach:
    """One thing that is wrong with a row that is no invoice.

    `subject` is the row's key in `table` (columns of the key joined by `|`), `sentence`
    what is wrong with it, `strength` how sure that is, in [0, 1]. `records` are the ids of
    the rows that it rests on, the subject's own first; `amount` is what is at risk.
    """

    kind: Kind
    table: str
    subject: str
    sentence: str
    strength: float
    records: tuple[str, ...]
    amount: Decimal | None = None
    currency: str | None = None
    as_of: date | None = None
