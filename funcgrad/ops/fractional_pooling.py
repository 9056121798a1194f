"""Fractional maximum pooling: windows at pseudo-random steps, so that a size shrinks by any ratio (Graham 2014)."""

import math
from collections.abc import Sequence
from itertools import product

import jax.numpy as jnp
from jax import lax

from funcgrad.dtypes import canonical, is_floating, opmath
from funcgrad.ops._common import not_implemented
from funcgrad.ops.pooling import MaxPool, first_maximum
from funcgrad.shapes import wrap_dim
from funcgrad.typing import Array

__all__ = ["fractional_max_pool2d", "fractional_max_pool3d"]

_AXES = {2: ("height", "width"), 3: ("time", "height", "width")}


def _numbers(name: str, argument: str, value: int | Sequence[int], n: int) -> tuple[int, ...]:
    given = (value,) if isinstance(value, int) else tuple(value)
    if len(given) not in (1, n):
        words = "Ints" if n == 2 else "three Ints"
        raise RuntimeError(f"{name}: {argument} must either be a single Int or tuple of {words}")
    return given * n if len(given) == 1 else given


def _check(name: str, input: Array, pool: Sequence[int], sizes: Sequence[int], samples: Array) -> None:
    n, shape = len(pool), input.shape
    where = f"{name}{'_out' if n == 3 else ''}()"
    if len(shape) not in (n + 1, n + 2):
        raise RuntimeError(f"{where}: Expected {n + 1}D or {n + 2}D tensor, but got: {list(shape)}")
    for d in range(len(shape) - n - 1, len(shape)):
        if shape[d] == 0:
            raise RuntimeError(
                f"{where}: Expected input to have non-zero size for non-batch dimensions, but got{list(shape)} with "
                f"dimension {d} being empty."
            )
    for axis, m, k, o in zip(_AXES[n], shape[-n:], pool, sizes, strict=True):
        if o + k - 1 > m:
            raise RuntimeError(f"{where}: pool {axis} {k} too large relative to input {axis} {m}")
    if not is_floating(input.dtype):
        raise not_implemented(f"{name}_out_frame", input.dtype)
    if samples.dtype != input.dtype:
        raise RuntimeError("Expect _random_samples to have the same dtype as input")
    if samples.ndim != 3:
        raise RuntimeError(f"Expect _random_samples to have 3 dimensions, got {samples.ndim}")
    if samples.shape[0] < (shape[0] if len(shape) == n + 2 else 1):
        raise RuntimeError("Expect _random_samples.size(0) no less then input batch size.")
    if samples.shape[1] != shape[-n - 1]:
        raise RuntimeError("Expect _random_samples.size(1) equals to input channel size.")
    if samples.shape[2] != n:
        raise RuntimeError(f"Expect _random_samples.size(2) equals to {n}; got {samples.shape[2]}.")


def _starts(sample: Array, size: int, out: int, pool: int) -> Array:
    """First element of each window, ``(N, C, out)``; every step is rounded to the samples' own dtype."""
    info, wide = jnp.finfo(sample.dtype), opmath(sample.dtype)

    def rounded(x: Array) -> Array:
        return lax.reduce_precision(x, info.nexp, info.nmant)

    last = jnp.full((*sample.shape, 1), size - pool, "int32")
    if out <= 1:
        return last[..., :out]
    u = sample.astype(wide)[..., None]
    alpha = rounded(jnp.asarray((size - pool) / (out - 1), wide))
    i = jnp.arange(out - 1).astype(wide)
    steps = rounded(rounded(i + u) * alpha).astype("int32") - rounded(u * alpha).astype("int32")
    return jnp.concatenate([steps, last], -1)


def _pool(
    n: int, input: Array, kernel_size: int | Sequence[int], output_size: int | Sequence[int], samples: Array
) -> MaxPool:
    name = f"fractional_max_pool{n}d"
    pool = _numbers(name, "kernel_size", kernel_size, n)
    sizes = _numbers(name, "output_size", output_size, n)
    if input.ndim < n + 1:
        wrap_dim(-n - 1, input.ndim)
    _check(name, input, pool, sizes, samples)
    lead, spatial = input.shape[:-n], input.shape[-n:]
    x = input.reshape(-1, lead[-1], math.prod(spatial))
    batch = x.shape[0]
    # PyTorch's image takes the first sample for its columns, its volume for its frames
    order = (1, 0) if n == 2 else (0, 1, 2)
    starts = [_starts(samples[:batch, :, order[a]], spatial[a], sizes[a], pool[a]) for a in range(n)]
    corner = jnp.zeros((1,) * (2 + n), "int32")
    for a, start in enumerate(starts):
        corner = corner * spatial[a] + start.reshape(batch, lead[-1], *(-1 if d == a else 1 for d in range(n)))
    strides = [math.prod(spatial[a + 1 :]) for a in range(n)]
    places = [
        (corner + sum(i * s for i, s in zip(at, strides, strict=True))).reshape(batch, lead[-1], -1)
        for at in product(*map(range, pool))
    ]
    if places:
        fixed = lax.stop_gradient(x)
        _, which = first_maximum([jnp.take_along_axis(fixed, p, -1) for p in places])
        index = jnp.take_along_axis(jnp.stack(places), which[None], 0)[0]
        values = jnp.take_along_axis(x, index, -1)
    else:  # a window of nothing
        index = corner.reshape(batch, lead[-1], -1)
        values = jnp.full(index.shape, -jnp.inf, x.dtype)
    shape = (*lead, *sizes)
    return MaxPool(values.reshape(shape), index.astype(canonical("int64")).reshape(shape))


def fractional_max_pool2d(
    input: Array, kernel_size: int | Sequence[int], output_size: int | Sequence[int], samples: Array
) -> MaxPool:
    """Maxima over windows of an image whose steps `samples` shift.

    Args:
      input: ``(N, C, H, W)`` or ``(C, H, W)``.
      kernel_size: Size of the window, one number or (rows, columns).
      output_size: Size of the result, one number or (rows, columns).
      samples: ``(N, C, 2)`` in [0, 1), dtype of `input`.

    Returns:
      Maxima and int64 positions in the flattened image.

    Raises:
      RuntimeError: if the windows do not fit, or `samples` do not belong to `input`.

    Example:
      >>> x = jnp.arange(9.0).reshape(1, 3, 3)
      >>> fractional_max_pool2d(x, 2, 2, jnp.zeros((1, 1, 2))).values.tolist()
      [[[4.0, 5.0], [7.0, 8.0]]]

    Source:
      Graham 2014; PyTorch, ``torch.nn.functional.fractional_max_pool2d``.
    """
    return _pool(2, input, kernel_size, output_size, samples)


def fractional_max_pool3d(
    input: Array, kernel_size: int | Sequence[int], output_size: int | Sequence[int], samples: Array
) -> MaxPool:
    """As `fractional_max_pool2d`, of ``(N, C, T, H, W)`` or ``(C, T, H, W)``; `samples` are ``(N, C, 3)``.

    Source:
      PyTorch, ``torch.nn.functional.fractional_max_pool3d``.
    """
    return _pool(3, input, kernel_size, output_size, samples)
