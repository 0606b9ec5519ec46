"""How likely two descriptions are one company, where identifiers leave it open.

Belongs here: which pairs are open, what of them is compared, and how much each likeness
weighs: a model of Fellegi and Sunter that Splink runs, on DuckDB here or on Spark with
the same settings. Not here: identifiers, what is joined, and what people decided (parties).

What a likeness weighs is data of the package (likeness.json), counted on made companies.
Nothing is fitted and nothing is drawn when a ledger is resolved: a pair has the same score
in any ledger, in any order, on either engine.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from itertools import chain, combinations, product
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa
from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from ledgergraph.extractions.names import compact, name_key, plain_words, spelling_key
from ledgergraph.extractions.registers import (
    PLACES,
    number_of,
    register_key,
    registers_of,
    scheme_of,
)
from ledgergraph.identity import account_key, vat_key

if TYPE_CHECKING:
    from splink.internals.comparison_creator import ComparisonCreator
    from splink.internals.comparison_level_creator import ComparisonLevelCreator
    from splink.internals.database_api import DatabaseAPI

Pair = tuple[str, str]
"""Two keys, the smaller one first."""
COMMON = 40
"""A word or place that so many descriptions share proposes no pairs."""
PLAUSIBLE = 70.0
"""How alike two names must be (0 to 100) for anything else to be worth a look."""
SHORTEST_NAME = 4
"""Letters that a name must have for its likeness to say anything."""
PARAMETERS = "likeness.json"
WITHIN, SAME, DIFFERENT = "one has all words of the other", "the same", "different"
COMPARED = ("name", "legal_form", "address", "vat_id", "register", "account")
"""What is compared of two descriptions."""
INPUT = pa.schema(
    [
        ("unique_id", pa.string()), ("letters", pa.string()), ("words", pa.list_(pa.string())),
        ("legal_form", pa.string()), ("address", pa.string()),
        ("numbers", pa.list_(pa.string())), ("vat_id", pa.string()), ("register", pa.string()),
        ("account", pa.string()),
    ]
)  # fmt: skip


class Said(NamedTuple):
    """What a record or paper says of a company, word by word, for people to look at."""

    name: str | None = None
    vat_id: str | None = None
    iban: str | None = None
    address: str | None = None
    register: str | None = None


@dataclass(frozen=True)
class Description:
    """What one vendor, seller or buyer is said to be, in comparable form; null where it is not.

    `name` has no legal form, `address` no spaces, case and signs; `numbers` are those of
    the address. `register` is its number in a commercial register, `registers` those numbers
    that are its own alone, that in its VAT id among them (extractions.registers).
    """

    key: str
    name: str | None = None
    vat_id: str | None = None
    account: str | None = None
    legal_form: str | None = None
    address: str | None = None
    numbers: tuple[str, ...] = ()
    register: str | None = None
    registers: tuple[str, ...] = ()
    said: Said = field(default=Said(), compare=False)


@dataclass(frozen=True)
class Likeness:
    """How likely a pair is one company (0 to 1), and what each comparison came to, in words.

    `weights` are in bits: what a comparison adds to the logarithm of the odds; a
    comparison that one side leaves open has neither words nor weight.
    """

    score: float
    levels: Mapping[str, str]
    weights: Mapping[str, float]

    @property
    def is_for_people(self) -> bool:
        """Whether nobody but people may join the pair: a longer name, and another account or
        number in a register.

        So look a sister company, often the next in the register, and a ghost that takes a
        vendor's name and house.
        """
        is_another = (
            self.levels.get("account") == DIFFERENT or self.levels.get("register", SAME) != SAME
        )
        return self.levels.get("name") == WITHIN and is_another


def described(
    key: str,
    name: str | None,
    vat_id: str | None = None,
    iban: str | None = None,
    address: str | None = None,
    register: str | None = None,
    country: str | None = None,
) -> Description:
    """A description of what a record or a paper says; `country` by ISO 3166, if that is said."""
    own, vat = name_key(name), vat_key(vat_id)
    words = plain_words(address or "")
    number = register_key(register, country or (vat or "")[:2] or None)
    return Description(
        key, own, vat, account_key(iban), _legal_form(name, own),
        compact(words) or None, tuple(sorted(set(re.findall(r"\d+[a-z]?", words)))),
        number, registers_of(number, vat), Said(name, vat_id, iban, address, register),
    )  # fmt: skip


def _legal_form(name: str | None, key: str | None) -> str | None:
    """What a name's spelling has after the name itself: `ag` of `Bauer Aktiengesellschaft`."""
    if not name or not key:
        return None
    spelt, bare = spelling_key(name), spelling_key(key)
    return spelt.removeprefix(bare) or None if spelt.startswith(bare) else None


