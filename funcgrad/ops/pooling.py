"""Pooling: maxima and means of windows.

Where windows tile the image a pool is a reshape and a reduction; otherwise it combines one strided slice of the image
per position in the window, so that its gradients are selects and pads, never a scatter. Of equal elements the first is
the maximum, and it alone receives the gradient.
"""

import math
from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from funcgrad.dtypes import canonical, is_floating, opmath, scalar
from funcgrad.ops._common import not_implemented
from funcgrad.ops.pooling_checks import adaptive_sizes, check_padding, check_window, window_tuple
from funcgrad.ops.reduction import mean
from funcgrad.shapes import wrap_dim
from funcgrad.typing import Array, Number

__all__ = [
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "adaptive_avg_pool3d",
    "adaptive_max_pool1d",
    "adaptive_max_pool2d",
    "adaptive_max_pool3d",
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
    "lp_pool1d",
    "lp_pool2d",
    "lp_pool3d",
    "max_pool1d",
    "max_pool2d",
    "max_pool3d",
    "max_unpool1d",
    "max_unpool2d",
    "max_unpool3d",
]


class MaxPool(NamedTuple):
    """Maxima and their positions in the flattened spatial dimensions of the input."""

    values: Array
    indices: Array


class _Window(NamedTuple):
    """Geometry of a pool, one entry a spatial dimension."""

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]
    sizes: tuple[int, ...]  # of the output
    tiles: bool  # whether the windows cut the image into equal parts


def _out_size(size: int, k: int, s: int, p: int, d: int, ceil_mode: bool) -> int:
    span = size + 2 * p - d * (k - 1) - 1
    out = (span + s - 1 if ceil_mode else span) // s + 1
    # the last window must begin inside the image or its left padding
    return out - 1 if ceil_mode and (out - 1) * s >= size + p else out


def _window(
    name: str, input: Array, n: int, kernel_size: int | Sequence[int], stride: int | Sequence[int] | None,
    padding: int | Sequence[int], dilation: int | Sequence[int], ceil_mode: bool,
) -> _Window:  # fmt: skip
    kernel = window_tuple(name, "kernel_size", kernel_size, n)
    step = kernel if stride is None or stride == () else window_tuple(name, "stride", stride, n)
    pad, gap = window_tuple(name, "padding", padding, n), window_tuple(name, "dilation", dilation, n)
    check_padding(kernel, step, pad, gap)
    spatial = input.shape[-n:]
    sizes = tuple(_out_size(*a, ceil_mode) for a in zip(spatial, kernel, step, pad, gap, strict=True))
    check_window(name, input.shape, kernel, step, pad, gap, sizes)
    tiles = (
        kernel == step
        and not any(pad)
        and (all(d == 1 for d in gap) or all(k == 1 for k in kernel))
        and all(o * k <= m for o, k, m in zip(sizes, kernel, spatial, strict=True))
    )
    return _Window(kernel, step, pad, gap, sizes, tiles)


def _tiled(x: Array, w: _Window) -> Array:
    """``(..., o1, k1, o2, k2, ...)``; what does not fill a window is cut off."""
    n = len(w.kernel)
    x = x[(..., *(slice(0, o * k) for o, k in zip(w.sizes, w.kernel, strict=True)))]
    return x.reshape(*x.shape[:-n], *(v for pair in zip(w.sizes, w.kernel, strict=True) for v in pair))


def _padded(x: Array, w: _Window, value: Array) -> Array:
    """The image surrounded by `value`, on the right as far as the last window reaches."""
    n, edges = len(w.kernel), []
    for size, k, s, p, d, o in zip(x.shape[-n:], w.kernel, w.stride, w.padding, w.dilation, w.sizes, strict=True):
        edges.append((p, (o - 1) * s + d * (k - 1) + 1 - size - p, 0))
    return lax.pad(x, value, [(0, 0, 0)] * (x.ndim - n) + edges)


def _taps(x: Array, w: _Window) -> list[Array]:
    """What each position of the window sees of the padded image."""
    return [
        x[(..., *(slice(i * d, i * d + (o - 1) * s + 1, s)
                  for i, d, o, s in zip(at, w.dilation, w.sizes, w.stride, strict=True)))]
        for at in product(*map(range, w.kernel))
    ]  # fmt: skip


