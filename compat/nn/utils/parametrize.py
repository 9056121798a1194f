"""Tensors computed from others at every access: register_parametrization and its inverse.

Registering moves the tensor into ``module.parametrizations.<name>.original`` and gives the module a class of its own,
in which the name is a property that runs the parametrization.
"""
from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from copy import deepcopy

from compat._autograd.modes import no_grad
from compat._tensor.tensor import Tensor
from compat.nn.modules.container import ModuleDict, ModuleList
from compat.nn.modules.module import Module
from compat.nn.parameter import Parameter

_depth = [0]
_cache: dict[tuple[int, str], Tensor] = {}


@contextlib.contextmanager
def cached() -> Iterator[None]:
    """Within it every parametrized tensor is computed once."""
    _depth[0] += 1
    try:
        yield
    finally:
        _depth[0] -= 1
        if not _depth[0]:
            _cache.clear()


def _register(module: Module, name: str, tensor: Tensor) -> None:
    if isinstance(tensor, Parameter):
        module.register_parameter(name, tensor)
    else:
        module.register_buffer(name, tensor)


class ParametrizationList(ModuleList):
    """The parametrizations of one tensor and its original, or originals if the last ``right_inverse`` gave several."""

    def __init__(self, modules: Sequence[Module], original: Tensor, unsafe: bool = False) -> None:
        if len(modules) == 0:
            raise ValueError("ParametrizationList requires one or more modules.")
        super().__init__(modules)
        self.unsafe = unsafe
        shape, dtype = original.shape, original.dtype
        with no_grad():
            new = original
            for module in reversed(self):
                if hasattr(module, "right_inverse"):
                    with contextlib.suppress(NotImplementedError):
                        new = module.right_inverse(new)
        if not isinstance(new, Tensor) and not isinstance(new, Sequence):
            raise ValueError("'right_inverse' must return a Tensor or a Sequence of tensors (list, tuple...). Got "
                             f"{type(new).__name__}")
        self.is_tensor = isinstance(new, Tensor)
        self.ntensors = 1 if self.is_tensor else len(new)
        if self.is_tensor:
            if original.dtype != new.dtype:
                raise ValueError("When `right_inverse` outputs one tensor, it may not change the "
                                 f"dtype.\noriginal.dtype: {original.dtype}\nright_inverse(original).dtype: "
                                 f"{new.dtype}")
            with no_grad():
                original.data = new.data  # the same Parameter goes on, for optimisers that hold it
            _register(self, "original", original)
        else:
            for i, each in enumerate(new):
                if not isinstance(each, Tensor):
                    raise ValueError("'right_inverse' must return a Tensor or a Sequence of tensors (list, tuple...). "
                                     f"Got element {i} of the sequence with type {type(each).__name__}.")
                each = Parameter(each, original.requires_grad) if isinstance(original, Parameter) else each
                _register(self, f"original{i}", each)
        if not unsafe:
            out = self()
            if not isinstance(out, Tensor):
                raise ValueError(f"A parametrization must return a tensor. Got {type(out).__name__}.")
            if out.dtype != dtype:
                raise ValueError("Registering a parametrization may not change the dtype of the tensor, unless "
                                 f"`unsafe` flag is enabled.\nunparametrized dtype: {dtype}\nparametrized dtype: "
                                 f"{out.dtype}")
            if out.shape != shape:
                raise ValueError("Registering a parametrization may not change the shape of the tensor, unless "
                                 f"`unsafe` flag is enabled.\nunparametrized shape: {shape}\nparametrized shape: "
                                 f"{out.shape}")

    def _originals(self) -> list[Tensor]:
        return [self.original] if self.is_tensor else [getattr(self, f"original{i}") for i in range(self.ntensors)]

    def right_inverse(self, value: Tensor) -> None:
        """Sets the originals so that the parametrized tensor becomes ``value``."""
        with no_grad():
            for module in reversed(self):
                if not hasattr(module, "right_inverse"):
                    raise RuntimeError(f"parametrization {type(module).__name__} does not implement right_inverse.")
                value = module.right_inverse(value)
            for own, new in zip(self._originals(), [value] if self.is_tensor else value, strict=True):
                own.data = new.data.clone()

    def forward(self) -> Tensor:
        """The parametrized tensor."""
        first, *rest = self
        x = first(*self._originals())
        for module in rest:
            x = module(x)
        return x


def _add_property(module: Module, tensor_name: str) -> None:
    def get(self: Module) -> Tensor:
        key = (id(self), tensor_name)
        if not _depth[0]:
            return self.parametrizations[tensor_name]()
        if key not in _cache:
            _cache[key] = self.parametrizations[tensor_name]()
        return _cache[key]

    def put(self: Module, value: Tensor) -> None:
        self.parametrizations[tensor_name].right_inverse(value)

    setattr(type(module), tensor_name, property(get, put))


