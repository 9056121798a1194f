"""Arithmetic on two or more arrays, rounding, clamping, selecting and casting, element by element.

All kernels broadcast and promote as PyTorch does. At kinks their derivatives are PyTorch's: `clamp` passes the gradient
at its bounds, `maximum` halves it between equal operands, `fmax` gives it to the first.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from funcgrad.dtypes import (
    canonical,
    is_bool,
    is_complex,
    is_floating,
    is_integral,
    opmath,
    promote_types,
    result_type,
    scalar,
    torch_name,
)
from funcgrad.ops._common import broadcast, divide, float_operands, not_implemented, operands, rounded
from funcgrad.shapes import broadcast_shapes
from funcgrad.typing import Array, ArrayLike, DType, Number

_SUB_BOTH = (
    "Subtraction, the `-` operator, with two bool tensors is not supported. "
    "Use the `^` or `logical_xor()` operator instead."
)
_SUB_ONE = (
    "Subtraction, the `-` operator, with a bool tensor is not supported. "
    "If you are trying to invert a mask, use the `~` or `logical_not()` operator instead."
)
_NEGATIVE_POWER = "Integers to negative integer powers are not allowed."


def _scaled(x: Array, alpha: Number) -> Array:
    """``alpha * x``, refusing an `alpha` of a higher category than `x`."""
    if type(alpha) is int and alpha == 1:
        return x
    kind = np.result_type(alpha) if isinstance(alpha, bool | int | float | complex) else alpha.dtype
    if is_integral(x.dtype) and not is_integral(kind):
        raise RuntimeError("For integral input tensors, argument alpha must not be a floating point number.")
    if is_bool(kind) and not is_bool(x.dtype):
        raise RuntimeError("Boolean alpha only supported for Boolean results.")
    return x * scalar(alpha, x.dtype)


def add(input: ArrayLike, other: ArrayLike, *, alpha: Number = 1) -> Array:
    """``input + alpha * other``; of bools, the logical or.

    Example:
      >>> add(jnp.array([1, 2]), 0.5, alpha=2)
      Array([2., 3.], dtype=float32)
    """
    input, other = operands(input, other)
    return input + _scaled(other, alpha)


def _refuse_bool(input: ArrayLike, other: ArrayLike) -> None:
    flags = [is_bool(x.dtype) if hasattr(x, "dtype") else isinstance(x, bool) for x in (input, other)]
    if all(flags):
        raise RuntimeError(_SUB_BOTH)
    if any(flags):
        raise RuntimeError(_SUB_ONE)


def sub(input: ArrayLike, other: ArrayLike, *, alpha: Number = 1) -> Array:
    """``input - alpha * other``; bools are refused."""
    _refuse_bool(input, other)
    input, other = operands(input, other)
    return input - _scaled(other, alpha)


def rsub(input: Array, other: ArrayLike, *, alpha: Number = 1) -> Array:
    """``other - alpha * input``; bools are refused."""
    _refuse_bool(input, other)
    input, other = operands(input, other)
    return other - _scaled(input, alpha)


def _half_by_scalar(input: ArrayLike, other: ArrayLike) -> tuple[Array, Array, np.dtype] | None:
    """Operands in float32 and the result's dtype where one is of half precision, the other a number or 0-d.

    As in PyTorch, the scalar is not rounded to half precision first: 0.1 has three digits there.
    """
    if (jnp.ndim(input) > 0) == (jnp.ndim(other) > 0):
        return None
    dtype = result_type(input, other)
    wide = opmath(dtype)
    return None if wide == dtype else (jnp.asarray(input, wide), jnp.asarray(other, wide), dtype)


def mul(input: ArrayLike, other: ArrayLike) -> Array:
    """``input * other``; of bools, the logical and."""
    half = _half_by_scalar(input, other)
    if half is not None:
        x, y, dtype = half
        return (x * y).astype(dtype)
    input, other = operands(input, other)
    return input * other


def _check_ordered(kernel: str, x: Array) -> None:
    """Refuse bools and complex numbers, which have no rounded quotients."""
    if is_bool(x.dtype) or is_complex(x.dtype):
        raise not_implemented(kernel, x.dtype)


def div(input: ArrayLike, other: ArrayLike, *, rounding_mode: str | None = None) -> Array:
    """``input / other`` in floating point; rounded (``"trunc"``, ``"floor"``) in the operands' dtype.

    Example:
      >>> div(jnp.array([7, -7]), 2, rounding_mode="trunc")
      Array([ 3, -3], dtype=int32)
    """
    if rounding_mode is None:
        half = _half_by_scalar(input, other)
        if half is not None:
            x, y, dtype = half
            return divide(x, y).astype(dtype)
        return divide(*float_operands(input, other))
    if rounding_mode == "floor":
        return floor_divide(input, other)
    if rounding_mode != "trunc":
        raise RuntimeError(
            f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{rounding_mode}'"
        )
    half = _half_by_scalar(input, other) if jnp.ndim(other) == 0 else None
    if half is not None:
        x, y, dtype = half
        return jnp.trunc(x / y).astype(dtype)
    input, other = operands(input, other)
    _check_ordered("div_trunc_cpu", input)
    if is_integral(input.dtype):
        return lax.div(*broadcast(input, other))
    if other.size == 1:
        return jnp.trunc(input / other)
    # PyTorch rounds the quotient to half precision first, except by a single divisor
    (x, y), dtype = _in_opmath((input, other))
    return jnp.trunc(rounded(x / y, dtype)).astype(dtype)


def floor_divide(input: ArrayLike, other: ArrayLike) -> Array:
    """Quotient rounded down, computed from the exact remainder as Python does, so that it agrees with `remainder`."""
    input, other = broadcast(*operands(input, other))
    _check_ordered("div_floor_cpu", input)
    if is_integral(input.dtype):
        quotient = lax.div(input, other)
        inexact = lax.ne(quotient * other, input)
        return quotient - (inexact & (lax.lt(input, 0 * input) != lax.lt(other, 0 * other))).astype(input.dtype)
    rest = lax.rem(input, other)
    quotient = (input - rest) / other
    quotient = jnp.where((rest != 0) & ((other < 0) != (rest < 0)), quotient - 1, quotient)
    down = jnp.floor(quotient)
    down = jnp.where(quotient - down > 0.5, down + 1, down)
    down = jnp.where(quotient == 0, jnp.copysign(0.0, input / other).astype(down.dtype), down)
    return jnp.where(other == 0, lax.stop_gradient(input / other), down)


@jax.custom_jvp
def _remainder(x: Array, y: Array) -> Array:
    rest = lax.rem(x, y)
    return jnp.where((rest != 0) & ((rest < 0) != (y < 0)), rest + y, rest)


@_remainder.defjvp
def _remainder_jvp(primals: tuple[Array, Array], tangents: tuple[Array, Array]) -> tuple[Array, Array]:
    return _remainder(*primals), tangents[0] - tangents[1] * floor_divide(*primals)


def remainder(input: ArrayLike, other: ArrayLike) -> Array:
    """``input - other * floor(input / other)``: has the divisor's sign."""
    input, other = broadcast(*operands(input, other))
    _check_ordered("remainder_cpu", input)
    return _remainder(input, other)


