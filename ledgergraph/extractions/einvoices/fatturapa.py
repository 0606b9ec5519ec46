"""FatturaPA 1.2, the Italian e-invoice: one header, and one body per invoice.

Totals are sums over DatiRiepilogo, a VAT id is country and code. Its due amounts
are instalments after withholding and split payment, which EN 16931's amount due
(BT-115) does not know: `totals.due` is not read. Neither is ScontoMaggiorazione: it
is per unit or in per cent, and the prices and totals of a line contain it.
"""

from ledgergraph.extractions.einvoices.fields import (
    Field,
    Group,
    Syntax,
    added,
    address,
    earliest,
    joined,
    latest,
)  # fmt: skip
from ledgergraph.extractions.einvoices.values import (
    currency,
    day,
    fattura_type,
    identifier,
    number,
    total,
)  # fmt: skip

SELLER = "FatturaElettronicaHeader/CedentePrestatore"
BUYER = "FatturaElettronicaHeader/CessionarioCommittente"
BODY = "FatturaElettronicaBody"
GENERAL = BODY + "/DatiGenerali"
DOCUMENT = GENERAL + "/DatiGeneraliDocumento"
SUPPLIES = BODY + "/DatiBeniServizi"
SUMMARY = SUPPLIES + "/DatiRiepilogo"
LINES = SUPPLIES + "/DettaglioLinee"
PAYMENT = BODY + "/DatiPagamento/DettaglioPagamento"
VAT = joined("IdPaese", "IdCodice")
PERSON = joined("Nome", "Cognome", by=" ")
ADDRESS = address(("Indirizzo NumeroCivico",), "CAP", "Comune", "Nazione")

HEADER = (
    Field("number", DOCUMENT + "/Numero"),
    Field("type", DOCUMENT + "/TipoDocumento", fattura_type),
    Field("issue_date", DOCUMENT + "/Data", day),
    Field("due_date", PAYMENT + "/DataScadenzaPagamento", day),
    Field("currency", DOCUMENT + "/Divisa", currency),
    Field("order_reference", GENERAL + "/DatiOrdineAcquisto/IdDocumento"),
    Field("contract_reference", GENERAL + "/DatiContratto/IdDocumento"),
    Field("preceding_invoice", GENERAL + "/DatiFattureCollegate/IdDocumento"),
    Field("period_start", LINES + "/DataInizioPeriodo", day, earliest),
    Field("period_end", LINES + "/DataFinePeriodo", day, latest),
    Field("seller.name", SELLER + "/DatiAnagrafici/Anagrafica/Denominazione"),
    Field("seller.name", SELLER + "/DatiAnagrafici/Anagrafica", pick=PERSON),
    Field("seller.address", SELLER + "/Sede", pick=ADDRESS),
    Field("seller.vat_id", SELLER + "/DatiAnagrafici/IdFiscaleIVA", identifier, VAT),
    Field("seller.iban", PAYMENT + "/IBAN", identifier),
    Field("payee.name", PAYMENT + "/Beneficiario"),
    Field("buyer.name", BUYER + "/DatiAnagrafici/Anagrafica/Denominazione"),
    Field("buyer.name", BUYER + "/DatiAnagrafici/Anagrafica", pick=PERSON),
    Field("buyer.address", BUYER + "/Sede", pick=ADDRESS),
    Field("buyer.vat_id", BUYER + "/DatiAnagrafici/IdFiscaleIVA", identifier, VAT),
    Field("totals.net", SUMMARY + "/ImponibileImporto", total, added),
    Field("totals.tax", SUMMARY + "/Imposta", total, added),
    Field("totals.gross", SUMMARY + "/ImponibileImporto|Imposta", total, added),
)
LINE = (
    Field("description", "Descrizione"),
    Field("quantity", "Quantita", number),
    Field("unit", "UnitaMisura"),
    Field("unit_price", "PrezzoUnitario", number),
    Field("net", "PrezzoTotale", number),
    Field("tax_rate", "AliquotaIVA", number),
)
TAXES = Group(
    SUMMARY,
    {"": "taxes"},
    (
        Field("base", "ImponibileImporto", number),
        Field("tax", "Imposta", number),
        Field("rate", "AliquotaIVA", number),
        Field("category", "Natura"),
    ),
)
FATTURAPA = Syntax(HEADER, LINES, LINE, part=BODY, groups=(TAXES,))
