"""Losses: the old arguments, targets of several kinds, and those that are made of other operators."""
from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

from compat._autograd.modes import no_grad
from compat._engine.traced import is_traced
from compat._ops import creation
from compat._ops.declare import ops
from compat._tensor.tensor import Tensor
from compat.nn._functional.distance import pairwise_distance
from compat.nn._functional.reduction import checked, legacy_reduction, reduced
from funcgrad.ops.loss_checks import check_class_probabilities


def _same_sizes(name: str, input: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Both, broadcast; with a warning where their sizes differ."""
    if target.shape != input.shape:
        warnings.warn(f"Using a target size ({target.size()}) that is different to the input size ({input.size()}). "
                      "This will likely lead to incorrect results due to broadcasting. Please ensure they have the "
                      "same size.",
                      stacklevel=4)
    return tuple(ops.broadcast_tensors(input, target)) if target.shape != input.shape else (input, target)


def _weighted(loss: Callable[[str], Tensor], weight: Tensor | None, input: Tensor, reduction: str) -> Tensor:
    """A loss of each element times its weight; the mean divides by the weights' sum."""
    if weight is None:
        return loss(reduction)
    if weight.shape != input.shape:
        raise ValueError("Weights and input must have the same size.")
    each = loss("none") * weight
    if reduction == "none":
        return each
    if reduction == "sum":
        return each.sum()
    if reduction == "mean":
        return each.sum() / weight.sum()
    raise ValueError(f"Invalid reduction mode: {reduction}. Expected one of 'none', 'mean', 'sum'.")


def l1_loss(input: Tensor, target: Tensor, size_average: bool | None = None, reduce: bool | None = None,
            reduction: str = "mean", weight: Tensor | None = None) -> Tensor:
    """``|input - target|``."""
    reduction = checked(legacy_reduction(size_average, reduce, reduction))
    input, target = _same_sizes("l1_loss", input, target)
    return _weighted(lambda r: reduced((input - target).abs(), r), weight, input, reduction)


def mse_loss(input: Tensor, target: Tensor, size_average: bool | None = None, reduce: bool | None = None,
             reduction: str = "mean", weight: Tensor | None = None) -> Tensor:
    """``(input - target)^2``."""
    reduction = checked(legacy_reduction(size_average, reduce, reduction))
    input, target = _same_sizes("mse_loss", input, target)
    return _weighted(lambda r: ops.mse_loss(input, target, reduction=r), weight, input, reduction)


def smooth_l1_loss(input: Tensor, target: Tensor, size_average: bool | None = None, reduce: bool | None = None,
                   reduction: str = "mean", beta: float = 1.0) -> Tensor:
    """``(input - target)^2 / (2 beta)`` within ``beta``, ``|input - target| - beta / 2`` beyond."""
    reduction = checked(legacy_reduction(size_average, reduce, reduction))
    input, target = _same_sizes("smooth_l1_loss", input, target)
    if beta < 0:
        raise RuntimeError("smooth_l1_loss does not support negative values for beta.")
    if beta == 0.0:
        return reduced((input - target).abs(), reduction)
    return ops.smooth_l1_loss(input, target, reduction=reduction, beta=beta)


def huber_loss(input: Tensor, target: Tensor, reduction: str = "mean", delta: float = 1.0,
               weight: Tensor | None = None) -> Tensor:
    """Half the square within ``delta``, ``delta * (|input - target| - delta / 2)`` beyond."""
    input, target = _same_sizes("huber_loss", input, target)
    if delta <= 0:
        raise RuntimeError("huber_loss does not support non-positive values for delta.")
    return _weighted(lambda r: ops.huber_loss(input, target, reduction=r, delta=delta), weight, input,
                     checked(reduction))


def binary_cross_entropy(input: Tensor, target: Tensor, weight: Tensor | None = None,
                         size_average: bool | None = None, reduce: bool | None = None,
                         reduction: str = "mean") -> Tensor:
    """Cross entropy of probabilities and targets in [0, 1]; logarithms stop at -100."""
    reduction = checked(legacy_reduction(size_average, reduce, reduction))
    if target.shape != input.shape:
        raise ValueError(f"Using a target size ({target.size()}) that is different to the input size ({input.size()}) "
                         "is deprecated. Please ensure they have the same size.")
    if weight is not None:
        weight = weight.expand(target.shape)
    return ops.binary_cross_entropy(input, target, weight, reduction=reduction)


def binary_cross_entropy_with_logits(input: Tensor, target: Tensor, weight: Tensor | None = None,
                                     size_average: bool | None = None, reduce: bool | None = None,
                                     reduction: str = "mean", pos_weight: Tensor | None = None) -> Tensor:
    """Cross entropy of logits and targets in [0, 1]."""
    reduction = checked(legacy_reduction(size_average, reduce, reduction))
    if target.shape != input.shape:
        raise ValueError(f"Target size ({target.size()}) must be the same as input size ({input.size()})")
    return ops.binary_cross_entropy_with_logits(input, target, weight, pos_weight, reduction=reduction)


def nll_loss(input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: bool | None = None,
             ignore_index: int = -100, reduce: bool | None = None, reduction: str = "mean") -> Tensor:
    """Minus the log-probability of the target class."""
    reduction = checked(legacy_reduction(size_average, reduce, reduction))
    return _nll(input, target, weight, ignore_index, reduction)


def _nll(input: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int, reduction: str) -> Tensor:
    """The operator; other than two spatial dimensions are laid out as two, as in PyTorch."""
    shape = input.shape
    if len(shape) in (0, 1, 2, 4) or target.shape != (shape[0], *shape[2:]) or input.numel() == 0:
        return ops.nll_loss(input, target, weight, ignore_index=ignore_index, reduction=reduction)
    flat = input.contiguous().view(shape[0], shape[1], 1, -1)
    loss = ops.nll_loss(flat, target.reshape(shape[0], 1, -1), weight, ignore_index=ignore_index, reduction=reduction)
    return loss.view(target.shape) if reduction == "none" else loss


def cross_entropy(input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: bool | None = None,
                  ignore_index: int = -100, reduce: bool | None = None, reduction: str = "mean",
                  label_smoothing: float = 0.0) -> Tensor:
    """Cross entropy of logits and target classes, or class probabilities of the logits' shape.

    Args:
      input: Logits ``(N, C, *D)`` or ``(C,)``.
      target: Classes ``(N, *D)`` or ``()``, or probabilities shaped as ``input``.
      weight: Weight of each class ``(C,)``.
      size_average: Old form of ``reduction``.
      ignore_index: Target classes equal to it count neither in the loss nor in the mean.
      reduce: Old form of ``reduction``.
      reduction: ``"none"``, ``"mean"`` (over the weights of the kept targets) or ``"sum"``.
      label_smoothing: Part of the target that is spread over all classes.
    """
    reduction = checked(legacy_reduction(size_average, reduce, reduction))
    soft = input.shape == target.shape
    if soft:
        check_class_probabilities(target.dtype.numpy, ignore_index)
    if label_smoothing > 1.0:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing}")
    class_dim = 0 if input.dim() == 1 else 1
    if soft:
        return _soft_cross_entropy(input, target, weight, reduction, label_smoothing, class_dim)
    logp = input.log_softmax(class_dim)
    if not label_smoothing > 0.0:  # a negative one, or nan, is none
        return _nll(logp, target, weight, ignore_index, reduction)
    return _smoothed(logp, target, weight, ignore_index, reduction, label_smoothing, class_dim)


