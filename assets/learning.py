"""How a role learns, is judged, and gets another champion: the bodies that its assets share.

Belongs here: which manifests are read for what, and which files are kept. Not
here: examples, figures and decisions (`ledgergraph.benchmarks`).
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import dagster as dg

from assets.lineage import Inputs, Made, inputs_behind
from assets.pictures import calibration, confusion
from ledgergraph.artifacts import WHOLE, Manifest
from ledgergraph.errors import BadSetting, StaleInput
from ledgergraph.identity import canonical_json, sha256_of
from resources.registry import Registered
from resources.store import Store

if TYPE_CHECKING:
    import pyarrow as pa

    from ledgergraph.benchmarks.challengers import Role
    from ledgergraph.models.contract import Model, ModelCard

CODE_VERSION = "1"
SEED = 1
ROUNDS = 400
"""Trees of a challenger, as many as the packaged models have."""
OWN_WEIGHT = 1.0
"""How many made rows one label of a person counts for; chosen on training ledgers of shifted
habits, see docs/learning.md."""
LEARNED = "learned.json"
"""The file of a model that names the labels it learned from."""
PACKAGE, TRAINING, ROLL_BACK = "package", "training", "roll-back"
"""Where a champion comes from: setting `origin` of its manifest."""
IN_MLFLOW = {"string": "string", "double": "double", "int32": "integer", "int64": "long",
             "bool": "boolean"}  # fmt: skip
"""Types of columns in the words of the registry."""
SHORTEST = 6
"""Digits of a version that name it."""


def own_rows(inputs: Inputs, role: "Role") -> "tuple[pa.Table, pa.Table]":
    """A company's own examples of a role with their features, and the events they rest on."""
    from ledgergraph.benchmarks.challengers import labelled_rows
    from ledgergraph.datasets.schemas import LABEL_EVENTS, LABELS, PAIR_EVENTS

    if role.name == "duplicate":
        return inputs.table(role.own), inputs.table(PAIR_EVENTS)
    rows = labelled_rows(inputs.table(role.own), inputs.table(LABELS))
    return rows, inputs.table(LABEL_EVENTS)


def named_kinds(inputs: Inputs) -> dict[str, str]:
    """The kinds that people confirmed on each labelled invoice, joined by `|`."""
    from ledgergraph.datasets.schemas import LABELS

    rows = inputs.table(LABELS)
    return dict(zip(rows["invoice_id"].to_pylist(), rows["kinds"].to_pylist(), strict=True))


def packaged(role: str) -> dict[str, bytes]:
    """The files of the packaged model of a role, by name."""
    from ledgergraph.models.packaged import folder_of

    return {path.name: path.read_bytes() for path in sorted(folder_of(role).iterdir())}


def challenger_made(inputs: Inputs, name: str, rounds: int, weight: float) -> Made:
    """A challenger: its files, its card, and the labels that it learned from."""
    from ledgergraph.benchmarks.challengers import (
        ROLES,
        challenger,
        divided,
        keys_of,
        tolerated,
        without_tolerated,
    )
    from ledgergraph.models.boosting import ALGORITHM
    from ledgergraph.models.contract import ModelCard
    from ledgergraph.models.packaged import champion as shipped

    role = ROLES[name]
    own, _ = own_rows(inputs, role)
    lessons = divided(own)
    kinds: tuple[str, ...] = ()
    if name == "compliance":
        early = lessons.learned
        kinds = tolerated(early, named_kinds(inputs), shipped(name).predict(early))
    made = without_tolerated(inputs.table(role.made), kinds)
    trees = replace(role.trees, rounds=rounds)
    model = challenger(role, made, lessons.learned, trees, weight, SEED)
    facts = {
        "made": made.num_rows,
        "learned": lessons.learned.num_rows,
        "held_out": lessons.held_out.num_rows,
        "first_held_out": lessons.first_held_out,
        "tolerated": list(kinds),
        "manifests": {one.asset: one.version for one in inputs.read},
    }
    card = ModelCard(name, ALGORITHM, {**asdict(trees), "own_weight": weight}, SEED, facts,
                     CODE_VERSION)  # fmt: skip
    with TemporaryDirectory() as place:
        folder = Path(place)
        model.save(folder)
        card.save(folder)
        files = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
    files[LEARNED] = canonical_json(sorted(map(list, keys_of(role, lessons.learned))))
    return Made(files=files, facts={one: facts[one] for one in ("made", "learned", "held_out")})


