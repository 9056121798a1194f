"""Making tensors from data: numbers, nested sequences, NumPy arrays and their memory."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import jax
import numpy as np

from compat import _dtype
from compat._device import device as Device
from compat._device import of_jax, resolve
from compat._engine.program import host_put, uncapturable
from compat._engine.value import CPU, Value, aval_of, from_buffer, from_number
from compat._ops.creation import finish, inferred_dtype, numpy_dtype, zeros
from compat._ops.declare import composite
from compat._tensor.storage import Storage
from compat._tensor.tensor import NUMBERS, Tensor, is_tensor, make, tensor_from_host
from compat.storage import TypedStorage, is_storage


def device_of(array: jax.Array) -> Device:
    """The device of a jax array; a tracer, which has none yet, counts as being on the CPU."""
    return CPU if isinstance(array, jax.core.Tracer) else of_jax(next(iter(array.devices())))


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
            raise TypeError(f"'{type(data).__name__}' object cannot be interpreted as an integer")
        return
    if not hasattr(data, "__len__") or (is_tensor(data) and data.dim() == 0):
        raise TypeError(f"len() of unsized object: {data!r}" if dim == 0 else "not a sequence")
    if len(data) != shape[0]:
        raise ValueError(f"expected sequence of length {shape[0]} at dim {dim} (got {len(data)})")
    for x in data:
        _check_ragged(x, shape[1:], dim + 1)


def _leaves(data: Any) -> Any:
    if isinstance(data, tuple | list | range):
        for x in data:
            yield from _leaves(x)
    else:
        yield data


def array_of(data: Any) -> tuple[np.ndarray, bool]:
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
        if isinstance(data, dict | set | frozenset):
            raise RuntimeError(f"Could not infer dtype of {type(data).__name__}")
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
        if isinstance(next(_leaves(data)), str):
            raise ValueError("too many dimensions 'str'")
        raise TypeError("new(): invalid data type 'str'")
    if kinds <= NUMBERS:
        _check_ragged(data, shape)
        if float in kinds or complex in kinds:
            return np.array(data, np.complex128 if complex in kinds else np.float64).reshape(shape), False
        if kinds == {bool}:
            return np.array(data).reshape(shape), False
        return np.array(data, dtype=object if not kinds else None if kinds == {int} else np.int64).reshape(
            shape).astype(np.int64 if kinds else np.float64), False
    taken = Tensor | np.generic | np.ndarray | bool | int | float | complex
    bad = next((k for k in kinds if not issubclass(k, taken)), None)
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
        found.append(inferred_dtype(x))
        return x

    nested = plain(data)
    d = found[0]
    for other in found[1:]:
        d = _promote(d, other)
    return np.array(nested).astype(d), True


def _promote(a: np.dtype, b: np.dtype) -> np.dtype:
    return _dtype.to_numpy(_dtype.promote_types(_dtype.from_numpy(a), _dtype.from_numpy(b)))


_ARRAY = "makes a tensor of a NumPy array, whose changes nobody would notice; make it outside and pass it"
SUPPORTED = ("float64, float32, float16, complex64, complex128, int64, int32, int16, int8, uint64, uint32, uint16, "
             "uint8, and bool")


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
        return finish(x.detach() if x._rg else x, requires_grad)
    if isinstance(data, jax.Array):
        x = make(from_buffer(data, device_of(data)))
        if dtype is not None or device is not None:
            x = x.to(device=device, dtype=dtype)
        return finish(x, requires_grad)
    if is_storage(data):
        data = data._numbers() if isinstance(data, TypedStorage) else data._bytes()
    cls = data.__class__
    if cls is np.ndarray:
        uncapturable(_ARRAY)
    where = resolve(device)
    if cls in NUMBERS:
        to = numpy_dtype(dtype, None if cls is float else inferred_dtype(data))
        if cls is int and not -(1 << 63) <= data < (1 << 64 if to == np.uint64 else 1 << 63) and to.kind in "iu":
            raise ValueError("Overflow when unpacking long long")
        if to.kind in "iu" and not (cls is int and to == np.int64):
            _check_range(np.asarray(data), to)
        if cls is complex and to.kind != "c":
            raise TypeError("must be real number, not complex")
        x = bool(data) if to.kind == "b" else int(data) if to.kind in "iu" else cls(data)
        return finish(make(from_number(x, to, where) if cls is not complex else from_buffer(
            host_put(np.asarray(x, to), where), where)), requires_grad)
    a, keep = array_of(data)
    if keep:
        to = numpy_dtype(dtype, a.dtype)
    else:
        to = numpy_dtype(dtype, None if a.dtype.kind == "f" else inferred_dtype(a.dtype.type(0).item()))
    if dtype is not None and not keep:
        _check_range(a, to)
    return finish(make(from_buffer(host_put(_as_dtype(a, to), where), where)), requires_grad)


def _as_dtype(a: np.ndarray, to: np.dtype) -> np.ndarray:
    """A private C-ordered copy in another dtype."""
    if a.dtype.kind == "f" and to.kind in "iu":
        a = a.astype(np.int64)
    with np.errstate(over="ignore"):  # too large for float16 is infinite, without a word
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
        raise ValueError("At least one stride in the given numpy array is negative, and tensors with negative strides "
                         "are not currently supported. (You can probably work around this by making a copy of your "
                         "array  with array.copy().) ")
    uncapturable(_ARRAY)
    if not ndarray.flags.writeable:
        warnings.warn("The given NumPy array is not writable, and PyTorch does not support non-writable tensors. This "
                      "means writing to this tensor will result in undefined behavior. You may want to copy the array "
                      "to protect its data or make it writable before converting it to a tensor. This type of warning "
                      "will be suppressed for the rest of this program.", UserWarning, stacklevel=2)
    v = object.__new__(Value)
    v.aval = aval_of(ndarray.dtype, tuple(ndarray.shape))
    v.buf = v.prog = None
    v.slot = 0
    t = object.__new__(Tensor)
    t._st = Storage(v)
    t._st.share(ndarray)
    return finish(t, False)


_DLPACK_CPU = 1  # kDLCPU


@composite(method=False)
def from_dlpack(ext_tensor: Any) -> Tensor:
    """A tensor with the elements of anything that speaks dlpack: on its memory, if that is the CPU's and writable."""
    if isinstance(ext_tensor, jax.Array):
        return make(from_buffer(ext_tensor, device_of(ext_tensor)))
    if ext_tensor.__dlpack_device__()[0] == _DLPACK_CPU:
        array = np.from_dlpack(ext_tensor)
        return from_numpy(array) if array.flags.writeable else tensor_from_host(array)
    with jax.enable_x64(True):
        array = jax.numpy.from_dlpack(ext_tensor)
    return make(from_buffer(array, device_of(array)))


