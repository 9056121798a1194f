"""The optimizers of a step: their options, which stay inputs, and the state that they keep."""

from __future__ import annotations

from itertools import chain
from operator import is_
from typing import Any

from compat._engine.live import Live


class Options:
    """An optimizer that a step uses.

    While the step runs to be captured, the numbers of its groups know where they come from (`begin`, `end`).

    Attributes:
      optimizer: The optimizer.
      live: The numbers of its groups, as the step saw them.
      stepped: Whether the step lets it step, or a scheduler that changes it.
    """

    def __init__(self, optimizer: Any) -> None:
        self.optimizer = optimizer
        self.live: list[Live] = []
        self.stepped = False
        self._groups, self._state = optimizer.param_groups, optimizer.state
        self._before = [dict(g) for g in self._groups]
        self._state_before = [(p, s, dict(s) if isinstance(s, dict) else None) for p, s in self._state.items()]
        self._values = self._now()
        self._entries = list(self._state.values())
        self._dicts = [s for s in self._entries if isinstance(s, dict)]
        self._views = [s.values() for s in self._dicts]  # they show what is there whenever one looks
        self._held = list(chain.from_iterable(self._views))
        self._sizes = [len(g["params"]) for g in self._groups]
        self._given: list[tuple[dict[str, Any], str, Any, Any]] = []

    def begin(self, turn: int) -> None:
        """Put numbers into the groups that know where they come from, and how many schedulers stepped before."""
        if self.optimizer._compat_live:
            self._given = [(g, key, x, self._alive(g, key, turn)) for g in self._groups for key, x in g.items()
                           if key != "params"]
            for g, key, _, x in self._given:
                g[key] = x

    def end(self) -> None:
        """Put the plain ones back."""
        for g, key, x, alive in self._given:
            if g.get(key) is alive:
                g[key] = x
        self._given = []

    def note(self) -> None:
        """Take the options for granted as they are now: a scheduler changed them, and will do so in every call."""
        self._values = self._now()

    def _alive(self, group: dict[str, Any], key: str, turn: int) -> Any:
        x = group[key]
        if x.__class__ is float:
            made = [Live.at(group, key, turn=turn)]
        elif x.__class__ is tuple and x and all(y.__class__ is float for y in x):
            made = [Live.at(group, key, i, turn) for i in range(len(x))]
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
        now = self._now()
        return (self.optimizer.param_groups is self._groups and len(now) == len(self._values)
                and all(map(is_, now, self._values)) and self.same_state())

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

    def settle(self) -> None:
        """The step was captured: remember what `follow` needs to know."""
        first = [x for x in self.live if not x.turn]
        self._known = {(id(x.place[0]), x.place[1]) for x in first}
        self._asked = [x for x in first if x.asked]

    def follow(self) -> bool:
        """Take other numbers over, if the captured step holds for them."""
        now = self._now()
        if self.optimizer.param_groups is not self._groups or len(now) != len(self._values):
            return False
        if not all(map(is_, now, self._values)):
            keys = ((id(g), key) for g in self._groups for key in g)
            for key, x, before in zip(keys, now, self._values, strict=True):
                if x is before or key in self._known:
                    continue
                plain = x.__class__ is before.__class__ and x.__class__ in (float, int, bool)
                if not plain or x != before:  # another object is well, as long as it is the same number
                    return False
        if not (all(x.still(number(x)) for x in self._asked) and self.same_state()):
            return False
        self._values = now
        return True


def number(x: Live) -> Any:
    """The number at the place of another one, now."""
    options, key, position = x.place
    y = options[key]
    return y if position is None else y[position] if y.__class__ in (tuple, list) and position < len(y) else None


__all__ = ["Options", "number"]
