"""The settings that differ between environments: the only reader of the environment.

Every variable starts with `LEDGERGRAPH_`; one home gives all defaults, so that
nothing needs to be set on a laptop. A wrong value is an error that names it.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from math import inf, nan
from pathlib import Path
from typing import Any, Literal

from ledgergraph.anomalies.quality.settings import QualityLimits
from ledgergraph.datasets.three_way.tolerances import MOST_DAYS, Tolerances
from ledgergraph.documents.limits import Limits
from ledgergraph.documents.retention import Rules, rules_in
from ledgergraph.errors import BadSetting
from ledgergraph.extractions.engines import DEFAULT, MODULES, OFF, SETTING
from ledgergraph.extractions.readers import choice
from ledgergraph.extractions.readers.choice import CANDIDATES
from ledgergraph.extractions.routing import Routes
from ledgergraph.extractions.translation import folders_of
from ledgergraph.feedback.retraining import Thresholds
from ledgergraph.issues import Kind
from resources import logs, traces
from resources.alerts import Alerts
from resources.sealing import masters
from resources.spark import LOCAL, SCHEMES
from resources.spark import VARIABLE as SPARK
from resources.store import Store

PREFIX = "LEDGERGRAPH_"
LIMIT, RETRAIN, QUALITY, ROUTE, MATCH = "", "RETRAIN_", "QUALITY_", "ROUTE_", "MATCH_"
POD = "POD_"
"""What precedes the names of numbers: limits on files, of retraining, of a day, of routes,
tolerances of lines against their order, and of pods."""
RETENTION = PREFIX + "RETENTION_YEARS"
ON = "on"
GPU = "nvidia.com/gpu"
"""The resource that steps which learn a network ask for, as Kubernetes names it."""
RESOURCE = re.compile(r"[a-z0-9.-]+/[A-Za-z0-9._-]+")
GRAPH_SCHEMES = tuple(
    f"{scheme}{security}://" for scheme in ("bolt", "neo4j") for security in ("", "+s", "+ssc")
)


@dataclass(frozen=True)
class Pods:
    """How long steps in pods of their own are waited for."""

    start_seconds: int = 1200
    """Until the pod of a step has started: a cluster may have to add a node first."""


@dataclass(frozen=True)
class Environment:
    """Where everything is. One home is one ledger."""

    name: Literal["local", "k8s"]
    home: Path
    store: str
    inbox: str
    feedback: str
    graph: str
    ledger: str
    public_data: str | None
    dagster_home: Path
    registry: str
    alert_webhook: str
    alert_mail: str
    log: str
    traces: str
    kinds_off: tuple[str, ...]
    ocr: str
    reader: str
    reader_folder: str
    translator: str
    vendor_memory: str
    spark: str
    java_home: str
    gpu: str
    master_key_file: str
    retention: Rules
    pods: Mapping[str, float]
    limits: Mapping[str, float]
    retraining: Mapping[str, float]
    quality: Mapping[str, float]
    routes: Mapping[str, float]
    tolerances: Mapping[str, float]

    @staticmethod
    def read(variables: Mapping[str, str] = os.environ, **overrides: Any) -> "Environment":
        """The environment that some variables describe; overrides are values by field name.

        Raises BadSetting if a value is not allowed, or missing where the
        environment is `k8s`, which has no defaults for its services.
        """
        home = Path(overrides.pop("home", None) or _get(variables, "HOME", ".ledgergraph"))
        home = home.absolute()
        name = _get(variables, "ENV", "local")
        if name not in ("local", "k8s"):
            raise BadSetting(PREFIX + "ENV", f"is {name!r}, must be local or k8s.")
        is_local = name == "local"
        environment = Environment(
            name="local" if is_local else "k8s",
            home=home,
            store=_get(variables, "STORE", str(home / "store") if is_local else None),
            inbox=_get(variables, "INBOX", str(home / "inbox") if is_local else None),
            feedback=_get(variables, "FEEDBACK", str(home / "feedback") if is_local else None),
            graph=_get(variables, "GRAPH", "embedded" if is_local else None),
            ledger=_get(variables, "LEDGER", "main"),
            public_data=variables.get(PREFIX + "PUBLIC_DATA"),
            registry=_get(
                variables, "REGISTRY", f"sqlite:///{home}/registry.db" if is_local else None
            ),
            alert_webhook=variables.get(PREFIX + "ALERT_WEBHOOK", ""),
            alert_mail=variables.get(PREFIX + "ALERT_MAIL", ""),
            log=_get(variables, "LOG", logs.TEXT),
            traces=_get(variables, "TRACES", ""),
            kinds_off=_listed(variables.get(PREFIX + "KINDS_OFF", "")),
            ocr=_get(variables, "OCR", DEFAULT),
            reader=_get(variables, "READER", CANDIDATES),
            reader_folder=_get(variables, "READER_FOLDER", ""),
            translator=_get(variables, "TRANSLATOR", ""),
            vendor_memory=_get(variables, "VENDOR_MEMORY", ON),
            java_home=variables.get("JAVA_HOME", ""),
            spark=_get(variables, "SPARK", LOCAL),
            gpu=_get(variables, "GPU", GPU),
            master_key_file=_key_file(_get(variables, "MASTER_KEY_FILE", "")),
            retention=_retention(variables.get(RETENTION, "")),
            pods=_numbers(variables, Pods, POD),
            limits=_numbers(variables, Limits, LIMIT),
            retraining=_numbers(variables, Thresholds, RETRAIN),
            quality=_numbers(variables, QualityLimits, QUALITY),
            routes=_numbers(variables, Routes, ROUTE),
            tolerances=_numbers(variables, Tolerances, MATCH),
            dagster_home=Path(variables.get("DAGSTER_HOME") or home / "dagster").absolute(),
        )
        given = {field: value for field, value in overrides.items() if value is not None}
        return replace(environment, **given).checked()

    def variables(self) -> dict[str, str]:
        """The variables of this process with this environment's, for a process to start."""
        named = {
            "ENV": self.name,
            "HOME": str(self.home),
            "STORE": self.store,
            "INBOX": self.inbox,
            "FEEDBACK": self.feedback,
            "GRAPH": self.graph,
            "LEDGER": self.ledger,
            "REGISTRY": self.registry,
            "ALERT_WEBHOOK": self.alert_webhook,
            "ALERT_MAIL": self.alert_mail,
            "LOG": self.log,
            "TRACES": self.traces,
            "KINDS_OFF": ",".join(self.kinds_off),
            "OCR": self.ocr,
            "READER": self.reader,
            "READER_FOLDER": self.reader_folder,
            "TRANSLATOR": self.translator,
            "VENDOR_MEMORY": self.vendor_memory,
            "SPARK": self.spark,
            "GPU": self.gpu,
            "MASTER_KEY_FILE": self.master_key_file,
            "RETENTION_YEARS": ",".join(f"{kind}={n}" for kind, n in self.retention.items()),
        }
        groups = (
            (LIMIT, self.limits), (RETRAIN, self.retraining), (QUALITY, self.quality),
            (ROUTE, self.routes), (MATCH, self.tolerances), (POD, self.pods),
        )  # fmt: skip
        for prefix, changed in groups:
            named |= {prefix + name.upper(): f"{value:.15g}" for name, value in changed.items()}
        own = {PREFIX + name: value for name, value in named.items()}
        return {**os.environ, **own, "DAGSTER_HOME": str(self.dagster_home)}

    def secret(self, field: str, variables: Mapping[str, str] = os.environ) -> str | None:
        """The variable that holds a field, if its value may hold a secret and came from there.

        A URL holds one in `user:password@`, after `?` or in `token=`; the address of an alert
        may be one as a whole. Values that are shown name the variable instead.
        """
        value, name = str(getattr(self, field)), PREFIX + field.upper()
        is_secret = bool(value) and (
            field.startswith("alert_") or "@" in value or "?" in value or "token=" in value
        )
        return name if is_secret and variables.get(name) == value else None

    def opened_store(self) -> Store:
        """The store of this environment."""
        return Store(self.store, self.master_key_file)

    def checked(self) -> "Environment":
        """Itself, if every value is allowed."""
        if self.graph != "embedded" and not self.graph.startswith(GRAPH_SCHEMES):
            raise BadSetting(
                PREFIX + "GRAPH",
                f"is {self.graph!r}, must be embedded or a URL that starts with "
                f"{', '.join(GRAPH_SCHEMES)}.",
            )
        if _holds(self.inbox, self.home) or _holds(self.inbox, self.store):
            raise BadSetting(
                PREFIX + "HOME",
                f"{self.home} with the store {self.store} lies in the inbox {self.inbox}: what is "
                "stored would come in as documents. Name a folder outside.",
            )
        if _holds(self.inbox, self.feedback):
            raise BadSetting(
                PREFIX + "FEEDBACK",
                f"{self.feedback} lies in the inbox {self.inbox}: feedback would come in as "
                "documents. Name a folder outside.",
            )
        if self.vendor_memory not in (ON, OFF):
            raise BadSetting(
                PREFIX + "VENDOR_MEMORY", f"is {self.vendor_memory!r}, must be {ON} or {OFF}."
            )
        choice.checked(self.reader, self.reader_folder)
        folders_of(self.translator)
        known = {kind.value for kind in Kind}
        if strange := sorted(set(self.kinds_off) - known):
            raise BadSetting(
                PREFIX + "KINDS_OFF",
                f"names {', '.join(strange)}; kinds of findings are {', '.join(sorted(known))}.",
            )
        if self.ocr.partition(":")[0] not in (*MODULES, OFF):
            allowed = f"{', '.join(MODULES)}, rapidocr:<file of a PP-OCR model> or {OFF}"
            raise BadSetting(SETTING, f"is {self.ocr!r}, must be {allowed}.")
        if self.gpu != OFF and not RESOURCE.fullmatch(self.gpu):
            raise BadSetting(
                PREFIX + "GPU",
                f"is {self.gpu!r}, must be a resource of Kubernetes such as {GPU}, or {OFF}.",
            )
        if not self.spark.startswith(SCHEMES):
            schemes = ", ".join(SCHEMES[1:])
            raise BadSetting(SPARK, f"is {self.spark!r}, must be local[*] or start with {schemes}.")
        Alerts(self.alert_webhook, self.alert_mail).checked()
        logs.checked(self.log)
        traces.checked(self.traces)
        if not self.ledger.strip():
            raise BadSetting(PREFIX + "LEDGER", "is empty, must be the company's name.")
        return self


