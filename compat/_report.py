"""What ``python -m compat --report`` prints when the program has ended: where its time went, and why."""

from __future__ import annotations

import atexit
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator

from compat import _later
from compat._engine import clock, metrics
from compat._engine.inline import Loads

MOST = 8  # lines of a list


def start() -> None:
    """Count from here on, and print when the process ends."""
    clock.start()
    begun, loads = time.perf_counter(), Loads.count
    atexit.register(lambda: sys.stderr.write(text(time.perf_counter() - begun, Loads.count - loads) + "\n"))


def text(seconds: float, loads: int) -> str:
    """The report.

    Args:
      seconds: How long the program has run.
      loads: How many of its compiled programs were read from the cache on disk.
    """
    python = max(seconds - metrics.build_seconds - metrics.run_seconds, 0.0)
    lines = [
        "compat report",
        f"  time      {seconds:.2f} s: Python {python:.2f} s, compiling {metrics.build_seconds:.2f} s, "
        f"XLA {metrics.run_seconds:.2f} s (each program was waited for)",
        f"  programs  {len(metrics.compiled)} compiled, {loads} of them read from the cache; {metrics.calls} run, of "
        f"{metrics.recorded} operations; the largest needs {metrics.program_bytes / 2**20:.1f} MiB",
    ]
    lines += _section("cuts: why a program ended, and the lines", _cuts())
    lines += _section("compiled most at", _most(Counter(metrics.compiled)))
    short = _later.fell_short.most_common()
    lines += _section("not implemented, and used at", ((n, _short(where), name) for (name, where), n in short))
    return "\n".join(lines)


def _section(title: str, rows: Iterator[tuple[int, str, str]]) -> list[str]:
    table = [(f"{n:8}", what, _short(where)) for n, what, where in rows]
    width = max((len(what) for _, what, _ in table), default=0)
    return [f"  {title}", *[f"{n}  {what:{width}}  {where}".rstrip() for n, what, where in table]] if table else []


def _cuts() -> Iterator[tuple[int, str, str]]:
    for reason, n in metrics.cuts.most_common():
        places = Counter({where: k for (why, where), k in metrics.cut_lines.items() if why == reason}).most_common()
        said = [f"{_short(where)} ({k})" for where, k in places[:3]] + ["..."] * (len(places) > 3)
        yield n, reason, ", ".join(said)


def _most(compiled: Counter[tuple[str, str]]) -> Iterator[tuple[int, str, str]]:
    yield from ((n, _short(where), why) for (where, why), n in compiled.most_common(MOST))
    if len(compiled) > MOST:
        yield sum(n for _, n in compiled.most_common()[MOST:]), f"at {len(compiled) - MOST} other lines", ""


def _short(where: str) -> str:
    """A place below the working directory, relative to it."""
    return where.removeprefix(os.getcwd() + os.sep)
