"""Made documents arrive as pictures whose words stand where their boxes are."""

import io

import numpy as np
from PIL import Image

from ledgergraph.corpora.company import make_company
from ledgergraph.corpora.degradation.made import degraded_documents
from ledgergraph.corpora.degradation.presets import own_presets
from ledgergraph.corpora.rendering import documents
from ledgergraph.corpora.rendering.shops import till_receipts
from ledgergraph.corpora.rendering.variety import varied
from ledgergraph.corpora.sampling import families

PRESETS = [own_presets()[name] for name in ("scan", "photo")]


def test_each_page_of_a_paper_is_a_picture_of_one_preset() -> None:
    papers = make_company(11, invoices=200, months=6).papers[:3]
    made = list(documents(papers, ("pdf", "png", "ubl"), dpi=75))
    found = list(degraded_documents(made, PRESETS, 3, dpi=75))
    assert {one.derived_from for one, _ in found} <= {one.annotation.annotation_id for one in made}
    assert len(found) == sum(len(one.annotation.pages) for one in made)
    assert len({one.name for one, _ in found}) == len(found)
    assert {one.preset for one, _ in found} <= {"scan", "photo"}
    assert list(degraded_documents(made, PRESETS, 3, dpi=75)) == found


def test_words_are_darker_or_lighter_than_the_paper_around_them() -> None:
    papers = make_company(11, invoices=200, months=6).papers[:2]
    for one, data in degraded_documents(documents(papers), PRESETS, 5):
        with Image.open(io.BytesIO(data)) as picture:
            grey = np.asarray(picture.convert("L"), float)
        inked = [
            np.ptp(grey[round(box.y0) : round(box.y1), round(box.x0) : round(box.x1)]) > 40
            for box in (word.box for word in one.words)
        ]
        assert np.mean(inked) > 0.97


def test_all_pages_of_a_long_paper_are_of_its_family() -> None:
    papers = varied(make_company(11, invoices=200, months=6).papers, 11)
    made = next(one for one in documents(papers) if len(one.annotation.pages) > 1)
    found = [one for one, _ in degraded_documents([made], PRESETS, 3, dpi=50)]
    assert len(found) == len(made.annotation.pages)
    every = [made.annotation, *found]
    ids, derived = [one.annotation_id for one in every], [one.derived_from for one in every]
    assert set(families(ids, derived)) == {made.annotation.annotation_id}


def test_only_receipts_wear_as_thermal_paper_does() -> None:
    worn, scan = own_presets()["worn_receipt"], own_presets()["scan"]
    letters = list(documents(make_company(11, invoices=200, months=6).papers[:6]))
    receipts = list(documents(till_receipts(6, 11)))
    found = {one.preset for one, _ in degraded_documents(letters, [worn, worn, scan], 3, dpi=50)}
    assert found == {"scan"}
    found = {one.preset for one, _ in degraded_documents(receipts, [worn, worn, scan], 3, dpi=50)}
    assert "worn_receipt" in found
    alone = {one.preset for one, _ in degraded_documents(letters[:1], [worn], 3, dpi=50)}
    assert alone == {"worn_receipt"}
