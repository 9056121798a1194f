"""The negative binomial distribution."""
# ruff: noqa: D102 - the methods are documented on Distribution

from __future__ import annotations

from typing import Any

from compat._autograd.modes import no_grad
from compat._ops import namespace, ops
from compat._tensor.tensor import Tensor
from compat.distributions import constraints
from compat.distributions._either import BinaryParameters, one_of
from compat.distributions.gamma import Gamma
from compat.distributions.utils import broadcast_all, lazy_property

__all__ = ["NegativeBinomial"]


class NegativeBinomial(BinaryParameters):
    """The number of successes before ``total_count`` failures.

    Args:
      total_count: Not negative; need not be whole.
      probs: The probability of success, in [0, 1).
      logits: Its log odds; give one of the two.
      validate_args: See `Distribution`.

    Example:
      >>> import compat as torch
      >>> torch.distributions.NegativeBinomial(4.0, torch.tensor(0.5)).mean
      tensor(4.)

    Source:
      PyTorch, ``torch.distributions.NegativeBinomial``.
    """

    arg_constraints = {"total_count": constraints.greater_than_eq(0),
                       "probs": constraints.half_open_interval(0.0, 1.0), "logits": constraints.real}
    support = constraints.nonnegative_integer
    _parameters = {"total_count": 0, "probs": 0, "logits": 0}

    def __init__(self, total_count: Any, probs: Any = None, logits: Any = None,
                 validate_args: bool | None = None) -> None:
        """Broadcast the parameters."""
        if one_of(probs, logits):
            self.total_count, self.probs = broadcast_all(total_count, probs)
            self.total_count = self.total_count.type_as(self.probs)
        else:
            self.total_count, self.logits = broadcast_all(total_count, logits)
            self.total_count = self.total_count.type_as(self.logits)
        super().__init__(self._param.size(), validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        return self.total_count * ops.exp(self.logits)

    @property
    def mode(self) -> Tensor:
        return ((self.total_count - 1) * self.logits.exp()).floor().clamp(min=0.0)

    @property
    def variance(self) -> Tensor:
        return self.mean / ops.sigmoid(-self.logits)

    @lazy_property
    def _gamma(self) -> Gamma:
        """Of the rates of the Poisson numbers that the successes are."""
        return Gamma(self.total_count, ops.exp(-self.logits), validate_args=False)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        with no_grad():
            return ops.poisson(self._gamma.sample(sample_shape))

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        log_sigmoid = namespace("nn.functional")["logsigmoid"]
        unnormalized = self.total_count * log_sigmoid(-self.logits) + value * log_sigmoid(self.logits)
        normalizer = (-ops.lgamma(self.total_count + value) + ops.lgamma(1.0 + value)
                      + ops.lgamma(self.total_count))
        normalizer = normalizer.masked_fill(self.total_count + value == 0.0, 0.0)
        return unnormalized - normalizer
