"""The table that describes a syntax, and the ways to pick a text from its elements.

Belongs here: what a row of the tables in cii, ubl and fatturapa means.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from ledgergraph.extractions.einvoices.values import PLUS, words

if TYPE_CHECKING:
    from lxml.etree import _Element

SCHEME = re.compile(r"\d{4}")
Pick = Callable[["list[_Element]", Mapping[str, str]], str]
"""The raw text of a field: from all elements at its path, in document order (at least one), and
the fields of the header that were read before; empty where they hold none."""
Canonical = Callable[[str], "str | None"]


def first(elements: list[_Element], read: Mapping[str, str]) -> str:
    """The text of the first element that has one."""
    for element in elements:
        if (text := element.text) and (text := text.strip()):
            return text
    return ""


@dataclass(frozen=True, slots=True)
class Field:
    """One row: the field, the path of local names from the root (or the line) to its element.

    A step may name alternatives (`A|B`), for names that changed between versions.
    Several rows of one field are tried in order: the first with a value stands.
    """

    name: str
    path: str
    canonical: Canonical = words
    pick: Pick = first


@dataclass(frozen=True)
class Group:
    """What is stated several times: its fields become `name.0.field`, `name.1.field`, ….

    `path` leads to its element as a field's does, and the paths of `fields` go on
    from there. Where `indicator` is the path of a text below it, the group is of the
    name that `names` gives to the text, and left out where it gives none.
    """

    path: str
    names: Mapping[str, str]
    fields: tuple[Field, ...]
    indicator: str = ""

    @cached_property
    def paths(self) -> Paths:
        """The tree of the paths of its fields."""
        return tree_of([*(row.path for row in self.fields), self.indicator])


@dataclass(frozen=True, slots=True)
class Paths:
    """Paths as a tree: what to look for below an element, and which paths end there."""

    below: dict[str, Paths] = field(default_factory=dict)
    ending: list[str] = field(default_factory=list)


def tree_of(paths: Iterable[str]) -> Paths:
    """One tree of all paths, so that a document is walked once and only where fields are."""
    tree = Paths()
    for path in dict.fromkeys(paths):
        level = [tree]
        for step in path.split("/"):
            names = step.split("|")
            level = [node.below.setdefault(name, Paths()) for node in level for name in names]
        for node in level:
            node.ending.append(path)
    return tree


class Syntax:
    """How one syntax states an invoice.

    `lines` is the path of its line items; `part` is the local name of the child
    of the root that stands for one invoice each, null where the root is the invoice.
    `is_line` tells by the texts below an element at `lines` whether it counts as one.
    """

    def __init__(
        self,
        header: tuple[Field, ...],
        lines: str,
        line: tuple[Field, ...],
        part: str | None = None,
        groups: tuple[Group, ...] = (),
        line_groups: tuple[Group, ...] = (),
        is_line: Callable[[Mapping[str, str]], bool] | None = None,
    ) -> None:
        self.header, self.line, self.lines, self.part = header, line, lines, part
        self.groups, self.line_groups, self.is_line = groups, line_groups, is_line
        paths = [row.path for row in header] + [group.path for group in groups]
        self.header_paths = tree_of([*paths, lines])
        paths = [row.path for row in line] + [group.path for group in line_groups]
        self.line_paths = tree_of(paths)


def local_name(element: _Element) -> str:
    """The name of an element without its namespace."""
    tag: str = element.tag
    return tag[tag.rfind("}") + 1 :]


def attribute(name: str) -> Pick:
    """Pick an attribute of the first element that has it."""

    def pick(elements: list[_Element], read: Mapping[str, str]) -> str:
        return next((text.strip() for element in elements if (text := element.get(name))), "")

    return pick


def with_scheme(scheme: str) -> Pick:
    """Pick the first text whose schemeID is this one."""

    def pick(elements: list[_Element], read: Mapping[str, str]) -> str:
        return first([one for one in elements if one.get("schemeID") == scheme], read)

    return pick


def coded(elements: list[_Element], read: Mapping[str, str]) -> str:
    """Pick the first text behind its schemeID, if that is a code of ISO 6523: `0002:552081317`."""
    for element in elements:
        if text := first([element], read):
            scheme = (element.get("schemeID") or "").strip()
            return f"{scheme}:{text}" if SCHEME.fullmatch(scheme) else text
    return ""


def in_invoice_currency(elements: list[_Element], read: Mapping[str, str]) -> str:
    """Pick the amount in the currency of the invoice, not the one in the currency of its tax."""
    wanted = (read.get("currency"), None)
    if wanted[0] is None:
        return first(elements, read)
    return first([one for one in elements if one.get("currencyID") in wanted], read)


def added(elements: list[_Element], read: Mapping[str, str]) -> str:
    """Pick all texts, as a sum."""
    return PLUS.join(one.text.strip() for one in elements if one.text)


def latest(elements: list[_Element], read: Mapping[str, str]) -> str:
    """Pick the last of some ISO dates."""
    return max((one.text.strip() for one in elements if one.text), default="")


def earliest(elements: list[_Element], read: Mapping[str, str]) -> str:
    """Pick the first of some ISO dates."""
    return min((one.text.strip() for one in elements if one.text), default="")


def name_of_root(elements: list[_Element], read: Mapping[str, str]) -> str:
    """Pick the name of the element itself."""
    return local_name(elements[0])


def joined(*names: str, by: str = "") -> Pick:
    """Pick the texts of children with these names, in this order, joined."""

    def pick(elements: list[_Element], read: Mapping[str, str]) -> str:
        texts = texts_of(elements[0])
        return by.join(texts[name] for name in names if name in texts)

    return pick


def address(streets: tuple[str, ...], postcode: str, city: str, country: str) -> Pick:
    """Pick an address as one line, `street, postcode city, country`, by names below the element.

    A street may be followed by its number: `Indirizzo NumeroCivico`.
    """

    def pick(elements: list[_Element], read: Mapping[str, str]) -> str:
        texts = texts_of(elements[0])
        lines = [
            " ".join(texts[name] for name in street.split() if name in texts) for street in streets
        ]
        town = " ".join(texts[name] for name in (postcode, city) if name in texts)
        return ", ".join(part for part in (*lines, town, texts.get(country, "")) if part)

    return pick


def texts_of(element: _Element) -> dict[str, str]:
    """The first text of each name below an element."""
    texts: dict[str, str] = {}
    for one in element.iterdescendants():
        if one.text and (text := one.text.strip()):
            texts.setdefault(local_name(one), text)
    return texts
