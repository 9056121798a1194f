"""Activation functions, with PyTorch's defaults and its derivatives at kinks.

A derivative at a kink follows PyTorch: relu has 0 at 0, hardtanh and relu6 have 0 at both bounds, leaky_relu the
slope of the negative side at 0.
"""

import jax
import jax.numpy as jnp
from jax import lax

from funcgrad.dtypes import (
    canonical,
    default_dtype,
    is_bool,
    is_complex,
    is_floating,
    is_integral,
    opmath,
    scalar,
    torch_name,
)
from funcgrad.ops._common import divide, not_implemented, select
from funcgrad.ops.pointwise_unary import abs as _abs
from funcgrad.shapes import wrap_dim
from funcgrad.typing import Array, DType

_SQRT_HALF = 0.7071067811865476
_SQRT_2_OVER_PI = 0.7978845608028654
_SELU_ALPHA = 1.6732632423543772848170429916717
_SELU_SCALE = 1.0507009873554804934193349852946


def _require_floating(name: str, input: Array) -> None:
    if is_integral(input.dtype):
        raise not_implemented(name, input.dtype)


def relu(input: Array) -> Array:
    """``max(input, 0)``; its derivative at 0 is 0.

    Example:
      >>> relu(jnp.array([-1.0, 0.0, 2.0]))
      Array([0., 0., 2.], dtype=float32)
    """
    if is_bool(input.dtype):
        raise RuntimeError("Boolean inputs not supported for relu")
    # not `input > 0`: nan must stay nan
    return select(input <= 0, jnp.zeros_like(input), input)


def relu_vjp(g: Array, result: Array) -> Array:
    """Backward of `relu`."""
    return select(result <= 0, jnp.zeros_like(g), g)


def relu6(input: Array) -> Array:
    """``min(max(input, 0), 6)``; its derivative at 0 and 6 is 0."""
    return hardtanh(input, 0.0, 6.0)


def hardtanh(input: Array, min_val: float = -1.0, max_val: float = 1.0) -> Array:
    """`input` limited to ``[min_val, max_val]``; unlike `clamp` the derivative at the bounds is 0.

    Raises:
      ValueError: if ``min_val > max_val`` (of Python numbers).
    """
    if is_bool(input.dtype):
        raise RuntimeError("Bool inputs not supported for hardtanh")
    low, high = scalar(min_val, input.dtype), scalar(max_val, input.dtype)
    return jnp.where(input <= low, low, jnp.where(input >= high, high, input))


def hardsigmoid(input: Array) -> Array:
    """``min(max(input + 3, 0), 6) / 6``."""
    _require_floating("hardsigmoid_cpu", input)
    return select(input <= -3, jnp.zeros_like(input), select(input >= 3, jnp.ones_like(input), (input + 3) / 6))


@jax.custom_jvp
def _hardswish(x: Array) -> Array:
    return x * jnp.clip(x + 3, 0, 6) / 6


