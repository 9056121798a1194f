"""The autograd graph of a tensor as a picture and as a page, laid out without Graphviz."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from compat._autograd.function import FunctionNode
from compat._autograd.node import Node, Packed, edge_of
from compat._engine.value import Aval, Value
from compat._tensor.inplace import CopySlices
from compat._tensor.tensor import Tensor
from funcgrad.pages.graph import PageNode, graph_page, graph_picture

__all__ = ["html", "svg"]

_FREED = "freed by backward()"


def svg(var: Tensor | Sequence[Tensor], params: Mapping[str, Tensor] | None = None,
        path: str | Path | None = None) -> str:
    """A picture of the autograd graph, drawn without any program: leaves above, outputs below.

    Args:
      var: The output, or several.
      params: Names for the leaves, such as ``dict(model.named_parameters())``. Those that no gradient reaches are
        drawn, too: dashed.
      path: File to write as well.

    Returns:
      The SVG document.

    Example:
      >>> w = torch.ones(3, requires_grad=True)
      >>> svg((w * 2).sum(), params={"w": w})[:4]
      '<svg'

    Source:
      None in PyTorch; torchviz is nearest.
    """
    return _written(graph_picture(_page_nodes(var, params or {})), path)


def html(var: Tensor | Sequence[Tensor], params: Mapping[str, Tensor] | None = None,
         path: str | Path | None = None) -> str:
    """A page to explore the autograd graph with: zoom, search, click a node and read what is known of it.

    The panel says a node's shape and dtype, the tensors it saves for backward, and whether gradients flow through it;
    what they do not flow through is dashed. The page is one file, which loads nothing and needs no network. Call this
    before ``backward()`` to see the saved tensors, which that frees.

    Args:
      var: The output, or several.
      params: Names for the leaves, such as ``dict(model.named_parameters())``. Those that no gradient reaches are
        drawn, too.
      path: File to write as well.

    Returns:
      The HTML document.

    Example:
      >>> w = torch.ones(3, requires_grad=True)
      >>> "MulBackward0" in html((w * 2).sum(), params={"w": w})
      True

    Source:
      None in PyTorch; torchviz is nearest.
    """
    return _written(graph_page(_page_nodes(var, params or {}), "Autograd graph"), path)


def _written(text: str, path: str | Path | None) -> str:
    if path is not None:
        Path(path).write_text(text, encoding="utf-8")
    return text


def _page_nodes(var: Tensor | Sequence[Tensor], params: Mapping[str, Tensor]) -> list[PageNode]:
    outputs = list(var) if isinstance(var, tuple | list) else [var]
    for t in outputs:
        if not isinstance(t, Tensor):
            raise TypeError(f"the graph of a Tensor can be drawn, not that of a {type(t).__name__}")
    return _Graph(params).finish(outputs)


class _Graph:
    """A graph being read.

    Args:
      params: Names of leaves.
    """

    def __init__(self, params: Mapping[str, Tensor]) -> None:
        self.params = params
        self.names = {id(t): name for name, t in params.items()}
        self.made: list[PageNode] = []
        self.index_of: dict[int, int] = {}  # by the id of a node or tensor; the graph holds them all

    def finish(self, outputs: Sequence[Tensor]) -> list[PageNode]:
        """The nodes of all outputs, each after its inputs."""
        for position, t in enumerate(outputs):
            edge = edge_of(t)
            sources = [self._source(edge)] if edge is not None else []
            name = "output" if len(outputs) == 1 else f"output {position}"
            told = "begins here" if t.requires_grad else "none: it requires no grad"
            self._add("output", name, [t._aval], t.requires_grad, sources, told, {})
        for name, t in self.params.items():
            if id(t) not in self.index_of:
                why = "the output does not depend on it" if t.requires_grad else "it requires no grad"
                self._add("input", name, [t._aval], False, [], f"none: {why}", {}, key=id(t))
        return self.made

    def _source(self, edge: Any) -> int:
        """The index of what an edge leads to; all that it depends on is read first."""
        if type(edge) is not tuple:
            return self._leaf(edge)
        root = edge[0].known()
        pending: list[tuple[Any, Iterator[Any]]] = [(root, _nodes_before(root))]
        while pending:
            node, before = pending[-1]
            following = next((n for n in before if id(n) not in self.index_of), None)
            if following is not None:
                pending.append((following, _nodes_before(following)))
                continue
            pending.pop()
            if id(node) not in self.index_of:
                self._operation(node)
        return self.index_of[id(root)]

    def _operation(self, node: Any) -> None:
        sources = []
        for edge, aval, held, name in _operands(node):
            if edge is not None:
                sources.append(self.index_of[id(edge[0])] if type(edge) is tuple else self._leaf(edge))
            else:
                sources.append(self._data(aval, held, name))
        saved = dict(_saved(node, self.names))
        avals = list(node.outputs())
        self._add("operation", type(node).__name__, avals, True, sources, "flows through", saved, key=id(node))

    def _leaf(self, t: Tensor) -> int:
        if id(t) not in self.index_of:
            told = "stays here, in .grad" + ("" if t.grad is not None else " (None so far)")
            self._add("parameter", self.names.get(id(t), "leaf"), [t._aval], True, [], told, {}, key=id(t))
        return self.index_of[id(t)]

    def _data(self, aval: Aval, held: Any, name: str) -> int:
        """What an operation reads and no gradient goes to. Only if it is saved can we tell whether it is one again."""
        if held is None:
            return self._add("input", name, [aval], False, [], "none: it requires no grad", {})
        if id(held) not in self.index_of:
            name = self.names.get(id(held), name)
            self._add("input", name, [aval], False, [], "none: it requires no grad", {}, key=id(held))
        return self.index_of[id(held)]

    def _add(self, kind: Any, name: str, avals: Sequence[Aval], flows: bool, sources: Sequence[int], gradient: str,
             saved: Mapping[str, Any], key: int | None = None) -> int:
        index = len(self.made)
        if key is not None:
            self.index_of[key] = index
        facts = {
            "kind": "leaf" if kind == "parameter" else kind,
            "shape": [str(tuple(a.shape)) for a in avals],
            "dtype": [a.dtype.name for a in avals],
            "requires grad": "yes" if flows else "no",
            "gradient": gradient,
            **saved,
        }
        if kind == "input" and gradient.endswith("depend on it"):
            facts["requires grad"] = "yes"
        lines = (name, *(_described(a) for a in avals[:1]), *([f"and {len(avals) - 1} more"] if avals[1:] else []))
        self.made.append(PageNode(index, kind, name, lines, flows, tuple(dict.fromkeys(sources)), facts))
        return index


def _nodes_before(node: Any) -> Iterator[Any]:
    return (edge[0].known() for edge in node.edges if type(edge) is tuple)


def _operands(node: Any) -> Iterator[tuple[Any, Aval, Any, str]]:
    """Of each tensor that an operation reads: its edge or None, its aval, what is held of it or None, its name."""
    if isinstance(node, FunctionNode):
        for edge, aval in zip(node.edges, node.input_avals, strict=True):
            yield edge, aval, None, "input"
        return
    if isinstance(node, CopySlices) or node.vjp is None:
        for edge in node.edges:
            if edge is not None:
                yield edge, None, None, ""
        return
    edges = dict(zip(node.entry.edges, node.edges, strict=True))
    held = dict(zip(node.vjp.saved, node.saved, strict=False))  # nothing is held any more after backward
    names = _operand_names(node)
    for i, aval in enumerate(node.entry.ins):
        if type(aval) is Aval:
            x = held.get(i)
            yield edges.get(i), aval, x if isinstance(x, Tensor | Value) else None, names.get(i, "input")


def _operand_names(node: Node) -> dict[int, str]:
    """What PyTorch calls an operation's inputs, by position; ``input`` where it does not say more."""
    return {at[0]: name.removeprefix("_saved_") for name, at in node.entry.names.items() if type(at) is list}


