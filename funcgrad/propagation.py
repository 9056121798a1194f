"""How requires_grad travels through a function, read off its jaxpr.

The rule is PyTorch's: a result requires grad if one of the operation's inputs does and the result is floating point.
What cuts it is `detach` (JAX's ``stop_gradient``). Backward then walks from the results towards the leaves; it visits
an operation if that requires grad and a result depends on it, and leaves whole subgraphs alone otherwise.

A jaxpr nests: a call of a jitted function is one equation that holds another jaxpr. Calls are opened, so that
operations form one flat list, except for those of a few operations (``relu``, ``softmax``), which say more by their
name. Loops and branches stay one operation each; the rule is followed through their insides for what they return.
"""

import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.extend.core import ClosedJaxpr, Jaxpr, JaxprEqn, Literal

from funcgrad.masks import Where, leaf_paths, requires_grad
from funcgrad.typing import PyTree

__all__ = ["NeedsGrad", "Operation", "Program", "Subgraph", "Value", "needs_grad", "trace_program"]

_DETACHED = "detached"
_NO_INPUT = "no input requires grad"
_NOT_FLOATING = "result is not floating point"
_NO_PATH = "no result of the function depends on it"


class Value(NamedTuple):
    """An array inside a traced function."""

    index: int
    shape: tuple[int, ...]
    dtype: Any
    requires_grad: bool
    name: str  # of a leaf; empty for results of operations


class Operation(NamedTuple):
    """One primitive, or one call of a small function, inside a traced function."""

    name: str
    scope: str  # names of the enclosing functions and scopes, joined by slashes
    inputs: tuple[int, ...]  # indices of values
    outputs: tuple[int, ...]
    requires_grad: bool
    visited: bool  # by backward


class Program(NamedTuple):
    """A traced function as a flat list of operations in the order of their execution."""

    values: tuple[Value, ...]
    leaves: tuple[int, ...]  # indices of the arguments' values, in their order
    constants: tuple[int, ...]
    operations: tuple[Operation, ...]
    results: tuple[int, ...]


class Subgraph(NamedTuple):
    """Operations, linked to each other, that backward leaves alone."""

    name: str
    operations: tuple[str, ...]
    reason: str


class NeedsGrad(NamedTuple):
    """What `needs_grad` finds."""

    outputs: PyTree  # of bools: requires_grad of each result
    visited: tuple[str, ...]  # operations backward visits, in the order of the forward pass
    skipped: tuple[Subgraph, ...]  # what it does not


_LOOPS_AND_BRANCHES = ("scan", "while", "cond")


def _inner(eqn: JaxprEqn) -> Jaxpr | None:
    """The jaxpr of an equation that just calls it with its own inputs."""
    if eqn.primitive.name in _LOOPS_AND_BRANCHES:
        return None
    for param in eqn.params.values():
        jaxpr = param.jaxpr if isinstance(param, ClosedJaxpr) else param
        if not isinstance(jaxpr, Jaxpr):
            continue
        if len(jaxpr.invars) == len(eqn.invars) and len(jaxpr.outvars) == len(eqn.outvars):
            return jaxpr
    return None


def _size(jaxpr: Jaxpr) -> int:
    """Primitives in a jaxpr, those of the functions it calls included."""
    return sum(1 if (call := _inner(eqn)) is None else max(1, _size(call)) for eqn in jaxpr.eqns)


def _floating(variable: Any) -> bool:
    dtype = getattr(variable.aval, "dtype", None)
    return dtype is not None and jnp.issubdtype(dtype, jnp.inexact)


def _rule_through(jaxpr: Jaxpr, flags: Sequence[bool]) -> list[bool]:
    """requires_grad of a jaxpr's results, given that of its arguments."""
    known = dict(zip(jaxpr.invars, flags, strict=True))

    def flag(variable: Any) -> bool:
        return not isinstance(variable, Literal) and known.get(variable, False)

    for eqn in jaxpr.eqns:
        known.update(zip(eqn.outvars, _rule(eqn, [flag(v) for v in eqn.invars]), strict=True))
    return [flag(variable) for variable in jaxpr.outvars]


def _rule_of_loop(body: Jaxpr, constants: Sequence[bool], carry: Sequence[bool], rest: Sequence[bool]) -> list[bool]:
    """requires_grad of a loop's results: once a carried value requires grad, it does in every later turn."""
    carried = list(carry)
    while True:
        results = _rule_through(body, [*constants, *carried, *rest])
        grown = [old or new for old, new in zip(carried, results[: len(carried)], strict=True)]
        if grown == carried:
            return carried + results[len(carried) :]
        carried = grown


