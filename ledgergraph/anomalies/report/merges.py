"""Who was held for whom, as one HTML page for reviewers: each merge, why, and how to undo it.

Belongs here: what the page says of parties. Not here: who is one party (graph.parties). It
names companies, so it lies in the store, where erasure finds it, and never in metadata. No
script, nothing loaded; equal data, equal bytes.
"""

import shlex
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import pairwise
from math import log2
from typing import Any

from rapidfuzz import fuzz

from ledgergraph.anomalies.wording import counted, printable
from ledgergraph.feedback.events import Feedback, Verdict
from ledgergraph.graph.buyers import BUYER
from ledgergraph.graph.clusters import JOINED, REGISTER, VAT_ID
from ledgergraph.graph.likeness import (
    COMPARED,
    Description,
    Likeness,
    agree,
    is_one_id,
    parameters,
)
from ledgergraph.graph.parties import OPEN, Resolution

SHOWN = 60
"""Most merges that a section shows; the tables hold all."""
WORDS: Mapping[str, str] = {
    "name": "Name", "legal_form": "Legal form", "address": "Address", "vat_id": "VAT id",
    "register": "Register", "account": "Account",
}  # fmt: skip
SAID: Mapping[str, str] = {
    "name": "name", "legal_form": "name", "address": "address", "vat_id": "vat_id",
    "register": "register", "account": "iban",
}  # fmt: skip
"""What was said that a comparison is of."""
LEAST = f"{100 * min(JOINED):.0f} %"
LONGEST_BAR = 12.0
"""Bits of a bar that fills its half."""
VERDICTS: Mapping[Verdict, str] = {Verdict.APPROVAL: "one party", Verdict.REJECTION: "two"}
REASONS: Mapping[str, str] = {VAT_ID: "VAT id", REGISTER: "number in a register"}


@dataclass(frozen=True)
class Line:
    """One comparison of a pair: what both say, how alike that is, and what it weighs in bits."""

    what: str
    one: str
    other: str
    level: str
    bits: float | None

    @property
    def share(self) -> float:
        """The length of its bar in percent of the half that it lies in."""
        return 100 * min(abs(self.bits or 0.0), LONGEST_BAR) / LONGEST_BAR


@dataclass(frozen=True)
class Shown:
    """One of a pair: its key, its name as stated, and what it is."""

    key: str
    name: str
    what: str


@dataclass(frozen=True)
class Merge:
    """A pair that is likely one party, or was made one."""

    one: Shown
    other: Shown
    score: float | None
    lines: Sequence[Line]
    commands: Sequence[tuple[str, str]]
    note: str = ""


def merges_page(found: Resolution, events: Iterable[Feedback] = ()) -> bytes:
    """The page on what a resolution joined and left open, and what people said of it.

    `events` are those on parties that count.
    """
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"printable": printable, "count": "{:,}".format, "bits": _bits}
    here = files("ledgergraph.anomalies.report")
    page = environment.from_string((here / "merges.html").read_text("utf-8"))
    style = (here / "style.css").read_text("utf-8")
    return page.render(style=style, **_facts(found, list(events))).encode()


