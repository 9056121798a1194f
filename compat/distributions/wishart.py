"""The Wishart distribution."""
# ruff: noqa: D102 - the methods are documented on Distribution

from __future__ import annotations

import math
import numbers
import warnings
from typing import Any

from compat._dtype import finfo
from compat._ops import namespace, ops
from compat._settings import broadcast_shapes
from compat._size import Size
from compat._tensor.tensor import Tensor
from compat.distributions import constraints
from compat.distributions.chi2 import Chi2
from compat.distributions.exp_family import ExponentialFamily
from compat.distributions.multivariate_normal import half_log_det, precision_to_scale_tril
from compat.distributions.utils import lazy_property, standard_normal

__all__ = ["Wishart"]

_NAMES = ("scale_tril", "covariance_matrix", "precision_matrix")


def _multigammaln(x: Tensor, p: int) -> Tensor:
    return namespace("special")["multigammaln"](x, p)


def _mvdigamma(x: Tensor, p: int) -> Tensor:
    """The derivative of the logarithm of the multivariate gamma function."""
    return ops.digamma(x.unsqueeze(-1) - ops.arange(p, dtype=x.dtype, device=x.device).div(2)).sum(-1)


def _nudged(x: Tensor) -> Tensor:
    """Held above zero, so that zero chi-squared numbers do not make a singular matrix."""
    return x.clamp(min=finfo(x.dtype).eps)


