"""PyTorch's initialisers as functions of a key and a shape.

They serve as initialisers of flax and of anything else that calls ``init(key, shape, dtype)``. PyTorch's weights have
shape ``(out, in, *kernel)``; for flax's ``(*kernel, in, out)`` pass ``in_axis=-2, out_axis=-1``.
"""

import math
from collections.abc import Sequence
from typing import Literal

import jax
import jax.numpy as jnp

from funcgrad.typing import Array, DType

__all__ = [
    "calculate_gain",
    "calculate_fans",
    "constant",
    "dirac",
    "eye",
    "kaiming_normal",
    "kaiming_uniform",
    "normal",
    "ones",
    "orthogonal",
    "sparse",
    "trunc_normal",
    "uniform",
    "xavier_normal",
    "xavier_uniform",
    "zeros",
]

Mode = Literal["fan_in", "fan_out"]

_LINEAR = (
    "linear",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "sigmoid",
)


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """The factor by which weights before a nonlinearity should be larger than before none.

    Answers "what do layers begin with?", as all of this module does.

    Args:
      nonlinearity: Name of a function of PyTorch's ``nn.functional``.
      param: Negative slope of ``"leaky_relu"``, 0.01 if None.

    Returns:
      The gain.

    Raises:
      ValueError: for a nonlinearity without a known gain, or a slope that is no number.

    Example:
      >>> round(calculate_gain("relu"), 4), calculate_gain("selu")
      (1.4142, 0.75)

    Source:
      PyTorch, ``torch.nn.init.calculate_gain``.
    """
    if nonlinearity in _LINEAR:
        return 1.0
    if nonlinearity == "tanh":
        return 5.0 / 3
    if nonlinearity == "relu":
        return math.sqrt(2.0)
    if nonlinearity == "leaky_relu":
        if param is not None and (isinstance(param, bool) or not isinstance(param, (int, float))):
            raise ValueError(f"negative_slope {param} not a valid number")
        slope = 0.01 if param is None else param
        return math.sqrt(2.0 / (1 + slope**2))
    if nonlinearity == "selu":
        return 0.75
    raise ValueError(f"Unsupported nonlinearity {nonlinearity}")


def calculate_fans(shape: Sequence[int], in_axis: int = 1, out_axis: int = 0) -> tuple[int, int]:
    """How many inputs each output of a layer reads, and how many outputs read each input.

    Answers "what do layers begin with?": with weights scaled by one of these.

    Args:
      shape: Shape of the weight.
      in_axis: Axis of the inputs.
      out_axis: Axis of the outputs.

    Returns:
      Fan in and fan out.

    Raises:
      ValueError: if the weight has fewer than two axes.

    Example:
      >>> calculate_fans((16, 5, 3, 3))
      (45, 144)

    Source:
      PyTorch, ``torch.nn.init``.
    """
    if len(shape) < 2:
        raise ValueError("Fan in and fan out can not be computed for tensor with fewer than 2 dimensions")
    field = math.prod(shape) // max(1, shape[in_axis] * shape[out_axis])
    return shape[in_axis] * field, shape[out_axis] * field


def uniform(key: Array, shape: Sequence[int], dtype: DType = jnp.float32, *, a: float = 0.0, b: float = 1.0) -> Array:
    """Uniform numbers of ``[a, b)``.

    Answers "what do layers begin with?".

    Example:
      >>> uniform(jax.random.key(0), (2, 3), a=-1.0).shape
      (2, 3)
    """
    return jax.random.uniform(key, shape, dtype, a, b)


def normal(
    key: Array, shape: Sequence[int], dtype: DType = jnp.float32, *, mean: float = 0.0, std: float = 1.0
) -> Array:
    """Normal numbers.

    Answers "what do layers begin with?".

    Example:
      >>> normal(jax.random.key(0), (2, 3), std=0.02).shape
      (2, 3)
    """
    return mean + std * jax.random.normal(key, shape, dtype)


def trunc_normal(
    key: Array,
    shape: Sequence[int],
    dtype: DType = jnp.float32,
    *,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
) -> Array:
    """Normal numbers that fall into ``[a, b]``; the bounds are values, not multiples of the deviation.

    Answers "what do layers begin with?".

    Example:
      >>> bool((jnp.abs(trunc_normal(jax.random.key(0), (100,), std=3.0, a=-1.0, b=1.0)) <= 1).all())
      True
    """
    cut = jax.random.truncated_normal(key, (a - mean) / std, (b - mean) / std, shape, dtype)
    return jnp.clip(mean + std * cut, a, b)


