"""``torch.storage``: the memory behind a tensor and its views, as bytes (`UntypedStorage`) or numbers (`TypedStorage`).

XLA's arrays have no address that a program may write to. What is written here replaces the storage's elements, and the
tensors on it see that, as they see a change in place; sizes stay as they are.
"""

from __future__ import annotations

import copy
import os
import warnings
import weakref
from collections.abc import Iterator
from typing import Any

import numpy as np

from compat import _dtype
from compat._device import CPU, device, parse
from compat._engine.program import host_put, to_numpy
from compat._engine.value import from_buffer
from compat._later import refuse
from compat._tensor.storage import Storage
from compat._tensor.tensor import Tensor

DTYPES = {"FloatStorage": "float32", "DoubleStorage": "float64", "HalfStorage": "float16",
          "BFloat16Storage": "bfloat16", "ByteStorage": "uint8", "CharStorage": "int8", "ShortStorage": "int16",
          "IntStorage": "int32", "LongStorage": "int64", "BoolStorage": "bool", "ComplexFloatStorage": "complex64",
          "ComplexDoubleStorage": "complex128"}
_NAMES = {dtype: name for name, dtype in DTYPES.items()}
_CASTS = {"float": "float32", "double": "float64", "half": "float16", "bfloat16": "bfloat16", "byte": "uint8",
          "char": "int8", "short": "int16", "int": "int32", "long": "int64", "bool": "bool",
          "complex_float": "complex64", "complex_double": "complex128"}
_DEPRECATED = ("TypedStorage is deprecated. It will be removed in the future and UntypedStorage will be the only "
               "storage class. This should only matter to you if you are using storages directly.  To access "
               "UntypedStorage directly, use tensor.untyped_storage() instead of tensor.storage()")
# one object a storage, as in PyTorch, as long as somebody holds it
_known: weakref.WeakValueDictionary[int, UntypedStorage] = weakref.WeakValueDictionary()


def _buffer(values: np.ndarray, where: device) -> Any:
    return from_buffer(host_put(np.array(values), where), where)


class _Storage:
    """What both kinds of storage say of their memory."""

    __module__ = "torch.storage"
    is_sparse = is_hpu = False
    filename = None

    def __len__(self) -> int:
        """How many elements."""
        return self.size()

    def __iter__(self) -> Iterator[Any]:
        """The elements."""
        return iter(self.tolist())

    def __copy__(self) -> Any:
        """Memory of its own."""
        return self.clone()

    @property
    def device(self) -> device:
        """Where the memory is."""
        return self.untyped()._st._value.aval.device

    @property
    def is_cuda(self) -> bool:
        """Whether the memory is a GPU's."""
        return self.device.type == "cuda"

    def get_device(self) -> int | None:
        """The device's index; None for the CPU."""
        return self.device.index

    def data_ptr(self) -> int:
        """The address (a stand-in, unless the memory is shared with NumPy)."""
        return self.untyped()._st.data_ptr() if self.nbytes() else 0

    def nbytes(self) -> int:
        """How many bytes."""
        return self.untyped()._st._value.aval.nbytes

    def resizable(self) -> bool:
        """Whether the memory is not somebody else's, such as NumPy's."""
        return self.untyped()._st.shared() is None

    def is_shared(self) -> bool:
        """False: XLA's memory is a process's own."""
        return False

    def is_pinned(self, device: Any = "cuda") -> bool:
        """False: XLA manages host memory itself."""
        return False

    def pin_memory(self, device: Any = "cuda") -> Any:
        """This storage."""
        return self

    def share_memory_(self) -> Any:
        """Refused: XLA's memory cannot be moved between processes."""
        refuse("torch.UntypedStorage.share_memory_")

    def cpu(self) -> Any:
        """The elements on the CPU."""
        return self.to(device="cpu")

    def cuda(self, device: Any = None, non_blocking: bool = False) -> Any:
        """The elements on a GPU."""
        return self.to(device="cuda" if device is None else device)

    def type(self, dtype: Any = None, non_blocking: bool = False) -> Any:
        """The name of this class, or the numbers of another."""
        return self._name() if dtype is None else self._cast(dtype if isinstance(dtype, _dtype.dtype) else dtype.dtype)

    def _cast(self, dtype: _dtype.dtype) -> TypedStorage:
        return TypedStorage(wrap_storage=_new(self._numbers().astype(_dtype.to_numpy(dtype)), self.device), dtype=dtype)


