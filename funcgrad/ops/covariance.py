"""Covariance and correlation of variables."""

import jax.numpy as jnp
import numpy as np
from jax import lax

from funcgrad.dtypes import (
    canonical,
    default_dtype,
    is_complex,
    is_floating,
    is_integral,
    promote_types,
    real_dtype,
    torch_name,
)
from funcgrad.ops.products import mm
from funcgrad.typing import Array

__all__ = ["check_cov", "corrcoef", "cov"]


def _check_dims(name: str, input: Array) -> None:
    if input.ndim > 2:
        raise RuntimeError(
            f"{name}(): expected input to have two or fewer dimensions but got an input with {input.ndim} dimensions"
        )


def _check_weights(name: str, w: Array | None, observations: int, integral: bool) -> None:
    if w is None:
        return
    if w.ndim > 1:
        raise RuntimeError(
            f"cov(): expected {name} to have one or fewer dimensions but got {name} with {w.ndim} dimensions"
        )
    if not (is_integral(w.dtype) if integral else is_floating(w.dtype)):
        kind = "integral" if integral else "floating point"
        got = torch_name(w.dtype)
        raise RuntimeError(f"cov(): expected {name} to have {kind} dtype but got {name} with {got} dtype")
    if w.size != observations:
        raise RuntimeError(
            f"cov(): expected {name} to have the same numel as there are observations in the input but got {w.size} != "
            f"{observations}"
        )


def cov(input: Array, *, correction: int = 1, fweights: Array | None = None, aweights: Array | None = None) -> Array:
    """Covariance of variables in rows, observations in columns.

    Raises:
      RuntimeError: for more than two dimensions, bools, or weights of another number or kind of dtype.

    Example:
      >>> cov(jnp.array([1.0, 2.0, 3.0])).item()
      1.0

    Source: PyTorch, ``torch.cov``.
    """
    _check_dims("cov", input)
    if input.dtype == np.bool_:
        raise RuntimeError("cov(): bool dtype is not supported for input")
    x = input if input.ndim == 2 else input.reshape(1, -1)
    n = x.shape[1]
    _check_weights("fweights", fweights, n, True)
    _check_weights("aweights", aweights, n, False)
    dtype = canonical(default_dtype()) if is_integral(x.dtype) else x.dtype
    if aweights is not None and aweights.ndim:
        dtype = promote_types(dtype, aweights.dtype)
    x = x.astype(dtype)
    # weights are summed in their own dtype, as in PyTorch: that of float32 weights is felt in a float64 result
    given = [w.reshape(-1) for w in (fweights, aweights) if w is not None]
    w = None if not given else given[0] if len(given) == 1 else given[0] * given[1]
    total = jnp.asarray(n, dtype) if w is None else w.sum()
    mean = ((x if w is None else x * w).sum(1, keepdims=True) / total).astype(dtype)
    if w is None or aweights is None or not correction:
        divisor = total - correction
    else:
        divisor = total - correction * (w * given[-1]).sum() / total
    x = x - mean
    right = x if w is None else (x * w).astype(dtype)
    products = mm(x, right.T.conj() if is_complex(dtype) else right.T)
    real = divisor.real.astype(real_dtype(dtype))
    # no degrees of freedom: nan or inf, not a number of the wrong sign
    return (products / jnp.where(real <= 0, jnp.zeros_like(real), real)).squeeze()


def check_cov(fweights: np.ndarray | None = None, aweights: np.ndarray | None = None) -> None:
    """Raise PyTorch's error for negative weights, and weights of which all are zero."""
    total = None
    for name, w in (("fweights", fweights), ("aweights", aweights)):
        if w is None:
            continue
        if (w < 0).any():
            raise RuntimeError(f"cov(): {name} cannot be negative")
        total = w if total is None else total * w
    if total is not None and total.sum() == 0:
        raise RuntimeError("cov(): weights sum to zero, can't be normalized")


def corrcoef(input: Array) -> Array:
    """Correlation of variables in rows, clipped to [-1, 1], of complex numbers in both parts.

    Raises:
      RuntimeError: for more than two dimensions.

    Example:
      >>> corrcoef(jnp.array([[1.0, 2.0], [2.0, 4.0]])).round(4).tolist()
      [[1.0, 1.0], [1.0, 1.0]]

    Source: PyTorch, ``torch.corrcoef``.
    """
    _check_dims("corrcoef", input)
    c = cov(input)
    if not c.ndim:
        return c / c
    d = jnp.diagonal(c)
    d = jnp.sqrt(d.real if is_complex(d.dtype) else d)
    c = c / d[:, None] / d
    if is_complex(c.dtype):
        return lax.complex(jnp.clip(c.real, -1, 1), jnp.clip(c.imag, -1, 1))
    return jnp.clip(c, -1, 1)
