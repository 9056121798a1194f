"""Attention: scaled dot products, and the projections of several heads around them."""
from __future__ import annotations

import math
import warnings
from typing import Any

from compat import _dtype
from compat._ops import creation
from compat._ops.declare import ops
from compat._tensor.tensor import Tensor
from compat.nn._functional.dropout import dropout
from compat.nn._functional.linear import linear
from funcgrad.shapes import broadcast_shapes


def scaled_dot_product_attention(query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None,
                                 dropout_p: float = 0.0, is_causal: bool = False, scale: float | None = None,
                                 enable_gqa: bool = False) -> Tensor:
    """``softmax(query @ key.T * scale + mask) @ value``; ``scale`` is ``1/sqrt(E)`` if None.

    A boolean mask says where attending is allowed; a float mask is added.
    """
    fused = query.dim() == 4 and query.shape[-1] == value.shape[-1] and dropout_p == 0.0
    if is_causal and attn_mask is not None and not fused:  # PyTorch's fused kernel takes both
        raise RuntimeError("_scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True")
    mask = None
    if dropout_p > 0.0:
        lead = broadcast_shapes(query.shape[:-2], value.shape[:-2] if not enable_gqa else query.shape[:-2])
        mask = creation.empty((*lead, query.shape[-2], key.shape[-2]), dtype=query.dtype, device=query.device)
        mask = mask.bernoulli_(1 - dropout_p).div_(1 - dropout_p)
    return ops.scaled_dot_product_attention(query, key, value, attn_mask, is_causal, scale, enable_gqa, mask)


def _none_or_dtype(input: Tensor | None) -> Any:
    return None if input is None else input.dtype


def _canonical_mask(mask: Tensor | None, mask_name: str, other_type: Any, other_name: str, target_type: Any,
                    check_other: bool = True) -> Tensor | None:
    """A mask to be added: a boolean one becomes minus infinity where it is True."""
    if mask is None:
        return None
    if mask.dtype != _dtype.bool_ and not mask.is_floating_point():
        raise AssertionError(f"only bool and floating types of {mask_name} are supported")
    if check_other and other_type is not None and mask.dtype != other_type:
        warnings.warn(f"Support for mismatched {mask_name} and {other_name} is deprecated. Use same type for both "
                      "instead.", stacklevel=3)
    if mask.is_floating_point():
        return mask
    return creation.zeros_like(mask, dtype=target_type).masked_fill_(mask, -math.inf)


def _check_shapes(query: Tensor, key: Tensor, value: Tensor, key_padding_mask: Tensor | None, attn_mask: Tensor | None,
                  num_heads: int) -> bool:
    """Whether the input is batched; an error if the arguments' dimensions disagree about it."""
    ndim = query.dim()
    if ndim not in (2, 3):
        raise AssertionError(f"query should be unbatched 2D or batched 3D tensor but received {ndim}-D query tensor")
    kind = "batched (3-D)" if ndim == 3 else "unbatched (2-D)"
    if key.dim() != ndim or value.dim() != ndim:
        raise AssertionError(f"For {kind} `query`, expected `key` and `value` to be {ndim}-D but found {key.dim()}-D "
                             f"and {value.dim()}-D tensors respectively")
    if key_padding_mask is not None and key_padding_mask.dim() != ndim - 1:
        raise AssertionError(f"For {kind} `query`, expected `key_padding_mask` to be `None` or {ndim - 1}-D but found "
                             f"{key_padding_mask.dim()}-D tensor instead")
    if attn_mask is not None:
        if attn_mask.dim() not in (2, 3):
            raise AssertionError(f"For {kind} `query`, expected `attn_mask` to be `None`, 2-D or 3-D but found "
                                 f"{attn_mask.dim()}-D tensor instead")
        expected = (num_heads, query.shape[0], key.shape[0])
        if ndim == 2 and attn_mask.dim() == 3 and tuple(attn_mask.shape) != expected:
            raise AssertionError(f"Expected `attn_mask` shape to be {expected} but got {attn_mask.shape}")
    return ndim == 3


