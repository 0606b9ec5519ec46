"""Numbers of commercial registers: of which register one is, and as what it is compared.

Belongs here: EN 16931's legal registration identifiers (BT-30, BT-47) as invoices, books and
pages state them. Not here: VAT ids and accounts (identity), and what a number decides
(graph.clusters).

A key is `scheme:number` where the number is given once in that register: the scheme is a code
of ISO 6523 (`0002` SIREN, `0106` KvK), or a country and, where its courts count by themselves,
the court. A number whose register is not told (`HRB 12345` of any court) is a key without one:
it makes two likely one and decides nothing.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from stdnum import luhn

from ledgergraph.extractions.names import plain_words
from ledgergraph.identity import PLACEHOLDERS

SIREN, SIRET, KVK, UID, CVR, NORWAY, SWEDEN, BELGIUM, FINLAND = (
    "0002", "0009", "0106", "0183", "0184", "0192", "0007", "0208", "0212",
)  # fmt: skip
PLACES = frozenset({"0060", "0088", "0096", "0204"})
"""Schemes that number places of a company (DUNS, GLN, Danish P, Leitweg), which has several."""
LEAST, LONGEST = 3, 20
"""Digits that a number has at least, and letters and digits at most."""
NEVER = re.compile(r"(?!)")
CODED = re.compile(r"\s*(\d{4})\s*:\s*(.+)")
TOWN = (
    r"[A-ZÄÖÜ][a-zäöüß]+"
    r"(?:[ \-/](?:am|an der|im|bei)?[ \-]?(?!Register|Handels)[A-ZÄÖÜ][a-zäöüß]+)?"
    r"(?:[ ]?\((?:Charlottenburg|Oder|Saale|Main|Lahn|Havel)\))?"
)
BERLIN = "charlottenburg"
"""The one court that keeps Berlin's register; the letter behind its numbers tells nothing apart."""
GERMAN = re.compile(
    rf"(?:\b(?:Amtsgericht|AG|Registergericht|Handelsregister)[\s:,]+(?:des |Amtsgericht[s]? )?"
    rf"(?P<before>{TOWN})[\s:,;(|\-]*(?:unter |Registernummer:? )?)?"
    r"\bHR\s?(?P<part>[AB])[\s:.\-]*(?:Nr\.?:?\s*)?(?P<number>\d{1,6})"
    r"(?:[ ](?P<more>(?!AG|DE|HR)[A-Z]{1,2})\b)?"  # a court's letters, no court or VAT id
    rf"(?:[\s:,;(|\-]*(?:beim )?(?:Amtsgericht|AG|Registergericht)[\s:,]+(?P<after>{TOWN}))?"
)
AUSTRIAN = re.compile(
    r"\b(?:FN|Firmenbuch(?:nummer|nr\.?)?)[\s:.\-]*(?:FN\s?)?(\d{4,6})\s?([a-z])\b"
)
LUXEMBOURG = re.compile(r"\bR\.?C\.?S\.?\s+Luxembourg\W*(?:n°\s*)?B\s?(\d{3,6})\b", re.IGNORECASE)
FRENCH = re.compile(
    r"\b(?:R\.?C\.?S\b\.?|SIREN\b|SIRET\b)[^\d\n]{0,40}?"
    r"(\d{3}[ .]?\d{3}[ .]?\d{3})(?:[ .]?\d{5})?(?!\d)"
    r"|(?<!\d)(\d{3}[ .]?\d{3}[ .]?\d{3})\s+R\.?C\.?S\b",
    re.IGNORECASE,
)
DUTCH = re.compile(r"\bK\.?v\.?K\b[^\d\n]{0,24}?(\d{8})\b", re.IGNORECASE)
SWISS = re.compile(r"\bCHE[\s\-]?(\d{3})[. ]?(\d{3})[. ]?(\d{3})\b")
BRITISH = re.compile(
    r"\b(?:company|registered|registration)(?:\s+(?:in|no|number|nr|england|wales|scotland|and|"
    r"reg|registration|registered)\b\.?|\s*[&:,#])*\s*((?:SC|NI|OC|SO)\d{6}|\d{8})\b",
    re.IGNORECASE,
)
BRITISH_PLACES = re.compile(r"\b(?:England|Wales|Scotland|Companies House)\b", re.IGNORECASE)
ITALIAN = re.compile(r"\bR\.?E\.?A\b\.?[^\dA-Z\n]{0,8}([A-Z]{2})[\s\-/]{0,3}(\d{5,7})\b")
DANISH = re.compile(r"\bCVR\b[^\d\n]{0,8}(\d{2} ?\d{2} ?\d{2} ?\d{2})\b", re.IGNORECASE)
NAMED = re.compile(
    r"\bHR\s?[AB]|\bFN\b|Firmenbuch|R\.?C\.?S|SIRE[NT]|K\.?v\.?K|\bCHE|R\.?E\.?A\b|CVR"
    r"|company|regist",
    re.IGNORECASE,
)
OF_COUNTRY: Mapping[str, tuple[str, re.Pattern[str]]] = {
    "FR": (SIREN, re.compile(r"\d{9}|\d{14}")), "NL": (KVK, re.compile(r"\d{8}")),
    "DK": (CVR, re.compile(r"\d{8}")), "NO": (NORWAY, re.compile(r"\d{9}")),
    "SE": (SWEDEN, re.compile(r"\d{10}")), "BE": (BELGIUM, re.compile(r"[01]\d{9}")),
    "FI": (FINLAND, re.compile(r"\d{8}")), "CH": (UID, re.compile(r"CHE\d{9}")),
    "GB": ("GB", re.compile(r"\d{8}|(?:SC|NI|OC|SO)\d{6}")),
    "IT": ("IT", re.compile(r"[A-Z]{2}\d{5,7}")), "AT": ("AT", re.compile(r"\d{4,6}[A-Z]")),
}  # fmt: skip
"""What a number looks like that a country's one register gives, and the register's scheme."""
OF_VAT_ID: Mapping[str, tuple[str, re.Pattern[str]]] = {
    "FR": (SIREN, re.compile(r"FR[0-9A-Z]{2}(\d{9})")), "BE": (BELGIUM, re.compile(r"BE(\d{10})")),
    "DK": (CVR, re.compile(r"DK(\d{8})")), "FI": (FINLAND, re.compile(r"FI(\d{8})")),
    "SE": (SWEDEN, re.compile(r"SE(\d{10})01")), "NO": (NORWAY, re.compile(r"NO(\d{9})(?:MVA)?")),
    "CH": (UID, re.compile(r"(CHE\d{9})")),
}  # fmt: skip
"""Countries whose VAT ids hold the number of the register."""


