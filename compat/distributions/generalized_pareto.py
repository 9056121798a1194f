"""The generalized Pareto distribution."""
# ruff: noqa: D102 - the methods are documented on Distribution

from __future__ import annotations

import math
from typing import Any

from compat._ops import ops
from compat._tensor.tensor import Tensor
from compat.distributions import constraints
from compat.distributions.distribution import Distribution
from compat.distributions.utils import broadcast_all, rand

__all__ = ["GeneralizedPareto"]


class GeneralizedPareto(Distribution):
    """Excesses over a threshold: bounded, exponential or heavy-tailed, by the sign of the concentration.

    Args:
      loc: The threshold, a tensor or number.
      scale: Positive.
      concentration: The tail's shape, of any sign.
      validate_args: See `Distribution`.

    Example:
      >>> import compat as torch
      >>> torch.distributions.GeneralizedPareto(0.0, 1.0, 0.5).mean
      tensor(2.)

    Source:
      PyTorch, ``torch.distributions.GeneralizedPareto``.
    """

    arg_constraints = {"loc": constraints.real, "scale": constraints.positive, "concentration": constraints.real}
    has_rsample = True
    _parameters = {"loc": 0, "scale": 0, "concentration": 0}

    def __init__(self, loc: Any, scale: Any, concentration: Any, validate_args: bool | None = None) -> None:
        """Broadcast the parameters."""
        self.loc, self.scale, self.concentration = broadcast_all(loc, scale, concentration)
        super().__init__(self.loc.size(), validate_args=validate_args)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        return self.icdf(rand(self._extended_shape(sample_shape), self.loc))

    def _z(self, x: Tensor) -> Tensor:
        return (x - self.loc) / self.scale

    def _exponential(self) -> tuple[Tensor, Tensor]:
        """Where the concentration is as good as zero, and a concentration to divide by."""
        zero = ops.isclose(self.concentration, ops.tensor(0.0, dtype=self.concentration.dtype))
        return zero, ops.where(zero, ops.ones_like(self.concentration), self.concentration)

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        z = self._z(value)
        zero, safe = self._exponential()
        y = 1 / safe + ops.ones_like(z)
        where_nonzero = ops.where(y == 0, y, y * ops.log1p(safe * z))
        return -self.scale.log() - ops.where(zero, z, where_nonzero)

    def log_survival_function(self, value: Tensor) -> Tensor:
        """Return the logarithm of the probability of outcomes above ``value``."""
        if self._validate_args:
            self._validate_sample(value)
        z = self._z(value)
        zero, safe = self._exponential()
        return ops.where(zero, -z, -ops.log1p(safe * z) / safe)

    def log_cdf(self, value: Tensor) -> Tensor:
        """Return the logarithm of `cdf`."""
        return ops.log1p(-ops.exp(self.log_survival_function(value)))

    def cdf(self, value: Tensor) -> Tensor:
        return ops.exp(self.log_cdf(value))

    def icdf(self, value: Tensor) -> Tensor:
        zero, safe = self._exponential()
        log_left = ops.log1p(-value)
        where_nonzero = self.loc + self.scale / safe * ops.expm1(-safe * log_left)
        return ops.where(zero, self.loc - self.scale * log_left, where_nonzero)

    def _moment(self, order: int, value: Tensor) -> Tensor:
        """A moment, which a heavier tail has not: nan, as PyTorch has it, although it is infinite."""
        shape = self.concentration.expand(self._batch_shape)
        return ops.where(shape < 1 / order, value.expand(self._batch_shape), math.nan)

    @property
    def mean(self) -> Tensor:
        below = ops.where(self.concentration < 1, self.concentration, 0.5)
        return self._moment(1, self.loc + self.scale / (1 - below))

    @property
    def variance(self) -> Tensor:
        below = ops.where(self.concentration < 0.5, self.concentration, 0.25)
        return self._moment(2, self.scale**2 / ((1 - below) ** 2 * (1 - 2 * below)) + ops.zeros_like(self.loc))

    def entropy(self) -> Tensor:
        return (ops.log(self.scale) + self.concentration + 1).expand(self._batch_shape)

    @property
    def mode(self) -> Tensor:
        return self.loc

    @constraints.dependent_property(is_discrete=False, event_dim=0)
    def support(self) -> Any:
        """From the threshold on, up to a bound if the concentration is negative."""
        lower, upper = self.loc, ops.where(self.concentration < 0, self.loc - self.scale / self.concentration, math.inf)
        return constraints.interval(lower, upper)
