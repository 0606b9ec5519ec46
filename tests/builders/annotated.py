"""Annotations of made papers, each with words of its own: by number, always the same."""

import random
from typing import Any

from ledgergraph.corpora.annotations import AnnotatedPage, AnnotatedWord, Annotation, FieldTruth
from ledgergraph.evidence import Box

WORDS = [f"wort{n}" for n in range(5_000)]


def annotation(number: int, **changed: Any) -> Annotation:
    drawn = random.Random(number)
    texts = [drawn.choice(WORDS) for _ in range(40)]
    words = tuple(
        AnnotatedWord(0, text, Box(10.0, 10.0 + 12 * at, 60.0, 20.0 + 12 * at))
        for at, text in enumerate(texts)
    )
    given: dict[str, Any] = {
        "annotation_id": f"made/{number:04d}", "source": "made", "name": f"{number:04d}",
        "type": "invoice" if number % 3 else "receipt", "words": words,
        "pages": (AnnotatedPage(595.0, 842.0, "pt"),),
        "fields": (FieldTruth("number", None, texts[0], texts[0], (0,)),),
        "language": "de", "vendor": f"v{number % 60}", "template": f"t{number % 30}",
        "split": "theirs",
    }  # fmt: skip
    return Annotation(**{**given, **changed})
