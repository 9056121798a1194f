"""Entries: one per (operation, static arguments, input avals), traced once and shared by every program that uses it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import Literal, jaxpr_as_fun

from compat._engine.value import Aval, aval_of, target_of

BIG = 1 << 20  # bytes: outputs above this size count towards the cut by pending memory

_precision = {"value": "highest"}


def matmul_precision() -> str:
    """The precision float32 matrix products are traced with."""
    return _precision["value"]


def set_matmul_precision(precision: str) -> None:
    """Trace float32 matrix products of entries made from now on with this precision."""
    _precision["value"] = precision


class Entry:
    """An operation on inputs of given avals.

    Attributes:
      name: The operation's name, for messages.
      ins: One per input: its Aval, or the Python type of a number.
      outs: The outputs' avals.
      edges: Positions of the inputs that are edges of its node in the graph.
      names: What its node calls its inputs (positions, as ``[i]``) and static arguments.
      node: The class of its node (None: made from the name).
      diff: Whether results may require grad.
      keeps: Whether the one output has the first input's aval.
      quick: Whether there is one output, and not so large that somebody has to count its bytes.
      parts: For an operation on lists of tensors that treats each position by itself, a function that returns one
        (entry, positions of its inputs, positions of its results) for each; else None.
      backward: Whether it computes gradients.
      constant: Whether the results are the same for any inputs.
      listed: Whether it is an optimizer's, on lists of tensors, or on one position of these.
      unfold: What turns a node of this operation into those that PyTorch records for it; None where it is that one.
      renews: Of each output, the position of the input that it takes the place of; None where that is not known.
      fn: The traced computation, arrays to tuple of arrays; jitted, so that its jaxpr is made once.
    """

    __slots__ = ("backward", "big", "constant", "diff", "edges", "explicit", "fn", "ins", "keeps", "listed", "name",
                 "names", "node", "out", "outs", "parts", "precision", "quick", "raw", "renews", "single", "unfold",
                 "vjps")

    def __init__(self, name: str, raw: Callable[..., tuple], ins: Sequence[Any], outs: Sequence[Aval] | None = None,
                 explicit: Callable[..., Any] | None = None) -> None:
        """Trace ``raw`` at ``ins``: raises whatever the kernel raises for these shapes and dtypes."""
        self.name, self.raw, self.ins, self.explicit = name, raw, tuple(ins), explicit
        self.vjps: dict[Any, Any] = {}
        self.diff, self.backward, self.listed = True, False, False
        self.parts: Callable[[], Sequence[tuple[Entry, Sequence[int], Sequence[int]]]] | None = None
        self.node: Any = None
        self.unfold: Callable[[Any], None] | None = None
        self.names: dict[str, Any] = {}
        self.edges: tuple[int, ...] = tuple(i for i, a in enumerate(ins) if type(a) is Aval and a.inexact)
        self.precision = matmul_precision()
        precision = self.precision

        def traced(*arrays: Any) -> tuple:
            with jax.default_matmul_precision(precision):
                return raw(*arrays)

        traced.__name__ = name
        self.fn = jax.jit(traced, inline=True)
        if outs is None:
            device = next((a.device for a in ins if type(a) is Aval), None)
            shapes = _shapes(self.fn, [struct(a) for a in ins])
            outs = [aval_of(np.dtype(s.dtype), tuple(s.shape), *((device,) if device else ())) for s in shapes]
        self.outs = tuple(outs)
        self.single = len(self.outs) == 1
        self.out = self.outs[0] if self.outs else None
        total = sum(a.nbytes for a in self.outs)
        self.constant = not self.ins
        self.keeps = self.single and bool(ins) and ins[0] is self.out
        self.renews: tuple[int, ...] | None = (0,) if self.keeps else None
        self.big = total if total > BIG else 0
        self.quick = self.single and not self.big

    def __repr__(self) -> str:
        """Name and input avals."""
        return f"<{self.name}{list(self.ins)}>"


def _shapes(fn: Callable[..., tuple], ins: Sequence[Any]) -> Any:
    """The output shapes; an error is the kernel's own, without jax's remark about its hidden frames."""
    try:
        with jax.enable_x64(True):
            return jax.eval_shape(fn, *ins)
    except Exception as error:
        error.__notes__ = [n for n in getattr(error, "__notes__", ()) if "JAX" not in n]
        raise


_NUMBER = {bool: np.dtype(bool), int: np.dtype(np.int64), float: np.dtype(np.float64), complex: np.dtype(np.complex128)}


def struct(a: Any) -> jax.ShapeDtypeStruct:
    """What an input of this aval (or number type) looks like to jax."""
    if type(a) is Aval:
        return jax.ShapeDtypeStruct(a.shape, a.dtype)
    return jax.ShapeDtypeStruct((), _NUMBER[a])


class Vjp:
    """The backward of an entry for one choice of wanted inputs and given cotangents.

    Attributes:
      saved: Positions of the forward inputs it reads.
      saves_result: Whether it reads the forward's results.
      wanted: Positions of the inputs whose cotangents it returns.
      entry: The recorded operation: (saved inputs..., results if read, given cotangents...) to cotangents.
      node: The class that nodes with this backward are made of.
    """

    __slots__ = ("entry", "given", "node", "saved", "saves_result", "wanted")


def vjp_of(entry: Entry, wanted: int, given: int) -> Vjp:
    """The backward of ``entry`` for the inputs in the bit mask ``wanted`` and the cotangents in ``given``."""
    key = (wanted, given)
    got = entry.vjps.get(key)
    if got is None:
        got = entry.vjps.setdefault(key, _make_vjp(entry, wanted, given))
    return got


def _bits(mask: int, n: int) -> list[int]:
    return [i for i in range(n) if mask >> i & 1]


def _make_vjp(entry: Entry, wanted: int, given: int) -> Vjp:
    ins, outs = entry.ins, entry.outs
    diff, have = _bits(wanted, len(ins)), _bits(given, len(outs))
    v = Vjp()
    v.wanted, v.given = tuple(diff), tuple(have)
    if entry.explicit is not None:
        return _explicit_vjp(entry, v, diff, have)

    def backward(*arrays: Any) -> tuple:
        values, cotangents = list(arrays[:len(ins)]), iter(arrays[len(ins):])

        def forward(*chosen: Any) -> tuple:
            full = list(values)
            for i, c in zip(diff, chosen, strict=True):
                full[i] = c
            result = entry.fn(*full)
            return tuple(result[j] for j in have)

        _, pull = jax.vjp(forward, *[values[i] for i in diff])
        return tuple(map(_conjugate, pull(tuple(map(_conjugate, cotangents)))))

    avals = [*ins, *[outs[j] for j in have]]
    with jax.enable_x64(True):
        closed = jax.make_jaxpr(backward)(*[struct(a) for a in avals])
    used = _live(closed.jaxpr, [True] * len(closed.jaxpr.outvars))
    # What the derivative does not read is not saved, and not passed: zeros stand in and XLA drops them.
    v.saved = tuple(i for i in range(len(ins)) if used[i])
    v.saves_result = False
    saved = set(v.saved)
    pulled = jaxpr_as_fun(closed)  # derived once, here; a program that has it goes through its equations

    def compact(*arrays: Any) -> tuple:
        it = iter(arrays)
        full = [next(it) if i in saved else jnp.zeros(s.shape, s.dtype) for i, s in enumerate(map(struct, ins))]
        return tuple(pulled(*full, *it))

    v.entry = Entry(entry.name + "_backward", compact, [*[ins[i] for i in v.saved], *[outs[j] for j in have]],
                    [ins[i] for i in diff])
    v.entry.backward = True
    return v


def _conjugate(x: Any) -> Any:
    """JAX's cotangents of complex numbers are the conjugates of PyTorch's gradients."""
    return jnp.conj(x) + 0 if jnp.issubdtype(x.dtype, jnp.complexfloating) else x  # + 0: no -0 where there was 0


def _explicit_vjp(entry: Entry, v: Vjp, diff: list[int], have: list[int]) -> Vjp:
    """A row's own rule: it is given the results, the inputs it names, and the numbers."""
    rule, uses, saves_result = entry.explicit  # type: ignore[misc]
    v.saved, v.saves_result = tuple(uses), saves_result
    ins, outs = entry.ins, entry.outs
    read = outs if saves_result else ()

    def backward(*arrays: Any) -> tuple:
        it = iter(arrays)
        chosen = {i: next(it) for i in v.saved}
        results = tuple(next(it) for _ in read)
        given = {j: next(it) for j in have}
        cotangents = tuple(given.get(j, None) if j in given else jnp.zeros(o.shape, o.dtype)
                           for j, o in enumerate(outs))
        with jax.default_matmul_precision(entry.precision):
            grads = rule(cotangents, results, chosen)
        return tuple(_fit(grads[i], ins[i]) for i in diff)

    v.entry = Entry(entry.name + "_backward", backward,
                    [*[ins[i] for i in v.saved], *read, *[outs[j] for j in have]], [ins[i] for i in diff])
    v.entry.backward = True
    return v


