"""Presets: which effects a picture goes through, how likely and how strongly, from YAML.

Belongs here: the form of a preset's file and what may stand in it. Not here: the effects,
and what happens to annotations.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal, cast

from ledgergraph.corpora.degradation import looking, moving, paper, printing
from ledgergraph.corpora.degradation.pixels import Look, Shift
from ledgergraph.errors import BadInput

LOOKS: Mapping[str, Look] = {
    look.__name__: look
    for look in (
        paper.aged, paper.bleed_through, paper.fold, paper.punch_holes, paper.stain, paper.stamp,
        paper.staple, printing.dead_dots, printing.fade, printing.fax_bands, printing.ink_bleed,
        printing.speckle, printing.streaks, printing.threshold, printing.worn_ink,
        looking.colour_cast, looking.defocus, looking.exposure, looking.fax_lines,
        looking.few_dots, looking.glare, looking.grey, looking.jpeg, looking.motion_blur,
        looking.noise, looking.shadow, looking.uneven_light,
    )
}  # fmt: skip
"""Effects that leave all where it is, by the name that presets use."""
SHIFTS: Mapping[str, Shift] = {
    shift.__name__: shift
    for shift in (
        moving.border, moving.crumple, moving.curl, moving.desk, moving.perspective, moving.rotate,
    )
}  # fmt: skip
"""Effects that move what is on the page."""
OWN = "presets.yaml"
KEYS = {"format", "quality", "steps"}
STEP_KEYS = {"effect", "probability", "strength"}

Format = Literal["png", "jpeg"]


@dataclass(frozen=True, slots=True)
class Step:
    """One effect: in how many pictures it is, and between which strengths from 0 to 1."""

    effect: str
    probability: float
    weakest: float
    strongest: float


@dataclass(frozen=True, slots=True)
class Preset:
    """A way in which documents arrive; steps are in the order in which they happen.

    `quality` of a JPEG is between two numbers from 1 to 100.
    """

    name: str
    format: Format
    quality: tuple[int, int]
    steps: tuple[Step, ...]


def presets_in(path: Path) -> Mapping[str, Preset]:
    """The presets of a file of your own, in the form of presets.yaml.

    Raises: BadInput `bad_preset`, naming the file, the preset, the rule and the remedy.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(
            "bad_preset", f"{path} cannot be read: {error}. Name a YAML file."
        ) from error
    return presets_from(text, str(path))


@cache
def own_presets() -> Mapping[str, Preset]:
    """The presets that come with the package: clean, scan, fax, photo, worn_receipt."""
    text = resources.files(__package__).joinpath(OWN).read_text(encoding="utf-8")
    return presets_from(text, OWN)


def preset_named(name: str, presets: Mapping[str, Preset] | None = None) -> Preset:
    """A preset by its name; raises BadInput `bad_preset` where there is none."""
    known = own_presets() if presets is None else presets
    if name not in known:
        raise BadInput(
            "bad_preset", f"There is no preset {name!r}. Choose one of {', '.join(known)}."
        )
    return known[name]


def presets_from(text: str, file: str) -> Mapping[str, Preset]:
    """The presets that a text in YAML states; `file` says in errors where it is from.

    Raises: BadInput `bad_preset`.
    """
    import yaml

    try:
        stated = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise BadInput("bad_preset", f"{file} is no YAML: {error}") from error
    if not isinstance(stated, dict) or not isinstance(stated.get("presets"), dict):
        raise _bad(file, "the whole", "must be a mapping with the key presets, and under it names")
    return {str(name): _preset(str(name), one, file) for name, one in stated["presets"].items()}


def _preset(name: str, stated: Any, file: str) -> Preset:
    where = f"preset {name}"
    _require_keys(file, where, stated, KEYS)
    format_ = stated.get("format", "jpeg")
    if format_ not in ("png", "jpeg"):
        raise _bad(file, where, f"has format {format_!r}. Formats are png and jpeg")
    low, high = _range(file, where, "quality", stated.get("quality", [90, 90]), 1, 100)
    steps = stated.get("steps") or []
    if not isinstance(steps, list):
        raise _bad(file, where, "has steps that are no list. Begin each step with a hyphen")
    found = tuple(_step(file, f"{where}, step {at}", one) for at, one in enumerate(steps, 1))
    return Preset(name, cast(Format, format_), (round(low), round(high)), found)


def _step(file: str, where: str, stated: Any) -> Step:
    _require_keys(file, where, stated, STEP_KEYS)
    effect = stated.get("effect")
    if effect not in LOOKS and effect not in SHIFTS:
        known = ", ".join(sorted([*LOOKS, *SHIFTS]))
        raise _bad(file, where, f"has effect {effect!r}. Effects are {known}")
    likely = stated.get("probability", 1)
    _, probability = _range(file, where, "probability", [likely, likely], 0, 1)
    weakest, strongest = _range(file, where, "strength", stated.get("strength", [0.5, 0.5]), 0, 1)
    return Step(effect, probability, weakest, strongest)


def _require_keys(file: str, where: str, stated: Any, known: set[str]) -> None:
    if not isinstance(stated, dict):
        raise _bad(file, where, f"must be a mapping with {', '.join(sorted(known))}")
    if unknown := sorted(map(str, stated.keys() - known)):
        raise _bad(file, where, f"has {unknown[0]!r}. Known are {', '.join(sorted(known))}")


def _range(
    file: str, where: str, key: str, stated: Any, least: float, most: float
) -> tuple[float, float]:
    is_pair = isinstance(stated, list) and len(stated) == 2 and all(
        isinstance(one, int | float) and not isinstance(one, bool) for one in stated
    )  # fmt: skip
    if not is_pair or not least <= stated[0] <= stated[1] <= most:
        two = "a number" if key == "probability" else "two numbers, the lesser first,"
        shown = stated[0] if key == "probability" and isinstance(stated, list) else stated
        raise _bad(file, where, f"has {key} {shown!r}. Give {two} from {least:g} to {most:g}")
    return float(stated[0]), float(stated[1])


def _bad(file: str, where: str, rule: str) -> BadInput:
    return BadInput("bad_preset", f"{file}: {where} {rule}.")
