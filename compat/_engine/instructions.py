"""A program's code as instructions: which of them are needed, and in which order their results come out."""

from __future__ import annotations

from typing import Any

from compat._engine.entry import Entry
from compat._engine.value import Aval, Value


def decode(code: list[Any]) -> list[tuple[Entry, tuple[int, ...], int]]:
    """[(entry, input slots, number of its first result)]."""
    out, at, n = [], 0, 0
    while at < len(code):
        e = code[at]
        k = len(e.ins)
        out.append((e, tuple(code[at + 1:at + 1 + k]), n))
        at += k + 1
        n += len(e.outs)
    return out


def needed(instructions: list, live: tuple[int, ...]) -> list:
    """The instructions that the live results depend on."""
    wanted, kept = set(live), []
    for ins in reversed(instructions):
        e, slots, first = ins
        if any(first + j in wanted for j in range(len(e.outs))):
            kept.append(ins)
            wanted.update(s >> 2 for s in slots if not s & 3)
    return kept[::-1]


def order_of(instructions: list, live: tuple[int, ...], donate: tuple[int, ...],
             inputs: list[Value]) -> tuple[int, ...]:
    """The live results, such that jax pairs each donated input with the result that takes its place.

    jax gives the k-th donated buffer of a kind to the k-th result of that kind. A buffer that is still read when the
    result given to it is written would have to be copied first.
    """
    owner: dict[int, int] = {}  # result -> the donated input whose place it takes
    avals: dict[int, Aval] = {}
    given = set(donate)
    for e, slots, first in instructions:
        avals.update(enumerate(e.outs, first))
        for j, at in enumerate(e.renews or ()):
            kind, k = slots[at] & 3, slots[at] >> 2
            i = owner.get(k) if kind == 0 else k if kind == 1 and k in given else None
            if i is not None and inputs[i].aval is e.outs[j]:
                owner[first + j] = i
    heir = {owner[i]: i for i in live if i in owner}
    left = [i for i in live if heir.get(owner.get(i, -1)) != i]
    ordered: dict[Aval, list[int]] = {}
    for i in donate:
        a = inputs[i].aval
        k = heir[i] if i in heir else next(k for k in left if avals[k] is a)
        if k in left:
            left.remove(k)
        ordered.setdefault(a, []).append(k)
    for k in left:
        ordered.setdefault(avals[k], []).append(k)
    rest = {a: iter(ks) for a, ks in ordered.items()}
    return tuple(next(rest[avals[i]]) for i in live)


__all__ = ["decode", "needed", "order_of"]