@composite(method=False)
def frombuffer(buffer: Any, *, dtype: Any, count: int = -1, offset: int = 0, requires_grad: bool = False) -> Tensor:
    """A tensor on a buffer's memory."""
    return from_numpy(np.frombuffer(buffer, _dtype.to_numpy(dtype), count, offset)).requires_grad_(requires_grad)


@composite(function=False)
def new_tensor(self: Tensor, data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False,
               layout: Any = None, pin_memory: bool = False) -> Tensor:
    """``torch.tensor(data)`` with this tensor's dtype and device."""
    return tensor(data, dtype=self.dtype if dtype is None else dtype,
                  device=self.device if device is None else device, requires_grad=requires_grad)


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
    elif len(args) == 1 and is_storage(args[0]):
        t = zeros(0, dtype=dtype).set_(args[0])
    elif all(isinstance(a, int) for a in args) or type(args[0]).__name__ == "Size":
        t = zeros(*args, dtype=dtype)
    elif len(args) == 1 and isinstance(args[0], Sequence) and not isinstance(args[0], str):
        t = tensor(args[0], dtype=dtype)
    else:
        raise TypeError(f"new(): data must be a sequence (got {type(args[0]).__name__})")
    t = t if device is None else t.to(device)
    if cls is Tensor:
        return t
    sub = t._alias(cls)
    return sub
