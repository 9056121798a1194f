"""Rows of joining, repeating, padding and rearranging."""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from compat import _dtype
from compat._ops.data import tensor
from compat._ops.declare import composite, op, ops
from compat._tensor.tensor import Tensor, wrap
from funcgrad.ops import shaping as K
from funcgrad.shapes import broadcast_shapes

_hidden = {"method": False, "function": False}


def _listed(tensors: tuple) -> tuple:
    """``f(a, b)`` or ``f([a, b])`` as (a, b)."""
    return tuple(tensors[0]) if len(tensors) == 1 and isinstance(tensors[0], tuple | list) else tensors


# ---------------------------------------------------------------- joining
op(K.cat, aliases="concat concatenate", method=False, out=True)
op(K.stack, method=False, out=True)
op(K.block_diag, "_block_diag", node="BlockDiagBackward0", **_hidden)


@composite(method=False)
def hstack(tensors: Sequence[Tensor], *, out: Any = None) -> Tensor:
    """Join columns: along dimension 1, or 0 for vectors."""
    tensors = ops.atleast_1d(tensors)
    if not tensors:
        raise RuntimeError("hstack expects a non-empty TensorList")
    return ops.cat(tensors, 0 if tensors[0].dim() == 1 else 1, out=out)


@composite(method=False, aliases="row_stack")
def vstack(tensors: Sequence[Tensor], *, out: Any = None) -> Tensor:
    """Join rows, vectors counting as one row."""
    if not tensors:
        raise RuntimeError("vstack expects a non-empty TensorList")
    return ops.cat(ops.atleast_2d(tensors), 0, out=out)


@composite(method=False)
def dstack(tensors: Sequence[Tensor], *, out: Any = None) -> Tensor:
    """Join along the third dimension."""
    if not tensors:
        raise RuntimeError("dstack expects a non-empty TensorList")
    return ops.cat(ops.atleast_3d(tensors), 2, out=out)


@composite(method=False)
def column_stack(tensors: Sequence[Tensor], *, out: Any = None) -> Tensor:
    """Join columns, vectors counting as one column."""
    if not tensors:
        raise RuntimeError("column_stack expects a non-empty TensorList")
    return hstack([x.reshape(x.numel(), 1) if x.dim() <= 1 else x for x in tensors], out=out)


@composite(method=False)
def block_diag(*tensors: Tensor) -> Tensor:
    """Block diagonal matrix; vectors are rows, numbers 1x1 blocks."""
    return ops._block_diag(_listed(tensors))


# ---------------------------------------------------------------- reversing, rolling, repeating
op(K.flip, varargs="dims")
op(K.fliplr, node="FlipBackward0")
op(K.flipud, node="FlipBackward0")
op(K.roll)
op(K.rot90)
op(K.repeat, varargs="repeats", function=False)
op(K.tile, varargs="dims", node="RepeatBackward0")
op(K.repeat_indices, "_repeat_indices", host=True, **_hidden)


@composite
def repeat_interleave(
    input: Tensor, repeats: Any = None, dim: int | None = None, *, output_size: int | None = None
) -> Tensor:
    """Every element (every slice along `dim`) several times in a row; flattened if dim is None."""
    del output_size
    if repeats is None:
        return ops._repeat_indices(input)
    if dim is None:
        input, dim = input.reshape(-1), 0
    dim = dim % max(input.dim(), 1)
    if isinstance(repeats, list | tuple):
        repeats = wrap(np.asarray(repeats, np.int64))
    if isinstance(repeats, Tensor):
        size = input.shape[dim] if input.dim() else 1
        if repeats.dim() == 0 or repeats.numel() == 1:
            repeats = repeats.reshape(1).expand(size)
        elif repeats.numel() != size:
            raise RuntimeError(
                f"repeats must have the same size as input along dim, but got repeats.size(0) = {repeats.numel()} and "
                f"input.size({dim}) = {size}"
            )
        return input.index_select(dim, ops._repeat_indices(repeats))
    if repeats < 0:
        raise RuntimeError("Repeats must be non-negative")
    shape = list(input.shape) or [1]
    wide = input.unsqueeze(dim + 1) if input.dim() else input.reshape(1, 1)
    wide = wide.expand(*shape[: dim + 1], repeats, *shape[dim + 1 :])
    return wide.clone().view(*shape[:dim], shape[dim] * repeats, *shape[dim + 1 :])


# ---------------------------------------------------------------- padding
op(K.constant_pad_nd, method=False)
for _kernel, _name in ((K.reflection_pad, "Reflection"), (K.replication_pad, "Replication")):
    op(
        _kernel,
        "_" + _kernel.__name__,
        node=lambda a, name=_name: f"{name}Pad{len(a['padding']) // 2}DBackward0",
        **_hidden,
    )
