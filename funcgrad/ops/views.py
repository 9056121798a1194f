"""Views as pairs of pure functions: reading a part of an array, and putting new elements back into that part."""

from collections.abc import Callable, Sequence

import jax.numpy as jnp
import numpy as np
from jax import lax

from funcgrad.typing import Array


def reshape(x: Array, shape: tuple[int, ...]) -> Array:
    """The same elements in another shape."""
    return x.reshape(shape)


def reshape_put(x: Array, new: Array, shape: tuple[int, ...]) -> Array:
    """Inverse of `reshape`."""
    return new.reshape(x.shape)


def permute(x: Array, dims: tuple[int, ...]) -> Array:
    """The dimensions in another order."""
    return jnp.transpose(x, dims)


def permute_put(x: Array, new: Array, dims: tuple[int, ...]) -> Array:
    """Inverse of `permute`."""
    return jnp.transpose(new, tuple(int(i) for i in np.argsort(dims)))


def _starts(x: Array, dim: int, start: Array) -> list[Array]:
    zero = jnp.zeros_like(start)
    return [start if d == dim else zero for d in range(x.ndim)]


def slice_(x: Array, dim: int, length: int, step: int, start: Array) -> Array:
    """``length`` elements of one dimension, from ``start``, ``step`` apart."""
    if step == 1:
        return lax.dynamic_slice_in_dim(x, start, length, dim)
    if length == 0:
        return lax.slice_in_dim(x, 0, 0, axis=dim)
    span = lax.dynamic_slice_in_dim(x, start, (length - 1) * step + 1, dim)
    return lax.slice_in_dim(span, 0, span.shape[dim], step, dim)


def slice_put(x: Array, new: Array, dim: int, length: int, step: int, start: Array) -> Array:
    """Inverse of `slice_`."""
    if length == 0:
        return x
    if step == 1:
        return lax.dynamic_update_slice(x, new, _starts(x, dim, jnp.asarray(start)))
    at = jnp.asarray(start) + step * jnp.arange(length)
    return jnp.moveaxis(jnp.moveaxis(x, dim, 0).at[at].set(jnp.moveaxis(new, dim, 0)), 0, dim)


def parts(x: Array, dim: int, sizes: Sequence[int]) -> Sequence[Array]:
    """All of `x`, cut along one dimension. The backward is one concatenation, where that of slices adds them up."""
    return lax.split(x, sizes, dim)


def select(x: Array, dim: int, index: Array) -> Array:
    """One position of a dimension, which is dropped."""
    return lax.dynamic_index_in_dim(x, index, dim, keepdims=False)


def select_put(x: Array, new: Array, dim: int, index: Array) -> Array:
    """Inverse of `select`."""
    return lax.dynamic_update_index_in_dim(x, new, index, dim)


def expand(x: Array, shape: tuple[int, ...]) -> Array:
    """Dimensions of size one repeated without copying."""
    return jnp.broadcast_to(x, shape)


def expand_put(x: Array, new: Array, shape: tuple[int, ...]) -> Array:
    """Inverse of `expand`: of elements that share memory, the first that differs from what was there stays."""
    extra = len(shape) - x.ndim
    repeated = [*range(extra), *[d + extra for d, n in enumerate(x.shape) if n == 1 and new.shape[d + extra] != 1]]
    if not repeated or not new.size:
        return new.reshape(x.shape)
    kept = [d for d in range(new.ndim) if d not in repeated]
    rows = jnp.transpose(new, (*kept, *repeated)).reshape(x.size, -1)  # those that share memory in one row
    changed = rows != x.reshape(-1, 1)
    return jnp.take_along_axis(rows, jnp.argmax(changed, axis=1)[:, None], axis=1).reshape(x.shape)


def diagonal(x: Array, offset: int, dim1: int, dim2: int) -> Array:
    """The diagonal of two dimensions, as the last one."""
    return jnp.diagonal(x, offset, dim1, dim2)


def diagonal_put(x: Array, new: Array, offset: int, dim1: int, dim2: int) -> Array:
    """Inverse of `diagonal`."""
    moved = jnp.moveaxis(x, (dim1, dim2), (0, 1))
    at = jnp.arange(new.shape[-1])
    rows, cols = (at, at + offset) if offset >= 0 else (at - offset, at)
    return jnp.moveaxis(moved.at[rows, cols].set(jnp.moveaxis(new, -1, 0)), (0, 1), (dim1, dim2))


