"""How far the receipts that are made differ from real ones, by simple statistics.

A classifier is told to tell them apart. 0.5 would be that it cannot; what it tells them by
is where the made corpus still differs.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import fmean, median

import numpy as np
from ledgers import public_data
from sections import BENCHMARKS, Row, Section, skipped
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from ledgergraph.corpora.annotations import Annotation
from ledgergraph.corpora.loaders import load
from ledgergraph.corpora.rendering import annotations
from ledgergraph.corpora.rendering.shops import till_receipts

SEED = 9100
FOLDS = 5
MOST_TELLING = 8
AMOUNT = re.compile(r"(?<![\d.,])\d{1,3}(?:,?\d{3})*[.,]\d{2}(?![\d.,])")
RULE = re.compile(r"[-=*_.~]{5,}")
CASE = ("lower case", "capitals")
GROUPS: Mapping[str, tuple[str, ...]] = {
    "letters: small, capital": CASE,
    "size: words, lines, height": ("words a page", "lines", "height to width"),
    "lines: length, spread, words": (
        "words a line", "characters a line", "spread of line lengths", "characters a word",
    ),
    "signs: digits, colons, hyphens": (
        "digits", "signs", "colons", "hyphens", "asterisks and number signs", "beyond ASCII",
    ),
    "amounts: how many, digits": (
        "amounts", "amounts a line", "amounts that begin with 1", "amounts that begin with 5 to 9",
        "amounts that end with 0", "largest amount, log",
    ),
    "words said twice": ("words said twice",),
}  # fmt: skip
"""Statistics by what they look at."""


def discriminator() -> list[Section]:
    """The AUC of telling made receipts from real ones, and the statistics that tell most."""
    folder = public_data()
    title = "Telling made receipts from real ones"
    if folder is None or not (folder.parent / "sroie").is_dir():
        return skipped(BENCHMARKS, title)
    real = [one for one in load("sroie", folder.parent / "sroie") if isinstance(one, Annotation)]
    papers = till_receipts(len(real), SEED, ("en",))
    made = list(annotations(papers))
    rows = [statistics(one) for one in (*made, *real)]
    names = sorted(rows[0])
    values = np.array([[row[name] for name in names] for row in rows])
    is_real = np.array([0] * len(made) + [1] * len(real))
    without_case = [at for at, name in enumerate(names) if name not in CASE]
    table: list[Row] = [
        ("all statistics, boosting", boosting(values, is_real), None, None),
        ("all statistics, linear", linear(values, is_real), None, None),
        ("without letters, boosting", boosting(values[:, without_case], is_real), None, None),
    ]
    for group, those in GROUPS.items():
        columns_of = [names.index(name) for name in those]
        table.append((group, boosting(values[:, columns_of], is_real), None, None))
    alone = sorted(((apart(values[:, at], is_real), at) for at in range(len(names))), reverse=True)
    table += [
        (f"{names[at]} alone", auc, float(median(values[is_real == 0, at])),
         float(median(values[is_real == 1, at])))
        for auc, at in alone[:MOST_TELLING]
    ]  # fmt: skip
    sentence = (
        f"{len(made)} receipts of tills made in English and {len(real)} of SROIE, told apart by "
        f"{len(names)} statistics of their transcripts, {FOLDS}-fold cross-validated; 0.5 would be "
        "that they cannot be. SROIE is one country and its transcripts are in capitals, so part of "
        "it is no fault of the made ones. Below, single statistics and their medians."
    )
    columns = ("told by", "AUC", "made", "real")
    return [Section(BENCHMARKS, title, sentence, columns, table)]


def statistics(one: Annotation) -> Mapping[str, float]:
    """What simple counts say of a transcript; shares are of its characters without spaces.

    Rules made of signs are left out: some transcripts have them and some do not.
    """
    one = replace(one, words=tuple(word for word in one.words if not RULE.fullmatch(word.text)))
    words = [word.text for word in one.words]
    text = "".join(words)
    lines = lines_of(one)
    amounts = AMOUNT.findall(" ".join(words))
    first = [next((d for d in amount if d in "123456789"), "0") for amount in amounts]
    size = max(len(text), 1)
    return {
        "words a page": len(words) / len(one.pages),
        "lines": float(len(lines)),
        "words a line": len(words) / max(len(lines), 1),
        "characters a line": fmean(map(len, lines)) if lines else 0.0,
        "spread of line lengths": float(np.std([len(line) for line in lines])) if lines else 0.0,
        "characters a word": len(text) / max(len(words), 1),
        "digits": sum(letter.isdigit() for letter in text) / size,
        "lower case": sum(letter.islower() for letter in text) / size,
        "capitals": sum(letter.isupper() for letter in text) / size,
        "signs": sum(not letter.isalnum() for letter in text) / size,
        "colons": text.count(":") / size,
        "hyphens": text.count("-") / size,
        "asterisks and number signs": sum(map(text.count, "*#")) / size,
        "beyond ASCII": sum(not letter.isascii() for letter in text) / size,
        "amounts": float(len(amounts)),
        "amounts a line": len(amounts) / max(len(lines), 1),
        "amounts that begin with 1": first.count("1") / max(len(first), 1),
        "amounts that begin with 5 to 9": sum(d in "56789" for d in first) / max(len(first), 1),
        "amounts that end with 0": sum(a.endswith("0") for a in amounts) / max(len(amounts), 1),
        "largest amount, log": float(np.log1p(max(map(value, amounts), default=0.0))),
        "words said twice": 1 - len({word.casefold() for word in words}) / max(len(words), 1),
        "height to width": one.pages[0].height / one.pages[0].width,
    }


def value(amount: str) -> float:
    """An amount as a number, whatever its signs."""
    return int(re.sub(r"\D", "", amount)) / 100


def lines_of(one: Annotation) -> list[str]:
    """The text of each row."""
    return [" ".join(one.words[at].text for at in row) for row in rows_of(one)]


def rows_of(one: Annotation) -> list[list[int]]:
    """The rows of a page, by the places of their words: middles less than half a height apart."""
    rows: list[list[int]] = []
    last = None
    order = sorted(range(len(one.words)), key=lambda at: (one.words[at].page,
                                                         one.words[at].box.middle_y))  # fmt: skip
    for at in order:
        word = one.words[at]
        height = word.box.height
        if last is None or last[0] != word.page or word.box.middle_y - last[1] > height / 2:
            rows.append([])
            last = (word.page, word.box.middle_y)
        rows[-1].append(at)
    return [sorted(row, key=lambda at: one.words[at].box.x0) for row in rows]


def boosting(values: np.ndarray, is_real: np.ndarray) -> float:
    """Cross-validated AUC of boosted trees."""
    return _auc(HistGradientBoostingClassifier(max_iter=60, random_state=SEED), values, is_real)


def linear(values: np.ndarray, is_real: np.ndarray) -> float:
    """Cross-validated AUC of a logistic regression."""
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    return _auc(model, values, is_real)


def _auc(model: object, values: np.ndarray, is_real: np.ndarray) -> float:
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED)
    said = cross_val_predict(model, values, is_real, cv=folds, method="predict_proba")[:, 1]
    return float(roc_auc_score(is_real, said))


def apart(values: np.ndarray, is_real: Sequence[int] | np.ndarray) -> float:
    """The AUC of one statistic, whichever side the real ones are on."""
    auc = float(roc_auc_score(is_real, values))
    return max(auc, 1 - auc)
