"""The model registry: MLflow behind a URL, where champions are seen beside those of other systems.

It mirrors and decides nothing: what counts is the head of asset `<role>_champion`. A
version carries that manifest's hash as a tag, and the alias `champion` names the one
that counts. MLflow is imported on first use: it takes seconds.
"""

import json
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from ledgergraph.errors import BadSetting, ServiceMissing

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import DatasetInput

VARIABLE = "LEDGERGRAPH_REGISTRY"
CHAMPION, MANIFEST = "champion", "ledgergraph.manifest"
"""The alias of the version that counts, and the tag with the hash of its manifest."""
SIGNATURE, EXAMPLE = "ledgergraph.signature", "ledgergraph.input_example"
"""The tags of a version that say what the model reads and gives, and with which row it can be
tried; `ModelSignature.from_dict` and pandas' `DataFrame(**row)` read them."""
MARK = "ledgergraph.training"
"""The tag that tells a training from others, so that it goes on in its run."""
SQLITE = "sqlite:///"
SCHEMES = ("sqlite://", "postgresql", "mysql", "http://", "https://")
ABSENT = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")
"""What MLflow answers where there is no such model, or no such alias of it."""
Numbers = Mapping[str, float]
LOG = "ledgergraph.audit_log"
"""The tag of a ledger's experiment with number and hash of the newest entry of the audit log."""
DIGITS = 32
"""Of a version, as far as MLflow keeps digests."""
NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_.-]+")


@dataclass(frozen=True)
class Registered:
    """What the registry is to know of a champion.

    `inputs` are the columns that it reads, each with its type in MLflow's words, `outputs`
    those that it gives, `example` is a row of inputs of a made company, `datasets` are what
    it learned from by name, with the version of each.
    """

    manifest: str
    source: str
    reason: str
    tags: Mapping[str, str]
    numbers: Mapping[str, float]
    inputs: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    example: Mapping[str, Any] = field(default_factory=dict)
    datasets: Mapping[str, str] = field(default_factory=dict)

    def described(self) -> dict[str, str]:
        """Signature and input example as the version's tags, as MLflow writes them."""
        from mlflow.models import ModelSignature
        from mlflow.types.schema import ColSpec, Schema

        inputs, outputs = (
            Schema([ColSpec(kind, name, required=False) for name, kind in side.items()])
            for side in (self.inputs, self.outputs)
        )
        columns, row = list(self.example), list(self.example.values())
        return {
            SIGNATURE: json.dumps(ModelSignature(inputs, outputs).to_dict()),
            EXAMPLE: json.dumps({"columns": columns, "data": [row]}),
        }


