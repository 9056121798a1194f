"""Tensors that a Module registers: Parameter, Buffer, and their shapeless forms for lazy layers."""
from __future__ import annotations

from collections import OrderedDict
from typing import Any

from compat._ops.creation import empty
from compat._tensor.tensor import Tensor
from compat._tensor.tree import register


def _leaf(cls: type, made: Tensor, requires_grad: bool) -> Tensor:
    """Finishes a new tensor of a subclass."""
    made._is_param = cls is not Tensor
    if requires_grad:
        if not (made.is_floating_point() or made.is_complex()):
            raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
        made.requires_grad_(True)
    return made


def new_parameter(size: Any, device: Any = None, dtype: Any = None) -> Parameter:
    """A Parameter of unspecified values, alone on its memory: cheaper than one that shares a tensor's."""
    made = empty(size, device=device, dtype=dtype)
    made.__class__ = Parameter
    return _leaf(Parameter, made, True)


class _ParameterMeta(type(Tensor)):
    """Counts tensors of other subclasses that were wrapped by ``Parameter`` as Parameters, too."""

    def __instancecheck__(cls, instance: object) -> bool:
        if type.__instancecheck__(cls, instance):
            return True
        return cls is Parameter and isinstance(instance, Tensor) and getattr(instance, "_is_param", False)


def _rebuild_parameter(data: Tensor, requires_grad: bool, hooks: OrderedDict, state: dict | None = None) -> Parameter:
    """What unpickling a Parameter calls."""
    param = Parameter(data, requires_grad)
    param._backward_hooks = hooks
    for name, value in (state or {}).items():
        setattr(param, name, value)
    return param


class Parameter(Tensor, metaclass=_ParameterMeta):
    """A leaf that shares the storage of ``data``; assigning it to a Module's attribute registers it.

    Args:
      data: The values; an empty tensor if None.
      requires_grad: Whether ``backward`` accumulates into ``.grad``.

    Example:
      >>> Parameter(torch.ones(2))
      Parameter containing:
      tensor([1., 1.], requires_grad=True)
    """

    def __new__(cls, data: Tensor | None = None, requires_grad: bool = True) -> Parameter:
        """The leaf."""
        if data is None:
            data = empty(0)
        if type(data) is Tensor or isinstance(data, cls):
            return _leaf(cls, data._alias(cls), requires_grad)
        # A tensor of the user's own class stays one, with a mark that __instancecheck__ reads.
        marked = data.detach().requires_grad_(requires_grad)
        if type(marked) is not type(data):
            raise RuntimeError(
                f"Creating a Parameter from an instance of type {type(data).__name__} requires that detach() returns "
                f"an instance of the same type, but return type {type(marked).__name__} was found instead. To use the "
                "type as a Parameter, please correct the detach() semantics defined by its __torch_dispatch__() "
                "implementation.")
        marked._is_param = True
        return marked

    def __deepcopy__(self, memo: dict) -> Parameter:
        if id(self) not in memo:
            memo[id(self)] = type(self)(self.data.clone(), self.requires_grad)
        return memo[id(self)]

    def __reduce_ex__(self, protocol: int) -> tuple:
        return _rebuild_parameter, (self.data, self.requires_grad, OrderedDict())


register(Parameter)


class _BufferMeta(type(Tensor)):
    def __instancecheck__(cls, instance: object) -> bool:
        if type.__instancecheck__(cls, instance):
            return True
        return cls is Buffer and isinstance(instance, Tensor) and getattr(instance, "_is_buffer", False)


class Buffer(Tensor, metaclass=_BufferMeta):
    """A tensor that registers as a buffer when it is assigned to a Module's attribute.

    Args:
      data: The values; an empty tensor if None.
      persistent: Whether it belongs to the Module's ``state_dict``.
    """

    def __new__(cls, data: Tensor | None = None, *, persistent: bool = True) -> Tensor:
        """The marked tensor."""
        if data is None:
            data = empty(0)
        marked = data.detach().requires_grad_(data.requires_grad)
        marked.persistent = persistent
        marked._is_buffer = True
        return marked


