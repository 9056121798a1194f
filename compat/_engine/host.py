"""Programs on single numbers run on the host.

A loop that branches on what it computes, such as Newton's method, reads a number every few operations. XLA takes longer
to be called than the arithmetic takes. A program whose values are all 0-d and whose operations are exact, so that IEEE
754 leaves one result only, is therefore turned into a Python function on NumPy's scalars, from the same traced kernels.
Its results stay numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np
from jax.extend.core import Literal

from compat._engine.entry import Entry, struct
from compat._engine.value import Aval

MOST = 64  # operations: more of them are worth a call
_DTYPES = {np.dtype(t): t.__name__ for t in (np.float32, np.float64, np.int32, np.int64, np.bool_)}
_INFIX = {"add": "+", "sub": "-", "mul": "*", "div": "/", "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==",
          "ne": "!=", "and": "&", "or": "|"}
_SAME = ("copy", "copy_p", "optimization_barrier", "stop_gradient", "reduce_sum", "reduce_max", "reduce_min", "reshape",
         "squeeze")
_FUNCTIONS = {"abs": np.abs, "sqrt": np.sqrt, "max": np.maximum, "min": np.minimum}
# how each primitive is written
_TEXTS = {**{name: f"{{0}} {sign} {{1}}" for name, sign in _INFIX.items()}, **dict.fromkeys(_SAME, "{0}"),
          "abs": "abs({0})", "sqrt": "sqrt({0})", "max": "max({0}, {1})", "min": "min({0}, {1})", "neg": "-{0}",
          "not": "~{0}", "integer_pow": "{0} * {0}", "select_n": "{2} if {0} else {1}"}
_INNER = {"jit": "jaxpr", "pjit": "jaxpr", "custom_jvp_call": "call_jaxpr"}
_known: dict[Entry, Any] = {}  # the jaxpr of each entry that can run here; None for the others

Instructions = Sequence[tuple[Entry, tuple[int, ...], int]]


def suits(instructions: Instructions) -> bool:
    """Whether all of a program's operations are exact ones on single numbers."""
    return len(instructions) <= MOST and all(_jaxpr(e) is not None for e, _, _ in instructions)


def _jaxpr(e: Entry) -> Any:
    if e in _known:
        return _known[e]
    found = None
    arrays = [a for a in (*e.ins, *e.outs) if type(a) is Aval]
    if complex not in e.ins and all(not a.shape and a.dtype in _DTYPES for a in arrays):
        with jax.enable_x64(True):
            closed = jax.make_jaxpr(e.fn)(*[struct(a) for a in e.ins])
        if _exact(closed.jaxpr):
            found = closed
    _known[e] = found
    return found


def _exact(jaxpr: Any) -> bool:
    return not jaxpr.constvars and all(map(_exact_step, jaxpr.eqns))


def _exact_step(eqn: Any) -> bool:
    name = eqn.primitive.name
    avals = [v.aval for v in (*eqn.invars, *eqn.outvars)]
    if any(a.shape or a.dtype not in _DTYPES for a in avals):
        return False
    kind = avals[0].dtype.kind if avals else "f"
    if name in _INNER:
        inner = eqn.params[_INNER[name]]
        return not getattr(inner, "consts", ()) and _exact(getattr(inner, "jaxpr", inner))
    if name == "convert_element_type":  # an integer has no nan to come from
        return kind in "bi" and eqn.outvars[0].aval.dtype != bool or eqn.outvars[0].aval.dtype.kind == "f"
    if name in ("and", "or", "not"):
        return kind == "b"
    if name in ("div", "sqrt"):
        return kind == "f"
    if name == "integer_pow":
        return eqn.params["y"] == 2
    return name in _TEXTS


class _Writer:
    """The text of a function, a line for each operation."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.constants: dict[str, Any] = {name: t.type for t, name in _DTYPES.items()} | _FUNCTIONS
        self.count = 0

    def new(self, text: str) -> str:
        """A name for the value of an expression."""
        name = f"v{self.count}"
        self.count += 1
        self.lines.append(f"    {name} = {text}")
        return name

    def constant(self, value: Any) -> str:
        """The name of a constant."""
        name = f"c{len(self.constants)}"
        self.constants[name] = value
        return name

    def apply(self, jaxpr: Any, given: Sequence[str]) -> list[str]:
        """Write a jaxpr's operations; the names of its results."""
        names: dict[Any, str] = dict(zip(jaxpr.invars, given, strict=True))

        def read(v: Any) -> str:
            return self.constant(v.aval.dtype.type(v.val)) if isinstance(v, Literal) else names[v]

        for eqn in jaxpr.eqns:
            args = [read(v) for v in eqn.invars]
            name = eqn.primitive.name
            if name in _INNER:
                inner = eqn.params[_INNER[name]]
                names.update(zip(eqn.outvars, self.apply(getattr(inner, "jaxpr", inner), args), strict=True))
            elif name == "convert_element_type":
                names[eqn.outvars[0]] = self.new(f"{_DTYPES[eqn.outvars[0].aval.dtype]}({args[0]})")
            else:
                names[eqn.outvars[0]] = self.new(_TEXTS[name].format(*args))
        return [read(v) for v in jaxpr.outvars]


def function_of(instructions: Instructions, live: Sequence[int], inputs: Sequence[Any]) -> Callable[..., list[Any]]:
    """A function of a program's floating numbers, integers and input arrays that returns the live results as numbers.

    Args:
      instructions: Its operations; `suits` has said that they can run here.
      live: The numbers of its live results.
      inputs: The avals of its inputs.
    """
    w = _Writer()
    given: dict[int, str] = {}
    for k, aval in enumerate(inputs):
        if any(k << 2 | 1 in slots for _, slots, _ in instructions):
            given[k << 2 | 1] = w.new(f"{_DTYPES[aval.dtype]}(arrays[{k}])")
    results: dict[int, str] = {}
    for e, slots, first in instructions:
        args = []
        for slot, want in zip(slots, e.ins, strict=True):
            kind, k = slot & 3, slot >> 2
            if kind < 2:
                args.append(results[k] if kind == 0 else given[slot])
                continue
            to = _DTYPES[want.dtype] if type(want) is Aval else {bool: "bool", int: "int64", float: "float64"}[want]
            args.append(w.new(f"{to}({'floats' if kind == 2 else 'ints'}[{k}])"))
        results.update(enumerate(w.apply(_jaxpr(e).jaxpr, args), first))
    w.lines.append(f"    return [{', '.join(f'{results[i]}.item()' for i in live)}]")
    scope = w.constants
    exec("def program(floats, ints, arrays):\n" + "\n".join(w.lines), scope)
    return scope["program"]


__all__ = ["function_of", "suits"]
