"""Values inside a jax transformation: what PyTorch's ``detach`` and ``no_grad`` mean to ``jax.grad``.

While jax traces, operations run at once on its tracers, and it is jax that differentiates: the tape may be empty. So
that its derivatives are PyTorch's, what the tape would not record is cut off from jax too.
"""

from __future__ import annotations

from typing import Any

import jax

from compat._engine.program import Tracer, concrete, ctx
from compat._engine.value import Value, from_buffer


@jax.custom_jvp
def _with_gradient_of(old: Any, new: Any) -> Any:
    return new


@_with_gradient_of.defjvp
def _old_tangent(primals: tuple[Any, Any], tangents: tuple[Any, Any]) -> tuple[Any, Any]:
    return primals[1], tangents[0]


def cut_off(v: Value) -> Value:
    """The same elements as a constant to whoever differentiates."""
    if not is_traced(v) or not v.aval.inexact:
        return v
    return from_buffer(jax.lax.stop_gradient(v.buf), v.aval.device)


def written_past(old: Value, new: Value) -> Value:
    """What a tensor holds after a write that autograd does not see: new elements, and the gradient of the old ones."""
    if not (old.aval.inexact and old.aval is new.aval and (is_traced(old) or is_traced(new))):
        return new
    return from_buffer(_with_gradient_of(concrete(old), concrete(new)), new.aval.device)


def is_traced(v: Value) -> bool:
    """Whether this is a tracer, whose elements nobody can look at: checks of them are left out then."""
    return isinstance(v.buf, Tracer)


def unseen() -> bool:
    """Whether autograd does not see what this thread does."""
    return not ctx.now.grad