def can_be_one(one: Description, other: Description) -> bool:
    """Whether nothing tells two apart: VAT ids, registers, or different numbers in their names."""
    if one.vat_id and other.vat_id and not is_one_id({one.vat_id, other.vat_id}):
        return False
    if not agree(one.registers, other.registers):
        return False
    ours, theirs = (re.findall(r"\d+", named.name or "") for named in (one, other))
    return not (ours and theirs and ours != theirs)


def is_one_id(ids: Collection[str]) -> bool:
    """Whether ids can be those of one party: no two differ by more than a misread character."""
    return all(Levenshtein.distance(one, other) <= 1 for one, other in combinations(ids, 2))


def agree(*registers: Iterable[str]) -> bool:
    """Whether numbers of registers can be those of one party: it has no two in one register."""
    numbers: defaultdict[str, set[str]] = defaultdict(set)
    for one in set(chain(*registers)):
        if scheme_of(one) not in PLACES:
            numbers[scheme_of(one)].add(number_of(one))
    return all(is_one_id(found) for found in numbers.values())


def open_pairs(*groups: Sequence[Description]) -> list[Pair]:
    """Pairs that may be one company and that no VAT id decides, in order.

    Candidates share a word or an end of their name, the address or the account. What more
    than `COMMON` of a group share proposes none of these, neither to one another nor to
    those of a later group; of so many with one name each is compared with the first.
    """
    blocked = [_grouped(group) for group in groups]
    proposed = [pair for blocks in blocked for pair in _within(blocks)]
    for own, others in combinations(blocked, 2):
        for name, block in own.items():
            if len(block) <= COMMON:
                proposed += product(block, others.get(name, ()))
    found = {(a.key, b.key) if a.key < b.key else (b.key, a.key): (a, b) for a, b in proposed}
    return sorted(pair for pair, (one, other) in found.items() if _is_open(one, other))


Blocks = Mapping[tuple[str, str], list[Description]]
"""Descriptions by what they share: which part of them, and what it is."""


def _grouped(descriptions: Iterable[Description]) -> Blocks:
    blocks: defaultdict[tuple[str, str], list[Description]] = defaultdict(list)
    for one in descriptions:
        for name in set(_blocks(one)):
            blocks[name].append(one)
    return blocks


def _blocks(one: Description) -> Iterator[tuple[str, str]]:
    """Under what a description is looked for; nothing of one without a name to compare."""
    if one.name is None or len(one.name) < SHORTEST_NAME:
        return
    whole = one.name.replace(" ", "")
    yield from (("word", word) for word in one.name.split() if len(word) > 2)
    yield from (("name", whole), ("start", whole[:5]), ("end", whole[-5:]))
    number = number_of(one.register) if one.register else None
    stated = (("address", one.address), ("account", one.account), ("register", number))
    yield from ((part, value) for part, value in stated if value)


def _within(blocks: Blocks) -> Iterator[tuple[Description, Description]]:
    for (part, _), block in blocks.items():
        if len(block) <= COMMON:
            yield from combinations(block, 2)
        elif part == "name":
            first = min(block, key=lambda one: one.key)
            yield from ((first, one) for one in block if one is not first)


def _is_open(one: Description, other: Description) -> bool:
    if one.vat_id and one.vat_id == other.vat_id:
        return False
    if set(one.registers) & set(other.registers) and can_be_one(one, other):
        return False
    return _is_plausible(one.name or "", other.name or "") and can_be_one(one, other)


def _is_plausible(one: str, other: str) -> bool:
    return (
        fuzz.token_set_ratio(one, other) >= PLAUSIBLE
        or fuzz.ratio(one.replace(" ", ""), other.replace(" ", "")) >= PLAUSIBLE
    )


