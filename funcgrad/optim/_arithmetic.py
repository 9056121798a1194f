"""Elementwise arithmetic as PyTorch's optimisers do it: numbers in the wide type, every result rounded to its tensor.

A 16-bit parameter is computed with in float32 and rounded after each of these operations, as PyTorch rounds after each
of its in-place ones; numbers such as a learning rate reach the tensors' type only after all arithmetic among numbers.
"""

import math
from collections.abc import Sequence
from typing import Any, TypeVar

import jax
import jax.numpy as jnp

from funcgrad.dtypes import opmath, scalar
from funcgrad.ops._common import divide
from funcgrad.typing import Array, ArrayLike

__all__ = [
    "add",
    "addcdiv",
    "addcmul",
    "as_complex",
    "as_real",
    "complement",
    "decay_gradients",
    "div",
    "lerp",
    "mul",
    "one_minus_power",
    "product",
    "quotient",
    "shrink",
    "sqrt",
    "wide",
]


_Entry = TypeVar("_Entry", Array, Array | None)


def wide(number: ArrayLike) -> Array:
    """The number in the widest float of the configuration: float64 with x64, else float32."""
    return jnp.asarray(number, dtype=jax.dtypes.canonicalize_dtype(jnp.float64))


def complement(number: ArrayLike) -> ArrayLike:
    """``1 - number``, in Python's precision for a Python number: float32 would keep four digits of ``1 - 0.9999``."""
    return 1 - number if isinstance(number, (int, float)) else 1 - wide(number)


def one_minus_power(base: ArrayLike, exponent: Array) -> Array:
    """``1 - base**exponent`` without cancellation: float32 alone would lose four digits at ``0.999**1``.

    Example:
      >>> one_minus_power(0.999, jnp.float32(1.0)).round(7)
      Array(0.001, dtype=float32)
    """
    if isinstance(base, (int, float)):
        log_base = wide(math.log(base) if base > 0 else -math.inf)
    else:
        log_base = jnp.log(wide(base))
    return -jnp.expm1(exponent.astype(log_base.dtype) * log_base)


def _rounded(result: Array, dtype: Any) -> Array:
    """A result of the wide type in the tensor's; said to XLA outright, which otherwise skips what looks redundant."""
    if result.dtype == dtype:
        return result
    info = jnp.finfo(dtype)
    return jax.lax.reduce_precision(result, info.nexp, info.nmant).astype(dtype)


def sqrt(tensor: Array) -> Array:
    """The square root."""
    return _rounded(jnp.sqrt(tensor.astype(opmath(tensor.dtype))), tensor.dtype)


def product(first: Array, second: Array) -> Array:
    """``first * second``, of two tensors."""
    math_type = opmath(first.dtype)
    return _rounded(first.astype(math_type) * second.astype(math_type), first.dtype)


def quotient(first: Array, second: Array) -> Array:
    """``first / second``, of two tensors."""
    math_type = opmath(first.dtype)
    return _rounded(first.astype(math_type) / second.astype(math_type), first.dtype)


def mul(tensor: Array, number: ArrayLike) -> Array:
    """``tensor * number``."""
    math_type = opmath(tensor.dtype)
    return _rounded(tensor.astype(math_type) * scalar(number, math_type), tensor.dtype)


def div(tensor: Array, number: ArrayLike) -> Array:
    """``tensor / number``."""
    math_type = opmath(tensor.dtype)
    return _rounded(divide(tensor.astype(math_type), scalar(number, math_type)), tensor.dtype)


def add(tensor: Array, other: Array, alpha: ArrayLike = 1) -> Array:
    """``tensor + alpha * other``."""
    math_type = opmath(tensor.dtype)
    scaled = other.astype(math_type) * scalar(alpha, math_type)
    return _rounded(tensor.astype(math_type) + scaled, tensor.dtype)


def addcmul(tensor: Array, first: Array, second: Array, value: ArrayLike = 1) -> Array:
    """``tensor + value * first * second``."""
    math_type = opmath(tensor.dtype)
    scaled = scalar(value, math_type) * first.astype(math_type)
    return _rounded(tensor.astype(math_type) + scaled * second.astype(math_type), tensor.dtype)


def addcdiv(tensor: Array, first: Array, second: Array, value: ArrayLike = 1) -> Array:
    """``tensor + value * first / second``."""
    math_type = opmath(tensor.dtype)
    scaled = scalar(value, math_type) * first.astype(math_type)
    return _rounded(tensor.astype(math_type) + scaled / second.astype(math_type), tensor.dtype)


def lerp(start: Array, end: Array, weight: ArrayLike) -> Array:
    """``start + weight * (end - start)``, computed from the nearer end, as PyTorch does."""
    math_type = opmath(start.dtype)
    begin, difference = start.astype(math_type), end.astype(math_type) - start.astype(math_type)
    share, rest = scalar(weight, math_type), scalar(complement(weight), math_type)
    from_start, from_end = begin + share * difference, end.astype(math_type) - difference * rest
    return _rounded(jnp.where(share < 0.5, from_start, from_end), start.dtype)


def decay_gradients(
    params: Sequence[Array], grads: Sequence[Array], weight_decay: ArrayLike | None, maximize: bool
) -> list[Array]:
    """Gradients to descend: negated to maximise, with ``weight_decay * param`` added unless it is None."""
    signed = [-grad for grad in grads] if maximize else list(grads)
    if weight_decay is None:
        return signed
    return [add(grad, param, weight_decay) for grad, param in zip(signed, params, strict=True)]


def shrink(params: Sequence[Array], lr: ArrayLike, weight_decay: ArrayLike | None) -> list[Array]:
    """Parameters after decoupled weight decay, ``param * (1 - lr * weight_decay)``; unchanged if it is None."""
    if weight_decay is None:
        return list(params)
    rest = 1 - wide(lr) * wide(weight_decay)
    return [mul(param, rest) for param in params]


def as_real(tensors: Sequence[_Entry]) -> list[_Entry]:
    """Complex tensors as pairs of real numbers in a last axis: adaptive rules scale the two parts apart."""
    pairs: list[Any] = [
        jnp.stack([tensor.real, tensor.imag], axis=-1)
        if tensor is not None and jnp.issubdtype(tensor.dtype, jnp.complexfloating)
        else tensor
        for tensor in tensors
    ]
    return pairs


def as_complex(tensors: Sequence[_Entry], like: Sequence[Array]) -> list[_Entry]:
    """Undoes `as_real` wherever the tensor of `like` is complex."""
    joined: list[Any] = [
        jax.lax.complex(tensor[..., 0], tensor[..., 1])
        if tensor is not None and jnp.issubdtype(original.dtype, jnp.complexfloating)
        else tensor
        for tensor, original in zip(tensors, like, strict=True)
    ]
    return joined
