"""Any optax transformation as a function of lists: what a holder of state needs to run one."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from funcgrad.typing import Array

__all__ = ["Layout", "apply_transformation", "begin_transformation", "state_layout"]


class Layout(NamedTuple):
    """The form of a transformation's state, whose random keys are held as the numbers they are made of."""

    names: tuple[str, ...]  # of the leaves, by their paths
    leaves: tuple[jax.ShapeDtypeStruct, ...]
    keys: tuple[Any, ...]  # for each leaf the generator whose key it is, else None
    structure: Any


def state_layout(tx: optax.GradientTransformation, params: Sequence[Any]) -> Layout:
    """The form of the state that a transformation begins with.

    Args:
      tx: The transformation.
      params: Arrays, or ``jax.ShapeDtypeStruct``s like them.

    Returns:
      The layout; it is hashable.

    Example:
      >>> layout = state_layout(optax.trace(0.9), [jnp.zeros(3)])
      >>> layout.names, layout.leaves[0].shape
      (('.trace[0]',), (3,))
    """
    names: list[str] = []
    keys: list[Any] = []
    structure = None

    def begin(params: list[Array]) -> list[Array]:
        nonlocal structure
        found, structure = jax.tree_util.tree_flatten_with_path(tx.init(params))
        names.extend(jax.tree_util.keystr(path) for path, _ in found)
        keys.extend(jax.random.key_impl(leaf) if _is_key(leaf) else None for _, leaf in found)
        return [_plain(leaf) for _, leaf in found]

    leaves = jax.eval_shape(begin, list(params))
    return Layout(tuple(names), tuple(leaves), tuple(keys), structure)


def _is_key(leaf: Any) -> bool:
    return isinstance(leaf, jax.Array) and jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key)


def _plain(leaf: Any) -> Array:
    return jax.random.key_data(leaf) if _is_key(leaf) else jnp.asarray(leaf)


def begin_transformation(params: Sequence[Array], *, tx: optax.GradientTransformation) -> list[Array]:
    """The leaves of the state that a transformation begins with.

    Args:
      params: The parameters.
      tx: The transformation.

    Returns:
      The leaves, as `state_layout` has them.

    Example:
      >>> begin_transformation([jnp.ones(2)], tx=optax.trace(0.9))
      [Array([0., 0.], dtype=float32)]
    """
    return [_plain(leaf) for leaf in jax.tree.leaves(tx.init(list(params)))]


def apply_transformation(
    params: Sequence[Array],
    grads: Sequence[Array],
    leaves: Sequence[Array],
    *,
    tx: optax.GradientTransformation,
    layout: Layout,
) -> tuple[list[Array], list[Array]]:
    """One step of a transformation.

    Args:
      params: The parameters.
      grads: Their gradients.
      leaves: The leaves of the state.
      tx: The transformation.
      layout: Their layout, by `state_layout`.

    Returns:
      The new parameters and leaves, the leaves in the dtypes they had.

    Raises:
      ValueError: if the transformation changes its state's structure.

    Example:
      >>> tx = optax.trace(0.5)
      >>> layout = state_layout(tx, [jnp.ones(1)])
      >>> apply_transformation([jnp.ones(1)], [jnp.full(1, 2.0)], [jnp.ones(1)], tx=tx, layout=layout)
      ([Array([3.5], dtype=float32)], [Array([2.5], dtype=float32)])
    """
    current = list(params)
    whole = [
        leaf if key is None else jax.random.wrap_key_data(leaf, impl=key)
        for leaf, key in zip(leaves, layout.keys, strict=True)
    ]
    updates, state = tx.update(list(grads), jax.tree.unflatten(layout.structure, whole), current)
    new, following = jax.tree.flatten(state)
    if following != layout.structure:
        raise ValueError(f"the transformation changed its state from {layout.structure} to {following}")
    moved: Any = optax.apply_updates(current, updates)
    return moved, [_plain(after).astype(before.dtype) for after, before in zip(new, leaves, strict=True)]