def _fit(g: Any, aval: Aval) -> Any:
    """A cotangent summed and cast to its input's shape and dtype."""
    extra = g.ndim - aval.ndim
    stretched = (i + extra for i, n in enumerate(aval.shape) if n == 1 and g.shape[i + extra] != 1)
    axes = (*range(extra), *stretched)
    g = jnp.sum(g, axes, keepdims=False).reshape(aval.shape) if axes else g
    return g.astype(aval.dtype)


def _live(jaxpr: Any, wanted: list[bool]) -> list[bool]:
    """Which inputs the wanted outputs of a jaxpr depend on (calls are entered)."""
    needed = {v for v, w in zip(jaxpr.outvars, wanted, strict=True) if w and not isinstance(v, Literal)}
    for eqn in reversed(jaxpr.eqns):
        outs = [v in needed for v in eqn.outvars]
        if not any(outs):
            continue
        inner = eqn.params.get("jaxpr") if eqn.primitive.name in ("jit", "pjit", "closed_call", "core_call") else None
        reads = _live(getattr(inner, "jaxpr", inner), outs) if inner is not None else [True] * len(eqn.invars)
        needed.update(v for v, r in zip(eqn.invars, reads, strict=True) if r and not isinstance(v, Literal))
    return [v in needed for v in jaxpr.invars]


__all__ = ["Entry", "Vjp", "matmul_precision", "set_matmul_precision", "struct", "target_of", "vjp_of"]
