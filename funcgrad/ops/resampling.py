"""Resizing images, and reading them at arbitrary points.

Resizing is separable: along each axis the image is multiplied by a constant matrix of weights.
"""

import math
from collections.abc import Callable, Sequence
from functools import partial
from itertools import product

import jax.numpy as jnp
import numpy as np
from jax import lax

from funcgrad.dtypes import is_floating, torch_name
from funcgrad.ops._common import not_implemented
from funcgrad.ops.pooling import adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d
from funcgrad.typing import Array

__all__ = [
    "affine_grid",
    "grid_sample",
    "interpolate",
    "pixel_shuffle",
    "pixel_unshuffle",
    "upsample",
    "upsample_size",
]

LINEAR = {1: "linear", 2: "bilinear", 3: "trilinear"}
_AREA = {1: adaptive_avg_pool1d, 2: adaptive_avg_pool2d, 3: adaptive_avg_pool3d}
_F = np.float32  # PyTorch computes source positions in the precision of its arithmetic, float32 nearly always


# ---------------------------------------------------------------- weights of one axis
def _ratio(size: int, out: int, scale: float | None, align_corners: bool, real: type = _F) -> np.floating:
    """Input elements per output element."""
    if align_corners:
        return real(size - 1) / real(out - 1) if out > 1 else real(0)
    return real(1 / scale) if scale is not None and scale > 0 else real(size) / real(out)


def _source(size: int, out: int, scale: float | None, align_corners: bool, real: type) -> np.ndarray:
    ratio, i = _ratio(size, out, scale, align_corners, real), np.arange(out, dtype=real)
    return ratio * i if align_corners else ratio * (i + real(0.5)) - real(0.5)


def _nearest_index(size: int, out: int, scale: float | None, exact: bool) -> np.ndarray:
    ratio, i = _ratio(size, out, scale, False), np.arange(out, dtype=_F)
    at = np.floor((i + _F(0.5)) * ratio if exact else i * ratio)
    return np.minimum(at.astype(int), size - 1)