def _saved(node: Any, names: Mapping[int, str]) -> Iterator[tuple[str, list[str]]]:
    """The fact of what a node keeps for backward, if it keeps anything, and how much memory the tensors take."""
    kept: list[tuple[str, Any]] = []
    if isinstance(node, CopySlices):
        node = node.inner
    if isinstance(node, FunctionNode):
        kept = [("", entry[1]) for entry in node.kept]
    elif node.vjp is not None:
        operands = _operand_names(node)
        kept = [(operands.get(i, f"input {i}"), x) for i, x in zip(node.vjp.saved, node.saved, strict=False)]
        kept += [("result", entry[0]) for entry in node.results or ()]
    if node.freed:
        yield "saved tensors", [_FREED]
        return
    avals = [x.aval if isinstance(x, Value) else x._aval for _, x in kept if isinstance(x, Tensor | Value)]
    lines = [f"{name}: {_kept(x, names)}".removeprefix(": ") for name, x in kept if x is not None]
    yield "saved tensors", lines or ["none"]
    if avals:
        yield "saved bytes", [f"{sum(a.nbytes for a in avals):,}"]


def _kept(x: Any, names: Mapping[int, str]) -> str:
    if isinstance(x, Packed):
        return "packed by a saved_tensors_hook"
    if not isinstance(x, Tensor | Value):
        return f"{x!r}"
    aval = x.aval if isinstance(x, Value) else x._aval
    return _described(aval) + (f", {names[id(x)]}" if id(x) in names else "")


def _described(aval: Aval) -> str:
    return f"{tuple(aval.shape)} {aval.dtype.name}"