# ---------------------------------------------------------------- maxima
def first_maximum(taps: list[Array]) -> tuple[Array, Array]:
    """(maximum, number of the tap that holds it): the first of equals, the last nan."""
    best, which = taps[0], jnp.zeros(taps[0].shape, "int32")
    for i, tap in enumerate(taps[1:], 1):
        better = tap > best
        if is_floating(tap.dtype):
            better |= tap != tap
        best, which = jnp.where(better, tap, best), jnp.where(better, i, which)
    return best, which


def _max_taps(x: Array, w: _Window) -> list[Array]:
    if w.tiles:
        x = _tiled(x, w)
        return [x[(..., *(v for i in at for v in (slice(None), i)))] for at in product(*map(range, w.kernel))]
    lowest = -jnp.inf if is_floating(x.dtype) else jnp.iinfo(x.dtype).min
    return _taps(_padded(x, w, jnp.asarray(lowest, x.dtype)), w)


def _select(x: Array, which: Array, w: _Window) -> Array:
    """The elements that `which` names, linear in `x`."""
    zero = jnp.zeros((), x.dtype)
    if not w.tiles:
        taps = _taps(_padded(x, w, zero), w)
        out = jnp.zeros(which.shape, x.dtype)
        for i, tap in enumerate(taps):
            out = out + jnp.where(which == i, tap, zero)
        return out
    n = len(w.kernel)
    number = np.arange(math.prod(w.kernel), dtype="int32").reshape([v for k in w.kernel for v in (1, k)])
    axes = tuple(range(x.ndim - n + 1, x.ndim + n, 2))
    return jnp.sum(jnp.where(jnp.expand_dims(which, axes) == number, _tiled(x, w), zero), axes)


def _max(x: Array, w: _Window) -> tuple[Array, Array]:
    @jax.custom_jvp
    def pool(x: Array) -> tuple[Array, Array]:
        return first_maximum(_max_taps(x, w))

    @pool.defjvp
    def pool_jvp(primals: tuple[Array], tangents: tuple[Array]) -> tuple[tuple, tuple]:
        best, which = first_maximum(_max_taps(primals[0], w))
        return (best, which), (_select(tangents[0], which, w), np.zeros(which.shape, jax.dtypes.float0))

    return pool(x)


def _positions(which: Array, w: _Window, spatial: Sequence[int]) -> Array:
    """Turn the numbers of taps into positions in the flattened image."""
    dtype = canonical("int64")
    out, rest = jnp.zeros(which.shape, dtype), which.astype(dtype)
    n = len(w.kernel)
    for axis in reversed(range(n)):
        tap, rest = rest % w.kernel[axis], rest // w.kernel[axis]
        start = lax.broadcasted_iota(dtype, which.shape, which.ndim - n + axis) * w.stride[axis] - w.padding[axis]
        out = out + (start + tap * w.dilation[axis]) * math.prod(spatial[axis + 1 :])
    return out


def _check_image(name: str, input: Array, n: int) -> None:
    if input.ndim in (n + 1, n + 2):
        return
    if n == 1:
        raise RuntimeError(
            f"Expected 2 to 3 dimensions, but got {input.ndim}-dimensional tensor for argument #1 'self' (while "
            f"checking arguments for {name})"
        )
    if name == "avg_pool2d":
        if input.ndim < 3:
            wrap_dim(-3, input.ndim)
        raise RuntimeError(
            "Expected 3D or 4D (batch mode) tensor with optional 0 dim batch size for input, but "
            f"got:{list(input.shape)}"
        )
    raise RuntimeError(f"non-empty {n + 1}D or {n + 2}D (batch mode) tensor expected for input")


def _max_pool(
    n: int, input: Array, kernel_size: int | Sequence[int], stride: int | Sequence[int] | None,
    padding: int | Sequence[int], dilation: int | Sequence[int], ceil_mode: bool,
) -> MaxPool:  # fmt: skip
    _check_image(f"max_pool{n}d", input, n)
    w = _window(f"max_pool{n}d", input, n, kernel_size, stride, padding, dilation, ceil_mode)
    values, which = _max(input, w)
    return MaxPool(values, _positions(which, w, input.shape[-n:]))


def max_pool1d(
    input: Array, kernel_size: int | Sequence[int], stride: int | Sequence[int] | None = None,
    padding: int | Sequence[int] = 0, dilation: int | Sequence[int] = 1, ceil_mode: bool = False,
) -> MaxPool:  # fmt: skip
    """Maximum of every window of ``(N, C, L)`` or ``(C, L)``, with its position."""
    return _max_pool(1, input, kernel_size, stride, padding, dilation, ceil_mode)


