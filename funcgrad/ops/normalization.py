"""Normalisation over batches, channels, groups and features.

The variance that divides is the biased one; that which is averaged into running statistics the unbiased one.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import jax.numpy as jnp
from jax import lax

from funcgrad.dtypes import is_integral, opmath, scalar, torch_name
from funcgrad.ops._common import divide
from funcgrad.ops.reduction import vector_norm
from funcgrad.shapes import wrap_dim
from funcgrad.typing import Array, Number

__all__ = [
    "batch_norm",
    "batch_norm_eval",
    "batch_norm_train",
    "batch_norm_vjp",
    "group_norm",
    "instance_norm",
    "layer_norm",
    "local_response_norm",
    "normalize",
    "rms_norm",
    "running_average",
]


class BatchNorm(NamedTuple):
    """A normalised batch, its mean, and its unbiased variance."""

    output: Array
    mean: Array
    var: Array


def _moments(x: Array, axes: tuple[int, ...]) -> tuple[Array, Array]:
    """Mean and biased variance, the reduced dimensions kept."""
    mean = jnp.mean(x, axes, keepdims=True)
    centred = x - mean
    return mean, jnp.mean(centred * centred, axes, keepdims=True)


def _scaled(x: Array, mean: Array, var: Array, eps: Number) -> Array:
    return (x - mean) * lax.rsqrt(var + scalar(eps, x.dtype))


def _affine(x: Array, weight: Array | None, bias: Array | None, shape: Sequence[int]) -> Array:
    if weight is not None:
        x = x * weight.reshape(shape).astype(x.dtype)
    return x if bias is None else x + bias.reshape(shape).astype(x.dtype)


# ---------------------------------------------------------------- batch
def _channels(input: Array) -> tuple[int, ...]:
    return (1, input.shape[1], *(1,) * (input.ndim - 2))


def check_batch_norm(
    shape: Sequence[int], running_mean: Array | None, running_var: Array | None, weight: Array | None,
    bias: Array | None, training: bool,
) -> None:  # fmt: skip
    """Raise PyTorch's errors of batch_norm; the arrays need only have a shape."""
    size = math.prod(shape) // max(shape[1], 1) if len(shape) > 1 else 0
    if len(shape) < 2:
        raise IndexError(f"Dimension out of range (expected to be in range of [-{len(shape)}, 0], but got 1)")
    if training and size == 1:
        raise ValueError(f"Expected more than 1 value per channel when training, got input size torch.Size({[*shape]})")
    names = ("running_mean", "running_var", "weight", "bias")
    for name, x in zip(names, (running_mean, running_var, weight, bias), strict=True):
        if x is None:
            if name.startswith("running") and not training:
                raise RuntimeError(f"{name} must be defined in evaluation mode")
        elif math.prod(x.shape) != shape[1]:
            raise RuntimeError(f"{name} should contain {shape[1]} elements not {math.prod(x.shape)}")


def batch_norm_train(
    input: Array, weight: Array | None = None, bias: Array | None = None, eps: Number = 1e-5
) -> BatchNorm:
    """Normalise every channel (dimension 1) by the batch's own moments, and return those."""
    x = input.astype(opmath(input.dtype))
    axes = (0, *range(2, x.ndim))
    mean, var = _moments(x, axes)
    out = _affine(_scaled(x, mean, var, eps), weight, bias, _channels(x))
    n = math.prod(x.shape) // max(x.shape[1], 1)
    unbiased = lax.stop_gradient(var).reshape(-1) * (n / max(n - 1, 1))
    return BatchNorm(out.astype(input.dtype), lax.stop_gradient(mean).reshape(-1), unbiased)


def batch_norm_vjp(
    cotangents: tuple[Array, ...], results: None, input: Array, weight: Array | None = None, eps: Number = 1e-5
) -> tuple[Array, ...]:
    """Backward of `batch_norm_train`: to the input, the weight if there is one, and the bias.

    By Ioffe and Szegedy 2015, section 3, whose sums are those of the weight's and the bias's gradients. What jax
    derives goes through the input once more for each of mean and variance.
    """
    kind = opmath(input.dtype)
    x, g = input.astype(kind), cotangents[0].astype(kind)
    axes, shape = (0, *range(2, x.ndim)), _channels(x)
    mean, var = _moments(x, axes)
    scale = lax.rsqrt(var + scalar(eps, kind))
    normalized = (x - mean) * scale
    n = math.prod(x.shape) // max(x.shape[1], 1)
    d_weight, d_bias = (g * normalized).sum(axes, keepdims=True), g.sum(axes, keepdims=True)
    d = (g - d_bias / n - normalized * (d_weight / n)) * scale
    if weight is None:
        return d, d_bias.reshape(-1)
    return d * weight.reshape(shape).astype(kind), d_weight.reshape(-1), d_bias.reshape(-1)


