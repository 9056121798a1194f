"""The Bernoulli distribution."""
# ruff: noqa: D102 - the methods are documented on Distribution

from __future__ import annotations

import math
from typing import Any

from compat._autograd.modes import no_grad
from compat._ops import ops
from compat._tensor.tensor import Tensor
from compat.distributions import constraints
from compat.distributions._either import BinaryParameters, binary_cross_entropy, one_of
from compat.distributions.exp_family import ExponentialFamily
from compat.distributions.utils import broadcast_all, probs_to_logits

__all__ = ["Bernoulli"]


class Bernoulli(BinaryParameters, ExponentialFamily):
    """One with a probability, else zero.

    Args:
      probs: The probability of a one, a tensor or number.
      logits: Its log odds; give one of the two.
      validate_args: See `Distribution`.

    Example:
      >>> import compat as torch
      >>> torch.distributions.Bernoulli(torch.tensor([0.5])).entropy()
      tensor([0.6931])

    Source:
      PyTorch, ``torch.distributions.Bernoulli``.
    """

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.boolean
    has_enumerate_support = True
    _mean_carrier_measure = 0
    _parameters = {"probs": 0, "logits": 0}

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        """Make the given parameter a tensor."""
        if one_of(probs, logits):
            (self.probs,) = broadcast_all(probs)
        else:
            (self.logits,) = broadcast_all(logits)
        super().__init__(self._param.size(), validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        return self.probs

    @property
    def mode(self) -> Tensor:
        mode = (self.probs >= 0.5).to(self.probs)
        return ops.where(self.probs == 0.5, math.nan, mode)

    @property
    def variance(self) -> Tensor:
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        with no_grad():
            return ops.bernoulli(self.probs.expand(self._extended_shape(sample_shape)))

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        logits, value = broadcast_all(self.logits, value)
        return -binary_cross_entropy(logits, value)

    def entropy(self) -> Tensor:
        return binary_cross_entropy(self.logits, self.probs)

    def enumerate_support(self, expand: bool = True) -> Tensor:
        values = ops.arange(2, dtype=self._param.dtype, device=self._param.device)
        values = values.view((-1,) + (1,) * len(self._batch_shape))
        return values.expand((-1, *self._batch_shape)) if expand else values

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        return (probs_to_logits(self.probs, is_binary=True),)

    def _log_normalizer(self, x: Any) -> Tensor:
        return ops.log1p(ops.exp(x))
