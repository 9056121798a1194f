"""The backward pass: nodes run in reverse order of their recording, and gradients add up on the way to the leaves.

Gradients travel as Values when the pass itself is not recorded, as Tensors when it is (``create_graph``). Either way
each node's derivative is one more recorded operation, so that forward and backward meet in one XLA program.
"""

from __future__ import annotations

import heapq
import itertools
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import jax.numpy as jnp

from compat._autograd.above import Above
from compat._autograd.modes import _Anomaly
from compat._autograd.node import Node
from compat._autograd.plan import accumulate_entry, ones_entry, storing
from compat._engine.entry import Entry
from compat._engine.program import ctx, record, record_many, to_numpy
from compat._engine.value import Aval, Value

_zeros: dict[Aval, Entry] = {}
_tasks = itertools.count()


def ones_value(a: Aval) -> Value:
    """Ones of an aval."""
    return record(ones_entry(a))


def zeros_value(a: Aval) -> Value:
    """Zeros of an aval."""
    e = _zeros.get(a)
    if e is None:
        e = _zeros[a] = Entry("zeros", lambda: (jnp.zeros(a.shape, a.dtype),), [], [a])
    return record(e)


def _add(a: Any, b: Any, track: bool) -> Any:
    if track:
        return Above.add(a, b)
    return record(accumulate_entry(a.aval, b.aval), a, b)


class _Task:
    """One backward pass."""

    __slots__ = ("accumulate", "buffers", "captures", "captured", "deps", "id", "keep", "leaf_captures", "needed",
                 "ready", "track", "finals", "simple")

    def __init__(self, keep: bool, track: bool, accumulate: bool) -> None:
        self.id = next(_tasks)
        self.keep, self.track, self.accumulate = keep, track, accumulate
        self.buffers: dict[Any, Any] = {}
        self.deps: dict[Any, int] = {}
        self.ready: list[tuple[int, int, Node]] = []
        self.captures: dict[Node, dict[int, list[int]]] = {}  # node -> output -> positions in the request
        self.leaf_captures: dict[Any, list[int]] = {}
        self.captured: dict[int, Any] = {}
        self.needed: dict[Any, bool] | None = None
        self.finals: list[Callable[[], None]] = []
        self.simple = not track and not _Anomaly.enabled


def run_backward(roots: Sequence[tuple[Any, Any]], keep: bool, create: bool, inputs: Sequence[Any] | None,
                 accumulate: bool) -> list[Any]:
    """Run the pass.

    Args:
      roots: (tensor, its cotangent: a Tensor) pairs.
      keep: Whether the graph can be used again.
      create: Whether the pass is recorded.
      inputs: Only these get gradients; None for all leaves.
      accumulate: Into ``.grad`` (backward) instead of returning (grad).

    Returns:
      One gradient (Tensor or None) per input, if not ``accumulate``.
    """
    task = _Task(keep, create, accumulate)
    before = ctx.grad, ctx.multi_grad
    ctx.grad, ctx.multi_grad = create, task
    ctx.depth += 1
    try:
        _run(task, roots, inputs)
        for f in task.finals:
            f()
    finally:
        ctx.grad, ctx.multi_grad = before
        ctx.depth -= 1
    if inputs is None:
        return []
    out = [task.captured.get(i) for i in range(len(inputs))]
    return [g if g is None or create or hasattr(g, "_v") else Above.make(g) for g in out]


def accumulate_into(inputs: Sequence[Any], roots: Sequence[tuple[Any, Any]], keep: bool, create: bool) -> None:
    """Run the pass and add the gradients of just these tensors, leaves or not, to their ``.grad``."""
    task = _Task(keep, create, True)
    before = ctx.grad, ctx.multi_grad
    ctx.grad, ctx.multi_grad = create, task
    ctx.depth += 1
    try:
        _run(task, roots, inputs)
        for i, t in enumerate(inputs):
            g = task.captured.get(i)
            if g is not None:
                _store(task, t, g)
        for f in task.finals:
            f()
    finally:
        ctx.grad, ctx.multi_grad = before
        ctx.depth -= 1


def _run(task: _Task, roots: Sequence[tuple[Any, Any]], inputs: Sequence[Any] | None) -> None:
    starts: list[tuple[Any, int, Any]] = []
    track = task.track
    for t, g in roots:
        node = t.grad_fn
        starts.append((t, 0, g) if node is None else (node, t._nr, g))
    _count(task, [s[0] for s in starts])
    if inputs is not None:
        _select(task, [s[0] for s in starts], inputs)
        task.simple = False
    pushed = set()
    for target, nr, g in starts:
        _deliver(task, target, nr, g if track else g._value())
        if not task.deps.get(target) and target not in pushed:
            pushed.add(target)
            _schedule(task, target)
    ready = task.ready
    while ready:
        _, _, node = heapq.heappop(ready)
        _process(task, node)


