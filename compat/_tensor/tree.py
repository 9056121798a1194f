"""Tensors as trees of jax: what lets ``jnp`` functions take them, and ``jax.jit`` and the like functions of tensors.

A tensor is a node with one leaf, its array. Inside a transformation the function gets a tensor around the tracer, and
compat's operations trace through. The leaf may also come back as something that is no array, since jax builds trees of
whatever it likes; then the tree holds that itself.
"""

from __future__ import annotations

from typing import Any

import jax

from compat._device import device, of_jax
from compat._engine.value import from_buffer
from compat._tensor.tensor import Tensor, make


def _flatten(t: Tensor) -> tuple[tuple[jax.Array], device]:
    return (t.__jax_array__(),), t.device


def register(cls: type) -> None:
    """Make a class of tensors known to jax.

    Args:
      cls: ``Tensor``, or a subclass whose instances are nothing but their elements.
    """

    def unflatten(where: device, leaves: tuple[Any]) -> Any:
        leaf = leaves[0]
        if not isinstance(leaf, jax.Array):
            return leaf
        if not isinstance(leaf, jax.core.Tracer):
            where = of_jax(next(iter(leaf.devices())))
        t = make(from_buffer(leaf, where))
        t.__class__ = cls
        t._is_param = cls is not Tensor
        return t

    jax.tree_util.register_pytree_node(cls, _flatten, unflatten)


register(Tensor)
