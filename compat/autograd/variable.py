"""``autograd.Variable``: since 0.4 another name of Tensor."""

from __future__ import annotations

from typing import Any

from compat._ops.declare import ops
from compat._tensor.tensor import Tensor


class _VariableMeta(type):
    """``isinstance(t, Variable)`` is true of tensors."""

    def __instancecheck__(cls, x: Any) -> bool:
        return isinstance(x, Tensor)


class Variable(metaclass=_VariableMeta):
    """``Variable(data, requires_grad)`` is a tensor on data's memory."""

    def __new__(cls, data: Any = None, requires_grad: bool = False, volatile: bool = False) -> Tensor:  # type: ignore[misc]
        """A leaf sharing ``data``'s memory."""
        t = ops.zeros(0) if data is None else data.detach()
        t.requires_grad_(requires_grad)
        return t
