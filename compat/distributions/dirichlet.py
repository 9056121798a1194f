"""The Dirichlet distribution."""
# ruff: noqa: D102 - the methods are documented on Distribution

from __future__ import annotations

from typing import Any

from compat._ops import ops
from compat._tensor.tensor import Tensor
from compat.distributions import constraints
from compat.distributions.exp_family import ExponentialFamily
from compat.distributions.utils import one_hot

__all__ = ["Dirichlet"]


class Dirichlet(ExponentialFamily):
    """A point of the simplex, of density proportional to the product of ``x_i ** (concentration_i - 1)``.

    Args:
      concentration: (..., K), positive.
      validate_args: See `Distribution`.

    Example:
      >>> import compat as torch
      >>> torch.distributions.Dirichlet(torch.tensor([1.0, 3.0])).mean
      tensor([0.2500, 0.7500])

    Source:
      PyTorch, ``torch.distributions.Dirichlet``.
    """

    arg_constraints = {"concentration": constraints.independent(constraints.positive, 1)}
    support = constraints.simplex
    has_rsample = True
    _parameters = {"concentration": 1}

    def __init__(self, concentration: Any, validate_args: bool | None = None) -> None:
        """Keep the concentrations."""
        if concentration.dim() < 1:
            raise ValueError("`concentration` parameter must be at least one-dimensional.")
        self.concentration = concentration
        shape = concentration.shape
        super().__init__(shape[:-1], shape[-1:], validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        return self.concentration / self.concentration.sum(-1, True)

    @property
    def mode(self) -> Tensor:
        above = (self.concentration - 1).clamp(min=0.0)
        mode = above / above.sum(-1, True)
        # All below one: the density has peaks at all corners. PyTorch names the first, where it finds zero over zero.
        flat = (self.concentration < 1).all(dim=-1)
        corner = one_hot(mode.argmax(dim=-1), above.shape[-1], mode)
        return ops.where(flat.unsqueeze(-1), corner, mode)

    @property
    def variance(self) -> Tensor:
        total = self.concentration.sum(-1, True)
        return self.concentration * (total - self.concentration) / (total.pow(2) * (total + 1))

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        concentration = self.concentration.expand(self._extended_shape(sample_shape))
        drawn = ops._sample_dirichlet(concentration.detach())
        return ops.dirichlet_sample(concentration, drawn) if concentration.requires_grad else drawn

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        return (ops.xlogy(self.concentration - 1.0, value).sum(-1) + ops.lgamma(self.concentration.sum(-1))
                - ops.lgamma(self.concentration).sum(-1))

    def entropy(self) -> Tensor:
        k, total = self.concentration.size(-1), self.concentration.sum(-1)
        return (ops.lgamma(self.concentration).sum(-1) - ops.lgamma(total) - (k - total) * ops.digamma(total)
                - ((self.concentration - 1.0) * ops.digamma(self.concentration)).sum(-1))

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        return (self.concentration,)

    def _log_normalizer(self, x: Any) -> Tensor:
        return x.lgamma().sum(-1) - ops.lgamma(x.sum(-1))
