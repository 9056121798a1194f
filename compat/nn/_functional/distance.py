"""Distances, similarities and norms of vectors."""
from __future__ import annotations

from compat._autograd.modes import no_grad
from compat._ops.declare import ops
from compat._tensor.tensor import Tensor


def pairwise_distance(x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Tensor:
    """The p-norm of ``x1 - x2 + eps`` over the last dimension."""
    return (x1 - x2 + eps).norm(p, -1, keepdim)


def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """The cosine of the angle between vectors along ``dim``; norms below ``eps`` count as it."""
    sides = []
    for x in ops.broadcast_tensors(x1, x2):
        norm = ops._vector_norm(x, 2, dim, True).clone()
        with no_grad():  # the bound takes no part in the gradient
            norm.clamp_min_(eps)
        sides.append(x / norm)
    return (sides[0] * sides[1]).sum(dim)


def normalize(input: Tensor, p: float = 2.0, dim: int = 1, eps: float = 1e-12, out: Tensor | None = None) -> Tensor:
    """``input`` over its p-norm along ``dim``, or over ``eps`` if that is larger."""
    denominator = input.norm(p, dim, keepdim=True).clamp_min(eps).expand_as(input)
    return input / denominator if out is None else ops.div(input, denominator, out=out)


def pdist(input: Tensor, p: float = 2.0) -> Tensor:
    """The p-norm distance of each pair of rows, (0, 1), (0, 2) and so on."""
    if input.dim() != 2:
        raise RuntimeError(f"pdist only supports 2D tensors, got: {input.dim()}D")
    first, second = ops.triu_indices(input.shape[0], input.shape[0], 1)
    return (input.index_select(0, first) - input.index_select(0, second)).norm(p, -1)
