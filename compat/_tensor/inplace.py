"""What every in-place operation and every ``out=`` has in common: checks, the write, and the history afterwards."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

from compat._autograd.node import Node, apply_entry, attach, edge_of, node_class
from compat._engine.entry import Entry
from compat._engine.program import ctx, record, record_many
from compat._engine.value import Aval, Value
from compat._tensor.out_checks import ITSELF, check_inputs, check_out
from compat._tensor.tensor import LEAF, Tensor, make
from compat._tensor.views import overlaps
from funcgrad.dtypes import can_cast, torch_name
from funcgrad.ops.pointwise import _to_copy as to_dtype

VIEW_OF_LEAF = "a view of a leaf Variable that requires grad is being used in an in-place operation."
AMBIGUOUS = ("A view was created in {} mode and is being modified inplace with grad mode enabled. Given that this use "
             "case is ambiguous and error-prone, it is forbidden. You can clarify your code by moving both the view "
             "and the inplace either both inside the {} block (if you don't want the inplace to be tracked) or both "
             "outside (if you want the inplace to be tracked).")
MULTI = ("Output {} of {} is a view and is being modified inplace. This view is the output of a function that returns "
         "multiple views. Such functions do not allow the output views to be modified inplace. You should replace the "
         "inplace operation by an out-of-place one.")
CUSTOM = ("Output {} of {} is a view and is being modified inplace. This view was created inside a custom Function (or "
          "because an input was returned as-is) and the autograd logic to handle view+inplace would override the "
          "custom backward associated with the custom Function, leading to incorrect gradients. This behavior is "
          "forbidden. You can fix this by cloning the output of the custom Function.")


def start_inplace(t: Tensor, others_require: bool = False, check_overlap: bool = True) -> None:
    """Refuse what PyTorch refuses, before anything changes."""
    if ctx.grad and (t.requires_grad or others_require):
        base = t._base
        if base is not None:
            _check_view(t, base)
        elif t._rg and t._node is None:
            raise RuntimeError(LEAF)
    if check_overlap and t._view is not None and overlaps(t):
        raise RuntimeError(ITSELF)


def _check_view(t: Tensor, base: Tensor) -> None:
    born = t._born
    if born in ("no_grad", "inference"):
        mode = "no_grad" if born == "no_grad" else "inference"
        raise RuntimeError(AMBIGUOUS.format(mode, mode if mode == "no_grad" else "inference_mode"))
    if born.startswith("multi:"):
        raise RuntimeError(MULTI.format(t._nr, born[6:]))
    if born.startswith("custom:"):
        raise RuntimeError(CUSTOM.format(t._nr, born[7:]))
    if t.requires_grad and base.grad_fn is None:
        raise RuntimeError(VIEW_OF_LEAF)


_casts: dict[tuple[Aval, Any], Entry] = {}


def cast(v: Value, dtype: Any) -> Value:
    """A value converted to a NumPy dtype."""
    if v.aval.dtype == dtype:
        return v
    return record(_cast_entry(v.aval, dtype), v)


def _cast_entry(a: Aval, dtype: Any) -> Entry:
    e = _casts.get((a, dtype))
    if e is None:
        e = _casts[(a, dtype)] = Entry("to_copy", lambda x: (to_dtype(x, dtype),), [a])
        e.node = node_class("ToCopyBackward0")
    return e


def check_result(out: Aval, target: Aval) -> None:
    """An in-place result keeps the target's shape, and its dtype must take the result."""
    if out.shape != target.shape:
        raise RuntimeError(f"output with shape {list(target.shape)} doesn't match the broadcast shape "
                           f"{list(out.shape)}")
    if out.dtype != target.dtype and not can_cast(out.dtype, target.dtype):
        raise RuntimeError(f"result type {torch_name(out.dtype)} can't be cast to the desired output type "
                           f"{torch_name(target.dtype)}")


def finish_inplace(name: str, target: Tensor, value: Value, e: Entry, tensors: Sequence[Any],
                   ins: Sequence[Any]) -> Tensor:
    """Write an operation's result into its first argument and let the graph know.

    Args:
      name: The operation, for messages.
      target: The tensor written to.
      value: The recorded result.
      e: The recorded entry, with its inputs' ``tensors`` and ``ins``.
      tensors: See ``e``.
      ins: See ``e``.
    """
    check_result(e.outs[0], target._aval)
    check_inputs(target, tensors)
    tracked = ctx.grad and e.diff and any(t is not None and t._rg for t in tensors)
    if not tracked:
        if ctx.grad and target.requires_grad and target._aval.inexact:
            _write_untracked(target, cast(value, target._aval.dtype))
        else:
            target._write(cast(value, target._aval.dtype))
        return target
    if not target._rg:
        start_inplace(target, True, False)
    r = make(value)
    attach(e, r, [_before(t, target, v) for t, v in zip(tensors, ins, strict=True)], ins)
    if value.aval.dtype != target._aval.dtype:
        c = _cast_entry(value.aval, target._aval.dtype)
        cast_result = make(record(c, value))
        attach(c, cast_result, (r,), (value,))
        r = cast_result
    rebase(target, r)
    return target


def _write_untracked(target: Tensor, value: Value) -> None:
    target._write(value)


