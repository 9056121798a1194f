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
program_bytes = 0
cut_lines: collections.Counter[tuple[str, str]] = collections.Counter()  # (reason, where); counted by `clock`
build_seconds = 0.0  # spent until programs could be called; counted by `clock`
run_seconds = 0.0  # spent in programs; counted by `clock`

_OWN = __name__.split(".", maxsplit=1)[0] + "."


def user_line() -> str:
    """``file:line`` of the innermost frame outside this package."""
    frame = sys._getframe(1)
    while frame is not None:
        name = frame.f_globals.get("__name__", _OWN)  # the functions of operators are generated, and of no module
        if not name.startswith((_OWN, "funcgrad.", "jax")) and name not in ("compat", "contextlib", "functools"):
            return f"{frame.f_code.co_filename}:{frame.f_lineno}"
        frame = frame.f_back
    return "?"


def note_compile(reason: str, seconds: float, memory: Any) -> None:
    """Remember a compilation, the Python line that caused it, and what XLA says of the program's memory (or None)."""
    global compile_seconds, program_bytes
    with _lock:
        compiled.append((user_line(), reason))
        compile_seconds += seconds
        if memory is not None:
            needed = (memory.argument_size_in_bytes + memory.output_size_in_bytes - memory.alias_size_in_bytes
                      + memory.temp_size_in_bytes)
            program_bytes = max(program_bytes, needed)


def metrics() -> dict[str, Any]:
    """What the engine has done so far.

    Returns:
      A dict: ``compiled`` (programs compiled), ``calls`` (XLA programs run), ``recorded`` (operations recorded),
      ``cuts`` (number of cuts by reason), ``compile_seconds``, ``last_compile`` (the Python line that caused the
      last compilation, and why it was needed; None before the first), and ``program_bytes`` (the memory that the
      largest program needs while it runs: arguments, results and temporaries).

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
            "compile_seconds": compile_seconds, "last_compile": compiled[-1] if compiled else None,
            "program_bytes": program_bytes}
