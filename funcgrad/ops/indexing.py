"""Reading and writing at indices.

Gradients follow PyTorch: of values written to one place by duplicate indices each receives the gradient of the place.
Indices out of range are the caller's business (XLA clamps reads and drops writes); ``funcgrad.ops.index_checks`` has
PyTorch's errors.
"""

from collections.abc import Sequence
from functools import partial
from typing import Literal

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from funcgrad.dtypes import is_bool, is_integral, result_type, scalar, torch_name
from funcgrad.shapes import broadcast_shapes, wrap_dim
from funcgrad.typing import Array, ArrayLike, Number

__all__ = [
    "argwhere",
    "gather",
    "index",
    "index_add",
    "index_copy",
    "index_fill",
    "index_put",
    "index_reduce",
    "index_select",
    "masked_positions",
    "masked_scatter",
    "nonzero",
    "put",
    "scatter",
    "scatter_add",
    "scatter_reduce",
    "take",
    "take_along_dim",
]

Reduce = Literal["sum", "prod", "mean", "amax", "amin"]
_IN_BOUNDS = lax.GatherScatterMode.PROMISE_IN_BOUNDS


def _read(input: Array, at: tuple) -> Array:
    return input.at[at].get(mode=_IN_BOUNDS, wrap_negative_indices=False)


# ---------------------------------------------------------------- writing, with PyTorch's gradient
# `whole` says which dimensions are not indexed: a slice is no argument of a function with a derivative of its own
def _split(at: tuple) -> tuple[tuple[bool, ...], tuple]:
    """Which dimensions an index tuple takes whole, and the arrays of the others."""
    return tuple(isinstance(a, slice) for a in at), tuple(a for a in at if not isinstance(a, slice))


def _joined(whole: tuple[bool, ...], arrays: tuple) -> tuple:
    """The index tuple that `_split` took apart."""
    rest = iter(arrays)
    return tuple(slice(None) if w else next(rest) for w in whole)


def _write(input: Array, at: tuple, values: Array) -> Array:
    whole, arrays = _split(at)
    return _write_at(whole, input, arrays, values)


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def _write_at(whole: tuple[bool, ...], input: Array, arrays: tuple, values: Array) -> Array:
    return input.at[_joined(whole, arrays)].set(values, mode=_IN_BOUNDS)


@_write_at.defjvp
def _write_jvp(whole: tuple[bool, ...], primals: tuple, tangents: tuple) -> tuple[Array, Array]:
    input, arrays, values = primals
    at = _joined(whole, arrays)
    written = jnp.zeros(input.shape, bool).at[at].set(True, mode=_IN_BOUNDS)
    kept = jnp.where(written, jnp.zeros((), input.dtype), tangents[0])
    # adding, whose transpose reads the cotangent at every index, also where another write came later
    return _write_at(whole, input, arrays, values), kept.at[at].add(tangents[2], mode=_IN_BOUNDS)


def _add(input: Array, at: tuple, values: Array) -> Array:
    """`values` added at an index tuple; of bools the sum is whether either holds."""
    if is_bool(input.dtype):
        return input.astype(np.uint8).at[at].max(values.astype(np.uint8), mode=_IN_BOUNDS).astype(bool)
    return input.at[at].add(values, mode=_IN_BOUNDS)


def _check_index_dtype(name: str, index: Array) -> None:
    if index.dtype not in (np.dtype("int32"), np.dtype("int64")):
        raise RuntimeError(f"{name}(): Expected dtype int32/int64 for index")


def _corner(index: Array, dim: int) -> tuple:
    """Full index tuple of ``index`` along `dim`: every other dimension counts up from zero."""
    return tuple(index if d == dim else lax.broadcasted_iota(index.dtype, index.shape, d) for d in range(index.ndim))


def _check_same_rank(input: Array, index: Array, name: str) -> None:
    if index.size and max(input.ndim, 1) != max(index.ndim, 1):
        raise RuntimeError(f"Index tensor must have the same number of dimensions as {name} tensor")


