"""How documents are routed, and whether what is remembered of vendors is used.

Not here: the routes (`ledgergraph.extractions.routing`) and the memory
(`ledgergraph.extractions.vendor_memory`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

import dagster as dg
from pydantic import Field

from ledgergraph.extractions.routing import Routes

MEMORY = "vendor_memory"
"""The asset that holds what is remembered of vendors."""


class RoutesResource(dg.ConfigurableResource):
    """The limits of the fast route that differ from their defaults, and the switch of memory."""

    changed: dict[str, float] = Field(default_factory=dict)
    remembers: bool = True

    def value(self) -> Routes:
        """All limits."""
        usual = asdict(Routes())
        return Routes(
            **{name: type(one)(self.changed.get(name, one)) for name, one in usual.items()}
        )

    def version(self) -> Mapping[str, str]:
        """What tells a reading without memory from one with it, for the settings of an asset."""
        return {} if self.remembers else {MEMORY: "off"}

    def memory(self) -> Sequence[str]:
        """The asset of the memory where it is used, to be read through time."""
        return [MEMORY] if self.remembers else []
