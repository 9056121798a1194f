# Written by `python -m compat._stubs`; do not edit.
# ruff: noqa
import builtins
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import Any, Literal, NoReturn, TypeAlias, overload

from compat import return_types as _return_types
from compat._device import device as _Device
from compat._dtype import dtype as _DType
from compat._random import Generator as _Generator
from compat._settings import memory_format as _MemoryFormat
from compat._size import Size as _Size
from compat._tensor.layout import layout as _Layout

import copy
import time
import warnings
import weakref
from collections import OrderedDict
from collections.abc import Callable
from typing import Any
import jax
import numpy as np
from compat import _dtype
from compat._autograd.above import Above
from compat._autograd.backward import backward, backward_by_plan
from compat._autograd.node import AccumulateGrad, Node, make_node, node_class
from compat._device import device
from compat._engine.program import Tracer, concrete, ctx, elements, host_put, settle, to_numpy
from compat._engine.traced import unseen, written_past
from compat._engine.value import CPU, Value, from_buffer
from compat._hooks import RemovableHandle, register
from compat._size import Size
from compat._tensor.layout import layout, strided
from compat._tensor.memory import numpy_view
from compat._tensor.printing import describe
from compat._tensor.storage import Detached, Storage, Version
from compat._tensor.strides import contiguous_strides, is_contiguous
from funcgrad.dtypes import torch_name
NUMBERS: builtins.frozenset
INFERENCE: builtins.str
NOT_A_LEAF: builtins.str
TO_JAX: builtins.str
LEAF: builtins.str
_C_NAMES: builtins.dict
_object_new: Any

_Number: TypeAlias = builtins.int | builtins.float | builtins.complex

