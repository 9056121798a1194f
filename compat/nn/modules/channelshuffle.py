"""Channels interleaved between groups."""
from __future__ import annotations

from compat.nn import functional as F
from compat.nn.modules._layer import Layer, layer

__all__ = ["ChannelShuffle"]


@layer
class ChannelShuffle(Layer):
    """Reorders channels so that each group gets some of every other."""

    groups: int
    _function = staticmethod(F.channel_shuffle)
