"""Which tensors and storages a step touches, and what they were before.

While a step is captured, the attributes that hold a tensor's elements and its gradient are watched by descriptors on
the class, so that nobody has to look for state: what is used is what was touched. Outside of a capture there is no
trace of this.
"""

from __future__ import annotations

import contextlib
import threading
import weakref
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from compat._engine.bundle import array_of
from compat._engine.program import Execution, host_put, uncapturable
from compat._engine.value import Value, from_buffer
from compat._tensor.storage import Storage, Version
from compat._tensor.tensor import Tensor
from compat._tensor.views import View

_slot, _shared = Storage.__dict__["_value"], Storage.shared


class Before(NamedTuple):
    """A tensor that was there before the step, with its attributes then."""

    tensor: Tensor
    attributes: dict[str, Any]
    value: Value | None  # its elements, if it holds them itself


class Journal:
    """What a step touches.

    Attributes:
      tensors: Those that were there before, by id.
      storages: (storage, its value before, its value as the step began), by id.
      made: (storage that the step made, its first value), by id.
      born: The tensors that the step makes.
      versions: (counter, its count before), by id.
      grads: Of tensors whose ``.grad`` was read before the step wrote it: (tensor, what it was), by id.
      sharing: Whether 0-d values that tensors have in common stay so: an optimizer's counts.
    """

    def __init__(self) -> None:
        self.tensors: dict[int, Before] = {}
        self.storages: dict[int, tuple[Storage, Value, Value]] = {}
        self.made: dict[int, tuple[Storage, Value]] = {}
        self.born: list[weakref.ref[Tensor]] = []
        self.versions: dict[int, tuple[Version, int]] = {}
        self.grads: dict[int, tuple[Tensor, Tensor | None]] = {}
        self.sharing = False
        self._known: set[int] = set()  # tensors, of either kind; those made before are kept alive by `tensors`
        self._grad_written: set[int] = set()
        self._shared: dict[int, tuple[Value, Value]] = {}
        self._views: list[View] = []
        self._thread = threading.get_ident()

    # Watching --------------------------------------------------------------------------------------------------

    def __enter__(self) -> Journal:
        _Watch.journal = self
        for name in ("_v", "_st", "_grad"):
            setattr(Tensor, name, _Watched(name))
        Storage._value = _WatchedValue()  # type: ignore[assignment]
        Storage.shared = _watched_shared  # type: ignore[method-assign]
        return self

    def __exit__(self, *_: object) -> None:
        for name in ("_v", "_st", "_grad"):
            setattr(Tensor, name, None)
        Storage._value = _slot
        Storage.shared = _shared  # type: ignore[method-assign]
        _Watch.journal = None

    def touch(self, t: Tensor) -> None:
        """Note a tensor."""
        if id(t) in self._known or threading.get_ident() != self._thread:
            return
        own = t.__dict__
        v, st = own.get("_v"), own.get("_st")
        self._known.add(id(t))
        if v is None and st is None:
            self.born.append(weakref.ref(t))
            return
        attributes = dict(own)
        ver = own.get("_ver")
        if ver is not None:
            self.versions.setdefault(id(ver), (ver, ver.n))
        if v is not None:
            own["_v"] = v = self._alone(v)
        self.tensors[id(t)] = Before(t, attributes, v)
        view = own.get("_view")
        if view is not None:
            self._views += view.path()
        base = own.get("_base")
        if base is not None:
            self.touch(base)

    def touch_storage(self, st: Storage) -> None:
        """Note a storage that is read or written."""
        if id(st) in self.storages or id(st) in self.made or threading.get_ident() != self._thread:
            return
        before = _slot.__get__(st)
        self.storages[id(st)] = st, before, before
        if st.host is not None:
            st.shared()
            before = _slot.__get__(st)
        first = self._alone(before)
        self.storages[id(st)] = st, before, first
        _slot.__set__(st, first)

    def first_value(self, st: Storage, value: Value) -> None:
        """Note a storage that the step makes."""
        self.made[id(st)] = st, value

    def _alone(self, v: Value) -> Value:
        """The same elements as a value of this tensor's own: after the step those who share it may part."""
        if self.sharing and not v.aval.shape:
            if id(v) not in self._shared:
                self._shared[id(v)] = v, _copy(v)
            return self._shared[id(v)][1]
        return _copy(v)

    def grad_read(self, t: Tensor) -> None:
        """Note that the step depends on a tensor's ``.grad`` at its beginning."""
        if id(t) in self.tensors and id(t) not in self._grad_written and threading.get_ident() == self._thread:
            self.grads.setdefault(id(t), (t, t.__dict__.get("_grad")))

    def grad_written(self, t: Tensor) -> None:
        """Note that what ``.grad`` is from now on is the step's own doing."""
        self._grad_written.add(id(t))

    # Afterwards ------------------------------------------------------------------------------------------------

    def forget_views(self) -> None:
        """Views remember what they read last; what was read in the step is not there yet."""
        for view in self._views:
            view.source = view.value = None

    def undo(self) -> None:
        """Bring all tensors back to what they were."""
        for t, attributes, _ in self.tensors.values():
            t.__dict__.clear()
            t.__dict__.update(attributes)
        for st, value, _ in self.storages.values():
            st._value = value
        for ver, n in self.versions.values():
            ver.n = n
        self.forget_views()


