"""What unpickling a PyTorch file calls: storages by type, and the functions that rebuild tensors on them.

Names, arguments and module are those of ``torch._utils``, because files name them.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from compat._autograd.modes import no_grad
from compat._device import CPU, device
from compat._dtype import NAMES, dtype, to_numpy, uint8
from compat._engine.program import host_put
from compat._engine.value import from_buffer
from compat._ops.creation import empty_strided
from compat._tensor.tensor import Tensor, make
from compat.nn.parameter import Parameter
from compat.storage import DTYPES, TypedStorage, untyped_storage


class UntypedStorage:
    """The kind of storage whose tensors name their dtype themselves; counted in bytes."""

    dtype: dtype | None = None


def _storage_type(name: str) -> type[UntypedStorage]:
    return type(name, (UntypedStorage,), {"dtype": NAMES[DTYPES[name]], "__module__": __name__})


DoubleStorage = _storage_type("DoubleStorage")
FloatStorage = _storage_type("FloatStorage")
HalfStorage = _storage_type("HalfStorage")
BFloat16Storage = _storage_type("BFloat16Storage")
LongStorage = _storage_type("LongStorage")
IntStorage = _storage_type("IntStorage")
ShortStorage = _storage_type("ShortStorage")
CharStorage = _storage_type("CharStorage")
ByteStorage = _storage_type("ByteStorage")
BoolStorage = _storage_type("BoolStorage")
ComplexFloatStorage = _storage_type("ComplexFloatStorage")
ComplexDoubleStorage = _storage_type("ComplexDoubleStorage")

STORAGE_TYPES: dict[str, type[UntypedStorage]] = {
    kind.__name__: kind
    for kind in (DoubleStorage, FloatStorage, HalfStorage, BFloat16Storage, LongStorage, IntStorage, ShortStorage,
                 CharStorage, ByteStorage, BoolStorage, ComplexFloatStorage, ComplexDoubleStorage, UntypedStorage)
}  # fmt: skip
_OF_DTYPE = {kind.dtype: kind for kind in STORAGE_TYPES.values() if kind.dtype is not None}


def storage_type_of(of: dtype) -> type[UntypedStorage]:
    """Return the storage type that files name for a dtype; untyped for those younger than the types.

    Args:
      of: The dtype.

    Returns:
      One of `STORAGE_TYPES`.
    """
    return _OF_DTYPE.get(of, UntypedStorage)


class LoadedStorage:
    """The bytes of one storage of a file, and the first tensor made on them, whose memory the others share.

    Attributes:
      data: The bytes.
      device: Where its tensors go.
    """

    __slots__ = ("_base", "data", "device")

    def __init__(self, data: np.ndarray, device: device = CPU) -> None:
        self.data, self.device = data, device
        self._base: Tensor | None = None

    def tensor(self, of: dtype, offset: int, size: Sequence[int], stride: Sequence[int]) -> Tensor:
        """Return a tensor on this storage; those of one storage share memory, as they did when saved.

        Args:
          of: Its dtype.
          offset: Of its first element, in elements.
          size: Its shape.
          stride: Its strides, in elements.

        Returns:
          A leaf that requires no grad.

        Raises:
          RuntimeError: if the storage is too small, or no tensor has such sizes and strides.
        """
        check_layout(offset, size, stride)
        kind = to_numpy(of)
        if 0 in size:
            return self._new(np.zeros(size, kind))
        room = self.data.size // kind.itemsize
        reach = offset + sum((n - 1) * s for n, s in zip(size, stride, strict=True)) + 1
        if reach > room:
            raise RuntimeError(f"setStorage: sizes {list(size)}, strides {list(stride)}, storage offset {offset}, and "
                               f"itemsize {kind.itemsize} requiring a storage size of {reach * kind.itemsize} are out "
                               f"of bounds for storage of size {self.data.size}")
        base = self._base
        if base is not None and base.dtype is not of:
            return self._of_another_dtype(base, of, offset, size, stride)
        if base is None:
            flat = self.data[: room * kind.itemsize].view(kind)
            whole = offset == 0 and math.prod(size) == room and _row_major(size, stride)
            self._base = base = self._new(flat.reshape(size) if whole else flat)
            if whole:
                return base
        with no_grad():
            return base.as_strided(tuple(size), tuple(stride), offset).detach()

    def whole(self, of: dtype) -> Tensor:
        """Return the tensor that the others share the memory of, made as one of ``of`` if there is none.

        Args:
          of: The dtype.

        Returns:
          The tensor.
        """
        if self._base is None:
            self._base = self._new(self.data.view(to_numpy(of)))
        return self._base

    def _of_another_dtype(
        self, base: Tensor, of: dtype, offset: int, size: Sequence[int], stride: Sequence[int]
    ) -> Tensor:
        """A tensor that sees the bytes of another one's storage as numbers of its own kind."""
        count = math.prod(size)
        if not _row_major(size, stride) or self.data.size % max(of.itemsize, base.dtype.itemsize):
            raise NotImplementedError("torch.load of a tensor with gaps on a storage that has tensors of another dtype "
                                      "is not implemented in compat")
        with no_grad():
            return base.view(-1).view(of)[offset : offset + count].view(tuple(size)).detach()

    def _new(self, array: np.ndarray) -> Tensor:
        return make(from_buffer(host_put(array, self.device), self.device))