def _soft_cross_entropy(input: Tensor, target: Tensor, weight: Tensor | None, reduction: str, label_smoothing: float,
                        class_dim: int) -> Tensor:
    """Cross entropy of targets that are probabilities."""
    classes = input.size(class_dim)
    if label_smoothing > 0.0:
        target = target * (1 - label_smoothing) + label_smoothing / classes
    product = input.log_softmax(class_dim) * target
    if weight is not None:
        product = product * weight.view([-1 if d == class_dim else 1 for d in range(input.dim())])
    if reduction == "none":
        return -product.sum(class_dim)
    total = -product.sum()
    return total if reduction == "sum" else total / (input.numel() // classes)


def _smoothed(logp: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int, reduction: str,
              label_smoothing: float, class_dim: int) -> Tensor:
    """The loss of the target class and, for the part that is spread, of all classes."""
    classes = logp.shape[class_dim]
    nll = _nll(logp, target, weight, ignore_index, reduction)
    if weight is None:
        spread = -logp.sum(class_dim)
    else:
        spread = -(logp * weight.view([-1 if d == class_dim else 1 for d in range(logp.dim())])).sum(class_dim)
    ignored = target == ignore_index
    spread = spread.masked_fill(ignored, 0.0)
    if reduction == "mean":
        kept = (~ignored).to(logp.dtype)
        if weight is not None:
            kept = weight[target.masked_fill(ignored, 0)] * kept
        spread = spread.sum() / kept.sum()
    elif reduction == "sum":
        spread = spread.sum()
    return nll * (1 - label_smoothing) + spread * (label_smoothing / classes)


def kl_div(input: Tensor, target: Tensor, size_average: bool | None = None, reduce: bool | None = None,
           reduction: str = "mean", log_target: bool = False) -> Tensor:
    """``target * (log(target) - input)``; ``"batchmean"`` divides the sum by the batch size."""
    reduction = legacy_reduction(size_average, reduce, reduction)
    if reduction == "mean":
        warnings.warn("reduction: 'mean' divides the total loss by both the batch size and the support "
                      "size.'batchmean' divides only by the batch size, and aligns with the KL div math "
                      "definition.'mean' will be changed to behave the same as 'batchmean' in the next major release.",
                      stacklevel=2)
    if not all(x.is_floating_point() or x.is_complex() for x in (input, target)):
        raise RuntimeError("kl_div: Integral inputs not supported.")
    each = target.exp() * (target - input) if log_target else target.xlogy(target) - target * input
    if reduction == "batchmean":
        total = each.sum()
        return total / input.shape[0] if input.dim() != 0 else total
    return reduced(each, reduction)


def poisson_nll_loss(input: Tensor, target: Tensor, log_input: bool = True, full: bool = False,
                     size_average: bool | None = None, eps: float = 1e-8, reduce: bool | None = None,
                     reduction: str = "mean") -> Tensor:
    """``exp(input) - target * input``, or ``input - target * log(input + eps)``; ``full`` adds Stirling's term."""
    reduction = legacy_reduction(size_average, reduce, reduction)
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(reduction + " is not a valid value for reduction")
    loss = input.exp() - target * input if log_input else input - target * (input + eps).log()
    if full:
        stirling = target * target.log() - target + 0.5 * (2 * math.pi * target).log()
        loss = loss + stirling.masked_fill(target <= 1, 0)
    return reduced(loss, reduction)


def gaussian_nll_loss(input: Tensor, target: Tensor, var: Any, full: bool = False, eps: float = 1e-6,
                      reduction: str = "mean") -> Tensor:
    """``(log(var) + (input - target)^2 / var) / 2``, with ``var`` at least ``eps``."""
    if isinstance(var, float):
        if var < 0:
            raise ValueError("var has negative entry/entries")
        var = var * creation.ones_like(input)
    elif not is_traced(var._value()) and (var < 0).any():
        raise ValueError("var has negative entry/entries")
    if var.shape != input.shape:
        if input.shape[:-1] == var.shape:
            var = var.unsqueeze(-1)
        elif var.dim() != input.dim() or sum(b for a, b in zip(input.shape, var.shape, strict=True) if a != b) != 1:
            raise ValueError("var is of incorrect size")
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(reduction + " is not valid")
    var = var.clone()
    with no_grad():
        var.clamp_(min=eps)
    loss = 0.5 * (var.log() + (input - target) ** 2 / var)
    if full:
        loss = loss + 0.5 * math.log(2 * math.pi)
    return reduced(loss, reduction)


def hinge_embedding_loss(input: Tensor, target: Tensor, margin: float = 1.0, size_average: bool | None = None,
                         reduce: bool | None = None, reduction: str = "mean") -> Tensor:
    """``input`` where the target is 1, ``max(0, margin - input)`` where it is -1."""
    reduction = legacy_reduction(size_average, reduce, reduction)
    zeros = creation.zeros_like(input)
    apart = ops.where(target != 1, (margin - input).clamp_min(0), zeros)
    return reduced(apart + ops.where(target != -1, input, zeros), reduction)


def margin_ranking_loss(input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0,
                        size_average: bool | None = None, reduce: bool | None = None,
                        reduction: str = "mean") -> Tensor:
    """``max(0, -target * (input1 - input2) + margin)``."""
    reduction = legacy_reduction(size_average, reduce, reduction)
    if input1.dim() != input2.dim() or input1.dim() != target.dim():
        raise RuntimeError("margin_ranking_loss : All input tensors should have same dimension but got sizes: input1: "
                           f"{input1.size()}, input2: {input2.size()}, target: {target.size()} ")
    return reduced((-target * (input1 - input2) + margin).clamp_min(0), reduction)


def cosine_embedding_loss(input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0,
                          size_average: bool | None = None, reduce: bool | None = None,
                          reduction: str = "mean") -> Tensor:
    """``1 - cos`` where the target is 1, ``max(0, cos - margin)`` where it is -1."""
    reduction = legacy_reduction(size_average, reduce, reduction)
    if target.dim() not in (0, 1) or input1.dim() != target.dim() + 1 or input2.dim() != target.dim() + 1:
        wanted = "0D or 1D target tensor expected, multi-target not supported" if target.dim() > 1 else (
            f"{target.dim()}D target tensor expects {target.dim() + 1}D input tensors, but found inputs with sizes "
            f"{list(input1.shape)} and {list(input2.shape)}.")
        raise RuntimeError(wanted)
    eps, dim = 1e-12, target.dim()
    size1, size2 = (x * x for x in (input1, input2))
    cos = (input1 * input2).sum(dim) / ((size1.sum(dim) + eps) * (size2.sum(dim) + eps)).sqrt()
    zeros = creation.zeros_like(cos)
    near = ops.where(target == 1, 1 - cos, zeros)
    return reduced(near + ops.where(target == -1, (cos - margin).clamp_min(0), zeros), reduction)


def _same_dimensions(anchor: Tensor, positive: Tensor, negative: Tensor) -> None:
    a, p, n = anchor.dim(), positive.dim(), negative.dim()
    if not a == p == n:
        raise RuntimeError("The anchor, positive, and negative tensors are expected to have the same number of "
                           f"dimensions, but got: anchor {a}D, positive {p}D, and negative {n}D inputs")


def triplet_margin_loss(anchor: Tensor, positive: Tensor, negative: Tensor, margin: float = 1.0, p: float = 2,
                        eps: float = 1e-6, swap: bool = False, size_average: bool | None = None,
                        reduce: bool | None = None, reduction: str = "mean") -> Tensor:
    """``max(0, |anchor - positive| - |anchor - negative| + margin)``."""
    reduction = legacy_reduction(size_average, reduce, reduction)
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    _same_dimensions(anchor, positive, negative)
    near, far = pairwise_distance(anchor, positive, p, eps), pairwise_distance(anchor, negative, p, eps)
    if swap:
        far = far.minimum(pairwise_distance(positive, negative, p, eps))
    return reduced((margin + near - far).clamp_min(0), reduction)


def triplet_margin_with_distance_loss(anchor: Tensor, positive: Tensor, negative: Tensor, *,
                                      distance_function: Callable[[Tensor, Tensor], Tensor] | None = None,
                                      margin: float = 1.0, swap: bool = False, reduction: str = "mean") -> Tensor:
    """:func:`triplet_margin_loss` of any distance."""
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not a valid value for reduction")
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    _same_dimensions(anchor, positive, negative)
    distance = pairwise_distance if distance_function is None else distance_function
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = far.minimum(distance(positive, negative))
    return reduced((margin + near - far).clamp_min(0), reduction)


def soft_margin_loss(input: Tensor, target: Tensor, size_average: bool | None = None, reduce: bool | None = None,
                     reduction: str = "mean") -> Tensor:
    """``log(1 + exp(-target * input))``."""
    reduction = legacy_reduction(size_average, reduce, reduction)
    return ops.soft_margin_loss(input, target, reduction=checked(reduction))


def multilabel_soft_margin_loss(input: Tensor, target: Tensor, weight: Tensor | None = None,
                                size_average: bool | None = None, reduce: bool | None = None,
                                reduction: str = "mean") -> Tensor:
    """Binary cross entropy of logits, averaged over classes."""
    reduction = legacy_reduction(size_average, reduce, reduction)
    loss = -(target * ops.logsigmoid(input) + (1 - target) * ops.logsigmoid(-input))
    if weight is not None:
        loss = loss * weight
    dim = input.dim() - 1
    return reduced(loss.sum(dim) / input.size(dim), reduction)


def multi_margin_loss(input: Tensor, target: Tensor, p: int = 1, margin: float = 1.0, weight: Tensor | None = None,
                      size_average: bool | None = None, reduce: bool | None = None,
                      reduction: str = "mean") -> Tensor:
    """``sum over i != y of max(0, margin - input[y] + input[i])^p``, over the number of classes."""
    reduction = legacy_reduction(size_average, reduce, reduction)
    if p not in (1, 2):
        raise ValueError("only p == 1 and p == 2 supported")
    if weight is not None and weight.dim() != 1:
        raise ValueError("weight must be one-dimensional")
    return ops.multi_margin_loss(input, target, p, margin, weight, reduction=checked(reduction))


def multilabel_margin_loss(input: Tensor, target: Tensor, size_average: bool | None = None,
                           reduce: bool | None = None, reduction: str = "mean") -> Tensor:
    """Hinge loss of several classes a sample; a target of -1 ends the list of a sample's classes."""
    reduction = legacy_reduction(size_average, reduce, reduction)
    return ops.multilabel_margin_loss(input, target, reduction=checked(reduction))
