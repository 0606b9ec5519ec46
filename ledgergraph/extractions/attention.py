"""Whether a picture that was seen badly will do all the same, by what can be read of it.

Belongs here: reading the words of one look, and the route that would follow. Not here: the
other ways of looking (retries) and the route of the document in the end (quality).

A page on the fast route is not looked at again: what decides was read surely, it adds up, and
earlier documents of its vendor and layout were right. That good letters are looked at again
where a field is unsure was tried and gained nothing, so that no route does it.
"""

from ledgergraph.evidence import Page
from ledgergraph.extractions.choosing import choose
from ledgergraph.extractions.engines import Picture, Sight
from ledgergraph.extractions.pictures import Scan, recognised_page
from ledgergraph.extractions.quality import route_of
from ledgergraph.extractions.readers.learned import Chooser
from ledgergraph.extractions.readers.page import read_page
from ledgergraph.extractions.retries import Enough
from ledgergraph.extractions.routing import FAST, Routes, Shape
from ledgergraph.extractions.rules.document import parts_of
from ledgergraph.extractions.upright import read_upright
from ledgergraph.extractions.vendor_memory import NOTHING, VendorMemory, layout_of, vendors_in

NAME = "picture"


def attention(
    model: Chooser | None, memory: VendorMemory = NOTHING, routes: Routes | None = None
) -> Enough:
    """Says of a picture whether its first look will do, by a reader and what is remembered."""

    def is_enough(picture: Picture, sight: Sight) -> bool:
        if not memory.history:  # nothing was ever right before
            return False
        size = float(picture.width), float(picture.height)
        scan = Scan(Page(NAME, 0, *size, "px"), None, 1.0)
        page, words = recognised_page(scan, sight, NAME)
        found = read_upright(read_page, NAME, [page], words, model).readings
        parts = parts_of(choose(found))
        if not parts:
            return False
        header = {one.field: one for one in found if one.line is None}
        vendors = vendors_in({name: one.value for name, one in header.items()})
        past = memory.past(vendors, layout_of(header, {(NAME, 0): size}))
        shape = Shape(items=len(parts[0].lines), text_quality=page.quality or 0.0)
        return route_of(parts[0], shape, 1.0, (), past, routes).route == FAST

    return is_enough
