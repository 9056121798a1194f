"""Rows of reading and writing at indices, and of tables looked up by index."""

from collections.abc import Sequence
from typing import Any

from compat import _dtype
from compat._ops.declare import composite, op, ops
from compat._tensor.out_checks import check_out
from compat._tensor.tensor import Tensor
from funcgrad.ops import embedding as E
from funcgrad.ops import index_checks as C
from funcgrad.ops import indexing as K
from funcgrad.ops import view_scatter as V
from funcgrad.shapes import broadcast_shapes

_hidden = {"method": False, "function": False}


def _is_number(argument: Any) -> bool:
    """Whether the row's argument is a Python number: then its type stands for it."""
    return isinstance(argument, type)


# ---------------------------------------------------------------- reading
op(K.gather, check=C.check_gather, out=True)
op(K.index_select, check=C.check_index_select, out=True, picks=True)
op(K.take, check=C.check_take, out=True)
op(K.take_along_dim, node="GatherBackward0", check=C.check_take_along_dim, check_params="indices", out=True)
op(K.index, "_index", node="IndexBackward0", check=C.check_index, check_params="indices", picks=True, **_hidden)
op(K.take, "_masked_select", node="MaskedSelectBackward0", **_hidden)
op(K.masked_positions, "_masked_positions", host=True, **_hidden)
op(K.nonzero, "_nonzero", host=True, **_hidden)


@composite
def masked_select(input: Tensor, mask: Tensor, *, out: Any = None) -> Tensor:
    """The elements under a mask, as a vector."""
    if mask.dtype is not _dtype.bool_:
        raise RuntimeError("masked_select: expected BoolTensor for mask")
    if out is not None:
        check_out("masked_select", [out], [out._aval], [input, mask])
    shape = broadcast_shapes(tuple(input.shape), tuple(mask.shape))
    input, mask = (x if tuple(x.shape) == shape else x.expand(shape) for x in (input, mask))
    result = ops._masked_select(input, ops._masked_positions(mask))
    return result if out is None else ops._into(out, result)


@composite
def nonzero(input: Tensor, *, as_tuple: bool = False, out: Any = None) -> Any:
    """Indices of the elements that are not zero, one row each, or one vector per dimension."""
    if as_tuple:
        return tuple(ops._nonzero(input if input.dim() else input.reshape(1)).unbind(1))
    return ops._nonzero(input) if out is None else ops._into(out, ops._nonzero(input))


@composite
def argwhere(input: Tensor) -> Tensor:
    """Indices of the elements that are not zero, one row each."""
    return ops._nonzero(input)


# ---------------------------------------------------------------- writing
op(
    K.scatter,
    "_scatter",
    node=lambda a: f"ScatterBackward{int(_is_number(a['src']))}",
    check=C.check_gather,
    inplace=True,
    **_hidden,
)
op(K.scatter_add, check=C.check_gather, inplace=True, out=True)
op(K.scatter_reduce, check=C.check_gather, inplace=True, out=True)
op(K.index_add, check=C.check_index_select, inplace=True, out=True)
op(K.index_copy, check=C.check_index_copy, inplace=True, out=True)
op(
    K.index_fill,
    node=lambda a: f"IndexFillBackward{int(not _is_number(a['value']))}",
    check=C.check_index_fill,
    inplace=True,
)
op(K.index_reduce, check=C.check_index_select, inplace=True, out=True)
op(K.put, check=C.check_take, inplace=True)
op(K.masked_scatter, check=C.check_masked_scatter, check_params="mask", inplace=True)
op(V.select_scatter, out=True)
op(V.slice_scatter, out=True)
op(V.diagonal_scatter, out=True)
op(
    K.index_put,
    "_index_put",
    node="IndexPutBackward0",
    check=C.check_index,
    check_params="indices",
    inplace=True,
    **_hidden,
)


def _source(src: Any, value: Any) -> Any:
    if (src is None) == (value is None):
        raise TypeError("scatter() received an invalid combination of arguments: one of src and value is needed")
    return value if src is None else src


@composite
def scatter(
    input: Tensor, dim: int, index: Tensor, src: Any = None, *, value: Any = None, reduce: str | None = None,
    out: Any = None
) -> Tensor:
    """Write `src` (or one number) at ``out[index[i][j]][j]`` for dim 0; `reduce` adds or multiplies instead."""
    result = ops._scatter(input, dim, index, _source(src, value), reduce=reduce)
    return result if out is None else ops._into(out, result)


@composite(function=False)
def scatter_(
    self: Tensor, dim: int, index: Tensor, src: Any = None, *, value: Any = None, reduce: str | None = None
) -> Tensor:
    """In place: see ``scatter``."""
    return ops._scatter_(self, dim, index, _source(src, value), reduce=reduce)


def _unmasked(indices: Sequence[Tensor | None]) -> tuple[Tensor | None, ...]:
    """Masks among the indices as the positions they select."""
    if not isinstance(indices, tuple | list):
        raise TypeError(f"index_put(): argument 'indices' must be tuple of Tensors, not {type(indices).__name__}")
    out: list[Tensor | None] = []
    for i in indices:
        if i is not None and i.dtype in (_dtype.bool_, _dtype.uint8):
            out += nonzero(i, as_tuple=True)
        else:
            out.append(i)
    return tuple(out)


@composite
def index_put(input: Tensor, indices: Sequence[Tensor | None], values: Tensor, accumulate: bool = False) -> Tensor:
    """Write (or add) `values`, broadcast, at ``input[indices]``."""
    return ops._index_put(input, _unmasked(indices), values, accumulate)


@composite
def index_put_(input: Tensor, indices: Sequence[Tensor | None], values: Tensor, accumulate: bool = False) -> Tensor:
    """In place: see ``index_put``."""
    return ops._index_put_(input, _unmasked(indices), values, accumulate)


# ---------------------------------------------------------------- tables
op(
    E.embedding,
    "_embedding",
    node="EmbeddingBackward0",
    check=E.check_embedding,
    check_params="input",
    **_hidden,
)


@composite(method=False)
def embedding(
    weight: Tensor, indices: Tensor, padding_idx: int = -1, scale_grad_by_freq: bool = False, sparse: bool = False
) -> Tensor:
    """The rows of `weight` at `indices`; the gradient is dense whatever `sparse` says."""
    del sparse
    return ops._embedding(indices, weight, None if padding_idx < 0 else padding_idx, scale_grad_by_freq)
