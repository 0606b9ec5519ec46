"""How sure a reading is: evidence as a probability."""


def confidence(evidence: float, rival: float) -> float:
    """The probability that the best candidate is right, from its evidence and the next one's."""
    return round(max(0.0, min(0.99, evidence * (1 - 0.35 * rival))), 4)