def gather(input: Array, dim: int, index: Array, *, sparse_grad: bool = False) -> Array:
    """``out[i][j] = input[index[i][j]][j]`` for dim 0; index may be smaller than input elsewhere.

    Example:
      >>> gather(jnp.array([[1, 2], [3, 4]]), 1, jnp.array([[0, 0], [1, 0]])).tolist()
      [[1, 1], [4, 3]]
    """
    del sparse_grad
    dim = wrap_dim(dim, input.ndim)
    if not index.size:  # of any dtype and rank
        return jnp.zeros(index.shape, input.dtype)
    _check_index_dtype("gather", index)
    _check_same_rank(input, index, "input")
    for d in range(index.ndim):
        if d != dim and index.shape[d] > input.shape[d]:
            raise RuntimeError(
                f"Size does not match at dimension {d} expected index {list(index.shape)} to be no larger than self "
                f"{list(input.shape)} apart from dimension {dim}"
            )
    if not input.ndim:
        return jnp.broadcast_to(input, index.shape)
    if not index.ndim:
        return _read(input, (index,))
    return _read(input, _corner(index, dim))


def _check_scatter(name: str, input: Array, dim: int, index: Array, src: Array | None) -> None:
    if index.size:
        _check_index_dtype(name, index)
    if src is not None and src.dtype != input.dtype:
        raise RuntimeError(f"{name}(): Expected self.dtype to be equal to src.dtype")
    if not index.size:
        return
    _check_same_rank(input, index, "self")
    larger = any(n > m for d, (n, m) in enumerate(zip(index.shape, input.shape, strict=False)) if d != dim)
    if src is None:
        if larger:
            raise RuntimeError(
                f"Expected index {list(index.shape)} to be no larger than self {list(input.shape)} apart from "
                f"dimension {dim}"
            )
        return
    if max(src.ndim, 1) != max(index.ndim, 1):
        raise RuntimeError("Index tensor must have the same number of dimensions as src tensor")
    if larger or any(n > m for n, m in zip(index.shape, src.shape, strict=False)):
        raise RuntimeError(
            f"Expected index {list(index.shape)} to be no larger than self {list(input.shape)} apart from dimension "
            f"{dim} and to be no larger size than src {list(src.shape)}"
        )


def _part(src: Array, index: Array) -> Array:
    return src[tuple(slice(0, n) for n in index.shape)]


def scatter(input: Array, dim: int, index: Array, src: ArrayLike, *, reduce: str | None = None) -> Array:
    """Write `src` (or one number) at ``out[index[i][j]][j]`` for dim 0; `reduce` adds or multiplies instead."""
    dim = wrap_dim(dim, input.ndim)
    number = not jnp.ndim(src)
    array = scalar(src, input.dtype) if number else jnp.asarray(src)
    _check_scatter("scatter", input, dim, index, None if number else array)
    if reduce not in (None, "add", "multiply"):
        raise RuntimeError("reduce argument must be either add or multiply.")
    if not index.size:
        return input
    if not input.ndim:
        return scatter(input[None], 0, index.reshape(-1), src, reduce=reduce)[0]
    values = jnp.broadcast_to(array, index.shape) if number else _part(array, index)
    at = _corner(index, dim)
    if reduce == "add":
        return _add(input, at, values)
    if reduce == "multiply":
        return input.at[at].multiply(values, mode=_IN_BOUNDS)
    return _write(input, at, values)


def scatter_add(input: Array, dim: int, index: Array, src: Array) -> Array:
    """Add `src` at ``out[index[i][j]][j]`` for dim 0; duplicates accumulate."""
    dim = wrap_dim(dim, input.ndim)
    _check_scatter("scatter", input, dim, index, src)
    if not index.size:
        return input
    if not input.ndim:
        return scatter_add(input[None], 0, index.reshape(-1), src.reshape(-1))[0]
    return _add(input, _corner(index, dim), _part(src, index))


