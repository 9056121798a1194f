"""The Tensor: a value, or a place in a storage, and its autograd data.

A tensor that nothing aliases holds its value itself (``_v``). Once it has a view, a ``detach()``ed twin or a NumPy
array on its memory, the value moves into a Storage (``_st``) that all of them share, and ``_v`` stays None: code that
wants the value reads ``_v`` and, if that is None, calls ``_read()``. Almost all tensors of a training step never get a
storage.

Operators, views and indexing are installed on the class by ``compat._ops``.
"""

from __future__ import annotations

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

NUMBERS = frozenset((int, float, bool, complex))
INFERENCE = ("Inplace update to inference tensor outside InferenceMode is not allowed.You can make a clone to get a "
             "normal tensor before doing inplace update.See https://github.com/pytorch/rfcs/pull/17 for more details.")
NOT_A_LEAF = ("The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad attribute won't "
              "be populated during autograd.backward(). If you indeed want the .grad field to be populated for a "
              "non-leaf Tensor, use .retain_grad() on the non-leaf Tensor. If you access the non-leaf Tensor by "
              "mistake, make sure you access the leaf Tensor instead. See github.com/pytorch/pytorch/pull/30531 for "
              "more information.")
TO_JAX = ("Can't hand a Tensor that requires grad to jax, which would lose its history. Use tensor.detach() instead, "
          "or compat.interop.from_jax to differentiate through a function of jax.")
LEAF = "a leaf Variable that requires grad is being used in an in-place operation."
_C_NAMES = {"float32": "float", "float64": "double", "int64": "long int", "int32": "int", "int16": "short",
            "int8": "signed char", "uint8": "unsigned char", "bool": "bool", "float16": "c10::Half",
            "bfloat16": "c10::BFloat16", "complex64": "c10::complex<float>", "complex128": "c10::complex<double>"}
_object_new = object.__new__


