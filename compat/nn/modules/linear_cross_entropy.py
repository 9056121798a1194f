"""A linear layer with the cross entropy of its logits, and the options of its chunks."""
from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from math import prod
from typing import Any

from compat import _dtype
from compat._tensor.tensor import Tensor
from compat.nn import functional as F
from compat.nn.modules.linear import Linear
from compat.nn.modules.loss import _WeightedLoss

__all__ = ["LinearCrossEntropyLoss", "LinearCrossEntropyOptions"]

_HALVES = (_dtype.float16, _dtype.bfloat16)
_FLOATS = (*_HALVES, _dtype.float32, _dtype.float64)


@dataclasses.dataclass(slots=True, frozen=True)
class LinearCrossEntropyOptions:
    """How PyTorch divides the work of ``linear_cross_entropy``.

    Of these only ``acc_dtype`` changes what is computed here: XLA plans the memory that chunks are to save. The others
    are checked as in PyTorch.

    Args:
      allow_retain_graph: Whether the graph may be kept for a second backward pass; here it may be anyway.
      batch_chunk_size: Rows of a chunk.
      chunking_method: How to find that number: ``"auto"``, ``"aspect_ratio"``, ``"aspect_ratio:N"`` or None.
      acc_policy: ``"auto"``, ``"accurate"``, ``"balanced"`` or ``"compact"``.
      acc_dtype: Dtype of accumulation; by default float32 for half precision.

    Raises:
      ValueError: if one of them is invalid.

    Source:
      PyTorch, ``torch.nn.LinearCrossEntropyOptions``.
    """

    allow_retain_graph: bool = False
    batch_chunk_size: int | None = None
    chunking_method: str | None = "auto"
    acc_policy: str = "auto"
    acc_dtype: Any = None

    def __post_init__(self) -> None:
        if self.acc_policy not in ("auto", "accurate", "balanced", "compact"):
            raise ValueError(f"invalid acc_policy: {self.acc_policy!r}")
        if self.chunking_method not in (None, "auto"):
            name, colon, factor = self.chunking_method.partition(":")
            if name != "aspect_ratio" or (colon and not (factor.isdigit() and int(factor) > 0)):
                raise ValueError(f"invalid chunking_method: {self.chunking_method!r}")
        size = self.batch_chunk_size
        if size is not None and not (isinstance(size, int) and size > 0):
            raise ValueError(f"batch_chunk_size must be positive int or None, got {size!r}")
        if self.acc_dtype is not None and self.acc_dtype not in _FLOATS:
            raise ValueError("acc_dtype must be one of {None, torch.float16, torch.bfloat16, torch.float32, "
                             f"torch.float64}}, got {self.acc_dtype!r}. Pass acc_dtype=None to let the op pick "
                             "automatically.")

    def _adjust(self, num_batches: int, in_features: int, num_classes: int, dtype: Any,
                device: Any = None) -> LinearCrossEntropyOptions:
        """The options of one call, nothing left to choose."""
        half = dtype in _HALVES
        policy, method = ("accurate", "aspect_ratio") if half and device is not None and device.type == "cpu" else (
            "compact", "aspect_ratio:2")
        given = self.batch_chunk_size
        size = num_batches if given is None else min(given, num_batches)
        if self.chunking_method != "auto":
            method = self.chunking_method
        elif given is not None:
            method = None
        if method is not None:
            target = -(-num_batches // -(-num_classes // in_features))
            size = min((1 << (target - 1).bit_length()) // int(method.partition(":")[2] or 1), num_batches)
            if given not in (None, size):
                raise ValueError(f"batch_chunk_size (={given}) and chunking_method ('{method}') give different chunk "
                                 f"sizes ({given} vs {size}); pass only one.")
        acc = self.acc_dtype
        if acc is None:
            acc = _dtype.float32 if self.acc_policy == "auto" and half and device is not None else dtype
        return dataclasses.replace(self, acc_policy=policy if self.acc_policy == "auto" else self.acc_policy,
                                   chunking_method=method, batch_chunk_size=max(1, size), acc_dtype=acc)


class LinearCrossEntropyLoss(_WeightedLoss):
    """A linear layer and the cross entropy of its logits.

    Args:
      in_features: Size of the input's last dimension.
      num_classes: Number of classes C.
      out_features: Further dimensions D of the loss.
      bias: Whether the layer has a bias.
      reduction: ``"none"``, ``"mean"`` or ``"sum"``.
      weight: Weight of each class ``(C,)``.
      ignore_index: Target classes equal to it do not count.
      label_smoothing: Part of the target that is spread over all classes.
      options: See ``LinearCrossEntropyOptions``.
      device: Device of the layer.
      dtype: Dtype of the layer.

    Raises:
      RuntimeError: if ``weight`` has another shape, or ``label_smoothing`` is not in [0, 1].

    Source:
      PyTorch, ``torch.nn.LinearCrossEntropyLoss``.
    """

    def __init__(self, in_features: int, num_classes: int, *, out_features: Sequence[int] = (), bias: bool = False,
                 device: Any = None, dtype: Any = None, reduction: str = "mean", weight: Tensor | None = None,
                 ignore_index: int | None = None, label_smoothing: float = 0.0,
                 options: LinearCrossEntropyOptions | None = None) -> None:
        if weight is not None and tuple(weight.shape) != (num_classes,):
            raise RuntimeError(f"expected weight shape to be {(num_classes,)}, got {tuple(weight.shape)}")
        if not 0 <= label_smoothing <= 1:
            raise RuntimeError(f"expected label_smoothing to be in range [0, 1], got {label_smoothing}")
        super().__init__(weight, None, None, reduction)
        self.num_classes, self.out_features = num_classes, out_features
        self.ignore_index, self.label_smoothing = ignore_index, label_smoothing
        self.linear = Linear(in_features, prod(out_features, start=num_classes), bias, device, dtype)
        self.options = options

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """The loss."""
        shape, layer = (self.num_classes, *self.out_features), self.linear
        bias = None if layer.bias is None else layer.bias.reshape(shape)
        return F.linear_cross_entropy(input, layer.weight.reshape(*shape, layer.in_features), target, linear_bias=bias,
                                      weight=self.weight, reduction=self.reduction, ignore_index=self.ignore_index,
                                      label_smoothing=self.label_smoothing, options=self.options)

    def extra_repr(self) -> str:
        """The arguments."""
        return (f"in_features={self.linear.in_features}, num_classes={self.num_classes}, "
                f"out_features={self.out_features}, bias={self.linear.bias is not None}, reduction={self.reduction}, "
                f"ignore_index={self.ignore_index}, label_smoothing={self.label_smoothing}, options={self.options}")
