"""Recording: a thread's pending operations.

Recording an operation appends its entry and its inputs' slots to a list. Nothing runs until a *cut*; then everything
that is still referenced from outside becomes an output of one XLA program (see ``compat._engine.compile``).

A slot is an int: ``k << 2`` is the k-th result of the program, ``k << 2 | 1`` its k-th array input, ``| 2`` its k-th
floating number, ``| 3`` its k-th integer. Numbers are packed into two vectors, so a loop counter, a learning rate or an
index is an input and never part of a program's identity.
"""

from __future__ import annotations

import itertools
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple, Protocol

import jax
import numpy as np

from compat._device import device as Device
from compat._engine import bundle, metrics
from compat._engine.ahead import Ahead
from compat._engine.bundle import array_of
from compat._engine.entry import Entry
from compat._engine.transfer import put
from compat._engine.value import CPU, Aval, Value, from_buffer, target_of

MAX_BYTES = 1 << 30
EAGER = os.environ.get("COMPAT_EAGER", "0") not in ("", "0")
LOOKS = (512, 1024, 2048) if not EAGER else (0,)  # how many pending results make us look for a loop
FIRST_LOOK = LOOKS[0]
LEAST_RUN = 400  # results that a repetition must span before we believe it
LEAST_UNIT = 64  # results that are worth a program

Tracer = jax.core.Tracer
UNCAPTURABLE = "torch.compile(fullgraph=True) cannot capture this function: {} {}"
_REFUSED = {
    "value read": "reads a tensor's elements, which are known only when the step runs (item(), bool(), numpy(), print, "
                  "a shape that depends on the data); return the tensor and read it outside",
    "device changed": "computes on a second device",
    "loader fetched": "iterates over a DataLoader; make it an argument of the function",
}


class Program:
    """Operations recorded and not run yet."""

    __slots__ = ("at", "code", "device", "floats", "inputs", "ints", "limit", "n", "nbytes", "vals")

    def __init__(self, device: Device, limit: int) -> None:
        """An empty program on one device, to be looked at when it has ``limit`` results."""
        self.limit = limit
        self.code: list[Any] = []
        self.vals: list[Value] = []  # the results that somebody may hold
        self.at: list[int] = []  # the numbers of the first of them; the rest are the last results, one after the other
        self.n = 0  # of results
        self.inputs: list[Value] = []
        self.floats: list[float] = []
        self.ints: list[int] = []
        self.nbytes = 0
        self.device = device

    def numbers(self) -> list[int]:
        """The numbers of the results in ``vals``."""
        at = self.at
        at += range(self.n - len(self.vals) + len(at), self.n)
        return at


class Captured(Program):
    """The operations of a step that is captured whole (``torch.compile(fullgraph=True)``): it is not cut.

    Attributes:
      watcher: Who is told what the step does, while one is captured anywhere.
    """

    __slots__ = ()

    watcher: ClassVar[Any] = None
    nbytes = property(lambda self: 0, lambda self, n: None)  # type: ignore[assignment] - memory is no reason to cut

    def __init__(self, device: Device) -> None:
        """An empty program on one device."""
        super().__init__(device, sys.maxsize)

    def refuse(self, reason: str) -> None:
        """Say that the step cannot be captured, unless the cut was only a good moment for one."""
        if reason != "backward":
            raise RuntimeError(UNCAPTURABLE.format(metrics.user_line(), _REFUSED.get(reason, reason)))

    def release(self) -> None:
        """Be an ordinary program from now on, which may be cut."""
        self.__class__ = Program  # type: ignore[assignment]
        self.nbytes, self.limit = 0, FIRST_LOOK


def captured() -> Captured | None:
    """The program of the step that this thread captures; None if it captures none."""
    if Captured.watcher is None:
        return None
    p = ctx.now.prog
    return p if p.__class__ is Captured else None  # type: ignore[return-value]


def uncapturable(reason: str) -> None:
    """Refuse, in a step that is captured, what cannot be; elsewhere do nothing."""
    p = captured()
    if p is not None:
        p.refuse(reason)


class Loop(NamedTuple):
    """A repetition seen in what is recorded: programs are cut to whole rounds of it, so that they are all the same."""

    unit: int  # results of one program: a multiple of the period
    first: Any  # the entry that a unit starts with
    last: Any  # the entry that a unit ends with


