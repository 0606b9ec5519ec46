"""The terms of EN 16931 (BT, BG) in an XML, found by the paths of its syntax.

Belongs here: the language of paths, and groups with their terms. Not here: what must
hold of them (checks).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple

from ledgergraph.extractions.fields import decimal_of

if TYPE_CHECKING:
    from lxml.etree import _Element

DOCUMENT = "document"
ANYWHERE = "//"
ITSELF = frozenset({"."})
STEP = re.compile(r"([^\[\]/]+)((?:\[[^\]]+\])*)")
CONDITION = re.compile(r"\[([^\]=!]+)(!?=)([^\]]+)\]")


class Condition(NamedTuple):
    """What must hold of an element: the texts at a path below it are a value, or none is."""

    path: Path
    is_equal: bool
    value: str


class Step(NamedTuple):
    """Children with one of some names, under conditions."""

    names: frozenset[str]
    conditions: tuple[Condition, ...]


class Path(NamedTuple):
    """Steps from a group to elements, and the attribute of these that is meant, if any."""

    steps: tuple[Step, ...]
    attribute: str | None = None
    is_anywhere: bool = False


@cache
def path_of(text: str) -> Path:
    """A path as the data files write it."""
    if text.startswith(ANYWHERE):
        return Path((Step(frozenset({text.removeprefix(ANYWHERE)}), ()),), None, True)
    steps = []
    attribute = None
    for piece in _pieces(text):
        if piece.startswith("@"):
            attribute = piece[1:]
            continue
        found = STEP.fullmatch(piece)
        if found is None:
            raise ValueError(f"no path: {text}")
        conditions = [
            Condition(path_of(path), sign == "=", value)
            for path, sign, value in CONDITION.findall(found[2])
        ]
        steps.append(Step(frozenset(found[1].split("|")), tuple(conditions)))
    return Path(tuple(steps), attribute)


def _pieces(text: str) -> list[str]:
    """The steps of a path; a slash inside a condition parts none."""
    return re.findall(r"(?:[^/\[]|\[[^\]]*\])+", text)


class Binding(NamedTuple):
    """Where a syntax states groups and terms: paths by group, and by group and term."""

    groups: Mapping[str, tuple[str, Path]]
    terms: Mapping[str, Mapping[str, Path]]


@cache
def binding_of(syntax: str) -> Binding:
    """The paths of a syntax, `ubl` or `cii`."""
    data = tomllib.loads((files(__package__) / f"{syntax}.toml").read_text("utf-8"))
    groups = {}
    for name, text in data["groups"].items():
        parent, _, path = text.rpartition(" ")
        groups[name] = (parent or DOCUMENT, path_of(path))
    terms = {
        group: {term: path_of(text) for term, text in paths.items()}
        for group, paths in data["terms"].items()
    }
    return Binding(groups, terms)


class Group:
    """One group of a document: its terms by name."""

    def __init__(self, name: str, element: _Element, invoice: Invoice) -> None:
        self.name, self.element, self.invoice = name, element, invoice

    def has(self, term: str) -> bool:
        """Whether a term is stated: an element with text or content, or an attribute."""
        return any(self._found(term))

    def texts(self, term: str) -> list[str]:
        """All texts of a term that are not blank."""
        return [one for one in self._found(term) if one is not True and one]

    def text(self, term: str) -> str | None:
        """The first text of a term."""
        found = self.texts(term)
        return found[0] if found else None

    def number(self, term: str) -> Decimal | None:
        """The number in a term."""
        text = self.text(term)
        return decimal_of(text) if text else None

    def _found(self, term: str) -> list[Any]:
        path = self.invoice.binding.terms[self.name].get(term)
        if path is None:
            return []
        if path.is_anywhere:
            (step,) = path.steps
            every = [one for one in self.element.iter() if _name(one) in step.names]
            return [(one.text or "").strip() for one in every]
        elements = self.invoice.at(self.element, path.steps)
        if path.attribute is not None:
            return [(one.get(path.attribute) or "").strip() for one in elements]
        return [True if len(one) else (one.text or "").strip() for one in elements]


class Invoice:
    """An e-invoice in the terms of EN 16931; `syntax` is ubl or cii."""

    def __init__(self, root: _Element, syntax: str) -> None:
        self.syntax, self.binding = syntax, binding_of(syntax)
        self.document = Group(DOCUMENT, root, self)
        self._groups: dict[str, list[Group]] = {DOCUMENT: [self.document]}

    def groups(self, name: str) -> list[Group]:
        """All groups of a name, in order."""
        if name not in self._groups:
            parent, path = self.binding.groups[name]
            self._groups[name] = [
                Group(name, element, self)
                for above in self.groups(parent)
                for element in self.at(above.element, path.steps)
            ]
        return self._groups[name]

    def at(self, element: _Element, steps: tuple[Step, ...]) -> list[_Element]:
        """The elements at the end of some steps."""
        level = [element]
        for step in steps:
            level = [
                child
                for one in level
                for child in (one if step.names != ITSELF else (one,))
                if (step.names == ITSELF or _name(child) in step.names)
                and all(self._holds(condition, child) for condition in step.conditions)
            ]
        return level

    def _holds(self, condition: Condition, element: _Element) -> bool:
        value: str | None = condition.value
        if value and value.startswith("$"):
            value = self.document.text(value[1:])
        path = condition.path
        elements = self.at(element, path.steps)
        if path.attribute is not None:
            texts = [one.get(path.attribute) for one in elements]
        else:
            texts = [(one.text or "").strip() for one in elements]
        wanted = (value or "").upper()
        is_there = any(text is not None and text.upper() == wanted for text in texts)
        return is_there is condition.is_equal


def _name(element: _Element) -> str:
    tag: str = element.tag
    return tag[tag.rfind("}") + 1 :]
