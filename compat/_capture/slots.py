"""The values that a step starts from, and who holds them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from compat._engine.program import concrete
from compat._engine.value import Value
from compat._tensor.storage import Storage
from compat._tensor.tensor import Tensor, make


class Slot:
    """A value that a step starts from, and what becomes of it.

    Attributes:
      first: The value as the step began.
      last: The value at its end; ``first`` if it is only read.
      tensors: The tensors that hold it themselves.
      storages: The storages that hold it.
      swapped: The tensors that are given a new storage with it (``t.data = ...``).
    """

    first: Any
    last: Any

    def __init__(self, first: Value) -> None:
        self.first = self.last = first
        self.aval = first.aval
        self.tensors: list[Tensor] = []
        self.storages: list[Storage] = []
        self.swapped: list[Tensor] = []

    def holders(self) -> int:
        """How many hold it."""
        return len(self.tensors) + len(self.storages) + len(self.swapped)

    def hold(self, v: Value) -> None:
        """Let its holders hold another value."""
        for t in self.tensors:
            t._v = v
        for st in self.storages:
            st._value = v
        for t in self.swapped:
            t._st = Storage(v)


def apart(tensors: Sequence[Tensor]) -> bool:
    """Whether no two of the tensors share memory."""
    memory = [id(t if t._st is None else t._st) for t in tensors]
    return len(set(memory)) == len(memory)


def proxy(t: Tensor) -> Tensor:
    """A tensor of its own with an argument's elements: at the next call they are another tensor's."""
    v = t._value()
    made = Value()
    made.aval, made.buf, made.num, made.safe, made.prog, made.slot = v.aval, concrete(v), None, None, None, 0
    return make(made)


__all__ = ["Slot", "apart", "proxy"]
