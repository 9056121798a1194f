"""A layer is one operation, of which PyTorch's graph shows two nodes.

``linear`` of a matrix is ``addmm`` with a transposed weight. Most programs never look at the graph, so the two are
recorded as one, and its node becomes PyTorch's when somebody does.
"""

from __future__ import annotations

from typing import Any

from compat._autograd.node import Node, backward_of, node_class
from compat._engine.program import ctx
from compat._engine.value import aval_of
from compat._ops.declare import TABLE
from compat._tensor.tensor import Tensor
from compat._tensor.views import transposed, transposition


def unfold(node: Node) -> None:
    """Let a node of ``affine`` be an AddmmBackward0 that leads, through a TBackward0, to the weight."""
    old, links = node.vjp, list(node.links)
    bias, rows, weight = node.entry.ins
    back = None
    if 2 in old.wanted:
        entry = transposition(weight).forward
        entry.node = node_class("TBackward0")
        back = object.__new__(entry.node)
        back.entry, back.vjp, back.links = entry, backward_of(entry, 1), [links[-1]]
        back.sequence = node.sequence - 0.5  # it was recorded between the operation before and this one
        links[-1] = back, 0
    addmm = TABLE["addmm"]
    key = bias, rows, aval_of(weight.dtype, weight.shape[::-1], weight.device), None, None
    node.entry = addmm.entries.get(key) or addmm.intern(key)
    node.vjp, node.links = backward_of(node.entry, sum(1 << i for i in old.wanted)), links
    if not node.freed:
        versions = node.versions or [0] * len(node.saved)
        kept = {i: (x, n) for i, x, n in zip(old.saved, node.saved, versions, strict=True)}
        node.saved = [_turned(*kept[i], back) if i == 2 else kept[i][0] for i in node.vjp.saved]
        node.versions = [kept[i][1] for i in node.vjp.saved]


def _turned(weight: Tensor, version: int, back: Any) -> Tensor:
    """The transposed weight that PyTorch saves, as it was recorded."""
    before, ctx.grad = ctx.grad, False
    try:
        t = transposed(weight)
    finally:
        ctx.grad = before
    t._node, t._rg, t._born, t._seen = back, back is not None, weight._born, version
    return t


__all__ = ["unfold"]