def _in_projection_packed(q: Tensor, k: Tensor, v: Tensor, w: Tensor, b: Tensor | None) -> tuple[Tensor, ...]:
    """The three projections by one weight; one product where the inputs are the same tensor."""
    size = q.size(-1)
    if k is v and q is k:
        packed = linear(q, w, b)
        packed = packed.unflatten(-1, (3, size)).unsqueeze(0).transpose(0, -2).squeeze(-2).contiguous()
        return packed[0], packed[1], packed[2]
    if k is v:
        w_q, w_kv = w.split([size, size * 2])
        b_q, b_kv = (None, None) if b is None else b.split([size, size * 2])
        packed = linear(k, w_kv, b_kv)
        packed = packed.unflatten(-1, (2, size)).unsqueeze(0).transpose(0, -2).squeeze(-2).contiguous()
        return linear(q, w_q, b_q), packed[0], packed[1]
    biases = (None, None, None) if b is None else b.chunk(3)
    return tuple(linear(x, w_x, b_x) for x, w_x, b_x in zip((q, k, v), w.chunk(3), biases, strict=True))


def multi_head_attention_forward(
        query: Tensor, key: Tensor, value: Tensor, embed_dim_to_check: int, num_heads: int,
        in_proj_weight: Tensor | None, in_proj_bias: Tensor | None, bias_k: Tensor | None, bias_v: Tensor | None,
        add_zero_attn: bool, dropout_p: float, out_proj_weight: Tensor, out_proj_bias: Tensor | None,
        training: bool = True, key_padding_mask: Tensor | None = None, need_weights: bool = True,
        attn_mask: Tensor | None = None, use_separate_proj_weight: bool = False, q_proj_weight: Tensor | None = None,
        k_proj_weight: Tensor | None = None, v_proj_weight: Tensor | None = None, static_k: Tensor | None = None,
        static_v: Tensor | None = None, average_attn_weights: bool = True,
        is_causal: bool = False) -> tuple[Tensor, Tensor | None]:
    """What :class:`~compat.nn.MultiheadAttention` computes, from its tensors; sequences come first: ``(L, N, E)``."""
    batched = _check_shapes(query, key, value, key_padding_mask, attn_mask, num_heads)
    if not batched:
        query, key, value = _same(lambda t: t.unsqueeze(1), query, key, value)
        key_padding_mask = None if key_padding_mask is None else key_padding_mask.unsqueeze(0)
    length, n, width = query.shape
    size = key.shape[0]
    key_padding_mask = _canonical_mask(key_padding_mask, "key_padding_mask", _none_or_dtype(attn_mask), "attn_mask",
                                       query.dtype)
    if is_causal and attn_mask is None:
        raise RuntimeError("Need attn_mask if specifying the is_causal hint. You may use the Transformer module method "
                           "`generate_square_subsequent_mask` to create this mask.")
    if is_causal and key_padding_mask is None and not need_weights:
        attn_mask = None  # the hint is enough
    else:
        attn_mask = _canonical_mask(attn_mask, "attn_mask", None, "", query.dtype, False)
        is_causal = is_causal and key_padding_mask is None
    if width != embed_dim_to_check:
        raise AssertionError(f"was expecting embedding dimension of {embed_dim_to_check}, but got {width}")
    head = width // num_heads
    if head * num_heads != width:
        raise AssertionError(f"embed_dim {width} not divisible by num_heads {num_heads}")
    q, k, v = _projected(query, key, value, use_separate_proj_weight, in_proj_weight, in_proj_bias, q_proj_weight,
                         k_proj_weight, v_proj_weight)
    attn_mask = _checked_mask(attn_mask, length, size, n * num_heads)
    if bias_k is not None and bias_v is not None:
        k, v = ops.cat([k, bias_k.repeat(1, n, 1)]), ops.cat([v, bias_v.repeat(1, n, 1)])
        attn_mask, key_padding_mask = _one_more(attn_mask), _one_more(key_padding_mask)
    q = q.view(length, n * num_heads, head).transpose(0, 1)  # (N * heads, L, E / heads)
    k = k.view(k.shape[0], n * num_heads, head).transpose(0, 1) if static_k is None else static_k
    v = v.view(v.shape[0], n * num_heads, head).transpose(0, 1) if static_v is None else static_v
    if add_zero_attn:
        zeros = creation.zeros((n * num_heads, 1, head), dtype=k.dtype, device=k.device)
        k, v = ops.cat([k, zeros], 1), ops.cat([v, zeros], 1)
        attn_mask, key_padding_mask = _one_more(attn_mask), _one_more(key_padding_mask)
    size = k.shape[1]
    if key_padding_mask is not None:
        padding = key_padding_mask.view(n, 1, 1, size).expand(-1, num_heads, -1, -1).reshape(n * num_heads, 1, size)
        attn_mask = padding if attn_mask is None else attn_mask + padding
    if not training:
        dropout_p = 0.0
    if not need_weights:
        if attn_mask is not None:
            attn_mask = (attn_mask.unsqueeze(0) if attn_mask.shape[0] == 1
                         else attn_mask.view(n, num_heads, -1, size))
        q, k, v = (t.view(n, num_heads, t.shape[1], head) for t in (q, k, v))
        out = scaled_dot_product_attention(q, k, v, attn_mask, dropout_p, is_causal)
        out = out.permute(2, 0, 1, 3).contiguous().view(n * length, width)
        out = linear(out, out_proj_weight, out_proj_bias).view(length, n, -1)
        return (out if batched else out.squeeze(1)), None
    q = q * math.sqrt(1.0 / head)
    scores = q.bmm(k.transpose(-2, -1)) if attn_mask is None else ops.baddbmm(attn_mask, q, k.transpose(-2, -1))
    weights = scores.softmax(-1)
    if dropout_p > 0.0:
        weights = dropout(weights, dropout_p)
    out = weights.bmm(v).transpose(0, 1).contiguous().view(length * n, width)
    out = linear(out, out_proj_weight, out_proj_bias).view(length, n, -1)
    weights = weights.view(n, num_heads, length, size)
    if average_attn_weights:
        weights = weights.mean(1)
    return (out, weights) if batched else (out.squeeze(1), weights.squeeze(0))


