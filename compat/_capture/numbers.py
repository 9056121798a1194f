"""Numbers among a step's arguments that are others at every call.

The step is recorded with a `Number` in the place of each, which operations take as a float or an int: what they record
is an input of the program. Python's arithmetic on them gives further ones, computed anew at every call. Where Python
itself needs to know one (a comparison, a loop of so many rounds, ``math.sqrt``), its value is noted: the captured step
holds for other numbers only as long as all of these are the same.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from compat._engine.live import Live


class _Node(NamedTuple):
    """How a number comes about: the argument at a position, or an operation on other numbers."""

    operation: Callable[..., Any] | None
    operands: tuple[Any, ...]  # each `_At` or a constant


class _At(int):
    """The position of a node, or of an argument."""


class Numbers:
    """The numbers that a step is given, and those that it computes of them.

    Args:
      values: What the arguments are as the step is recorded.
    """

    def __init__(self, values: Sequence[float]) -> None:
        self._nodes: list[_Node] = []
        self.values: list[Any] = []
        self._fixed: set[int] = set()  # nodes whose value Python knows
        self._known: dict[Any, int] = {}
        self.given = [self._number(self._add(_Node(None, (_At(i),)), x)) for i, x in enumerate(values)]

    def _add(self, node: _Node, value: Any) -> int:
        key = (node.operation, *(x if x.__class__ is _At else repr(x) for x in node.operands))
        at = self._known.setdefault(key, len(self._nodes))
        if at == len(self._nodes):
            self._nodes.append(node)
            self.values.append(value)
        return at

    def _number(self, at: int) -> Number:
        return (_Float if self.values[at].__class__ is float else _Int)(self, at)

    def compute(self, operation: Callable[..., Any], *operands: Any) -> Any:
        """What an operation gives: a Number if that is a float or an int, else what it is, noted."""
        node = _Node(operation, tuple(_At(x.at) if self._mine(x) else bare(x) for x in operands))
        value = operation(*map(bare, operands))
        at = self._add(node, value)
        if value.__class__ is float or value.__class__ is int:
            return self._number(at)
        return self.tell(at)

    def _mine(self, x: Any) -> bool:
        return isinstance(x, Number) and x.numbers is self

    def tell(self, at: int) -> Any:
        """A number's value, which the step from now on depends on."""
        self._fixed.add(at)
        return self.values[at]

    def fixed(self) -> set[int]:
        """The arguments that have to be what they were, because Python knows their values, or what comes of them."""
        found: set[int] = set()
        pending = [at for at in self._fixed if self.values[at].__class__ is not bool]
        while pending:
            node = self._nodes[pending.pop()]
            if node.operation is None:
                found.add(int(node.operands[0]))
            pending += [x for x in node.operands if x.__class__ is _At and node.operation is not None]
        return found

    def follow(self, given: Sequence[float]) -> list[Any] | None:
        """The values of all of them for other arguments; None if the captured step does not hold for these."""
        now: list[Any] = []
        for at, (node, before) in enumerate(zip(self._nodes, self.values, strict=True)):
            if node.operation is None:
                x = given[node.operands[0]]
            else:
                try:
                    x = node.operation(*[now[y] if y.__class__ is _At else y for y in node.operands])
                except ArithmeticError:  # which the step itself is to raise
                    return None
            if x.__class__ is not before.__class__ or (at in self._fixed and x is not before
                                                       and repr(x) != repr(before)):
                return None
            now.append(x)
        return now


class Number:
    """A number that may be another one in the next call. It is no float or int, lest C code reads it unnoticed.

    Attributes:
      numbers: Those of which it is one.
      at: Its position among them.
    """

    __slots__ = ("at", "numbers")

    def __init__(self, numbers: Numbers, at: int) -> None:
        self.numbers, self.at = numbers, at

    @property
    def value(self) -> Any:
        """What it is as the step is recorded, for whoever does not let anything depend on it."""
        return self.numbers.values[self.at]

    def _tell(self) -> Any:
        return self.numbers.tell(self.at)

    def __format__(self, spec: str) -> str:
        return format(self._tell(), spec)

    def __round__(self, digits: int | None = None) -> Any:
        return round(self._tell(), digits)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """As NumPy takes it."""
        return np.asarray(self._tell(), dtype)

    def __reduce__(self) -> tuple:
        """Copied and pickled as what it is."""
        value = self._tell()
        return value.__class__, (value,)

    def __getattr__(self, name: str) -> Any:
        """Methods of floats and ints."""
        return getattr(self._tell(), name)


class _Float(Number):
    """One that ``isinstance`` takes for a float."""

    __slots__ = ()
    __class__ = property(lambda self: float)  # type: ignore[assignment]


class _Int(Number):
    """One that ``isinstance`` takes for an int."""

    __slots__ = ()
    __class__ = property(lambda self: int)  # type: ignore[assignment]

    def __index__(self) -> int:
        return self._tell()


def _operand(x: Any) -> bool:
    return isinstance(x, float | int)  # a Number is one of these, too


def _derive() -> None:
    """Let Python's operators on them be noted."""
    def unary(name: str, function: Callable[..., Any]) -> None:
        setattr(Number, name, lambda self: self.numbers.compute(function, self))

    def binary(name: str, function: Callable[..., Any], reflected: bool) -> None:
        def method(self: Number, other: Any) -> Any:
            if not _operand(other):
                return NotImplemented
            return self.numbers.compute(function, *((other, self) if reflected else (self, other)))

        setattr(Number, name, method)

    for n in ("neg", "pos", "abs"):
        unary(f"__{n}__", getattr(operator, n))
    for n in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow"):
        binary(f"__{n}__", getattr(operator, n), False)
        binary(f"__r{n}__", getattr(operator, n), True)
    for n in ("lt", "le", "gt", "ge", "eq", "ne"):
        binary(f"__{n}__", getattr(operator, n), False)
    unary("__bool__", bool)
    for n, read in (("float", float), ("int", int), ("trunc", int), ("hash", hash), ("repr", repr), ("str", str)):
        setattr(Number, f"__{n}__", lambda self, read=read: read(self._tell()))


_derive()


def bare(x: Any) -> Any:
    """What a number is as the step is recorded, without a note that it was asked for."""
    return x.value if isinstance(x, Number) else float.__pos__(x) if x.__class__ is Live else x


__all__ = ["Number", "Numbers", "bare"]