class Registry:
    """The registered models of one ledger."""

    def __init__(self, url: str, ledger: str) -> None:
        if not url.startswith(SCHEMES):
            raise BadSetting(VARIABLE, f"is {url!r}, must start with {', '.join(SCHEMES)}.")
        self.url, self.ledger = url, NOT_IN_NAMES.sub("-", ledger)
        self._client: MlflowClient | None = None

    def name(self, role: str) -> str:
        """The registered model of a role."""
        return f"{self.ledger}.{role}"

    def champion(self, role: str) -> str | None:
        """The hash of the manifest that the alias names; None without one."""
        found = self._found("get_model_version_by_alias", self.name(role), CHAMPION)
        return None if found is None else str(found.tags.get(MANIFEST))

    def mirror(self, role: str, model: Registered) -> None:
        """Make a champion a version, unless it is one, and let the alias name it."""
        if self.champion(role) == model.manifest:
            return
        name = self.name(role)
        if self._found("get_registered_model", name) is None:
            with self._answering() as client:
                client.create_registered_model(name)
        with self._answering() as client:
            wanted = f"name='{name}' and tags.`{MANIFEST}`='{model.manifest}'"
            known = client.search_model_versions(wanted)
            version = known[0].version if known else self._registered(client, name, model)
            client.set_registered_model_alias(name, CHAMPION, version)

    def holds_models(self) -> bool:
        """Whether models are registered, of this ledger or another."""
        with self._answering() as client:
            return bool(client.search_registered_models(max_results=1))

    def training(
        self, name: str, settings: Mapping[str, str], mark: str = ""
    ) -> "Callable[[int, Numbers], None]":
        """A run in the experiment of trainings: a function that notes the figures of an epoch.

        A training that goes on goes on in its run: `mark` is what tells it from others.
        """
        experiment = self.name("trainings")
        with self._answering() as client:
            found = client.get_experiment_by_name(experiment)
            place = found.experiment_id if found else client.create_experiment(experiment)
            known = client.search_runs([place], f"tags.`{MARK}` = '{mark}'") if mark else ()
            tags = {**settings, **({MARK: mark} if mark else {})}
            made = known[0] if known else client.create_run(
                place, tags=tags, run_name=self.name(name)
            )  # fmt: skip

        def note(epoch: int, numbers: Numbers) -> None:
            with self._answering() as client:
                for key, value in numbers.items():
                    client.log_metric(made.info.run_id, key, value, step=epoch)
                client.set_terminated(made.info.run_id)

        return note

    def note_log(self, number: int, link: str) -> None:
        """Keep number and hash of the newest entry of the audit log: a log that is cut shows.

        In the experiment of the ledger's champions, if there is one. What was noted of a
        longer log stays.
        """
        experiment = self._found("get_experiment_by_name", self.ledger)
        if experiment is not None and number >= (self.noted_log() or (0, ""))[0]:
            with self._answering() as client:
                client.set_experiment_tag(experiment.experiment_id, LOG, f"{number} {link}")

    def noted_log(self) -> tuple[int, str] | None:
        """Number and hash of the entry that was noted last; None if none was."""
        experiment = self._found("get_experiment_by_name", self.ledger)
        number, _, link = (experiment.tags.get(LOG, "") if experiment else "").partition(" ")
        return (int(number), link) if number else None

    def _registered(self, client: "MlflowClient", name: str, model: Registered) -> str:
        """A new version, with a run that holds its figures."""
        tags = {**model.tags, MANIFEST: model.manifest}
        experiment = client.get_experiment_by_name(self.ledger)
        place = (
            experiment.experiment_id
            if experiment
            else client.create_experiment(self.ledger, artifact_location=model.source)
        )
        run = client.create_run(place, tags=tags, run_name=name).info.run_id
        for metric, value in model.numbers.items():
            client.log_metric(run, metric, value)
        if model.datasets:
            client.log_inputs(run, [_dataset(*one) for one in model.datasets.items()])
        client.set_terminated(run)
        made = client.create_model_version(
            name,
            model.source,
            run_id=run,
            tags={**tags, **(model.described() if model.inputs else {})},
            description=model.reason,
        )
        return str(made.version)

    def _found(self, question: str, *arguments: str) -> Any:
        """What MLflow answers to a question; None where there is no such thing."""
        from mlflow.exceptions import MlflowException

        with self._answering() as client:
            try:
                return getattr(client, question)(*arguments)
            except MlflowException as error:
                if error.error_code in ABSENT:
                    return None
                raise

    @contextmanager
    def _answering(self) -> "Iterator[MlflowClient]":
        """The client; ServiceMissing if nothing answers behind the URL."""
        from mlflow.exceptions import MlflowException

        if self._client is None:
            self._client = _connected(self.url)
        try:
            yield self._client
        except MlflowException as error:
            if error.error_code in ABSENT:
                raise
            remedy = f"Start the MLflow server that {VARIABLE} names: {error}"
            raise ServiceMissing(self.url, remedy) from error


def is_there(url: str) -> bool:
    """Whether there is a registry to ask: a file of SQLite is made when one is first written."""
    return not url.startswith(SQLITE) or Path(url.removeprefix(SQLITE)).is_file()


def _dataset(name: str, version: str) -> "DatasetInput":
    """A data set that a model learned from; its whole version is its source."""
    from mlflow.entities import Dataset, DatasetInput

    return DatasetInput(Dataset(name, version[:DIGITS], "ledgergraph", version))


def _connected(url: str) -> "MlflowClient":
    """A client that tells nobody of its use, and does not wait long for who is not there."""
    from mlflow import MlflowClient

    settings: Any = import_module("mlflow.environment_variables")
    telemetry: Any = import_module("mlflow.telemetry")
    settings.MLFLOW_DISABLE_TELEMETRY.set("true")
    settings.MLFLOW_HTTP_REQUEST_MAX_RETRIES.set("1")
    telemetry.set_telemetry_client()
    logging.getLogger("mlflow").setLevel(logging.WARNING)
    if url.startswith(SQLITE):
        Path(url.removeprefix(SQLITE)).parent.mkdir(parents=True, exist_ok=True)
    return MlflowClient(tracking_uri=url, registry_uri=url)


class RegistryResource(dg.ConfigurableResource):
    """Where champions are registered: MLflow on a file of SQLite, a database or a server."""

    url: str

    def open(self, ledger: str) -> Registry:
        """The registered models of a ledger; connected on first use."""
        return Registry(self.url, ledger)
