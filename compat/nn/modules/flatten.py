"""Flatten and Unflatten."""
from __future__ import annotations

from typing import Any

from compat._tensor.tensor import Tensor
from compat.nn.modules._layer import Layer, layer
from compat.nn.modules.module import Module

__all__ = ["Flatten", "Unflatten"]


@layer
class Flatten(Layer):
    """Makes one dimension of those from ``start_dim`` to ``end_dim``."""

    start_dim: int = 1
    end_dim: int = -1

    def forward(self, input: Tensor) -> Tensor:
        """The input with fewer dimensions."""
        return input.flatten(self.start_dim, self.end_dim)


class Unflatten(Module):
    """Makes several dimensions of one."""

    def __init__(self, dim: int | str, unflattened_size: Any) -> None:
        super().__init__()
        kind = "tuple of tuples" if isinstance(dim, str) else "tuple of ints"
        if isinstance(dim, str):
            raise NotImplementedError("Unflatten of a named dimension needs named tensors, which compat does not have; "
                                      "give the dimension as an integer")
        if not isinstance(dim, int):
            raise TypeError("invalid argument type for dim parameter")
        if not isinstance(unflattened_size, (tuple, list)):
            raise TypeError(f"unflattened_size must be a {kind}, but found type {type(unflattened_size).__name__}")
        for i, size in enumerate(unflattened_size):
            if not isinstance(size, int):
                raise TypeError(f"unflattened_size must be {kind}, but found element of type {type(size).__name__} at "
                                f"pos {i}")
        self.dim, self.unflattened_size = dim, unflattened_size

    def forward(self, input: Tensor) -> Tensor:
        """The input with more dimensions."""
        return input.unflatten(self.dim, self.unflattened_size)

    def extra_repr(self) -> str:
        """Which dimension, and its new sizes."""
        return f"dim={self.dim}, unflattened_size={self.unflattened_size}"