def likenesses(
    descriptions: Iterable[Description],
    pairs: Sequence[Pair],
    engine: "Callable[[], DatabaseAPI[Any]] | None" = None,
) -> dict[Pair, Likeness]:
    """The likeness of each pair; `engine` makes Splink's door to a database, DuckDB by default.

    Splink is imported only where there are pairs.
    """
    if not pairs:
        return {}
    rows = _scored(descriptions, pairs, _settings(parameters()), engine)
    labels = _labels()
    return {(row["unique_id_l"], row["unique_id_r"]): _likeness(row, labels) for row in rows}


def _likeness(row: Mapping[str, Any], labels: Mapping[str, Mapping[int, str]]) -> Likeness:
    reached = {name: row[f"gamma_{name}"] for name in COMPARED if row[f"gamma_{name}"] >= 0}
    return Likeness(
        round(row["match_probability"], 6),
        {name: labels[name][level] for name, level in reached.items()},
        {name: round(row[f"mw_{name}"], 3) for name in reached},
    )


def _scored(
    descriptions: Iterable[Description],
    pairs: Sequence[Pair],
    settings: Any,
    engine: "Callable[[], DatabaseAPI[Any]] | None",
) -> list[dict[str, Any]]:
    from splink import DuckDBAPI, Linker

    database: DatabaseAPI[Any] = engine() if engine else DuckDBAPI(":memory:")
    wanted = {key for pair in pairs for key in pair}
    rows = pa.Table.from_pylist(
        [_row(one) for one in descriptions if one.key in wanted], schema=INPUT
    )
    linker = Linker(database.register(rows), settings, log_level=None, validate_settings=False)
    listed = {"match_key": ["0"] * len(pairs),
              "join_key_l": [one for one, _ in pairs],
              "join_key_r": [other for _, other in pairs]}  # fmt: skip
    linker.table_management.register_blocked_pairs_for_predict(database.register(pa.table(listed)))
    scored: list[dict[str, Any]] = linker.inference.predict(warning_mode="never").as_record_list()
    return scored


def _row(one: Description) -> dict[str, Any]:
    name = one.name or ""
    return {
        "unique_id": one.key,
        "letters": _folded(name.replace(" ", "")),
        "words": sorted(set(re.findall(r"[^\W\d]{3,}", name))) or None,
        "legal_form": one.legal_form,
        "address": _folded(one.address or ""),
        "numbers": list(one.numbers) or None,
        "vat_id": one.vat_id,
        "register": number_of(one.register) if one.register else None,
        "account": one.account,
    }


def _folded(text: str) -> str | None:
    """A text of one byte a letter: engines that count bytes and such that count letters agree."""
    return "".join(one if one.isascii() else chr(33 + ord(one) % 94) for one in text) or None


def _near(column: str, share: float) -> str:
    longest = f"greatest(length({column}_l), length({column}_r))"
    return f"levenshtein({column}_l, {column}_r) <= {share} * {longest}"


def _levels() -> "dict[str, list[tuple[str, ComparisonLevelCreator]]]":
    """What is compared, and for each the levels from the likest to the least, in words."""
    from splink.comparison_level_library import (
        ArrayIntersectLevel,
        ArraySubsetLevel,
        CustomLevel,
        ElseLevel,
        ExactMatchLevel,
    )

    return {
        "name": [
            (SAME, ExactMatchLevel("letters")),
            ("up to 7 % of the letters differ", CustomLevel(_near("letters", 0.07))),
            ("up to 14 % of the letters differ", CustomLevel(_near("letters", 0.14))),
            ("up to 22 % of the letters differ", CustomLevel(_near("letters", 0.22))),
            (WITHIN, ArraySubsetLevel("words")),
            ("up to 35 % of the letters differ", CustomLevel(_near("letters", 0.35))),
            (DIFFERENT, ElseLevel()),
        ],
        "legal_form": [(SAME, ExactMatchLevel("legal_form")), (DIFFERENT, ElseLevel())],
        "address": [
            (SAME, ExactMatchLevel("address")),
            ("up to 20 % of the letters differ", CustomLevel(_near("address", 0.2))),
            ("the same house number and postcode", ArrayIntersectLevel("numbers", 2)),
            ("the same house number or postcode", ArrayIntersectLevel("numbers", 1)),
            (DIFFERENT, ElseLevel()),
        ],
        "vat_id": [
            (SAME, ExactMatchLevel("vat_id")),
            ("one character differs", CustomLevel(_within_edits("vat_id", 1))),
            (DIFFERENT, ElseLevel()),
        ],
        "register": [
            (SAME, ExactMatchLevel("register")),
            ("one character differs", CustomLevel(_within_edits("register", 1))),
            (DIFFERENT, ElseLevel()),
        ],
        "account": [
            (SAME, ExactMatchLevel("account")),
            ("two characters differ at most", CustomLevel(_within_edits("account", 2))),
            (DIFFERENT, ElseLevel()),
        ],
    }


