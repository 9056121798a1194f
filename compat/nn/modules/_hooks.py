"""Hooks that run for every module, and the autograd nodes behind a module's backward hooks."""
from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

from compat._autograd.function import Function
from compat._autograd.modes import is_grad_enabled
from compat._hooks import RemovableHandle
from compat._ops.creation import zeros
from compat._tensor.tensor import Tensor

global_forward_pre_hooks: OrderedDict[int, Callable] = OrderedDict()
global_forward_hooks: OrderedDict[int, Callable] = OrderedDict()
global_forward_hooks_always_called: OrderedDict[int, bool] = OrderedDict()
global_forward_hooks_with_kwargs: OrderedDict[int, bool] = OrderedDict()
global_backward_pre_hooks: OrderedDict[int, Callable] = OrderedDict()
global_backward_hooks: OrderedDict[int, Callable] = OrderedDict()
global_buffer_hooks: OrderedDict[int, Callable] = OrderedDict()
global_module_hooks: OrderedDict[int, Callable] = OrderedDict()
global_parameter_hooks: OrderedDict[int, Callable] = OrderedDict()
_full_global_backward_hooks: list[bool | None] = [None]


def global_backward_is_full() -> bool | None:
    """Whether the global backward hooks are of the full kind; None before the first."""
    return _full_global_backward_hooks[0]


def add_hook(hooks: OrderedDict, hook: Callable, extra: Any = (), prepend: bool = False) -> RemovableHandle:
    """Stores a hook under a new id, last or first, and returns what removes it (from the dicts ``extra``, too)."""
    handle = RemovableHandle(hooks, extra_dict=list(extra))
    hooks[handle.id] = hook
    if prepend:
        hooks.move_to_end(handle.id, last=False)
    return handle


def register_module_forward_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Calls ``hook(module, args)`` before every module's forward; what it returns replaces the arguments."""
    return add_hook(global_forward_pre_hooks, hook)


def register_module_forward_hook(hook: Callable[..., Any], *, with_kwargs: bool = False,
                                 always_call: bool = False) -> RemovableHandle:
    """Calls ``hook(module, args, output)`` after every module's forward; what it returns replaces the output."""
    handle = add_hook(global_forward_hooks, hook,
                      (global_forward_hooks_with_kwargs, global_forward_hooks_always_called))
    if with_kwargs:
        global_forward_hooks_with_kwargs[handle.id] = True
    if always_call:
        global_forward_hooks_always_called[handle.id] = True
    return handle


def register_module_full_backward_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Calls ``hook(module, grad_output)`` before every module's backward."""
    return add_hook(global_backward_pre_hooks, hook)


def register_module_full_backward_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Calls ``hook(module, grad_input, grad_output)`` after every module's backward."""
    if global_backward_is_full() is False:
        raise RuntimeError("Cannot use both regular backward hooks and full backward hooks as a global Module hook. "
                           "Please use only one of them.")
    _full_global_backward_hooks[0] = True
    return add_hook(global_backward_hooks, hook)


def register_module_backward_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """The old form of :func:`register_module_full_backward_hook`."""
    if global_backward_is_full() is True:
        raise RuntimeError("Cannot use both regular backward hooks and full backward hooks as a global Module hook. "
                           "Please use only one of them.")
    _full_global_backward_hooks[0] = False
    return add_hook(global_backward_hooks, hook)


def register_module_buffer_registration_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Calls ``hook(module, name, buffer)`` when a buffer is registered; what it returns replaces the buffer."""
    return add_hook(global_buffer_hooks, hook)


def register_module_module_registration_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Calls ``hook(module, name, submodule)`` when a submodule is registered."""
    return add_hook(global_module_hooks, hook)