def fmod(input: Array, other: ArrayLike) -> Array:
    """``input - other * trunc(input / other)``: has the dividend's sign."""
    input, other = broadcast(*operands(input, other))
    _check_ordered("fmod_cpu", input)
    return lax.rem(input, other)


@jax.custom_jvp
def _pow(x: Array, y: Array) -> Array:
    return lax.pow(x, y)


@_pow.defjvp
def _pow_jvp(primals: tuple[Array, Array], tangents: tuple[Array, Array]) -> tuple[Array, Array]:
    (x, y), (tx, ty) = primals, tangents
    out = _pow(x, y)
    by_base = jnp.where(y == 0, 0, y * _pow(x, jnp.where(y == 0, 1, y - 1)))
    still = (x == 0) & ((lax.real(y) if is_complex(y.dtype) else y) >= 0)
    by_exponent = jnp.where(still, 0, out * lax.log(jnp.where(still, 1, x)))
    return out, tx * by_base + ty * by_exponent


def pow(input: ArrayLike, exponent: ArrayLike) -> Array:
    """``input ** exponent``; the derivative at exponent 0 is 0, also at input 0.

    Raises:
      RuntimeError: for integers to a negative Python integer.
    """
    if isinstance(exponent, int | float) and not isinstance(exponent, bool) and isinstance(input, jax.Array):
        return pow_static(input, exponent)
    input, exponent = operands(input, exponent)
    if is_bool(input.dtype):
        raise not_implemented("pow", input.dtype)
    if is_integral(input.dtype):
        return _integer_pow(input, exponent)
    return _pow(*broadcast(input, exponent))