class Tensor:
    """A multi-dimensional array with PyTorch's behaviour.

    Example:
      >>> import compat as torch
      >>> torch.tensor([1.0, 2.0]) * 2
      tensor([2., 4.])

    Source:
      PyTorch, ``torch.Tensor``.
    """

    __module__ = "compat"  # where users find it

    # Defaults, so that making a tensor stores one attribute.
    _v: Value | None = None
    _st: Storage | None = None
    _view: Any = None
    _base: Tensor | None = None
    _ver: Version | None = None
    _rg = False
    _node: Node | None = None
    _nr = 0
    _grad: Tensor | None = None
    _hooks: OrderedDict | None = None
    _post: OrderedDict | None = None
    _inf = False
    _acc: Any = None
    _seen = 0  # the version at which _node describes this view
    _born = ""  # how this view came about: "", "no_grad", "inference", "multi:Name", "custom:Name"
    _keep = False  # retain_grad() was called
    _is_param = False
    _backward_hooks: Any = None

    __array_priority__ = 1000
    __slots__ = ("__dict__", "__weakref__")

    def __new__(cls, *args: Any, **kwargs: Any) -> Tensor:
        """``torch.Tensor(data)`` or ``torch.Tensor(*sizes)``: default dtype, always a leaf."""
        return Above.construct(cls, args, kwargs)

    # Values -----------------------------------------------------------------------------------------------------

    def _read(self) -> Value:
        """The value of a tensor that has a storage."""
        st = self._st
        if st is None:
            if self._v is None:
                raise RuntimeError("internal: a tensor without a value")
            return self._v
        view = self._view
        if view is None:
            return st._value if st.host is None else st.value
        base = self._base
        if base is not None and base._rg and not self._rg:
            self._rg = True
        return view.read(st)

    def _value(self) -> Value:
        """The value now."""
        v = self._v
        return v if v is not None else self._read()

    def _number(self) -> Any:
        """The Python number a 0-d tensor still is, or None."""
        return self._value().num

    def _host(self) -> np.ndarray:
        """A NumPy copy of the elements; runs what is pending."""
        return to_numpy(self._value())

    def _write(self, value: Value) -> None:
        """Replace the elements and bump the version; no autograd, no checks."""
        st = self._st
        old = self._v if st is None else st._value
        if (isinstance(old.buf, Tracer) or isinstance(value.buf, Tracer)) and unseen():
            self._write_traced(value)
        elif st is None:
            self._v = value
        elif self._view is not None:
            self._view.write(st, value)
        elif st.host is None:
            st._value = value
        else:
            st.write(value)
        if self._inf and not ctx.inference:
            raise RuntimeError(INFERENCE)  # PyTorch, too, finds out only when it counts the change
        ver = self._ver
        if ver is None:
            self._ver = ver = Version()
            ver.n = 1
        else:
            ver.n += 1

    def _write_traced(self, value: Value) -> None:
        """Replace the elements inside a jax transformation, where autograd shall not see it."""
        st = self._storage()
        old = st._value
        if self._view is None:
            st._value = written_past(old, value)
        else:
            self._view.write(st, value)
            st._value = written_past(old, st._value)

    def _write_host(self, array: np.ndarray) -> None:
        """Overwrite the elements with a NumPy array's (cast and broadcast), as one in-place change."""
        a = self._value().aval
        full = np.array(np.broadcast_to(np.asarray(array).astype(a.dtype, copy=False), a.shape))
        self._write(from_buffer(host_put(full, a.device), a.device))

    def _storage(self) -> Storage:
        """The storage, made when first shared."""
        st = self._st
        if st is None:
            st = self._st = Storage(self._v)  # type: ignore[arg-type]
            self._v = None
        return st

    def _version_object(self) -> Version:
        if self._ver is None:
            self._ver = ver = Version()
            ver.n = 0
        return self._ver

    def _alias(self, cls: type | None = None) -> Tensor:
        """A tensor on the same storage, without autograd data or version."""
        t = _object_new(cls or Tensor)
        st = self._st
        t._st = st if st is not None else self._storage()
        if self._view is not None:
            t._view = self._view
        if self._inf:
            t._inf = True
        return t

    # Facts ------------------------------------------------------------------------------------------------------

    @property
    def shape(self) -> Size:
        """The size of each dimension."""
        v = self._v
        return Size((v if v is not None else self._aval_source()).aval.shape)

    def _aval_source(self) -> Any:
        """Something with this tensor's aval, without recording a read of a view."""
        view = self._view
        if view is not None:
            return view
        return self._st._value if self._st is not None else self._v

    @property
    def _aval(self) -> Any:
        v = self._v
        return (v if v is not None else self._aval_source()).aval

    def size(self, dim: int | None = None) -> Any:
        """The shape, or one dimension's size."""
        if dim is None:
            return self.shape
        shape = self._aval.shape
        n = len(shape)
        if not -max(n, 1) <= dim < max(n, 1):
            raise IndexError(f"Dimension out of range (expected to be in range of [{-max(n, 1)}, {max(n, 1) - 1}], "
                             f"but got {dim})")
        return shape[dim]

    @property
    def dtype(self) -> _dtype.dtype:
        """The type of the elements."""
        return _dtype.from_numpy(self._aval.dtype)

    @property
    def device(self) -> device:
        """Where the elements are."""
        return self._aval.device

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return self._aval.ndim

    def dim(self) -> int:
        """The number of dimensions."""
        return self._aval.ndim

    ndimension = dim

    def numel(self) -> int:
        """The number of elements."""
        return self._aval.size

    nelement = numel

    def stride(self, dim: int | None = None) -> Any:
        """How far apart, in elements, neighbours along each dimension are."""
        strides = self._view.strides if self._view is not None else contiguous_strides(self._aval.shape)
        if dim is None:
            return strides
        n = self.ndim
        if not -n <= dim < n:
            raise IndexError(f"Dimension out of range (expected to be in range of [{-n}, {n - 1}], but got {dim})")
        return strides[dim]

    def storage_offset(self) -> int:
        """Where in the storage the first element is."""
        return self._view.offset if self._view is not None else 0

    def is_contiguous(self, memory_format: Any = None) -> bool:
        """Whether the elements lie in row-major order."""
        return self._view is None or is_contiguous(self._aval.shape, self._view.strides)

    def element_size(self) -> int:
        """Bytes of one element."""
        return self._aval.dtype.itemsize

    @property
    def itemsize(self) -> int:
        """Bytes of one element."""
        return self._aval.dtype.itemsize

    @property
    def nbytes(self) -> int:
        """Bytes of all elements."""
        return self._aval.nbytes

    def data_ptr(self) -> int:
        """The address of the first element (a stand-in, unless the memory is shared with NumPy)."""
        return self._storage().data_ptr() + self.storage_offset() * self.element_size() if self.numel() else 0

    def get_device(self) -> int:
        """The device's index; -1 on the CPU."""
        d = self.device
        return -1 if d.type == "cpu" else d.index or 0

    def is_floating_point(self) -> bool:
        """Whether the elements are floating point numbers."""
        return self.dtype.is_floating_point

    def is_complex(self) -> bool:
        """Whether the elements are complex numbers."""
        return self.dtype.is_complex

    def is_signed(self) -> bool:
        """Whether the dtype has negative numbers."""
        return self.dtype.is_signed

    def is_inference(self) -> bool:
        """Whether the tensor was made in inference mode."""
        return self._inf

    def is_pinned(self, device: Any = None) -> bool:
        """False: XLA manages host memory itself."""
        return False

    def is_shared(self) -> bool:
        """False: tensors are not in shared memory."""
        return False

    is_cpu = property(lambda self: self.device.type == "cpu")
    is_cuda = property(lambda self: self.device.type == "cuda")
    is_mps = is_xpu = is_meta = is_sparse = is_sparse_csr = is_quantized = is_nested = property(lambda self: False)
    is_mkldnn = property(lambda self: False)

    @property
    def layout(self) -> layout:
        """``torch.strided``."""
        return strided

    def _is_view(self) -> bool:
        return self._base is not None

    @property
    def _version(self) -> int:
        if self._inf:
            raise RuntimeError("Inference tensors do not track version counter.")
        return self._ver.n if self._ver is not None else 0

    # Autograd data ----------------------------------------------------------------------------------------------

    @property
    def requires_grad(self) -> bool:
        """Whether operations on this tensor are recorded."""
        base = self._base
        if base is not None and base._rg and not self._rg:
            self._rg = True
        return self._rg

    @requires_grad.setter
    def requires_grad(self, on: bool) -> None:
        on = bool(on)
        if self._node is not None or (self._base is not None and self.requires_grad):
            if on:
                return
            raise RuntimeError("you can only change requires_grad flags of leaf variables. If you want to use a "
                               "computed variable in a subgraph that doesn't require differentiation use var_no_grad = "
                               "var.detach().")
        if on and self._inf and not ctx.inference:
            raise RuntimeError("Setting requires_grad=True on inference tensor outside InferenceMode is not allowed.")
        if on and not self._aval.inexact:
            raise RuntimeError("only Tensors of floating point and complex dtype can require gradients")
        self._rg = on

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Set ``requires_grad`` and return self."""
        if requires_grad and not self._aval.inexact:
            raise RuntimeError("only Tensors of floating point dtype can require gradients")
        self.requires_grad = requires_grad
        return self

    @property
    def grad_fn(self) -> Node | None:
        """The node of the operation that made this tensor; None for leaves."""
        if self._base is not None:
            self._refresh()
        node = self._node
        return node if node is None else node.known()

    @property
    def is_leaf(self) -> bool:
        """Whether this tensor was made by the user, or has no history."""
        return self.grad_fn is None

    @property
    def output_nr(self) -> int:
        """Which output of its node this is."""
        return self._nr

    @property
    def retains_grad(self) -> bool:
        """Whether retain_grad() was called on this non-leaf."""
        return self._keep

    @property
    def grad(self) -> Tensor | None:
        """The gradient accumulated by backward(); None before."""
        g = self._grad
        if g is None and self._node is not None and not self._keep:
            warnings.warn(NOT_A_LEAF, UserWarning, stacklevel=2)
        return g

    @grad.setter
    def grad(self, g: Tensor | None) -> None:
        if g is None:
            self._grad = None
            return
        if not isinstance(g, Tensor):
            raise TypeError(f"assigned grad expected to be a Tensor or None but got grad of type {type(g).__name__}")
        if g is self:
            raise RuntimeError("can't assign Variable as its own grad")
        if g._aval.dtype != self._aval.dtype:
            raise RuntimeError(f"attempting to assign a gradient with dtype '{_C_NAMES.get(g._aval.dtype.name)}' to a "
                               f"tensor with grad_dtype '{torch_name(self._aval.dtype)}'. The gradient must match the "
                               "tensor's grad_dtype (defaults to the tensor's dtype). You can set the tensor's "
                               "grad_dtype attribute with a specific dtype, or None to allow any dtype. Set grad_dtype "
                               "with caution. Diverging the dtypes of a tensor and its gradient may break downstream "
                               "systems that assume they match.")
        if g._aval.device != self._aval.device:
            raise RuntimeError("assigned grad has data located on a different device")
        if g._aval.shape != self._aval.shape:
            raise RuntimeError(f"attempting to assign a gradient of size '{list(g._aval.shape)}' to a tensor of size "
                               f"'{list(self._aval.shape)}'. Please ensure that the gradient and the tensor are the "
                               "same size")
        self._grad = g

    @grad.deleter
    def grad(self) -> None:
        self._grad = None

    def _refresh(self) -> None:
        """Bring a view's node up to date after in-place changes of its base."""
        base = self._base
        ver = self._ver
        if base is None or ver is None or ver.n == self._seen or not base.requires_grad:
            return
        entry = self._view.path_entry(base._aval)
        if entry.node is None:
            entry.node = node_class("AsStridedBackward0")
        numbers = self._view.path_numbers()
        node = make_node(entry, (base, *[None] * len(numbers)), (None, *numbers))
        self._node, self._nr, self._rg = node, 0, True
        self._seen = ver.n

    def _accumulator(self) -> AccumulateGrad:
        """The node that stands for this leaf in the graph, while somebody holds it."""
        acc = self._acc() if self._acc is not None else None
        if acc is None:
            acc = _object_new(AccumulateGrad)
            acc.variable = self
            self._acc = weakref.ref(acc)
        return acc

    def backward(self, gradient: Tensor | None = None, retain_graph: bool | None = None, create_graph: bool = False,
                 inputs: Any = None) -> None:
        """Compute the gradients of the leaves this tensor came from, and add them to their ``.grad``.

        Args:
          gradient: The cotangent, of this tensor's shape; may be left out for a tensor of one element.
          retain_graph: Keep what the graph saved, for another backward(); defaults to ``create_graph``.
          create_graph: Record the backward pass itself, for higher derivatives.
          inputs: Accumulate only into these; all leaves if None.

        Raises:
          RuntimeError: if the tensor has no graph, or it was freed, or a saved tensor was changed in place.

        Source:
          PyTorch, ``torch.Tensor.backward``.
        """
        if gradient is None and inputs is None and not create_graph and backward_by_plan(self, bool(retain_graph)):
            return
        backward(self, gradient, retain_graph, create_graph, inputs=inputs)

    def detach(self) -> Tensor:
        """The same elements without history: shares memory and version counter, requires no grad."""
        t = self._alias()
        t._ver = self._version_object()
        if t._st is not None and isinstance(t._st._value.buf, Tracer):
            t._st = Detached(t._st)
        return t

    def detach_(self) -> Tensor:
        """Cut this tensor off its history: it becomes a leaf."""
        if self._base is not None:
            raise RuntimeError("Can't detach views in-place. Use detach() instead. If you are using "
                               "DistributedDataParallel (DDP) for training, and gradient_as_bucket_view is set as "
                               "True, gradients are views of DDP buckets, and hence detach_() cannot be called "
                               "on these gradients. To fix this error, please refer to the Optimizer.zero_grad() "
                               "function in torch/optim/optimizer.py as the solution.")
        self._node, self._nr, self._rg = None, 0, False
        return self

    @property
    def data(self) -> Tensor:
        """The same memory without history and without version checks."""
        st = self._st
        if st is None or self._view is not None or self._inf or isinstance(st._value.buf, Tracer):
            t = self._alias()
            if isinstance(t._st._value.buf, Tracer):
                t._st = Detached(t._st)
            return t
        t = _object_new(Tensor)
        t._st = st
        t._v = t._view = t._ver = None  # soon read again, and quicker than the class's own
        t._inf = t._rg = False
        return t

    @data.setter
    def data(self, other: Tensor) -> None:
        if not isinstance(other, Tensor):
            raise TypeError(f"Variable data has to be a tensor, but got {type(other).__name__}")
        if self._rg and self._node is None and not other._aval.inexact:
            raise RuntimeError("data set to a tensor that requires gradients must be floating point or complex dtype")
        st = other._st
        self._st, self._view, self._v = st if st is not None else other._storage(), other._view, None

    def retain_grad(self) -> None:
        """Keep this non-leaf's gradient in ``.grad`` during backward()."""
        if not self.requires_grad:
            raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
        node = self.grad_fn
        if node is None or self._keep:
            return
        node.plain = False
        if node.retained is None:
            node.retained = {}
        node.retained[self._nr] = weakref.ref(self)
        self._keep = True

    def register_hook(self, hook: Callable) -> RemovableHandle:
        """Call ``hook(grad)`` whenever this tensor's gradient is computed; it may return a replacement."""
        if not self.requires_grad:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        node = self.grad_fn
        if node is None:
            if self._hooks is None:
                self._hooks = OrderedDict()
            return register(self._hooks, hook)
        node.plain = False
        if node.tensor_hooks is None:
            node.tensor_hooks = {}
        return register(node.tensor_hooks.setdefault(self._nr, OrderedDict()), hook)

    def register_post_accumulate_grad_hook(self, hook: Callable) -> RemovableHandle:
        """Call ``hook(self)`` after backward() added to ``.grad``."""
        if not self.requires_grad:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        if self.grad_fn is not None:
            raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")
        if self._post is None:
            self._post = OrderedDict()
        return register(self._post, hook)

    # Python -----------------------------------------------------------------------------------------------------

    def item(self) -> Any:
        """The one element as a Python number."""
        v = self._value()
        if v.aval.size != 1:
            raise RuntimeError(f"a Tensor with {v.aval.size} elements cannot be converted to Scalar")
        settle(v)
        buf = v.buf
        if buf is None:
            return v.aval.dtype.type(v.num).item()
        if isinstance(buf, Tracer):
            raise RuntimeError("the value of a tensor is not known inside a jax transformation (jit, grad, vmap)")
        watch = ctx.now.watch
        if watch is None:
            return _number_of(elements(v).reshape(()))
        begun = time.perf_counter()
        number = _number_of(elements(v).reshape(()))
        watch.read(v, begun)
        return number

    def tolist(self) -> Any:
        """The elements as nested lists of Python numbers."""
        a = self._host()
        return (a.astype(np.float32) if a.dtype.kind == "V" or a.dtype.name == "bfloat16" else a).tolist()

    def numpy(self, *, force: bool = False) -> np.ndarray:
        """The elements as a NumPy array that shares this tensor's memory, both ways.

        Args:
          force: Detach, copy to the host and resolve views first, if need be.

        Raises:
          RuntimeError: if the tensor requires grad.
          TypeError: if it is not on the CPU, or NumPy lacks its dtype.
        """
        if not force:
            if ctx.grad and self.requires_grad:
                raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() "
                                   "instead.")
            if self.device.type != "cpu":
                raise TypeError(f"can't convert {self.device}:0 device type tensor to numpy. Use Tensor.cpu() to copy "
                                "the tensor to host memory first.")
        elif self.device.type != "cpu":
            return self._host()
        if self._aval.dtype.name.startswith(("bfloat16", "float8")):
            raise TypeError(f"Got unsupported ScalarType {_dtype.from_numpy(self._aval.dtype).scalar_name}")
        return numpy_view(self)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """NumPy's conversion."""
        a = self.numpy()
        return a if dtype is None else a.astype(dtype, copy=False)

    def __jax_array__(self) -> jax.Array:
        """The elements for jnp functions.

        Raises:
          RuntimeError: if the tensor requires grad: its history would be lost.
        """
        if ctx.grad and self.requires_grad:
            raise RuntimeError(TO_JAX)
        return concrete(self._value())

    def __bool__(self) -> bool:
        """The truth of a tensor of one element."""
        n = self.numel()
        if n != 1:
            raise RuntimeError("Boolean value of Tensor with " + ("no values" if n == 0 else "more than one value")
                               + " is ambiguous")
        return bool(self.item())

    def _only(self) -> Any:
        if self._aval.size != 1:
            raise ValueError("only one element tensors can be converted to Python scalars")
        return self.item()

    def __int__(self) -> int:
        """The one element, truncated."""
        return int(self._only())

    def __float__(self) -> float:
        """The one element."""
        return float(self._only())

    def __complex__(self) -> complex:
        """The one element."""
        return complex(self._only())

    def __index__(self) -> int:
        """The one element, if it is an integer."""
        a = self._aval
        if a.inexact or a.size != 1:
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return int(self.item())

    def __len__(self) -> int:
        """The first dimension's size."""
        shape = self._aval.shape
        if not shape:
            raise TypeError("len() of a 0-d tensor")
        return shape[0]

    def __iter__(self) -> Any:
        """The slices along the first dimension."""
        if not self._aval.shape:
            raise TypeError("iteration over a 0-d tensor")
        return iter(self.unbind(0))  # type: ignore[attr-defined]

    def __contains__(self, x: Any) -> bool:
        """Whether an element equals x."""
        if isinstance(x, Tensor | int | float | bool | complex):
            return bool((self == x).any())  # type: ignore[attr-defined]
        raise RuntimeError(f"Tensor.__contains__ only supports Tensor or scalar, but you passed in a {type(x)}.")

    __hash__ = object.__hash__  # by identity

    def __repr__(self, *, tensor_contents: Any = None) -> str:
        """As PyTorch prints it."""
        return describe(self)

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        """A 0-d tensor formats like its number."""
        if self.dim() == 0 and not self._is_param:
            return self.item().__format__(spec)
        return object.__format__(self, spec)

    def __dir__(self) -> list[str]:
        """Attributes."""
        return sorted(set(object.__dir__(self)))

    def __deepcopy__(self, memo: dict) -> Tensor:
        """A leaf with its own memory; non-leaves cannot be copied."""
        if self.grad_fn is not None:
            raise RuntimeError("Only Tensors created explicitly by the user (graph leaves) support the deepcopy "
                               "protocol at the moment.  If you were attempting to deepcopy a module, this may be "
                               "because of a torch.nn.utils.weight_norm usage, see "
                               "https://github.com/pytorch/pytorch/pull/103001")
        if id(self) in memo:
            return memo[id(self)]
        t = _object_new(type(self))
        st = self._st
        if st is None:
            t._v = self._value()  # values are immutable
        else:  # what shares memory does so in the copy, too
            t._st = memo.get(id(st)) or memo.setdefault(id(st), Storage(st.value))
            t._view = self._view
        t._rg, t._inf, t._is_param = self._rg, self._inf, self._is_param
        memo[id(self)] = t
        if self._grad is not None:
            t._grad = copy.deepcopy(self._grad, memo)
        for k, x in self.__dict__.items():
            if not k.startswith("_") and k not in t.__dict__:
                t.__dict__[k] = copy.deepcopy(x, memo)
        return t

    def __copy__(self) -> Tensor:
        """Another tensor on the same memory."""
        t = self._alias(type(self))
        t._ver = self._version_object()
        t._rg = self._rg if self._node is None else False
        t._is_param = self._is_param
        return t

    def __reduce_ex__(self, protocol: int) -> tuple:
        """Pickle as dtype, elements and requires_grad."""
        if self.grad_fn is not None:
            raise RuntimeError("can't pickle a tensor with history; use detach() first")
        a = self._host()
        return _rebuild, (type(self), a.tobytes(), a.dtype.name, a.shape, self._rg)

    # NumPy's ufuncs would convert; PyTorch's tensors take precedence instead.
    __array_ufunc__ = None


