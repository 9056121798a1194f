"""Programs that XLA has compiled, or will at their first call."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import jax

from compat._engine.value import Aval

WORTH_A_THREAD = 1 << 19  # multiply-adds: less is done sooner than another thread wakes up
# Results of half precision are rounded to it even where the next operation widens them again: a program must not show
# other numbers because it is one program.
COMPILER_OPTIONS = {"xla_allow_excess_precision": False}


class Compiled:
    """A program.

    Attributes:
      compute: It, as a function of its floating numbers, its integers (None for none) and its arrays.
      make: Returns it jitted with these compiler options, a new function each time: jax keeps what it traced, lowered
        and compiled as long as the function lives.
      options: The compiler options.
      jitted: It, for whatever arrays come; None until ``call`` refuses some.
      call: It, compiled for arrays like those that came first, which is quicker to call; None before its first call,
        and before the second of some small ones.
      compiled: What ``call`` is made from then: the arguments of ``inline``.
      small: Whether it is done sooner than another thread wakes up.
      numbers: The numbers that it was last given, with their array on the device.
      order: The positions of its results among the live ones; None where they are as recorded.
      host: For a program on single numbers, the function that computes them without XLA; else None.
      runs: How often it was called.
    """

    __slots__ = ("call", "compiled", "compute", "host", "jitted", "make", "numbers", "options", "order", "runs",
                 "small")

    def __init__(self, compute: Callable[[Any, Any, Sequence[Any]], list[Any]], has_floats: bool, has_ints: bool,
                 donate: tuple[int, ...], small: bool) -> None:
        """The program that computes this, and gives the inputs in ``donate`` away; not compiled yet."""
        shift = has_floats + has_ints
        given = tuple(i + shift for i in donate)

        def make(options: dict[str, Any]) -> Any:
            def program(*args: Any) -> list[Any]:
                return compute(args[0] if has_floats else None, args[has_floats] if has_ints else None, args[shift:])

            return jax.jit(program, donate_argnums=given, compiler_options=options)

        self.compute, self.make, self.options, self.small = compute, make, COMPILER_OPTIONS, small
        self.jitted: Any = None
        self.call: Any = None
        self.compiled: tuple[Any, ...] | None = None
        self.order: tuple[int, ...] | None = None
        self.host: Callable[..., list[Any]] | None = None
        self.numbers: list[Any] = [None, None]
        self.runs = 0


def work(instructions: list) -> float:
    """About how many multiply-adds: exact for a matrix product, more than enough for what goes element by element."""
    total = 0.0
    for e, _, _ in instructions:
        sizes = sorted([a.size for a in (*e.ins, *e.outs) if type(a) is Aval])
        total += math.sqrt(math.prod(sizes[-3:]))
    return total


__all__ = ["COMPILER_OPTIONS", "WORTH_A_THREAD", "Compiled", "work"]
