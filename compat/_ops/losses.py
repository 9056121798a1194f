"""Rows of the losses that are one node in PyTorch; the others are made of operators in ``nn.functional``."""

from typing import Any

from compat._ops.declare import op
from funcgrad import losses as K

_hidden = {"method": False, "function": False}


def _nll_node(arguments: Any) -> str:
    return "NllLossBackward0" if len(arguments["input"].shape) <= 2 else "NllLoss2DBackward0"


op(K.mse_loss, **_hidden)
op(K.smooth_l1_loss, node="SmoothL1LossBackward0", **_hidden)
op(K.huber_loss, **_hidden)
op(K.binary_cross_entropy, **_hidden)
op(K.binary_cross_entropy_with_logits, method=False)
op(K.nll_loss, node=_nll_node, check=K.check_nll, check_params="target", **_hidden)
op(K.soft_margin_loss, **_hidden)
op(K.multi_margin_loss, check=K.check_multi_margin, check_params="target", **_hidden)
op(K.multilabel_margin_loss, check=K.check_multilabel_margin, check_params="target", **_hidden)
