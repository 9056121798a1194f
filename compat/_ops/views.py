"""View operators: they compute sizes, strides and offset, and leave the rest to ``compat._tensor.views``."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any

from compat import _dtype
from compat._autograd.node import make_node, node_class
from compat._engine.entry import Entry
from compat._engine.program import ctx
from compat._ops.declare import composite, ops
from compat._ops.overloads import invalid_combination
from compat._ops.sizes import sizes_for, sizes_of
from compat._tensor.strides import contiguous_strides, is_contiguous
from compat._tensor.tensor import Tensor
from compat._tensor.views import step, strides_for_view, transposed
from funcgrad.ops.creation import zeros
from funcgrad.shapes import infer_size, wrap_dim

NOT_VIEWABLE = ("view size is not compatible with input tensor's size and stride (at least one dimension spans across "
                "two contiguous subspaces). Use .reshape(...) instead.")


inferred = functools.lru_cache(4096)(infer_size)


def layout_of(x: Tensor) -> tuple[tuple[int, ...], tuple[int, ...], int]:
    """Its sizes, strides and offset."""
    return x._aval.shape, x.stride(), x.storage_offset()


def _reshaped(x: Tensor, shape: tuple[int, ...], strides: tuple[int, ...], node: str) -> Tensor:
    return step(x, "reshape", (shape,), (), strides, x.storage_offset(), node)


@composite(function=False)
def view(self: Tensor, *shape: Any, **kwargs: Any) -> Tensor:
    """The same memory in another shape, or read as another dtype.

    Raises:
      RuntimeError: if the strides do not allow it without a copy, or the sizes do not match.
    """
    if kwargs:
        shape = (kwargs["size"] if "size" in kwargs else kwargs["dtype"],)
    if len(shape) == 1 and isinstance(shape[0], _dtype.dtype):
        return _view_dtype(self, shape[0])
    a = self._aval
    try:
        sizes = sizes_of(shape)
    except TypeError:
        wrong = ", ".join(f"!{type(a).__name__}!" for a in shape)
        unfit = f"\n      didn't match because some of the arguments have invalid types: ({wrong})"
        raise invalid_combination("view", shape, ("(torch.dtype dtype)" + unfit, "(tuple of ints size)" + unfit)) \
            from None
    new = inferred(sizes, a.size)
    at = self._view
    strides = strides_for_view(a.shape, contiguous_strides(a.shape) if at is None else at.strides, new)
    if strides is None:
        raise RuntimeError(NOT_VIEWABLE)
    return _reshaped(self, new, strides, "ViewBackward0")


def _view_dtype(x: Tensor, dtype: _dtype.dtype) -> Tensor:
    old, new = x.element_size(), dtype.itemsize
    shape, strides, offset = layout_of(x)
    if x.dtype is dtype:
        return step(x, "reshape", (shape,), (), strides, offset, "AliasBackward0")
    if old != new:
        if not shape:
            raise RuntimeError("self.dim() cannot be 0 to view " f"{x.dtype} as {dtype} (different element sizes)")
        if strides[-1] != 1:
            raise RuntimeError(f"self.stride(-1) must be 1 to view {x.dtype.scalar_name} as "
                               f"{dtype.scalar_name} (different element sizes), but got {strides[-1]}")
    if old < new:
        ratio = new // old
        if shape[-1] % ratio:
            raise RuntimeError(f"self.size(-1) must be divisible by {ratio} to view {x.dtype.scalar_name} as "
                               f"{dtype.scalar_name} (different element sizes), but got {shape[-1]}")
        strides, offset = (*[s // ratio for s in strides[:-1]], 1), offset // ratio
    elif old > new:
        ratio = old // new
        strides, offset = (*[s * ratio for s in strides[:-1]], 1), offset * ratio
    return step(x, "bitcast", (_dtype.to_numpy(dtype),), (), strides, offset, "ViewBackward0")


@composite(function=False)
def view_as(self: Tensor, other: Tensor) -> Tensor:
    """``self.view(other.shape)``."""
    return self.view(other.shape)


@composite
def reshape(input: Tensor, *shape: Any, **kwargs: Any) -> Tensor:
    """The same elements in another shape: a view where the strides allow it, else a copy."""
    if "shape" in kwargs:
        shape = (kwargs["shape"],)
    a = input._aval
    new = inferred(sizes_for("reshape", shape, "shape"), a.size)
    strides = strides_for_view(a.shape, input.stride(), new)
    if strides is None:
        return unsafe_view(ops.clone(input), new)
    return _reshaped(input, new, strides, "ViewBackward0")


@composite(method=False, function=False)
def unsafe_view(input: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Another shape for a fresh result: shares its memory, but since nobody else has it, it is no view of anything."""
    out = _reshaped(input, shape, contiguous_strides(shape), "UnsafeViewBackward0")
    out._base = None
    return out


