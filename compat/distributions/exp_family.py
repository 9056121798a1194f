"""``ExponentialFamily``: distributions whose entropy follows from their log normaliser."""

from __future__ import annotations

from typing import Any

from compat._tensor.tensor import Tensor
from compat.autograd import grad
from compat.distributions.distribution import Distribution

__all__ = ["ExponentialFamily"]


class ExponentialFamily(Distribution):
    """A distribution of density ``exp(t(x) . theta - F(theta) + k(x))``.

    A subclass has the natural parameters theta as ``_natural_params``, F as ``_log_normalizer(*theta)``, and, if its
    entropy is to follow from these, the mean of k as ``_mean_carrier_measure``.

    Source:
      PyTorch, ``torch.distributions.ExponentialFamily``.
    """

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        raise NotImplementedError

    def _log_normalizer(self, *natural_params: Any) -> Tensor:
        raise NotImplementedError

    @property
    def _mean_carrier_measure(self) -> Any:
        raise NotImplementedError

    def entropy(self) -> Tensor:
        """Return ``F - theta . grad F - E[k]``."""
        natural = [p.detach().requires_grad_() for p in self._natural_params]
        log_normalizer = self._log_normalizer(*natural)
        gradients = grad(log_normalizer.sum(), natural, create_graph=True)
        result = -self._mean_carrier_measure + log_normalizer
        for p, g in zip(natural, gradients, strict=True):
            result = result - (p * g).reshape(self._batch_shape + (-1,)).sum(-1)
        return result
