"""Seconds of compiling and of programs, for ``python -m compat --report``.

Functions of the engine are replaced while it is started, so that who does not ask for the times does not pay for them.
"""

from __future__ import annotations

import time
from typing import Any

import jax

from compat._engine import compile as engine
from compat._engine import metrics
from compat._engine.program import Execution, Program


def start() -> None:
    """Count from here on. Each program is waited for; and each cut notes the line of the program that caused it."""
    call, build, run = engine.call_program, engine._compile, engine.run

    def timed_build(program: Any, args: list[Any], p: Program, reason: str) -> Any:
        begun = time.perf_counter()
        try:
            return build(program, args, p, reason)
        finally:
            metrics.build_seconds += time.perf_counter() - begun

    def timed_call(program: Any, args: list[Any], p: Program, reason: str) -> Any:
        begun, built = time.perf_counter(), metrics.build_seconds
        try:
            return jax.block_until_ready(call(program, args, p, reason))
        finally:
            metrics.run_seconds += time.perf_counter() - begun - (metrics.build_seconds - built)

    def noted_run(p: Program, reason: str) -> None:
        metrics.cut_lines[reason, metrics.user_line()] += 1
        run(p, reason)

    engine.call_program, engine._compile, engine.run = timed_call, timed_build, noted_run
    Execution.run = staticmethod(noted_run)
