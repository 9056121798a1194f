"""Nodes of the graph, and how results are tied to it.

A node is the backward of one recorded operation. Its edges lead to what the operation's inputs came from: another node
and an output number, or a leaf. (A leaf stands in the edges itself; the AccumulateGrad node that PyTorch shows there is
made when somebody looks.) A node keeps the *tensors* its derivative reads, and their version at the time, so that a
later in-place change is noticed when, and only when, backward needs the old value.
"""

from __future__ import annotations

import itertools
import re
import traceback
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

from compat._autograd.above import Above
from compat._autograd.modes import _Anomaly
from compat._engine.entry import Entry, vjp_of
from compat._engine.program import ctx, record_many
from compat._engine.value import Value
from compat._hooks import RemovableHandle, register
from funcgrad.dtypes import torch_name

sequence = itertools.count()  # nodes are numbered as they are recorded
_classes: dict[str, type] = {}
_new = object.__new__
_NUMBERS = frozenset((int, float, bool, complex))

FREED = ("Trying to backward through the graph a second time (or directly access saved tensors after they have already "
         "been freed). Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). "
         "Specify retain_graph=True if you need to backward through the graph a second time or if you need to access "
         "saved tensors after calling backward.")
INFERENCE_SAVED = ("Inference tensors cannot be saved for backward. Please do not use Tensors created in inference "
                   "mode in computation tracked by autograd. To work around this, you can make a clone to get a normal "
                   "tensor and use it in autograd, or use `torch.no_grad()` instead of `torch.inference_mode()`.")