class Printed(NamedTuple):
    """A number as text states it: its key, and where in the text it stands."""

    key: str
    start: int
    end: int


def names_register(texts: Iterable[str]) -> bool:
    """Whether one of some texts may name a register: a quick look before `printed_in`."""
    return any(NAMED.search(text) for text in texts)


def printed_in(text: str, country: str | None = None) -> Iterator[Printed]:
    """The numbers of registers that a text names together with their register, in order."""
    found = (
        Printed(key, *match.span())
        for form, key_of in FORMS
        for match in form.finditer(text)
        if (key := key_of(match, country))
    )
    yield from sorted(found, key=lambda one: one.start)


@lru_cache(maxsize=65_536)
def register_key(stated: str | None, country: str | None = None) -> str | None:
    """A number of a register as it is compared; null for what is none.

    `country` (ISO 3166) is where the company is, if that is known. A number that a scheme
    precedes (`0002:552081317`) is of that scheme, as BT-30-1 has it.
    """
    if not stated:
        return None
    if coded := CODED.fullmatch(stated):
        return _of_scheme(coded[1], _capitals(coded[2]))
    if named := next(printed_in(stated, country), None):
        return named.key
    number = _capitals(stated)
    scheme, form = OF_COUNTRY.get(country or "", ("", NEVER))
    if form.fullmatch(number):
        return _of_scheme(scheme, number)
    return number if _is_number(number) and len(number) <= LONGEST else None


