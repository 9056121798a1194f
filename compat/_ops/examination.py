"""Integers that an operation uses as positions are looked at before it is recorded: XLA does not complain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import jax

from compat._engine.entry import Entry
from compat._engine.program import captured
from compat._engine.value import Value
from compat._tensor.tensor import is_tensor
from compat._tensor.views import origin, peek


def examine(op: Any, values: Sequence[Any], e: Entry) -> None:
    """Refuse integers out of range, if the row has such a check; a tensor's value is looked at once.

    A pending tensor whose elements were picked from one that exists is good if all of that is; only otherwise
    does it have to be computed here. The entry is noted too, for the generated function.
    """
    if captured() is not None:  # the values are known only when the step runs
        return
    given = {p.name: a for p, a in zip(op.params, values, strict=True)}
    names = op.check_params or ("index",)
    if len(names) == 1 and (v := getattr(given.get(names[0]), "_v", None)) is not None and v.num is not None:
        given[names[0]] = v.aval.dtype.type(v.num)  # a number of NumPy's, which is soon made and looked at
        op.check(**{n: _seen(a, False) for n, a in given.items() if n in op.check_accepts})
        _note(v, e)
        return
    tokens = []  # (what was asked of a value, the value)
    looked: list[Any] = []
    statics = tuple(a if p.kind == "static" else a.shape if is_tensor(a) else None
                    for p, a in zip(op.params, values, strict=True))
    for n in names:
        listed = given[n] if isinstance(given.get(n), tuple) else (given.get(n),)
        for i, t in enumerate(listed):
            if is_tensor(t):
                v, place = origin(t)
                tokens.append(((op.name, statics, n, i, place), v))
                looked.append(t)
    if any(v.buf is not None and isinstance(v.buf, jax.core.Tracer) for _, v in tokens):
        return
    if not all(v.safe is not None and mark in v.safe for mark, v in tokens):
        if not _passes_by_source(op, given, names):
            op.check(**{n: _seen(a, n in names) for n, a in given.items() if n in op.check_accepts})
        for mark, v in tokens:
            _note(v, mark)
    for t in looked:
        _note(t._value(), e)


def _passes_by_source(op: Any, given: Mapping[str, Any], names: Sequence[str]) -> bool:
    """Whether the check is content with all that the looked-at tensors were picked from."""
    found = False
    sources = dict(given)
    for n in names:
        t = given.get(n)
        picked = t._value().safe if is_tensor(t) and t._value().pending else None
        if picked.__class__ is Picked:
            if origin(picked.source)[0].pending:
                return False
            sources[n], found = picked.source, True
    if not found:
        return False
    try:
        op.check(**{n: _seen(a, n in names) for n, a in sources.items() if n in op.check_accepts})
    except (IndexError, RuntimeError, ValueError):
        return False
    return True


class Picked(set):
    """What is known of a pending integer tensor: its elements are all elements of ``source``."""

    def __init__(self, source: Any) -> None:
        super().__init__()
        self.source = source


class _Shaped:
    """What a check sees of a tensor it has no need to read."""

    def __init__(self, t: Any) -> None:
        self.shape, self.ndim, self.dtype = tuple(t.shape), t.dim(), t._value().aval.dtype


def _note(v: Value, mark: Any) -> None:
    """Remember that a value passes a check."""
    if v.safe is None:
        v.safe = set()
    v.safe.add(mark)


def _seen(a: Any, read: bool) -> Any:
    """An argument as a check sees it: the tensors it reads as NumPy arrays."""
    if isinstance(a, tuple):
        return tuple(_seen(x, read) for x in a)
    if not is_tensor(a):
        return a
    return peek(a) if read else _Shaped(a)


__all__ = ["Picked", "examine"]
