"""``torch.cuda``: answers about GPUs, from jax's devices."""

from __future__ import annotations

import contextlib
from typing import Any

import jax

from compat._device import NO_CUDA, device_count, is_available, jax_device
from compat._device import device as _device
from compat._engine.program import cut
from compat._legacy_types import CUDA_TYPES
from compat._random import manual_seed as _manual_seed

globals().update(CUDA_TYPES)


def _need() -> None:
    if not is_available():
        raise AssertionError(NO_CUDA)


def is_initialized() -> bool:
    """Whether there is a GPU."""
    return is_available()


def init() -> None:
    """Fail without a GPU."""
    _need()


def current_device() -> int:
    """The index of the GPU that "cuda" means."""
    _need()
    return 0


def set_device(device: Any) -> None:
    """Accepted for the first GPU."""
    _need()
    if _device(device).index not in (None, 0):
        raise NotImplementedError("torch.cuda.set_device with an index above 0 is not implemented; name the device instead")


def get_device_name(device: Any = None) -> str:
    """The GPU's name."""
    _need()
    return jax_device(_device("cuda" if device is None else device)).device_kind


def synchronize(device: Any = None) -> None:
    """Run what is pending and wait for it."""
    _need()
    cut("synchronize")
    for d in jax.devices():
        jax.device_put(0, d).block_until_ready()


def manual_seed(seed: int) -> None:
    """Seed the generator that all devices share."""
    _manual_seed(seed)


manual_seed_all = manual_seed


def empty_cache() -> None:
    """Nothing to do: XLA keeps its own pool."""


def _statistics(device: Any) -> dict[str, int]:
    if not is_available():
        return {}
    return jax_device(_device("cuda" if device is None else device)).memory_stats() or {}


def memory_allocated(device: Any = None) -> int:
    """Bytes in use on the GPU."""
    return int(_statistics(device).get("bytes_in_use", 0))


def max_memory_allocated(device: Any = None) -> int:
    """The most bytes that were in use on the GPU."""
    return int(_statistics(device).get("peak_bytes_in_use", 0))


def memory_reserved(device: Any = None) -> int:
    """Bytes XLA holds on the GPU."""
    return int(_statistics(device).get("bytes_reserved", _statistics(device).get("bytes_in_use", 0)))


def reset_peak_memory_stats(device: Any = None) -> None:
    """Not available in XLA: the peak is the process's."""


def is_bf16_supported(including_emulation: bool = True) -> bool:
    """Whether the GPU has bfloat16."""
    return is_available()


class device(contextlib.nullcontext):  # noqa: N801 - torch's own name
    """``with torch.cuda.device(0)``: only the first GPU can be the current one."""

    def __init__(self, device: Any) -> None:
        """Check the index."""
        super().__init__()
        set_device(device)


__all__ = ["current_device", "device", "device_count", "empty_cache", "get_device_name", "init", "is_available",
           "is_bf16_supported", "is_initialized", "manual_seed", "manual_seed_all", "max_memory_allocated",
           "memory_allocated", "memory_reserved", "reset_peak_memory_stats", "set_device", "synchronize"]
