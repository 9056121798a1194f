"""Rows of the losses that are one node in PyTorch; the others are made of operators in ``nn.functional``."""

from typing import Any

import jax

from compat._engine.program import to_numpy
from compat._ops.declare import composite, op, ops
from compat._tensor.tensor import Tensor
from funcgrad import losses as K

_hidden = {"method": False, "function": False}


def _nll_node(arguments: Any) -> str:
    return "NllLossBackward0" if len(arguments["input"].shape) <= 2 else "NllLoss2DBackward0"


op(K.mse_loss, **_hidden)
op(K.smooth_l1_loss, node="SmoothL1LossBackward0", **_hidden)
op(K.huber_loss, **_hidden)
op(K.binary_cross_entropy, "_binary_cross_entropy", node="BinaryCrossEntropyBackward0", **_hidden)
op(K.binary_cross_entropy_with_logits, method=False)
op(K.nll_loss, node=_nll_node, check=K.check_nll, check_params="target", **_hidden)
op(K.soft_margin_loss, **_hidden)
op(K.multi_margin_loss, check=K.check_multi_margin, check_params="target", **_hidden)
op(K.multilabel_margin_loss, check=K.check_multilabel_margin, check_params="target", **_hidden)


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
    if input.is_floating_point() and not _is_probability(input) and not _traced(input):
        _require_unit("input", input)
    if target.is_floating_point() and not target._value().pending and not _traced(target):
        # targets still to be computed are believed: looking would cut the program at every step
        _require_unit("target", target)
    return ops._binary_cross_entropy(input, target, weight, reduction=reduction)


def _traced(x: Tensor) -> bool:
    return isinstance(x._value().buf, jax.core.Tracer)