def _rule(eqn: JaxprEqn, flags: Sequence[bool]) -> list[bool]:
    """requires_grad of an equation's results, given that of its inputs."""
    name, params = eqn.primitive.name, eqn.params
    if name == "stop_gradient" or not any(flags):
        return [False] * len(eqn.outvars)
    if name == "scan":
        split = params["num_consts"], params["num_consts"] + params["num_carry"]
        results = _rule_of_loop(params["jaxpr"].jaxpr, flags[: split[0]], flags[split[0] : split[1]], flags[split[1] :])
    elif name == "while":
        first, carry = params["cond_nconsts"], params["cond_nconsts"] + params["body_nconsts"]
        results = _rule_of_loop(params["body_jaxpr"].jaxpr, flags[first:carry], flags[carry:], ())
    elif name == "cond":
        branches = [_rule_through(branch.jaxpr, flags[1:]) for branch in params["branches"]]
        results = [any(flags_of_one) for flags_of_one in zip(*branches, strict=True)]
    elif (inner := _inner(eqn)) is not None:
        results = _rule_through(inner, flags)
    else:
        results = [True] * len(eqn.outvars)
    return [flag and _floating(variable) for flag, variable in zip(results, eqn.outvars, strict=True)]


class _Flattening:
    """The lists a `Program` is made of, while they grow."""

    def __init__(self, open_above: int) -> None:
        self.open_above = open_above
        self.values: list[Value] = []
        self.constants: list[int] = []
        self.operations: list[Operation] = []

    def value(self, aval: Any, requires: bool, name: str = "") -> int:
        shape, dtype = getattr(aval, "shape", ()), getattr(aval, "dtype", None)
        self.values.append(Value(len(self.values), tuple(shape), dtype, requires, name))
        return len(self.values) - 1

    def constant(self, variable: Any, name: str) -> int:
        index = self.value(variable.aval, False, name)
        self.constants.append(index)
        return index

    def run(self, jaxpr: Jaxpr, arguments: Sequence[int], scope: tuple[str, ...]) -> list[int]:
        """Appends the operations of a jaxpr; returns the indices of its results."""
        known = dict(zip(jaxpr.invars, arguments, strict=True))
        known.update((variable, self.constant(variable, "constant")) for variable in jaxpr.constvars)

        def index(variable: Any) -> int:
            if isinstance(variable, Literal):
                return self.constant(variable, str(variable.val))
            return known[variable]

        for eqn in jaxpr.eqns:
            inputs = [index(v) for v in eqn.invars if not isinstance(v, Literal)]
            names = scope + _scope_names(eqn)
            inner = _inner(eqn)
            if inner is not None and _size(inner) > self.open_above:
                called = eqn.params.get("name")
                below = (*names, called) if isinstance(called, str) and called.isidentifier() else names
                outputs = self.run(inner, [index(v) for v in eqn.invars], below)
            else:
                flags = [not isinstance(v, Literal) and self.values[known[v]].requires_grad for v in eqn.invars]
                results = _rule(eqn, flags)
                outputs = [self.value(v.aval, flag) for v, flag in zip(eqn.outvars, results, strict=True)]
                self.operations.append(
                    Operation(_name(eqn), "/".join(names), tuple(inputs), tuple(outputs), any(results), False)
                )
            known.update(zip(eqn.outvars, outputs, strict=True))
        return [index(variable) for variable in jaxpr.outvars]


def _scope_names(eqn: JaxprEqn) -> tuple[str, ...]:
    stack = getattr(getattr(eqn, "source_info", None), "name_stack", "")  # absent where a tool rebuilt the equation
    return tuple(filter(None, str(stack).split("/")))


def _name(eqn: JaxprEqn) -> str:
    inner = _inner(eqn)
    if inner is None:
        return eqn.primitive.name
    called = eqn.params.get("name")
    if isinstance(called, str) and called.isidentifier():
        return called.strip("_")
    # A function with a derivative rule of its own is a call without a name around a call with one.
    return _name(inner.eqns[0]) if len(inner.eqns) == 1 else eqn.primitive.name


