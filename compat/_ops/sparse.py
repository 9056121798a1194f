"""Sparse tensors by coordinates: how they are made and read, and what operators do with them.

What is here is what programs on graphs use; the rest says that it is not implemented. All of it is written over two
kernels and operators of ordinary tensors, so gradients reach the values and the dense operands as in PyTorch.
"""

from __future__ import annotations

import functools
import itertools
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from compat import _dtype
from compat._ops.data import tensor
from compat._ops.declare import composite, op, ops
from compat._ops.parameters import python_number
from compat._size import Size
from compat._tensor.sparse import SparseTensor, is_sparse, sparse_tensor
from compat._tensor.tensor import Tensor, is_tensor
from funcgrad.ops import sparse as K

_hidden = {"method": False, "function": False}
op(K.coo_to_dense, "_coo_to_dense", node="ToDenseBackward0", **_hidden)
op(K.coo_mm, "_coo_mm", node="SparseAddmmBackward0", **_hidden)
_SINGLE = ("float", "double", "half", "bfloat16", "long", "int", "short", "char", "byte", "bool", "type_as")
_KEEPING_ZERO = """abs neg sign sgn sqrt square relu tanh sin sinh asin asinh atan atanh expm1 log1p ceil floor round
    trunc tan erf erfinv rad2deg deg2rad isnan""".split()  # of these PyTorch has a sparse form


# ---------------------------------------------------------------- making and reading


@composite(method=False)
def sparse_coo_tensor(indices: Any, values: Any = None, size: Sequence[int] | None = None, *, dtype: Any = None,
                      layout: Any = None, device: Any = None, pin_memory: bool = False, requires_grad: bool = False,
                      check_invariants: bool | None = None, is_coalesced: bool | None = None) -> Tensor:
    """A sparse tensor with the values at the columns of the indices.

    Args:
      indices: One row a sparse dimension, one column a value; alone, the size of a tensor without values.
      values: The values, or a number or nested sequence of them.
      size: The shape; the smallest one that holds the indices if None.
      dtype: That of the values if None.
      layout: ``torch.sparse_coo``.
      device: That of the values if None.
      pin_memory: Accepted; XLA manages host memory itself.
      requires_grad: Only of values: a gradient of sparse layout is not implemented.
      check_invariants: Accepted; indices are always checked.
      is_coalesced: Whether the indices are known to be sorted and without duplicates.

    Returns:
      The tensor.

    Raises:
      RuntimeError: if indices, values and size do not fit each other.
      NotImplementedError: for ``requires_grad=True``.

    Example:
      >>> import compat as torch
      >>> a = torch.sparse_coo_tensor([[0, 1], [2, 0]], [3.0, 4.0], (2, 3))
      >>> a.to_dense()
      tensor([[0., 0., 3.],
              [4., 0., 0.]])
      >>> a @ torch.ones(3, 1)
      tensor([[3.],
              [4.]])

    Source:
      PyTorch, ``torch.sparse_coo_tensor``.
    """
    if values is None:
        size = indices if size is None else size
        indices, values = np.zeros((len(size), 0), np.int64), tensor([], dtype=dtype)
    v = values if is_tensor(values) else tensor(values)
    v = v.to(device=device, dtype=dtype) if device is not None or dtype is not None else v
    i = (indices.detach() if is_tensor(indices) else tensor(indices)).to(device=v.device, dtype=_dtype.int64)
    made = sparse_tensor(i, v, _fitting(i, v, size), bool(is_coalesced))
    if requires_grad:
        made.requires_grad_()
    return made


