"""Memory formats, which XLA chooses by itself."""
from __future__ import annotations

from typing import Any


def convert_conv2d_weight_memory_format(module: Any, memory_format: Any) -> Any:
    """Returns the module; the layout of weights is XLA's choice."""
    return module


def convert_conv3d_weight_memory_format(module: Any, memory_format: Any) -> Any:
    """Returns the module; the layout of weights is XLA's choice."""
    return module
