"""Pooling that is made of other operators."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

from compat._ops.declare import ops
from compat._tensor.tensor import Tensor


def _spread(value: Any, n: int) -> tuple[int, ...]:
    if isinstance(value, int):
        return (value,) * n
    return tuple(value) * n if len(value) == 1 else tuple(value)


def _unpool(input: Tensor, indices: Tensor, kernel_size: Any, stride: Any, padding: Any, output_size: Any,
            n: int) -> Tensor:
    """Writes the values at their indices into zeros of the size before pooling."""
    kernel, padding = _spread(kernel_size, n), _spread(padding, n)
    stride = kernel if stride is None else _spread(stride, n)
    spatial = input.shape[-n:]
    default = [(size - 1) * s + k - 2 * p for size, s, k, p in zip(spatial, stride, kernel, padding, strict=True)]
    size = default if output_size is None else _checked_size(output_size, default, stride, n)
    if indices.shape != input.shape:
        raise RuntimeError(f"Expected shape of indices to be same as that of the input tensor ({list(input.shape)}) "
                           f"but got indices tensor with shape: {list(indices.shape)}")
    return getattr(ops, f"_max_unpool{n}d")(input, indices, tuple(size))


def _checked_size(output_size: Sequence[int], default: list[int], stride: Sequence[int], n: int) -> list[int]:
    if len(output_size) == n + 2:
        output_size = output_size[2:]
    if len(output_size) != n:
        raise ValueError(f"output_size should be a sequence containing {n} or {n + 2} elements, but it has a length of "
                         f"'{len(output_size)}'")
    for d, size in enumerate(output_size):
        low, high = default[d] - stride[d], default[d] + stride[d]
        if not low < size < high:
            raise ValueError(f"invalid output_size {output_size} (dim {d} must be between {low} and {high})")
    return list(output_size)


def max_unpool1d(input: Tensor, indices: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0,
                 output_size: Any = None) -> Tensor:
    """Puts pooled values back at their indices, zeros elsewhere."""
    return _unpool(input, indices, kernel_size, stride, padding, output_size, 1)


def max_unpool2d(input: Tensor, indices: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0,
                 output_size: Any = None) -> Tensor:
    """Puts pooled values back at their indices, zeros elsewhere."""
    return _unpool(input, indices, kernel_size, stride, padding, output_size, 2)


def max_unpool3d(input: Tensor, indices: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0,
                 output_size: Any = None) -> Tensor:
    """Puts pooled values back at their indices, zeros elsewhere."""
    return _unpool(input, indices, kernel_size, stride, padding, output_size, 3)


def _lp_pool(pool: Any, input: Tensor, norm_type: float, kernel_size: Any, stride: Any, ceil_mode: bool,
             n: int) -> Tensor:
    """The p-norm of each window, from the windows' means."""
    kernel = _spread(kernel_size, n)
    stride = kernel if stride is None else _spread(stride, n)
    means = pool(input.pow(norm_type), kernel, stride, 0, ceil_mode)
    count = 1
    for k in kernel:
        count *= k
    return (means.sign() * means.abs().relu()).mul(count).pow(1.0 / norm_type)


def lp_pool1d(input: Tensor, norm_type: float, kernel_size: int, stride: Any = None, ceil_mode: bool = False) -> Tensor:
    """The p-norm of each window along one dimension."""
    return _lp_pool(ops.avg_pool1d, input, norm_type, kernel_size, stride, ceil_mode, 1)


def lp_pool2d(input: Tensor, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> Tensor:
    """The p-norm of each window of a plane."""
    return _lp_pool(ops.avg_pool2d, input, norm_type, kernel_size, stride, ceil_mode, 2)


def lp_pool3d(input: Tensor, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> Tensor:
    """The p-norm of each window of a volume."""
    return _lp_pool(ops.avg_pool3d, input, norm_type, kernel_size, stride, ceil_mode, 3)


def fractional_max_pool2d(*args: Any, **kwargs: Any) -> NoReturn:
    """Not implemented."""
    raise NotImplementedError("torch.nn.functional.fractional_max_pool2d is not implemented in compat")


def fractional_max_pool3d(*args: Any, **kwargs: Any) -> NoReturn:
    """Not implemented."""
    raise NotImplementedError("torch.nn.functional.fractional_max_pool3d is not implemented in compat")
