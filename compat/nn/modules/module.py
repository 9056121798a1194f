"""nn.Module: what every layer and model is made of.

Its parts are in private files by concern: names in ``_registry``, saving and loading in ``_state``, hooks in
``_hooks``; here are the call, modes, conversion and text.
"""
from __future__ import annotations

import warnings
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Self

from compat import _device, _dtype
from compat._autograd.modes import no_grad
from compat._capture.guards import Changes
from compat._engine.program import Captured, captured
from compat._hooks import RemovableHandle
from compat._settings import compile as compile_function
from compat._tensor.tensor import Tensor
from compat.nn.modules import _hooks
from compat.nn.modules._hooks import BackwardHook, add_hook
from compat.nn.modules._hooks import register_module_backward_hook as register_module_backward_hook
from compat.nn.modules._hooks import (
    register_module_buffer_registration_hook as register_module_buffer_registration_hook,
)
from compat.nn.modules._hooks import register_module_forward_hook as register_module_forward_hook
from compat.nn.modules._hooks import register_module_forward_pre_hook as register_module_forward_pre_hook
from compat.nn.modules._hooks import register_module_full_backward_hook as register_module_full_backward_hook
from compat.nn.modules._hooks import register_module_full_backward_pre_hook as register_module_full_backward_pre_hook
from compat.nn.modules._hooks import (
    register_module_module_registration_hook as register_module_module_registration_hook,
)
from compat.nn.modules._hooks import (
    register_module_parameter_registration_hook as register_module_parameter_registration_hook,
)
from compat.nn.modules._state import Stateful

__all__ = ["Module"]

_HOOK_DICTS = ("_backward_pre_hooks", "_backward_hooks", "_forward_hooks", "_forward_hooks_with_kwargs",
               "_forward_hooks_always_called", "_forward_pre_hooks", "_forward_pre_hooks_with_kwargs",
               "_state_dict_hooks", "_state_dict_pre_hooks", "_load_state_dict_pre_hooks",
               "_load_state_dict_post_hooks")
_MIXED_HOOKS = ("Cannot use both regular backward hooks and full backward hooks on a single Module. Please use only "
                "one of them.")


def _indented(text: str, spaces: int = 2) -> str:
    """All lines but the first moved right."""
    return text.replace("\n", "\n" + " " * spaces)


def _forward_unimplemented(self: Module, *input: Any) -> None:
    """Every subclass defines its computation here."""
    raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')


def _first_tensor(output: Any) -> Tensor | None:
    """The output itself, or the first tensor in it."""
    while not isinstance(output, Tensor):
        output = next((v for v in output.values() if isinstance(v, Tensor)), None) if isinstance(output, dict) \
            else output[0]
    return output


