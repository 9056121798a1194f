"""The von Mises distribution."""
# ruff: noqa: D102 - the methods are documented on Distribution

from __future__ import annotations

import math
from typing import Any

from compat._autograd.modes import no_grad
from compat._dtype import bool_, float64
from compat._ops import namespace, ops
from compat._tensor.tensor import Tensor
from compat.distributions import constraints
from compat.distributions.distribution import Distribution
from compat.distributions.utils import broadcast_all, lazy_property

__all__ = ["VonMises"]


def _log_i(order: int, x: Tensor) -> Tensor:
    """The logarithm of the modified Bessel function of order 0 or 1, of what is not negative."""
    special = namespace("special")
    return special["i0e" if order == 0 else "i1e"](x).log() + x


class VonMises(Distribution):
    """The circle's counterpart of a normal distribution, on [-pi, pi).

    Args:
      loc: An angle, a tensor.
      concentration: Positive.
      validate_args: See `Distribution`.

    Example:
      >>> import compat as torch
      >>> torch.distributions.VonMises(torch.tensor(0.0), torch.tensor(1.0)).log_prob(torch.tensor(0.0))
      tensor(-1.0738)

    Source:
      PyTorch, ``torch.distributions.VonMises``.
    """

    arg_constraints = {"loc": constraints.real, "concentration": constraints.positive}
    support = constraints.real
    has_rsample = False

    def __init__(self, loc: Any, concentration: Any, validate_args: bool | None = None) -> None:
        """Broadcast the parameters."""
        self.loc, self.concentration = broadcast_all(loc, concentration)
        super().__init__(self.loc.shape, (), validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        validate_args = self.__dict__.get("_validate_args")
        return type(self)(self.loc.expand(batch_shape), self.concentration.expand(batch_shape),
                          validate_args=validate_args)

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        return (self.concentration * ops.cos(value - self.loc) - math.log(2 * math.pi)
                - _log_i(0, self.concentration))

    @lazy_property
    def _proposal_r(self) -> Tensor:
        """The parameter of the wrapped Cauchy distribution that Best and Fisher (1979) propose angles from."""
        kappa = self.concentration.to(float64)
        tau = 1 + (1 + 4 * kappa**2).sqrt()
        rho = (tau - (2 * tau).sqrt()) / (2 * kappa)
        r = (1 + rho**2) / (2 * rho)
        return ops.where(kappa < 1e-5, 1 / kappa + kappa, r)  # the first terms in kappa, where r loses its digits

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Return angles, by rejection: all are proposed anew until each was accepted once."""
        shape = self._extended_shape(sample_shape)
        with no_grad():
            x = ops.empty(tuple(shape), dtype=float64, device=self.loc.device)
            loc, kappa, r = self.loc.to(float64), self.concentration.to(float64), self._proposal_r
            done = ops.zeros(tuple(shape), dtype=bool_, device=self.loc.device)
            while not done.all():
                u1, u2, u3 = ops.rand((3, *shape), dtype=float64, device=self.loc.device).unbind()
                z = ops.cos(math.pi * u1)
                f = (1 + r * z) / (r + z)
                c = kappa * (r - f)
                accept = ((c * (2 - c) - u2) > 0) | ((c / u2).log() + 1 - c >= 0)
                if accept.any():
                    x = ops.where(accept, (u3 - 0.5).sign() * f.acos(), x)
                    done = done | accept
            return ((x + math.pi + loc) % (2 * math.pi) - math.pi).to(self.loc.dtype)

    @property
    def mean(self) -> Tensor:
        return self.loc

    @property
    def mode(self) -> Tensor:
        return self.loc

    @lazy_property
    def variance(self) -> Tensor:  # type: ignore[override]
        """The circular variance."""
        return 1 - (_log_i(1, self.concentration) - _log_i(0, self.concentration)).exp()