class Node:
    """A node of the graph. ``type(node).__name__`` is what PyTorch calls it.

    While nobody looks at a node its class is this one, whatever it will be called: code that runs at every operation
    is faster when all nodes are of one class. ``known`` is what hands a node out.
    """

    links: Sequence[Any] = ()  # the edges that lead somewhere
    vjp: Any = None  # the backward for all of them
    plain = True  # runs by its entry alone: no hooks of any kind
    hooks: OrderedDict[int, Callable] | None = None
    prehooks: OrderedDict[int, Callable] | None = None
    tensor_hooks: dict[int, OrderedDict[int, Callable]] | None = None  # output number -> hooks of the tensors there
    retained: dict[int, Any] | None = None  # output number -> weakref of the tensor whose grad is kept
    entry: Entry
    sequence: float = 0
    saved: Any = ()  # what the derivative reads of the inputs, in the order of ``vjp.saved``
    versions: Any = None  # their versions then; None where all are 0
    results: Any = None
    freed = False
    trace: Any = None
    made_in: Any = None
    views: Any = None
    _meta: dict | None = None

    def known(self) -> Node:
        """The node, under its own name."""
        if self.__class__ is Node:
            unfold = self.entry.unfold
            if unfold is not None:
                unfold(self)
            self.__class__ = self.entry.node
        return self

    def name(self) -> str:
        """The node's name, such as ``AddBackward0``."""
        name = type(self.known()).__name__
        return "torch::autograd::" + name if name in ("CopyBackwards", "CopySlices") else name

    def __repr__(self) -> str:
        """Like PyTorch's."""
        return f"<{type(self.known()).__name__} object at {id(self):#x}>"

    @property
    def edges(self) -> Sequence[Any]:
        """One per differentiable input: (node, output number), a leaf, or None for inputs that require no grad."""
        if self.vjp is None:
            return [None for _ in self.entry.edges]
        links, wanted = iter(self.links), self.vjp.wanted
        return [next(links) if i in wanted else None for i in self.entry.edges]

    @property
    def next_functions(self) -> tuple[tuple[Node | None, int], ...]:
        """(node, output number) of each input; (None, 0) for inputs without gradient."""
        return tuple((None, 0) if e is None else (e[0].known(), e[1]) if type(e) is tuple else (e._accumulator(), 0)
                     for e in self.edges)

    @property
    def metadata(self) -> dict:
        """A dictionary for the user's own use."""
        if self._meta is None:
            self._meta = {}
        return self._meta

    def _input_metadata(self) -> list:
        return list(self.entry.outs)

    def register_hook(self, fn: Callable) -> RemovableHandle:
        """Call ``fn(grad_inputs, grad_outputs)`` after this node ran; it may return new grad_inputs."""
        self.plain = False
        if self.hooks is None:
            self.hooks = OrderedDict()
        return register(self.hooks, fn)

    def register_prehook(self, fn: Callable) -> RemovableHandle:
        """Call ``fn(grad_outputs)`` before this node runs; it may return new grad_outputs."""
        self.plain = False
        if self.prehooks is None:
            self.prehooks = OrderedDict()
        return register(self.prehooks, fn)

    def outputs(self) -> Sequence[Any]:
        """The avals of the operation's outputs."""
        return self.entry.outs

    def release(self) -> None:
        """Forget what was saved; the node cannot run again."""
        if self.saved or self.results is not None:
            self.freed = True
            self.saved, self.results = (), None

    # The backward itself -----------------------------------------------------------------------------------------

    def run(self, grads: list[Any], wanted: int, track: bool) -> list[Any]:
        """Cotangents of the inputs, one per edge, None where not wanted.

        Args:
          grads: Cotangents of the outputs: Values, or Tensors when ``track``; None where there is none.
          wanted: Bit mask over the edges.
          track: Whether the computation itself is recorded (create_graph).
        """
        entry = self.entry
        positions = entry.edges
        mask = given = 0
        for k, i in enumerate(positions):
            if wanted >> k & 1:
                mask |= 1 << i
        for j, g in enumerate(grads):
            if g is not None:
                given |= 1 << j
        v = vjp_of(entry, mask, given)
        args: list[Any] = self.unpack(v, track) if (v.saved or v.saves_result) else []
        args += [g for g in grads if g is not None]
        outs = apply_entry(v.entry, args) if track else record_many(v.entry, args)
        at = dict(zip(v.wanted, outs, strict=True))
        return [at.get(i) for i in positions]

    def unpack(self, v: Any, track: bool) -> list[Any]:
        """The saved inputs and results that ``v`` reads, checked for in-place changes since."""
        out: list[Any] = []
        if not track and v is self.vjp:
            self.recall(out)
            return out
        if self.freed:
            raise RuntimeError(FREED)
        where = {i: k for k, i in enumerate(self.vjp.saved)}
        versions = self.versions or [0] * len(where)
        for i in v.saved:
            x = self._checked_input(self.saved[where[i]], versions[where[i]])
            out.append(x if track or not hasattr(x, "_v") else x._value())
        if v.saves_result:
            for j, (value, ver, n) in enumerate(self.results):
                value = self._checked_result(j, value, ver, n)
                if track and value.__class__ is Value:
                    x = Above.make(value)
                    x._node, x._nr, x._rg = self, j, True
                    out.append(x)
                else:
                    out.append(value if track or not hasattr(value, "_v") else value._value())
        return out

    def recall(self, out: list[Any]) -> None:
        """Add to ``out`` the values of all that was saved, checked for in-place changes since."""
        if self.freed:
            raise RuntimeError(FREED)
        versions = self.versions
        for k, x in enumerate(self.saved):
            cls = x.__class__
            if cls is Value or cls in _NUMBERS:
                out.append(x)
                continue
            if cls is Packed:
                x = x.unpack()
            elif x._ver is not None:
                n = 0 if versions is None else versions[k]
                if x._ver.n != n:
                    if self.entry.unfold is not None:  # the message names what PyTorch saved
                        self.known().recall(out)
                    raise RuntimeError(modified(x, x._ver.n, n))
            v = x._v
            out.append(v if v is not None else x._read())
        if self.results is not None:
            for j, (value, ver, n) in enumerate(self.results):
                value = self._checked_result(j, value, ver, n)
                out.append(value if value.__class__ is Value else value._value())

    def _checked_input(self, x: Any, version: int) -> Any:
        cls = x.__class__
        if cls is Packed:
            return x.unpack()
        if cls is not Value and cls not in _NUMBERS:
            now = x._ver.n if x._ver is not None else 0
            if now != version:
                raise RuntimeError(modified(x, now, version))
        return x

    def _checked_result(self, j: int, value: Any, ver: Any, version: int) -> Any:
        if value.__class__ is Packed:
            return value.unpack()
        if ver.n != version:
            raise RuntimeError(modified(Above.make(value), ver.n, version, self.name(), j))
        return value

    def _kept_names(self) -> list[str]:
        v = self.vjp
        if v is None:
            return []
        kept = [n for n, at in self.entry.names.items() if type(at) is not list or at[0] in v.saved]
        return kept + (["_saved_result"] if v.saves_result else [])