def scatter_reduce(
    input: Array, dim: int, index: Array, src: Array, reduce: Reduce, *, include_self: bool = True
) -> Array:
    """Combine all elements of `src` sent to the same place; without include_self the old value there is dropped.

    The gradient of amax and amin is shared evenly between ties; the mean of integers is rounded down.
    """
    if reduce not in ("sum", "prod", "mean", "amax", "amin"):
        raise RuntimeError(f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}")
    dim = wrap_dim(dim, input.ndim)
    _check_scatter("scatter", input, dim, index, src)
    if not index.size:
        return input
    if not input.ndim:
        return scatter_reduce(input[None], 0, index.reshape(-1), src.reshape(-1), reduce, include_self=include_self)[0]
    return _combine(input, _corner(index, dim), _part(src, index), reduce, include_self)


def _combine(input: Array, at: tuple, values: Array, reduce: str, include_self: bool) -> Array:
    if is_bool(input.dtype):  # the sum of bools is whether any holds, their product whether all do
        reduce = {"sum": "amax", "prod": "amin"}.get(reduce, reduce)
        x, new = input.astype(np.int32), values.astype(np.int32)
        return _combine(x, at, new, reduce, include_self).astype(bool)
    hits = jnp.zeros(input.shape, input.dtype).at[at].add(jnp.ones((), input.dtype), mode=_IN_BOUNDS)
    if reduce in ("sum", "mean"):
        base = input if include_self else jnp.where(hits > 0, jnp.zeros((), input.dtype), input)
        out = base.at[at].add(values, mode=_IN_BOUNDS)
        if reduce == "sum":
            return out
        count = jnp.maximum(hits + (1 if include_self else 0), jnp.ones((), input.dtype))
        return out // count if is_integral(input.dtype) else out / count
    if reduce == "prod":
        base = input if include_self else jnp.where(hits > 0, jnp.ones((), input.dtype), input)
        return _scatter_prod(base, at, values)
    lowest = _extreme(input.dtype, reduce == "amax")
    free = jnp.zeros(hits.shape, bool) if include_self else hits > 0
    whole, arrays = _split(at)
    return _scatter_extreme(whole, input, arrays, values, reduce == "amax", free, lowest)


def _extreme(dtype: np.dtype, lowest: bool) -> Array:
    """The identity of max (or of min)."""
    if is_integral(dtype):
        info = jnp.iinfo(dtype) if dtype != np.bool_ else None
        low, high = (info.min, info.max) if info else (False, True)
    else:
        low, high = -np.inf, np.inf
    return jnp.asarray(low if lowest else high, dtype)


def _scatter_prod(base: Array, at: tuple, values: Array) -> Array:
    whole, arrays = _split(at)
    return _scatter_prod_at(whole, base, arrays, values)


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def _scatter_prod_at(whole: tuple[bool, ...], base: Array, arrays: tuple, values: Array) -> Array:
    return base.at[_joined(whole, arrays)].multiply(values, mode=_IN_BOUNDS)


@_scatter_prod_at.defjvp
def _scatter_prod_jvp(whole: tuple[bool, ...], primals: tuple, tangents: tuple) -> tuple[Array, Array]:
    base, arrays, values = primals
    at = _joined(whole, arrays)
    one, zero = jnp.ones((), base.dtype), jnp.zeros((), base.dtype)
    # the product without one of its factors: divide, except by zero, where it is the product of the others or nothing
    zeros = (base == 0).astype(base.dtype).at[at].add((values == 0).astype(base.dtype), mode=_IN_BOUNDS)
    others = jnp.where(base == 0, one, base).at[at].multiply(jnp.where(values == 0, one, values), mode=_IN_BOUNDS)

    def without(x: Array, zeros: Array, others: Array) -> Array:
        some = jnp.where(x == 0, others, others / jnp.where(x == 0, one, x))
        return jnp.where(zeros - (x == 0).astype(x.dtype) > 0, zero, some)

    of_values = without(values, _read(zeros, at), _read(others, at))
    tangent = (without(base, zeros, others) * tangents[0]).at[at].add(of_values * tangents[2], mode=_IN_BOUNDS)
    return _scatter_prod_at(whole, base, arrays, values), tangent


