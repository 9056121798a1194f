"""Storages: the mutable cell behind one tensor and all its aliases.

A storage holds the current value of the *base* tensor's elements; an in-place write rebinds it to a new value. Views,
``detach()`` and ``.data`` of a tensor share its storage.

Memory shared with NumPy. jax arrays are immutable, but ``t.numpy()`` and ``from_numpy(a)`` promise one memory. While
such an array lives, the array *is* the storage: every read takes the elements from it, every write goes back into it.
We keep the array that owns the memory; once its reference count says that nobody else can reach it, the next read
takes the elements over, and the storage is an ordinary one again.
"""

from __future__ import annotations

import itertools
from sys import getrefcount

import numpy as np

from compat._engine.program import host_put, to_numpy
from compat._engine.traced import cut_off, written_past
from compat._engine.value import Value, from_buffer

_addresses = itertools.count(0x7F0000000000, 1 << 20)
SMALL = 4096  # bytes: an unchanged array below this size is recognised and is not copied again


class Version:
    """A counter of in-place changes, shared by a tensor, its views and what ``detach()`` returns."""

    __slots__ = ("n",)

    n: int  # whoever makes one sets it: a constructor written in Python would take longer than all the rest


class HostMemory:
    """NumPy memory that stands in for a storage."""

    __slots__ = ("array", "last", "root", "value")

    def __init__(self, array: np.ndarray) -> None:
        """Share the memory of ``array``."""
        root = array
        while isinstance(root.base, np.ndarray):
            root = root.base
        # an array of our own: whoever else sees the memory holds its root
        self.array, self.root = array.view(np.ndarray), root
        self.last: bytes | None = None
        self.value: Value | None = None

    def export(self) -> np.ndarray:
        """An array of the memory."""
        return self.array.view()

    def forsaken(self) -> bool:
        """Whether nobody else can reach the memory; what NumPy does not own itself may always be reached."""
        return self.root.base is None and getrefcount(self.root) <= _ours


_alone = HostMemory(np.zeros(1))
_ours = getrefcount(_alone.root)


class Storage:
    """The current value of a base tensor, and the NumPy memory that stands in for it, if any."""

    __slots__ = ("__weakref__", "_value", "address", "host")

    def __init__(self, value: Value) -> None:
        """A storage holding ``value``."""
        self._value = value
        self.host: HostMemory | None = None
        self.address: int | None = None

    def shared(self) -> HostMemory | None:
        """The NumPy memory, if anybody else still holds it; if not, its elements are taken over."""
        h = self.host
        if h is not None and h.forsaken():
            self._value = self._read_host(h)
            h = self.host = None
        return h

    @property
    def value(self) -> Value:
        """The elements now."""
        h = self.shared()
        return self._value if h is None else self._read_host(h)

    def write(self, value: Value) -> None:
        """Replace the elements."""
        h = self.shared()
        if h is None:
            self._value = value
        else:
            np.copyto(h.array, to_numpy(value).reshape(h.array.shape))

    def _read_host(self, h: HostMemory) -> Value:
        if h.array.nbytes <= SMALL:
            now = h.array.tobytes()
            if h.value is not None and now == h.last:
                return h.value
            h.last = now
        h.value = from_buffer(host_put(h.array.copy(), self._value.aval.device), self._value.aval.device)
        return h.value

    def share(self, array: np.ndarray) -> None:
        """Let ``array`` be the memory from now on, for as long as somebody else holds it."""
        self.host = HostMemory(array)

    def data_ptr(self) -> int:
        """An address: the real one of shared memory, else a number of this storage's own."""
        if self.host is not None:
            return int(self.host.array.ctypes.data)
        if self.address is None:
            self.address = next(_addresses)
        return self.address


class Detached(Storage):
    """The storage of a tensor that was detached inside a jax transformation.

    The memory is that of another storage. What is read is a constant to jax's derivatives, and what is written leaves
    the derivatives of the elements before as they are, for autograd does not see it.
    """

    __slots__ = ("base", "constant", "source")

    def __init__(self, base: Storage) -> None:
        """The memory of ``base``."""
        self.base, self.host, self.address = base, None, None
        self.source: Value | None = None
        self.constant: Value | None = None

    @property
    def _value(self) -> Value:  # pyright: ignore[reportIncompatibleVariableOverride]
        v = self.base._value
        if v is not self.source or self.constant is None:
            self.source, self.constant = v, cut_off(v)
        return self.constant

    @_value.setter
    def _value(self, value: Value) -> None:
        self.base._value = written_past(self.base._value, value)

    def data_ptr(self) -> int:
        """The address of the memory."""
        return self.base.data_ptr()
