"""Operations with a hand-written backward: ``autograd.Function``.

The context that ``forward`` and ``backward`` get is the node itself, as in PyTorch: what is stored on it can be read
from ``result.grad_fn``.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax.extend.core import ClosedJaxpr, jaxpr_as_fun

from compat._autograd.above import Above
from compat._autograd.engine import zeros_value
from compat._autograd.modes import enable_grad, no_grad
from compat._autograd.node import FREED, INFERENCE_SAVED, Node, Packed, edge_of, modified, sequence
from compat._engine.entry import Entry
from compat._engine.program import Tracer, concrete
from compat._engine.program import ctx as thread
from compat._engine.value import Aval, aval_of, from_buffer

LEAF = "a leaf Variable that requires grad has been used in an in-place operation."


def _is_tensor(x: Any) -> bool:
    return hasattr(x, "_v")


@functools.cache
def _nothing() -> Entry:
    """The entry of every Function's node: what it does is not recorded as one operation."""
    return Entry("function", lambda: (), [], [])


class FunctionCtx:
    """What ``forward`` and ``backward`` share."""

    needs_input_grad: tuple[bool, ...]
    to_save: tuple = ()
    _dirty: tuple = ()
    _non_differentiable: tuple = ()
    materialize_grads = True

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep tensors for backward: inputs, outputs, or neither; in-place changes will be noticed."""
        for t in tensors:
            if t is not None and not _is_tensor(t):
                raise TypeError(f"save_for_backward can only save variables, but argument {tensors.index(t)} is of "
                                f"type {type(t).__name__}")
        self.to_save = tensors

    def save_for_forward(self, *tensors: Any) -> None:
        """Keep tensors for jvp."""
        self.saved_for_forward = tensors

    def mark_dirty(self, *args: Any) -> None:
        """Say which inputs forward changed in place."""
        self._dirty = args

    def mark_non_differentiable(self, *args: Any) -> None:
        """Say which outputs have no gradient."""
        self._non_differentiable = args

    def set_materialize_grads(self, value: bool) -> None:
        """Whether missing gradients arrive as zeros (the default) or as None."""
        self.materialize_grads = value


class FunctionNode(FunctionCtx, Node):
    """The node of a custom Function."""

    plain = False
    edges: Any = ()
    avals: Sequence[Any] = ()
    input_avals: Sequence[Any] = ()
    positions: Sequence[int] = ()
    count = 0
    cls: type
    kept: tuple = ()

    def name(self) -> str:
        """The Function's name with Backward appended."""
        return type(self).__name__

    def outputs(self) -> Sequence[Any]:
        """The outputs' avals."""
        return self.avals

    def release(self) -> None:
        """Forget the saved tensors."""
        if self.kept:
            self.kept, self.freed = (), True

    @property
    def saved_tensors(self) -> tuple:
        """What ``save_for_backward`` kept.

        Raises:
          RuntimeError: after the graph was freed, or if one was changed in place.
        """
        if self.freed:
            raise RuntimeError(FREED)
        if not self.kept and self.to_save:
            return self.to_save
        return tuple(self._unpack(*k) for k in self.kept)

    saved_variables = saved_tensors

    def _unpack(self, kind: str, x: Any, ver: Any, n: int, nr: int) -> Any:
        if x is None:
            return None
        if kind == "packed":
            return x.unpack()
        if kind == "output":
            if ver.n != n:
                raise RuntimeError(modified(Above.make(x), ver.n, n, self.name(), nr))
            t = Above.make(x)
            if nr >= 0:
                t._node, t._nr, t._rg = self, nr, True
            return t
        now = x._ver.n if x._ver is not None else 0
        if now != n:
            raise RuntimeError(modified(x, now, n))
        return x

    def keep_saved(self, outs: Sequence[Any]) -> None:
        """Turn what forward asked to save into references that make no cycle."""
        kept = []
        for t in self.to_save:
            if t is None:
                kept.append(("none", None, None, 0, 0))
                continue
            if t._inf and not thread.inference:
                raise RuntimeError(INFERENCE_SAVED)
            nr = next((i for i, o in enumerate(outs) if o is t), None)
            if thread.saved_hooks:
                kept.append(("packed", Packed(*thread.saved_hooks[-1], t), None, 0, 0))
            elif nr is not None:
                ver = t._version_object()
                kept.append(("output", t._value(), ver, ver.n, nr if t._rg else -1))
            else:
                kept.append(("input", t, None, t._ver.n if t._ver is not None else 0, 0))
        self.kept, self.to_save = tuple(kept), ()

    def run(self, grads: list[Any], wanted: int, track: bool) -> list[Any]:
        """See ``Node.run``."""
        given = []
        for g, a in zip(grads, self.avals, strict=True):
            if g is None and self.materialize_grads:
                given.append(Above.make(zeros_value(a)))
            else:
                given.append(g if g is None or _is_tensor(g) else Above.make(g))
        with enable_grad() if track else no_grad():
            got = self._backward_fn()(self, *given)
        if not isinstance(got, tuple):
            got = tuple(got) if isinstance(got, list) else (got,)
        return self._checked(got, track)

    def _backward_fn(self) -> Callable:
        cls = self.cls
        if cls.backward is not Function.backward:
            if cls.vjp is not Function.vjp:
                raise RuntimeError("Implementing both 'backward' and 'vjp' for a custom Function is not allowed. You "
                                   "should only implement one of them.")
            return cls.backward
        return cls.vjp

    def _checked(self, got: tuple, track: bool) -> list[Any]:
        n = self.count
        if len(got) > n and all(g is None for g in got[n:]):
            got = got[:n]
        if len(got) != n:
            raise RuntimeError(f"function {self.name()} returned an incorrect number of gradients (expected {n}, got "
                               f"{len(got)})")
        out = []
        for k, (i, a) in enumerate(zip(self.positions, self.input_avals, strict=True)):
            g = got[i]
            if g is None or self.edges[k] is None:
                out.append(None)
                continue
            if not _is_tensor(g):
                raise RuntimeError(f"expected Variable or None (got {type(g).__name__})")
            g = self._fitted(g, a, k)
            out.append(g if track else g._value())
        return out

    def _fitted(self, g: Any, a: Aval, index: int) -> Any:
        shape = g._aval.shape
        if shape != a.shape:
            if not _expandable(a.shape, shape):
                raise RuntimeError(f"Function {self.name()} returned an invalid gradient at index {index} - got "
                                   f"{list(shape)} but expected shape compatible with {list(a.shape)}")
            g = g.sum_to_size(a.shape)
        if g._aval.dtype != a.dtype:
            g = Above.cast(g, a.dtype)
        return g


