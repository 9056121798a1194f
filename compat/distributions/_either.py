"""Distributions that take probabilities or logits, and derive the other of the two when asked."""

from __future__ import annotations

from typing import Any

from compat._ops import ops
from compat._size import Size
from compat._tensor.tensor import Tensor
from compat.distributions.distribution import Distribution
from compat.distributions.utils import lazy_property, logits_to_probs, probs_to_logits


def one_of(probs: Any, logits: Any) -> bool:
    """Whether probabilities are given, rather than logits; both or neither are refused."""
    if (probs is None) == (logits is None):
        raise ValueError("Either `probs` or `logits` must be specified, but not both.")
    return probs is not None


class BinaryParameters(Distribution):
    """Each probability is that of an event, each logit the logarithm of its odds."""

    @lazy_property
    def logits(self) -> Tensor:
        """The log odds."""
        return probs_to_logits(self.probs, is_binary=True)

    @lazy_property
    def probs(self) -> Tensor:
        """The probabilities."""
        return logits_to_probs(self.logits, is_binary=True)

    @property
    def _param(self) -> Tensor:
        return self.__dict__["probs" if "probs" in self.__dict__ else "logits"]

    @property
    def param_shape(self) -> Size:
        """The shape of the parameter."""
        return self._param.size()


class CategoricalParameters(Distribution):
    """Probabilities of the categories along the last dimension, or logarithms of these."""

    @lazy_property
    def logits(self) -> Tensor:
        """The normalised log probabilities."""
        return probs_to_logits(self.probs)

    @lazy_property
    def probs(self) -> Tensor:
        """The probabilities."""
        return logits_to_probs(self.logits)

    @property
    def _param(self) -> Tensor:
        return self.__dict__["probs" if "probs" in self.__dict__ else "logits"]

    @property
    def param_shape(self) -> Size:
        """The shape of the parameter."""
        return self._param.size()


def binary_cross_entropy(logits: Tensor, value: Tensor) -> Tensor:
    """The negative log probability of zeros and ones."""
    return ops.binary_cross_entropy_with_logits(logits, value, reduction="none")
