"""From a recorded step to its program: which arrays go in, in which order, and what the results are for."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from compat._capture.hosted import Turns
from compat._capture.numbers import Number, bare
from compat._capture.record import Recording
from compat._capture.rolling import rolled
from compat._capture.slots import Slot
from compat._engine.compile import program_for
from compat._engine.entry import Entry, struct
from compat._engine.instructions import decode
from compat._engine.live import Live
from compat._engine.packed import entries
from compat._engine.program import Program, concrete, host_put
from compat._engine.transfer import int_vector
from compat._engine.value import Value, target_of

LEAST_POOLED = 8  # small tensors of optimizers' states
LEAST_PACKED = 4  # small gradients: fewer are as quickly handed out one by one


class Plan:
    """The program of a step.

    Attributes:
      slots: The values of tensors that were there before: first those that are only written, then those that are
        overwritten, whose buffers are given away, then those only read, then small ones of optimizers' states, which
        go in and come out as one array.
      pooled: How many of the last kind; ``pool_at`` is the position of their array.
      blind: How many are only written.
      donated: How many are given away.
      changed: How many are written at all.
      settled: (slot, array) of those that always get the same elements, such as gradients that the step zeroes.
      takes: The positions of the arguments that the program reads.
      constants: The arrays that it reads besides.
      numbers: The Python numbers that it reads, as arrays.
      stale: Whether they may be others now.
      turns: Which of them change, and the schedulers that step in between.
      given: The values of the numbers among the step's arguments, and of those computed of them.
      always: Whether that is so at every call, because a scheduler steps or the step returns a number.
      source, program: The program, as recorded and compiled.
      picks: The positions, among the program's results, of the changed slots' new values.
      packed: Which of the gradients come out as one array; ``pack_at`` is its position.
      grads_at: (gradient, its position) of the others.
      writes: (argument, position of its new value).
      returns: Of each thing that the step returns: (kind, what it is made from).
    """

    def __init__(self, r: Recording) -> None:
        self.form, self.returns, fresh = r.form, r.returns, r.fresh
        fixed = _constant(r.program)
        settled = [s for s in r.slots if s.last is not s.first and s.last.slot >> 2 in fixed]
        changed = [s for s in r.slots if s.last is not s.first and s not in settled]
        grads = [g._v for _, g in r.grads]
        written = [(i, last) for i, (_, last) in enumerate(r.arguments) if last is not None]
        outs = [*(s.last for s in changed), *grads, *(v for _, v in written), *fresh]
        p = r.program
        code, renumbered = rolled(p, r.loops, sorted({v.slot >> 2 for v in outs}))
        # in the order of the code, so that the same step always is the same program
        self.packed = _worth_packing(grads, [*(s.last for s in changed), *(v for _, v in written), *fresh])
        pooled = _worth_pooling(r, code, changed, [*grads, *(v for _, v in written), *fresh])
        changed = [s for s in changed if s not in pooled]
        apart = {id(v) for v in (*(grads[i] for i in self.packed), *(s.last for s in pooled))}
        outs = [v for v in outs if id(v) not in apart]
        code, pool = _with_pool(p, code, pooled)
        m = len(pooled)

        def number_of(v: Any) -> int:
            return renumbered[v.slot >> 2] + m

        live = tuple(sorted({number_of(v) for v in outs}))
        n = len(renumbered) + m
        if self.packed:
            code += [entries([grads[i].aval for i in self.packed])[0], *(number_of(grads[i]) << 2 for i in self.packed)]
            live, n = (*live, n), n + 1
        if pooled:
            code += [entries([s.aval for s in pooled])[0], *(number_of(s.last) << 2 for s in pooled)]
            live += (n,)
        given = [*p.inputs, *pool]
        used = dict.fromkeys(x >> 2 for x in code if x.__class__ is int and x & 3 == 1)
        inputs = {id(given[k]): i for i, k in enumerate(used)}
        read = sorted((s for s in r.slots if id(s.first) in inputs), key=lambda s: inputs[id(s.first)])
        donated = [s for s in read if s in changed]
        blind = [s for s in changed if id(s.first) not in inputs]
        self.slots = [*blind, *donated, *(s for s in r.slots if s not in changed and s not in pooled), *pooled]
        self.pooled = m
        self.blind, self.donated, self.changed = len(blind), len(donated), len(changed)
        reads = [*donated, *(s for s in read if s not in changed)]
        self.reads = [self.slots.index(s) for s in reads]
        arguments = [first for first, _ in r.arguments]
        self.takes = [i for i, a in enumerate(arguments) if id(a) in inputs]
        order = [*pool, *(s.first for s in reads), *(arguments[i] for i in self.takes)]
        known = {id(v) for v in order}
        rest = [given[k] for k in used if id(given[k]) not in known]
        self.constants = [concrete(v) for v in rest]
        place = {id(v): i for i, v in enumerate([*order, *rest])}
        moving = [(k, x) for k, x in enumerate(p.floats) if x.__class__ is Live]
        self.turns = Turns(r.hosted, moving, r.told, [x for o in r.optimizers for x in o.live if x.turn and x.asked])
        self._given_floats, self._given_ints = ([(k, x.at) for k, x in enumerate(xs) if isinstance(x, Number)]
                                                for xs in (p.floats, p.ints))
        self.given: list[Any] = r.numbers.values
        self.always = bool(r.hosted or r.told)
        self.stale = False
        q = self.source = Program(p.device, 0)
        q.code = [place[id(given[x >> 2])] << 2 | 1 if x.__class__ is int and x & 3 == 1 else x for x in code]
        q.inputs, q.floats, q.ints = [*order, *rest], [*map(bare, p.floats)], [*map(bare, p.ints)]
        self.program = program_for(q, live, tuple(range(len(pool) + len(donated))))
        self.avals = [a.aval for a in arguments]
        q.inputs = []  # nobody needs the values any more
        order = self.program.order
        at = {n: i for i, n in enumerate(live if order is None else [live[k] for k in order])}

        def position(v: Any) -> int:
            return at[number_of(v)]

        self.picks = [position(s.last) for s in self.slots[:self.changed]]
        self.pack_at = at[len(renumbered) + m] if self.packed else -1
        self.pool_at = at[n] if pooled else -1
        self.grads_at = [(i, position(v)) for i, v in enumerate(grads) if i not in self.packed]
        self.writes = [(i, position(v)) for i, v in written]
        self.fresh_at = [(position(v), v.aval) for v in fresh]
        self.numbers = self._put()
        self.settled = [(s, _compute(fixed, s.last.slot >> 2, p.device)) for s in settled]

    def fresh(self, outs: list[Any]) -> list[Any]:
        """The arrays of new tensors among the results, with their avals."""
        return [(outs[k], a) for k, a in self.fresh_at]

    def _put(self) -> list[Any]:
        """The Python numbers as arrays on the device."""
        q = self.source
        made = [host_put(np.array(q.floats, np.float64), q.device)] if q.floats else []
        return made + ([host_put(int_vector(q.ints), q.device)] if q.ints else [])

    def refresh(self) -> bool:
        """Read the optimizers' numbers afresh, and let schedulers step; False if the step does not hold for them."""
        q = self.source
        floats, ints = q.floats[:], q.ints[:]
        for numbers, moving in ((floats, self._given_floats), (ints, self._given_ints)):
            for k, at in moving:
                numbers[k] = self.given[at]
        if not self.turns.take(floats):
            return False
        if floats != q.floats:
            q.floats = floats
            self.numbers[0] = host_put(np.array(floats, np.float64), q.device)
        if ints != q.ints:
            q.ints = ints
            self.numbers[-1] = host_put(int_vector(ints), q.device)
        self.stale = False
        return True