def _facts(found: Resolution, events: Sequence[Feedback]) -> dict[str, Any]:
    by_key = {one.key: one for one in found.members}
    papers = {one.key: len(invoices) for one, invoices in found.members.items()}
    pairs = sorted(found.comparisons.to_pylist(), key=lambda row: (row["score"], row["key"]))
    said = {_pair(found, event) for event in events}
    undecided = [row for row in pairs if (row["key"], row["other_key"]) not in said]
    likely = [row for row in undecided if row["joined"]]
    left = [row for row in reversed(undecided) if not row["joined"]]
    party_of, reason_of = _memberships(found)
    same = list(_by_identifiers(by_key, papers, party_of, reason_of, said))
    decided = [_decided(event, found, by_key, papers, party_of) for event in reversed(events)]
    parties = len(set(party_of.values()))
    members: defaultdict[str, list[Description]] = defaultdict(list)
    for one in by_key.values():
        if one.key in party_of:
            members[party_of[one.key]].append(one)

    def why_open(row: Mapping[str, Any]) -> str:
        return _why_open(row, *(members[party_of[row[name]]] for name in ("key", "other_key")))

    return {
        "lede": f"{counted(len(by_key), 'statement')} of vendors, sellers and buyers are "
        f"{counted(parties, 'party', 'parties')}.",
        "counts": (
            ("to-decide", "Left open", len(left)), ("likeness", "Joined by likeness", len(likely)),
            ("identifiers", "Joined by identifiers", len(same)),
            ("people", "Decided by people", len(decided)),
        ),
        "left": [_merge(row, by_key, papers, why_open(row)) for row in left[:SHOWN]],
        "likely": [_merge(row, by_key, papers, _why_joined(row)) for row in likely[:SHOWN]],
        "same": same[:SHOWN],
        "decided": decided[:SHOWN],
        "prior": _log_odds(parameters()["prior"]),
        "open": OPEN,
        "joined": min(JOINED),
    }  # fmt: skip


def _pair(found: Resolution, event: Feedback) -> tuple[str, str]:
    """The keys that an event is about, the smaller one first."""
    one, other = sorted(
        found.names.get(str(name), str(name)) for name in (event.subject_id, event.other_id)
    )
    return one, other


def _memberships(found: Resolution) -> tuple[dict[str, str], dict[str, str]]:
    """The party of each key, and the reason why it is of it."""
    rows = {
        row["key"] + (BUYER if row["member"] == "Buyer" else ""): row
        for row in found.parties.to_pylist()
    }
    known = {one.key: rows[one.key] for one in found.members if one.key in rows}
    return (
        {key: row["party_id"] for key, row in known.items()},
        {key: row["reason"] for key, row in known.items()},
    )


def _why_open(
    row: Mapping[str, Any], ours: Sequence[Description], theirs: Sequence[Description]
) -> str:
    """Why a pair was not joined; `ours` and `theirs` are the members of their two parties."""
    if row["score"] < min(JOINED):
        return f"not joined: less likely than {LEAST}"
    if Likeness(row["score"], row, {}).is_for_people:
        return "not joined: a longer name on another account, as sister companies and frauds have"
    if not is_one_id({one.vat_id for one in (*ours, *theirs) if one.vat_id}):
        return "not joined: their parties, or a third that is like both, differ in VAT ids"
    if not agree(*(one.registers for one in (*ours, *theirs))):
        return "not joined: their parties have different numbers in one register"
    return "not joined: what people said, or a third that is like both, keeps them apart"


def _why_joined(row: Mapping[str, Any]) -> str:
    return "" if row["score"] >= min(JOINED) else f"less than {LEAST}: joined through others"


def _merge(
    row: Mapping[str, Any],
    by_key: Mapping[str, Description],
    papers: Mapping[str, int],
    note: str = "",
) -> Merge:
    one, other = by_key[row["key"]], by_key[row["other_key"]]
    verdicts = [("they are two: undo it", Verdict.REJECTION)]
    if not row["joined"]:
        verdicts = [("they are one", Verdict.APPROVAL), ("they are two", Verdict.REJECTION)]
    return Merge(
        _shown(one, papers), _shown(other, papers), row["score"], list(_lines(row, one, other)),
        [(words, command(verdict, one.key, other.key)) for words, verdict in verdicts], note,
    )  # fmt: skip


def _lines(row: Mapping[str, Any], one: Description, other: Description) -> Iterable[Line]:
    for name in COMPARED:
        ours, theirs = (getattr(each.said, SAID[name]) or "" for each in (one, other))
        if name == "legal_form":
            ours, theirs = (each.legal_form or "" for each in (one, other))
        if (ours or theirs) and (row[name] or name != "legal_form"):
            level = row[name] or ("not compared" if ours and theirs else "not stated by both")
            yield Line(WORDS[name], ours, theirs, level, row[f"{name}_bits"])