@composite(function=False)
def reshape_as(self: Tensor, other: Tensor) -> Tensor:
    """``self.reshape(other.shape)``."""
    return self.reshape(other.shape)


@composite
def flatten(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """Join the dimensions from ``start_dim`` to ``end_dim``."""
    shape = input._aval.shape
    start, end = wrap_dim(start_dim, len(shape)), wrap_dim(end_dim, len(shape))
    if start > end:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    if not shape:
        return input.reshape(1)
    if start == end:
        return input
    return input.reshape(*shape[:start], math.prod(shape[start:end + 1]), *shape[end + 1:])


@composite
def ravel(input: Tensor) -> Tensor:
    """One dimension."""
    return input.reshape(-1)


@composite
def unflatten(input: Tensor, dim: int, sizes: Sequence[int]) -> Tensor:
    """Split one dimension into several."""
    shape = input._aval.shape
    d = wrap_dim(dim, len(shape))
    sizes = tuple(sizes)
    if not sizes:
        raise RuntimeError("unflatten: sizes must be non-empty")
    known = math.prod(s for s in sizes if s != -1)
    if (-1 not in sizes and known != shape[d]) or (-1 in sizes and (known == 0 or shape[d] % known)):
        raise RuntimeError(f"unflatten: Provided sizes {list(sizes)} don't multiply up to the size of dim {d} "
                           f"({shape[d]}) in the input tensor")
    return input.view(*shape[:d], *sizes, *shape[d + 1:])


@composite
def permute(input: Tensor, *dims: Any, **kwargs: Any) -> Tensor:
    """The dimensions in another order."""
    order = sizes_of((kwargs["dims"],) if "dims" in kwargs else dims)
    n = input.dim()
    if len(order) != n:
        raise RuntimeError("permute(sparse_coo): number of dimensions in the tensor input does not match the length "
                           f"of the desired ordering of dimensions i.e. input.dim() = {n} is not equal to len(dims) = "
                           f"{len(order)}")
    wrapped = tuple(wrap_dim(d, n) for d in order)
    if len(set(wrapped)) != n:
        raise RuntimeError("permute(): duplicate dims are not allowed.")
    return _permuted(input, wrapped, "PermuteBackward0")


def _permuted(x: Tensor, dims: tuple[int, ...], node: str) -> Tensor:
    _, strides, offset = layout_of(x)
    return step(x, "permute", (dims,), (), tuple(strides[d] for d in dims), offset, node)


@composite(aliases="swapdims")
def transpose(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """Two dimensions exchanged."""
    n = input.dim()
    a, b = wrap_dim(dim0, n), wrap_dim(dim1, n)
    if n == 0:
        return step(input, "reshape", ((),), (), (), input.storage_offset(), "AliasBackward0")
    order = list(range(n))
    order[a], order[b] = order[b], order[a]
    return _permuted(input, tuple(order), "TransposeBackward0")


@composite
def swapaxes(input: Tensor, axis0: int, axis1: int) -> Tensor:
    """Two dimensions exchanged: see ``transpose``."""
    return transpose(input, axis0, axis1)


@composite
def t(input: Tensor) -> Tensor:
    """A matrix transposed; vectors and scalars as they are."""
    n = input.dim()
    if n > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {n}D")
    return transposed(input)


def _matrix_t(x: Tensor, name: str) -> Tensor:
    n = x.dim()
    if n < 2:
        raise RuntimeError(f"tensor.{name} is only supported on matrices or batches of matrices. Got {n}-D tensor.")
    return x.transpose(-2, -1)


@composite
def adjoint(input: Tensor) -> Tensor:
    """The last two dimensions exchanged, conjugated."""
    x = _matrix_t(input, "adjoint()")
    return ops.conj(x) if x.is_complex() else x


@composite(aliases="moveaxis")
def movedim(input: Tensor, source: Any, destination: Any) -> Tensor:
    """Dimensions moved to other places."""
    n = input.dim()
    given = [list(d) if isinstance(d, tuple | list) else [d] for d in (source, destination)]
    if len(given[0]) != len(given[1]):
        raise RuntimeError(f"movedim: Invalid source or destination dims: source ({given[0]} dims) should contain the "
                           f"same number of dims as destination ({given[1]} dims)")
    src, dst = ([wrap_dim(d, n) for d in dims] for dims in given)
    for name, dims, wrapped in zip(("source", "destination"), given, (src, dst), strict=True):
        if len(set(wrapped)) != len(wrapped):
            raise RuntimeError(f"movedim: repeated dim in `{name}` ({dims})")
    rest = iter(d for d in range(n) if d not in src)
    order = [src[dst.index(i)] if i in dst else next(rest) for i in range(n)]
    return _permuted(input, tuple(order), "PermuteBackward0")


@composite
def squeeze(input: Tensor, dim: Any = None) -> Tensor:
    """Without dimensions of size one: all, or the given ones."""
    shape, strides, offset = layout_of(input)
    n = len(shape)
    if dim is None:
        drop, node = {d for d in range(n) if shape[d] == 1}, "SqueezeBackward0"
    elif isinstance(dim, tuple | list):
        drop, node = {wrap_dim(d, n) for d in dim}, "SqueezeBackward2"
    else:
        drop, node = {wrap_dim(dim, n)}, "SqueezeBackward1"
    keep = [d for d in range(n) if d not in drop or shape[d] != 1]
    return step(input, "reshape", (tuple(shape[d] for d in keep),), (), tuple(strides[d] for d in keep), offset, node)


@composite
def unsqueeze(input: Tensor, dim: int) -> Tensor:
    """A new dimension of size one."""
    shape, strides, offset = layout_of(input)
    d = wrap_dim(dim, len(shape) + 1)
    s = shape[d] * strides[d] if d < len(shape) else 1
    return step(input, "reshape", ((*shape[:d], 1, *shape[d:]),), (), (*strides[:d], s, *strides[d:]), offset,
                "UnsqueezeBackward0")


@composite(function=False)
def expand(self: Tensor, *size: Any, **kwargs: Any) -> Tensor:
    """Dimensions of size one repeated without copying; -1 keeps a size."""
    target = sizes_for("expand", (kwargs["size"],) if "size" in kwargs else size)
    shape, strides, offset = layout_of(self)
    extra = len(target) - len(shape)
    if extra < 0:
        raise RuntimeError(f"expand({_type_name(self)}{{{list(shape)}}}, size={list(target)}): the number of sizes "
                           f"provided ({len(target)}) must be greater or equal to the number of dimensions in the "
                           f"tensor ({len(shape)})")
    new, out = [], []
    for i, n in enumerate(target):
        old = shape[i - extra] if i >= extra else 1
        if n == -1:
            if i < extra:
                raise RuntimeError(f"The expanded size of the tensor ({n}) isn't allowed in a leading, non-existing "
                                   f"dimension {i}")
            n = old
        if old != n and old != 1:
            raise RuntimeError(f"The expanded size of the tensor ({n}) must match the existing size ({old}) at "
                               f"non-singleton dimension {i}.  Target sizes: {list(target)}.  Tensor sizes: "
                               f"{list(shape)}")
        new.append(n)
        stride = strides[i - extra] if i >= extra else 0
        out.append(stride if old == n and i >= extra else 0)
    return step(self, "expand", (tuple(new),), (), tuple(out), offset, "ExpandBackward0")


def _type_name(x: Tensor) -> str:
    return f"torch.{_dtype.type_string(x.dtype).split('.')[-1]}"


@composite(function=False)
def expand_as(self: Tensor, other: Tensor) -> Tensor:
    """``self.expand(other.shape)``."""
    return self.expand(*other._aval.shape)


@composite
def broadcast_to(input: Tensor, size: Sequence[int]) -> Tensor:
    """``input.expand(size)``."""
    return input.expand(*size)


@composite
def select(input: Tensor, dim: int, index: int) -> Tensor:
    """One position of a dimension, which is dropped."""
    shape, strides, offset = layout_of(input)
    n = len(shape)
    if n == 0:
        raise IndexError("select() cannot be applied to a 0-dim tensor.")
    d, i = wrap_dim(dim, n), int(index)
    if not -shape[d] <= i < shape[d]:
        raise IndexError(f"select(): index {i} out of range for tensor of size {list(shape)} at dimension {d}")
    i %= shape[d]
    return step(input, "select", (d,), (i,), strides[:d] + strides[d + 1:], offset + i * strides[d], "SelectBackward0")


def slice_dim(x: Tensor, dim: int, start: int | None, stop: int | None, by: int = 1) -> Tensor:
    """``x[start:stop:by]`` along a dimension."""
    shape, strides, offset = layout_of(x)
    if by <= 0:
        raise ValueError("step must be greater than zero")
    begin, end, by = slice(start, stop, by).indices(shape[dim])
    length = max(0, -(-(end - begin) // by))
    begin = min(begin, shape[dim])
    return step(x, "slice", (dim, length, by), (begin,), (*strides[:dim], strides[dim] * by, *strides[dim + 1:]),
                offset + begin * strides[dim], "SliceBackward0")


@composite
def narrow(input: Tensor, dim: int, start: Any, length: int) -> Tensor:
    """``length`` elements of a dimension from ``start``."""
    shape = input._aval.shape
    if not shape:
        raise RuntimeError("narrow() cannot be applied to a 0-dim tensor.")
    if isinstance(start, Tensor) and (start.dim() or start.is_floating_point() or start.dtype is _dtype.bool_):
        raise RuntimeError("start must be an 0-dim integral Tensor.")
    d, s = wrap_dim(dim, len(shape)), int(start)
    if length < 0:
        raise RuntimeError("narrow(): length must be non-negative.")
    if not -shape[d] <= s <= shape[d]:
        raise IndexError(f"start out of range (expected to be in range of [{-shape[d]}, {shape[d]}], but got {s})")
    s = s + shape[d] if s < 0 else s
    if s + length > shape[d]:
        raise RuntimeError(f"start ({s}) + length ({length}) exceeds dimension size ({shape[d]}).")
    return slice_dim(input, d, s, s + length)


@composite(namespaces="linalg:_diagonal")
def diagonal(input: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """The diagonal of two dimensions, as the last one."""
    shape, strides, start = layout_of(input)
    n = len(shape)
    a, b = wrap_dim(dim1, n), wrap_dim(dim2, n)
    if a == b:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    length = max(min(shape[a], shape[b] - offset) if offset >= 0 else min(shape[a] + offset, shape[b]), 0)
    if length:
        start += offset * strides[b] if offset >= 0 else -offset * strides[a]
    rest = tuple(s for d, s in enumerate(strides) if d not in (a, b))
    return step(input, "diagonal", (offset, a, b), (), (*rest, strides[a] + strides[b]), start, "DiagonalBackward0")


@composite(function=False)
def unfold(self: Tensor, dimension: int, size: int, step: int) -> Tensor:
    """All windows of ``size`` along a dimension; the window becomes the last dimension."""
    shape, strides, offset = layout_of(self)
    d = wrap_dim(dimension, len(shape))
    largest = shape[d] if shape else 1
    if size > largest:
        raise RuntimeError(f"maximum size for tensor at dimension {d} is {largest} but size is {size}")
    if step <= 0:
        raise RuntimeError(f"step is {step} but must be > 0")
    if not shape:  # one window, without a dimension of windows
        return narrow(self.view((1,)), 0, 0, size)
    return _unfold_step(self, d, size, step, (*strides[:d], strides[d] * step, *strides[d + 1:], strides[d]), offset)


def _unfold_step(x: Tensor, d: int, size: int, by: int, strides: tuple[int, ...], offset: int) -> Tensor:
    return step(x, "unfold", (d, size, by), (), strides, offset, "UnfoldBackward0")


@composite
def as_strided(input: Tensor, size: Sequence[int], stride: Sequence[int], storage_offset: int | None = None) -> Tensor:
    """Any sizes, strides and offset over the tensor's storage."""
    size, stride = tuple(size), tuple(stride)
    if len(size) != len(stride):
        raise RuntimeError(f"mismatch in length of strides and shape. {len(size)} vs {len(stride)}")
    offset = input.storage_offset() if storage_offset is None else storage_offset
    if any(s < 0 for s in stride):
        raise RuntimeError(f"as_strided: Negative strides are not supported at the moment, got strides: {list(stride)}")
    base = input._base if input._base is not None else input
    whole = input._st._value.aval if input._st is not None else input._aval
    reach = offset + sum((n - 1) * s for n, s in zip(size, stride, strict=True)) + 1 if 0 not in size else 0
    if reach > whole.nbytes // input.element_size():
        have = whole.nbytes
        raise RuntimeError(f"setStorage: sizes {list(size)}, strides {list(stride)}, storage offset {offset}, and "
                           f"itemsize {input.element_size()} requiring a storage size of "
                           f"{reach * input.element_size()} are out of bounds for storage of size {have}")
    if base._aval.dtype != input._aval.dtype:  # a view that reads the bytes as another dtype
        base = base.reshape(-1).view(input.dtype)
    if input._view is not None and base is input:
        return _over_storage(input, size, stride, offset)
    return step(base, "as_strided", (size, stride, offset), (), stride, offset, "AsStridedBackward0")


def _over_storage(x: Tensor, size: tuple[int, ...], stride: tuple[int, ...], offset: int) -> Tensor:
    """``as_strided`` of a detached view, which looks at the whole storage; elements that are x's pass gradients to it.

    Where there are any, the result cannot be changed in place: what it looks at is no part of x.
    """
    whole = x._alias()
    whole._view, whole._ver = None, x._version_object()
    out = step(whole, "as_strided", (size, stride, offset), (), stride, offset, "AsStridedBackward0")
    if ctx.grad and x._rg:
        view, all_of = x._view, whole._aval
        key = (view.place_entry(all_of), out._view.forward)
        e = _parts.get(key)
        if e is None:
            put, look = key

            def raw(part: Any, *numbers: Any) -> tuple:
                return look.raw(*put.raw(zeros(all_of.shape, all_of.dtype), part, *numbers))

            e = _parts[key] = Entry("as_strided", raw, [x._aval, *[int] * len(view.path_numbers())])
            e.node = node_class("AsStridedBackward0")
        numbers = view.path_numbers()
        out._node = make_node(e, (x, *[None] * len(numbers)), (None, *numbers))
        out._rg, out._born = True, "custom:AsStridedBackward0"
    return out


_parts: dict[tuple[Entry, Entry], Entry] = {}


@composite(method=False)
def real(input: Tensor) -> Tensor:
    """Real parts: a view of complex numbers, the tensor itself otherwise."""
    return view_as_real(input).select(-1, 0) if input.is_complex() else input


@composite(method=False)
def imag(input: Tensor) -> Tensor:
    """Imaginary parts, a view."""
    if not input.is_complex():
        raise RuntimeError("imag is not implemented for tensors with non-complex dtypes.")
    return view_as_real(input).select(-1, 1)


@composite(method=False)
def view_as_real(input: Tensor) -> Tensor:
    """Complex numbers as pairs, in a new last dimension."""
    if not input.is_complex():
        raise RuntimeError("view_as_real is only supported for complex tensors")
    _, strides, offset = layout_of(input)
    return step(input, "view_as_real", (), (), (*[2 * s for s in strides], 1), 2 * offset, "ViewAsRealBackward0")


@composite(method=False)
def view_as_complex(input: Tensor) -> Tensor:
    """Pairs as complex numbers."""
    shape, strides, offset = layout_of(input)
    if input.dtype not in (_dtype.float16, _dtype.float32, _dtype.float64):
        raise RuntimeError(f"view_as_complex is only supported for half, float and double tensors, but got a tensor of "
                           f"scalar type: {input.dtype.scalar_name}")
    if not shape or shape[-1] != 2:
        raise RuntimeError("Tensor must have a last dimension of size 2")
    if strides[-1] != 1:
        raise RuntimeError("Tensor must have a last dimension with stride 1")
    return step(input, "view_as_complex", (), (), tuple(s // 2 for s in strides[:-1]), offset // 2,
                "ViewAsComplexBackward0")


@composite
def detach(input: Tensor) -> Tensor:
    """The same elements without history."""
    return Tensor.detach(input)


@composite(function=False)
def contiguous(self: Tensor, memory_format: Any = None) -> Tensor:
    """Self if its elements lie in row-major order, else a copy that does."""
    return self if self._view is None or is_contiguous(self._aval.shape, self._view.strides) else ops.clone(self)


@composite
def alias(input: Tensor) -> Tensor:
    """A view of the whole tensor."""
    return step(input, "reshape", (input._aval.shape,), (), input.stride(), input.storage_offset(), "AliasBackward0")


@composite
def atleast_1d(*tensors: Any) -> Any:
    """At least one dimension."""
    return _atleast(tensors, lambda x: x.reshape(1) if x.dim() == 0 else x)


@composite
def atleast_2d(*tensors: Any) -> Any:
    """At least two dimensions, new ones in front."""
    return _atleast(tensors, lambda x: x.reshape(1, 1) if x.dim() == 0 else x.unsqueeze(0) if x.dim() == 1 else x)


@composite
def atleast_3d(*tensors: Any) -> Any:
    """At least three dimensions, as NumPy adds them."""
    return _atleast(tensors, lambda x: x.reshape(1, 1, 1) if x.dim() == 0 else x.unsqueeze(0).unsqueeze(-1)
                    if x.dim() == 1 else x.unsqueeze(-1) if x.dim() == 2 else x)


def _atleast(tensors: tuple, fn: Any) -> Any:
    if len(tensors) == 1 and isinstance(tensors[0], tuple | list):
        return tuple(fn(x) for x in tensors[0])
    return fn(tensors[0]) if len(tensors) == 1 else tuple(fn(x) for x in tensors)


def _in_place_view(name: str, fn: Any) -> None:
    """``x.squeeze_()`` and its like change the tensor's own sizes and strides."""

    def method(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        v = fn(self, *args, **kwargs)
        node, nr, rg = v._node, v._nr, v._rg
        self._st, self._view, self._v = v._st, v._view, None
        if node is not None:
            stem, number = node.name().split("Backward")
            node.__class__ = node_class(f"{stem}Backward{int(number) + (3 if stem == 'Squeeze' else 1)}")
            self._node, self._nr, self._rg = node, nr, rg
        ver = self._version_object()
        ver.n += 1
        if self._base is not None:
            self._seen = ver.n
        return self

    method.__name__, method.__doc__ = name, f"In place: see ``{name[:-1]}``."
    composite(method, function=False)


for _name, _fn in dict(squeeze_=squeeze, unsqueeze_=unsqueeze, transpose_=transpose, t_=t, swapaxes_=transpose,
                       swapdims_=transpose).items():
    _in_place_view(_name, _fn)


def install_properties() -> None:
    """``x.T``, ``x.mT``, ``x.H``, ``x.real``: views that are attributes."""
    Tensor.T = property(lambda self: _permuted(self, tuple(range(self.dim()))[::-1], "PermuteBackward0"))
    Tensor.mT = property(lambda self: _matrix_t(self, "mT"))
    Tensor.mH = property(adjoint)
    Tensor.H = property(lambda self: adjoint(self) if self.dim() else self)
    Tensor.real = property(real)
    Tensor.imag = property(imag)
