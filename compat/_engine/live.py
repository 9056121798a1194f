"""Numbers that stay inputs of a captured step: the options of an optimizer's groups.

While a step is captured its optimizer sees them as `Live` instead of as floats. One that is recorded as an input of an
operation is read afresh at every call. What Python itself learns of one, such as whether a weight decay is zero, is
noted: the captured step holds for other numbers only as long as the answers stay the same.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any


class Live(float):
    """A float that knows where it came from.

    Attributes:
      place: (options, key, position in the option or None).
      turn: How many schedulers stepped before, in the step that saw it.
      asked: What Python asked of it: (question, other operand, answer). A question of None is the number itself.
    """

    place: tuple[dict[str, Any], str, int | None]
    turn: int
    asked: list[tuple[Callable[[Any, Any], Any] | None, Any, Any]]

    __hash__ = float.__hash__  # of a class that defines __eq__ it would be None

    @classmethod
    def at(cls, options: dict[str, Any], key: str, position: int | None = None, turn: int = 0) -> Live:
        """The number at a place."""
        x = options[key]
        self = cls(x if position is None else x[position])
        self.place, self.turn, self.asked = (options, key, position), turn, []
        return self

    def plain(self) -> float:
        """The number itself, which the step from now on depends on."""
        x = float.__pos__(self)
        self.asked.append((None, None, x))
        return x

    def still(self, now: Any) -> bool:
        """Whether the captured step holds for another number, too."""
        if now.__class__ is not float:
            return False
        return all(now == answer if question is None else question(now, other) == answer
                   for question, other, answer in self.asked)

    def _ask(self, question: Callable[[Any, Any], Any], other: Any) -> Any:
        x = float.__pos__(self)
        other = float.__pos__(other) if other.__class__ is Live else other
        answer = question(x, other)
        self.asked.append((question, other, answer) if answer is True or answer is False else (None, None, x))
        return answer

    def __bool__(self) -> bool:
        return self._ask(operator.ne, 0.0)

    def __eq__(self, other: object) -> Any:
        return self._ask(operator.eq, other)

    def __ne__(self, other: object) -> Any:
        return self._ask(operator.ne, other)

    def __lt__(self, other: Any) -> Any:
        return self._ask(operator.lt, other)

    def __le__(self, other: Any) -> Any:
        return self._ask(operator.le, other)

    def __gt__(self, other: Any) -> Any:
        return self._ask(operator.gt, other)

    def __ge__(self, other: Any) -> Any:
        return self._ask(operator.ge, other)

    def __float__(self) -> float:
        return self.plain()


def _arithmetic(name: str) -> None:
    """Let Python's arithmetic on the numbers work on plain ones."""
    def unary(self: Live, *rest: Any) -> Any:
        return getattr(operator, name)(self.plain(), *rest)

    def reflected(self: Live, other: Any) -> Any:
        return getattr(operator, name)(other, self.plain())

    setattr(Live, f"__{name.strip('_')}__", unary)
    if name not in ("neg", "pos", "abs"):
        setattr(Live, f"__r{name}__", reflected)


for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "neg", "pos", "abs"):
    _arithmetic(_name)

__all__ = ["Live"]
