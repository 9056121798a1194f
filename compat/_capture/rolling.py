"""Loops over batches in a step: what was recorded once a batch becomes one scan.

The step iterates over `Batches`, which note where each round begins. The rounds after the first are compared,
instruction by instruction: if they differ only in the batch, in numbers, and in reading what the round before left,
then one of them is the body. A loop for which that is not so stays as it was recorded, round after round.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import jax
import jax.numpy as jnp

from compat._capture.numbers import Number, bare
from compat._engine.entry import Entry
from compat._engine.instructions import decode
from compat._engine.live import Live
from compat._engine.program import Captured, Program, captured

LEAST_ROUNDS = 3
Instruction = tuple[Entry, tuple[int, ...], tuple[int, ...]]  # the entry, its slots, the numbers of its results
_loops: dict[tuple, Entry] = {}


class Batches(list):
    """The batches that a loader gave."""

    def __iter__(self) -> Iterator[Any]:
        """One batch after the other."""
        p = captured()
        if p is None:
            return super().__iter__()
        return self._noting(p, Captured.watcher.loops)

    def _noting(self, p: Program, loops: list[list[int]]) -> Iterator[Any]:
        marks: list[int] = []
        for batch in super().__iter__():
            marks.append(p.n)
            yield batch
        marks.append(p.n)
        loops.append(marks)


def rolled(p: Program, loops: Sequence[list[int]], live: Sequence[int]) -> tuple[list[Any], dict[int, int]]:
    """The code that these results need, its loops rolled, and the new number of each result in it."""
    instructions: list[Instruction] = [(e, slots, tuple(range(first, first + len(e.outs))))
                                       for e, slots, first in decode(p.code)]
    for marks in sorted(loops, reverse=True):
        if len(marks) > LEAST_ROUNDS:
            instructions = _Roll(p, instructions, marks, live).done()
    wanted, kept = set(live), []
    for e, slots, outs in reversed(instructions):
        if not wanted.isdisjoint(outs):
            kept.append((e, slots, outs))
            wanted.update(s >> 2 for s in slots if not s & 3)
    code: list[Any] = []
    number: dict[int, int] = {}
    for e, slots, outs in reversed(kept):
        for k in outs:
            number[k] = len(number)
        code.append(e)
        code += [s if s & 3 else number[s >> 2] << 2 for s in slots]
    return code, number


class _Unlike(Exception):
    """The rounds are not the same."""


class _Roll:
    """One loop."""

    def __init__(self, p: Program, instructions: list[Instruction], marks: list[int], live: Sequence[int]) -> None:
        self.p, self.instructions, self.marks = p, instructions, marks
        bounds = list(zip(marks, marks[1:], strict=False))
        rounds = [[x for x in instructions if a <= x[2][0] < b] for a, b in bounds]
        self.rounds = rounds[1:]  # the first may begin what the others find
        self.before = [x for x in instructions if x[2][0] < marks[1]]
        self.after = [x for x in instructions if x[2][0] >= marks[-1]]
        self.where = [{k: (i, j) for i, x in enumerate(r) for j, k in enumerate(x[2])} for r in self.rounds]
        read = {s >> 2 for _, slots, _ in self.after for s in slots if not s & 3} | set(live)
        self.read = [sorted(read & w.keys()) for w in self.where]
        self.carried: dict[tuple[int, int], int] = {}  # (instruction, output) -> slot before the loop
        self.fixed: dict[tuple[int, Any], int] = {}  # (slot, what it is read as) -> its position
        self.varying: dict[tuple[int, ...], Any] = {}  # slots, one a round -> what they are read as

    def done(self) -> list[Instruction]:
        """The instructions with a scan in the place of the loop; as they were if the rounds are not the same."""
        try:
            body = tuple((x[0], tuple(self._operand(i, a) for a in range(len(x[1]))))
                         for i, x in enumerate(self._alike()))
        except _Unlike:
            return self.instructions
        return [*self.before, self._scan(body), *self.after]

    def _alike(self) -> list[Instruction]:
        first = self.rounds[0]
        for r in self.rounds[1:]:
            if len(r) != len(first) or any(x[0] is not y[0] for x, y in zip(r, first, strict=True)):
                raise _Unlike
        return first

    def _operand(self, i: int, a: int) -> tuple[str, Any]:
        """What an operand of the body is: from this round, the round before, the outside, or the batch."""
        slots = [r[i][1][a] for r in self.rounds]
        want = self.rounds[0][i][0].ins[a]
        if all(not s & 3 for s in slots[1:]):
            here = {w.get(s >> 2) for s, w in zip(slots, self.where, strict=True)}
            if len(here) == 1 and None not in here and not slots[0] & 3:
                return "own", here.pop()
            past = {w.get(s >> 2) for s, w in zip(slots[1:], self.where, strict=False)}
            if len(past) == 1 and None not in past:
                at = past.pop()
                if self.carried.setdefault(at, slots[0]) != slots[0]:
                    raise _Unlike
                return "carried", at
        if len({s & 3 for s in slots}) > 1:
            raise _Unlike
        if len(set(slots)) == 1 or (slots[0] & 3 > 1 and self._same_numbers(slots)):
            if not slots[0] & 3 and slots[0] >> 2 >= self.marks[1]:
                raise _Unlike
            return "fixed", self.fixed.setdefault((slots[0], want), len(self.fixed))
        if not slots[0] & 3:
            raise _Unlike
        self.varying[tuple(slots)] = want
        return "varying", list(self.varying).index(tuple(slots))

    def _same_numbers(self, slots: list[int]) -> bool:
        numbers = self.p.floats if slots[0] & 3 == 2 else self.p.ints
        given = [numbers[s >> 2] for s in slots]
        places = {(*x.place[1:], x.turn) if x.__class__ is Live else x.at if isinstance(x, Number) else None
                  for x in given}
        return len({(x.__class__, bare(x)) for x in given}) == len(places) == 1

    def _scan(self, body: tuple) -> Instruction:
        n, last = len(self.rounds), self.rounds[-1]
        carried = list(self.carried)
        kept = sorted({self.where[k][x] for k, xs in enumerate(self.read) for x in xs
                       if k < n - 1 or self.where[k][x] not in self.carried})
        picked = [(k, kept.index(self.where[k][x])) for k, xs in enumerate(self.read) for x in xs
                  if self.where[k][x] in kept]
        numbers = [x for k, xs in enumerate(self.read) for x in xs if self.where[k][x] in kept]
        final = [at for at in carried if last[at[0]][2][at[1]] not in numbers]
        kinds = [last[i][0].outs[j] for i, j in carried]
        ins = [*kinds, *(want for _, want in self.fixed), *(w for w in self.varying.values() for _ in range(n))]
        outs = [*(last[i][0].outs[j] for i, j in final), *(last[kept[y][0]][0].outs[kept[y][1]] for _, y in picked)]
        key = (body, n, tuple(carried), tuple(kept), tuple(picked), tuple(final), tuple(ins))
        e = _loops.get(key)
        if e is None:
            e = _loops[key] = Entry("loop", _loop(body, n, carried, kept, picked, final, len(self.fixed),
                                                  len(self.varying)), ins, outs)
            e.renews = tuple(map(carried.index, final))
        slots = (*self.carried.values(), *(s for s, _ in self.fixed), *(s for group in self.varying for s in group))
        return e, slots, (*(last[i][2][j] for i, j in final), *numbers)


def _loop(body: tuple, n: int, carried: list, kept: list, picked: list, final: list, fixed: int, varying: int) -> Any:
    def raw(*arrays: Any) -> tuple:
        c = len(carried)
        given = arrays[c:c + fixed]
        rest = arrays[c + fixed:]
        groups = tuple(jnp.stack(rest[k * n:(k + 1) * n]) for k in range(varying))

        def one(state: tuple, x: tuple) -> tuple[tuple, tuple]:
            sources = {"carried": dict(zip(carried, state, strict=True)), "fixed": given, "varying": x, "own": {}}
            for i, (e, operands) in enumerate(body):
                results = e.fn(*[sources[kind][at] for kind, at in operands])  # type: ignore[index]
                sources["own"].update({(i, j): r for j, r in enumerate(results)})  # type: ignore[union-attr]
            own = sources["own"]
            return tuple(own[at] for at in carried), tuple(own[at] for at in kept)  # type: ignore[index]

        state, seen = jax.lax.scan(one, arrays[:c], groups, length=n)
        return (*(state[carried.index(at)] for at in final), *(seen[y][k] for k, y in picked))

    return raw


__all__ = ["Batches", "rolled"]
