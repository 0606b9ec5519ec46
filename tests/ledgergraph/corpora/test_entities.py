"""The entities are fields of EN 16931 as readers know them, and their labels are in order."""

from ledgergraph.corpora.entities import ENTITIES, LABELS, NUMBERS, entity_of
from ledgergraph.extractions.fields import FORMS

FIRST_WRITTEN = (
    "type", "number", "issue_date", "due_date", "currency", "order_reference",
    "contract_reference", "preceding_invoice", "period_start", "period_end", "seller.name",
    "seller.address", "seller.vat_id", "seller.iban", "payee.name", "buyer.name",
    "buyer.address", "buyer.vat_id", "totals.lines", "totals.allowances", "totals.charges",
    "totals.net", "totals.tax", "totals.gross", "totals.prepaid", "totals.rounding",
    "totals.due", "description", "quantity", "unit", "unit_price", "net", "tax_rate",
    "taxes.base", "taxes.tax", "taxes.rate",
)  # fmt: skip


def test_every_entity_is_a_field_that_is_read() -> None:
    assert {entity.field for entity in ENTITIES} <= set(FORMS)


def test_the_order_of_labels_stands_for_ever() -> None:
    assert tuple(entity.field for entity in ENTITIES[: len(FIRST_WRITTEN)]) == FIRST_WRITTEN
    assert LABELS[:3] == ("O", "B-type", "I-type")
    assert [NUMBERS[label] for label in LABELS] == list(range(len(LABELS)))


def test_36_entities_make_73_labels() -> None:
    assert len(ENTITIES) == 36
    assert len(set(LABELS)) == 73


def test_every_entity_names_its_term_and_says_what_it_is() -> None:
    assert len({entity.term for entity in ENTITIES}) == len(ENTITIES)
    assert all(entity.term[:3] in ("BT-", "BG-") for entity in ENTITIES)
    assert all(entity.meaning.endswith(".") for entity in ENTITIES)


def test_numbered_fields_have_the_entity_of_their_group() -> None:
    found = entity_of("taxes.3.base")
    assert found is not None
    assert found.field == "taxes.base"
    assert entity_of("funsd.question") is None