def _integer_pow(input: Array, exponent: Array) -> Array:
    """Powers of integers; a negative exponent gives what truncating the fraction leaves."""
    power = jnp.power(input, jnp.maximum(exponent, 0))
    odd = (exponent & 1) == 1
    unit = jnp.where(input == 1, 1, jnp.where(input == -1, jnp.where(odd, -1, 1), 0))
    return jnp.where(exponent < 0, unit.astype(power.dtype), power)


_SMALL_POWER = 16


def pow_static(input: Array, exponent: int | float) -> Array:
    """``input ** exponent`` with a number known in advance: small integers become multiplications, halves roots."""
    if is_integral(input.dtype) and isinstance(exponent, int):
        if exponent < 0:
            raise RuntimeError(_NEGATIVE_POWER)
        dtype = promote_types(input.dtype, np.dtype("int64")) if is_bool(input.dtype) else input.dtype
        return lax.integer_pow(input.astype(canonical(dtype)), exponent)
    (x, y) = operands(input, exponent)
    if float(exponent).is_integer() and abs(exponent) <= _SMALL_POWER:
        # x ** 0 must have the derivative 0 even where x is infinite, hence a constant
        return lax.integer_pow(x, int(exponent)) if exponent else jnp.ones_like(x)
    if exponent == 0.5:
        return lax.sqrt(x)
    if exponent == -0.5:
        return lax.rsqrt(x)
    return _pow(x, jnp.broadcast_to(y, x.shape))


def float_power(input: ArrayLike, exponent: ArrayLike) -> Array:
    """Power computed in float64 (complex128)."""
    input, exponent = operands(input, exponent)
    wide = canonical("complex128" if is_complex(input.dtype) else "float64")
    return _pow(*broadcast(input.astype(wide), exponent.astype(wide)))


@jax.custom_jvp
def _maximum(x: Array, y: Array) -> Array:
    return lax.max(x, y)


@_maximum.defjvp
def _maximum_jvp(primals: tuple[Array, Array], tangents: tuple[Array, Array]) -> tuple[Array, Array]:
    (x, y), (tx, ty) = primals, tangents
    half = jnp.where(x == y, 0.5, 1).astype(x.dtype)
    return _maximum(x, y), tx * jnp.where(x < y, 0, half) + ty * jnp.where(y < x, 0, half)


def maximum(input: Array, other: Array) -> Array:
    """Larger of the two, nan if either is; equal operands share the gradient."""
    return _maximum(*broadcast(*operands(input, other)))


@jax.custom_jvp
def _minimum(x: Array, y: Array) -> Array:
    return lax.min(x, y)


@_minimum.defjvp
def _minimum_jvp(primals: tuple[Array, Array], tangents: tuple[Array, Array]) -> tuple[Array, Array]:
    (x, y), (tx, ty) = primals, tangents
    half = jnp.where(x == y, 0.5, 1).astype(x.dtype)
    return _minimum(x, y), tx * jnp.where(x > y, 0, half) + ty * jnp.where(y > x, 0, half)


def minimum(input: Array, other: Array) -> Array:
    """Smaller of the two, nan if either is; equal operands share the gradient."""
    return _minimum(*broadcast(*operands(input, other)))


def fmax(input: Array, other: Array) -> Array:
    """Larger of the two, ignoring a nan; equal operands give the gradient to the first."""
    input, other = operands(input, other)
    return jnp.where((input >= other) | (other != other), input, other)


