"""``kl_divergence`` and the registry of the pairs it knows."""

from __future__ import annotations

import warnings
from collections.abc import Callable

from compat._tensor.tensor import Tensor
from compat.distributions.distribution import Distribution

__all__ = ["register_kl", "kl_divergence"]

_REGISTRY: dict[tuple[type, type], Callable] = {}
_found: dict[tuple[type, type], Callable | None] = {}


def register_kl(type_p: type, type_q: type) -> Callable:
    """Decorate the function that computes the divergence of a pair of distributions.

    Args:
      type_p: The class of the first.
      type_q: The class of the second.

    Returns:
      The decorator.

    Raises:
      TypeError: if one is no class of distributions.

    Source:
      PyTorch, ``torch.distributions.kl.register_kl``.
    """
    for name, given in (("type_p", type_p), ("type_q", type_q)):
        if not (isinstance(given, type) and issubclass(given, Distribution)):
            raise TypeError(f"Expected {name} to be a Distribution subclass but got {given}")

    def decorator(fun: Callable) -> Callable:
        _REGISTRY[type_p, type_q] = fun
        _found.clear()
        return fun

    return decorator


def _dispatch(type_p: type, type_q: type) -> Callable | None:
    """The function of the nearest pair of base classes: nearest in the first, then in the second."""
    matches = [(p, q) for p, q in _REGISTRY if issubclass(type_p, p) and issubclass(type_q, q)]
    if not matches:
        return None
    rank_p, rank_q = type_p.__mro__.index, type_q.__mro__.index
    left = min(matches, key=lambda m: (rank_p(m[0]), rank_q(m[1])))
    right = min(matches, key=lambda m: (rank_q(m[1]), rank_p(m[0])))
    if _REGISTRY[left] is not _REGISTRY[right]:
        warnings.warn(f"Ambiguous kl_divergence({type_p.__name__}, {type_q.__name__}). Please "
                      f"register_kl({left[0].__name__}, {right[1].__name__})", RuntimeWarning, stacklevel=4)
    return _REGISTRY[left]


def kl_divergence(p: Distribution, q: Distribution) -> Tensor:
    r"""Return the Kullback-Leibler divergence ``E_p[log p(x) - log q(x)]``.

    Args:
      p: A distribution.
      q: Another, of the same outcomes.

    Returns:
      The divergence, of the batch shape.

    Raises:
      NotImplementedError: if no function is registered for the pair.

    Example:
      >>> import compat as torch
      >>> D = torch.distributions
      >>> D.kl_divergence(D.Normal(0.0, 1.0), D.Normal(1.0, 1.0))
      tensor(0.5000)

    Source:
      PyTorch, ``torch.distributions.kl.kl_divergence``.
    """
    pair = type(p), type(q)
    if pair not in _found:
        _found[pair] = _dispatch(*pair)
    fun = _found[pair]
    if fun is None:
        raise NotImplementedError(f"No KL(p || q) is implemented for p type {p.__class__.__name__} and q type "
                                  f"{q.__class__.__name__}")
    return fun(p, q)
