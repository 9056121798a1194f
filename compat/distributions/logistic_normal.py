"""The logistic-normal distribution."""
# ruff: noqa: D102 - the methods are documented on Distribution

from __future__ import annotations

from typing import Any

from compat._tensor.tensor import Tensor
from compat.distributions import constraints
from compat.distributions.independent import Independent
from compat.distributions.normal import Normal
from compat.distributions.transformed_distribution import TransformedDistribution
from compat.distributions.transforms import StickBreakingTransform

__all__ = ["LogisticNormal"]


class LogisticNormal(TransformedDistribution):
    """A point of the simplex: independent normal numbers, by stick breaking.

    Args:
      loc: (..., K - 1), the means.
      scale: (..., K - 1), the standard deviations, positive.
      validate_args: See `Distribution`.

    Example:
      >>> import compat as torch
      >>> torch.distributions.LogisticNormal(torch.zeros(3), torch.ones(3)).event_shape
      torch.Size([4])

    Source:
      PyTorch, ``torch.distributions.LogisticNormal``.
    """

    arg_constraints = {"loc": constraints.real, "scale": constraints.positive}
    support = constraints.simplex
    has_rsample = True
    base_dist: Independent

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        """Transform a normal distribution."""
        base = Normal(loc, scale, validate_args=validate_args)
        if not base.batch_shape:
            base = base.expand([1])
        super().__init__(base, StickBreakingTransform(), validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        return super().expand(batch_shape, _instance=self._get_checked_instance(LogisticNormal, _instance))

    @property
    def loc(self) -> Tensor:
        """The means."""
        return self.base_dist.base_dist.loc

    @property
    def scale(self) -> Tensor:
        """The standard deviations."""
        return self.base_dist.base_dist.scale