def _weights(size: int, taps: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Matrix (size, out) with a weight at each tap's index; indices beyond an edge mean the edge."""
    out = np.zeros((size, len(taps[0][0])))
    for index, weight in taps:
        np.add.at(out, (np.clip(index, 0, size - 1), np.arange(len(index))), weight)
    return out


def _linear_weights(size: int, out: int, scale: float | None, align_corners: bool, real: type) -> np.ndarray:
    at = np.maximum(_source(size, out, scale, align_corners, real), 0)
    low = np.minimum(np.floor(at).astype(int), size - 1)
    t = at - low
    return _weights(size, [(low, 1 - t), (low + 1, t)])


def _cubic(t: np.ndarray | Array, a: float) -> list:
    """Keys's convolution kernel at the four neighbours of a point `t` past the second."""

    def near(x):
        return ((a + 2) * x - (a + 3)) * x * x + 1

    def far(x):
        return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a

    return [far(t + 1), near(t), near(1 - t), far(2 - t)]


def _cubic_weights(size: int, out: int, scale: float | None, align_corners: bool, real: type) -> np.ndarray:
    at = _source(size, out, scale, align_corners, real)
    low = np.floor(at).astype(int)
    return _weights(size, [(low - 1 + i, w) for i, w in enumerate(_cubic(at - low, -0.75))])


def _antialiased_weights(
    size: int, out: int, scale: float | None, align_corners: bool, real: type, cubic: bool
) -> np.ndarray:
    """Weights of the filter stretched to cover what one output element covers, as Pillow does."""
    ratio = float(_ratio(size, out, scale, align_corners, real))
    stretch = max(ratio, 1.0)
    reach = (2.0 if cubic else 1.0) * stretch
    centre = ratio * (np.arange(out) + 0.5)
    first = np.maximum((centre - reach + 0.5).astype(int), 0)
    last = np.minimum((centre + reach + 0.5).astype(int), size)
    j = np.arange(size)[:, None]
    x = np.abs((j - centre + 0.5) / stretch)
    if cubic:
        a = -0.5
        inner, outer = ((a + 2) * x - (a + 3)) * x * x + 1, ((x - 5) * x + 8) * x * a - 4 * a
        weight = np.where(x < 1, inner, np.where(x < 2, outer, 0))
    else:
        weight = np.maximum(1 - x, 0)
    weight = np.where((j >= first) & (j < last), weight, 0)
    return weight / weight.sum(0)


def upsample(
    input: Array, output_size: Sequence[int], mode: str = "nearest", align_corners: bool = False,
    scales: Sequence[float] | None = None, antialias: bool = False,
) -> Array:  # fmt: skip
    """Resize the spatial dimensions to `output_size`; `scales` are the factors that led to it, if any."""
    n = input.ndim - 2
    sizes = tuple(output_size)
    if any(s <= 0 for s in sizes) or any(s <= 0 for s in input.shape[2:]):
        axes = ("D", "H", "W")[3 - n :]

        def text(values: Sequence[int]) -> str:
            return f"({', '.join(f'{a}: {v}' for a, v in zip(axes, values, strict=True))})"

        raise RuntimeError(
            f"Input and output sizes should be greater than 0, but got input {text(input.shape[2:])} output "
            f"{text(sizes)}"
        )
    scale = tuple(scales) if scales is not None else (None,) * n
    in_bytes = input.dtype == np.dtype("uint8") and mode not in ("linear", "trilinear")
    if not (is_floating(input.dtype) or in_bytes):
        kind = "nearest" if mode.startswith("nearest") else "cubic" if mode == "bicubic" else "linear"
        raise not_implemented(f"compute_indices_weights_{kind}", input.dtype)
    if mode in ("nearest", "nearest-exact"):
        return _repeat(input, sizes, scale, mode == "nearest-exact")
    make: Callable[..., np.ndarray] = _cubic_weights if mode == "bicubic" else _linear_weights
    if antialias:
        make = partial(_antialiased_weights, cubic=mode == "bicubic")
    if in_bytes:
        return _of_bytes(input, sizes, scale, partial(make, align_corners=align_corners, real=np.float64))
    real = np.float64 if input.dtype == np.dtype("float64") else _F
    out = input
    for axis, (size, s) in enumerate(zip(sizes, scale, strict=True), 2):
        if size == out.shape[axis] and s in (None, 1):
            continue
        matrix = jnp.asarray(make(out.shape[axis], size, s, align_corners, real), input.dtype)
        out = jnp.moveaxis(jnp.tensordot(out, matrix, (axis, 0)), -1, axis)
    return out


def _of_bytes(input: Array, sizes: tuple[int, ...], scale: tuple, make: Callable[..., np.ndarray]) -> Array:
    """Images of bytes, in PyTorch's fixed-point arithmetic: first the rows, then the columns, each rounded to bytes."""
    out = input
    for axis in (3, 2):
        if sizes[axis - 2] == out.shape[axis]:
            continue
        weights = make(out.shape[axis], sizes[axis - 2], scale[axis - 2])
        # as many binary places as keep the largest weight a 16 bit integer
        places = next((p for p in range(22) if int(0.5 + weights.max() * 2 ** (p + 1)) >= 1 << 15), 22)
        matrix = np.trunc(weights * 2**places + np.where(weights < 0, -0.5, 0.5)).astype(np.int32)
        total = jnp.tensordot(out.astype("int32"), matrix, (axis, 0)) + (1 << (places - 1))
        out = jnp.moveaxis(jnp.clip(total >> places, 0, 255).astype("uint8"), -1, axis)
    return out


def _repeat(input: Array, sizes: tuple[int, ...], scale: tuple, exact: bool) -> Array:
    out = input
    for axis, (size, s) in enumerate(zip(sizes, scale, strict=True), 2):
        n = out.shape[axis]
        index = _nearest_index(n, size, s, exact)
        if size % n == 0 and (index == np.arange(size) // (size // n)).all():
            out = jnp.repeat(out, size // n, axis)  # a broadcast, whose gradient is a sum
        else:
            out = jnp.take(out, index, axis)
    return out


_MODES = "nearest | linear | bilinear | bicubic | trilinear | lanczos | area | nearest-exact"


def upsample_size(
    shape: Sequence[int], size: int | Sequence[int] | None, scale_factor: float | Sequence[float] | None, mode: str,
    align_corners: bool | None, recompute_scale_factor: bool | None = None,
) -> tuple[tuple[int, ...], tuple[float, ...] | None]:  # fmt: skip
    """(output size, scales that the kernel must use) of `interpolate`, or PyTorch's error for its arguments."""
    if mode in ("nearest", "area", "nearest-exact"):
        if align_corners is not None:
            raise ValueError(
                "align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | "
                "trilinear"
            )
    dim, spatial = len(shape) - 2, list(shape[2:])
    scales: list[float] | None = None
    if size is not None and scale_factor is not None:
        raise ValueError("only one of size or scale_factor should be defined")
    if size is None and scale_factor is None:
        raise ValueError("either size or scale_factor should be defined")
    end = "Please provide input tensor in (N, C, d1, d2, ...,dK) format and"
    if size is not None:
        sizes = [size] * dim if isinstance(size, int) else list(size)
        if len(sizes) != dim and dim > 0:
            raise ValueError(
                "Input and output must have the same number of spatial dimensions, but got input with spatial "
                f"dimensions of {spatial} and output size of {size}. {end} output size in (o1, o2, ...,oK) format."
            )
    else:
        scales = [float(s) for s in scale_factor] if isinstance(scale_factor, Sequence) else [float(scale_factor)] * dim  # type: ignore[arg-type]
        if len(scales) != dim:
            raise ValueError(
                "Input and scale_factor must have the same number of spatial dimensions, but got input with spatial "
                f"dimensions of {spatial} and scale_factor of shape {scale_factor}. {end} scale_factor in (s1, s2, "
                "...,sK) format."
            )
        sizes = [math.floor(n * s) for n, s in zip(spatial, scales, strict=True)]
    if recompute_scale_factor or mode == "area":
        if recompute_scale_factor and size is not None:
            raise ValueError("recompute_scale_factor is not meaningful with an explicit size.")
        scales = None
    needs = {"linear": 1, "bilinear": 2, "bicubic": 2, "trilinear": 3}.get(mode)
    if dim not in (1, 2, 3) or mode not in ("nearest", "area", "nearest-exact", *LINEAR.values(), "bicubic"):
        raise NotImplementedError(
            f"Input Error: Only 3D, 4D and 5D input Tensors supported (got {dim + 2}D) for the modes: {_MODES} "
            f"(got {mode})"
        )
    if needs not in (None, dim):
        raise NotImplementedError(f"Got {dim + 2}D input, but {mode} mode needs {needs + 2}D input")
    return tuple(sizes), None if scales is None else tuple(scales)


def interpolate(
    input: Array, size: int | Sequence[int] | None = None, scale_factor: float | Sequence[float] | None = None,
    mode: str = "nearest", align_corners: bool | None = None, recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Array:  # fmt: skip
    """Resize ``(N, C, *spatial)`` to a size or by a factor.

    Args:
      input: One to three spatial dimensions.
      size: Size of the result, or
      scale_factor: factor of the sizes.
      mode: ``nearest``, ``nearest-exact``, ``linear``, ``bilinear``, ``bicubic``, ``trilinear`` or ``area``.
      align_corners: Whether the corner elements stay in place, rather than the corners' outer edges.
      recompute_scale_factor: Whether the factor is rounded to what the sizes give.
      antialias: Whether the filter widens when shrinking.

    Returns:
      The resized images.

    Raises:
      ValueError: if sizes and factors do not fit the input.
      NotImplementedError: if the mode is not for this number of dimensions, or this dtype.

    Example:
      >>> interpolate(jnp.array([[[1.0, 2.0]]]), scale_factor=2).tolist()
      [[[1.0, 1.0, 2.0, 2.0]]]

    Source:
      PyTorch, ``torch.nn.functional.interpolate``.
    """
    sizes, scales = upsample_size(input.shape, size, scale_factor, mode, align_corners, recompute_scale_factor)
    if mode == "area":
        return _AREA[len(sizes)](input, sizes)
    return upsample(input, sizes, mode, bool(align_corners), scales, antialias)


# ---------------------------------------------------------------- pixels and channels
def pixel_shuffle(input: Array, upscale_factor: int) -> Array:
    """``(*, C r r, H, W)`` to ``(*, C, H r, W r)``: channels become finer pixels."""
    if input.ndim < 3:
        raise RuntimeError(
            f"pixel_shuffle expects input to have at least 3 dimensions, but got input with {input.ndim} dimension(s)"
        )
    r = upscale_factor
    if r <= 0:
        raise RuntimeError(f"pixel_shuffle expects a positive upscale_factor, but got {r}")
    *lead, c, h, w = input.shape
    if c % (r * r):
        raise RuntimeError(
            "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, "
            f"but input.size(-3)={c} is not divisible by {r * r}"
        )
    x = input.reshape(math.prod(lead), c // (r * r), r, r, h, w)
    return x.transpose(0, 1, 4, 2, 5, 3).reshape(*lead, c // (r * r), h * r, w * r)


def pixel_unshuffle(input: Array, downscale_factor: int) -> Array:
    """``(*, C, H r, W r)`` to ``(*, C r r, H, W)``: the inverse of `pixel_shuffle`."""
    if input.ndim < 3:
        raise RuntimeError(
            f"pixel_unshuffle expects input to have at least 3 dimensions, but got input with {input.ndim} dimension(s)"
        )
    r = downscale_factor
    if r <= 0:
        raise RuntimeError(f"pixel_unshuffle expects a positive downscale_factor, but got {r}")
    *lead, c, h, w = input.shape
    for name, at, size in (("height", -2, h), ("width", -1, w)):
        if size % r:
            raise RuntimeError(
                f"pixel_unshuffle expects {name} to be divisible by downscale_factor, but input.size({at})={size} is "
                f"not divisible by {r}"
            )
    x = input.reshape(math.prod(lead), c, h // r, r, w // r, r)
    return x.transpose(0, 1, 3, 5, 2, 4).reshape(*lead, c * r * r, h // r, w // r)


# ---------------------------------------------------------------- reading at points
def affine_grid(theta: Array, size: Sequence[int], align_corners: bool | None = None) -> Array:
    """Points ``(N, *spatial, n)`` of an output of `size`, mapped by affine matrices ``(N, n, n + 1)``."""
    if not is_floating(theta.dtype):
        raise ValueError(f"Expected theta to have floating point type, but got torch.{theta.dtype.name}")
    n = len(size) - 2
    if n not in (2, 3):
        raise NotImplementedError(
            "affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, "
            f"respectively. Got size {tuple(size)}."
        )
    if theta.ndim != 3 or theta.shape[-2:] != (n, n + 1):
        raise ValueError(
            f"Expected a batch of {n}D affine matrices of shape Nx{n}x{n + 1} for size {tuple(size)}. Got "
            f"torch.Size({[*theta.shape]})."
        )
    if min(size) <= 0 and not (align_corners and min(size[2:]) == 1):
        raise ValueError(f"Expected non-zero, positive output size. Got {size}")
    axes = []
    for m in size[2:]:
        axis = np.linspace(-1, 1, m) if m > 1 else np.zeros(1)
        axes.append(axis if align_corners else axis * (m - 1) / m)
    points = np.meshgrid(*axes, indexing="ij")[::-1]  # x first
    base = jnp.asarray(np.stack([*points, np.ones(tuple(size[2:]))], -1), theta.dtype)
    return jnp.einsum("...k,njk->n...j", base, theta)


def _clipped(x: Array, size: int) -> Array:
    """Clip to the image; no gradient beyond its edges or on them."""
    top = jnp.asarray(size - 1, x.dtype)
    return jnp.where(x <= 0, jnp.zeros((), x.dtype), jnp.where(x >= top, top, x))


def _reflected(x: Array, size: int, align_corners: bool) -> Array:
    low, high = (0, 2 * (size - 1)) if align_corners else (-1, 2 * size - 1)
    if low == high:
        return jnp.zeros_like(x)
    start, span = low / 2, (high - low) / 2
    distance = jnp.abs(x - start)
    extra, flips = distance % span, jnp.floor(distance / span)
    return jnp.where(flips % 2 == 0, extra + start, span - extra + start)


def _located(grid: Array, size: int, padding_mode: str, align_corners: bool, clip: bool = True) -> Array:
    """Coordinates in [-1, 1] as positions in an axis of `size` elements."""
    x = (grid + 1) / 2 * (size - 1) if align_corners else ((grid + 1) * size - 1) / 2
    return _folded(x, size, padding_mode, align_corners) if clip else x


def _folded(x: Array, size: int, padding_mode: str, align_corners: bool) -> Array:
    if padding_mode == "reflection":
        x = _reflected(x, size, align_corners)
    return x if padding_mode == "zeros" else _clipped(x, size)


def _read(input: Array, at: list[Array]) -> Array:
    """``input[n, :, *at]`` for integer positions (N, *out), zero outside: (N, C, *out)."""
    sizes = input.shape[2:]
    inside = jnp.ones(at[0].shape, bool)
    flat = jnp.zeros(at[0].shape, "int32")
    for i, size in zip(at, sizes, strict=True):
        inside &= (i >= 0) & (i <= size - 1)
        # positions far outside (or nan) must not wrap around as integers
        flat = flat * size + jnp.clip(jnp.nan_to_num(i), 0, size - 1).astype("int32")
    n, c = input.shape[:2]
    points = math.prod(flat.shape[1:])
    index = jnp.broadcast_to(flat.reshape(n, 1, points), (n, c, points))
    values = jnp.take_along_axis(input.reshape(n, c, math.prod(sizes)), index, 2).reshape(n, c, *flat.shape[1:])
    return jnp.where(inside[:, None], values, jnp.zeros((), input.dtype))


def _check_grid(input: Array, grid: Array, mode: str, padding_mode: str) -> None:
    if mode not in ("bilinear", "nearest", "bicubic"):
        raise ValueError(
            f"nn.functional.grid_sample(): expected mode to be 'bilinear', 'nearest' or 'bicubic', but got: '{mode}'"
        )
    if padding_mode not in ("zeros", "border", "reflection"):
        raise ValueError(
            "nn.functional.grid_sample(): expected padding_mode to be 'zeros', 'border', or 'reflection', but got: "
            f"'{padding_mode}'"
        )
    sizes = f"input with sizes {list(input.shape)} and grid with sizes {list(grid.shape)}"
    if input.shape[0] != grid.shape[0]:
        raise RuntimeError(f"grid_sampler(): expected grid and input to have same batch size, but got {sizes}")
    if grid.shape[-1] != input.ndim - 2:
        raise RuntimeError(
            f"grid_sampler(): expected grid to have size {input.ndim - 2} in last dimension, but got grid with sizes "
            f"{list(grid.shape)}"
        )
    for d, size in enumerate(input.shape[2:], 2):
        if size == 0:
            raise RuntimeError(
                "grid_sampler(): expected input to have non-empty spatial dimensions, but input has sizes "
                f"{list(input.shape)} with dimension {d} being empty"
            )
    if input.ndim not in (4, 5) or grid.ndim != input.ndim:
        raise RuntimeError(
            f"grid_sampler(): expected {4 if input.ndim == 4 else 5}D input and grid with same number of dimensions, "
            f"but got {sizes}"
        )
    if mode == "bicubic" and input.ndim != 4:
        raise RuntimeError("grid_sampler(): bicubic interpolation only supports 4D input")
    if not is_floating(input.dtype):
        name = "grid_sampler_2d_cpu_kernel_impl" if input.ndim == 4 else "grid_sampler3d_cpu"
        raise not_implemented(name, input.dtype)
    if grid.dtype != input.dtype:
        raise RuntimeError(f"expected scalar type {torch_name(input.dtype)} but found {torch_name(grid.dtype)}")


def grid_sample(
    input: Array, grid: Array, mode: str = "bilinear", padding_mode: str = "zeros", align_corners: bool | None = None
) -> Array:
    """Read images at points whose coordinates, x first, run from -1 to 1 across the image.

    Args:
      input: ``(N, C, *spatial)``, two or three spatial dimensions.
      grid: Points, ``(N, *out, number of spatial dimensions)``.
      mode: ``"bilinear"``, ``"nearest"`` or ``"bicubic"``.
      padding_mode: What lies outside: ``"zeros"``, the ``"border"``, or its ``"reflection"``.
      align_corners: Whether -1 and 1 are the centres of the corner elements, rather than their outer edges.

    Returns:
      ``(N, C, *out)``.

    Raises:
      ValueError: if a mode is unknown.
      RuntimeError: if shapes do not fit.

    Source:
      PyTorch, ``torch.nn.functional.grid_sample``.
    """
    _check_grid(input, grid, mode, padding_mode)
    corners, sizes = bool(align_corners), input.shape[2:]
    place = partial(_located, padding_mode=padding_mode, align_corners=corners, clip=mode != "bicubic")
    at = [place(grid[..., -1 - i], size) for i, size in enumerate(sizes)]
    if mode == "nearest":
        return _read(input, [jnp.round(x) for x in at])
    floors = [lax.stop_gradient(jnp.floor(x)) for x in at]
    parts = [x - low for x, low in zip(at, floors, strict=True)]
    if mode == "bicubic":
        weights, first = [_cubic(t, -0.75) for t in parts], -1
    else:
        weights, first = [[1 - t, t] for t in parts], 0
    out = None
    for taps in product(*(range(len(w)) for w in weights)):
        where = [low + first + i for low, i in zip(floors, taps, strict=True)]
        if mode == "bicubic":
            where = [_folded(x, size, padding_mode, corners) for x, size in zip(where, sizes, strict=True)]
        weight = weights[0][taps[0]]
        for w, i in zip(weights[1:], taps[1:], strict=True):
            weight = weight * w[i]
        term = _read(input, where) * weight[:, None]
        out = term if out is None else out + term
    assert out is not None
    return out
