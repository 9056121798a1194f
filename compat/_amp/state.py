"""What autocast is set to: switches and dtypes of each device type, which belong to a thread."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable
from typing import Any

from compat import _dtype
from compat._device import device as Device
from compat._tensor.tensor import Tensor

# the device types that PyTorch has autocast for, and its dtype there unless another is set
DTYPES = {
    "cpu": _dtype.bfloat16, "cuda": _dtype.float16, "mtia": _dtype.float16, "maia": _dtype.bfloat16,
    "xpu": _dtype.float16, "ipu": _dtype.float16, "hpu": _dtype.bfloat16, "xla": _dtype.bfloat16,
    "privateuseone": _dtype.float16, "mps": _dtype.float16,
}  # fmt: skip
_UNKNOWN = "unknown device type for autocast in get_autocast_dispatch_key_from_device_type"


class State(threading.local):
    """The calling thread's settings."""

    def __init__(self) -> None:
        """Autocast is off in a new thread, whatever it is in the one that starts it."""
        self.active: tuple[tuple[str, _dtype.dtype], ...] | None = None  # where it is on, and with which dtype
        self.enabled: set[str] = set()
        self.dtypes = dict(DTYPES)
        self.nesting = 0
        self.cache_enabled = True
        self.cache: dict[tuple[int, _dtype.dtype], tuple[Any, Any]] = {}  # (tensor, the tensor cast)

    def refresh(self) -> None:
        """Bring ``active``, which the operators look at, up to date."""
        self.active = tuple((kind, self.dtypes[kind]) for kind in sorted(self.enabled)) or None


state = State()


class Casting:
    """What makes the listed operators look at the state; ``compat._amp.casting``, which imports this, puts it here."""

    install: Callable[[], None]


def _device_type(device_type: str, name: str) -> str:
    if not isinstance(device_type, str):
        raise TypeError(f"{name}(): argument 'device_type' (position 1) must be str, not {type(device_type).__name__}")
    kind = Device(device_type).type  # says so if there is no such device
    if kind not in DTYPES:
        raise RuntimeError("unsupported scalarType" if name == "get_autocast_dtype" else _UNKNOWN)
    return kind


def is_autocast_available(device_type: str) -> bool:
    """Whether PyTorch has autocast for a device type.

    Args:
      device_type: Such as "cpu".

    Example:
      >>> import compat as torch
      >>> torch.amp.is_autocast_available("cpu"), torch.amp.is_autocast_available("meta")
      (True, False)

    Source:
      PyTorch, ``torch.amp.is_autocast_available``.
    """
    return Device(device_type).type in DTYPES


def is_autocast_enabled(device_type: str = "cuda") -> bool:
    """Whether autocast is on in this thread; for "cuda" unless a device type is given.

    Example:
      >>> import compat as torch
      >>> with torch.autocast("cpu"):
      ...     torch.is_autocast_enabled("cpu")
      True
      >>> torch.is_autocast_enabled("cpu")
      False

    Source:
      PyTorch, ``torch.is_autocast_enabled``.
    """
    return _device_type(device_type, "is_autocast_enabled") in state.enabled


def eligible(x: Any, kind: str) -> bool:
    """Whether autocast for a device type may cast an argument."""
    if not isinstance(x, Tensor):
        return False
    a = x._aval
    return a.real and a.device.type == kind and a.dtype != _dtype.float64.numpy


def is_any_autocast_enabled() -> bool:
    """Whether autocast is on for any device type."""
    return state.active is not None


def set_autocast_enabled(device_type: Any, enabled: bool | None = None) -> None:
    """Switch autocast on or off in this thread: ``set_autocast_enabled("cpu", True)``; alone, a bool is for "cuda".

    Source:
      PyTorch, ``torch.set_autocast_enabled``.
    """
    if enabled is None:
        device_type, enabled = "cuda", device_type
    kind = _device_type(device_type, "set_autocast_enabled")
    if not isinstance(enabled, bool):
        raise TypeError("set_autocast_enabled(): argument 'enabled' (position 2) must be bool, not "
                        f"{type(enabled).__name__}")
    if enabled:
        Casting.install()
        state.enabled.add(kind)
    else:
        state.enabled.discard(kind)
    state.refresh()


