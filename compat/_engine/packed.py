"""Small results that come out of a program as one array: handing out an array costs more than computing a small one.

The values are pending, like those of a program; when somebody reads one they are taken apart.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import Any

import jax
import jax.numpy as jnp

from compat._device import device as Device
from compat._engine.entry import Entry
from compat._engine.value import Aval, Value, aval_of

_entries: dict[tuple[Aval, ...], tuple[Entry, Entry]] = {}


def entries(avals: Sequence[Aval]) -> tuple[Entry, Entry]:
    """The operations that pack arrays of these avals, all of one dtype, and that unpack them."""
    key = tuple(avals)
    pair = _entries.get(key)
    if pair is None:
        ends = [0, *itertools.accumulate(a.size for a in key)]

        def pack(*arrays: Any) -> tuple:
            return (jnp.concatenate([x.reshape(-1) for x in arrays]),)

        def unpack(flat: Any) -> tuple:
            return tuple(flat[ends[i]:ends[i + 1]].reshape(a.shape) for i, a in enumerate(key))

        flat = aval_of(key[0].dtype, (ends[-1],), key[0].device)
        pair = _entries[key] = Entry("pack", pack, key, [flat]), Entry("unpack", unpack, [flat], key)
    return pair


class Packed:
    """Values whose elements are in one array.

    Attributes:
      values: The values.
      flat: The array; None before the first.
      read: Whether somebody read a value since it came.
    """

    __slots__ = ("device", "flat", "read", "unpacker", "values")

    def __init__(self, avals: Sequence[Aval]) -> None:
        """No array yet."""
        self.device: Device = avals[0].device
        self.unpacker = entries(avals)[1]
        self.values: Sequence[Value] = ()
        self.flat: Any = None
        self.read = False

    def unpack(self) -> None:
        """Let every value have its own array."""
        if self.flat is not None and not self.read:
            with jax.enable_x64(True):
                for v, buf in zip(self.values, self.unpacker.fn(self.flat), strict=True):
                    v.buf = buf
            self.read = True

    def renew(self) -> None:
        """The array is another one: forget what the values had of the last."""
        for v in self.values:
            v.buf, v.prog, v.safe = None, self, None
        self.read = False

    def successor(self) -> Packed:
        """Another one for other values."""
        return Packed(self.unpacker.outs)


def packed(arrays: Iterable[Any]) -> Any:
    """One array of the elements of several."""
    with jax.enable_x64(True):
        return jnp.concatenate([x.reshape(-1) for x in arrays])


__all__ = ["Packed", "entries", "packed"]
