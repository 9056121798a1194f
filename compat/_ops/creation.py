"""Making tensors: from data, from NumPy memory, from sizes."""

from __future__ import annotations

import math
import warnings
from typing import Any

import jax
import numpy as np

from compat import _dtype
from compat._autograd import backward as _backward
from compat._autograd.node import _sequence, attach, node_class
from compat._device import device as Device
from compat._device import resolve
from compat._engine.entry import Entry
from compat._engine.program import concrete, ctx, host_put, record, use_device
from compat._engine.value import CPU, Aval, Value, aval_of, from_buffer, from_number, target_of
from compat._ops.declare import _number, composite, ops
from compat._ops.views import sizes_of
from compat._tensor.inplace import cast, finish_inplace, rebase, start_inplace, write_out
from compat._tensor.storage import Storage
from compat._tensor.tensor import NUMBERS, Tensor, is_tensor, make, tensor_from_host
from compat._tensor.tensor import _legacy as _tensor_state
from funcgrad.ops import creation as K
from funcgrad.ops.pointwise import _to_copy as to_dtype

_object_new = object.__new__
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
    v = record(_entry(kernel, tuple(type(n) for n in numbers), *static, device=where), *numbers)
    if out is not None:
        if out._aval.dtype != v.aval.dtype:
            v = cast(v, out._aval.dtype)
        write_out(out, v)
        return out
    t = make(v)
    return _finish(t, requires_grad)


def _finish(t: Tensor, requires_grad: bool) -> Tensor:
    if ctx.inference:
        t._inf = True
    if requires_grad:
        if not t._aval.inexact:
            raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
        t._rg = True
    return t


def _np(dtype: Any, default: Any = None) -> np.dtype:
    if dtype is None:
        return default if default is not None else _dtype.to_numpy(_dtype.get_default_dtype())
    if not isinstance(dtype, _dtype.dtype):
        if dtype in (float, int, bool, complex):
            return _dtype.to_numpy({float: _dtype.float64, int: _dtype.int64, bool: _dtype.bool_,
                                    complex: _dtype.complex128}[dtype])
        raise TypeError(f"dtype must be a torch.dtype, not {type(dtype).__name__}")
    return _dtype.to_numpy(dtype)


def _sizes(name: str, size: tuple) -> tuple[int, ...]:
    try:
        out = sizes_of(size)
    except (TypeError, ValueError):
        kinds = type(size[0]).__name__ if size else "nothing"
        raise TypeError(f"{name}(): argument 'size' (position 1) must be tuple of ints, not {kinds}") from None
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
            size = (kwargs["size"],)
        return _make(kernel, (), (_sizes(name, size), _np(dtype)), device, requires_grad, out)

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
    base = _make(K.zeros, (), ((need,), _np(dtype)), device, False)
    return _finish(ops.as_strided(base, size, stride).detach(), requires_grad)


@composite(method=False)
def full(size: Any, fill_value: Any, *, out: Any = None, dtype: Any = None, layout: Any = None, device: Any = None,
         requires_grad: bool = False, names: Any = None, pin_memory: bool = False) -> Tensor:
    """A tensor of one value."""
    if is_tensor(fill_value):
        fill_value = fill_value.item()
    n = _number(fill_value)
    if n is None:
        raise TypeError(f"full(): argument 'fill_value' (position 2) must be Number, not {type(fill_value).__name__}")
    if isinstance(size, int):
        raise TypeError("full(): argument 'size' (position 1) must be tuple of ints, not int")
    return _make(K.full, (n,), (_sizes("full", (size,)), _np(dtype, _inferred(n))), device, requires_grad, out)


