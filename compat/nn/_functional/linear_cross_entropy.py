"""A linear layer and the cross entropy of its logits."""
from __future__ import annotations

import warnings
from typing import Any

from compat import _dtype
from compat._tensor.tensor import Tensor
from compat.nn._functional.linear import linear
from compat.nn._functional.loss import cross_entropy


def linear_cross_entropy(input: Tensor, linear_weight: Tensor, target: Tensor, *, linear_bias: Tensor | None = None,
                         weight: Tensor | None = None, reduction: str = "mean", ignore_index: int | None = None,
                         label_smoothing: float = 0.0, options: Any = None) -> Tensor:
    """Cross entropy of the logits that a linear layer makes of ``input``.

    PyTorch goes through the batch in chunks if ``options`` are given, which saves memory and changes no number but the
    dtype that half precision is accumulated in. Here XLA plans the memory, so only that dtype is looked at.

    Args:
      input: ``(N, in_features)`` or ``(in_features,)``.
      linear_weight: ``(C, in_features)`` or ``(C, *D, in_features)``.
      target: Classes ``(N, *D)`` or ``()``, or probabilities shaped as the logits, ``(N, C, *D)`` or ``(C,)``.
      linear_bias: ``(C, *D)``.
      weight: Weight of each class ``(C,)``.
      reduction: ``"none"``, ``"mean"`` or ``"sum"``.
      ignore_index: Target classes equal to it do not count; -100 if None.
      label_smoothing: Part of the target that is spread over all classes.
      options: A ``torch.nn.LinearCrossEntropyOptions``.

    Returns:
      The shape of the classes for ``"none"``, else ``()``.

    Raises:
      RuntimeError: if shapes do not fit, or ``ignore_index`` is given with probabilities.

    Source:
      PyTorch, ``torch.nn.functional.linear_cross_entropy``.
    """
    _check(input, linear_weight, linear_bias)
    batch, classes, further = input.shape[:-1], linear_weight.shape[0], linear_weight.shape[1:-1]
    shape = (*batch, classes, *further)
    if tuple(target.shape) == shape and ignore_index is not None:
        raise RuntimeError("ignore_index cannot be specified when target contains probabilities")
    if further:
        linear_weight = linear_weight.reshape(-1, input.shape[-1])
        linear_bias = None if linear_bias is None else linear_bias.reshape(-1)
    dtype = input.dtype
    if options is not None:
        if _chunkable(target, further, reduction, label_smoothing):
            rows = batch[0] if batch else 1
            # the exact chunks do not matter, but options that contradict each other are refused
            acc = options._adjust(rows, input.shape[-1], classes, dtype, input.device).acc_dtype
            input, linear_weight = input.to(acc), linear_weight.to(acc)
            linear_bias, weight = (None if t is None else t.to(acc) for t in (linear_bias, weight))
        else:
            bias = None if linear_bias is None else (classes, *further)
            warnings.warn("linear_cross_entropy: ``options`` ignored; chunked path needs reduction in "
                          "{'mean','sum','none'}, label_smoothing == 0, target.dtype == int64, out_features == (). Got "
                          f"reduction={reduction!r}, label_smoothing={label_smoothing}, target.dtype={target.dtype}, "
                          f"out_features={tuple(further)}, tracing=False, linear_bias.shape={bias}.", stacklevel=2)
    logits = linear(input, linear_weight, linear_bias).reshape(shape)
    ignored = -100 if ignore_index is None else ignore_index
    loss = cross_entropy(logits, target, weight=weight, reduction=reduction, ignore_index=ignored,
                         label_smoothing=label_smoothing)
    return loss if loss.dtype == dtype else loss.to(dtype)


def _check(input: Tensor, linear_weight: Tensor, linear_bias: Tensor | None) -> None:
    if input.dim() not in (1, 2):
        raise RuntimeError(f"expected input with dimensionality 1 or 2, got {input.dim()}")
    if linear_weight.dim() < 2:
        raise RuntimeError(f"expected linear_weight with dimensionality at least 2, got {linear_weight.dim()}")
    features, shape = input.shape[-1], tuple(linear_weight.shape)
    if features != shape[-1]:
        raise RuntimeError("expected equal input and linear_weight last dimensions (in_features), got "
                           f"{features} and {shape[-1]}, respectively")
    if linear_bias is not None and tuple(linear_bias.shape) != shape[:-1]:
        raise RuntimeError(f"expected linear_bias shape {shape[:-1]}, got {tuple(linear_bias.shape)}")
    if len(shape) > 2 and input.dim() == 1:
        raise RuntimeError(f"K-dimensional loss defined by linear_weight shape {shape} requires batched input, "
                           f"(N, {features}), got unbatched input with shape {tuple(input.shape)}")


def _chunkable(target: Tensor, further: Any, reduction: str, label_smoothing: float) -> bool:
    """Whether PyTorch would heed the options."""
    return (not further and reduction in ("mean", "sum", "none") and label_smoothing == 0.0
            and target.dtype == _dtype.int64)