class UntypedStorage(_Storage):
    """The bytes of a tensor's memory, shared by all tensors on it.

    Args:
      size: How many bytes (zeros), or the bytes.
      device: Where.

    Example:
      >>> import compat as torch
      >>> x = torch.ones(2)
      >>> bytes = x[1:].untyped_storage()
      >>> bytes.nbytes(), bytes is x.untyped_storage()
      (8, True)
      >>> bytes[7] = 64  # the sign and the exponent of the last number
      >>> x
      tensor([1., 4.])

    Source:
      PyTorch, ``torch.UntypedStorage``.
    """

    is_sparse_csr = False
    _st: Storage

    def __new__(cls, size: Any = 0, *, device: Any = None) -> UntypedStorage:
        """Zeros, or the given bytes."""
        where = CPU if device is None else parse(device)
        if isinstance(size, int):
            values = np.zeros(size, np.uint8)
        else:
            for b in size:
                if not isinstance(b, int):
                    raise RuntimeError("torch.UntypedStorage(): tried to construct a storage from a sequence "
                                       f"({type(size).__name__}), but one of the items was of type "
                                       f"{type(b).__name__} instead of int")
            values = np.array([b & 0xFF for b in size], np.uint8)
        return _new(values, where)

    # Reading and writing --------------------------------------------------------------------------------------------

    def _bytes(self) -> np.ndarray:
        """The bytes now, a copy."""
        return np.ascontiguousarray(to_numpy(self._st.value)).reshape(-1).view(np.uint8)

    def _assign(self, content: np.ndarray) -> None:
        now = self._st.value.aval
        self._st.write(_buffer(content.view(now.dtype).reshape(now.shape), now.device))

    def _place(self, index: Any) -> int | slice:
        if isinstance(index, slice):
            if index.step not in (None, 1):
                raise RuntimeError(f"Trying to slice with a step of {index.step}, but only a step of 1 is supported")
            return index
        if not isinstance(index, int):
            raise TypeError(f"can't index a torch.UntypedStorage with {type(index).__name__}")
        n = self.nbytes()
        if not -n <= index < n:
            raise IndexError(f"index {index} out of range for storage of size {n}")
        return index

    def __getitem__(self, index: Any) -> Any:
        """A byte; of a slice a storage (a copy, where PyTorch shares the memory)."""
        at = self._place(index)
        got = self._bytes()[at]
        return int(got) if isinstance(at, int) else _new(got, self.device)

    def __setitem__(self, index: Any, value: Any) -> None:
        """Change a byte, or all of a slice to one."""
        at, content = self._place(index), self._bytes()
        content[at] = int(value) & 0xFF
        self._assign(content)

    size = _Storage.nbytes

    def tolist(self) -> list[int]:
        """The bytes as a list."""
        return self._bytes().tolist()

    def fill_(self, value: int) -> UntypedStorage:
        """Every byte the same."""
        self._assign(np.full(self.nbytes(), int(value) & 0xFF, np.uint8))
        return self

    def copy_(self, source: Any, non_blocking: bool = False) -> UntypedStorage:
        """Take the bytes of another storage of this size."""
        content = source.untyped()._bytes()
        if content.size != self.nbytes():
            raise RuntimeError(f"size does not match, self was {self.nbytes()} bytes but src was {content.size} bytes")
        self._assign(content)
        return self

    def clone(self) -> UntypedStorage:
        """The same bytes in memory of their own."""
        return _new(self._bytes(), self.device)

    def new(self) -> UntypedStorage:
        """An empty storage on the same device."""
        return UntypedStorage(0, device=self.device)

    def byteswap(self, dtype: _dtype.dtype) -> None:
        """Turn the bytes of each number around."""
        size = dtype.itemsize // (2 if dtype.is_complex else 1)
        self._assign(self._bytes().reshape(-1, size)[:, ::-1].reshape(-1))

    def resize_(self, size: int) -> UntypedStorage:
        """Only to the size that it has."""
        if size != self.nbytes():
            raise NotImplementedError("torch.UntypedStorage.resize_ to another size is not implemented in compat")
        return self

    # Where and what -------------------------------------------------------------------------------------------------

    def element_size(self) -> int:
        """1: a byte."""
        return 1

    def untyped(self) -> UntypedStorage:
        """This storage."""
        return self

    def to(self, *, device: Any, non_blocking: bool = False) -> UntypedStorage:
        """The bytes on a device; this storage if they are there."""
        where = parse(device)
        return self if where == self.device else _new(self._bytes(), where)

    def _name(self) -> str:
        return "torch.storage.UntypedStorage"

    def _numbers(self) -> np.ndarray:
        return self._bytes()

    @classmethod
    def from_buffer(cls, buffer: Any, byte_order: str = "native", count: int = -1, offset: int = 0, *,
                    dtype: _dtype.dtype = _dtype.uint8) -> UntypedStorage:
        """A copy of the bytes of a buffer that holds numbers of a dtype in the given order."""
        if byte_order not in ("native", "little", "big"):
            raise ValueError(f"invalid byte_order '{byte_order}' (expected 'big', 'little', or 'native')")
        kind = _dtype.to_numpy(dtype)
        numbers = np.frombuffer(buffer, _ordered(kind, byte_order), count, offset).astype(kind)
        return _new(numbers.view(np.uint8), CPU)

    @classmethod
    def from_file(cls, filename: Any, shared: bool = False, nbytes: int = 0) -> UntypedStorage:
        """The bytes of a file, mapped into memory: read when they are used, and never written back."""
        if shared:
            raise NotImplementedError("torch.UntypedStorage.from_file(shared=True) is not implemented in compat: XLA's "
                                      "arrays cannot be written to")
        content = np.memmap(filename, np.uint8, "c", shape=(nbytes,)) if nbytes else np.zeros(0, np.uint8)
        made = _of(Storage(from_buffer(host_put(content, CPU), CPU)))
        made.filename = os.fspath(filename)
        return made

    def __deepcopy__(self, memo: dict) -> UntypedStorage:
        """Memory of its own, one in what is copied together."""
        st = self._st
        return _of(memo.get(id(st)) or memo.setdefault(id(st), Storage(st.value)))

    def __sizeof__(self) -> int:
        """The object's size and the memory's."""
        return object.__sizeof__(self) + self.nbytes()

    def __repr__(self) -> str:
        """The bytes, one a line."""
        return "\n".join(f" {b}" for b in self.tolist() or [""]) + (
            f"\n[torch.storage.UntypedStorage(device={self.device}) of size {len(self)}]")


