"""Loops that read a number every few operations: the programs that come next run together with the one that is asked.

Each read cuts, and a program of a few small operations takes longer to call than to compute. Where the same programs
come round again, on inputs that can be told beforehand, those up to the next one that cannot be told are merged into
one. Their results wait. When the loop has recorded the same operations on the same inputs, it is given them; when it
does something else, they are dropped and nothing happened.

That costs one compilation more, late in the run, so it is only done once the calls have cost about as much.
"""

from __future__ import annotations

import collections
import functools
import itertools
import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any
from weakref import ref

import jax.numpy as jnp
import numpy as np

from compat._engine import metrics
from compat._engine.bundle import Bundle
from compat._engine.grouped import apart
from compat._engine.value import Aval, Value

if TYPE_CHECKING:
    from compat._engine.program import Program

READS = 2000  # small programs run for a read: their calls took about as long as a compilation
LATER = 4  # so many times as many until the next try, where nothing came round or it did not last
ROUNDS = 3  # of a loop are compared
LONGEST = 64  # programs of a round
WORTH = 8  # programs to merge, where all of a short round can be told beforehand
GROUP = 7  # of the programs are a part of the merged one
MOST = 49  # programs to merge, with
RESULTS = 128  # so many results and
LONGEST_CODE = 4096  # so much code
LEAST = 0.3  # of a round's programs that need not be called any more
MISSES = 8  # programs in a row that were not expected, or chains that nobody wanted all of, until we give up
_NUMBERS = {np.dtype(t) for t in (np.float32, np.float64, np.int32, np.int64, np.bool_)}


class Ran:
    """A program that ran.

    Its values are weakly referenced: one that a program to come can read is held by somebody else, and one that only
    the next program holds can be given away to it.

    Attributes:
      program: It, compiled.
      mergeable: Whether it may be part of a chain.
      code: Its code.
      at: The numbers of the results that could be held.
      plain: Whether these are its last ones, one after the other.
      held: The positions among these of those that were.
      floats: Its floating numbers.
      ints: Its integers.
      signs: The signs of the floating numbers, if some are zero.
      inputs: Its inputs.
      kinds: Their avals.
      alive: The results that were held.
      avals: Their avals.
      known: The references, in a set: one that was hashed in time stays hashable.
    """

    __slots__ = ("alive", "at", "avals", "code", "floats", "held", "inputs", "ints", "kinds", "known", "mergeable",
                 "plain", "program", "signs")

    def __init__(self, p: Program, program: Any, held: list[int], mergeable: bool) -> None:
        """Keep what the pending program is about to let go."""
        self.program, self.mergeable, self.code, self.held = program, mergeable, p.code, held
        self.at, self.floats, self.ints = p.numbers(), p.floats, p.ints
        self.plain = self.at == list(range(p.n - len(self.at), p.n))
        self.signs = _signs(p.floats) if 0.0 in p.floats else None
        alive = [p.vals[i] for i in held]
        self.inputs, self.alive = [ref(v) for v in p.inputs], [ref(v) for v in alive]
        self.kinds, self.avals = [v.aval for v in p.inputs], [v.aval for v in alive]
        self.known = {*self.inputs, *self.alive}

    def matches(self, p: Program, held: list[int]) -> bool:
        """Whether a pending program is this one, up to its inputs and numbers."""
        return self.code == p.code and self.held == held and (
            self.plain and not p.at and len(p.vals) == len(self.at) or self.at == p.numbers())

    def numbers_are(self, floats: list[float], ints: list[int]) -> bool:
        """Whether these are its numbers, to the bit."""
        return self.floats == floats and self.ints == ints and (self.signs is None or self.signs == _signs(floats))


def _signs(floats: list[float]) -> list[float]:
    return [math.copysign(1.0, x) for x in floats]


