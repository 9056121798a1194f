"""Rows of the losses that are one node in PyTorch; the others are made of operators in ``nn.functional``."""

from typing import Any

import jax
import numpy as np

from compat._autograd.modes import no_grad
from compat._dtype import promote_types
from compat._dtype import to_numpy as to_numpy_dtype
from compat._engine.program import ctx, to_numpy
from compat._ops.declare import composite, op, ops
from compat._tensor.tensor import Tensor, tensor_from_host
from funcgrad import losses as K
from funcgrad.dtypes import torch_name
from funcgrad.ops import loss_checks as checks
from funcgrad.ops import reduction
from funcgrad.ops.ctc import ctc_loss as ctc

_hidden = {"method": False, "function": False}


def _nll_node(arguments: Any) -> str:
    return "NllLossBackward0" if len(arguments["input"].shape) <= 2 else "NllLoss2DBackward0"


op(K.mse_loss, **_hidden)
op(K.smooth_l1_loss, node="SmoothL1LossBackward0", **_hidden)
op(K.huber_loss, **_hidden)
op(K.binary_cross_entropy, "_binary_cross_entropy", node="BinaryCrossEntropyBackward0", **_hidden)
op(
    K.binary_cross_entropy_with_logits,
    "_binary_cross_entropy_with_logits",
    node="BinaryCrossEntropyWithLogitsBackward0",
    **_hidden,
)
op(K.nll_loss, "_nll_loss", node=_nll_node, check=checks.check_nll, check_params="target", **_hidden)
op(K.soft_margin_loss, "_soft_margin_loss", node="SoftMarginLossBackward0", **_hidden)
op(
    K.multi_margin_loss,
    "_multi_margin_loss",
    node="MultiMarginLossBackward0",
    check=checks.check_multi_margin,
    check_params="target",
    **_hidden,
)
op(K.multilabel_margin_loss, check=checks.check_multilabel_margin, check_params="target", **_hidden)


# ---------------------------------------------------------------- arguments without a derivative in PyTorch
def _refuse_gradients(function: str, **constants: Tensor | None) -> None:
    for name, x in constants.items():
        if x is not None and x.requires_grad and ctx.grad:
            raise RuntimeError(
                f"The function '{function}' is not differentiable with respect to argument '{name}'. This input cannot "
                "have requires_grad True."
            )


@composite(**_hidden)
def nll_loss(
    input: Tensor, target: Tensor, weight: Tensor | None = None, *, ignore_index: int = -100, reduction: str = "mean"
) -> Tensor:
    """Negative log likelihood of the target classes."""
    _refuse_gradients("nll_loss_forward" if input.dim() <= 2 else "nll_loss2d_forward", weight=weight)
    return ops._nll_loss(input, target, weight, ignore_index=ignore_index, reduction=reduction)


@composite(**_hidden)
def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    pos_weight: Tensor | None = None,
    *,
    reduction: str = "mean",
) -> Tensor:
    """Cross entropy of logits of the class 1."""
    _refuse_gradients("binary_cross_entropy_with_logits", weight=weight, pos_weight=pos_weight)
    return ops._binary_cross_entropy_with_logits(input, target, weight, pos_weight, reduction=reduction)


@composite(**_hidden)
def soft_margin_loss(input: Tensor, target: Tensor, *, reduction: str = "mean") -> Tensor:
    """``log(1 + exp(-target * input))``."""
    _refuse_gradients("soft_margin_loss", target=target)
    return ops._soft_margin_loss(input, target, reduction=reduction)


@composite(**_hidden)
def multi_margin_loss(
    input: Tensor,
    target: Tensor,
    p: int = 1,
    margin: float = 1.0,
    weight: Tensor | None = None,
    *,
    reduction: str = "mean",
) -> Tensor:
    """Hinge loss of every other class."""
    _refuse_gradients("multi_margin_loss", weight=weight)
    return ops._multi_margin_loss(input, target, p, margin, weight, reduction=reduction)


# ---------------------------------------------------------------- probabilities that must be some

_IN_UNIT = "in [0, 1]"
_PROBABILITIES = frozenset({"SigmoidBackward0", "SoftmaxBackward0"})
_SAME_ELEMENTS = frozenset(
    f"{n}Backward0" for n in "View Squeeze Unsqueeze Select Slice Permute Transpose UnsafeView Clone T Alias".split()
) | {"SqueezeBackward1"}


def _is_probability(x: Tensor) -> bool:
    """Whether the graph tells that the elements lie in [0, 1], so that nobody need look."""
    node = x.grad_fn
    while node is not None and type(node).__name__ in _SAME_ELEMENTS:
        edge = node.edges[0] if node.edges else None
        node = edge[0] if type(edge) is tuple else None
    return node is not None and type(node).__name__ in _PROBABILITIES


