"""PyTorch's errors for indices out of range, raised from concrete NumPy indices.

What is not an index array need only have a shape.
"""

import math
from collections.abc import Sequence

import numpy as np

from funcgrad.shapes import broadcast_shapes, wrap_dim
from funcgrad.typing import Array


def _first_outside(index: np.ndarray, size: int, lowest: int = 0) -> int | None:
    bad = (index < lowest) | (index >= size)
    return int(index[bad].flat[0]) if bad.any() else None


def check_gather(index: np.ndarray, input: Array, dim: int) -> None:
    """Raise PyTorch's error for an index of gather or scatter out of range."""
    dim = wrap_dim(dim, len(input.shape))
    size = input.shape[dim] if input.shape else 1
    bad = _first_outside(index, size)
    if bad is not None:
        raise RuntimeError(f"index {bad} is out of bounds for dimension {dim} with size {size}")


def check_index_select(index: np.ndarray, input: Array, dim: int) -> None:
    """Raise PyTorch's error for an index of index_select out of range."""
    dim = wrap_dim(dim, len(input.shape))
    if _first_outside(index, input.shape[dim] if input.shape else 1) is not None:
        raise IndexError("index out of range in self")


def check_index_copy(index: np.ndarray, input: Array, dim: int) -> None:
    """Raise PyTorch's error for an index of index_copy out of range."""
    dim = wrap_dim(dim, len(input.shape))
    bad = _first_outside(index, input.shape[dim] if input.shape else 1)
    if bad is not None:
        raise IndexError(
            f"index_copy_(): index {bad} is out of bounds for dimension {dim} with size {input.shape[dim]}"
        )


def check_index_fill(index: np.ndarray, input: Array, dim: int) -> None:
    """Raise PyTorch's error for an index of index_fill out of range."""
    dim = wrap_dim(dim, len(input.shape))
    size = input.shape[dim] if input.shape else 1
    bad = _first_outside(index, size, -size)
    if bad is not None:
        raise IndexError(f"index {bad} is out of bounds for dimension {dim} with size {size}")


def check_index(indices: Sequence[np.ndarray | None], input: Array) -> None:
    """Raise PyTorch's error for an index of ``input[indices]`` out of range."""
    given = [(i, n) for i, n in zip(indices, input.shape, strict=False) if i is not None]
    for at, (i, n) in enumerate(given):
        bad = _first_outside(i, n, -n)
        if bad is not None:  # PyTorch counts the indexed dimensions only
            raise IndexError(f"index {bad} is out of bounds for dimension {at} with size {n}")


def check_take_along_dim(indices: np.ndarray, input: Array, dim: int | None) -> None:
    """Raise PyTorch's error for an index of take_along_dim out of range; with a dim none is."""
    if dim is None:
        check_gather(indices, np.broadcast_to(0, math.prod(input.shape)), 0)


def check_take(index: np.ndarray, input: Array) -> None:
    """Raise PyTorch's error for an index of take or put out of range."""
    size = math.prod(input.shape)
    bad = _first_outside(index, size, -size)
    if bad is not None:
        raise IndexError(f"out of range: tried to access index {bad} on a tensor of {size} elements.")


def check_masked_scatter(mask: np.ndarray, input: Array, source: Array) -> None:
    """Raise PyTorch's error if there are too few elements to write."""
    wanted = int(mask.sum()) * (math.prod(broadcast_shapes(input.shape, mask.shape)) // max(mask.size, 1))
    if wanted > math.prod(source.shape):
        raise RuntimeError("Number of elements of source < number of ones in mask")


def check_one_hot(input: np.ndarray, num_classes: int) -> None:
    """Raise PyTorch's error for a class outside ``[0, num_classes)``."""
    if input.size and input.min() < 0:
        raise RuntimeError("Class values must be non-negative.")
    if input.size and input.max() >= num_classes:
        raise RuntimeError("Class values must be smaller than num_classes.")
