# ruff: noqa: E501 - a table of words with one row a language
"""Words on papers in six languages: data, no behaviour. Variants are what vendors print."""

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
    "de": {"C62": "Stk.", "HUR": "Std.", "DAY": "Tg.", "MON": "Mon.", "KWH": "kWh", "MTQ": "m³", "KGM": "kg", "MTR": "m", "KMT": "km", "LTR": "l"},
    "en": {"C62": "pcs", "HUR": "h", "DAY": "d", "MON": "mo.", "KWH": "kWh", "MTQ": "m³", "KGM": "kg", "MTR": "m", "KMT": "km", "LTR": "l"},
    "fr": {"C62": "pce", "HUR": "h", "DAY": "j", "MON": "mois", "KWH": "kWh", "MTQ": "m³", "KGM": "kg", "MTR": "m", "KMT": "km", "LTR": "l"},
    "es": {"C62": "ud.", "HUR": "h", "DAY": "d", "MON": "mes.", "KWH": "kWh", "MTQ": "m³", "KGM": "kg", "MTR": "m", "KMT": "km", "LTR": "l"},
    "it": {"C62": "pz.", "HUR": "ore", "DAY": "gg.", "MON": "mes.", "KWH": "kWh", "MTQ": "m³", "KGM": "kg", "MTR": "m", "KMT": "km", "LTR": "l"},
    "pt": {"C62": "un.", "HUR": "h", "DAY": "d", "MON": "mês", "KWH": "kWh", "MTQ": "m³", "KGM": "kg", "MTR": "m", "KMT": "km", "LTR": "l"},
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
AMERICAN_DATES = ("{m:02d}/{d:02d}/{y}", "{m}/{d}/{y}", "{month} {d}, {y}")
"""The same in the United States, the month first."""

SEPARATORS: Mapping[str, tuple[str, str]] = {
    "de": (".", ","), "en": (",", "."), "fr": ("\u00a0", ","), "es": (".", ","), "it": (".", ","),
    "pt": (".", ","),
}  # fmt: skip
"""Thousands and decimal separator by language."""

COUNTRIES: Mapping[str, Mapping[str, str]] = {
    "de": {"DE": "Deutschland", "GB": "Vereinigtes Königreich", "FR": "Frankreich", "ES": "Spanien", "IT": "Italien", "PT": "Portugal", "US": "USA"},
    "en": {"DE": "Germany", "GB": "United Kingdom", "FR": "France", "ES": "Spain", "IT": "Italy", "PT": "Portugal", "US": "United States"},
    "fr": {"DE": "Allemagne", "GB": "Royaume-Uni", "FR": "France", "ES": "Espagne", "IT": "Italie", "PT": "Portugal", "US": "États-Unis"},
    "es": {"DE": "Alemania", "GB": "Reino Unido", "FR": "Francia", "ES": "España", "IT": "Italia", "PT": "Portugal", "US": "Estados Unidos"},
    "it": {"DE": "Germania", "GB": "Regno Unito", "FR": "Francia", "ES": "Spagna", "IT": "Italia", "PT": "Portogallo", "US": "Stati Uniti"},
    "pt": {"DE": "Alemanha", "GB": "Reino Unido", "FR": "França", "ES": "Espanha", "IT": "Itália", "PT": "Portugal", "US": "Estados Unidos"},
}  # fmt: skip