def _holds(inbox: str, place: str | Path) -> bool:
    """Whether files in a place are files of the inbox: it lies below, and in no hidden folder."""
    folder, inside = Path(inbox).resolve(), Path(place).resolve()
    if not inside.is_relative_to(folder):
        return False
    return not any(part.startswith(".") for part in inside.relative_to(folder).parts)


def _numbers(variables: Mapping[str, str], group: type, prefix: str) -> dict[str, float]:
    """The numbers of a group of settings that variables change, by name."""
    changed = {}
    for setting in fields(group):
        name = PREFIX + prefix + setting.name.upper()
        if text := variables.get(name):
            try:
                number = float(text)
            except ValueError:
                number = nan
            if fault := _fault_of(number, setting.default, prefix):
                raise BadSetting(name, f"is {text!r}, {fault}")
            changed[setting.name] = number
    return changed


def _fault_of(number: float, usual: Any, prefix: str) -> str | None:
    """Why a setting cannot be a number, and what to do; null if it can.

    Nothing is a limit too where documents are routed, whose limits count or are shares, and
    where lines are matched.
    """
    if prefix not in (ROUTE, MATCH):
        return None if 0 < number < inf else "must be a number above 0."
    leave = f"Set such a number, or leave it out for {usual:g}."
    if isinstance(usual, int):
        most, to = (MOST_DAYS, f" to {MOST_DAYS}") if prefix == MATCH else (inf, "")
        is_whole = 0 <= number <= most and number.is_integer()
        return None if is_whole else f"must be a whole number from 0{to}. {leave}"
    if prefix == MATCH:
        return None if 0 <= number < inf else f"must be a number from 0. {leave}"
    return None if 0 <= number <= 1 else f"must be a share from 0 to 1. {leave}"


def _key_file(path: str) -> str:
    """A file of master keys, if there are any in it."""
    if path:
        masters(path)
    return path


def _retention(text: str) -> dict[str, int]:
    try:
        return rules_in(text)
    except ValueError as error:
        raise BadSetting(RETENTION, str(error)) from error


def _listed(text: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in text.split(",") if one.strip())


def _get(variables: Mapping[str, str], name: str, default: str | None) -> str:
    value = variables.get(PREFIX + name) or default
    if value is None:
        raise BadSetting(PREFIX + name, f"is not set, and {PREFIX}ENV=k8s has no default for it.")
    return value
