"""Row of recurrent layers."""

from typing import Any

from compat._ops.declare import op
from funcgrad.ops import recurrent as K


def _node(arguments: dict[str, Any]) -> str:
    """PyTorch has one operator for a whole LSTM in float32; other layers are made step by step, and stacked."""
    whole = arguments["mode"] == "LSTM" and arguments["w_hr"] is None and arguments["lengths"] is None
    return "MkldnnRnnLayerBackward0" if whole and arguments["gates"].dtype == "float32" else "StackBackward0"


op(K.recurrent, "_recurrent", node=_node, vjp=K.recurrent_vjp, saves="both", method=False, function=False)
