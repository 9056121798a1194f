"""Random numbers from a key: what a step draws that runs as one program and cannot ask a stream on the host.

Each function takes a key (its raw data, two uint32 words) and the number of the draw in the step, and returns the
distribution of the function of that name in PyTorch; the numbers are JAX's own.
"""

import jax
import jax.numpy as jnp

from funcgrad.typing import Array, DType, Number, Shape

__all__ = ["bernoulli", "cauchy", "choices", "choices_without_replacement", "exponential", "following", "full_range",
           "geometric", "integers", "log_normal", "normal", "permutation", "poisson", "uniform"]

_LAST = 0x7FFFFFFF  # the number of no draw


def _key(key: Array, draw: Number) -> Array:
    return jax.random.fold_in(jax.random.wrap_key_data(key), jnp.asarray(draw, jnp.uint32))


def _wide(dtype: DType) -> jnp.dtype:
    """The dtype to compute in: halves and integers are rounded at the end."""
    return jnp.dtype(dtype) if dtype in (jnp.float32, jnp.float64) else jnp.dtype(jnp.float32)


def following(key: Array) -> Array:
    """The key of the next step."""
    return jax.random.key_data(_key(key, _LAST))


def uniform(key: Array, draw: Number, low: Number, high: Number, *, shape: Shape, dtype: DType) -> Array:
    """Numbers uniform in [low, high); of a complex number both parts."""
    k = _key(key, draw)
    if jnp.issubdtype(dtype, jnp.complexfloating):
        real = jnp.finfo(dtype).dtype
        parts = jax.random.uniform(k, (2, *shape), real, jnp.asarray(low, real), jnp.asarray(high, real))
        return jax.lax.complex(parts[0], parts[1]).astype(dtype)
    return jax.random.uniform(k, shape, dtype, jnp.asarray(low, dtype), jnp.asarray(high, dtype))


def normal(key: Array, draw: Number, mean: Number, std: Number, *, shape: Shape, dtype: DType) -> Array:
    """Normal numbers; the variance of a complex one is that of both parts together. Parameters may be arrays."""
    x = jax.random.normal(_key(key, draw), shape, dtype)
    return (x * jnp.asarray(std, x.real.dtype) + jnp.asarray(mean, dtype)).astype(dtype)


def bernoulli(key: Array, draw: Number, p: Array | Number, *, shape: Shape, dtype: DType) -> Array:
    """Ones with probability ``p`` (one number, or one an element), zeros otherwise."""
    return (jax.random.uniform(_key(key, draw), shape, jnp.float32) < jnp.asarray(p)).astype(dtype)


def exponential(key: Array, draw: Number, rate: Number, *, shape: Shape, dtype: DType) -> Array:
    """Exponential numbers."""
    x = jax.random.exponential(_key(key, draw), shape, _wide(dtype))
    return (x / jnp.asarray(rate, x.dtype)).astype(dtype)


def cauchy(key: Array, draw: Number, median: Number, sigma: Number, *, shape: Shape, dtype: DType) -> Array:
    """Cauchy numbers."""
    x = jax.random.cauchy(_key(key, draw), shape, _wide(dtype))
    return (x * jnp.asarray(sigma, x.dtype) + jnp.asarray(median, x.dtype)).astype(dtype)


def log_normal(key: Array, draw: Number, mean: Number, std: Number, *, shape: Shape, dtype: DType) -> Array:
    """Numbers whose logarithms are normal."""
    return jnp.exp(normal(key, draw, mean, std, shape=shape, dtype=_wide(dtype))).astype(dtype)


def geometric(key: Array, draw: Number, p: Number, *, shape: Shape, dtype: DType) -> Array:
    """Counts of trials up to the first success."""
    u = jax.random.uniform(_key(key, draw), shape, jnp.float32, jnp.finfo(jnp.float32).tiny)
    return jnp.maximum(jnp.ceil(jnp.log(u) / jnp.log1p(-jnp.asarray(p, jnp.float32))), 1.0).astype(dtype)


def integers(key: Array, draw: Number, low: Number, high: Number, *, shape: Shape, dtype: DType) -> Array:
    """Integers in [low, high)."""
    return jax.random.randint(_key(key, draw), shape, low, high, jnp.int64).astype(dtype)


def full_range(key: Array, draw: Number, *, shape: Shape, dtype: DType) -> Array:
    """Integers from 0 to the largest of the dtype, or to 2**digits if it is floating point."""
    if dtype == jnp.bool_:
        top = 2
    elif jnp.issubdtype(dtype, jnp.floating):
        top = (1 << (jnp.finfo(dtype).nmant + 1)) + 1
    else:
        top = int(jnp.iinfo(dtype).max) + 1
    bits = jax.random.bits(_key(key, draw), shape, jnp.uint64)
    return (bits % jnp.uint64(top)).astype(dtype)


def poisson(key: Array, draw: Number, rate: Array, *, shape: Shape, dtype: DType) -> Array:
    """Poisson counts, one for each rate."""
    return jax.random.poisson(_key(key, draw), rate.astype(jnp.float32), shape).astype(dtype)


def choices(key: Array, draw: Number, weights: Array, *, shape: Shape, dtype: DType) -> Array:
    """Indices drawn with the weights in the last dimension, independently of each other."""
    logits = jnp.log(weights.astype(jnp.float32))[..., None, :]
    return jax.random.categorical(_key(key, draw), logits, shape=shape).astype(dtype)


def choices_without_replacement(key: Array, draw: Number, weights: Array, *, shape: Shape, dtype: DType) -> Array:
    """Indices drawn one after the other with the weights in the last dimension, none twice."""
    noise = jax.random.gumbel(_key(key, draw), weights.shape, jnp.float32)
    return jax.lax.top_k(jnp.log(weights.astype(jnp.float32)) + noise, shape[-1])[1].astype(dtype)


def permutation(key: Array, draw: Number, *, shape: Shape, dtype: DType) -> Array:
    """A permutation of 0 ... n - 1, for the shape (n,)."""
    return jax.random.permutation(_key(key, draw), shape[0]).astype(dtype)
