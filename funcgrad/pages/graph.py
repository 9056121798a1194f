"""The page of a graph: zoom with the wheel, drag, click a node and read what is known of it."""

import html
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from funcgrad.drawing import Box, draw_svg
from funcgrad.pages.page import page

__all__ = ["FILLS", "PageNode", "graph_page", "graph_picture"]

Kind = Literal["parameter", "input", "constant", "operation", "output"]

FILLS: dict[str, str] = {
    "parameter": "#bfdbfe",
    "input": "#e5e7eb",
    "constant": "#f3f4f6",
    "operation": "#ffffff",
    "output": "#bbf7d0",
}
_MEANINGS = {
    "parameter": "leaf that gets a gradient",
    "operation": "operation that backward visits",
    "output": "where backward begins",
    "stopped": "no gradient flows here",
}
_BODY = """\
<header>
<h1>{title}</h1>
<label>Find <input id="search" type="search" placeholder="name, then Enter" autocomplete="off"></label>
<output id="found" for="search"></output>
<span class="buttons"><button id="in" title="zoom in (+)">+</button><button id="out" title="zoom out (-)">−</button>\
<button id="fit" title="show all (0)">fit</button></span>
<ul class="legend">{legend}</ul>
</header>
<main>
<div id="picture">
{picture}</div>
<aside id="panel" aria-live="polite"><p class="hint">Click a node, or walk: Tab, then the arrow keys follow the edges. \
The wheel zooms, dragging moves.</p></aside>
</main>"""


class PageNode(NamedTuple):
    """A node of a graph, with what its panel says."""

    index: int
    kind: Kind
    name: str
    lines: tuple[str, ...]  # of its label
    flows: bool  # whether a gradient passes through
    inputs: tuple[int, ...]  # indices of nodes
    facts: Mapping[str, str | Sequence[str]]  # what the panel says, in this order


def _boxes(nodes: Sequence[PageNode], grouped: bool) -> list[Box]:
    boxes = []
    for node in nodes:
        label = html.escape(", ".join((*node.lines, *([] if node.flows else [_MEANINGS["stopped"]]))))
        group = (
            f'class="node {node.kind}{"" if node.flows else " stopped"}" data-index="{node.index}" tabindex="0" '
            f'role="button" aria-label="{label}"'
        )
        lines = tuple(map(html.escape, node.lines))
        boxes.append(
            Box(node.index, lines, FILLS[node.kind], not node.flows, node.inputs, group if grouped else "")
        )
    return boxes


def graph_picture(nodes: Sequence[PageNode]) -> str:
    """A graph as an SVG document: what no gradient passes through is dashed.

    Args:
      nodes: The nodes, each after its inputs.

    Returns:
      The document.

    Example:
      >>> graph_picture([PageNode(0, "input", "x", ("x",), False, (), {})])[:4]
      '<svg'
    """
    return draw_svg(_boxes(nodes, grouped=False))


def graph_page(nodes: Sequence[PageNode], title: str) -> str:
    """A graph as an HTML document that needs no other file and no network.

    Args:
      nodes: The nodes, each after its inputs.
      title: Its title.

    Returns:
      The document.

    Example:
      >>> node = PageNode(0, "input", "x", ("x", "(3,) float32"), False, (), {"dtype": "float32"})
      >>> "(3,) float32" in graph_page([node], "one node")
      True
    """
    users: dict[int, list[int]] = {node.index: [] for node in nodes}
    for node in nodes:
        for source in node.inputs:
            users[source].append(node.index)
    data = [
        {"name": node.name, "facts": dict(node.facts), "inputs": node.inputs, "users": users[node.index]}
        for node in nodes
    ]
    legend = "".join(f'<li class="{kind}">{meaning}</li>' for kind, meaning in _MEANINGS.items())
    picture = draw_svg(_boxes(nodes, grouped=True))
    body = _BODY.format(title=html.escape(title), legend=legend, picture=picture)
    by_index = {str(node.index): told for node, told in zip(nodes, data, strict=True)}
    return page(title, body, by_index, "graph")
