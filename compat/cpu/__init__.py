"""``torch.cpu``: the processor, seen as an accelerator."""

from __future__ import annotations

import contextlib
from typing import Any

from compat._engine.program import cut
from compat._later import later
from compat.cpu import amp as amp

__getattr__ = later(__name__)


def is_available() -> bool:
    """True."""
    return True


def is_initialized() -> bool:
    """True."""
    return True


def device_count() -> int:
    """1."""
    return 1


def current_device() -> str:
    """The processor's name as a device."""
    return "cpu"


def set_device(device: Any) -> None:
    """Accepted: there is one."""


def synchronize(device: Any = None) -> None:
    """Run what is pending."""
    cut("synchronize")


class Stream:
    """Work is done in the order in which it is recorded; there is one stream."""

    def __init__(self, priority: int = -1) -> None:
        """As good as any other."""

    def wait_stream(self, stream: Any) -> None:
        """Nothing to wait for."""

    record_event = wait_event = wait_stream


_stream = Stream()


def current_stream(device: Any = None) -> Stream:
    """The stream."""
    return _stream


def stream(stream: Any) -> contextlib.AbstractContextManager:
    """``with torch.cpu.stream(s)``: without effect."""
    return contextlib.nullcontext(stream)
