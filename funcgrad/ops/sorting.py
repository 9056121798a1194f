"""Sorting, selecting by rank, searching and counting.

nan counts as larger than everything. Gradients go to the selected elements. The kernels at the end have results whose
shape depends on the values, so they work on NumPy arrays, outside compiled programs.
"""

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import lax

from funcgrad.dtypes import canonical, is_complex, is_integral, promote, scalar
from funcgrad.ops._common import not_implemented
from funcgrad.ops.reduction import Extrema
from funcgrad.shapes import wrap_dim
from funcgrad.typing import Array, ArrayLike, Number


class Unique(NamedTuple):
    """Distinct elements, where each element went, and how many went there."""

    output: Array  # (K,) or K slices along a dimension
    inverse: Array  # int64
    counts: Array  # (K,), int64


def _int64(x: Array) -> Array:
    return x.astype(canonical("int64"))


def _order(input: Array, dim: int, descending: bool) -> Array:
    """Stable sorting permutation along `dim`, of at least 1-d input, as int32."""
    key = lax.stop_gradient(input)
    index = lax.broadcasted_iota(jnp.int32, key.shape, dim)
    if descending:
        # reversed before and after, so that ties keep their order
        key, index = lax.rev(key, (dim,)), lax.rev(index, (dim,))
    _, order = lax.sort((key, index), dimension=dim, is_stable=True, num_keys=1)
    return lax.rev(order, (dim,)) if descending else order


def _take(input: Array, index: Array, dim: int, keepdim: bool = True) -> Extrema:
    """Elements at `index` along `dim` (counted on at least 1-d input), and the indices."""
    x = input.reshape(1) if input.ndim == 0 else input
    values = jnp.take_along_axis(x, index, dim)
    if input.ndim == 0:
        return Extrema(values.reshape(()), _int64(index.reshape(())))
    if not keepdim:
        values, index = jnp.squeeze(values, dim), jnp.squeeze(index, dim)
    return Extrema(values, _int64(index))


def _at_least_1d(input: Array) -> Array:
    return input.reshape(1) if input.ndim == 0 else input


def _nonempty(name: str, input: Array, dim: int) -> Array:
    x = _at_least_1d(input)
    if x.shape[dim] == 0:
        raise IndexError(f"{name}(): Expected reduction dim {dim} to have non-zero size.")
    return x


def sort(input: Array, dim: int = -1, descending: bool = False, stable: bool = False) -> Extrema:
    """Sorted values along `dim` and their former indices; ties keep their order, asked for or not.

    Example:
      >>> sort(jnp.array([3, 1, 2])).indices.tolist()
      [1, 2, 0]
    """
    if is_complex(input.dtype):
        raise not_implemented("sort", input.dtype)
    dim = wrap_dim(dim, input.ndim)
    return _take(input, _order(_at_least_1d(input), dim, descending), dim)


def argsort(input: Array, dim: int = -1, descending: bool = False, stable: bool = False) -> Array:
    """Indices that sort `input` along `dim`; ties keep their order."""
    return sort(lax.stop_gradient(input), dim, descending, stable).indices


def msort(input: Array) -> Array:
    """Values sorted along the first dimension."""
    return sort(input, 0).values


