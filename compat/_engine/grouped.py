"""Steps of optimizers on a CPU, in groups of parameters that are updated one after the other.

XLA runs a program of more than 8 kernels that do not wait for each other on several threads, and to tell these of small
kernels takes far longer than to run them: the step of an optimizer takes 25 us for 8 small parameters and 110 for 10. A
group is a function that XLA does not take apart. So the step for many small parameters consists of at most 7 groups,
and each of these likewise.

Other operations are left as they are: where XLA fuses them decides how they are rounded, and that shall not depend on
how many there are.
"""

from __future__ import annotations

import collections
import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

import jax
from jax.experimental.xla_metadata import set_xla_metadata

from compat._engine.entry import Entry, struct
from compat._engine.value import Aval

MOST = 7  # groups, or operations of one
SMALL = 1 << 19  # elements that are read, written and multiplied: no more than these
LARGEST = 49  # operations: with more, two threads are quicker than one

Work = Sequence[tuple[Entry, tuple[int, ...], Sequence[int]]]  # (entry, slots of its inputs, numbers of its results)
_PRODUCTS = ("dot_general", "conv_general_dilated")
_REPEATED = ("while", "scan", "sort", "fft", "cholesky", "lu", "qr", "eigh", "svd", "custom_call")
_factors: dict[Entry, float] = {}


def worth_it(work: Work) -> bool:
    """Whether operations are to be grouped: there is little to do, in many that do not wait for each other."""
    if len(work) <= MOST or len(work) > LARGEST or _width(work) <= MOST:
        return False
    total = 0.0
    for e, _, _ in work:
        sizes = sorted([a.size for a in (*e.ins, *e.outs) if type(a) is Aval])
        total += sum(sizes)
        if total <= SMALL:
            total += _factor(e) * math.sqrt(math.prod(sizes[-3:]))  # exact for a product of matrices
        if total > SMALL:
            return False
    return True


def _width(work: Work) -> int:
    """The most operations that can run at the same time, if each runs as soon as it can."""
    levels: dict[int, int] = {}  # of each result: how many operations come before it
    counts: collections.Counter[int] = collections.Counter()
    for _, slots, results in work:
        level = max((levels.get(s >> 2, 0) for s in slots if not s & 3), default=0)
        counts[level] += 1
        levels.update(dict.fromkeys(results, level + 1))
    return max(counts.values())


def _factor(e: Entry) -> float:
    """What the sizes of an operation's arrays say of its work: nothing more, the products in it, or too little."""
    factor = _factors.get(e)
    if factor is None:
        with jax.enable_x64(True):
            names = set(_primitives(jax.make_jaxpr(e.fn)(*map(struct, e.ins)).jaxpr))
        factor = math.inf if names.intersection(_REPEATED) else float(bool(names.intersection(_PRODUCTS)))
        _factors[e] = factor
    return factor


def _primitives(jaxpr: Any) -> Iterator[str]:
    for eqn in jaxpr.eqns:
        yield eqn.primitive.name
    for inner in _inner(jaxpr):
        yield from _primitives(inner)


def _inner(jaxpr: Any) -> Iterator[Any]:
    for eqn in jaxpr.eqns:
        for value in eqn.params.values():
            for x in value if isinstance(value, tuple | list) else (value,):
                x = getattr(x, "jaxpr", x)
                if hasattr(x, "eqns"):
                    yield x


def run(work: Work, known: dict[int, Any], wanted: Collection[int], numbers: tuple[Any, Any], arrays: Any) -> None:
    """Run operations in groups: afterwards the wanted results are ``known``."""
    if len(work) <= MOST:
        for e, slots, results in work:
            given = [read(known, s, a, numbers, arrays) for s, a in zip(slots, e.ins, strict=True)]
            known.update(zip(results, e.fn(*given), strict=True))
        return
    size = -(-len(work) // MOST)
    for first in range(0, len(work), size):
        group = work[first:first + size]
        made = {r for _, _, results in group for r in results}
        reads = {s for _, slots, _ in group for s in slots}
        later = {s >> 2 for _, slots, _ in work[first + size:] for s in slots if not s & 3}
        gives = sorted(made & (later | set(wanted)))
        takes = sorted(s >> 2 for s in reads if not s & 3 and s >> 2 not in made)
        given = sorted(s >> 2 for s in reads if s & 3 == 1)

        def inside(numbers: tuple[Any, Any], before: list[Any], alone: list[Any], group: Work = group,
                   takes: list[int] = takes, given: list[int] = given, gives: list[int] = gives) -> list[Any]:
            inner = dict(zip(takes, before, strict=True))
            run(group, inner, gives, numbers, dict(zip(given, alone, strict=True)))
            return [inner[r] for r in gives]

        got = apart(inside)(numbers, [known[r] for r in takes], [arrays[k] for k in given])
        known.update(zip(gives, got, strict=True))


def read(known: Mapping[int, Any], slot: int, want: Any, numbers: tuple[Any, Any], arrays: Any) -> Any:
    """An operation's input.

    Args:
      known: The results so far, by their numbers.
      slot: Where the input is.
      want: Its aval, or type.
      numbers: The program's floating numbers and integers.
      arrays: Its arrays.
    """
    kind, k = slot & 3, slot >> 2
    if kind == 0:
        return known[k]
    if kind == 1:
        return arrays[k]
    x = numbers[kind - 2][k]
    if type(want) is Aval:
        return x.astype(want.dtype)
    return x.astype(bool) if want is bool else x


def apart(function: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
    """A function that XLA compiles by itself, as a part of a program.

    So it computes the same, to the bit, as alone, and its kernels run one after the other if they are few.
    """
    def inside(*args: Any) -> list[Any]:
        with set_xla_metadata(inlineable=None):
            return function(*args)

    jitted = jax.jit(inside)

    def call(*args: Any) -> list[Any]:
        with set_xla_metadata(inlineable="false"):
            return jitted(*args)

    return call


__all__ = ["MOST", "apart", "read", "run", "worth_it"]
