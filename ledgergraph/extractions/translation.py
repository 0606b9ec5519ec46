"""Translation of descriptions into English, by MarianMT models in folders that a user names.

Belongs here: the setting, what a folder must hold, the model behind one function, its cache.
Not here: which texts are translated and where they go (items), in which language a text is
(languages.guessing). No model comes along and none is fetched.

A folder is what transformers saves of a MarianMT model (`config.json`, `vocab.json`,
`source.spm`, `target.spm`, `model.safetensors`); `opus-mt` models come so, older ones once
saved again. Weights that are pickled are not loaded.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ledgergraph.errors import BadSetting
from ledgergraph.extractions.languages import CODES
from ledgergraph.identity import canonical_json, sha256_of

SETTING = "LEDGERGRAPH_TRANSLATOR"
ENGLISH = "en"
FILES = ("config.json", "vocab.json", "source.spm", "target.spm", "model.safetensors")
BATCH, LONGEST = 32, 128
"""Texts that are translated at once, and pieces of one that count and are made at most."""
REVISION = "1"
"""Of how texts are given to models: another one translates anew."""
SHORT = 12
"""Digits of a version that name it in a row."""
NAMES: Mapping[str, str] = {
    "deu": "de", "ger": "de", "eng": "en", "fra": "fr", "fre": "fr", "spa": "es", "ita": "it",
    "por": "pt",
}  # fmt: skip
"""ISO 639-2 and -3 to 639-1."""
GROUPS: Mapping[str, tuple[str, ...]] = {
    "roa": ("fr", "es", "it", "pt"), "itc": ("fr", "es", "it", "pt"),
    "romance": ("fr", "es", "it", "pt"), "gem": ("de",), "gmw": ("de",),
    "ine": ("de", "fr", "es", "it", "pt"), "mul": ("de", "fr", "es", "it", "pt"),
}  # fmt: skip
"""Families that models name as their source (ISO 639-5, and what opus-mt models say)."""

Recall = Callable[[Sequence[str]], Mapping[str, bytes]]
"""Gives what is kept under some keys, without those that are not."""
Keep = Callable[[str, bytes], object]


@dataclass(frozen=True, slots=True)
class Translated:
    """A text in English, how probable the model holds each piece of it on average, and by what."""

    text: str
    probability: float
    model: str


@dataclass(frozen=True)
class Folder:
    """A folder with a MarianMT model, checked, and the languages that it is used for."""

    path: Path
    languages: tuple[str, ...]

    @cached_property
    def version(self) -> str:
        """The hash of the files that decide what it says."""
        names = [*FILES, "generation_config.json", "tokenizer_config.json"]
        files = [self.path / name for name in names if (self.path / name).is_file()]
        hashes = [[one.name, sha256_of(one.read_bytes())] for one in files]
        return sha256_of(canonical_json([REVISION, hashes]))

    @property
    def name(self) -> str:
        """How rows name it."""
        return f"model:{self.version[:SHORT]}"

    @property
    def licence(self) -> str:
        """The licence that its README states, or that none is stated."""
        readme = self.path / "README.md"
        if readme.is_file():
            text = readme.read_text(encoding="utf-8", errors="replace")
            found = re.search(r"^\W*licen[cs]e\W*:\s*(\S.*)$", text[:20_000], re.I | re.M)
            if found:
                return found[1].strip(" \"'*")
        return "not stated in its folder"


def folders_of(setting: str) -> list[Folder]:
    """The models that a setting names: one folder, or `de=<folder>,fr=<folder>`; or none.

    Raises: BadSetting where a folder is missing, holds no MarianMT model, or one for other
    languages; it says which and what to do.
    """
    setting = setting.strip()
    if not setting:
        return []
    if Path(setting).is_dir() or "=" not in setting:
        return [_checked(Path(setting), None)]
    found: dict[str, Folder] = {}
    for part in setting.split(","):
        code, _, place = (one.strip() for one in part.partition("="))
        if code not in CODES or code == ENGLISH or code in found:
            known = ", ".join(one for one in CODES if one != ENGLISH)
            raise BadSetting(
                SETTING,
                f"names {code!r}. It must be a folder, or folders by language such as "
                f"de=<folder>,fr=<folder>; languages are {known}, each once.",
            )
        found[code] = _checked(Path(place), code)
    return list(found.values())


def _checked(place: Path, code: str | None) -> Folder:
    if not place.is_dir():
        raise BadSetting(
            SETTING,
            f"{str(place)!r} is no folder. Name one with a MarianMT model (such as opus-mt), as "
            "transformers saves it, or leave the setting empty.",
        )
    missing = [name for name in FILES if not (place / name).is_file()]
    if missing:
        raise BadSetting(
            SETTING,
            f"{str(place)!r} holds no {', '.join(missing)}. A MarianMT model has "
            f"{', '.join(FILES)}; weights in another format are not loaded: save it again with "
            "transformers.",
        )
    kind = _json(place / "config.json").get("model_type")
    if kind != "marian":
        raise BadSetting(
            SETTING, f"{str(place)!r} holds a model of kind {kind!r}. It must be marian."
        )
    sources, target = _languages(place)
    if target not in (None, ENGLISH):
        raise BadSetting(
            SETTING, f"{str(place)!r} translates into {target}. It must translate into English."
        )
    if code is None and not sources:
        raise BadSetting(
            SETTING,
            f"{str(place)!r} does not say from which language it translates (source_lang in "
            "tokenizer_config.json). Name it with its language: de=<folder>.",
        )
    if code is not None and sources and code not in sources:
        raise BadSetting(
            SETTING,
            f"{str(place)!r} is named for {code} and translates from {', '.join(sources)}.",
        )
    return Folder(place, (code,) if code is not None else sources)


def _languages(place: Path) -> tuple[tuple[str, ...], str | None]:
    """From which of the known languages a model translates, none where it is not said; and
    into which."""
    path = place / "tokenizer_config.json"
    stated = _json(path) if path.is_file() else {}
    source = str(stated.get("source_lang") or "").casefold()
    target = str(stated.get("target_lang") or "").casefold()
    code = NAMES.get(source, source)
    sources = GROUPS.get(code, (code,) if code else ())
    return sources, NAMES.get(target, target) or None


def _json(path: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BadSetting(SETTING, f"{str(path)!r} is no JSON: {error}.") from error
    if not isinstance(found, dict):
        raise BadSetting(SETTING, f"{str(path)!r} states no fields by name.")
    return found


@dataclass(frozen=True)
class Translator:
    """Models by language, with what was translated before."""

    folders: Sequence[Folder]
    recall: Recall = lambda keys: {}
    keep: Keep = lambda key, data: None

    @property
    def version(self) -> str:
        """All that its translations depend on beside the texts."""
        return " + ".join(f"{','.join(one.languages)} {one.version[:SHORT]}"
                          for one in self.folders)  # fmt: skip

    def folder_for(self, language: str) -> Folder | None:
        """The model of a language, or none."""
        return next((one for one in self.folders if language in one.languages), None)

    def english(self, texts: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], Translated]:
        """Texts with their language in English, each translated once and kept.

        A text of a language without a model is left out. Raises: BadSetting where the library
        is missing or a model cannot be loaded.
        """
        found: dict[tuple[str, str], Translated] = {}
        wanted: dict[Folder, list[tuple[str, str]]] = {}
        for one in sorted(set(texts)):
            folder = self.folder_for(one[1])
            if folder is not None and one[0].strip():
                wanted.setdefault(folder, []).append(one)
        for folder, own in wanted.items():
            keys = {_key(folder, text): text for text, _ in own}
            known = self.recall(list(keys))
            english = {
                keys[key]: Translated(facts["text"], facts["probability"], folder.name)
                for key, data in known.items()
                if (facts := json.loads(data))
            }
            new = [one for one in keys if one not in known]
            made = translated(folder, [keys[one] for one in new]) if new else ()
            for key, (text, probability) in zip(new, made, strict=True):
                self.keep(key, canonical_json({"text": text, "probability": probability}))
                english[keys[key]] = Translated(text, probability, folder.name)
            found |= {one: english[one[0]] for one in own}  # a model may serve several languages
        return found


def _key(folder: Folder, text: str) -> str:
    """Where a translation is kept: by the model and the text, in whatever language it stands."""
    return sha256_of(canonical_json([folder.version, text]))


def translated(folder: Folder, texts: Sequence[str]) -> Iterator[tuple[str, float]]:
    """Texts in English and the mean probability of their pieces, in [0, 1], in their order.

    Raises: BadSetting where the library is missing or the model cannot be loaded.
    """
    tokenizer, model, torch = _loaded(folder)
    prefix = ">>eng<< " if ">>eng<<" in tokenizer.supported_language_codes else ""
    longest = min(LONGEST, model.config.max_position_embeddings - 1)
    order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
    found: dict[int, tuple[str, float]] = {}
    for start in range(0, len(order), BATCH):
        places = order[start : start + BATCH]
        rows = tokenizer(
            [prefix + texts[at] for at in places],
            return_tensors="pt", padding=True, truncation=True, max_length=longest,
        )  # fmt: skip
        with torch.inference_mode():
            made = model.generate(
                **rows, num_beams=1, do_sample=False, max_new_tokens=longest,
                output_scores=True, return_dict_in_generate=True,
            )  # fmt: skip
            scores = model.compute_transition_scores(
                made.sequences, made.scores, normalize_logits=True
            )
        said = tokenizer.batch_decode(
            made.sequences, skip_special_tokens=True, use_source_tokenizer=False
        )
        for at, text, row in zip(places, said, scores, strict=True):
            pieces = row[torch.isfinite(row) & (row < 0)]
            mean = float(pieces.mean().exp()) if len(pieces) else 1.0
            found[at] = text.strip(), round(mean, 4)
    return (found[at] for at in range(len(texts)))


def _loaded(folder: Folder) -> tuple[Any, Any, Any]:
    """Tokenizer and model of a folder, and torch; nothing is fetched and no code of it is run."""
    import warnings
    from importlib import import_module

    try:  # the tokenizer needs sentencepiece and says so late
        torch, transformers, _, tensors = map(
            import_module, ("torch", "transformers", "sentencepiece", "safetensors")
        )
    except ImportError as error:
        raise BadSetting(
            SETTING,
            f"needs {error.name}, which is not installed. Install the extra: "
            "pip install 'ledgergraph[networks]'.",
        ) from error
    library: Any = transformers
    library.logging.set_verbosity_error()
    library.logging.disable_progress_bar()
    place = str(folder.path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # sacremoses is a matter of taste
            tokenizer = library.MarianTokenizer.from_pretrained(place, local_files_only=True)
        model = library.MarianMTModel.from_pretrained(
            place, local_files_only=True, use_safetensors=True
        )
    except (OSError, ValueError, RuntimeError, KeyError, tensors.SafetensorError) as error:
        raise BadSetting(
            SETTING, f"{place!r} cannot be loaded as a MarianMT model: {str(error)[:200]}"
        ) from error
    model.eval()
    return tokenizer, model, torch