def _number_of(a: np.ndarray) -> Any:
    return a.item() if a.dtype.kind in "biufc" else float(a)


def _rebuild(cls: type, data: bytes, dtype: str, shape: tuple, requires_grad: bool) -> Tensor:
    array = np.frombuffer(bytearray(data), jax.numpy.dtype(dtype)).reshape(shape)
    t = _object_new(cls)
    t._v = from_buffer(host_put(array.copy()))
    t._rg = requires_grad
    t._is_param = cls is not Tensor
    return t


def make(v: Value) -> Tensor:
    """A new tensor holding a value."""
    t = _object_new(Tensor)
    t._v = v
    return t


def is_tensor(x: Any) -> bool:
    """Whether x is a Tensor."""
    return isinstance(x, Tensor)


def wrap(array: Any, requires_grad: bool = False) -> Tensor:
    """A leaf with the elements of a NumPy or jax array (copied); jax tracers are taken as they are."""
    if isinstance(array, np.ndarray | np.generic):
        t = tensor_from_host(np.asarray(array))
    else:
        t = make(from_buffer(array))
    t._rg = requires_grad
    if ctx.inference:
        t._inf = True
    return t


def tensor_from_host(array: np.ndarray, where: device = CPU) -> Tensor:
    """A leaf with a NumPy array's elements, copied."""
    return make(from_buffer(host_put(np.array(array, order="C"), where), where))


Above.make = staticmethod(make)