def _worth_packing(grads: list[Value], others: list[Value]) -> list[int]:
    """The positions of small gradients of one dtype: most are never looked at."""
    small = [i for i, v in enumerate(grads) if not v.aval.large and v not in others]
    small = [i for i in small if grads[i].aval.dtype == grads[small[0]].aval.dtype]
    return small if len(small) >= LEAST_PACKED else []


def _worth_pooling(r: Recording, code: list[Any], changed: list[Slot], others: list[Value]) -> list[Slot]:
    """Small tensors of one dtype in optimizers' states, each of which nobody else looks at in most steps."""
    states = {id(x) for o in r.optimizers for x in o.holds()}
    p, seen = r.program, {id(v) for v in others}
    read = {id(p.inputs[x >> 2]) for x in code if x.__class__ is int and x & 3 == 1}
    small = [s for s in changed if id(s.first) in read and len(s.tensors) == s.holders() == 1 and s.aval.ndim
             and id(s.tensors[0]) in states and not s.aval.large and id(s.last) not in seen]
    small = [s for s in small if s.aval.dtype == small[0].aval.dtype]
    return small if len(small) >= LEAST_POOLED else []


def _with_pool(p: Program, code: list[Any], pooled: list[Slot]) -> tuple[list[Any], list[Value]]:
    """The code with the pooled values taken from one array, and that array's place among the inputs."""
    if not pooled:
        return code, []
    unpack = entries([s.aval for s in pooled])[1]
    flat = Value()
    flat.aval, flat.buf, flat.num, flat.safe, flat.prog, flat.slot = unpack.ins[0], None, None, None, None, 0
    at = {id(s.first): j << 2 for j, s in enumerate(pooled)}
    moved: list[Any] = [unpack, len(p.inputs) << 2 | 1]
    for x in code:
        if x.__class__ is int and not x & 3:
            x += len(pooled) << 2
        elif x.__class__ is int and x & 3 == 1:
            x = at.get(id(p.inputs[x >> 2]), x)
        moved.append(x)
    return moved, [flat]


def _constant(p: Program) -> dict[int, tuple[Entry, tuple[int, ...], int]]:
    """The results that are the same whatever the inputs are, with their instructions."""
    found: dict[int, tuple[Entry, tuple[int, ...], int]] = {}
    for instruction in decode(p.code):
        e, slots, first = instruction
        if e.constant or all(not s & 3 and s >> 2 in found for s in slots):
            found.update(dict.fromkeys(range(first, first + len(e.outs)), instruction))
    return found


def _compute(known: dict[int, tuple[Entry, tuple[int, ...], int]], k: int, device: Any) -> Any:
    """The array of such a result."""
    e, slots, first = known[k]
    with jax.enable_x64(True), jax.default_device(target_of(device)):
        if e.constant:
            given = [jnp.zeros(x.shape, x.dtype) for x in map(struct, e.ins)]
        else:
            given = [_compute(known, s >> 2, device) for s in slots]
        return e.fn(*given)[k - first]


__all__ = ["Plan"]
