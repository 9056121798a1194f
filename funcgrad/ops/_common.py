"""What several families of kernels begin with."""

from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from funcgrad.dtypes import opmath, promote, promote_float, torch_name
from funcgrad.shapes import broadcast_shapes
from funcgrad.typing import Array, DType

__all__ = ["broadcast", "divide", "float_operands", "not_implemented", "operands", "rounded", "select"]


def operands(*args: Any) -> tuple[Array, ...]:
    """Arrays and numbers promoted to one dtype; raises PyTorch's error unless their shapes broadcast."""
    arrays = promote(*args)
    broadcast_shapes(*(x.shape for x in arrays))
    return arrays


def float_operands(*args: Any) -> tuple[Array, ...]:
    """As `operands`, integers and bools becoming the default floating dtype."""
    arrays = promote_float(*args)
    broadcast_shapes(*(x.shape for x in arrays))
    return arrays


def broadcast(*arrays: Array) -> tuple[Array, ...]:
    """Arrays expanded to their common shape."""
    shape = broadcast_shapes(*(x.shape for x in arrays))
    return tuple(x if x.shape == shape else jnp.broadcast_to(x, shape) for x in arrays)


def select(condition: Array, x: Array, y: Array | float) -> Array:
    """Where `condition` holds `x`, else `y`, all of `x`'s shape but for a number `y`."""
    return lax.select(condition, x, jnp.full_like(x, y) if not isinstance(y, jax.Array) else y)


def not_implemented(name: str, dtype: Any) -> NotImplementedError:
    """The error of a kernel that PyTorch lacks for a dtype; `name` is PyTorch's own, such as ``"add_cpu"``."""
    return NotImplementedError(f"\"{name}\" not implemented for '{torch_name(dtype)}'")


def divide(x: Array, y: Array) -> Array:
    """``x / y``, rounded once, as PyTorch has it.

    XLA multiplies by the reciprocal instead, which rounds twice, where it sees that one number divides many.
    """
    if not jnp.issubdtype(x.dtype, jnp.floating):
        return x / y
    return x / lax.optimization_barrier(jnp.broadcast_to(y, broadcast_shapes(x.shape, y.shape)))


def rounded(x: Array, dtype: DType) -> Array:
    """`x` with the values it has in `dtype`: XLA keeps the results of half precision in float32 where it can."""
    if opmath(dtype) == dtype:
        return x
    info = jnp.finfo(dtype)
    return lax.reduce_precision(x, info.nexp, info.nmant)