def _inferred(n: Any) -> np.dtype:
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
    return _finish(make(from_number(s, _np(dtype), resolve(device))), requires_grad)


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
    start, end, step = (x.item() if is_tensor(x) else _number(x) for x in (start, end, step))
    if end is None:
        raise TypeError("arange() missing 1 required positional arguments: \"end\"")
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if not all(math.isfinite(x) for x in (start, end)):
        raise RuntimeError(f"unsupported range: {start} -> {end}")
    if (step > 0) != (end >= start) and end != start:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    whole = all(isinstance(x, int) for x in (start, end, step))
    np_dtype = _np(dtype, np.dtype(np.int64) if whole else None)
    if np.issubdtype(np_dtype, np.integer):
        start, end, step = int(start), int(end), int(step)
        length = max(0, -((start - end) // step) if step > 0 else -((end - start) // -step))
    else:
        start, step = float(start), float(step)
        length = max(0, math.ceil((end - start) / step))
    return _make(K.arange, (start, step), (length, np_dtype), device, requires_grad, out)


@composite(name="range", method=False)
def range_(start: Any = 0, end: Any = None, step: Any = 1, **kwargs: Any) -> Tensor:
    """Deprecated: like arange, with ``end`` included."""
    warnings.warn("torch.range is deprecated and will be removed in a future release because its behavior is inconsistent "
                  "with Python's range builtin. Instead, use torch.arange, which produces values in [start, end).",
                  UserWarning, stacklevel=2)
    length = math.floor((end - start) / step) + 1
    return _make(K.arange, (float(start), float(step)), (length, _np(kwargs.pop("dtype", None))), kwargs.get("device"),
                 kwargs.get("requires_grad", False))


def _spaced(kernel: Any, name: str) -> Any:
    def fn(start: Any, end: Any, steps: Any = None, *extra: Any, out: Any = None, dtype: Any = None, layout: Any = None,
           device: Any = None, requires_grad: bool = False, pin_memory: bool = False, base: Any = 10.0) -> Tensor:
        if steps is None:
            raise TypeError(f'{name}() missing 1 required positional arguments: "steps"')
        steps = int(steps)
        if steps < 0:
            raise RuntimeError("number of steps must be non-negative")
        a, b = (x.item() if is_tensor(x) else _number(x) for x in (start, end))
        np_dtype = _np(dtype, _dtype.to_numpy(_dtype.default_complex_dtype()) if isinstance(a, complex) or isinstance(
            b, complex) else None)
        numbers: tuple = (float(a), float(b)) if not isinstance(a, complex) and not isinstance(b, complex) else (
            complex(a), complex(b))
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
    return _make(K.eye, (), (n, n if m is None else m, _np(dtype)), device, requires_grad, out)


def _like(name: str, kernel: Any) -> Any:
    def fn(input: Tensor, *, dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: bool = False,
           memory_format: Any = None, pin_memory: bool = False) -> Tensor:
        a = input._aval
        return _make(kernel, (), (a.shape, _np(dtype, a.dtype)), a.device if device is None else device, requires_grad)

    fn.__name__ = name
    fn.__doc__ = f"Of the size and dtype of another tensor: see ``torch.{name}``."
    return composite(fn, method=False)


zeros_like, ones_like, empty_like = _like("zeros_like", K.zeros), _like("ones_like", K.ones), _like("empty_like", K.zeros)


@composite(method=False)
def full_like(input: Tensor, fill_value: Any, *, dtype: Any = None, layout: Any = None, device: Any = None,
              requires_grad: bool = False, memory_format: Any = None, pin_memory: bool = False) -> Tensor:
    """One value in the size and dtype of another tensor."""
    a = input._aval
    n = fill_value.item() if is_tensor(fill_value) else _number(fill_value)
    return _make(K.full, (n,), (a.shape, _np(dtype, a.dtype)), a.device if device is None else device, requires_grad)


def _new(name: str, kernel: Any) -> Any:
    def fn(self: Tensor, *size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False, layout: Any = None,
           pin_memory: bool = False, **kwargs: Any) -> Tensor:
        if "size" in kwargs:
            size = (kwargs["size"],)
        a = self._aval
        return _make(kernel, (), (_sizes(name, size), _np(dtype, a.dtype)), a.device if device is None else device,
                     requires_grad)

    fn.__name__ = name
    fn.__doc__ = f"With this tensor's dtype and device: see ``torch.Tensor.{name}``."
    return composite(fn, function=False)


new_zeros, new_ones, new_empty = _new("new_zeros", K.zeros), _new("new_ones", K.ones), _new("new_empty", K.zeros)


@composite(function=False)
def new_full(self: Tensor, size: Any, fill_value: Any, *, dtype: Any = None, device: Any = None,
             requires_grad: bool = False, layout: Any = None, pin_memory: bool = False) -> Tensor:
    """One value with this tensor's dtype and device."""
    a = self._aval
    return _make(K.full, (_number(fill_value),), (_sizes("new_full", (size,)), _np(dtype, a.dtype)),
                 a.device if device is None else device, requires_grad)


@composite(function=False)
def new_tensor(self: Tensor, data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False,
               layout: Any = None, pin_memory: bool = False) -> Tensor:
    """``torch.tensor(data)`` with this tensor's dtype and device."""
    return tensor(data, dtype=self.dtype if dtype is None else dtype,
                  device=self.device if device is None else device, requires_grad=requires_grad)


# From data --------------------------------------------------------------------------------------------------------


def _shape_of(data: Any) -> tuple[int, ...]:
    shape = []
    while isinstance(data, tuple | list | range) or (hasattr(data, "__len__") and hasattr(data, "__getitem__")
                                                     and not isinstance(data, str | bytes | dict)):
        if is_tensor(data) or isinstance(data, np.ndarray):
            return (*shape, *data.shape)
        shape.append(len(data))
        if not len(data):
            break
        data = data[0]
    return tuple(shape)


def _check_ragged(data: Any, shape: tuple[int, ...], dim: int = 0) -> None:
    if not shape:
        if isinstance(data, tuple | list):
            raise TypeError(f"not a scalar: {data!r}")
        return
    if not hasattr(data, "__len__") or (is_tensor(data) and data.dim() == 0):
        raise TypeError(f"len() of unsized object: {data!r}" if dim == 0 else
                        f"expected sequence of length {shape[0]} at dim {dim} (got a {type(data).__name__})")
    if len(data) != shape[0]:
        raise ValueError(f"expected sequence of length {shape[0]} at dim {dim} (got {len(data)})")
    if len(shape) > 1:
        for x in data:
            _check_ragged(x, shape[1:], dim + 1)


def _leaves(data: Any) -> Any:
    if isinstance(data, tuple | list | range):
        for x in data:
            yield from _leaves(x)
    else:
        yield data


def array_of(data: Any, dtype: Any) -> tuple[np.ndarray, bool]:
    """(NumPy array, whether its dtype is to be kept) of anything ``torch.tensor`` takes."""
    if isinstance(data, np.ndarray | np.generic):
        a = np.asarray(data)
        _supported(a)
        return a, True
    if isinstance(data, bool | int | float | complex):
        return np.asarray(data), False
    if isinstance(data, str):
        raise TypeError("new(): invalid data type 'str'")
    if not isinstance(data, tuple | list | range):
        if hasattr(data, "__array__"):
            return np.asarray(data), True
        if hasattr(data, "__len__") and hasattr(data, "__getitem__"):
            data = [data[i] for i in range(len(data))]
        elif hasattr(data, "__float__"):
            return np.asarray(float(data)), False
        else:
            raise RuntimeError(f"Could not infer dtype of {type(data).__name__}")
    shape = _shape_of(data)
    kinds = {type(x) for x in _leaves(data)}
    if str in kinds:
        raise ValueError("too many dimensions 'str'")
    if kinds <= NUMBERS:
        _check_ragged(data, shape)
        if float in kinds or complex in kinds:
            return np.array(data, np.complex128 if complex in kinds else np.float64).reshape(shape), False
        if kinds == {bool}:
            return np.array(data).reshape(shape), False
        return np.array(data, dtype=object if not kinds else None if kinds == {int} else np.int64).reshape(
            shape).astype(np.int64 if kinds else np.float64), False
    bad = next((k for k in kinds if not issubclass(k, Tensor | np.generic | np.ndarray | bool | int | float | complex)), None)
    if bad is not None:
        raise RuntimeError(f"Could not infer dtype of {bad.__name__}")
    return _mixed(data, shape)


def _mixed(data: Any, shape: tuple[int, ...]) -> tuple[np.ndarray, bool]:
    """Nested sequences that hold tensors or NumPy values."""
    found: list[np.dtype] = []

    def plain(x: Any) -> Any:
        if is_tensor(x):
            found.append(x._aval.dtype)
            return x._host()
        if isinstance(x, np.generic | np.ndarray):
            found.append(x.dtype)
            return x
        if isinstance(x, tuple | list):
            return [plain(y) for y in x]
        found.append(_inferred(x))
        return x

    nested = plain(data)
    d = found[0]
    for other in found[1:]:
        d = _promote(d, other)
    return np.array(nested).astype(d), True


def _promote(a: np.dtype, b: np.dtype) -> np.dtype:
    return _dtype.to_numpy(_dtype.promote_types(_dtype.from_numpy(a), _dtype.from_numpy(b)))


SUPPORTED = "float64, float32, float16, complex64, complex128, int64, int32, int16, int8, uint64, uint32, uint16, uint8, and bool"


def _supported(a: np.ndarray) -> None:
    try:
        _dtype.from_numpy(a.dtype)
    except (TypeError, KeyError, ValueError):
        raise TypeError(f"can't convert np.ndarray of type {a.dtype.type.__module__}.{a.dtype.type.__name__}. The only "
                        f"supported types are: {SUPPORTED}.") from None


def _check_range(a: np.ndarray, to: np.dtype) -> None:
    """Refuse numbers that an integer dtype cannot hold (unsigned ones take a negative range as large, as C does)."""
    if to.kind not in "iu" or not a.size or a.dtype.kind not in "iuf":
        return
    info = np.iinfo(to)
    low, high = a.min(), a.max()
    if not (high <= info.max and low >= (-int(info.max) if to.kind == "u" else info.min)):
        raise RuntimeError(f"value cannot be converted to type {to.name} without overflow")


@composite(method=False)
def tensor(data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False,
           pin_memory: bool = False) -> Tensor:
    """A leaf with a copy of ``data``: numbers, nested sequences, arrays, tensors.

    Raises:
      ValueError: for ragged sequences.
      RuntimeError: for what is no number, or does not fit the dtype.
    """
    if is_tensor(data):
        warnings.warn("To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or "
                      "sourceTensor.detach().clone().requires_grad_(True), rather than torch.tensor(sourceTensor).",
                      UserWarning, stacklevel=2)
        x = make(data._value())
        if dtype is not None or device is not None:
            x = x.to(device=device, dtype=dtype)
        return _finish(x.detach() if x._rg else x, requires_grad)
    if isinstance(data, jax.Array):
        return _finish(make(from_buffer(data)), requires_grad)
    cls = data.__class__
    where = resolve(device)
    if cls in NUMBERS:
        to = _np(dtype, None if cls is float else _inferred(data))
        if cls is int and not -(1 << 63) <= data < (1 << 64 if to == np.uint64 else 1 << 63) and to.kind in "iu":
            raise ValueError("Overflow when unpacking long long")
        _check_range(np.asarray(data), to)
        if cls is complex and to.kind != "c":
            raise TypeError("must be real number, not complex")
        x = bool(data) if to.kind == "b" else int(data) if to.kind in "iu" else data
        return _finish(make(from_number(x, to, where) if cls is not complex else from_buffer(
            host_put(np.asarray(x, to), where), where)), requires_grad)
    a, keep = array_of(data, dtype)
    to = _np(dtype, a.dtype if keep else _inferred(a.dtype.type(0).item()) if a.dtype.kind != "f" else None)
    if dtype is not None and not keep:
        _check_range(a, to)
    return _finish(make(from_buffer(host_put(_as_dtype(a, to), where), where)), requires_grad)


def _as_dtype(a: np.ndarray, to: np.dtype) -> np.ndarray:
    """A private C-ordered copy in another dtype."""
    if a.dtype.kind == "f" and to.kind in "iu":
        a = a.astype(np.int64)
    return np.array(a.astype(to), order="C")


@composite(method=False, aliases="asarray")
def as_tensor(data: Any, dtype: Any = None, device: Any = None, **kwargs: Any) -> Tensor:
    """``data`` as a tensor, without a copy where that is possible."""
    if is_tensor(data):
        return data.to(device=device, dtype=dtype) if dtype is not None or device is not None else data
    if isinstance(data, np.ndarray) and resolve(device) == CPU:
        _supported(data)
        t = from_numpy(data)
        return t if dtype is None else t.to(dtype)
    return tensor(data, dtype=dtype, device=device)


@composite(method=False)
def from_numpy(ndarray: np.ndarray) -> Tensor:
    """A tensor on a NumPy array's memory: changes of one show in the other.

    Raises:
      TypeError: if it is no array, or of a dtype that tensors lack.
      ValueError: for negative strides.
    """
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(ndarray).__name__})")
    _supported(ndarray)
    if any(s < 0 for s in ndarray.strides):
        raise ValueError("At least one stride in the given numpy array is negative, and tensors with negative strides are not "
                         "currently supported. (You can probably work around this by making a copy of your array  with "
                         "array.copy().) ")
    if not ndarray.flags.writeable:
        warnings.warn("The given NumPy array is not writable, and PyTorch does not support non-writable tensors. This means "
                      "writing to this tensor will result in undefined behavior. You may want to copy the array to protect "
                      "its data or make it writable before converting it to a tensor. This type of warning will be "
                      "suppressed for the rest of this program.", UserWarning, stacklevel=2)
    v = object.__new__(Value)
    v.aval = aval_of(ndarray.dtype, tuple(ndarray.shape))
    v.buf = v.num = v.prog = v.safe = None
    v.slot = 0
    t = _object_new(Tensor)
    t._st = Storage(v)
    t._st.share(ndarray)
    return _finish(t, False)