def max_pool2d(
    input: Array, kernel_size: int | Sequence[int], stride: int | Sequence[int] | None = None,
    padding: int | Sequence[int] = 0, dilation: int | Sequence[int] = 1, ceil_mode: bool = False,
) -> MaxPool:  # fmt: skip
    """Maximum of every window of an image, with its position in the flattened image.

    Args:
      input: ``(N, C, H, W)`` or ``(C, H, W)``.
      kernel_size: Size of the window, one number or (rows, columns).
      stride: Step of the window; its size if None.
      padding: Rows and columns around the image that never win.
      dilation: Distance between the window's elements.
      ceil_mode: Whether a last, incomplete window counts.

    Returns:
      Maxima and int64 positions.

    Raises:
      RuntimeError: if the window does not fit.

    Example:
      >>> max_pool2d(jnp.array([[[[1.0, 3.0], [3.0, 0.0]]]]), 2).indices.item()
      1

    Source:
      PyTorch, ``torch.nn.functional.max_pool2d_with_indices``.
    """
    return _max_pool(2, input, kernel_size, stride, padding, dilation, ceil_mode)


def max_pool3d(
    input: Array, kernel_size: int | Sequence[int], stride: int | Sequence[int] | None = None,
    padding: int | Sequence[int] = 0, dilation: int | Sequence[int] = 1, ceil_mode: bool = False,
) -> MaxPool:  # fmt: skip
    """Maximum of every window of ``(N, C, D, H, W)`` or ``(C, D, H, W)``, with its position."""
    return _max_pool(3, input, kernel_size, stride, padding, dilation, ceil_mode)


def _unpool(n: int, input: Array, indices: Array, output_size: Sequence[int]) -> Array:
    lead = input.shape[:-n]
    size = math.prod(output_size)
    flat, at = input.reshape(math.prod(lead), -1), indices.reshape(math.prod(lead), -1)
    rows = lax.broadcasted_iota(at.dtype, at.shape, 0)
    out = jnp.zeros((flat.shape[0], size), input.dtype).at[rows, at].set(flat, unique_indices=True)
    return out.reshape(*lead, *output_size)


def max_unpool1d(input: Array, indices: Array, output_size: Sequence[int]) -> Array:
    """Zeros with the maxima put back where `max_pool1d` found them."""
    return _unpool(1, input, indices, output_size)


def max_unpool2d(input: Array, indices: Array, output_size: Sequence[int]) -> Array:
    """Zeros with the maxima put back where `max_pool2d` found them."""
    return _unpool(2, input, indices, output_size)


def max_unpool3d(input: Array, indices: Array, output_size: Sequence[int]) -> Array:
    """Zeros with the maxima put back where `max_pool3d` found them."""
    return _unpool(3, input, indices, output_size)


def unpool_size(
    spatial: Sequence[int], kernel: tuple, stride: tuple, padding: tuple, output_size: Sequence[int] | None
) -> tuple[int, ...]:
    """Size of an unpooled image; `output_size` must be within one stride of the default."""
    default = tuple((m - 1) * s + k - 2 * p for m, k, s, p in zip(spatial, kernel, stride, padding, strict=True))
    if output_size is None:
        return default
    output_size = tuple(output_size)[-len(kernel) :]
    for d, (size, want, s) in enumerate(zip(output_size, default, stride, strict=True)):
        if not want - s < size < want + s:
            raise ValueError(f'invalid output_size "{output_size}" (dim {d} must be between {want - s} and {want + s})')
    return output_size


# ---------------------------------------------------------------- means
def _divisors(x: Array, w: _Window, count_include_pad: bool) -> np.ndarray:
    """Number of elements in each window; padding counts if asked for, what ceil_mode adds beyond it never."""
    n, out = len(w.kernel), np.ones((1,) * len(w.kernel))
    for axis, (size, k, s, p, o) in enumerate(zip(x.shape[-n:], w.kernel, w.stride, w.padding, w.sizes, strict=True)):
        start = np.arange(o) * s - p
        if count_include_pad:
            length = np.minimum(start + k, size + p) - start
        else:
            length = np.minimum(start + k, size) - np.maximum(start, 0)
        out = out * length.reshape([-1 if a == axis else 1 for a in range(n)])
    return out