class Watch(Protocol):
    """What watches a thread's engine: ``compat.viz.timeline``. Times are of ``time.perf_counter``."""

    def attend(self, code: list[Any]) -> list[Any]:
        """The list that a program is recorded into from now on, which begins as ``code``."""
        ...

    def cut(self, p: Program, reason: str) -> None:
        """A program is about to run."""
        ...

    def compiled(self, reason: str, begun: float, source: str) -> None:
        """A program was compiled, or loaded."""
        ...

    def ran(self, p: Program, begun: float) -> None:
        """A program has run."""
        ...

    def read(self, v: Value, begun: float) -> None:
        """Elements were copied to the host."""
        ...


class State:
    """What belongs to a thread: its grad modes, its pending program, and who watches it."""

    __slots__ = ("ahead", "depth", "grad", "inference", "loop", "multi_grad", "prog", "saved_hooks", "watch")

    def __init__(self) -> None:
        """Recording is on in a new thread, whatever the mode of the one that starts it."""
        self.grad = True
        self.inference = False
        self.loop: Loop | None = None
        self.prog = Program(CPU, FIRST_LOOK)
        self.saved_hooks: list[Any] = []
        self.depth = 0  # of nested backward passes
        self.multi_grad: Any = None
        self.watch: Watch | None = None
        self.ahead = Ahead()


def _of_state(name: str) -> Any:
    def read(self: Context) -> Any:
        return getattr(self.now, name)

    def write(self: Context, x: Any) -> None:
        setattr(self.now, name, x)

    return property(read, write)


class Context(threading.local):
    """The calling thread's state. What runs at every operation takes ``now`` once: a thread's own is slow to find."""

    def __init__(self) -> None:
        """A new state, in each thread that looks."""
        self.now = State()

    grad, inference, loop, prog = (_of_state(n) for n in ("grad", "inference", "loop", "prog"))
    saved_hooks, depth, multi_grad = (_of_state(n) for n in ("saved_hooks", "depth", "multi_grad"))


ctx = Context()


class Pause(Exception):
    """An operation cannot join the pending program."""


class _Traced(Pause):
    """An input is a jax tracer: the operation must run at once."""


class _OtherDevice(Pause):
    """An input lives on another device than the pending program."""


class Execution:
    """How what is pending runs. ``compat._engine.compile``, which imports this module, puts its functions here."""

    run: Callable[[Program, str], None]
    foreign: Callable[[Value], None]  # make a value that another thread, or another program, has pending


def cut(reason: str) -> None:
    """Run what this thread has pending."""
    p = ctx.prog
    if p.n:
        Execution.run(p, reason)


def add_number(p: Program, x: Any) -> int:
    """The slot of a Python number."""
    if isinstance(x, float):
        p.floats.append(x)
        return (len(p.floats) - 1) << 2 | 2
    if isinstance(x, int):
        p.ints.append(x)
        return (len(p.ints) - 1) << 2 | 3
    return add_input(p, from_buffer(host_put(np.asarray(x, np.complex128), p.device), p.device))


def add_input(p: Program, v: Value) -> int:
    """The slot of a value that exists, or of one that another thread (or device) still has pending."""
    last = v.prog
    if v.buf is None or last is None or last.device is not p.device:  # else it is known to be an array, and there
        if v.buf is None:
            if v.num is None:
                Execution.foreign(v)
            if v.num is not None:
                return add_number(p, v.num)
        if isinstance(v.buf, Tracer):
            raise _Traced
        if v.aval.device != p.device:
            raise _OtherDevice
    inputs = p.inputs
    v.prog = p
    v.slot = slot = len(inputs) << 2 | 1
    inputs.append(v)
    return slot


def slot_of(p: Program, v: Any) -> int:
    """The slot of an input: a Value or a Python number."""
    if v.__class__ is Value:
        return v.slot if v.prog is p else add_input(p, v)
    return add_number(p, v)


def host_put(array: np.ndarray, device: Device = CPU) -> Any:
    """A device array with these values. The caller gives the NumPy array away: jax may keep using its memory."""
    return put(array, target_of(device))