def batch_norm_eval(
    input: Array, weight: Array | None = None, bias: Array | None = None, *, running_mean: Array, running_var: Array,
    eps: Number = 1e-5,
) -> Array:  # fmt: skip
    """Normalise every channel (dimension 1) by given moments."""
    x, shape = input.astype(opmath(input.dtype)), _channels(input)
    mean, var = (r.astype(x.dtype).reshape(shape) for r in (running_mean, running_var))
    return _affine(_scaled(x, mean, var, eps), weight, bias, shape).astype(input.dtype)


def running_average(running: Array, new: Array, momentum: Number) -> Array:
    """``(1 - momentum) * running + momentum * new``."""
    m = scalar(momentum, running.dtype)
    return (1 - m) * running + m * new.astype(running.dtype)


def batch_norm(
    input: Array, running_mean: Array | None, running_var: Array | None, weight: Array | None = None,
    bias: Array | None = None, training: bool = False, momentum: Number = 0.1, eps: Number = 1e-5,
) -> tuple[Array, Array | None, Array | None]:  # fmt: skip
    """Batch normalisation with its state made explicit.

    Args:
      input: ``(N, C, *)``.
      running_mean: Mean used in evaluation, ``(C,)``, or None.
      running_var: Variance used in evaluation, ``(C,)``, or None.
      weight: Factor of each channel.
      bias: Term of each channel.
      training: Whether to normalise by the batch and to update the running statistics.
      momentum: Weight of the new batch in the running statistics.
      eps: Added to the variance.

    Returns:
      The output, and the running mean and variance after this batch.

    Raises:
      RuntimeError: if sizes differ or statistics are missing.
      ValueError: if a batch has one value per channel.

    Example:
      >>> batch = jnp.array([[1.0], [3.0]])
      >>> out, mean, var = batch_norm(batch, jnp.zeros(1), jnp.ones(1), training=True, momentum=0.5)
      >>> mean.tolist(), var.tolist()
      ([1.0], [1.5])

    Source:
      Ioffe and Szegedy 2015; PyTorch, ``torch.nn.functional.batch_norm``.
    """
    if input.size == 0:
        return _batch_norm_of_nothing(input, weight, bias), running_mean, running_var
    check_batch_norm(input.shape, running_mean, running_var, weight, bias, training)
    if not training:
        assert running_mean is not None and running_var is not None
        out = batch_norm_eval(input, weight, bias, running_mean=running_mean, running_var=running_var, eps=eps)
        return out, running_mean, running_var
    out, mean, var = batch_norm_train(input, weight, bias, eps)
    if running_mean is not None:
        running_mean = running_average(running_mean, mean, momentum)
    if running_var is not None:
        running_var = running_average(running_var, var, momentum)
    return out, running_mean, running_var


def _batch_norm_of_nothing(input: Array, weight: Array | None, bias: Array | None) -> Array:
    """Without elements there is nothing to normalise, and PyTorch checks nothing."""
    out = input if weight is None else input * weight[0]
    return out if bias is None else out + bias[0]


# ---------------------------------------------------------------- layer, group, instance
def _check_normalized(shape: Sequence[int], normalized_shape: Sequence[int], rms: bool) -> tuple[int, ...]:
    sizes = tuple(normalized_shape)
    if not sizes:
        raise RuntimeError(
            "Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, but got "
            "normalized_shape = []"
        )
    if len(shape) < len(sizes) or tuple(shape[-len(sizes) :]) != sizes:
        inner = ", ".join(map(str, sizes))
        raise RuntimeError(
            f"Given normalized_shape=[{inner}], expected input with shape [*{'' if rms else ', '}{inner}], but got "
            f"input of size{list(shape)}"
        )
    return sizes


def _check_parameter(name: str, x: Array | None, sizes: tuple[int, ...]) -> None:
    if x is not None and x.shape != sizes:
        raise RuntimeError(
            f"Expected {name} to be of same shape as normalized_shape, but got {name} of shape {list(x.shape)} and "
            f"normalized_shape = {list(sizes)}"
        )


def layer_norm(
    input: Array, normalized_shape: Sequence[int], weight: Array | None = None, bias: Array | None = None,
    eps: Number = 1e-5,
) -> Array:  # fmt: skip
    """Normalise over the last dimensions, whose sizes are `normalized_shape`.

    Example:
      >>> layer_norm(jnp.array([[1.0, 3.0]]), (2,)).round(3).tolist()
      [[-1.0, 1.0]]
    """
    sizes = _check_normalized(input.shape, normalized_shape, rms=False)
    for name, x in (("weight", weight), ("bias", bias)):
        _check_parameter(name, x, sizes)
        if x is not None and x.dtype not in (input.dtype, opmath(input.dtype)):
            raise RuntimeError(
                f"mixed dtype (CPU): expect parameter to have scalar type of {torch_name(opmath(input.dtype))}"
            )
    x = input.astype(opmath(input.dtype))
    mean, var = _moments(x, tuple(range(x.ndim - len(sizes), x.ndim)))
    return _affine(_scaled(x, mean, var, eps), weight, bias, sizes).astype(input.dtype)


