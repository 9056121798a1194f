"""Sliding windows as columns, and back."""
from __future__ import annotations

from typing import Any

from compat.nn import functional as F
from compat.nn.modules._layer import Layer, layer

__all__ = ["Fold", "Unfold"]


@layer
class Fold(Layer):
    """Sums windows back into an image: ``(N, C * prod(kernel), L)`` to ``(N, C, *output_size)``."""

    output_size: Any
    kernel_size: Any
    dilation: Any = 1
    padding: Any = 0
    stride: Any = 1
    _function = staticmethod(F.fold)


@layer
class Unfold(Layer):
    """The windows of an image as columns: ``(N, C, *)`` to ``(N, C * prod(kernel), L)``."""

    kernel_size: Any
    dilation: Any = 1
    padding: Any = 0
    stride: Any = 1
    _function = staticmethod(F.unfold)
