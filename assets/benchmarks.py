"""Benchmarks: which model of each role counts. The models of the package are the first."""

import dagster as dg

from assets import policies
from assets.lineage import Made, written
from ledgergraph.identity import sha256_of
from resources.doors import StoreResource


def packaged(role: str) -> dict[str, bytes]:
    """The files of the packaged model of a role, by name."""
    from ledgergraph.models.packaged import folder_of

    return {path.name: path.read_bytes() for path in sorted(folder_of(role).iterdir())}


def champion(role: str) -> dg.AssetsDefinition:
    """The asset that holds the model of a role that counts."""

    @dg.asset(
        name=f"{role}_champion",
        description=f"The {role} model that counts, with its card; at first that of the package.",
        **policies.on_request("benchmarks", "lightgbm", version="1"),
    )
    def role_champion(
        context: dg.AssetExecutionContext, store: StoreResource
    ) -> dg.MaterializeResult:
        files = packaged(role)
        settings = {"origin": "package", **{name: sha256_of(data) for name, data in files.items()}}
        return written(context, store.open(), lambda _: Made(files=files), settings=settings)

    definition: dg.AssetsDefinition = role_champion
    return definition


compliance_champion = champion("compliance")
duplicate_champion = champion("duplicate")