def benchmark_made(inputs: Inputs, name: str) -> Made:
    """What champion and challenger say of the same items, the decision, and the page on it."""
    from ledgergraph.benchmarks.challengers import (
        ROLES,
        decided,
        divided,
        items_table,
        judged_items,
        unseen,
        without_tolerated,
    )
    from ledgergraph.benchmarks.record import (
        DECISION,
        PAGE,
        Labels,
        Side,
        decision_json,
        page,
    )
    from ledgergraph.models.boosting import load
    from ledgergraph.models.contract import ModelCard

    role = ROLES[name]
    contender = inputs.whole(f"{name}_model")
    own, events = own_rows(inputs_behind(inputs.store, contender), role)
    lessons = divided(own)
    with inputs.folder(f"{name}_champion") as folder:
        champion, seen = load(folder), learned_in(folder)
    with inputs.folder(f"{name}_model") as folder:
        model, card = load(folder), ModelCard.load(folder)
    held_out = unseen(role, lessons.held_out, seen)
    kinds = card.examples["tolerated"]
    made = without_tolerated(inputs.table(role.judged), kinds)
    items = judged_items(role, held_out, made, champion, model)
    decision = decided(items, seed=SEED)
    labels = Labels(
        lessons.learned.num_rows,
        lessons.held_out.num_rows,
        lessons.first_held_out,
        lessons.held_out.num_rows - held_out.num_rows,
        kinds,
    )
    sides = (
        Side("champion", inputs.whole(f"{name}_champion").version, champion.gains()),
        Side("challenger", contender.version, model.gains()),
    )
    text = page(name, decision, items, sides, labels, events)
    return Made(
        [(items_table(name), items)],
        {DECISION: decision_json(decision), PAGE: text.encode()},
        {"ledgergraph/decision": decision.action, "ledgergraph/reason": decision.reason,
         "ledgergraph/what_changed": dg.MetadataValue.md(text),
         **pictures_of(name, items, made, model)},
    )  # fmt: skip


def pictures_of(
    role: str, items: "pa.Table", made: "pa.Table", challenger: "Model"
) -> dict[str, dg.MarkdownMetadataValue]:
    """Both models' calibration on what the challenger did not learn from; of invoices also the
    kinds that it names on made ledgers."""
    from ledgergraph.anomalies.confusion import confusion as counted
    from ledgergraph.benchmarks.challengers import paired

    slices = {
        name: (one.target, {"champion": one.champion, "challenger": one.challenger})
        for name, one in sorted(paired(items).items())
    }
    found = {"calibration": calibration(slices)} if slices else {}
    if role == "compliance" and (kinds := counted(made, challenger)):
        found["kinds"] = confusion(kinds, "planted", "named by the challenger")
    return found


def learned_in(folder: Path) -> list[list[str]]:
    """The labels that a model in a folder learned from; none of a packaged one."""
    path = folder / LEARNED
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []


# What counts


@dataclass(frozen=True)
class Choice:
    """The champion that is to count: its files, settings, and what the audit log says of it."""

    files: Mapping[str, bytes]
    settings: Mapping[str, Any]
    said: Mapping[str, str] = field(default_factory=dict)


def chosen(store: Store, role: str) -> Choice | None:
    """The champion that is to count now; None to leave the one that does.

    A challenger that won against the very champion that counts takes its place; else
    a packaged one gives way to that of the package that is installed, and a trained
    or restored one stays.
    """
    head = store.head(f"{role}_champion", WHOLE)
    if head is not None and (promoted := _promoted(store, role, head)):
        return promoted
    if head is None or head.settings["origin"] == PACKAGE:
        files = packaged(role)
        hashes = {name: sha256_of(data) for name, data in files.items()}
        return Choice(files, {"origin": PACKAGE, **hashes})
    return None