def _count(task: _Task, roots: list[Any]) -> None:
    """How many contributions each node and leaf waits for."""
    deps = task.deps
    seen = set()
    stack = []
    for r in roots:
        if isinstance(r, Node) and r not in seen:
            seen.add(r)
            stack.append(r)
    while stack:
        node = stack.pop()
        if task.track:  # the pass is recorded, of the operations that PyTorch has
            node.known()
        for e in node.links if node.plain else node.edges:
            if e is None:
                continue
            if type(e) is tuple:
                child = e[0]
                deps[child] = deps.get(child, 0) + 1
                if child not in seen:
                    seen.add(child)
                    stack.append(child)
            else:
                deps[e] = deps.get(e, 0) + 1


def _select(task: _Task, roots: list[Any], inputs: Sequence[Any]) -> None:
    """With ``inputs``: what to capture, and which nodes lead there."""
    for i, t in enumerate(inputs):
        node = t.grad_fn
        if node is None:
            task.leaf_captures.setdefault(t, []).append(i)
        else:
            task.captures.setdefault(node, {}).setdefault(t._nr, []).append(i)
    needed: dict[Any, bool] = {}
    stack: list[tuple[Any, bool]] = [(r, False) for r in roots]
    while stack:
        x, done = stack.pop()
        if not isinstance(x, Node):
            needed[x] = x in task.leaf_captures
            continue
        if done:
            # a node runs if a child is needed or captured
            needed[x] = any(e is not None and _leads(task, needed, e[0] if type(e) is tuple else e) for e in x.edges)
        elif x not in needed:
            needed[x] = False
            stack.append((x, True))
            stack += [(e[0] if type(e) is tuple else e, False) for e in x.edges if e is not None]
    task.needed = needed


def _leads(task: _Task, needed: dict[Any, bool], x: Any) -> bool:
    return needed.get(x, False) or x in task.captures or x in task.leaf_captures


def _deliver(task: _Task, target: Any, nr: int, g: Any) -> None:
    """Add a gradient to what a node's output, or a leaf, has received."""
    buffers = task.buffers
    if isinstance(target, Node):
        slot = buffers.get(target)
        if slot is None:
            slot = buffers[target] = [None] * len(target.outputs())
        old = slot[nr]
        slot[nr] = g if old is None else _add(old, g, task.track)
    else:
        old = buffers.get(target)
        buffers[target] = g if old is None else _add(old, g, task.track)


def _schedule(task: _Task, target: Any) -> None:
    if isinstance(target, Node):
        heapq.heappush(task.ready, (-target.sequence, id(target), target))
    else:
        _leaf(task, target)


def _process(task: _Task, node: Node) -> None:
    grads = task.buffers.pop(node, None)
    if task.simple and node.plain and grads is not None and None not in grads:
        _process_plain(task, node, grads)
        return
    if grads is None:
        grads = [None] * len(node.outputs())
    if node.tensor_hooks is not None or node.retained is not None or node.prehooks is not None:
        _before_node(task, node, grads)
    wanted_outputs = task.captures.get(node)
    if wanted_outputs is not None:
        for nr, positions in wanted_outputs.items():
            for i in positions:
                _capture(task, i, grads[nr])
    needed = task.needed
    edges = node.edges
    if needed is not None and not needed.get(node, False):
        return
    wanted = 0
    for k, e in enumerate(edges):
        if e is None:
            continue
        child = e[0] if type(e) is tuple else e
        if needed is not None and not _leads(task, needed, child):
            continue
        if type(e) is not tuple and not e._rg:
            continue
        wanted |= 1 << k
    if wanted and any(g is not None for g in grads):
        try:
            out = node.run(grads, wanted, task.track)
        except RuntimeError:
            if node.trace is not None:
                warnings.warn(f"Error detected in {node.name()}. Traceback of forward call that caused the error:\n"
                              + "".join(node.trace), stacklevel=2)
            raise
        if _Anomaly.enabled and _Anomaly.check_nan:
            _check_nan(node, out)
    else:
        out = [None] * len(edges)
    if node.hooks:
        out = _after_node(task, node, out, grads)
    if not task.keep:
        node.release()
    deps = task.deps
    for e, g in zip(edges, out, strict=True):
        if e is None:
            continue
        if type(e) is tuple:
            child, nr = e
        else:
            child, nr = e, 0
        if g is not None:
            _deliver(task, child, nr, g)
        left = deps[child] = deps[child] - 1
        if not left:
            _schedule(task, child)


