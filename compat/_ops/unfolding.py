"""A layer is one operation, of which PyTorch's graph shows two nodes, or three.

``linear`` is ``addmm`` of a matrix with a transposed weight; an input of other dimensions is viewed as a matrix first.
Most programs never look at the graph, so all of it is recorded as one operation, whose node becomes PyTorch's when
somebody does.
"""

from __future__ import annotations

import math
from typing import Any

from compat._autograd.node import Node, backward_of, node_class
from compat._engine.entry import Entry
from compat._engine.program import ctx
from compat._engine.value import aval_of
from compat._ops.declare import TABLE
from compat._tensor.tensor import Tensor
from compat._tensor.views import flattening, transposed, transposition


def unfold(node: Node) -> None:
    """Let a node of ``affine`` be an AddmmBackward0 that leads, through views, to the input and the weight."""
    old = node.vjp
    links = dict(zip(old.wanted, node.links, strict=True))
    bias, rows, weight = node.entry.ins
    turn, flat = transposition(weight), None if rows.ndim == 2 else flattening(rows)
    if 1 in links and flat is not None:
        links[1] = _view_node("ViewBackward0", flat.forward, links[1], node.sequence - 0.75), 0
    if 2 in links:
        links[2] = _view_node("TBackward0", turn.forward, links[2], node.sequence - 0.5), 0
    lead = math.prod(rows.shape[:-1])
    addmm = TABLE["addmm"]
    key = (bias, aval_of(rows.dtype, (lead, rows.shape[-1]), rows.device),
           aval_of(weight.dtype, weight.shape[::-1], weight.device), None, None)
    node.entry = addmm.entries.get(key) or addmm.intern(key)
    node.vjp, node.links = backward_of(node.entry, sum(1 << i for i in links)), [links[i] for i in sorted(links)]
    if not node.freed:
        versions = node.versions or [0] * len(node.saved)
        kept = {i: (x, n) for i, x, n in zip(old.saved, node.saved, versions, strict=True)}
        node.versions = [kept[i][1] for i in node.vjp.saved]
        node.saved = [kept[i][0] for i in node.vjp.saved]
        for k, i in enumerate(node.vjp.saved):
            if i == 2 or flat is not None:
                node.saved[k] = _viewed(*kept[i], i == 2, links.get(i))


def _view_node(name: str, entry: Entry, link: Any, sequence: float) -> Node:
    """The node of a view that was recorded between the operation before and this one."""
    entry.node = node_class(name)
    node = object.__new__(entry.node)
    node.entry, node.vjp, node.links, node.sequence = entry, backward_of(entry, 1), [link], sequence
    return node


def _viewed(x: Tensor, version: int, turned: bool, link: Any) -> Tensor:
    """The view of a tensor that PyTorch saves, as it was when it was recorded."""
    before, ctx.grad = ctx.grad, False
    try:
        t = transposed(x) if turned else x.view(-1, x._aval.shape[-1])
    finally:
        ctx.grad = before
    t._node, t._rg, t._born, t._seen = link and link[0], link is not None, x._born, version
    return t


__all__ = ["unfold"]
