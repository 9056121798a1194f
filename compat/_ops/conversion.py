"""Other dtypes and devices: ``to``, the casts, ``cpu`` and ``cuda``."""

from __future__ import annotations

from typing import Any

import jax

from compat import _dtype
from compat._autograd.node import attach, node_class
from compat._device import device as Device
from compat._device import resolve
from compat._engine.entry import Entry
from compat._engine.program import concrete, ctx
from compat._engine.value import Aval, from_buffer, target_of
from compat._ops.creation import numpy_dtype
from compat._ops.declare import composite, ops
from compat._tensor.tensor import Tensor, is_tensor, make


def convert(x: Tensor, dtype: Any = None, device: Any = None, copy: bool = False) -> Tensor:
    """A tensor in another dtype, on another device; itself if nothing changes and no copy is asked for."""
    a = x._aval
    if device is None and not copy and dtype.__class__ is _dtype.dtype and dtype.numpy is not None:
        return x if a.dtype == dtype.numpy else ops._to_copy(x, dtype.numpy)
    to = a.dtype if dtype is None else numpy_dtype(dtype)
    where = a.device if device is None else resolve(device)
    if where.type == "cuda" and where.index is None and a.device.type == "cuda":
        where = a.device
    if to == a.dtype and where == a.device:
        return ops.clone(x) if copy else x
    if where != a.device:
        x = _moved(x, where)
    if to == a.dtype:
        return x
    return ops._to_copy(x, to)


_moves: dict[tuple[Aval, Device], Entry] = {}


def _moved(x: Tensor, where: Device) -> Tensor:
    """On another device, with history."""
    v = x._value()
    buf = jax.device_put(concrete(v), target_of(where))
    out = make(from_buffer(buf, where))
    if ctx.grad and x._rg:
        key = (v.aval, where)
        e = _moves.get(key)
        if e is None:
            e = Entry("to_copy", lambda y: (y + 0,), [v.aval])
            e.outs = (out._aval,)
            e.node = node_class("ToCopyBackward0")
            _moves[key] = e
        attach(e, out, (x,), (v,))
    return out


@composite(function=False)
def to(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    """``to(dtype)``, ``to(device, dtype)``, ``to(other)``: the tensor itself if nothing changes.

    Raises:
      TypeError: for arguments that are none of these.
    """
    dtype, device, copy = kwargs.pop("dtype", None), kwargs.pop("device", None), kwargs.pop("copy", False)
    kwargs.pop("non_blocking", None)
    kwargs.pop("memory_format", None)
    other = kwargs.pop("other", None)
    if kwargs:
        raise TypeError(f"to() got an unexpected keyword argument '{next(iter(kwargs))}'")
    flags = []
    for a in args:
        if isinstance(a, _dtype.dtype) or a in (float, int, bool, complex) and isinstance(a, type):
            dtype = a
        elif isinstance(a, str | Device) or (isinstance(a, int) and not isinstance(a, bool) and device is None):
            device = a
        elif is_tensor(a):
            other = a
        elif isinstance(a, bool):
            flags.append(a)
        elif a is not None:
            raise TypeError(f"to() received an invalid combination of arguments - got ({type(a).__name__})")
    if len(flags) > 1:
        copy = flags[1]
    if other is not None:
        dtype, device = other.dtype, other.device
    return convert(self, dtype, device, copy)


def _caster(name: str, dtype: _dtype.dtype) -> Any:
    def fn(self: Tensor, memory_format: Any = None) -> Tensor:
        v = self._v
        if v is not None and v.aval.dtype is not to:
            return ops._to_copy(self, to) if v.aval.dtype != to else self
        return convert(self, dtype)

    to = dtype.numpy

    fn.__name__ = name
    fn.__doc__ = f"Converted to {dtype}."
    return composite(fn, function=False)


for _n, _d in dict(float=_dtype.float32, double=_dtype.float64, half=_dtype.float16, bfloat16=_dtype.bfloat16,
                   int=_dtype.int32, long=_dtype.int64, short=_dtype.int16, char=_dtype.int8, byte=_dtype.uint8,
                   bool=_dtype.bool_, cfloat=_dtype.complex64, cdouble=_dtype.complex128).items():
    _caster(_n, _d)


@composite(function=False)
def cpu(self: Tensor, memory_format: Any = None) -> Tensor:
    """On the CPU."""
    return convert(self, device="cpu")


@composite(function=False)
def cuda(self: Tensor, device: Any = None, non_blocking: bool = False, memory_format: Any = None) -> Tensor:
    """On the GPU."""
    return convert(self, device="cuda" if device is None else device)


@composite(function=False)
def type_as(self: Tensor, other: Tensor) -> Tensor:
    """In another tensor's dtype and on its device."""
    return convert(self, other.dtype, other.device)


@composite(name="type", function=False)
def type_(self: Tensor, dtype: Any = None, non_blocking: bool = False) -> Any:
    """The legacy type's name, or the tensor converted to a type."""
    if dtype is None:
        return _dtype.type_string(self.dtype, self.device.type)
    if isinstance(dtype, str):
        return convert(self, _dtype.parse_type_string(dtype).dtype)
    return convert(self, getattr(dtype, "dtype", dtype))


@composite(function=False)
def pin_memory(self: Tensor, device: Any = None) -> Tensor:
    """The tensor itself: XLA manages host memory."""
    return self


@composite(function=False)
def share_memory_(self: Tensor) -> Tensor:
    """The tensor itself."""
    return self
