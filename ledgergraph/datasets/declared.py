"""What a feature is: a declared object, so that models, rules and reports can name it."""

from dataclasses import dataclass

import numpy as np

from ledgergraph.graph.frames import Floats
from ledgergraph.issues import Kind


@dataclass(frozen=True)
class Feature:
    """One number per invoice, as of its arrival; NaN where it cannot be known.

    `sentence` says what the number is, `unit` what it counts (`ratio`, `log10`,
    `days`, `share`, `count`, `flag`), `kinds` for which kinds of findings it speaks.
    `is_portable`: it means the same at every company; what is not (a weekday, how
    many lines are usual) may be learned by a model of one company only, and the
    champions that come with the package do not read it.
    """

    name: str
    sentence: str
    unit: str
    family: str
    kinds: tuple[Kind, ...] = ()
    is_portable: bool = True


def log_ratio(above: Floats, below: Floats) -> Floats:
    """log10(above / below); NaN unless both are positive. 0.3 is twice as much."""
    with np.errstate(invalid="ignore", divide="ignore"):
        good = (above > 0) & (below > 0)
        return np.log10(np.where(good, above, np.nan) / np.where(good, below, np.nan))


def ratio(above: Floats, below: Floats) -> Floats:
    """above / below; NaN where below is not positive."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(below > 0, above / np.where(below > 0, below, np.nan), np.nan)


def log_days(days: Floats) -> Floats:
    """log10(1 + days), for spans whose order of magnitude matters; negative ones count as 0."""
    with np.errstate(invalid="ignore"):
        return np.log10(1.0 + np.maximum(days, 0.0))