@composite(method=False)
def from_dlpack(ext_tensor: Any) -> Tensor:
    """A tensor with the elements of anything that speaks dlpack."""
    return make(from_buffer(jax.numpy.from_dlpack(ext_tensor)))


@composite(method=False)
def frombuffer(buffer: Any, *, dtype: Any, count: int = -1, offset: int = 0, requires_grad: bool = False) -> Tensor:
    """A tensor on a buffer's memory."""
    return from_numpy(np.frombuffer(buffer, _dtype.to_numpy(dtype), count, offset)).requires_grad_(requires_grad)


# In place ---------------------------------------------------------------------------------------------------------

_fills: dict[tuple[Aval, Any], Entry] = {}
_copies: dict[tuple[Aval, Aval], Entry] = {}


def _fill_entry(a: Aval, kind: Any) -> Entry:
    e = _fills.get((a, kind))
    if e is None:
        if kind is None:
            e = Entry("zero", lambda x: (K.zero(x),), [a])
            e.node = node_class("ZeroBackward0")
        else:
            e = Entry("fill", lambda x, v: (K.fill(x, _wide(v)),), [a, kind])
            e.node = node_class("FillBackward0" if not isinstance(kind, Aval) else "FillBackward1")
        _fills[(a, kind)] = e
    return e


