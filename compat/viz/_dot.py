"""The autograd graph in Graphviz's language, with torchviz's labels and colours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from compat._autograd.node import AccumulateGrad
from compat._tensor.tensor import Tensor

if TYPE_CHECKING:
    from graphviz import Digraph

try:
    import graphviz
except ImportError:  # an extra: only `make_dot` needs it
    graphviz = None

__all__ = ["make_dot"]

OUTPUT, BASE, LEAF, SAVED = "darkolivegreen1", "darkolivegreen3", "lightblue", "orange"
_PREFIX = "_saved_"
_NO_PACKAGE = """compat.viz.make_dot needs the Python package graphviz, which is not installed.

    pip install 'funcgrad[viz]'

To render what it returns takes the Graphviz program itself (`apt install graphviz`, `brew install graphviz`).
compat.viz.svg and compat.viz.html draw the graph without either."""


def make_dot(var: Tensor | Sequence[Tensor], params: Mapping[str, Tensor] | None = None, show_attrs: bool = False,
             show_saved: bool = False, max_attr_chars: int = 50) -> Digraph:
    """The autograd graph of a tensor, as torchviz draws it.

    Grey boxes are backward functions, blue ones leaves that get a gradient, orange ones saved tensors, green ones the
    outputs; the base of an output that is a view is dark green. Unlike torchviz's, graphs may be of any depth. What a
    function keeps is what its derivative reads here, which may be less than in PyTorch.

    Args:
      var: The output, or several.
      params: Names for the leaves, such as ``dict(model.named_parameters())``.
      show_attrs: Whether to list what a backward function keeps besides tensors.
      show_saved: Whether to draw the tensors that backward functions keep. What an ``autograd.Function`` saved is
        always drawn.
      max_attr_chars: How many characters of such a value to show.

    Returns:
      The graph: its ``source`` is the text, ``render()`` makes a picture with Graphviz's program.

    Raises:
      ImportError: if the Python package graphviz is missing.
      TypeError: if one of ``params`` is no tensor.
      RuntimeError: if saved tensors are asked for that ``backward()`` has freed.

    Example:
      >>> w = torch.ones(3, requires_grad=True)
      >>> dot = make_dot((w * 2).sum(), params={"w": w})
      >>> [name for name in ("SumBackward0", "MulBackward0", "AccumulateGrad") if f"label={name}" in dot.source]
      ['SumBackward0', 'MulBackward0', 'AccumulateGrad']

    Source:
      torchviz 0.0.3, ``torchviz.make_dot``.
    """
    if graphviz is None:
        raise ImportError(_NO_PACKAGE)
    for name, t in (params or {}).items():
        if not isinstance(t, Tensor):
            raise TypeError(f"params[{name!r}] must be a Tensor, not {type(t).__name__}")
    style = {"style": "filled", "shape": "box", "align": "left", "fontsize": "10", "ranksep": "0.1", "height": "0.2",
             "fontname": "monospace"}
    dot = graphviz.Digraph(node_attr=style)
    drawing = _Drawing(dot, params or {}, show_attrs, show_saved, max_attr_chars)
    for t in var if isinstance(var, tuple | list) else (var,):
        drawing.add_output(t, OUTPUT)
    size = max(12, len(dot.body) * 0.15)
    dot.graph_attr.update(size=f"{size},{size}")
    return dot


class _Drawing:
    """A graph being drawn.

    Args:
      dot: What it is drawn into.
      params: Names of leaves.
      show_attrs: Whether labels list what nodes keep.
      show_saved: Whether the tensors that nodes keep are drawn.
      width: How many characters of a value a label shows.
    """

    def __init__(self, dot: Any, params: Mapping[str, Tensor], show_attrs: bool, show_saved: bool, width: int) -> None:
        self.dot = dot
        self.names = {id(t): name for name, t in params.items()}
        self.show_attrs, self.show_saved, self.width = show_attrs, show_saved, max(width, 3)
        self.seen: dict[int, Any] = {}  # by id, which is an object's own only while somebody holds the object

    def add_output(self, t: Tensor, colour: str) -> None:
        """Draw an output, or the base of one, and all that it came from."""
        if id(t) in self.seen:
            return
        self._draw_tensor(t, colour)
        if t.grad_fn is not None:
            self._add_graph(t.grad_fn)
            self._edge(t.grad_fn, t)
        if t._is_view() and t._base is not None:
            self.add_output(t._base, BASE)
            self._edge(t._base, t, style="dotted")

    def _add_graph(self, root: Any) -> None:
        pending: list[Iterator[Any]] = [iter((root,))]
        while pending:
            node = next(pending[-1], None)
            if node is None:
                pending.pop()
            elif id(node) not in self.seen:
                self.seen[id(node)] = node
                pending.append(self._sources(node))

    def _sources(self, node: Any) -> Iterator[Any]:
        """Draw a node; the nodes that it leads to, each of which is drawn whole before the next is asked for."""
        kept = _kept(node) if self.show_attrs or self.show_saved else {}
        if self.show_saved:
            for name, value in kept.items():
                for label, t in _tensors(name, value):
                    self._edge(node, t, dir="none")
                    self._draw_tensor(t, SAVED, label)
        if isinstance(node, AccumulateGrad):
            self._draw_tensor(node.variable, LEAF)
            self._edge(node.variable, node)
        self.dot.node(str(id(node)), _label(node, kept, self.width) if self.show_attrs else type(node).__name__)
        for source, _ in node.next_functions:
            if source is not None:
                self._edge(source, node)
                yield source
        for t in getattr(node, "saved_tensors", ()):
            if t is not None:
                self._edge(t, node, dir="none")
                self._draw_tensor(t, SAVED)

    def _draw_tensor(self, t: Tensor, colour: str, name: str = "") -> None:
        self.seen[id(t)] = t
        size = ", ".join(map(str, t.shape))
        self.dot.node(str(id(t)), f"{name or self.names.get(id(t), '')}\n ({size})", fillcolor=colour)

    def _edge(self, tail: Any, head: Any, **style: str) -> None:
        self.dot.edge(str(id(tail)), str(id(head)), **style)


def _kept(node: Any) -> dict[str, Any]:
    """What a node keeps, by PyTorch's names without their prefix."""
    return {name[len(_PREFIX):]: getattr(node, name) for name in dir(node) if name.startswith(_PREFIX)}


def _tensors(name: str, value: Any) -> list[tuple[str, Tensor]]:
    if isinstance(value, Tensor):
        return [(name, value)]
    if isinstance(value, tuple):
        return [(f"{name}[{i}]", t) for i, t in enumerate(value) if isinstance(t, Tensor)]
    return []


def _label(node: Any, kept: Mapping[str, Any], width: int) -> str:
    """The node's name above a table of what it keeps."""
    title = type(node).__name__
    if not kept:
        return title
    texts = {name: _text(value) for name, value in kept.items()}
    left = max(map(len, texts))
    right = min(max(map(len, texts.values())), width)
    rows = [f"{name:<{left}}: {_shortened(text, right):>{right}}" for name, text in texts.items()]
    return "\n".join([title, "-" * max(left + right + 2, len(title)), *rows])


def _text(value: Any) -> str:
    if isinstance(value, Tensor):
        return "[saved tensor]"
    return "[saved tensors]" if _tensors("", value) else str(value)


def _shortened(text: str, width: int) -> str:
    return text if len(text) <= width else text[:width - 3] + "..."