def topk(input: Array, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Extrema:
    """The `k` largest (or smallest) elements along `dim` and their indices, in order.

    Raises:
      RuntimeError: if `k` exceeds the size of `dim`.
    """
    dim = wrap_dim(dim, input.ndim)
    x = _at_least_1d(input)
    if not 0 <= k <= x.shape[dim]:
        raise RuntimeError("selected index k out of range")
    if largest and dim == x.ndim - 1 and not is_integral(x.dtype):
        index = lax.top_k(lax.stop_gradient(x), k)[1]
    else:
        index = lax.slice_in_dim(_order(x, dim, largest), 0, k, axis=dim)
    return _take(input, index, dim)


def kthvalue(input: Array, k: int, dim: int = -1, keepdim: bool = False) -> Extrema:
    """The `k`-th smallest element (counted from 1) along `dim` and its index.

    Raises:
      RuntimeError: if `k` is out of range.
    """
    dim = wrap_dim(dim, input.ndim)
    x = _nonempty("kthvalue", input, dim)
    if not 1 <= k <= x.shape[dim]:
        raise RuntimeError("kthvalue(): selected number k out of range for dimension " + str(dim))
    return _take(input, lax.slice_in_dim(_order(x, dim, False), k - 1, k, axis=dim), dim, keepdim)


def _median_index(x: Array, dim: int, ignore_nan: bool) -> Array:
    """Index of the lower median along `dim`, which is kept; of the first nan if nan counts."""
    order = _order(x, dim, False)
    size = x.shape[dim]
    if is_integral(x.dtype):
        return lax.slice_in_dim(order, (size - 1) // 2, (size - 1) // 2 + 1, axis=dim)
    nans = jnp.sum((x != x).astype(jnp.int32), dim, keepdims=True)
    middle = jnp.maximum(size - nans - 1, 0) // 2 if ignore_nan else jnp.where(nans > 0, size - nans, (size - 1) // 2)
    return jnp.take_along_axis(order, middle, dim)


def _median(input: Array, dim: int, keepdim: bool, ignore_nan: bool) -> Extrema:
    dim = wrap_dim(dim, input.ndim)
    x = _nonempty("median", input, dim)
    return _take(input, _median_index(lax.stop_gradient(x), dim, ignore_nan), dim, keepdim)


def median_dim(input: Array, dim: int, keepdim: bool = False) -> Extrema:
    """Median along `dim`, the lower one of an even number, and its index."""
    return _median(input, dim, keepdim, False)


def nanmedian_dim(input: Array, dim: int, keepdim: bool = False) -> Extrema:
    """Median of what is not nan along `dim`, the lower one of an even number, and its index."""
    return _median(input, dim, keepdim, True)


def _median_all(input: Array, ignore_nan: bool) -> Array:
    """Median of all elements; equal ones share the gradient, as PyTorch has it."""
    x = input.reshape(-1)
    if x.size == 0:
        return jnp.full((), jnp.nan if not is_integral(x.dtype) else jnp.iinfo(x.dtype).min, x.dtype)
    index = _median_index(lax.stop_gradient(x), 0, ignore_nan)
    value = lax.stop_gradient(x)[index[0]]
    if is_integral(x.dtype):
        return value
    hit = (x == value) | ((value != value) & (x != x))
    share = hit / jnp.sum(hit).astype(x.dtype)
    linear = jnp.sum(jnp.where(hit, x - lax.stop_gradient(x), 0) * share)
    return value + linear


def median_all(input: Array) -> Array:
    """Median of all elements, the lower one of an even number, nan if there is one.

    Example:
      >>> median_all(jnp.array([1.0, 4.0, 2.0, 3.0]))
      Array(2., dtype=float32)
    """
    return _median_all(input, False)


def nanmedian_all(input: Array) -> Array:
    """Median of all elements that are not nan."""
    return _median_all(input, True)


def mode(input: Array, dim: int = -1, keepdim: bool = False) -> Extrema:
    """Most frequent value along `dim`, the smallest of several, and the last index where it stands."""
    dim = wrap_dim(dim, input.ndim)
    x = jnp.moveaxis(_nonempty("mode", input, dim), dim, -1)
    order = _order(lax.stop_gradient(x), x.ndim - 1, False)
    ranked = jnp.take_along_axis(lax.stop_gradient(x), order, -1)
    starts = jnp.concatenate([jnp.ones((*x.shape[:-1], 1), bool), ranked[..., 1:] != ranked[..., :-1]], -1)
    place = lax.broadcasted_iota(jnp.int32, x.shape, x.ndim - 1)
    run = place - lax.cummax(jnp.where(starts, place, 0), x.ndim - 1)  # position within a run of equal values
    # the first longest run ends where `run` is first largest
    best = jnp.argmax(run, -1, keepdims=True)
    index = jnp.moveaxis(jnp.take_along_axis(order, best, -1), -1, dim)
    return _take(input, index, dim, keepdim)


# ---------------------------------------------------------------- searching


def _search(sequence: Array, values: Array, right: bool, int32: bool) -> Array:
    side = "right" if right else "left"
    if sequence.ndim == 1:
        found = jnp.searchsorted(sequence, values, side=side)
    else:
        rows, asked = sequence.reshape(-1, sequence.shape[-1]), values.reshape(-1, values.shape[-1])
        compare = jnp.less_equal if right else jnp.less
        found = jnp.sum(compare(rows[:, None, :], asked[:, :, None]), -1).reshape(values.shape)
    return found.astype(jnp.int32) if int32 else _int64(found)


def searchsorted(
    sorted_sequence: Array,
    input: ArrayLike,
    *,
    out_int32: bool = False,
    right: bool = False,
    side: str | None = None,
    sorter: Array | None = None,
) -> Array:
    """Where in the rows of `sorted_sequence` to insert `input` to keep them sorted.

    Example:
      >>> searchsorted(jnp.array([1.0, 3.0, 5.0]), jnp.array([3.0, 4.0])).tolist()
      [1, 2]
    """
    if side not in (None, "left", "right"):
        raise RuntimeError(f"torch.searchsorted(): side can only be 'left' or 'right' but got {side}")
    if side == "left" and right:
        raise RuntimeError(
            "torch.searchsorted(): side and right can't be set to opposites, got side of left while right was True"
        )
    sequence, values = promote(sorted_sequence, input)
    if sequence.ndim > 1 and (values.ndim != sequence.ndim or values.shape[:-1] != sequence.shape[:-1]):
        raise RuntimeError(
            "torch.searchsorted(): boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries "
            f"tensor and input value tensor must match, but we got boundaries tensor {list(sequence.shape)} and input "
            f"value tensor {list(values.shape)}"
        )
    if sorter is not None:
        sequence = jnp.take_along_axis(sequence, sorter, -1)
    return _search(sequence, values, right or side == "right", out_int32)


def bucketize(input: ArrayLike, boundaries: Array, *, out_int32: bool = False, right: bool = False) -> Array:
    """Index of the bucket between `boundaries` (1-d, increasing) into which each element falls."""
    if boundaries.ndim != 1:
        raise RuntimeError(f"boundaries tensor must be 1 dimension, but got dim({boundaries.ndim})")
    values, sequence = promote(input, boundaries)
    return _search(sequence, values, right, out_int32)


def isin(elements: ArrayLike, test_elements: ArrayLike, *, assume_unique: bool = False, invert: bool = False) -> Array:
    """Whether each element is one of `test_elements`."""
    x, tests = promote(elements, test_elements)
    ranked = jnp.sort(tests.reshape(-1))
    if ranked.size == 0:
        return jnp.full(x.shape, invert)
    at = jnp.minimum(jnp.searchsorted(ranked, x), ranked.size - 1)
    return (ranked[at] == x) != invert


def histc(input: Array, bins: int = 100, min: Number = 0, max: Number = 0) -> Array:
    """Counts in `bins` equal intervals of ``[min, max]``, of the whole range if both are equal.

    Raises:
      RuntimeError: if `bins` is not positive.
    """
    if bins <= 0:
        raise RuntimeError(f"torch.histogram(): bins must be > 0, but got {bins} for dimension 0")
    if is_integral(input.dtype):
        raise not_implemented("histogram_cpu", input.dtype)
    x = input.reshape(-1)
    low, high = scalar(min, x.dtype), scalar(max, x.dtype)
    if x.size:
        whole = low == high
        low, high = jnp.where(whole, jnp.min(x), low), jnp.where(whole, jnp.max(x), high)
    flat = low == high
    low, high = jnp.where(flat, low - 1, low), jnp.where(flat, high + 1, high)
    inside = (x >= low) & (x <= high)
    place = jnp.floor((x - low) * bins / (high - low)).astype(jnp.int32)
    place = jnp.where(inside, jnp.clip(place, 0, bins - 1), bins)
    return jnp.zeros(bins, x.dtype).at[place].add(1, mode="drop")


# ---------------------------------------------------------------- results whose shape depends on the values

# Called with NumPy arrays; annotated as every kernel is, so that what they take is known to be tensors.


def bincount(input: Array, weights: Array | None = None, minlength: int = 0) -> Array:
    """How often each integer from 0 to the largest occurs, or the sums of their `weights`.

    Raises:
      RuntimeError: unless `input` is 1-d and holds integers that are not negative.
    """
    if not np.issubdtype(input.dtype, np.integer):
        raise not_implemented("bincount_cpu", input.dtype)
    if minlength < 0:
        raise RuntimeError("minlength should be >= 0")
    if input.ndim != 1 or input.size and input.min() < 0:
        raise RuntimeError("bincount only supports 1-d non-negative integral inputs.")
    if weights is None:
        return np.bincount(input, minlength=minlength)
    if weights.shape != input.shape:
        raise RuntimeError("weights should be 1-d and have the same length as input")
    out = np.bincount(input, weights, minlength)
    return out.astype(np.float32) if weights.dtype == np.float32 else out


def unique(
    input: Array,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Unique:
    """Distinct elements, or distinct slices along `dim`, in increasing order; all three results always."""
    if dim is None:
        output, inverse, counts = np.unique(input, return_inverse=True, return_counts=True, equal_nan=False)
        return Unique(output, inverse.reshape(input.shape), counts)
    dim = wrap_dim(dim, input.ndim)
    output, inverse, counts = np.unique(input, return_inverse=True, return_counts=True, axis=dim)
    return Unique(output, inverse.reshape(-1), counts)


def unique_consecutive(
    input: Array, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Unique:
    """The first of each run of equal elements (of the flattened array), or of equal slices along `dim`."""
    axis = 0 if dim is None else wrap_dim(dim, input.ndim)
    x = input.reshape(-1) if dim is None else input
    rows = np.moveaxis(x, axis, 0)
    size = rows.shape[0]
    changed = (rows[1:] != rows[:-1]).any(tuple(range(1, rows.ndim)))
    starts = np.concatenate([np.ones(min(size, 1), bool), changed])
    first = np.flatnonzero(starts)
    inverse = np.cumsum(starts) - 1
    counts = np.diff(np.append(first, size))
    output = np.take(x, first, axis)
    return Unique(output, inverse.reshape(input.shape) if dim is None else inverse, counts)
