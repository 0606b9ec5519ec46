"""Drafts of rules about many records and of the model: what they say of one invoice.

A rule names its kind. What the model alone finds risky gets the kind whose signs
weigh most, if the records show it. Not here: the words (statements, phrases).
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import pyarrow as pa

from ledgergraph.anomalies.deciding import columns_of
from ledgergraph.anomalies.drafts.draft import Draft, Reason
from ledgergraph.anomalies.events import DUPLICATE_KINDS
from ledgergraph.anomalies.measures import measured, named_measure
from ledgergraph.anomalies.phrases import PHRASES
from ledgergraph.anomalies.statements import STATEMENTS, pair_sentence
from ledgergraph.anomalies.statements.naming import about_invoice
from ledgergraph.anomalies.subjects import Measures, Row, Subjects, rows_of
from ledgergraph.anomalies.wording import printable, upper_first
from ledgergraph.issues import Kind

CLAUSES = 3
"""How many signs the sentence of a finding names, the heaviest first."""


class Described(Protocol):
    """What a finding says of a feature; the features of datasets are of this shape."""

    @property
    def sentence(self) -> str:
        """What it measures, as an auditor would say it."""

    @property
    def unit(self) -> str:
        """The unit of its values; empty for flags and ratios."""

    @property
    def kinds(self) -> Collection[Kind]:
        """The kinds that it is a sign of, the likeliest first."""


@dataclass(frozen=True)
class Weight:
    """How much a feature's value raised the risk of an invoice, in log odds, always positive."""

    feature: str
    value: float
    contribution: float


@dataclass(frozen=True)
class Assessment:
    """What is known of one invoice beside its records: measures, weights, the model's risk.

    Weights come the heaviest first; `risk` is null where no model scored it. `twin` is
    the invoice that it most likely repeats.
    """

    risk: float | None = None
    measures: Measures = field(default_factory=dict)
    weights: Sequence[Weight] = ()
    twin: str | None = None

    def signs_of(self, kind: Kind, features: Mapping[str, Described]) -> list[Weight]:
        """The weights whose values are signs of a kind."""
        return [
            one
            for one in self.weights
            if kind in kinds_of(one.feature, features) and is_sign(one.feature, one.value)
        ]

    def share_of(self, kind: Kind, features: Mapping[str, Described]) -> float:
        """The part of all that raised the risk which the signs of a kind bear, in [0, 1]."""
        borne = sum(one.contribution for one in self.signs_of(kind, features))
        return borne / self.raised if self.raised else 0.0

    @property
    def raised(self) -> float:
        """All that raised the risk."""
        return sum(one.contribution for one in self.weights)


def weights_of(contributions: pa.Table) -> dict[str, list[Weight]]:
    """What raised the model's risk of each invoice, the heaviest first.

    A measure that could not be taken may well move a model; it tells a reader
    nothing and is left out.
    """
    found: dict[str, list[Weight]] = {}
    for row in rows_of(contributions):
        if row["contribution"] > 0 and row["value"] is not None and not math.isnan(row["value"]):
            weight = Weight(row["feature"], row["value"], row["contribution"])
            found.setdefault(row["invoice_id"], []).append(weight)
    return {
        key: sorted(weights, key=lambda one: (-one.contribution, one.feature))
        for key, weights in found.items()
    }


def kinds_of(feature: str, features: Mapping[str, Described]) -> Collection[Kind]:
    """The kinds that a feature speaks for."""
    return features[feature].kinds if feature in features else ()


def kinds_by_weight(known: Assessment, features: Mapping[str, Described]) -> list[Kind]:
    """The kinds that the model's weights are signs of, the one whose signs weigh most first."""
    kinds = {kind for one in known.weights for kind in kinds_of(one.feature, features)}
    shares = {kind: known.share_of(kind, features) for kind in kinds}
    ordered = sorted(kinds, key=lambda kind: (-shares[kind], kind.value))
    return [kind for kind in ordered if shares[kind]]


def is_sign(feature: str, value: float) -> bool:
    """Whether a value of a feature is a sign of what the feature speaks for."""
    return feature in PHRASES and PHRASES[feature].is_sign(value)