class Chain:
    """Programs of a round that run as one.

    The pool of their values holds the first program's inputs, what the others read that was there before the chain, and
    the live results of one program after the other.

    Attributes:
      steps: The programs, as they ran last.
      outside: What the later ones read that was there before: (programs back from the first, position among that one's
        live results), or the value that it always is.
      kinds: The avals of these.
      places: Of each program, the positions of its inputs in the pool.
      gives: Of each program and each of its live results, its number among the arrays that the merged program returns;
        or ``-1 - k``, if it is only read, as number ``k``.
      arrays: Their positions in the pool; after them come vectors of numbers.
      program: The merged program, once it was called.
    """

    __slots__ = ("_numbers", "_offsets", "arrays", "gives", "kinds", "outside", "places", "program", "steps")

    def __init__(self, steps: list[Ran], sources: list[list[Any]], only_read: list[list[bool]]) -> None:
        """Programs, where the inputs of each come from, and which results are only read."""
        self.steps, self.program = steps, None
        first = len(steps[0].inputs)
        outside: dict[Any, int] = {}
        self.kinds: list[Aval] = []
        for k, sources_of in enumerate(sources[1:], 1):
            for source, kind in zip(sources_of, steps[k].kinds, strict=True):
                if not isinstance(source, ref):
                    if source[0] <= k:
                        continue
                    source = source[0] - k, source[1]
                if source not in outside:
                    outside[source] = first + len(outside)
                    self.kinds.append(kind)
        self.outside = list(outside)
        starts = list(itertools.accumulate((len(step.alive) for step in steps), initial=first + len(outside)))
        self.places = [list(range(first))]
        for k, sources_of in enumerate(sources[1:], 1):
            self.places.append([outside[s] if isinstance(s, ref) else
                                outside[s[0] - k, s[1]] if s[0] > k else starts[k - s[0]] + s[1] for s in sources_of])
        self.gives = [[0] * len(step.alive) for step in steps]
        self.arrays: list[int] = []
        self._numbers: dict[np.dtype, list[int]] = {}  # of each dtype, their positions in the pool
        where: dict[int, tuple[int, int]] = {}
        for k, flags in enumerate(only_read):
            for j, flag in enumerate(flags):
                where[starts[k] + j] = k, j
                if flag:
                    self._numbers.setdefault(steps[k].avals[j].dtype, []).append(starts[k] + j)
                else:
                    self.gives[k][j] = len(self.arrays)
                    self.arrays.append(starts[k] + j)
        for n, at in enumerate(itertools.chain.from_iterable(self._numbers.values())):
            k, j = where[at]
            self.gives[k][j] = -1 - n
        self._offsets = list(zip(itertools.accumulate((len(step.floats) for step in steps), initial=0),
                                 itertools.accumulate((len(step.ints) for step in steps), initial=0), strict=True))

    def compute(self, floats: Any, ints: Any, arrays: Sequence[Any]) -> list[Any]:
        """The merged program, as a function of its numbers (None for none) and arrays."""
        pool = list(arrays)
        for first in range(0, len(self.steps), GROUP):
            pool += apart(functools.partial(self._compute_some, first))(floats, ints, *pool)
        return [pool[at] for at in self.arrays] + [jnp.stack([pool[at] for at in of]) for of in self._numbers.values()]

    def _compute_some(self, first: int, floats: Any, ints: Any, *pool: Any) -> list[Any]:
        known = list(pool)
        for k in range(first, min(first + GROUP, len(self.steps))):
            known += apart(functools.partial(self._compute_one, k))(floats, ints, *[known[i] for i in self.places[k]])
        return known[len(pool):]

    def _compute_one(self, k: int, floats: Any, ints: Any, *arrays: Any) -> list[Any]:
        step, (f, i) = self.steps[k], self._offsets[k]
        results = step.program.compute(floats[f:f + len(step.floats)] if step.floats else None,
                                       ints[i:i + len(step.ints)] if step.ints else None, arrays)
        order = step.program.order
        return results if order is None else [results[order.index(j)] for j in range(len(results))]


