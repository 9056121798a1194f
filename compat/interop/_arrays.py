"""Arrays of jax as tensors and back, under jax's setting of 64 bits."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from compat._device import device as Device
from compat._device import jax_device
from compat._engine.program import concrete
from compat._engine.value import from_buffer
from compat._tensor.tensor import Tensor, make

_NARROW = {np.dtype(wide): np.dtype(narrow) for wide, narrow in (
    (np.int64, np.int32), (np.uint64, np.uint32), (np.float64, np.float32), (np.complex128, np.complex64))}


def has_64_bits() -> bool:
    """Whether jax keeps 64 bits now; if not, its default integers are int32, where PyTorch's are int64."""
    return bool(jax.config.jax_enable_x64)  # pyright: ignore[reportAttributeAccessIssue]


def as_argument(x: Any, where: Device, wide: bool) -> Any:
    """An argument of a module: arrays as tensors, anything else as it is.

    Args:
      x: The argument.
      where: The device of tensors made of tracers.
      wide: Whether jax keeps 64 bits; if not, its int32 arrives as int64, which is what PyTorch takes for indices.

    Returns:
      The argument for the module.
    """
    if isinstance(x, Tensor):
        return x
    if not isinstance(x, jax.Array | np.ndarray):
        return x
    with jax.enable_x64(True):
        array = jax.numpy.asarray(x)
        if not wide and array.dtype == np.int32:
            array = array.astype(np.int64)
    return make(from_buffer(array, where))


def as_array(t: Tensor, wide: bool) -> jax.Array:
    """A tensor's elements for jax, in 32 bits if it keeps no more."""
    array = concrete(t._value())
    narrow = None if wide else _NARROW.get(np.dtype(array.dtype))
    return array if narrow is None else array.astype(narrow)


def as_own_array(t: Tensor, wide: bool) -> jax.Array:
    """A copy of a tensor's elements for jax to keep: on its device, and free to be moved if that is jax's default."""
    host = t.detach()._host()
    narrow = None if wide else _NARROW.get(host.dtype)
    where = jax_device(t.device)
    with jax.enable_x64(True):
        own = jax.numpy.array(host if narrow is None else host.astype(narrow))
        return own if own.devices() == {where} else jax.device_put(own, where)