def _fitting(indices: Tensor, values: Tensor, size: Sequence[int] | None) -> tuple[int, ...]:
    """The size, if everything fits."""
    if indices.dim() != 2:
        raise RuntimeError(f"indices must be sparse_dim x nnz, but got: {list(indices.shape)}")
    if indices.shape[1] != values.shape[0]:
        raise RuntimeError(f"indices and values must have same nnz, but got nnz from indices: {indices.shape[1]}, nnz "
                           f"from values: {values.shape[0]}")
    sparse, dense = indices.shape[0], values.dim() - 1
    at = indices._host()
    if size is None:
        size = [*(at.max(1) + 1 if at.size else [0] * sparse), *values.shape[1:]]
    size = tuple(int(n) for n in size)
    if len(size) != sparse + dense:
        raise RuntimeError(f"'len(size) == sparse_dim + dense_dim' is not satisfied: len(size) = {len(size)}, "
                           f"sparse_dim = {sparse}, dense_dim = {dense}")
    if size[sparse:] != tuple(values.shape[1:]):
        raise RuntimeError(f"values has incorrect size, expected {[values.shape[0], *size[sparse:]]}, got "
                           f"{list(values.shape)}")
    for d, (row, n) in enumerate(zip(at, size, strict=False)):
        if at.size and row.min() < 0:
            raise RuntimeError(f"found negative index {row.min()} for dim {d}")
        if at.size and row.max() >= n:
            raise RuntimeError(f"size is inconsistent with indices: for dim {d}, size is {n} but found index "
                               f"{row.max()}")
    return size


@composite(function=False, aliases="to_sparse_coo")
def to_sparse(self: Tensor, sparse_dim: int | None = None, *, layout: Any = None, blocksize: Any = None,
              dense_dim: int | None = None) -> Tensor:
    """The elements that are not zero, by coordinates."""
    if layout is not None and layout.name != "sparse_coo" or blocksize is not None or dense_dim is not None:
        raise NotImplementedError(f"torch.Tensor.to_sparse with layout {layout} is not implemented in compat")
    if is_sparse(self):
        return self
    first = self.dim() if sparse_dim is None else sparse_dim
    if not 0 <= first <= self.dim() or (self.dim() and not first):
        raise RuntimeError(f"sparse_dim argument for to_sparse must be in [1, {self.dim()}], but got {first}")
    used = self.detach() != 0
    if first < self.dim():
        used = used.flatten(first).any(-1)
    if not self.dim():
        keep = int(bool(used))
        return sparse_tensor(tensor(np.zeros((0, keep), np.int64)), self.reshape(1)[:keep], (), True)
    at = ops._nonzero(used).t().contiguous()
    return sparse_tensor(at, self[tuple(at.unbind(0))], tuple(self.shape), True)


def _to_dense(self: Any, dtype: Any = None, *, masked_grad: bool = True) -> Tensor:
    """The same elements, with the zeros."""
    dense = ops._coo_to_dense(self._at, self._elements, tuple(self.shape))
    return dense if dtype is None else dense.to(dtype)


def _coalesce(self: Any) -> Tensor:
    """The same tensor with sorted indices, each once."""
    if self._coalesced:
        return self
    at, sizes = self._at._host(), self._form.aval.shape[:self._at.shape[0]]
    flat = np.ravel_multi_index(tuple(at), sizes) if len(sizes) else np.zeros(at.shape[1], np.int64)
    places, which = np.unique(flat, return_inverse=True)
    if len(places) == len(flat) and bool((places == flat).all()):
        return sparse_tensor(self._at, self._elements, self._form.aval.shape, True)
    sums = ops._coo_to_dense(tensor(which[None]), self._elements, (len(places), *self._elements.shape[1:]))
    rows = np.stack(np.unravel_index(places, sizes)) if len(sizes) else np.zeros((0, len(places)))
    return sparse_tensor(tensor(rows.astype(np.int64)), sums, self._form.aval.shape, True)


def _only_coalesced(self: Any, what: str) -> None:
    if not self._coalesced:
        raise RuntimeError(f"Cannot get {what} on an uncoalesced tensor, please call .coalesce() first")


def _indices(self: Any) -> Tensor:
    """The indices of a coalesced tensor."""
    _only_coalesced(self, "indices")
    return self._at


def _values(self: Any) -> Tensor:
    """The values of a coalesced tensor."""
    _only_coalesced(self, "values")
    return self._elements


def _with_values(self: Any, values: Tensor) -> Tensor:
    """Other values at the same indices."""
    return sparse_tensor(self._at.to(values.device), values, self._form.aval.shape, self._coalesced)