def fmin(input: Array, other: Array) -> Array:
    """Smaller of the two, ignoring a nan; equal operands give the gradient to the first."""
    input, other = operands(input, other)
    return jnp.where((input <= other) | (other != other), input, other)


def clamp(input: Array, min: ArrayLike | None = None, max: ArrayLike | None = None) -> Array:
    """`input` limited to ``[min, max]``; the gradient passes inside and at the bounds. If ``min > max``, `max` wins.

    Example:
      >>> jax.grad(lambda x: clamp(x, 0, 1).sum())(jnp.array([-1.0, 0.0, 1.0, 2.0]))
      Array([0., 1., 1., 0.], dtype=float32)
    """
    if min is None and max is None:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    bounds = [b for b in (min, max) if b is not None]
    if is_complex(input.dtype) or any(isinstance(b, complex) for b in bounds):
        raise RuntimeError("clamp is not supported for complex types")
    x, *bounds = operands(input, *bounds)
    # the value is x either way, and XLA knows it; the derivative is 0 at nan
    out = jnp.where(x == x, x, lax.stop_gradient(x))
    if min is not None:
        low = bounds.pop(0)
        # not `out >= low`: a nan input must stay, and a nan bound must show
        out = jnp.where((out < low) | (low != low), low, out)
    if max is not None:
        high = bounds.pop(0)
        out = jnp.where((out > high) | (high != high), high, out)
    return out


def clamp_min(input: Array, min: ArrayLike) -> Array:
    """`input`, but at least `min`."""
    return clamp(input, min=min)


def clamp_max(input: Array, max: ArrayLike) -> Array:
    """`input`, but at most `max`."""
    return clamp(input, max=max)


def where(condition: Array, input: ArrayLike, other: ArrayLike) -> Array:
    """`input` where `condition` holds, else `other`. A nan gradient of the branch not taken is not masked.

    Raises:
      RuntimeError: if `condition` is neither bool nor uint8.
    """
    if not is_bool(condition.dtype):
        if condition.dtype != np.uint8:
            name = torch_name(condition.dtype)
            raise RuntimeError(f"where expected condition to be a boolean tensor, but got a tensor with dtype {name}")
        condition = condition != 0
    broadcast_shapes(condition.shape, jnp.shape(input), jnp.shape(other))
    input, other = operands(input, other)
    return jnp.where(condition, input, other)


def masked_fill(input: Array, mask: Array, value: ArrayLike) -> Array:
    """`input` with `value` where `mask` holds.

    Example:
      >>> masked_fill(jnp.array([1.0, 2.0]), jnp.array([True, False]), 0.0)
      Array([0., 2.], dtype=float32)
    """
    if not is_bool(mask.dtype):
        raise RuntimeError("masked_fill_ only supports boolean masks, but got mask with dtype " + _dtype_name(mask))
    if jnp.ndim(value):
        raise RuntimeError(
            "masked_fill_ only supports a 0-dimensional value tensor, but got tensor with "
            f"{jnp.ndim(value)} dimension(s)."
        )
    if is_complex(jnp.result_type(value)) and not is_complex(input.dtype):
        name = _C_NAMES.get(input.dtype.name, input.dtype.name)
        raise RuntimeError(f"value cannot be converted to type {name} without overflow")
    broadcast_shapes(mask.shape, input.shape)
    return jnp.where(mask, scalar(value, input.dtype), input)


# how PyTorch spells the types of C++ where it refuses a number
_C_NAMES = {
    "float16": "c10::Half",
    "bfloat16": "c10::BFloat16",
    "float32": "float",
    "float64": "double",
    **{f"{u}int{n}": f"{u}int{n}_t" for u in ("", "u") for n in (8, 16, 32, 64)},
}


def _dtype_name(x: Array) -> str:
    return {"int64": "long int", "int32": "int", "uint8": "unsigned char", "float32": "float", "float64": "double"}.get(
        x.dtype.name, x.dtype.name
    )


