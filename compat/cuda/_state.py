"""Streams, events, generators and properties of GPUs."""

from __future__ import annotations

import contextlib
import time
from typing import Any, NamedTuple

import jax

from compat._device import NO_CUDA, device_count, is_available, jax_device
from compat._device import device as _device
from compat._engine.program import cut
from compat._random import get_rng_state as _get_state
from compat._random import initial_seed as _initial_seed
from compat._random import seed as _seed
from compat._random import set_rng_state as _set_state


class OutOfMemoryError(RuntimeError):
    """The GPU's memory is used up."""


class AcceleratorError(RuntimeError):
    """The GPU reported an error."""


class DeviceProperties(NamedTuple):
    """What ``torch.cuda.get_device_properties`` tells."""

    name: str
    major: int
    minor: int
    total_memory: int
    multi_processor_count: int


def need() -> None:
    """Fail without a GPU, as PyTorch does."""
    if not is_available():
        raise AssertionError(NO_CUDA)


def wait() -> None:
    """Run what is pending, on every device, and wait for it."""
    cut("synchronize")
    for d in jax.devices():
        jax.device_put(0, d).block_until_ready()


def get_device_capability(device: Any = None) -> tuple[int, int]:
    """Major and minor version of the GPU's instruction set."""
    need()
    major, _, minor = str(jax_device(_device("cuda" if device is None else device)).compute_capability).partition(".")
    return int(major), int(minor or 0)


def get_device_properties(device: Any = None) -> DeviceProperties:
    """The GPU's name, version and memory."""
    need()
    d = jax_device(_device("cuda" if device is None else device))
    memory = (d.memory_stats() or {}).get("bytes_limit", 0)
    return DeviceProperties(d.device_kind, *get_device_capability(device), memory, getattr(d, "core_count", 0) or 0)


def mem_get_info(device: Any = None) -> tuple[int, int]:
    """Free and total bytes, of the part of the memory that XLA holds."""
    need()
    stats = jax_device(_device("cuda" if device is None else device)).memory_stats() or {}
    total = int(stats.get("bytes_limit", 0))
    return total - int(stats.get("bytes_in_use", 0)), total


def memory_summary(device: Any = None, abbreviated: bool = False) -> str:
    """XLA's counters, a line each."""
    need()
    stats = jax_device(_device("cuda" if device is None else device)).memory_stats() or {}
    return "\n".join(f"{name}: {value}" for name, value in sorted(stats.items()))


def memory_stats(device: Any = None) -> dict[str, Any]:
    """XLA's counters under PyTorch's names where they have one."""
    if not is_available():
        return {}
    stats = jax_device(_device("cuda" if device is None else device)).memory_stats() or {}
    return {
        "allocated_bytes.all.current": stats.get("bytes_in_use", 0),
        "allocated_bytes.all.peak": stats.get("peak_bytes_in_use", 0),
        "allocation.all.current": stats.get("num_allocs", 0),
    }


# Random numbers: all devices share the processor's generator ---------------------------------------------------------


def get_rng_state(device: Any = "cuda") -> Any:
    """The state of the generator that all devices share."""
    need()
    return _get_state()


def set_rng_state(new_state: Any, device: Any = "cuda") -> None:
    """Set the state of the generator that all devices share."""
    need()
    _set_state(new_state)


def get_rng_state_all() -> list[Any]:
    """`get_rng_state` for each GPU."""
    return [_get_state() for _ in range(device_count())]


def set_rng_state_all(new_states: Any) -> None:
    """`set_rng_state`; the last one stays."""
    for state in new_states:
        _set_state(state)


def initial_seed() -> int:
    """The seed of the generator that all devices share."""
    need()
    return _initial_seed()


def seed() -> None:
    """Seed the generator that all devices share with entropy, if there is a GPU."""
    if is_available():
        _seed()


seed_all = seed


# Streams: work is done in the order in which it is recorded --------------------------------------------------------


class Stream:
    """One of any number of names for the only stream."""

    def __init__(self, device: Any = None, priority: int = 0, **kwargs: Any) -> None:
        if not is_available():
            raise RuntimeError("torch.cuda.Stream requires CUDA support")
        self.device, self.priority = _device("cuda", 0), priority

    def synchronize(self) -> None:
        """Run what is pending and wait for it."""
        wait()

    def query(self) -> bool:
        """True."""
        return True

    def wait_stream(self, stream: Any) -> None:
        """Nothing to wait for."""

    wait_event = wait_stream

    def record_event(self, event: Any = None) -> Any:
        """Record an event here."""
        event = Event() if event is None else event
        event.record(self)
        return event


class Event:
    """A point in the work; its time is taken once everything before it is done, so taking it waits."""

    def __init__(
        self, enable_timing: bool = False, blocking: bool = False, interprocess: bool = False, **kwargs: Any
    ) -> None:
        if not is_available():
            raise RuntimeError("Tried to instantiate dummy base class Event")
        self._timed, self._at = enable_timing, None

    def record(self, stream: Any = None) -> None:
        """Mark this point."""
        if self._timed:
            wait()
        self._at = time.perf_counter()

    def synchronize(self) -> None:
        """Wait for what was recorded before it."""
        wait()

    def query(self) -> bool:
        """True."""
        return True

    def wait(self, stream: Any = None) -> None:
        """Nothing to wait for."""

    def elapsed_time(self, end_event: Event) -> float:
        """Milliseconds until another event.

        Raises:
          ValueError: if one of them is not timed, or not recorded.
        """
        if not (self._timed and end_event._timed):
            raise ValueError("Both events must be created with argument 'enable_timing=True'.")
        if self._at is None or end_event._at is None:
            raise ValueError("Both events must be recorded before calculating elapsed time.")
        return 1000 * (end_event._at - self._at)


def current_stream(device: Any = None) -> Stream:
    """The stream."""
    need()
    return Stream()


default_stream = current_stream


def set_stream(stream: Any) -> None:
    """Without effect."""


def stream(stream: Any) -> contextlib.AbstractContextManager:
    """``with torch.cuda.stream(s)``: without effect."""
    return contextlib.nullcontext(stream)


StreamContext = stream


def get_arch_list() -> list[str]:
    """The GPU's instruction set; empty without a GPU."""
    return ["sm_{}{}".format(*get_device_capability())] if is_available() else []


def can_device_access_peer(device: Any, peer_device: Any) -> bool:
    """False: tensors move through the host."""
    need()
    return False


def is_current_stream_capturing() -> bool:
    """False: there are no CUDA graphs to capture."""
    return False


def device_of(obj: Any) -> contextlib.AbstractContextManager:
    """``with torch.cuda.device_of(tensor)``: without effect."""
    return contextlib.nullcontext()