@partial(jax.custom_jvp, nondiff_argnums=(0, 4))
def _scatter_extreme(
    whole: tuple[bool, ...], input: Array, arrays: tuple, values: Array, largest: bool, free: Array, lowest: Array
) -> Array:
    """Maxima (or minima) of the old values, where those count (not `free`), and the new ones sent there."""
    ref = jnp.where(free, lowest, input).at[_joined(whole, arrays)]
    return ref.max(values, mode=_IN_BOUNDS) if largest else ref.min(values, mode=_IN_BOUNDS)


@_scatter_extreme.defjvp
def _scatter_extreme_jvp(
    whole: tuple[bool, ...], largest: bool, primals: tuple, tangents: tuple
) -> tuple[Array, Array]:
    input, arrays, values, free, lowest = primals
    at = _joined(whole, arrays)
    out = _scatter_extreme(whole, input, arrays, values, largest, free, lowest)
    zero = jnp.zeros((), input.dtype)
    # an old value that does not count still shares in a tie, in PyTorch too
    own, theirs = input == out, values == _read(out, at)
    ties = own.astype(input.dtype).at[at].add(theirs.astype(input.dtype), mode=_IN_BOUNDS)
    kept = jnp.where(own & ~free, tangents[0], zero)
    total = kept.at[at].add(jnp.where(theirs, tangents[2], zero), mode=_IN_BOUNDS)
    return out, total / jnp.maximum(ties, jnp.ones((), input.dtype))


# ---------------------------------------------------------------- along one dimension
def _along(dim: int, index: Array) -> tuple:
    return (slice(None),) * dim + (index,)


def _check_vector_index(name: str, index: Array) -> None:
    if index.ndim > 1:
        raise IndexError(f"{name}(): Index is supposed to be a vector")
    if index.dtype not in (np.dtype("int32"), np.dtype("int64")):
        raise RuntimeError(f"{name}(): Expected dtype int32 or int64 for index")


def index_select(input: Array, dim: int, index: Array) -> Array:
    """The slices of `input` along `dim` that a vector of indices names."""
    dim = wrap_dim(dim, input.ndim)
    _check_vector_index("index_select", index)
    if not input.ndim:
        return input
    return _read(input, _along(dim, index.reshape(-1)))


def index_add(input: Array, dim: int, index: Array, source: Array, *, alpha: Number = 1) -> Array:
    """Add ``alpha`` times the slices of `source` to those of `input` named by `index`; duplicates accumulate."""
    dim = wrap_dim(dim, input.ndim)
    if index.ndim > 1:
        raise IndexError("index_add_(): Index is supposed to be a vector")
    index = index.reshape(-1)
    if input.dtype != source.dtype:
        raise RuntimeError(
            f"index_add_(): self ({torch_name(input.dtype)}) and source ({torch_name(source.dtype)}) must have the "
            "same scalar type"
        )
    if not input.ndim:
        return input + scalar(alpha, input.dtype) * source.reshape(())
    if index.size != source.shape[dim]:
        raise RuntimeError(
            f"index_add_(): Number of indices ({index.size}) should be equal to source.size(dim): "
            f"({source.shape[dim]}), for dim: {dim}"
        )
    rest = [s[:dim] + s[dim + 1 :] for s in (input.shape, source.shape)]
    if rest[0] != rest[1]:
        raise RuntimeError(
            "source tensor shape must match self tensor shape, excluding the specified dimension. Got self.shape = "
            f"{list(input.shape)} source.shape = {list(source.shape)}"
        )
    plain = isinstance(alpha, int) and alpha == 1
    values = source if plain else scalar(alpha, input.dtype) * source
    return _add(input, _along(dim, index), values)


