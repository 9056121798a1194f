"""Rows of histograms and segments, and positions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from compat._ops.declare import composite, op, ops
from compat._ops.parameters import return_type
from compat._tensor.tensor import Tensor, is_tensor
from funcgrad.ops import counting as K
from funcgrad.ops.pointwise_unary import frexp

_hidden = {"method": False, "function": False}
op(frexp, returns=("frexp", "mantissa exponent"), nondiff="exponent")
_HISTOGRAM = {"returns": ("histogram", "hist bin_edges"), "node": "NotImplemented", "differentiable": False, **_hidden}
op(K.histogram_edges, "_histogram_edges", **_HISTOGRAM)
op(K.histogram_uniform, "_histogram_uniform", **_HISTOGRAM)
op(K.hash_tensor, differentiable=False)
op(K.nonzero_static, differentiable=False)
op(K.segment_reduce, "_segment_reduce", node="SegmentReduceBackward0", saves="both", **_hidden)


@composite
def histogram(
    input: Tensor,
    bins: Any = 100,
    *,
    range: Sequence[float] | None = None,
    weight: Tensor | None = None,
    density: bool = False,
    out: Any = None,
) -> Any:
    """Weight of the elements between bounds, given as a tensor or as a number of equal bins."""
    if is_tensor(bins):
        result = ops._histogram_edges(input, bins, weight, density=density)
    else:
        result = ops._histogram_uniform(
            input, weight, bins=bins, range=None if range is None else tuple(range), density=density
        )
    if out is None:
        return result
    return type(result)(*[ops._into(target, value) for target, value in zip(out, result, strict=True)])


_axes = range
_histogramdd_type = return_type(("histogramdd", "hist bin_edges"))


@composite(method=False)
def histogramdd(
    input: Tensor,
    bins: Any,
    range: Sequence[float] | None = None,
    weight: Tensor | None = None,
    density: bool = False,
) -> Any:
    """Weight of points in boxes: the last dimension of `input` are coordinates."""
    n = input.shape[-1]
    points = input.reshape(-1, n)
    each = [bins] * n if isinstance(bins, int) else list(bins)
    if len(each) != n:
        raise RuntimeError(
            f"torch.histogramdd: expected {n} sequences of bin edges for a {n}-dimensional histogram but got "
            f"{len(each)}"
            if any(is_tensor(b) for b in each)
            else "histogramdd: The size of bins must be equal to the innermost dimension of the input."
        )
    edges, at, inside = [], [], None
    for i, b in enumerate(each):
        x = points[:, i]
        if not is_tensor(b):
            bounds = None if range is None else tuple(range[2 * i : 2 * i + 2])
            b = ops._histogram_uniform(x, bins=b, range=bounds).bin_edges
        last = b.shape[0] - 2
        edges.append(b)
        at.append(ops.clamp(ops.searchsorted(b, x.contiguous(), right=True) - 1, 0, last))
        within = (x >= b[0]) & (x <= b[-1])
        inside = within if inside is None else inside & within
    sizes = [b.shape[0] - 1 for b in edges]
    flat = at[0]
    for size, index in zip(sizes[1:], at[1:], strict=True):
        flat = flat * size + index
    w = ops.ones_like(points[:, 0]) if weight is None else weight.reshape(-1)
    total = 1
    for size in sizes:
        total *= size
    hist = ops.index_add(points.new_zeros(total), 0, flat, w * inside).reshape(sizes)
    if density:
        hist = hist / hist.sum()
        for i, b in enumerate(edges):
            hist = hist / ops.diff(b).view([-1 if j == i else 1 for j in _axes(n)])
    return _histogramdd_type(hist, tuple(edges))


@composite(method=False)
def unravel_index(indices: Tensor, shape: Any) -> tuple[Tensor, ...]:
    """Coordinates of positions in a row-major array of a shape."""
    if indices.is_floating_point() or indices.is_complex():
        raise TypeError(f"expected 'indices' to be integer dtype, but got {indices.dtype}")
    sizes = (shape,) if isinstance(shape, int) else tuple(shape)
    out, rest = [], indices.long()  # a narrow dtype could not hold the sizes
    for size in reversed(sizes):
        out.append(rest % size)
        rest = rest.div(size, rounding_mode="floor")
    return tuple(reversed(out))


@composite(method=False)
def segment_reduce(
    data: Tensor,
    reduce: str,
    *,
    lengths: Tensor | None = None,
    indices: Tensor | None = None,
    offsets: Tensor | None = None,
    axis: int = 0,
    unsafe: bool = False,
    initial: float | None = None,
) -> Tensor:
    """Sum, mean, product, maximum or minimum of consecutive segments, of given lengths or offsets."""
    if reduce not in ("sum", "mean", "prod", "max", "min"):
        raise RuntimeError(f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}")
    if indices is not None:
        raise NotImplementedError("segment_reduce(): indices based reduction is not supported yet.")
    if lengths is None:
        if offsets is None:
            raise RuntimeError(
                "segment_reduce(): Either lengths or offsets must be defined, or indices must be defined."
            )
        lengths = ops.diff(offsets)
    elif not unsafe and bool((lengths.sum(-1) != data.shape[lengths.dim() - 1]).any()):
        raise RuntimeError(
            "segment_reduce(): Expected all rows of lengths along axis to sum to data.size(lengths.dim()-1) when "
            "!unsafe."
        )
    return ops._segment_reduce(data, lengths, reduce=reduce, axis=axis, initial=initial)