def _give_own_class(module: Module) -> None:
    cls = type(module)

    def copied(self: Module, memo: dict) -> Module:
        if id(self) not in memo:
            twin = self.__new__(type(self))
            memo[id(self)] = twin
            twin.__dict__ = deepcopy(self.__dict__, memo)
        return memo[id(self)]

    def refuse(self: Module) -> None:
        raise RuntimeError("Serialization of parametrized modules is only supported through state_dict(). See:\n"
                           "https://pytorch.org/tutorials/beginner/saving_loading_models.html#saving-loading-a-general-"
                           "checkpoint-for-inference-and-or-resuming-training")

    body = {"__getstate__": refuse, "__deepcopy__": getattr(cls, "__deepcopy__", copied), "__module__": __name__}
    module.__class__ = type(f"Parametrized{cls.__name__}", (cls,), body)


def register_parametrization(module: Module, tensor_name: str, parametrization: Module, *,
                             unsafe: bool = False) -> Module:
    """Makes an attribute of a module the output of ``parametrization`` applied to what it was.

    Args:
      module: Whose attribute it is.
      tensor_name: A parameter's or buffer's name.
      parametrization: A module from the original to the tensor; its ``right_inverse``, if any, gives the original.
      unsafe: Whether shape and dtype may change.

    Returns:
      The module.
    """
    parametrization.train(module.training)
    if is_parametrized(module, tensor_name):
        parametrizations = module.parametrizations[tensor_name]
        if not unsafe:
            value = getattr(module, tensor_name)
            changed = parametrization(value)
            if not isinstance(changed, Tensor):
                raise ValueError(f"A parametrization must return a tensor. Got {type(changed).__name__}.")
            for what in ("dtype", "shape"):
                if getattr(changed, what) != getattr(value, what):
                    raise ValueError(f"Registering a parametrization may not change the {what} of the tensor, unless "
                                     f"the `unsafe` flag is enabled.\nmodule.{tensor_name}.{what}: "
                                     f"{getattr(value, what)}\nparametrization(module.{tensor_name}).{what}: "
                                     f"{getattr(changed, what)}")
            if hasattr(parametrization, "right_inverse"):
                with contextlib.suppress(NotImplementedError):
                    parametrizations.right_inverse(parametrization.right_inverse(value))
        parametrizations.append(parametrization)
        parametrizations.unsafe |= unsafe
    elif tensor_name in module._buffers or tensor_name in module._parameters:
        original = getattr(module, tensor_name)
        parametrizations = ParametrizationList([parametrization], original, unsafe=unsafe)
        delattr(module, tensor_name)
        if not is_parametrized(module):
            _give_own_class(module)
            module.parametrizations = ModuleDict()
        _add_property(module, tensor_name)
        module.parametrizations[tensor_name] = parametrizations
    else:
        raise ValueError(f"Module '{module}' does not have a parameter, a buffer, or a parametrized element with name "
                         f"'{tensor_name}'")
    return module


def is_parametrized(module: Module, tensor_name: str | None = None) -> bool:
    """Whether a module, or one tensor of it, is parametrized."""
    parametrizations = getattr(module, "parametrizations", None)
    if not isinstance(parametrizations, ModuleDict):
        return False
    return len(parametrizations) > 0 if tensor_name is None else tensor_name in parametrizations


def remove_parametrizations(module: Module, tensor_name: str, leave_parametrized: bool = True) -> Module:
    """Makes a parametrized tensor a plain one, with its present value or the original's."""
    if not is_parametrized(module, tensor_name):
        raise ValueError(f"Module {module} does not have a parametrization on {tensor_name}")
    parametrizations = module.parametrizations[tensor_name]
    originals = parametrizations._originals()
    original = originals[0]
    if parametrizations.is_tensor:
        if leave_parametrized:
            with no_grad():
                original.data = getattr(module, tensor_name).data.clone()
    elif leave_parametrized:
        value = getattr(module, tensor_name).detach()
        trained = any(t.requires_grad for t in originals)
        original = Parameter(value, trained) if isinstance(original, Parameter) else value
    else:
        raise ValueError("Cannot leave unparametrized (`leave_parametrized=False`) a tensor that is parametrized in "
                         "terms of a sequence of tensors.")
    delattr(type(module), tensor_name)
    del module.parametrizations[tensor_name]
    _register(module, tensor_name, original)
    if not is_parametrized(module):
        delattr(module, "parametrizations")
        module.__class__ = type(module).__bases__[0]
    return module


def type_before_parametrizations(module: Module) -> type:
    """The class that the module had before parametrizations gave it its own."""
    return type(module).__bases__[0] if is_parametrized(module) else type(module)


def transfer_parametrizations_and_params(from_module: Module, to_module: Module,
                                         tensor_name: str | None = None) -> Module:
    """Gives another module the same parametrizations and their originals."""
    if not is_parametrized(from_module):
        return to_module
    if not isinstance(from_module.parametrizations, ModuleDict):
        raise AssertionError("parametrizations should be a ModuleDict")
    for name in from_module.parametrizations if tensor_name is None else [tensor_name]:
        if not hasattr(to_module, name):
            _register(to_module, name, Parameter(getattr(from_module, name).detach()))
        source = from_module.parametrizations[name]
        for parametrization in source.children():
            register_parametrization(to_module, name, parametrization, unsafe=source.unsafe)
        for key, value in [*source._parameters.items(), *source._buffers.items()]:
            setattr(to_module.parametrizations[name], key, value)
    return to_module
