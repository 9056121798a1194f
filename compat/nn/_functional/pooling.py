"""Pooling that is made of other operators."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from compat._ops.declare import ops
from compat._ops.random import rand
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


def _fractional(input: Tensor, kernel_size: Any, output_size: Any, output_ratio: Any, return_indices: bool,
                samples: Tensor | None, n: int) -> Any:
    """Pools to a size, or to a part of the input's; the windows are drawn unless `samples` place them."""
    name = f"fractional_max_pool{n}d"
    if output_size is None and output_ratio is None:
        raise ValueError(f"{name} requires specifying either an output_size or an output_ratio")
    if output_size is None:
        if n == 2 and len(output_ratio) > 2:
            raise ValueError(f"{name} requires output_ratio to either be a single Int or tuple of Ints.")
        ratios = (output_ratio,) * n if isinstance(output_ratio, int | float) else output_ratio
        output_size = tuple(int(input.size(d - n) * ratios[d]) for d in range(n))
    if samples is None:
        batch = 1 if input.dim() == n + 1 else input.size(0)
        samples = rand(batch, input.size(-n - 1), n, dtype=input.dtype, device=input.device)
    pooled = getattr(ops, "_" + name)(input, kernel_size, output_size, samples)
    return tuple(pooled) if return_indices else pooled[0]


def fractional_max_pool2d(input: Tensor, kernel_size: Any, output_size: Any = None, output_ratio: Any = None,
                          return_indices: bool = False, _random_samples: Tensor | None = None) -> Any:
    """Maxima over windows of an image at random steps (Graham 2014)."""
    return _fractional(input, kernel_size, output_size, output_ratio, return_indices, _random_samples, 2)


def fractional_max_pool3d(input: Tensor, kernel_size: Any, output_size: Any = None, output_ratio: Any = None,
                          return_indices: bool = False, _random_samples: Tensor | None = None) -> Any:
    """Maxima over windows of a volume at random steps (Graham 2014)."""
    return _fractional(input, kernel_size, output_size, output_ratio, return_indices, _random_samples, 3)


def fractional_max_pool2d_with_indices(input: Tensor, kernel_size: Any, output_size: Any = None,
                                       output_ratio: Any = None, return_indices: bool = False,
                                       _random_samples: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """``fractional_max_pool2d``, always with the positions of the maxima."""
    return _fractional(input, kernel_size, output_size, output_ratio, True, _random_samples, 2)


def fractional_max_pool3d_with_indices(input: Tensor, kernel_size: Any, output_size: Any = None,
                                       output_ratio: Any = None, return_indices: bool = False,
                                       _random_samples: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """``fractional_max_pool3d``, always with the positions of the maxima."""
    return _fractional(input, kernel_size, output_size, output_ratio, True, _random_samples, 3)
