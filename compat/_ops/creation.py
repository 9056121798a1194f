"""Making tensors from sizes: zeros, full, arange and their kin."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from compat import _dtype
from compat._device import device as Device
from compat._device import resolve
from compat._engine.entry import Entry
from compat._engine.program import ctx, record, use_device
from compat._engine.value import CPU, aval_of, from_number
from compat._ops.declare import composite, ops
from compat._ops.overloads import invalid_combination
from compat._ops.parameters import python_number, static
from compat._ops.sizes import sizes_for
from compat._tensor.inplace import cast, write_out
from compat._tensor.tensor import Tensor, is_tensor, make
from funcgrad.ops import creation as K

_entries: dict[tuple, Entry] = {}


def _entry(kernel: Any, ins: tuple, *static: Any, device: Device = CPU) -> Entry:
    key = (kernel, ins, static, device)
    e = _entries.get(key)
    if e is None:
        order = _ORDER[kernel]

        def raw(*numbers: Any) -> tuple:
            n, s = iter(numbers), iter(static)
            return (kernel(*[next(n) if c == "n" else next(s) for c in order]),)

        e = _entries[key] = Entry(kernel.__name__, raw, ins)
        if device != CPU:
            e.outs = tuple(aval_of(a.dtype, a.shape, device) for a in e.outs)
            e.out = e.outs[0]
    return e


_ORDER = {K.full: "sns", K.zeros: "ss", K.ones: "ss", K.arange: "nnss", K.linspace: "nnss", K.logspace: "nnsns",
          K.eye: "sss"}


def _make(kernel: Any, numbers: tuple, static: tuple, device: Any, requires_grad: bool, out: Any = None) -> Tensor:
    where = resolve(device)
    use_device(where)
    v = record(_entry(kernel, tuple(n.__class__ for n in numbers), *static, device=where), *numbers)
    if out is not None:
        if out._aval.dtype != v.aval.dtype:
            v = cast(v, out._aval.dtype)
        write_out(out, v)
        return out
    t = make(v)
    return finish(t, requires_grad)


def finish(t: Tensor, requires_grad: bool) -> Tensor:
    """A fresh tensor, marked as the modes and ``requires_grad`` have it."""
    if ctx.inference:
        t._inf = True
    if requires_grad:
        if not t._aval.inexact:
            raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
        t._rg = True
    return t


def numpy_dtype(dtype: Any, default: Any = None, name: str = "") -> np.dtype:
    """NumPy's dtype for torch's or Python's; for None ``default``, or the default dtype (``name``: for the message)."""
    if dtype is None:
        return default if default is not None else _dtype.to_numpy(_dtype.get_default_dtype())
    if not isinstance(dtype, _dtype.dtype):
        if dtype in (float, int, bool, complex):
            return _dtype.to_numpy({float: _dtype.float64, int: _dtype.int64, bool: _dtype.bool_,
                                    complex: _dtype.complex128}[dtype])
        raise TypeError(f"{name}(): argument 'dtype' must be torch.dtype, not {type(dtype).__name__}" if name else
                        f"dtype must be a torch.dtype, not {type(dtype).__name__}")
    return _dtype.to_numpy(dtype)


def _sizes(name: str, size: tuple) -> tuple[int, ...]:
    out = sizes_for(name, size)
    for n in out:
        if n < 0:
            if name == "zeros":
                raise RuntimeError("zeros: Dimension size must be non-negative.")
            raise RuntimeError(f"Trying to create tensor with negative dimension {n}: {list(out)}")
    return out


def _factory(name: str, kernel: Any) -> Any:
    def fn(*size: Any, out: Any = None, dtype: Any = None, layout: Any = None, device: Any = None,
           requires_grad: bool = False, pin_memory: bool = False, names: Any = None, memory_format: Any = None,
           **kwargs: Any) -> Tensor:
        if "size" in kwargs:
            size = (kwargs.pop("size"),)
        if kwargs:
            raise TypeError(f"{name}() got an unexpected keyword argument '{next(iter(kwargs))}'")
        return _make(kernel, (), (_sizes(name, size), numpy_dtype(dtype, name=name)), device, requires_grad, out)

    fn.__name__ = name
    fn.__doc__ = f"A tensor of the given size: see ``torch.{name}``."
    return composite(fn, method=False)


zeros, ones = _factory("zeros", K.zeros), _factory("ones", K.ones)
empty = _factory("empty", K.zeros)  # what is in it is unspecified; zeros are as good as any


@composite(method=False)
def empty_strided(size: Any, stride: Any, *, dtype: Any = None, layout: Any = None, device: Any = None,
                  requires_grad: bool = False, pin_memory: bool = False) -> Tensor:
    """An uninitialised tensor of the given strides."""
    need = sum((n - 1) * s for n, s in zip(size, stride, strict=True)) + 1 if 0 not in size else 0
    base = _make(K.zeros, (), ((need,), numpy_dtype(dtype)), device, False)
    return finish(ops.as_strided(base, size, stride).detach(), requires_grad)