def _copy(v: Value) -> Value:
    if v.buf is None:
        if v.num is not None:
            return from_buffer(host_put(_array(v), v.aval.device), v.aval.device)
        Execution.foreign(v)  # another thread has it pending
    made = Value()
    made.aval, made.buf, made.num, made.safe, made.prog, made.slot = v.aval, array_of(v), None, None, None, 0
    return made


def _array(v: Value) -> Any:
    return np.asarray(v.num).astype(v.aval.dtype)


capturing = threading.RLock()  # one thread captures at a time


@contextlib.contextmanager
def aside() -> Iterator[None]:
    """Tensors made meanwhile count as those that were there before the step."""
    before, _Watch.journal = _Watch.journal, None
    try:
        yield
    finally:
        _Watch.journal = before


class _Watch:
    """Who watches."""

    journal: Journal | None = None


class _Watched:
    """An attribute of tensors, None unless their ``__dict__`` has it."""

    def __init__(self, name: str) -> None:
        self.name, self.grad = name, name == "_grad"

    def __get__(self, t: Tensor | None, owner: type | None = None) -> Any:
        if t is None:
            return None
        j = _Watch.journal
        if j is not None:
            j.touch(t)
            if self.grad:
                j.grad_read(t)
        return t.__dict__.get(self.name)

    def __set__(self, t: Tensor, x: Any) -> None:
        j = _Watch.journal
        if j is not None:
            j.touch(t)
            if self.grad:
                j.grad_written(t)
        t.__dict__[self.name] = x

    def __delete__(self, t: Tensor) -> None:
        t.__dict__.pop(self.name, None)


def _watched_shared(st: Storage) -> Any:
    h = _shared(st)
    if h is not None:
        uncapturable("uses a tensor whose memory a NumPy array shares; let go of the array, or copy it")
    return h


class _WatchedValue:
    """The value of storages."""

    def __get__(self, st: Storage | None, owner: type | None = None) -> Any:
        if st is None:
            return self
        j = _Watch.journal
        if j is not None:
            j.touch_storage(st)
        return _slot.__get__(st)

    def __set__(self, st: Storage, value: Value) -> None:
        j = _Watch.journal
        if j is not None:
            try:
                _slot.__get__(st)
            except AttributeError:
                j.first_value(st, value)
            else:
                j.touch_storage(st)
        _slot.__set__(st, value)


__all__ = ["Before", "Journal", "aside", "capturing"]