def _process_plain(task: _Task, node: Node, grads: list[Any]) -> None:
    """The common case: no hooks, every input wanted, the pass itself not recorded."""
    v = node.vjp
    links = node.links
    if len(v.given) != len(grads):
        grads = [grads[j] for j in v.given]
    if v.saved or v.saves_result:
        args = node.unpack(v, False)
        args += grads
    else:
        args = grads
    if not task.keep:
        node.release()
    e = v.entry
    outs = (record(e, *args),) if e.single else record_many(e, args)
    deps, buffers = task.deps, task.buffers
    for link, g in zip(links, outs, strict=True):
        if type(link) is tuple:
            child, nr = link
            slot = buffers.get(child)
            if slot is None:
                n = len(child.entry.outs) if child.plain else len(child.outputs())
                slot = buffers[child] = [None] * n
            old = slot[nr]
            slot[nr] = g if old is None else _add(old, g, False)
            left = deps[child] = deps[child] - 1
            if not left:
                heapq.heappush(task.ready, (-child.sequence, id(child), child))
        else:
            old = buffers.get(link)
            buffers[link] = g if old is None else _add(old, g, False)
            left = deps[link] = deps[link] - 1
            if not left:
                _leaf(task, link)


def _capture(task: _Task, i: int, g: Any) -> None:
    if g is not None:
        task.captured[i] = g


def _tensor(task: _Task, g: Any) -> Any:
    return g if g is None or task.track or hasattr(g, "_v") else Above.make(g)


def _plain(task: _Task, g: Any) -> Any:
    return g if g is None or task.track or not hasattr(g, "_v") else g._value()


def call_hook(hook: Callable, g: Any) -> Any:
    """Call a tensor hook and check what it returns."""
    result = hook(g)
    if result is None:
        return g
    if not hasattr(result, "_v"):
        raise TypeError(f"hook '{getattr(hook, '__name__', hook)}' has returned an unexpected type "
                        f"'{type(result).__name__}', expected 'Tensor'")
    if result._aval.shape != g._aval.shape:
        raise RuntimeError(f"hook '{getattr(hook, '__name__', hook)}' has changed the size of value")
    return result


def _before_node(task: _Task, node: Node, grads: list[Any]) -> None:
    for nr, hooks in (node.tensor_hooks or {}).items():
        g = _tensor(task, grads[nr])
        if g is None:
            continue
        for hook in list(hooks.values()):
            g = call_hook(hook, g)
        grads[nr] = _plain(task, g)
    for hook in list((node.prehooks or {}).values()):
        got = hook(tuple(_tensor(task, g) for g in grads))
        if got is not None:
            got = (got,) if hasattr(got, "_v") else got
            grads[:] = [_plain(task, g) for g in got]
    for nr, reference in (node.retained or {}).items():
        t, g = reference(), grads[nr]
        if t is not None and g is not None:
            _store(task, t, g)


def _after_node(task: _Task, node: Node, out: list[Any], grads: list[Any]) -> list[Any]:
    inputs = tuple(_tensor(task, g) for g in out)
    outputs = tuple(_tensor(task, g) for g in grads)
    for hook in list((node.hooks or {}).values()):
        got = hook(inputs, outputs)
        if got is not None:
            inputs = (got,) if hasattr(got, "_v") else tuple(got)
    return [_plain(task, g) for g in inputs]


def _store(task: _Task, t: Any, g: Any) -> None:
    """``t.grad += g``: in place, unless the pass is recorded. Threads that share a leaf take turns."""
    with storing:
        old = t._grad
        if old is None:
            g = _tensor(task, g)
            if task.track and g._node is None and not g._rg:
                g = Above.make(g._value())
            t._grad = g
        elif task.track:
            t._grad = Above.add(old, g)
        else:
            old._write(_add(old._value(), g, False))


def _leaf(task: _Task, t: Any) -> None:
    g = task.buffers.pop(t, None)
    if g is None or not t._rg:
        return
    hooks = t._hooks
    if hooks:
        g = _tensor(task, g)
        for hook in list(hooks.values()):
            g = call_hook(hook, g)
        g = _plain(task, g)
    acc = t._acc() if t._acc is not None else None
    if acc is not None and acc.prehooks:
        for hook in list(acc.prehooks.values()):
            got = hook((_tensor(task, g),))
            if got is not None:
                g = _plain(task, got[0] if isinstance(got, tuple) else got)
    positions = task.leaf_captures.get(t)
    if task.needed is not None and positions is None:
        return
    if not task.accumulate:
        for i in positions or ():
            task.captured[i] = g
        return
    _store(task, t, g)
    if acc is not None and acc.hooks:
        for hook in list(acc.hooks.values()):
            hook((), (_tensor(task, g),))
    if t._post:
        for hook in list(t._post.values()):
            hook(t)


def _check_nan(node: Node, out: list[Any]) -> None:
    for i, g in enumerate(out):
        if g is None:
            continue
        v = g._value() if hasattr(g, "_v") else g
        if v.aval.inexact and (to_numpy(v) != to_numpy(v)).any():
            if node.trace is not None:
                warnings.warn(f"Error detected in {node.name()}. Traceback of forward call that caused the error:\n"
                              + "".join(node.trace), stacklevel=2)
            raise RuntimeError(f"Function '{node.name()}' returned nan values in its {i}th output.")
