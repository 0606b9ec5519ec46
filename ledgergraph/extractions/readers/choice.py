"""The kinds of reader that a setting names, and what each needs.

Belongs here: the names, and whether a setting can be used. Not here: the readers themselves
(learned, transformed): this module is read with the environment and imports none of them.
"""

from pathlib import Path

from ledgergraph.errors import BadSetting

RULES, CANDIDATES, TRANSFORMER, STACK = KINDS = ("rules", "candidates", "transformer", "stack")
"""Who chooses: the rules, trees among candidates (the champion), a transformer, trees with it."""
WITH_TRANSFORMER = (TRANSFORMER, STACK)
KIND, FOLDER = "LEDGERGRAPH_READER", "LEDGERGRAPH_READER_FOLDER"
"""The settings that choose the kind, and where the transformer lies."""


def checked(kind: str, folder: str) -> None:
    """Raises BadSetting if a kind is none, or a folder that is named is none."""
    if kind not in KINDS:
        raise BadSetting(KIND, f"is {kind!r}, must be {', '.join(KINDS[:-1])} or {KINDS[-1]}.")
    if kind in WITH_TRANSFORMER and folder and not Path(folder).is_dir():
        raise BadSetting(
            FOLDER,
            f"is {folder!r}, which is no folder. {KIND}={kind} reads with the transformer that "
            "`ledgergraph models make transformer --folder FOLDER` wrote there; without a folder, "
            "with the one that job training_transformer made in this home.",
        )
