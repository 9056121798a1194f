"""Distances between pairs of vectors."""
from __future__ import annotations

from compat._tensor.tensor import Tensor
from compat.nn import functional as F
from compat.nn.modules._layer import Layer, layer
from compat.nn.modules.module import Module

__all__ = ["CosineSimilarity", "PairwiseDistance"]


class PairwiseDistance(Module):
    """The p-norm of ``x1 - x2 + eps`` over the last dimension."""

    def __init__(self, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> None:
        super().__init__()
        self.norm, self.eps, self.keepdim = p, eps, keepdim

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        """The distance of each pair."""
        return F.pairwise_distance(x1, x2, self.norm, self.eps, self.keepdim)


@layer
class CosineSimilarity(Layer):
    """The cosine of the angle between vectors along ``dim``."""

    dim: int = 1
    eps: float = 1e-8
    _shown = ()

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        """The similarity of each pair."""
        return F.cosine_similarity(x1, x2, self.dim, self.eps)
