"""What is pending, run operation by operation.

A program is compiled for the operations that it consists of. Where these differ every time, as in a dataset that writes
words of all lengths into rows, each program would be compiled and used once. Its single operations are few, however,
and known soon.
"""

from __future__ import annotations

from typing import Any

from compat._engine.bundle import array_of
from compat._engine.instructions import decode
from compat._engine.program import Program, ctx, cut, fresh, record_many

WORTH_COMPILING = 3  # how often a program must come before it is compiled as a whole
MOST_FORMS = 4096
_seen: dict[tuple, int] = {}


def settle(reason: str) -> None:
    """Run what this thread has pending: as one program if it came before, else operation by operation."""
    p = ctx.prog
    if not p.n:
        return
    form = tuple(p.code)
    if len(_seen) >= MOST_FORMS:
        _seen.clear()
    times = _seen[form] = _seen.get(form, 0) + 1
    if times < WORTH_COMPILING and len(form) > 1:
        _run_each(p, reason)
    else:
        cut(reason)


def _run_each(p: Program, reason: str) -> None:
    state = ctx.now
    state.prog = fresh(p.device)
    results: dict[int, Any] = {}
    places = (results, p.inputs, p.floats, p.ints)  # by the kind of a slot
    try:
        for e, slots, first in decode(p.code):
            outs = record_many(e, [places[s & 3][s >> 2] for s in slots])
            cut(reason)
            results.update(enumerate(outs, first))
    except BaseException:
        state.prog = p  # nothing is lost: the same values are still pending
        raise
    for number, v in zip(p.numbers(), p.vals, strict=True):
        v.buf = array_of(results[number])
    p.code, p.vals, p.inputs = [], [], []
