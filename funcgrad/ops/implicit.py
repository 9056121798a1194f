"""Derivatives of gamma and Dirichlet numbers with respect to their concentrations, by implicit reparametrisation.

A number x drawn from a distribution with parameter a moves with it as ``dx/da = -(dF(x; a)/da) / p(x; a)``.
"""

import jax
import jax.numpy as jnp
from jax import lax

from funcgrad.ops._common import broadcast
from funcgrad.ops.special import _digamma
from funcgrad.typing import Array

_MOST_TERMS = 20_000


@jax.custom_jvp
def _gamma_slope(a: Array, x: Array) -> Array:
    return lax.random_gamma_grad(a, x)


@_gamma_slope.defjvp
def _gamma_slope_jvp(primals: tuple[Array, Array], tangents: tuple[Array, Array]) -> tuple[Array, Array]:
    # There is no formula for it. PyTorch refuses when it is asked for; here the rule is traced before anyone asks.
    return _gamma_slope(*primals), jnp.nan * (tangents[0] + tangents[1])


def _standard_gamma_grad(input: Array, output: Array) -> Array:
    """The derivative of a gamma number of rate 1 with respect to its concentration.

    Args:
      input: Concentrations.
      output: The numbers drawn, of the same shape.

    Returns:
      The derivatives.

    Source:
      PyTorch, ``torch._standard_gamma_grad``.
    """
    a, x = broadcast(input, output)
    return _gamma_slope(a, x)


def _dirichlet_grad(x: Array, alpha: Array, total: Array) -> Array:
    """The derivative of a coordinate of a Dirichlet point with respect to its concentration, over one minus x.

    The coordinate is a Beta(alpha, total - alpha) number. Its distribution function is summed as the hypergeometric
    series whose terms are all positive, from whichever end is the nearer.

    Args:
      x: Coordinates, within (0, 1).
      alpha: Their concentrations.
      total: The sum of all concentrations of the point.

    Returns:
      The derivatives.

    Source:
      PyTorch, ``torch._dirichlet_grad``.
    """
    return _dirichlet_slope(*broadcast(x, alpha, total))


@jax.custom_jvp
def _dirichlet_slope(x: Array, alpha: Array, total: Array) -> Array:
    kind, widest = x.dtype, jax.dtypes.canonicalize_dtype("float64")  # the terms of large concentrations cancel
    x, alpha, total = (v.astype(widest) for v in (x, alpha, total))
    beta = total - alpha
    below = x * total <= alpha
    near, own = jnp.where(below, x, 1 - x), jnp.where(below, alpha, beta)
    series, slope = _series(near, own, total, below)
    log_part = lax.log(x) - _digamma(alpha) + _digamma(total) - jnp.where(below, 1 / alpha, 0)
    shift = x / own * (series * log_part + slope)
    return jnp.where(below, -shift, shift).astype(kind)


@_dirichlet_slope.defjvp
def _dirichlet_slope_jvp(primals: tuple[Array, ...], tangents: tuple[Array, ...]) -> tuple[Array, Array]:
    return _dirichlet_slope(*primals), jnp.nan * (tangents[0] + tangents[1] + tangents[2])


def _series(x: Array, a: Array, total: Array, first: Array) -> tuple[Array, Array]:
    """The sum of ``(total)_n / (a + 1)_n x**n``, and its derivative with respect to ``a`` (``first``) or the other."""
    tiny = jnp.finfo(x.dtype).eps / 8

    def unfinished(state: tuple) -> Array:
        n, term, _, total_sum, _ = state
        return (n < _MOST_TERMS) & jnp.any(term > tiny * total_sum)

    def step(state: tuple) -> tuple:
        n, term, log_slope, total_sum, slope = state
        k = n.astype(x.dtype)
        term = term * (total + k) / (a + 1 + k) * x
        log_slope = log_slope + 1 / (total + k) - jnp.where(first, 1 / (a + 1 + k), 0)
        return n + 1, term, log_slope, total_sum + term, slope + term * log_slope

    one, zero = jnp.ones_like(x), jnp.zeros_like(x)
    return lax.while_loop(unfinished, step, (jnp.int32(0), one, zero, one, zero))[3:]


@jax.custom_jvp
def _gamma_sample(concentration: Array, sample: Array) -> Array:
    return sample


@_gamma_sample.defjvp
def _gamma_sample_jvp(primals: tuple[Array, Array], tangents: tuple[Array, Array]) -> tuple[Array, Array]:
    return primals[1], tangents[1] + _standard_gamma_grad(*primals) * tangents[0]


@jax.custom_jvp
def _dirichlet_sample(concentration: Array, sample: Array) -> Array:
    return sample


@_dirichlet_sample.defjvp
def _dirichlet_sample_jvp(primals: tuple[Array, Array], tangents: tuple[Array, Array]) -> tuple[Array, Array]:
    concentration, sample = primals
    moved = _dirichlet_grad(sample, concentration, concentration.sum(-1, keepdims=True)) * tangents[0]
    return sample, tangents[1] + moved - sample * moved.sum(-1, keepdims=True)


def gamma_sample(concentration: Array, sample: Array) -> Array:
    """A gamma number as a function of its concentration.

    Args:
      concentration: What it was drawn with.
      sample: The number, of the same shape.

    Returns:
      ``sample``.
    """
    return _gamma_sample(concentration, sample)


def dirichlet_sample(concentration: Array, sample: Array) -> Array:
    """A Dirichlet point as a function of its concentrations.

    Args:
      concentration: (..., K), what it was drawn with.
      sample: The point, (..., K).

    Returns:
      ``sample``.
    """
    return _dirichlet_sample(concentration, sample)
