"""Arrays from nothing but numbers."""

import jax.numpy as jnp
import numpy as np

from funcgrad.typing import Array, Number


def full(size: tuple[int, ...], fill_value: Number, dtype: np.dtype) -> Array:
    """An array of one value."""
    return jnp.broadcast_to(jnp.asarray(fill_value).astype(dtype), size)


def zeros(size: tuple[int, ...], dtype: np.dtype) -> Array:
    """Zeros."""
    return jnp.zeros(size, dtype)


def ones(size: tuple[int, ...], dtype: np.dtype) -> Array:
    """Ones."""
    return jnp.ones(size, dtype)


def arange(start: Number, step: Number, length: int, dtype: np.dtype) -> Array:
    """``start + i * step`` for i below ``length``, computed in double precision (or in int64 for integers)."""
    wide = jnp.int64 if np.issubdtype(dtype, np.integer) else jnp.float64
    return (jnp.asarray(start).astype(wide) + jnp.arange(length,
                                                         dtype=wide) * jnp.asarray(step).astype(wide)).astype(dtype)


def linspace(start: Number, end: Number, steps: int, dtype: np.dtype) -> Array:
    """``steps`` evenly spaced numbers from ``start`` to ``end``, filled from both ends as PyTorch does."""
    work = dtype if jnp.issubdtype(dtype, jnp.inexact) and np.dtype(dtype).itemsize >= 4 else jnp.float32
    work = jnp.float64 if np.issubdtype(dtype, np.integer) else work
    a, b = jnp.asarray(start).astype(work), jnp.asarray(end).astype(work)
    if steps == 1:
        return a.reshape(1).astype(dtype)
    step = (b - a) / jnp.asarray(steps - 1).astype(work)
    i = jnp.arange(steps)
    low, high = a + step * i.astype(work), b - step * (steps - 1 - i).astype(work)
    return jnp.where(i < steps // 2, low, high).astype(dtype)


def logspace(start: Number, end: Number, steps: int, base: Number, dtype: np.dtype) -> Array:
    """``base`` to the powers of `linspace`."""
    work = jnp.float64 if not np.issubdtype(dtype, np.complexfloating) else dtype
    return (jnp.asarray(base).astype(work) ** linspace(start, end, steps, work)).astype(dtype)


def eye(n: int, m: int, dtype: np.dtype) -> Array:
    """Ones on the diagonal."""
    return jnp.eye(n, m, dtype=dtype)


def fill(input: Array, value: Array) -> Array:
    """``input``'s shape and dtype, every element the 0-d ``value``."""
    return jnp.broadcast_to(value.astype(input.dtype), input.shape)


def zero(input: Array) -> Array:
    """Zeros of ``input``'s shape."""
    return jnp.zeros_like(input)
