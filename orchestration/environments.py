"""The settings that differ between environments: the only reader of the environment.

Every variable starts with `LEDGERGRAPH_`; one home gives all defaults, so that
nothing needs to be set on a laptop. A wrong value is an error that names it.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from math import inf
from pathlib import Path
from typing import Any, Literal

from ledgergraph.documents.limits import Limits, variable
from ledgergraph.errors import BadSetting

PREFIX = "LEDGERGRAPH_"
GRAPH_SCHEMES = tuple(
    f"{scheme}{security}://" for scheme in ("bolt", "neo4j") for security in ("", "+s", "+ssc")
)


@dataclass(frozen=True)
class Environment:
    """Where everything is. One home is one ledger."""

    name: Literal["local", "k8s"]
    home: Path
    store: str
    inbox: str
    graph: str
    ledger: str
    public_data: str | None
    dagster_home: Path
    limits: Mapping[str, float]

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
            graph=_get(variables, "GRAPH", "embedded" if is_local else None),
            ledger=_get(variables, "LEDGER", "main"),
            public_data=variables.get(PREFIX + "PUBLIC_DATA"),
            limits=_limits(variables),
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
            "GRAPH": self.graph,
            "LEDGER": self.ledger,
        }
        own = {PREFIX + name: value for name, value in named.items()}
        own |= {variable(name): f"{value:g}" for name, value in self.limits.items()}
        return {**os.environ, **own, "DAGSTER_HOME": str(self.dagster_home)}

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
        if not self.ledger.strip():
            raise BadSetting(PREFIX + "LEDGER", "is empty, must be the company's name.")
        return self


def _holds(inbox: str, place: str | Path) -> bool:
    """Whether files in a place are files of the inbox: it lies below, and in no hidden folder."""
    folder, inside = Path(inbox).resolve(), Path(place).resolve()
    if not inside.is_relative_to(folder):
        return False
    return not any(part.startswith(".") for part in inside.relative_to(folder).parts)


def _limits(variables: Mapping[str, str]) -> dict[str, float]:
    """The limits on files that variables change, by name."""
    changed = {}
    for limit in fields(Limits):
        if text := variables.get(variable(limit.name)):
            try:
                changed[limit.name] = float(text)
            except ValueError:
                changed[limit.name] = 0.0
            if not 0 < changed[limit.name] < inf:
                raise BadSetting(variable(limit.name), f"is {text!r}, must be a number above 0.")
    return changed


def _get(variables: Mapping[str, str], name: str, default: str | None) -> str:
    value = variables.get(PREFIX + name) or default
    if value is None:
        raise BadSetting(PREFIX + name, f"is not set, and {PREFIX}ENV=k8s has no default for it.")
    return value
