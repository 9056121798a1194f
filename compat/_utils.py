"""What unpickling a PyTorch file calls: storages by type, and the functions that rebuild tensors on them.

Names, arguments and module are those of ``torch._utils``, because files name them.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from compat._autograd.modes import no_grad
from compat._device import CPU, device
from compat._dtype import NAMES, dtype, to_numpy
from compat._engine.program import host_put
from compat._engine.value import from_buffer
from compat._tensor.tensor import Tensor, make
from compat.nn.parameter import Parameter
from compat.storage import DTYPES


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
          RuntimeError: if the storage is too small.
        """
        flat = self.data.view(to_numpy(of))
        if 0 in size:
            return self._new(np.zeros(size, flat.dtype))
        last = offset + sum((n - 1) * s for n, s in zip(size, stride, strict=True))
        if not 0 <= last < flat.size:
            raise RuntimeError(f"setStorage: sizes {list(size)}, strides {list(stride)}, storage offset {offset}, and "
                               f"itemsize {flat.itemsize} are out of bounds for storage of size {self.data.size}")
        base = self._base
        if base is not None and base.dtype is not of:
            return self._new(np.lib.stride_tricks.as_strided(flat[offset:], size,
                                                             [s * flat.itemsize for s in stride]).copy())
        if base is None:
            whole = offset == 0 and int(np.prod(size)) == flat.size and _row_major(size, stride)
            self._base = base = self._new(flat.reshape(size) if whole else flat)
            if whole:
                return base
        with no_grad():
            return base.as_strided(tuple(size), tuple(stride), offset).detach()

    def _new(self, array: np.ndarray) -> Tensor:
        return make(from_buffer(host_put(array, self.device), self.device))


def _row_major(size: Sequence[int], stride: Sequence[int]) -> bool:
    step = 1
    for n, s in zip(reversed(size), reversed(stride), strict=True):
        if n != 1 and s != step:
            return False
        step *= n
    return True


# ---------------------------------------------------------------- named by files
def _rebuild_tensor(storage: tuple, storage_offset: int, size: tuple, stride: tuple) -> Tensor:
    """A tensor on ``(loaded storage, its type's dtype)``."""
    loaded, of = storage
    return loaded.tensor(of, storage_offset, size, stride)


def _rebuild_tensor_v2(
    storage: tuple,
    storage_offset: int,
    size: tuple,
    stride: tuple,
    requires_grad: bool,
    backward_hooks: Any,
    metadata: Any = None,
) -> Tensor:
    tensor = _rebuild_tensor(storage, storage_offset, size, stride)
    return tensor.requires_grad_() if requires_grad else tensor


def _rebuild_tensor_v3(
    storage: tuple,
    storage_offset: int,
    size: tuple,
    stride: tuple,
    requires_grad: bool,
    backward_hooks: Any,
    dtype: dtype,
    metadata: Any = None,
) -> Tensor:
    return _rebuild_tensor_v2((storage[0], dtype), storage_offset, size, stride, requires_grad, backward_hooks)


def _rebuild_parameter(data: Tensor, requires_grad: bool, backward_hooks: Any) -> Parameter:
    return Parameter(data, requires_grad)


def _rebuild_parameter_with_state(data: Tensor, requires_grad: bool, backward_hooks: Any, state: Any) -> Parameter:
    return _with_state(Parameter(data, requires_grad), state)


def _rebuild_from_type_v2(func: Callable[..., Tensor], new_type: type, args: tuple, state: Any) -> Tensor:
    made = func(*args)
    if type(made) is not new_type:
        made = Tensor._make_subclass(new_type, made, made.requires_grad)  # pyright: ignore
    return _with_state(made, state)


def _with_state(tensor: Any, state: Any) -> Any:
    for part in state if isinstance(state, tuple) else (state,):
        for name, value in (part or {}).items():
            setattr(tensor, name, value)
    return tensor


def no_hooks() -> OrderedDict:
    """Return the empty hooks that every saved tensor carries."""
    return OrderedDict()
