"""Operations over lists of tensors: a whole optimizer step recorded at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from compat._engine.entry import Entry
from compat._engine.live import Live
from compat._engine.program import record_many
from compat._tensor.tensor import NUMBERS

_entries: dict[tuple, Entry] = {}


def fused(kernel: Callable, lists: Mapping[str, Sequence[Any]], numbers: Mapping[str, Any], static: Mapping[str, Any],
          outputs: Sequence[str], apart: bool = False) -> None:
    """Record one operation over lists of tensors, and write the named lists back in place.

    Args:
      kernel: ``kernel(*, <lists>, <numbers>, <static>)`` returning one list per name in ``outputs``.
      lists: Tensors by parameter name; None entries are passed on as None.
      numbers: Numbers by parameter name: inputs of the program.
      static: Other arguments by name: part of its identity.
      outputs: Names of the lists that the kernel returns anew, in its order.
      apart: Whether the kernel treats each position of the lists by itself; a list of one belongs to all positions.
    """
    ins: list[Any] = []
    key: list[Any] = [kernel]
    for name, tensors in lists.items():
        avals = []
        for t in tensors:
            if t is None:
                avals.append(None)
                continue
            v = t._v
            if v is None:
                v = t._read()
            ins.append(v)
            avals.append(v.aval)
        key.append((name, tuple(avals)))
    for name, x in numbers.items():
        if x.__class__ is Live:  # a number, whatever it will be
            ins.append(x)
            key.append((name, float))
            continue
        ins.append(x if x.__class__ in NUMBERS else x._value())
        key.append((name, x.__class__ if x.__class__ in NUMBERS else x._value().aval))
    key.append(tuple(static.items()))
    key.append(tuple(outputs))
    k = tuple(key)
    e = _entries.get(k)
    if e is None:
        e = _entries[k] = fused_entry(kernel, key, dict(static), outputs, apart)
    results = iter(record_many(e, ins))
    for name in outputs:
        for t in lists[name]:
            if t is not None:
                t._write(next(results))


def fused_entry(kernel: Callable, key: list[Any], fixed: dict[str, Any], outputs: Sequence[str],
                apart: bool = False) -> Entry:
    """The entry of such an operation; ``key`` is what ``fused`` finds it by."""
    groups = [k for k in key[1:-2] if isinstance(k[1], tuple)]
    scalars = [k for k in key[1:-2] if not isinstance(k[1], tuple)]
    specs = [a for _, avals in groups for a in avals if a is not None] + [k for _, k in scalars]

    def raw(*arrays: Any) -> tuple:
        it = iter(arrays)
        kwargs: dict[str, Any] = {n: [None if a is None else next(it) for a in avals] for n, avals in groups}
        kwargs.update({n: next(it) for n, _ in scalars})
        out = kernel(**kwargs, **fixed)
        out = (out,) if len(outputs) == 1 and not isinstance(out, tuple) else out
        return tuple(x for xs in out for x in xs if x is not None)

    at = iter(range(len(specs)))
    places = {n: [None if a is None else next(at) for a in avals] for n, avals in groups}
    numbers = list(at)
    count = len(places[outputs[0]])
    parts = _positions(kernel, key, fixed, outputs, places, numbers, count) if apart and count > 1 else None
    outs = None
    if parts is not None:
        given = {j: e.outs[i] for e, _, results in parts for i, j in enumerate(results)}
        outs = [given[j] for j in range(len(given))]
    e = Entry(kernel.__name__, raw, specs, outs)
    if parts is not None:
        e.parts = lambda: parts
    e.renews, e.listed = tuple(i for n in outputs for i in places[n] if i is not None), True
    return e


def _positions(kernel: Callable, key: list[Any], fixed: dict[str, Any], outputs: Sequence[str],
               places: dict[str, list[int | None]], numbers: list[int], count: int) -> list[tuple[Entry, list, list]]:
    """(entry, positions of its inputs, positions of its results) of each position of the lists.

    Parameters of one shape have one entry, so that a step over any of them is known at once.
    """
    results: dict[str, list[int | None]] = {}
    at = 0
    for n in outputs:
        results[n] = []
        for i in places[n]:
            results[n].append(None if i is None else at)
            at += i is not None
    parts = []
    for k in range(count):
        sub: list[Any] = [kernel]
        ins: list[int] = []
        for item in key[1:-2]:
            if not isinstance(item[1], tuple):
                sub.append(item)
                continue
            n, avals = item
            mine = k if len(avals) == count else 0
            sub.append((n, avals[mine:mine + 1]))
            ins += [i for i in places[n][mine:mine + 1] if i is not None]
        sub += key[-2:]
        e = _entries.get(tuple(sub))
        if e is None:
            e = _entries[tuple(sub)] = fused_entry(kernel, sub, fixed, outputs)
        parts.append((e, ins + numbers, [j for n in outputs for j in results[n][k:k + 1] if j is not None]))
    return parts
