"""Row of attention."""

from typing import Any

from compat._ops.declare import op
from funcgrad.ops import attention as K


def _node(arguments: dict[str, Any]) -> str:
    """PyTorch's fused kernel takes batches of heads of one width; the rest is made of products."""
    query, value = arguments["query"], arguments["value"]
    if len(query.shape) == 4 and query.shape[-1] == value.shape[-1]:
        return "ScaledDotProductFlashAttentionForCpuBackward0"
    return "MmBackward0" if len(query.shape) == 2 else "UnsafeViewBackward0"


op(K.scaled_dot_product_attention, node=_node, saves="both", method=False, function=False)