def _wide(v: Any) -> Any:
    return jax.numpy.asarray(v)


@composite(function=True)
def zero_(input: Tensor) -> Tensor:
    """In place: zeros."""
    start_inplace(input)
    v = input._value()
    e = _fill_entry(v.aval, None)
    if not input._rg:
        input._write(record(e, v))
        return input
    return finish_inplace("zero_", input, record(e, v), e, (input,), (v,))


@composite(function=True)
def fill_(input: Tensor, value: Any) -> Tensor:
    """In place: one value everywhere."""
    n = None if is_tensor(value) else _number(value)
    if n is None and not is_tensor(value):
        raise TypeError(f"fill_(): argument 'value' (position 1) must be Number, not {type(value).__name__}")
    if is_tensor(value) and value.dim():
        raise RuntimeError("fill_ only supports 0-dimension value tensor but got tensor with "
                           f"{value.dim()} dimensions.")
    start_inplace(input, is_tensor(value) and value.requires_grad)
    v = input._value()
    x = n if n is not None else value._value()
    e = _fill_entry(v.aval, type(n) if n is not None else x.aval)
    return finish_inplace("fill_", input, record(e, v, x), e, (input, value if n is None else None), (v, x))


@composite
def fill(input: Tensor, value: Any) -> Tensor:
    """A copy with one value everywhere."""
    return fill_(ops.clone(input), value)


