"""Functions of one array, element by element.

Integers become the default floating dtype where the function's values are not integers. Most rows of the table below
are a JAX primitive under PyTorch's name; those whose derivative differs from PyTorch's are written out underneath.
"""

from collections.abc import Callable, Hashable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from funcgrad.dtypes import is_bool, is_complex, is_floating, is_integral, promote_float, real_dtype, scalar
from funcgrad.ops._common import not_implemented, operands
from funcgrad.typing import Array, Number

Unary = Callable[[Array], Array]

_NEG_BOOL = (
    "Negation, the `-` operator, on a bool tensor is not supported. "
    "If you are trying to invert a mask, use the `~` or `logical_not()` operator instead."
)


def _named(kernel: Any, name: str, doc: str) -> Any:
    kernel.__name__ = kernel.__qualname__ = name
    kernel.__doc__ = doc
    return kernel


def _floating(name: str, fn: Unary, doc: str) -> Unary:
    """Kernel of a function with floating values: integers are converted first."""

    def kernel(input: Array) -> Array:
        (input,) = promote_float(input)
        return fn(input)

    return _named(kernel, name, doc)


def _rounding(name: str, fn: Unary, doc: str) -> Unary:
    """Kernel of a function that leaves integers alone, and whose derivative is 0."""

    def kernel(input: Array) -> Array:
        if is_bool(input.dtype):
            raise not_implemented(f"{name}_cpu" if name != "round" else "round_vml_cpu", input.dtype)
        return input if is_integral(input.dtype) else fn(input)

    return _named(kernel, name, doc)


exp = _floating("exp", lax.exp, "Exponential.")
exp2 = _floating("exp2", jnp.exp2, "Power of two.")
expm1 = _floating("expm1", lax.expm1, "``exp(input) - 1``, precise near 0.")
log = _floating("log", lax.log, "Natural logarithm.")
log2 = _floating("log2", jnp.log2, "Logarithm to base 2.")
log10 = _floating("log10", jnp.log10, "Logarithm to base 10.")
log1p = _floating("log1p", lax.log1p, "``log(1 + input)``, precise near 0.")
sqrt = _floating("sqrt", lax.sqrt, "Square root; its derivative at 0 is inf.")
rsqrt = _floating("rsqrt", lax.rsqrt, "``1 / sqrt(input)``.")
reciprocal = _floating("reciprocal", jnp.reciprocal, "``1 / input``.")
sin = _floating("sin", lax.sin, "Sine of radians.")
cos = _floating("cos", lax.cos, "Cosine of radians.")
tan = _floating("tan", lax.tan, "Tangent of radians.")
asin = _floating("asin", lax.asin, "Inverse sine, in radians.")
acos = _floating("acos", lax.acos, "Inverse cosine, in radians.")
atan = _floating("atan", lax.atan, "Inverse tangent, in radians.")
sinh = _floating("sinh", lax.sinh, "Hyperbolic sine.")
cosh = _floating("cosh", lax.cosh, "Hyperbolic cosine.")
tanh = _floating("tanh", lax.tanh, "Hyperbolic tangent.")
asinh = _floating("asinh", lax.asinh, "Inverse hyperbolic sine.")
acosh = _floating("acosh", lax.acosh, "Inverse hyperbolic cosine.")
atanh = _floating("atanh", lax.atanh, "Inverse hyperbolic tangent.")
sigmoid = _floating("sigmoid", lax.logistic, "``1 / (1 + exp(-input))``.")
deg2rad = _floating("deg2rad", jnp.deg2rad, "Degrees to radians.")
rad2deg = _floating("rad2deg", jnp.rad2deg, "Radians to degrees.")
floor = _rounding("floor", lax.floor, "Largest integer not above; its derivative is 0.")
ceil = _rounding("ceil", lax.ceil, "Smallest integer not below; its derivative is 0.")


def trunc(input: Array) -> Array:
    """Integer part, towards zero; its derivative is 0."""
    return input if is_integral(input.dtype) else jnp.trunc(input)


def frac(input: Array) -> Array:
    """Fractional part, with the sign of `input`; its derivative is 1.

    Example:
      >>> frac(jnp.array([1.5, -1.5]))
      Array([ 0.5, -0.5], dtype=float32)
    """
    if is_integral(input.dtype):
        raise not_implemented("frac_cpu", input.dtype)
    return input - jnp.trunc(input)


