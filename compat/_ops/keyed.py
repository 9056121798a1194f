"""Random numbers in a captured step: drawn by the step itself, from a key that it moves on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from compat._engine.entry import Entry
from compat._engine.program import Captured, captured, record
from compat._engine.value import Aval, Value

_entries: dict[tuple, Entry] = {}


def keyed(generator: Any, a: Aval, kernel: Callable[..., Any], numbers: Sequence[Any] = ()) -> Value | None:
    """Numbers drawn by the step that is captured; None if none is.

    Args:
      generator: The ``generator=`` argument.
      a: What to draw.
      kernel: One of ``funcgrad.ops.random``.
      numbers: Its parameters: Python numbers or Values.

    Raises:
      TypeError: if the argument is no generator.
    """
    if captured() is None:
        return None
    key, draw = Captured.watcher.draw(generator)
    kinds = tuple(x.aval if x.__class__ is Value else x.__class__ for x in numbers)
    e = _entries.get((kernel, a, kinds))
    if e is None:
        def raw(data: Any, draw: Any, *rest: Any) -> tuple:
            return (kernel(data, draw, *rest, shape=a.shape, dtype=a.dtype),)

        e = _entries[kernel, a, kinds] = Entry(kernel.__name__, raw, [key.aval, int, *kinds], [a])
        e.diff = False
    return record(e, key, draw, *numbers)


__all__ = ["keyed"]
