"""Smaller things of the Tensor class: copies of views, in-place forms, descriptions, refusals of sparse layouts."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import numpy as np

from compat import _dtype
from compat._later import absent
from compat._ops.declare import FUNCTIONS, METHODS, composite, ops
from compat._ops.sizes import sizes_of
from compat._tensor.tensor import Tensor, tensor_from_host

_method = functools.partial(composite, function=False)
_function = functools.partial(composite, method=False)


# ---------------------------------------------------------------- copies of views


def _copied(name: str) -> None:
    """``torch.select_copy`` and its kind: the view, copied."""

    def function(input: Any, *args: Any, out: Any = None, **kwargs: Any) -> Any:
        view = (METHODS.get(name) or FUNCTIONS[name])(input, *args, **kwargs)
        if isinstance(view, tuple):
            copies = tuple(v.clone() for v in view)
            return copies if out is None else [ops._into(o, v) for o, v in zip(out, copies, strict=True)]
        return view.clone() if out is None else ops._into(out, view)

    function.__name__ = function.__qualname__ = f"{name}_copy"
    function.__doc__ = f"A copy of what ``{name}`` views."
    composite(function, name=f"{name}_copy", method=False)


for _name in """alias as_strided detach diagonal expand permute select split split_with_sizes squeeze t transpose
        unbind unfold unsqueeze view view_as_complex view_as_real""".split():
    _copied(_name)


@composite
def narrow_copy(input: Tensor, dim: int, start: int, length: int, *, out: Any = None) -> Tensor:
    """A copy of what ``narrow`` views, whose checks come in another order and with other words."""
    n = input.dim()
    if n and dim >= n:
        raise RuntimeError("Expected dim < static_cast<int64_t>(self_sizes.size()) to be true, but got false.  (Could "
                           "this error message be improved?  If so, please report an enhancement request to PyTorch.)")
    if n and length < 0 and -n <= dim and -input.shape[dim] <= start <= input.shape[dim]:
        first = start + input.shape[dim] if start < 0 else start
        raise RuntimeError(f"start ({first}) + length ({length}) exceeds dimension size ({input.shape[dim]}).")
    view = input.narrow(dim, start, length)
    return view.clone() if out is None else ops._into(out, view)


@_function
def slice_copy(input: Tensor, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1) -> Tensor:
    """A copy of a slice along a dimension."""
    at = (slice(None),) * (dim % input.dim()) + (slice(start, end, step),)
    return input[at].clone()


@composite
def as_strided_scatter(
    input: Tensor, src: Tensor, size: Sequence[int], stride: Sequence[int], storage_offset: int | None = None
) -> Tensor:
    """A copy in which `src` stands where ``as_strided`` looks."""
    # its gradient is the mathematical one; PyTorch's own keeps what it should drop and fails PyTorch's gradcheck
    out = input.clone(memory_format=None)
    out.as_strided(size, stride, storage_offset).copy_(src)
    return out


@composite
def unsafe_chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """As ``chunk``."""
    return ops.chunk(input, chunks, dim)


@composite
def unsafe_split(input: Tensor, split_size: int, dim: int = 0) -> tuple[Tensor, ...]:
    """As ``split``."""
    return ops.split(input, split_size, dim)


@composite
def unsafe_split_with_sizes(input: Tensor, split_sizes: Sequence[int], dim: int = 0) -> tuple[Tensor, ...]:
    """As ``split_with_sizes``."""
    return ops.split_with_sizes(input, split_sizes, dim)


# ---------------------------------------------------------------- shapes


@_method
def sum_to_size(self: Tensor, *size: Any) -> Tensor:
    """Sum over the dimensions along which `size` would have to be expanded."""
    want, have = sizes_of(size), tuple(self.shape)
    extra = len(have) - len(want)
    if extra < 0 or any(w not in (h, 1) for w, h in zip(want, have[max(extra, 0) :], strict=True)):
        raise RuntimeError(f"size {{{list(want)}}} is not expandable to size {{{list(have)}}}.")
    if not want:  # PyTorch sums here even where there is nothing to sum: of bools that is int64
        return ops.sum(self)
    dims = [i for i, h in enumerate(have) if i < extra or (want[i - extra] == 1 and h != 1)]
    return ops.sum(self, dims, keepdim=True).view(want) if dims else self


@composite
def resize_as_(self: Tensor, the_template: Tensor, *, memory_format: Any = None) -> Tensor:
    """In place: another tensor's size."""
    return self.resize_(the_template.shape)


