"""E-invoices read exactly: CII and ZUGFeRD 1, UBL, FatturaPA, each by a table of fields.

Belongs here: which element holds which field, per syntax, and the canonical form
of its value. Not here: rules on what was read (extractions.rules), the page of a
hybrid (extractions.readers), and parsing (documents.markup).
"""

from ledgergraph.extractions.einvoices.reading import read_einvoice

__all__ = ["read_einvoice"]
