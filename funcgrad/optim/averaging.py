"""Averages of parameters over the steps; `optax.ema` is the transformation of this kind."""

from collections.abc import Sequence

from funcgrad.optim._arithmetic import add, div, lerp
from funcgrad.typing import Array, Number

__all__ = ["lerp_all", "mean_all"]


def lerp_all(averages: Sequence[Array], news: Sequence[Array], *, weight: Number) -> list[Array]:
    """``average + weight * (new - average)`` of each pair.

    Args:
      averages: Of any shapes, floating point or complex.
      news: Of the same shapes.
      weight: The share of the new values.

    Returns:
      The new averages.

    Example:
      >>> lerp_all([jnp.zeros(()), jnp.ones(1)], [jnp.ones(()), jnp.full(1, 3.0)], weight=0.25)
      [Array(0.25, dtype=float32), Array([1.5], dtype=float32)]
    """
    return [lerp(average, new, weight) for average, new in zip(averages, news, strict=True)]


def mean_all(averages: Sequence[Array], news: Sequence[Array], *, count: Number) -> list[Array]:
    """``average + (new - average) / (count + 1)`` of each pair: the mean, if `average` is that of `count` values.

    Args:
      averages: Of any shapes, floating point or complex.
      news: Of the same shapes.
      count: How many values have been averaged.

    Returns:
      The new averages.

    Example:
      >>> mean_all([jnp.asarray(2.0)], [jnp.asarray(6.0)], count=3)
      [Array(3., dtype=float32)]
    """
    return [add(average, div(add(new, average, -1), count + 1)) for average, new in zip(averages, news, strict=True)]
