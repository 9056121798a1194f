"""The computation graph of a function: what PyTorch records during a forward pass, and what backward walks over."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, NamedTuple

from funcgrad.masks import Where
from funcgrad.pages.graph import FILLS, PageNode, graph_page, graph_picture
from funcgrad.propagation import Operation, Program, Value, trace_program

try:
    import graphviz
except ImportError:  # an extra: only pictures laid out by Graphviz need it
    graphviz = None

__all__ = ["Graph", "Node", "graph"]

Kind = Literal["parameter", "input", "constant", "operation", "output"]

_NO_PACKAGE = """drawing a PNG needs the Python package graphviz, which is not installed.

    pip install 'funcgrad[viz]'

It also needs the Graphviz program itself (`apt install graphviz`, `brew install graphviz`). `to_svg` needs neither."""
_NO_PROGRAM = """drawing a PNG needs Graphviz's program `dot`, which was not found on the PATH.

    apt install graphviz        (Debian, Ubuntu)
    brew install graphviz       (macOS)

`to_svg` draws without it, and `to_dot` gives the text that it reads."""


class Node(NamedTuple):
    """A leaf, an operation or an output of a computation graph."""

    index: int
    kind: Kind
    name: str
    scope: str  # names of the functions an operation stands in, joined by slashes
    shape: tuple[int, ...]
    dtype: str
    requires_grad: bool
    visited: bool  # by backward
    inputs: tuple[int, ...]  # indices of nodes

    @property
    def is_leaf(self) -> bool:
        """Whether nothing was computed to get it."""
        return self.kind in ("parameter", "input", "constant")

    @property
    def retains_grad(self) -> bool:
        """Whether backward leaves a gradient here: at leaves that require one."""
        return self.is_leaf and self.requires_grad


class Graph(NamedTuple):
    """A computation graph; see `graph`."""

    nodes: tuple[Node, ...]  # leaves first, then operations in the order of the forward pass, then outputs

    @property
    def leaves(self) -> tuple[Node, ...]:
        """The function's arguments and constants."""
        return tuple(node for node in self.nodes if node.is_leaf)

    @property
    def outputs(self) -> tuple[Node, ...]:
        """The function's results, where backward begins."""
        return tuple(node for node in self.nodes if node.kind == "output")

    def backward(self) -> "Graph":
        """The part that backward visits: what PyTorch keeps until ``backward()`` has freed it.

        Example:
          >>> whole = graph(lambda w, x: w * abs(x))(1.0, 2.0)
          >>> [node.name for node in whole.backward().nodes]
          ['w', 'mul', 'output']
        """
        kept = {node.index for node in self.nodes if node.visited}
        return Graph(
            tuple(
                node._replace(inputs=tuple(index for index in node.inputs if index in kept))
                for node in self.nodes
                if node.index in kept
            )
        )

    def to_dot(self) -> str:
        r"""The graph in Graphviz's language: what backward visits in full lines, the rest dashed.

        Example:
          >>> import numpy as np
          >>> print(graph(lambda w: 2 * w)(np.ones(3, np.float32)).to_dot())
          digraph {
            node [shape=box, style=filled, fontname="sans-serif", fontsize=10]
            0 [label="w\n(3,) float32", fillcolor="#bfdbfe"]
            1 [label="mul\n(3,) float32", fillcolor="#ffffff"]
            2 [label="output\n(3,) float32", fillcolor="#bbf7d0"]
            0 -> 1
            1 -> 2
          }
        """
        lines = ["digraph {", '  node [shape=box, style=filled, fontname="sans-serif", fontsize=10]']
        for node in self.nodes:
            label = "\\n".join(_label(node)).replace('"', '\\"')
            unvisited = "" if node.visited else ', style="filled,dashed", fontcolor="#6b7280"'
            lines.append(f'  {node.index} [label="{label}", fillcolor="{FILLS[node.kind]}"{unvisited}]')
        by_index = {node.index: node for node in self.nodes}
        for node in self.nodes:
            for source in node.inputs:
                visited = node.visited and by_index[source].visited
                lines.append(f"  {source} -> {node.index}{'' if visited else ' [style=dashed]'}")
        return "\n".join([*lines, "}"])

    def to_svg(self, path: str | Path | None = None) -> str:
        """A picture of the graph, drawn without any program: leaves above, outputs below.

        Args:
          path: File to write as well.

        Returns:
          The SVG document.

        Example:
          >>> graph(lambda w: 2 * w)(1.0).to_svg()[:4]
          '<svg'
        """
        text = graph_picture([_page_node(node) for node in self.nodes])
        if path is not None:
            Path(path).write_text(text, encoding="utf-8")
        return text

    def to_html(self, path: str | Path | None = None) -> str:
        """A page to explore the graph with: zoom, search, click a node and read what is known of it.

        It is one file, which loads nothing and needs no network. What XLA saves for backward is decided when the
        derivative is compiled, so unlike ``compat.viz.html`` it says nothing of saved tensors.

        Args:
          path: File to write as well.

        Returns:
          The HTML document.

        Example:
          >>> graph(lambda w: 2 * w)(1.0).to_html().splitlines()[0]
          '<!DOCTYPE html>'
        """
        text = graph_page([_page_node(node) for node in self.nodes], "Computation graph")
        if path is not None:
            Path(path).write_text(text, encoding="utf-8")
        return text

    def to_png(self, path: str | Path | None = None) -> bytes:
        """A picture of the graph, drawn by Graphviz.

        Args:
          path: File to write as well.

        Returns:
          The PNG file's bytes.

        Raises:
          ImportError: if the Python package graphviz is missing.
          RuntimeError: if Graphviz's program is missing.
        """
        if graphviz is None:
            raise ImportError(_NO_PACKAGE)
        try:
            picture = graphviz.Source(self.to_dot()).pipe(format="png")
        except graphviz.ExecutableNotFound as error:
            raise RuntimeError(_NO_PROGRAM) from error
        if path is not None:
            Path(path).write_bytes(picture)
        return picture


