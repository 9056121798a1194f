"""Programs that XLA has compiled, or will at their first call."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import jax

from compat._engine.bundle import Group
from compat._engine.value import Aval

WORTH_A_THREAD = 1 << 20  # of what `effort` counts: less is done sooner than another thread wakes up
WORTH_WAITING = 1 << 26  # for a read, which waits anyway, even so much is done by the thread itself
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
      small: Whether the calling thread had better run it itself; known once it is compiled.
      numbers: The numbers that it was last given, with their array on the device.
      order: The positions among the live ones of its results, of those that come by themselves; None where these are
        all, as recorded.
      bundles: The results after these: (what is in the bundle, the positions among the live ones).
      host: For a program on single numbers, the function that computes them without XLA; else None.
      runs: How often it was called.
      work: About how many operations on numbers it takes, at most.
    """

    __slots__ = ("bundles", "call", "compiled", "compute", "host", "jitted", "make", "numbers", "options", "order",
                 "runs", "small", "work")

    def __init__(self, compute: Callable[[Any, Any, Sequence[Any]], list[Any]], has_floats: bool, has_ints: bool,
                 donate: tuple[int, ...], work: float) -> None:
        """The program that computes this, and gives the inputs in ``donate`` away; not compiled yet.

        Args:
          compute: It.
          has_floats: Whether it has floating numbers.
          has_ints: Whether it has integers.
          donate: The positions of the arrays that it gives away.
          work: About how many operations on numbers it takes, at most.
        """
        shift = has_floats + has_ints
        given = tuple(i + shift for i in donate)

        def make(options: dict[str, Any]) -> Any:
            def program(*args: Any) -> list[Any]:
                return compute(args[0] if has_floats else None, args[has_floats] if has_ints else None, args[shift:])

            return jax.jit(program, donate_argnums=given, compiler_options=options)

        self.compute, self.make, self.options, self.work = compute, make, COMPILER_OPTIONS, work
        self.small = False
        self.jitted: Any = None
        self.call: Any = None
        self.compiled: tuple[Any, ...] | None = None
        self.order: tuple[int, ...] | None = None
        self.bundles: Sequence[tuple[Group, tuple[int, ...]]] = ()
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


def effort(program: Compiled, compiled: Any, text: str) -> float:
    """How much there is to do: operations on numbers and bytes.

    XLA counts them, but goes through a loop once.

    Args:
      program: The program.
      compiled: It, as XLA compiled it.
      text: It, as text.
    """
    if " while(" in text:
        return 2 * program.work
    cost = compiled.cost_analysis() or {}
    return cost.get("flops", 0.0) + 8 * cost.get("transcendentals", 0.0) + cost.get("bytes accessed", 0.0)


__all__ = ["COMPILER_OPTIONS", "WORTH_A_THREAD", "WORTH_WAITING", "Compiled", "effort", "work"]
