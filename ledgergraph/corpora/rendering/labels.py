# ruff: noqa: E501 - a table of words with one row a language
"""Words on invoices in six languages: data, no behaviour. Variants are what different vendors print."""

from collections.abc import Mapping

LABELS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "de": {
        "invoice": ("Rechnung",), "credit_note": ("Gutschrift", "Rechnungskorrektur"),
        "number": ("Rechnungsnummer", "Rechnungs-Nr.", "Rechnung Nr."), "credit_number": ("Gutschriftsnummer", "Beleg-Nr."),
        "credit_date": ("Datum",), "issue_date": ("Rechnungsdatum", "Datum"), "due_date": ("Fällig am", "Zahlbar bis", "Fälligkeitsdatum"),
        "period": ("Leistungszeitraum", "Abrechnungszeitraum"), "order": ("Ihre Bestellung", "Bestellnummer"),
        "contract": ("Vertrag", "Vertragsnummer"), "preceding": ("Zu Rechnung", "Bezug Rechnung"),
        "position": ("Pos.",), "description": ("Bezeichnung", "Leistung"), "quantity": ("Menge",), "unit_price": ("Einzelpreis", "Preis"),
        "amount": ("Betrag", "Gesamt"), "net": ("Nettobetrag", "Summe netto", "Zwischensumme"), "tax": ("zzgl. {rate} % USt.", "Umsatzsteuer {rate} %", "MwSt. {rate} %"),
        "gross": ("Rechnungsbetrag", "Gesamtbetrag", "Bruttobetrag"), "credit_gross": ("Gutschriftsbetrag",), "vat_id": ("USt-IdNr.",), "buyer_vat_id": ("Ihre USt-IdNr.",), "iban": ("IBAN",),
        "delivered": ("{item}, Lieferung {day}", "{item}, geliefert am {day}"), "performed": ("{item}, {day}", "{item} vom {day}"), "pay": ("Bitte überweisen Sie den Betrag bis zum {date} ohne Abzug auf das unten genannte Konto.",), "pay_later": ("Vielen Dank für Ihren Auftrag.",),
        "direct_debit": ("Der Betrag wird von Ihrem Konto eingezogen.",), "reverse": ("Steuerschuldnerschaft des Leistungsempfängers (Reverse Charge).",),
        "exempt": ("Umsatzsteuerfrei nach § 4 Nr. 12 UStG.",), "to": ("Rechnungsempfänger",), "bank": ("Bankverbindung",),
    },
    "en": {
        "invoice": ("Invoice", "Tax invoice"), "credit_note": ("Credit note",),
        "number": ("Invoice number", "Invoice no.", "Invoice #"), "credit_number": ("Credit note no.",),
        "credit_date": ("Date",), "issue_date": ("Invoice date", "Date", "Date of issue"), "due_date": ("Due date", "Payment due"),
        "period": ("Service period", "Billing period"), "order": ("Your order", "PO number"),
        "contract": ("Contract", "Agreement no."), "preceding": ("Original invoice", "Refers to invoice"),
        "position": ("#",), "description": ("Description",), "quantity": ("Quantity", "Qty"), "unit_price": ("Unit price", "Rate"),
        "amount": ("Amount", "Net amount"), "net": ("Subtotal", "Net total"), "tax": ("VAT {rate}%", "VAT at {rate}%"),
        "gross": ("Total", "Total due", "Invoice total"), "credit_gross": ("Total credit",), "vat_id": ("VAT no.", "VAT registration no."), "buyer_vat_id": ("Your VAT no.",), "iban": ("IBAN",),
        "delivered": ("{item}, {day}", "{item}, delivered {day}"), "performed": ("{item}, {day}",), "pay": ("Please pay by {date}, quoting the invoice number.",), "pay_later": ("Thank you for your business.",),
        "direct_debit": ("The amount will be collected by direct debit.",), "reverse": ("Reverse charge: VAT to be accounted for by the recipient.",),
        "exempt": ("Exempt from VAT.",), "to": ("Bill to", "Invoice to"), "bank": ("Bank details",),
    },
    "fr": {
        "invoice": ("Facture",), "credit_note": ("Avoir",),
        "number": ("Facture n°", "Numéro de facture", "N° de facture"), "credit_number": ("Avoir n°",),
        "credit_date": ("Date",), "issue_date": ("Date de facture", "Date d’émission", "Date"), "due_date": ("Échéance", "Date d’échéance"),
        "period": ("Période", "Période de prestation"), "order": ("Votre commande", "N° de commande"),
        "contract": ("Contrat n°", "Réf. contrat"), "preceding": ("Facture d’origine",),
        "position": ("N°",), "description": ("Désignation", "Description"), "quantity": ("Quantité", "Qté"), "unit_price": ("Prix unitaire HT", "P.U. HT"),
        "amount": ("Montant HT", "Total HT"), "net": ("Total HT", "Montant HT"), "tax": ("TVA {rate} %", "TVA à {rate} %"),
        "gross": ("Total TTC", "Montant TTC", "Net à payer"), "credit_gross": ("Total TTC",), "vat_id": ("N° TVA intracommunautaire", "N° TVA"), "buyer_vat_id": ("Votre n° TVA",), "iban": ("IBAN",),
        "delivered": ("{item}, {day}", "{item}, livraison du {day}"), "performed": ("{item}, {day}", "{item} du {day}"), "pay": ("À régler au plus tard le {date} par virement. Pas d’escompte pour paiement anticipé.",), "pay_later": ("Nous vous remercions de votre confiance.",),
        "direct_debit": ("Le montant sera prélevé sur votre compte.",), "reverse": ("Autoliquidation : TVA due par le preneur.",),
        "exempt": ("Exonération de TVA, art. 261 D du CGI.",), "to": ("Facturé à", "Client"), "bank": ("Coordonnées bancaires",),
    },
    "es": {
        "invoice": ("Factura",), "credit_note": ("Factura rectificativa",),
        "number": ("N.º de factura", "Factura n.º", "Número de factura"), "credit_number": ("N.º de rectificativa",),
        "credit_date": ("Fecha",), "issue_date": ("Fecha de factura", "Fecha", "Fecha de emisión"), "due_date": ("Vencimiento", "Fecha de vencimiento"),
        "period": ("Periodo de facturación", "Periodo"), "order": ("Su pedido", "N.º de pedido"),
        "contract": ("Contrato", "N.º de contrato"), "preceding": ("Rectifica la factura",),
        "position": ("N.º",), "description": ("Concepto", "Descripción"), "quantity": ("Cantidad", "Cant."), "unit_price": ("Precio unitario", "Precio"),
        "amount": ("Importe",), "net": ("Base imponible", "Total neto"), "tax": ("IVA {rate} %", "Cuota IVA {rate} %"),
        "gross": ("Total factura", "Total", "Importe total"), "credit_gross": ("Total",), "vat_id": ("NIF", "CIF"), "buyer_vat_id": ("Su NIF",), "iban": ("IBAN",),
        "delivered": ("{item}, {day}", "{item}, entrega del {day}"), "performed": ("{item}, {day}", "{item}, día {day}"), "pay": ("Rogamos abonen el importe antes del {date} por transferencia.",), "pay_later": ("Gracias por su confianza.",),
        "direct_debit": ("El importe se cargará en su cuenta.",), "reverse": ("Inversión del sujeto pasivo.",),
        "exempt": ("Operación exenta de IVA, art. 20 LIVA.",), "to": ("Cliente", "Facturar a"), "bank": ("Datos bancarios",),
    },
    "it": {
        "invoice": ("Fattura",), "credit_note": ("Nota di credito",),
        "number": ("Fattura n.", "Numero fattura", "N. fattura"), "credit_number": ("Nota di credito n.",),
        "credit_date": ("Data",), "issue_date": ("Data fattura", "Data", "Data di emissione"), "due_date": ("Scadenza", "Data di scadenza"),
        "period": ("Periodo di riferimento", "Periodo"), "order": ("Vs. ordine", "Ordine n."),
        "contract": ("Contratto n.", "Rif. contratto"), "preceding": ("Rif. fattura",),
        "position": ("N.",), "description": ("Descrizione",), "quantity": ("Quantità", "Q.tà"), "unit_price": ("Prezzo unitario", "Prezzo"),
        "amount": ("Importo",), "net": ("Imponibile", "Totale imponibile"), "tax": ("IVA {rate} %", "Imposta IVA {rate} %"),
        "gross": ("Totale fattura", "Totale documento", "Totale da pagare"), "credit_gross": ("Totale documento",), "vat_id": ("Partita IVA", "P. IVA"), "buyer_vat_id": ("Vs. partita IVA",), "iban": ("IBAN",),
        "delivered": ("{item}, {day}", "{item}, consegna del {day}"), "performed": ("{item}, {day}", "{item} del {day}"), "pay": ("Pagamento con bonifico bancario entro il {date}.",), "pay_later": ("Grazie per la fiducia accordataci.",),
        "direct_debit": ("L’importo sarà addebitato sul Vs. conto.",), "reverse": ("Inversione contabile (reverse charge), art. 7-ter DPR 633/72.",),
        "exempt": ("Operazione esente IVA, art. 10 DPR 633/72.",), "to": ("Destinatario", "Spett.le"), "bank": ("Coordinate bancarie",),
    },
    "pt": {
        "invoice": ("Fatura",), "credit_note": ("Nota de crédito",),
        "number": ("Fatura n.º", "N.º da fatura", "Número da fatura"), "credit_number": ("Nota de crédito n.º",),
        "credit_date": ("Data",), "issue_date": ("Data da fatura", "Data", "Data de emissão"), "due_date": ("Vencimento", "Data de vencimento"),
        "period": ("Período", "Período de faturação"), "order": ("V/ encomenda", "Encomenda n.º"),
        "contract": ("Contrato n.º", "Contrato"), "preceding": ("Fatura de origem",),
        "position": ("N.º",), "description": ("Descrição", "Designação"), "quantity": ("Quantidade", "Qtd."), "unit_price": ("Preço unitário", "Preço unit."),
        "amount": ("Valor", "Total líquido"), "net": ("Total sem IVA", "Subtotal"), "tax": ("IVA {rate} %", "IVA à taxa de {rate} %"),
        "gross": ("Total a pagar", "Total com IVA", "Total"), "credit_gross": ("Total com IVA",), "vat_id": ("NIF", "Contribuinte n.º"), "buyer_vat_id": ("V/ NIF",), "iban": ("IBAN",),
        "delivered": ("{item}, {day}", "{item}, entrega de {day}"), "performed": ("{item}, {day}", "{item} de {day}"), "pay": ("Agradecemos o pagamento por transferência até {date}.",), "pay_later": ("Obrigado pela preferência.",),
        "direct_debit": ("O valor será debitado na V/ conta.",), "reverse": ("IVA – autoliquidação.",),
        "exempt": ("Isento de IVA, artigo 9.º do CIVA.",), "to": ("Cliente", "Exmo.(s) Sr.(s)"), "bank": ("Dados bancários",),
    },
}  # fmt: skip
"""Labels by language; `{rate}`, `{date}`, `{day}` and `{item}` are filled in."""

