"""Discrete Fourier transforms: complex to complex, real to half a spectrum, and half a spectrum to real.

``norm`` is PyTorch's: ``"backward"`` (None) divides the inverse by n, ``"forward"`` the transform itself, ``"ortho"``
both by the root of n.
"""

import math
from collections.abc import Sequence

import jax.numpy as jnp
from jax import lax

from funcgrad.dtypes import canonical, default_dtype, is_complex, is_integral, promote_types, torch_name
from funcgrad.shapes import wrap_dim
from funcgrad.typing import Array

__all__ = ["c2c", "c2r", "r2c"]

_NORMS = (None, "backward", "forward", "ortho")


def _scale(norm: str | None, n: int, forward: bool) -> float:
    """What the sum without divisor is multiplied with."""
    if norm not in _NORMS:
        raise RuntimeError(f'Invalid normalization mode: "{norm}"')
    if norm == "ortho":
        return 1 / math.sqrt(n)
    return 1 / n if (norm == "forward") == forward else 1.0


def _prepared(input: Array, complex_wanted: bool) -> Array:
    """Integers become floats; the 16-bit floats have no transform on the CPU."""
    if is_integral(input.dtype):
        input = input.astype(canonical(default_dtype()))
    if jnp.finfo(input.dtype).bits < 32:
        raise RuntimeError(f"Unsupported dtype {torch_name(input.dtype)}")
    if complex_wanted and not is_complex(input.dtype):
        input = input.astype(promote_types(input.dtype, jnp.dtype("complex64")))
    return input


def _resized(input: Array, dims: Sequence[int], sizes: Sequence[int | None]) -> Array:
    """Zeros added at, or elements cut from, the end of each dimension."""
    for d, n in zip(dims, sizes, strict=True):
        if n is None:
            continue
        have = input.shape[d]
        if n > have:
            input = jnp.pad(input, [(0, n - have) if i == d else (0, 0) for i in range(input.ndim)])
        elif n < have:
            input = lax.slice_in_dim(input, 0, n, axis=d)
    return input


def axes(
    input: Array, s: int | Sequence[int] | None, dim: int | Sequence[int] | None
) -> tuple[tuple[int, ...], tuple[int | None, ...]]:
    """Dimensions counted from the front and a size, or None, for each.

    Raises:
      RuntimeError: if dimensions repeat, numbers differ, or a size is not positive.
    """
    s = (s,) if isinstance(s, int) else s
    dim = (dim,) if isinstance(dim, int) else dim
    if dim and not input.ndim:
        raise IndexError(f"Dimension specified as {dim[0]} but tensor has no dimensions")
    if dim is None:
        dims = tuple(range(input.ndim)) if s is None else tuple(range(input.ndim - len(s), input.ndim))
        if s is not None and len(s) > input.ndim:
            raise RuntimeError(f"Got shape with {len(s)} values but input tensor only has {input.ndim} dimensions.")
    else:
        dims = tuple(wrap_dim(d, input.ndim) for d in dim)
        if len(set(dims)) != len(dims):
            raise RuntimeError("FFT dims must be unique")
        if s is not None and len(s) != len(dims):
            raise RuntimeError("When given, dim and shape arguments must have the same length")
    sizes = tuple(None if s is None or n == -1 else n for n in (s or (-1,) * len(dims)))
    for n in (input.shape[d] if n is None else n for d, n in zip(dims, sizes, strict=True)):
        if n < 1:
            raise RuntimeError(f"Invalid number of data points ({n}) specified")
    return dims, sizes


def c2c(
    input: Array,
    s: int | Sequence[int] | None = None,
    dim: int | Sequence[int] | None = None,
    norm: str | None = None,
    *,
    forward: bool = True,
) -> Array:
    """The spectrum over `dim`, of complex or of real numbers; the inverse if not `forward`.

    Example:
      >>> c2c(jnp.array([1.0, 0.0, 0.0, 0.0])).real.tolist()
      [1.0, 1.0, 1.0, 1.0]
    """
    dims, sizes = axes(input, s, dim)
    x = _resized(_prepared(input, True), dims, sizes)
    n = math.prod(x.shape[d] for d in dims)
    if forward:
        return jnp.fft.fftn(x, axes=dims) * _scale(norm, n, True)
    return jnp.fft.ifftn(x, axes=dims, norm="forward") * _scale(norm, n, False)


def r2c(
    input: Array,
    s: int | Sequence[int] | None = None,
    dim: int | Sequence[int] | None = None,
    norm: str | None = None,
    *,
    forward: bool = True,
    name: str = "rfft",
) -> Array:
    """The half of the spectrum of real numbers that tells the other half, halved in the last of `dim`.

    Raises:
      RuntimeError: if `input` is complex.

    Example:
      >>> r2c(jnp.array([1.0, 0.0, 0.0, 0.0])).shape
      (3,)
    """
    if is_complex(input.dtype):
        raise RuntimeError(f"{name} expects a real input tensor, but got {torch_name(input.dtype)}")
    dims, sizes = axes(input, s, dim)
    x = _resized(_prepared(input, False), dims, sizes)
    n = math.prod(x.shape[d] for d in dims)
    # not forward: every sign of the exponents is turned, which for real input is the conjugate of all
    out = jnp.fft.rfftn(x, axes=dims) * _scale(norm, n, forward)
    return out if forward else jnp.conj(out)


def c2r(
    input: Array,
    s: int | Sequence[int] | None = None,
    dim: int | Sequence[int] | None = None,
    norm: str | None = None,
    *,
    forward: bool = False,
) -> Array:
    """Real numbers from half of their spectrum; `forward` takes the signs of the transform, not the inverse's.

    Example:
      >>> c2r(jnp.array([1.0, 1.0, 1.0])).tolist()
      [1.0, 0.0, 0.0, 0.0]
    """
    s = (s,) if isinstance(s, int) else s
    dims, sizes = axes(input, s if s is None else (*s[:-1], -1), dim)
    last = input.shape[dims[-1]]
    n_last = 2 * (last - 1) if s is None or s[-1] == -1 else s[-1]
    if n_last < 1:
        raise RuntimeError(f"Invalid number of data points ({n_last}) specified")
    x = _resized(_prepared(input, True), dims, (*sizes[:-1], n_last // 2 + 1))
    n = math.prod(x.shape[d] for d in dims[:-1]) * n_last
    x = jnp.conj(x) if forward else x
    if len(dims) > 1:
        x = jnp.fft.ifftn(x, axes=dims[:-1], norm="forward")
    return jnp.fft.irfft(x, n=n_last, axis=dims[-1], norm="forward") * _scale(norm, n, forward)
