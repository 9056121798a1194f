"""The page of a timeline: lanes of bars along one axis of time."""

import html
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from funcgrad.pages.page import page

__all__ = ["Bar", "timeline_page"]

CLASSES = ("python", "compile", "xla", "read")
_BODY = """\
<header>
<h1>{title}</h1>
<span class="buttons"><button id="in" title="zoom in (+)">+</button><button id="out" title="zoom out (-)">−</button>\
<button id="fit" title="show all (0)">fit</button></span>
<ul class="legend">{legend}</ul>
</header>
<main>
<div id="scroll" tabindex="-1"><div id="lanes"></div></div>
<aside id="panel" aria-live="polite"><p class="hint">Click a bar, or walk: Tab, then the arrow keys. The wheel zooms, \
Shift and the wheel scroll.</p></aside>
</main>"""


class Bar(NamedTuple):
    """Something that took time, or, with no seconds, happened at one moment."""

    lane: int
    start: float  # in seconds
    seconds: float
    name: str
    facts: Mapping[str, str | Sequence[str]]  # what the panel says, in this order


def timeline_page(bars: Sequence[Bar], lanes: Sequence[str], title: str) -> str:
    """Bars in lanes as an HTML document that needs no other file and no network.

    Args:
      bars: What happened, in order.
      lanes: What the lanes are called, at most four.
      title: The page's title.

    Returns:
      The document.

    Example:
      >>> text = timeline_page([Bar(0, 0.0, 0.25, "relu", {})], ["Python"], "A step")
      >>> text.count('"seconds": 0.25')
      1
    """
    entries = [*zip(CLASSES, lanes, strict=False), ("cut", "cut")]
    legend = "".join(f'<li class="{kind}">{html.escape(name)}</li>' for kind, name in entries)
    told = [{**bar._asdict(), "facts": dict(bar.facts)} for bar in bars]
    data = {"lanes": list(lanes), "classes": CLASSES, "bars": told}
    return page(title, _BODY.format(title=html.escape(title), legend=legend), data, "timeline")
