"""EN 16931's business rules on an e-invoice as its XML states it.

Belongs here: where UBL and CII state the terms of the standard (ubl.toml, cii.toml), its
rules as data (rules.toml, categories.toml), and the checks that they name. Not here: rules on
any document, however it came (the modules beside this one), and code lists.
"""

from ledgergraph.extractions.rules.en16931.applying import IDS, SENTENCES, violations_of
from ledgergraph.extractions.rules.en16931.checks import Broken, broken_rules

__all__ = ["IDS", "SENTENCES", "Broken", "broken_rules", "violations_of"]
