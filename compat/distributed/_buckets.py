"""Gradients that travel together, as communication hooks see them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from compat._ops.declare import ops
from compat._tensor.tensor import Tensor


class GradBucket:
    """The gradients of some parameters as one tensor; what a communication hook is given.

    Source:
      PyTorch, ``torch.distributed.GradBucket``.
    """

    def __init__(self, index: int, last: bool, parameters: Sequence[Any], gradients: Sequence[Tensor]) -> None:
        self._index, self._last, self._parameters = index, last, list(parameters)
        self._buffer = ops.cat([g.detach().reshape(-1) for g in gradients])

    def index(self) -> int:
        """Its number; buckets are numbered in the order in which they are averaged."""
        return self._index

    def is_last(self) -> bool:
        """Whether no further one follows in this backward pass."""
        return self._last

    def buffer(self) -> Tensor:
        """The gradients, flat, one after the other."""
        return self._buffer

    def set_buffer(self, buffer: Tensor) -> None:
        """Put another tensor in the place of the gradients."""
        self._buffer = buffer

    def gradients(self) -> list[Tensor]:
        """The gradients, as views of the buffer."""
        return split(self._buffer, self._parameters)

    def parameters(self) -> list[Any]:
        """The parameters."""
        return list(self._parameters)

    def __str__(self) -> str:
        return f"GradBucket(index={self._index}, elements={self._buffer.numel()})"


def split(flat: Tensor, parameters: Sequence[Any]) -> list[Tensor]:
    """The parts of a flat tensor, of some parameters' shapes."""
    parts = flat.split([p.numel() for p in parameters])
    return [part.view(p.shape) for part, p in zip(parts, parameters, strict=True)]


def in_buckets(parameters: Sequence[Any], limits: Sequence[int]) -> list[list[Any]]:
    """Parameters in buckets, each of one dtype and device.

    Args:
      parameters: In the order in which they are put in.
      limits: Bytes from which on a bucket is full: the first one, the second, and so on; the last for all further ones.
    """
    done: list[list[Any]] = []
    open_: dict[Any, tuple[list[Any], int]] = {}
    full: dict[Any, int] = {}
    for p in parameters:
        kind = p.dtype, p.device
        bucket, size = open_.pop(kind, ([], 0))
        bucket.append(p)
        size += p.numel() * p.element_size()
        n = full.get(kind, 0)
        if size >= limits[min(n, len(limits) - 1)]:
            full[kind] = n + 1
            done.append(bucket)
        else:
            open_[kind] = bucket, size
    return [*done, *(bucket for bucket, _ in open_.values())]
