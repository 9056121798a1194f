"""What Python does again at every call of a captured step: the schedulers that step in it.

A scheduler computes with numbers of its own and writes options of an optimizer. Usually neither needs a tensor, so that
all of it can be done before the step's program is called, and the program is given the numbers that the step saw. One
whose rates are tensors steps after the program, which must not read them later in the step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from compat._capture.options import number
from compat._engine.instructions import decode
from compat._engine.live import Live
from compat._engine.program import Program
from compat._tensor.tensor import Tensor


class Hosted:
    """A call of a scheduler's ``step``.

    Args:
      scheduler: The scheduler.
      call: What it does, without arguments.
    """

    def __init__(self, scheduler: Any, call: Callable[[], Any]) -> None:
        self.scheduler, self.call = scheduler, call
        self.state = State(scheduler)


class Deferred:
    """A call of the ``step`` of a scheduler whose rates are tensors.

    Args:
      scheduler: The scheduler.
      call: What it does, without arguments.
      program: What was recorded so far.
    """

    def __init__(self, scheduler: Any, call: Callable[[], Any], program: Program) -> None:
        self.scheduler, self.call = scheduler, call
        self._program, self._recorded, self._floats = program, program.n, len(program.floats)
        self._groups = scheduler.optimizer.param_groups
        self._rates = [(t, t._value()) for t in tensor_options(scheduler)]

    def early(self) -> bool:
        """Whether the step reads or writes later what the scheduler changes."""
        p, values = self._program, {id(v) for _, v in self._rates}
        slots = {k << 2 | 1 for k, v in enumerate(p.inputs) if id(v) in values}
        slots |= {v.slot for _, v in self._rates if v.pending}
        return (any(first >= self._recorded and not slots.isdisjoint(used) for _, used, first in decode(p.code))
                or any(t._value() is not v for t, v in self._rates)
                or any(x.__class__ is Live and any(x.place[0] is g for g in self._groups)
                       for x in p.floats[self._floats:]))


def tensor_options(scheduler: Any) -> list[Tensor]:
    """The options, of the optimizer that a scheduler changes, that are tensors."""
    return [x for g in scheduler.optimizer.param_groups for x in g.values() if isinstance(x, Tensor)]


class State:
    """What a scheduler, and those that it steps, remember now."""

    def __init__(self, scheduler: Any) -> None:
        self._own = [(s.__dict__, dict(s.__dict__)) for s in _all(scheduler)]
        self._options = [(g, dict(g)) for g in scheduler.optimizer.param_groups]

    def restore(self) -> None:
        """Let them remember it again."""
        for now, before in self._own + self._options:
            now.clear()
            now.update(before)


def _all(scheduler: Any) -> list[Any]:
    inner = getattr(scheduler, "_schedulers", ())
    return [scheduler, *(x for s in inner for x in _all(s))]


class Turns:
    """The numbers that a step reads, in between the schedulers that step.

    Args:
      hosted: The schedulers' steps, in order.
      inputs: (position among the program's numbers, the number).
      told: The numbers that the step returns.
      asked: Numbers that Python looked at after a scheduler stepped.
    """

    def __init__(self, hosted: Sequence[Hosted], inputs: Sequence[tuple[int, Live]], told: Sequence[Live],
                 asked: Sequence[Live]) -> None:
        turns = range(len(hosted) + 1)
        self._calls = [h.call for h in hosted]
        self._schedulers = [h.scheduler for h in hosted]
        self._inputs = [[(k, x) for k, x in inputs if x.turn == turn] for turn in turns]
        self._told = [[(j, x) for j, x in enumerate(told) if x.turn == turn] for turn in turns]
        self._asked = [[x for x in asked if x.turn == turn] for turn in turns]
        self.told = [float.__pos__(x) for x in told]

    def take(self, floats: list[float]) -> bool:
        """Do what the schedulers do, and put the numbers that the step reads meanwhile into a list.

        Returns:
          Whether the captured step holds for them; if not, the schedulers are as they were.
        """
        before = [State(s) for s in self._schedulers] if any(self._asked) else []
        for turn, inputs in enumerate(self._inputs):
            if turn:
                self._calls[turn - 1]()
                if not all(x.still(number(x)) for x in self._asked[turn]):
                    for state in reversed(before):
                        state.restore()
                    return False
            for k, x in inputs:
                floats[k] = number(x)
            for j, x in self._told[turn]:
                self.told[j] = number(x)
        return True


__all__ = ["Deferred", "Hosted", "State", "Turns", "tensor_options"]