class Window(TypedStorage):
    """What a storage's place in a pickle stands for: a loaded storage, or a part of it, read as one dtype.

    Attributes:
      loaded: The storage.
      dtype: Of its elements; bytes if its tensors say it themselves.
      start: The first element of the part.
      count: The part's size; None if it is the whole storage.
    """

    def __init__(self, loaded: LoadedStorage, of: dtype | None, start: int = 0, count: int | None = None) -> None:
        self.loaded, self.dtype, self.start, self.count = loaded, uint8 if of is None else of, start, count

    @property
    def _bytes(self) -> Any:  # for those who saved a storage itself
        if self.count is not None:
            raise NotImplementedError("a view of a storage in a file from before version 0.4 is not implemented in "
                                      "compat")
        return untyped_storage(self.loaded.whole(self.dtype))


def shown(value: Any) -> str:
    """Return a text of what a file holds, for a message: a deep or wide thing has no repr that one can wait for.

    Args:
      value: The thing.

    Returns:
      The repr of a number, text, class or function, the beginning of it if it is long; else the type.

    Example:
      >>> shown("x" * 200)[-5:], shown([1, 2])
      ('x...', "a <class 'list'>")
    """
    if type(value) in (int, float, complex, bool, str, bytes, type(None)) or isinstance(value, type) or callable(value):
        text = repr(value) if not isinstance(value, int) or value.bit_length() < 400 else hex(value)
        return text if len(text) <= 100 else text[:97] + "..."
    return f"a {type(value)}"


def check_layout(offset: int, size: Sequence[int], stride: Sequence[int]) -> None:
    """Refuse sizes, strides and offsets that no tensor has.

    Args:
      offset: Of the first element.
      size: The shape.
      stride: The strides.

    Raises:
      RuntimeError: saying what is wrong.
    """
    numbers = (offset, *size, *stride)
    if len(size) != len(stride) or any(type(n) is not int for n in numbers):
        raise RuntimeError(f"a tensor has as many strides as sizes, all of them integers, but got {shown(size)} "
                           f"and {shown(stride)}")
    if min(numbers) < 0 or math.prod(n for n in size if n) >= 1 << 62 or max(numbers) >= 1 << 62:
        raise RuntimeError(f"Storage size calculation overflowed with sizes={list(size)} and strides={list(stride)}")
    if len(size) > 64:
        raise RuntimeError(f"a tensor has at most 64 dimensions, but got {len(size)}")


def _row_major(size: Sequence[int], stride: Sequence[int]) -> bool:
    step = 1
    for n, s in zip(reversed(size), reversed(stride), strict=True):
        if n != 1 and s != step:
            return False
        step *= n
    return True


