"""Numbers of registers are the same however they are written, and only in one register."""

import pytest

from ledgergraph.extractions.registers import printed_in, register_key, registers_of


@pytest.mark.parametrize(
    ("stated", "country", "key"),
    [
        ("HRB 81513, Amtsgericht München", None, "DE-munchen:HRB81513"),
        ("Amtsgericht München HRB 81513", None, "DE-munchen:HRB81513"),
        ("Amtsgericht München HRB 81513 B", None, "DE-munchen:HRB81513B"),
        ("Amtsgericht München HRB 12345", None, "HRB12345"),  # as templates have it
        ("AG Köln, HRB 99", None, "DE-koln:HRB99"),
        ("Handelsregister: Amtsgericht Charlottenburg HRB 81513 B", None,
         "DE-charlottenburg:HRB81513"),
        ("HRB 81513, Amtsgericht Berlin (Charlottenburg)", None, "DE-charlottenburg:HRB81513"),
        ("Amtsgericht Berlin-Charlottenburg, HRB 81513 B", None, "DE-charlottenburg:HRB81513"),
        ("Amtsgericht Frankfurt (Oder) HRB 81513", None, "DE-frankfurtoder:HRB81513"),
        ("HRB 81513, Amtsgericht München (Registergericht)", None, "DE-munchen:HRB81513"),
        ("HRB 12345", None, "HRB12345"),
        ("HRB 4711 AG Köln", None, "DE-koln:HRB4711"),
        ("Amtsgericht Köln HRB 4711 DE 811 111 111", None, "DE-koln:HRB4711"),
        ("Amtsgericht Köln HRB 4711\nUS", None, "DE-koln:HRB4711"),
        ("Registergericht Köln Registernummer HRB 4711", None, "DE-koln:HRB4711"),
        ("RCS Paris B 552 081 317", None, "0002:552081317"),
        ("552 081 317 RCS Nanterre", None, "0002:552081317"),
        ("0009:55208131766522", None, "0002:552081317"),
        ("SIRET 552 081 317 66522", None, "0002:552081317"),
        ("552081317", "FR", "0002:552081317"),
        ("552081317", None, "552081317"),
        ("552081318", "FR", "552081318"),  # its check digit is wrong
        ("Company No. 01234567", None, "01234567"),
        ("Company No. 01234567", "GB", "GB:01234567"),
        ("Registered in England and Wales No. 01234567", None, "GB:01234567"),
        ("Company number: SC123456", None, "GB:SC123456"),
        ("KvK-nummer: 27312345", None, "0106:27312345"),
        ("FN 123456a", None, "AT:123456A"),
        ("CHE-123.456.788 MWST", None, "0183:CHE123456788"),
        ("REA MI-1234567", None, "IT:MI1234567"),
        ("R.C.S. Luxembourg B 123456", None, "LU:123456"),
        ("CVR-nr. 12 34 56 70", None, "0184:12345670"),
        ("0", None, None), ("000000000", "FR", None), ("none", None, None), (None, "DE", None),
    ],
)  # fmt: skip
def test_a_number_has_one_key_however_it_is_written(stated, country, key):
    assert register_key(stated, country) == key


def test_a_number_decides_only_where_its_register_is_told():
    assert registers_of("HRB12345", None) == ()
    assert registers_of("DE-koln:HRB12345", "DE811111111") == ("DE-koln:HRB12345",)
    assert registers_of(None, "FR83404833048") == ("0002:404833048",)
    assert registers_of("0002:552081317", "FR83404833048") == ("0002:552081317",)


def test_prose_names_no_register():
    text = "Our order 12345678 of 2026, company car 4711, RCS system, HRB, AG Muster, FN 12 b."
    assert list(printed_in(text)) == []