_LAZY_USE = ("Attempted to use an uninitialized parameter in {}. This error happens when you are using a `LazyModule` "
             "or explicitly manipulating `torch.nn.parameter.{}` objects. When using LazyModules Call `forward` with a "
             "dummy batch to initialize the parameters before calling torch functions")
_LAZY_SHAPE = ("Can't access the shape of an uninitialized parameter or buffer. This error usually happens in "
               "`load_state_dict` when trying to load an uninitialized parameter into an initialized one. Call "
               "`forward` to initialize the parameters before accessing their attributes.")
_LAZY_SHARE = ("Can't share memory on an uninitialized parameter or buffer. Call `forward` to initialize the "
               "parameters before calling `module.share_memory()`.")
# What may be asked of a tensor without a shape; everything else is a use.
_LAZY_ALLOWED = frozenset({
    "materialize", "shape", "share_memory_", "data", "device", "dtype", "is_cuda", "is_leaf", "is_meta", "layout",
    "grad", "grad_fn", "requires_grad", "requires_grad_", "retain_grad", "register_hook", "names", "to", "type", "cpu",
    "cuda", "float", "double", "half", "bfloat16", "detach", "detach_", "cls_to_become", "is_floating_point",
    "is_complex", "is_sparse", "is_quantized", "register_post_accumulate_grad_hook"})


class UninitializedTensorMixin:
    """A tensor whose shape the first call of its module gives."""

    cls_to_become: type = Tensor

    def materialize(self, shape: Any, device: Any = None, dtype: Any = None) -> None:
        """Becomes an ordinary tensor of ``shape``, the same object, with values yet to be written."""
        device = self.device if device is None else device
        dtype = self.dtype if dtype is None else dtype
        requires_grad = self.requires_grad
        self.data = empty(shape, device=device, dtype=dtype)
        self.__class__ = self.cls_to_become
        if self.requires_grad != requires_grad:
            self.requires_grad_(requires_grad)

    @property
    def shape(self) -> Any:
        """Always an error."""
        raise RuntimeError(_LAZY_SHAPE)

    def share_memory_(self) -> None:
        """Always an error."""
        raise RuntimeError(_LAZY_SHARE)

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("_") or name in _LAZY_ALLOWED:
            return super().__getattribute__(name)
        raise ValueError(_LAZY_USE.format(f"Tensor.{name}", type(self).__name__))

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __reduce_ex__(self, protocol: int) -> tuple:
        return type(self), (self.requires_grad,)


class UninitializedParameter(UninitializedTensorMixin, Parameter):
    """A Parameter without a shape, until ``materialize``."""

    cls_to_become = Parameter

    def __new__(cls, requires_grad: bool = True, device: Any = None, dtype: Any = None) -> UninitializedParameter:
        """The Parameter without a shape."""
        return _leaf(cls, empty(0, device=device, dtype=dtype)._alias(cls), requires_grad)

    def __deepcopy__(self, memo: dict) -> UninitializedParameter:
        if id(self) not in memo:
            memo[id(self)] = type(self)(self.requires_grad, self.device, self.dtype)
        return memo[id(self)]


class UninitializedBuffer(UninitializedTensorMixin, Tensor):
    """A buffer without a shape, until ``materialize``."""

    cls_to_become = Tensor

    def __new__(cls, requires_grad: bool = False, device: Any = None, dtype: Any = None,
                persistent: bool = True) -> UninitializedBuffer:
        """The buffer without a shape."""
        made = empty(0, device=device, dtype=dtype)._alias(cls).requires_grad_(requires_grad)
        made.persistent = persistent
        made._is_buffer = True
        return made

    def __deepcopy__(self, memo: dict) -> UninitializedBuffer:
        if id(self) not in memo:
            memo[id(self)] = type(self)(self.requires_grad, self.device, self.dtype)
        return memo[id(self)]


def is_lazy(param: object) -> bool:
    """Whether a tensor still waits for its shape."""
    return isinstance(param, UninitializedTensorMixin)