def index_copy(input: Array, dim: int, index: Array, source: Array) -> Array:
    """Write the slices of `source` over those of `input` named by `index`."""
    dim = wrap_dim(dim, input.ndim)
    if index.ndim > 1:
        raise IndexError(f"index_copy_(): Index should have dimension 1 or 0 (got {index.ndim})")
    index = index.reshape(-1)
    if input.dtype != source.dtype:
        raise RuntimeError(
            "index_copy_(): self and source expected to have the same dtype, but got (self) "
            f"{torch_name(input.dtype)} and (source) {torch_name(source.dtype)}"
        )
    a, b = input.shape[:dim] + input.shape[dim + 1 :], source.shape[:dim] + source.shape[dim + 1 :]
    if input.ndim and source.ndim and a != b:
        raise RuntimeError(
            "index_copy_(): Source/destination tensor must have same slice shapes. Destination slice shape: "
            f"{' '.join(map(str, a))} at dimension {dim} and source slice shape: {' '.join(map(str, b))} at "
            f"dimension {dim}."
        )
    if source.ndim and index.size != source.shape[dim]:
        raise IndexError(
            f"index_copy_(): Number of indices ({index.size}) should be equal to source.size(dim) ({source.shape[dim]})"
        )
    if not input.ndim:
        return source.reshape(())
    return _write(input, _along(dim, index), source)


def index_fill(input: Array, dim: int, index: Array, value: ArrayLike) -> Array:
    """Write one number over the slices of `input` named by `index`."""
    dim = wrap_dim(dim, input.ndim)
    if jnp.ndim(value):
        raise RuntimeError(
            "index_fill_ only supports a 0-dimensional value tensor, but got tensor with "
            f"{jnp.ndim(value)} dimension(s)."
        )
    value = scalar(value, input.dtype)
    if not input.ndim:
        return value
    marked = jnp.zeros(input.shape[dim], bool).at[index.reshape(-1)].set(True, mode=_IN_BOUNDS)
    marked = lax.expand_dims(marked, [d for d in range(input.ndim) if d != dim])
    return jnp.where(marked, value, input)


def index_reduce(
    input: Array, dim: int, index: Array, source: Array, reduce: Reduce, *, include_self: bool = True
) -> Array:
    """Combine the slices of `source` sent to the same slice of `input`."""
    dim = wrap_dim(dim, input.ndim)
    if not input.ndim:
        return index_reduce(input[None], 0, index, source.reshape(-1), reduce, include_self=include_self)[0]
    return _combine(input, _along(dim, index.reshape(-1)), source, reduce, include_self)


# ---------------------------------------------------------------- several dimensions at once
def _tuple(input: Array, indices: Sequence[Array | None]) -> tuple:
    if len(indices) > input.ndim:
        raise IndexError(f"too many indices for tensor of dimension {input.ndim} (got {len(indices)})")
    given = [i for i in indices if i is not None]
    for i in given:
        if not is_integral(i.dtype):
            raise IndexError("tensors used as indices must be long, int, byte or bool tensors")
    try:
        broadcast_shapes(*(i.shape for i in given))
    except RuntimeError:
        shapes = ", ".join(str(list(i.shape)) for i in given)
        raise IndexError(
            f"shape mismatch: indexing tensors could not be broadcast together with shapes {shapes}"
        ) from None
    return tuple(slice(None) if i is None else i for i in indices)


def index(input: Array, indices: Sequence[Array | None]) -> Array:
    """``input[indices]``, None standing for a whole dimension; negative indices count from the end.

    Index arrays that are not neighbours put their dimension first, as in NumPy.

    Example:
      >>> index(jnp.array([[1, 2], [3, 4]]), [None, jnp.array([1])]).tolist()
      [[2], [4]]
    """
    return input.at[_tuple(input, indices)].get(mode=_IN_BOUNDS)