def registers_of(register: str | None, vat_id: str | None) -> tuple[str, ...]:
    """The numbers that decide: the stated one if its register is told, and that of a VAT id.

    `register` is a key, `vat_id` a VAT id as it is compared (identity.vat_key).
    """
    stated = (register,) if register and ":" in register else ()
    of_vat_id = _of_vat_id(vat_id)
    if of_vat_id is None or any(scheme_of(one) == scheme_of(of_vat_id) for one in stated):
        return stated
    return (*stated, of_vat_id)


def scheme_of(key: str) -> str:
    """The register of a key; empty where it is not told."""
    return key.rpartition(":")[0]


def number_of(key: str) -> str:
    """The number of a key without its register."""
    return key.rpartition(":")[2]


def _of_vat_id(vat_id: str | None) -> str | None:
    scheme, form = OF_VAT_ID.get((vat_id or "")[:2], ("", NEVER))
    found = form.fullmatch(vat_id or "")
    return _of_scheme(scheme, found[1]) if found else None


def _of_scheme(scheme: str, number: str) -> str | None:
    """The key of a number in a register; without the register where it cannot be of it."""
    if not _is_number(number):
        return None
    if scheme in (SIREN, SIRET):
        is_siren = len(number) in (9, 14) and luhn.is_valid(number[:9])
        return f"{SIREN}:{number[:9]}" if is_siren else number
    return f"{scheme}:{number}"


def _german(match: re.Match[str], _: str | None) -> str:
    """Courts count by themselves: a number without its court is one of many, and so is one that
    forms and templates print as an example."""
    number = f"HR{match['part']}{match['number']}"
    more = match["more"] or ""
    court = plain_words(match["before"] or match["after"] or "").replace(" ", "")
    if court == "berlin" or BERLIN in court:
        court, more = BERLIN, more.removeprefix("B")
    return f"DE-{court}:{number}{more}" if court and not _counts(match["number"]) else number + more


def _counts(digits: str) -> bool:
    """Whether digits count up from 1 or down to 1, as those of examples do."""
    return len(digits) > LEAST and ("1234567890".startswith(digits) or "987654321".endswith(digits))


def _british(match: re.Match[str], country: str | None) -> str | None:
    is_there = country == "GB" or BRITISH_PLACES.search(match.string) is not None
    number = match[1].upper()
    return _of_scheme("GB", number) if is_there or not number.isdigit() else number


def _in(scheme: str) -> "KeyOf":
    def key(match: re.Match[str], _: str | None) -> str | None:
        return _of_scheme(scheme, _capitals("".join(one for one in match.groups() if one)))

    return key


KeyOf = Callable[[re.Match[str], str | None], str | None]
FORMS: tuple[tuple[re.Pattern[str], KeyOf], ...] = (
    (GERMAN, _german), (AUSTRIAN, _in("AT")), (LUXEMBOURG, _in("LU")), (FRENCH, _in(SIREN)),
    (DUTCH, _in(KVK)), (SWISS, lambda match, _: _of_scheme(UID, "CHE" + "".join(match.groups()))),
    (BRITISH, _british), (ITALIAN, _in("IT")), (DANISH, _in(CVR)),
)  # fmt: skip
"""How numbers are printed beside the name of their register, and what key each is."""


def _is_number(number: str) -> bool:
    digits = re.sub(r"\D", "", number)
    return len(digits) >= LEAST and len(set(digits)) > 1 and digits not in PLACEHOLDERS


def _capitals(text: str) -> str:
    return re.sub(r"[^0-9A-Z]", "", text.upper())