def _label(node: Node) -> list[str]:
    lines = [node.name, node.scope, f"{node.shape} {node.dtype}" if node.dtype else ""]
    return [line for line in lines if line]


def _page_node(node: Node) -> PageNode:
    facts = {
        "kind": node.kind,
        "scope": node.scope,
        "shape": str(node.shape) if node.dtype else "",
        "dtype": node.dtype,
        "requires grad": "yes" if node.requires_grad else "no",
        "gradient": _gradient(node),
    }
    told = {key: fact for key, fact in facts.items() if fact}
    return PageNode(node.index, node.kind, node.name, tuple(_label(node)), node.visited, node.inputs, told)


def _gradient(node: Node) -> str:
    if node.visited:
        return "stays here" if node.retains_grad else "flows through"
    return "none: the result does not depend on it" if node.requires_grad else "none: it requires no grad"


def _leaf(value: Value, index: int, visited: bool) -> Node:
    kind: Kind = "parameter" if value.requires_grad else "input"
    name = value.name
    return Node(index, kind, name, "", value.shape, _dtype_name(value), value.requires_grad, visited, ())


def _dtype_name(value: Value) -> str:
    return "" if value.dtype is None else str(value.dtype)


def _unique(indices: list[int]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(indices))


def _from_program(program: Program) -> Graph:
    used = {index for operation in program.operations for index in operation.inputs} | set(program.results)
    walked = {index for operation in program.operations if operation.visited for index in operation.inputs}
    walked.update(program.results)
    nodes: list[Node] = []
    node_of: dict[int, int] = {}
    for index in (*program.leaves, *(index for index in program.constants if index in used)):
        value = program.values[index]
        node_of[index] = len(nodes)
        node = _leaf(value, len(nodes), value.requires_grad and index in walked)
        nodes.append(node._replace(kind="constant") if index in program.constants else node)
    for operation in program.operations:
        nodes.append(_operation(operation, program, len(nodes), node_of))
        node_of.update(dict.fromkeys(operation.outputs, len(nodes) - 1))
    for position, index in enumerate(program.results):
        value = program.values[index]
        name = "output" if len(program.results) == 1 else f"output {position}"
        requires = value.requires_grad
        dtype = _dtype_name(value)
        source = (node_of[index],)
        nodes.append(Node(len(nodes), "output", name, "", value.shape, dtype, requires, requires, source))
    return Graph(tuple(nodes))


def _operation(operation: Operation, program: Program, index: int, node_of: dict[int, int]) -> Node:
    result = program.values[operation.outputs[0]] if operation.outputs else Value(-1, (), None, False, "")
    return Node(
        index,
        "operation",
        operation.name,
        operation.scope,
        result.shape,
        _dtype_name(result),
        operation.requires_grad,
        operation.visited,
        _unique([node_of[source] for source in operation.inputs]),
    )


def graph(
    fn: Callable[..., Any], where: Where = True, *, argnum: int = 0, open_above: int = 16
) -> Callable[..., Graph]:
    """The computation graph of a function, read off its jaxpr.

    Answers "what is the computation graph, which are its leaves, and what does it look like?". Operations are its
    nodes; the marked leaves, the parameters, are where gradients stay; the outputs are where backward begins. JAX
    builds it when a function is traced, not when it runs.

    Args:
      fn: Any function that jax can trace.
      where: Which leaves of the argument to mark, as for `requires_grad`.
      argnum: Position of the argument that is marked; all others are data.
      open_above: Calls of functions with more primitives than this are drawn as their parts, others as one node.

    Returns:
      A function with the arguments of `fn`, which may be ``jax.ShapeDtypeStruct``, that returns a `Graph`.

    Raises:
      ValueError: (by the returned function) if a pattern matches no leaf.

    Example:
      >>> found = graph(lambda p, x: p["w"] * x + p["b"], where="w")({"w": 2.0, "b": 1.0}, 3.0)
      >>> [(leaf.name, leaf.requires_grad, leaf.retains_grad) for leaf in found.leaves]
      [('b', False, False), ('w', True, True), ('x', False, False)]

    Source:
      PyTorch's notes on autograd mechanics; the pictures resemble torchviz's.
    """
    trace = trace_program(fn, where, argnum=argnum, open_above=open_above)

    def traced(*args: Any, **kwargs: Any) -> Graph:
        return _from_program(trace(*args, **kwargs)[0])

    return traced