def get_autocast_dtype(device_type: str) -> _dtype.dtype:
    """The lower precision of a device type: bfloat16 on the CPU and float16 on GPUs, unless set otherwise.

    Source:
      PyTorch, ``torch.get_autocast_dtype``.
    """
    return state.dtypes[_device_type(device_type, "get_autocast_dtype")]


def set_autocast_dtype(device_type: str, dtype: _dtype.dtype) -> None:
    """Set the lower precision of a device type in this thread.

    Source:
      PyTorch, ``torch.set_autocast_dtype``.
    """
    kind = _device_type(device_type, "set_autocast_dtype")
    if not isinstance(dtype, _dtype.dtype):
        raise TypeError("set_autocast_dtype(): argument 'dtype' (position 2) must be torch.dtype, not "
                        f"{type(dtype).__name__}")
    state.dtypes[kind] = dtype
    state.refresh()


def autocast_increment_nesting() -> int:
    """Count one more autocast region around this point; returns how many there are."""
    state.nesting += 1
    return state.nesting


def autocast_decrement_nesting() -> int:
    """Count one autocast region less; returns how many are left."""
    state.nesting -= 1
    return state.nesting


def is_autocast_cache_enabled() -> bool:
    """Whether a weight that is cast keeps its cast form until the outermost region ends."""
    return state.cache_enabled


def set_autocast_cache_enabled(enabled: bool) -> None:
    """Whether weights that are cast keep their cast form until the outermost region ends."""
    if not isinstance(enabled, bool):
        raise TypeError(f"enabled must be a bool (got {type(enabled).__name__})")
    state.cache_enabled = enabled


def clear_autocast_cache() -> None:
    """Forget the cast forms of weights."""
    state.cache.clear()


# ---------------------------------------------------------------- the older names, one set a device type


def _older(name: str, instead: str, function: Callable) -> Callable:
    """A function of an older name, which warns."""

    def older(*args: Any) -> Any:
        warnings.warn(f"torch.{name} is deprecated. Please use torch.{instead} instead.", DeprecationWarning, 2)
        return function(*args)

    older.__name__ = older.__qualname__ = name.partition("(")[0]
    older.__doc__ = f"The older name of ``torch.{instead}``."
    return older


def _older_names() -> dict[str, Callable]:
    made = []
    for name, kind in (("cpu", "cpu"), ("gpu", "cuda"), ("ipu", "ipu"), ("xla", "xla")):
        made += [_older(f"get_autocast_{name}_dtype()", f"get_autocast_dtype('{kind}')",
                        lambda kind=kind: get_autocast_dtype(kind)),
                 _older(f"set_autocast_{name}_dtype(dtype)", f"set_autocast_dtype('{kind}', dtype)",
                        lambda dtype, kind=kind: set_autocast_dtype(kind, dtype))]
        if name != "gpu":  # whose switches are those without a device type
            made += [_older(f"is_autocast_{name}_enabled()", f"is_autocast_enabled('{kind}')",
                            lambda kind=kind: is_autocast_enabled(kind)),
                     _older(f"set_autocast_{name}_enabled(enabled)", f"set_autocast_enabled('{kind}', enabled)",
                            lambda enabled, kind=kind: set_autocast_enabled(kind, enabled))]
    return {f.__name__: f for f in made}


NAMES: dict[str, Callable] = {
    f.__name__: f
    for f in (
        autocast_decrement_nesting, autocast_increment_nesting, clear_autocast_cache, get_autocast_dtype,
        is_autocast_cache_enabled, is_autocast_enabled, set_autocast_cache_enabled, set_autocast_dtype,
        set_autocast_enabled,
    )
} | _older_names()  # fmt: skip
