"""Writing whole tensors in place: zero_, fill_, copy_, resize_."""

from __future__ import annotations

import math
from typing import Any

import jax
import numpy as np

from compat._autograd.node import attach, node_class
from compat._engine.entry import Entry
from compat._engine.program import ctx, record
from compat._engine.value import Aval
from compat._ops.creation import zeros
from compat._ops.data import tensor
from compat._ops.declare import composite, ops
from compat._ops.parameters import python_number
from compat._ops.sizes import sizes_of
from compat._tensor.inplace import finish_inplace, rebase, start_inplace
from compat._tensor.out_checks import check_inputs
from compat._tensor.tensor import Tensor, is_tensor, make
from funcgrad.ops import creation as K
from funcgrad.ops.pointwise import _to_copy as to_dtype

_zeros: dict[Aval, Entry] = {}
_fills: dict[tuple[Aval, Any], Entry] = {}
_copies: dict[tuple[Aval, Aval], Entry] = {}


def _fill_entry(a: Aval, kind: Any) -> Entry:
    e = _fills.get((a, kind))
    if e is None:
        if kind is None:
            e = Entry("zero", lambda x: (K.zero(x),), [a])
            e.node = node_class("ZeroBackward0")
            e.constant = True
        else:
            e = Entry("fill", lambda x, v: (K.fill(x, jax.numpy.asarray(v)),), [a, kind])
            e.node = node_class("FillBackward2" if not isinstance(kind, Aval) else "FillBackward3")
        _fills[(a, kind)] = e
    return e


@composite(function=True)
def zero_(input: Tensor) -> Tensor:
    """In place: zeros."""
    v = input._value()
    e = _zeros.get(v.aval)
    if e is None:
        e = _zeros[v.aval] = _fill_entry(v.aval, None)
    if input._view is None and not input._rg:
        input._write(record(e, v))
        return input
    start_inplace(input)
    return finish_inplace("zero_", input, record(e, v), e, (input,), (v,))


@composite(function=True)
def fill_(input: Tensor, value: Any) -> Tensor:
    """In place: one value everywhere."""
    n = None if is_tensor(value) else python_number(value)
    if n is None and not is_tensor(value):
        raise TypeError(f"fill_(): argument 'value' (position 1) must be Number, not {type(value).__name__}")
    if is_tensor(value) and value.dim():
        raise RuntimeError("fill_ only supports 0-dimension value tensor but got tensor with "
                           f"{value.dim()} dimensions.")
    start_inplace(input, is_tensor(value) and value.requires_grad)
    v = input._value()
    x = n if n is not None else value._value()
    e = _fill_entry(v.aval, n.__class__ if n is not None else x.aval)
    return finish_inplace("fill_", input, record(e, v, x), e, (input, value if n is None else None), (v, x))


@composite
def fill(input: Tensor, value: Any) -> Tensor:
    """A copy with one value everywhere."""
    out = fill_(ops.clone(input), value)
    if out._node is not None:
        out._node.__class__ = node_class(f"FillBackward{int(is_tensor(value))}")
    return out


@composite(function=False)
def copy_(self: Tensor, src: Any, non_blocking: bool = False) -> Tensor:
    """In place: another tensor's elements, broadcast and cast."""
    if not is_tensor(src):
        src = tensor(src)
    if src is self:
        return self
    a, b = self._aval, src._aval
    start_inplace(self, src.requires_grad, check_overlap=True)
    check_inputs(self, (src,))
    shape = np.broadcast_shapes(a.shape, b.shape) if _fits(a.shape, b.shape) else None
    if shape is None:
        ops.add(make(self._value()), make(src._value()))  # raises the message about the first size that differs
    if shape != a.shape:
        raise RuntimeError(f"output with shape {list(a.shape)} doesn't match the broadcast shape {list(shape or ())}")
    if a.device != b.device:
        src = src.to(a.device)
        b = src._aval
    e = _copies.get((a, b))
    if e is None:
        e = Entry("copy", lambda x, y: (jax.numpy.broadcast_to(to_dtype(y, a.dtype), x.shape),), [a, b])
        e.node = node_class("CopyBackwards")
        _copies[(a, b)] = e
    v, w = self._value(), src._value()
    out = record(e, v, w)
    tracked = ctx.grad and e.diff and (self._rg or src._rg)
    if not tracked:
        self._write(out)
        return self
    r = make(out)
    old = self if not self._rg else make(v)
    if self._rg:
        if self._base is not None:
            self._refresh()
        old._node, old._nr, old._rg = self._node, self._nr, True
    attach(e, r, (old, src), (v, w))
    rebase(self, r)
    return self


def _fits(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
    return all(x == y or 1 in (x, y) for x, y in zip(reversed(a), reversed(b), strict=False))


@composite(function=False)
def resize_(self: Tensor, *sizes: Any, memory_format: Any = None) -> Tensor:
    """In place: another size; elements are kept in row-major order, new ones are zero."""
    if self._rg:
        raise RuntimeError("cannot resize variables that require grad")
    new = sizes_of(sizes)
    n = math.prod(new)
    flat = make(self._value()).reshape(-1)
    have = flat.numel()
    body = flat[:n] if n <= have else ops.cat([flat, zeros(n - have, dtype=self.dtype, device=self.device)])
    self._st, self._view, self._v = None, None, body.reshape(new)._value()
    return self
