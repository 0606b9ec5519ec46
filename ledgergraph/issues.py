"""The kinds of things that can be wrong: one entry each, with what an auditor needs to know of it.

A finding is a red flag for a person to examine, never a verdict. Planting,
rules, models, findings, reports and benchmarks take kinds from here.
"""

from enum import StrEnum
from typing import NamedTuple


class Severity(StrEnum):
    """The worst plausible consequence; how sure we are is the score, another thing."""

    CRITICAL = "critical"
    """Money can leave to the wrong party."""
    HIGH = "high"
    """A likely loss, or a breach of law or of a control."""
    MEDIUM = "medium"
    """An error that can be recovered."""
    LOW = "low"
    """Hygiene."""
    INFO = "info"
    """For the trend only."""

    @property
    def rank(self) -> int:
        """0 for info to 4 for critical."""
        return ["info", "low", "medium", "high", "critical"].index(self.value)


class Facts(NamedTuple):
    """What is known of a kind: its group, severity, criterion (the rule), what would
    disprove a finding of it, and the tables or `table.column`s without which it is not testable."""

    group: str
    severity: Severity
    criterion: str
    disproof: str
    needs: tuple[str, ...]


C, H, M, L, I = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW, Severity.INFO  # noqa: E741 - a column of the table below, one letter wide on purpose

DOCUMENTS, DUPLICATES, AGREEMENTS, PARTIES = "documents", "duplicates", "agreements", "parties"
SCHEMES, TAX, SERIES, PROCESSING = "schemes", "tax", "series", "processing"

NO_PRICE = ("invoices.unit_price",)
ORDERED = ("invoices.order_id", "purchase_orders")
CONTRACTED = ("invoices.contract_id", "contracts")


SPELLED = {"Iban": "IBAN", "Vat": "VAT", "Qty": "Quantity", "Dup ": "Duplicate: ",
           "Einvoice": "E-invoice"}  # fmt: skip
"""How the short words in names of kinds are written for people."""