def _transpose(self: Any, dim0: int, dim1: int) -> Tensor:
    """The tensor with two sparse dimensions swapped."""
    n = self._at.shape[0]
    a, b = (d % self.dim() for d in (dim0, dim1))
    if max(a, b) >= n:
        raise NotImplementedError("torch.transpose of a sparse tensor's dense dimensions is not implemented in compat")
    order, size = list(range(n)), list(self.shape)
    order[a], order[b], size[a], size[b] = b, a, size[b], size[a]
    return sparse_tensor(self._at[order], self._elements, size, a == b and self._coalesced)


def _t(self: Any) -> Tensor:
    """The transposed matrix."""
    if self.dim() > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 sparse and 0 dense dimensions, but got {self.dim()} sparse "
                           "and 0 dense dimensions")
    return self if self.dim() < 2 else _transpose(self, 0, 1)


def _type(self: Any, dtype: Any = None, non_blocking: bool = False) -> Any:
    """The name of the legacy type, or the tensor in another dtype."""
    if dtype is None:
        return self._elements.type().replace("torch.", "torch.sparse.")
    return _with_values(self, self._elements.type(dtype))


def _not_numpy(self: Any, *args: Any, **kwargs: Any) -> Any:
    """Refuse, as PyTorch does."""
    raise TypeError("can't convert Sparse layout tensor to numpy. Use Tensor.to_dense() first.")


def _through_values(name: str) -> Callable:
    """A method that acts on the values alone."""

    def method(self: Any, *args: Any, **kwargs: Any) -> Tensor:
        values = getattr(self._elements, name)(*args, **kwargs)
        return self if values is self._elements else _with_values(self, values)

    method.__name__, method.__doc__ = name, f"As ``{name}`` of the values."
    return method


for _name in ("to", "cpu", "cuda", "clone", "detach", *_SINGLE):
    setattr(SparseTensor, _name, _through_values(_name))
for _name, _method in dict(
        to_dense=_to_dense, coalesce=_coalesce, indices=_indices, values=_values, transpose=_transpose, t=_t,
        swapaxes=_transpose, type=_type, numpy=_not_numpy, __array__=_not_numpy, _indices=lambda self: self._at,
        _values=lambda self: self._elements, is_coalesced=lambda self: self._coalesced,
        _nnz=lambda self: self._elements.shape[0], sparse_dim=lambda self: self._at.shape[0],
        dense_dim=lambda self: self._elements.dim() - 1, is_contiguous=lambda self, memory_format=None: False,
).items():
    setattr(SparseTensor, _name, _method)
SparseTensor.T = SparseTensor.mT = property(_t)  # type: ignore[attr-defined]
SparseTensor.data = property(lambda self: self.detach())  # type: ignore[assignment]


# ---------------------------------------------------------------- operators


def _handles(*names: str) -> Callable:
    """Make a function what the operators of these names do with sparse operands."""

    def keep(function: Callable) -> Callable:
        SparseTensor.handlers.update(dict.fromkeys(names, function))
        return function

    return keep


@_handles("mm")
def _mm(input: Any, mat2: Any) -> Tensor:
    shapes = tuple(input.shape), tuple(mat2.shape)
    if len(shapes[0]) != 2 or len(shapes[1]) != 2 or any(is_sparse(x) and x.dense_dim() for x in (input, mat2)):
        raise RuntimeError(f"mm: expected matrices, got tensors of {len(shapes[0])} and {len(shapes[1])} dimensions")
    if is_sparse(input) and is_sparse(mat2):
        return to_sparse(_mm(input, _to_dense(mat2)))
    if not is_sparse(input):
        return _mm(_t(mat2), input.t()).t()
    if shapes[0][1] != shapes[1][0]:
        raise RuntimeError(f"addmm: Argument #3 (dense): Expected dim 0 size {shapes[0][1]}, got {shapes[1][0]}")
    return ops._coo_mm(input._at, input._elements, mat2, shapes[0][0])


@_handles("mv")
def _mv(input: Any, vec: Tensor) -> Tensor:
    return _mm(input, vec.unsqueeze(1)).squeeze(1)


