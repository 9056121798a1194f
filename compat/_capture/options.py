"""The optimizers of a step: their options, which stay inputs, and the state that they keep."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from operator import is_
from typing import Any

from compat._engine.live import Live


class Options:
    """An optimizer that a step uses.

    Attributes:
      optimizer: The optimizer.
      live: The numbers of its groups, as the step saw them.
    """

    def __init__(self, optimizer: Any) -> None:
        self.optimizer = optimizer
        self.live: list[Live] = []
        self._groups, self._state = optimizer.param_groups, optimizer.state
        self._before = [dict(g) for g in self._groups]
        self._state_before = [(p, s, dict(s) if isinstance(s, dict) else None) for p, s in self._state.items()]
        self._values = self._now()
        self._entries = list(self._state.values())
        self._dicts = [s for s in self._entries if isinstance(s, dict)]
        self._views = [s.values() for s in self._dicts]  # they show what is there whenever one looks
        self._held = list(chain.from_iterable(self._views))
        self._sizes = [len(g["params"]) for g in self._groups]

    @contextmanager
    def stepping(self) -> Iterator[None]:
        """While the optimizer steps, its groups' numbers know where they come from."""
        if not self.optimizer._compat_live:
            yield
            return
        given = [(g, key, self._alive(g, key)) for g in self._groups for key in g if key != "params"]
        before = [g[key] for g, key, _ in given]
        for g, key, x in given:
            g[key] = x
        try:
            yield
        finally:
            for (g, key, x), old in zip(given, before, strict=True):
                if g.get(key) is x:
                    g[key] = old

    def _alive(self, group: dict[str, Any], key: str) -> Any:
        x = group[key]
        if x.__class__ is float:
            made = [Live.at(group, key)]
        elif x.__class__ is tuple and x and all(y.__class__ is float for y in x):
            made = [Live.at(group, key, i) for i in range(len(x))]
        else:
            return x
        self.live += made
        return tuple(made) if x.__class__ is tuple else made[0]

    def undo(self) -> None:
        """Bring options and state back to what they were."""
        for g, before in zip(self._groups, self._before, strict=True):
            g.clear()
            g.update(before)
        self._state.clear()
        for p, s, entries in self._state_before:
            self._state[p] = s
            if entries is not None:
                s.clear()
                s.update(entries)

    # Guards ----------------------------------------------------------------------------------------------------

    def _now(self) -> list[Any]:
        return list(chain.from_iterable(map(dict.values, self._groups)))

    def same(self) -> bool:
        """Whether groups and state are what they were, the numbers included."""
        o, now = self.optimizer, self._now()
        return (o.param_groups is self._groups and len(now) == len(self._values) and all(map(is_, now, self._values))
                and self.same_state())

    def same_state(self) -> bool:
        """Whether the state's tensors are those that were there."""
        if self.optimizer.state is not self._state:
            return False
        return (len(self._state) == len(self._entries) and all(map(is_, self._state.values(), self._entries))
                and sum(map(len, self._views)) == len(self._held)
                and all(map(is_, chain.from_iterable(self._views), self._held))
                and [len(g["params"]) for g in self._groups] == self._sizes)

    def holds(self) -> list[Any]:
        """What the state consists of."""
        return self._held

    def follow(self) -> bool:
        """Take other numbers over, if the captured step holds for them."""
        if self.optimizer.param_groups is not self._groups:
            return False
        now, known = self._now(), {(id(x.place[0]), x.place[1]) for x in self.live}
        if len(now) != len(self._values):
            return False
        keys = [(id(g), key) for g in self._groups for key in g]
        for key, x, before in zip(keys, now, self._values, strict=True):
            plain = x.__class__ is before.__class__ and x.__class__ in (float, int, bool)
            if plain and x is not before and x == before:
                continue  # another object, the same number
            if x is not before and key not in known:
                return False
        if not all(x.still(number(x)) for x in self.live):
            return False
        self._values = now
        return self.same_state()


def number(x: Live) -> Any:
    """The number at the place of another one, now."""
    options, key, position = x.place
    y = options[key]
    return y if position is None else y[position] if y.__class__ is tuple and position < len(y) else None


__all__ = ["Options", "number"]