class Named(Node):
    """A node under its own name, with what it saved as attributes.

    These are looked up by ``__getattr__``, which makes every attribute of a class slow: hence not in ``Node``.
    """

    def __dir__(self) -> list[str]:
        """Attributes, those of what is saved among them."""
        return sorted({*object.__dir__(self), *self._kept_names()})

    def __getattr__(self, name: str) -> Any:
        """``_saved_self`` and its like: what the derivative keeps, under PyTorch's names."""
        if name.startswith("_saved_") and name in self._kept_names():
            if self.freed:
                raise RuntimeError(FREED)
            if name == "_saved_result":
                value = self.results[0][0]
                if value.__class__ is Packed:
                    return value.unpack()
                t = Above.make(value)
                t._node, t._rg = self, True
                return t
            at = self.entry.names[name]
            if type(at) is not list:
                return at
            x = self.saved[self.vjp.saved.index(at[0])]
            return x.unpack() if x.__class__ is Packed else Above.make(x) if x.__class__ is Value else x
        if name in self.entry.names:
            return None  # the derivative for these inputs does without it
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")


def modified(t: Any, now: int, expected: int, name: str | None = None, output: int = 0) -> str:
    """PyTorch's message about a saved tensor that changed."""
    kind = f"torch.{torch_name(t._value().aval.dtype)}Tensor {list(t._value().aval.shape)}"
    node = name or (type(t.grad_fn).__name__ if t.grad_fn is not None else None)
    node = re.sub(r"Backward\d*$", "", node) if node else None
    what = f", which is output {output if name else t._nr} of {node}," if node else ""
    hint = ("Hint: enable anomaly detection to find the operation that failed to compute its gradient, with "
            "torch.autograd.set_detect_anomaly(True, check_nan=False)." if not _Anomaly.enabled else
            "Hint: the backtrace further above shows the operation that failed to compute its gradient. The variable "
            "in question was changed in there or anywhere later. Good luck!")
    return ("one of the variables needed for gradient computation has been modified by an inplace operation: "
            f"[{kind}]{what} is at version {now}; expected version {expected} instead. {hint}")


class AccumulateGrad(Node):
    """The node at a leaf: it adds what arrives to the leaf's ``.grad``."""

    plain = False
    variable: Any

    @property
    def edges(self) -> Sequence[Any]:
        """None: gradients end here."""
        return ()

    def name(self) -> str:
        """With its namespace, as PyTorch has it."""
        return "torch::autograd::AccumulateGrad"


class Packed:
    """A saved tensor that ``saved_tensors_hooks`` packed."""

    __slots__ = ("data", "fn")

    def __init__(self, pack: Callable, fn: Callable, tensor: Any) -> None:
        """Pack ``tensor`` now."""
        before, ctx.saved_hooks = ctx.saved_hooks, []
        try:
            self.data, self.fn = pack(tensor), fn
        finally:
            ctx.saved_hooks = before

    def unpack(self) -> Any:
        """What the unpack hook makes of it."""
        return self.fn(self.data)


def node_class(name: str) -> type:
    """The class of nodes of this name."""
    cls = _classes.get(name)
    if cls is None:
        cls = _classes.setdefault(name, type(name, (Named,), {}))
    return cls


def default_node_name(op: str) -> str:
    """AddcmulBackward0 from addcmul."""
    return "".join(p[:1].upper() + p[1:] for p in op.split("_")) + "Backward0"


def edge_of(t: Any) -> Any:
    """The edge to where a tensor came from; None when it does not require grad."""
    if t is None or not t._rg:
        return None
    if t._base is not None:
        t._refresh()
    node = t._node
    return t if node is None else (node, t._nr)


