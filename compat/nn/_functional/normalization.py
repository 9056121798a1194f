"""Normalisation: checks, and running statistics written in place."""
from __future__ import annotations

from collections.abc import Sequence
from math import prod

from compat._autograd.modes import no_grad
from compat._ops.declare import ops
from compat._tensor.tensor import Tensor


def _verify_batch_size(size: Sequence[int]) -> None:
    per_channel = prod([size[0], *size[2:]])
    if per_channel == 1:
        raise ValueError(f"Expected more than 1 value per channel when training, got input size {size}")


def _verify_spatial_size(size: Sequence[int]) -> None:
    if prod(size[2:]) == 1:
        raise ValueError(f"Expected more than 1 spatial element when training, got input size {size}")


def batch_norm(input: Tensor, running_mean: Tensor | None, running_var: Tensor | None, weight: Tensor | None = None,
               bias: Tensor | None = None, training: bool = False, momentum: float = 0.1, eps: float = 1e-5) -> Tensor:
    """Normalises each channel; in training by the batch, whose statistics go into the running ones."""
    if training:
        _verify_batch_size(input.size())
        if eps <= 0:
            raise ValueError(f"batch_norm eps must be positive during training, but got {eps}")
    elif eps < 0:
        raise ValueError(f"batch_norm eps must be non-negative, but got {eps}")
    return batch_norm_any_eps(input, running_mean, running_var, weight, bias, training, momentum, eps)


def batch_norm_any_eps(input: Tensor, running_mean: Tensor | None, running_var: Tensor | None, weight: Tensor | None,
                       bias: Tensor | None, training: bool, momentum: float, eps: float) -> Tensor:
    """:func:`batch_norm` without a look at ``eps``, as ``torch.batch_norm`` and instance norm have it."""
    if not training:
        return ops.batch_norm(input, running_mean, running_var, weight, bias, False, momentum, eps)[0]
    _verify_batch_size(input.size())
    out, mean, var = ops.batch_norm(input, running_mean, running_var, weight, bias, True, momentum, eps)
    with no_grad():
        if running_mean is not None:
            running_mean.copy_(mean)
        if running_var is not None:
            running_var.copy_(var)
    return out


def instance_norm(input: Tensor, running_mean: Tensor | None = None, running_var: Tensor | None = None,
                  weight: Tensor | None = None, bias: Tensor | None = None, use_input_stats: bool = True,
                  momentum: float = 0.1, eps: float = 1e-5) -> Tensor:
    """Normalises each channel of each sample: batch norm in which every sample's channels are channels of their own."""
    if use_input_stats:
        _verify_spatial_size(input.size())
    n, channels = input.shape[:2]

    def each_sample(t: Tensor | None) -> Tensor | None:
        return None if t is None else t.repeat(n)

    mean, var = each_sample(running_mean), each_sample(running_var)
    flat = input.contiguous().view(1, n * channels, *input.shape[2:])
    out = batch_norm_any_eps(flat, mean, var, each_sample(weight), each_sample(bias), use_input_stats, momentum, eps)
    with no_grad():
        if use_input_stats and running_mean is not None:
            running_mean.copy_(mean.view(n, channels).mean(0))
        if use_input_stats and running_var is not None:
            running_var.copy_(var.view(n, channels).mean(0))
    return out.view(input.shape)


def layer_norm(input: Tensor, normalized_shape: Sequence[int], weight: Tensor | None = None,
               bias: Tensor | None = None, eps: float = 1e-5) -> Tensor:
    """Normalises over the last dimensions."""
    return ops.layer_norm(input, tuple(normalized_shape), weight, bias, eps)


def rms_norm(input: Tensor, normalized_shape: Sequence[int], weight: Tensor | None = None,
             eps: float | None = None) -> Tensor:
    """Divides by the root of the mean square over the last dimensions."""
    return ops.rms_norm(input, tuple(normalized_shape), weight, eps)


def group_norm(input: Tensor, num_groups: int, weight: Tensor | None = None, bias: Tensor | None = None,
               eps: float = 1e-5) -> Tensor:
    """Normalises groups of channels."""
    if input.dim() < 2:
        raise RuntimeError(f"Expected at least 2 dimensions for input tensor but received {input.dim()}")
    _verify_batch_size([input.size(0) * input.size(1) // num_groups, num_groups, *input.size()[2:]])
    return ops.group_norm(input, num_groups, weight, bias, eps)


def local_response_norm(input: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Tensor:
    """``input / (k + alpha * mean of nearby channels' squares)^beta``."""
    dim = input.dim()
    if dim < 3:
        raise ValueError(f"Expected 3D or higher dimensionality                          input (got {dim} dimensions)")
    if input.numel() == 0:
        return input
    squares = input.mul(input)
    before, after = size // 2, (size - 1) // 2
    if dim == 3:
        padded = ops.constant_pad_nd(squares.unsqueeze(1), (0, 0, before, after), 0.0)
        means = ops.avg_pool2d(padded, (size, 1), (1, 1)).squeeze(1)
    else:
        n, channels, height = input.shape[:3]
        padded = ops.constant_pad_nd(squares.view(n, 1, channels, height, -1), (0, 0, 0, 0, before, after), 0.0)
        means = ops.avg_pool3d(padded, (size, 1, 1), (1, 1, 1)).squeeze(1).view(input.shape)
    return input / means.mul(alpha).add(k).pow(beta)
