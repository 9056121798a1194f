"""The Weibull distribution."""
# ruff: noqa: D102 - the methods are documented on Distribution

from __future__ import annotations

from typing import Any

from compat._ops import ops
from compat._tensor.tensor import Tensor
from compat.distributions import constraints
from compat.distributions.exponential import Exponential
from compat.distributions.transformed_distribution import TransformedDistribution
from compat.distributions.transforms import AffineTransform, PowerTransform
from compat.distributions.utils import broadcast_all

__all__ = ["Weibull"]


_EULER = 0.57721566490153286060


class Weibull(TransformedDistribution):
    """A power of an exponential number, such as a lifetime.

    Args:
      scale: Positive.
      concentration: The shape parameter, positive.
      validate_args: See `Distribution`.

    Example:
      >>> import compat as torch
      >>> torch.distributions.Weibull(1.0, 1.0).mean
      tensor(1.)

    Source:
      PyTorch, ``torch.distributions.Weibull``.
    """

    arg_constraints = {"scale": constraints.positive, "concentration": constraints.positive}
    support = constraints.positive

    def __init__(self, scale: Any, concentration: Any, validate_args: bool | None = None) -> None:
        """Make it of an exponential distribution."""
        self.scale, self.concentration = broadcast_all(scale, concentration)
        self.concentration_reciprocal = self.concentration.reciprocal()
        base = Exponential(ops.ones_like(self.scale), validate_args=validate_args)
        transforms = [PowerTransform(exponent=self.concentration_reciprocal),
                      AffineTransform(loc=0, scale=self.scale)]
        super().__init__(base, transforms, validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        new = self._get_checked_instance(Weibull, _instance)
        new.scale, new.concentration = self.scale.expand(batch_shape), self.concentration.expand(batch_shape)
        new.concentration_reciprocal = new.concentration.reciprocal()
        base = self.base_dist.expand(batch_shape)
        transforms = [PowerTransform(exponent=new.concentration_reciprocal), AffineTransform(loc=0, scale=new.scale)]
        super(Weibull, new).__init__(base, transforms, validate_args=False)
        new._validate_args = self._validate_args
        return new

    @property
    def mean(self) -> Tensor:
        return self.scale * ops.exp(ops.lgamma(1 + self.concentration_reciprocal))

    @property
    def mode(self) -> Tensor:
        k = self.concentration
        return self.scale * ((k - 1) / k) ** k.reciprocal()

    @property
    def variance(self) -> Tensor:
        second = ops.exp(ops.lgamma(1 + 2 * self.concentration_reciprocal))
        return self.scale.pow(2) * (second - ops.exp(2 * ops.lgamma(1 + self.concentration_reciprocal)))

    def entropy(self) -> Tensor:
        return (_EULER * (1 - self.concentration_reciprocal)
                + ops.log(self.scale * self.concentration_reciprocal) + 1)
