"""Views: tensors that are a place in another tensor's storage.

A view is a path of steps from the base tensor's elements to its own. Reading applies the path to the storage's current
value (and remembers the result for as long as the storage holds that very value); writing goes back along the path,
each step's inverse putting the new elements into the old surroundings. Sizes, strides and offset are kept alongside, as
PyTorch defines them, because programs ask for them and because ``view`` fails on what they do not allow.

Integers in a step (an index, the start of a slice) are inputs of the recorded operation, so a loop over rows compiles
once.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from compat._autograd.node import make_node, node_class
from compat._engine.entry import Entry
from compat._engine.program import ctx, host_put, record, to_numpy
from compat._engine.value import Aval, Value, from_buffer
from compat._tensor.storage import Storage
from compat._tensor.strides import contiguous_strides
from compat._tensor.tensor import Tensor
from funcgrad.ops import views as kernels

_object_new = object.__new__
_steps: dict[tuple, tuple[Entry, Entry]] = {}
_paths: dict[tuple, Entry] = {}
_transposed: dict[Aval, View] = {}


class View:
    """The last step of a path from a base to a view, and where its elements are."""

    __slots__ = ("aval", "forward", "inverse", "key", "numbers", "offset", "parent", "source", "strides", "value")

    def __init__(self, parent: View | None, parent_aval: Aval, kind: str, static: tuple, numbers: tuple[int, ...],
                 strides: tuple[int, ...], offset: int) -> None:
        """A step ``kind`` (a pair of kernels in ``funcgrad.ops.views``) after ``parent`` (None: after the base)."""
        key = (kind, static, parent_aval)
        pair = _steps.get(key)
        if pair is None:
            pair = _steps.setdefault(key, _step(kind, static, parent_aval, len(numbers)))
        self.forward, self.inverse = pair
        self.parent, self.key, self.numbers = parent, key, numbers
        self.strides, self.offset = strides, offset
        self.aval = self.forward.out
        self.source: Value | None = None
        self.value: Value | None = None

    def read(self, st: Storage) -> Value:
        """The elements now."""
        if st.host is not None and st.shared() is not None:
            return self._read_host(st)
        source = st._value if self.parent is None else self.parent.read(st)
        if self.source is not source:
            self.value = record(self.forward, source, *self.numbers)
            self.source = source
        return self.value  # type: ignore[return-value]

    def _read_host(self, st: Storage) -> Value:
        """From shared NumPy memory only the view's own elements are copied."""
        array = st.host.array  # type: ignore[union-attr]
        device = self.aval.device
        if array.flags.c_contiguous and array.dtype == self.aval.dtype:
            part = self.numpy_view(array)
            return from_buffer(host_put(np.array(part, order="C"), device), device)
        source = st.value if self.parent is None else self.parent.read(st)
        return record(self.forward, source, *self.numbers)

    def numpy_view(self, array: np.ndarray) -> np.ndarray:
        """The same place in a C-contiguous array of the base."""
        size = array.dtype.itemsize
        offset = self.offset * size if self.aval.size else 0
        # not as_strided, which does not know the dtypes that are younger than NumPy's own
        return np.ndarray(self.aval.shape, array.dtype, array, offset, [s * size for s in self.strides])

    def apply_numpy(self, array: np.ndarray) -> np.ndarray:
        """The same place in any array of the base: steps that NumPy can take without copying."""
        steps: list[View] = []
        step: View | None = self
        while step is not None:
            steps.append(step)
            step = step.parent
        for s in reversed(steps):
            array = kernels.numpy_step(s.key[0], array, s.key[1], s.numbers)
        return array

    def write(self, st: Storage, value: Value) -> None:
        """Replace the elements."""
        if self.parent is None:
            new = record(self.inverse, st.value, value, *self.numbers)
            st.write(new)
        else:
            new = record(self.inverse, self.parent.read(st), value, *self.numbers)
            self.parent.write(st, new)
        if st.host is None:
            self.source, self.value = new, value

    # The whole path, for the graph ---------------------------------------------------------------------------------

    def path(self) -> list[View]:
        """The steps from the base."""
        steps: list[View] = []
        step: View | None = self
        while step is not None:
            steps.append(step)
            step = step.parent
        return steps[::-1]

    def path_numbers(self) -> list[int]:
        """All steps' numbers."""
        return [n for s in self.path() for n in s.numbers]

    def path_entry(self, base: Aval) -> Entry:
        """The whole path as one operation on the base's elements."""
        steps = self.path()
        key = ("read", base, *(s.key for s in steps))
        e = _paths.get(key)
        if e is None:
            def raw(x: Any, *numbers: Any) -> tuple:
                at = 0
                for s in steps:
                    x = s.forward.raw(x, *numbers[at:at + len(s.numbers)])[0]
                    at += len(s.numbers)
                return (x,)

            e = Entry("as_strided", raw, [base, *[int] * len(self.path_numbers())])
            _paths[key] = e
        return e

    def place_entry(self, base: Aval) -> Entry:
        """The operation (base elements, new elements of the view, numbers) -> base elements."""
        steps = self.path()
        key = ("write", base, *(s.key for s in steps))
        e = _paths.get(key)
        if e is None:
            def raw(x: Any, new: Any, *numbers: Any) -> tuple:
                values, at = [x], 0
                spans = []
                for s in steps:
                    spans.append(numbers[at:at + len(s.numbers)])
                    at += len(s.numbers)
                for s, span in zip(steps[:-1], spans, strict=False):
                    values.append(s.forward.raw(values[-1], *span)[0])
                for s, old, span in zip(reversed(steps), reversed(values), reversed(spans), strict=True):
                    new = s.inverse.raw(old, new, *span)[0]
                return (new,)

            e = Entry("copy_slices", raw, [base, self.aval, *[int] * len(self.path_numbers())])
            _paths[key] = e
        return e