@composite(function=False)
def copy_(self: Tensor, src: Any, non_blocking: bool = False) -> Tensor:
    """In place: another tensor's elements, broadcast and cast."""
    if not is_tensor(src):
        src = tensor(src)
    if src is self:
        return self
    a, b = self._aval, src._aval
    start_inplace(self, src.requires_grad, check_overlap=True)
    extra = len(b.shape) - len(a.shape)
    shape = np.broadcast_shapes(a.shape, b.shape) if _fits(a.shape, b.shape) else None
    if shape is None:
        ops.add(make(self._value()), make(src._value()))  # raises the message about the first size that differs
    if shape != a.shape:
        raise RuntimeError(f"output with shape {list(a.shape)} doesn't match the broadcast shape {list(shape or ())}"
                           if extra <= 0 else f"The expanded size of the tensor ({a.shape[0] if a.shape else 1}) must match "
                           f"the existing size ({b.shape[0]}) at non-singleton dimension 0.  Target sizes: "
                           f"{list(a.shape)}.  Tensor sizes: {list(b.shape)}")
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
def set_(self: Tensor, source: Any = None, storage_offset: int = 0, size: Any = None, stride: Any = None) -> Tensor:
    """Let this tensor be another's memory."""
    if not is_tensor(source):
        raise NotImplementedError("Tensor.set_ with a storage is not implemented")
    self._st, self._view, self._v = source._storage(), source._view, None
    self._ver = source._version_object()
    return self


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


