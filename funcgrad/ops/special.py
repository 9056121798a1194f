"""Special functions."""

from functools import partial

import jax
import jax.numpy as jnp
import jax.scipy.special as jsp
from jax import lax

from funcgrad.dtypes import opmath, promote_float, scalar
from funcgrad.ops._common import broadcast, float_operands
from funcgrad.ops.pointwise_unary import _floating
from funcgrad.typing import Array, ArrayLike

_SQRT_HALF = 0.7071067811865476
_LOG_SQRT_2PI = 0.9189385332046727


def _ndtr(x: Array) -> Array:
    return 0.5 * lax.erfc(-x * scalar(_SQRT_HALF, x.dtype))


@jax.custom_jvp
def _entr(x: Array) -> Array:
    inside = -x * lax.log(jnp.where(x > 0, x, 1))
    return jnp.where(x != x, x, jnp.where(x > 0, inside, jnp.where(x == 0, 0, -jnp.inf)))


@_entr.defjvp
def _entr_jvp(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    return _entr(*primals), tangents[0] * (-lax.log(primals[0]) - 1)


@jax.custom_jvp
def _sinc(x: Array) -> Array:
    return jnp.sinc(x)


@_sinc.defjvp
def _sinc_jvp(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    (x,) = primals
    pi = scalar(jnp.pi, x.dtype)
    safe = jnp.where(x == 0, 1, x)
    slope = (lax.cos(pi * safe) * pi * safe - lax.sin(pi * safe)) / (pi * safe * safe)
    return _sinc(x), tangents[0] * jnp.where(x == 0, 0, slope)


_MOST_TERMS = 100_000  # of a sum from a far negative argument, where the terms near 0 are what counts


@jax.custom_jvp
def _zeta(x: Array, q: Array) -> Array:
    """Hurwitz zeta function; XLA's sums too few terms for negative `q`, so those up to 1 are added here."""
    negative = (q < 0) & (q != jnp.floor(q)) & (x == jnp.floor(x))
    steps = jnp.where(negative, jnp.minimum(jnp.ceil(-q), _MOST_TERMS), 0)
    start = jnp.where(negative, q + jnp.ceil(-q), q)

    def add(k: Array, total: Array) -> Array:
        here = start - (k + 1).astype(q.dtype)
        return total + jnp.where(k < steps, jnp.power(jnp.where(k < steps, here, 1), -x), 0)

    below = lax.fori_loop(0, jnp.max(steps, initial=0).astype("int32"), add, jnp.zeros_like(q))
    pole = jnp.where(q == jnp.floor(q), jnp.inf, jnp.where(x == jnp.floor(x), lax.zeta(x, start) + below, jnp.nan))
    out = jnp.where(q <= 0, pole, lax.zeta(x, start))
    return jnp.where(x == 1, jnp.inf, jnp.where(x < 1, jnp.nan, out))


@_zeta.defjvp
def _zeta_jvp(primals: tuple[Array, Array], tangents: tuple[Array, Array]) -> tuple[Array, Array]:
    # PyTorch, too, has no derivative with respect to the exponent
    x, q = primals
    return _zeta(x, q), tangents[1] * (-x * _zeta(x + 1, q))


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def _polygamma(n: int, x: Array) -> Array:
    """Derivatives of `lgamma`, from the first at n = 0."""
    if n == 0:
        # XLA gives nan at the pole at 0, whose sign is known
        return jnp.where(x == 0, jnp.copysign(jnp.inf, -x).astype(x.dtype), lax.digamma(x))
    wide = x.astype(opmath(x.dtype))
    factor = (-1.0) ** (n + 1) * lax.exp(lax.lgamma(scalar(n + 1, wide.dtype)))
    return (factor * _zeta(jnp.full_like(wide, n + 1), wide)).astype(x.dtype)


@_polygamma.defjvp
def _polygamma_jvp(n: int, primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    return _polygamma(n, primals[0]), tangents[0] * _polygamma(n + 1, primals[0])


def _digamma(x: Array) -> Array:
    return _polygamma(0, x)


@jax.custom_jvp
def _lgamma(x: Array) -> Array:
    return lax.lgamma(x)


@_lgamma.defjvp
def _lgamma_jvp(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    return _lgamma(*primals), tangents[0] * _digamma(*primals)


@jax.custom_jvp
def _i0(x: Array) -> Array:
    return jsp.i0(x)


@_i0.defjvp
def _i0_jvp(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    # JAX's derivative, of exp(abs(x)), is 1 at 0
    return _i0(*primals), tangents[0] * jsp.i1(*primals)


erf = _floating("erf", lax.erf, "Error function.")
erfc = _floating("erfc", lax.erfc, "``1 - erf(input)``.")
erfinv = _floating("erfinv", lax.erf_inv, "Inverse of `erf`.")
erfcx = _floating("erfcx", lambda x: _erfcx(x), "``exp(input ** 2) * erfc(input)``.")
lgamma = _floating("lgamma", _lgamma, "Logarithm of the absolute value of the gamma function.")
digamma = _floating("digamma", _digamma, "Derivative of `lgamma`.")
i0 = _floating("i0", _i0, "Modified Bessel function of order 0.")
i0e = _floating("i0e", lax.bessel_i0e, "Exponentially scaled `i0`.")
i1 = _floating("i1", jsp.i1, "Modified Bessel function of order 1.")
i1e = _floating("i1e", lax.bessel_i1e, "Exponentially scaled `i1`.")
ndtr = _floating("ndtr", _ndtr, "Normal distribution function.")
ndtri = _floating("ndtri", jsp.ndtri, "Inverse of `ndtr`.")
log_ndtr = _floating("log_ndtr", jsp.log_ndtr, "Logarithm of `ndtr`, precise far below 0.")
entr = _floating("entr", _entr, "Entropy: ``-input * log(input)``, 0 at 0, -inf below.")
sinc = _floating("sinc", _sinc, "``sin(pi * input) / (pi * input)``, 1 at 0.")


def _erfcx(x: Array) -> Array:
    """Scaled complementary error function; for large arguments its asymptotic series, as erfc underflows there."""
    near = lax.exp(jnp.where(x > 5, 0, x * x)) * lax.erfc(jnp.where(x > 5, 0, x))
    y = 1 / jnp.where(x > 5, x * x, 1)
    series = 1 - y * (0.5 - y * (0.75 - y * (1.875 - y * (6.5625 - y * 29.53125))))
    far = series / (jnp.where(x > 5, x, 1) * scalar(1.7724538509055159, x.dtype))
    return jnp.where(x > 5, far, near)


def polygamma(n: int, input: Array) -> Array:
    """`n`-th derivative of `digamma`.

    Raises:
      RuntimeError: if `n` is negative.
    """
    if n < 0:
        raise RuntimeError("polygamma(n, x) does not support negative n.")
    (x,) = promote_float(input)
    return _polygamma(n, x)


def multigammaln(input: Array, p: int) -> Array:
    """Logarithm of the multivariate gamma function of dimension `p`."""
    (x,) = promote_float(input)
    steps = scalar(0.5, x.dtype) * jnp.arange(p, dtype=x.dtype)
    constant = p * (p - 1) / 4 * 1.1447298858494002
    return jnp.sum(_lgamma(x[..., None] - steps), -1) + scalar(constant, x.dtype)


@jax.custom_jvp
def _xlogy(x: Array, y: Array) -> Array:
    log = lax.log(y)
    return jnp.where(y != y, y, jnp.where(x == 0, 0, x * log))


@_xlogy.defjvp
def _xlogy_jvp(primals: tuple[Array, Array], tangents: tuple[Array, Array]) -> tuple[Array, Array]:
    (x, y), (tx, ty) = primals, tangents
    slope = jnp.where((x == 0) & (y <= 0), 0, lax.log(jnp.where((x == 0) & (y <= 0), 1, y)))
    return _xlogy(x, y), tx * slope + ty * (x / y)


def xlogy(input: ArrayLike, other: ArrayLike) -> Array:
    """``input * log(other)``, 0 where `input` is 0 unless `other` is nan.

    Example:
      >>> xlogy(jnp.array([0.0, 1.0]), 0.0)
      Array([  0., -inf], dtype=float32)
    """
    return _xlogy(*broadcast(*float_operands(input, other)))


@jax.custom_jvp
def _xlog1py(x: Array, y: Array) -> Array:
    return jnp.where(y != y, y, jnp.where(x == 0, 0, x * lax.log1p(y)))


@_xlog1py.defjvp
def _xlog1py_jvp(primals: tuple[Array, Array], tangents: tuple[Array, Array]) -> tuple[Array, Array]:
    (x, y), (tx, ty) = primals, tangents
    outside = (x == 0) & (y <= -1)
    slope = jnp.where(outside, 0, lax.log1p(jnp.where(outside, 0, y)))
    return _xlog1py(x, y), tx * slope + ty * (x / (y + 1))


def xlog1py(input: ArrayLike, other: ArrayLike) -> Array:
    """``input * log1p(other)``, 0 where `input` is 0 unless `other` is nan."""
    return _xlog1py(*broadcast(*float_operands(input, other)))


def gammainc(input: Array, other: Array) -> Array:
    """Regularised lower incomplete gamma function."""
    return lax.igamma(*broadcast(*float_operands(input, other)))


def gammaincc(input: Array, other: Array) -> Array:
    """Regularised upper incomplete gamma function."""
    return lax.igammac(*broadcast(*float_operands(input, other)))


def zeta(input: ArrayLike, other: ArrayLike) -> Array:
    """Hurwitz zeta function."""
    return _zeta(*broadcast(*float_operands(input, other)))
