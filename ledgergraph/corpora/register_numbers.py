"""Made numbers of commercial registers, and the ways in which papers and books write them.

Not here: how they are read (extractions.registers). Every function is pure in its generator.
"""

import numpy as np
from stdnum.luhn import calc_check_digit as luhn

from ledgergraph.corpora.catalogue import CITIES
from ledgergraph.corpora.identifiers import digits

COURTS = tuple(city for _, city in CITIES["DE"])
"""Towns whose courts keep a register: each counts by itself."""


def register_number(
    rng: np.random.Generator, country: str, vat_id: str | None = None
) -> str | None:
    """A number in the register of a country, `HRB 1234 Köln`; None where it has none of its own.

    That of a French company is in its VAT id. Spain's and Portugal's companies state their tax
    number, those of the US a state's file.
    """
    match country:
        case "DE":
            court = COURTS[int(rng.integers(len(COURTS)))]
            return f"HR{'AB'[int(rng.random() < 0.8)]} {int(rng.integers(100, 99_999))} {court}"
        case "FR":
            number = digits(rng, 8, first=3)
            return f"SIREN {vat_id[-9:] if vat_id else number + luhn(number)}"
        case "GB":
            return f"GB {digits(rng, 8)}"
        case "IT":
            return f"REA {('MI', 'RM', 'TO', 'BO')[int(rng.integers(4))]}-{digits(rng, 7, first=1)}"
        case _:
            return None


def as_written(rng: np.random.Generator, number: str) -> str:
    """A number as one paper writes it; a German one often without its court."""
    kind, rest = number.split(" ", 1)
    if kind.startswith("HR"):
        own, court = rest.split(" ", 1)
        ways = (f"{kind} {own}", f"Amtsgericht {court} {kind} {own}",
                f"{kind} {own}, AG {court}")  # fmt: skip
    elif kind == "SIREN":
        parted = f"{rest[:3]} {rest[3:6]} {rest[6:]}"
        ways = (f"SIREN {parted}", f"0002:{rest}", f"RCS Lyon {parted}")
    elif kind == "GB":
        ways = (f"Company No. {rest}", f"Registered in England and Wales No. {rest}", rest)
    else:
        ways = (number, f"R.E.A. {rest}", number)
    return ways[int(rng.integers(len(ways)))]
