"""Mixtures of distributions of one family."""
# ruff: noqa: D102 - the methods are documented on Distribution

from __future__ import annotations

from typing import Any

from compat._autograd.modes import no_grad
from compat._ops import ops
from compat._size import Size
from compat._tensor.tensor import Tensor
from compat.distributions import constraints
from compat.distributions.categorical import Categorical
from compat.distributions.distribution import Distribution

__all__ = ["MixtureSameFamily"]


class MixtureSameFamily(Distribution):
    """A categorical choice among components, which are the last batch dimension of a distribution.

    Args:
      mixture_distribution: A `Categorical` over the components.
      component_distribution: Of batch shape (..., number of components).
      validate_args: See `Distribution`.

    Raises:
      ValueError: if these are no such distributions, or do not fit together.

    Example:
      >>> import compat as torch
      >>> D = torch.distributions
      >>> d = D.MixtureSameFamily(D.Categorical(torch.ones(2)), D.Normal(torch.tensor([0.0, 4.0]), torch.ones(2)))
      >>> d.mean
      tensor(2.)

    Source:
      PyTorch, ``torch.distributions.MixtureSameFamily``.
    """

    arg_constraints: dict[str, Any] = {}
    has_rsample = False

    def __init__(self, mixture_distribution: Any, component_distribution: Any,
                 validate_args: bool | None = None) -> None:
        """Check that the two fit together."""
        self._mixture_distribution, self._component_distribution = mixture_distribution, component_distribution
        if not isinstance(mixture_distribution, Categorical):
            raise ValueError(" The Mixture distribution needs to be an  instance of torch.distributions.Categorical")
        if not isinstance(component_distribution, Distribution):
            raise ValueError("The Component distribution needs to be an instance of torch.distributions.Distribution")
        mixture_shape, shape = mixture_distribution.batch_shape, component_distribution.batch_shape[:-1]
        for m, c in zip(reversed(mixture_shape), reversed(shape), strict=False):
            if m != 1 and c != 1 and m != c:
                raise ValueError(f"`mixture_distribution.batch_shape` ({mixture_shape}) is not compatible with "
                                 f"`component_distribution.batch_shape`({shape})")
        km, kc = mixture_distribution.logits.shape[-1], component_distribution.batch_shape[-1]
        if km is not None and kc is not None and km != kc:
            raise ValueError(f"`mixture_distribution component` ({km}) does not equal `component_distribution."
                             f"batch_shape[-1]` ({kc})")
        self._num_component = km
        event_shape = component_distribution.event_shape
        self._event_ndims = len(event_shape)
        super().__init__(shape, event_shape, validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        batch_shape = Size(batch_shape)
        new = self._get_checked_instance(MixtureSameFamily, _instance)
        new._component_distribution = self._component_distribution.expand(batch_shape + (self._num_component,))
        new._mixture_distribution = self._mixture_distribution.expand(batch_shape)
        new._num_component, new._event_ndims = self._num_component, self._event_ndims
        super(MixtureSameFamily, new).__init__(batch_shape, self.event_shape, validate_args=False)
        new._validate_args = self._validate_args
        return new

    @constraints.dependent_property
    def support(self) -> Any:
        """That of the components."""
        return constraints.MixtureSameFamilyConstraint(self._component_distribution.support)

    @property
    def mixture_distribution(self) -> Categorical:
        """The choice among the components."""
        return self._mixture_distribution

    @property
    def component_distribution(self) -> Distribution:
        """The components."""
        return self._component_distribution

    def _weights(self) -> Tensor:
        """The components' probabilities, with dimensions for an event."""
        probs = self.mixture_distribution.probs
        return probs.reshape(probs.shape + (1,) * self._event_ndims)

    def _over_components(self, x: Tensor) -> Tensor:
        return ops.sum(self._weights() * x, dim=-1 - self._event_ndims)

    @property
    def mean(self) -> Tensor:
        return self._over_components(self.component_distribution.mean)

    @property
    def variance(self) -> Tensor:
        centre = self.mean.unsqueeze(-1 - self._event_ndims)
        within = self._over_components(self.component_distribution.variance)
        return within + self._over_components((self.component_distribution.mean - centre).pow(2.0))

    def cdf(self, value: Tensor) -> Tensor:
        below = self.component_distribution.cdf(self._pad(value))
        return ops.sum(below * self.mixture_distribution.probs, dim=-1)

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        of_components = self.component_distribution.log_prob(self._pad(value))
        return ops.logsumexp(of_components + ops.log_softmax(self.mixture_distribution.logits, dim=-1), dim=-1)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        with no_grad():
            chosen = self.mixture_distribution.sample(sample_shape)
            drawn = self.component_distribution.sample(sample_shape)
            axis = drawn.dim() - self._event_ndims - 1
            index = chosen.reshape(chosen.shape + (1,) * (self._event_ndims + 1))
            index = index.expand((*drawn.shape[:axis], 1, *drawn.shape[axis + 1 :]))
            return ops.gather(drawn, axis, index).squeeze(axis)

    def _pad(self, x: Tensor) -> Tensor:
        return x.unsqueeze(-1 - self._event_ndims)

    def __repr__(self) -> str:
        """The mixture and its components."""
        return f"MixtureSameFamily(\n  {self.mixture_distribution},\n  {self.component_distribution})"
