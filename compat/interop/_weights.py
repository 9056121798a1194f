"""PyTorch's weights in the variables of a flax model."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from typing import Any

import jax
import numpy as np

from compat._tensor.tensor import Tensor
from compat.serialization import load
from funcgrad.masks import leaf_paths

Source = str | os.PathLike[str] | Mapping[str, Any]
Rename = Mapping[str, str] | Callable[[str], str | None] | None
Convert = Callable[[str, np.ndarray, tuple[int, ...]], np.ndarray | None]

# What flax's layers call what PyTorch's call so, in the order in which it is looked for.
_LEAVES = {"weight": ("kernel", "scale", "embedding"), "bias": ("bias",), "running_mean": ("mean",),
           "running_var": ("var",)}
_COUNTERS = ("num_batches_tracked",)  # flax keeps none


def load_flax(variables: Any, source: Source, mapping: Rename = None, *, convert: Convert | None = None,
              strict: bool = True) -> Any:
    """PyTorch's weights in the layout of a flax model: its variables, with the values of a state dict.

    A name such as ``encoder.0.weight`` is split into a module's path and a leaf. `mapping` turns the path into that of
    the flax module; the leaf follows from what that has: a ``weight`` is its ``kernel``, ``scale`` or ``embedding``,
    the running statistics are its ``mean`` and ``var``, and any other name is its own. The kernels of linear layers
    are transposed (and reshaped, for those with several axes, such as the heads of an attention), those of convolutions
    brought from ``(out, in, *spatial)`` to ``(*spatial, in, out)``.

    That a convolution is transposed cannot be told from its weight: `convert` has to bring it, as anything else that
    differs, into flax's form. Nor does the order of flattened features follow: PyTorch flattens channels first.

    Args:
      variables: Variables of a linen module, by collection or the parameters alone, or the state of an nnx module;
        arrays or their shapes, as ``jax.eval_shape`` gives them.
      source: A state dict of tensors or arrays, or the path of a file: safetensors, or what ``torch.save`` wrote.
      mapping: From a module's path in PyTorch to its path in flax: a dictionary from regular expressions for the whole
        path to replacements, of which the first that fits counts, and no other path has a place; or a function, where
        None leaves the name out. Paths may be written with dots or slashes. None keeps them.
      convert: Function of a leaf's path in flax, PyTorch's array and flax's shape to the array in that shape, or None
        for the usual change.
      strict: Whether every leaf must be found, and every name have its place; counters of batches, which flax does not
        have, need none.

    Returns:
      Variables of the same structure, shapes and dtypes.

    Raises:
      ValueError: if shapes differ, or names are missing or unexpected; all of them are listed.

    Example:
      >>> import compat as torch
      >>> import flax.linen, jax, jax.numpy as jnp
      >>> variables = jax.eval_shape(flax.linen.Dense(2).init, jax.random.key(0), jnp.ones((1, 3)))
      >>> linear = torch.nn.Linear(3, 2)
      >>> loaded = load_flax(variables, linear.state_dict())
      >>> bool((loaded["params"]["kernel"] == linear.weight.detach().numpy().T).all())
      True

    Source:
      No counterpart in PyTorch.
    """
    weights = load(source, weights_only=True, map_location="cpu") if isinstance(source, str | os.PathLike) else source
    rename = _renaming(mapping)
    leaves, structure = jax.tree.flatten(variables)
    places = _places(leaf_paths(variables))
    found: dict[int, Any] = {}
    unexpected, problems = [], []
    for name, value in weights.items():
        path, _, last = name.rpartition(".")
        target = rename(path)
        if target is None:
            if isinstance(mapping, Mapping) and last not in _COUNTERS:
                unexpected.append(name)
            continue
        place = _find(places, target.replace(".", "/").strip("/"), last)
        if place is None:
            unexpected += [] if last in _COUNTERS else [name]
            continue
        full, at = place
        if at in found:
            problems.append(f"{full} is given twice, the second time by {name}")
            continue
        array = value.detach()._host() if isinstance(value, Tensor) else np.asarray(value)
        leaf = leaves[at]
        shape = tuple(leaf.shape)
        made = convert(full, array, shape) if convert is not None else None
        made = _converted(array, full.rpartition("/")[2], shape) if made is None else made
        found[at] = made
        if made.shape != shape:
            problems.append(f"{name} has the shape {array.shape}, for which {full} would have to have {made.shape}, "
                            f"but it has {shape}")
    if strict:
        missing = [path for path, at in places.items() if at not in found]
        problems += [f"{kind}: {', '.join(names)}"
                     for kind, names in (("missing", sorted(missing)), ("unexpected", unexpected)) if names]
    if problems:
        raise ValueError("the weights do not fit:\n  " + "\n  ".join(problems))
    new = [jax.numpy.asarray(found[at], dtype=leaf.dtype) if at in found else leaf for at, leaf in enumerate(leaves)]
    return jax.tree.unflatten(structure, new)


def _renaming(mapping: Rename) -> Callable[[str], str | None]:
    if mapping is None:
        return lambda path: path
    if not isinstance(mapping, Mapping):
        return mapping
    patterns = [(re.compile(pattern), replacement) for pattern, replacement in mapping.items()]

    def rename(path: str) -> str | None:
        matched = ((pattern.fullmatch(path), replacement) for pattern, replacement in patterns)
        return next((match.expand(replacement) for match, replacement in matched if match), None)

    return rename


def _places(paths: list[str]) -> dict[str, int]:
    """The number of each leaf by its path without its collection, if it is in one."""
    collections = {path.partition("/")[0] for path in paths}
    inside = "params" in collections
    return {path.partition("/")[2] if inside else path: at for at, path in enumerate(paths)}


def _find(places: dict[str, int], module: str, leaf: str) -> tuple[str, int] | None:
    """The path and number of the leaf of a module in flax that PyTorch calls so."""
    for name in (*_LEAVES.get(leaf, ()), leaf):
        path = f"{module}/{name}" if module else name
        if path in places:
            return path, places[path]
    return None




def _converted(array: np.ndarray, leaf: str, shape: tuple[int, ...]) -> np.ndarray:
    """A weight in flax's layout, as far as its rank tells."""
    if leaf == "kernel" and array.ndim == 2:
        array = array.T
        return array.reshape(shape) if len(shape) > 2 and array.size == np.prod(shape) else array
    if leaf == "kernel" and array.ndim > 2:
        return array.transpose(*range(2, array.ndim), 1, 0)
    if leaf == "bias" and array.ndim == 1 and len(shape) > 1 and array.size == np.prod(shape):
        return array.reshape(shape)
    return array