def _expandable(small: tuple[int, ...], big: tuple[int, ...]) -> bool:
    return len(small) <= len(big) and all(s in (1, b) for s, b in zip(reversed(small), reversed(big), strict=False))


class _FunctionMeta(type):
    """Makes the node class of each Function."""

    def __init__(cls, name: str, bases: tuple, namespace: dict) -> None:
        super().__init__(name, bases, namespace)
        cls._compat_node_class = type(name + "Backward", (FunctionNode,), {"cls": cls, "__module__": cls.__module__})


class Function(metaclass=_FunctionMeta):
    """An operation with its own derivative.

    Subclasses define ``forward(ctx, *args)`` and ``backward(ctx, *grads)`` as static methods, or ``forward(*args)``
    with ``setup_context(ctx, inputs, output)``; users call ``apply``.

    Example:
      >>> import compat as torch
      >>> class Cube(torch.autograd.Function):
      ...     @staticmethod
      ...     def forward(ctx, x):
      ...         ctx.save_for_backward(x)
      ...         return x ** 3
      ...     @staticmethod
      ...     def backward(ctx, g):
      ...         (x,) = ctx.saved_tensors
      ...         return 3 * x ** 2 * g
      >>> x = torch.tensor([2.0], requires_grad=True)
      >>> Cube.apply(x).backward()
      >>> x.grad
      tensor([12.])

    Source:
      PyTorch, ``torch.autograd.Function``.
    """

    generate_vmap_rule = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Instances are of no use: see ``apply``."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Refuse: Functions are applied, not called."""
        raise RuntimeError("Legacy autograd function with non-static forward method is deprecated. Please use "
                           "new-style autograd function with static forward method. (Example: "
                           "https://pytorch.org/docs/stable/autograd.html#torch.autograd.Function)")

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """Compute the result."""
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple, output: Any) -> Any:
        """Save what backward needs (the other style of writing forward)."""
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Compute the inputs' gradients."""
        raise NotImplementedError("You must implement either the backward or vjp method for your custom "
                                  "autograd.Function to use it with backward mode AD.")

    vjp = backward

    @staticmethod
    def jvp(ctx: Any, *grad_inputs: Any) -> Any:
        """Forward-mode derivative."""
        raise NotImplementedError("You must implement the jvp function for custom autograd.Function to use it with "
                                  "forward mode AD.")

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Run forward and tie its results to the graph."""
        needs = tuple(_is_tensor(a) and a.requires_grad for a in args)
        tracked = thread.grad and any(needs)
        if not tracked and thread.grad and any(_is_tensor(a) and isinstance(a._value().buf, Tracer) for a in args):
            return _apply_traced(cls, args, kwargs)
        node, result = _forward(cls, args, kwargs, needs)
        node.edges = [edge_of(args[i]) if tracked else None for i in node.positions]
        node.sequence = next(sequence)
        outs = list(result) if isinstance(result, tuple | list) else [result]
        if tracked:
            outs = _tie(node, outs, args)
        node._dirty = node._non_differentiable = ()
        if isinstance(result, tuple | list):
            return tuple(outs)
        return outs[0]


def _forward(cls: Any, args: Sequence[Any], kwargs: dict[str, Any], needs: tuple[bool, ...]) -> tuple[Any, Any]:
    """A new node, without edges, and what the Function's forward returns."""
    node = object.__new__(cls._compat_node_class)
    node.needs_input_grad = needs
    node.positions = [i for i, a in enumerate(args) if _is_tensor(a)]
    node.input_avals = [args[i]._aval for i in node.positions]
    node.count = len(args)
    node.entry = _nothing()
    with no_grad():
        if cls.setup_context is not Function.setup_context:
            result = cls.forward(*args, **kwargs)
            cls.setup_context(node, args, result)
        else:
            result = cls.forward(node, *args, **kwargs)
    return node, result