class Ahead:
    """What a thread's loop does, as far as it is known.

    Attributes:
      chain: The chain whose results wait; None while none do.
      watching: Whether what runs is told to ``ran``.
    """

    __slots__ = ("_at", "_calls", "_chains", "_due", "_failed", "_missed", "_needed", "_next", "_past", "_pool",
                 "_reads", "_recent", "_results", "_round", "chain", "watching")

    def __init__(self) -> None:
        """Nothing seen."""
        self._due = READS
        self.forget()

    def forget(self) -> None:
        """Drop what is known of the loop, and what waits."""
        self._reads, self.watching = 0, False
        self._past: list[Ran] = []
        self._round: list[Any] = []  # its programs
        self._chains: dict[int, Chain] = {}  # by the position of their first program in the round
        self._needed: set[int] = set()  # positions of programs whose results chains read from outside
        # the results of such programs among the last ones
        self._recent: collections.deque[Sequence[ref[Value]]] = collections.deque(maxlen=(ROUNDS + 1) * LONGEST)
        self._at = self._missed = self._failed = 0
        self._drop()

    def _drop(self) -> None:
        self.chain: Chain | None = None
        self._next = self._calls = 0
        self._pool: list[Value] = []
        self._results: list[list[Any]] = []

    def _give_up(self) -> None:
        self.forget()
        self._due *= LATER

    # ---- what ran ----------------------------------------------------------------------------------------------------

    def read(self) -> None:
        """A small program ran for a read."""
        self._reads += 1
        self.watching = self._reads >= self._due

    def ran(self, p: Program, program: Any, held: list[int], mergeable: bool) -> None:
        """Take note of a program that ran by itself."""
        if self._round:
            self._follow(program)
            self._came([p.vals[i] for i in held])
            return
        self._past.append(Ran(p, program, held, mergeable))
        if len(self._past) == (ROUNDS + 1) * LONGEST:
            self._learn(self._past)
            self._past = []

    def _follow(self, program: Any) -> None:
        if self._round[self._at] is program:
            self._missed = 0
            return
        self._missed += 1
        if self._missed > MISSES:
            self._give_up()
        elif program in self._round:
            self._at = self._round.index(program)

    def _came(self, alive: list[Value]) -> None:
        """The program at this position of the round has run."""
        if self._round:
            self._recent.append([ref(v) for v in alive] if self._at in self._needed else ())
            self._at = (self._at + 1) % len(self._round)

    def _learn(self, past: list[Ran]) -> None:
        """Find the round that the loop goes through, and in it the programs whose inputs can be told."""
        programs = [r.program for r in past]
        size = next((t for t in range(1, LONGEST + 1)
                     if programs[-t:] == programs[-2 * t:-t] == programs[-3 * t:-2 * t]), None)
        if size is None:
            self._give_up()
            return
        came: dict[ref[Value], tuple[int, int]] = {}  # where each value came from: (which program, which result)
        sources: list[list[Any]] = []
        for i, r in enumerate(past):
            sources.append([(i - came[v][0], came[v][1]) if v in came else None for v in r.inputs])
            came.update((v, (i, j)) for j, v in enumerate(r.alive))
        first = len(past) - size
        for i in range(first, len(past)):
            for q, v in enumerate(past[i].inputs):
                if sources[i][q] is None or sources[i][q] != sources[i - size][q]:
                    sources[i][q] = v if v is past[i - size].inputs[q] else None
        told = [r.mergeable and None not in sources[i] and all(
            r.numbers_are(past[k].floats, past[k].ints) for k in (i - size, i - 2 * size))
            for i, r in enumerate(past[first:], first)]
        inputs = {v for r in past for v in r.inputs}
        only_read = [[not a.shape and a.dtype in _NUMBERS and v not in inputs
                      for v, a in zip(r.alive, r.avals, strict=True)] for r in past[first - size:first]]
        saved = 0
        for start, length in _runs(told, [r.mergeable for r in past[first:]]):
            at = [first + (start + k) % size for k in range(length)]
            if sum(len(past[i].code) for i in at) > LONGEST_CODE or sum(len(past[i].alive) for i in at) > RESULTS:
                continue
            chain = self._chains[start] = Chain([past[i] for i in at], [sources[i] for i in at],
                                                [only_read[i - first] for i in at])
            self._needed.update((start - o[0]) % size for o in chain.outside if not isinstance(o, ref))
            saved += min(length, size) - 1
        if saved < size * LEAST:
            self._give_up()
            return
        self._round = programs[first:]
        self._recent.extend(r.alive for r in past)

    # ---- what comes next ---------------------------------------------------------------------------------------------

    def begin(self, p: Program, held: list[int]) -> tuple[Chain, list[float], list[int], list[Any]] | None:
        """The chain that a pending program begins, with the merged program's floats, integers and arrays."""
        chain = self._chains.get(self._at)
        if chain is None or not chain.steps[0].matches(p, held):
            return None
        values = [o() if isinstance(o, ref) else self._value(*o) for o in chain.outside]
        if any(v is None or v.aval is not a for v, a in zip(values, chain.kinds, strict=True)):
            return None
        pool = p.inputs + values
        arrays = [v.buf for v in pool]
        kinds = set(map(type, arrays))
        if type(None) in kinds or Bundle in kinds:
            return None
        floats, ints = p.floats, p.ints
        for step in chain.steps[1:]:
            floats, ints = floats + step.floats, ints + step.ints
        self._pool = pool
        return chain, floats, ints, arrays

    def _value(self, back: int, result: int) -> Value | None:
        values = self._recent[-back]
        return values[result]() if result < len(values) else None

    def given(self, chain: Chain, results: Sequence[Any]) -> None:
        """Keep the merged program's results until the loop asks for them."""
        numbers = [x for vector in results[len(chain.arrays):] for x in np.asarray(vector).tolist()]
        self._results = [[results[g] if g >= 0 else numbers[-1 - g] for g in gives] for gives in chain.gives]
        self.chain, self._next, self._calls = chain, 0, metrics.calls

    def answer(self, p: Program, held: list[int]) -> bool:
        """Give a pending program the results that wait, if they are its own."""
        chain, k, pool = self.chain, self._next, self._pool
        step = chain.steps[k]
        if k and not (step.matches(p, held) and p.inputs == [pool[i] for i in chain.places[k]]
                      and step.numbers_are(p.floats, p.ints)
                      and self._calls == metrics.calls):  # no captured step has given a value another array
            self._failed += 1
            if self._failed > MISSES:
                self._give_up()
            self._drop()
            return False
        alive = [p.vals[i] for i in held]
        for v, g, x in zip(alive, chain.gives[k], self._results[k], strict=True):
            if g >= 0:
                v.buf = x
            else:
                v.num = x
        self._missed = 0
        self._came(alive)
        self._next = k + 1
        if k + 1 == len(chain.steps):
            self._failed = 0
            self._drop()
        else:
            pool += alive
        return True


def _runs(told: list[bool], mergeable: list[bool]) -> Iterator[tuple[int, int]]:
    """(first position in the round, number of programs) of each chain of at least two."""
    size = len(told)
    if all(told):
        if size <= MOST:
            yield 0, size * -(-WORTH // size)
            return
        starts = [0]
    else:
        starts = [k for k in range(size) if not told[k]]
    for start, end in zip(starts, [*starts[1:], starts[0] + size], strict=True):
        first = start if mergeable[start] else start + 1
        for at in range(first, end, MOST):
            length = min(MOST, end - at)
            if length > 1:
                yield at % size, length