MORE: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "de": {
        "purchase_order": ("Bestellung",), "sales_order": ("Auftragsbestätigung",), "goods_receipt": ("Lieferschein",), "receipt": ("Kassenbon", "Quittung"),
        "purchase_order_number": ("Bestellnummer", "Bestell-Nr."), "sales_order_number": ("Auftragsnummer", "Auftrags-Nr."), "goods_receipt_number": ("Lieferschein-Nr.",), "receipt_number": ("Bon-Nr.", "Beleg-Nr."),
        "date": ("Datum",), "delivery": ("Lieferdatum", "Lieferung am"), "wanted": ("Liefertermin",), "supplier": ("Lieferant", "An"), "order_total": ("Gesamtbetrag",), "ship_to": ("Lieferadresse", "Warenempfänger"), "currency": ("Währung",),
        "article": ("Art.-Nr.", "Artikel"), "discount": ("Rabatt", "Rab."), "tax_rate": ("USt.", "MwSt."), "tax_base": ("Netto", "Nettobetrag"), "tax_amount": ("Steuer", "MwSt.-Betrag"), "tax_head": ("Satz", "Steuersatz"),
        "lines_total": ("Summe Positionen", "Warenwert"), "carried": ("Übertrag",), "prepaid": ("Abzgl. Anzahlung", "Bereits gezahlt"), "due": ("Zahlbetrag", "Noch zu zahlen"),
        "a_discount": ("Rabatt",), "a_loyalty": ("Treuerabatt",), "a_freight": ("Frachtkosten", "Versandkosten"), "a_packing": ("Verpackungspauschale",), "a_quantity": ("Mengenrabatt",),
        "d_serial": ("Serien-Nr.",), "d_note": ("Lieferschein",), "d_batch": ("Charge",), "d_project": ("Projekt",), "d_site": ("Einsatzort",), "d_matter": ("Vorgang", "Akte"), "d_place": ("Objekt", "Standort"), "same_day": ("Das Lieferdatum entspricht dem Rechnungsdatum.",),
        "confirm": ("Wir danken für Ihren Auftrag und bestätigen ihn wie folgt.",), "please": ("Bitte bestätigen Sie Preise und Liefertermin.",), "signed": ("Ware vollständig und unbeschädigt erhalten", "Empfang bestätigt"),
        "cash": ("Bar", "Gegeben BAR"), "card": ("Kartenzahlung", "girocard"), "change": ("Rückgeld", "Zurück"), "total": ("SUMME", "Gesamt", "Zu zahlen"), "includes": ("enthaltene MwSt.",), "thanks": ("Vielen Dank für Ihren Einkauf!", "Danke und auf Wiedersehen"), "till": ("Kasse",), "time": ("Uhrzeit",), "served": ("Es bediente Sie",), "phone": ("Tel.",),
    },
    "en": {
        "purchase_order": ("Purchase order",), "sales_order": ("Order confirmation", "Sales order"), "goods_receipt": ("Delivery note", "Dispatch note"), "receipt": ("Receipt", "Sales receipt"),
        "purchase_order_number": ("PO number", "Order no."), "sales_order_number": ("Sales order no.", "Order ref."), "goods_receipt_number": ("Delivery note no.",), "receipt_number": ("Receipt no.", "Trans."),
        "date": ("Date",), "delivery": ("Delivery date", "Delivered on"), "wanted": ("Required by", "Delivery date"), "supplier": ("Supplier", "Vendor"), "order_total": ("Order total",), "ship_to": ("Deliver to", "Ship to"), "currency": ("Currency",),
        "article": ("Item no.", "SKU", "Code"), "discount": ("Discount", "Disc."), "tax_rate": ("VAT",), "tax_base": ("Net", "Taxable"), "tax_amount": ("VAT", "VAT amount"), "tax_head": ("Rate", "VAT rate"),
        "lines_total": ("Goods total", "Lines total"), "carried": ("Carried forward",), "prepaid": ("Less deposit", "Amount paid"), "due": ("Balance due", "Amount due"),
        "a_discount": ("Discount",), "a_loyalty": ("Loyalty discount",), "a_freight": ("Carriage", "Delivery charge"), "a_packing": ("Packing",), "a_quantity": ("Volume discount",),
        "d_serial": ("Serial no.",), "d_note": ("Delivery note",), "d_batch": ("Batch",), "d_project": ("Project",), "d_site": ("Site",), "d_matter": ("Matter", "Ref."), "d_place": ("Site", "Property"), "same_day": ("Tax point: date of invoice.",),
        "confirm": ("Thank you for your order, which we confirm as follows.",), "please": ("Please confirm prices and delivery date.",), "signed": ("Received in good order", "Received by"),
        "cash": ("Cash", "CASH"), "card": ("Card", "VISA"), "change": ("Change", "CHANGE"), "total": ("TOTAL", "Total", "Balance to pay"), "includes": ("VAT included",), "thanks": ("Thank you for your custom", "Thank you, please come again"), "till": ("Till",), "time": ("Time",), "served": ("Served by",), "phone": ("Tel.",),
    },
    "fr": {
        "purchase_order": ("Bon de commande",), "sales_order": ("Confirmation de commande", "Accusé de réception de commande"), "goods_receipt": ("Bon de livraison",), "receipt": ("Ticket de caisse",),
        "purchase_order_number": ("Commande n°", "N° de commande"), "sales_order_number": ("Confirmation n°",), "goods_receipt_number": ("Bon de livraison n°", "BL n°"), "receipt_number": ("Ticket n°",),
        "date": ("Date",), "delivery": ("Date de livraison", "Livré le"), "wanted": ("Livraison souhaitée",), "supplier": ("Fournisseur",), "order_total": ("Total TTC",), "ship_to": ("Livré à",), "currency": ("Devise",),
        "article": ("Réf.", "Référence"), "discount": ("Remise", "Rem."), "tax_rate": ("TVA",), "tax_base": ("Base HT",), "tax_amount": ("Montant TVA", "TVA"), "tax_head": ("Taux",),
        "lines_total": ("Total des lignes", "Total brut HT"), "carried": ("Report",), "prepaid": ("Acompte versé", "Déjà réglé"), "due": ("Reste à payer", "Solde à payer"),
        "a_discount": ("Remise",), "a_loyalty": ("Remise fidélité",), "a_freight": ("Frais de port", "Transport"), "a_packing": ("Emballage",), "a_quantity": ("Remise quantitative",),
        "d_serial": ("N° de série",), "d_note": ("Bon de livraison",), "d_batch": ("Lot",), "d_project": ("Chantier",), "d_site": ("Site",), "d_matter": ("Dossier",), "d_place": ("Site",), "same_day": ("Date de la prestation : date de facture.",),
        "confirm": ("Nous vous remercions de votre commande, que nous confirmons comme suit.",), "please": ("Merci de confirmer les prix et le délai de livraison.",), "signed": ("Marchandise reçue en bon état", "Reçu par"),
        "cash": ("Espèces", "ESPECES"), "card": ("Carte bancaire", "CB"), "change": ("Rendu", "A rendre"), "total": ("TOTAL", "Total TTC", "A PAYER"), "includes": ("dont TVA",), "thanks": ("Merci de votre visite", "Merci et à bientôt"), "till": ("Caisse",), "time": ("Heure",), "served": ("Servi par",), "phone": ("Tél.",),
    },
    "es": {
        "purchase_order": ("Pedido", "Orden de compra"), "sales_order": ("Confirmación de pedido",), "goods_receipt": ("Albarán", "Albarán de entrega"), "receipt": ("Ticket", "Factura simplificada"),
        "purchase_order_number": ("N.º de pedido", "Pedido n.º"), "sales_order_number": ("Confirmación n.º",), "goods_receipt_number": ("Albarán n.º", "N.º de albarán"), "receipt_number": ("Ticket n.º", "F. simpl."),
        "date": ("Fecha",), "delivery": ("Fecha de entrega",), "wanted": ("Entrega prevista",), "supplier": ("Proveedor",), "order_total": ("Total pedido",), "ship_to": ("Enviar a", "Destinatario"), "currency": ("Moneda", "Divisa"),
        "article": ("Ref.", "Código"), "discount": ("Dto.", "Descuento"), "tax_rate": ("IVA",), "tax_base": ("Base", "Base imponible"), "tax_amount": ("Cuota", "Cuota IVA"), "tax_head": ("Tipo", "% IVA"),
        "lines_total": ("Suma", "Importe bruto"), "carried": ("Suma y sigue",), "prepaid": ("Anticipo", "A cuenta"), "due": ("Pendiente de pago", "A pagar"),
        "a_discount": ("Descuento",), "a_loyalty": ("Descuento por fidelidad",), "a_freight": ("Portes", "Gastos de envío"), "a_packing": ("Embalaje",), "a_quantity": ("Descuento por cantidad",),
        "d_serial": ("N.º de serie",), "d_note": ("Albarán",), "d_batch": ("Lote",), "d_project": ("Obra",), "d_site": ("Centro",), "d_matter": ("Expediente",), "d_place": ("Centro",), "same_day": ("Fecha de operación: la de la factura.",),
        "confirm": ("Le agradecemos su pedido, que confirmamos a continuación.",), "please": ("Rogamos confirmen precios y plazo de entrega.",), "signed": ("Recibí conforme", "Firma y sello"),
        "cash": ("Efectivo", "ENTREGADO"), "card": ("Tarjeta",), "change": ("Cambio",), "total": ("TOTAL", "Total a pagar", "TOTAL (IVA incl.)"), "includes": ("IVA incluido",), "thanks": ("Gracias por su visita", "Gracias por su compra"), "till": ("Caja",), "time": ("Hora",), "served": ("Le atendió",), "phone": ("Tel.",),
    },
    "it": {
        "purchase_order": ("Ordine di acquisto", "Ordine a fornitore"), "sales_order": ("Conferma d’ordine",), "goods_receipt": ("Documento di trasporto", "Bolla di consegna"), "receipt": ("Documento commerciale",),
        "purchase_order_number": ("Ordine n.", "N. ordine"), "sales_order_number": ("Conferma n.",), "goods_receipt_number": ("DDT n.", "Bolla n."), "receipt_number": ("Documento n.", "Doc. n."),
        "date": ("Data",), "delivery": ("Data di consegna",), "wanted": ("Consegna richiesta",), "supplier": ("Fornitore",), "order_total": ("Totale ordine",), "ship_to": ("Destinazione", "Destinatario merce"), "currency": ("Valuta",),
        "article": ("Codice", "Cod. art."), "discount": ("Sconto", "Sc."), "tax_rate": ("IVA", "Aliq."), "tax_base": ("Imponibile",), "tax_amount": ("Imposta",), "tax_head": ("Aliquota",),
        "lines_total": ("Totale merce", "Totale righe"), "carried": ("A riportare",), "prepaid": ("Acconto", "Già pagato"), "due": ("Netto a pagare", "Da pagare"),
        "a_discount": ("Sconto",), "a_loyalty": ("Sconto fedeltà",), "a_freight": ("Spese di trasporto",), "a_packing": ("Imballo",), "a_quantity": ("Sconto quantità",),
        "d_serial": ("Matricola",), "d_note": ("DDT",), "d_batch": ("Lotto",), "d_project": ("Commessa",), "d_site": ("Cantiere",), "d_matter": ("Pratica",), "d_place": ("Sede",), "same_day": ("Data dell’operazione: data della fattura.",),
        "confirm": ("Vi ringraziamo per il Vs. ordine, che confermiamo come segue.",), "please": ("Vi preghiamo di confermare prezzi e consegna.",), "signed": ("Firma del destinatario", "Per ricevuta"),
        "cash": ("Contanti", "Pagamento contante"), "card": ("Pagamento elettronico", "Carta"), "change": ("Resto",), "total": ("TOTALE COMPLESSIVO", "TOTALE EURO"), "includes": ("di cui IVA",), "thanks": ("Grazie e arrivederci",), "till": ("Cassa",), "time": ("Ora",), "served": ("Operatore",), "phone": ("Tel.",),
    },
    "pt": {
        "purchase_order": ("Nota de encomenda", "Encomenda"), "sales_order": ("Confirmação de encomenda",), "goods_receipt": ("Guia de remessa", "Guia de transporte"), "receipt": ("Fatura simplificada", "Talão de venda"),
        "purchase_order_number": ("Encomenda n.º", "N.º da encomenda"), "sales_order_number": ("Confirmação n.º",), "goods_receipt_number": ("Guia n.º",), "receipt_number": ("Talão n.º", "FS n.º"),
        "date": ("Data",), "delivery": ("Data de entrega",), "wanted": ("Entrega pretendida",), "supplier": ("Fornecedor",), "order_total": ("Total da encomenda",), "ship_to": ("Local de entrega", "Destinatário"), "currency": ("Moeda",),
        "article": ("Ref.", "Código"), "discount": ("Desc.", "Desconto"), "tax_rate": ("IVA",), "tax_base": ("Base", "Incidência"), "tax_amount": ("Valor IVA", "Imposto"), "tax_head": ("Taxa",),
        "lines_total": ("Total ilíquido", "Soma"), "carried": ("A transportar",), "prepaid": ("Adiantamento", "Já pago"), "due": ("Valor em dívida", "A pagar"),
        "a_discount": ("Desconto",), "a_loyalty": ("Desconto de fidelidade",), "a_freight": ("Portes",), "a_packing": ("Embalagem",), "a_quantity": ("Desconto de quantidade",),
        "d_serial": ("N.º de série",), "d_note": ("Guia",), "d_batch": ("Lote",), "d_project": ("Obra",), "d_site": ("Local",), "d_matter": ("Processo",), "d_place": ("Instalação",), "same_day": ("Data da operação: data da fatura.",),
        "confirm": ("Agradecemos a V/ encomenda, que confirmamos nos termos seguintes.",), "please": ("Agradecemos a confirmação de preços e prazo.",), "signed": ("Recebido em boas condições", "Recebido por"),
        "cash": ("Numerário", "Dinheiro"), "card": ("Multibanco", "Cartão"), "change": ("Troco",), "total": ("TOTAL", "Total a pagar"), "includes": ("IVA incluído",), "thanks": ("Obrigado pela sua visita", "Volte sempre"), "till": ("Caixa",), "time": ("Hora",), "served": ("Atendido por",), "phone": ("Tel.",),
    },
}  # fmt: skip
"""Labels of other papers than plain invoices, and of discounts, taxes and tills."""