# Conversions --------------------------------------------------------------------------------------------------------


def convert(x: Tensor, dtype: Any = None, device: Any = None, copy: bool = False) -> Tensor:
    """A tensor in another dtype, on another device; itself if nothing changes and no copy is asked for."""
    a = x._aval
    to = a.dtype if dtype is None else _np(dtype)
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
        return convert(self, dtype)

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


def legacy_tensor(cls: type, args: tuple, kwargs: dict, dtype: Any = None) -> Tensor:
    """``torch.Tensor(...)``: data, or sizes."""
    dtype = dtype or _dtype.get_default_dtype()
    device = kwargs.pop("device", None)
    if "data" in kwargs:
        args = (kwargs.pop("data"),)
    if not args:
        t = zeros(0, dtype=dtype)
    elif len(args) == 1 and is_tensor(args[0]):
        t = args[0].detach() if args[0].dtype is dtype else args[0].detach().to(dtype)
    elif len(args) == 1 and isinstance(args[0], np.ndarray):
        t = tensor_from_host(args[0].astype(_dtype.to_numpy(dtype)))
    elif len(args) == 1 and isinstance(args[0], tuple | list) and type(args[0]).__name__ != "Size":
        t = tensor(args[0], dtype=dtype)
    elif all(isinstance(a, int) for a in args) or type(args[0]).__name__ == "Size":
        t = zeros(*args, dtype=dtype)
    else:
        raise TypeError(f"new(): data must be a sequence (got {type(args[0]).__name__})")
    t = t if device is None else t.to(device)
    if cls is Tensor:
        return t
    sub = t._alias(cls)
    return sub


class layout:  # noqa: N801 - torch's own name
    """How a tensor's elements are stored; only ``torch.strided`` exists here."""

    def __init__(self, name: str) -> None:
        """A layout of this name."""
        self.name = name

    def __repr__(self) -> str:
        """Like ``torch.strided``."""
        return f"torch.{self.name}"


def install() -> None:
    """Give the lower layers what they cannot import."""
    _tensor_state["make"] = legacy_tensor
    _tensor_state["backward"] = _backward.backward
    _backward._state["full"] = jax.numpy.full
    _backward._state["cast"] = lambda t, d: make(cast(t._value(), d))
    _tensor_state["strided"] = layout("strided")
    _tensor_state["sequence"] = _sequence
    _backward._state.update(full=jax.numpy.full, cast=lambda t, d: make(cast(t._value(), d)), add=ops.add,
                            stack=lambda ts: ops.stack(ts))
