"""Which kind of reader reads pages: as the settings name it, with the champion of this home.

Not here: the kinds (`ledgergraph.extractions.readers.choice`) and the readers themselves.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import dagster as dg

from ledgergraph.extractions.readers.choice import CANDIDATES, RULES

if TYPE_CHECKING:
    from ledgergraph.extractions.readers.learned import Chooser, ReaderModel


class ReaderResource(dg.ConfigurableResource):
    """The kind of reader, and the folder of the transformer for the kinds that have one."""

    kind: str = CANDIDATES
    folder: str = ""

    def version(self) -> Mapping[str, str]:
        """What tells this choice from another, for the settings of an asset; usually nothing."""
        if self.kind in (CANDIDATES, RULES):
            return {} if self.kind == CANDIDATES else {"reader": self.kind}
        from ledgergraph.extractions.readers.transformed import version

        return version(self.kind, self.folder)

    def open(self, champion: "ReaderModel | None") -> "Chooser | None":
        """The reader; null where the rules read alone.

        Raises: BadSetting, or StaleInput for a folder that holds none.
        """
        from ledgergraph.extractions.readers.transformed import of_kind

        return of_kind(self.kind, self.folder, champion)
