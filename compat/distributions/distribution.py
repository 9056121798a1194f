"""``Distribution``: shapes, validation and the interface of every distribution."""

from __future__ import annotations

import warnings
from typing import Any, ClassVar

from compat._autograd.modes import no_grad
from compat._engine.program import Tracer, captured, concrete
from compat._ops import ops
from compat._size import Size
from compat._tensor.tensor import Tensor, is_tensor
from compat.distributions import constraints
from compat.distributions.utils import lazy_property

__all__ = ["Distribution"]


def _refuted(valid: Any) -> bool:
    """Whether an element is false. Inside ``vmap`` and captured steps that is not known, and nothing is refused."""
    if captured() is not None:
        return False
    known = concrete(valid.all()._value())
    return not isinstance(known, Tracer) and not bool(known)


class Distribution:
    """A probability distribution over tensors.

    A sample's shape is ``sample_shape + batch_shape + event_shape``: how often, for how many sets of parameters, and
    how large one outcome is.

    Args:
      batch_shape: Of the parameters.
      event_shape: Of one outcome.
      validate_args: Whether parameters and values are checked; the class's default if None.

    Raises:
      ValueError: if a parameter is outside its constraint.

    Source:
      PyTorch, ``torch.distributions.Distribution``.
    """

    has_rsample: Any = False
    has_enumerate_support: Any = False
    _validate_args: bool = __debug__
    # The attributes that `expand` expands, with the number of their dimensions that belong to an event. A class with
    # this needs no `expand` of its own.
    _parameters: ClassVar[dict[str, int]]

    def __init__(self, batch_shape: Any = (), event_shape: Any = (),
                 validate_args: bool | None = None) -> None:
        """Keep the shapes, and check the parameters, which are attributes already."""
        self._batch_shape, self._event_shape = Size(batch_shape), Size(event_shape)
        if validate_args is not None:
            self._validate_args = validate_args
        if self._validate_args:
            self._compat_check_parameters()
        super().__init__()

    def _compat_check_parameters(self) -> None:
        try:
            arg_constraints = self.arg_constraints
        except NotImplementedError:
            arg_constraints = {}
            warnings.warn(f"{self.__class__} does not define `arg_constraints`. Please set `arg_constraints = {{}}` or "
                          "initialize the distribution with `validate_args=False` to turn off validation.",
                          stacklevel=3)
        for name, constraint in arg_constraints.items():
            if constraints.is_dependent(constraint):
                continue
            if name not in self.__dict__ and isinstance(getattr(type(self), name), lazy_property):
                continue  # computed from the parameter that was given
            value = getattr(self, name)
            if _refuted(constraint.check(value)):
                raise ValueError(
                    f"Expected parameter {name} ({type(value).__name__} of shape {tuple(value.shape)}) of distribution "
                    f"{self!r} to satisfy the constraint {constraint!r}, but found invalid values:\n{value}")

    @staticmethod
    def set_default_validate_args(value: bool) -> None:
        """Set whether distributions made from now on check their arguments.

        Args:
          value: True or False.

        Raises:
          ValueError: for anything else.
        """
        if value not in [True, False]:
            raise ValueError
        Distribution._validate_args = value

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """Return the distribution with its parameters expanded to another batch shape.

        Args:
          batch_shape: What the batch shape broadcasts to.
          _instance: An instance to fill, for subclasses.

        Returns:
          A new distribution, whose parameters are views.

        Raises:
          NotImplementedError: if the class has no `expand`.
        """
        owner = next((c for c in type(self).__mro__ if "_parameters" in c.__dict__), None)
        if owner is None:
            raise NotImplementedError
        new = self._get_checked_instance(owner, _instance)
        batch_shape = Size(batch_shape)
        for name, event_dims in owner._parameters.items():
            if name in self.__dict__:
                value = self.__dict__[name]
                new.__dict__[name] = value.expand(batch_shape + value.shape[value.dim() - event_dims :])
        self._compat_expand_rest(new, batch_shape)
        Distribution.__init__(new, batch_shape, self._event_shape, validate_args=False)
        new._validate_args = self._validate_args
        return new

    def _compat_expand_rest(self, new: Any, batch_shape: Size) -> None:
        """Give an expanded copy what is not among `_parameters`."""

    @property
    def batch_shape(self) -> Size:
        """The shape over which parameters are batched."""
        return self._batch_shape

    @property
    def event_shape(self) -> Size:
        """The shape of one outcome."""
        return self._event_shape

    @constraints.overridable
    def arg_constraints(self) -> dict[str, Any]:
        """The constraint of each parameter."""
        raise NotImplementedError

    @constraints.overridable
    def support(self) -> Any:
        """The constraint that outcomes satisfy."""
        raise NotImplementedError

    @property
    def mean(self) -> Tensor:
        """The mean."""
        raise NotImplementedError

    @property
    def mode(self) -> Tensor:
        """The most likely outcome."""
        raise NotImplementedError(f"{self.__class__} does not implement mode")

    @property
    def variance(self) -> Tensor:
        """The variance."""
        raise NotImplementedError

    @property
    def stddev(self) -> Tensor:
        """The square root of the variance."""
        return self.variance.sqrt()

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Return outcomes, through which no gradient passes.

        Args:
          sample_shape: How many.

        Returns:
          ``sample_shape + batch_shape + event_shape``.
        """
        with no_grad():
            return self.rsample(sample_shape)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """Return outcomes as differentiable functions of the parameters; arguments as for `sample`."""
        raise NotImplementedError

    def sample_n(self, n: int) -> Tensor:
        """Return ``n`` outcomes; deprecated, use ``sample((n,))``."""
        warnings.warn("sample_n(n) will be deprecated. Use .sample((n,)) instead.", UserWarning, stacklevel=2)
        return self.sample(Size((n,)))

    def log_prob(self, value: Tensor) -> Tensor:
        """Return the logarithm of the density or probability at ``value``."""
        raise NotImplementedError

    def cdf(self, value: Tensor) -> Tensor:
        """Return the probability of outcomes up to ``value``."""
        raise NotImplementedError

    def icdf(self, value: Tensor) -> Tensor:
        """Return the inverse of `cdf`."""
        raise NotImplementedError

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """Return all outcomes of a discrete distribution along a new first dimension.

        Args:
          expand: Whether they are expanded over the batch dimensions, which are of size one otherwise.
        """
        raise NotImplementedError

    def entropy(self) -> Tensor:
        """Return the entropy, of the batch shape."""
        raise NotImplementedError

    def perplexity(self) -> Tensor:
        """Return the exponential of the entropy."""
        return ops.exp(self.entropy())

    def _extended_shape(self, sample_shape: Any = ()) -> Size:
        """The shape of samples."""
        return Size(sample_shape) + self._batch_shape + self._event_shape

    def _validate_sample(self, value: Tensor) -> None:
        """Refuse a value that is no outcome, by its type, shape or support."""
        if not is_tensor(value):
            raise ValueError("The value argument to log_prob must be a Tensor")
        event_start = len(value.size()) - len(self._event_shape)
        if value.size()[event_start:] != self._event_shape:
            raise ValueError("The right-most size of value must match event_shape: "
                             f"{value.size()} vs {self._event_shape}.")
        actual, expected = value.size(), self._batch_shape + self._event_shape
        for i, j in zip(reversed(actual), reversed(expected), strict=False):
            if i != 1 and j != 1 and i != j:
                raise ValueError(f"Value is not broadcastable with batch_shape+event_shape: {actual} vs {expected}.")
        try:
            support = self.support
        except NotImplementedError:
            warnings.warn(f"{self.__class__} does not define `support` to enable sample validation. Please initialize "
                          "the distribution with `validate_args=False` to turn off validation.", stacklevel=3)
            return
        assert support is not None
        if _refuted(support.check(value)):
            raise ValueError(
                f"Expected value argument ({type(value).__name__} of shape {tuple(value.shape)}) to be within the "
                f"support ({support!r}) of the distribution {self!r}, but found invalid values:\n{value}")

    def _get_checked_instance(self, cls: type, _instance: Any = None) -> Any:
        """An instance for `expand` to fill; a subclass whose arguments are its own has to make it itself."""
        if _instance is None and type(self).__init__ != cls.__init__:
            raise NotImplementedError(
                f"Subclass {self.__class__.__name__} of {cls.__name__} that defines a custom __init__ method must "
                "also define a custom .expand() method.")
        return self.__new__(type(self)) if _instance is None else _instance

    def __repr__(self) -> str:
        """The parameters, or their shapes if they have more than one element."""
        names = [k for k in self.arg_constraints if k in self.__dict__]
        values = [(k, self.__dict__[k]) for k in names]
        shown = ", ".join(f"{k}: {v if v.numel() == 1 else v.size()}" for k, v in values)
        return f"{self.__class__.__name__}({shown})"
