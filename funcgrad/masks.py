"""Which leaves of a pytree require gradients: PyTorch's ``requires_grad`` flags as a separate tree of bools."""

from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from funcgrad.typing import PyTree

__all__ = ["Where", "combine", "is_differentiable", "leaf_paths", "partition", "requires_grad"]

Where = bool | str | Sequence[str] | Callable[[str, Any], bool] | PyTree
"""All or none, a glob or several, a predicate of path and leaf, or a tree of bools that is a prefix of the tree."""

_NOTHING_FLOATING = "only Tensors of floating point and complex dtype can require gradients"
_NO_MATCH = """no leaf matches {pattern!r}.

The leaves are

{paths}

A pattern is matched against a whole path, or the beginning of one up to a slash; `*` matches slashes too."""


def is_differentiable(leaf: Any) -> bool:
    """Whether the leaf is an array, real or complex, that a gradient can be taken with respect to.

    Example:
      >>> is_differentiable(jnp.ones(2)), is_differentiable(jnp.arange(2)), is_differentiable("name")
      (True, False, False)
    """
    has_dtype = isinstance(leaf, (jax.Array, np.ndarray, np.generic, jax.ShapeDtypeStruct))
    return isinstance(leaf, (float, complex)) or (has_dtype and jnp.issubdtype(leaf.dtype, jnp.inexact))


def leaf_paths(tree: PyTree) -> list[str]:
    """The path of each leaf, its keys joined by slashes.

    Answers "how does one say which quantities need a gradient?": by these names.

    Args:
      tree: Any pytree.

    Returns:
      The paths, in the order of the leaves.

    Example:
      >>> leaf_paths({"dense": {"kernel": 1.0, "bias": 2.0}})
      ['dense/bias', 'dense/kernel']
    """
    with_paths, _ = jax.tree_util.tree_flatten_with_path(tree)
    names = [jax.tree_util.keystr(path, simple=True, separator="/") for path, _ in with_paths]
    # A flax.nnx variable holds its array under the key "value", which is no part of the name one would use.
    return [name.removesuffix("/value") for name in names]


def _matches(path: str, pattern: str) -> bool:
    return fnmatchcase(path, pattern) or fnmatchcase(path, pattern + "/*")


def _by_patterns(paths: Sequence[str], patterns: Sequence[str]) -> list[bool]:
    # A list that begins by taking leaves away takes them away from all.
    marks = [bool(patterns) and patterns[0].startswith("!")] * len(paths)
    for pattern in patterns:
        positive = pattern.removeprefix("!")
        matching = [_matches(path, positive) for path in paths]
        if not any(matching):
            listed = "\n".join(f"    {path}" for path in paths) or "    (none)"
            raise ValueError(_NO_MATCH.format(pattern=positive, paths=listed))
        marks = [pattern == positive if hit else mark for hit, mark in zip(matching, marks, strict=True)]
    return marks


def requires_grad(tree: PyTree, where: Where = True) -> PyTree:
    """Marks the leaves of a tree that require gradients.

    Answers "how does one say which quantities need a gradient?". A model cannot know, so its user marks them. The mark
    is no part of the array: it is a tree of Python bools beside it, so that one array may be trained in one call and
    frozen in the next. Arrays that are not floating point are never marked.

    Args:
      tree: Parameters, any pytree (flax.linen's dicts, flax.nnx's states, ...).
      where: What to mark: True or False for all; a glob such as ``"decoder/*"`` or ``"*/bias"``, matched against paths
        as `leaf_paths` gives them, or a list of such, later ones winning, where a leading ``!`` takes marks away; a
        function of path and leaf; or a tree of bools, each standing for all leaves below it.

    Returns:
      A tree of bools of the same structure.

    Raises:
      ValueError: if a pattern matches no leaf.
      RuntimeError: if leaves are marked, but none of them is floating point.

    Example:
      >>> params = {"encoder": {"w": jnp.ones(2)}, "head": {"w": jnp.ones(2), "steps": jnp.zeros((), int)}}
      >>> requires_grad(params)
      {'encoder': {'w': True}, 'head': {'steps': False, 'w': True}}
      >>> requires_grad(params, "!encoder")
      {'encoder': {'w': False}, 'head': {'steps': False, 'w': True}}
      >>> requires_grad(params, lambda path, leaf: path.startswith("encoder"))
      {'encoder': {'w': True}, 'head': {'steps': False, 'w': False}}

    Source:
      PyTorch, ``torch.Tensor.requires_grad_``.
    """
    leaves, structure = jax.tree.flatten(tree)
    if isinstance(where, bool):
        marks = [where] * len(leaves)
    elif isinstance(where, str):
        marks = _by_patterns(leaf_paths(tree), [where])
    elif isinstance(where, (list, tuple)) and where and all(isinstance(pattern, str) for pattern in where):
        marks = _by_patterns(leaf_paths(tree), where)
    elif callable(where):
        marks = [bool(where(path, leaf)) for path, leaf in zip(leaf_paths(tree), leaves, strict=True)]
    else:
        marks = jax.tree.leaves(jax.tree.map(lambda mark, below: jax.tree.map(lambda _: mark, below), where, tree))
    marked = [bool(mark) and is_differentiable(leaf) for mark, leaf in zip(marks, leaves, strict=True)]
    if any(marks) and not any(marked):
        raise RuntimeError(_NOTHING_FLOATING)
    return structure.unflatten(marked)


def partition(tree: PyTree, where: Where = True) -> tuple[PyTree, PyTree]:
    """Splits a tree into its marked leaves and the rest, with None in the place of the others.

    Answers "how does one keep backward from a part of the model?": differentiate with respect to the first tree alone.

    Args:
      tree: Any pytree.
      where: Which leaves to mark, as for `requires_grad`.

    Returns:
      The tree of marked leaves and the tree of the others; `combine` undoes the split.

    Raises:
      ValueError: if a pattern matches no leaf.

    Example:
      >>> partition({"w": 1.0, "b": 2.0}, "w")
      ({'b': None, 'w': 1.0}, {'b': 2.0, 'w': None})

    Source:
      The idea is Equinox's ``partition``.
    """
    mask = requires_grad(tree, where)
    marked = jax.tree.map(lambda mark, leaf: leaf if mark else None, mask, tree)
    rest = jax.tree.map(lambda mark, leaf: None if mark else leaf, mask, tree)
    return marked, rest


def combine(*trees: PyTree) -> PyTree:
    """Puts trees of one structure together, taking each leaf from the first tree where it is not None.

    Answers "how do the trained part and the frozen part become one model again?".

    Args:
      *trees: Trees that agree but for None in the place of leaves, such as `partition` returns.

    Returns:
      The tree of all leaves.

    Raises:
      ValueError: if the structures differ.

    Example:
      >>> combine({"b": None, "w": 1.0}, {"b": 2.0, "w": None})
      {'b': 2.0, 'w': 1.0}

    Source:
      The idea is Equinox's ``combine``.
    """

    def first(*leaves: Any) -> Any:
        return next((leaf for leaf in leaves if leaf is not None), None)

    return jax.tree.map(first, *trees, is_leaf=lambda leaf: leaf is None)