op(K.circular_pad, "_circular_pad", node="CopySlices", **_hidden)
_PADS = {"reflect": "_reflection_pad", "replicate": "_replication_pad", "circular": "_circular_pad"}


@composite(**_hidden, nn=True)
def pad(input: Tensor, pad: Sequence[int], mode: str = "constant", value: float | None = None) -> Tensor:
    """Pad the last dimensions; `pad` lists (before, after) from the last dimension backwards."""
    pad = tuple(int(p) for p in pad)
    if mode == "constant":
        return ops.constant_pad_nd(input, pad, 0 if value is None else value)
    K.check_pad(input._value().aval, pad, mode, value)
    return getattr(ops, _PADS[mode])(input, pad)


# ---------------------------------------------------------------- triangles and diagonals
op(K.tril, inplace=True, out=True)
op(K.triu, inplace=True, out=True)
op(K.diag_embed)


@composite
def diag(input: Tensor, diagonal: int = 0, *, out: Any = None) -> Tensor:
    """The diagonal of a matrix, or the matrix with a vector on its diagonal."""
    if input.dim() not in (1, 2):
        raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {input.dim()}D")
    result = ops.diag_embed(input, diagonal) if input.dim() == 1 else ops._diagonal_copy(input, diagonal)
    return result if out is None else ops._into(out, result)


op(K.diag, "_diagonal_copy", node="DiagonalBackward0_copy", **_hidden)


@composite(**_hidden)
def _into(out: Tensor, result: Tensor) -> Tensor:
    """`result` written into `out`, which takes its shape."""
    if tuple(out.shape) != tuple(result.shape):
        out.resize_(result.shape)
    return out.copy_(result)


@composite
def diagflat(input: Tensor, offset: int = 0) -> Tensor:
    """Square matrix with the flattened input on a diagonal."""
    return ops.diag_embed(input.reshape(-1), offset)


def _triangle(name: str, kernel: Any) -> Any:
    """The positions of a triangle's elements."""

    def fn(
        row: int,
        col: int,
        offset: int = 0,
        *,
        dtype: Any = None,
        device: Any = None,
        layout: Any = None,
        pin_memory: bool = False,
    ) -> Tensor:
        return tensor(kernel(row, col, offset), dtype=dtype or _dtype.int64, device=device)

    fn.__name__ = fn.__qualname__ = name
    fn.__doc__ = kernel.__doc__
    return composite(fn, method=False)


_triangle("tril_indices", K.tril_indices)
_triangle("triu_indices", K.triu_indices)


# ---------------------------------------------------------------- grids
@composite(method=False)
def broadcast_tensors(*tensors: Tensor) -> tuple[Tensor, ...]:
    """All tensors expanded to their common shape: views."""
    tensors = _listed(tensors)
    shape = broadcast_shapes(*(tuple(x.shape) for x in tensors))
    return tuple(x if tuple(x.shape) == shape else x.expand(shape) for x in tensors)


_warned = {"meshgrid": False}


@composite(method=False)
def meshgrid(*tensors: Tensor, indexing: str | None = None) -> tuple[Tensor, ...]:
    """Grids of the coordinates in vectors; ``"xy"`` swaps the first two dimensions."""
    tensors = _listed(tensors)
    if indexing is None:
        indexing = "ij"
        if not _warned["meshgrid"]:
            _warned["meshgrid"] = True
            warnings.warn(
                "torch.meshgrid: in an upcoming release, it will be required to pass the indexing argument.",
                stacklevel=2,
            )
    K.check_meshgrid([x.dim() for x in tensors], indexing)
    n = len(tensors)
    order = [1, 0, *range(2, n)] if indexing == "xy" and n >= 2 else list(range(n))
    ranked = [tensors[i].reshape(-1) for i in order]
    shape = [x.numel() for x in ranked]
    grids = [x.view(*(-1 if d == i else 1 for d in range(n))).expand(shape) for i, x in enumerate(ranked)]
    if order != list(range(n)):
        grids[0], grids[1] = grids[1], grids[0]
    return tuple(grids)


@composite(method=False)
def cartesian_prod(*tensors: Tensor) -> Tensor:
    """All tuples with one element of each vector, shape ``(n, k)``; a single vector is returned as it is."""
    tensors = _listed(tensors)
    for x in tensors:
        if x.dim() != 1:
            raise RuntimeError(f"Expect a 1D vector, but got shape {list(x.shape)}")
    if len(tensors) == 1:
        return tensors[0]
    return ops.stack([g.flatten() for g in meshgrid(*tensors, indexing="ij")], 1)


op(K.combinations, node="StackBackward0")
op(K.channel_shuffle, method=False, nn=True)