REMINDERS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "de": {
        "reminder_1": ("Zahlungserinnerung", "Freundliche Zahlungserinnerung"), "reminder_2": ("Mahnung", "1. Mahnung"), "reminder_3": ("Letzte Mahnung", "2. Mahnung"), "reminder_number": ("Mahnungs-Nr.", "Beleg-Nr."), "reminded": ("Rechnung", "Rechnungsnummer"), "r_issued": ("Rechnungsdatum", "vom"), "r_due": ("Fällig am", "Fälligkeit"), "open": ("Offener Betrag", "Offen"), "r_total": ("Zu zahlen", "Gesamtforderung"), "a_dunning": ("Mahngebühr", "Mahnkosten"), "r_until": ("Zahlbar bis",),
        "r_intro_1": ("sicher ist es Ihrer Aufmerksamkeit entgangen, dass die folgende Rechnung noch offen ist.",), "r_intro_2": ("trotz unserer Erinnerung konnten wir für die folgende Rechnung noch keinen Zahlungseingang feststellen.",), "r_intro_3": ("die folgende Rechnung ist trotz mehrfacher Mahnung noch nicht bezahlt. Nach Ablauf der Frist übergeben wir die Forderung an ein Inkassobüro.",), "r_dear": ("Sehr geehrte Damen und Herren,",),
        "r_pay": ("Bitte überweisen Sie den Betrag bis zum {date} auf das unten genannte Konto.",), "r_crossed": ("Sollten Sie inzwischen gezahlt haben, betrachten Sie dieses Schreiben bitte als gegenstandslos.",),
    },
    "en": {
        "reminder_1": ("Payment reminder", "Friendly reminder"), "reminder_2": ("Second reminder", "Overdue account"), "reminder_3": ("Final notice", "Final demand"), "reminder_number": ("Reminder no.", "Our ref."), "reminded": ("Invoice", "Invoice no."), "r_issued": ("Dated", "Invoice date"), "r_due": ("Due", "Was due"), "open": ("Outstanding", "Amount overdue"), "r_total": ("Total payable", "Amount due"), "a_dunning": ("Late payment fee", "Administration fee"), "r_until": ("Pay by",),
        "r_intro_1": ("Our records show that the invoice below is now past its due date. This may be an oversight.",), "r_intro_2": ("Despite our earlier reminder, we have not received payment of the invoice below.",), "r_intro_3": ("The invoice below remains unpaid after two reminders. Unless we receive payment in time, we will pass the debt to a collection agency.",), "r_dear": ("Dear Sir or Madam,",),
        "r_pay": ("Please pay by {date}, quoting the invoice number.",), "r_crossed": ("If you have paid in the meantime, please disregard this letter.",),
    },
    "fr": {
        "reminder_1": ("Rappel de paiement", "Relance"), "reminder_2": ("Deuxième relance", "2e rappel"), "reminder_3": ("Mise en demeure", "Dernier rappel avant mise en recouvrement"), "reminder_number": ("Relance n°", "N/Réf."), "reminded": ("Facture", "Facture n°"), "r_issued": ("Du", "Date de facture"), "r_due": ("Échéance",), "open": ("Montant dû", "Solde TTC"), "r_total": ("Total à régler", "Reste dû"), "a_dunning": ("Frais de relance",), "r_until": ("À régler avant le",),
        "r_intro_1": ("Sauf erreur de notre part, la facture ci-dessous reste impayée à ce jour.",), "r_intro_2": ("Malgré notre rappel, nous n’avons pas reçu le règlement de la facture ci-dessous.",), "r_intro_3": ("Malgré nos relances, la facture ci-dessous demeure impayée. À défaut de règlement dans le délai, nous confierons le dossier à notre service contentieux.",), "r_dear": ("Madame, Monsieur,",),
        "r_pay": ("Merci de régler cette somme avant le {date} par virement.",), "r_crossed": ("Si votre règlement nous a été adressé entre-temps, veuillez ne pas tenir compte de ce courrier.",),
    },
    "es": {
        "reminder_1": ("Recordatorio de pago", "Aviso de vencimiento"), "reminder_2": ("Segundo aviso", "Reclamación de pago"), "reminder_3": ("Último aviso", "Requerimiento de pago"), "reminder_number": ("Aviso n.º", "N/Ref."), "reminded": ("Factura", "Factura n.º"), "r_issued": ("Fecha", "Fecha de factura"), "r_due": ("Vencimiento",), "open": ("Importe pendiente", "Pendiente"), "r_total": ("Total a pagar",), "a_dunning": ("Gastos de reclamación",), "r_until": ("A pagar antes del",),
        "r_intro_1": ("Según nuestros registros, la factura siguiente está vencida y pendiente de pago.",), "r_intro_2": ("A pesar de nuestro aviso, no hemos recibido el pago de la factura siguiente.",), "r_intro_3": ("La factura siguiente sigue sin pagarse tras varios avisos. De no recibir el pago en plazo, iniciaremos la reclamación judicial.",), "r_dear": ("Muy señores nuestros:", "Estimados señores:"),
        "r_pay": ("Les rogamos que abonen el importe antes del {date} por transferencia.",), "r_crossed": ("Si ya han realizado el pago, no tengan en cuenta esta carta.",),
    },
    "it": {
        "reminder_1": ("Sollecito di pagamento", "Promemoria di pagamento"), "reminder_2": ("Secondo sollecito", "2º sollecito di pagamento"), "reminder_3": ("Ultimo sollecito", "Diffida di pagamento"), "reminder_number": ("Sollecito n.", "Ns. rif."), "reminded": ("Fattura", "Fattura n."), "r_issued": ("Del", "Data fattura"), "r_due": ("Scadenza",), "open": ("Importo scoperto", "Da saldare"), "r_total": ("Totale da pagare",), "a_dunning": ("Spese di sollecito",), "r_until": ("Da pagare entro il",),
        "r_intro_1": ("Dai nostri registri risulta che la seguente fattura è scaduta e non ancora pagata.",), "r_intro_2": ("Nonostante il nostro sollecito, non abbiamo ricevuto il pagamento della seguente fattura.",), "r_intro_3": ("La seguente fattura risulta ancora insoluta nonostante i solleciti. In mancanza di pagamento nel termine, procederemo per vie legali.",), "r_dear": ("Spettabile Ditta,", "Gentile cliente,"),
        "r_pay": ("Vi preghiamo di provvedere entro il {date} con bonifico bancario.",), "r_crossed": ("Se avete già provveduto, Vi preghiamo di non tenere conto della presente.",),
    },
    "pt": {
        "reminder_1": ("Aviso de pagamento", "Lembrete de pagamento"), "reminder_2": ("Segundo aviso", "2.º aviso de pagamento"), "reminder_3": ("Último aviso", "Interpelação para pagamento"), "reminder_number": ("Aviso n.º", "N/ Ref."), "reminded": ("Fatura", "Fatura n.º"), "r_issued": ("Data", "Data da fatura"), "r_due": ("Vencimento",), "open": ("Valor em aberto", "Em dívida"), "r_total": ("Total a pagar",), "a_dunning": ("Despesas de cobrança",), "r_until": ("A pagar até",),
        "r_intro_1": ("Segundo os nossos registos, a fatura seguinte encontra-se vencida e por liquidar.",), "r_intro_2": ("Apesar do nosso aviso, ainda não recebemos o pagamento da fatura seguinte.",), "r_intro_3": ("A fatura seguinte continua por pagar após vários avisos. Na falta de pagamento dentro do prazo, recorreremos à via judicial.",), "r_dear": ("Exmos. Senhores,",),
        "r_pay": ("Agradecemos o pagamento até {date} por transferência.",), "r_crossed": ("Se entretanto já efetuou o pagamento, queira ignorar esta carta.",),
    },
}  # fmt: skip
"""Words on reminders, by level."""

