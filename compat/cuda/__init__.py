"""``torch.cuda``: answers about GPUs, from jax's devices."""

from __future__ import annotations

import contextlib
from typing import Any

from compat._device import device as _device
from compat._device import device_count, is_available, jax_device
from compat._later import later
from compat._legacy_types import CUDA_TYPES
from compat._random import manual_seed as _manual_seed
from compat.cuda import amp as amp
from compat.cuda._state import AcceleratorError as AcceleratorError
from compat.cuda._state import Event as Event
from compat.cuda._state import OutOfMemoryError as OutOfMemoryError
from compat.cuda._state import Stream as Stream
from compat.cuda._state import StreamContext as StreamContext
from compat.cuda._state import can_device_access_peer as can_device_access_peer
from compat.cuda._state import current_stream as current_stream
from compat.cuda._state import default_stream as default_stream
from compat.cuda._state import device_of as device_of
from compat.cuda._state import get_arch_list as get_arch_list
from compat.cuda._state import get_device_capability as get_device_capability
from compat.cuda._state import get_device_properties as get_device_properties
from compat.cuda._state import get_rng_state as get_rng_state
from compat.cuda._state import get_rng_state_all as get_rng_state_all
from compat.cuda._state import initial_seed as initial_seed
from compat.cuda._state import is_current_stream_capturing as is_current_stream_capturing
from compat.cuda._state import mem_get_info as mem_get_info
from compat.cuda._state import memory_stats as memory_stats
from compat.cuda._state import memory_summary as memory_summary
from compat.cuda._state import need as _need
from compat.cuda._state import seed as seed
from compat.cuda._state import seed_all as seed_all
from compat.cuda._state import set_rng_state as set_rng_state
from compat.cuda._state import set_rng_state_all as set_rng_state_all
from compat.cuda._state import set_stream as set_stream
from compat.cuda._state import stream as stream
from compat.cuda._state import wait as _wait

__getattr__ = later(__name__, "graphs memory nccl nvtx profiler")

globals().update(CUDA_TYPES)


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
        raise NotImplementedError("torch.cuda.set_device above index 0 is not implemented; name the device instead")


def get_device_name(device: Any = None) -> str:
    """The GPU's name."""
    _need()
    return jax_device(_device("cuda" if device is None else device)).device_kind


def synchronize(device: Any = None) -> None:
    """Run what is pending and wait for it."""
    _need()
    _wait()


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


__all__ = [
    "AcceleratorError", "Event", "OutOfMemoryError", "Stream", "StreamContext", "amp", "can_device_access_peer",
    "current_device", "current_stream", "default_stream", "device", "device_count", "device_of", "empty_cache",
    "get_arch_list", "get_device_capability", "get_device_name", "get_device_properties", "get_rng_state",
    "get_rng_state_all", "init", "initial_seed", "is_available", "is_bf16_supported", "is_current_stream_capturing",
    "is_initialized", "manual_seed", "manual_seed_all", "max_memory_allocated", "mem_get_info", "memory_allocated",
    "memory_reserved", "memory_stats", "memory_summary", "reset_peak_memory_stats", "seed", "seed_all", "set_device",
    "set_rng_state", "set_rng_state_all", "set_stream", "stream", "synchronize",
]
