"""Small programs run by the thread that calls them.

XLA on a CPU hands all but the tiniest programs to a thread of its own, and to wake that thread up takes longer than a
small program takes to run. It runs on the spot, however, what might call back into Python. So a small program is loaded
a second time, as if it did. jax has no public way to ask for this: where its internals are not as expected, the program
stays as it is, which is right, only slower.

What was compiled can be loaded again; what came from jax's own cache on disk cannot, so its code is kept beside it.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import os
import pathlib
import platform
import tempfile
from typing import Any, NoReturn

import jax.monitoring
from jaxlib import xla_client


class Loads:
    """How many programs came from jax's cache on disk."""

    count = 0


def _count(event: str, **_: Any) -> None:
    if event == "/jax/compilation_cache/cache_hits":
        Loads.count += 1


jax.monitoring.register_event_listener(_count)


def inline(compiled: Any, fresh: bool, directory: str | None) -> Any:
    """The same compiled program, run by the calling thread from now on.

    Args:
      compiled: What ``lower(...).compile()`` returned.
      fresh: Whether it was compiled just now, and not loaded from disk.
      directory: Where its code is kept for later processes; None for nowhere.
    """
    try:
        loaded = compiled._executable
        executable = loaded.unsafe_call.xla_executable
        name = executable.fingerprint  # of what has no inputs there is none
        data = name and (executable.serialize() if fresh else _read(directory, name))
        if not data or loaded.xla_executable is not executable:
            return compiled
        devices = xla_client.DeviceList(tuple(executable.local_devices()))
        again = devices[0].client.deserialize_executable(data, devices, None, [_never])
        if fresh:
            _write(directory, again.fingerprint, data)
    except (AttributeError, TypeError, RuntimeError):  # other names, another signature, or it cannot be loaded again
        return compiled
    if getattr(compiled, "_call", None) is not None:
        compiled._call = None  # what its calls go through was made for the first one
    for holder in (loaded, loaded.unsafe_call, getattr(loaded, "_unloaded_executable", None)):
        if getattr(holder, "xla_executable", None) is executable:
            holder.xla_executable = again  # nobody needs the first one, which would take its memory and address space
    return compiled


def quickest(compiled: Any) -> Any:
    """What a compiled program's calls end in, without the layer above; the program itself where there is none."""
    call = getattr(compiled, "_call", None)
    return compiled if call is None else call


def _never(*_: Any) -> NoReturn:
    raise AssertionError("this program has no callbacks")


@functools.cache
def _kind() -> str:
    """What code depends on, apart from the program: the processor, XLA's version and its flags."""
    try:
        cpu = sorted({line for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                      if line.startswith(("model name", "flags", "Features", "CPU part"))})
    except OSError:
        cpu = [platform.machine(), platform.processor(), platform.version()]
    parts = repr((cpu, importlib.metadata.version("jaxlib"), os.environ.get("XLA_FLAGS")))
    return hashlib.sha256(parts.encode()).hexdigest()[:16]


def _path(directory: str, fingerprint: bytes) -> pathlib.Path:
    return pathlib.Path(directory) / "inline" / _kind() / fingerprint.hex()


def _read(directory: str | None, fingerprint: bytes) -> bytes | None:
    if directory is None:
        return None
    try:
        return _path(directory, fingerprint).read_bytes()
    except OSError:  # not there, or not readable: then there is no such thing in the cache
        return None


def _write(directory: str | None, fingerprint: bytes, data: bytes) -> None:
    """Keep the code; a reader sees all of it or nothing."""
    if directory is None:
        return
    path = _path(directory, fingerprint)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as f:
            f.write(data)
        os.replace(f.name, path)
    except OSError:  # a full or read-only disk: the next process compiles again
        return


__all__ = ["Loads", "inline", "quickest"]