def _step(kind: str, static: tuple, parent: Aval, count: int) -> tuple[Entry, Entry]:
    read, put = kernels.STEPS[kind]

    def forward(x: Any, *numbers: Any) -> tuple:
        return (read(x, *static, *numbers),)

    def inverse(x: Any, new: Any, *numbers: Any) -> tuple:
        return (put(x, new, *static, *numbers),)

    f = Entry(kind, forward, [parent, *[int] * count])
    i = Entry(kind + "_write", inverse, [parent, f.out, *[int] * count])
    return f, i


def step(x: Tensor, kind: str, static: tuple, numbers: tuple[int, ...], strides: tuple[int, ...], offset: int,
         node: str, born: str = "") -> Tensor:
    """A view of ``x``: shares its storage and version, and is recorded as ``node`` when ``x`` requires grad."""
    t = _object_new(Tensor)
    st = x._st
    if st is None:
        st = x._storage()
    parent = x._view
    view = View(parent, st._value.aval if parent is None else parent.aval, kind, static, numbers, strides, offset)
    t._st, t._view = st, view
    ver = x._ver
    if ver is None:
        ver = x._version_object()
    t._ver = ver
    t._seen = ver.n
    t._inf = x._inf
    base = x._base
    t._base = x if base is None else base
    rg = x._rg or (base is not None and x.requires_grad)
    if ctx.inference and not x._inf:
        t._born = "inference"
    if rg:
        if ctx.grad:
            _record_view(t, x, view, node)
            t._born = born or x._born
        else:
            t._born = "no_grad"
        t._rg = True
    elif not ctx.grad:
        t._born = "no_grad"
    elif born or x._born:
        t._born = born or x._born
    return t


def transposed(x: Tensor) -> Tensor:
    """A matrix transposed; what ``step`` does for it, quickly, if it is no view itself (a layer's weight)."""
    if x._view is not None or ctx.inference or not (x._rg and ctx.grad):
        strides, aval = x.stride(), x._aval
        order = tuple(range(aval.ndim))[::-1]
        return step(x, "permute", (order,), (), tuple(strides[d] for d in order), x.storage_offset(), "TBackward0")
    st = x._st
    if st is None:
        st = x._storage()
    aval = st._value.aval
    like = _transposed.get(aval) or transposition(aval)
    t, view = _object_new(Tensor), _object_new(View)
    view.forward, view.inverse, view.key, view.aval = like.forward, like.inverse, like.key, like.aval
    view.strides, view.offset, view.numbers, view.parent = like.strides, 0, (), None
    view.source = view.value = None
    ver = x._ver
    if ver is None:
        ver = x._version_object()
    t._st, t._view, t._base, t._inf = st, view, x, False
    t._ver, t._seen, t._born, t._rg = ver, ver.n, x._born, True
    _record_view(t, x, view, "TBackward0")
    return t


def transposition(aval: Aval) -> View:
    """A matrix's view as its transpose, not applied to any."""
    like = _transposed.get(aval)
    if like is None:
        order = tuple(range(aval.ndim))[::-1]
        like = View(None, aval, "permute", (order,), (), contiguous_strides(aval.shape)[::-1], 0)
        _transposed[aval] = like
    return like