def register_module_parameter_registration_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Calls ``hook(module, name, parameter)`` when a parameter is registered."""
    return add_hook(global_parameter_hooks, hook)


class BackwardHookFunction(Function):
    """The identity; its node marks where a module begins and ends in the graph."""

    @staticmethod
    def forward(ctx: Any, *args: Tensor) -> tuple[Tensor, ...]:
        """The tensors themselves."""
        ctx.mark_non_differentiable(*[arg for arg in args if not arg.requires_grad])
        return args

    @staticmethod
    def backward(ctx: Any, *args: Tensor) -> tuple[Tensor, ...]:
        """The gradients themselves."""
        return args


def _as_tuple(values: Any) -> tuple:
    return values if isinstance(values, tuple) else (values,)


class BackwardHook:
    """One call's bookkeeping: a node over the inputs, one over the outputs, and the hooks that both of them feed.

    The gradient passes the outputs' node first, which keeps it as ``grad_output``; when it reaches the inputs' node,
    the hooks see both. Without an input that requires grad the hooks run at the outputs' node.
    """

    def __init__(self, module: Any, hooks: Sequence[Callable], pre_hooks: Sequence[Callable]) -> None:
        self.module, self.hooks, self.pre_hooks = module, hooks, pre_hooks
        self.grad_outputs: tuple | None = None
        self.n_outputs = self.n_inputs = -1
        self.output_index: list[int] | None = None
        self.input_index: list[int] | None = None
        self.blanks: list[tuple | None] = []

    def setup_input_hook(self, args: tuple) -> tuple:
        """Puts the node over the arguments that are tensors."""
        marked, self.input_index = self._insert_node(lambda node: node.register_hook(self._at_inputs), args)
        self.n_inputs = len(args)
        self.blanks = [None if args[i].requires_grad else (args[i].shape, args[i].dtype, args[i].device)
                       for i in self.input_index or ()]
        return marked

    def setup_output_hook(self, output: Any) -> Any:
        """Puts the node over the output: a tensor or a tuple."""
        result, self.output_index = self._insert_node(lambda node: node.register_prehook(self._at_outputs),
                                                      _as_tuple(output))
        self.n_outputs = len(result)
        return result if isinstance(output, tuple) else result[0]

    def _insert_node(self, attach: Callable, args: tuple) -> tuple[tuple, list[int] | None]:
        where = [i for i, arg in enumerate(args) if isinstance(arg, Tensor)]
        if not (is_grad_enabled() and any(args[i].requires_grad for i in where)):
            return args, None
        marked = _as_tuple(BackwardHookFunction.apply(*[args[i] for i in where]))
        attach(next(t.grad_fn for t in marked if t.grad_fn is not None))
        out = list(args)
        for i, tensor in zip(where, marked, strict=True):
            out[i] = tensor
        fields = getattr(type(args), "_fields", None)
        return (tuple(out) if fields is None else type(args)(*out)), where

    @staticmethod
    def _spread(index: Sequence[int] | None, values: Sequence, length: int) -> tuple:
        """The gradients at the positions of the tensors, None elsewhere."""
        out = [None] * length
        for i, value in zip(index or (), values, strict=False):
            out[i] = value
        return tuple(out)

    def _checked(self, result: Any, length: int, hook_name: str, what: str) -> tuple:
        result = _as_tuple(result)
        if len(result) != length:
            raise RuntimeError(f"{hook_name} returned an invalid number of {what}, got {len(result)}, but expected "
                               f"{length}")
        return result

    def _at_outputs(self, grads: tuple) -> tuple | None:
        grad_outputs = self._spread(self.output_index, grads, self.n_outputs)
        changed = False
        for hook in self.pre_hooks:
            result = hook(self.module, grad_outputs)
            if result is not None:
                grad_outputs = self._checked(result, len(grad_outputs), "Backward pre hook", "grad_output")
                changed = True
        self.grad_outputs = grad_outputs
        if self.input_index is None:
            self._without_inputs()
        return tuple(grad_outputs[i] for i in self.output_index) if changed else None

    def _without_inputs(self) -> None:
        grad_inputs = self._spread(None, (), self.n_inputs)
        for hook in self.hooks:
            result = hook(self.module, grad_inputs, self.grad_outputs)
            if result is not None and any(grad is not None for grad in _as_tuple(result)):
                raise RuntimeError("Backward hook for Modules where no input requires gradient should always return "
                                   "None or None for all gradients.")
        self.grad_outputs = None

    def _at_inputs(self, grad_input: tuple, _: tuple) -> tuple | None:
        if self.grad_outputs is None:  # the gradient did not come through this module's output
            return None
        # The node is a Function, and in PyTorch those give zeros to inputs that require no gradient.
        grads = [zeros(blank[0], dtype=blank[1], device=blank[2]) if grad is None and blank is not None else grad
                 for grad, blank in zip(grad_input, self.blanks, strict=True)]
        grads = self._spread(self.input_index, grads, self.n_inputs)
        for hook in self.hooks:
            result = hook(self.module, grads, self.grad_outputs)
            if result is not None:
                grads = self._checked(result, len(grads), "Backward hook", "grad_input")
        self.grad_outputs = None
        return tuple(grads[i] for i in self.input_index)
