"""Views of the parts of a tensor: split, chunk, unbind and their kin."""

from __future__ import annotations

from typing import Any

from compat._ops.declare import composite
from compat._ops.overloads import invalid_combination
from compat._ops.views import layout_of, slice_dim
from compat._tensor.tensor import Tensor
from compat._tensor.views import multi
from funcgrad.shapes import wrap_dim


@composite(method=False)
def split(tensor: Tensor, split_size_or_sections: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """Parts of a dimension: equal ones of a size (the last may be smaller), or of the given sizes."""
    if not isinstance(split_size_or_sections, int):
        return split_with_sizes(tensor, [int(s) for s in split_size_or_sections] if isinstance(
            split_size_or_sections, tuple | list) else int(split_size_or_sections), dim)
    shape = tensor._aval.shape
    d, size = wrap_dim(dim, len(shape)), split_size_or_sections
    if not shape:
        raise RuntimeError("split expects at least a 1-dimensional tensor")
    if size < 0:
        raise RuntimeError(f"split expects split_size be non-negative, but got split_size={size}")
    if size == 0 and shape[d]:
        raise RuntimeError("split_size can only be 0 if dimension size is 0, but got dimension size of "
                           f"{shape[d]}")
    count = max(-(-shape[d] // size), 1) if size else 1
    return _parts(tensor, d, [min(size, shape[d] - i * size) for i in range(count)], "SplitBackward0")


@composite(name="split", function=False)
def _split_method(self: Tensor, split_size: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """Parts of a dimension: see ``torch.split``."""
    return split(self, split_size, dim)


@composite
def split_with_sizes(input: Tensor, split_sizes: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """Parts of the given sizes."""
    if isinstance(split_sizes, int):
        return split(input, split_sizes, dim)
    shape = input._aval.shape
    d = wrap_dim(dim, len(shape))
    if any(s < 0 for s in split_sizes):
        raise RuntimeError("split_with_sizes expects split_sizes have only non-negative entries, but got split_sizes="
                           f"{list(split_sizes)}")
    if sum(split_sizes) != shape[d]:
        raise RuntimeError(f"split_with_sizes expects split_sizes to sum exactly to {shape[d]} (input tensor's size at "
                           f"dimension {d}), but got split_sizes={list(split_sizes)}")
    return _parts(input, d, list(split_sizes), "SplitWithSizesBackward0")


def _parts(x: Tensor, d: int, sizes: list[int], node: str) -> tuple[Tensor, ...]:
    _, strides, offset = layout_of(x)
    pieces, at = [], 0
    for n in sizes:
        pieces.append(("slice", (d, n, 1), (at,), strides, offset + at * strides[d]))
        at += n
    return multi(x, pieces, node)


@composite
def chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """At most ``chunks`` parts of equal size."""
    if input.dim() == 0:
        raise RuntimeError("chunk expects at least a 1-dimensional tensor")
    if chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    n = input._aval.shape[wrap_dim(dim, input.dim())]
    size = -(-n // chunks)
    if size == 0:
        return split_with_sizes(input, [0] * chunks, dim)
    return split(input, size, dim)


@composite
def tensor_split(input: Tensor, indices_or_sections: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """Parts at the given indices, or as equal as possible."""
    if input.dim() == 0:
        raise RuntimeError("tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims")
    d = wrap_dim(dim, input.dim())
    n = input._aval.shape[d]
    if isinstance(indices_or_sections, Tensor):
        indices_or_sections = indices_or_sections.tolist()
    if isinstance(indices_or_sections, int):
        k = indices_or_sections
        if k <= 0:
            raise RuntimeError(f"number of sections must be larger than 0, got {k}")
        ends = [(n // k) * i + min(i, n % k) for i in range(1, k)]
    else:
        ends = list(indices_or_sections)
    cuts = [0, *ends, n]
    return tuple(slice_dim(input, d, a if i else 0, b if i + 2 < len(cuts) else None)
                 for i, (a, b) in enumerate(zip(cuts, cuts[1:], strict=False)))


def _axis_split(name: str, dim: int, least: int) -> Any:
    def fn(input: Tensor, indices_or_sections: Any) -> tuple[Tensor, ...]:
        if input.dim() < least:
            raise RuntimeError(f"torch.{name} requires a tensor with at least {least} dimension, but "
                               f"got a tensor with {input.dim()} dimensions!")
        if not isinstance(indices_or_sections, int | tuple | list | Tensor):
            raise invalid_combination(name, (input, indices_or_sections),
                                      ("(Tensor input, int sections)", "(Tensor input, tuple of ints indices)"))
        d = 0 if name == "hsplit" and input.dim() == 1 else dim
        n = input._aval.shape[d]
        if isinstance(indices_or_sections, int) and (indices_or_sections == 0 or n % indices_or_sections):
            raise RuntimeError(f"torch.{name} attempted to split along dimension {d}, but the size of the dimension "
                               f"{n} is not divisible by the split_size {indices_or_sections}!")
        return tensor_split(input, indices_or_sections, d)

    fn.__name__ = name
    fn.__doc__ = f"`tensor_split` along dimension {dim}."
    return composite(fn)


hsplit, vsplit, dsplit = _axis_split("hsplit", 1, 1), _axis_split("vsplit", 0, 2), _axis_split("dsplit", 2, 3)


@composite
def unbind(input: Tensor, dim: int = 0) -> tuple[Tensor, ...]:
    """The slices along a dimension."""
    shape, strides, offset = layout_of(input)
    d = wrap_dim(dim, len(shape))
    if not shape:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    rest = strides[:d] + strides[d + 1:]
    return multi(input, [("select", (d,), (i,), rest, offset + i * strides[d]) for i in range(shape[d])],
                 "UnbindBackward0")
