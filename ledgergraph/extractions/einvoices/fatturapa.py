"""FatturaPA 1.2, the Italian e-invoice: one header, and one body per invoice.

Totals are sums over DatiRiepilogo, a VAT id is country and code. Its due amounts
are instalments after withholding and split payment, which EN 16931's amount due
(BT-115) does not know: `totals.due` is not read. Neither is ScontoMaggiorazione: it
is per unit or in per cent, and the prices and totals of a line contain it.

The simplified one (FSM10) states for each thing sold what is paid for it with its tax,
and the tax or its rate: totals follow from these, and a line has no net amount.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from ledgergraph.extractions.einvoices.fields import (
    Field,
    Group,
    Syntax,
    added,
    address,
    earliest,
    first,
    joined,
    latest,
    texts_of,
)  # fmt: skip
from ledgergraph.extractions.einvoices.values import (
    DECIMAL,
    PLUS,
    currency,
    day,
    fattura_type,
    identifier,
    number,
    total,
)  # fmt: skip
from ledgergraph.money import plain, rounded

if TYPE_CHECKING:
    from lxml.etree import _Element

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

TAX_CODES = "0210"
"""The scheme of Italian tax codes in ISO 6523's list, as EN 16931 names registers."""


def tax_code(elements: "list[_Element]", read: Mapping[str, str]) -> str:
    """Pick the first tax code (CodiceFiscale), behind the scheme that it is of."""
    text = first(elements, read)
    return f"{TAX_CODES}:{text}" if text else ""


def rea(elements: "list[_Element]", read: Mapping[str, str]) -> str:
    """Pick the office and number of the register of companies, as they are printed."""
    number = joined("Ufficio", "NumeroREA", by="-")(elements, read)
    return f"REA {number}" if "-" in number else ""


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
    Field("seller.register_id", SELLER + "/DatiAnagrafici/CodiceFiscale", pick=tax_code),
    Field("seller.register_id", SELLER + "/IscrizioneREA", pick=rea),
    Field("seller.iban", PAYMENT + "/IBAN", identifier),
    Field("payee.name", PAYMENT + "/Beneficiario"),
    Field("buyer.name", BUYER + "/DatiAnagrafici/Anagrafica/Denominazione"),
    Field("buyer.name", BUYER + "/DatiAnagrafici/Anagrafica", pick=PERSON),
    Field("buyer.address", BUYER + "/Sede", pick=ADDRESS),
    Field("buyer.vat_id", BUYER + "/DatiAnagrafici/IdFiscaleIVA", identifier, VAT),
    Field("buyer.register_id", BUYER + "/DatiAnagrafici/CodiceFiscale", pick=tax_code),
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


def tax_inside(elements: "list[_Element]", read: Mapping[str, str]) -> str:
    """Pick the tax of each thing sold, as a sum; empty where one of them does not tell."""
    return PLUS.join(taxes) if (taxes := _taxes_of(elements, read)) else ""


def without_tax(elements: "list[_Element]", read: Mapping[str, str]) -> str:
    """Pick what is paid for each thing sold and take its tax away, as a sum; else empty."""
    taxes = _taxes_of(elements, read)
    if not taxes:
        return ""
    paid = [texts_of(one)["Importo"] for one in elements]
    return PLUS.join([*paid, *(plain(-Decimal(tax)) for tax in taxes)])


def _taxes_of(elements: "list[_Element]", read: Mapping[str, str]) -> list[str]:
    found = []
    for element in elements:
        texts = texts_of(element)
        paid, tax, rate = (texts.get(name, "") for name in ("Importo", "Imposta", "Aliquota"))
        if not DECIMAL.fullmatch(paid):
            return []
        if DECIMAL.fullmatch(tax):
            found.append(tax)
        elif DECIMAL.fullmatch(rate):
            share = Decimal(rate) / (100 + Decimal(rate))
            found.append(plain(rounded(Decimal(paid) * share, read.get("currency"))))
        elif "Natura" in texts:  # says why there is none
            found.append("0")
        else:
            return []
    return found


SOLD = BODY + "/DatiBeniServizi"
BUYER_IDS, BUYER_IS = BUYER + "/IdentificativiFiscali", BUYER + "/AltriDatiIdentificativi"
SEMPLIFICATA = Syntax(
    (
        Field("number", DOCUMENT + "/Numero"),
        Field("type", DOCUMENT + "/TipoDocumento", fattura_type),
        Field("issue_date", DOCUMENT + "/Data", day),
        Field("currency", DOCUMENT + "/Divisa", currency),
        Field("preceding_invoice", GENERAL + "/DatiFatturaRettificata/NumeroFR"),
        Field("seller.name", SELLER + "/Denominazione"),
        Field("seller.name", SELLER, pick=PERSON),
        Field("seller.address", SELLER + "/Sede", pick=ADDRESS),
        Field("seller.vat_id", SELLER + "/IdFiscaleIVA", identifier, VAT),
        Field("seller.register_id", SELLER + "/CodiceFiscale", pick=tax_code),
        Field("seller.register_id", SELLER + "/IscrizioneREA", pick=rea),
        Field("buyer.name", BUYER_IS + "/Denominazione"),
        Field("buyer.name", BUYER_IS, pick=PERSON),
        Field("buyer.address", BUYER_IS + "/Sede", pick=ADDRESS),
        Field("buyer.vat_id", BUYER_IDS + "/IdFiscaleIVA", identifier, VAT),
        Field("buyer.register_id", BUYER_IDS + "/CodiceFiscale", pick=tax_code),
        Field("totals.net", SOLD, total, without_tax),
        Field("totals.tax", SOLD, total, tax_inside),
        Field("totals.gross", SOLD + "/Importo", total, added),
    ),
    SOLD,
    (
        Field("description", "Descrizione"),
        Field("tax_rate", "DatiIVA/Aliquota", number),
    ),
    part=BODY,
)