def _shown(one: Description, papers: Mapping[str, int]) -> Shown:
    number = papers.get(one.key, 0)
    on = f" on {counted(number, 'paper')}" if number else ""
    what = f"buyer{on}" if one.key.endswith(BUYER) else f"seller{on}" if number else "vendor"
    name = one.said.name or one.name or one.said.vat_id or one.said.register or "no name"
    return Shown(one.key, name, what)


def _by_identifiers(
    by_key: Mapping[str, Description],
    papers: Mapping[str, int],
    party_of: Mapping[str, str],
    reason_of: Mapping[str, str],
    said: set[tuple[str, str]],
) -> Iterable[Merge]:
    """What one identifier made one, the names that differ most first."""
    groups: defaultdict[tuple[str, str, str], list[Description]] = defaultdict(list)
    for one in by_key.values():
        if one.key in party_of and reason_of[one.key] in REASONS:
            identifiers = [(VAT_ID, one.vat_id)] if one.vat_id else []
            identifiers += [(REGISTER, each) for each in one.registers]
            for what, value in identifiers:
                groups[party_of[one.key], what, str(value)].append(one)
    merges: dict[tuple[str, str], tuple[float, Merge]] = {}
    for (_, what, value), several in sorted(groups.items()):
        for one, other in pairwise(sorted(several, key=lambda each: each.key)):
            pair = (one.key, other.key)
            if pair in merges or pair in said:
                continue
            note = f"{REASONS[what]} {value}"
            undo = [("they are two: undo it", command(Verdict.REJECTION, *pair))]
            lines = [
                Line(WORDS[name], ours, theirs, "", None)
                for name in ("address", "vat_id", "register", "account")
                for ours, theirs in [[getattr(it.said, SAID[name]) or "" for it in (one, other)]]
                if ours or theirs
            ]
            merge = Merge(_shown(one, papers), _shown(other, papers), None, lines, undo, note)
            merges[pair] = fuzz.token_set_ratio(one.name or "", other.name or ""), merge
    return [merge for _, merge in sorted(merges.values(), key=lambda it: (it[0], it[1].one.key))]


def _decided(
    event: Feedback,
    found: Resolution,
    by_key: Mapping[str, Description],
    papers: Mapping[str, int],
    party_of: Mapping[str, str],
) -> dict[str, Any]:
    one, other = str(event.subject_id), str(event.other_id)
    keys = [found.names.get(name, name) for name in (one, other)]
    parties = [party_of.get(key) for key in keys]
    if None in parties:
        state = "one of them is gone"
    elif (parties[0] == parties[1]) == (event.verdict is Verdict.APPROVAL):
        state = "so it is"
    else:
        state = "overruled by what was said before, or by what hangs together"
    shown = [
        _shown(by_key[key], papers) if key in by_key else Shown(key, key, "gone") for key in keys
    ]
    return {
        "one": shown[0], "other": shown[1], "verdict": VERDICTS.get(event.verdict, event.verdict),
        "author": event.author, "at": event.at.date().isoformat(), "comment": event.comment or "",
        "state": state, "command": command(Verdict.WITHDRAWAL, one, other),
    }  # fmt: skip


def command(verdict: Verdict, one: str, other: str) -> str:
    """What says a verdict on two, as a shell takes it."""
    words = ["ledgergraph", "feedback", "add", "--target", "party", "--verdict", verdict.value,
             "--subject-id", one, "--other-id", other]  # fmt: skip
    return shlex.join(words)


def _log_odds(share: float) -> float:
    return log2(share / (1 - share))


def _bits(value: float | None) -> str:
    return "" if value is None else f"{value:+.1f}".replace("-", "\u2212")