def _before(t: Any, target: Tensor, value: Value) -> Any:
    """The target as it was: what the node saves of it must not notice this very write."""
    if t is not target:
        return t
    old = make(value)
    if target._base is not None:
        target._refresh()
    old._node, old._nr, old._rg, old._inf = target._node, target._nr, target._rg, target._inf
    if old._rg and old._node is None:
        old._acc = None
    return old


def rebase(target: Tensor, r: Tensor) -> None:
    """``target`` takes the value and the history of ``r``."""
    node = r._node
    assert node is not None
    base = target._base
    if base is None:
        target._write(r._value())
        target._node, target._nr, target._rg = node, r._nr, True
    else:
        slices = CopySlices.build(base, target, node, r._nr)
        target._write(r._value())
        base._node, base._nr, base._rg = slices, 0, True
        target._rg = True
        target._seen = -1
        target._born = ""
        if base._base is not None:
            raise RuntimeError("internal: the base of a view is a view")
    if node.results is not None and node.results and r._nr == 0:
        (value, _, _), *rest = node.results
        ver = target._version_object()
        node.results = ((value, ver, ver.n), *rest)


class CopySlices(Node):
    """The history of a base after one of its views was changed in place.

    The gradient of the view's part goes through the operation that changed it; the rest of the base keeps its gradient.
    """

    plain = False
    edges: Any = ()
    inner: Node
    base_aval: Aval
    view: Any
    output: int

    @classmethod
    def build(cls, base: Tensor, view: Tensor, inner: Node, output: int) -> CopySlices:
        """The node for ``view`` of ``base``, changed by ``inner``."""
        n = object.__new__(cls)
        n.inner, n.base_aval, n.view, n.output = inner, base._aval, view._view, output
        n.sequence = inner.sequence
        n.edges = [edge_of(base), *inner.edges[1:]]
        n.entry = n.view.place_entry(n.base_aval)
        return n

    def outputs(self) -> Sequence[Any]:
        """The base."""
        return (self.base_aval,)

    def release(self) -> None:
        """Forget what the inner node saved."""
        self.inner.release()
        self.freed = self.inner.freed

    def run(self, grads: list[Any], wanted: int, track: bool) -> list[Any]:
        """See ``Node.run``."""
        from_tensor = apply_entry if track else record_many
        g = grads[0]
        numbers = self.view.path_numbers()
        part = from_tensor(self.view.path_entry(self.base_aval), [g, *numbers])[0]
        edges = self.inner.edges
        inner_wanted = sum(1 << k for k, e in enumerate(edges) if k and wanted >> k & 1)
        first = bool(edges) and edges[0] is not None and wanted & 1
        inner_wanted |= 1 if first else 0
        inner_grads: list[Any] = [None] * self.output + [part]
        got = self.inner.run(inner_grads, inner_wanted, track) if inner_wanted else [None] * len(edges)
        out: list[Any] = [None]
        if wanted & 1:
            into = got[0] if first else None
            if into is None:
                into = from_tensor(_zeros_like(part), [part])[0]
            out[0] = from_tensor(self.view.place_entry(self.base_aval), [g, into, *numbers])[0]
        return out + list(got[1:])


_zero_entries: dict[Aval, Entry] = {}


def _zeros_like(x: Any) -> Entry:
    a = x.aval if isinstance(x, Value) else x._aval
    e = _zero_entries.get(a)
    if e is None:
        e = _zero_entries[a] = Entry("zeros_like", lambda g: (g * 0,), [a])
        e.diff = False
    return e


def assign_out(name: str, out: Any, values: Sequence[Value], e: Entry, tensors: Sequence[Any], returns: Any) -> Any:
    """Put results into the tensors given as ``out=``."""
    targets = list(out) if isinstance(out, tuple | list) else [out]
    if ctx.grad and any(getattr(t, "requires_grad", False) for t in [*tensors, *targets]):
        raise RuntimeError(f"{name}(): functions with out=... arguments don't support automatic differentiation, but "
                           "one of the arguments requires grad.")
    check_out(name, targets, [v.aval for v in values], tensors)
    for t in targets:
        check_inputs(t, tensors)
    for t, v in zip(targets, values, strict=True):
        have, got = t._aval, v.aval
        if got.dtype != have.dtype and not can_cast(got.dtype, have.dtype):
            raise RuntimeError(f"result type {torch_name(got.dtype)} can't be cast to the desired output type "
                               f"{torch_name(have.dtype)}")
    for t, v in zip(targets, values, strict=True):
        write_out(t, cast(v, t._aval.dtype))
    if returns is not None:
        return returns(*targets)
    return out


def write_out(t: Tensor, v: Value) -> None:
    """Write a result into an ``out=`` tensor, resizing it if its shape differs."""
    if t._aval.shape == v.aval.shape:
        t._write(v)
        return
    if t.numel():
        warnings.warn(f"An output with one or more elements was resized since it had shape {list(t._aval.shape)}, "
                      f"which does not match the required output shape {list(v.aval.shape)}. This behavior is "
                      "deprecated, and in a future PyTorch release outputs will not be resized unless they have zero "
                      "elements. You can explicitly reuse an out tensor t by resizing it, inplace, to zero elements "
                      "with t.resize_(0).", stacklevel=4)
    t._st, t._view, t._base, t._v = None, None, None, v
    t._version_object().n += 1


__all__ = ["LEAF", "CopySlices", "assign_out", "cast", "check_result", "finish_inplace", "rebase", "start_inplace",
           "write_out"]
