"""How far an invoice may lie off its order and its receipts before anybody is told."""

from dataclasses import dataclass

MOST_DAYS = 3650


@dataclass(frozen=True)
class Tolerances:
    """Each is a setting: LEDGERGRAPH_MATCH_PRICE_PCT and so on. 0 tolerates nothing.

    A price is tolerated while what it adds to a line is within the per cent or within the
    amount, whichever is more.
    """

    price_pct: float = 1.0
    """Per cent that a unit price may lie above the order's."""
    price_amount: float = 1.0
    """What a line may cost more than by the order's price, in the currency of the invoice."""
    quantity_pct: float = 2.0
    """Per cent that may be billed above what was ordered, and above what was received."""
    receipt_days: int = 3
    """Days after an invoice in which its receipt may still be booked, MOST_DAYS at most."""