class Tensor:
    """A multi-dimensional array with PyTorch's behaviour."""
    _v: Value | None
    _st: Storage | None
    _view: Any
    _base: Tensor | None
    _ver: Version | None
    _rg: builtins.bool
    _node: Node | None
    _nr: builtins.int
    _grad: Tensor | None
    _hooks: OrderedDict | None
    _post: OrderedDict | None
    _inf: builtins.bool
    _acc: Any
    _seen: builtins.int
    _born: builtins.str
    _keep: builtins.bool
    _is_param: builtins.bool
    _backward_hooks: Any
    __array_priority__: builtins.int
    def __new__(cls, *args: Any, **kwargs: Any) -> Tensor:
        """``torch.Tensor(data)`` or ``torch.Tensor(*sizes)``: default dtype, always a leaf."""
    def _read(self) -> Value:
        """The value of a tensor that has a storage."""
    def _value(self) -> Value:
        """The value now."""
    def _number(self) -> Any:
        """The Python number a 0-d tensor still is, or None."""
    def _host(self) -> np.ndarray:
        """A NumPy copy of the elements; runs what is pending."""
    def _write(self, value: Value) -> None:
        """Replace the elements and bump the version; no autograd, no checks."""
    def _write_traced(self, value: Value) -> None:
        """Replace the elements inside a jax transformation, where autograd shall not see it."""
    def _write_host(self, array: np.ndarray) -> None:
        """Overwrite the elements with a NumPy array's (cast and broadcast), as one in-place change."""
    def _storage(self) -> Storage:
        """The storage, made when first shared."""
    def _version_object(self) -> Version: ...
    def _alias(self, cls: builtins.type | None=None) -> Tensor:
        """A tensor on the same storage, without autograd data or version."""
    @property
    def shape(self) -> _Size:
        """The size of each dimension."""
    def _aval_source(self) -> Any:
        """Something with this tensor's aval, without recording a read of a view."""
    @property
    def _aval(self) -> Any: ...
    @overload
    def size(self) -> _Size: ...
    @overload
    def size(self, dim: builtins.int) -> builtins.int: ...
    @property
    def dtype(self) -> _DType:
        """The type of the elements."""
    @property
    def device(self) -> _Device:
        """Where the elements are."""
    @property
    def ndim(self) -> builtins.int:
        """The number of dimensions."""
    def dim(self) -> builtins.int:
        """The number of dimensions."""
    ndimension = dim
    def numel(self) -> builtins.int:
        """The number of elements."""
    nelement = numel
    @overload
    def stride(self) -> builtins.tuple[builtins.int, ...]: ...
    @overload
    def stride(self, dim: builtins.int) -> builtins.int: ...
    def storage_offset(self) -> builtins.int:
        """Where in the storage the first element is."""
    def is_contiguous(self, memory_format: Any=None) -> builtins.bool:
        """Whether the elements lie in row-major order."""
    def element_size(self) -> builtins.int:
        """Bytes of one element."""
    @property
    def itemsize(self) -> builtins.int:
        """Bytes of one element."""
    @property
    def nbytes(self) -> builtins.int:
        """Bytes of all elements."""
    def data_ptr(self) -> builtins.int:
        """The address of the first element (a stand-in, unless the memory is shared with NumPy)."""
    def get_device(self) -> builtins.int:
        """The device's index; -1 on the CPU."""
    def is_floating_point(self) -> builtins.bool:
        """Whether the elements are floating point numbers."""
    def is_complex(self) -> builtins.bool:
        """Whether the elements are complex numbers."""
    def is_signed(self) -> builtins.bool:
        """Whether the dtype has negative numbers."""
    def is_inference(self) -> builtins.bool:
        """Whether the tensor was made in inference mode."""
    def is_pinned(self, device: Any=None) -> builtins.bool:
        """False: XLA manages host memory itself."""
    def is_shared(self) -> builtins.bool:
        """False: tensors are not in shared memory."""
    @property
    def is_cpu(self) -> builtins.bool: ...
    @property
    def is_cuda(self) -> builtins.bool: ...
    @property
    def is_mps(self) -> builtins.bool: ...
    @property
    def is_xpu(self) -> builtins.bool: ...
    @property
    def is_meta(self) -> builtins.bool: ...
    @property
    def is_sparse(self) -> builtins.bool: ...
    @property
    def is_sparse_csr(self) -> builtins.bool: ...
    @property
    def is_quantized(self) -> builtins.bool: ...
    @property
    def is_nested(self) -> builtins.bool: ...
    @property
    def is_mkldnn(self) -> builtins.bool: ...
    @property
    def layout(self) -> _Layout:
        """``torch.strided``."""
    def _is_view(self) -> builtins.bool: ...
    @property
    def _version(self) -> builtins.int: ...
    @property
    def requires_grad(self) -> builtins.bool:
        """Whether operations on this tensor are recorded."""
    @requires_grad.setter
    def requires_grad(self, on: builtins.bool) -> None: ...
    def requires_grad_(self, requires_grad: builtins.bool=True) -> Tensor:
        """Set ``requires_grad`` and return self."""
    @property
    def grad_fn(self) -> Node | None:
        """The node of the operation that made this tensor; None for leaves."""
    @property
    def is_leaf(self) -> builtins.bool:
        """Whether this tensor was made by the user, or has no history."""
    @property
    def output_nr(self) -> builtins.int:
        """Which output of its node this is."""
    @property
    def retains_grad(self) -> builtins.bool:
        """Whether retain_grad() was called on this non-leaf."""
    @property
    def grad(self) -> Tensor | None:
        """The gradient accumulated by backward(); None before."""
    @grad.setter
    def grad(self, g: Tensor | None) -> None: ...
    @grad.deleter
    def grad(self) -> None: ...
    def _refresh(self) -> None:
        """Bring a view's node up to date after in-place changes of its base."""
    def _accumulator(self) -> AccumulateGrad:
        """The node that stands for this leaf in the graph, while somebody holds it."""
    def backward(self, gradient: Tensor | None=None, retain_graph: builtins.bool | None=None, create_graph: builtins.bool=False, inputs: Any=None) -> None:
        """Compute the gradients of the leaves this tensor came from, and add them to their ``.grad``."""
    def detach(self) -> Tensor:
        """The same elements without history: shares memory and version counter, requires no grad."""
    def detach_(self) -> Tensor:
        """Cut this tensor off its history: it becomes a leaf."""
    @property
    def data(self) -> Tensor:
        """The same memory without history and without version checks."""
    @data.setter
    def data(self, other: Tensor) -> None: ...
    def retain_grad(self) -> None:
        """Keep this non-leaf's gradient in ``.grad`` during backward()."""
    def register_hook(self, hook: Callable) -> RemovableHandle:
        """Call ``hook(grad)`` whenever this tensor's gradient is computed; it may return a replacement."""
    def register_post_accumulate_grad_hook(self, hook: Callable) -> RemovableHandle:
        """Call ``hook(self)`` after backward() added to ``.grad``."""
    def item(self) -> Any:
        """The one element as a Python number."""
    def tolist(self) -> Any:
        """The elements as nested lists of Python numbers."""
    def numpy(self, *, force: builtins.bool=False) -> np.ndarray:
        """The elements as a NumPy array that shares this tensor's memory, both ways."""
    def __array__(self, dtype: Any=None, copy: builtins.bool | None=None) -> np.ndarray:
        """NumPy's conversion."""
    def __jax_array__(self) -> jax.Array:
        """The elements for jnp functions."""
    def __bool__(self) -> builtins.bool:
        """The truth of a tensor of one element."""
    def _only(self) -> Any: ...
    def __int__(self) -> builtins.int:
        """The one element, truncated."""
    def __float__(self) -> builtins.float:
        """The one element."""
    def __complex__(self) -> builtins.complex:
        """The one element."""
    def __index__(self) -> builtins.int:
        """The one element, if it is an integer."""
    def __len__(self) -> builtins.int:
        """The first dimension's size."""
    def __iter__(self) -> Iterator[Tensor]: ...
    def __contains__(self, x: Any) -> builtins.bool:
        """Whether an element equals x."""
    def __hash__(self) -> builtins.int: ...
    def __repr__(self, *, tensor_contents: Any=None) -> builtins.str:
        """As PyTorch prints it."""
    __str__ = __repr__
    def __format__(self, spec: builtins.str) -> builtins.str:
        """A 0-d tensor formats like its number."""
    def __dir__(self) -> builtins.list[builtins.str]:
        """Attributes."""
    def __deepcopy__(self, memo: builtins.dict) -> Tensor:
        """A leaf with its own memory; non-leaves cannot be copied."""
    def __copy__(self) -> Tensor:
        """Another tensor on the same memory."""
    def __reduce_ex__(self, protocol: builtins.int) -> builtins.tuple:
        """Pickle as dtype, elements and requires_grad."""
    __array_ufunc__: None
    @property
    def H(self) -> Tensor: ...
    @property
    def T(self) -> Tensor: ...
    def __abs__(self) -> Tensor:
        """Absolute value, of complex numbers the modulus; its derivative at 0 is 0."""
    def __add__(self, other: Tensor | _Number) -> Tensor:
        """``input + alpha * other``; of bools, the logical or."""
    def __and__(self, other: Tensor | _Number) -> Tensor:
        """Bits set in both; of bools, the logical and."""
    def __array_wrap__(self, array: Tensor, *context: Any) -> Tensor:
        """NumPy's result as a tensor."""
    def __delitem__(self, key: Any) -> NoReturn:
        """Elements cannot be removed."""
    def __div__(self, other: Tensor | _Number) -> Tensor:
        """Python 2's ``self / other``."""
    def __dlpack__(self, **kwargs: Any) -> Any:
        """The elements for another library."""
    def __dlpack_device__(self) -> builtins.tuple[builtins.int, builtins.int]:
        """DLPack's numbers of the device."""
    def __eq__(self, other: Tensor | _Number) -> Tensor:  # type: ignore[override]
        """``input == other``."""
    def __floordiv__(self, other: Tensor | _Number) -> Tensor:
        """Quotient rounded down, computed from the exact remainder as Python does, so that it agrees with `remainder`."""
    def __ge__(self, other: Tensor | _Number) -> Tensor:
        """``input >= other``."""
    def __getitem__(self, index: Any) -> Tensor:
        """``x[index]``: a view for integers, slices, None and Ellipsis; a copy for index tensors, lists and masks."""
    def __gt__(self, other: Tensor | _Number) -> Tensor:
        """``input > other``."""
    def __iadd__(self, other: Tensor | _Number) -> Tensor:
        """``input + alpha * other``; of bools, the logical or."""
    def __iand__(self, other: Tensor | _Number) -> Tensor:
        """Bits set in both; of bools, the logical and."""
    def __idiv__(self, other: Tensor | _Number) -> Tensor:
        """Python 2's ``self /= other``."""
    def __ifloordiv__(self, other: Tensor | _Number) -> Tensor:
        """In place: see ``floor_divide``."""
    def __ilshift__(self, other: Tensor | _Number) -> Tensor:
        """``input << other``; 0 if shifted out."""
    def __imod__(self, other: Tensor | _Number) -> Tensor:
        """In place: see ``remainder``."""
    def __imul__(self, other: Tensor | _Number) -> Tensor:
        """``input * other``; of bools, the logical and."""
    def __invert__(self) -> Tensor:
        """All bits inverted; of bools, the logical not."""
    def __ior__(self, other: Tensor | _Number) -> Tensor:
        """Bits set in either; of bools, the logical or."""
    def __ipow__(self, other: Tensor | _Number) -> Tensor:
        """``input **= exponent``."""
    def __irshift__(self, other: Tensor | _Number) -> Tensor:
        """``input >> other``, copying the sign; all sign if shifted out."""
    def __isub__(self, other: Tensor | _Number) -> Tensor:
        """``input - alpha * other``; bools are refused."""
    def __itruediv__(self, other: Tensor | _Number) -> Tensor: ...
    def __ixor__(self, other: Tensor | _Number) -> Tensor:
        """Bits set in exactly one; of bools, the logical xor."""
    def __le__(self, other: Tensor | _Number) -> Tensor:
        """``input <= other``."""
    def __lshift__(self, other: Tensor | _Number) -> Tensor:
        """``input << other``; 0 if shifted out."""
    def __lt__(self, other: Tensor | _Number) -> Tensor:
        """``input < other``."""
    def __matmul__(self, other: Tensor | _Number) -> Tensor:
        """Product of two matrices, ``(n, m) @ (m, p)``."""
    def __mod__(self, other: Tensor | _Number) -> Tensor:
        """``input - other * floor(input / other)``: has the divisor's sign."""
    def __mul__(self, other: Tensor | _Number) -> Tensor:
        """``input * other``; of bools, the logical and."""
    def __ne__(self, other: Tensor | _Number) -> Tensor:  # type: ignore[override]
        """``input != other``."""
    def __neg__(self) -> Tensor:
        """``-input``; bools are refused."""
    def __or__(self, other: Tensor | _Number) -> Tensor:
        """Bits set in either; of bools, the logical or."""
    def __pos__(self) -> Tensor:
        """``+input``."""
    def __pow__(self, other: Tensor | _Number) -> Tensor:
        """``input ** exponent``."""
    def __radd__(self, other: Tensor | _Number) -> Tensor:
        """``input + alpha * other``; of bools, the logical or."""
    def __rand__(self, other: Tensor | _Number) -> Tensor:
        """Bits set in both; of bools, the logical and."""
    def __rdiv__(self, other: Tensor | _Number) -> Tensor:
        """Python 2's ``other / self``."""
    def __reversed__(self) -> Tensor:
        """Flipped along the first dimension."""
    def __rfloordiv__(self, other: Tensor | _Number) -> Tensor:
        """Quotient rounded down, computed from the exact remainder as Python does, so that it agrees with `remainder`."""
    def __rlshift__(self, other: Tensor | _Number) -> Tensor:
        """``input << other``; 0 if shifted out."""
    def __rmatmul__(self, other: Tensor | _Number) -> Tensor:
        """``other @ self``."""
    def __rmod__(self, other: Tensor | _Number) -> Tensor:
        """``input - other * floor(input / other)``: has the divisor's sign."""
    def __rmul__(self, other: Tensor | _Number) -> Tensor:
        """``input * other``; of bools, the logical and."""
    def __ror__(self, other: Tensor | _Number) -> Tensor:
        """Bits set in either; of bools, the logical or."""
    def __rpow__(self, other: Tensor | _Number) -> Tensor:
        """``other ** input``."""
    def __rrshift__(self, other: Tensor | _Number) -> Tensor:
        """``input >> other``, copying the sign; all sign if shifted out."""
    def __rshift__(self, other: Tensor | _Number) -> Tensor:
        """``input >> other``, copying the sign; all sign if shifted out."""
    def __rsub__(self, other: Tensor | _Number) -> Tensor:
        """``other - alpha * input``; bools are refused."""
    def __rtruediv__(self, other: Tensor | _Number) -> Tensor:
        """``other / input``, which PyTorch computes as a reciprocal times a number."""
    def __rxor__(self, other: Tensor | _Number) -> Tensor:
        """Bits set in exactly one; of bools, the logical xor."""
    def __setitem__(self, index: Any, value: Any) -> None:
        """``x[index] = value``, in place."""
    def __sub__(self, other: Tensor | _Number) -> Tensor:
        """``input - alpha * other``; bools are refused."""
    def __truediv__(self, other: Tensor | _Number) -> Tensor: ...
    def __xor__(self, other: Tensor | _Number) -> Tensor:
        """Bits set in exactly one; of bools, the logical xor."""
    def abs(self, *, out: Any = None) -> Tensor:
        """Absolute value, of complex numbers the modulus; its derivative at 0 is 0."""
    def abs_(self) -> Tensor:
        """In place: see ``abs``."""
    def absolute(self, *, out: Any = None) -> Tensor:
        """Absolute value, of complex numbers the modulus; its derivative at 0 is 0."""
    def absolute_(self) -> Tensor:
        """In place: see ``abs``."""
    def acos(self, *, out: Any = None) -> Tensor:
        """Inverse cosine, in radians."""
    def acos_(self) -> Tensor:
        """In place: see ``acos``."""
    def acosh(self, *, out: Any = None) -> Tensor:
        """Inverse hyperbolic cosine."""
    def acosh_(self) -> Tensor:
        """In place: see ``acosh``."""
    def add(self, other: Tensor | _Number, *, alpha: _Number = 1, out: Any = None) -> Tensor:
        """``input + alpha * other``; of bools, the logical or."""
    def add_(self, other: Tensor | _Number, *, alpha: _Number = 1) -> Tensor:
        """In place: see ``add``."""
    def addbmm(self, batch1: Tensor, batch2: Tensor, *, beta: _Number = 1, alpha: _Number = 1, out: Any = None) -> Tensor:
        """``beta * input + alpha * sum(bmm(batch1, batch2), 0)``."""
    def addbmm_(self, batch1: Tensor, batch2: Tensor, *, beta: _Number = 1, alpha: _Number = 1) -> Tensor:
        """In place: see ``addbmm``."""
    def addcdiv(self, tensor1: Tensor, tensor2: Tensor, *, value: _Number = 1, out: Any = None) -> Tensor:
        """``input + value * tensor1 / tensor2``; integers are refused."""
    def addcdiv_(self, tensor1: Tensor, tensor2: Tensor, *, value: _Number = 1) -> Tensor:
        """In place: see ``addcdiv``."""
    def addcmul(self, tensor1: Tensor, tensor2: Tensor, *, value: _Number = 1, out: Any = None) -> Tensor:
        """``input + value * tensor1 * tensor2``."""
    def addcmul_(self, tensor1: Tensor, tensor2: Tensor, *, value: _Number = 1) -> Tensor:
        """In place: see ``addcmul``."""
    def addmm(self, mat1: Tensor, mat2: Tensor, *, beta: _Number = 1, alpha: _Number = 1, out: Any = None) -> Tensor:
        """``beta * input + alpha * (mat1 @ mat2)``, input broadcast to the product's shape."""
    def addmm_(self, mat1: Tensor, mat2: Tensor, *, beta: _Number = 1, alpha: _Number = 1) -> Tensor:
        """In place: see ``addmm``."""
    def addmv(self, mat: Tensor, vec: Tensor, *, beta: _Number = 1, alpha: _Number = 1, out: Any = None) -> Tensor:
        """``beta * input + alpha * (mat @ vec)``."""
    def addmv_(self, mat: Tensor, vec: Tensor, *, beta: _Number = 1, alpha: _Number = 1) -> Tensor:
        """In place: see ``addmv``."""
    def addr(self, vec1: Tensor, vec2: Tensor, *, beta: _Number = 1, alpha: _Number = 1, out: Any = None) -> Tensor:
        """``beta * input + alpha * outer(vec1, vec2)``."""
    def addr_(self, vec1: Tensor, vec2: Tensor, *, beta: _Number = 1, alpha: _Number = 1) -> Tensor:
        """In place: see ``addr``."""
    def adjoint(self) -> Tensor:
        """The last two dimensions exchanged, conjugated."""
    def alias(self) -> Tensor:
        """A view of the whole tensor."""
    def all(self, dim: builtins.int | Sequence[builtins.int] | None = None, keepdim: builtins.bool = False, *, axis: builtins.int | Sequence[builtins.int] | None = ..., keepdims: builtins.bool = ..., out: Any = None) -> Tensor:
        """Whether every element is nonzero; true of nothing."""
    def allclose(self, other: Any, rtol: builtins.float = 1e-05, atol: builtins.float = 1e-08, equal_nan: builtins.bool = False) -> builtins.bool:
        """Whether all elements of two tensors are close, see ``isclose``."""
    def amax(self, dim: builtins.int | Sequence[builtins.int] | None = None, keepdim: builtins.bool = False, *, axis: builtins.int | Sequence[builtins.int] | None = ..., keepdims: builtins.bool = ..., out: Any = None) -> Tensor:
        """Largest element over `dim`; ties share the gradient."""
    def amin(self, dim: builtins.int | Sequence[builtins.int] | None = None, keepdim: builtins.bool = False, *, axis: builtins.int | Sequence[builtins.int] | None = ..., keepdims: builtins.bool = ..., out: Any = None) -> Tensor:
        """Smallest element over `dim`; ties share the gradient."""
    def aminmax(self, *, dim: builtins.int | None = None, keepdim: builtins.bool = False, axis: builtins.int | None = ..., keepdims: builtins.bool = ..., out: Any = None) -> _return_types.aminmax:
        """Smallest and largest element; ties share the gradient."""
    def angle(self, *, out: Any = None) -> Tensor:
        """Argument of complex numbers; of real ones 0 or pi."""
    def any(self, dim: builtins.int | Sequence[builtins.int] | None = None, keepdim: builtins.bool = False, *, axis: builtins.int | Sequence[builtins.int] | None = ..., keepdims: builtins.bool = ..., out: Any = None) -> Tensor:
        """Whether some element is nonzero."""
    def apply_(self, callable: Callable[..., Any]) -> Tensor:
        """In place: a Python function of each element; slow."""
    def arccos(self, *, out: Any = None) -> Tensor:
        """Inverse cosine, in radians."""
    def arccos_(self) -> Tensor:
        """In place: see ``acos``."""
    def arccosh(self, *, out: Any = None) -> Tensor:
        """Inverse hyperbolic cosine."""
    def arccosh_(self) -> Tensor:
        """In place: see ``acosh``."""
    def arcsin(self, *, out: Any = None) -> Tensor:
        """Inverse sine, in radians."""
    def arcsin_(self) -> Tensor:
        """In place: see ``asin``."""
    def arcsinh(self, *, out: Any = None) -> Tensor:
        """Inverse hyperbolic sine."""
    def arcsinh_(self) -> Tensor:
        """In place: see ``asinh``."""
    def arctan(self, *, out: Any = None) -> Tensor:
        """Inverse tangent, in radians."""
    def arctan2(self, other: Tensor, *, out: Any = None) -> Tensor:
        """Angle of the point with ordinate `input` and abscissa `other`, in radians."""
    def arctan2_(self, other: Tensor) -> Tensor:
        """In place: see ``atan2``."""
    def arctan_(self) -> Tensor:
        """In place: see ``atan``."""
    def arctanh(self, *, out: Any = None) -> Tensor:
        """Inverse hyperbolic tangent."""
    def arctanh_(self) -> Tensor:
        """In place: see ``atanh``."""
    def argmax(self, dim: builtins.int | None = None, keepdim: builtins.bool = False, *, axis: builtins.int | None = ..., keepdims: builtins.bool = ..., out: Any = None) -> Tensor:
        """Index of the largest element, the first of ties, a nan before all; of the flattened array if `dim` is None."""
    def argmin(self, dim: builtins.int | None = None, keepdim: builtins.bool = False, *, axis: builtins.int | None = ..., keepdims: builtins.bool = ..., out: Any = None) -> Tensor:
        """Index of the smallest element, the first of ties, a nan before all; of the flattened array if `dim` is None."""
    def argsort(self, dim: builtins.int = -1, descending: builtins.bool = False, stable: builtins.bool = False, *, axis: builtins.int = ..., out: Any = None) -> Tensor:
        """Indices that sort `input` along `dim`; ties keep their order."""
    def argwhere(self) -> Tensor:
        """Indices of the elements that are not zero, one row each."""
    def as_strided(self, size: Sequence[builtins.int], stride: Sequence[builtins.int], storage_offset: builtins.int | None = None) -> Tensor:
        """Any sizes, strides and offset over the tensor's storage."""
    def as_strided_(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Not implemented."""
    def as_strided_scatter(self, src: Tensor, size: Sequence[builtins.int], stride: Sequence[builtins.int], storage_offset: builtins.int | None = None) -> Tensor:
        """A copy in which `src` stands where ``as_strided`` looks."""
    def as_subclass(self, cls: builtins.type) -> Tensor:
        """The same tensor as an instance of a subclass."""
    def asin(self, *, out: Any = None) -> Tensor:
        """Inverse sine, in radians."""
    def asin_(self) -> Tensor:
        """In place: see ``asin``."""
    def asinh(self, *, out: Any = None) -> Tensor:
        """Inverse hyperbolic sine."""
    def asinh_(self) -> Tensor:
        """In place: see ``asinh``."""
    def atan(self, *, out: Any = None) -> Tensor:
        """Inverse tangent, in radians."""
    def atan2(self, other: Tensor, *, out: Any = None) -> Tensor:
        """Angle of the point with ordinate `input` and abscissa `other`, in radians."""
    def atan2_(self, other: Tensor) -> Tensor:
        """In place: see ``atan2``."""
    def atan_(self) -> Tensor:
        """In place: see ``atan``."""
    def atanh(self, *, out: Any = None) -> Tensor:
        """Inverse hyperbolic tangent."""
    def atanh_(self) -> Tensor:
        """In place: see ``atanh``."""
    def atleast_1d(self) -> Tensor:
        """At least one dimension."""
    def atleast_2d(self) -> Tensor:
        """At least two dimensions, new ones in front."""
    def atleast_3d(self) -> Tensor:
        """At least three dimensions, as NumPy adds them."""
    def baddbmm(self, batch1: Tensor, batch2: Tensor, *, beta: _Number = 1, alpha: _Number = 1, out: Any = None) -> Tensor:
        """``beta * input + alpha * bmm(batch1, batch2)``."""
    def baddbmm_(self, batch1: Tensor, batch2: Tensor, *, beta: _Number = 1, alpha: _Number = 1) -> Tensor:
        """In place: see ``baddbmm``."""
    def bernoulli(self, p: builtins.float | None = None, *, generator: _Generator | None = None, out: Tensor | None = None) -> Tensor:
        """Return a one with each probability of ``input`` (or with ``p`` for all), zero otherwise."""
    def bernoulli_(self, p: Any = 0.5, *, generator: _Generator | None = None) -> Tensor:
        """Fill with ones with probability ``p`` (a number, or a tensor that broadcasts) and zeros otherwise."""
    def bfloat16(self, memory_format: _MemoryFormat | None = None) -> Tensor:
        """Converted to torch.bfloat16."""
    def bincount(self, weights: Tensor | None = None, minlength: builtins.int = 0, *, out: Any = None) -> Tensor:
        """How often each integer from 0 to the largest occurs, or the sums of their `weights`."""
    def bitwise_and(self, other: Tensor | _Number, *, out: Any = None) -> Tensor:
        """Bits set in both; of bools, the logical and."""
    def bitwise_and_(self, other: Tensor | _Number) -> Tensor:
        """In place: see ``bitwise_and``."""
    def bitwise_left_shift(self, other: Tensor | _Number, *, out: Any = None) -> Tensor:
        """``input << other``; 0 if shifted out."""
    def bitwise_left_shift_(self, other: Tensor | _Number) -> Tensor:
        """In place: see ``bitwise_left_shift``."""
    def bitwise_not(self, *, out: Any = None) -> Tensor:
        """All bits inverted; of bools, the logical not."""
    def bitwise_not_(self) -> Tensor:
        """In place: see ``bitwise_not``."""
    def bitwise_or(self, other: Tensor | _Number, *, out: Any = None) -> Tensor:
        """Bits set in either; of bools, the logical or."""
    def bitwise_or_(self, other: Tensor | _Number) -> Tensor:
        """In place: see ``bitwise_or``."""
    def bitwise_right_shift(self, other: Tensor | _Number, *, out: Any = None) -> Tensor:
        """``input >> other``, copying the sign; all sign if shifted out."""
    def bitwise_right_shift_(self, other: Tensor | _Number) -> Tensor:
        """In place: see ``bitwise_right_shift``."""
    def bitwise_xor(self, other: Tensor | _Number, *, out: Any = None) -> Tensor:
        """Bits set in exactly one; of bools, the logical xor."""
    def bitwise_xor_(self, other: Tensor | _Number) -> Tensor:
        """In place: see ``bitwise_xor``."""
    def bmm(self, mat2: Tensor, *, out: Any = None) -> Tensor:
        """Products of matrices pair by pair, ``(b, n, m) @ (b, m, p)``."""
    def bool(self, memory_format: _MemoryFormat | None = None) -> Tensor:
        """Converted to torch.bool."""
    def broadcast_to(self, size: Sequence[builtins.int]) -> Tensor:
        """``input.expand(size)``."""
    def byte(self, memory_format: _MemoryFormat | None = None) -> Tensor:
        """Converted to torch.uint8."""
    def cauchy_(self, median: builtins.float = 0.0, sigma: builtins.float = 1.0, *, generator: _Generator | None = None) -> Tensor:
        """Fill with Cauchy numbers."""
    def ccol_indices(self) -> NoReturn:
        """Only for sparse tensors."""
    def cdouble(self, memory_format: _MemoryFormat | None = None) -> Tensor:
        """Converted to torch.complex128."""
    def ceil(self, *, out: Any = None) -> Tensor:
        """Smallest integer not below; its derivative is 0."""
    def ceil_(self) -> Tensor:
        """In place: see ``ceil``."""
    def cfloat(self, memory_format: _MemoryFormat | None = None) -> Tensor:
        """Converted to torch.complex64."""
    def chalf(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Not implemented."""
    def char(self, memory_format: _MemoryFormat | None = None) -> Tensor:
        """Converted to torch.int8."""
    def cholesky(self, upper: builtins.bool = False) -> Tensor:
        """Cholesky factor: see ``torch.linalg.cholesky``."""
    def cholesky_inverse(self, upper: builtins.bool = False, *, out: Any = None) -> Tensor:
        """Inverse of the matrix whose Cholesky factor is `input`."""
    def cholesky_solve(self, L: Tensor, upper: builtins.bool = False, *, out: Any = None) -> Tensor:
        """X with ``A @ X = input`` for the matrix A whose Cholesky factor is `L`."""
    def chunk(self, chunks: builtins.int, dim: builtins.int = 0) -> builtins.tuple[Tensor, ...]:
        """At most ``chunks`` parts of equal size."""
    def clamp(self, min: Tensor | _Number | None = None, max: Tensor | _Number | None = None, *, out: Any = None) -> Tensor:
        """`input` limited to ``[min, max]``; the gradient passes inside and at the bounds. If ``min > max``, `max` wins."""
    def clamp_(self, min: Tensor | _Number | None = None, max: Tensor | _Number | None = None) -> Tensor:
        """In place: see ``clamp``."""
    def clamp_max(self, max: Tensor | _Number, *, out: Any = None) -> Tensor:
        """`input`, but at most `max`."""
    def clamp_max_(self, max: Tensor | _Number) -> Tensor:
        """In place: see ``clamp_max``."""
    def clamp_min(self, min: Tensor | _Number, *, out: Any = None) -> Tensor:
        """`input`, but at least `min`."""
    def clamp_min_(self, min: Tensor | _Number) -> Tensor:
        """In place: see ``clamp_min``."""
    def clip(self, min: Tensor | _Number | None = None, max: Tensor | _Number | None = None, *, out: Any = None) -> Tensor:
        """`input` limited to ``[min, max]``; the gradient passes inside and at the bounds. If ``min > max``, `max` wins."""
    def clip_(self, min: Tensor | _Number | None = None, max: Tensor | _Number | None = None) -> Tensor:
        """In place: see ``clamp``."""
    def clone(self, *, memory_format: _MemoryFormat | None = None, out: Any = None) -> Tensor:
        """A copy (JAX arrays being immutable, the array itself); the format is accepted and ignored."""
    def coalesce(self) -> NoReturn:
        """Only for sparse tensors."""
    def col_indices(self) -> NoReturn:
        """Only for sparse tensors."""
    def combinations(self, r: builtins.int = 2, with_replacement: builtins.bool = False, *, out: Any = None) -> Tensor:
        """All sets of `r` elements, in the order of positions, shape ``(n, r)``."""
    def conj(self) -> Tensor:
        """Complex conjugate; a real tensor is returned as it is."""
    def conj_physical(self, *, out: Any = None) -> Tensor:
        """Complex conjugate."""
    def conj_physical_(self) -> Tensor:
        """In place: see ``conj_physical``."""
    def const_data_ptr(self) -> builtins.int:
        """See ``data_ptr``."""
    def contiguous(self, memory_format: _MemoryFormat | None = None) -> Tensor:
        """Self if its elements lie in row-major order, else a copy that does."""
    def copy_(self, src: Any, non_blocking: builtins.bool = False) -> Tensor:
        """In place: another tensor's elements, broadcast and cast."""
    def copysign(self, other: Tensor | _Number, *, out: Any = None) -> Tensor:
        """Magnitude of `input` with the sign of `other`; the derivative at 0 is 0."""
    def copysign_(self, other: Tensor | _Number) -> Tensor:
        """In place: see ``copysign``."""
    def corrcoef(self, *, out: Any = None) -> Tensor:
        """Correlation of variables in rows, clipped to [-1, 1], of complex numbers in both parts."""
    def cos(self, *, out: Any = None) -> Tensor:
        """Cosine of radians."""
    def cos_(self) -> Tensor:
        """In place: see ``cos``."""
    def cosh(self, *, out: Any = None) -> Tensor:
        """Hyperbolic cosine."""
    def cosh_(self) -> Tensor:
        """In place: see ``cosh``."""
    def count_nonzero(self, dim: builtins.int | Sequence[builtins.int] | None = None, *, axis: builtins.int | Sequence[builtins.int] | None = ..., out: Any = None) -> Tensor:
        """Number of nonzero elements, int64."""
    def cov(self, *, correction: builtins.int = 1, fweights: Tensor | None = None, aweights: Tensor | None = None, out: Any = None) -> Tensor:
        """Covariance of variables in rows, observations in columns."""
    def cpu(self, memory_format: _MemoryFormat | None = None) -> Tensor:
        """On the CPU."""
    def cross(self, other: Tensor, dim: builtins.int | None = None) -> Tensor:
        """Vector product along a dimension of size three (the first such one if None)."""
    def crow_indices(self) -> NoReturn:
        """Only for sparse tensors."""
    def cuda(self, device: _Device | builtins.str | builtins.int | None = None, non_blocking: builtins.bool = False, memory_format: _MemoryFormat | None = None) -> Tensor:
        """On the GPU."""
    def cummax(self, dim: builtins.int, *, out: Any = None) -> _return_types.cummax:
        """Running maximum along `dim` and its index, the last of ties; nan from the first nan on."""
    def cummin(self, dim: builtins.int, *, out: Any = None) -> _return_types.cummin:
        """Running minimum along `dim` and its index, the last of ties; nan from the first nan on."""
    def cumprod(self, dim: builtins.int, *, dtype: _DType | builtins.type | None = None, out: Any = None) -> Tensor:
        """Running product along `dim`; its gradient is right at zeros too."""
    def cumprod_(self, dim: builtins.int, *, dtype: _DType | builtins.type | None = None) -> Tensor:
        """In place: see ``cumprod``."""
    def cumsum(self, dim: builtins.int, *, dtype: _DType | builtins.type | None = None, out: Any = None) -> Tensor:
        """Running sum along `dim`; of bools and integers in int64."""
    def cumsum_(self, dim: builtins.int, *, dtype: _DType | builtins.type | None = None) -> Tensor:
        """In place: see ``cumsum``."""
    def deg2rad(self, *, out: Any = None) -> Tensor:
        """Degrees to radians."""
    def deg2rad_(self) -> Tensor:
        """In place: see ``deg2rad``."""
    def dense_dim(self) -> builtins.int:
        """All dimensions of a strided tensor are dense."""
    def dequantize(self) -> Tensor:
        """The tensor: no tensor is quantized."""
    def det(self, **kwargs: Any) -> Tensor:
        """Determinant."""
    def diag(self, diagonal: builtins.int = 0, *, out: Any = None) -> Tensor:
        """The diagonal of a matrix, or the matrix with a vector on its diagonal."""
    def diag_embed(self, offset: builtins.int = 0, dim1: builtins.int = -2, dim2: builtins.int = -1, *, out: Any = None) -> Tensor:
        """Matrices with the last dimension on a diagonal of the new dimensions `dim1` and `dim2`."""
    def diagflat(self, offset: builtins.int = 0) -> Tensor:
        """Square matrix with the flattened input on a diagonal."""
    def diagonal(self, offset: builtins.int = 0, dim1: builtins.int = 0, dim2: builtins.int = 1) -> Tensor:
        """The diagonal of two dimensions, as the last one."""
    def diagonal_scatter(self, src: Tensor, offset: builtins.int = 0, dim1: builtins.int = 0, dim2: builtins.int = 1, *, out: Any = None) -> Tensor:
        """`input` with a diagonal replaced."""
    def diff(self, n: builtins.int = 1, dim: builtins.int = -1, prepend: Any = None, append: Any = None) -> Tensor:
        """Differences of neighbours along `dim`, taken `n` times."""
    def digamma(self, *, out: Any = None) -> Tensor:
        """Derivative of `lgamma`."""
    def digamma_(self) -> Tensor:
        """In place: see ``digamma``."""
    def dim_order(self, *, ambiguity_check: Any = False) -> builtins.tuple[builtins.int, ...]:
        """Dimensions from the one with the largest stride to the one with the smallest."""
    def dist(self, other: Tensor, p: Any = 2, *, out: Any = None) -> Tensor:
        """`vector_norm` of the difference."""
    def div(self, other: Tensor | _Number, *, rounding_mode: builtins.str | None = None, out: Any = None) -> Tensor: ...
    def div_(self, other: Tensor | _Number, *, rounding_mode: builtins.str | None = None) -> Tensor:
        """In place: see ``div``."""
    def divide(self, other: Tensor | _Number, *, rounding_mode: builtins.str | None = None, out: Any = None) -> Tensor: ...
    def divide_(self, other: Tensor | _Number, *, rounding_mode: builtins.str | None = None) -> Tensor:
        """In place: see ``div``."""
    def dot(self, tensor: Tensor, *, out: Any = None) -> Tensor:
        """Sum of products of two vectors, without conjugation."""
    def double(self, memory_format: _MemoryFormat | None = None) -> Tensor:
        """Converted to torch.float64."""
    def dsplit(self, indices_or_sections: Any) -> builtins.tuple[Tensor, ...]:
        """`tensor_split` along dimension 2."""
    def eig(self, **kwargs: Any) -> NoReturn:
        """Removed from PyTorch; raises."""
    def eq(self, other: Tensor | _Number, *, out: Any = None) -> Tensor:
        """``input == other``."""
    def eq_(self, other: Tensor | _Number) -> Tensor:
        """In place: see ``eq``."""
    def equal(self, other: Any) -> builtins.bool:
        """Whether two tensors have the same shape and elements."""
    def erf(self, *, out: Any = None) -> Tensor:
        """Error function."""
    def erf_(self) -> Tensor:
        """In place: see ``erf``."""
    def erfc(self, *, out: Any = None) -> Tensor:
        """``1 - erf(input)``."""
    def erfc_(self) -> Tensor:
        """In place: see ``erfc``."""
    def erfinv(self, *, out: Any = None) -> Tensor:
        """Inverse of `erf`."""
    def erfinv_(self) -> Tensor:
        """In place: see ``erfinv``."""
    def exp(self, *, out: Any = None) -> Tensor:
        """Exponential."""
    def exp2(self, *, out: Any = None) -> Tensor:
        """Power of two."""
    def exp2_(self) -> Tensor:
        """In place: see ``exp2``."""
    def exp_(self) -> Tensor:
        """In place: see ``exp``."""
    def expand(self, *size: Any, **kwargs: Any) -> Tensor:
        """Dimensions of size one repeated without copying; -1 keeps a size."""
    def expand_as(self, other: Tensor) -> Tensor:
        """``self.expand(other.shape)``."""
    def expm1(self, *, out: Any = None) -> Tensor:
        """``exp(input) - 1``, precise near 0."""
    def expm1_(self) -> Tensor:
        """In place: see ``expm1``."""
    def exponential_(self, lambd: builtins.float = 1.0, *, generator: _Generator | None = None) -> Tensor:
        """Fill with exponential numbers of rate ``lambd``."""
    def fill(self, value: Any) -> Tensor:
        """A copy with one value everywhere."""
    def fill_(self, value: Any) -> Tensor:
        """In place: one value everywhere."""
    def fill_diagonal_(self, fill_value: builtins.float, wrap: builtins.bool = False) -> Tensor:
        """In place: one value on the main diagonal; `wrap` begins a new one below the square of a tall matrix."""
    def fix(self, *, out: Any = None) -> Tensor:
        """Integer part, towards zero; its derivative is 0."""
    def fix_(self) -> Tensor:
        """In place: see ``trunc``."""
    def flatten(self, start_dim: builtins.int = 0, end_dim: builtins.int = -1) -> Tensor:
        """Join the dimensions from ``start_dim`` to ``end_dim``."""
    @overload
    def flip(self, dims: builtins.int | Sequence[builtins.int] | None, *, out: Any = None) -> Tensor:
        """Reverse the order along `dims`."""
    @overload
    def flip(self, *dims: builtins.int) -> Tensor: ...
    def fliplr(self, *, out: Any = None) -> Tensor:
        """Reverse the columns."""
    def flipud(self, *, out: Any = None) -> Tensor:
        """Reverse the rows."""
    def float(self, memory_format: _MemoryFormat | None = None) -> Tensor:
        """Converted to torch.float32."""
    def float_power(self, exponent: Any) -> Tensor:
        """Power computed in float64, or in complex128 if either operand is complex."""
    def float_power_(self, exponent: Any) -> Tensor:
        """In place: see ``float_power``; the tensor has to be double already."""
    def floor(self, *, out: Any = None) -> Tensor:
        """Largest integer not above; its derivative is 0."""
    def floor_(self) -> Tensor:
        """In place: see ``floor``."""
    def floor_divide(self, other: Any, *, out: Any = None) -> Tensor:
        """Quotient rounded down, computed from the exact remainder as Python does, so that it agrees with `remainder`."""
    def floor_divide_(self, other: Any) -> Tensor:
        """In place: see ``floor_divide``."""
    def fmax(self, other: Tensor, *, out: Any = None) -> Tensor:
        """Larger of the two, ignoring a nan; equal operands give the gradient to the first."""
    def fmin(self, other: Tensor, *, out: Any = None) -> Tensor:
        """Smaller of the two, ignoring a nan; equal operands give the gradient to the first."""
    def fmod(self, other: Any, *, out: Any = None) -> Tensor:
        """``input - other * trunc(input / other)``: has the dividend's sign."""
    def fmod_(self, other: Any) -> Tensor:
        """In place: see ``fmod``."""
    def frac(self, *, out: Any = None) -> Tensor:
        """Fractional part, with the sign of `input`; its derivative is 1."""
    def frac_(self) -> Tensor:
        """In place: see ``frac``."""
    def frexp(self, *, out: Any = None) -> _return_types.frexp:
        """``input = mantissa * 2 ** exponent``; the exponent's derivative is 0."""
    def gammainc(self, other: Tensor, *, out: Any = None) -> Tensor:
        """Regularised lower incomplete gamma function."""
    def gammainc_(self, other: Tensor) -> Tensor:
        """In place: see ``gammainc``."""
    def gammaincc(self, other: Tensor, *, out: Any = None) -> Tensor:
        """Regularised upper incomplete gamma function."""
    def gammaincc_(self, other: Tensor) -> Tensor:
        """In place: see ``gammaincc``."""
    def gather(self, dim: builtins.int, index: Tensor, *, sparse_grad: builtins.bool = False, out: Any = None) -> Tensor:
        """``out[i][j] = input[index[i][j]][j]`` for dim 0; index may be smaller than input elsewhere."""
    def gcd(self, other: Tensor, *, out: Any = None) -> Tensor:
        """Greatest common divisor of integers."""
    def gcd_(self, other: Tensor) -> Tensor:
        """In place: see ``gcd``."""
    def ge(self, other: Tensor | _Number, *, out: Any = None) -> Tensor:
        """``input >= other``."""
    def ge_(self, other: Tensor | _Number) -> Tensor:
        """In place: see ``ge``."""
    def geometric_(self, p: builtins.float, *, generator: _Generator | None = None) -> Tensor:
        """Fill with counts of trials up to the first success of probability ``p``."""
    def geqrf(self, *, out: Any = None) -> _return_types.geqrf:
        """The factorization Q R with Q as a product of reflectors, which `householder_product` multiplies out."""
    def ger(self, vec2: Tensor, *, out: Any = None) -> Tensor:
        """All products of the elements of two vectors, ``(n,), (m,) -> (n, m)``; dtypes promote."""
    @property
    def grad_dtype(self) -> Any: ...
    def greater(self, other: Tensor | _Number, *, out: Any = None) -> Tensor:
        """``input > other``."""
    def greater_(self, other: Tensor | _Number) -> Tensor:
        """In place: see ``gt``."""
    def greater_equal(self, other: Tensor | _Number, *, out: Any = None) -> Tensor:
        """``input >= other``."""
    def greater_equal_(self, other: Tensor | _Number) -> Tensor:
        """In place: see ``ge``."""
    def gt(self, other: Tensor | _Number, *, out: Any = None) -> Tensor:
        """``input > other``."""
    def gt_(self, other: Tensor | _Number) -> Tensor:
        """In place: see ``gt``."""
    def half(self, memory_format: _MemoryFormat | None = None) -> Tensor:
        """Converted to torch.float16."""
    def hardshrink(self, lambd: builtins.float = 0.5, *, out: Any = None) -> Tensor:
        """`input`, but 0 within ``[-lambd, lambd]``."""
    def hash_tensor(self, dim: builtins.int | Sequence[builtins.int] | None = ..., *, keepdim: builtins.bool = False, mode: builtins.int = 0, axis: builtins.int | Sequence[builtins.int] | None = ..., keepdims: builtins.bool = ..., out: Any = None) -> Tensor:
        """Exclusive or of the elements' bits over `dim` (everything if empty), as uint64."""
    def heaviside(self, values: Tensor, *, out: Any = None) -> Tensor:
        """0 below zero, 1 above, `values` at zero."""
    def heaviside_(self, values: Tensor) -> Tensor:
        """In place: see ``heaviside``."""
    def histc(self, bins: builtins.int = 100, min: _Number = 0, max: _Number = 0, *, out: Any = None) -> Tensor:
        """Counts in `bins` equal intervals of ``[min, max]``, of the whole range if both are equal."""
    def histogram(self, bins: Any = 100, *, range: Sequence[builtins.float] | None = None, weight: Tensor | None = None, density: builtins.bool = False, out: Any = None) -> Any:
        """Weight of the elements between bounds, given as a tensor or as a number of equal bins."""
    def hsplit(self, indices_or_sections: Any) -> builtins.tuple[Tensor, ...]:
        """`tensor_split` along dimension 1."""
    def hypot(self, other: Tensor, *, out: Any = None) -> Tensor:
        """Length of the vector ``(input, other)``."""
    def hypot_(self, other: Tensor) -> Tensor:
        """In place: see ``hypot``."""
    def i0(self, *, out: Any = None) -> Tensor:
        """Modified Bessel function of order 0."""
    def i0_(self) -> Tensor:
        """In place: see ``i0``."""
    def igamma(self, other: Tensor, *, out: Any = None) -> Tensor:
        """Regularised lower incomplete gamma function."""
    def igamma_(self, other: Tensor) -> Tensor:
        """In place: see ``gammainc``."""
    def igammac(self, other: Tensor, *, out: Any = None) -> Tensor:
        """Regularised upper incomplete gamma function."""
    def igammac_(self, other: Tensor) -> Tensor:
        """In place: see ``gammaincc``."""
    @property
    def imag(self) -> Tensor: ...
    @imag.setter
    def imag(self, value: Any) -> None: ...
    def index(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Not implemented."""
    def index_add(self, dim: builtins.int, index: Tensor, source: Tensor, *, alpha: _Number = 1, out: Any = None) -> Tensor:
        """Add ``alpha`` times the slices of `source` to those of `input` named by `index`; duplicates accumulate."""
    def index_add_(self, dim: builtins.int, index: Tensor, source: Tensor, *, alpha: _Number = 1) -> Tensor:
        """In place: see ``index_add``."""
    def index_copy(self, dim: builtins.int, index: Tensor, source: Tensor, *, out: Any = None) -> Tensor:
        """Write the slices of `source` over those of `input` named by `index`."""
    def index_copy_(self, dim: builtins.int, index: Tensor, source: Tensor) -> Tensor:
        """In place: see ``index_copy``."""
    def index_fill(self, dim: builtins.int, index: Tensor, value: Tensor | _Number, *, out: Any = None) -> Tensor:
        """Write one number over the slices of `input` named by `index`."""
    def index_fill_(self, dim: builtins.int, index: Tensor, value: Tensor | _Number) -> Tensor:
        """In place: see ``index_fill``."""
    def index_put(self, indices: Sequence[Tensor | None], values: Tensor, accumulate: builtins.bool = False) -> Tensor:
        """Write (or add) `values`, broadcast, at ``input[indices]``."""
    def index_put_(self, indices: Sequence[Tensor | None], values: Tensor, accumulate: builtins.bool = False) -> Tensor:
        """In place: see ``index_put``."""
    def index_reduce(self, dim: builtins.int, index: Tensor, source: Tensor, reduce: Literal['sum', 'prod', 'mean', 'amax', 'amin'], *, include_self: builtins.bool = True, out: Any = None) -> Tensor:
        """Combine the slices of `source` sent to the same slice of `input`."""
    def index_reduce_(self, dim: builtins.int, index: Tensor, source: Tensor, reduce: Literal['sum', 'prod', 'mean', 'amax', 'amin'], *, include_self: builtins.bool = True) -> Tensor:
        """In place: see ``index_reduce``."""
    def index_select(self, dim: builtins.int, index: Tensor, *, out: Any = None) -> Tensor:
        """The slices of `input` along `dim` that a vector of indices names."""
    def indices(self) -> NoReturn:
        """Only for sparse tensors."""
    def inner(self, other: Tensor, *, out: Any = None) -> Tensor:
        """Sums of products over the last dimension of both; a plain product if either is 0-d."""
    def int(self, memory_format: _MemoryFormat | None = None) -> Tensor:
        """Converted to torch.int32."""
    def int_repr(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Not implemented."""
    def inverse(self) -> Tensor:
        """Inverse of a square matrix."""
    def ipu(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Not implemented."""
    def is_coalesced(self) -> NoReturn:
        """Only for sparse tensors."""
    def is_conj(self) -> builtins.bool:
        """False: conjugation is not lazy here."""
    def is_distributed(self) -> builtins.bool:
        """False: there is one process."""
    @property
    def is_ipu(self) -> builtins.bool: ...
    @property
    def is_maia(self) -> builtins.bool: ...
    @property
    def is_mtia(self) -> builtins.bool: ...
    def is_neg(self) -> builtins.bool:
        """False: negation is not lazy here."""
    def is_nonzero(self) -> builtins.bool:
        """The truth of a tensor of one element."""
    def is_same_size(self, other: Tensor) -> builtins.bool:
        """Whether shapes are equal."""
    def is_set_to(self, tensor: Tensor) -> builtins.bool:
        """Whether both look at the same memory in the same way."""
    @property
    def is_vulkan(self) -> builtins.bool: ...
    @property
    def is_xla(self) -> builtins.bool: ...
    def isclose(self, other: Any, rtol: builtins.float = 1e-05, atol: builtins.float = 1e-08, equal_nan: builtins.bool = False) -> Any:
        """Whether ``abs(input - other) <= atol + rtol * abs(other)``, element by element."""
    def isfinite(self, *, out: Any = None) -> Tensor:
        """Whether neither infinite nor nan."""
    def isinf(self, *, out: Any = None) -> Tensor:
        """Whether infinite."""
    def isnan(self, *, out: Any = None) -> Tensor:
        """Whether not a number; of complex numbers, either part."""
    def isneginf(self, *, out: Any = None) -> Tensor:
        """Whether -inf."""
    def isposinf(self, *, out: Any = None) -> Tensor:
        """Whether +inf."""
    def isreal(self, *, out: Any = None) -> Tensor:
        """Whether the imaginary part is 0."""
    def istft(self, n_fft: builtins.int, hop_length: builtins.int | None = None, win_length: builtins.int | None = None, window: Tensor | None = None, center: builtins.bool = True, normalized: builtins.bool = False, onesided: builtins.bool | None = None, length: builtins.int | None = None, return_complex: builtins.bool = False) -> Tensor:
        """The signal whose `stft` it is, in the least squares sense."""
    def kron(self, other: Tensor, *, out: Any = None) -> Tensor:
        """Kronecker product; the shorter shape is padded with ones in front."""
    def kthvalue(self, k: builtins.int, dim: builtins.int = -1, keepdim: builtins.bool = False, *, axis: builtins.int = ..., keepdims: builtins.bool = ..., out: Any = None) -> _return_types.kthvalue:
        """The `k`-th smallest element (counted from 1) along `dim` and its index."""
    def lcm(self, other: Tensor, *, out: Any = None) -> Tensor:
        """Least common multiple of integers, not negative."""
    def lcm_(self, other: Tensor) -> Tensor:
        """In place: see ``lcm``."""
    def ldexp(self, other: Tensor, *, out: Any = None) -> Tensor:
        """``input * 2 ** other``."""
    def ldexp_(self, other: Tensor) -> Tensor:
        """In place: see ``ldexp``."""
    def le(self, other: Tensor | _Number, *, out: Any = None) -> Tensor:
        """``input <= other``."""
    def le_(self, other: Tensor | _Number) -> Tensor:
        """In place: see ``le``."""
    def lerp(self, end: Tensor, weight: Tensor | _Number, *, out: Any = None) -> Tensor:
        """``input + weight * (end - input)``, computed from the nearer end."""
    def lerp_(self, end: Tensor, weight: Tensor | _Number) -> Tensor:
        """In place: see ``lerp``."""
    def less(self, other: Tensor | _Number, *, out: Any = None) -> Tensor:
        """``input < other``."""
    def less_(self, other: Tensor | _Number) -> Tensor:
        """In place: see ``lt``."""
    def less_equal(self, other: Tensor | _Number, *, out: Any = None) -> Tensor:
        """``input <= other``."""
    def less_equal_(self, other: Tensor | _Number) -> Tensor:
        """In place: see ``le``."""
    def lgamma(self, *, out: Any = None) -> Tensor:
        """Logarithm of the absolute value of the gamma function."""
    def lgamma_(self) -> Tensor:
        """In place: see ``lgamma``."""
    def log(self, *, out: Any = None) -> Tensor:
        """Natural logarithm."""
    def log10(self, *, out: Any = None) -> Tensor:
        """Logarithm to base 10."""
    def log10_(self) -> Tensor:
        """In place: see ``log10``."""
    def log1p(self, *, out: Any = None) -> Tensor:
        """``log(1 + input)``, precise near 0."""
    def log1p_(self) -> Tensor:
        """In place: see ``log1p``."""
    def log2(self, *, out: Any = None) -> Tensor:
        """Logarithm to base 2."""
    def log2_(self) -> Tensor:
        """In place: see ``log2``."""
    def log_(self) -> Tensor:
        """In place: see ``log``."""
    def log_normal_(self, mean: builtins.float = 1.0, std: builtins.float = 2.0, *, generator: _Generator | None = None) -> Tensor:
        """Fill with numbers whose logarithms are normal."""
    def log_softmax(self, dim: builtins.int, dtype: _DType | builtins.type | None = None) -> Tensor:
        """Logarithm of ``softmax``."""
    def logaddexp(self, other: Tensor, *, out: Any = None) -> Tensor:
        """``log(exp(input) + exp(other))`` without overflow."""
    def logaddexp2(self, other: Tensor, *, out: Any = None) -> Tensor:
        """``log2(2 ** input + 2 ** other)`` without overflow."""
    def logcumsumexp(self, dim: builtins.int, *, out: Any = None) -> Tensor:
        """Running `logsumexp` along `dim`."""
    def logdet(self, *, out: Any = None) -> Tensor:
        """Logarithm of the determinant, nan where that is negative."""
    def logical_and(self, other: Tensor, *, out: Any = None) -> Tensor:
        """Whether both are nonzero."""
    def logical_and_(self, other: Tensor) -> Tensor:
        """In place: see ``logical_and``."""
    def logical_not(self, *, out: Any = None) -> Tensor:
        """Whether `input` is zero."""
    def logical_not_(self) -> Tensor:
        """In place: see ``logical_not``."""
    def logical_or(self, other: Tensor, *, out: Any = None) -> Tensor:
        """Whether either is nonzero."""
    def logical_or_(self, other: Tensor) -> Tensor:
        """In place: see ``logical_or``."""
    def logical_xor(self, other: Tensor, *, out: Any = None) -> Tensor:
        """Whether exactly one is nonzero."""
    def logical_xor_(self, other: Tensor) -> Tensor:
        """In place: see ``logical_xor``."""
    def logit(self, eps: builtins.float | None = None, *, out: Any = None) -> Tensor:
        """``log(input / (1 - input))``, of `input` limited to ``[eps, 1 - eps]`` if `eps` is given."""
    def logit_(self, eps: builtins.float | None = None) -> Tensor:
        """In place: see ``logit``."""
    def logsumexp(self, dim: builtins.int | Sequence[builtins.int] | None, keepdim: builtins.bool = False, *, keepdims: builtins.bool = ..., out: Any = None) -> Tensor:
        """``log(sum(exp(input)))`` without overflow; -inf of nothing."""
    def long(self, memory_format: _MemoryFormat | None = None) -> Tensor:
        """Converted to torch.int64."""
    def lstsq(self, **kwargs: Any) -> NoReturn:
        """Removed from PyTorch; raises."""
    def lt(self, other: Tensor | _Number, *, out: Any = None) -> Tensor:
        """``input < other``."""
    def lt_(self, other: Tensor | _Number) -> Tensor:
        """In place: see ``lt``."""
    def lu(self, pivot: builtins.bool = True, get_infos: builtins.bool = False, out: Any = None) -> Any:
        """Packed factors and pivots: see ``torch.linalg.lu_factor``."""
    def lu_solve(self, LU_data: Tensor, LU_pivots: Tensor, *, out: Any = None) -> Tensor:
        """Solution of a factored system: see ``torch.linalg.lu_solve``, whose arguments are reversed."""
    @property
    def mH(self) -> Tensor: ...
    @property
    def mT(self) -> Tensor: ...
    def map2_(self, x: Tensor, y: Tensor, callable: Callable[..., Any]) -> Tensor:
        """In place: a Python function of the elements of three tensors; slow."""
    def map_(self, tensor: Tensor, callable: Callable[..., Any]) -> Tensor:
        """In place: a Python function of the elements of two tensors; slow."""
    def masked_fill(self, mask: Tensor, value: Tensor | _Number, *, out: Any = None) -> Tensor:
        """`input` with `value` where `mask` holds."""
    def masked_fill_(self, mask: Tensor, value: Tensor | _Number) -> Tensor:
        """In place: see ``masked_fill``."""
    def masked_scatter(self, mask: Tensor, source: Tensor, *, out: Any = None) -> Tensor:
        """Replace the elements under the mask by those of `source`, in order."""
    def masked_scatter_(self, mask: Tensor, source: Tensor) -> Tensor:
        """In place: see ``masked_scatter``."""
    def masked_select(self, mask: Tensor, *, out: Any = None) -> Tensor:
        """The elements under a mask, as a vector."""
    def matmul(self, other: Tensor) -> Tensor:
        """Matrix product of vectors, matrices, and batches of them, with the nodes that PyTorch records for each."""
    def matrix_exp(self, **kwargs: Any) -> Tensor:
        """Matrix exponential."""
    def matrix_power(self, n: builtins.int) -> Tensor:
        """A square matrix multiplied with itself ``n`` times; negative powers of the inverse."""
    @overload
    def max(self) -> Tensor:
        """Largest element, of everything, along `dim`, or of two tensors."""
    @overload
    def max(self, other: Tensor, *, out: Tensor | None = None) -> Tensor: ...
    @overload
    def max(self, dim: builtins.int, keepdim: builtins.bool = False, *, out: Any = None) -> _return_types.max: ...
    @overload
    def max(self, *, axis: builtins.int, keepdim: builtins.bool = False, out: Any = None) -> _return_types.max: ...
    def maximum(self, other: Tensor, *, out: Any = None) -> Tensor:
        """Larger of the two, nan if either is; equal operands share the gradient."""
    def mean(self, dim: builtins.int | Sequence[builtins.int] | None = None, keepdim: builtins.bool = False, *, dtype: _DType | builtins.type | None = None, axis: builtins.int | Sequence[builtins.int] | None = ..., keepdims: builtins.bool = ..., out: Any = None) -> Tensor:
        """Mean over `dim`; integers need a floating `dtype`."""
    @overload
    def median(self) -> Tensor:
        """Median of everything, or along `dim` with its index; the lower one of an even number."""
    @overload
    def median(self, dim: builtins.int, keepdim: builtins.bool = False) -> _return_types.median: ...
    @overload
    def min(self) -> Tensor:
        """Smallest element, of everything, along `dim`, or of two tensors."""
    @overload
    def min(self, other: Tensor, *, out: Tensor | None = None) -> Tensor: ...
    @overload
    def min(self, dim: builtins.int, keepdim: builtins.bool = False, *, out: Any = None) -> _return_types.min: ...
    @overload
    def min(self, *, axis: builtins.int, keepdim: builtins.bool = False, out: Any = None) -> _return_types.min: ...
    def minimum(self, other: Tensor, *, out: Any = None) -> Tensor:
        """Smaller of the two, nan if either is; equal operands share the gradient."""
    def mm(self, mat2: Tensor, *, out: Any = None) -> Tensor:
        """Product of two matrices, ``(n, m) @ (m, p)``."""
    def mode(self, dim: builtins.int = -1, keepdim: builtins.bool = False, *, axis: builtins.int = ..., keepdims: builtins.bool = ..., out: Any = None) -> _return_types.mode:
        """Most frequent value along `dim`, the smallest of several, and the last index where it stands."""
    def module_load(self, other: Tensor, assign: builtins.bool = False) -> Tensor:
        """What ``load_state_dict`` puts in this tensor's place: itself with the other's values, or the other."""
    def moveaxis(self, source: Any, destination: Any) -> Tensor:
        """Dimensions moved to other places."""
    def movedim(self, source: Any, destination: Any) -> Tensor:
        """Dimensions moved to other places."""
    def msort(self, *, out: Any = None) -> Tensor:
        """Values sorted along the first dimension."""
    def mtia(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Not implemented."""
    def mul(self, other: Tensor | _Number, *, out: Any = None) -> Tensor:
        """``input * other``; of bools, the logical and."""
    def mul_(self, other: Tensor | _Number) -> Tensor:
        """In place: see ``mul``."""
    def multigammaln(self, p: builtins.int, *, out: Any = None) -> Tensor:
        """Logarithm of the multivariate gamma function of dimension `p`."""
    def multigammaln_(self, p: builtins.int) -> Tensor:
        """In place: see ``multigammaln``."""
    def multinomial(self, num_samples: builtins.int, replacement: builtins.bool = False, *, generator: _Generator | None = None, out: Tensor | None = None) -> Tensor:
        """Return indices drawn with the probabilities of each row, which need not be normalised."""
    def multiply(self, other: Tensor | _Number, *, out: Any = None) -> Tensor:
        """``input * other``; of bools, the logical and."""
    def multiply_(self, other: Tensor | _Number) -> Tensor:
        """In place: see ``mul``."""
    def mv(self, vec: Tensor, *, out: Any = None) -> Tensor:
        """Product of a matrix and a vector, ``(n, m) @ (m,)``."""
    def mvlgamma(self, p: builtins.int, *, out: Any = None) -> Tensor:
        """Logarithm of the multivariate gamma function of dimension `p`."""
    def mvlgamma_(self, p: builtins.int) -> Tensor:
        """In place: see ``multigammaln``."""
    @property
    def name(self) -> Any: ...
    def nan_to_num(self, nan: _Number | None = None, posinf: _Number | None = None, neginf: _Number | None = None, *, out: Any = None) -> Tensor:
        """Replace nan (by 0) and the infinities (by the extreme finite numbers), or by what is given."""
    def nan_to_num_(self, nan: _Number | None = None, posinf: _Number | None = None, neginf: _Number | None = None) -> Tensor:
        """In place: see ``nan_to_num``."""
    def nanmean(self, dim: builtins.int | Sequence[builtins.int] | None = None, keepdim: builtins.bool = False, *, dtype: _DType | builtins.type | None = None, axis: builtins.int | Sequence[builtins.int] | None = ..., keepdims: builtins.bool = ..., out: Any = None) -> Tensor:
        """Mean of what is not nan."""
    @overload
    def nanmedian(self) -> Tensor:
        """Median of what is not nan, of everything, or along `dim` with its index."""
    @overload
    def nanmedian(self, dim: builtins.int, keepdim: builtins.bool = False) -> _return_types.nanmedian: ...
    def nanquantile(self, q: Any, dim: builtins.int | None = None, keepdim: builtins.bool = False, *, interpolation: builtins.str = 'linear', out: Any = None) -> Tensor:
        """As `quantile`, of what is not nan."""
    def nansum(self, dim: builtins.int | Sequence[builtins.int] | None = None, keepdim: builtins.bool = False, *, dtype: _DType | builtins.type | None = None, axis: builtins.int | Sequence[builtins.int] | None = ..., keepdims: builtins.bool = ..., out: Any = None) -> Tensor:
        """Sum that counts nan as 0."""
    def narrow(self, dim: builtins.int, start: Any, length: builtins.int) -> Tensor:
        """``length`` elements of a dimension from ``start``."""
    def narrow_copy(self, dim: builtins.int, start: builtins.int, length: builtins.int, *, out: Any = None) -> Tensor:
        """A copy of what ``narrow`` views, whose checks come in another order and with other words."""
    def ne(self, other: Tensor | _Number, *, out: Any = None) -> Tensor:
        """``input != other``."""
    def ne_(self, other: Tensor | _Number) -> Tensor:
        """In place: see ``ne``."""
    def neg(self, *, out: Any = None) -> Tensor:
        """``-input``; bools are refused."""
    def neg_(self) -> Tensor:
        """In place: see ``neg``."""
    def negative(self, *, out: Any = None) -> Tensor:
        """``-input``; bools are refused."""
    def negative_(self) -> Tensor:
        """In place: see ``neg``."""
    def new(self, *args: Any, **kwargs: Any) -> Tensor:
        """A tensor of this one's dtype and device, of data or of sizes; empty without arguments."""
    def new_empty(self, *size: Any, dtype: _DType | builtins.type | None = None, device: _Device | builtins.str | builtins.int | None = None, requires_grad: builtins.bool = False, layout: _Layout | None = None, pin_memory: builtins.bool = False, **kwargs: Any) -> Tensor:
        """With this tensor's dtype and device: see ``torch.Tensor.new_empty``."""
    def new_empty_strided(self, size: Sequence[builtins.int], stride: Sequence[builtins.int], **factory: Any) -> Tensor:
        """An uninitialised tensor of this one's dtype and device, with strides."""
    def new_full(self, size: Any, fill_value: Any, *, dtype: _DType | builtins.type | None = None, device: _Device | builtins.str | builtins.int | None = None, requires_grad: builtins.bool = False, layout: _Layout | None = None, pin_memory: builtins.bool = False) -> Tensor:
        """One value with this tensor's dtype and device."""
    def new_ones(self, *size: Any, dtype: _DType | builtins.type | None = None, device: _Device | builtins.str | builtins.int | None = None, requires_grad: builtins.bool = False, layout: _Layout | None = None, pin_memory: builtins.bool = False, **kwargs: Any) -> Tensor:
        """With this tensor's dtype and device: see ``torch.Tensor.new_ones``."""
    def new_tensor(self, data: Any, *, dtype: _DType | builtins.type | None = None, device: _Device | builtins.str | builtins.int | None = None, requires_grad: builtins.bool = False, layout: _Layout | None = None, pin_memory: builtins.bool = False) -> Tensor:
        """``torch.tensor(data)`` with this tensor's dtype and device."""
    def new_zeros(self, *size: Any, dtype: _DType | builtins.type | None = None, device: _Device | builtins.str | builtins.int | None = None, requires_grad: builtins.bool = False, layout: _Layout | None = None, pin_memory: builtins.bool = False, **kwargs: Any) -> Tensor:
        """With this tensor's dtype and device: see ``torch.Tensor.new_zeros``."""
    def nextafter(self, other: Tensor, *, out: Any = None) -> Tensor:
        """Next representable number after `input` towards `other`."""
    def nextafter_(self, other: Tensor) -> Tensor:
        """In place: see ``nextafter``."""
    @overload
    def nonzero(self, *, as_tuple: Literal[False] = False, out: Tensor | None = None) -> Tensor:
        """Indices of the elements that are not zero, one row each, or one vector per dimension."""
    @overload
    def nonzero(self, *, as_tuple: Literal[True]) -> builtins.tuple[Tensor, ...]: ...
    def nonzero_static(self, *, size: builtins.int, fill_value: builtins.int = -1, out: Any = None) -> Tensor:
        """Positions of the nonzero elements, cut or filled up to `size` rows."""
    def norm(self, p: Any = 'fro', dim: Any = None, keepdim: builtins.bool = False, dtype: _DType | builtins.type | None = None, out: Any = None) -> Tensor: ...
    def normal_(self, mean: builtins.float = 0.0, std: builtins.float = 1.0, *, generator: _Generator | None = None) -> Tensor:
        """Fill with normal numbers."""
    def not_equal(self, other: Tensor | _Number, *, out: Any = None) -> Tensor:
        """``input != other``."""
    def not_equal_(self, other: Tensor | _Number) -> Tensor:
        """In place: see ``ne``."""
    def orgqr(self, tau: Tensor) -> Tensor:
        """See ``torch.linalg.householder_product``."""
    def ormqr(self, tau: Tensor, other: Tensor, left: builtins.bool = True, transpose: builtins.bool = False, *, out: Any = None) -> Tensor:
        """A matrix times the product of reflectors, or its (conjugate) transpose, from the left or the right."""
    def outer(self, vec2: Tensor, *, out: Any = None) -> Tensor:
        """All products of the elements of two vectors, ``(n,), (m,) -> (n, m)``; dtypes promote."""
    def permute(self, *dims: Any, **kwargs: Any) -> Tensor:
        """The dimensions in another order."""
    def pin_memory(self, device: _Device | builtins.str | builtins.int | None = None) -> Tensor:
        """The tensor itself: XLA manages host memory."""
    def pinverse(self, rcond: builtins.float = 1e-15) -> Tensor:
        """Moore-Penrose inverse."""
    def polygamma(self, n: builtins.int) -> Tensor:
        """The `n`-th derivative of ``digamma``."""
    def polygamma_(self, *args: Any) -> Tensor:
        """In place: see ``polygamma``."""
    def positive(self) -> Tensor:
        """`input` itself; bools are refused."""
    def pow(self, exponent: Any, *, out: Any = None) -> Tensor:
        """``input ** exponent``; the derivative at exponent 0 is 0, also at input 0."""
    def pow_(self, exponent: Any) -> Tensor:
        """In place: see ``pow``."""
    def prelu(self, weight: Tensor, *, out: Any = None) -> Tensor:
        """`leaky_relu` with one learned slope, or one for each channel (dimension 1, or 0 of a vector)."""
    def prod(self, dim: builtins.int | None = None, keepdim: builtins.bool = False, *, dtype: _DType | builtins.type | None = None, axis: builtins.int | None = ..., keepdims: builtins.bool = ..., out: Any = None) -> Tensor:
        """Product over one dimension or everything; its gradient is right at zeros too."""
    def put(self, index: Tensor, source: Tensor, accumulate: builtins.bool = False, *, out: Any = None) -> Tensor:
        """Write (or add) `source` over elements of the flattened input."""
    def put_(self, index: Tensor, source: Tensor, accumulate: builtins.bool = False) -> Tensor:
        """In place: see ``put``."""
    def q_per_channel_axis(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Not implemented."""
    def q_per_channel_scales(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Not implemented."""
    def q_per_channel_zero_points(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Not implemented."""
    def q_scale(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Not implemented."""
    def q_zero_point(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Not implemented."""
    def qr(self, some: builtins.bool = True) -> Any:
        """Orthogonal times upper triangular: see ``torch.linalg.qr``."""
    def qscheme(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Not implemented."""
    def quantile(self, q: Any, dim: builtins.int | None = None, keepdim: builtins.bool = False, *, interpolation: builtins.str = 'linear', out: Any = None) -> Tensor:
        """Quantiles of `input` along `dim`, one or a leading dimension of them; nan if there is a nan."""
    def rad2deg(self, *, out: Any = None) -> Tensor:
        """Radians to degrees."""
    def rad2deg_(self) -> Tensor:
        """In place: see ``rad2deg``."""
    def random_(self, *bounds: builtins.int | None, generator: _Generator | None = None, **named: builtins.int | None) -> Tensor:
        """Fill with integers: ``random_()`` over the dtype's range, ``random_(to)`` or ``random_(from, to)`` below ``to``."""
    def ravel(self) -> Tensor:
        """One dimension."""
    @property
    def real(self) -> Tensor: ...
    @real.setter
    def real(self, value: Any) -> None: ...
    def reciprocal(self, *, out: Any = None) -> Tensor:
        """``1 / input``."""
    def reciprocal_(self) -> Tensor:
        """In place: see ``reciprocal``."""
    def record_stream(self, stream: Any) -> None:
        """Without effect: XLA keeps memory for as long as it is used."""
    def reinforce(self, reward: Any) -> NoReturn:
        """Removed from PyTorch; raises."""
    def relu(self, *, out: Any = None) -> Tensor:
        """``max(input, 0)``; its derivative at 0 is 0."""
    def relu_(self) -> Tensor:
        """In place: see ``relu``."""
    def remainder(self, other: Any, *, out: Any = None) -> Tensor:
        """``input - other * floor(input / other)``: has the divisor's sign."""
    def remainder_(self, other: Any) -> Tensor:
        """In place: see ``remainder``."""
    def renorm(self, p: Any, dim: builtins.int, maxnorm: _Number, *, out: Any = None) -> Tensor:
        """Scale the slices along `dim` whose p-norm exceeds `maxnorm` down to it."""
    def renorm_(self, p: Any, dim: builtins.int, maxnorm: _Number) -> Tensor:
        """In place: see ``renorm``."""
    @overload
    def repeat(self, repeats: Sequence[builtins.int], *, out: Any = None) -> Tensor:
        """Copies of the whole array side by side, ``repeats[i]`` times along dimension i."""
    @overload
    def repeat(self, *repeats: builtins.int) -> Tensor: ...
    def repeat_interleave(self, repeats: Any = None, dim: builtins.int | None = None, *, output_size: builtins.int | None = None) -> Tensor:
        """Every element (every slice along `dim`) several times in a row; flattened if dim is None."""
    def reshape(self, *shape: Any, **kwargs: Any) -> Tensor:
        """The same elements in another shape: a view where the strides allow it, else a copy."""
    def reshape_as(self, other: Tensor) -> Tensor:
        """``self.reshape(other.shape)``."""
    def resize(self, *sizes: Any) -> Tensor:
        """Deprecated: the same elements in another size."""
    def resize_(self, *sizes: Any, memory_format: _MemoryFormat | None = None) -> Tensor:
        """In place: another size; elements are kept in row-major order, new ones are zero."""
    def resize_as(self, tensor: Tensor) -> Tensor:
        """Deprecated: the same elements in another tensor's size."""
    def resize_as_(self, the_template: Tensor, *, memory_format: _MemoryFormat | None = None) -> Tensor:
        """In place: another tensor's size."""
    def resize_as_sparse_(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Not implemented."""
    def resolve_conj(self) -> Tensor:
        """`input`: conjugates are computed, never left pending."""
    def resolve_neg(self) -> Any:
        """`input`: conjugates are computed, never left pending."""
    def roll(self, shifts: builtins.int | Sequence[builtins.int], dims: builtins.int | Sequence[builtins.int] | None = None, *, out: Any = None) -> Tensor:
        """Shift elements along `dims`, those pushed out coming back at the other end; flattened if no dims."""
    def rot90(self, k: builtins.int = 1, dims: Sequence[builtins.int] = ..., *, out: Any = None) -> Tensor:
        """Rotate by `k` quarter turns in the plane of two dimensions, from the first towards the second."""
    def round(self, *, decimals: builtins.int = 0, out: Any = None) -> Tensor:
        """Nearest integer, or multiple of ``10 ** -decimals``; halves go to the even neighbour. The derivative is 0."""
    def round_(self, *, decimals: builtins.int = 0) -> Tensor:
        """In place: see ``round``."""
    def row_indices(self) -> NoReturn:
        """Only for sparse tensors."""
    def rsqrt(self, *, out: Any = None) -> Tensor:
        """``1 / sqrt(input)``."""
    def rsqrt_(self) -> Tensor:
        """In place: see ``rsqrt``."""
    def rsub(self, other: Tensor | _Number, *, alpha: _Number = 1, out: Any = None) -> Tensor:
        """``other - alpha * input``; bools are refused."""
    def scatter(self, dim: builtins.int, index: Tensor, src: Any = None, *, value: Any = None, reduce: builtins.str | None = None, out: Any = None) -> Tensor:
        """Write `src` (or one number) at ``out[index[i][j]][j]`` for dim 0; `reduce` adds or multiplies instead."""
    def scatter_(self, dim: builtins.int, index: Tensor, src: Any = None, *, value: Any = None, reduce: builtins.str | None = None) -> Tensor:
        """In place: see ``scatter``."""
    def scatter_add(self, dim: builtins.int, index: Tensor, src: Tensor, *, out: Any = None) -> Tensor:
        """Add `src` at ``out[index[i][j]][j]`` for dim 0; duplicates accumulate."""
    def scatter_add_(self, dim: builtins.int, index: Tensor, src: Tensor) -> Tensor:
        """In place: see ``scatter_add``."""
    def scatter_reduce(self, dim: builtins.int, index: Tensor, src: Tensor, reduce: Literal['sum', 'prod', 'mean', 'amax', 'amin'], *, include_self: builtins.bool = True, out: Any = None) -> Tensor:
        """Combine all elements of `src` sent to the same place; without include_self the old value there is dropped."""
    def scatter_reduce_(self, dim: builtins.int, index: Tensor, src: Tensor, reduce: Literal['sum', 'prod', 'mean', 'amax', 'amin'], *, include_self: builtins.bool = True) -> Tensor:
        """In place: see ``scatter_reduce``."""
    def select(self, dim: builtins.int, index: builtins.int) -> Tensor:
        """One position of a dimension, which is dropped."""
    def select_scatter(self, src: Tensor, dim: builtins.int, index: builtins.int, *, out: Any = None) -> Tensor:
        """`input` with slice `index` of `dim` replaced."""
    def set_(self, source: Any = None, storage_offset: builtins.int = 0, size: Any = None, stride: Any = None) -> Tensor:
        """Let this tensor be another's memory, a part of a storage, or (without a source) nothing."""
    def sgn(self, *, out: Any = None) -> Tensor:
        """`sign`; of complex numbers ``input / abs(input)``, 0 at 0."""
    def sgn_(self) -> Tensor:
        """In place: see ``sgn``."""
    def share_memory_(self) -> Tensor:
        """The tensor itself."""
    def short(self, memory_format: _MemoryFormat | None = None) -> Tensor:
        """Converted to torch.int16."""
    def sigmoid(self, *, out: Any = None) -> Tensor:
        """``1 / (1 + exp(-input))``."""
    def sigmoid_(self) -> Tensor:
        """In place: see ``sigmoid``."""
    def sign(self, *, out: Any = None) -> Tensor:
        """-1, 0 or 1; complex numbers are refused. Its derivative is 0."""
    def sign_(self) -> Tensor:
        """In place: see ``sign``."""
    def signbit(self, *, out: Any = None) -> Tensor:
        """Whether the sign bit is set; true for -0.0."""
    def sin(self, *, out: Any = None) -> Tensor:
        """Sine of radians."""
    def sin_(self) -> Tensor:
        """In place: see ``sin``."""
    def sinc(self, *, out: Any = None) -> Tensor:
        """``sin(pi * input) / (pi * input)``, 1 at 0."""
    def sinc_(self) -> Tensor:
        """In place: see ``sinc``."""
    def sinh(self, *, out: Any = None) -> Tensor:
        """Hyperbolic sine."""
    def sinh_(self) -> Tensor:
        """In place: see ``sinh``."""
    def slice_inverse(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Not implemented."""
    def slice_scatter(self, src: Tensor, dim: builtins.int = 0, start: builtins.int | None = None, end: builtins.int | None = None, step: builtins.int = 1, *, axis: builtins.int = ..., out: Any = None) -> Tensor:
        """`input` with ``[start:end:step]`` of `dim` replaced."""
    def slogdet(self, **kwargs: Any) -> Any:
        """Sign and logarithm of the absolute value of the determinant."""
    def smm(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Not implemented."""
    def softmax(self, dim: builtins.int, dtype: _DType | builtins.type | None = None) -> Tensor:
        """Exponentials normalised to sum 1 along `dim`; cast to `dtype` first if given."""
    def solve(self, **kwargs: Any) -> NoReturn:
        """Removed from PyTorch; raises."""
    def sort(self, dim: builtins.int = -1, descending: builtins.bool = False, stable: builtins.bool = False, *, axis: builtins.int = ..., out: Any = None) -> _return_types.sort:
        """Sorted values along `dim` and their former indices; ties keep their order, asked for or not."""
    def sparse_dim(self) -> builtins.int:
        """No dimension of a strided tensor is sparse."""
    def sparse_mask(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Not implemented."""
    def sparse_resize_(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Not implemented."""
    def sparse_resize_and_clear_(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Not implemented."""
    def split(self, split_size: Any, dim: builtins.int = 0) -> builtins.tuple[Tensor, ...]:
        """Parts of a dimension: see ``torch.split``."""
    def split_with_sizes(self, split_sizes: Any, dim: builtins.int = 0) -> builtins.tuple[Tensor, ...]:
        """Parts of the given sizes."""
    def sqrt(self, *, out: Any = None) -> Tensor:
        """Square root; its derivative at 0 is inf."""
    def sqrt_(self) -> Tensor:
        """In place: see ``sqrt``."""
    def square(self, *, out: Any = None) -> Tensor:
        """``input ** 2``; of bools, in int64."""
    def square_(self) -> Tensor:
        """In place: see ``square``."""
    def squeeze(self, dim: Any = None) -> Tensor:
        """Without dimensions of size one: all, or the given ones."""
    def squeeze_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In place: see ``squeeze``."""
    def sspaddmm(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Not implemented."""
    def std(self, dim: Any = None, unbiased: Any = None, keepdim: builtins.bool = False, *, correction: Any = ..., axis: Any = None, out: Any = None) -> Tensor:
        """Standard deviation, its divisor the count less `correction` (1, or 0 if not `unbiased`)."""
    def std_mean(self, dim: Any = None, unbiased: Any = None, keepdim: builtins.bool = False, *, correction: Any = ..., axis: Any = None, out: Any = None) -> builtins.tuple[Tensor, ...]:
        """Standard deviation and mean."""
    def stft(self, n_fft: builtins.int, hop_length: builtins.int | None = None, win_length: builtins.int | None = None, window: Tensor | None = None, center: builtins.bool = True, pad_mode: builtins.str = 'reflect', normalized: builtins.bool = False, onesided: builtins.bool | None = None, return_complex: builtins.bool | None = None, align_to_window: builtins.bool | None = None) -> Tensor:
        """Spectra of overlapping frames: ``(*, frequencies, frames)``."""
    def storage(self) -> Any:
        """The memory of this tensor and its views, as numbers (deprecated by PyTorch)."""
    def storage_type(self) -> builtins.type:
        """The class of typed storages of this dtype, such as ``torch.FloatStorage``."""
    def sub(self, other: Tensor | _Number, *, alpha: _Number = 1, out: Any = None) -> Tensor:
        """``input - alpha * other``; bools are refused."""
    def sub_(self, other: Tensor | _Number, *, alpha: _Number = 1) -> Tensor:
        """In place: see ``sub``."""
    def subtract(self, other: Tensor | _Number, *, alpha: _Number = 1, out: Any = None) -> Tensor:
        """``input - alpha * other``; bools are refused."""
    def subtract_(self, other: Tensor | _Number, *, alpha: _Number = 1) -> Tensor:
        """In place: see ``sub``."""
    def sum(self, dim: builtins.int | Sequence[builtins.int] | None = None, keepdim: builtins.bool = False, *, dtype: _DType | builtins.type | None = None, axis: builtins.int | Sequence[builtins.int] | None = ..., keepdims: builtins.bool = ..., out: Any = None) -> Tensor:
        """Sum over `dim`; of bools and integers in int64."""
    def sum_to_size(self, *size: Any) -> Tensor:
        """Sum over the dimensions along which `size` would have to be expanded."""
    def svd(self, some: builtins.bool = True, compute_uv: builtins.bool = True, *, out: Any = None) -> Any:
        """Singular value decomposition with V, not its conjugate transpose: see ``torch.linalg.svd``."""
    def swapaxes(self, axis0: builtins.int, axis1: builtins.int) -> Tensor:
        """Two dimensions exchanged: see ``transpose``."""
    def swapaxes_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In place: see ``swapaxes``."""
    def swapdims(self, dim0: builtins.int, dim1: builtins.int) -> Tensor:
        """Two dimensions exchanged."""
    def swapdims_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In place: see ``swapdims``."""
    def symeig(self, **kwargs: Any) -> NoReturn:
        """Removed from PyTorch; raises."""
    def t(self) -> Tensor:
        """A matrix transposed; vectors and scalars as they are."""
    def t_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In place: see ``t``."""
    def take(self, index: Tensor, *, out: Any = None) -> Tensor:
        """Elements of the flattened input; negative indices count from the end."""
    def take_along_dim(self, indices: Tensor, dim: builtins.int | None = None, *, axis: builtins.int | None = ..., out: Any = None) -> Tensor:
        """As `gather`, with the other dimensions broadcast and indices modulo the size; flattened if dim is None."""
    def tan(self, *, out: Any = None) -> Tensor:
        """Tangent of radians."""
    def tan_(self) -> Tensor:
        """In place: see ``tan``."""
    def tanh(self, *, out: Any = None) -> Tensor:
        """Hyperbolic tangent."""
    def tanh_(self) -> Tensor:
        """In place: see ``tanh``."""
    def tensor_split(self, indices_or_sections: Any, dim: builtins.int = 0) -> builtins.tuple[Tensor, ...]:
        """Parts at the given indices, or as equal as possible."""
    @overload
    def tile(self, dims: Sequence[builtins.int], *, out: Any = None) -> Tensor:
        """As `repeat`, missing leading dims counting as 1."""
    @overload
    def tile(self, *dims: builtins.int) -> Tensor: ...
    def to(self, *args: Any, **kwargs: Any) -> Tensor:
        """``to(dtype)``, ``to(device, dtype)``, ``to(other)``: the tensor itself if nothing changes."""
    def to_dense(self, dtype: _DType | None = None, *, masked_grad: builtins.bool = True) -> Tensor:
        """The tensor, which is dense; ``compat._ops.sparse`` has the other case."""
    def to_mkldnn(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Not implemented."""
    def to_padded_tensor(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Not implemented."""
    def to_sparse(self, sparse_dim: builtins.int | None = None, *, layout: _Layout | None = None, blocksize: Any = None, dense_dim: builtins.int | None = None) -> Tensor:
        """The elements that are not zero, by coordinates."""
    def to_sparse_bsc(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Not implemented."""
    def to_sparse_bsr(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Not implemented."""
    def to_sparse_coo(self, sparse_dim: builtins.int | None = None, *, layout: _Layout | None = None, blocksize: Any = None, dense_dim: builtins.int | None = None) -> Tensor:
        """The elements that are not zero, by coordinates."""
    def to_sparse_csc(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Not implemented."""
    def to_sparse_csr(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Not implemented."""
    def topk(self, k: builtins.int, dim: builtins.int = -1, largest: builtins.bool = True, sorted: builtins.bool = True, *, axis: builtins.int = ..., out: Any = None) -> _return_types.topk:
        """The `k` largest (or smallest) elements along `dim` and their indices, in order."""
    def trace(self, *, out: Any = None) -> Tensor:
        """Sum of the diagonal of a matrix; integers sum in int64."""
    def transpose(self, dim0: builtins.int, dim1: builtins.int) -> Tensor:
        """Two dimensions exchanged."""
    def transpose_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In place: see ``transpose``."""
    def triangular_solve(self, A: Tensor, upper: builtins.bool = True, transpose: builtins.bool = False, unitriangular: builtins.bool = False, *, out: Any = None) -> _return_types.triangular_solve:
        """X with ``A X = b`` for a triangular A; and A."""
    def tril(self, diagonal: builtins.int = 0, *, out: Any = None) -> Tensor:
        """Lower triangle, zeros above the diagonal."""
    def tril_(self, diagonal: builtins.int = 0) -> Tensor:
        """In place: see ``tril``."""
    def triu(self, diagonal: builtins.int = 0, *, out: Any = None) -> Tensor:
        """Upper triangle, zeros below the diagonal."""
    def triu_(self, diagonal: builtins.int = 0) -> Tensor:
        """In place: see ``triu``."""
    def true_divide(self, other: Tensor | _Number, *, rounding_mode: builtins.str | None = None, out: Any = None) -> Tensor: ...
    def true_divide_(self, other: Tensor | _Number, *, rounding_mode: builtins.str | None = None) -> Tensor:
        """In place: see ``div``."""
    def trunc(self, *, out: Any = None) -> Tensor:
        """Integer part, towards zero; its derivative is 0."""
    def trunc_(self) -> Tensor:
        """In place: see ``trunc``."""
    @overload
    def type(self) -> builtins.str:
        """The legacy type's name, or the tensor converted to a type."""
    @overload
    def type(self, dtype: Any, non_blocking: builtins.bool = False) -> Tensor: ...
    def type_as(self, other: Tensor) -> Tensor:
        """In another tensor's dtype and on its device."""
    def unbind(self, dim: builtins.int = 0) -> builtins.tuple[Tensor, ...]:
        """The slices along a dimension."""
    def unflatten(self, dim: builtins.int, sizes: Sequence[builtins.int]) -> Tensor:
        """Split one dimension into several."""
    def unfold(self, dimension: builtins.int, size: builtins.int, step: builtins.int) -> Tensor:
        """All windows of ``size`` along a dimension; the window becomes the last dimension."""
    def uniform_(self, from_: builtins.float = 0.0, to: builtins.float = 1.0, *, generator: _Generator | None = None, **named: builtins.float) -> Tensor:
        """Fill with numbers uniform in [from, to)."""
    def unique(self, sorted: builtins.bool = True, return_inverse: builtins.bool = False, return_counts: builtins.bool = False, dim: builtins.int | None = None) -> Any:
        """Distinct elements in increasing order, or distinct slices along `dim`."""
    def unique_consecutive(self, return_inverse: builtins.bool = False, return_counts: builtins.bool = False, dim: builtins.int | None = None) -> Any:
        """The first of each run of equal elements, or of equal slices along `dim`."""
    def unsafe_chunk(self, chunks: builtins.int, dim: builtins.int = 0) -> builtins.tuple[Tensor, ...]:
        """As ``chunk``."""
    def unsafe_split(self, split_size: builtins.int, dim: builtins.int = 0) -> builtins.tuple[Tensor, ...]:
        """As ``split``."""
    def unsafe_split_with_sizes(self, split_sizes: Sequence[builtins.int], dim: builtins.int = 0) -> builtins.tuple[Tensor, ...]:
        """As ``split_with_sizes``."""
    def unsqueeze(self, dim: builtins.int) -> Tensor:
        """A new dimension of size one."""
    def unsqueeze_(self, *args: Any, **kwargs: Any) -> Tensor:
        """In place: see ``unsqueeze``."""
    def untyped_storage(self) -> Any:
        """The memory of this tensor and its views, as bytes."""
    def values(self) -> NoReturn:
        """Only for sparse tensors."""
    def var(self, dim: Any = None, unbiased: Any = None, keepdim: builtins.bool = False, *, correction: Any = ..., axis: Any = None, out: Any = None) -> Tensor:
        """Variance, its divisor the count less `correction` (1, or 0 if not `unbiased`)."""
    def var_mean(self, dim: Any = None, unbiased: Any = None, keepdim: builtins.bool = False, *, correction: Any = ..., axis: Any = None, out: Any = None) -> builtins.tuple[Tensor, ...]:
        """Variance and mean."""
    def vdot(self, other: Tensor, *, out: Any = None) -> Tensor:
        """Sum of products of two vectors, the first conjugated."""
    def view(self, *shape: Any, **kwargs: Any) -> Tensor:
        """The same memory in another shape, or read as another dtype."""
    def view_as(self, other: Tensor) -> Tensor:
        """``self.view(other.shape)``."""
    @property
    def volatile(self) -> Any: ...
    def vsplit(self, indices_or_sections: Any) -> builtins.tuple[Tensor, ...]:
        """`tensor_split` along dimension 0."""
    def where(self, condition: Tensor, other: Tensor | _Number) -> Tensor:
        """`input` where `condition` holds, else `other`."""
    def xlogy(self, other: Tensor | _Number, *, out: Any = None) -> Tensor:
        """``input * log(other)``, 0 where `input` is 0 unless `other` is nan."""
    def xlogy_(self, other: Tensor | _Number) -> Tensor:
        """In place: see ``xlogy``."""
    def xpu(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Not implemented."""
    def zero_(self) -> Tensor:
        """In place: zeros."""

def _number_of(a: np.ndarray) -> Any: ...
def _rebuild(cls: builtins.type, data: builtins.bytes, dtype: builtins.str, shape: builtins.tuple, requires_grad: builtins.bool) -> Tensor: ...
def make(v: Value) -> Tensor:
    """A new tensor holding a value."""
def is_tensor(x: Any) -> builtins.bool:
    """Whether x is a Tensor."""
def wrap(array: Any, requires_grad: builtins.bool=False) -> Tensor:
    """A leaf with the elements of a NumPy or jax array (copied); jax tracers are taken as they are."""
def tensor_from_host(array: np.ndarray, where: _Device=...) -> Tensor:
    """A leaf with a NumPy array's elements, copied."""