AMERICAN: Mapping[str, tuple[str, ...]] = {
    "tax": ("Sales tax {rate}%", "Sales tax ({rate}%)"), "vat_id": ("Federal tax ID", "EIN"), "buyer_vat_id": ("Customer tax ID",), "tax_rate": ("Tax",), "tax_amount": ("Sales tax", "Tax"), "tax_head": ("Rate", "Tax rate"),
    "a_freight": ("Shipping", "Shipping & handling"), "includes": ("Sales tax",), "thanks": ("Thank you for shopping with us", "Have a great day!"), "till": ("Register",), "goods_receipt": ("Packing slip",), "goods_receipt_number": ("Packing slip #",), "served": ("Cashier",),
    "invoice": ("Invoice",), "number": ("Invoice #", "Invoice number", "Invoice no."), "purchase_order_number": ("PO #", "P.O. number"), "receipt_number": ("Receipt #", "Trans #"), "exempt": ("Tax exempt.",), "iban": ("Account", "Account no.", "Acct #"), "routing": ("Routing", "Routing no.", "ABA routing #"), "reverse": ("No sales tax due.",), "same_day": ("Terms and conditions apply.",),
}  # fmt: skip
"""What a vendor of the United States prints where one of the United Kingdom prints another word."""

LEGAL: Mapping[str, tuple[str, ...]] = {
    "DE": ("Amtsgericht {city} HRB {n5}", "Geschäftsführung: {person}"),
    "GB": ("Registered in England and Wales no. {n8}", "Registered office: {street}, {city}"),
    "FR": ("Capital social {n2} 000 € · RCS {city} {n9}", "Retard de paiement : pénalités de 3 fois le taux légal, indemnité forfaitaire de 40 €"),
    "ES": ("Inscrita en el Registro Mercantil de {city}", "Tomo {n4}, folio {n3}, hoja {n5}"),
    "IT": ("Cap. soc. € {n2}.000,00 i.v.", "REA {city} {n6}"),
    "PT": ("Capital social {n2}.000 €", "C.R.C. {city} n.º {n5}"),
    "US": ("Remit to: {street}, {city}", "Past due balances accrue 1.5% per month."),
}  # fmt: skip
"""What the law of the seller's country, or habit there, puts below a company's letters."""