@composite(method=False)
def full(size: Any, fill_value: Any, *, out: Any = None, dtype: Any = None, layout: Any = None, device: Any = None,
         requires_grad: bool = False, names: Any = None, pin_memory: bool = False) -> Tensor:
    """A tensor of one value."""
    if is_tensor(fill_value):
        fill_value = fill_value.item()
    n = python_number(fill_value)
    if n is None:
        raise TypeError(f"full(): argument 'fill_value' (position 2) must be Number, not {type(fill_value).__name__}")
    if isinstance(size, int):
        raise TypeError("full(): argument 'size' (position 1) must be tuple of ints, not int")
    return _make(K.full, (n,), (_sizes("full", (size,)), numpy_dtype(dtype, inferred_dtype(n))), device, requires_grad,
                 out)


def inferred_dtype(n: Any) -> np.dtype:
    """The dtype of a tensor made of a Python number."""
    if isinstance(n, bool):
        return np.dtype(bool)
    if isinstance(n, int):
        return np.dtype(np.int64)
    if isinstance(n, complex):
        return _dtype.to_numpy(_dtype.default_complex_dtype())
    return _dtype.to_numpy(_dtype.get_default_dtype())


@composite(method=False)
def scalar_tensor(s: Any, *, dtype: Any = None, layout: Any = None, device: Any = None, pin_memory: bool = False,
                  requires_grad: bool = False) -> Tensor:
    """A 0-d tensor."""
    return finish(make(from_number(static(s), numpy_dtype(dtype), resolve(device))), requires_grad)


