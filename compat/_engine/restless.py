"""Lines whose programs do not repeat.

Most loops record the same program each time. One that builds another graph each step (random depth, trees) would have
one compiled each time, though its operations are always the same ones. After some such programs from one line, those
that consist of known operations are run operation by operation; one that comes back soon is compiled after all.
"""

from __future__ import annotations

import collections
import logging
from collections.abc import Sequence
from typing import Any

from compat._engine import metrics

MISSES = 16  # new programs of a line before it counts as restless
RUNS_A_MISS = 4  # if in that time there were at most so many runs, of any programs, for each new one
MANY = 64  # compilations of a line that are worth a remark
RECENT = 8  # a program that comes again within so many new ones of its line repeats
MAX_LINES = 4096
ONCE = 2  # so many programs in a row, each of them run once, make a line restless as well,
LONG = 64  # if a new one has so many operations that it is not worth compiling for one more run,
WORTH = 2  # and did not come so often before: episodes of one length do, by chance,
NEW = 24  # and at most so many different ones that are not known: these alone are compiled
SHORT = 16  # of a restless line's programs, those with so many operations
RARE = 8  # of which at most one in so many is new (a text that grows by a word) run in pieces too
_log = logging.getLogger("compat")


class _Line:
    """A Python line, as the place where programs are cut.

    Attributes:
      runs: How many programs had been run, of any line, at each of the last new programs.
      recent: The last new programs.
      compiled: How many programs were compiled here since the line became restless.
      entries: The operations of the program compiled last.
      made: The programs compiled last.
    """

    __slots__ = ("compiled", "entries", "made", "recent", "runs")

    def __init__(self) -> None:
        self.runs: collections.deque[int] = collections.deque(maxlen=MISSES)
        self.recent: collections.deque[tuple] = collections.deque(maxlen=RECENT)
        self.compiled = 0
        self.entries: Sequence[Any] = ()
        self.made: collections.deque[Any] = collections.deque(maxlen=ONCE)


_lines: dict[str, _Line] = {}
_seen: set[Any] = set()  # the entries of all programs compiled so far


def apart(key: tuple, entries: Sequence[Any]) -> bool:
    """Whether a new program is to run in pieces instead of being compiled.

    Args:
      key: What the program is known by.
      entries: Its operations.
    """
    where = metrics.user_line()
    line = _lines.get(where)
    if line is None:
        if len(_lines) >= MAX_LINES:
            _lines.clear()
        line = _lines[where] = _Line()
    times = line.recent.count(key)
    line.recent.append(key)
    runs = metrics.cuts.total()
    line.runs.append(runs)
    restless = len(line.runs) == MISSES and runs - line.runs[0] <= MISSES * RUNS_A_MISS
    new = {e for e in entries if e not in _seen}
    # an episode, whose length is never the same, follows many runs of its steps, which are
    once = len(line.made) == ONCE and all(program.runs <= 1 for program in line.made)
    _seen.update(new)
    if restless:
        if not times and (not new or (len(entries) >= SHORT and len(new) * RARE <= len(entries))):
            return True
    elif once and times < WORTH and len(entries) >= LONG and len(new) <= NEW:
        return True
    if restless:
        line.compiled += 1
        if line.compiled == MANY:
            _remark(where, line, entries)
    else:
        line.compiled = 0
    line.entries = entries
    return False


def compiled(program: Any) -> Any:
    """The program, of which note is taken: it is compiled whole, and counts its runs."""
    line = _lines.get(metrics.user_line())
    if line is not None:  # a single operation is in one piece anyway
        line.made.append(program)
    return program


def _remark(where: str, line: _Line, entries: Sequence[Any]) -> None:
    _log.warning("%s: %d programs compiled, nearly one each time that this line runs, for %s. Each costs far more time "
                 "than it saves: let shapes come from a small set (pad to a few lengths), and keep what changes in "
                 "tensors. This is said once for the line; compat.metrics() counts on.", where, MISSES - 1 + MANY,
                 _reason(line.entries, entries))


def _reason(before: Sequence[Any], now: Sequence[Any]) -> str:
    """What makes two programs differ."""
    for old, new in zip(before, now, strict=False):
        if old is not new:
            if old.name == new.name:
                return f"the sizes in {new.name} differ: {_sizes(new)} now, {_sizes(old)} before"
            return f"its operations differ: {new.name} now, where {old.name} was before"
    if len(before) != len(now):
        return f"the number of its operations differs: {len(now)} now, {len(before)} before"
    return "what its operations are applied to, or what is kept of their results, differs"


def _sizes(e: Any) -> str:
    ins, outs = ([list(a.shape) for a in avals if not isinstance(a, type)] for avals in (e.ins, e.outs))
    return " ".join([*map(str, ins), "to", *map(str, outs)])


def forget() -> None:
    """Begin anew."""
    _lines.clear()
    _seen.clear()


__all__ = ["apart", "compiled", "forget"]
