"""E-invoices and orders read exactly: CII with ZUGFeRD 1 and Order-X, UBL, FatturaPA, by tables.

Belongs here: which element holds which field, per syntax, and the canonical form
of its value. Not here: rules on what was read (extractions.rules), the page of a
hybrid (extractions.readers), and parsing (documents.markup).
"""

from ledgergraph.extractions.einvoices.reading import read_einvoice

__all__ = ["read_einvoice"]
