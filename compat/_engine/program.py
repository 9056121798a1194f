"""Recording: a thread's pending operations.

Recording an operation appends its entry and its inputs' slots to a list. Nothing runs until a *cut*; then everything
that is still referenced from outside becomes an output of one XLA program (see ``compat._engine.compile``).

A slot is an int: ``k << 2`` is the k-th result of the program, ``k << 2 | 1`` its k-th array input, ``| 2`` its k-th
floating number, ``| 3`` its k-th integer. Numbers are packed into two vectors, so a loop counter, a learning rate or an
index is an input and never part of a program's identity.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from compat._device import device as Device
from compat._engine import metrics
from compat._engine.entry import Entry
from compat._engine.value import CPU, Aval, Value, from_buffer, target_of

MAX_OPS = 2000
MAX_BYTES = 1 << 30
EAGER = os.environ.get("COMPAT_EAGER", "0") not in ("", "0")

_new_value = Value.__new__
Tracer = jax.core.Tracer


class Program:
    """Operations recorded and not run yet."""

    __slots__ = ("code", "device", "floats", "inputs", "ints", "nbytes", "vals", "n")

    def __init__(self, device: Device) -> None:
        """An empty program on one device."""
        self.code: list[Any] = []
        self.vals: list[Value] = []
        self.n = 0
        self.inputs: list[Value] = []
        self.floats: list[float] = []
        self.ints: list[int] = []
        self.nbytes = 0
        self.device = device


class Context(threading.local):
    """What belongs to a thread: its grad modes and its pending program."""

    def __init__(self) -> None:
        """Recording is on in a new thread, whatever the mode of the one that starts it."""
        self.grad = True
        self.inference = False
        self.prog = Program(CPU)
        self.saved_hooks: list[Any] = []
        self.depth = 0  # of nested backward passes
        self.multi_grad: Any = None


ctx = Context()


class _Traced(Exception):
    """An input is a jax tracer: the operation must run at once."""


class _OtherDevice(Exception):
    """An input lives on another device than the pending program."""


_runner: dict[str, Callable[[Program, str], None]] = {}


def cut(reason: str) -> None:
    """Run what this thread has pending."""
    p = ctx.prog
    if p.n:
        _runner["run"](p, reason)


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
    if v.num is not None and v.buf is None:
        x = v.num
        return add_number(p, x)
    if v.buf is None:
        _runner["foreign"](v)
    if isinstance(v.buf, Tracer):
        raise _Traced
    if v.aval.device != p.device:
        raise _OtherDevice
    v.prog = p
    v.slot = len(p.inputs) << 2 | 1
    p.inputs.append(v)
    return v.slot


def host_put(array: np.ndarray, device: Device = CPU) -> Any:
    """A device array with these values. The caller gives the NumPy array away: jax may keep using its memory."""
    with jax.enable_x64(True):
        return jax.device_put(array, target_of(device))


def record(e: Entry, *ins: Any) -> Value:
    """Record an operation with one output; ``ins`` are Values and Python numbers."""
    p = ctx.prog
    code = p.code
    start = len(code)
    code.append(e)
    try:
        for v in ins:
            if v.__class__ is Value:
                code.append(v.slot if v.prog is p else add_input(p, v))
            else:
                code.append(add_number(p, v))
    except _Traced:
        del code[start:]
        return _run_now(e, ins)[0]
    except _OtherDevice:
        del code[start:]
        use_device(device_of(ins))
        return record(e, *ins)
    out = _new_value(Value)
    out.aval = e.out
    out.buf = out.num = out.safe = None
    out.prog = p
    n = p.n
    out.slot = n << 2
    p.vals.append(out)
    p.n = n + 1
    if e.big or n > MAX_OPS or EAGER:
        _check(p, e)
    return out


def record_many(e: Entry, ins: Any) -> list[Value]:
    """Record an operation with any number of outputs."""
    p = ctx.prog
    code = p.code
    start = len(code)
    code.append(e)
    try:
        for v in ins:
            if v.__class__ is Value:
                code.append(v.slot if v.prog is p else add_input(p, v))
            else:
                code.append(add_number(p, v))
    except _Traced:
        del code[start:]
        return _run_now(e, ins)
    except _OtherDevice:
        del code[start:]
        use_device(device_of(ins))
        return record_many(e, ins)
    outs = []
    n = p.n
    for a in e.outs:
        out = _new_value(Value)
        out.aval = a
        out.buf = out.num = out.safe = None
        out.prog = p
        out.slot = n << 2
        n += 1
        outs.append(out)
    p.vals += outs
    p.n = n
    if e.big or n > MAX_OPS or EAGER:
        _check(p, e)
    return outs


def _check(p: Program, e: Entry) -> None:
    p.nbytes += e.big
    if p.nbytes > MAX_BYTES:
        cut("bytes pending")
    elif p.n > MAX_OPS:
        cut("operations pending")
    elif EAGER:
        cut("eager")


def _run_now(e: Entry, ins: Any) -> list[Value]:
    """Under a jax transformation: apply the kernel to the tracers."""
    arrays, device = [], CPU
    for v in ins:
        if v.__class__ is Value:
            arrays.append(concrete(v))
            device = v.aval.device
        else:
            arrays.append(v)
    return [from_buffer(r, device) for r in e.fn(*arrays)]


def concrete(v: Value) -> Any:
    """The array of a value, running what is pending if it is not there yet."""
    if v.buf is None:
        if v.num is not None:
            return host_put(np.asarray(v.num).astype(v.aval.dtype), v.aval.device)
        if v.prog is ctx.prog:
            cut("value read")
        else:
            _runner["foreign"](v)
    return v.buf


def to_numpy(v: Value) -> np.ndarray:
    """The values as a NumPy array of the caller's own."""
    if v.buf is None and v.num is not None:
        return np.asarray(v.num).astype(v.aval.dtype)
    return np.array(concrete(v))


def device_of(ins: Any) -> Device:
    """Where an operation on these inputs runs."""
    return next(v.aval.device for v in ins if v.__class__ is Value)


def use_device(device: Device) -> None:
    """Let the operations recorded next run on ``device``; what is pending elsewhere runs first."""
    p = ctx.prog
    if p.device != device:
        cut("device changed")
        ctx.prog = Program(device)


def recording_counts() -> tuple[int, int]:
    """(operations pending in this thread, programs run so far)."""
    return ctx.prog.n, metrics.calls


__all__ = ["Aval", "Context", "Program", "add_input", "add_number", "concrete", "ctx", "cut", "host_put", "record",
           "record_many", "recording_counts", "to_numpy", "use_device"]