def _avg_pool(
    n: int, input: Array, kernel_size: int | Sequence[int], stride: int | Sequence[int] | None,
    padding: int | Sequence[int], ceil_mode: bool, count_include_pad: bool, divisor_override: int | None,
) -> Array:  # fmt: skip
    _check_image(f"avg_pool{n}d", input, n)
    if divisor_override == 0:
        raise RuntimeError("divisor must be not zero")
    w = _window(f"avg_pool{n}d", input, n, kernel_size, stride, padding, 1, ceil_mode)
    x = input.astype(opmath(input.dtype))
    if w.tiles:
        total = jnp.sum(_tiled(x, w), tuple(range(x.ndim - n + 1, x.ndim + n, 2)), dtype=x.dtype)
    else:
        taps = _taps(_padded(x, w, jnp.zeros((), x.dtype)), w)
        total = taps[0]
        for tap in taps[1:]:
            total = total + tap
    divisors = divisor_override if divisor_override is not None else _divisors(x, w, count_include_pad)
    divisors = jnp.asarray(divisors, x.dtype)
    if not is_floating(x.dtype) and not jnp.issubdtype(x.dtype, jnp.complexfloating):
        return lax.div(total, jnp.broadcast_to(divisors, total.shape))  # towards zero
    return (total / divisors).astype(input.dtype)


def avg_pool1d(
    input: Array, kernel_size: int | Sequence[int], stride: int | Sequence[int] | None = None,
    padding: int | Sequence[int] = 0, ceil_mode: bool = False, count_include_pad: bool = True,
) -> Array:  # fmt: skip
    """Mean of every window of ``(N, C, L)`` or ``(C, L)``."""
    return _avg_pool(1, input, kernel_size, stride, padding, ceil_mode, count_include_pad, None)