class Kind(StrEnum):
    """Kinds of findings. The value is the name; `facts` tells the rest."""

    HYBRID_MISMATCH = "hybrid_mismatch"
    HYBRID_CONTAINER_INVALID = "hybrid_container_invalid"
    HIDDEN_OR_OVERLAID_TEXT = "hidden_or_overlaid_text"
    ARITHMETIC_ERROR = "arithmetic_error"
    MANDATORY_FIELD_MISSING = "mandatory_field_missing"
    WRONG_ADDRESSEE = "wrong_addressee"
    NOT_AN_INVOICE = "not_an_invoice"
    DUP_EXACT = "dup_exact"
    DUP_RENUMBERED = "dup_renumbered"
    DUP_SPLIT = "dup_split"
    DUP_CROSS_VENDOR = "dup_cross_vendor"
    DUP_CROSS_ENTITY = "dup_cross_entity"
    DUP_REREAD = "dup_reread"
    DUP_CROSS_CHANNEL = "dup_cross_channel"
    DUP_PAYMENT = "dup_payment"
    CREDIT_NOT_APPLIED = "credit_not_applied"
    OVER_CONTRACT_VALUE = "over_contract_value"
    OUTSIDE_CONTRACT_TERM = "outside_contract_term"
    PRICE_ABOVE_CONTRACT = "price_above_contract"
    ESCALATION_EXCEEDED = "escalation_exceeded"
    PRICE_ABOVE_ORDER = "price_above_order"
    QTY_ABOVE_RECEIPT = "qty_above_receipt"
    NO_RECEIPT = "no_receipt"
    ORDER_OVERBILLED = "order_overbilled"
    NO_ORDER = "no_order"
    ORDER_AFTER_INVOICE = "order_after_invoice"
    UNIT_OR_CURRENCY_SLIP = "unit_or_currency_slip"
    TERMS_WORSE_THAN_AGREED = "terms_worse_than_agreed"
    BANK_CHANGED_BEFORE_INVOICE = "bank_changed_before_invoice"
    IBAN_NOT_OF_VENDOR = "iban_not_of_vendor"
    IBAN_SHARED = "iban_shared"
    IBAN_COUNTRY_MISMATCH = "iban_country_mismatch"
    VENDOR_DUPLICATE = "vendor_duplicate"
    VENDOR_UNKNOWN = "vendor_unknown"
    VENDOR_IMPERSONATED = "vendor_impersonated"
    VENDOR_REACTIVATED = "vendor_reactivated"
    VENDOR_SANCTIONED = "vendor_sanctioned"
    GHOST_VENDOR = "ghost_vendor"
    SEQUENTIAL_NUMBERS = "sequential_numbers"
    SPLIT_UNDER_LIMIT = "split_under_limit"
    JUST_BELOW_LIMIT = "just_below_limit"
    OVER_APPROVAL_LIMIT = "over_approval_limit"
    SEGREGATION_OF_DUTIES = "segregation_of_duties"
    CONFLICT_OF_INTEREST = "conflict_of_interest"
    APPROVER_CONCENTRATION = "approver_concentration"
    INFLATED_PRICE = "inflated_price"
    BID_ROTATION = "bid_rotation"
    ROUND_AMOUNTS = "round_amounts"
    BENFORD_DEVIATION = "benford_deviation"
    VAT_ID_INVALID = "vat_id_invalid"
    VAT_RATE_WRONG = "vat_rate_wrong"
    VAT_ON_REVERSE_CHARGE = "vat_on_reverse_charge"
    EINVOICE_RULE_BROKEN = "einvoice_rule_broken"
    EINVOICE_MISSING = "einvoice_missing"
    AMOUNT_OUTLIER = "amount_outlier"
    PRICE_DRIFT = "price_drift"
    RECURRING_MISSED_OR_EXTRA = "recurring_missed_or_extra"
    ACTIVITY_FLURRY = "activity_flurry"
    CUTOFF_ERROR = "cutoff_error"
    ACCOUNT_OUTLIER = "account_outlier"
    STATEMENT_INCONSISTENT = "statement_inconsistent"
    PEER_DEVIATION = "peer_deviation"
    UNUSUAL_JOURNAL_ENTRY = "unusual_journal_entry"
    READING_UNSURE = "reading_unsure"
    REFERENCE_UNMATCHED = "reference_unmatched"
    PROCESS_ANOMALY = "process_anomaly"
    MODEL_OR_INPUT_DRIFT = "model_or_input_drift"
    REPEATED_CORRECTION = "repeated_correction"

    @property
    def facts(self) -> Facts:
        """What is known of this kind."""
        return CATALOGUE[self]

    @property
    def label(self) -> str:
        """The name as words: `IBAN not of vendor`."""
        words = self.value.replace("_", " ").capitalize()
        for short, long in SPELLED.items():
            words = words.replace(short, long)
        return words


