import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from assets.pictures import bars, calibration, confusion, distribution, trade

RNG = np.random.default_rng(1)
SCORES = RNG.beta(0.5, 4, 500)
TRUE = (RNG.random(500) < SCORES).astype(float)


def picture(markdown):
    """The picture that a line of Markdown holds."""
    found = re.fullmatch(r"!\[.+\]\(data:image/png;base64,(.+)\)", markdown.value)
    return Image.open(io.BytesIO(base64.b64decode(found[1])))


@pytest.mark.parametrize(
    "made",
    [
        lambda: distribution({"risk": SCORES, "anomaly_score": np.full(5, np.nan)}),
        lambda: bars({"Duplicate: exact": 12, "Price drift": 0}, "Findings by kind"),
        lambda: calibration({"own labels": (TRUE, {"champion": SCORES, "challenger": TRUE})}),
        lambda: calibration(
            {"few": (TRUE[:2], {"champion": SCORES[:2]}), "more": (TRUE, {"champion": SCORES})}
        ),
        lambda: confusion(
            {("ghost_vendor", "ghost_vendor"): 12, ("none", "dup_exact"): 3}, "planted", "named"
        ),
        lambda: trade({"champion": ([0.9, 0.4, 0.0], [0.0, 0.01, 0.2])}, "seen", "wrong"),
    ],
)
def test_a_picture_is_small_and_has_ink(made):
    markdown = made()
    assert len(markdown.value) < 60_000
    assert len(picture(markdown).convert("L").getcolors(256)) > 10


def test_the_same_numbers_give_the_same_picture():
    assert distribution({"risk": SCORES}).value == distribution({"risk": SCORES}).value
