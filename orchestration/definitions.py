"""What Dagster loads: all assets, checks, jobs, schedules, sensors and resources, put together."""

from typing import Any

import dagster as dg

import assets.anomalies
import assets.benchmarks
import assets.corpora
import assets.datasets
import assets.documents
import assets.extractions
import assets.feedback
import assets.graph
import assets.graph_learning
import assets.models
import assets.quality
import assets.transformer
from assets.policies import GPU_POOL
from jobs.champions import publish_champions
from jobs.corpora import corpora
from jobs.feedback import apply_feedback
from jobs.graph_learning import training_graph
from jobs.intake import intake
from jobs.quality import quality, quality_daily
from jobs.rebuild import rebuild_ledger, rebuild_ledger_nightly
from jobs.training import training_jobs
from jobs.transformer import training_transformer
from orchestration.environments import ON, Environment
from orchestration.executors import executor_for
from resources import logs, traces
from resources.doors import (
    AlertsResource,
    FeedbackResource,
    InboxResource,
    LedgerResource,
    LimitsResource,
    MatchingResource,
    PublicDataResource,
    RetrainingResource,
    SparkResource,
    StoreResource,
)
from resources.graph.connection import GraphResource
from resources.pods import PodsResource
from resources.quality import QualityResource
from resources.reader import ReaderResource
from resources.recognition import OcrResource
from resources.registry import RegistryResource
from resources.routes import RoutesResource
from resources.translator import TranslatorResource
from sensors.failures import alert_on_failed_checks, alert_on_failure
from sensors.feedback import watch_corrections, watch_feedback
from sensors.healing import heal
from sensors.inbox import watch_inbox
from sensors.pods import end_stray_pods
from sensors.quality import alert_on_quality
from sensors.retraining import nightly_training, watch_labels, watch_promotions
from sensors.traces import tell_traces

AREAS = [
    assets.documents,
    assets.extractions,
    assets.graph,
    assets.corpora,
    assets.datasets,
    assets.models,
    assets.transformer,
    assets.graph_learning,
    assets.benchmarks,
    assets.anomalies,
    assets.feedback,
    assets.quality,
]


def build_definitions(environment: Environment, **overrides: Any) -> dg.Definitions:
    """Everything for one environment; overrides replace resources by name.

    From then on this process writes log and traces as the environment says.
    """
    logs.set_up(environment.log)
    traces.set_up(environment.traces)
    loaded = dg.load_assets_from_modules(AREAS)
    steps = [one.op for one in loaded if isinstance(one, dg.AssetsDefinition)]
    return dg.Definitions(
        assets=loaded,
        asset_checks=dg.load_asset_checks_from_modules(AREAS),
        jobs=[
            apply_feedback,
            corpora,
            intake,
            publish_champions,
            quality,
            rebuild_ledger,
            *training_jobs.values(),
            training_transformer,
            training_graph,
        ],
        schedules=[rebuild_ledger_nightly, quality_daily, *nightly_training],
        sensors=[
            watch_inbox,
            watch_feedback,
            watch_corrections,
            watch_labels,
            watch_promotions,
            heal,
            alert_on_failure,
            alert_on_failed_checks,
            alert_on_quality,
            *([end_stray_pods] if environment.name == "k8s" else []),
            *(tell_traces if environment.traces else ()),
        ],
        resources={**resources_for(environment), **overrides},
        executor=executor_for(environment, [one.name for one in steps if one.pool == GPU_POOL]),
    )


def resources_for(environment: Environment) -> dict[str, Any]:
    """The doors of an environment: what differs between environments is their URLs."""

    def url(field: str) -> str:
        """A URL, or the variable that holds it: Dagster shows what resources are made of."""
        variable = environment.secret(field)
        return dg.EnvVar(variable) if variable else str(getattr(environment, field))

    return {
        "store": StoreResource(url=url("store"), master_key_file=environment.master_key_file),
        "inbox": InboxResource(url=url("inbox")),
        "feedback_inbox": FeedbackResource(url=url("feedback")),
        "retraining": RetrainingResource(changed=dict(environment.retraining)),
        "registry": RegistryResource(url=url("registry")),
        "pods": PodsResource(),
        "quality": QualityResource(changed=dict(environment.quality)),
        "limits": LimitsResource(changed=dict(environment.limits)),
        "public_data": PublicDataResource(folder=environment.public_data or ""),
        "ocr": OcrResource(engine=environment.ocr),
        "reader": ReaderResource(kind=environment.reader, folder=environment.reader_folder),
        "translator": TranslatorResource(setting=environment.translator),
        "routes": RoutesResource(
            changed=dict(environment.routes), remembers=environment.vendor_memory == ON
        ),
        "matching": MatchingResource(changed=dict(environment.tolerances)),
        "spark": SparkResource(url=url("spark"), java_home=environment.java_home),
        "ledger": LedgerResource(name=environment.ledger, kinds_off=list(environment.kinds_off)),
        "alerts": AlertsResource(webhook=url("alert_webhook"), mail=url("alert_mail")),
        "graph": GraphResource(url=url("graph"), root=graph_folder(environment)),
    }


def graph_folder(environment: Environment) -> str:
    """Where the embedded graph of a home lies."""
    return str(environment.home / "graph")


defs = build_definitions(Environment.read())
