"""A layered drawing of a directed acyclic graph, as SVG, in the manner of Sugiyama, Tagawa and Toda 1981.

Each box stands as low as what uses it allows. Edges that pass rows get an invisible box in each, so that they bend
around what stands there. Rows are put in order by the mean position of the neighbours, sweeping down and up a few
times, and then spread without overlaps around those means.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

__all__ = ["Box", "draw_svg"]

_LINE, _PADDING, _GAP, _ROW_GAP, _CHARACTER, _MARGIN = 15, 6, 16, 26, 6.9, 12
_SWEEPS = 8


class Box(NamedTuple):
    """A box to draw."""

    index: int
    lines: tuple[str, ...]  # escaped for XML
    fill: str
    dashed: bool
    inputs: tuple[int, ...]  # indices of boxes above
    group: str = ""  # attributes of an SVG group around the box, for a page that styles it or listens to it


def _rows(boxes: Sequence[Box]) -> dict[int, int]:
    row: dict[int, int] = {}
    for box in boxes:  # inputs come before what uses them
        row[box.index] = max((row[source] + 1 for source in box.inputs), default=0)
    uses = defaultdict(list)
    for box in reversed(boxes):
        row[box.index] = min(uses[box.index], default=row[box.index] + 1) - 1
        for source in box.inputs:
            uses[source].append(row[box.index])
    return row


def _with_bends(boxes: Sequence[Box], row: dict[int, int]) -> tuple[list[list[int]], list[list[int]]]:
    """Indices by row, and each edge as the chain of indices from row to row; bends have negative indices."""
    rows: list[list[int]] = [[] for _ in range(max(row.values(), default=-1) + 1)]
    for box in boxes:
        rows[row[box.index]].append(box.index)
    chains = []
    bends = 0
    for box in boxes:
        for source in box.inputs:
            chain = [source]
            for between in range(row[source] + 1, row[box.index]):
                bends += 1
                rows[between].append(-bends)
                chain.append(-bends)
            chains.append([*chain, box.index])
    return rows, chains


def _spread(wanted: Sequence[float], widths: Sequence[float]) -> list[float]:
    """Centres as near to the wanted ones, in their order, as boxes of these widths allow.

    Boxes that would overlap merge into a block around the mean of what its members want (pool adjacent violators).
    """
    offsets = [0.0]
    for left, right in pairwise(widths):
        offsets.append(offsets[-1] + (left + right) / 2 + _GAP)
    blocks: list[tuple[float, int]] = []  # mean of wanted - offset, members
    for target, offset in zip(wanted, offsets, strict=True):
        mean, count = target - offset, 1
        while blocks and blocks[-1][0] > mean:
            before, members = blocks.pop()
            mean, count = (mean * count + before * members) / (count + members), count + members
        blocks.append((mean, count))
    means = [mean for mean, count in blocks for _ in range(count)]
    return [mean + offset for mean, offset in zip(means, offsets, strict=True)]


def _centres(rows: list[list[int]], chains: Sequence[Sequence[int]], widths: Mapping[int, float]) -> dict[int, float]:
    above, below = defaultdict(list), defaultdict(list)
    for chain in chains:
        for upper, lower in pairwise(chain):
            above[lower].append(upper)
            below[upper].append(lower)
    centre = {}
    for members in rows:
        centre.update(zip(members, _spread([0.0] * len(members), [widths[m] for m in members]), strict=True))
    for sweep in range(_SWEEPS):
        neighbours, order = (above, rows) if sweep % 2 == 0 else (below, rows[::-1])
        for members in order:
            wanted = {}
            for member in members:
                linked = neighbours[member] or above[member] + below[member]
                wanted[member] = sum(centre[other] for other in linked) / len(linked) if linked else centre[member]
            members.sort(key=lambda member, wanted=wanted: wanted[member])
            targets, sizes = [wanted[member] for member in members], [widths[member] for member in members]
            centre.update(zip(members, _spread(targets, sizes), strict=True))
    return centre


def draw_svg(boxes: Sequence[Box]) -> str:
    """An SVG document with the boxes in rows and edges from inputs down to what uses them.

    Args:
      boxes: Boxes, each after its inputs.

    Returns:
      The document.

    Example:
      >>> draw_svg([Box(0, ("x",), "white", False, ())]).count("<rect")
      2

    Source:
      Sugiyama, Tagawa and Toda 1981.
    """
    row = _rows(boxes)
    rows, chains = _with_bends(boxes, row)
    by_index = {box.index: box for box in boxes}
    widths: dict[int, float] = defaultdict(float)
    widths.update({b.index: max(map(len, b.lines), default=0) * _CHARACTER + 2 * _PADDING for b in boxes})
    centre = _centres(rows, chains, widths)
    heights = [max((len(by_index[m].lines) for m in members if m >= 0), default=1) * _LINE + 8 for members in rows]
    tops = [_MARGIN + sum(heights[:number]) + number * _ROW_GAP for number in range(len(rows))]
    left = min((centre[index] - widths[index] / 2 for index in centre), default=0.0) - _MARGIN
    width = max((centre[index] + widths[index] / 2 for index in centre), default=0.0) + _MARGIN - left
    height = (tops[-1] + heights[-1] if rows else 0) + _MARGIN
    row_of = {member: number for number, members in enumerate(rows) for member in members}
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="{left:.1f} 0 {width:.1f} {height:.1f}" font-family="sans-serif" font-size="11">',
        '<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0L8 4L0 8z" fill="#374151"/></marker></defs>',
        f'<rect x="{left:.1f}" width="{width:.1f}" height="{height:.1f}" fill="white"/>',
    ]
    for chain in chains:
        points = []
        for index in chain:
            bottom = tops[row_of[index]] + heights[row_of[index]]
            top = bottom - (len(by_index[index].lines) * _LINE + 8) if index >= 0 else tops[row_of[index]]
            points += [(centre[index], top), (centre[index], bottom)]
        points = points[1:-1]  # from the first one's lower edge to the last one's upper edge
        path = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
        for number, ((x0, y0), (x1, y1)) in enumerate(pairwise(points)):
            middle = (y0 + y1) / 2
            straight = number % 2 == 1
            path += (
                f"L{x1:.1f} {y1:.1f}" if straight else f"C{x0:.1f} {middle:.1f} {x1:.1f} {middle:.1f} {x1:.1f} {y1:.1f}"
            )
        dashed = by_index[chain[0]].dashed or by_index[chain[-1]].dashed
        style = ' stroke-dasharray="4 3"' if dashed else ""
        parts.append(f'<path d="{path}" fill="none" stroke="#374151" marker-end="url(#arrow)"{style}/>')
    for box in boxes:
        x, w, h = centre[box.index] - widths[box.index] / 2, widths[box.index], len(box.lines) * _LINE + 8
        y = tops[row[box.index]] + heights[row[box.index]] - h
        style = ' stroke-dasharray="4 3"' if box.dashed else ""
        if box.group:
            parts.append(f"<g {box.group}>")
        parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{h}" rx="3" fill="{box.fill}" '
            f'stroke="#374151"{style}/>'
        )
        for number, line in enumerate(box.lines):
            baseline = y + 4 + _LINE * (number + 1) - 4
            colour = "#6b7280" if box.dashed or number else "#111827"
            parts.append(
                f'<text x="{centre[box.index]:.1f}" y="{baseline:.1f}" text-anchor="middle" '
                f'fill="{colour}">{line}</text>'
            )
        if box.group:
            parts.append("</g>")
    return "\n".join([*parts, "</svg>", ""])
