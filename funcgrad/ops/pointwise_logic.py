"""Comparisons, logic and bits, element by element. Nothing here has a derivative."""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import lax

from funcgrad.dtypes import is_bool, is_complex, is_integral, promote_types, result_type, scalar, torch_name
from funcgrad.ops._common import broadcast, not_implemented, operands
from funcgrad.shapes import broadcast_shapes
from funcgrad.typing import Array, ArrayLike

Binary = Callable[[Any, Any], Any]

_INVERT = "~ (operator.invert) is only implemented on integer and Boolean-type tensors"


def _named(kernel: Any, name: str, doc: str) -> Any:
    kernel.__name__ = kernel.__qualname__ = name
    kernel.__doc__ = doc
    return kernel


def _comparison(name: str, fn: Binary, doc: str, ordered: bool = True) -> Binary:
    def kernel(input: Array, other: ArrayLike) -> Array:
        input, other = operands(input, other)
        if ordered and is_complex(input.dtype):
            raise not_implemented(f"{name}_cpu", input.dtype)
        return fn(input, other)

    return _named(kernel, name, doc)


eq = _comparison("eq", jnp.equal, "``input == other``.", ordered=False)
ne = _comparison("ne", jnp.not_equal, "``input != other``.", ordered=False)
lt = _comparison("lt", jnp.less, "``input < other``.")
le = _comparison("le", jnp.less_equal, "``input <= other``.")
gt = _comparison("gt", jnp.greater, "``input > other``.")
ge = _comparison("ge", jnp.greater_equal, "``input >= other``.")


def _logical(name: str, fn: Binary, doc: str) -> Binary:
    def kernel(input: Array, other: Array) -> Array:
        broadcast_shapes(input.shape, other.shape)
        result_type(input, other)  # there must be one
        return fn(input != 0, other != 0)

    return _named(kernel, name, doc)


logical_and = _logical("logical_and", jnp.logical_and, "Whether both are nonzero.")
logical_or = _logical("logical_or", jnp.logical_or, "Whether either is nonzero.")
logical_xor = _logical("logical_xor", jnp.logical_xor, "Whether exactly one is nonzero.")


def logical_not(input: Array) -> Array:
    """Whether `input` is zero."""
    return input == 0


def _bitwise(name: str, fn: Binary, doc: str) -> Binary:
    def kernel(input: ArrayLike, other: ArrayLike) -> Array:
        input, other = operands(input, other)
        if not is_integral(input.dtype):
            raise not_implemented(f"{name}_cpu", input.dtype)
        return fn(input, other)

    return _named(kernel, name, doc)


bitwise_and = _bitwise("bitwise_and", jnp.bitwise_and, "Bits set in both; of bools, the logical and.")
bitwise_or = _bitwise("bitwise_or", jnp.bitwise_or, "Bits set in either; of bools, the logical or.")
bitwise_xor = _bitwise("bitwise_xor", jnp.bitwise_xor, "Bits set in exactly one; of bools, the logical xor.")


def bitwise_not(input: Array) -> Array:
    """All bits inverted; of bools, the logical not.

    Raises:
      TypeError: for floating and complex dtypes.
    """
    if not is_integral(input.dtype):
        raise TypeError(_INVERT)
    return jnp.bitwise_not(input)


def _shift(name: str, fn: Binary, error: str, doc: str) -> Binary:
    def kernel(input: ArrayLike, other: ArrayLike) -> Array:
        input, other = broadcast(*operands(input, other))
        if is_bool(input.dtype) or not is_integral(input.dtype):
            raise not_implemented(error, input.dtype)
        bits = input.dtype.itemsize * 8
        inside = (other >= 0) & (other < bits)
        return fn(input, other, inside)

    return _named(kernel, name, doc)


def _left(x: Array, by: Array, inside: Array) -> Array:
    return jnp.where(inside, lax.shift_left(x, jnp.where(inside, by, 0)), 0)


def _right(x: Array, by: Array, inside: Array) -> Array:
    shift = lax.shift_right_logical if x.dtype.kind == "u" else lax.shift_right_arithmetic
    outside = jnp.where(x < 0, -1, 0).astype(x.dtype) if x.dtype.kind == "i" else jnp.zeros_like(x)
    return jnp.where(inside, shift(x, jnp.where(inside, by, 0)), outside)


bitwise_left_shift = _shift("bitwise_left_shift", _left, "lshift_cpu", "``input << other``; 0 if shifted out.")
bitwise_right_shift = _shift(
    "bitwise_right_shift", _right, "rshift_cpu", "``input >> other``, copying the sign; all sign if shifted out."
)


def isnan(input: Array) -> Array:
    """Whether not a number; of complex numbers, either part."""
    return jnp.zeros(input.shape, bool) if is_integral(input.dtype) else input != input


def isinf(input: Array) -> Array:
    """Whether infinite."""
    return jnp.zeros(input.shape, bool) if is_integral(input.dtype) else jnp.isinf(input)


def isfinite(input: Array) -> Array:
    """Whether neither infinite nor nan."""
    return jnp.ones(input.shape, bool) if is_integral(input.dtype) else jnp.isfinite(input)


def isposinf(input: Array) -> Array:
    """Whether +inf."""
    if is_complex(input.dtype):
        raise RuntimeError("isposinf does not support complex inputs.")
    return jnp.zeros(input.shape, bool) if is_integral(input.dtype) else input == jnp.inf


def isneginf(input: Array) -> Array:
    """Whether -inf."""
    if is_complex(input.dtype):
        raise RuntimeError("isneginf does not support complex inputs.")
    return jnp.zeros(input.shape, bool) if is_integral(input.dtype) else input == -jnp.inf


def isreal(input: Array) -> Array:
    """Whether the imaginary part is 0."""
    return lax.imag(input) == 0 if is_complex(input.dtype) else jnp.ones(input.shape, bool)


def isclose(input: Array, other: Array, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Array:
    """Whether ``abs(input - other) <= atol + rtol * abs(other)``.

    Raises:
      RuntimeError: if the dtypes differ.
    """
    if input.dtype != other.dtype:
        raise RuntimeError(f"{torch_name(input.dtype)} did not match {torch_name(other.dtype)}")
    broadcast_shapes(input.shape, other.shape)
    close = input == other
    if equal_nan and not is_integral(input.dtype):
        close |= (input != input) & (other != other)
    wide = input.dtype if not is_integral(input.dtype) else promote_types(input.dtype, np.dtype("float32"))
    x, y = input.astype(wide), other.astype(wide)
    gap = jnp.abs(x - y)
    limit = scalar(atol, gap.dtype) + scalar(rtol, gap.dtype) * jnp.abs(y)
    return close | (jnp.isfinite(gap) & (gap <= limit))


def equal(input: Array, other: Array) -> Array:
    """Whether two arrays have the same shape and elements, as a 0-d bool."""
    if input.shape != other.shape:
        return jnp.zeros((), bool)
    input, other = operands(input, other)
    return jnp.all(input == other)