@_handles("addmm")
def _addmm(input: Tensor, mat1: Any, mat2: Any, beta: Any = 1, alpha: Any = 1) -> Tensor:
    return beta * input + alpha * _mm(mat1, mat2)


@_handles("linear")
def _linear(input: Any, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    out = _mm(input, weight.t())
    return out if bias is None else out + bias


@_handles("add")
def _add(input: Any, other: Any, alpha: Any = 1) -> Tensor:
    if not is_sparse(input):
        return input.add(_to_dense(other), alpha=alpha)
    if not is_sparse(other):
        raise RuntimeError("add(sparse, dense) is not supported. Use add(dense, sparse) instead.")
    if tuple(input.shape) != tuple(other.shape):
        raise RuntimeError(f"add: expected sizes of 'self' and 'other' to match, but {list(input.shape)} != "
                           f"{list(other.shape)}")
    if input._at is other._at:
        return _with_values(input, input._elements.add(other._elements, alpha=alpha))
    both = input._coalesced and other._coalesced
    values = ops.cat([input._elements, other._elements * alpha])
    total = sparse_tensor(ops.cat([input._at, other._at], 1), values, tuple(input.shape))
    return _coalesce(total) if both else total


@_handles("sub")
def _sub(input: Any, other: Any, alpha: Any = 1) -> Tensor:
    return _add(input, other, -alpha)


@_handles("mul")
def _mul(input: Any, other: Any) -> Tensor:
    if not is_sparse(input):
        return _mul(other, input)
    if python_number(other) is not None or (not is_sparse(other) and other.dim() == 0):
        return _with_values(input, input._elements * other)
    if is_sparse(other) or tuple(other.shape) != tuple(input.shape):
        raise NotImplementedError("torch.mul of sparse tensors with each other, or with other shapes, is not "
                                  "implemented in compat")
    return _with_values(input, input._elements * other[tuple(input._at.unbind(0))])


@_handles("div")
def _div(input: Any, other: Any, rounding_mode: str | None = None) -> Tensor:
    if not is_sparse(input) or (python_number(other) is None and (is_sparse(other) or other.dim())):
        raise RuntimeError("Sparse division requires a scalar or zero-dim dense tensor divisor (got shape "
                           f"{list(other.shape)} for divisor)")
    source = input if rounding_mode is None else _coalesce(input)
    return _with_values(source, ops.div(source._elements, other, rounding_mode=rounding_mode))


@_handles("pow", "_pow_static", "pow_static")
def _pow(input: Any, exponent: Any) -> Tensor:
    source = _coalesce(input)
    return _with_values(source, source._elements ** exponent)


def _unary(name: str, input: Any, *rest: Any) -> Tensor:
    source = input if name == "neg" else _coalesce(input)
    return _with_values(source, getattr(ops, name)(source._elements, *rest))


for _name in _KEEPING_ZERO:
    SparseTensor.handlers[_name] = functools.partial(_unary, _name)


@_handles("sum")
def sparse_sum(input: Any, dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Tensor:
    """The sum of all elements, or over some dimensions; those that are left stay sparse.

    Args:
      input: A sparse tensor.
      dim: Over which dimensions; all if None.
      keepdim: Refused: not implemented.
      dtype: The dtype to sum in.

    Returns:
      A dense number if all sparse dimensions are gone, else a sparse tensor.

    Raises:
      NotImplementedError: for ``keepdim=True``.

    Example:
      >>> import compat as torch
      >>> torch.sparse.sum(torch.sparse_coo_tensor([[0, 1], [2, 0]], [3.0, 4.0], (2, 3)))
      tensor(7.)

    Source:
      PyTorch, ``torch.sparse.sum``.
    """
    values = input._elements if dtype is None else input._elements.to(dtype)
    if dim is None or (isinstance(dim, tuple | list) and not dim):
        return values.sum()
    if keepdim:
        raise NotImplementedError("torch.sum of a sparse tensor with keepdim is not implemented in compat")
    gone = {d % input.dim() for d in ((dim,) if isinstance(dim, int) else dim)}
    n, shape = input.sparse_dim(), list(input.shape)
    dense = [d - n + 1 for d in gone if d >= n]
    values = values.sum(dense) if dense else values
    left = [d for d in range(n) if d not in gone]
    if not left:
        return values.sum(0)
    size = [shape[d] for d in range(input.dim()) if d not in gone]
    kept = sparse_tensor(input._at[left], values, size, input._coalesced and len(left) == n)
    return _coalesce(kept)


@_handles("cat")
def _cat(tensors: Sequence[Any], dim: int = 0) -> Tensor:
    if not all(map(is_sparse, tensors)):
        raise RuntimeError("Concatenating sparse tensors, but a dense tensor found at position "
                           f"{[is_sparse(t) for t in tensors].index(False)}.")
    d = dim % tensors[0].dim()
    if d >= tensors[0].sparse_dim():
        raise NotImplementedError("torch.cat of sparse tensors along a dense dimension is not implemented in compat")
    widths = [t.shape[d] for t in tensors]
    moved = []
    for t, start in zip(tensors, itertools.accumulate([0, *widths[:-1]]), strict=True):
        shift = np.zeros((t.sparse_dim(), 1), np.int64)
        shift[d] = start
        moved.append(t._at + tensor(shift))
    size = [sum(widths) if i == d else n for i, n in enumerate(tensors[0].shape)]
    return sparse_tensor(ops.cat(moved, 1), ops.cat([t._elements for t in tensors]), size)


# ---------------------------------------------------------------- torch.sparse


def sparse_mm(sparse: Tensor, dense: Tensor, reduce: str | None = None) -> Tensor:
    """The product of a sparse matrix and a matrix.

    Args:
      sparse: A sparse matrix.
      dense: A matrix.
      reduce: Only "sum", which is the default.

    Returns:
      The product.

    Raises:
      NotImplementedError: for another reduction.

    Example:
      >>> import compat as torch
      >>> torch.sparse.mm(torch.eye(2).to_sparse(), torch.ones(2, 1))
      tensor([[1.],
              [1.]])

    Source:
      PyTorch, ``torch.sparse.mm``.
    """
    if reduce not in (None, "sum"):
        raise NotImplementedError(f"torch.sparse.mm with reduce={reduce!r} is not implemented in compat")
    return ops.mm(sparse, dense)


@composite(method=False)
def spmm(input: Tensor, mat2: Tensor) -> Tensor:
    """As ``mm``."""
    return ops.mm(input, mat2)


class _LegacyMeta(type):
    """``isinstance(x, torch.sparse.FloatTensor)`` asks for layout and dtype."""

    def __instancecheck__(cls, x: Any) -> bool:
        return is_sparse(x) and x.dtype is cls.dtype


def _legacy(name: str, dtype: _dtype.dtype) -> type:
    def new(cls: type, *args: Any, device: Any = None) -> Tensor:
        given = "indices, values" if args and is_tensor(args[0]) else ""
        shape = "shape" if not given or len(args) > 2 else ""
        listed = ", ".join(filter(None, (given, shape)))
        warnings.warn(f"torch.sparse.SparseTensor({listed}, *, device=) is deprecated.  Please use "
                      f"torch.sparse_coo_tensor({listed}, dtype=, device=).", UserWarning, stacklevel=2)
        if not given:
            sizes = args[0] if len(args) == 1 and isinstance(args[0], Size | tuple | list) else args
            return sparse_coo_tensor(sizes, dtype=dtype, device=device)
        return sparse_coo_tensor(*args, dtype=dtype, device=device)

    return _LegacyMeta(name, (), {"__new__": new, "dtype": dtype, "__module__": "torch.sparse",
                                  "__doc__": f"Makes sparse {dtype} tensors from indices, values and a size."})


LEGACY = {n: _legacy(n, d) for n, d in dict(
    FloatTensor=_dtype.float32, DoubleTensor=_dtype.float64, HalfTensor=_dtype.float16, BFloat16Tensor=_dtype.bfloat16,
    ByteTensor=_dtype.uint8, CharTensor=_dtype.int8, ShortTensor=_dtype.int16, IntTensor=_dtype.int32,
    LongTensor=_dtype.int64).items()}