def round(input: Array, *, decimals: int = 0) -> Array:
    """Nearest integer, or multiple of ``10 ** -decimals``; halves go to the even neighbour. The derivative is 0."""
    if is_bool(input.dtype):
        raise not_implemented("round_cpu", input.dtype)
    if is_integral(input.dtype):
        return input
    if decimals == 0:
        return lax.round(input, lax.RoundingMethod.TO_NEAREST_EVEN)
    ten = scalar(10.0 ** max(decimals, -decimals), input.dtype)
    scaled = lax.round(input * ten if decimals > 0 else input / ten, lax.RoundingMethod.TO_NEAREST_EVEN)
    return scaled / ten if decimals > 0 else scaled * ten


@jax.custom_jvp
def _abs(x: Array) -> Array:
    return lax.abs(x)


@_abs.defjvp
def _abs_jvp(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    (x,), (t,) = primals, tangents
    if is_complex(x.dtype):
        return _abs(x), lax.real(lax.conj(_complex_sign(x)) * t)
    return _abs(x), t * _sign(x)


def abs(input: Array) -> Array:
    """Absolute value, of complex numbers the modulus; its derivative at 0 is 0.

    Example:
      >>> jax.grad(lambda x: abs(x).sum())(jnp.array([-2.0, 0.0]))
      Array([-1.,  0.], dtype=float32)
    """
    if is_bool(input.dtype):
        raise not_implemented("abs_cpu", input.dtype)
    return input if input.dtype.kind == "u" else _abs(input)


def neg(input: Array) -> Array:
    """``-input``; bools are refused."""
    if is_bool(input.dtype):
        raise RuntimeError(_NEG_BOOL)
    return lax.neg(input)


def positive(input: Array) -> Array:
    """`input`; bools are refused."""
    if is_bool(input.dtype):
        raise RuntimeError("The `+` operator, on a bool tensor is not supported.")
    return input


def square(input: Array) -> Array:
    """``input ** 2``; of bools, in int64."""
    if is_bool(input.dtype):
        input = input.astype(operands(input, 1)[0].dtype)
    return input * input


def sign(input: Array) -> Array:
    """-1, 0 or 1; complex numbers are refused. Its derivative is 0."""
    if is_complex(input.dtype):
        raise RuntimeError("Unlike NumPy, torch.sign doesn't allow complex numbers. Use torch.sgn instead.")
    return _sign(input)


def _sign(x: Array) -> Array:
    """The sign, 0 of nan and of both zeros."""
    return x if is_bool(x.dtype) else (x > 0).astype(x.dtype) - (x < 0).astype(x.dtype)


def sgn(input: Array) -> Array:
    """`sign`; of complex numbers ``input / abs(input)``, 0 at 0."""
    return _complex_sign(input) if is_complex(input.dtype) else _sign(input)


@jax.custom_jvp
def _complex_sign(z: Array) -> Array:
    return lax.sign(z)


@_complex_sign.defjvp
def _complex_sign_jvp(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    (z,), (t,) = primals, tangents
    out, size = _complex_sign(z), lax.abs(z)
    across = t - out * lax.real(lax.conj(out) * t)  # a change along z leaves its direction alone
    return out, jnp.where(size == 0, 0, across / jnp.where(size == 0, 1, size))


def signbit(input: Array) -> Array:
    """Whether the sign bit is set; true for -0.0."""
    return input < 0 if is_integral(input.dtype) else jnp.signbit(input)


def conj(input: Array) -> Array:
    """Complex conjugate."""
    return lax.conj(input) if is_complex(input.dtype) else input


def angle(input: Array) -> Array:
    """Argument of complex numbers; of real ones 0 or pi."""
    if is_complex(input.dtype):
        return jnp.angle(input)
    (x,) = promote_float(input)
    value = jnp.where(x < 0, jnp.asarray(jnp.pi, x.dtype), jnp.zeros_like(x))
    return jnp.where(x != x, lax.stop_gradient(x), value)


def polar(abs: Array, angle: Array) -> Array:
    """Complex number from modulus and argument."""
    return lax.complex(abs * lax.cos(angle), abs * lax.sin(angle))


def complex(real: Array, imag: Array) -> Array:
    """Complex number from its parts, which must have one floating dtype.

    Raises:
      RuntimeError: if the dtypes differ or are not floating.
    """
    if not (is_floating(real.dtype) and is_floating(imag.dtype)):
        raise RuntimeError(
            "Expected both inputs to be Half, Float or Double tensors but got "
            f"{_type_name(real)} and {_type_name(imag)}"
        )
    if real.dtype != imag.dtype:
        raise RuntimeError(
            f"Expected object of scalar type {_type_name(real)} but got scalar type {_type_name(imag)} "
            "for second argument"
        )
    return lax.complex(*jnp.broadcast_arrays(real, imag))


def _type_name(x: Array) -> str:
    return {"float32": "Float", "float64": "Double", "int64": "Long", "int32": "Int"}.get(x.dtype.name, x.dtype.name)


def nan_to_num(
    input: Array, nan: Number | None = None, posinf: Number | None = None, neginf: Number | None = None
) -> Array:
    """Replace nan (by 0) and the infinities (by the extreme finite numbers), or by what is given."""
    if is_integral(input.dtype):
        return input
    if is_complex(input.dtype):
        return lax.complex(*(nan_to_num(part, nan, posinf, neginf) for part in (lax.real(input), lax.imag(input))))
    info = jnp.finfo(real_dtype(input.dtype))
    values = [
        scalar(default if x is None else x, input.dtype)
        for x, default in ((nan, 0.0), (posinf, info.max), (neginf, info.min))
    ]
    out = jnp.where(input != input, values[0], input)
    out = jnp.where(input == jnp.inf, values[1], out)
    return jnp.where(input == -jnp.inf, values[2], out)


def logit(input: Array, eps: float | None = None) -> Array:
    """``log(input / (1 - input))``, of `input` limited to ``[eps, 1 - eps]`` if `eps` is given."""
    (x,) = promote_float(input)
    if eps is not None:
        low = scalar(eps, x.dtype)
        # the gradient is 0 outside the limits, hence where and not min and max
        x = jnp.where(x < low, low, jnp.where(x > 1 - low, 1 - low, x))
    return lax.log(x / (1 - x))


def clone(input: Array, *, memory_format: Hashable = None) -> Array:
    """A copy (JAX arrays being immutable, the array itself); the format is accepted and ignored."""
    return input


def exp_vjp(g: Array, result: Array) -> Array:
    """Backward of `exp`."""
    return g * lax.conj(result) if is_complex(result.dtype) else g * result


def exp2_vjp(g: Array, result: Array) -> Array:
    """Backward of `exp2`."""
    return g * conj(result) * scalar(0.6931471805599453, result.dtype)


def expm1_vjp(g: Array, result: Array) -> Array:
    """Backward of `expm1`."""
    return g * (conj(result) + 1)


def sqrt_vjp(g: Array, result: Array) -> Array:
    """Backward of `sqrt`."""
    return g / (2 * conj(result))


def rsqrt_vjp(g: Array, result: Array) -> Array:
    """Backward of `rsqrt`."""
    return -0.5 * g * conj(result) ** 3


def reciprocal_vjp(g: Array, result: Array) -> Array:
    """Backward of `reciprocal`."""
    return -g * conj(result * result)


def tan_vjp(g: Array, result: Array) -> Array:
    """Backward of `tan`."""
    return g * conj(1 + result * result)


def tanh_vjp(g: Array, result: Array) -> Array:
    """Backward of `tanh`."""
    return g * conj(1 - result * result)


def sigmoid_vjp(g: Array, result: Array) -> Array:
    """Backward of `sigmoid`."""
    return g * conj((1 - result) * result)


class Frexp(NamedTuple):
    """Mantissa, in [0.5, 1) or 0, and exponent of 2."""

    mantissa: Array
    exponent: Array


def frexp(input: Array) -> Frexp:
    """``input = mantissa * 2 ** exponent``; the exponent's derivative is 0.

    Example:
      >>> frexp(jnp.array([8.0])).exponent.tolist()
      [4]
    """
    if not is_floating(input.dtype):
        raise RuntimeError("torch.frexp() only supports floating-point dtypes")
    return Frexp(_mantissa(input), jnp.frexp(lax.stop_gradient(input))[1].astype("int32"))


@jax.custom_jvp
def _mantissa(x: Array) -> Array:
    return jnp.frexp(x)[0].astype(x.dtype)


@_mantissa.defjvp
def _mantissa_jvp(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    (x,) = primals
    scale = jnp.ldexp(jnp.ones_like(x), -jnp.frexp(lax.stop_gradient(x))[1])
    return _mantissa(x), tangents[0] * scale
