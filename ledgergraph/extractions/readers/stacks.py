"""Which lines of text describe which row of a table: above its amount, beside or below it.

Rows are told by the gaps between their lines. Programs place amounts at the top of a row, at
its foot or in its middle; where rows stand so close that no gap tells, most rows decide.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from ledgergraph.evidence import Box
from ledgergraph.extractions.readers.layout import Cell

NEAR = 0.9
"""An amount this many line heights above or below a stack of lines may belong to it."""
FEW = 0.25
"""Below this share of amounts with text beside them, texts stand between amounts."""
TOUCHING = 0.6
"""Text is beside an amount, or the lines of a text around it, within so many line heights."""
STEPS = 12
"""Gaps of different size that are tried, at most."""
NEARER = 0.85
"""The stack below is the nearer one if its gap is less than this share of the gap above."""
LEADING = 0.75
"""A stack without an amount goes on from the one before within a gap of so many heights."""


@dataclass
class _Stack:
    """Lines that follow each other closely, and the amounts that stand beside them."""

    cells: list[Cell]
    anchors: list[int] = field(default_factory=list)

    @property
    def box(self) -> Box:
        return Box.around([cell.box for cell in self.cells])


def described(anchors: Sequence[Box], texts: Sequence[Cell]) -> list[list[Cell]]:
    """The cells of text of each anchor; anchors and cells come from top to bottom.

    Text far from all anchors, as the title of a group of rows, is nobody's.
    """
    if not anchors or not texts:
        return [[] for _ in anchors]
    lines = _lines(texts)
    gaps = [max(0.0, other[0].box.y0 - _bottom(one)) for one, other in pairwise(lines)]
    height = sorted(cell.box.height for cell in texts)[len(texts) // 2]
    beside = sum(
        any(_away(line[0].box, anchor.middle_y) < TOUCHING * height for line in lines)
        for anchor in anchors
    )
    if beside < FEW * len(anchors):
        return _between(anchors, lines)
    best = max(
        (_stacked(anchors, lines, gaps, limit, height) for limit in _limits(gaps, height)),
        key=lambda stacks: _score(stacks, anchors, height),
    )
    return _assigned(anchors, best, height)


def _between(anchors: Sequence[Box], lines: Sequence[list[Cell]]) -> list[list[Cell]]:
    """Where no text stands beside an amount: it stands below all of them, or above."""
    found: list[list[Cell]] = [[] for _ in anchors]
    is_below = lines[0][0].box.middle_y > anchors[0].middle_y
    for line in lines:
        middle = line[0].box.middle_y
        before = sum(anchor.middle_y < middle for anchor in anchors)
        number = before - 1 if is_below else before
        if 0 <= number < len(anchors):
            found[number].extend(line)
    return found


def _lines(texts: Sequence[Cell]) -> list[list[Cell]]:
    """Cells that share a line, together."""
    found: list[list[Cell]] = []
    for cell in sorted(texts, key=lambda cell: (cell.box.middle_y, cell.box.x0)):
        before = found[-1][0].box if found else None
        if before and cell.box.middle_y - before.middle_y < 0.45 * min(
            before.height, cell.box.height
        ):
            found[-1].append(cell)
        else:
            found.append([cell])
    return [sorted(line, key=lambda cell: cell.box.x0) for line in found]


def _bottom(line: Sequence[Cell]) -> float:
    return max(cell.box.y1 for cell in line)


def _limits(gaps: Sequence[float], height: float) -> list[float]:
    """Gaps from which on a new stack begins: those there are, in tenths of a line, and none."""
    sizes = sorted({round(10 * gap / height) for gap in gaps}, reverse=True)
    return [float("inf"), *((size - 0.5) * height / 10 for size in sizes[:STEPS])]


def _stacked(
    anchors: Sequence[Box], lines: Sequence[list[Cell]], gaps: Sequence[float], limit: float,
    height: float,
) -> list[_Stack]:  # fmt: skip
    stacks = [_Stack(list(lines[0]))]
    for line, gap in zip(lines[1:], gaps, strict=True):
        if gap >= limit:
            stacks.append(_Stack([]))
        stacks[-1].cells.extend(line)
    boxes = [stack.box for stack in stacks]
    at = 0
    for number, anchor in enumerate(anchors):
        middle = anchor.middle_y
        while at + 1 < len(boxes) and _away(boxes[at + 1], middle) <= _away(boxes[at], middle):
            at += 1
        if _away(boxes[at], middle) <= NEAR * height:
            stacks[at].anchors.append(number)
    return stacks


def _away(box: Box, middle: float) -> float:
    """How far a height is above or below a box; 0 beside it."""
    return max(box.y0 - middle, middle - box.y1, 0.0)


def _score(stacks: Sequence[_Stack], anchors: Sequence[Box], height: float) -> float:
    """Best where each anchor has a stack of its own, and few stacks have none.

    Most texts begin beside their amounts; text below the last row says that all do.
    """
    alone = [stack for stack in stacks if len(stack.anchors) == 1]
    idle = sum(not stack.anchors for stack in stacks)
    low = sum(
        anchors[stack.anchors[0]].middle_y - stack.cells[0].box.middle_y > height for stack in alone
    )
    against = 0.9 if not stacks[-1].anchors else 0.35
    return len(alone) - 0.3 * idle - against * low - 1e-3 * len(stacks)


def _assigned(anchors: Sequence[Box], stacks: Sequence[_Stack], height: float) -> list[list[Cell]]:
    found: list[list[Cell]] = [[] for _ in anchors]
    for number, stack in enumerate(stacks):
        if len(stack.anchors) == 1:
            found[stack.anchors[0]].extend(stack.cells)
        elif stack.anchors:
            for own, cells in _shared(anchors, stack, height).items():
                found[own].extend(cells)
        elif (owner := _owner(stacks, number, height)) is not None:
            found[owner].extend(stack.cells)
    for cells in found:
        cells.sort(key=lambda cell: cell.line)  # within a line as they stand
    return found


def _owner(stacks: Sequence[_Stack], number: int, height: float) -> int | None:
    """The anchor that a stack without one belongs to: of its nearer neighbour, or none."""
    above, below = (_gap(stacks, number, step) for step in (-1, 1))
    step = 1 if below < NEARER * above else -1
    at = number
    while _gap(stacks, at, step) <= LEADING * height:
        at += step
        if stacks[at].anchors:
            return stacks[at].anchors[-1 if step < 0 else 0]
    return None


def _gap(stacks: Sequence[_Stack], number: int, step: int) -> float:
    """How far a stack is from the one before (-1) or after it (1); infinite where none is."""
    if not 0 <= number + step < len(stacks):
        return float("inf")
    own, other = stacks[number].box, stacks[number + step].box
    return max(other.y0 - own.y1, own.y0 - other.y1)


def _shared(anchors: Sequence[Box], stack: _Stack, height: float) -> dict[int, list[Cell]]:
    """The cells of a stack with several anchors: by where the first and the last line stand."""
    own = stack.anchors
    first, last = stack.cells[0].box.middle_y, max(cell.box.middle_y for cell in stack.cells)
    slack = 0.6 * height
    is_top = abs(first - anchors[own[0]].middle_y) < slack
    is_foot = not is_top and abs(last - anchors[own[-1]].middle_y) < slack
    found: dict[int, list[Cell]] = {}
    for cell in stack.cells:
        middle = cell.box.middle_y
        if is_top:
            able = [n for n in own if anchors[n].middle_y <= middle + slack] or own[:1]
            chosen = able[-1]
        elif is_foot:
            able = [n for n in own if anchors[n].middle_y >= middle - slack] or own[-1:]
            chosen = able[0]
        else:
            chosen = min(own, key=lambda n: abs(anchors[n].middle_y - middle))
        found.setdefault(chosen, []).append(cell)
    return found