UNITS: Mapping[str, Mapping[str, str]] = {
    "de": {"C62": "Stk.", "HUR": "Std.", "DAY": "Tg.", "MON": "Mon.", "KWH": "kWh", "MTQ": "m³", "KGM": "kg", "MTR": "m", "KMT": "km"},
    "en": {"C62": "pcs", "HUR": "h", "DAY": "d", "MON": "mo.", "KWH": "kWh", "MTQ": "m³", "KGM": "kg", "MTR": "m", "KMT": "km"},
    "fr": {"C62": "pce", "HUR": "h", "DAY": "j", "MON": "mois", "KWH": "kWh", "MTQ": "m³", "KGM": "kg", "MTR": "m", "KMT": "km"},
    "es": {"C62": "ud.", "HUR": "h", "DAY": "d", "MON": "mes.", "KWH": "kWh", "MTQ": "m³", "KGM": "kg", "MTR": "m", "KMT": "km"},
    "it": {"C62": "pz.", "HUR": "ore", "DAY": "gg.", "MON": "mes.", "KWH": "kWh", "MTQ": "m³", "KGM": "kg", "MTR": "m", "KMT": "km"},
    "pt": {"C62": "un.", "HUR": "h", "DAY": "d", "MON": "mês", "KWH": "kWh", "MTQ": "m³", "KGM": "kg", "MTR": "m", "KMT": "km"},
}  # fmt: skip
"""Printed units by code of UN/ECE Rec 20."""