def _ordered(kind: np.dtype, byte_order: str) -> np.dtype:
    return kind if byte_order == "native" else kind.newbyteorder({"little": "<", "big": ">"}[byte_order])


def _new(values: np.ndarray, where: device) -> UntypedStorage:
    """A storage with a copy of these elements."""
    return _of(Storage(_buffer(values, where)))


def _of(st: Storage) -> UntypedStorage:
    found = _known.get(id(st))
    if found is None:
        found = object.__new__(UntypedStorage)
        found._st = st
        _known[id(st)] = found  # it holds the storage: the key is not somebody else's while it lives
    return found


class TypedStorage(_Storage):
    """The numbers of a tensor's memory. Deprecated by PyTorch in favour of `UntypedStorage`.

    Args:
      *args: How many numbers (zeros), or the numbers.
      wrap_storage: The bytes to show instead.
      dtype: Of the numbers; the default dtype if None.
      device: Where new memory is.

    Example:
      >>> import compat as torch
      >>> x = torch.arange(4.)
      >>> storage = torch.TypedStorage(wrap_storage=x[2:].untyped_storage(), dtype=torch.float32)
      >>> storage.size(), storage[1]
      (4, 1.0)

    Source:
      PyTorch, ``torch.TypedStorage``.
    """

    def __init__(self, *args: Any, wrap_storage: UntypedStorage | None = None, dtype: _dtype.dtype | None = None,
                 device: Any = None) -> None:
        """Numbers of their own, or the bytes of ``wrap_storage``."""
        if not isinstance(dtype, _dtype.dtype | None):
            raise RuntimeError(f"expected torch.dtype, but got {type(dtype)}")
        self.dtype = _dtype.get_default_dtype() if dtype is None else dtype
        if wrap_storage is not None:
            if args:
                raise RuntimeError("TypedStorage: received too many positional arguments")
            if not isinstance(wrap_storage, UntypedStorage):
                raise TypeError("Argument 'wrap_storage' must be UntypedStorage, but got "
                                f"{type(wrap_storage).__module__}.{type(wrap_storage).__qualname__}")
            self._bytes = wrap_storage
            return
        if len(args) > 1:
            raise RuntimeError("TypedStorage: received too many positional arguments")
        given = args[0] if args else 0
        kind = _dtype.to_numpy(self.dtype)
        numbers = np.zeros(given, kind) if isinstance(given, int) else np.array(list(given)).astype(kind)
        self._bytes = _new(numbers, CPU if device is None else parse(device))

    def _numbers(self) -> np.ndarray:
        return self._bytes._bytes().view(_dtype.to_numpy(self.dtype))

    def _place(self, index: Any, doing: str) -> int:
        if isinstance(index, slice):
            raise RuntimeError(f"slices are only supported in UntypedStorage.{doing}")
        if not isinstance(index, int):
            raise RuntimeError(f"can't index a <class 'torch.storage.TypedStorage'> with {type(index)}")
        n = self.size()
        if not -n <= index < n:
            raise IndexError(f"index {index} out of range for storage of size {n}")
        return index

    def __getitem__(self, index: Any) -> Any:
        """A number."""
        return self._numbers()[self._place(index, "__getitem__")].item()

    def __setitem__(self, index: Any, value: Any) -> None:
        """Change a number, or a slice's to one."""
        numbers = self._numbers()
        numbers[index if isinstance(index, slice) else self._place(index, "__setitem__")] = value
        self._bytes._assign(numbers.view(np.uint8))

    def size(self) -> int:
        """How many numbers."""
        return self._bytes.nbytes() // self.dtype.itemsize

    def element_size(self) -> int:
        """Bytes of a number."""
        return self.dtype.itemsize

    def tolist(self) -> list[Any]:
        """The numbers as a list."""
        return self._numbers().tolist()

    def untyped(self) -> UntypedStorage:
        """The bytes."""
        return self._bytes

    def fill_(self, value: Any) -> TypedStorage:
        """Every number the same."""
        self[:] = value
        return self

    def copy_(self, source: Any, non_blocking: bool | None = None) -> TypedStorage:
        """Take the bytes of a storage of this size."""
        self._bytes.copy_(source)
        return self

    def clone(self) -> TypedStorage:
        """The same numbers in memory of their own."""
        return self._around(self._bytes.clone())

    def _around(self, content: UntypedStorage) -> TypedStorage:
        return TypedStorage(wrap_storage=content, dtype=self.dtype)

    def resize_(self, size: int) -> TypedStorage:
        """Only to the size that it has."""
        self._bytes.resize_(size * self.dtype.itemsize)
        return self

    def pickle_storage_type(self) -> str:
        """The name of the storage class of this dtype."""
        name = _NAMES.get(str(self.dtype).removeprefix("torch."))
        if name is None:
            raise KeyError(self.dtype)
        return name

    def _name(self) -> str:
        return ("torch.cuda." if self.is_cuda else "torch.") + self.pickle_storage_type()

    def to(self, *, device: Any, non_blocking: bool = False) -> TypedStorage:
        """The numbers on a device."""
        return self._around(self._bytes.to(device=device))

    def __deepcopy__(self, memo: dict) -> TypedStorage:
        """Memory of its own, one in what is copied together."""
        return self._around(copy.deepcopy(self._bytes, memo))

    def __repr__(self) -> str:
        """The numbers, one a line."""
        return "\n".join(f" {x}" for x in self.tolist() or [""]) + (
            f"\n[torch.storage.TypedStorage(dtype={self.dtype}, device={self.device}) of size {len(self)}]")


