"""Tensors of coordinate layout: which elements are not zero, and their values, as two ordinary tensors."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, NoReturn

import numpy as np

from compat._engine.value import aval_of
from compat._tensor.layout import layout, sparse_coo
from compat._tensor.tensor import Tensor


class NotStrided(TypeError, NotImplementedError):
    """An operation reads elements one after the other, which a sparse tensor does not have.

    It is a TypeError so that an operator's short path gives way to the complete one, which knows sparse operands.
    """


class SparseTensor(Tensor):
    """A tensor of layout ``torch.sparse_coo``.

    Operators find in `handlers` what they do with one; without a handler they say that they are not implemented.
    """

    handlers: ClassVar[dict[str, Callable]] = {}
    _at: Tensor
    _elements: Tensor
    _coalesced: bool
    _form: Any

    def _read(self) -> NoReturn:
        frame = sys._getframe(1)
        while frame.f_code.co_name.startswith("_") and frame.f_back is not None:
            frame = frame.f_back
        raise NotStrided(f"torch.Tensor.{frame.f_code.co_name} of sparse tensors is not implemented in compat")

    def _storage(self) -> NoReturn:
        raise NotImplementedError("Cannot access storage of SparseTensorImpl")

    def _aval_source(self) -> Any:
        return self._form

    @property
    def layout(self) -> layout:  # noqa: F811 - the property is the class's own
        """``torch.sparse_coo``."""
        return sparse_coo

    is_sparse = property(lambda self: True)
    is_leaf = property(lambda self: not self.requires_grad)

    @property
    def requires_grad(self) -> bool:
        """Whether the values' operations are recorded."""
        return self._elements.requires_grad

    @requires_grad.setter
    def requires_grad(self, on: bool) -> None:
        if on != self._elements.requires_grad:
            raise NotImplementedError("requires_grad of a sparse leaf, whose gradient would be sparse, is not "
                                      "implemented in compat; set it on the values that the tensor is made of")

    @property
    def grad_fn(self) -> Any:
        """The node of the values."""
        return self._elements.grad_fn

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        """Sparse tensors are not written to files yet."""
        raise NotImplementedError("saving sparse tensors is not implemented in compat")

    def __deepcopy__(self, memo: Any) -> Tensor:
        """A copy with elements of its own."""
        return sparse_tensor(self._at.clone(), self._elements.detach().clone(), self._form.aval.shape, self._coalesced)

    def __repr__(self, *, tensor_contents: str | None = None) -> str:
        """PyTorch's text: indices, values, size and number of values."""
        parts = []
        for name, t in (("indices", self._at), ("values", self._elements.detach())):
            text = repr(t) if t.numel() else f"tensor([], size={_shown(t.shape)})"
            parts.append(f"{name}={text}".replace("\n", "\n" + " " * len(f"tensor({name}=")))
        where = "" if self.device.type == "cpu" else f", device='{self.device}'"
        parts.append(f"size={_shown(self.shape)}, nnz={self._elements.shape[0]}{where}, layout=torch.sparse_coo")
        if self.requires_grad:
            parts.append("grad_fn=<SparseCooTensorWithDimsAndTensorsBackward0>")
        return "tensor(" + ",\n       ".join(parts) + ")"

    __str__ = __repr__


def _shown(shape: Sequence[int]) -> str:
    """A size as a tuple."""
    return str(tuple(shape))


def sparse_tensor(indices: Tensor, values: Tensor, size: Sequence[int], coalesced: bool = False) -> Any:
    """A sparse tensor on indices and values that fit each other."""
    t = object.__new__(SparseTensor)
    t._at, t._elements, t._coalesced = indices, values, coalesced
    a = values._aval
    t._form = types.SimpleNamespace(aval=aval_of(np.dtype(a.dtype), tuple(size), a.device))
    return t


SparseTensor.__name__ = SparseTensor.__qualname__ = "Tensor"  # which it is for PyTorch
SparseTensor.__module__ = Tensor.__module__


def is_sparse(x: Any) -> bool:
    """Whether x is a sparse tensor, or a tuple with one."""
    return x.__class__ is SparseTensor or (x.__class__ is tuple and any(y.__class__ is SparseTensor for y in x))


def call_sparse(name: str, values: Sequence[Any]) -> Any:
    """What an operator does with sparse operands."""
    handler = SparseTensor.handlers.get(name)
    if handler is None:
        raise NotImplementedError(f"torch.{name.lstrip('_')} of sparse tensors is not implemented in compat")
    return handler(*values)
