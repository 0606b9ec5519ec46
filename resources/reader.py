"""Which kind of reader reads pages: as the settings name it, with the champion of this home.

Not here: the kinds (`ledgergraph.extractions.readers.choice`) and the readers themselves.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, TypeVar

import dagster as dg

from ledgergraph.artifacts import WHOLE
from ledgergraph.documents.limits import Limits
from ledgergraph.errors import StaleInput
from ledgergraph.extractions.readers.choice import CANDIDATES, RULES, STACK, WITH_TRANSFORMER
from resources.store import Store

if TYPE_CHECKING:
    from ledgergraph.extractions.readers.learned import Chooser, ReaderModel
    from ledgergraph.models.layout_windows import Pixels


R = TypeVar("R")
MODEL, JUDGED = "transformer_model", "transformer_benchmark"
"""The assets that hold a home's own transformer, and what reading with it needs."""


class ReaderResource(dg.ConfigurableResource):
    """The kind of reader, and the folder of the transformer for the kinds that have one.

    Without a folder it is the transformer that this home learned, as its head stands.
    """

    kind: str = CANDIDATES
    folder: str = ""

    def version(self) -> Mapping[str, str]:
        """What tells this choice from another, for the settings of an asset; usually nothing."""
        if self.kind == CANDIDATES:
            return {}
        if self.kind == RULES or not self.folder:
            return {"reader": self.kind}
        from ledgergraph.extractions.readers.transformed import version

        return version(self.kind, self.folder)

    def through_time(self) -> tuple[str, ...]:
        """The assets whose heads it reads as they stand, beside the champion."""
        return (JUDGED,) if self.kind in WITH_TRANSFORMER and not self.folder else ()

    def open(
        self, champion: "ReaderModel | None", store: Store, limits: Limits
    ) -> "Chooser | None":
        """The reader; null where the rules read alone.

        Raises: BadSetting, or StaleInput for a folder, or a home, that holds none.
        """
        from ledgergraph.extractions.readers.transformed import TREES, of_kind

        if not self.through_time():
            found = of_kind(self.kind, self.folder, champion)
        else:
            with learned_here(store) as folder:
                if self.kind == STACK and not (folder / TREES).is_dir():
                    raise StaleInput(
                        "This home's transformer was judged on documents of too few vendors for "
                        "trees to learn beside it. Materialize reader_corpus with more and launch "
                        "job training_transformer, or set LEDGERGRAPH_READER=transformer."
                    )
                found = of_kind(self.kind, str(folder), champion)
        return with_views(found, store.blob, limits) if self.kind in WITH_TRANSFORMER else found


def with_views(reader: R, content: Callable[[str], bytes], limits: Limits) -> R:
    """A reader with pictures of pages, if it has an image branch that looks at them."""
    from ledgergraph.extractions.page_views import views_of
    from ledgergraph.extractions.readers.transformed import Spotter, Stack

    spotter = reader.spotter if isinstance(reader, Stack) else reader
    if not isinstance(spotter, Spotter) or not spotter.transformer.shape.has_images:
        return reader

    def views(document_id: str, pages: Sequence[int]) -> "Mapping[int, Pixels]":
        return views_of(content(document_id), pages, limits)

    seeing: Any = replace(spotter, views=views)
    return replace(reader, spotter=seeing) if isinstance(reader, Stack) else seeing


@contextmanager
def learned_here(store: Store) -> Iterator[Path]:
    """The files of the transformer that a home learned and judged, in a folder for a while."""
    judged = store.head(JUDGED, WHOLE)
    if judged is None:
        raise StaleInput(
            "This home has no transformer to read with. Launch job training_transformer, or name "
            "the folder of one in LEDGERGRAPH_READER_FOLDER."
        )
    model = store.manifest(MODEL, WHOLE, judged.inputs[MODEL][WHOLE])
    with TemporaryDirectory() as place:
        for file in (*model.files, *judged.files):
            path = Path(place) / file.table
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(store.file(file))
        yield Path(place)