def _apply_traced(cls: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """Run forward inside a jax transformation, which then differentiates by the Function's backward."""
    inputs = [a for a in args if _is_tensor(a)]
    where = inputs[0]._aval.device
    shape: list[Any] = []  # what forward returned, with None for tensors, and whether it was a sequence
    pull: list[Any] = []  # the jaxpr of backward; what it reads of forward are its constants

    def run(arrays: Sequence[Any]) -> tuple[Any, list[Any], list[Any]]:
        rest = iter(arrays)
        given = [Above.make(from_buffer(next(rest), where)) if _is_tensor(a) else a for a in args]
        node, result = _forward(cls, given, kwargs, tuple(_is_tensor(a) and a._aval.inexact for a in given))
        if node._dirty:
            raise NotImplementedError("mark_dirty inside a jax transformation is not implemented in compat")
        outs = list(result) if isinstance(result, tuple | list) else [result]
        shape[:] = [None if _is_tensor(o) else o for o in outs], isinstance(result, tuple | list)
        tensors = [o for o in outs if _is_tensor(o)]
        fixed = [not o._aval.inexact or any(o is x for x in node._non_differentiable) for o in tensors]
        arrays_out = [concrete(o._value()) for o in tensors]
        return node, [jax.lax.stop_gradient(a) if f else a for a, f in zip(arrays_out, fixed, strict=True)], fixed

    @jax.custom_vjp
    def call(*arrays: Any) -> tuple[Any, ...]:
        return tuple(run(arrays)[1])

    def forward(*arrays: Any) -> tuple[Any, Any]:
        node, outs, fixed = run(arrays)
        node.avals = [aval_of(o.dtype, o.shape, where) for o in outs]
        node.edges = [a.inexact or None for a in node.input_avals]

        def backward(*cotangents: Any) -> list[Any]:
            rest = iter(cotangents)
            given = [None if f else Above.make(from_buffer(next(rest), where)) for f in fixed]
            got = node.run(given, 0, True)  # tracked: a second derivative goes through it
            return [jnp.zeros(a.shape, a.dtype) if g is None else concrete(g._value())
                    for g, a in zip(got, node.input_avals, strict=True) if a.inexact]

        closed = jax.make_jaxpr(backward)(*[o for o, f in zip(outs, fixed, strict=True) if not f])
        pull[:] = closed.jaxpr, fixed
        return link(arrays, tuple(outs), closed.consts), closed.consts

    @jax.custom_vjp
    def link(arrays: Any, outs: Any, constants: Any) -> Any:
        """The results, whose derivative is backward's once more: what forward computed is untracked."""
        return outs

    def backward(constants: Any, cotangents: Any) -> tuple[Any, ...]:
        jaxpr, fixed = pull
        given = [c for c, f in zip(cotangents, fixed, strict=True) if not f]
        got = iter(jaxpr_as_fun(ClosedJaxpr(jaxpr, constants))(*given))
        return tuple(next(got) if x._aval.inexact else None for x in inputs)

    call.defvjp(forward, backward)
    link.defvjp(lambda arrays, outs, constants: (outs, constants),
                lambda constants, cotangents: (backward(constants, cotangents), None, None))
    with jax.enable_x64(True):
        results = iter(call(*[concrete(x._value()) for x in inputs]))
    others, many = shape
    outs = tuple(Above.make(from_buffer(next(results), where)) if o is None else o for o in others)
    return outs if many else outs[0]


def _tie(node: FunctionNode, outs: list[Any], args: Sequence[Any]) -> list[Any]:
    avals, tied = [], []
    for t in node._dirty:
        if t._rg and t._node is None and t._base is None:
            raise RuntimeError(LEAF)
        t._version_object().n += 1
    nr = 0
    for o in outs:
        if not _is_tensor(o):
            tied.append(o)
            continue
        avals.append(o._aval)
        if any(o is d for d in node._dirty):
            o._node, o._nr, o._rg = node, nr, True
        elif any(o is d for d in node._non_differentiable) or not o._aval.inexact:
            if not any(o is a for a in args):
                o._rg, o._node = False, None
        else:
            if any(o is a for a in args):
                o = o.view_as(o) if not thread.grad else _plain_view(o)
            o._node, o._nr, o._rg = node, nr, True
            if o._base is not None:
                o._born = f"custom:{node.name()}"
                o._seen = o._ver.n
        tied.append(o)
        nr += 1
    node.avals = avals
    node.keep_saved(tied)
    return tied


def _plain_view(o: Any) -> Any:
    with no_grad():
        return o.view_as(o)


def once_differentiable(fn: Callable) -> Callable:
    """Mark a Function's backward as not differentiable itself: a second derivative is an error."""

    @functools.wraps(fn)
    def wrapper(ctx: Any, *args: Any) -> Any:
        with no_grad():
            outs = fn(ctx, *args)
        if not thread.grad or not any(_is_tensor(a) and a.requires_grad for a in args):
            return outs
        many = isinstance(outs, tuple)
        results = []
        for o in outs if many else (outs,):
            if o is None:
                results.append(None)
                continue
            t = Above.make(o._value())
            node = object.__new__(_Refusal)
            node.aval, node.edges = o._aval, [edge_of(a) for a in args if _is_tensor(a) and a.requires_grad]
            node.sequence = next(sequence)
            t._node, t._rg = node, True
            results.append(t)
        return tuple(results) if many else results[0]

    return wrapper


class _Refusal(Node):
    """A node that cannot run."""

    plain = False
    edges: Any = ()
    aval: Aval

    def outputs(self) -> Sequence[Any]:
        """The one output."""
        return (self.aval,)

    def name(self) -> str:
        """As PyTorch calls it."""
        return "Error"

    def run(self, grads: list[Any], wanted: int, track: bool) -> list[Any]:
        """Refuse."""
        raise RuntimeError("trying to differentiate twice a function that was marked with @once_differentiable")


