"""Entities and their labels: what a token of a document can belong to, defined once.

Belongs here: the 36 entities, their terms of EN 16931 and the 73 BIO labels made of them.
Not here: which tokens carry which label (alignment), how fields are read (extractions).

A label's place is its number in models and data sets. The order stands for ever: what is
new goes to the end.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entity:
    """Something that tokens state: a field of `extractions.fields`, `taxes.0.base` as `taxes.base`.

    `term` is its business term (BT) or group (BG) in EN 16931, `meaning` a sentence for
    whoever marks it on a page.
    """

    field: str
    term: str
    meaning: str


ENTITIES: tuple[Entity, ...] = (
    Entity("type", "BT-3", "The word that says what the document is, such as Credit note."),
    Entity("number", "BT-1", "The number that the seller gave the document."),
    Entity("issue_date", "BT-2", "The day on which the document was issued."),
    Entity("due_date", "BT-9", "The day by which it is to be paid."),
    Entity("currency", "BT-5", "The currency of the amounts, as a code or sign."),
    Entity("order_reference", "BT-13", "The number of the buyer's purchase order."),
    Entity("contract_reference", "BT-12", "The number of the contract that it is issued under."),
    Entity("preceding_invoice", "BT-25", "The number of the invoice that it corrects."),
    Entity("period_start", "BT-73", "The first day of the period that is billed."),
    Entity("period_end", "BT-74", "The last day of the period that is billed."),
    Entity("seller.name", "BT-27", "The full name of whoever sells."),
    Entity("seller.address", "BG-5", "The seller's street, postcode, town and country."),
    Entity("seller.vat_id", "BT-31", "The seller's VAT number."),
    Entity("seller.iban", "BT-84", "The account that is to be paid to."),
    Entity("payee.name", "BT-59", "Whoever is to be paid, where that is not the seller."),
    Entity("buyer.name", "BT-44", "The full name of whoever buys."),
    Entity("buyer.address", "BG-8", "The buyer's street, postcode, town and country."),
    Entity("buyer.vat_id", "BT-48", "The buyer's VAT number."),
    Entity("totals.lines", "BT-106", "The sum of the lines' net amounts."),
    Entity("totals.allowances", "BT-107", "The sum of the document's discounts."),
    Entity("totals.charges", "BT-108", "The sum of the document's charges."),
    Entity("totals.net", "BT-109", "The total without tax."),
    Entity("totals.tax", "BT-110", "The total of tax."),
    Entity("totals.gross", "BT-112", "The total with tax."),
    Entity("totals.prepaid", "BT-113", "What was paid in advance."),
    Entity("totals.rounding", "BT-114", "What was added to the total to round it."),
    Entity("totals.due", "BT-115", "What is left to be paid."),
    Entity("description", "BT-153", "What a line sells, with its description if it has one."),
    Entity("quantity", "BT-129", "How much of it."),
    Entity("unit", "BT-130", "The unit that the quantity counts."),
    Entity("unit_price", "BT-146", "The price of one unit: without tax, of tills with it."),
    Entity("net", "BT-131", "The line's amount: without tax, of tills with it."),
    Entity("tax_rate", "BT-152", "The line's rate of tax in percent."),
    Entity("taxes.base", "BT-116", "The amount that is taxed at one rate."),
    Entity("taxes.tax", "BT-117", "The tax at one rate."),
    Entity("taxes.rate", "BT-119", "The rate in percent."),
)
"""All entities, in the order of their labels."""
OUTSIDE = "O"
"""The label of a token that belongs to none."""
LABELS: tuple[str, ...] = (
    OUTSIDE,
    *(f"{prefix}-{entity.field}" for entity in ENTITIES for prefix in "BI"),
)
"""B- begins what one field states, I- goes on with it; a label's place is its number."""
NUMBERS: Mapping[str, int] = {label: number for number, label in enumerate(LABELS)}
BY_FIELD: Mapping[str, Entity] = {entity.field: entity for entity in ENTITIES}


def entity_of(field: str) -> Entity | None:
    """The entity of a field, `taxes.1.base` among them; None where tokens are not labelled so."""
    return BY_FIELD.get(re.sub(r"\.\d+\.", ".", field))