MONTHS: Mapping[str, tuple[str, ...]] = {
    "de": ("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"),
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"),
    "fr": ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"),
    "es": ("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
    "it": ("gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto", "settembre", "ottobre", "novembre", "dicembre"),
    "pt": ("janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho", "agosto", "setembro", "outubro", "novembro", "dezembro"),
}  # fmt: skip
DATES: Mapping[str, tuple[str, ...]] = {
    "de": ("{d:02d}.{m:02d}.{y}", "{d:02d}.{m:02d}.{y}", "{d}. {month} {y}"),
    "en": ("{d} {month} {y}", "{d:02d}/{m:02d}/{y}"),
    "fr": ("{d:02d}/{m:02d}/{y}", "{d} {month} {y}"),
    "es": ("{d:02d}/{m:02d}/{y}", "{d} de {month} de {y}"),
    "it": ("{d:02d}/{m:02d}/{y}", "{d} {month} {y}"),
    "pt": ("{d:02d}/{m:02d}/{y}", "{y}-{m:02d}-{d:02d}", "{d} de {month} de {y}"),
}
"""Ways of writing a date: d, m, y are numbers, month is the word."""

SEPARATORS: Mapping[str, tuple[str, str]] = {
    "de": (".", ","), "en": (",", "."), "fr": ("\u202f", ","), "es": (".", ","), "it": (".", ","),
    "pt": (".", ","),
}  # fmt: skip
"""Thousands and decimal separator by language."""

COUNTRIES: Mapping[str, Mapping[str, str]] = {
    "de": {"DE": "Deutschland", "GB": "Vereinigtes Königreich", "FR": "Frankreich", "ES": "Spanien", "IT": "Italien", "PT": "Portugal"},
    "en": {"DE": "Germany", "GB": "United Kingdom", "FR": "France", "ES": "Spain", "IT": "Italy", "PT": "Portugal"},
    "fr": {"DE": "Allemagne", "GB": "Royaume-Uni", "FR": "France", "ES": "Espagne", "IT": "Italie", "PT": "Portugal"},
    "es": {"DE": "Alemania", "GB": "Reino Unido", "FR": "Francia", "ES": "España", "IT": "Italia", "PT": "Portugal"},
    "it": {"DE": "Germania", "GB": "Regno Unito", "FR": "Francia", "ES": "Spagna", "IT": "Italia", "PT": "Portogallo"},
    "pt": {"DE": "Alemanha", "GB": "Reino Unido", "FR": "França", "ES": "Espanha", "IT": "Itália", "PT": "Portugal"},
}  # fmt: skip