def index_put(input: Array, indices: Sequence[Array | None], values: Array, accumulate: bool = False) -> Array:
    """Write (or add) `values`, broadcast, where `index` would read."""
    if input.dtype != values.dtype:
        raise RuntimeError(
            "Index put requires the source and destination dtypes match, got "
            f"{torch_name(input.dtype)} for the destination and {torch_name(values.dtype)} for the source."
        )
    at = _tuple(input, indices)
    shape = jax.eval_shape(lambda x: x[at], input).shape if any(i is not None for i in indices) else input.shape
    lead = values.ndim - len(shape)
    fits = lead <= 0 or set(values.shape[:lead]) <= {1}
    tail = values.shape[max(lead, 0) :]
    if not fits or any(n not in (1, m) for n, m in zip(reversed(tail), reversed(shape), strict=False)):
        raise RuntimeError(
            f"shape mismatch: value tensor of shape {list(values.shape)} cannot be broadcast to indexing result of "
            f"shape {list(shape)}"
        )
    values = jnp.broadcast_to(values.reshape(tail), shape)
    return _add(input, at, values) if accumulate else _write(input, at, values)


def take(input: Array, index: Array) -> Array:
    """Elements of the flattened input; negative indices count from the end."""
    if index.dtype != np.int64 and index.dtype != np.int32:
        raise RuntimeError(f"take(): Expected a long tensor for index, but got {torch_name(index.dtype)}")
    return input.reshape(-1).at[index].get(mode=_IN_BOUNDS)


def take_along_dim(input: Array, indices: Array, dim: int | None = None) -> Array:
    """As `gather`, with the other dimensions broadcast and indices modulo the size; flattened if dim is None."""
    if dim is None:
        return gather(input.reshape(-1), 0, indices.reshape(-1))
    if input.ndim != indices.ndim:
        raise RuntimeError(
            "torch.take_along_dim(): input and indices should have the same number of dimensions, but got "
            f"{input.ndim} dimensions for input, and {indices.ndim} dimensions for indices"
        )
    dim = wrap_dim(dim, input.ndim)
    shape = broadcast_shapes(input.shape[:dim] + input.shape[dim + 1 :], indices.shape[:dim] + indices.shape[dim + 1 :])

    def widen(x: Array) -> Array:
        return jnp.broadcast_to(x, (*shape[:dim], x.shape[dim], *shape[dim:]))

    return gather(widen(input), dim, widen(indices % max(input.shape[dim], 1)))


def put(input: Array, index: Array, source: Array, accumulate: bool = False) -> Array:
    """Write (or add) `source` over elements of the flattened input."""
    if index.size != source.size:
        raise IndexError(
            "put_(): Expected source and index to have the same number of elements, but got source.numel() = "
            f"{source.size}, index.numel() = {index.size}"
        )
    flat, at, values = input.reshape(-1), (index.reshape(-1),), source.reshape(-1)
    out = _add(flat, at, values) if accumulate else _write(flat, at, values)
    return out.reshape(input.shape)


# ---------------------------------------------------------------- masks
def nonzero(input: np.ndarray) -> np.ndarray:
    """Indices of the elements that are not zero, shape ``(n, ndim)``. NumPy, its size depends on values."""
    return np.argwhere(input != 0).astype("int64")


argwhere = nonzero


def masked_positions(mask: np.ndarray) -> np.ndarray:
    """Positions in the flattened array where a bool mask is true. NumPy, its size depends on values."""
    return np.flatnonzero(mask).astype("int64")


def masked_scatter(input: Array, mask: Array, source: Array) -> Array:
    """Replace the elements under the mask by those of `source`, in order."""
    if mask.dtype != np.bool_:
        raise RuntimeError(f"masked_scatter_ only supports boolean masks, but got mask with dtype {mask.dtype}")
    if input.dtype != source.dtype:
        raise RuntimeError(
            "masked_scatter: expected self and source to have same dtypes but got"
            f"{torch_name(input.dtype)} and {torch_name(source.dtype)}"
        )
    shape = broadcast_shapes(input.shape, mask.shape)
    input, mask = jnp.broadcast_to(input, shape), jnp.broadcast_to(mask, shape)
    order = jnp.cumsum(mask.reshape(-1), dtype=result_type(0)).reshape(shape) - 1
    if not source.size:
        return input
    return jnp.where(mask, source.reshape(-1)[jnp.clip(order, 0, source.size - 1)], input)
