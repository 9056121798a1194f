"""Execution: a pending program becomes one jitted XLA call.

A program is found by its code and by which results are still alive (reference counts tell: what only the program holds
is dead, and never leaves XLA). The buffers that only the program still holds, say a parameter's old value, are donated.
"""

from __future__ import annotations

import collections
import contextlib
import itertools
import pathlib
import threading
import time
from collections.abc import Callable, Sequence
from sys import getrefcount
from typing import Any

import jax
import numpy as np

from compat._engine import allocator, doubtful, grouped, host, metrics, pieces, restless
from compat._engine import bundle as B
from compat._engine.ahead import Ahead
from compat._engine.bundle import PLAIN, Bundle, Group, Layout, Wish, array_of
from compat._engine.cache import persistent_cache
from compat._engine.compiled import WORTH_A_THREAD, WORTH_WAITING, Compiled, effort, work
from compat._engine.inline import Loads, inline
from compat._engine.instructions import decode, needed, order_of
from compat._engine.packed import Packed
from compat._engine.pieces import Piece, Pieces, parts, worth
from compat._engine.program import Captured, Execution, Program, Tracer, Watch, ctx, fresh
from compat._engine.several import mesh_of, together
from compat._engine.transfer import int_vector, put
from compat._engine.value import CPU, Aval, Value, target_of

MAX_PROGRAMS = 2048
MAX_MAPPINGS = 40_000  # a program's code is mapped in a dozen or more pieces; Linux allows a process 65,530
WAITED = ("value read", "reads that come round", "value read by another thread")  # cuts that somebody waits for
MUCH = 1 << 28  # work: a program that takes so long need not save some microseconds by bundles
MAX_AHEAD = 1 << 20  # bytes: what a program that runs ahead reads and makes
_lock = threading.RLock()
_programs: dict[tuple, Any] = {}
_wishes: dict[tuple, list[Wish]] = {}  # of programs whose inputs had better be laid out otherwise than they came
_on_host: dict[tuple, Callable[..., list[Any]]] = {}  # of programs without inputs: (code, what is held, of how many)
_passing: collections.deque[Any] = collections.deque()  # bundles of results that may be let go one by one
_floor = list(map(getrefcount, [object()]))[0]  # references that the list and the call themselves hold


def run(p: Program, reason: str) -> None:
    """Execute a program of this thread and start an empty one."""
    if p.__class__ is Captured:
        p.refuse(reason)  # type: ignore[attr-defined]
        return
    state = ctx.now
    if state.watch is not None:
        state.watch.cut(p, reason)
    if state.prog is p:
        state.prog = fresh(p.device)
    vals = p.vals
    held = [i for i, c in enumerate(map(getrefcount, vals)) if c > _floor]
    ahead = state.ahead
    try:
        if not p.inputs and not p.at and (on_host := _on_host.get((tuple(p.code), tuple(held), len(vals)))) is not None:
            _give_numbers(p, held, on_host)
        elif held and (ahead.chain is None or not ahead.answer(p, held)):
            with _lock:
                if ahead.watching and state.watch is None:
                    _look_ahead(ahead, p, held, reason)
                else:
                    program = _execute(p, held, reason)
                    if reason == "value read" and program.__class__ is Compiled and program.small:
                        ahead.read()
    except BaseException:
        if state.prog.n == 0:
            state.prog = p  # nothing is lost: the same values are still pending
        raise
    metrics.cuts[reason] += 1
    metrics.recorded += p.n
    p.code, p.vals, p.inputs = [], [], []


def _execute(p: Program, held: list[int], reason: str) -> Compiled | list:
    """Run a program for the results that are held; it, or its instructions if it ran in pieces."""
    inputs, vals, numbers = p.inputs, p.vals, p.numbers()
    alive = [vals[i] for i in held]
    live = tuple([numbers[i] for i in held])
    donate = _donatable(inputs, alive) if inputs else ()
    program, results = _results(p, live, donate, reason)
    if program.__class__ is list:
        donate = ()
    elif program.bundles:
        for (group, ks), flat in zip(program.bundles, results[len(program.order):], strict=True):
            B.hand_out(group, flat, [alive[k] for k in ks], _passing)
        alive, results = [alive[k] for k in program.order], results[:len(program.order)]
    elif program.host is not None:
        for v, x in zip(alive, results, strict=True):
            v.num = x
        if not inputs and numbers[0] == p.n - len(vals):
            _on_host[tuple(p.code), tuple(held), len(vals)] = program.host
        return program
    elif program.order is not None:
        alive = [alive[k] for k in program.order]
    for v, a in zip(alive, results, strict=True):
        v.buf = a
    for i in donate:
        inputs[i].buf = None
    return program


