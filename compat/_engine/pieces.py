"""Programs that run in pieces which other programs have too.

A program that will not come again is not worth compiling as a whole; but its pieces may come again. Which ones is
learnt from what comes: at first every operation is a piece, and two pieces that often follow each other become one. A
program is taken apart from its beginning, always by the longest piece that is known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar

from compat._engine.bundle import array_of
from compat._engine.entry import Entry
from compat._engine.program import Program

OFTEN = 8  # so many times two pieces must have followed each other; the more were joined already, the more often
DEAR = 16  # so many operations more take as long again to compile
LONGEST = 96  # operations of a piece
MOST = 1 << 14  # pairs, and forms of pieces, that we count


class _Word:
    """Operations one after the other, as a place in a tree.

    Attributes:
      following: The words of one operation more.
      known: Whether they are a piece.
      first: How many of them are the first of the two pieces that were joined; 0 for a single operation.
      ran: Whether the piece was ever compiled.
    """

    __slots__ = ("first", "following", "known", "ran")

    def __init__(self) -> None:
        self.following: dict[Entry, _Word] = {}
        self.known = self.ran = False
        self.first = 0


class _Learnt:
    """What is known of all programs so far."""

    root = _Word()
    pairs: ClassVar[dict[tuple[_Word, _Word], int]] = {}  # how often two pieces followed each other
    forms: ClassVar[dict[tuple, int]] = {}  # how often a piece came in a form that is not compiled
    joined = 0


def parts(instructions: list) -> Iterator[tuple[Entry, tuple[int, ...], Sequence[int]]]:
    """(entry, input slots, numbers of its results); an operation on lists of tensors as one for each position."""
    for e, slots, first in instructions:
        if e.parts is None:
            yield e, slots, range(first, first + len(e.outs))
        else:
            for part, ins, outs in e.parts():
                yield part, tuple([slots[i] for i in ins]), [first + j for j in outs]


def _phases(e: Entry) -> list[int]:
    """The phase of each of an operation's parts: 1 in an optimizer's step."""
    return [0] if e.parts is None else [1] * len(e.parts())


def worth(form: tuple) -> bool:
    """Whether another form of a piece, of other results say, came often enough to be compiled."""
    return _count(_Learnt.forms, form) > OFTEN


def _enough(size: int) -> int:
    """How often two pieces of so many operations must have followed each other to be worth a compilation."""
    return max(OFTEN, _Learnt.joined) * (1 + size // DEAR)


def _count(times: dict[Any, int], key: Any) -> int:
    if len(times) >= MOST:
        times.clear()
    n = times[key] = times.get(key, 0) + 1
    return n


def forget() -> None:
    """Begin to learn anew."""
    _Learnt.root, _Learnt.joined = _Word(), 0
    _Learnt.pairs.clear()
    _Learnt.forms.clear()


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
          run: Returns a piece's results; None if it is not known in this form, unless it must be run.
        """
        self._p, self._run, self._live = p, run, live
        self._inputs = [array_of(v) for v in p.inputs]
        self._work = list(parts(instructions))
        self._entries = [e for e, _, _ in self._work]
        self._phases = [phase for e, _, _ in instructions for phase in _phases(e)]
        self._last: dict[int, int] = {}  # result -> the operation that reads it last
        for k, (_, slots, _) in enumerate(self._work):
            for slot in slots:
                if not slot & 3:
                    self._last[slot >> 2] = k
        self._last.update(dict.fromkeys(live, len(self._work)))
        self._done: dict[int, list[int]] = {}  # operation -> the results that nobody needs after it
        for r, k in self._last.items():
            self._done.setdefault(k, []).append(r)
        self._env: dict[int, Any] = {}

    def results(self) -> list[Any]:
        """Run it; its live results."""
        words = self._words()
        for begin, end, word in self._joined(words):
            self._piece(begin, end, word)
        return [self._env[i] for i in self._live]

    def _words(self) -> list[tuple[int, int, _Word]]:
        """The program in known pieces, each as long as can be: (begin, end, word)."""
        entries, phases, n = self._entries, self._phases, len(self._entries)
        words, at = [], 0
        while at < n:
            word = _Learnt.root
            best, end, phase = None, at + 1, phases[at]
            for k in range(at, min(n, at + LONGEST)):
                following = word.following.get(entries[k]) if phases[k] == phase else None
                if following is None:
                    break
                word = following
                if word.known:
                    best, end = word, k + 1
            if best is None:
                best = _Learnt.root.following.setdefault(entries[at], _Word())
                best.known = True
            words.append((at, end, best))
            at = end
        return words

    def _joined(self, words: list[tuple[int, int, _Word]]) -> Iterator[tuple[int, int, _Word]]:
        """The pieces, of which those that often follow each other are one from now on."""
        k = 0
        while k < len(words):
            begin, end, word = words[k]
            k += 1
            if k < len(words):
                _, after, other = words[k]
                if (self._phases[begin] == self._phases[end] and after - begin <= LONGEST
                        and _count(_Learnt.pairs, (word, other)) > _enough(after - begin)):
                    first, end, k = end - begin, after, k + 1
                    word = _Learnt.root
                    for e in self._entries[begin:end]:
                        word = word.following.setdefault(e, _Word())
                    word.known, word.first = True, first
                    _Learnt.joined += 1
            yield begin, end, word

    def _piece(self, begin: int, end: int, word: _Word | None) -> None:
        single = end - begin == 1
        piece, made = self._describe(begin, end)
        results = self._run(piece, single or (word is not None and not word.ran))
        if results is None:  # not in this form
            middle = begin + (word.first if word is not None else (end - begin) // 2)
            for first, last in ((begin, middle), (middle, end)):
                self._piece(first, last, self._word(first, last))
            return
        if word is not None:
            word.ran = True
        self._env.update(zip(made, results, strict=True))
        for k in range(begin, end):
            for r in self._done.get(k, ()):
                self._env.pop(r, None)  # one that was made and read in the same piece never came out of it

    def _word(self, begin: int, end: int) -> _Word | None:
        word: _Word | None = _Learnt.root
        for e in self._entries[begin:end]:
            word = word.following.get(e) if word is not None else None
        return word if word is not None and word.known else None

    def _describe(self, begin: int, end: int) -> tuple[Piece, list[int]]:
        """(some operations as a piece, which results come out of it).

        An array that several of them read is given once for each: a layer that is used twice makes no other piece than
        two layers.
        """
        last, env, inputs, numbers = self._last, self._env, self._inputs, (self._p.floats, self._p.ints)
        piece = Piece()
        code, arrays, outs, taken = piece.code, piece.arrays, piece.outs, (piece.floats, piece.ints)
        made, n = [], 0
        place: dict[int, int] = {}  # slot in the whole program -> slot in the piece
        for e, slots, results in self._work[begin:end]:
            code.append(e)
            for slot in slots:
                mine = place.get(slot)
                if mine is None:
                    kind, i = slot & 3, slot >> 2
                    if kind < 2:
                        mine = len(arrays) << 2 | 1
                        arrays.append(inputs[i] if kind else env[i])
                    else:
                        kept = taken[kind - 2]
                        mine = place[slot] = len(kept) << 2 | kind
                        kept.append(numbers[kind - 2][i])
                code.append(mine)
            for r in results:
                place[r << 2] = n << 2
                if last.get(r, -1) >= end:
                    made.append(r)
                    outs.append(n)
                n += 1
        return piece, made


__all__ = ["Piece", "Pieces", "forget", "parts", "worth"]