def rms_norm(
    input: Array, normalized_shape: Sequence[int], weight: Array | None = None, eps: Number | None = None
) -> Array:
    """Divide by the root mean square over the last dimensions; `eps` is the dtype's own if None."""
    sizes = _check_normalized(input.shape, normalized_shape, rms=True)
    _check_parameter("weight", weight, sizes)
    x = input.astype(opmath(input.dtype))
    floor = float(jnp.finfo(x.dtype).eps) if eps is None else eps
    square = jnp.mean(x * x, tuple(range(x.ndim - len(sizes), x.ndim)), keepdims=True)
    return _affine(x * lax.rsqrt(square + scalar(floor, x.dtype)), weight, None, sizes).astype(input.dtype)


def group_norm(
    input: Array, num_groups: int, weight: Array | None = None, bias: Array | None = None, eps: Number = 1e-5
) -> Array:
    """Normalise over groups of channels (dimension 1) and all positions of each sample."""
    if input.ndim < 2:
        raise RuntimeError(f"Expected at least 2 dimensions for input tensor but received {input.ndim}")
    n, c = input.shape[:2]
    if num_groups <= 0:
        raise RuntimeError(f"Expected num groups to be greater than 0, got {num_groups}")
    if c % num_groups:
        raise RuntimeError(
            "Expected number of channels in input to be divisible by num_groups, but got input of shape "
            f"{list(input.shape)} and num_groups={num_groups}"
        )
    for name, x in (("weight", weight), ("bias", bias)):
        if x is not None and x.shape != (c,):
            raise RuntimeError(
                f"Expected {name} to be a vector of size equal to the number of channels in input, but got {name} of "
                f"shape {list(x.shape)} and input of shape {list(input.shape)}"
            )
    x = input.astype(opmath(input.dtype)).reshape(n, num_groups, c // num_groups * math.prod(input.shape[2:]))
    out = _scaled(x, *_moments(x, (2,)), eps).reshape(input.shape)
    return _affine(out, weight, bias, _channels(input)).astype(input.dtype)


def instance_norm(
    input: Array, weight: Array | None = None, bias: Array | None = None, eps: Number = 1e-5
) -> BatchNorm:
    """Normalise every channel of every sample; with the mean and unbiased variance of each channel, over samples."""
    if math.prod(input.shape[2:]) == 1:
        raise ValueError(
            f"Expected more than 1 spatial element when training, got input size torch.Size({[*input.shape]})"
        )
    x = input.astype(opmath(input.dtype))
    mean, var = _moments(x, tuple(range(2, x.ndim)))
    out = _affine(_scaled(x, mean, var, eps), weight, bias, _channels(x))
    n = math.prod(x.shape[2:])
    unbiased = var * (n / max(n - 1, 1))
    stats = (lax.stop_gradient(s).reshape(x.shape[:2]).mean(0) for s in (mean, unbiased))
    return BatchNorm(out.astype(input.dtype), *stats)


def local_response_norm(input: Array, size: int, alpha: Number = 1e-4, beta: Number = 0.75, k: Number = 1.0) -> Array:
    """Divide by ``(k + alpha * mean of squares over size neighbouring channels) ** beta``."""
    if input.ndim < 3:
        raise ValueError(
            f"Expected 3D or higher dimensionality                          input (got {input.ndim} dimensions)"
        )
    a, b, offset = (scalar(v, input.dtype) for v in (alpha, beta, k))
    edges = [(0, 0)] * input.ndim
    edges[1] = (size // 2, (size - 1) // 2)
    squares = jnp.pad(input * input, edges)
    c = input.shape[1]
    total = squares[:, :c]
    for i in range(1, size):
        total = total + squares[:, i : i + c]
    return input / (total / size * a + offset) ** b


def normalize(input: Array, p: int | float = 2.0, dim: int | Sequence[int] = 1, eps: Number = 1e-12) -> Array:
    """Divide by the p-norm along `dim`, or by `eps` where that is larger."""
    if is_integral(input.dtype):
        raise RuntimeError(
            f"linalg.vector_norm: Expected a floating point or complex tensor as input. Got {torch_name(input.dtype)}"
        )
    dims = (wrap_dim(dim, input.ndim),) if isinstance(dim, int) else tuple(dim)
    norm = vector_norm(input, p, dims, True)
    floor = scalar(eps, norm.dtype)
    # at and below the floor the divisor is constant: clamp's gradient in PyTorch reaches the norm only above or at it
    return divide(input, jnp.where(norm >= floor, norm, floor))