def _same(fn: Any, *tensors: Tensor) -> tuple[Tensor, ...]:
    """``fn`` of each tensor, once for those that are the same object."""
    done = {id(t): fn(t) for t in tensors}
    return tuple(done[id(t)] for t in tensors)


def _projected(query: Tensor, key: Tensor, value: Tensor, separate: bool, in_proj_weight: Tensor | None,
               in_proj_bias: Tensor | None, *weights: Tensor | None) -> tuple[Tensor, ...]:
    """Queries, keys and values after their projections."""
    if not separate:
        if key.shape != value.shape:
            raise AssertionError(f"key shape {key.shape} does not match value shape {value.shape}")
        if in_proj_weight is None:
            raise AssertionError("use_separate_proj_weight is False but in_proj_weight is None")
        return _in_projection_packed(query, key, value, in_proj_weight, in_proj_bias)
    if key.shape[:2] != value.shape[:2]:
        raise AssertionError(f"key's sequence and batch dims {key.shape[:2]} do not match value's {value.shape[:2]}")
    for name, weight in zip("qkv", weights, strict=True):
        if weight is None:
            raise AssertionError(f"use_separate_proj_weight is True but {name}_proj_weight is None")
    biases = (None, None, None) if in_proj_bias is None else in_proj_bias.chunk(3)
    return tuple(linear(x, w, b) for x, w, b in zip((query, key, value), weights, biases, strict=True))


def _checked_mask(attn_mask: Tensor | None, length: int, size: int, heads: int) -> Tensor | None:
    """The attention mask with three dimensions, if its shape is right."""
    if attn_mask is None:
        return None
    if attn_mask.dim() not in (2, 3):
        raise RuntimeError(f"attn_mask's dimension {attn_mask.dim()} is not supported")
    expected = (length, size) if attn_mask.dim() == 2 else (heads, length, size)
    if tuple(attn_mask.shape) != expected:
        raise RuntimeError(f"The shape of the {attn_mask.dim()}D attn_mask is {attn_mask.shape}, but should be "
                           f"{expected}.")
    return attn_mask.unsqueeze(0) if attn_mask.dim() == 2 else attn_mask


def _one_more(mask: Tensor | None) -> Tensor | None:
    """A mask with a column of zeros at its end."""
    if mask is None:
        return None
    return ops.cat([mask, creation.zeros((*mask.shape[:-1], 1), dtype=mask.dtype, device=mask.device)], -1)
