"""Large arrays lie in memory that the process keeps.

glibc maps a large block anew each time that it is asked for one, and unmaps it when it is freed; the end of the heap it
gives back likewise, and so it does with what other threads than the first have. A training step frees and asks for the
same blocks again, and the kernel fills each of their pages with zeros: a fourth of the time of a step of a small
transformer. So these thresholds are raised, once, for programs on CPUs. Whoever set some, by glibc's own environment
variables, is left alone, as is who sets ``COMPAT_KEEP_MEMORY=0``.
"""

from __future__ import annotations

import ctypes
import functools
import os
import sys

KEPT = 1 << 30  # bytes of a block, and of the end of the heap
ROOM = 1 << 27  # bytes of addresses by which a heap grows: more than a thread's heap has, which is kept then
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3  # of malloc.h
_THEIRS = ("GLIBC_TUNABLES", "MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_", "MALLOC_TOP_PAD_",
           "MALLOC_MMAP_MAX_")


@functools.cache
def keep() -> bool:
    """Let the process keep its memory; whether it does. Other C libraries do as they do."""
    if not sys.platform.startswith("linux") or os.environ.get("COMPAT_KEEP_MEMORY") == "0":
        return False
    if any(name in os.environ for name in _THEIRS):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):  # musl has none
        return False
    return all([mallopt(_MMAP_THRESHOLD, KEPT), mallopt(_TRIM_THRESHOLD, KEPT), mallopt(_TOP_PAD, ROOM)])


__all__ = ["keep"]
