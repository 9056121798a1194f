"""``torch.accelerator``: the GPU, whichever it is; here CUDA's or none."""

from __future__ import annotations

import contextlib
from typing import Any

from compat import cuda as _cuda
from compat._device import device, device_count, is_available, parse
from compat._later import later

__getattr__ = later(__name__)
__all__ = [
    "current_accelerator",
    "current_device_idx",
    "current_device_index",
    "device_count",
    "device_index",
    "empty_cache",
    "is_available",
    "max_memory_allocated",
    "memory_allocated",
    "memory_reserved",
    "reset_peak_memory_stats",
    "set_device_idx",
    "set_device_index",
    "synchronize",
]

_NONE = "Cannot access accelerator device when none is available."
empty_cache, max_memory_allocated, memory_allocated = (
    _cuda.empty_cache,
    _cuda.max_memory_allocated,
    _cuda.memory_allocated,
)
memory_reserved, reset_peak_memory_stats = _cuda.memory_reserved, _cuda.reset_peak_memory_stats


def _need() -> None:
    if not is_available():
        raise RuntimeError(_NONE)


def current_accelerator(check_available: bool = False) -> device | None:
    """The kind of accelerator that there is, as a device without index; None if there is none."""
    return device("cuda") if is_available() else None


def current_device_index() -> int:
    """The index of the accelerator in use."""
    _need()
    return _cuda.current_device()


current_device_idx = current_device_index


def set_device_index(device: Any, /) -> None:
    """Use an accelerator; the first is the only one that can be the current one."""
    _need()
    _cuda.set_device(device)


set_device_idx = set_device_index


def synchronize(device: Any = None, /) -> None:
    """Run what is pending and wait for it."""
    _need()
    _cuda.synchronize(None if device is None else parse(device))


class device_index(contextlib.AbstractContextManager):  # noqa: N801 - torch's own name
    """``with torch.accelerator.device_index(0)``; None stands for no change."""

    def __init__(self, device: int | None, /) -> None:
        """Remember the index."""
        self._index = device

    def __enter__(self) -> None:
        """Use it."""
        if self._index is not None:
            set_device_index(self._index)

    def __exit__(self, *exc: object) -> None:
        """Nothing to restore: there is one accelerator at most."""
