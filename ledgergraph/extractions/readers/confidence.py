"""How sure a reading of the rules is: the evidence for a value, less what speaks for another.

Where a model chose (`learned`), its curves say how sure that is; this is for fields that it
has not learned, and for reading without one. Evidence is a number between 0 and 1 that each
reader part gives by hand-set rules: 0.96 for a value right after its own label, less where the
label is weak, stands in running text or above its value; for sums, arithmetic that holds takes
away most of the doubt that the labels leave. A second value with evidence of its own takes up
to a third away.

Set by hand and checked by counting, not fitted: on the public hybrids the values given at 0.9
or more that differ from the XML were looked at and differ on paper; on made pages of five
layouts in six languages 999 in 1000 are right at 0.8 or more, and between 0.5 and 0.7 between
79 and 88 in 100.
"""

CEILING = 0.99
"""Nothing that is read is certain."""
RIVALRY = 0.35
"""The share of its evidence that a value loses to a rival that is certain."""
ITEM = {True: 0.95, None: 0.75, False: 0.6}
"""For the values of a row: quantity times price is its amount, cannot be told, is not."""


def confidence(evidence: float, rival: float) -> float:
    """The probability that the best candidate is right.

    `evidence` and `rival` are those of the best and the second value, in [0, 1].
    """
    return round(max(0.0, min(CEILING, evidence * (1 - RIVALRY * rival))), 4)