CATALOGUE: dict[Kind, Facts] = {
    Kind.HYBRID_MISMATCH: Facts(DOCUMENTS, C, "The page that a person reads and the XML that a machine books state the same.", "The sender confirms which of the two is meant and re-issues the invoice.", ("documents:hybrid",)),
    Kind.HYBRID_CONTAINER_INVALID: Facts(DOCUMENTS, M, "A hybrid invoice carries exactly one invoice XML under a name and profile of its standard.", "The attachment is not meant as an invoice (a time sheet, an order).", ("documents:hybrid",)),
    Kind.HIDDEN_OR_OVERLAID_TEXT: Facts(DOCUMENTS, H, "The text layer states what the page shows.", "The overlay is a stamp, a signature or a form field.", ("documents:page",)),
    Kind.ARITHMETIC_ERROR: Facts(DOCUMENTS, M, "Lines, allowances, taxes and totals add up (EN 16931 BR-CO-10 to 17).", "A digit was misread, or a rounding, prepaid or gross-priced amount explains the difference.", ("documents:invoice",)),
    Kind.MANDATORY_FIELD_MISSING: Facts(DOCUMENTS, M, "An invoice states what VAT law requires (Directive 2006/112/EC, Art. 226).", "It is a simplified invoice, or the field is on the page and was not read.", ("documents:invoice",)),
    Kind.WRONG_ADDRESSEE: Facts(DOCUMENTS, M, "An invoice is addressed to a company of the group.", "The name is a former or trade name of ours, or costs are shared by agreement.", ("documents:invoice", "entities")),
    Kind.NOT_AN_INVOICE: Facts(DOCUMENTS, H, "Only invoices are booked as invoices.", "The document is a prepayment or self-billed invoice.", ("documents:invoice",)),
    Kind.DUP_EXACT: Facts(DUPLICATES, H, "A claim is recorded once.", "The first entry was reversed, or the two bill different deliveries.", ("invoices.number", "invoices.gross")),
    Kind.DUP_RENUMBERED: Facts(DUPLICATES, H, "A claim is recorded once, whatever its number looks like.", "The vendor bills this amount regularly, or the second invoice corrects the first.", ("invoices.number", "invoices.gross")),
    Kind.DUP_SPLIT: Facts(DUPLICATES, H, "A claim is not billed again in parts.", "The parts are instalments or part deliveries that were agreed.", ("invoices.number", "invoices.gross")),
    Kind.DUP_CROSS_VENDOR: Facts(DUPLICATES, H, "A claim is recorded under one vendor.", "Two vendors happen to use equal numbers and prices.", ("invoices.vendor_id", "invoices.number")),
    Kind.DUP_CROSS_ENTITY: Facts(DUPLICATES, H, "A claim is booked by one company of the group.", "Each company was billed for its own share.", ("invoices.entity_id", "invoices.number")),
    Kind.DUP_REREAD: Facts(DUPLICATES, H, "A paper is recorded once, however often it is scanned or sent.", "The papers are two bills of one layout: their numbers, dates or amounts differ.", ("documents:page",)),
    Kind.DUP_CROSS_CHANNEL: Facts(DUPLICATES, M, "A purchase is paid through one channel.", "The card payment is shown on the invoice as a deposit.", ("card_lines",)),
    Kind.DUP_PAYMENT: Facts(DUPLICATES, C, "An invoice is paid once.", "The payments are parts of one amount, or the first was refused.", ("payments", "invoices.gross")),
    Kind.CREDIT_NOT_APPLIED: Facts(DUPLICATES, M, "A credit note lowers what is owed.", "The credit is pending by agreement.", ("invoices.type", "invoices.preceding_invoice")),
    Kind.OVER_CONTRACT_VALUE: Facts(AGREEMENTS, H, "Billing under a contract stays within its value.", "An amendment raised the value, or credit notes are still to come.", CONTRACTED),
    Kind.OUTSIDE_CONTRACT_TERM: Facts(AGREEMENTS, H, "Services are dated within the term of their contract.", "The service period lies inside the term, or the contract was renewed.", CONTRACTED),
    Kind.PRICE_ABOVE_CONTRACT: Facts(AGREEMENTS, H, "The unit price is the one agreed.", "A price tier, an index clause or another unit applies.", (*NO_PRICE, *CONTRACTED)),
    Kind.ESCALATION_EXCEEDED: Facts(AGREEMENTS, M, "A yearly increase stays within the clause.", "The increase was agreed in an amendment.", (*NO_PRICE, "contracts.escalation_pct")),
    Kind.PRICE_ABOVE_ORDER: Facts(AGREEMENTS, M, "The invoice's price is the order's.", "The order allows surcharges or a tolerance.", (*NO_PRICE, *ORDERED)),
    Kind.QTY_ABOVE_RECEIPT: Facts(AGREEMENTS, H, "What is billed was received.", "A receipt was booked late, or units differ.", (*ORDERED, "goods_receipts", "invoices.quantity")),
    Kind.NO_RECEIPT: Facts(AGREEMENTS, M, "Something was received for what is billed.", "It is a service, a prepayment or a drop shipment.", (*ORDERED, "goods_receipts")),
    Kind.ORDER_OVERBILLED: Facts(AGREEMENTS, H, "Invoices for an order stay within it.", "It is a blanket order, or a change order exists.", ORDERED),
    Kind.NO_ORDER: Facts(AGREEMENTS, L, "Spend that policy wants ordered has an order.", "The category needs no order (rent, utilities, taxes).", ORDERED),
    Kind.ORDER_AFTER_INVOICE: Facts(AGREEMENTS, M, "An order is written before its invoice.", "It records a call-off or an emergency repair.", ORDERED),
    Kind.UNIT_OR_CURRENCY_SLIP: Facts(AGREEMENTS, H, "Amounts are in the right unit and currency.", "It is a real bulk order, or a price per hundred.", NO_PRICE),
    Kind.TERMS_WORSE_THAN_AGREED: Facts(AGREEMENTS, L, "Due dates follow the agreed terms.", "Early payment was agreed.", ("invoices.due_date",)),
    Kind.BANK_CHANGED_BEFORE_INVOICE: Facts(PARTIES, C, "A changed bank account is verified before a claim is paid to it.", "The vendor confirms the new account on a known number.", ("bank_changes", "invoices.iban")),
    Kind.IBAN_NOT_OF_VENDOR: Facts(PARTIES, C, "An invoice is paid to an account of its vendor.", "The account is a known second account, or the claim was sold to a factor.", ("vendors.iban", "invoices.iban")),
    Kind.IBAN_SHARED: Facts(PARTIES, H, "Unrelated vendors have accounts of their own.", "They belong to one group, factor or property manager.", ("vendors.iban",)),
    Kind.IBAN_COUNTRY_MISMATCH: Facts(PARTIES, L, "A vendor's account is in its country.", "The vendor banks abroad and always has.", ("vendors.iban", "vendors.country")),
    Kind.VENDOR_DUPLICATE: Facts(PARTIES, L, "A party has one vendor record.", "They are branches with tax ids of their own.", ("vendors",)),
    Kind.VENDOR_UNKNOWN: Facts(PARTIES, M, "Sellers are in the vendor master.", "The vendor was renamed or awaits set-up.", ("vendors", "documents:invoice")),
    Kind.VENDOR_IMPERSONATED: Facts(PARTIES, C, "A vendor is who it looks like.", "It is a namesake or a subsidiary.", ("vendors",)),
    Kind.VENDOR_REACTIVATED: Facts(PARTIES, L, "A vendor that was silent for a year is looked at before it is paid.", "It works by season or by project.", ("vendors",)),
    Kind.VENDOR_SANCTIONED: Facts(PARTIES, C, "No party is on a sanctions list.", "It is a namesake with other identifiers.", ("sanctions",)),
    Kind.GHOST_VENDOR: Facts(SCHEMES, C, "A vendor exists and delivers.", "Somebody has visited it, or seen what it delivered.", ("vendors.registered_on", "invoices.vendor_id")),
    Kind.SEQUENTIAL_NUMBERS: Facts(SCHEMES, L, "A vendor has other customers than us.", "It numbers per customer, or has one customer by its nature.", ("invoices.number",)),
    Kind.SPLIT_UNDER_LIMIT: Facts(SCHEMES, H, "A purchase is approved as a whole.", "The parts belong to an order approved in total, or to several sites.", ("invoices.approver", "approval_limits")),
    Kind.JUST_BELOW_LIMIT: Facts(SCHEMES, M, "An approver's amounts do not pile up below the limit.", "List prices or contract rates lie there.", ("invoices.approver", "approval_limits")),
    Kind.OVER_APPROVAL_LIMIT: Facts(SCHEMES, H, "An invoice is approved by somebody with the authority.", "A delegation or a second signature exists.", ("invoices.approver", "approval_limits")),
    Kind.SEGREGATION_OF_DUTIES: Facts(SCHEMES, H, "Nobody both creates and approves.", "A compensating control exists.", ("approvals",)),
    Kind.CONFLICT_OF_INTEREST: Facts(SCHEMES, H, "Vendors and employees share no address, account or phone.", "The interest is declared, or the match is a namesake or a large building.", ("employees", "vendors")),
    Kind.APPROVER_CONCENTRATION: Facts(SCHEMES, L, "Approvers and vendors meet as chance and duties make them.", "The approver owns the category.", ("invoices.approver",)),
    Kind.INFLATED_PRICE: Facts(SCHEMES, M, "An item costs what it costs elsewhere.", "Quality, urgency or volume explain the price.", NO_PRICE),
    Kind.BID_ROTATION: Facts(SCHEMES, H, "Bidders compete.", "Few are capable of the work.", ("bids",)),
    Kind.ROUND_AMOUNTS: Facts(SCHEMES, L, "Amounts come from quantities and prices.", "It is a rent, a retainer or a fee.", ("invoices.net",)),
    Kind.BENFORD_DEVIATION: Facts(SCHEMES, I, "Leading digits of a homogeneous population follow Benford's law.", "Price lists or thresholds shape the population.", ("invoices.net",)),
    Kind.VAT_ID_INVALID: Facts(TAX, M, "A VAT id is well-formed.", "A digit was misread, or the seller needs none.", ("invoices.vat_id",)),
    Kind.VAT_RATE_WRONG: Facts(TAX, M, "The VAT rate exists in the seller's country on the date.", "A margin scheme, an exemption or several rates apply.", ("invoices.tax_rate",)),
    Kind.VAT_ON_REVERSE_CHARGE: Facts(TAX, H, "No tax is charged where the recipient owes it.", "The seller is registered locally.", ("invoices.tax_rate", "vendors.country")),
    Kind.EINVOICE_RULE_BROKEN: Facts(TAX, L, "An e-invoice obeys the rules of its standard.", "A later rule set allows it.", ("documents:xml",)),
    Kind.EINVOICE_MISSING: Facts(TAX, L, "A structured invoice comes where the law wants one.", "A transition period or an exemption applies.", ("documents:page",)),
    Kind.AMOUNT_OUTLIER: Facts(SERIES, L, "A vendor's amounts stay in its range.", "It is an annual bill or a bulk order.", ("invoices.net",)),
    Kind.PRICE_DRIFT: Facts(SERIES, M, "Prices do not creep up.", "An index clause or a commodity explains it.", NO_PRICE),
    Kind.RECURRING_MISSED_OR_EXTRA: Facts(SERIES, M, "A periodic bill comes once a period.", "Two sites are billed, or a month is caught up.", ("invoices.issue_date",)),
    Kind.ACTIVITY_FLURRY: Facts(SERIES, L, "Invoices come at their usual pace.", "It is month end or a migration.", ("invoices.issue_date",)),
    Kind.CUTOFF_ERROR: Facts(SERIES, M, "A service is booked in its period.", "An accrual covers it.", ("invoices.period_end", "journal_lines")),
    Kind.ACCOUNT_OUTLIER: Facts(SERIES, M, "A balance stays in its expected range.", "A disposal or a reclassification explains it.", ("statements", "statements.income_statement")),
    Kind.STATEMENT_INCONSISTENT: Facts(SERIES, H, "Assets equal liabilities and equity.", "Amounts are rounded to thousands.", ("statements", "statements.total_assets")),
    Kind.PEER_DEVIATION: Facts(SERIES, L, "An entity's ratios are near its peers'.", "Its mix differs, or it is its first year.", ("statements",)),
    Kind.UNUSUAL_JOURNAL_ENTRY: Facts(SERIES, M, "Journal entries are made by the usual people, at the usual times, with a text (ISA 240.32a).", "It is a closing routine or a reversal.", ("journal_lines", "journal_lines.manual")),
    Kind.READING_UNSURE: Facts(PROCESSING, I, "A field that decides a finding was read with confidence.", "A person confirms the field.", ("documents:page",)),
    Kind.REFERENCE_UNMATCHED: Facts(PROCESSING, L, "Orders and contracts named on a document are in the books.", "The books were exported before the document came.", ("documents:invoice",)),
    Kind.PROCESS_ANOMALY: Facts(PROCESSING, L, "Reading takes its usual time and quality.", "A deployment or large files explain it.", ("processing",)),
    Kind.MODEL_OR_INPUT_DRIFT: Facts(PROCESSING, M, "Inputs look like those the model learned from.", "A new entity or price level explains it.", ("drift",)),
    Kind.REPEATED_CORRECTION: Facts(PROCESSING, L, "A field need not be corrected again and again.", "The new layout is already learned.", ("feedback",)),
}  # fmt: skip
"""Facts of every kind. The criterion is the rule, the disproof what would clear a finding."""