def lerp(input: Array, end: Array, weight: ArrayLike) -> Array:
    """``input + weight * (end - input)``, computed from the nearer end."""
    for name, x in (("end", end), ("weight", weight)):
        if isinstance(x, jax.Array) and x.ndim and x.dtype != input.dtype:
            raise RuntimeError(f"expected dtype {_dtype_name(input)} for `{name}` but got dtype {_dtype_name(x)}")
    broadcast_shapes(input.shape, end.shape, jnp.shape(weight))
    dtype = opmath(input.dtype)
    a, b, w = input.astype(dtype), end.astype(dtype), scalar(weight, dtype)
    out = jnp.where(jnp.abs(w) < 0.5, a + w * (b - a), b - (b - a) * (1 - w))
    return out.astype(input.dtype)


def _in_opmath(arrays: tuple[Array, ...]) -> tuple[tuple[Array, ...], np.dtype]:
    """Arrays of one dtype in the dtype to compute in, and their own: half precision is rounded once, at the end."""
    dtype = arrays[0].dtype
    return tuple(x.astype(opmath(dtype)) for x in arrays), dtype


def addcmul(input: Array, tensor1: Array, tensor2: Array, *, value: Number = 1) -> Array:
    """``input + value * tensor1 * tensor2``."""
    (input, tensor1, tensor2), dtype = _in_opmath(operands(input, tensor1, tensor2))
    return (input + _scaled(tensor1, value) * tensor2).astype(dtype)


def addcdiv(input: Array, tensor1: Array, tensor2: Array, *, value: Number = 1) -> Array:
    """``input + value * tensor1 / tensor2``; integers are refused."""
    if is_integral(tensor1.dtype) and is_integral(tensor2.dtype):
        raise RuntimeError(
            "Integer division with addcdiv is no longer supported, and in a future  release addcdiv will perform a "
            "true division of tensor1 and tensor2. The historic addcdiv behavior can be implemented as "
            "(input + value * torch.trunc(tensor1 / tensor2)).to(input.dtype) for integer inputs and as "
            "(input + value * tensor1 / tensor2) for float inputs. The future addcdiv behavior is just the latter "
            "implementation: (input + value * tensor1 / tensor2), for all dtypes."
        )
    (input, tensor1, tensor2), dtype = _in_opmath(operands(input, tensor1, tensor2))
    return (input + _scaled(tensor1, value) / tensor2).astype(dtype)


@jax.custom_jvp
def _hypot(x: Array, y: Array) -> Array:
    return jnp.hypot(x, y)


@_hypot.defjvp
def _hypot_jvp(primals: tuple[Array, Array], tangents: tuple[Array, Array]) -> tuple[Array, Array]:
    (x, y), (tx, ty) = primals, tangents
    out = _hypot(x, y)
    return out, tx * (x / out) + ty * (y / out)


def hypot(input: Array, other: Array) -> Array:
    """Length of the vector ``(input, other)``."""
    return _hypot(*broadcast(*float_operands(input, other)))


def atan2(input: Array, other: Array) -> Array:
    """Angle of the point with ordinate `input` and abscissa `other`, in radians."""
    return lax.atan2(*broadcast(*float_operands(input, other)))


@jax.custom_jvp
def _logaddexp(x: Array, y: Array) -> Array:
    return _complex_logaddexp(x, y) if is_complex(x.dtype) else jnp.logaddexp(x, y)


def _complex_logaddexp(x: Array, y: Array) -> Array:
    """From the number with the larger real part; the imaginary part is not brought back to one turn, as in PyTorch."""
    re = lax.real
    swap = re(x) < re(y)
    high, low = jnp.where(swap, y, x), jnp.where(swap, x, y)
    out = high + lax.log1p(lax.exp(low - high))
    # equal infinities have no difference
    both = (re(x) == re(y)) & jnp.isinf(re(x))
    out = jnp.where(both, jnp.where(re(x) < 0, low, lax.log(lax.exp(x) + lax.exp(y))), out)
    return jnp.where((x != x) | (y != y), jnp.asarray(jnp.nan * (1 + 1j), x.dtype), out)


@_logaddexp.defjvp
def _logaddexp_jvp(primals: tuple[Array, Array], tangents: tuple[Array, Array]) -> tuple[Array, Array]:
    # from the difference: exp(x - result) would lose digits where the result is large
    gap = primals[0] - primals[1]
    return _logaddexp(*primals), tangents[0] * lax.logistic(gap) + tangents[1] * lax.logistic(-gap)