def constant(key: Array | None, shape: Sequence[int], dtype: DType = jnp.float32, *, val: float) -> Array:
    """One value everywhere; the key is unused, and may be None.

    Answers "what do layers begin with?".

    Example:
      >>> constant(None, (2,), val=0.5)
      Array([0.5, 0.5], dtype=float32)
    """
    del key
    return jnp.full(shape, val, dtype)


def ones(key: Array | None, shape: Sequence[int], dtype: DType = jnp.float32) -> Array:
    """Ones; the key is unused, and may be None.

    Answers "what do layers begin with?".

    Example:
      >>> ones(None, (2,))
      Array([1., 1.], dtype=float32)
    """
    del key
    return jnp.ones(shape, dtype)


def zeros(key: Array | None, shape: Sequence[int], dtype: DType = jnp.float32) -> Array:
    """Zeros; the key is unused, and may be None.

    Answers "what do layers begin with?".

    Example:
      >>> zeros(None, (2,))
      Array([0., 0.], dtype=float32)
    """
    del key
    return jnp.zeros(shape, dtype)


def eye(key: Array | None, shape: Sequence[int], dtype: DType = jnp.float32) -> Array:
    """The identity matrix, as much of it as the shape holds; the key is unused, and may be None.

    Answers "what do layers begin with?".

    Raises:
      ValueError: unless the shape is a matrix's.

    Example:
      >>> eye(None, (1, 2))
      Array([[1., 0.]], dtype=float32)
    """
    del key
    if len(shape) != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    return jnp.eye(*shape, dtype=dtype)


def dirac(key: Array | None, shape: Sequence[int], dtype: DType = jnp.float32, *, groups: int = 1) -> Array:
    """A convolution's weight ``(out, in, *kernel)`` that passes on as many of its inputs as it can.

    Answers "what do layers begin with?". The key is unused, and may be None.

    Raises:
      ValueError: unless there are three to five axes, the first divisible by `groups`.

    Example:
      >>> dirac(None, (1, 1, 3))
      Array([[[0., 1., 0.]]], dtype=float32)
    """
    del key
    if len(shape) not in (3, 4, 5):
        raise ValueError("Only tensors with 3, 4, or 5 dimensions are supported")
    if shape[0] % groups != 0:
        raise ValueError("dim 0 must be divisible by groups")
    channels = shape[0] // groups
    passed = jnp.arange(min(channels, shape[1]))
    rows = (jnp.arange(groups)[:, None] * channels + passed).ravel()
    centre = tuple(size // 2 for size in shape[2:])
    return jnp.zeros(shape, dtype).at[(rows, jnp.tile(passed, groups), *centre)].set(1)


def xavier_uniform(
    key: Array,
    shape: Sequence[int],
    dtype: DType = jnp.float32,
    *,
    gain: float = 1.0,
    in_axis: int = 1,
    out_axis: int = 0,
) -> Array:
    """Uniform numbers with standard deviation ``gain * sqrt(2 / (fan_in + fan_out))``.

    Answers "what do layers begin with?".

    Raises:
      ValueError: if the weight has fewer than two axes.

    Example:
      >>> bool(jnp.abs(xavier_uniform(jax.random.key(0), (2, 4))).max() <= 1)
      True

    Source:
      PyTorch, ``torch.nn.init.xavier_uniform_``; Glorot and Bengio 2010.
    """
    bound = gain * math.sqrt(2.0 / sum(calculate_fans(shape, in_axis, out_axis))) * math.sqrt(3.0)
    return uniform(key, shape, dtype, a=-bound, b=bound)


def xavier_normal(
    key: Array,
    shape: Sequence[int],
    dtype: DType = jnp.float32,
    *,
    gain: float = 1.0,
    in_axis: int = 1,
    out_axis: int = 0,
) -> Array:
    """Normal numbers with standard deviation ``gain * sqrt(2 / (fan_in + fan_out))``.

    Answers "what do layers begin with?".

    Raises:
      ValueError: if the weight has fewer than two axes.

    Example:
      >>> xavier_normal(jax.random.key(0), (2, 4)).shape
      (2, 4)

    Source:
      PyTorch, ``torch.nn.init.xavier_normal_``; Glorot and Bengio 2010.
    """
    return normal(key, shape, dtype, std=gain * math.sqrt(2.0 / sum(calculate_fans(shape, in_axis, out_axis))))


def _kaiming_std(shape: Sequence[int], a: float, mode: Mode, nonlinearity: str, in_axis: int, out_axis: int) -> float:
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"Mode {mode} not supported, please use one of ['fan_in', 'fan_out']")
    fan = calculate_fans(shape, in_axis, out_axis)[mode == "fan_out"]
    return calculate_gain(nonlinearity, a) / math.sqrt(fan)


