"""Differences, derivatives and integrals of samples, over other operators as in PyTorch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from compat._ops.declare import composite, ops
from compat._tensor.tensor import Tensor, is_tensor
from funcgrad.shapes import wrap_dim, wrap_dims


def _cut(x: Tensor, dim: int, start: int, stop: int) -> Tensor:
    """``x[start:stop]`` along a dimension, a negative bound counting from the end."""
    n = x.shape[dim]
    start, stop = (start + n if start < 0 else start), (stop + n if stop < 0 else stop)
    return x.narrow(dim, start, max(stop - start, 0))


def _steps(name: str, y: Tensor, x: Tensor, dim: int) -> Tensor:
    """Distances of neighbouring sample points, brought to the shape of the samples."""
    if x.dim() == 0:
        raise IndexError("Dimension specified as -1 but tensor has no dimensions")
    if x.dim() == 1:
        if x.shape[0] != y.shape[dim]:
            raise RuntimeError(f"{name}: There must be one `x` value for each sample point")
        return ops.diff(x).view([-1 if i == dim else 1 for i in range(y.dim())])
    if x.dim() < y.dim():
        x = x.view([1] * (y.dim() - x.dim()) + list(x.shape))
    return ops.sub(_cut(x, dim, 1, x.shape[dim]), _cut(x, dim, 0, -1))


def _sample_dim(y: Tensor, dim: int) -> int:
    if y.dim() == 0:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    return wrap_dim(dim, y.dim())


@composite(method=False, aliases="trapz")
def trapezoid(y: Tensor, x: Tensor | None = None, *, dx: float | None = None, dim: int = -1) -> Tensor:
    """Integral by the trapezoidal rule, over sample points `x` or equal steps `dx`."""
    d = _sample_dim(y, dim)
    if y.shape[d] == 0:
        return y.sum(d) if x is None else y.new_zeros([n for i, n in enumerate(y.shape) if i != d])
    if x is None:
        ends = ops.mul(ops.add(y.select(d, 0), y.select(d, -1)), 0.5)
        return ops.mul(ops.sub(y.sum(d), ends), 1 if dx is None else dx)
    pairs = ops.add(_cut(y, d, 0, -1), _cut(y, d, 1, y.shape[d]))
    return ops.div(ops.mul(_steps("trapezoid", y, x, d), pairs).sum(d), 2.0)


@composite(method=False)
def cumulative_trapezoid(y: Tensor, x: Tensor | None = None, *, dx: float | None = None, dim: int = -1) -> Tensor:
    """Integrals up to each sample but the first, by the trapezoidal rule."""
    d = _sample_dim(y, dim)
    pairs = ops.add(_cut(y, d, 1, y.shape[d]), _cut(y, d, 0, -1))
    if x is None:
        return ops.cumsum(ops.mul(pairs, (1 if dx is None else dx) / 2.0), d)
    return ops.div(ops.cumsum(ops.mul(pairs, _steps("cumulative_trapezoid", y, x, d)), d), 2.0)


@composite(method=False)
def gradient(input: Tensor, *, spacing: Any = 1, dim: Any = None, edge_order: int = 1) -> tuple[Tensor, ...]:
    """Derivatives of samples by central differences, one-sided at the ends.

    Args:
      input: The samples.
      spacing: Distance of samples, of all dimensions or one of each; or the sample points of each dimension.
      dim: Dimensions; all if None.
      edge_order: Order of the estimate at the ends, 1 or 2.

    Returns:
      A tensor for each dimension.
    """
    if edge_order not in (1, 2):
        raise RuntimeError("torch.gradient only supports edge_order=1 and edge_order=2.")
    dims = wrap_dims(dim, input.dim())
    spacing = 1 if spacing is None else spacing
    each: Sequence[Any] = spacing if isinstance(spacing, tuple | list) else (spacing,) * len(dims)
    if len(each) != len(dims):
        raise RuntimeError(
            "torch.gradient expected spacing to be unspecified, a scalar"
            + (
                f", or a list of length equal to 'self.dim() = {input.dim()}', since dim argument was not given, but "
                f"got a list of length {len(each)}"
                if dim is None
                else " or it's spacing and dim arguments to have the same length, but got a spacing argument of length "
                f"{len(each)} and a dim argument of length {len(dims)}."
            )
        )
    devices = [t.device for t in (input, *each) if is_tensor(t)]
    other = next((device for device in devices if device != devices[0]), None)
    if other is not None:
        raise RuntimeError(
            f"torch.gradient expected each tensor to be on the same device, but got devices {devices[0]} and {other}!"
        )
    for d in dims:
        if input.shape[d] < edge_order + 1:
            raise RuntimeError("torch.gradient expected each dimension size to be at least edge_order+1")
    return tuple(_along(input, d, step, edge_order) for d, step in zip(dims, each, strict=True))


def _along(x: Tensor, d: int, step: Any, edge_order: int) -> Tensor:
    n = x.shape[d]
    if is_tensor(step) and step.dim():
        return _uneven(x, d, ops.diff(step), edge_order)
    middle = ops.div(ops.sub(_cut(x, d, 2, n), _cut(x, d, 0, -2)), 2 * step)
    if edge_order == 1:
        first = ops.div(ops.sub(_cut(x, d, 1, 2), _cut(x, d, 0, 1)), step)
        last = ops.div(ops.sub(_cut(x, d, -1, n), _cut(x, d, -2, -1)), step)
    else:
        first = (_cut(x, d, 0, 1) * -1.5 + _cut(x, d, 1, 2) * 2 - _cut(x, d, 2, 3) * 0.5) / step
        last = (_cut(x, d, -1, n) * 1.5 - _cut(x, d, -2, -1) * 2 + _cut(x, d, -3, -2) * 0.5) / step
    return ops.cat([first, middle, last], d)


def _uneven(x: Tensor, d: int, h: Tensor, edge_order: int) -> Tensor:
    """Weights of three neighbours from their distances, second order where the distances differ as well."""
    n = x.shape[d]
    shape = [-1 if i == d else 1 for i in range(x.dim())]
    left, right = (t.view(shape) for t in (h[:-1], h[1:]))
    both = left + right
    middle = (
        _cut(x, d, 0, -2) * (-right / (left * both))
        + _cut(x, d, 1, -1) * ((right - left) / (left * right))
        + _cut(x, d, 2, n) * (left / (right * both))
    )
    if edge_order == 1:
        first = ops.div(ops.sub(_cut(x, d, 1, 2), _cut(x, d, 0, 1)), h[0])
        last = ops.div(ops.sub(_cut(x, d, -1, n), _cut(x, d, -2, -1)), h[-1])
        return ops.cat([first, middle, last], d)
    a, b = h[0], h[1]
    first = (
        _cut(x, d, 0, 1) * (-(2 * a + b) / (a * (a + b)))
        + _cut(x, d, 1, 2) * ((a + b) / (a * b))
        + _cut(x, d, 2, 3) * (-a / (b * (a + b)))
    )
    a, b = h[-2], h[-1]
    last = (
        _cut(x, d, -3, -2) * (b / (a * (a + b)))
        + _cut(x, d, -2, -1) * (-(a + b) / (a * b))
        + _cut(x, d, -1, n) * ((2 * b + a) / (b * (a + b)))
    )
    return ops.cat([first, middle, last], d)
