"""Programs that run in pieces which other programs have too.

A program that will not come again is not worth compiling as a whole; but its pieces may come again, the shorter the
sooner. So it is cut where the operations themselves say, at three levels; a piece that came often enough is compiled,
another is cut into shorter ones, down to single operations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar

from compat._engine.bundle import array_of
from compat._engine.entry import Entry
from compat._engine.program import Program
from compat._engine.restless import pieces

LEVELS = ((4, 24), (2, 10), (1, 4))  # (reach, most operations): see `restless.pieces`
OFTEN = 8  # so many times a piece must have come before it is compiled; the more are compiled already, the more often
MOST_PIECES = 1 << 14  # that we count



class _Count:
    """How often pieces came, and how many of them were worth compiling."""

    times: ClassVar[dict[tuple, int]] = {}
    worth = 0


def parts(instructions: list) -> Iterator[tuple[Entry, tuple[int, ...], Sequence[int]]]:
    """(entry, input slots, numbers of its results); an operation on lists of tensors as one for each position."""
    for e, slots, first in instructions:
        if e.parts is None:
            yield e, slots, range(first, first + len(e.outs))
        else:
            for part, ins, outs in e.parts():
                yield part, tuple([slots[i] for i in ins]), [first + j for j in outs]


def worth(key: tuple) -> bool:
    """Whether a piece, which comes once more, came often enough to be compiled."""
    times = _Count.times
    if len(times) >= MOST_PIECES:
        times.clear()
    n = times[key] = times.get(key, 0) + 1
    if n <= max(OFTEN, _Count.worth):
        return False
    _Count.worth += 1
    return True


def forget() -> None:
    """Begin to count anew."""
    _Count.times.clear()
    _Count.worth = 0


class Piece:
    """Operations that run together.

    Attributes:
      code: Their code.
      outs: The numbers of the results that are needed, in it.
      arrays: The arrays that they read.
      floats: The floating numbers that they read.
      ints: The integers that they read.
    """

    __slots__ = ("arrays", "code", "floats", "ints", "outs")

    def __init__(self) -> None:
        """No operations."""
        self.arrays: list[Any] = []
        self.floats: list[float] = []
        self.ints: list[int] = []
        self.code: list[Any] = []
        self.outs: list[int] = []

    @property
    def key(self) -> tuple:
        """What its program is known by."""
        return tuple(self.code), tuple(self.outs), (), len(self.floats), len(self.ints)


class Pieces:
    """A program that is run in pieces."""

    def __init__(self, p: Program, instructions: list, live: tuple[int, ...],
                 run: Callable[[Piece, bool], Sequence[Any] | None]) -> None:
        """A program with its live results, and what runs a piece.

        Args:
          p: The program.
          instructions: Its instructions.
          live: The numbers of its live results.
          run: Returns a piece's results; None if it is not known, unless it must be run.
        """
        self._p, self._run, self._live = p, run, live
        self._work = list(parts(instructions))
        self._entries = [e for e, _, _ in self._work]
        self._last: dict[int, int] = {}  # result -> the operation that reads it last
        for k, (_, slots, _) in enumerate(self._work):
            self._last.update((slot >> 2, k) for slot in slots if not slot & 3)
        self._last.update(dict.fromkeys(live, len(self._work)))
        self._done: dict[int, list[int]] = {}  # operation -> the results that nobody needs after it
        for r, k in self._last.items():
            self._done.setdefault(k, []).append(r)
        self._env: dict[int, Any] = {}

    def results(self) -> list[Any]:
        """Run it; its live results."""
        self._cut(0, len(self._work), 0)
        return [self._env[i] for i in self._live]

    def _cut(self, begin: int, end: int, level: int) -> None:
        """Run some of the operations, in pieces of a level."""
        if level == len(LEVELS):
            bounds = list(range(begin, end + 1))
        else:
            of = pieces(self._entries[begin:end], *LEVELS[level])
            bounds = [begin, *[begin + k for k in range(1, end - begin) if of[k] != of[k - 1]], end]
        for first, last in zip(bounds, bounds[1:], strict=False):
            self._piece(first, last, level)

    def _piece(self, begin: int, end: int, level: int) -> None:
        piece, made = self._describe(begin, end)
        results = self._run(piece, end - begin == 1)
        if results is None:
            self._cut(begin, end, level + 1)
            return
        self._env.update(zip(made, results, strict=True))
        for k in range(begin, end):
            for r in self._done.get(k, ()):
                self._env.pop(r, None)  # one that was made and read in the same piece never came out of it

    def _describe(self, begin: int, end: int) -> tuple[Piece, list[int]]:
        """(some operations as a piece, which results come out of it)."""
        p, last = self._p, self._last
        piece, made = Piece(), []
        given = piece.arrays, piece.floats, piece.ints
        place: dict[int, int] = {}  # slot in the whole program -> slot in the piece
        code, n = piece.code, 0
        for e, slots, results in self._work[begin:end]:
            code.append(e)
            for slot in slots:
                mine = place.get(slot)
                if mine is None:
                    kind, i = slot & 3, slot >> 2
                    kept = given[kind - 1 if kind else 0]
                    mine = place[slot] = len(kept) << 2 | (kind or 1)
                    kept.append(self._env[i] if kind == 0 else array_of(p.inputs[i]) if kind == 1
                                else p.floats[i] if kind == 2 else p.ints[i])
                code.append(mine)
            for r in results:
                place[r << 2] = n << 2
                if last.get(r, -1) >= end:
                    made.append(r)
                    piece.outs.append(n)
                n += 1
        return piece, made


__all__ = ["Piece", "Pieces", "forget", "parts", "worth"]