def flattening(aval: Aval) -> View:
    """An array's view as the matrix of what lies along its last dimension, not applied to any."""
    shape = math.prod(aval.shape[:-1]), aval.shape[-1]
    return View(None, aval, "reshape", (shape,), (), contiguous_strides(shape), 0)


def _record_view(t: Tensor, x: Tensor, view: View, node: str) -> None:
    e = view.forward
    e.node = node_class(node)
    t._node = make_node(e, (x, *[None] * len(view.numbers)), (None, *view.numbers)).known()  # others share the entry


def multi(x: Tensor, pieces: Sequence[tuple], node: str) -> tuple[Tensor, ...]:
    """Several views made by one operation (split, unbind): one node with several outputs.

    Together they are all of `x`, in order along one dimension.

    Args:
      x: The tensor.
      pieces: (kind, static, numbers, strides, offset) of each view.
      node: The node's name.
    """
    rg, grad = x.requires_grad, ctx.grad
    outs = []
    name = node.replace("Backward0", "")
    if not (rg and grad):
        return tuple(step(x, *p, node) for p in pieces)
    ctx.grad = False
    try:
        for p in pieces:
            t = step(x, *p, node)
            t._born = f"multi:{name}"
            outs.append(t)
    finally:
        ctx.grad = True
    key = ("multi", node, x._aval, *(t._view.key for t in outs))
    e = _paths.get(key)
    if e is None:
        dims, shapes = [static[0] for _, static, *_ in pieces], [t._aval.shape for t in outs]
        sizes = [static[1] if kind == "slice" else 1 for kind, static, *_ in pieces]

        def raw(a: Any) -> tuple:
            parts = kernels.parts(a, dims[0], sizes) if dims else ()
            return tuple(p.reshape(shape) for p, shape in zip(parts, shapes, strict=True))

        e = Entry(name.lower(), raw, [x._aval])
        e.node = node_class(node)
        _paths[key] = e
    n = make_node(e, (x,), (None,))
    for j, t in enumerate(outs):
        t._node, t._nr = n, j
    return tuple(outs)


@functools.lru_cache(4096)
def strides_for_view(shape: tuple[int, ...], strides: tuple[int, ...], new: tuple[int, ...]) -> tuple[int, ...] | None:
    """The strides of ``view(new)``, or None where only a copy would do.

    Dimensions that are contiguous with each other form chunks; each chunk must be divided by new dimensions alone.
    """
    if 0 in shape:
        return contiguous_strides(tuple(new)) if tuple(shape) != tuple(new) else tuple(strides)
    if not shape:
        return (1,) * len(new)
    out = [0] * len(new)
    view_d = len(new) - 1
    base = strides[-1]
    tensor_numel = view_numel = 1
    for d in range(len(shape) - 1, -1, -1):
        tensor_numel *= shape[d]
        if d == 0 or (shape[d - 1] != 1 and strides[d - 1] != tensor_numel * base):
            while view_d >= 0 and (view_numel < tensor_numel or new[view_d] == 1):
                out[view_d] = view_numel * base
                view_numel *= new[view_d]
                view_d -= 1
            if view_numel != tensor_numel:
                return None
            if d > 0:
                base = strides[d - 1]
                tensor_numel = view_numel = 1
    return tuple(out) if view_d == -1 else None


def overlaps(t: Tensor) -> bool:
    """Whether two elements of a view share memory (expanded dimensions)."""
    v = t._view
    if v is None:
        return False
    return any(n > 1 and s == 0 for n, s in zip(v.aval.shape, v.strides, strict=True))


def origin(t: Tensor) -> tuple[Value, tuple]:
    """The value that a tensor's elements come from, and the path there: a view of what exists needs no program."""
    view, st = t._view, t._st
    if view is None or st is None or st.host is not None or st._value.pending:
        return t._value(), ()
    return st._value, tuple((s.key, s.numbers) for s in view.path())


def peek(t: Tensor) -> np.ndarray:
    """The elements as a NumPy array, without running what is pending if they exist already."""
    v, path = origin(t)
    array = to_numpy(v)
    try:
        for (kind, static, _), numbers in path:
            array = kernels.numpy_step(kind, array, static, numbers)
    except (ValueError, AttributeError):
        return to_numpy(t._value())
    return array


__all__ = ["View", "flattening", "multi", "origin", "overlaps", "peek", "step", "strides_for_view", "transposed",
           "transposition"]