def emit(p: Program, code: tuple) -> Value:
    """Append an instruction with one output: its entry and the slots of its inputs."""
    p.code += code
    e = code[0]
    out = Value()
    out.aval = e.out
    out.buf = out.num = out.safe = None
    out.prog = p
    n = p.n
    out.slot = n << 2
    p.vals.append(out)
    p.n = n + 1
    if n >= p.limit or e.big:
        check(p, e)
    return out


def record(e: Entry, *ins: Any) -> Value:
    """Record an operation with one output; ``ins`` are Values and Python numbers."""
    p = ctx.now.prog
    try:
        code = (e, *[slot_of(p, v) for v in ins])
    except Pause as why:
        return paused(why, e, ins)[0]
    return emit(p, code)


def paused(why: Pause, e: Entry, ins: Any) -> list[Value]:
    """The results of an operation that cannot join the pending program."""
    if isinstance(why, _Traced):
        return _run_now(e, ins)
    use_device(device_of(ins))
    return record_many(e, ins)


def record_many(e: Entry, ins: Any) -> list[Value]:
    """Record an operation with any number of outputs."""
    p = ctx.now.prog
    try:
        code = [slot_of(p, v) for v in ins]
    except Pause as why:
        return paused(why, e, ins)
    p.code.append(e)
    p.code += code
    outs = []
    n = p.n
    for a in e.outs:
        out = Value()
        out.aval = a
        out.buf = out.num = out.safe = None
        out.prog = p
        out.slot = n << 2
        n += 1
        outs.append(out)
    p.vals += outs
    p.n = n
    if n > p.limit or e.big:
        check(p, e)
    return outs


def append(p: Program, code: list[Any], n: int, nbytes: int, wanted: list[tuple[int, Aval]]) -> list[Value]:
    """Append several instructions at once.

    Args:
      p: The pending program.
      code: Entries, each with the slots of its inputs.
      n: How many results they have.
      nbytes: The bytes of the large ones.
      wanted: (number among the new results, aval) of the results to return; the others are out of reach.
    """
    p.code += code
    at = p.numbers()
    first = p.n
    outs = []
    for k, a in wanted:
        out = Value()
        out.aval = a
        out.buf = out.num = out.safe = None
        out.prog = p
        out.slot = (first + k) << 2
        outs.append(out)
        at.append(first + k)
    p.vals += outs
    p.n = first + n
    p.nbytes += nbytes
    return outs


def check(p: Program, e: Entry) -> None:
    """Cut a program that has grown long enough, or whose large results take much memory; ``e`` came last."""
    p.nbytes += e.big
    if p.nbytes > MAX_BYTES:
        cut("bytes pending")
    elif p.n >= p.limit:
        if EAGER:
            cut("eager")
        else:
            _look(p, e)


