"""Backward passes by plan: a graph of the same form as one seen before is not walked node by node again.

A training loop builds the same graph each iteration. Its form (each node's derivative, what its edges lead to, the
order of recording, which leaves have a gradient already) is looked up, and the instructions that the pass recorded the
last time are appended as they are, with only the slots of what was saved filled in. No gradient between the nodes
becomes an object of its own.

Whatever somebody could observe on the way, such as hooks, captured inputs, anomaly detection or ``create_graph``,
leaves the pass to ``compat._autograd.engine``.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp

from compat._autograd.above import Above
from compat._autograd.node import Node
from compat._autograd.route import LONGEST, written
from compat._engine.entry import Entry
from compat._engine.program import MAX_BYTES, Pause, append, ctx, slot_of
from compat._engine.value import Aval, Value

MAX_PLANS = 4096
MAX_ROUTES = 4  # that begin with the same derivative
AGAIN = 16  # walks that lead to a plan before the way is written out
ASTRAY = 64  # graphs in a row that go none of the ways written out, which are forgotten then
_plans: dict[tuple, Plan | None] = {}
_routes: dict[Any, _Routes] = {}  # by the loss's derivative
_accumulates: dict[tuple[Aval, Aval], Entry] = {}
_ones: dict[Aval, Entry] = {}
storing = threading.RLock()  # threads that share a leaf take turns


def ones_entry(a: Aval) -> Entry:
    """Ones: the cotangent of a loss."""
    e = _ones.get(a)
    if e is None:
        e = _ones[a] = Entry("ones", lambda: (jnp.ones(a.shape, a.dtype),), [], [a])
    return e


def accumulate_entry(a: Aval, b: Aval) -> Entry:
    """The sum of two gradients."""
    e = _accumulates.get((a, b))
    if e is None:
        e = _accumulates[(a, b)] = Entry("accumulate", lambda x, y: (x + y,), [a, b])
        e.backward = True
    return e


class Plan:
    """The instructions of a backward pass.

    Attributes:
      code: The instructions, with zeros where a slot has to be filled in.
      args: (place in ``code``, position in the pass's inputs) of each slot of a value from outside: what the nodes
        saved (in the order of the walk), then the gradients that leaves have already.
      refs: (place in ``code``, slot of a result counted from the pass's own first) of each slot of a gradient.
      leaves: (result number, aval) of each leaf's new gradient.
      n: How many results there are.
      nbytes: The bytes of the large ones.
      last: (first slot, slots from outside, code) of the last use: a steady loop fills in the same.
      uses: How often a walk led to it.
    """

    __slots__ = ("args", "code", "last", "leaves", "n", "nbytes", "refs", "uses")

    def fill(self, base: int, slots: list[int]) -> list[Any]:
        """The instructions for these slots."""
        last = self.last
        if last is not None and last[0] == base and last[1] == slots:
            return last[2]
        code = self.code[:]
        for at, k in self.args:
            code[at] = slots[k]
        for at, slot in self.refs:
            code[at] = base + slot
        self.last = (base, slots, code)
        return code


class _Routes:
    """Ways that were written out: (function, plan), the one gone last first; and how many graphs since went none."""

    __slots__ = ("known", "missed")

    def __init__(self) -> None:
        self.known: list[tuple[Any, Plan]] = []
        self.missed = 0

    def gone(self, k: int) -> None:
        """The k-th was right."""
        self.missed = 0
        if k:
            self.known.insert(0, self.known.pop(k))

    def astray(self) -> None:
        """None was."""
        self.missed += 1
        if self.missed > ASTRAY:
            self.known.clear()


def run_plan(root: Any, keep: bool) -> bool:
    """Run the backward pass of a loss of one element, if it can run by plan.

    Args:
      root: The loss.
      keep: Whether the graph can be used again.

    Returns:
      Whether it ran. If not, nothing has changed.

    Raises:
      RuntimeError: as the engine does, for what was freed or modified.
    """
    if root._base is not None:
        root._refresh()
    node = root._node
    with storing:
        routes = None if node is None else _routes.get(node.vjp)
        if routes is not None:
            for k, (follow, plan) in enumerate(routes.known):
                gone = follow(root)
                if gone is not None:
                    routes.gone(k)
                    return _append(plan, keep, *gone)
            routes.astray()
        found = _walk(root)
        return found is not None and _run(root, keep, *found)


def _append(plan: Plan, keep: bool, keeping: Sequence[Node], leaves: Sequence[Any], olds: Sequence[Any],
            values: list[Any]) -> bool:
    """Record the pass, unless its program cannot take it; whether it did.

    Args:
      plan: Its instructions.
      keep: Whether the graph can be used again.
      keeping: The nodes that keep something.
      leaves: The leaves.
      olds: The gradients that they have.
      values: What the nodes keep, then the values of those gradients.
    """
    p = ctx.now.prog
    if p.nbytes + plan.nbytes > MAX_BYTES:
        return False
    try:
        slots = [v.slot if v.__class__ is Value and v.prog is p else slot_of(p, v) for v in values]
    except Pause:
        return False
    made = append(p, plan.fill(p.n << 2, slots), plan.n, plan.nbytes, plan.leaves)
    if not keep:
        for node in keeping:
            node.freed = True
            node.saved = ()
            node.results = None
    for t, old, value in zip(leaves, olds, made, strict=True):
        if old is None:
            t._grad = Above.make(value)
        else:
            old._write(value)
    return True


def _run(root: Any, keep: bool, nodes: list[Node], leaves: list[Any], form: list[Any],
         order: Sequence[int]) -> bool:
    olds, before, places = [], [], []
    for t in leaves:
        g = t._grad
        olds.append(g)
        if g is None:
            form.append(None)
            continue
        if g._view is not None:
            return False  # gradients may share memory
        value = g._v
        if value is None:
            value = g._read()
        form.append(value.aval)
        before.append(value)
        places.append(g._st or g)
    if len(places) > 1 and len(set(places)) != len(places):
        return False
    key = tuple(form)
    plan = _plans.get(key, False)
    if plan is False:
        if len(_plans) >= MAX_PLANS:
            _plans.pop(next(iter(_plans)))
        plan = _plans[key] = _build(nodes, leaves, order, root, olds)
    if plan is None:
        return False
    values: list[Any] = []
    keeping = [node for node in nodes if node.saved or node.results is not None or node.freed]
    for node in keeping:
        node.recall(values)
    values += before
    plan.uses += 1
    if plan.uses == AGAIN and len(nodes) <= LONGEST:
        routes = _routes.setdefault(nodes[0].vjp, _Routes())
        routes.known.insert(0, (written(root, nodes, leaves, order), plan))
        del routes.known[MAX_ROUTES:]
    return _append(plan, keep, keeping, leaves, olds, values)


def _walk(root: Any) -> tuple[list[Node], list[Any], list[Any], Sequence[int]] | None:
    """(nodes, leaves, the form, the order in which the nodes run) of a graph; None if it must not run by plan."""
    first = root._node
    aval = root._aval
    if first is None or aval.size != 1 or not aval.real:
        return None
    nodes = [first]
    leaves: list[Any] = []
    form: list[Any] = [root._nr]
    number: dict[Any, int] = {first: 0}
    branched = False
    for node in nodes:  # it grows while we look
        if not node.plain:
            return None
        form.append(node.vjp)
        inner = False
        for link in node.links:
            if link.__class__ is tuple:
                child, nr = link
                if child in number:
                    form.append((number[child], nr))
                else:
                    number[child] = len(nodes)
                    nodes.append(child)
                    form.append(nr)
                    if inner:
                        branched = True
                    inner = True
            elif link in number:
                form.append(number[link])
            else:
                if not link._rg or link._hooks or link._post or link._acc is not None:
                    return None
                number[link] = ~len(leaves)
                leaves.append(link)
                form.append(None)
    if not branched:  # what leads to a node was recorded before it
        return nodes, leaves, form, range(len(nodes))
    order = sorted(range(len(nodes)), key=lambda k: -nodes[k].sequence)
    form += order
    return nodes, leaves, form, order


class _Builder:
    """The pass over a graph's form, with numbers of results in the place of gradients."""

    def __init__(self) -> None:
        self.code: list[Any] = []
        self.args: list[tuple[int, int]] = []
        self.refs: list[tuple[int, int]] = []
        self.avals: list[Aval] = []
        self.seen = 0  # values from outside so far

    def put(self, e: Entry, outside: Sequence[int], grads: Sequence[int]) -> int:
        """Append an instruction on values from outside and gradients; the number of its first result."""
        self.code.append(e)
        for k in outside:
            self.args.append((len(self.code), k))
            self.code.append(0)
        for r in grads:
            self.refs.append((len(self.code), r << 2))
            self.code.append(0)
        first = len(self.avals)
        self.avals += e.outs
        return first

    def deliver(self, received: dict, at: Any, g: int) -> None:
        """Add a gradient to what has been received there."""
        old = received.get(at)
        received[at] = g if old is None else self.put(accumulate_entry(self.avals[old], self.avals[g]), (), (old, g))

    def take(self, n: int) -> range:
        """The numbers of the next n values from outside."""
        self.seen += n
        return range(self.seen - n, self.seen)


def _build(nodes: list[Node], leaves: list[Any], order: Sequence[int], root: Any, olds: list[Any]) -> Plan | None:
    """The plan of a graph; None where a node waits for a gradient that never comes, or comes late."""
    b = _Builder()
    saved = [b.take(len(n.vjp.entry.ins) - len(n.vjp.given)) for n in nodes]
    received: dict[Any, Any] = {nodes[0]: {root._nr: b.put(ones_entry(root._aval), (), ())}}
    final: dict[Any, int] = {}
    ran = set()
    for i in order:
        node = nodes[i]
        ran.add(node)
        grads = received.pop(node, {})
        if any(j not in grads for j in node.vjp.given):
            return None
        first = b.put(node.vjp.entry, saved[i], [grads[j] for j in node.vjp.given])
        for g, link in enumerate(node.links, first):
            if link.__class__ is tuple:
                if link[0] in ran:
                    return None
                b.deliver(received.setdefault(link[0], {}), link[1], g)
            else:
                b.deliver(final, link, g)
    plan = Plan()
    plan.leaves = []
    for t, old in zip(leaves, olds, strict=True):
        g = final[t]
        if old is not None:
            g = b.put(accumulate_entry(old._aval, b.avals[g]), b.take(1), (g,))
        plan.leaves.append((g, b.avals[g]))
    plan.code, plan.args, plan.refs, plan.n, plan.last = b.code, b.args, b.refs, len(b.avals), None
    plan.uses = 0
    plan.nbytes = sum(c.big for c in b.code if c.__class__ is Entry)
    return plan


__all__ = ["accumulate_entry", "ones_entry", "run_plan", "storing"]
