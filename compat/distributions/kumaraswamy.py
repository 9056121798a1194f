"""The Kumaraswamy distribution."""
# ruff: noqa: D102 - the methods are documented on Distribution

from __future__ import annotations

import math
from typing import Any

from compat._ops import ops
from compat._tensor.tensor import Tensor
from compat.distributions import constraints
from compat.distributions.transformed_distribution import TransformedDistribution
from compat.distributions.transforms import AffineTransform, PowerTransform
from compat.distributions.uniform import Uniform
from compat.distributions.utils import broadcast_all

__all__ = ["Kumaraswamy"]


_EULER = 0.57721566490153286060


def _moment(a: Tensor, b: Tensor, n: int) -> Tensor:
    """The mean of the n-th power."""
    first = 1 + n / a
    return ops.exp(ops.lgamma(first) + ops.lgamma(b) - ops.lgamma(first + b)) * b


class Kumaraswamy(TransformedDistribution):
    """A distribution on [0, 1] like the beta distribution, with a closed distribution function.

    Args:
      concentration1: The first exponent (a), positive.
      concentration0: The second (b), positive.
      validate_args: See `Distribution`.

    Example:
      >>> import compat as torch
      >>> torch.distributions.Kumaraswamy(1.0, 1.0).mean
      tensor(0.5000)

    Source:
      PyTorch, ``torch.distributions.Kumaraswamy``.
    """

    arg_constraints = {"concentration1": constraints.positive, "concentration0": constraints.positive}
    support = constraints.unit_interval
    has_rsample = True

    def __init__(self, concentration1: Any, concentration0: Any, validate_args: bool | None = None) -> None:
        """Make it of a uniform distribution."""
        self.concentration1, self.concentration0 = broadcast_all(concentration1, concentration0)
        zeros = ops.full_like(self.concentration0, 0)
        base = Uniform(zeros, ops.full_like(zeros, 1), validate_args=validate_args)
        transforms = [PowerTransform(exponent=self.concentration0.reciprocal()), AffineTransform(loc=1.0, scale=-1.0),
                      PowerTransform(exponent=self.concentration1.reciprocal())]
        super().__init__(base, transforms, validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        new = self._get_checked_instance(Kumaraswamy, _instance)
        new.concentration1 = self.concentration1.expand(batch_shape)
        new.concentration0 = self.concentration0.expand(batch_shape)
        return super().expand(batch_shape, _instance=new)

    @property
    def mean(self) -> Tensor:
        return _moment(self.concentration1, self.concentration0, 1)

    @property
    def mode(self) -> Tensor:
        a, b = self.concentration1, self.concentration0
        # PyTorch's formula. Of exponents above one it is nan, although the density has a peak then.
        log_mode = b.reciprocal() * (-b).log1p() - (-a * b).log1p()
        return ops.where((a < 1) | (b < 1), math.nan, log_mode.exp())

    @property
    def variance(self) -> Tensor:
        return _moment(self.concentration1, self.concentration0, 2) - self.mean.pow(2)

    def entropy(self) -> Tensor:
        t1, t0 = 1 - self.concentration1.reciprocal(), 1 - self.concentration0.reciprocal()
        harmonic = ops.digamma(self.concentration0 + 1) + _EULER
        return t0 + t1 * harmonic - ops.log(self.concentration1) - ops.log(self.concentration0)
