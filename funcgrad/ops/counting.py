"""Histograms, sums over segments, positions in a fixed number of places, and hashes."""

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from funcgrad.dtypes import canonical, is_complex, is_floating, torch_name
from funcgrad.ops._common import not_implemented
from funcgrad.shapes import wrap_dim, wrap_dims
from funcgrad.typing import Array, Dim

__all__ = ["hash_tensor", "histogram_edges", "histogram_uniform", "nonzero_static", "segment_reduce"]


class Histogram(NamedTuple):
    """Weight of each bin, and the bins' bounds, one more."""

    hist: Array
    bin_edges: Array


def _check_histogram(input: Array, weight: Array | None) -> None:
    if not is_floating(input.dtype):
        raise NotImplementedError(f"\"histogramdd\" not implemented for '{torch_name(input.dtype)}'")
    if weight is not None and weight.shape != input.shape:
        raise RuntimeError(
            "torch.histogramdd: if weight tensor is provided it should have the same shape as the input tensor "
            f"excluding its innermost dimension, but got input with shape {[input.size, 1]} and weight with shape "
            f"{list(weight.shape)}"
        )


def histogram_edges(input: Array, bins: Array, weight: Array | None = None, *, density: bool = False) -> Histogram:
    """Count elements between ascending bounds; the last bin holds its upper bound too.

    Example:
      >>> histogram_edges(jnp.array([0.0, 0.5, 2.0]), jnp.array([0.0, 1.0, 2.0])).hist.tolist()
      [2.0, 1.0]
    """
    _check_histogram(input, weight)
    x = input.reshape(-1)
    w = jnp.ones_like(x) if weight is None else weight.reshape(-1)
    n = bins.shape[0] - 1
    at = jnp.searchsorted(bins, x, side="right") - 1
    at = jnp.where(x == bins[-1], n - 1, at)
    inside = (x >= bins[0]) & (x <= bins[-1])
    hist = jnp.zeros((n,), x.dtype).at[jnp.where(inside, at, n)].add(w, mode="drop")
    if density:
        hist = hist / (hist.sum() * jnp.diff(bins))
    return Histogram(hist, bins)


def histogram_uniform(
    input: Array,
    weight: Array | None = None,
    *,
    bins: int = 100,
    range: tuple[float, float] | None = None,
    density: bool = False,
) -> Histogram:
    """Count elements in `bins` equal bins over `range`; from the least to the largest element if None."""
    _check_histogram(input, weight)
    if bins <= 0:
        raise RuntimeError(f"torch.histogram(): bins must be > 0, but got {bins} for dimension 0")
    if range is not None and range[0] > range[1]:
        raise RuntimeError(
            f"torch.histogramdd: min should not exceed max, but got min {range[0]:g} max {range[1]:g} for dimension 0"
        )
    if range is not None:
        low, high = (jnp.asarray(v, input.dtype) for v in range)
    elif input.size:
        low, high = input.min(), input.max()
    else:
        low, high = jnp.zeros((), input.dtype), jnp.ones((), input.dtype)
    same = low == high
    low, high = jnp.where(same, low - 0.5, low), jnp.where(same, high + 0.5, high)
    edges = jnp.linspace(low, high, bins + 1, dtype=input.dtype)
    return histogram_edges(input, edges, weight, density=density)


def nonzero_static(input: Array, *, size: int, fill_value: int = -1) -> Array:
    """Positions of the nonzero elements, cut or filled up to `size` rows.

    Example:
      >>> nonzero_static(jnp.array([0, 3]), size=2).tolist()
      [[1], [-1]]
    """
    dtype = canonical("int64")
    if not input.ndim:
        return jnp.zeros((size, 0), dtype)
    return jnp.stack(jnp.nonzero(input, size=size, fill_value=fill_value), -1).astype(dtype)


_IDENTITIES = {"sum": 0.0, "mean": 0.0, "prod": 1.0, "max": -math.inf, "min": math.inf}


def segment_reduce(
    data: Array, lengths: Array, *, reduce: str, axis: int = 0, initial: int | float | None = None
) -> Array:
    """Reduce consecutive segments of the given lengths along `axis`, the last dimension of `lengths`.

    An empty segment gives `initial`; without it the reduction's identity, nan for the mean.

    Example:
      >>> segment_reduce(jnp.array([1.0, 2.0, 3.0]), jnp.array([2, 1]), reduce="sum").tolist()
      [3.0, 3.0]
    """
    axis = wrap_dim(axis, data.ndim)
    if axis:
        rows = jax.vmap(lambda d, n: segment_reduce(d, n, reduce=reduce, axis=axis - 1, initial=initial))
        return rows(data, lengths)
    count = lengths.shape[0]
    ids = jnp.repeat(jnp.arange(count), lengths, total_repeat_length=data.shape[0])
    start = jnp.asarray(_IDENTITIES[reduce] if initial is None else initial, data.dtype)
    empty = jnp.full((count, *data.shape[1:]), start)
    cells = empty.at[ids]
    if reduce in ("max", "min"):
        return cells.max(data) if reduce == "max" else cells.min(data)
    if reduce == "prod":
        # JAX has no derivative of a scattered product
        inside = (ids == jnp.arange(count)[:, None]).reshape(count, -1, *(1,) * (data.ndim - 1))
        return start * jnp.prod(jnp.where(inside, data, 1), 1)
    total = cells.add(data)
    if reduce == "sum":
        return total
    n = lengths.reshape(-1, *(1,) * (data.ndim - 1)).astype(data.dtype)
    fill = jnp.nan if initial is None else start
    return lax.select(jnp.broadcast_to(n > 0, total.shape), total / jnp.where(n > 0, n, 1), jnp.full_like(total, fill))


def hash_tensor(input: Array, dim: Dim = (), *, keepdim: bool = False, mode: int = 0) -> Array:
    """Exclusive or of the elements' bits over `dim` (everything if empty), as uint64.

    The bits are those of the float64 or int64 of the same value; where 64-bit types are switched off in JAX, those of
    their 32-bit relatives, as uint32.

    Raises:
      RuntimeError: for another `mode` than 0, or for an empty array without `dim`.
      IndexError: for a `dim` of size 0.

    Example:
      >>> hash_tensor(jnp.array([[5, 3], [4, 3]]), 1).tolist()
      [6, 7]

    Source: PyTorch, ``torch.hash_tensor``.
    """
    if mode != 0:
        raise RuntimeError(f"Unknown hash_tensor mode: {mode}")
    dims = wrap_dims(dim, input.ndim)
    if not input.size:
        if dim is None or dim == ():
            raise RuntimeError(
                "hash_tensor: Expected reduction dim to be specified for input.numel() == 0. Specify the reduction "
                "dim with the 'dim' argument."
            )
        for d in dims:
            if not input.shape[d]:
                raise IndexError(f"hash_tensor: Expected reduction dim {d} to have non-zero size.")
    if is_complex(input.dtype) or input.dtype.name in ("uint16", "uint32", "uint64"):
        raise not_implemented("xor_sum_cpu", input.dtype)
    wide = input.astype(canonical("float64" if is_floating(input.dtype) else "int64"))
    bits = lax.bitcast_convert_type(wide, canonical("uint64"))
    out = lax.reduce(bits, bits.dtype.type(0), lax.bitwise_xor, dims)
    return jnp.expand_dims(out, dims) if keepdim else out