def of_rule(
    fired: Row,
    known: Assessment,
    subjects: Subjects,
    features: Mapping[str, Described],
    reasons: int,
) -> Draft:
    """The draft of a rule that fired; the model's risk is its score, its strength where none."""
    kind, invoice_id = Kind(fired["kind"]), fired["invoice_id"]
    signs = known.signs_of(kind, features)
    clause = (
        _statement(kind, invoice_id, known, subjects)
        or (_clauses(signs) if len(signs) >= SIGNS_OF_A_RULE else None)
        or printable(fired["sentence"])
    )
    own = [one for one in known.weights if one.feature == fired["feature"]]
    unweighed = Weight(fired["feature"], _number(fired["value"]), 0.0)
    score = fired["strength"] if known.risk is None else known.risk
    first = signs or own or [unweighed]
    draft = _draft(kind, invoice_id, clause, score, known, subjects)
    reasons_given = _reasons(first, known, features, most=reasons)
    return replace(draft, reasons=reasons_given, is_of_rule=True)


SIGNS_OF_A_RULE = 2
"""From so many signs on, they say more than the sentence of a rule."""


def of_model(
    invoice_id: str,
    known: Assessment,
    features: Mapping[str, Described],
    subjects: Subjects,
    reasons: int,
) -> Draft | None:
    """A draft for an invoice that the model alone finds risky, none if no sign of a kind holds.

    Its kind is the one whose signs weigh most, of those that the records show.
    """
    for kind in kinds_by_weight(known, features):
        signs = known.signs_of(kind, features)
        clause = _statement(kind, invoice_id, known, subjects)
        if clause is None and kind in STATEMENTS:
            continue
        clause = clause or _clauses(signs)
        draft = _draft(kind, invoice_id, clause, known.risk or 0.0, known, subjects)
        reasons_given = _reasons(signs, known, features, most=reasons)
        return replace(draft, reasons=reasons_given, is_of_model=True)
    return None


def _draft(
    kind: Kind, invoice_id: str, clause: str, score: float, known: Assessment, subjects: Subjects
) -> Draft:
    """A draft of a kind; of a claim made twice it names the two, if the other is known."""
    evidence = subjects.refs_of_invoice(invoice_id, columns_of(kind))
    twin = known.twin if kind in DUPLICATE_KINDS else None
    if twin is not None:
        evidence += subjects.refs_of_invoice(twin, columns_of(kind))
        clause = pair_sentence(kind, invoice_id, twin, subjects)
    return Draft(
        kind,
        clause if twin is not None else about_invoice(invoice_id, clause, subjects),
        score=score,
        clause=clause,
        invoice_id=invoice_id,
        counterpart=twin,
        evidence=tuple(evidence),
    )


def _statement(kind: Kind, invoice_id: str, known: Assessment, subjects: Subjects) -> str | None:
    """What the records show of a kind; null where they do not, or cannot."""
    invoice, state = subjects.invoices.get(invoice_id), STATEMENTS.get(kind)
    return state(invoice, subjects, known.measures) if invoice and state else None


def _clauses(signs: Sequence[Weight]) -> str:
    """The heaviest signs in words."""
    said = dict.fromkeys(PHRASES[one.feature].says(one.value) for one in signs)
    return f"{upper_first('; '.join(list(said)[:CLAUSES]))}."


def _reasons(
    first: Sequence[Weight], known: Assessment, features: Mapping[str, Described], most: int
) -> tuple[Reason, ...]:
    """What the first weights say, then the others, the heaviest first."""
    others = [one for one in known.weights if one not in first]
    total = known.raised
    return tuple(
        Reason(
            told(one.feature, one.value, features),
            feature=one.feature,
            value=one.value,
            contribution=one.contribution or None,
            share=one.contribution / total if one.contribution else None,
        )
        for one in [*first, *others][:most]
    )


def told(feature: str, value: float, features: Mapping[str, Described]) -> str:
    """What a feature's value says: a clause if it is a sign, else the measure and its value."""
    if is_sign(feature, value):
        return f"{upper_first(PHRASES[feature].says(value))}."
    if feature not in features:
        return f"{feature}: {value:.6g}."
    described = features[feature]
    said = measured(value, described.unit, described.sentence)
    return f"{named_measure(described.sentence)}: {said}."


def _number(value: float | None) -> float:
    return math.nan if value is None else value
