"""The limits of quality as settings: numbers alone, since every command reads them at its start."""

from dataclasses import dataclass


@dataclass(frozen=True)
class QualityLimits:
    """When a share is too large. Each is a setting: LEDGERGRAPH_QUALITY_DOCUMENTS and so on."""

    documents: int = 20
    """Of fewer documents no share says anything."""
    rejected_share: float = 0.10
    """Documents that are refused, of all."""
    lowest_share: float = 0.20
    """Documents of the lowest level of quality, of those that were judged."""
    times_before: float = 2.0
    """How many times its share of the seven days before either may be."""
