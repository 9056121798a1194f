"""Channels to pixels and back."""
from __future__ import annotations

from compat.nn import functional as F
from compat.nn.modules._layer import Layer, layer

__all__ = ["PixelShuffle", "PixelUnshuffle"]


@layer
class PixelShuffle(Layer):
    """``(*, C r^2, H, W)`` to ``(*, C, H r, W r)``."""

    upscale_factor: int
    _function = staticmethod(F.pixel_shuffle)


@layer
class PixelUnshuffle(Layer):
    """``(*, C, H r, W r)`` to ``(*, C r^2, H, W)``."""

    downscale_factor: int
    _function = staticmethod(F.pixel_unshuffle)