def _windows(n: int, size: int, step: int) -> np.ndarray:
    return np.arange((n - size) // step + 1)[:, None] * step + np.arange(size)


def unfold(x: Array, dim: int, size: int, step: int) -> Array:
    """All windows of ``size`` along a dimension; the window is the last dimension."""
    at = _windows(x.shape[dim], size, step)
    taken = jnp.take(x, jnp.asarray(at.reshape(-1)), axis=dim)
    split = taken.reshape(*x.shape[:dim], *at.shape, *x.shape[dim + 1:])
    return jnp.moveaxis(split, dim + 1, -1)


def unfold_put(x: Array, new: Array, dim: int, size: int, step: int) -> Array:
    """Inverse of `unfold`: of overlapping windows, the last stays."""
    moved = jnp.moveaxis(x, dim, 0)
    windows = jnp.moveaxis(jnp.moveaxis(new, -1, 0), dim + 1, 0)  # (windows, size, rest)
    for k in range(windows.shape[0]):
        moved = lax.dynamic_update_slice_in_dim(moved, windows[k], k * step, 0)
    return jnp.moveaxis(moved, 0, dim)


def _flat_indices(size: Sequence[int], stride: Sequence[int], offset: int) -> np.ndarray:
    at = np.full(tuple(size), offset, np.int64)
    for d, (n, s) in enumerate(zip(size, stride, strict=True)):
        at += (np.arange(n) * s).reshape([-1 if i == d else 1 for i in range(len(size))])
    return at


def as_strided(x: Array, size: tuple[int, ...], stride: tuple[int, ...], offset: int) -> Array:
    """The elements at ``offset + sum(i * stride)`` of the flattened array."""
    if 0 in size:
        return x.reshape(-1)[:0].reshape(size)
    return jnp.take(x.reshape(-1), jnp.asarray(_flat_indices(size, stride, offset)), axis=0)


def as_strided_put(x: Array, new: Array, size: tuple[int, ...], stride: tuple[int, ...], offset: int) -> Array:
    """Inverse of `as_strided`."""
    at = jnp.asarray(_flat_indices(size, stride, offset).reshape(-1))
    return x.reshape(-1).at[at].set(new.reshape(-1)).reshape(x.shape)


def real(x: Array) -> Array:
    """Real parts."""
    return jnp.real(x)


def real_put(x: Array, new: Array) -> Array:
    """Inverse of `real`."""
    return lax.complex(new, jnp.imag(x))


def imag(x: Array) -> Array:
    """Imaginary parts."""
    return jnp.imag(x)


def imag_put(x: Array, new: Array) -> Array:
    """Inverse of `imag`."""
    return lax.complex(jnp.real(x), new)


def view_as_real(x: Array) -> Array:
    """Complex numbers as pairs, in a new last dimension."""
    return jnp.stack([jnp.real(x), jnp.imag(x)], -1)


def view_as_real_put(x: Array, new: Array) -> Array:
    """Inverse of `view_as_real`."""
    return lax.complex(new[..., 0], new[..., 1])


def view_as_complex(x: Array) -> Array:
    """Pairs as complex numbers."""
    return lax.complex(x[..., 0], x[..., 1])


def view_as_complex_put(x: Array, new: Array) -> Array:
    """Inverse of `view_as_complex`."""
    return view_as_real(new)


def bitcast(x: Array, dtype: np.dtype) -> Array:
    """The same bytes as another dtype; the last dimension grows or shrinks with the element size."""
    dtype = np.dtype(dtype)
    if x.dtype == dtype:
        return x
    if x.ndim == 0:
        return bitcast(x.reshape(1), dtype).reshape(())
    *rows, n = x.shape
    # XLA does not look at all types as bytes: complex numbers are pairs here, and bools are bytes.
    if dtype.kind == "b":
        return bitcast(x, np.dtype(np.uint8)) != 0
    if x.dtype.kind == "b":
        return bitcast(x.astype(np.uint8), dtype)
    if x.dtype.kind == "c":
        return bitcast(view_as_real(x).reshape(*rows, 2 * n), dtype)
    if dtype.kind == "c":
        parts = bitcast(x, np.dtype(f"f{dtype.itemsize // 2}"))
        return view_as_complex(parts.reshape(*rows, parts.shape[-1] // 2, 2))
    old, new = x.dtype.itemsize, dtype.itemsize
    if old < new:
        return lax.bitcast_convert_type(x.reshape(*rows, n * old // new, new // old), dtype)
    y = lax.bitcast_convert_type(x, dtype)
    return y if old == new else y.reshape(*rows, n * old // new)


def bitcast_put(x: Array, new: Array, dtype: np.dtype) -> Array:
    """Inverse of `bitcast`."""
    return bitcast(new, x.dtype)


STEPS: dict[str, tuple[Callable, Callable]] = {
    "reshape": (reshape, reshape_put), "permute": (permute, permute_put), "slice": (slice_, slice_put),
    "select": (select, select_put), "expand": (expand, expand_put), "diagonal": (diagonal, diagonal_put),
    "unfold": (unfold, unfold_put), "as_strided": (as_strided, as_strided_put), "real": (real, real_put),
    "imag": (imag, imag_put), "view_as_real": (view_as_real, view_as_real_put),
    "view_as_complex": (view_as_complex, view_as_complex_put), "bitcast": (bitcast, bitcast_put)}
"""(read, put) by kind; their static arguments come before their numbers."""


def numpy_step(kind: str, x: np.ndarray, static: tuple, numbers: tuple[int, ...]) -> np.ndarray:
    """A step on a NumPy array, sharing its memory.

    Raises:
      ValueError: if NumPy would have to copy.
    """
    if kind == "permute":
        return x.transpose(*static)
    if kind == "slice":
        dim, length, step = static
        start = numbers[0]
        return x[(slice(None),) * dim + (slice(start, start + (length - 1) * step + 1 if length else start, step),)]
    if kind == "select":
        return x[(slice(None),) * static[0] + (numbers[0],)]
    if kind == "expand":
        return np.broadcast_to(x, static[0])
    if kind == "reshape":
        y = x.view()
        y.shape = static[0]
        return y
    if kind == "diagonal":
        return np.diagonal(x, *static)
    if kind in ("real", "imag"):
        return getattr(x, kind)
    raise ValueError(f"a {kind} view of memory shared with NumPy that is not contiguous")