def _promoted(store: Store, role: str, head: Manifest) -> Choice | None:
    """The challenger of the latest benchmark, if it won against this champion."""
    from ledgergraph.benchmarks.record import DECISION, PAGE, decision_of

    benchmark = store.head(f"{role}_benchmark", WHOLE)
    if benchmark is None or benchmark.through_time[head.asset].get(WHOLE) != head.version:
        return None
    record = {file.table: store.file(file) for file in benchmark.files if file.rows is None}
    decision = decision_of(record[DECISION])
    if not decision.is_due:
        return None
    version = benchmark.inputs[f"{role}_model"][WHOLE]
    files = files_of(store, store.manifest(f"{role}_model", WHOLE, version))
    return Choice(
        {**files, DECISION: record[DECISION], PAGE: record[PAGE]},
        {"origin": TRAINING, "model": version, "benchmark": benchmark.version,
         "replaces": head.version},
        {"decision": decision.action, "reason": decision.reason},
    )  # fmt: skip


def rolled_back(store: Store, role: str, to: str, why: str) -> Choice:
    """An earlier champion to count again: `to` is its version, or `previous`.

    Raises BadSetting if there is none such, or no reason is given.
    """
    from ledgergraph.benchmarks.record import DECISION, decision_json
    from ledgergraph.evidence import Decision

    reasoned(why)
    head = store.head(f"{role}_champion", WHOLE)
    if head is None:
        raise StaleInput(f"{role}_champion was not made yet. Materialize it, then retry.")
    earlier = [one for one in versions_of(store, head.asset) if one != head.version]
    fitting = earlier[-1:] if to == "previous" else [
        one for one in dict.fromkeys(earlier) if len(to) >= SHORTEST and one.startswith(to)
    ]  # fmt: skip
    if len(fitting) != 1:
        raise BadSetting(
            "--to",
            f"{to} names none of {len(set(earlier))} earlier champions. `ledgergraph models "
            f"history` lists them; give {SHORTEST} digits or more.",
        )
    wanted = store.manifest(head.asset, WHOLE, fitting[0])
    reason = f"Back to {wanted.version[:12]}: {why.strip()}"
    decision = decision_json(Decision(ROLL_BACK, True, reason))
    return Choice(
        {**files_of(store, wanted), DECISION: decision},
        {"origin": ROLL_BACK, "of": wanted.version, "why": why.strip(), "replaces": head.version},
        {"decision": ROLL_BACK, "reason": reason},
    )


def reasoned(why: str) -> None:
    """Raises BadSetting if a roll-back has no reason."""
    if not why.strip():
        raise BadSetting("--why", "is empty. Say why, for whoever reads the record.")


def versions_of(store: Store, asset: str) -> list[str]:
    """The manifests of an unpartitioned asset in the order in which they came to count."""
    entries = (json.loads(data) for _, data in store.audit_entries())
    return [str(one["manifest"]) for one in entries if one.get("asset") == asset]


def files_of(store: Store, manifest: Manifest) -> dict[str, bytes]:
    """The files of a manifest that are no tables, by name."""
    return {file.table: store.file(file) for file in manifest.files if file.rows is None}


def registered(store: Store, role: str) -> Registered | None:
    """What the registry is to know of the champion of a role; None before there is one."""
    from ledgergraph.benchmarks.record import DECISION, decision_of
    from ledgergraph.benchmarks.signatures import signature_of
    from ledgergraph.models.contract import ModelCard

    head = store.head(f"{role}_champion", WHOLE)
    if head is None:
        return None
    record = head.file(DECISION)
    decision = decision_of(store.file(record)) if record else None
    with Inputs(store, {head.asset: {WHOLE: head}}, WHOLE).folder(head.asset) as folder:
        card, signature = ModelCard.load(folder), signature_of(role, folder)
    return Registered(
        manifest=head.version,
        source=store.path(head.uri),
        reason=decision.reason if decision else "The model that comes with the package.",
        tags={
            "role": role,
            "origin": str(head.settings["origin"]),
            "algorithm": card.algorithm,
            "code": f"{role} {card.code_version}, ledgergraph {version('ledgergraph')}",
        },
        numbers=decision.numbers if decision else {},
        inputs={name: IN_MLFLOW[str(kind)] for name, kind in signature.inputs.items()},
        outputs={name: IN_MLFLOW[str(kind)] for name, kind in signature.outputs.items()},
        example=signature.example,
        datasets=learned_from(card),
    )


def learned_from(card: "ModelCard") -> dict[str, str]:
    """What a model learned from, with the version of each: manifests, or how ledgers were made."""
    manifests: dict[str, str] = card.examples.get("manifests") or {}
    return manifests or {"made examples": sha256_of(canonical_json(card.examples))}