@_hardswish.defjvp
def _hardswish_jvp(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    (x,), (t,) = primals, tangents
    inner = jnp.where(x <= 3, x / 3 + 0.5, 1.0)
    # PyTorch gives 0 at -3, and 1.5 where the parabola meets the line at 3
    return _hardswish(x), t * jnp.where(x <= -3, 0.0, jnp.where(x < 3, inner, 1.0)).astype(x.dtype)


def hardswish(input: Array) -> Array:
    """``input * hardsigmoid(input)``."""
    _require_floating("hardswish_cpu", input)
    return _hardswish(input)


def leaky_relu(input: Array, negative_slope: float = 0.01) -> Array:
    """`input` where positive, else ``negative_slope * input``."""
    _require_floating("leaky_relu_cpu", input)
    return jnp.where(input > 0, input, input * scalar(negative_slope, input.dtype))


def prelu(input: Array, weight: Array) -> Array:
    """`leaky_relu` with one learned slope, or one for each channel (dimension 1, or 0 of a vector).

    Raises:
      RuntimeError: if `weight` is neither one number nor one for each channel, or the dtypes differ.
    """
    if weight.ndim > 1:
        raise RuntimeError(f"prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = {weight.ndim}")
    if weight.size != 1:
        if input.ndim == 0:
            raise RuntimeError("Not allow zero-dim input tensor.")
        channels = input.shape[1] if input.ndim > 1 else 1
        if channels != weight.size:
            raise RuntimeError(
                f"Mismatch of parameter numbers and input channel size. Found parameter numbers = {weight.size} "
                f"and channel size = {channels}."
            )
    if input.dtype != weight.dtype:
        raise RuntimeError(
            f"prelu: Type promoting not supported. Got {torch_name(input.dtype)} and {torch_name(weight.dtype)}"
        )
    shape = (weight.size,) + (1,) * (input.ndim - 2) if weight.size > 1 and input.ndim > 1 else (weight.size,)
    slope = weight.reshape(shape if input.ndim else ())
    return jnp.where(input > 0, input, input * slope)


def elu(input: Array, alpha: float = 1.0, scale: float = 1.0, input_scale: float = 1.0) -> Array:
    """``scale * input`` where positive, else ``scale * alpha * (exp(input_scale * input) - 1)``."""
    _require_floating("elu_cpu", input)
    a, s, i = (scalar(v, input.dtype) for v in (alpha, scale, input_scale))
    return jnp.where(input > 0, input * s, a * s * lax.expm1(select(input > 0, jnp.zeros_like(input), input * i)))


def selu(input: Array) -> Array:
    """`elu` with the alpha and scale that keep activations normalised (Klambauer et al. 2017)."""
    return elu(input, _SELU_ALPHA, _SELU_SCALE)


def celu(input: Array, alpha: float = 1.0) -> Array:
    """``max(0, input) + min(0, alpha * (exp(input / alpha) - 1))``."""
    a = scalar(alpha, input.dtype if is_floating(input.dtype) else canonical("float32"))
    return elu(input, a, 1.0, 1 / a)


def gelu(input: Array, approximate: str = "none") -> Array:
    """``input`` times the normal distribution function at `input`, exactly (``"none"``) or by a ``"tanh"`` formula.

    Raises:
      RuntimeError: if `approximate` is neither.
    """
    if approximate not in ("none", "tanh"):
        raise RuntimeError("approximate argument must be either none or tanh.")
    _require_floating("GeluKernelImpl", input)
    x = input.astype(opmath(input.dtype))
    if approximate == "none":
        out = 0.5 * x * (1 + lax.erf(x * _SQRT_HALF))
    else:
        out = 0.5 * x * (1 + lax.tanh(_SQRT_2_OVER_PI * (x + 0.044715 * (x * x * x))))
    return out.astype(input.dtype)


def silu(input: Array) -> Array:
    """``input * sigmoid(input)``."""
    _require_floating("silu_cpu", input)
    return input * lax.logistic(input)


def mish(input: Array) -> Array:
    """``input * tanh(softplus(input))``."""
    _require_floating("mish_cpu", input)
    return input * lax.tanh(_log1pexp(input))


def _log1pexp(x: Array) -> Array:
    """``log(1 + exp(x))`` that neither overflows nor has a nan derivative."""
    return jnp.logaddexp(x, jnp.zeros_like(x))


def softplus(input: Array, beta: float = 1.0, threshold: float = 20.0) -> Array:
    """``log(1 + exp(beta * input)) / beta``, and `input` itself where ``beta * input > threshold``."""
    _require_floating("softplus_cpu", input)
    b, limit = scalar(beta, input.dtype), scalar(threshold, input.dtype)
    scaled = input * b
    # the branch not taken sees 0, as exp of it might overflow and make the gradient nan
    inner = select(scaled > limit, jnp.zeros_like(input), scaled)
    return select(scaled > limit, input, lax.log1p(lax.exp(inner)) / b)


def softsign(input: Array) -> Array:
    """``input / (1 + abs(input))``."""
    if is_bool(input.dtype):
        raise not_implemented("abs_cpu", input.dtype)
    below = 1 + _abs(input)  # of integers, which wrap around as PyTorch's do
    dtype = default_dtype() if is_integral(input.dtype) else input.dtype
    return input.astype(dtype) / below.astype(dtype)


def tanhshrink(input: Array) -> Array:
    """``input - tanh(input)``."""
    if is_bool(input.dtype):
        raise RuntimeError(
            "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a mask, "
            "use the `~` or `logical_not()` operator instead."
        )
    x = input.astype(default_dtype()) if is_integral(input.dtype) else input
    return x - lax.tanh(x)


def hardshrink(input: Array, lambd: float = 0.5) -> Array:
    """`input`, but 0 within ``[-lambd, lambd]``."""
    _require_floating("hardshrink_cpu", input)
    limit = scalar(lambd, input.dtype)
    return select((input >= -limit) & (input <= limit), jnp.zeros_like(input), input)


def softshrink(input: Array, lambd: float = 0.5) -> Array:
    """`input` moved towards 0 by `lambd`, 0 within ``[-lambd, lambd]``; see `check_softshrink`."""
    _require_floating("softshrink_check", input)
    if isinstance(lambd, int | float):
        check_softshrink(input.dtype, lambd)
    limit = scalar(lambd, input.dtype)
    moved = jnp.where(input > limit, input - limit, input + limit)
    return select((input >= -limit) & (input <= limit), jnp.zeros_like(input), moved)


def check_softshrink(dtype: DType, lambd: float) -> None:
    """Raise PyTorch's error for a `lambd` that `softshrink` of a floating `dtype` does not take."""
    most = float(jnp.finfo(dtype).max)
    if not 0 <= lambd <= most:
        raise RuntimeError(
            f"lambda must be in range [0, {most:g}] for input dtype {torch_name(dtype)}, but found {lambd:g}"
        )


def threshold(input: Array, threshold: float, value: float) -> Array:
    """`input` where it exceeds `threshold`, else `value`."""
    if is_bool(input.dtype) or is_complex(input.dtype):
        raise not_implemented("threshold_cpu", input.dtype)
    return jnp.where(input <= scalar(threshold, input.dtype), scalar(value, input.dtype), input)


@jax.custom_jvp
def _logsigmoid(x: Array) -> Array:
    return jnp.minimum(x, 0) - lax.log1p(lax.exp(-lax.abs(x)))


@_logsigmoid.defjvp
def _logsigmoid_jvp(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    return _logsigmoid(*primals), tangents[0] * lax.logistic(-primals[0])


def logsigmoid(input: Array) -> Array:
    """``log(sigmoid(input))`` without overflow."""
    _require_floating("log_sigmoid_cpu", input)
    return _logsigmoid(input)


def glu(input: Array, dim: int = -1) -> Array:
    """First half of `dim` times the sigmoid of the second.

    Raises:
      RuntimeError: for 0-d input, or an odd size.
    """
    if input.ndim == 0:
        raise RuntimeError("glu does not support scalars because halving size must be even")
    dim = wrap_dim(dim, input.ndim)
    if input.shape[dim] % 2:
        raise RuntimeError(f"Halving dimension must be even, but dimension {dim} is size {input.shape[dim]}")
    _require_floating("glu_cpu", input)
    a, b = jnp.split(input, 2, dim)
    return a * lax.logistic(b)


def softmax(input: Array, dim: int, dtype: DType | None = None) -> Array:
    """Exponentials normalised to sum 1 along `dim`; cast to `dtype` first if given.

    Example:
      >>> softmax(jnp.array([0.0, 0.0]), 0)
      Array([0.5, 0.5], dtype=float32)
    """
    x = input if dtype is None else input.astype(canonical(dtype))
    _require_floating("softmax_lastdim_kernel_impl", x)
    return _softmax(x, wrap_dim(dim, x.ndim))


def _softmax(x: Array, dim: int) -> Array:
    if x.ndim == 0:
        return jnp.ones_like(x) + 0 * x
    wide = x.astype(opmath(x.dtype))
    e = lax.exp(wide - lax.stop_gradient(jnp.max(wide, dim, keepdims=True, initial=-jnp.inf)))
    return divide(e, jnp.sum(e, dim, keepdims=True)).astype(x.dtype)


def softmax_vjp(g: Array, result: Array, *, dim: int, dtype: DType | None = None) -> Array:
    """Backward of `softmax`, from its result."""
    dim = wrap_dim(dim, result.ndim)
    return result * (g - jnp.sum(g * result, dim, keepdims=True)) if result.ndim else 0 * g


def log_softmax(input: Array, dim: int, dtype: DType | None = None) -> Array:
    """Logarithm of `softmax`, computed without taking the logarithm of small numbers."""
    x = input if dtype is None else input.astype(canonical(dtype))
    _require_floating("log_softmax_lastdim_kernel_impl", x)
    dim = wrap_dim(dim, x.ndim)
    if x.ndim == 0:
        return 0 * x
    wide = x.astype(opmath(x.dtype))
    shifted = wide - lax.stop_gradient(jnp.max(wide, dim, keepdims=True, initial=-jnp.inf))
    return (shifted - lax.log(jnp.sum(lax.exp(shifted), dim, keepdims=True))).astype(x.dtype)


def log_softmax_vjp(g: Array, result: Array, *, dim: int, dtype: DType | None = None) -> Array:
    """Backward of `log_softmax`, from its result."""
    dim = wrap_dim(dim, result.ndim)
    return g - lax.exp(result) * jnp.sum(g, dim, keepdims=True) if result.ndim else 0 * g


def softmin(input: Array, dim: int, dtype: DType | None = None) -> Array:
    """`softmax` of the negated input."""
    return softmax(-input, dim, dtype)