def _look(p: Program, e: Entry) -> None:
    """Cut a program that only grows, if possible where the loop that records it comes round.

    A loop whose results nobody reads (an evaluation that collects tensors) would otherwise be cut at another place of
    its body each time, and each of these programs would be compiled.
    """
    loop = ctx.loop
    if loop is not None:
        whole = p.limit == loop.unit - 1
        if e is loop.last and (not whole or p.code[0] is loop.first):
            cut("loop came round" if whole else "loop found")
            return
        ctx.loop = None
        p.limit = next((k for k in LOOKS if k > p.n), LOOKS[-1])
        if p.n < p.limit:
            return
    entries = [c for c in p.code if c.__class__ is Entry for _ in c.outs]
    period = _period(entries)
    if period is not None:
        at = _seam(p, period)
        # units begin and end there: the next one after the results that are still missing from this round
        ctx.loop = Loop(period * -(-LEAST_UNIT // period), entries[at], entries[at - 1])
        missing = at - (p.n - 2 * period)
        if missing:
            p.limit = p.n + missing - 1
        else:
            cut("loop found")
    elif p.limit >= LOOKS[-1]:
        cut("operations pending")
    else:
        p.limit = next(k for k in LOOKS if k > p.limit)


def _seam(p: Program, period: int) -> int:
    """Where in the last round but one to cut: the number of the first result after the cut.

    It is one instruction after the place where the fewest results are needed later. By then the caller has let go of
    those that only its local variables held, and they need not leave the program.
    """
    starts, last_use = [], [0] * p.n
    i = n = 0
    while i < len(p.code):
        e = p.code[i]
        for slot in p.code[i + 1:i + 1 + len(e.ins)]:
            if not slot & 3:
                last_use[slot >> 2] = n
        starts.append(n)
        i += len(e.ins) + 1
        n += len(e.outs)
    first = p.n - 2 * period
    crossing = [0] * (p.n + 1)
    for r, last in enumerate(last_use):
        if last > r:
            crossing[r + 1] += 1
            crossing[last + 1] -= 1
    over = list(itertools.accumulate(crossing))
    inside = [k for k, q in enumerate(starts) if first <= q < first + period]
    best = min(inside, key=lambda k: over[starts[k]]) + 1
    return starts[best] if starts[best] < first + period else first


def _period(entries: list[Any]) -> int | None:
    """The shortest period of the last ``LEAST_RUN`` results, at least two rounds of it."""
    n, last = len(entries), entries[-1]
    for t in range(1, n // 2 + 1):
        if entries[n - 1 - t] is last:
            run = max(2 * t, min(LEAST_RUN, n - n % t))
            if run <= n and entries[n - run + t:] == entries[n - run:n - t]:
                return t
    return None


def _run_now(e: Entry, ins: Any) -> list[Value]:
    """Under a jax transformation: apply the kernel to the tracers.

    The transformation may differentiate. What it must not see is cut off from it: what is computed without recording.
    """
    arrays, device = [], CPU
    for v in ins:
        if v.__class__ is Value:
            arrays.append(concrete(v))
            device = v.aval.device
        else:
            arrays.append(np.asarray(v))  # of the dtype that the entry was traced with
    with jax.enable_x64(True):
        results = e.fn(*arrays)
    if not ctx.now.grad:
        results = [jax.lax.stop_gradient(r) for r in results]
    return [from_buffer(r, device) for r in results]


def settle(v: Value) -> None:
    """Run what is pending if the value is: afterwards it is an array or a number."""
    if Captured.watcher is not None:
        uncapturable("value read")
    if v.buf is None and v.num is None:
        if v.prog is ctx.prog:
            cut("value read")
        else:
            Execution.foreign(v)


def concrete(v: Value) -> Any:
    """The array of a value, running what is pending if it is not there yet."""
    if Captured.watcher is not None:
        uncapturable("value read")
    if v.buf is None:
        settle(v)
        if v.num is not None:
            return host_put(np.asarray(v.num).astype(v.aval.dtype), v.aval.device)
    return array_of(v)


def to_numpy(v: Value) -> np.ndarray:
    """The values as a NumPy array of the caller's own."""
    settle(v)
    if v.num is not None and v.buf is None:
        return np.asarray(v.num).astype(v.aval.dtype)
    watch = ctx.now.watch
    if watch is None:
        return np.array(elements(v))
    begun = time.perf_counter()
    array = np.array(elements(v))
    watch.read(v, begun)
    return array


def elements(v: Value) -> np.ndarray:
    """The elements of a value that exists as an array, not copied if it is on the host: not to be written to."""
    return bundle.elements(v.buf, v)


def fresh(device: Device) -> Program:
    """An empty program for this thread."""
    state = ctx.now
    p = Program(device, FIRST_LOOK if state.loop is None else state.loop.unit - 1)
    if state.watch is not None:
        p.code = state.watch.attend(p.code)
    return p


def device_of(ins: Any) -> Device:
    """Where an operation on these inputs runs."""
    return next(v.aval.device for v in ins if v.__class__ is Value)


def use_device(device: Device) -> None:
    """Let the operations recorded next run on ``device``; what is pending elsewhere runs first."""
    p = ctx.prog
    if p.device is not device and p.device != device:
        if p.__class__ is Captured:
            if p.n or p.inputs:
                p.refuse("device changed")  # type: ignore[attr-defined]
            p.device = device
            return
        cut("device changed")
        ctx.prog = fresh(device)


def recording_counts() -> tuple[int, int]:
    """(operations pending in this thread, programs run so far)."""
    return ctx.prog.n, metrics.calls


__all__ = ["Aval", "Captured", "Context", "Pause", "Program", "Watch", "add_input", "add_number", "append", "captured",
           "check", "concrete", "ctx", "cut", "elements", "emit", "host_put", "paused", "record", "record_many",
           "recording_counts", "settle", "slot_of", "to_numpy", "uncapturable", "use_device"]