# ---------------------------------------------------------------- named by files
def _rebuild_tensor(storage: Window, storage_offset: int, size: tuple, stride: tuple) -> Tensor:
    if type(storage) is not Window:
        raise TypeError(f"a tensor is rebuilt on a storage, but got {type(storage)}")
    if storage.count is not None:
        check_layout(storage_offset, size, stride)
        reach = storage_offset + sum((n - 1) * s for n, s in zip(size, stride, strict=True)) + 1
        if 0 not in size and reach > storage.count:
            raise RuntimeError(f"setStorage: sizes {list(size)}, strides {list(stride)} and storage offset "
                               f"{storage_offset} are out of bounds for storage of {storage.count} elements")
    return storage.loaded.tensor(storage.dtype, storage.start + storage_offset, size, stride)


def _rebuild_tensor_v2(
    storage: Window,
    storage_offset: int,
    size: tuple,
    stride: tuple,
    requires_grad: bool,
    backward_hooks: Any,
    metadata: Any = None,
) -> Tensor:
    tensor = _rebuild_tensor(storage, storage_offset, size, stride)
    if metadata:  # PyTorch leaves such work undone until somebody looks; here it is done at once
        with no_grad():
            tensor = tensor.conj() if metadata.get("conj") else tensor
            tensor = tensor.neg() if metadata.get("neg") else tensor
    return tensor.requires_grad_() if requires_grad else tensor


def _rebuild_tensor_v3(
    storage: Window,
    storage_offset: int,
    size: tuple,
    stride: tuple,
    requires_grad: bool,
    backward_hooks: Any,
    dtype: dtype,
    metadata: Any = None,
) -> Tensor:
    if type(storage) is not Window:
        raise TypeError(f"a tensor is rebuilt on a storage, but got {type(storage)}")
    typed = Window(storage.loaded, dtype, storage.start, storage.count)
    return _rebuild_tensor_v2(typed, storage_offset, size, stride, requires_grad, backward_hooks, metadata)


def _rebuild_meta_tensor_no_storage(dtype: dtype, size: tuple, stride: tuple, requires_grad: bool) -> Tensor:
    return empty_strided(size, stride, dtype=dtype, device="meta", requires_grad=requires_grad)


def _rebuild_parameter(data: Tensor, requires_grad: bool, backward_hooks: Any) -> Parameter:
    if not isinstance(data, Tensor):
        raise TypeError(f"a Parameter is rebuilt of a tensor, but got {type(data)}")
    return Parameter(data, bool(requires_grad))


def _rebuild_parameter_with_state(data: Tensor, requires_grad: bool, backward_hooks: Any, state: Any) -> Parameter:
    return _with_state(_rebuild_parameter(data, requires_grad, backward_hooks), state)


def _rebuild_from_type_v2(func: Callable[..., Tensor], new_type: type, args: tuple, state: Any) -> Tensor:
    made = func(*args)
    if not isinstance(made, Tensor):
        raise TypeError(f"a tensor is rebuilt by a function that makes one, but got {type(made)}")
    if type(made) is not new_type:
        with no_grad():
            made = made._alias(new_type).requires_grad_(made.requires_grad)
    return _with_state(made, state)


_OWN = frozenset(name for name in vars(Tensor) if name.startswith("_")) - {"_is_param"}


def _with_state(tensor: Any, state: Any) -> Any:
    """Give a tensor the attributes that it had: those of its `__dict__`, then those of its class's slots."""
    state, slots = state if isinstance(state, tuple) and len(state) == 2 else (state, None)
    for name, value in (state or {}).items():
        if type(name) is not str or name in _OWN:
            raise TypeError(f"{shown(name)} is no attribute that a tensor is saved with")
        tensor.__dict__[name] = value
    for name, value in (slots or {}).items():
        if type(name) is not str or name in _OWN:
            raise TypeError(f"{shown(name)} is no attribute that a tensor is saved with")
        setattr(tensor, name, value)
    return tensor


def saved_state(tensor: Tensor) -> dict[str, Any]:
    """Return the attributes that users have given a tensor, which are saved with it.

    Args:
      tensor: The tensor.

    Returns:
      The attributes by name.
    """
    return {name: value for name, value in tensor.__dict__.items() if name not in _OWN}


def no_hooks() -> OrderedDict:
    """Return the empty hooks that every saved tensor carries."""
    return OrderedDict()