def _within_edits(column: str, most: int) -> str:
    return f"levenshtein({column}_l, {column}_r) <= {most}"


COLUMNS: Mapping[str, str] = {"name": "letters"}
"""The column of the input whose absence leaves a comparison open, where it has another name."""


def _labels() -> dict[str, dict[int, str]]:
    """The words of each level by its number: Splink counts from the least likeness."""
    return {
        name: dict(enumerate([words for words, _ in levels][::-1]))
        for name, levels in _levels().items()
    }


def _settings(known: Mapping[str, Any]) -> Any:
    """Splink's settings with the weights of some parameters."""
    from splink import SettingsCreator, block_on
    from splink.comparison_level_library import NullLevel
    from splink.comparison_library import CustomComparison

    comparisons: list[ComparisonCreator | dict[str, Any]] = []
    for name, levels in _levels().items():
        weighed = [
            level.configure(m_probability=of_one, u_probability=of_two)
            for (_, level), (of_one, of_two) in zip(levels, known["levels"][name], strict=True)
        ]
        absent = NullLevel(COLUMNS.get(name, name))
        comparisons.append(CustomComparison([absent, *weighed], output_column_name=name))
    return SettingsCreator(
        link_type="dedupe_only",
        comparisons=comparisons,
        blocking_rules_to_generate_predictions=[block_on("letters")],  # pairs are given
        probability_two_random_records_match=known["prior"],
        retain_intermediate_calculation_columns=True,
    )


@cache
def parameters() -> Mapping[str, Any]:
    """Those of the package: `prior`, and by comparison for each level how often two
    descriptions of one company reach it, and how often two of different companies."""
    text = resources.files(__package__).joinpath(PARAMETERS).read_text("utf-8")
    found: Mapping[str, Any] = json.loads(text)
    return found


def counted(ledgers: Iterable[tuple[Sequence[Description], Mapping[str, str]]]) -> dict[str, Any]:
    """Parameters from descriptions whose company is known, by key.

    Counted, not guessed by EM: made companies come with their truth. All candidates
    count, those too that a VAT id decides, so that it is known what one is worth.
    """
    even = {name: [(0.5, 0.5)] * len(levels) for name, levels in _levels().items()}
    settings = _settings({"prior": 0.5, "levels": even})
    seen: Counter[tuple[str, int, bool]] = Counter()
    matches: Counter[bool] = Counter()
    for descriptions, company in ledgers:
        pairs = candidates(descriptions)
        for row in _scored(descriptions, pairs, settings, None):
            is_one = company[row["unique_id_l"]] == company[row["unique_id_r"]]
            matches[is_one] += 1
            seen.update((name, row[f"gamma_{name}"], is_one) for name in COMPARED)
    return {
        "prior": round(matches[True] / matches.total(), 6),
        "levels": {
            name: [
                [_share(seen, name, level, levels, is_one) for is_one in (True, False)]
                for level in reversed(range(len(levels)))
            ]
            for name, levels in even.items()
        },
    }


def _share(
    seen: Mapping[tuple[str, int, bool], int], name: str, level: int, levels: Sequence[Any],
    is_one: bool,
) -> float:  # fmt: skip
    """How often a level is reached where a comparison is not left open; never quite 0."""
    reached = sum(seen.get((name, at, is_one), 0) for at in range(len(levels)))
    return round((seen.get((name, level, is_one), 0) + 1) / (reached + len(levels)), 6)


def candidates(descriptions: Sequence[Description]) -> list[Pair]:
    """All pairs with plausible names that share something, whatever their VAT ids say."""
    found = {
        tuple(sorted((one.key, other.key)))
        for one, other in _within(_grouped(descriptions))
        if _is_plausible(one.name or "", other.name or "")
    }
    return sorted((one, other) for one, other in found)


def keep(found: Mapping[str, Any], folder: Path | None = None) -> Path:
    """Write parameters where the package reads them, or into a folder."""
    path = (folder or Path(__file__).parent) / PARAMETERS
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return path
