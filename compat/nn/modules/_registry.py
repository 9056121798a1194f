"""The part of Module that holds names: parameters, buffers and submodules, and the walks over them."""
from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any, Self

from compat._capture.guards import Changes
from compat._tensor.tensor import Tensor
from compat.nn.modules._hooks import global_buffer_hooks, global_module_hooks, global_parameter_hooks
from compat.nn.parameter import Buffer, Parameter

_SLOTS = ("_parameters", "_buffers", "_modules")


def type_name(value: object) -> str:
    """``torch.FloatTensor`` for a tensor, else the name of its class with the module's."""
    if isinstance(value, Tensor):
        return value.type()
    return qualified(type(value))


def qualified(cls: type) -> str:
    """A class's name with its module's, unless that is builtins."""
    return cls.__qualname__ if cls.__module__ in (None, "builtins") else f"{cls.__module__}.{cls.__qualname__}"


class Registry:
    """Names and what they hold, in three ordered dicts; attribute access reaches into them."""

    training: bool
    _parameters: dict[str, Parameter | None]
    _buffers: dict[str, Tensor | None]
    _modules: dict[str, Any]
    _non_persistent_buffers_set: set[str]

    def _compat_check_new_name(self, name: Any, kind: str, slot: str) -> None:
        if not isinstance(name, str):
            raise TypeError(f"{kind} name should be a string. Got {qualified(type(name))}")
        if hasattr(self, name) and name not in self.__dict__[slot]:
            raise KeyError(f"attribute '{name}' already exists")
        if "." in name:
            raise KeyError(f"{kind} name can't contain \".\"" + (f", got: {name}" if kind == "module" else ""))
        if name == "":
            raise KeyError(f"{kind} name can't be empty string \"\"")

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Adds a tensor that is state but not trained; ``state_dict`` has it if it is persistent."""
        if "_buffers" not in self.__dict__:
            raise AttributeError("cannot assign buffer before Module.__init__() call")
        Changes.count += 1
        self._compat_check_new_name(name, "buffer", "_buffers")
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(f"cannot assign '{qualified(type(tensor))}' object to buffer '{name}' "
                            "(torch Tensor or None required)")
        for hook in global_buffer_hooks.values():
            replaced = hook(self, name, tensor)
            tensor = tensor if replaced is None else replaced
        self._buffers[name] = tensor
        if persistent:
            self._non_persistent_buffers_set.discard(name)
        else:
            self._non_persistent_buffers_set.add(name)

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Adds a Parameter, or a name without one."""
        if "_parameters" not in self.__dict__:
            raise AttributeError("cannot assign parameter before Module.__init__() call")
        Changes.count += 1
        self._compat_check_new_name(name, "parameter", "_parameters")
        if param is not None and not isinstance(param, Parameter):
            raise TypeError(f"cannot assign '{type_name(param)}' object to parameter '{name}' "
                            "(torch.nn.Parameter or None required)")
        if param is not None and param.grad_fn is not None:
            raise ValueError(f"Cannot assign non-leaf Tensor to parameter '{name}'. Model parameters must be created "
                             f"explicitly. To express '{name}' as a function of another Tensor, compute the value in "
                             "the forward() method.")
        if param is not None:
            for hook in global_parameter_hooks.values():
                replaced = hook(self, name, param)
                param = param if replaced is None else replaced
        self._parameters[name] = param

    def add_module(self, name: str, module: Any) -> None:
        """Adds a submodule, or a name without one."""
        if not isinstance(module, Registry) and module is not None:
            raise TypeError(f"{qualified(type(module))} is not a Module subclass")
        Changes.count += 1
        self._compat_check_new_name(name, "module", "_modules")
        self._modules[name] = self._compat_hooked_module(name, module)

    def register_module(self, name: str, module: Any) -> None:
        """Same as :meth:`add_module`."""
        self.add_module(name, module)

    def _compat_hooked_module(self, name: str, module: Any) -> Any:
        for hook in global_module_hooks.values():
            replaced = hook(self, name, module)
            module = module if replaced is None else replaced
        return module

    def __getattr__(self, name: str) -> Any:
        own = self.__dict__
        for slot in _SLOTS:
            held = own.get(slot)
            if held is not None and name in held:
                return held[name]
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __setattr__(self, name: str, value: Any) -> None:
        Changes.count += 1
        own = self.__dict__
        if isinstance(value, Parameter):
            if "_parameters" not in own:
                raise AttributeError("cannot assign parameters before Module.__init__() call")
            self._compat_forget(name, "_parameters")
            self.register_parameter(name, value)
        elif name in own.get("_parameters", ()):
            if value is not None:
                raise TypeError(f"cannot assign '{type_name(value)}' as parameter '{name}' "
                                "(torch.nn.Parameter or None expected)")
            self.register_parameter(name, value)
        elif isinstance(value, Registry):
            if "_modules" not in own:
                raise AttributeError("cannot assign module before Module.__init__() call")
            self._compat_forget(name, "_modules")
            own["_modules"][name] = self._compat_hooked_module(name, value)
        elif name in own.get("_modules", ()):
            if value is not None:
                raise TypeError(f"cannot assign '{type_name(value)}' as child module '{name}' "
                                "(torch.nn.Module or None expected)")
            own["_modules"][name] = self._compat_hooked_module(name, value)
        elif isinstance(value, Buffer) or name in own.get("_buffers", ()):
            self._compat_set_buffer(name, value)
        else:
            super().__setattr__(name, value)

    def _compat_set_buffer(self, name: str, value: Any) -> None:
        if value is not None and not isinstance(value, Tensor):
            raise TypeError(f"cannot assign '{type_name(value)}' as buffer '{name}' "
                            "(torch.nn.Buffer, torch.Tensor or None expected)")
        if name in self.__dict__.get("_buffers", ()):
            for hook in global_buffer_hooks.values():
                replaced = hook(self, name, value)
                value = value if replaced is None else replaced
            self._buffers[name] = value
            return
        self._compat_forget(name, "_buffers")
        self.register_buffer(name, value, value.persistent)

    def _compat_forget(self, name: str, keep: str) -> None:
        """Takes a name out of every place but one."""
        own = self.__dict__
        own.pop(name, None)
        for slot in _SLOTS:
            if slot != keep and slot in own:
                own[slot].pop(name, None)
        if keep != "_buffers" and "_non_persistent_buffers_set" in own:
            own["_non_persistent_buffers_set"].discard(name)

    def __delattr__(self, name: str) -> None:
        for slot in _SLOTS:
            held = self.__dict__.get(slot, {})
            if name in held:
                del held[name]
                self._non_persistent_buffers_set.discard(name)
                return
        super().__delattr__(name)

    def __dir__(self) -> list[str]:
        names = [*dir(type(self)), *self.__dict__, *self._parameters, *self._modules, *self._buffers]
        return sorted(name for name in names if not name[0].isdigit())

    def _named_members(self, members: Callable[[Any], Any], prefix: str = "", recurse: bool = True,
                       remove_duplicate: bool = True) -> Iterator[tuple[str, Any]]:
        """What ``members`` lists of each module, with full names; None and (if asked) repeated objects left out."""
        seen = set()
        modules = self.named_modules(prefix=prefix, remove_duplicate=remove_duplicate) if recurse else [(prefix, self)]
        for path, module in modules:
            for name, value in members(module):
                if value is None or value in seen:
                    continue
                if remove_duplicate:
                    seen.add(value)
                yield (f"{path}.{name}" if path else name), value

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """The Parameters, each once."""
        for _, param in self.named_parameters(recurse=recurse):
            yield param

    def named_parameters(self, prefix: str = "", recurse: bool = True,
                         remove_duplicate: bool = True) -> Iterator[tuple[str, Parameter]]:
        """Names and Parameters, in the order of registration, the module's own before its children's."""
        yield from self._named_members(lambda module: module._parameters.items(), prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """The buffers, each once."""
        for _, buffer in self.named_buffers(recurse=recurse):
            yield buffer

    def named_buffers(self, prefix: str = "", recurse: bool = True,
                      remove_duplicate: bool = True) -> Iterator[tuple[str, Tensor]]:
        """Names and buffers."""
        yield from self._named_members(lambda module: module._buffers.items(), prefix, recurse, remove_duplicate)

    def children(self) -> Iterator[Any]:
        """The immediate submodules, each once."""
        for _, module in self.named_children():
            yield module

    def named_children(self) -> Iterator[tuple[str, Any]]:
        """Names and immediate submodules."""
        seen = set()
        for name, module in self._modules.items():
            if module is not None and module not in seen:
                seen.add(module)
                yield name, module

    def modules(self, remove_duplicate: bool = True) -> Iterator[Any]:
        """This module and all below it."""
        for _, module in self.named_modules(remove_duplicate=remove_duplicate):
            yield module

    def named_modules(self, memo: set | None = None, prefix: str = "",
                      remove_duplicate: bool = True) -> Iterator[tuple[str, Any]]:
        """Names (this module's is the prefix) and modules, parents before children."""
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        yield prefix, self
        for name, module in self._modules.items():
            if module is not None:
                yield from module.named_modules(memo, f"{prefix}.{name}" if prefix else name, remove_duplicate)

    def get_submodule(self, target: str) -> Any:
        """The module of a dotted name; this one for the empty name."""
        module = self
        for name in target.split(".") if target else ():
            if not hasattr(module, name):
                raise AttributeError(f"{module._get_name()} has no attribute `{name}`")
            module = getattr(module, name)
            if not isinstance(module, Registry):
                raise AttributeError(f"`{name}` is not an nn.Module")
        return module

    def set_submodule(self, target: str, module: Any, strict: bool = False) -> None:
        """Puts a module in the place of a dotted name; a new one may be made only if not ``strict``."""
        if target == "":
            raise ValueError("Cannot set the submodule without a target name!")
        path, _, name = target.rpartition(".")
        if not isinstance(module, Registry):
            raise ValueError(f"`module` is not an nn.Module, found {type(module)}")
        parent = self.get_submodule(path)
        if strict and not hasattr(parent, name):
            raise AttributeError(f"{parent._get_name()} has no attribute `{name}`")
        if hasattr(parent, name) and not isinstance(getattr(parent, name), Registry):
            raise AttributeError(f"`{name}` is not an nn.Module")
        setattr(parent, name, module)

    def get_parameter(self, target: str) -> Parameter:
        """The Parameter of a dotted name."""
        return self._compat_get_tensor(target, lambda owner, value: isinstance(value, Parameter), "an nn.Parameter")

    def get_buffer(self, target: str) -> Tensor:
        """The buffer of a dotted name."""
        name = target.rpartition(".")[2]
        return self._compat_get_tensor(target, lambda owner, value: name in owner._buffers, "a buffer")

    def _compat_get_tensor(self, target: str, is_right: Callable[[Any, Any], bool], kind: str) -> Any:
        path, _, name = target.rpartition(".")
        owner = self.get_submodule(path)
        if not hasattr(owner, name):
            raise AttributeError(f"{owner._get_name()} has no attribute `{name}`")
        value = getattr(owner, name)
        if not is_right(owner, value):
            raise AttributeError(f"`{name}` is not {kind}")
        return value

    def apply(self, fn: Callable[[Any], None]) -> Self:
        """Calls ``fn`` on every submodule, children before parents, and on this one last."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def _get_name(self) -> str:
        return type(self).__name__

    def _compat_tensors(self) -> Iterator[Tensor]:
        """All parameters and buffers."""
        return itertools.chain(self.parameters(), self.buffers())
