"""Tables of vectors looked up by index."""

from typing import Literal

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from funcgrad.dtypes import scalar, torch_name
from funcgrad.typing import Array, Number

__all__ = ["embedding", "embedding_bag", "embedding_renorm"]


@jax.custom_jvp
def _scale_gradient(x: Array, factor: Array) -> Array:
    del factor
    return x


@_scale_gradient.defjvp
def _scale_gradient_jvp(primals: tuple, tangents: tuple) -> tuple[Array, Array]:
    return primals[0], tangents[0] * primals[1]


def _rows(weight: Array, index: Array) -> Array:
    return weight.at[index].get(mode="promise_in_bounds", wrap_negative_indices=False)


def _check_index(name: str, argument: str, position: int, index: Array) -> None:
    if index.dtype not in (np.dtype("int32"), np.dtype("int64")):
        raise RuntimeError(
            f"Expected tensor for argument #{position} '{argument}' to have one of the following scalar types: Long, "
            f"Int; but got torch.{torch_name(index.dtype)}Tensor instead (while checking arguments for {name})"
        )


def embedding(input: Array, weight: Array, padding_idx: int | None = None, scale_grad_by_freq: bool = False) -> Array:
    """Row ``input[i]`` of `weight` for every index; no gradient reaches row `padding_idx`.

    Example:
      >>> embedding(jnp.array([2, 0]), jnp.arange(6.0).reshape(3, 2)).tolist()
      [[4.0, 5.0], [0.0, 1.0]]
    """
    if weight.ndim != 2:
        raise RuntimeError("'weight' must be 2-D")
    _check_index("embedding", "indices", 1, input)
    out = _rows(weight, input)
    if padding_idx is not None:
        out = jnp.where((input == padding_idx % weight.shape[0])[..., None], lax.stop_gradient(out), out)
    if scale_grad_by_freq:
        counts = jnp.zeros(weight.shape[0], weight.dtype).at[input.reshape(-1)].add(1)
        out = _scale_gradient(out, (1 / _rows(counts, input))[..., None])
    return out


def embedding_renorm(weight: Array, indices: Array, max_norm: Number, norm_type: Number = 2.0) -> Array:
    """`weight` with the rows that `indices` names scaled down to norm `max_norm` where they exceed it."""
    limit, p = scalar(max_norm, weight.dtype), scalar(norm_type, weight.dtype)
    norms = (jnp.abs(weight) ** p).sum(1, keepdims=True) ** (1 / p)
    used = jnp.zeros(weight.shape[0], bool).at[indices.reshape(-1)].set(True)[:, None]
    return jnp.where(used & (norms > limit), weight * (limit / (norms + 1e-7)), weight)


def embedding_bag(
    input: Array,
    weight: Array,
    offsets: Array | None = None,
    mode: Literal["sum", "mean", "max"] = "mean",
    per_sample_weights: Array | None = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Array:
    """Sum, mean or maximum of the rows of each bag of indices.

    Args:
      input: Indices, either ``(bags, size)`` or flat with `offsets`.
      weight: Table, ``(rows, width)``.
      offsets: First position of each bag, for flat input.
      mode: How a bag is combined; an empty bag gives zeros.
      per_sample_weights: Factors of the rows, shape of input, for mode ``"sum"``.
      include_last_offset: Whether the last offset is only the end of the last bag.
      padding_idx: Index that is left out.

    Returns:
      ``(bags, width)``.

    Source:
      PyTorch, ``torch.nn.functional.embedding_bag``.
    """
    _check_index("embedding_bag", "indices", 1, input)
    if input.ndim == 2:
        offsets = jnp.arange(0, input.size, max(input.shape[1], 1), dtype=input.dtype)
        bags = input.shape[0]
    else:
        assert offsets is not None
        bags = offsets.shape[0] - include_last_offset
        offsets = offsets[:bags]
    flat = input.reshape(-1)
    bag = jnp.searchsorted(offsets, jnp.arange(flat.size, dtype=offsets.dtype), side="right") - 1
    rows = _rows(weight, flat)  # (indices, width)
    if padding_idx is None:
        kept = jnp.ones(flat.size, bool)
    else:
        kept = flat != padding_idx % weight.shape[0]
    if mode == "max":
        return _bag_max(rows, bag, kept, bags)
    if per_sample_weights is not None:
        rows = rows * per_sample_weights.reshape(-1, 1)
    total = jax.ops.segment_sum(jnp.where(kept[:, None], rows, jnp.zeros((), rows.dtype)), bag, bags)
    if mode == "sum":
        return total
    return total / jnp.maximum(jax.ops.segment_sum(kept.astype(rows.dtype), bag, bags), 1)[:, None]


def _bag_max(rows: Array, bag: Array, kept: Array, bags: int) -> Array:
    """Maximum of each bag; the gradient goes to the first of equal elements."""
    fixed = jnp.where(kept[:, None], lax.stop_gradient(rows), -jnp.inf)
    best = jax.ops.segment_max(fixed, bag, bags)
    n = rows.shape[0]
    place = jnp.where(fixed == best[bag], jnp.arange(n)[:, None], n)
    first = jax.ops.segment_min(place, bag, bags)  # (bags, width), n or more where a bag is empty
    picked = jnp.take_along_axis(rows, jnp.clip(first, 0, max(n - 1, 0)), 0)
    return jnp.where(best == -jnp.inf, jnp.zeros((), rows.dtype), picked)


def check_embedding(input: np.ndarray, weight: Array) -> None:
    """Raise PyTorch's error for an index outside the table."""
    if input.size and (input.min() < 0 or input.max() >= weight.shape[0]):
        raise IndexError("index out of range in self")


def check_embedding_bag(input: np.ndarray, weight: Array) -> None:
    """Raise PyTorch's error for an index outside the table."""
    bad = (input < 0) | (input >= weight.shape[0])
    if bad.any():
        at = int(np.flatnonzero(bad)[0])
        raise RuntimeError(
            f"Index {at} of input takes value {int(input.reshape(-1)[at])} which is not in the valid range "
            f"[0, {weight.shape[0]})"
        )