def _give_numbers(p: Program, held: list[int], function: Callable[..., list[Any]]) -> None:
    with np.errstate(all="ignore"):
        for i, x in zip(held, function(p.floats, p.ints, ()), strict=True):
            p.vals[i].num = x


def _results(p: Program, live: tuple[int, ...], donate: tuple[int, ...], reason: str) -> tuple[Any, Sequence[Any]]:
    """(a program, or its instructions if it ran in pieces; its live results: numbers if it ran on the host)."""
    program, arrays = _program(p, live, donate)
    if type(program) is list:
        return program, Pieces(p, program, live, lambda piece, must: _run_piece(p, piece, reason, must)).results()
    if program.host is not None:
        with np.errstate(all="ignore"):
            return program, program.host(p.floats, p.ints, [np.asarray(a) for a in arrays])
    args = _with_numbers(program, p, arrays, p.floats, p.ints)
    return program, call_program(program, args, p, reason)


def _look_ahead(ahead: Ahead, p: Program, held: list[int], reason: str) -> None:
    """Run a program with those that are known to follow it, if there are any; else by itself, and take note of it."""
    begun = ahead.begin(p, held)
    if begun is None:
        program = _execute(p, held, reason)
        ahead.ran(p, program, held, program.__class__ is Compiled and _mergeable(program, p, held))
        return
    chain, floats, ints, args = begun
    if chain.program is None:
        chain.program = Compiled(chain.compute, bool(floats), bool(ints), (), sum(s.program.work for s in chain.steps))
    args = _with_numbers(chain.program, p, args, floats, ints)
    ahead.given(chain, call_program(chain.program, args, p, "reads that come round"))
    ahead.answer(p, held)


def _mergeable(program: Compiled, p: Program, held: list[int]) -> bool:
    """Whether a program that ran may run ahead: a small one, on arrays (those that it gave away are none any more)."""
    values = [*p.inputs, *[p.vals[i] for i in held]]
    return (program.small and program.host is None and sum(v.aval.nbytes for v in values) <= MAX_AHEAD
            and not any(v.num is not None or isinstance(v.buf, Tracer | Bundle) for v in values))


def _program(p: Program, live: tuple[int, ...], donate: tuple[int, ...]) -> tuple[Compiled | list, list[Any]]:
    """(the program, or its instructions if it is a new one that should run in pieces; its input arrays)."""
    buffers = [v.buf for v in p.inputs]
    layout, arrays = B.given(p.inputs, buffers) if Bundle in map(type, buffers) else (PLAIN, buffers)
    form = (tuple(p.code), live, donate, len(p.floats), len(p.ints))
    program = _programs.get((form, layout))
    if program is not None:
        return program, arrays
    wishes = _wishes.get((form, layout))
    if wishes is not None:
        wished, there = B.given(p.inputs, buffers, wishes)
        program = _programs.get((form, wished))
        if program is not None:
            return program, there
    instructions = needed(decode(p.code), live)
    if p.device == CPU and host.suits(instructions):
        _make_room()
        program = _programs[form, PLAIN] = _build(p, instructions, live, donate)
        program.host = host.function_of(instructions, live, [v.aval for v in p.inputs])
        return program, [array_of(v) for v in p.inputs]
    if len(instructions) > 1 and restless.apart(form, [e for e, _, _ in parts(instructions)]):
        return instructions, []
    groups: list[Group] = []
    if mesh_of(arrays) is None and work(instructions) < MUCH:
        groups = B.groups(instructions, live)
        wishes = [Wish(g.form, g.renewed) for g in groups if g.renewed]
        if wishes:
            if len(_wishes) >= MAX_PROGRAMS:
                _wishes.clear()
            _wishes[form, layout] = wishes
            layout, arrays = B.given(p.inputs, buffers, wishes)
            program = _programs.get((form, layout))
            if program is not None:
                return program, arrays
    _make_room()
    program = _programs[form, layout] = restless.compiled(_build(p, instructions, live, donate, layout, groups))
    return program, arrays


def program_for(p: Program, live: tuple[int, ...], donate: tuple[int, ...]) -> Compiled:
    """The compiled program of these results, whatever its size, that gives these inputs away."""
    key = (tuple(p.code), live, donate, len(p.floats), len(p.ints), "whole")
    program = _programs.get(key)
    if program is None:
        _make_room()
        program = _programs[key] = _build(p, needed(decode(p.code), live), live, donate)
    return program


