"""Translation of descriptions by the models that the settings name, with its cache in the store.

Not here: the models and what they are given (`ledgergraph.extractions.translation`).

    translations/<sha256>.json      one text in English, as one model says it

What lies there can be deleted: it is translated again when it is needed.
"""

from collections.abc import Mapping, Sequence

import dagster as dg

from ledgergraph.extractions.translation import Translator, folders_of
from resources.store import Store


class TranslatorResource(dg.ConfigurableResource):
    """Folders of MarianMT models; nothing is translated where there are none."""

    setting: str = ""

    def version(self) -> Mapping[str, str]:
        """What tells these models from others, for the settings of an asset; usually nothing."""
        folders = folders_of(self.setting)
        return {"translator": Translator(folders).version} if folders else {}

    def open(self, store: Store) -> Translator | None:
        """The models with what they said before; null where the setting is empty.

        Raises: BadSetting where a folder is missing or holds no model that fits.
        """
        folders = folders_of(self.setting)
        if not folders:
            return None

        def recall(keys: Sequence[str]) -> Mapping[str, bytes]:
            uris = {_uri(key): key for key in keys}
            return {uris[uri]: data for uri, data in store.read_many(list(uris)).items()}

        def keep(key: str, data: bytes) -> bool:
            return store.create(_uri(key), data)

        return Translator(folders, recall, keep)


def _uri(key: str) -> str:
    return f"translations/{key}.json"
