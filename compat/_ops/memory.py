"""A tensor's memory as an object: untyped_storage, storage, set_."""

from __future__ import annotations

import math
from typing import Any

from compat._autograd.modes import no_grad
from compat._engine.program import ctx
from compat._ops.creation import zeros
from compat._ops.declare import composite
from compat._tensor.out_checks import C_NAMES
from compat._tensor.strides import contiguous_strides
from compat._tensor.tensor import LEAF, Tensor, is_tensor
from compat.storage import KINDS, TypedStorage, is_storage
from compat.storage import typed_storage as _typed
from compat.storage import untyped_storage as _untyped


@composite(function=False)
def set_(self: Tensor, source: Any = None, storage_offset: int = 0, size: Any = None, stride: Any = None) -> Tensor:
    """Let this tensor be another's memory, a part of a storage, or (without a source) nothing."""
    if self._rg and self._node is None and ctx.grad:
        raise RuntimeError(LEAF)
    if source is None:
        source = zeros(0, dtype=self.dtype, device=self.device)
    elif is_storage(source):
        source = _on_storage(self, source, storage_offset, size, stride)
    elif not is_tensor(source):
        raise TypeError(f"set_(): argument 'source' (position 1) must be Tensor, not {type(source).__name__}")
    else:
        if source.dtype is not self.dtype:
            raise RuntimeError(f"Could not set tensor of type {C_NAMES[source.dtype.name]} to a tensor of type "
                               f"{C_NAMES[self.dtype.name]}")
        if size is not None:
            source = source.as_strided(size, contiguous_strides(tuple(size)) if stride is None else stride,
                                       storage_offset)
    self._st, self._view, self._v = source._storage(), source._view, None
    self._ver = source._version_object()
    return self


def _on_storage(like: Tensor, storage: Any, offset: int, size: Any, stride: Any) -> Tensor:
    """A tensor of ``like``'s dtype on a storage."""
    if isinstance(storage, TypedStorage) and storage.dtype is not like.dtype:
        raise RuntimeError(f"Expected a Storage of type {C_NAMES[like.dtype.name]} or an UntypedStorage, but got type "
                           f"{storage.pickle_storage_type().removesuffix('Storage')} for argument 1 'storage'")
    room = storage.nbytes() // like.dtype.itemsize
    size = (room - offset,) if size is None else tuple(size)
    stride = contiguous_strides(size) if stride is None else tuple(stride)
    if any(n < 0 for n in stride):
        raise RuntimeError(f"Storage size calculation overflowed with sizes={list(size)} and strides={list(stride)}")
    reach = offset + sum((n - 1) * s for n, s in zip(size, stride, strict=True)) + 1
    if math.prod(size) and reach > room:
        raise NotImplementedError("Tensor.set_ beyond the end of a storage, which would be resized, is not implemented")
    base = object.__new__(Tensor)
    base._st = storage.untyped()._st
    with no_grad():
        return base.reshape(-1).view(like.dtype).as_strided(size, stride, offset)


@composite(function=False)
def untyped_storage(self: Tensor) -> Any:
    """The memory of this tensor and its views, as bytes."""
    return _untyped(self)


@composite(function=False)
def storage(self: Tensor) -> Any:
    """The memory of this tensor and its views, as numbers (deprecated by PyTorch)."""
    return _typed(self)


@composite(function=False)
def storage_type(self: Tensor) -> type:
    """The class of typed storages of this dtype, such as ``torch.FloatStorage``."""
    return KINDS[TypedStorage(dtype=self.dtype).pickle_storage_type()]