def make_node(entry: Entry, tensors: Sequence[Any], ins: Sequence[Any]) -> Node:
    """The node of a recorded operation.

    Args:
      entry: What was recorded.
      tensors: Per input of the entry: the Tensor, or None for a number.
      ins: Per input of the entry: the Value or number.
    """
    mask, links = 0, []
    for i in entry.edges:
        t = tensors[i]
        if t is not None and t._rg:
            mask |= 1 << i
            if t._base is not None:
                t._refresh()
            if t._node is None:
                links.append(t)
            else:
                links.append((t._node, t._nr))
    v = backward_of(entry, mask)
    n = _new(v.node)
    n.entry = entry
    n.sequence = next(sequence)  # after those of the views that were refreshed just now
    n.links = links
    n.vjp = v
    if v.saved:
        save(n, v.saved, tensors, ins, ctx.now.saved_hooks)
    if v.saves_result:
        n.results = ()
    if _Anomaly.enabled:
        n.trace = traceback.format_stack()[:-3]
    return n


def backward_of(entry: Entry, mask: int) -> Any:
    """The backward of a node of this operation whose inputs in the bit mask require grad."""
    v = entry.vjps.get(mask)
    if v is None:
        if entry.node is None:
            entry.node = node_class(default_node_name(entry.name))
        v = entry.vjps[mask] = vjp_of(entry, mask, _inexact(entry.outs))
        v.node = Node if entry.node.plain else entry.node
    return v


def save(n: Node, positions: Sequence[int], tensors: Sequence[Any], ins: Sequence[Any], hooks: Sequence[Any]) -> None:
    """Let a node keep what its derivative reads of the inputs; ``hooks`` are the thread's for saved tensors."""
    n.saved = saved = []
    changed = False
    for i in positions:
        t = tensors[i]
        if t is None:
            saved.append(ins[i])
        else:
            if t._inf:
                raise RuntimeError(INFERENCE_SAVED)
            if t._ver is not None:
                changed = True
            saved.append(t)
    if changed:
        n.versions = [0 if t is None or t._ver is None else t._ver.n for t in map(tensors.__getitem__, positions)]
    if hooks:
        n.saved = [x if tensors[i] is None else Packed(*hooks[-1], x) for i, x in zip(positions, saved, strict=True)]


def _inexact(avals: Sequence[Any]) -> int:
    mask = 0
    for i, a in enumerate(avals):
        if getattr(a, "inexact", False):
            mask |= 1 << i
    return mask


def save_results(node: Node, outs: Sequence[Any]) -> None:
    """Let a node keep the operation's own results (only where its rule reads them)."""
    kept = []
    hooks = ctx.now.saved_hooks
    for j, t in enumerate(outs):
        value = t._v
        if value is None:
            value = t._read()
        if hooks:
            plain = Above.make(value)
            plain._node, plain._nr, plain._rg = node, j, True
            kept.append((Packed(*hooks[-1], plain), None, 0))
            continue
        ver = t._version_object()
        kept.append((value, ver, ver.n))
    node.results = tuple(kept)


def attach(entry: Entry, out: Any, tensors: Sequence[Any], ins: Sequence[Any]) -> None:
    """Tie the one result of an operation to the graph."""
    out._node = n = make_node(entry, tensors, ins)
    out._rg = True
    if n.results is not None:
        save_results(n, (out,))


def attach_many(entry: Entry, outs: Sequence[Any], tensors: Sequence[Any], ins: Sequence[Any],
                nondiff: frozenset[int] = frozenset()) -> None:
    """Tie the results of an operation to the graph, except integer ones and those in ``nondiff``."""
    n = make_node(entry, tensors, ins)
    for j, t in enumerate(outs):
        if entry.outs[j].inexact and j not in nondiff:
            t._node, t._nr, t._rg = n, j, True
    if n.results is not None:
        save_results(n, outs)


def apply_entry(entry: Entry, args: Sequence[Any]) -> list[Any]:
    """Record an entry on Tensors (and Values, numbers), tied to the graph when grad mode is on."""
    tensors = [a if hasattr(a, "_v") else None for a in args]
    ins = [a._value() if t is not None else a for a, t in zip(args, tensors, strict=True)]
    outs = [Above.make(v) for v in record_many(entry, ins)]
    if ctx.grad and entry.diff and any(t is not None and t._rg for t in tensors):
        attach_many(entry, outs, tensors, ins)
    return outs
