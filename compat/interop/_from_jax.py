"""A function of jax as a differentiable operation on tensors."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from compat._autograd.node import attach_many, default_node_name, node_class
from compat._engine.entry import Entry
from compat._engine.program import ctx, record_many
from compat._ops.data import as_tensor
from compat._tensor.tensor import Tensor, make
from compat.interop._arrays import has_64_bits

_WIDE = frozenset(map(np.dtype, (np.float64, np.complex128)))
_NARROW = {np.dtype(np.int64): np.int32, np.dtype(np.uint64): np.uint32}


class _Known(NamedTuple):
    """A function traced for arguments of one form: its operation, and the structure of what it returns."""

    entry: Entry
    structure: Any


def from_jax(fn: Callable[..., Any]) -> Callable[..., Any]:
    """A function of jax as an operation on tensors that `backward` goes through.

    The operation is recorded as every other one, and has one node in the graph; its derivatives are jax's. It is traced
    once for each form of its arguments: shapes, dtypes, and the values of what is neither tensor nor array, which the
    function gets as they are and must be hashable.

    The function runs under jax's own setting of 64 bits at the time of the call: with the default, int64 tensors reach
    it as int32, and what it makes is of 32 bits. Only if an argument is float64 or complex128 are 64 bits on.

    Args:
      fn: A pure function of arrays, in any trees of jax, to a tree of arrays.

    Returns:
      The function of tensors in the same trees, to the same tree of tensors.

    Raises:
      TypeError: (by the returned function) if an argument that is no array is not hashable either.

    Example:
      >>> import compat as torch
      >>> import jax.numpy as jnp
      >>> logsumexp = from_jax(lambda x: jnp.log(jnp.exp(x).sum()))
      >>> x = torch.zeros(2, requires_grad=True)
      >>> logsumexp(x).backward()
      >>> x.grad
      tensor([0.5000, 0.5000])

    Source:
      No counterpart in PyTorch.
    """
    known: dict[Any, _Known] = {}
    name = re.sub(r"\W+", "", getattr(fn, "__name__", "")) or type(fn).__name__

    @functools.wraps(fn)
    def operation(*args: Any, **kwargs: Any) -> Any:
        leaves, structure = jax.tree.flatten((args, kwargs), is_leaf=lambda x: isinstance(x, Tensor))
        tensors: list[Tensor] = []
        form: list[Any] = []  # of each leaf: the aval of a tensor, or the type and value of what is static
        for leaf in leaves:
            if isinstance(leaf, jax.Array | np.ndarray):
                leaf = as_tensor(leaf)
            if isinstance(leaf, Tensor):
                tensors.append(leaf)
                form.append(leaf._value().aval)
            else:
                form.append((type(leaf), leaf))
        wide = has_64_bits()
        key = (structure, *form, wide)
        found = known.get(key)
        if found is None:
            found = known[key] = _trace(fn, name, structure, form, wide)
        entry, returned = found
        ins = [t._value() for t in tensors]
        outs = [make(v) for v in record_many(entry, ins)]
        if ctx.grad and any(t.requires_grad for t in tensors):
            attach_many(entry, outs, tensors, ins)
        return jax.tree.unflatten(returned, outs)

    return operation


def _trace(fn: Callable[..., Any], name: str, structure: Any, form: list[Any], wide: bool) -> _Known:
    avals = [x for x in form if not isinstance(x, tuple)]
    wide = wide or any(a.dtype in _WIDE for a in avals)
    returned: list[Any] = []

    def raw(*arrays: Any) -> tuple[Any, ...]:
        given = iter(arrays if wide else [a.astype(_NARROW.get(np.dtype(a.dtype), a.dtype)) for a in arrays])
        leaves = [x[1] if isinstance(x, tuple) else next(given) for x in form]
        args, kwargs = jax.tree.unflatten(structure, leaves)
        with jax.enable_x64(wide):
            results, outer = jax.tree.flatten(fn(*args, **kwargs))
            results = tuple(map(jnp.asarray, results))
        returned[:] = [outer]
        return results

    entry = Entry(name, raw, avals)
    entry.node = node_class(default_node_name(name))
    return _Known(entry, returned[0])