def _run_piece(p: Program, piece: Piece, reason: str, must: bool) -> Sequence[Any] | None:
    """A piece's results; None if it is neither known nor worth compiling, unless it must be run."""
    key = piece.key
    program = _programs.get(key)
    if program is None:
        if not (must or worth(key)):
            return None
        _make_room()
        small = Program(p.device, 0)
        small.code, small.floats, small.ints = piece.code, piece.floats, piece.ints
        program = _programs[key] = _build(small, decode(piece.code), key[1], ())
    return call_program(program, _with_numbers(program, p, piece.arrays, piece.floats, piece.ints), p, reason)


def _with_numbers(program: Compiled, p: Program, arrays: list[Any], floats: list[float], ints: list[int]) -> list[Any]:
    """A program's arguments."""
    if ints:
        arrays = [_vector(program, 1, ints, p), *arrays]
    if floats:
        arrays = [_vector(program, 0, floats, p), *arrays]
    return arrays


def _make_room() -> None:
    """Forget the oldest programs when there are too many, or too many pieces of code."""
    n = len(_programs)
    if n >= MAX_PROGRAMS or (n % 64 == 63 and _mappings() > MAX_MAPPINGS):
        for key in list(_programs)[:max(n // 4, 1)]:
            del _programs[key]
        _on_host.clear()


def _mappings() -> int:
    try:
        return pathlib.Path("/proc/self/maps").read_bytes().count(b"\n")
    except OSError:  # another system, whose limits are others
        return 0


def call_program(program: Compiled, args: list[Any], p: Program, reason: str) -> Any:
    """Call a program, compiling it if it was never called."""
    metrics.calls, program.runs = metrics.calls + 1, program.runs + 1
    call = program.call
    if call is None:
        call = _compile(program, args, p, reason)
    watch = ctx.now.watch
    if watch is not None:
        return _watched(watch, program, call, args, p)
    return _start(program, call, args, p)


def _watched(watch: Watch, program: Compiled, call: Any, args: list[Any], p: Program) -> Any:
    """Start a program, and wait for it: the seconds that somebody watches are its own."""
    begun = time.perf_counter()
    outs = jax.block_until_ready(_start(program, call, args, p))
    watch.ran(p, begun)
    return outs


def _start(program: Compiled, call: Any, args: list[Any], p: Program) -> Any:
    try:
        if np.ndarray not in map(type, args[:2]):
            return call(*args)
        with jax.enable_x64(True):  # NumPy's numbers would lose their precision
            return call(*args)
    except (TypeError, ValueError):  # the user's own arrays may lie elsewhere than those it was compiled for
        args = together(args)
        if program.jitted is None:
            program.jitted = program.make(program.options)
        # perhaps amid a transformation that traces: what is known is computed now all the same
        with jax.ensure_compile_time_eval(), jax.enable_x64(True), _place(p):
            return program.jitted(*args)


def _vector(program: Compiled, kind: int, numbers: list[Any], p: Program) -> Any:
    """The numbers as one array. A loop often gives the same ones again: then they are there already."""
    last = program.numbers[kind]
    if last is not None and last[0] == numbers:
        return last[1]
    array = np.array(numbers) if kind == 0 else int_vector(numbers)
    if last is not None and last[2] == numbers and 0.0 not in numbers:  # 0.0 == -0.0
        on_device = put(array, target_of(p.device))
        program.numbers[kind] = (numbers, on_device, numbers)
        return on_device
    # given once so far: worth a device array only if they come again
    program.numbers[kind] = (None, None, numbers)
    return array


def _donatable(inputs: list[Value], alive: list[Value]) -> tuple[int, ...]:
    """Inputs that only the program still holds, if large, each matched with a result of the same aval."""
    free = [i for i, c in enumerate(map(getrefcount, inputs)) if c <= _floor and inputs[i].aval.large]
    if not free:
        return ()
    room: dict[Aval, int] = {}
    for v in alive:
        room[v.aval] = room.get(v.aval, 0) + 1
    chosen = []
    for i in free:
        v = inputs[i]
        if room.get(v.aval, 0) > 0 and getrefcount(v.buf) <= _buf_floor:
            room[v.aval] -= 1
            chosen.append(i)
    return tuple(chosen)


def _measure_buffer_floor() -> int:
    v = Value()
    v.buf = object()
    inputs = [v]
    for i in (0,):
        v = inputs[i]
        return getrefcount(v.buf)
    raise AssertionError


_buf_floor = _measure_buffer_floor()


def _build(p: Program, instructions: list, live: tuple[int, ...], donate: tuple[int, ...], layout: Layout = PLAIN,
           groups: Sequence[Group] = ()) -> Compiled:
    order = order_of(instructions, live, donate, p.inputs) if donate else live
    if groups:
        together = {i for g in groups for i in g.results}
        order = tuple(i for i in order if i not in together)

    spans = [(listed, list(span)) for listed, span in itertools.groupby(instructions, lambda i: i[0].listed)]
    works = [list(parts(span)) if listed and p.device == CPU else [] for listed, span in spans]

    def compute(floats: Any, ints: Any, arrays: Sequence[Any]) -> list[Any]:
        env: dict[int, Any] = {}
        if layout is not PLAIN:
            arrays = B.apart(layout, arrays)
        for (_, span), steps in zip(spans, works, strict=True):
            if grouped.worth_it(steps):
                results = [first + j for e, _, first in span for j in range(len(e.outs))]
                grouped.run(steps, env, results, (floats, ints), arrays)
                continue
            for e, slots, first in span:
                given = [grouped.read(env, s, a, (floats, ints), arrays) for s, a in zip(slots, e.ins, strict=True)]
                env.update(enumerate(e.fn(*given), first))
        return [env[i] for i in order] + [g.form.join([env[i] for i in g.results]) for g in groups]

    if layout is not PLAIN:  # those before it that lie in a bundle are not handed over by themselves
        donate = tuple(i - sum(place >= 0 for place in layout[0][:i]) for i in donate)
    c = Compiled(compute, bool(p.floats), bool(p.ints), donate, work(instructions))
    at = {i: k for k, i in enumerate(live)}
    c.order = None if order == live else tuple(at[i] for i in order)
    c.bundles = [(g, tuple(at[i] for i in g.results)) for g in groups]
    return c


def _compile(program: Compiled, args: list[Any], p: Program, reason: str) -> Any:
    begun, loads, watch = time.perf_counter(), Loads.count, ctx.now.watch
    several = mesh_of(args) is not None
    if several:
        args = together(args)
    if program.compiled is not None:
        program.call, program.compiled = inline(*program.compiled), None
        if watch is not None:
            watch.compiled(reason, begun, "loaded again")
        return program.call
    with jax.enable_x64(True), persistent_cache() as keep, _place(p):
        compiled = program.make(program.options).lower(*args).compile()
        if p.device == CPU:
            allocator.keep()
            text = compiled.as_text()
            if doubtful.doubtful(text):
                program.options = program.options | doubtful.OPTIONS
                compiled = program.make(program.options).lower(*args).compile()
            worth = WORTH_WAITING if reason in WAITED else WORTH_A_THREAD
            program.small = not several and effort(program, compiled, text) < worth
    fresh = Loads.count == loads
    metrics.note_compile(reason, time.perf_counter() - begun, compiled.memory_analysis())
    if not program.small:  # and several devices wait for each other, so one thread cannot run them
        program.call = compiled
    elif fresh and keep is not None:
        program.call = inline(compiled, fresh, keep)
    else:  # not worth it for what runs once
        program.compiled = (compiled, fresh, keep)
    if watch is not None:
        watch.compiled(reason, begun, "compiled" if fresh else "from disk")
    return compiled


def _place(p: Program) -> Any:
    """Where what has no inputs is computed."""
    if p.device == CPU and jax.default_backend() == "cpu":
        return contextlib.nullcontext()
    return jax.default_device(target_of(p.device))


def foreign(v: Value) -> None:
    """Compute a value that another thread has recorded, from a snapshot of that thread's program."""
    p = v.prog
    with _lock:
        if not v.pending:
            return
        if p.__class__ is Packed:
            p.unpack()  # type: ignore[union-attr]
            return
        if p is None:
            raise RuntimeError("internal: a pending value lost its program")
        if p is ctx.prog:
            run(p, "value read")
            return
        snapshot = Program(p.device, 0)
        want = v.slot >> 2
        code = list(p.code)
        at = n = 0
        while n <= want:
            e = code[at]
            at += len(e.ins) + 1
            n += len(e.outs)
        snapshot.code, snapshot.inputs = code[:at], list(p.inputs)
        snapshot.floats, snapshot.ints = list(p.floats), list(p.ints)
        slot, why = v.slot, "value read by another thread"
        if ctx.now.watch is not None:
            ctx.now.watch.cut(snapshot, why)
        program, (result,) = _results(snapshot, (want,), (), why)
        if program.__class__ is Compiled and program.host is not None:
            v.num = result
        else:
            v.buf = result
        v.slot, v.prog = slot, p
        metrics.cuts[why] += 1


def forget() -> None:
    """Drop the compiled programs."""
    with _lock:
        _programs.clear()
        _on_host.clear()
        _wishes.clear()
        restless.forget()
        pieces.forget()
        ctx.now.ahead.forget()


def cut_hint() -> None:
    """A good moment to run what is pending: the loader is about to fetch the next batch."""
    p = ctx.prog
    if p.n or p.__class__ is Captured:
        run(p, "loader fetched")


Execution.run, Execution.foreign = staticmethod(run), staticmethod(foreign)