def _caster(name: str, dtype: str) -> Any:
    def cast(self: Any) -> TypedStorage:
        return self._cast(_dtype.NAMES[dtype])

    cast.__name__ = name
    cast.__doc__ = f"The numbers as {dtype}."
    return cast


for _name, _target in _CASTS.items():
    for _class in (UntypedStorage, TypedStorage):
        setattr(_class, _name, _caster(_name, _target))


class _KindMeta(type):
    """``torch.FloatStorage`` makes typed storages, and is the class of those of its dtype for ``isinstance``."""

    dtype: _dtype.dtype

    def __call__(cls, *args: Any, wrap_storage: Any = None, device: Any = None) -> TypedStorage:
        return TypedStorage(*args, wrap_storage=wrap_storage, dtype=cls.dtype, device=device)

    def __instancecheck__(cls, x: Any) -> bool:
        return isinstance(x, TypedStorage) and x.dtype is cls.dtype

    def from_buffer(cls, *args: Any, **kwargs: Any) -> TypedStorage:
        """A copy of the numbers in a buffer."""
        return TypedStorage(wrap_storage=UntypedStorage.from_buffer(*args, dtype=cls.dtype, **kwargs), dtype=cls.dtype)


KINDS: dict[str, type] = {
    name: _KindMeta(name, (), {"dtype": _dtype.NAMES[of], "__module__": "torch", "__doc__": f"Storages of {of}."})
    for name, of in DTYPES.items()}


def untyped_storage(t: Tensor) -> UntypedStorage:
    """The memory of a tensor: ``Tensor.untyped_storage``."""
    return _of(t._storage())


class _Warned:
    typed = False


def typed_storage(t: Tensor) -> TypedStorage:
    """The memory of a tensor as numbers: ``Tensor.storage``, with PyTorch's warning the first time."""
    if not _Warned.typed:
        _Warned.typed = True
        warnings.warn(_DEPRECATED, UserWarning, stacklevel=3)
    return TypedStorage(wrap_storage=_of(t._storage()), dtype=t.dtype)


def is_storage(obj: Any) -> bool:
    """Whether an object is a storage.

    Example:
      >>> import compat as torch
      >>> torch.is_storage(torch.ones(1).untyped_storage()), torch.is_storage(torch.ones(1))
      (True, False)

    Source:
      PyTorch, ``torch.is_storage``.
    """
    return isinstance(obj, _Storage)


__all__ = ["DTYPES", "KINDS", "TypedStorage", "UntypedStorage", "is_storage", "typed_storage", "untyped_storage"]