@composite(method=False)
def arange(*args: Any, out: Any = None, dtype: Any = None, layout: Any = None, device: Any = None,
           requires_grad: bool = False, pin_memory: bool = False, **kwargs: Any) -> Tensor:
    """``start``, ``start + step``, ... below ``end``."""
    values = list(args)
    start = kwargs.get("start", values[0] if len(values) > 1 else 0)
    end = kwargs.get("end", values[0] if len(values) == 1 else values[1] if len(values) > 1 else None)
    step = kwargs.get("step", values[2] if len(values) > 2 else 1)
    if "start" in kwargs and values:
        end = kwargs.get("end", values[0])
    start, end, step = (x.item() if is_tensor(x) else python_number(x) for x in (start, end, step))
    if end is None:
        raise TypeError("arange() missing 1 required positional arguments: \"end\"")
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if not all(math.isfinite(x) for x in (start, end)):
        raise RuntimeError(f"unsupported range: {start} -> {end}")
    if (step > 0) != (end >= start) and end != start:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    whole = all(isinstance(x, int) for x in (start, end, step))
    np_dtype = numpy_dtype(dtype, np.dtype(np.int64) if whole else None)
    if out is not None and dtype is None:
        np_dtype = out._aval.dtype
    if np.issubdtype(np_dtype, np.integer) and np_dtype != np.int64 and not whole:
        # only int64 truncates before it counts
        length, start, step = max(0, math.ceil((float(end) - start) / step)), int(start), int(step)
    elif np.issubdtype(np_dtype, np.integer):
        if not int(step):
            raise ValueError("step must be nonzero")
        start, end, step = int(start), int(end), int(step)
        length = max(0, -((start - end) // step) if step > 0 else -((end - start) // -step))
    else:
        start, step = float(start), float(step)
        length = max(0, math.ceil((end - start) / step))
    return _make(K.arange, (start, step), (length, np_dtype), device, requires_grad, out)


@composite(name="range", method=False)
def range_(start: Any = 0, end: Any = None, step: Any = 1, **kwargs: Any) -> Tensor:
    """Deprecated: like arange, with ``end`` included."""
    warnings.warn("torch.range is deprecated and will be removed in a future release because its behavior is "
                  "inconsistent with Python's range builtin. Instead, use torch.arange, which produces values in "
                  "[start, end).", UserWarning, stacklevel=2)
    length = math.floor((end - start) / step) + 1
    return _make(K.arange, (float(start), float(step)), (length, numpy_dtype(kwargs.pop("dtype", None))),
                 kwargs.get("device"), kwargs.get("requires_grad", False))


_MADE = ("*, Tensor out = None, torch.dtype dtype = None, torch.layout layout = None, torch.device device = None, "
         "bool pin_memory = False, bool requires_grad = False)")
_SPACED = {
    name: [f"({a} start, {b} end, int steps, {base}{_MADE}" for a, b in (
        ("Tensor", "Tensor"), ("Number", "Tensor"), ("Tensor", "Number"), ("Number", "Number"))]
    for name, base in (("linspace", ""), ("logspace", "float base = 10.0, "))
}  # the signatures


def _spaced(kernel: Any, name: str) -> Any:
    def fn(start: Any, end: Any, steps: Any = None, *extra: Any, out: Any = None, dtype: Any = None, layout: Any = None,
           device: Any = None, requires_grad: bool = False, pin_memory: bool = False, base: Any = 10.0) -> Tensor:
        if steps is None:
            raise TypeError(f'{name}() missing 1 required positional arguments: "steps"')
        if not isinstance(steps, int | np.integer) and not is_tensor(steps):
            raise invalid_combination(name, (start, end, steps, *extra), _SPACED[name])
        steps = int(steps)
        dims = {n: x.dim() for n, x in (("start", start), ("end", end)) if is_tensor(x)}
        if any(dims.values()):
            got = " and ".join(f"{n} with {d} dimension(s)" for n, d in dims.items())
            raise RuntimeError(f"{name} only supports 0-dimensional start and end tensors, but got {got}.")
        if steps < 0:
            raise RuntimeError("number of steps must be non-negative")
        a, b = (x.item() if is_tensor(x) else python_number(x) for x in (start, end))
        if isinstance(a, complex) or isinstance(b, complex):
            default, numbers = _dtype.to_numpy(_dtype.default_complex_dtype()), (complex(a), complex(b))
        else:
            default, numbers = None, (float(a), float(b))
        np_dtype = numpy_dtype(dtype, default)
        if kernel is K.logspace:
            numbers = (*numbers, float(extra[0] if extra else base))
        return _make(kernel, numbers, (steps, np_dtype), device, requires_grad, out)

    fn.__name__ = name
    fn.__doc__ = f"Evenly spaced numbers: see ``torch.{name}``."
    return composite(fn, method=False)


linspace, logspace = _spaced(K.linspace, "linspace"), _spaced(K.logspace, "logspace")


@composite(method=False)
def eye(n: int, m: int | None = None, *, out: Any = None, dtype: Any = None, layout: Any = None, device: Any = None,
        requires_grad: bool = False, pin_memory: bool = False) -> Tensor:
    """Ones on the diagonal of an n by m matrix."""
    if n < 0 or (m is not None and m < 0):
        which, k = ("n", n) if n < 0 else ("m", m)
        raise RuntimeError(f"{which} must be greater or equal to 0, got {k}")
    return _make(K.eye, (), (n, n if m is None else m, numpy_dtype(dtype)), device, requires_grad, out)


def _like(name: str, kernel: Any) -> Any:
    def fn(input: Tensor, *, dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: bool = False,
           memory_format: Any = None, pin_memory: bool = False) -> Tensor:
        a = input._aval
        return _make(kernel, (), (a.shape, numpy_dtype(dtype, a.dtype)), a.device if device is None else device,
                     requires_grad)

    fn.__name__ = name
    fn.__doc__ = f"Of the size and dtype of another tensor: see ``torch.{name}``."
    return composite(fn, method=False)


zeros_like, ones_like = _like("zeros_like", K.zeros), _like("ones_like", K.ones)
empty_like = _like("empty_like", K.zeros)


@composite(method=False)
def full_like(input: Tensor, fill_value: Any, *, dtype: Any = None, layout: Any = None, device: Any = None,
              requires_grad: bool = False, memory_format: Any = None, pin_memory: bool = False) -> Tensor:
    """One value in the size and dtype of another tensor."""
    a = input._aval
    n = fill_value.item() if is_tensor(fill_value) else python_number(fill_value)
    return _make(K.full, (n,), (a.shape, numpy_dtype(dtype, a.dtype)), a.device if device is None else device,
                 requires_grad)


def _new(name: str, kernel: Any) -> Any:
    def fn(self: Tensor, *size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False,
           layout: Any = None, pin_memory: bool = False, **kwargs: Any) -> Tensor:
        if "size" in kwargs:
            size = (kwargs["size"],)
        a = self._aval
        return _make(kernel, (), (_sizes(name, size), numpy_dtype(dtype, a.dtype)),
                     a.device if device is None else device, requires_grad)

    fn.__name__ = name
    fn.__doc__ = f"With this tensor's dtype and device: see ``torch.Tensor.{name}``."
    return composite(fn, function=False)


new_zeros, new_ones, new_empty = _new("new_zeros", K.zeros), _new("new_ones", K.ones), _new("new_empty", K.zeros)


@composite(function=False)
def new_full(self: Tensor, size: Any, fill_value: Any, *, dtype: Any = None, device: Any = None,
             requires_grad: bool = False, layout: Any = None, pin_memory: bool = False) -> Tensor:
    """One value with this tensor's dtype and device."""
    a = self._aval
    return _make(K.full, (python_number(fill_value),), (_sizes("new_full", (size,)), numpy_dtype(dtype, a.dtype)),
                 a.device if device is None else device, requires_grad)