def logaddexp(input: Array, other: Array) -> Array:
    """``log(exp(input) + exp(other))`` without overflow."""
    return _logaddexp(*broadcast(*float_operands(input, other)))


def logaddexp2(input: Array, other: Array) -> Array:
    """``log2(2 ** input + 2 ** other)`` without overflow."""
    x, y = broadcast(*float_operands(input, other))
    log2 = scalar(0.6931471805599453, x.dtype)
    return _logaddexp(x * log2, y * log2) / log2


@jax.custom_jvp
def _copysign(x: Array, y: Array) -> Array:
    return jnp.copysign(x, y)


@_copysign.defjvp
def _copysign_jvp(primals: tuple[Array, Array], tangents: tuple[Array, Array]) -> tuple[Array, Array]:
    x, y = primals
    out = _copysign(x, y)
    ratio = jnp.where(x == 0, 0, jnp.sign(x) * jnp.copysign(jnp.ones_like(y), y))
    return out, lax.stop_gradient(ratio) * tangents[0]


def copysign(input: Array, other: ArrayLike) -> Array:
    """Magnitude of `input` with the sign of `other`; the derivative at 0 is 0."""
    return _copysign(*broadcast(*float_operands(input, other)))


@jax.custom_jvp
def _nextafter(x: Array, y: Array) -> Array:
    return lax.nextafter(x, y)


@_nextafter.defjvp
def _nextafter_jvp(primals: tuple[Array, Array], tangents: tuple[Array, Array]) -> tuple[Array, Array]:
    return _nextafter(*primals), tangents[0]


def nextafter(input: Array, other: Array) -> Array:
    """Next representable number after `input` towards `other`."""
    return _nextafter(*broadcast(*operands(input, other)))


def heaviside(input: Array, values: Array) -> Array:
    """0 below zero, 1 above, `values` at zero."""
    if input.dtype != values.dtype:
        raise RuntimeError("heaviside is not yet implemented for tensors with different dtypes.")
    input, values = broadcast(input, values)
    one, zero = jnp.ones_like(input), jnp.zeros_like(input)
    return jnp.where(input == 0, values, jnp.where(input > 0, one, zero))


def ldexp(input: Array, other: Array) -> Array:
    """``input * 2 ** other``."""
    (power,) = float_operands(other)
    dtype = power.dtype
    return mul(input, rounded(jnp.exp2(power.astype(opmath(dtype))), dtype).astype(dtype))


def gcd(input: Array, other: Array) -> Array:
    """Greatest common divisor of integers."""
    return jnp.gcd(*_integers("gcd_cpu", input, other))


def lcm(input: Array, other: Array) -> Array:
    """Least common multiple of integers, not negative."""
    return jnp.lcm(*_integers("lcm_cpu", input, other))


def _integers(name: str, input: Array, other: Array) -> tuple[Array, Array]:
    input, other = operands(input, other)
    if is_bool(input.dtype) or not is_integral(input.dtype):
        raise not_implemented(name, input.dtype)
    return input, other


def _to_copy(input: Array, dtype: DType) -> Array:
    """Cast: floats are truncated towards zero, integers wrap around, anything but zero is True.

    Example:
      >>> _to_copy(jnp.array([300.7, -1.5]), "uint8")
      Array([ 44, 255], dtype=uint8)
    """
    dtype = canonical(dtype)
    if is_complex(input.dtype) and not is_complex(dtype) and not is_bool(dtype):
        input = lax.real(input)
    if is_floating(input.dtype) and is_integral(dtype) and not is_bool(dtype) and dtype.itemsize < 4:
        # C casts through a wider integer, so that values out of range wrap instead of saturating
        input = input.astype(canonical("int64"))
    if dtype.name == "float8_e4m3fn" and is_floating(input.dtype):
        limit = jnp.asarray(448, input.dtype)  # which has no infinity: PyTorch's conversion saturates, XLA's gives nan
        over = lax.stop_gradient(jnp.abs(input) > limit)
        input = jnp.where(over, lax.stop_gradient(jnp.sign(input) * limit), input)
    return input.astype(dtype)