class Wishart(ExponentialFamily):
    """The sum of the outer products of ``df`` normal vectors with themselves.

    Args:
      df: The degrees of freedom, above the matrices' size less one.
      covariance_matrix: Of the vectors, (..., K, K), positive definite.
      precision_matrix: Its inverse.
      scale_tril: Its Cholesky factor; give one of the three.
      validate_args: See `Distribution`.

    Raises:
      ValueError: for parameters of other shapes, or too few degrees of freedom.

    Example:
      >>> import compat as torch
      >>> torch.distributions.Wishart(torch.tensor(3.0), torch.eye(2)).mean
      tensor([[3., 0.],
              [0., 3.]])

    Source:
      PyTorch, ``torch.distributions.Wishart``.
    """

    support = constraints.positive_definite
    has_rsample = True
    _mean_carrier_measure = 0
    _parameters = {"df": 0, "covariance_matrix": 2, "precision_matrix": 2, "scale_tril": 2}

    @property
    def arg_constraints(self) -> dict[str, Any]:
        return {"covariance_matrix": constraints.positive_definite, "precision_matrix": constraints.positive_definite,
                "scale_tril": constraints.lower_cholesky, "df": constraints.greater_than(self.event_shape[-1] - 1)}

    def __init__(self, df: Any, covariance_matrix: Any = None, precision_matrix: Any = None, scale_tril: Any = None,
                 validate_args: bool | None = None) -> None:
        """Broadcast the parameters and factor the matrix."""
        given = dict(zip(_NAMES, (scale_tril, covariance_matrix, precision_matrix), strict=True))
        given = {name: matrix for name, matrix in given.items() if matrix is not None}
        if len(given) != 1:
            raise AssertionError("Exactly one of covariance_matrix or precision_matrix or scale_tril may be specified.")
        ((name, matrix),) = given.items()
        if matrix.dim() < 2:
            raise ValueError("scale_tril must be at least two-dimensional, with optional leading batch dimensions")
        if isinstance(df, numbers.Number):
            batch_shape = Size(matrix.shape[:-2])
            self.df = ops.tensor(df, dtype=matrix.dtype, device=matrix.device)
        else:
            batch_shape = broadcast_shapes(matrix.shape[:-2], df.shape)
            self.df = df.expand(batch_shape)
        event_shape = matrix.shape[-2:]
        if self.df.le(event_shape[-1] - 1).any():
            raise ValueError(f"Value of df={df} expected to be greater than ndim - 1 = {event_shape[-1] - 1}.")
        setattr(self, name, matrix.expand((*batch_shape, -1, -1)))
        if self.df.lt(event_shape[-1]).any():
            warnings.warn("Low df values detected. Singular samples are highly likely to occur for ndim - 1 < df < "
                          "ndim.", stacklevel=2)
        super().__init__(batch_shape, event_shape, validate_args=validate_args)
        self._batch_dims = [-(x + 1) for x in range(len(self._batch_shape))]
        if name == "scale_tril":
            self._unbroadcasted_scale_tril = matrix
        elif name == "covariance_matrix":
            self._unbroadcasted_scale_tril = namespace("linalg")["cholesky"](matrix)
        else:
            self._unbroadcasted_scale_tril = precision_to_scale_tril(matrix)
        # Bartlett: the diagonal of the factor of a standard Wishart matrix holds roots of chi-squared numbers.
        n = self._event_shape[-1]
        self._dist_chi2 = Chi2(self.df.unsqueeze(-1) - ops.arange(n, dtype=matrix.dtype, device=matrix.device).expand(
            (*batch_shape, -1)))

    def _compat_expand_rest(self, new: Any, batch_shape: Size) -> None:
        new._event_shape = self._event_shape  # its constraints are asked for by it
        new._unbroadcasted_scale_tril = self._unbroadcasted_scale_tril.expand(
            batch_shape + self._unbroadcasted_scale_tril.shape[-2:])
        new._batch_dims = [-(x + 1) for x in range(len(batch_shape))]
        new._dist_chi2 = self._dist_chi2.expand(batch_shape + self._event_shape[-1:])

    def _whole(self, matrix: Tensor) -> Tensor:
        return matrix.expand(self._batch_shape + self._event_shape)

    @lazy_property
    def scale_tril(self) -> Tensor:
        """The Cholesky factor of the covariance matrix."""
        return self._whole(self._unbroadcasted_scale_tril)

    @lazy_property
    def covariance_matrix(self) -> Tensor:
        """The covariance matrix."""
        return self._whole(self._unbroadcasted_scale_tril @ self._unbroadcasted_scale_tril.mT)

    @lazy_property
    def precision_matrix(self) -> Tensor:
        """The inverse of the covariance matrix."""
        return self._whole(ops.cholesky_inverse(self._unbroadcasted_scale_tril))

    @property
    def mean(self) -> Tensor:
        return self.df.view(self._batch_shape + (1, 1)) * self.covariance_matrix

    @property
    def mode(self) -> Tensor:
        factor = self.df - self.covariance_matrix.shape[-1] - 1
        factor = factor.masked_fill(factor <= 0, math.nan)
        return factor.view(self._batch_shape + (1, 1)) * self.covariance_matrix

    @property
    def variance(self) -> Tensor:
        diagonal = self.covariance_matrix.diagonal(dim1=-2, dim2=-1)
        outer = diagonal.unsqueeze(-1) * diagonal.unsqueeze(-2)
        return self.df.view(self._batch_shape + (1, 1)) * (self.covariance_matrix.pow(2) + outer)

    def _bartlett_sampling(self, sample_shape: Any = ()) -> Tensor:
        p = self._event_shape[-1]
        noise = _nudged(self._dist_chi2.rsample(sample_shape).sqrt()).diag_embed(dim1=-2, dim2=-1)
        rows, columns = ops.tril_indices(p, p, -1).unbind()
        shape = Size(sample_shape) + self._batch_shape + (p * (p - 1) // 2,)
        noise[..., rows, columns] = standard_normal(shape, noise)
        factor = self._unbroadcasted_scale_tril @ noise
        return factor @ factor.mT

    def rsample(self, sample_shape: Any = (), max_try_correction: Any = None) -> Tensor:
        """Return matrices; those that come out singular are drawn anew, a few times.

        Args:
          sample_shape: How many.
          max_try_correction: How many times, ten by default.

        Returns:
          ``sample_shape + batch_shape + event_shape``.
        """
        sample_shape = Size(sample_shape)
        sample = self._bartlett_sampling(sample_shape)
        good = self.support.check(sample)
        # PyTorch takes what is positive definite for singular here and draws it anew, once. So that the numbers are
        # the same, the first draw is dropped here too.
        singular, again = self._any_of_batch(good.logical_not()), self._any_of_batch(good)
        for _ in range(10 if max_try_correction is None else max_try_correction):
            new = self._bartlett_sampling(again[again].shape if again.dim() else ())
            bad = self._any_of_batch(self.support.check(new).logical_not())
            sample, singular = _replaced(sample, again, new), _replaced(singular, again, bad)
            again = singular
            if not again.any():
                return sample
        warnings.warn("Singular sample detected.", stacklevel=2)
        return sample

    def _any_of_batch(self, mask: Tensor) -> Tensor:
        """For each sample, whether any matrix of its batch is meant."""
        return mask.amax(self._batch_dims) if self._batch_shape else mask

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        nu, p = self.df, self._event_shape[-1]
        log_det = namespace("linalg")["slogdet"](value).logabsdet
        solved = ops.cholesky_solve(value, self._unbroadcasted_scale_tril)
        return (-nu * (p * math.log(2.0) / 2 + half_log_det(self._unbroadcasted_scale_tril))
                - _multigammaln(nu / 2, p) + (nu - p - 1) / 2 * log_det
                - solved.diagonal(dim1=-2, dim2=-1).sum(dim=-1) / 2)

    def entropy(self) -> Tensor:
        nu, p = self.df, self._event_shape[-1]
        return ((p + 1) * (p * math.log(2.0) / 2 + half_log_det(self._unbroadcasted_scale_tril))
                + _multigammaln(nu / 2, p) - (nu - p - 1) / 2 * _mvdigamma(nu / 2, p) + nu * p / 2)

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        nu, p = self.df, self._event_shape[-1]
        return -self.precision_matrix / 2, (nu - p - 1) / 2

    def _log_normalizer(self, x: Any, y: Any) -> Tensor:
        p = self._event_shape[-1]
        log_det = namespace("linalg")["slogdet"](-2 * x).logabsdet
        return (y + (p + 1) / 2) * (-log_det + math.log(2.0) * p) + _multigammaln(y + (p + 1) / 2, p)


def _replaced(old: Tensor, where: Tensor, new: Tensor) -> Tensor:
    """A tensor with what a mask selects (all of it for a 0-d mask) replaced."""
    if not where.dim():
        return new
    out = old.clone()
    out[where] = new
    return out


