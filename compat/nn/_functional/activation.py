"""Activations that draw random numbers."""
from __future__ import annotations

import math
import warnings

from compat import _dtype
from compat._engine.program import captured
from compat._ops import creation
from compat._ops.declare import ops
from compat._tensor.tensor import Tensor


def rrelu(input: Tensor, lower: float = 1.0 / 8, upper: float = 1.0 / 3, training: bool = False,
          inplace: bool = False) -> Tensor:
    """Leaky ReLU with a slope drawn for each negative element in training, their mean in evaluation."""
    for name, bound in (("lower", lower), ("upper", upper)):
        if not math.isfinite(bound):
            raise RuntimeError(f"rrelu: {name} bound must be finite, got {bound}")
    if not lower <= upper:
        raise RuntimeError("Lower bound should be less than or equal to the upper bound")
    if not training:
        return (ops.leaky_relu_ if inplace else ops.leaky_relu)(input, (lower + upper) / 2)
    negative = (input <= 0).detach()  # only these draw from the generator
    if captured() is not None:  # nobody knows how many
        noise = ops.where(negative, creation.empty_like(input).uniform_(lower, upper), 1.0)
    else:
        slopes = creation.empty(int(negative.sum()), dtype=_dtype.float64).uniform_(lower, upper).to(input.dtype)
        noise = creation.ones_like(input).masked_scatter(negative, slopes)
    return input.mul_(noise) if inplace else input * noise


def rrelu_(input: Tensor, lower: float = 1.0 / 8, upper: float = 1.0 / 3, training: bool = False) -> Tensor:
    """:func:`rrelu` in place."""
    return rrelu(input, lower, upper, training, inplace=True)


def gumbel_softmax(logits: Tensor, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1) -> Tensor:
    """A sample of the Gumbel-softmax distribution (Jang et al. 2017); one-hot, with the soft gradient, if ``hard``."""
    if eps != 1e-10:
        warnings.warn("`eps` parameter is deprecated and has no effect.", stacklevel=2)
    noise = -creation.empty_like(logits).exponential_().log()
    soft = ((logits + noise) / tau).softmax(dim)
    if not hard:
        return soft
    index = soft.max(dim, keepdim=True)[1]
    one_hot = creation.zeros_like(logits).scatter_(dim, index, 1.0)
    return one_hot - soft.detach() + soft