def _argument_names(fn: Callable[..., Any], argnum: int, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[str]:
    """A name for each leaf of the arguments: its path, outside the marked argument preceded by the argument's name."""
    try:
        bound = inspect.signature(fn).bind(*args, **kwargs)
        positional = [name for name, _ in zip(bound.arguments, args, strict=False)]
    except (TypeError, ValueError):  # functions written in C, or wrappers that hide their parameters
        positional = []
    positional += [f"argument {number}" for number in range(len(positional), len(args))]
    names = []
    for number, (name, argument) in enumerate([*zip(positional, args, strict=True), *sorted(kwargs.items())]):
        prefix = "" if number == argnum else f"{name}/"
        names += [f"{prefix}{path}" if path else name for path in leaf_paths(argument)]
    return names


def trace_program(
    fn: Callable[..., Any], where: Where = True, *, argnum: int = 0, open_above: int = 16
) -> Callable[..., tuple[Program, Any]]:
    """A function that traces `fn` into a `Program` and the structure of its result.

    Answers "what does PyTorch record during a forward pass?".

    Args:
      fn: Any function that jax can trace.
      where: Which leaves of the argument to mark, as for `requires_grad`.
      argnum: Position of the argument that is marked; all others are data.
      open_above: Calls of functions with more primitives than this are opened.

    Returns:
      A function with the arguments of `fn`, which may be ``jax.ShapeDtypeStruct``.

    Example:
      >>> program, _ = trace_program(lambda x: jnp.sin(x) * 2)(jnp.ones(3))
      >>> [(operation.name, operation.visited) for operation in program.operations]
      [('sin', True), ('mul', True)]

    Source:
      PyTorch's notes on autograd mechanics; JAX, ``jax.make_jaxpr``.
    """

    def traced(*args: Any, **kwargs: Any) -> tuple[Program, Any]:
        closed, shapes = jax.make_jaxpr(fn, return_shape=True)(*args, **kwargs)
        flags = [
            flag
            for number, argument in enumerate(args)
            for flag in jax.tree.leaves(requires_grad(argument, where if number == argnum else False))
        ]
        flags += [False] * (len(closed.jaxpr.invars) - len(flags))
        names = _argument_names(fn, argnum, args, kwargs)
        growing = _Flattening(open_above)
        leaves = [
            growing.value(v.aval, flag, name) for v, flag, name in zip(closed.jaxpr.invars, flags, names, strict=True)
        ]
        results = growing.run(closed.jaxpr, leaves, ())
        program = Program(
            tuple(growing.values),
            tuple(leaves),
            tuple(growing.constants),
            _mark_visited(growing.operations, growing.values, results),
            tuple(results),
        )
        return program, jax.tree.structure(shapes)

    return traced


def _mark_visited(
    operations: Sequence[Operation], values: Sequence[Value], results: Sequence[int]
) -> tuple[Operation, ...]:
    wanted = {index for index in results if values[index].requires_grad}
    marked = []
    for operation in reversed(operations):
        visited = operation.requires_grad and not wanted.isdisjoint(operation.outputs)
        if visited:
            wanted.update(index for index in operation.inputs if values[index].requires_grad)
        marked.append(operation._replace(visited=visited))
    return tuple(reversed(marked))


def _reason(operation: Operation, program: Program) -> str:
    if operation.requires_grad:
        return _NO_PATH
    if not any(program.values[index].requires_grad for index in operation.inputs):
        return _NO_INPUT
    return _DETACHED if operation.name == "stop_gradient" else _NOT_FLOATING


def _components(program: Program) -> Iterator[list[Operation]]:
    """Groups of skipped operations that are linked by values."""
    group_of_value: dict[int, list[Operation]] = {}
    groups: list[list[Operation]] = []
    for operation in program.operations:
        if operation.visited:
            continue
        merged = [operation]
        for index in operation.inputs:
            linked = group_of_value.get(index)
            if linked is not None and linked is not merged:
                linked.extend(merged)
                groups = [group for group in groups if group is not linked and group is not merged]
                merged = linked
        groups.append(merged)
        produced = {index for member in merged for index in member.outputs}
        group_of_value.update(dict.fromkeys(produced, merged))
    yield from groups


def _common_scope(operations: Sequence[Operation]) -> str:
    scopes = [operation.scope.split("/") for operation in operations]
    shared = []
    for names in zip(*scopes, strict=False):
        if len(set(names)) > 1:
            break
        shared.append(names[0])
    return "/".join(shared)


def needs_grad(fn: Callable[..., Any], where: Where = True, *, argnum: int = 0) -> Callable[..., NeedsGrad]:
    """Says which results of a function require grad, and which of its subgraphs backward never visits.

    Answers "is a result's ``requires_grad`` True, and is backward computed in parts that need no gradient?". One marked
    input is enough for a result; where no input is marked, or a `detach` or `no_grad` lies between, nothing is visited.

    Args:
      fn: Any function that jax can trace.
      where: Which leaves of the argument to mark, as for `requires_grad`.
      argnum: Position of the argument that is marked; all others are data.

    Returns:
      A function with the arguments of `fn`, which may be ``jax.ShapeDtypeStruct``, that returns a `NeedsGrad`.
      Subgraphs are named after the scope all their operations share, or else after their operations.

    Raises:
      ValueError: (by the returned function) if a pattern matches no leaf.

    Example:
      >>> found = needs_grad(lambda b, a: (a + b, jnp.exp(a)))(jnp.ones(3), jnp.ones(3))
      >>> found.outputs
      (True, False)
      >>> found.skipped
      (Subgraph(name='exp', operations=('exp',), reason='no input requires grad'),)

    Source:
      PyTorch's notes on autograd mechanics.
    """
    trace = trace_program(fn, where, argnum=argnum)

    def report(*args: Any, **kwargs: Any) -> NeedsGrad:
        program, structure = trace(*args, **kwargs)
        skipped = []
        for group in _components(program):
            names = tuple(operation.name for operation in group)
            reasons = [_reason(operation, program) for operation in group]
            # What was cut off is also without marked inputs further down: the cut is the reason of the whole.
            reason = min(reasons, key=[_DETACHED, _NO_PATH, _NOT_FLOATING, _NO_INPUT].index)
            skipped.append(Subgraph(_common_scope(group) or " -> ".join(names), names, reason))
        return NeedsGrad(
            outputs=structure.unflatten([program.values[index].requires_grad for index in program.results]),
            visited=tuple(operation.name for operation in program.operations if operation.visited),
            skipped=tuple(skipped),
        )

    return report