@_method
def resize(self: Tensor, *sizes: Any) -> Tensor:
    """Deprecated: the same elements in another size."""
    warnings.warn("non-inplace resize is deprecated", stacklevel=2)
    return self.reshape(*sizes)


@_method
def resize_as(self: Tensor, tensor: Tensor) -> Tensor:
    """Deprecated: the same elements in another tensor's size."""
    warnings.warn("non-inplace resize_as is deprecated", stacklevel=2)
    return self.reshape(tensor.shape)


@composite
def is_same_size(input: Tensor, other: Tensor) -> bool:
    """Whether shapes are equal."""
    return tuple(input.shape) == tuple(other.shape)


@_method
def is_set_to(self: Tensor, tensor: Tensor) -> bool:
    """Whether both look at the same memory in the same way."""
    mine, other = ((t.data_ptr(), tuple(t.shape), t.stride()) for t in (self, tensor))
    return mine == other


@_method
def dim_order(self: Tensor, *, ambiguity_check: Any = False) -> tuple[int, ...]:
    """Dimensions from the one with the largest stride to the one with the smallest."""
    strides = self.stride()
    return tuple(sorted(range(self.dim()), key=lambda d: -strides[d]))


@_function
def empty_permuted(size: Sequence[int], physical_layout: Sequence[int], **factory: Any) -> Tensor:
    """An uninitialised tensor whose memory has its dimensions in another order."""
    n = len(size)
    if len(physical_layout) != n:
        raise RuntimeError("Number of dimensions in size does not match the length of the physical_layout; i.e. "
                           f"len(size) = {n} is not equal to len(physical_layout) = {len(physical_layout)}")
    for i, d in enumerate(physical_layout):
        if not 0 <= d < n:
            raise RuntimeError(f"Dimension out of range (expected to be between 0 and {n - 1}, but got {d} at index "
                               f"{i}).  NB: negative dims not currently supported; file an issue if you want it.")
    if len(set(physical_layout)) != n:
        raise RuntimeError("Duplicate dim not allowed")
    strides, step = [0] * len(size), 1
    for d in reversed(physical_layout):
        strides[d], step = step, step * size[d]
    return ops.empty_strided(size, strides, **factory)


