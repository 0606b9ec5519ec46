"""Rules on one document: does it agree with itself, with the law, and with its own picture?

Belongs here: rules as data (`document`), their checks by subject (arithmetic,
identifiers, contents, taxes, hybrids), and `validate`, which applies them.
Not here: rules about several records (datasets), findings (anomalies).
"""

from ledgergraph.extractions.rules.checking import RULES, validate
from ledgergraph.extractions.rules.hybrids import disagreements

__all__ = ["RULES", "disagreements", "validate"]
