"""The half-Cauchy distribution."""
# ruff: noqa: D102 - the methods are documented on Distribution

from __future__ import annotations

import math
from typing import Any

from compat._ops import ops
from compat._tensor.tensor import Tensor
from compat.distributions import constraints
from compat.distributions.cauchy import Cauchy
from compat.distributions.transformed_distribution import TransformedDistribution
from compat.distributions.transforms import AbsTransform

__all__ = ["HalfCauchy"]


class HalfCauchy(TransformedDistribution):
    """The absolute value of a Cauchy number of median zero.

    Args:
      scale: Of the Cauchy number, positive.
      validate_args: See `Distribution`.

    Example:
      >>> import compat as torch
      >>> torch.distributions.HalfCauchy(1.0).cdf(torch.tensor(1.0))
      tensor(0.5000)

    Source:
      PyTorch, ``torch.distributions.HalfCauchy``.
    """

    arg_constraints = {"scale": constraints.positive}
    support = constraints.nonnegative
    has_rsample = True
    base_dist: Cauchy

    def __init__(self, scale: Any, validate_args: bool | None = None) -> None:
        """Fold a Cauchy distribution."""
        super().__init__(Cauchy(0, scale, validate_args=False), AbsTransform(), validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        return super().expand(batch_shape, _instance=self._get_checked_instance(HalfCauchy, _instance))

    @property
    def scale(self) -> Tensor:
        """The Cauchy number's scale."""
        return self.base_dist.scale

    @property
    def mean(self) -> Tensor:
        return ops.full(self._extended_shape(), math.inf, dtype=self.scale.dtype, device=self.scale.device)

    @property
    def mode(self) -> Tensor:
        return ops.zeros_like(self.scale)

    @property
    def variance(self) -> Tensor:
        return self.base_dist.variance

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        value = ops.as_tensor(value, dtype=self.base_dist.scale.dtype, device=self.base_dist.scale.device)
        return ops.where(value >= 0, self.base_dist.log_prob(value) + math.log(2), -math.inf)

    def cdf(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        return 2 * self.base_dist.cdf(value) - 1

    def icdf(self, value: Tensor) -> Tensor:
        return self.base_dist.icdf((value + 1) / 2)

    def entropy(self) -> Tensor:
        return self.base_dist.entropy() - math.log(2)
