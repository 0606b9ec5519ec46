"""What a user who names a translator sees, and that it is asked once."""

from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest

from ledgergraph.errors import BadSetting
from ledgergraph.extractions.schemas import ITEMS
from orchestration.commands.doctor import translator
from orchestration.environments import Environment
from resources.translator import TranslatorResource
from tests.builders.days import Home
from tests.builders.translators import write_translator

pytest.importorskip("sentencepiece", reason="needs the extra networks: sentencepiece")
INVOICE = """<?xml version="1.0" encoding="UTF-8"?>
<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
 xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2">
 <cbc:ID>R-1</cbc:ID><cbc:IssueDate>2026-01-02</cbc:IssueDate>
 <cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode>
 <cac:InvoiceLine><cbc:ID>1</cbc:ID><cbc:InvoicedQuantity unitCode="HUR">2</cbc:InvoicedQuantity>
  <cbc:LineExtensionAmount currencyID="EUR">100.00</cbc:LineExtensionAmount>
  <cac:Item><cbc:Name>Wartung der Heizung</cbc:Name></cac:Item></cac:InvoiceLine>
</Invoice>"""


def test_whoever_names_a_translator_sees_english_beside_the_original(tmp_path: Path) -> None:
    folder = tmp_path / "opus-mt-de-en"
    folder.mkdir()
    write_translator(folder)
    with dg.DagsterInstance.ephemeral() as instance:
        home = Home(tmp_path, instance, translator=f"de={folder}")
        key = home.take({"a.xml": INVOICE.encode()}, datetime(2026, 1, 5, tzinfo=UTC))
        home.read(key)
    (row,) = home.store.table(ITEMS, home.store.heads("records")).to_pylist()
    assert (row["description"], row["language"]) == ("Wartung der Heizung", "de")
    assert row["description_english"] is not None
    assert row["translated_by"].startswith("model:")
    assert len(home.store.names("translations/")) == 1
    opened = TranslatorResource(setting=f"de={folder}").open(home.store)
    assert opened is not None
    ((_, kept),) = opened.english([("Wartung der Heizung", "de")]).items()
    assert kept.text == row["description_english"]
    assert "weights: cc-by-4.0" in translator(str(folder))


def test_without_the_setting_nothing_changes() -> None:
    usual = TranslatorResource()
    assert usual.version() == {}
    assert Environment.read({}).translator == ""


def test_a_folder_that_is_none_names_the_setting(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match=r"LEDGERGRAPH_TRANSLATOR: .*is no folder"):
        Environment.read({"LEDGERGRAPH_TRANSLATOR": str(tmp_path / "nowhere")})
