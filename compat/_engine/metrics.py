"""What the engine counts about itself."""

from __future__ import annotations

import collections
import sys
import threading
from typing import Any

_lock = threading.Lock()
compiled: list[tuple[str, str]] = []  # (where, why) of each compilation, oldest first
cuts: collections.Counter[str] = collections.Counter()
calls = 0
recorded = 0
compile_seconds = 0.0

_OWN = __name__.split(".", maxsplit=1)[0] + "."


def user_line() -> str:
    """``file:line`` of the innermost frame outside this package."""
    frame = sys._getframe(1)
    while frame is not None:
        name = frame.f_globals.get("__name__", "")
        if not name.startswith((_OWN, "funcgrad.", "jax")) and name not in ("compat", "contextlib", "functools"):
            return f"{frame.f_code.co_filename}:{frame.f_lineno}"
        frame = frame.f_back
    return "?"


def note_compile(reason: str, seconds: float) -> None:
    """Remember a compilation and the Python line that caused it."""
    global compile_seconds
    with _lock:
        compiled.append((user_line(), reason))
        compile_seconds += seconds


def metrics() -> dict[str, Any]:
    """What the engine has done so far.

    Returns:
      A dict: ``compiled`` (programs compiled), ``calls`` (XLA programs run), ``recorded`` (operations recorded),
      ``cuts`` (number of cuts by reason), ``compile_seconds``, and ``last_compile`` (the Python line that caused the
      last compilation, and why it was needed; None before the first).

    Example:
      >>> import compat as torch
      >>> before = torch.metrics()["calls"]
      >>> _ = (torch.ones(3) + 1).sum().item()
      >>> torch.metrics()["calls"] - before
      1

    Source:
      None in PyTorch; ``torch._dynamo.utils.counters`` is nearest.
    """
    return {"compiled": len(compiled), "calls": calls, "recorded": recorded, "cuts": dict(cuts),
            "compile_seconds": compile_seconds, "last_compile": compiled[-1] if compiled else None}
