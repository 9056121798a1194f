"""Relaxed Bernoulli numbers: continuous ones, through which gradients pass."""
# ruff: noqa: D102 - the methods are documented on Distribution

from __future__ import annotations

from typing import Any

from compat._size import Size
from compat._tensor.tensor import Tensor
from compat.distributions import constraints
from compat.distributions._either import BinaryParameters, one_of
from compat.distributions.transformed_distribution import TransformedDistribution
from compat.distributions.transforms import SigmoidTransform
from compat.distributions.utils import broadcast_all, clamp_probs, rand

__all__ = ["LogitRelaxedBernoulli", "RelaxedBernoulli"]


class LogitRelaxedBernoulli(BinaryParameters):
    """The log odds of `RelaxedBernoulli` numbers.

    Args:
      temperature: How soft they are, a tensor.
      probs: The probability of a one, a tensor or number.
      logits: Its log odds; give one of the two.
      validate_args: See `Distribution`.

    Source:
      PyTorch, ``torch.distributions.relaxed_bernoulli.LogitRelaxedBernoulli``.
    """

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.real
    _parameters = {"probs": 0, "logits": 0}

    def __init__(self, temperature: Any, probs: Any = None, logits: Any = None,
                 validate_args: bool | None = None) -> None:
        """Make the given parameter a tensor."""
        self.temperature = temperature
        if one_of(probs, logits):
            (self.probs,) = broadcast_all(probs)
        else:
            (self.logits,) = broadcast_all(logits)
        super().__init__(self._param.size(), validate_args=validate_args)

    def _compat_expand_rest(self, new: Any, batch_shape: Size) -> None:
        new.temperature = self.temperature

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        probs, u = clamp_probs(self.probs.expand(shape)), clamp_probs(rand(shape, self.probs))
        return (u.log() - (-u).log1p() + probs.log() - (-probs).log1p()) / self.temperature

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        logits, value = broadcast_all(self.logits, value)
        diff = logits - value.mul(self.temperature)
        return self.temperature.log() + diff - 2 * diff.exp().log1p()


class RelaxedBernoulli(TransformedDistribution):
    """Numbers of (0, 1), the closer to zero or one the lower the temperature.

    Args:
      temperature: A tensor.
      probs: The probability of a one, a tensor or number.
      logits: Its log odds; give one of the two.
      validate_args: See `Distribution`.

    Example:
      >>> import compat as torch
      >>> torch.distributions.RelaxedBernoulli(torch.tensor([1.0]), torch.tensor([0.5])).rsample().shape
      torch.Size([1])

    Source:
      PyTorch, ``torch.distributions.RelaxedBernoulli``.
    """

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.unit_interval
    has_rsample = True
    base_dist: LogitRelaxedBernoulli

    def __init__(self, temperature: Any, probs: Any = None, logits: Any = None,
                 validate_args: bool | None = None) -> None:
        """Transform the log odds."""
        super().__init__(LogitRelaxedBernoulli(temperature, probs, logits), SigmoidTransform(),
                         validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        return super().expand(batch_shape, _instance=self._get_checked_instance(RelaxedBernoulli, _instance))

    @property
    def temperature(self) -> Tensor:
        """How soft the numbers are."""
        return self.base_dist.temperature

    @property
    def logits(self) -> Tensor:
        """The log odds of a one."""
        return self.base_dist.logits

    @property
    def probs(self) -> Tensor:
        """The probability of a one."""
        return self.base_dist.probs