class Module(Stateful):
    """Base of all layers and models: holds parameters, buffers and submodules by name, and is called.

    Example:
      >>> import compat as torch
      >>> class Line(torch.nn.Module):
      ...     def __init__(self):
      ...         super().__init__()
      ...         self.slope = torch.nn.Parameter(torch.ones(1))
      ...     def forward(self, x):
      ...         return self.slope * x
      >>> Line()(torch.tensor(3.0))
      tensor([3.], grad_fn=<MulBackward0>)
    """

    dump_patches: bool = False
    training: bool
    call_super_init: bool = False
    _compiled_call_impl: Callable | None = None
    forward: Callable[..., Any] = _forward_unimplemented

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if not self.call_super_init and kwargs:
            raise TypeError(f"{type(self).__name__}.__init__() got an unexpected keyword argument "
                            f"'{next(iter(kwargs))}'")
        if not self.call_super_init and args:
            raise TypeError(f"{type(self).__name__}.__init__() takes 1 positional argument but {len(args) + 1} were "
                            "given")
        own = self.__dict__  # past __setattr__, which needs these to be there
        own["training"] = True
        own["_parameters"] = {}
        own["_buffers"] = {}
        own["_non_persistent_buffers_set"] = set()
        own["_is_full_backward_hook"] = None
        for name in _HOOK_DICTS:
            own[name] = OrderedDict()
        own["_modules"] = {}
        if self.call_super_init:
            super().__init__(*args, **kwargs)

    def __setstate__(self, state: dict) -> None:
        self.__dict__.update(state)
        for name in _HOOK_DICTS:
            self.__dict__.setdefault(name, OrderedDict())
        self.__dict__.setdefault("_non_persistent_buffers_set", set())
        self.__dict__.setdefault("_is_full_backward_hook", None)

    def __getstate__(self) -> dict:
        state = self.__dict__.copy()
        state.pop("_compiled_call_impl", None)
        return state

    # ------------------------------------------------------------------ the call
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Runs ``forward`` between the hooks."""
        if Captured.watcher is not None and captured() is not None:
            Captured.watcher.module(self)
        if self._compiled_call_impl is not None:
            return self._compiled_call_impl(*args, **kwargs)
        return self._call_impl(*args, **kwargs)

    def _call_impl(self, *args: Any, **kwargs: Any) -> Any:
        if not (self._forward_hooks or self._forward_pre_hooks or self._backward_hooks or self._backward_pre_hooks
                or _hooks.global_forward_hooks or _hooks.global_forward_pre_hooks or _hooks.global_backward_hooks
                or _hooks.global_backward_pre_hooks):
            return self.forward(*args, **kwargs)
        called: set[int] = set()
        try:
            return self._compat_call_with_hooks(args, kwargs, called)
        except Exception:
            self._compat_run_always_called(args, kwargs, called)
            raise

    def _compat_call_with_hooks(self, args: tuple, kwargs: dict, called: set[int]) -> Any:
        args, kwargs = self._compat_run_forward_pre_hooks(args, kwargs)
        pre_hooks = [*_hooks.global_backward_pre_hooks.values(), *self._backward_pre_hooks.values()]
        full_hooks, plain_hooks = self._get_backward_hooks()
        bracket = BackwardHook(self, full_hooks, pre_hooks) if full_hooks or pre_hooks else None
        if bracket is not None:
            args = bracket.setup_input_hook(args)
        result = self.forward(*args, **kwargs)
        result = self._compat_run_forward_hooks(args, kwargs, result, called)
        if bracket is not None:
            if not isinstance(result, (Tensor, tuple)):
                warnings.warn("For backward hooks to be called, module output should be a Tensor or a tuple of Tensors "
                              f"but received {type(result)}", stacklevel=4)
            result = bracket.setup_output_hook(result)
        if plain_hooks:
            tensor = _first_tensor(result)
            if tensor is not None and tensor.grad_fn is not None:
                for hook in plain_hooks:
                    tensor.grad_fn.register_hook(lambda gi, go, hook=hook: hook(self, gi, go))
                self._maybe_warn_non_full_backward_hook(args, result, tensor.grad_fn)
        return result

    def _compat_run_forward_pre_hooks(self, args: tuple, kwargs: dict) -> tuple[tuple, dict]:
        for hook in _hooks.global_forward_pre_hooks.values():
            result = hook(self, args)
            if result is not None:
                args = result if isinstance(result, tuple) else (result,)
        for key, hook in self._forward_pre_hooks.items():
            if key in self._forward_pre_hooks_with_kwargs:
                result = hook(self, args, kwargs)
                if result is not None:
                    if not (isinstance(result, tuple) and len(result) == 2):
                        raise RuntimeError("forward pre-hook must return None or a tuple of (new_args, new_kwargs), "
                                           f"but got {result}.")
                    args, kwargs = result
            else:
                result = hook(self, args)
                if result is not None:
                    args = result if isinstance(result, tuple) else (result,)
        return args, kwargs

    def _compat_forward_hook_list(self) -> list[tuple[int, Callable, bool, bool]]:
        """(id, hook, takes kwargs, always called), global ones first."""
        listed = [(key, hook, key in _hooks.global_forward_hooks_with_kwargs,
                   key in _hooks.global_forward_hooks_always_called)
                  for key, hook in _hooks.global_forward_hooks.items()]
        return listed + [(key, hook, key in self._forward_hooks_with_kwargs, key in self._forward_hooks_always_called)
                         for key, hook in self._forward_hooks.items()]

    def _compat_run_forward_hooks(self, args: tuple, kwargs: dict, result: Any, called: set[int]) -> Any:
        for key, hook, with_kwargs, always in self._compat_forward_hook_list():
            if always:
                called.add(key)
            changed = hook(self, args, kwargs, result) if with_kwargs else hook(self, args, result)
            if changed is not None:
                result = changed
        return result

    def _compat_run_always_called(self, args: tuple, kwargs: dict, called: set[int]) -> None:
        """After an error: the hooks that must run and have not; their own errors become warnings."""
        for key, hook, with_kwargs, always in self._compat_forward_hook_list():
            if not always or key in called:
                continue
            try:
                _ = hook(self, args, kwargs, None) if with_kwargs else hook(self, args, None)
            except Exception as error:  # noqa: BLE001 - the first error is the one to be raised
                kind = "global module forward hook" if key in _hooks.global_forward_hooks else "module forward hook"
                warnings.warn(f"{kind} with ``always_call=True`` raised an exception that was silenced as another "
                              f"error was raised in forward: {error}", stacklevel=3)

    def _get_backward_hooks(self) -> tuple[list[Callable], list[Callable]]:
        """Backward hooks of the full and of the old kind."""
        full, plain = [], []
        (full if _hooks.global_backward_is_full() is True else plain).extend(_hooks.global_backward_hooks.values())
        (full if self._is_full_backward_hook is True else plain).extend(self._backward_hooks.values())
        return full, plain

    def _maybe_warn_non_full_backward_hook(self, inputs: tuple, result: Any, grad_fn: Any) -> None:
        for value, where in ((inputs, "inputs"), (result, "outputs")):
            values = value if isinstance(value, tuple) else (value,)
            if not all(isinstance(v, Tensor) for v in values):
                warnings.warn("Using non-full backward hooks on a Module that does not "
                              f"{'take as input' if where == 'inputs' else 'return'} a single Tensor or a tuple of "
                              "Tensors is deprecated and will be removed in future versions. This hook will be "
                              f"missing some of the grad_{where[:-1]}. Please use register_full_backward_hook to get "
                              "the documented behavior.", FutureWarning, stacklevel=5)
                return
        if isinstance(result, tuple) and len(result) > 1:
            text = ("Using a non-full backward hook when outputs are generated by different autograd Nodes is "
                    "deprecated and will be removed in future versions. This hook will be missing some grad_output.")
        else:
            ends = {n for t in inputs if t.requires_grad for n in [t.grad_fn]}
            nexts = {n for n, _ in grad_fn.next_functions}
            if ends <= nexts or (None in ends and len(nexts) == 1):
                return
            text = ("Using a non-full backward hook when the forward contains multiple autograd Nodes is deprecated "
                    "and will be removed in future versions. This hook will be missing some grad_input.")
        warnings.warn(text + " Please use register_full_backward_hook to get the documented behavior.", FutureWarning,
                      stacklevel=5)

    # ------------------------------------------------------------------ hooks
    def register_forward_pre_hook(self, hook: Callable, *, prepend: bool = False,
                                  with_kwargs: bool = False) -> RemovableHandle:
        """Calls ``hook(module, args)`` before ``forward``; what it returns replaces the arguments."""
        handle = add_hook(self._forward_pre_hooks, hook, [self._forward_pre_hooks_with_kwargs], prepend)
        if with_kwargs:
            self._forward_pre_hooks_with_kwargs[handle.id] = True
        return handle

    def register_forward_hook(self, hook: Callable, *, prepend: bool = False, with_kwargs: bool = False,
                              always_call: bool = False) -> RemovableHandle:
        """Calls ``hook(module, args, output)`` after ``forward``; what it returns replaces the output."""
        handle = add_hook(self._forward_hooks, hook,
                          [self._forward_hooks_with_kwargs, self._forward_hooks_always_called], prepend)
        if with_kwargs:
            self._forward_hooks_with_kwargs[handle.id] = True
        if always_call:
            self._forward_hooks_always_called[handle.id] = True
        return handle

    def register_full_backward_pre_hook(self, hook: Callable, prepend: bool = False) -> RemovableHandle:
        """Calls ``hook(module, grad_output)`` before the gradient passes through; it may replace the gradient."""
        return add_hook(self._backward_pre_hooks, hook, (), prepend)

    def register_full_backward_hook(self, hook: Callable, prepend: bool = False) -> RemovableHandle:
        """Calls ``hook(module, grad_input, grad_output)`` after the gradient passed; it may replace the first."""
        if self._is_full_backward_hook is False:
            raise RuntimeError(_MIXED_HOOKS)
        self._is_full_backward_hook = True
        return add_hook(self._backward_hooks, hook, (), prepend)

    def register_backward_hook(self, hook: Callable) -> RemovableHandle:
        """The old form of :meth:`register_full_backward_hook`: sees only the last operation's gradients."""
        if self._is_full_backward_hook is True:
            raise RuntimeError(_MIXED_HOOKS)
        self._is_full_backward_hook = False
        return add_hook(self._backward_hooks, hook)

    # ------------------------------------------------------------------ modes
    def train(self, mode: bool = True) -> Self:
        """Sets ``training`` here and below."""
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        self.training = mode
        for module in self.children():
            module.train(mode)
        return self

    def eval(self) -> Self:
        """Same as ``train(False)``."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Sets ``requires_grad`` of all parameters."""
        for param in self.parameters():
            param.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Sets the parameters' ``.grad`` to None, or to zeros in place."""
        if getattr(self, "_is_replica", False):
            warnings.warn("Calling .zero_grad() from a module created with nn.DataParallel() has no effect.",
                          stacklevel=2)
        for param in self.parameters():
            if set_to_none:
                param.grad = None
            elif param.grad is not None:
                if param.grad.grad_fn is not None:
                    param.grad.detach_()
                else:
                    param.grad.requires_grad_(False)
                param.grad.zero_()

    def compile(self, *args: Any, **kwargs: Any) -> None:
        """Calls go through ``torch.compile``; the engine compiles them anyway."""
        self._compiled_call_impl = compile_function(self._call_impl, *args, **kwargs)

    # ------------------------------------------------------------------ conversion
    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        """Replaces the data of every parameter, gradient and buffer by ``fn`` of it; the Parameters stay the same."""
        if recurse:
            for module in self.children():
                module._apply(fn)
        for param in self._parameters.values():
            if param is None:
                continue
            with no_grad():
                param.data = fn(param.data)
                if param.grad is not None:
                    param.grad.data = fn(param.grad.data)
        for name, buffer in self._buffers.items():
            if buffer is not None:
                self._buffers[name] = fn(buffer)
        Changes.count += 1
        return self

    def to(self, *args: Any, **kwargs: Any) -> Self:
        """``to(device)``, ``to(dtype)``, ``to(tensor)``: converts floating tensors' dtype, and moves all."""
        device, dtype, non_blocking = _parse_to(*args, **kwargs)
        if dtype is not None and not (dtype.is_floating_point or dtype.is_complex):
            raise TypeError("nn.Module.to only accepts floating point or complex dtypes, but got desired "
                            f"dtype={dtype}")
        if dtype is not None and dtype.is_complex:
            warnings.warn("Complex modules are a new feature under active development whose design may change, and "
                          "some modules might not work as expected when using complex tensors as parameters or "
                          "buffers.",
                          stacklevel=2)

        def convert(tensor: Tensor) -> Tensor:
            floating = tensor.is_floating_point() or tensor.is_complex()
            return tensor.to(device, dtype if floating else None, non_blocking)

        return self._apply(convert)

    def to_empty(self, *, device: Any, recurse: bool = True) -> Self:
        """Moves the tensors to a device without their values."""
        return self._apply(lambda t: t.new_empty(t.shape, device=device), recurse=recurse)

    def type(self, dst_type: Any) -> Self:
        """Converts all parameters and buffers to a dtype."""
        return self._apply(lambda t: t.type(dst_type))

    def _compat_cast(self, dtype: Any) -> Self:
        return self._apply(lambda t: t.to(dtype) if t.is_floating_point() else t)

    def float(self) -> Self:
        """Floating parameters and buffers to float32."""
        return self._compat_cast(_dtype.float32)

    def double(self) -> Self:
        """Floating parameters and buffers to float64."""
        return self._compat_cast(_dtype.float64)

    def half(self) -> Self:
        """Floating parameters and buffers to float16."""
        return self._compat_cast(_dtype.float16)

    def bfloat16(self) -> Self:
        """Floating parameters and buffers to bfloat16."""
        return self._compat_cast(_dtype.bfloat16)

    def cpu(self) -> Self:
        """Moves everything to the CPU."""
        return self._apply(lambda t: t.cpu())

    def cuda(self, device: Any = None) -> Self:
        """Moves everything to the accelerator."""
        return self._apply(lambda t: t.cuda(device))

    def share_memory(self) -> Self:
        """Moves the tensors to memory that other processes may read."""
        return self._apply(lambda t: t.share_memory_())

    # ------------------------------------------------------------------ text
    def extra_repr(self) -> str:
        """What stands between the brackets of the module's text."""
        return ""

    def __repr__(self) -> str:
        extra = self.extra_repr()
        extra_lines = extra.split("\n") if extra else []
        child_lines = [f"({name}): {_indented(repr(module))}" for name, module in self._modules.items()]
        lines = extra_lines + child_lines
        name = self._get_name()
        if not lines:
            return f"{name}()"
        if len(extra_lines) == 1 and not child_lines:
            return f"{name}({extra_lines[0]})"
        return f"{name}(\n  " + "\n  ".join(lines) + "\n)"


def _parse_to(*args: Any, device: Any = None, dtype: Any = None, non_blocking: bool = False, copy: bool = False,
              memory_format: Any = None, tensor: Tensor | None = None) -> tuple[Any, Any, bool]:
    """(device, dtype, non_blocking) of the forms that ``to`` accepts."""
    rest: list[Any] = list(args)
    if rest and isinstance(rest[0], Tensor):
        tensor = rest.pop(0)
    elif rest and isinstance(rest[0], _dtype.dtype):
        dtype = rest.pop(0)
    else:
        if rest:
            device = rest.pop(0)
        if rest and (rest[0] is None or isinstance(rest[0], _dtype.dtype)):
            dtype = rest.pop(0)
    if rest:
        non_blocking = bool(rest[0])
    if tensor is not None:
        device, dtype = tensor.device, tensor.dtype
    return (None if device is None else _device.device(device)), dtype, non_blocking