def avg_pool2d(
    input: Array, kernel_size: int | Sequence[int], stride: int | Sequence[int] | None = None,
    padding: int | Sequence[int] = 0, ceil_mode: bool = False, count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Array:  # fmt: skip
    """Mean of every window of an image; padding zeros count unless `count_include_pad` is false.

    Example:
      >>> avg_pool2d(jnp.arange(4.0).reshape(1, 1, 2, 2), 2).item()
      1.5
    """
    return _avg_pool(2, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


def avg_pool3d(
    input: Array, kernel_size: int | Sequence[int], stride: int | Sequence[int] | None = None,
    padding: int | Sequence[int] = 0, ceil_mode: bool = False, count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Array:  # fmt: skip
    """Mean of every window of ``(N, C, D, H, W)`` or ``(C, D, H, W)``."""
    return _avg_pool(3, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


def _lp_pool(
    n: int, input: Array, norm_type: Number, kernel_size: int | Sequence[int], stride: int | Sequence[int] | None,
    ceil_mode: bool,
) -> Array:  # fmt: skip
    p = scalar(norm_type, input.dtype)
    means = _avg_pool(n, input**p, kernel_size, stride, 0, ceil_mode, True, None)
    total = means * math.prod(window_tuple("lp_pool", "kernel_size", kernel_size, n))
    return (jnp.sign(total) * jax.nn.relu(jnp.abs(total))) ** (1 / p)


def lp_pool1d(
    input: Array, norm_type: Number, kernel_size: int | Sequence[int],
    stride: int | Sequence[int] | None = None, ceil_mode: bool = False,
) -> Array:  # fmt: skip
    """``sum(x ** p) ** (1 / p)`` of every window."""
    return _lp_pool(1, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool2d(
    input: Array, norm_type: Number, kernel_size: int | Sequence[int],
    stride: int | Sequence[int] | None = None, ceil_mode: bool = False,
) -> Array:  # fmt: skip
    """``sum(x ** p) ** (1 / p)`` of every window."""
    return _lp_pool(2, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool3d(
    input: Array, norm_type: Number, kernel_size: int | Sequence[int],
    stride: int | Sequence[int] | None = None, ceil_mode: bool = False,
) -> Array:  # fmt: skip
    """``sum(x ** p) ** (1 / p)`` of every window."""
    return _lp_pool(3, input, norm_type, kernel_size, stride, ceil_mode)


# ---------------------------------------------------------------- adaptive
def _bounds(size: int, out: int) -> tuple[np.ndarray, np.ndarray]:
    """First element and end of each window that together cover the input."""
    i = np.arange(out)
    return i * size // out, -(-(i + 1) * size // out)


def _adaptive_avg(n: int, input: Array, output_size: int | Sequence[int | None]) -> Array:
    name = f"adaptive_avg_pool{n}d"
    sizes = adaptive_sizes(name, input.shape, output_size, n)
    if all(o == 1 for o in sizes):  # the mean, also of complex numbers
        return jnp.broadcast_to(mean(input, tuple(range(-n, 0)), True), (*input.shape[:-n], *sizes))
    if not is_floating(input.dtype):
        raise not_implemented("adaptive_avg_pool3d_cpu" if n == 3 else "adaptive_avg_pool2d", input.dtype)
    out = input.astype(opmath(input.dtype))
    for axis, o in zip(range(input.ndim - n, input.ndim), sizes, strict=True):
        size = out.shape[axis]
        if o == 0:
            out = lax.slice_in_dim(out, 0, 0, axis=axis)
        elif size % o == 0:
            out = out.reshape(*out.shape[:axis], o, size // o, *out.shape[axis + 1 :]).mean(axis + 1)
        else:
            start, end = _bounds(size, o)
            u = np.arange(size)[:, None]
            weights = jnp.asarray(((u >= start) & (u < end)) / (end - start), out.dtype)
            out = jnp.moveaxis(jnp.tensordot(out, weights, (axis, 0)), -1, axis)
    return out.astype(input.dtype)


def _adaptive_max(n: int, input: Array, output_size: int | Sequence[int | None]) -> MaxPool:
    name = f"adaptive_max_pool{n}d"
    sizes, spatial = adaptive_sizes(name, input.shape, output_size, n), input.shape[-n:]
    if not is_floating(input.dtype):
        raise not_implemented("adaptive_max_pool3d_cpu" if n == 3 else "adaptive_max_pool2d", input.dtype)
    if math.prod(sizes) * input.size == 0:
        shape = (*input.shape[:-n], *sizes)
        empty = lax.slice_in_dim(input.reshape(-1), 0, 0).reshape(shape)
        return MaxPool(empty, jnp.zeros(shape, canonical("int64")))
    flat_positions = np.arange(math.prod(spatial)).reshape(spatial)
    windows = []  # for each axis (out, longest window): shorter windows repeat their last element, which never wins
    for size, o in zip(spatial, sizes, strict=True):
        start, end = _bounds(size, o)
        windows.append(np.minimum(start[:, None] + np.arange((end - start).max()), end[:, None] - 1))
    for axis, window in enumerate(windows):
        flat_positions = np.take(flat_positions, window.reshape(-1), axis)
    shape = [v for w in windows for v in w.shape]
    order = [*range(0, 2 * n, 2), *range(1, 2 * n, 2)]
    positions = flat_positions.reshape(shape).transpose(order).reshape(*sizes, -1)  # (*sizes, window)
    x = input.reshape(*input.shape[:-n], -1)
    _, which = first_maximum([lax.stop_gradient(x)[..., positions[..., i]] for i in range(positions.shape[-1])])
    index = jnp.take_along_axis(jnp.broadcast_to(positions, (*which.shape, positions.shape[-1])), which[..., None], -1)
    index = index[..., 0].astype(canonical("int64"))
    values = jnp.take_along_axis(x, index.reshape(*x.shape[:-1], -1), -1).reshape(index.shape)
    return MaxPool(values, index)


def adaptive_avg_pool1d(input: Array, output_size: int | Sequence[int]) -> Array:
    """Means over `output_size` windows of nearly equal size that cover the input."""
    return _adaptive_avg(1, input, output_size)


def adaptive_avg_pool2d(input: Array, output_size: int | Sequence[int | None]) -> Array:
    """Means over a grid of nearly equal windows that cover the image; None keeps a size."""
    return _adaptive_avg(2, input, output_size)


def adaptive_avg_pool3d(input: Array, output_size: int | Sequence[int | None]) -> Array:
    """Means over a grid of nearly equal windows that cover the volume; None keeps a size."""
    return _adaptive_avg(3, input, output_size)


def adaptive_max_pool1d(input: Array, output_size: int | Sequence[int]) -> MaxPool:
    """Maxima over `output_size` windows of nearly equal size that cover the input."""
    return _adaptive_max(1, input, output_size)


def adaptive_max_pool2d(input: Array, output_size: int | Sequence[int | None]) -> MaxPool:
    """Maxima over a grid of nearly equal windows that cover the image; None keeps a size."""
    return _adaptive_max(2, input, output_size)


def adaptive_max_pool3d(input: Array, output_size: int | Sequence[int | None]) -> MaxPool:
    """Maxima over a grid of nearly equal windows that cover the volume; None keeps a size."""
    return _adaptive_max(3, input, output_size)
