"""Storages: the mutable cell behind one tensor and all its aliases.

A storage holds the current value of the *base* tensor's elements; an in-place write rebinds it to a new value. Views,
``detach()`` and ``.data`` of a tensor share its storage.

Memory shared with NumPy. jax arrays are immutable, but ``t.numpy()`` and ``from_numpy(a)`` promise one memory. While
such an array lives, the array *is* the storage: every read takes the elements from it, every write goes back into it.
We hold it weakly, through its address; when its last reference goes, the weakref's callback (which NumPy runs before
freeing the memory) takes the final elements over, and the storage is an ordinary one again.
"""

from __future__ import annotations

import ctypes
import itertools
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from compat._engine.program import host_put, to_numpy
from compat._engine.value import Value, from_buffer

_addresses = itertools.count(0x7F0000000000, 1 << 20)
SMALL = 4096  # bytes: an unchanged array below this size is recognised and is not copied again


class Version:
    """A counter of in-place changes, shared by a tensor, its views and what ``detach()`` returns."""

    __slots__ = ("n",)

    def __init__(self, n: int = 0) -> None:
        """Start at ``n``."""
        self.n = n


class _Export:
    """Lets NumPy make an array of the memory that keeps the owner alive."""

    def __init__(self, array: np.ndarray, owner: Any) -> None:
        self.__array_interface__ = array.__array_interface__
        self.owner = owner


class HostMemory:
    """NumPy memory that stands in for a storage, not owned by it."""

    __slots__ = ("array", "last", "owner", "value")

    def __init__(self, array: np.ndarray, owner: Callable[[], Any]) -> None:
        """``array`` aliases the memory without owning it; ``owner()`` is who does, while it lives."""
        self.array, self.owner = array, owner
        self.last: bytes | None = None
        self.value: Value | None = None

    def export(self) -> np.ndarray:
        """An array of the memory that keeps it alive."""
        if not self.array.size:
            return self.array
        return np.asarray(_Export(self.array, self.owner()))


class Storage:
    """The current value of a base tensor, and the NumPy memory that stands in for it, if any."""

    __slots__ = ("__weakref__", "_value", "address", "host")

    def __init__(self, value: Value) -> None:
        """A storage holding ``value``."""
        self._value = value
        self.host: HostMemory | None = None
        self.address: int | None = None

    @property
    def value(self) -> Value:
        """The elements now."""
        h = self.host
        return self._value if h is None else self._read_host(h)

    def write(self, value: Value) -> None:
        """Replace the elements."""
        h = self.host
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
        """Let ``array``, which somebody else owns, be the memory from now on, for as long as its owner lives."""
        owner: Any = array
        while isinstance(owner.base, np.ndarray):
            owner = owner.base
        if isinstance(owner.base, _Export):
            owner = owner.base.owner
        elif owner.base is not None:
            self.host = HostMemory(array, lambda: array)  # memory of another kind of owner: keep it
            return
        reference = weakref.ref(owner)
        memory = self.host = HostMemory(_alias(array), reference)
        me = weakref.ref(self)

        def take_over(_: Any) -> None:
            _owners.pop(id(memory), None)
            storage = me()
            if storage is not None and storage.host is memory:
                storage._value = storage._read_host(memory)
                storage.host = None

        _owners[id(memory)] = weakref.ref(owner, take_over)

    def data_ptr(self) -> int:
        """An address: the real one of shared memory, else a number of this storage's own."""
        if self.host is not None:
            return int(self.host.array.ctypes.data)
        if self.address is None:
            self.address = next(_addresses)
        return self.address


_owners: dict[int, weakref.ref] = {}


def _alias(array: np.ndarray) -> np.ndarray:
    """The same memory, without a reference to its owner."""
    low, high = np.lib.array_utils.byte_bounds(array)
    if high == low:
        return array
    raw = (ctypes.c_byte * (high - low)).from_address(low)
    flat = np.frombuffer(raw, np.uint8)
    return np.ndarray(array.shape, array.dtype, flat, array.ctypes.data - low, array.strides)
