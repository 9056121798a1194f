"""The uniform distribution."""
# ruff: noqa: D102 - the methods are documented on Distribution

from __future__ import annotations

import math
from typing import Any

from compat._ops import ops
from compat._tensor.tensor import Tensor
from compat.distributions import constraints
from compat.distributions.distribution import Distribution
from compat.distributions.utils import broadcast_all, rand

__all__ = ["Uniform"]


class Uniform(Distribution):
    """Any number of [low, high) alike.

    Args:
      low: The lower bound, a tensor or number.
      high: The upper bound, excluded.
      validate_args: See `Distribution`.

    Example:
      >>> import compat as torch
      >>> torch.distributions.Uniform(0.0, 4.0).log_prob(torch.tensor(1.0))
      tensor(-1.3863)

    Source:
      PyTorch, ``torch.distributions.Uniform``.
    """

    has_rsample = True
    _parameters = {"low": 0, "high": 0}

    def __init__(self, low: Any, high: Any, validate_args: bool | None = None) -> None:
        """Broadcast the bounds and compare them."""
        self.low, self.high = broadcast_all(low, high)
        super().__init__(self.low.size(), validate_args=validate_args)

    @property
    def arg_constraints(self) -> dict[str, Any]:
        return {"low": constraints.less_than(self.high), "high": constraints.greater_than(self.low)}

    @constraints.dependent_property(is_discrete=False, event_dim=0)
    def support(self) -> Any:
        """The closed interval."""
        return constraints.interval(self.low, self.high)

    @property
    def mean(self) -> Tensor:
        return (self.high + self.low) / 2

    @property
    def mode(self) -> Tensor:
        return math.nan * self.high

    @property
    def stddev(self) -> Tensor:
        return (self.high - self.low) / 12**0.5

    @property
    def variance(self) -> Tensor:
        return (self.high - self.low).pow(2) / 12

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        return self.low + rand(self._extended_shape(sample_shape), self.low) * (self.high - self.low)

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        inside = self.low.le(value).type_as(self.low) * self.high.gt(value).type_as(self.low)
        return ops.log(inside) - ops.log(self.high - self.low)

    def cdf(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        return ((value - self.low) / (self.high - self.low)).clamp(min=0, max=1)

    def icdf(self, value: Tensor) -> Tensor:
        return value * (self.high - self.low) + self.low

    def entropy(self) -> Tensor:
        return ops.log(self.high - self.low)
