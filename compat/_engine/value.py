"""Values: immutable arrays that exist already, or will once the pending program has run."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

from compat._device import device as Device
from compat._device import jax_device

if TYPE_CHECKING:
    from compat._engine.program import Program

_serial = itertools.count()
WORTH_DONATING = 1 << 14  # bytes: giving a smaller buffer away costs more time than a new one


class Aval:
    """An abstract value: dtype, shape and device. Interned, so equality is identity and hashing is free."""

    __slots__ = ("dtype", "shape", "device", "ndim", "size", "serial", "inexact", "large", "real")

    dtype: np.dtype
    shape: tuple[int, ...]
    device: Device

    @property
    def nbytes(self) -> int:
        """Bytes of one such array."""
        return self.size * self.dtype.itemsize

    def __repr__(self) -> str:
        return f"{self.dtype}{list(self.shape)}@{self.device}"


_avals: dict[tuple, Aval] = {}
CPU = Device("cpu")


def aval_of(dtype: np.dtype, shape: tuple[int, ...], device: Device = CPU) -> Aval:
    """The one Aval of this dtype, shape and device."""
    key = (dtype, shape, device)
    a = _avals.get(key)
    if a is None:
        a = Aval()
        a.dtype, a.shape, a.device, a.ndim = np.dtype(dtype), shape, device, len(shape)
        a.size = int(np.prod(shape, dtype=np.int64)) if shape else 1
        a.inexact = a.dtype.kind not in "biu"
        a.real = a.inexact and a.dtype.kind != "c"
        a.large = a.nbytes >= WORTH_DONATING
        a.serial = next(_serial)
        a = _avals.setdefault(key, a)
    return a


class Value:
    """An immutable array.

    Exactly one of three holds: ``buf`` is a device array (or a jax tracer, or a bundle that has it); ``num`` is a
    Python number standing for a 0-d array; or the value is pending, result number ``slot >> 2`` of the program
    ``prog``. For a value that exists, ``prog`` and ``slot`` remember the program it was last an input of, or came from,
    and its position there.
    """

    __slots__ = ("aval", "buf", "num", "part", "prog", "slot", "safe", "__weakref__")

    aval: Aval
    buf: Any
    num: Any
    safe: Any  # the checks that an index value is known to pass, once somebody looked
    prog: Program | None
    slot: int
    part: int  # the position in the bundle, if ``buf`` is one; else not set

    @property
    def pending(self) -> bool:
        """Whether the value is still to be computed."""
        return self.buf is None and self.num is None


def from_buffer(buf: Any, device: Device = CPU) -> Value:
    """A Value around a device array or a jax tracer."""
    v = Value()
    v.aval = aval_of(np.dtype(buf.dtype), tuple(buf.shape), device)
    v.buf, v.num, v.safe, v.prog, v.slot = buf, None, None, None, 0
    return v


def from_number(num: Any, dtype: np.dtype, device: Device = CPU) -> Value:
    """A 0-d Value that stays a Python number until a program needs it (then it is an input, not a constant)."""
    v = Value()
    v.aval = aval_of(dtype, (), device)
    v.buf, v.num, v.safe, v.prog, v.slot = None, num, None, None, 0
    return v


def target_of(device: Device) -> Any:
    """The jax device behind a torch device."""
    return jax_device(device)
