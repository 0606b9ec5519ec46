"""What a small reader of words learns from made receipts, judged on real ones.

A linear model over each word, its shape, its place and the words beside and above it: no reader
of the product, but the quickest way to see whether the made receipts teach what real ones ask.
"""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from ledgers import public_data
from realism import AMOUNT, rows_of
from sections import BENCHMARKS, Row, Section, skipped
from sklearn.feature_extraction import FeatureHasher
from sklearn.linear_model import SGDClassifier

from ledgergraph.corpora.annotations import Annotation
from ledgergraph.corpora.loaders import load
from ledgergraph.corpora.rendering import annotations
from ledgergraph.corpora.rendering.shops import till_receipts

SEED, MADE = 9101, 600
FIELDS = ("seller.name", "seller.address", "issue_date", "totals.gross")
OUTSIDE = "O"
HASHER = FeatureHasher(2**19, input_type="string")
SINGLE = ("issue_date", "totals.gross")
"""Fields that one word states: the likeliest word of a receipt is compared."""


def receipts_learned() -> list[Section]:
    """How well words of real receipts are told after learning from made ones, real ones, both."""
    folder, title = public_data(), "What made receipts teach"
    scans = folder.parent / "sroie" / "train" if folder else None
    if scans is None or not scans.is_dir():
        return skipped(BENCHMARKS, title)
    real = [one for one in load("sroie", scans) if isinstance(one, Annotation)]
    made = list(annotations(till_receipts(MADE, SEED, ("en",))))
    every = sorted({one.vendor or "" for one in real})
    half = set(every[::2])
    known = [one for one in real if (one.vendor or "") in half]
    other = [one for one in real if (one.vendor or "") not in half]
    rows = [
        _row(f"{MADE} made", made, other),
        _row(f"{len(known)} real, of other shops", known, other),
        _row("both", [*made, *known, *known], other),
    ]
    sentence = (
        f"A linear model over words, their shapes and neighbours, judged on {len(other)} scanned "
        "receipts (SROIE, train; the transcripts that it ships): F1 of the words of each field, "
        "and the share of receipts whose likeliest word is the date, and the total. It is no "
        "reader of the product: it shows what the receipts teach."
    )
    columns = ("learned from", *FIELDS, "dates right", "totals right")
    return [Section(BENCHMARKS, title, sentence, columns, rows)]


def _row(name: str, learned: Sequence[Annotation], judged: Sequence[Annotation]) -> Row:
    model = SGDClassifier(loss="log_loss", alpha=2e-6, max_iter=8, tol=None, random_state=1)
    words = [one for truth in learned for one in features(truth)]
    model.fit(HASHER.transform(words), [one for truth in learned for one in labels(truth)])
    classes, right, wrong, count = list(model.classes_), Counter(), Counter(), Counter()
    for truth in judged:
        chances = model.predict_proba(HASHER.transform(features(truth)))
        for said, true in zip(chances.argmax(axis=1), labels(truth), strict=True):
            if classes[said] == true:
                right[true] += 1
            else:
                wrong.update((classes[said], true))
        for field in SINGLE:
            for one in truth.fields:
                if one.field == field and one.words:
                    best = truth.words[int(chances[:, classes.index(field)].argmax())].text
                    stated = {_digits(truth.words[at].text) for at in one.words}
                    count[field] += 1
                    right[field, "likeliest"] += _digits(best) in stated
    f1 = [2 * right[one] / max(2 * right[one] + wrong[one], 1) for one in FIELDS]
    return (name, *f1, *(right[one, "likeliest"] / max(count[one], 1) for one in SINGLE))


def labels(truth: Annotation) -> list[str]:
    """The field of each word."""
    found = [OUTSIDE] * len(truth.words)
    for one in truth.fields:
        for at in one.words if one.field in FIELDS else ():
            found[at] = one.field
    return found


def features(truth: Annotation) -> list[list[str]]:
    """What is seen of each word, in the order of the annotation."""
    texts = [re.sub(r"\d", "0", one.text.casefold()) for one in truth.words]
    sizes = [_size(one.text) for one in truth.words]
    most, width = max(sizes, default=0.0), truth.pages[0].width
    usual = float(np.median([one.box.height for one in truth.words] or [1.0]))
    rows = rows_of(truth)
    found: list[list[str]] = [[] for _ in truth.words]
    for number, (above, row) in enumerate(pairwise([[], *rows])):
        line = [texts[at] for at in row]
        for place, at in enumerate(row):
            word = truth.words[at]
            found[at] = [
                f"w={texts[at]}", f"s={re.sub('[^0.,:/-]+', 'a', texts[at])}",
                f"row={min(number, 9)}", f"end={min(len(rows) - 1 - number, 9)}",
                f"y={10 * number // len(rows)}", f"x={int(6 * word.box.x0 / width)}",
                f"h={int(4 * word.box.height / usual)}", f"n={min(len(row), 6)}",
                f"first={place == 0}", f"last={place == len(row) - 1}",
                f"most={sizes[at] >= most > 0}", f"amount={sizes[at] > 0}",
                *(f"l={one}" for one in line[:place]), *(f"r={one}" for one in line[place + 1 :]),
                *(f"u={texts[one]}" for one in above),
                f"p={line[place - 1] if place else '^'}",
                f"q={line[place + 1] if place + 1 < len(line) else '$'}",
            ]  # fmt: skip
    return found


def _size(text: str) -> float:
    return int(_digits(text)) / 100 if AMOUNT.search(text) else 0.0


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)
