"""Scaled dot product attention."""

import math

import jax.numpy as jnp
import numpy as np
from jax import lax

from funcgrad.dtypes import is_floating, opmath, scalar
from funcgrad.shapes import broadcast_shapes
from funcgrad.typing import Array, Number

__all__ = ["scaled_dot_product_attention"]

_C_NAMES = {"float32": "float", "float64": "double", "float16": "c10::Half", "bfloat16": "c10::BFloat16",
            "int64": "long int", "int32": "int"}  # fmt: skip


def _name(x: Array) -> str:
    return _C_NAMES.get(x.dtype.name, x.dtype.name)


def _check(query: Array, key: Array, value: Array, attn_mask: Array | None) -> None:
    if not query.dtype == key.dtype == value.dtype:
        raise RuntimeError(
            "Expected query, key, and value to have the same dtype, but got query.dtype: "
            f"{_name(query)} key.dtype: {_name(key)} and value.dtype: {_name(value)} instead."
        )
    if min(query.ndim, key.ndim, value.ndim) < 2:
        raise RuntimeError(
            "Expected query, key, and value to all be  at least 2 dimensional, but got query.dim: "
            f"{query.ndim} key.dim: {key.ndim} and value.dim: {value.ndim} instead."
        )
    if attn_mask is not None and attn_mask.dtype not in (np.bool_, np.dtype("float32"), query.dtype):
        raise RuntimeError(
            "Expected attn_mask dtype to be bool or float or to match query dtype, but got attn_mask.dtype: "
            f"{_name(attn_mask)} and  query.dtype: {_name(query)} instead."
        )
    if query.shape[-1] != key.shape[-1]:
        batch = math.prod(query.shape[:-2])
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: [{batch}, {query.shape[-1]}] but got: "
            f"[{batch}, {key.shape[-1]}]."
        )


def scaled_dot_product_attention(
    query: Array, key: Array, value: Array, attn_mask: Array | None = None, is_causal: bool = False,
    scale: Number | None = None, enable_gqa: bool = False, dropout_mask: Array | None = None,
) -> Array:  # fmt: skip
    r"""Means of the values, weighted by how well the keys match each query.

    .. math:: \mathrm{softmax}(s\, Q K^\top + M)\, V

    A query for which the mask keeps no key gets zeros.

    Args:
      query: ``(*, L, E)``.
      key: ``(*, S, E)``.
      value: ``(*, S, V)``.
      attn_mask: Bool (true keeps) or added to the scores; broadcasts with ``(*, L, S)``.
      is_causal: Whether query i sees only keys up to i.
      scale: Factor s of the scores; ``1 / sqrt(E)`` if None.
      enable_gqa: Whether fewer heads of keys and values are shared by groups of queries' heads (dimension -3).
      dropout_mask: Factors of the weights, such as 0 or ``1 / (1 - p)``.

    Returns:
      ``(*, L, V)``.

    Raises:
      RuntimeError: if dtypes or shapes do not fit.

    Example:
      >>> q = jnp.zeros((1, 2, 4))
      >>> scaled_dot_product_attention(q, q, jnp.array([[[1.0], [3.0]]]), is_causal=True).tolist()
      [[[1.0], [2.0]]]

    Source:
      Vaswani et al. 2017; PyTorch, ``torch.nn.functional.scaled_dot_product_attention``.
    """
    _check(query, key, value, attn_mask)
    if enable_gqa and key.ndim > 2:
        key = jnp.repeat(key, query.shape[-3] // key.shape[-3], -3)
        value = jnp.repeat(value, query.shape[-3] // value.shape[-3], -3)
    batch = broadcast_shapes(query.shape[:-2], key.shape[:-2], value.shape[:-2])
    query, key, value = (jnp.broadcast_to(x, (*batch, *x.shape[-2:])) for x in (query, key, value))
    dtype = opmath(query.dtype)
    factor = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    # the queries are smaller than the scores: scale those
    scaled = query.astype(dtype) * scalar(factor, dtype)
    scores = jnp.einsum("...le,...se->...ls", scaled, key.astype(dtype))
    keep = _mask(scores, attn_mask, is_causal)
    if attn_mask is not None and is_floating(attn_mask.dtype):
        broadcast_shapes(scores.shape, attn_mask.shape)
        scores = scores + attn_mask.astype(dtype)
    if keep is not None:
        scores = jnp.where(keep, scores, jnp.asarray(-jnp.inf, dtype))
    weights = _softmax(scores, guarded=attn_mask is not None)
    if dropout_mask is not None:
        weights = weights * dropout_mask.astype(dtype)
    return jnp.einsum("...ls,...sv->...lv", weights, value.astype(dtype)).astype(query.dtype)


def _mask(scores: Array, attn_mask: Array | None, is_causal: bool) -> Array | None:
    keep = None
    if is_causal:
        length, size = scores.shape[-2:]
        keep = lax.broadcasted_iota("int32", (length, size), 0) >= lax.broadcasted_iota("int32", (length, size), 1)
    if attn_mask is not None and attn_mask.dtype == np.bool_:
        broadcast_shapes(scores.shape, attn_mask.shape)
        keep = attn_mask if keep is None else keep & attn_mask
    return keep


def _softmax(scores: Array, guarded: bool) -> Array:
    """Softmax over keys; with `guarded`, rows of nothing but -inf give zeros instead of nan."""
    top = lax.stop_gradient(jnp.max(scores, -1, keepdims=True))
    if guarded:
        top = jnp.where(jnp.isfinite(top), top, jnp.zeros((), top.dtype))
    weights = jnp.exp(scores - top)
    total = jnp.sum(weights, -1, keepdims=True)
    if guarded:
        total = jnp.where(total == 0, jnp.ones((), total.dtype), total)
    return weights / total