def kaiming_uniform(
    key: Array,
    shape: Sequence[int],
    dtype: DType = jnp.float32,
    *,
    a: float = 0.0,
    mode: Mode = "fan_in",
    nonlinearity: str = "leaky_relu",
    in_axis: int = 1,
    out_axis: int = 0,
) -> Array:
    """Uniform numbers with standard deviation ``gain / sqrt(fan)``.

    Answers "what do layers begin with?": PyTorch's linear and convolution layers with this one, at ``a = sqrt(5)``,
    which makes the bound ``1 / sqrt(fan_in)``.

    Raises:
      ValueError: if the weight has fewer than two axes, or for an unknown mode or nonlinearity.

    Example:
      >>> bool(jnp.abs(kaiming_uniform(jax.random.key(0), (2, 4), a=5**0.5)).max() <= 0.5)
      True

    Source:
      PyTorch, ``torch.nn.init.kaiming_uniform_``; He et al. 2015.
    """
    bound = math.sqrt(3.0) * _kaiming_std(shape, a, mode, nonlinearity, in_axis, out_axis)
    return uniform(key, shape, dtype, a=-bound, b=bound)


def kaiming_normal(
    key: Array,
    shape: Sequence[int],
    dtype: DType = jnp.float32,
    *,
    a: float = 0.0,
    mode: Mode = "fan_in",
    nonlinearity: str = "leaky_relu",
    in_axis: int = 1,
    out_axis: int = 0,
) -> Array:
    """Normal numbers with standard deviation ``gain / sqrt(fan)``.

    Answers "what do layers begin with?".

    Raises:
      ValueError: if the weight has fewer than two axes, or for an unknown mode or nonlinearity.

    Example:
      >>> kaiming_normal(jax.random.key(0), (2, 4), nonlinearity="relu").shape
      (2, 4)

    Source:
      PyTorch, ``torch.nn.init.kaiming_normal_``; He et al. 2015.
    """
    return normal(key, shape, dtype, std=_kaiming_std(shape, a, mode, nonlinearity, in_axis, out_axis))


def orthogonal(
    key: Array, shape: Sequence[int], dtype: DType = jnp.float32, *, gain: float = 1.0, out_axis: int = 0
) -> Array:
    """A weight that is an orthogonal matrix once all its axes but one are flattened.

    Answers "what do layers begin with?". Of rows and columns, the fewer are orthonormal.

    Raises:
      ValueError: if the weight has fewer than two axes.

    Example:
      >>> w = orthogonal(jax.random.key(0), (2, 3))
      >>> bool(jnp.allclose(w @ w.T, jnp.eye(2), atol=1e-6))
      True

    Source:
      PyTorch, ``torch.nn.init.orthogonal_``; Saxe et al. 2014.
    """
    if len(shape) < 2:
        raise ValueError("Only tensors with 2 or more dimensions are supported")
    rows = shape[out_axis]
    columns = math.prod(shape) // max(1, rows)
    sizes = [size for axis, size in enumerate(shape) if axis != out_axis % len(shape)]
    if rows == 0 or columns == 0:
        return jnp.zeros(shape, dtype)
    # The signs of R's diagonal make the distribution uniform (Mezzadri 2006).
    q, r = jnp.linalg.qr(jax.random.normal(key, (max(rows, columns), min(rows, columns)), dtype))
    q = q * jnp.sign(jnp.diagonal(r))
    matrix = q if rows >= columns else q.T
    return jnp.moveaxis(gain * matrix.reshape(rows, *sizes), 0, out_axis)


def sparse(
    key: Array, shape: Sequence[int], dtype: DType = jnp.float32, *, sparsity: float, std: float = 0.01
) -> Array:
    """Normal numbers of which a share of each column, rounded up, is 0.

    Answers "what do layers begin with?".

    Raises:
      ValueError: unless the shape is a matrix's.

    Example:
      >>> (sparse(jax.random.key(0), (4, 3), sparsity=0.5) == 0).sum(axis=0)
      Array([2, 2, 2], dtype=int32)

    Source:
      PyTorch, ``torch.nn.init.sparse_``; Martens 2010.
    """
    if len(shape) != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    for_values, for_order = jax.random.split(key)
    order = jax.random.permutation(for_order, jnp.tile(jnp.arange(shape[0])[:, None], (1, shape[1])), independent=True)
    return jnp.where(order < math.ceil(sparsity * shape[0]), 0, normal(for_values, shape, dtype, std=std))
