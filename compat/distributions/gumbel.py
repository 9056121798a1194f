"""The Gumbel distribution."""
# ruff: noqa: D102 - the methods are documented on Distribution

from __future__ import annotations

import math
from typing import Any

from compat._dtype import finfo
from compat._ops import ops
from compat._tensor.tensor import Tensor
from compat.distributions import constraints
from compat.distributions.transformed_distribution import TransformedDistribution
from compat.distributions.transforms import AffineTransform, ExpTransform
from compat.distributions.uniform import Uniform
from compat.distributions.utils import broadcast_all

__all__ = ["Gumbel"]


_EULER = 0.57721566490153286060


class Gumbel(TransformedDistribution):
    """The distribution of the largest of many values.

    Args:
      loc: The centre, a tensor or number.
      scale: The width, positive.
      validate_args: See `Distribution`.

    Example:
      >>> import compat as torch
      >>> torch.distributions.Gumbel(0.0, 1.0).mean
      tensor(0.5772)

    Source:
      PyTorch, ``torch.distributions.Gumbel``.
    """

    arg_constraints = {"loc": constraints.real, "scale": constraints.positive}
    support = constraints.real

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        """Make it of a uniform distribution."""
        self.loc, self.scale = broadcast_all(loc, scale)
        info = finfo(self.loc.dtype)
        base = Uniform(ops.full_like(self.loc, info.tiny), ops.full_like(self.loc, 1 - info.eps),
                       validate_args=validate_args)
        transforms = [ExpTransform().inv, AffineTransform(loc=0, scale=-ops.ones_like(self.scale)),
                      ExpTransform().inv, AffineTransform(loc=self.loc, scale=-self.scale)]
        super().__init__(base, transforms, validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        new = self._get_checked_instance(Gumbel, _instance)
        new.loc, new.scale = self.loc.expand(batch_shape), self.scale.expand(batch_shape)
        return super().expand(batch_shape, _instance=new)

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        y = (self.loc - value) / self.scale
        return (y - y.exp()) - self.scale.log()

    @property
    def mean(self) -> Tensor:
        return self.loc + self.scale * _EULER

    @property
    def mode(self) -> Tensor:
        return self.loc

    @property
    def stddev(self) -> Tensor:
        return (math.pi / math.sqrt(6)) * self.scale

    @property
    def variance(self) -> Tensor:
        return self.stddev.pow(2)

    def entropy(self) -> Tensor:
        return self.scale.log() + (1 + _EULER)
