"""The way through a graph that has been gone before, written out as code.

`compat._autograd.plan` finds the plan of a graph by its form, for which it walks from node to node. Where a form comes
back, the walk is written out: one line for each thing that has to be as it was, and no loop, list or tuple between. A
graph that is not the same at some line is walked as before.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from compat._autograd.node import Node
from compat._engine.value import Value

LONGEST = 400  # nodes: the code of more takes long to compile


def written(root: Any, nodes: Sequence[Node], leaves: Sequence[Any], order: Sequence[int]) -> Any:
    """The function that goes through graphs of this form.

    It is given a loss and returns (nodes that keep something, leaves, their gradients, values): these are what the
    nodes keep, then the gradients that leaves have already. For another graph it returns None; nothing has changed.

    Args:
      root: A loss with such a graph, which was not run yet.
      nodes: Its nodes, as the walk finds them.
      leaves: Its leaves.
      order: The order in which the nodes run.
    """
    w = _Writer()
    w.need(f"root._nr == {root._nr}")
    w.lines += ["v = root._v", "if v is None: v = root._aval_source()"]
    w.need(f"v.aval is {w.name(root._aval)}")
    w.lines.append("n0 = root._node")
    number: dict[Any, int] = {nodes[0]: 0}
    of_leaf: dict[int, int] = {}
    for k, node in enumerate(nodes):
        w.need(f"n{k}.vjp is {w.name(node.vjp)} and n{k}.plain and not n{k}.freed")
        links = node.links
        if links:
            w.lines.append(f"l = n{k}.links")
        for i, link in enumerate(links):
            if link.__class__ is not tuple:
                at = of_leaf.get(id(link))
                if at is not None:
                    w.need(f"l[{i}] is t{at}")
                    continue
                at = of_leaf[id(link)] = len(of_leaf)
                w.lines.append(f"t{at} = l[{i}]")
                w.need(f"t{at}.__class__ is not tuple and t{at}._rg and not t{at}._hooks and not t{at}._post "
                       f"and t{at}._acc is None")
                continue
            w.lines.append(f"a = l[{i}]")
            w.need("a.__class__ is tuple")
            child, nr = link
            if child in number:
                w.need(f"a[0] is n{number[child]} and a[1] == {nr}")
            else:
                number[child] = len(number)
                w.lines.append(f"n{number[child]}, r = a")
                w.need(f"r == {nr}")
    for names, kind in ((_listed("n", len(nodes)), "{}"), (_listed("t", len(leaves)), "set(map(id, {}))")):
        count = names.count(",")
        if count > 1:  # two places of the form are never the same thing
            w.need(f"len({kind.format('{' + names + '}' if kind == '{}' else '(' + names + ')')}) == {count}")
    if list(order) != list(range(len(nodes))):
        w.need(" > ".join(f"n{k}.sequence" for k in order))
    w.lines.append("values = []")
    keeping = [k for k, node in enumerate(nodes) if w.kept(k, node)]
    w.gradients(leaves)
    w.lines.append(f"return ({_listed('n', keeping)}), ({_listed('t', len(leaves))}), "
                   f"({_listed('g', len(leaves))}), values")
    return w.function()


def _listed(prefix: str, which: int | Sequence[int]) -> str:
    return "".join(f"{prefix}{k}, " for k in (range(which) if isinstance(which, int) else which))


class _Writer:
    """The lines of the function, and the objects that they name."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.names: dict[str, Any] = {"Value": Value}
        self._given: dict[int, str] = {}

    def name(self, x: Any) -> str:
        """A name for an object."""
        name = self._given.get(id(x))
        if name is None:
            name = self._given[id(x)] = f"c{len(self._given)}"
            self.names[name] = x
        return name

    def need(self, condition: str) -> None:
        """Another graph unless this holds."""
        self.lines.append(f"if not ({condition}): return None")

    def kept(self, k: int, node: Node) -> bool:
        """Collect what a node keeps; whether it keeps something."""
        kept = node.saved
        if kept:
            self.lines += [f"s = n{k}.saved", f"u = n{k}.versions"]
        for i, x in enumerate(kept):
            self.lines.append(f"x = s[{i}]")
            self.need(f"x.__class__ is {self.name(x.__class__)}")
            if not hasattr(x, "_v"):  # a value or a number
                self.lines.append("values.append(x)")
                continue
            self.lines.append("v = x._ver")
            self.need(f"v is None or v.n == (0 if u is None else u[{i}])")
            self.lines += ["v = x._v", "values.append(x._read() if v is None else v)"]
        results = node.results
        if results is not None:
            self.lines.append(f"s = n{k}.results")
            for i in range(len(results)):
                self.lines.append(f"x, v, m = s[{i}]")
                self.need("x.__class__ is Value and v.n == m")
                self.lines.append("values.append(x)")
        return bool(kept) or results is not None

    def gradients(self, leaves: Sequence[Any]) -> None:
        """Collect the gradients that leaves have."""
        places = []
        for k, t in enumerate(leaves):
            self.lines.append(f"g{k} = t{k}._grad")
            if t._grad is None:
                self.need(f"g{k} is None")
                continue
            self.need(f"g{k} is not None and g{k}._view is None")
            self.lines += [f"v = g{k}._v", f"if v is None: v = g{k}._read()"]
            self.need(f"v.aval is {self.name(t._grad._aval)}")
            self.lines.append("values.append(v)")
            places.append(f"id(g{k}._st or g{k}), ")
        if len(places) > 1:  # gradients that share memory
            self.need(f"len({{{''.join(places)}}}) == {len(places)}")

    def function(self) -> Any:
        """The function."""
        body = "\n".join(f" {line}" for line in self.lines)
        exec(compile(f"def follow(root):\n{body}", "<route>", "exec"), self.names)  # noqa: S102 - our own template
        return self.names["follow"]


__all__ = ["LONGEST", "written"]
