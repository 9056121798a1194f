"""Distances, similarities and norms of vectors."""
from __future__ import annotations

from compat._ops.declare import ops
from compat._ops.losses import cosine_similarity as cosine_similarity
from compat._ops.losses import pairwise_distance as pairwise_distance
from compat._tensor.tensor import Tensor


def normalize(input: Tensor, p: float = 2.0, dim: int = 1, eps: float = 1e-12, out: Tensor | None = None) -> Tensor:
    """``input`` over its p-norm along ``dim``, or over ``eps`` if that is larger."""
    denominator = input.norm(p, dim, keepdim=True).clamp_min(eps).expand_as(input)
    return input / denominator if out is None else ops.div(input, denominator, out=out)


def pdist(input: Tensor, p: float = 2.0) -> Tensor:
    """The p-norm distance of each pair of rows, (0, 1), (0, 2) and so on."""
    if input.dim() != 2:
        raise RuntimeError(f"pdist only supports 2D tensors, got: {input.dim()}D")
    if not input.is_floating_point():
        raise RuntimeError("pdist only supports floating-point dtypes")
    if p < 0:
        raise RuntimeError("pdist only supports non-negative p values")
    return ops.pdist(input, p)