@_method
def new(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    """A tensor of this one's dtype and device, of data or of sizes; empty without arguments."""
    if len(args) == 1 and not isinstance(args[0], int) and type(args[0]).__name__ != "Size":
        return self.new_tensor(args[0])
    return self.new_empty(*args, **kwargs) if args else self.new_empty(0)


@_method
def new_empty_strided(self: Tensor, size: Sequence[int], stride: Sequence[int], **factory: Any) -> Tensor:
    """An uninitialised tensor of this one's dtype and device, with strides."""
    return ops.empty_strided(size, stride, **({"dtype": self.dtype, "device": self.device} | factory))


# ---------------------------------------------------------------- in place


@composite
def fill_diagonal_(input: Tensor, fill_value: float, wrap: bool = False) -> Tensor:
    """In place: one value on the main diagonal; `wrap` begins a new one below the square of a tall matrix."""
    if input.dim() < 2:
        raise RuntimeError("dimensions must larger than 1")
    if input.dim() > 2 and len(set(input.shape)) > 1:
        raise RuntimeError("all dimensions of input must be of equal length")
    rows, columns = input.shape[0], input.shape[1]
    at = ops.arange(min(input.shape))
    if input.dim() == 2 and wrap and rows > columns:
        flat = ops.arange(0, rows * columns, columns + 1)
        input[flat.div(columns, rounding_mode="floor"), flat % columns] = fill_value
    else:
        input[(at,) * input.dim()] = fill_value
    return input


@_method
def float_power_(self: Tensor, exponent: Any) -> Tensor:
    """In place: see ``float_power``; the tensor has to be double already."""
    result = ops.float_power(self, exponent)
    if result.dtype is not self.dtype:
        names = {_dtype.float64: "Double", _dtype.complex128: "ComplexDouble"}
        raise RuntimeError(
            f"the base given to float_power_ has dtype {self.type().split('.')[-1].removesuffix('Tensor')} but the "
            f"operation's result requires dtype {names[result.dtype]}"
        )
    return self.pow_(exponent)


def _in_place(name: str) -> None:
    def method(self: Tensor, *args: Any) -> Tensor:
        return self.copy_(METHODS[name](self, *args))

    method.__name__ = method.__qualname__ = name + "_"
    method.__doc__ = f"In place: see ``{name}``."
    composite(method, function=False)


for _name in ("polygamma",):
    _in_place(_name)


def _elementwise(self: Tensor, name: str, fn: Callable, *others: Tensor) -> Tensor:
    """Replace the elements by what a Python function makes of them, one after the other."""
    if self.requires_grad:
        raise RuntimeError(f"Can't call {name}() on Variable that requires grad. Use var.detach().{name}() instead.")
    each = [self._host(), *(np.broadcast_to(o._host(), self.shape) for o in others)]
    made = [fn(*values) for values in zip(*(a.ravel().tolist() for a in each), strict=True)]
    self._write_host(np.array(made, dtype=each[0].dtype).reshape(each[0].shape))
    return self


@_method
def apply_(self: Tensor, callable: Callable) -> Tensor:
    """In place: a Python function of each element; slow."""
    return _elementwise(self, "apply_", callable)


@_method
def map_(self: Tensor, tensor: Tensor, callable: Callable) -> Tensor:
    """In place: a Python function of the elements of two tensors; slow."""
    return _elementwise(self, "map_", callable, tensor)


@_method
def map2_(self: Tensor, x: Tensor, y: Tensor, callable: Callable) -> Tensor:
    """In place: a Python function of the elements of three tensors; slow."""
    return _elementwise(self, "map2_", callable, x, y)


# ---------------------------------------------------------------- what a tensor is


@_method
def is_conj(self: Tensor) -> bool:
    """False: conjugation is not lazy here."""
    return False


@_method
def is_neg(self: Tensor) -> bool:
    """False: negation is not lazy here."""
    return False


@_method
def is_nonzero(self: Tensor) -> bool:
    """The truth of a tensor of one element."""
    return bool(self)


@composite
def is_distributed(input: Tensor) -> bool:
    """False: there is one process."""
    return False


@_function
def is_vulkan_available() -> bool:
    """False."""
    return False


@_function
def get_device(input: Tensor) -> int:
    """The index of the tensor's GPU; -1 on the CPU."""
    return input.get_device()


@_method
def const_data_ptr(self: Tensor) -> int:
    """See ``data_ptr``."""
    return self.data_ptr()


@_method
def record_stream(self: Tensor, stream: Any) -> None:
    """Without effect: XLA keeps memory for as long as it is used."""


@_method
def module_load(self: Tensor, other: Tensor, assign: bool = False) -> Tensor:
    """What ``load_state_dict`` puts in this tensor's place: itself with the other's values, or the other."""
    return other.detach() if assign else self.copy_(other).detach()


@_method
def as_subclass(self: Tensor, cls: type) -> Tensor:
    """The same tensor as an instance of a subclass."""
    return self._alias(cls)


@_method
def __reversed__(self: Tensor) -> Tensor:
    """Flipped along the first dimension."""
    return ops.flip(self, (0,)) if self.dim() else self


@_method
def __delitem__(self: Tensor, key: Any) -> NoReturn:
    """Elements cannot be removed."""
    raise TypeError("Tensor does not support deleting items")


@_method
def __dlpack_device__(self: Tensor) -> tuple[int, int]:
    """DLPack's numbers of the device."""
    return (1, 0) if self.device.type == "cpu" else (2, self.device.index or 0)


@_method
def __dlpack__(self: Tensor, **kwargs: Any) -> Any:
    """The elements for another library."""
    if self.requires_grad:
        raise BufferError("Can't export tensors that require gradient, use tensor.detach()")
    return self.numpy().__dlpack__(**kwargs)


@_function
def to_dlpack(tensor: Tensor) -> Any:
    """The elements for another library, as a DLPack capsule."""
    return __dlpack__(tensor)


@_method
def __array_wrap__(self: Tensor, array: np.ndarray, *context: Any) -> Tensor:
    """NumPy's result as a tensor."""
    return tensor_from_host(array.astype(np.uint8) if array.dtype == bool else array)


# ---------------------------------------------------------------- layouts that there are not


@_method
def to_dense(self: Tensor, dtype: _dtype.dtype | None = None, *, masked_grad: bool = True) -> Tensor:
    """The tensor, which is dense; ``compat._ops.sparse`` has the other case."""
    return self if dtype is None else self.to(dtype)


@composite
def dequantize(input: Tensor) -> Tensor:
    """The tensor: no tensor is quantized."""
    return input


@_method
def dense_dim(self: Tensor) -> int:
    """All dimensions of a strided tensor are dense."""
    return self.dim()


@_method
def sparse_dim(self: Tensor) -> int:
    """No dimension of a strided tensor is sparse."""
    return 0


_COO = "sparse coordinate"
_LAYOUTS = {"values": "sparse", "indices": _COO, "coalesce": _COO, "is_coalesced": _COO,
            "crow_indices": "sparse row compressed", "col_indices": "sparse row compressed",
            "ccol_indices": "sparse column compressed", "row_indices": "sparse column compressed"}  # fmt: skip


def _refused(name: str, layout: str) -> None:
    def method(self: Tensor) -> NoReturn:
        raise RuntimeError(f"{name} expected {layout} tensor layout but got Strided")

    method.__name__ = method.__qualname__ = name
    method.__doc__ = "Only for sparse tensors."
    composite(method, function=False)


for _name, _layout in _LAYOUTS.items():
    _refused(_name, _layout)


def _absent(name: str) -> None:
    def method(self: Tensor, *args: Any, **kwargs: Any) -> NoReturn:
        """Not implemented."""

    method.__name__ = method.__qualname__ = name
    composite(absent(f"torch.Tensor.{name}")(method), function=False)


_ABSENT = """
    as_strided_ chalf index int_repr ipu mtia q_per_channel_axis q_per_channel_scales
    q_per_channel_zero_points q_scale q_zero_point qscheme resize_as_sparse_ slice_inverse smm sparse_mask
    sparse_resize_ sparse_resize_and_clear_ sspaddmm to_mkldnn to_padded_tensor
    to_sparse_bsc to_sparse_bsr to_sparse_csc to_sparse_csr xpu"""
for _name in _ABSENT.split():
    _absent(_name)


@_method
def reinforce(self: Tensor, reward: Any) -> NoReturn:
    """Removed from PyTorch; raises."""
    raise RuntimeError("reinforce() was removed.\nUse torch.distributions instead.")


def _is_removed_volatile(self: Tensor) -> bool:
    warnings.warn("volatile was removed (Variable.volatile is always False)", stacklevel=2)
    return False


for _name in ("is_ipu", "is_maia", "is_mtia", "is_vulkan", "is_xla"):
    setattr(Tensor, _name, property(lambda self: False))
Tensor.name = property(lambda self: None)
Tensor.volatile = property(_is_removed_volatile)
Tensor.grad_dtype = property(lambda self: self.dtype)
Tensor.__long__ = Tensor.__int__
Tensor.__nonzero__ = Tensor.__bool__


@_method
def __div__(self: Tensor, other: Any) -> Tensor:
    """Python 2's ``self / other``."""
    return ops.div(self, other)


@_method
def __rdiv__(self: Tensor, other: Any) -> Tensor:
    """Python 2's ``other / self``."""
    return ops.reciprocal(self) * other


@_method
def __idiv__(self: Tensor, other: Any) -> Tensor:
    """Python 2's ``self /= other``."""
    return self.div_(other)


# ---------------------------------------------------------------- old norms


@_function
def norm_except_dim(v: Tensor, pow: int = 2, dim: int = 0) -> Tensor:
    """Norms over all dimensions but one, which keep their dimensions; of everything for -1."""
    if dim == -1:
        return ops.norm(v, pow)
    others = [d for d in range(v.dim()) if d != dim % v.dim()]
    return ops.norm(v, pow, others, keepdim=True)


@_function
def frobenius_norm(input: Tensor, dim: Any = (), keepdim: bool = False, *, out: Any = None) -> Tensor:
    """See ``torch.linalg.vector_norm``."""
    return ops.norm(input, 2, dim if dim != () else None, keepdim, out=out)


@_function
def nuclear_norm(input: Tensor, dim: Any = None, keepdim: bool = False, *, out: Any = None) -> Tensor:
    """Sum of the singular values."""
    return ops.norm(input, "nuc", dim, keepdim, out=out)