def _require_unit(name: str, x: Tensor) -> None:
    """Raise PyTorch's error for elements outside [0, 1]; a value is looked at once."""
    v = x._value()
    if v.safe is not None and _IN_UNIT in v.safe:
        return
    a = to_numpy(v)
    if not ((a >= 0) & (a <= 1)).all():
        raise RuntimeError(f"all elements of {name} should be between 0 and 1")
    v.safe = (v.safe or set()) | {_IN_UNIT}


@composite(**_hidden)
def binary_cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None = None, *, reduction: str = "mean"
) -> Tensor:
    """Cross entropy of probabilities of the class 1."""
    _refuse_gradients("binary_cross_entropy", weight=weight)
    if input.is_floating_point() and not _is_probability(input) and not _traced(input):
        _require_unit("input", input)
    if target.is_floating_point() and not target._value().pending and not _traced(target):
        # targets still to be computed are believed: looking would cut the program at every step
        _require_unit("target", target)
    return ops._binary_cross_entropy(input, target, weight, reduction=reduction)


def _traced(x: Tensor) -> bool:
    return isinstance(x._value().buf, jax.core.Tracer)


# ---------------------------------------------------------------- distances
op(reduction.vector_norm, "_norm", node="NormBackward1", **_hidden)


@composite(method=False)
def pairwise_distance(x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Tensor:
    """The p-norm of ``x1 - x2 + eps`` over the last dimension."""
    return ops._norm(x1 - x2 + eps, float(p), -1, keepdim)


@composite(method=False)
def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """The cosine of the angle between vectors along ``dim``; norms below ``eps`` count as it."""
    common = promote_types(x1.dtype, x2.dtype)
    if not common.is_floating_point:
        name = torch_name(to_numpy_dtype(common))
        raise RuntimeError(f"expected common dtype to be floating point, yet common dtype is {name}")
    sides = []
    pair = (x if x.dtype == common else x.to(common) for x in (x1, x2))
    for x in ops.broadcast_tensors(*pair):
        norm = ops._vector_norm(x, 2, dim, True).clone()
        with no_grad():  # the bound takes no part in the gradient
            norm.clamp_min_(eps)
        sides.append(x / norm)
    return (sides[0] * sides[1]).sum(dim)


# ---------------------------------------------------------------- sequences
op(ctc, "_ctc_loss", node="CtcLossBackward0", **_hidden)


def _lengths(name: str, lengths: Any, batch: int, most: int | None = None) -> np.ndarray:
    given = lengths._host() if isinstance(lengths, Tensor) else np.asarray(lengths)
    given = given.reshape(-1).astype(np.int64)
    if len(given) != batch:
        raise RuntimeError(f"{name} must be of size batch_size")
    if most is not None and (given > most).any():
        at = int(np.flatnonzero(given > most)[0])
        raise RuntimeError(
            f"Expected {name} to have value at most {most}, but got value {given[at]} (while checking arguments for "
            "ctc_loss_allocate_outputs)"
        )
    return given


@composite(method=False, function=False, nn=True)
def ctc_loss(
    log_probs: Tensor,
    targets: Tensor,
    input_lengths: Any,
    target_lengths: Any,
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> Tensor:
    """Minus the log-likelihood of labels that are not aligned with the input.

    `targets` is ``(N, S)``, padded, or all labels one after the other. The mean first divides each loss by its number
    of labels. An infinite loss has gradient zero.
    """
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not a valid value for reduction")
    single = log_probs.dim() == 2
    log_probs = log_probs.unsqueeze(1) if single else log_probs
    times, batch, classes = log_probs.shape
    if not 0 <= blank < classes:
        raise RuntimeError("blank must be in label range")
    inputs = _lengths("input_lengths", input_lengths, batch, times)
    labels = _lengths("target_lengths", target_lengths, batch)
    if targets.dim() == 1:
        padded = np.zeros((batch, max(int(labels.max(initial=0)), 1)), np.int64)
        flat, starts = targets._host(), np.cumsum(labels) - labels
        if len(flat) != labels.sum():
            raise RuntimeError(
                f"Expected tensor to have size {labels.sum()} at dimension 0, but got size {len(flat)} for argument #2 "
                "'targets' (while checking arguments for ctc_loss_allocate_outputs)"
            )
        for row, start, n in zip(padded, starts, labels, strict=True):
            row[:n] = flat[start : start + n]
        targets = tensor_from_host(padded, log_probs.device)
    lengths = [tensor_from_host(x, log_probs.device) for x in (inputs, labels)]
    loss = ops._ctc_loss(log_probs, targets, *lengths, blank)
    if zero_infinity:
        loss = ops.where(loss == float("inf"), 0.0, loss)
    if reduction == "mean":
        return (loss / lengths[1].clamp_min(1).to(loss.dtype)).mean()
    if reduction == "sum":
        return loss.sum()
    return loss.squeeze(0) if single else loss
