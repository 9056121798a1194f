"""Layers that drop values at random in training."""
from __future__ import annotations

from compat._tensor.tensor import Tensor
from compat.nn import functional as F
from compat.nn.modules._layer import Layer, layer

__all__ = ["AlphaDropout", "Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "FeatureAlphaDropout"]


@layer
class _DropoutNd(Layer):
    """Drops with probability ``p`` while training; the identity in evaluation."""

    p: float = 0.5
    inplace: bool = False

    def __post_init__(self) -> None:
        if self.p < 0 or self.p > 1:
            raise ValueError(f"dropout probability has to be between 0 and 1, but got {self.p}")

    def forward(self, input: Tensor) -> Tensor:
        """The input, some of it dropped."""
        return self._function(input, self.p, self.training, self.inplace)


class Dropout(_DropoutNd):
    """Zeroes elements; the others are scaled by ``1/(1-p)``."""

    _function = staticmethod(F.dropout)


class Dropout1d(_DropoutNd):
    """Zeroes whole channels of ``(N, C, L)``."""

    _function = staticmethod(F.dropout1d)


class Dropout2d(_DropoutNd):
    """Zeroes whole channels of ``(N, C, H, W)``."""

    _function = staticmethod(F.dropout2d)


class Dropout3d(_DropoutNd):
    """Zeroes whole channels of ``(N, C, D, H, W)``."""

    _function = staticmethod(F.dropout3d)


class AlphaDropout(_DropoutNd):
    """Dropout that keeps mean and variance for SELU networks."""

    def forward(self, input: Tensor) -> Tensor:
        """The input, some of it replaced; never in place, as in PyTorch."""
        return F.alpha_dropout(input, self.p, self.training)


class FeatureAlphaDropout(_DropoutNd):
    """Alpha dropout of whole channels."""

    def forward(self, input: Tensor) -> Tensor:
        """The input, some channels replaced; never in place, as in PyTorch."""
        return F.feature_alpha_dropout(input, self.p, self.training)
