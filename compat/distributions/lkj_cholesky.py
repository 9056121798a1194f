"""The LKJ distribution of Cholesky factors of correlation matrices."""
# ruff: noqa: D102 - the methods are documented on Distribution

from __future__ import annotations

import math
from typing import Any

from compat._autograd.modes import no_grad
from compat._dtype import finfo
from compat._ops import namespace, ops
from compat._size import Size
from compat._tensor.tensor import Tensor
from compat.distributions import constraints
from compat.distributions.beta import Beta
from compat.distributions.distribution import Distribution
from compat.distributions.utils import broadcast_all, standard_normal

__all__ = ["LKJCholesky"]


class LKJCholesky(Distribution):
    """Cholesky factors of correlation matrices M, of density proportional to ``det(M) ** (concentration - 1)``.

    Args:
      dim: The matrices' size, at least two.
      concentration: Positive; one for the uniform distribution.
      validate_args: See `Distribution`.

    Raises:
      ValueError: if ``dim`` is below two.

    Example:
      >>> import compat as torch
      >>> torch.distributions.LKJCholesky(3, 0.5).event_shape
      torch.Size([3, 3])

    Source:
      PyTorch, ``torch.distributions.LKJCholesky``.
    """

    arg_constraints = {"concentration": constraints.positive}
    support = constraints.corr_cholesky

    def __init__(self, dim: int, concentration: Any = 1.0, validate_args: bool | None = None) -> None:
        """Make the beta distributions of the rows' lengths."""
        if dim < 2:
            raise ValueError(f"Expected dim to be an integer greater than or equal to 2. Found dim={dim}.")
        self.dim = dim
        (self.concentration,) = broadcast_all(concentration)
        # The onion method (Lewandowski, Kurowicka and Joe 2009) grows the matrix row by row.
        like = {"dtype": self.concentration.dtype, "device": self.concentration.device}
        marginal = self.concentration + 0.5 * (self.dim - 2)
        offset = ops.cat([ops.zeros((1,), **like), ops.arange(self.dim - 1, **like)])
        self._beta = Beta(offset + 0.5, marginal.unsqueeze(-1) - 0.5 * offset)
        super().__init__(self.concentration.size(), (self.dim, self.dim), validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        new = self._get_checked_instance(LKJCholesky, _instance)
        batch_shape = Size(batch_shape)
        new.dim = self.dim
        new.concentration = self.concentration.expand(batch_shape)
        new._beta = self._beta.expand(batch_shape + (self.dim,))
        super(LKJCholesky, new).__init__(batch_shape, self.event_shape, validate_args=False)
        new._validate_args = self._validate_args
        return new

    def sample(self, sample_shape: Any = ()) -> Tensor:
        with no_grad():
            y = self._beta.sample(sample_shape).unsqueeze(-1)
            directions = standard_normal(self._extended_shape(sample_shape), y).tril(-1)
            directions = directions / namespace("linalg")["norm"](directions, dim=-1, keepdim=True)
            directions[..., 0, :].fill_(0.0)  # the first row has no direction: zero over zero
            w = y.sqrt() * directions
            diagonal = (1 - (w**2).sum(dim=-1)).clamp(min=finfo(w.dtype).tiny).sqrt()
            return w + ops.diag_embed(diagonal)

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        diagonal = value.diagonal(dim1=-1, dim2=-2)[..., 1:]
        order = ops.arange(2, self.dim + 1, device=self.concentration.device)
        order = 2 * (self.concentration - 1).unsqueeze(-1) + self.dim - order
        unnormalized = (order * diagonal.log()).sum(-1)
        m = self.dim - 1  # the normaliser follows from the volumes of the onion's layers
        alpha = self.concentration + 0.5 * m
        below = ops.lgamma(alpha) * m
        above = namespace("special")["multigammaln"](alpha - 0.5, m)
        return unnormalized - (0.5 * m * math.log(math.pi) + above - below)
