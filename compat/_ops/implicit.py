"""Gamma and Dirichlet numbers, drawn on the host and differentiable with respect to their concentrations."""

from __future__ import annotations

from compat import _streams as streams
from compat._ops.declare import composite, op, ops
from compat._ops.random import _new, _require, known
from compat._random import Generator, stream_or_default
from compat._tensor.tensor import Tensor
from funcgrad.ops import implicit as K

_hidden = {"method": False, "function": False}
op(K._standard_gamma_grad, method=False, differentiable=False)
op(K._dirichlet_grad, method=False, differentiable=False)
op(K.gamma_sample, "gamma_sample", node="StandardGammaBackward0", **_hidden)
op(K.dirichlet_sample, "dirichlet_sample", node="_DirichletBackward", **_hidden)


@composite(method=False)
def _standard_gamma(input: Tensor, generator: Generator | None = None) -> Tensor:
    """Return a gamma number of rate 1 for each concentration.

    Args:
      input: Concentrations, floating.
      generator: Where the numbers come from, the default generator if None.

    Returns:
      The numbers, differentiable with respect to ``input``.

    Source:
      PyTorch, ``torch._standard_gamma``.
    """
    _require("gamma_cpu", input.dtype)
    drawn = _new(streams.gamma(stream_or_default(generator), known("_standard_gamma", input)), input.device)
    return ops.gamma_sample(input, drawn) if input.requires_grad else drawn


@composite(method=False)
def _sample_dirichlet(input: Tensor, generator: Generator | None = None) -> Tensor:
    """Return a point of the simplex for each row of concentrations.

    Args:
      input: Concentrations, (..., K), floating.
      generator: Where the numbers come from, the default generator if None.

    Returns:
      The points, (..., K); gradients do not pass through them, see ``dirichlet_sample``.

    Source:
      PyTorch, ``torch._sample_dirichlet``.
    """
    _require("dirichlet", input.dtype)
    return _new(streams.dirichlet(stream_or_default(generator), known("_sample_dirichlet", input)), input.device)
