"""Orthogonal polynomials and Bessel functions, over NumPy arrays: PyTorch has no derivatives of them either."""

from collections.abc import Callable

import numpy as np
import scipy  # its submodules load when they are used

from funcgrad.dtypes import default_dtype, is_integral, promote_types

__all__ = ["BESSEL", "POLYNOMIALS", "bessel", "polynomial"]

# name: first two polynomials, and the next from the last two, p, and the one before, q, at degree k
_Row = tuple[Callable[[np.ndarray], np.ndarray], Callable]
POLYNOMIALS: dict[str, _Row] = {
    "chebyshev_polynomial_t": (lambda x: x, lambda x, p, q, k: 2 * x * p - q),
    "chebyshev_polynomial_u": (lambda x: 2 * x, lambda x, p, q, k: 2 * x * p - q),
    "chebyshev_polynomial_v": (lambda x: 2 * x - 1, lambda x, p, q, k: 2 * x * p - q),
    "chebyshev_polynomial_w": (lambda x: 2 * x + 1, lambda x, p, q, k: 2 * x * p - q),
    "shifted_chebyshev_polynomial_t": (lambda x: 2 * x - 1, lambda x, p, q, k: 2 * (2 * x - 1) * p - q),
    "shifted_chebyshev_polynomial_u": (lambda x: 4 * x - 2, lambda x, p, q, k: 2 * (2 * x - 1) * p - q),
    "shifted_chebyshev_polynomial_v": (lambda x: 4 * x - 3, lambda x, p, q, k: 2 * (2 * x - 1) * p - q),
    "shifted_chebyshev_polynomial_w": (lambda x: 4 * x - 1, lambda x, p, q, k: 2 * (2 * x - 1) * p - q),
    "hermite_polynomial_h": (lambda x: 2 * x, lambda x, p, q, k: 2 * x * p - 2 * (k - 1) * q),
    "hermite_polynomial_he": (lambda x: x, lambda x, p, q, k: x * p - (k - 1) * q),
    "laguerre_polynomial_l": (lambda x: 1 - x, lambda x, p, q, k: ((2 * k - 1 - x) * p - (k - 1) * q) / k),
    "legendre_polynomial_p": (lambda x: x, lambda x, p, q, k: ((2 * k - 1) * x * p - (k - 1) * q) / k),
}


def _floats(x: np.ndarray) -> np.ndarray:
    return x.astype(default_dtype()) if is_integral(x.dtype) else x


def polynomial(name: str, x: np.ndarray, n: np.ndarray) -> np.ndarray:
    """The polynomial of degree `n`, cut to an integer; 0 for negative degrees.

    Example:
      >>> polynomial("legendre_polynomial_p", np.array([0.5]), np.array(2)).tolist()
      [-0.125]
    """
    first, following = POLYNOMIALS[name]
    x, degree = _floats(x), n.astype(np.int64)
    dtype = promote_types(x.dtype, n.dtype) if n.ndim and not is_integral(n.dtype) else x.dtype
    wide = x.astype(np.float64)
    before, now = np.ones_like(wide), first(wide)
    shape = np.broadcast_shapes(x.shape, n.shape)
    out = np.where(degree < 0, 0.0, np.broadcast_to(before, shape))
    out = np.where(degree == 1, now, out)
    for k in range(2, int(degree.max(initial=0)) + 1):
        before, now = now, following(wide, now, before, k)
        out = np.where(degree == k, now, out)
    return out.astype(dtype)


BESSEL: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "airy_ai": lambda x: scipy.special.airy(x)[0],
    "bessel_j0": lambda x: scipy.special.j0(x),
    "bessel_j1": lambda x: scipy.special.j1(x),
    "bessel_y0": lambda x: scipy.special.y0(x),
    "bessel_y1": lambda x: scipy.special.y1(x),
    "modified_bessel_i0": lambda x: scipy.special.i0(x),
    "modified_bessel_i1": lambda x: scipy.special.i1(x),
    "modified_bessel_k0": lambda x: scipy.special.k0(x),
    "modified_bessel_k1": lambda x: scipy.special.k1(x),
    "scaled_modified_bessel_k0": lambda x: scipy.special.k0e(x),
    "scaled_modified_bessel_k1": lambda x: scipy.special.k1e(x),
    "spherical_bessel_j0": lambda x: scipy.special.spherical_jn(0, np.abs(x)),
}


def bessel(name: str, input: np.ndarray) -> np.ndarray:
    """One of `BESSEL`, in double precision and rounded.

    Example:
      >>> bessel("bessel_j0", np.array([0.0])).tolist()
      [1.0]
    """
    x = _floats(input)
    return BESSEL[name](x.astype(np.float64)).astype(x.dtype)
