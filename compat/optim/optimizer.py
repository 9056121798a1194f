"""The base of all optimizers: parameter groups, state, hooks and state dicts."""

import functools
import warnings
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from itertools import chain
from typing import Any, TypeAlias, TypeVar

from compat._autograd.modes import is_grad_enabled, set_grad_enabled
from compat._dtype import float32, float64, get_default_dtype
from compat._engine.program import Captured, captured
from compat._hooks import RemovableHandle
from compat._ops.data import tensor
from compat._tensor.tensor import Tensor

ParamsT: TypeAlias = Iterable[Tensor] | Iterable[dict[str, Any]] | Iterable[tuple[str, Tensor]]
StateDict: TypeAlias = dict[str, Any]
Group: TypeAlias = dict[str, Any]
Step = TypeVar("Step", bound=Callable[..., Any])

_FUSED_DEVICES = ["mps", "cuda", "xpu", "hpu", "cpu", "mtia", "privateuseone"]
_CAPTURABLE_DEVICES = ["cuda", "xpu", "hpu", "privateuseone", "xla"]

_pre_hooks_of_all: OrderedDict[int, Callable[..., Any]] = OrderedDict()
_post_hooks_of_all: OrderedDict[int, Callable[..., Any]] = OrderedDict()
_HOOK_REGISTRIES = (
    "_optimizer_step_pre_hooks",
    "_optimizer_step_post_hooks",
    "_optimizer_state_dict_pre_hooks",
    "_optimizer_state_dict_post_hooks",
    "_optimizer_load_state_dict_pre_hooks",
    "_optimizer_load_state_dict_post_hooks",
)


class _Required:
    """The default of an option that every group has to give."""

    def __repr__(self) -> str:
        return "<required parameter>"


required = _Required()


def register_optimizer_step_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Run `hook(optimizer, args, kwargs)` before the `step` of every optimizer.

    Args:
      hook: Returns None, or the `(args, kwargs)` to call `step` with instead.

    Returns:
      A handle whose `remove()` unregisters the hook.
    """
    return _register(_pre_hooks_of_all, hook)


def register_optimizer_step_post_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Run `hook(optimizer, args, kwargs)` after the `step` of every optimizer.

    Args:
      hook: Its result is ignored.

    Returns:
      A handle whose `remove()` unregisters the hook.
    """
    return _register(_post_hooks_of_all, hook)


def _register(registry: OrderedDict[int, Callable[..., Any]], hook: Callable[..., Any],
              prepend: bool = False) -> RemovableHandle:
    handle = RemovableHandle(registry)
    registry[handle.id] = hook
    if prepend:
        registry.move_to_end(handle.id, last=False)
    return handle


def typename(value: object) -> str:
    """The name of a value's type as torch's messages print it: `float`, `numpy.ndarray`, `torch.FloatTensor`."""
    if isinstance(value, Tensor):
        return value.type()
    kind = type(value)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def to_scalar(value: Any) -> Any:
    """A one-element tensor as a 0-d one; numbers and 0-d tensors as they are."""
    return value.squeeze() if isinstance(value, Tensor) and value.dim() != 0 else value


def step_dtype(fused: bool | None = False) -> Any:
    """The dtype of the `step` entry of a state: float32, or float64 where that is the default dtype."""
    return float64 if not fused and get_default_dtype() == float64 else float32


def restore_steps(optimizer: "Optimizer", names: Sequence[str] = ("step",)) -> None:
    """Make tensors of the `step` entries of a state that was saved before PyTorch 1.12, when they were numbers.

    Args:
      optimizer: Whose state it is.
      names: Further entries that were numbers.
    """
    for group in optimizer.param_groups:
        for p in group["params"]:
            state = optimizer.state.get(p) or {}
            for name in names if state else ():
                if not isinstance(state[name], Tensor):
                    state[name] = tensor(float(state[name]), dtype=step_dtype(group.get("fused")))


def check_fused(param: Tensor) -> None:
    """Refuse what torch's fused kernels refuse.

    Raises:
      RuntimeError: if the parameter is not floating point, or its device has no fused kernels.
    """
    if param.device.type not in _FUSED_DEVICES or not param.is_floating_point():
        raise RuntimeError("`fused=True` requires all the params to be floating point Tensors of "
                           f"supported devices: {_FUSED_DEVICES} but {param.dtype} and {param.device.type}")


def check_fused_options(fused: bool | None, foreach: bool | None, differentiable: bool) -> None:
    """Refuse the options that exclude `fused=True`.

    Raises:
      RuntimeError: if `fused` comes with `differentiable` or `foreach`.
    """
    if fused and differentiable:
        raise RuntimeError("`fused` does not support `differentiable`")
    if fused and foreach:
        raise RuntimeError("`fused` and `foreach` cannot be `True` together.")


def check_capturable(params: Sequence[Tensor], tensors: str = "params and state_steps", xla: bool = True) -> None:
    """Refuse `capturable=True` where torch has no graphs to capture.

    Args:
      params: The parameters.
      tensors: What the message says has to be elsewhere.
      xla: Whether the message counts XLA among the devices.

    Raises:
      AssertionError: if a parameter lives on the CPU.
    """
    if any(p.device.type not in _CAPTURABLE_DEVICES for p in params):
        devices = _CAPTURABLE_DEVICES if xla else _CAPTURABLE_DEVICES[:-1]
        raise AssertionError(f"If capturable=True, {tensors} must be on supported devices: {devices}.")


def check_betas(betas: Sequence[Any]) -> None:
    """Refuse decay rates of means that are not in [0, 1).

    Raises:
      ValueError: naming the first one.
    """
    for i, beta in enumerate(betas):
        if not 0.0 <= beta < 1.0:
            raise ValueError(f"Invalid beta parameter at index {i}: {beta}")


def check_real(name: str, params: Sequence[Tensor]) -> None:
    """Refuse complex parameters.

    Raises:
      RuntimeError: saying that the optimizer of this name does not support them.
    """
    if any(p.is_complex() for p in params):
        raise RuntimeError(f"{name} does not support complex parameters")


def check_nonnegative(**values: Any) -> None:
    """Refuse negative (or nan) hyperparameters; each keyword is the name that the message gives to its value.

    Raises:
      ValueError: naming the first value that is not at least 0.
    """
    for name, value in values.items():
        if not value >= 0.0:
            raise ValueError(f"Invalid {'learning rate' if name == 'lr' else name + ' value'}: {value}")


def check_tensor_lr(lr: Any) -> None:
    """Refuse a learning rate that is a tensor of several elements.

    Raises:
      ValueError: if `lr` is a tensor of more or less than one element.
    """
    if isinstance(lr, Tensor) and lr.numel() != 1:
        raise ValueError("Tensor lr must be 1-element")


def _hooked(step: Step) -> Step:
    """Put the step hooks around a class's `step`."""

    def run(*args: Any, **kwargs: Any) -> Any:
        optimizer = args[0]
        for hook in chain(_pre_hooks_of_all.values(), optimizer._optimizer_step_pre_hooks.values()):
            result = hook(optimizer, args, kwargs)
            if result is None:
                continue
            if not (isinstance(result, tuple) and len(result) == 2):
                raise RuntimeError(f"{step} must return None or a tuple of (new_args, new_kwargs), but got {result}.")
            args, kwargs = result
        out = step(*args, **kwargs)
        optimizer._optimizer_step_code()
        for hook in chain(optimizer._optimizer_step_post_hooks.values(), _post_hooks_of_all.values()):
            hook(optimizer, args, kwargs)
        return out

    @functools.wraps(step)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        if captured() is None:
            return run(*args, **kwargs)
        with Captured.watcher.optimizer(args[0]):
            return run(*args, **kwargs)

    wrapper.hooked = True  # pyright: ignore[reportAttributeAccessIssue]
    return wrapper  # pyright: ignore[reportReturnType]


def _use_grad_for_differentiable(step: Step) -> Step:
    """Run a step without recording, unless the optimizer was made with `differentiable=True`."""

    @functools.wraps(step)
    def wrapper(self: "Optimizer", *args: Any, **kwargs: Any) -> Any:
        before = is_grad_enabled()
        set_grad_enabled(self.defaults.get("differentiable", False))
        try:
            return step(self, *args, **kwargs)
        finally:
            set_grad_enabled(before)

    return wrapper  # pyright: ignore[reportReturnType]


class Optimizer:
    """What every optimizer shares: `param_groups`, `state`, hooks, `zero_grad`, `state_dict`, `load_state_dict`.

    A subclass gives its options as `defaults` and defines `step`. Groups are dictionaries: `"params"` and one entry
    an option, which may be edited at any time. State is a dictionary a parameter, filled at its first update.

    Args:
      params: Tensors, pairs `(name, tensor)`, or dictionaries with `"params"` and options of their own.
      defaults: Options of the groups that do not give them.

    Raises:
      TypeError: if `params` is one tensor, or contains something that is not a tensor.
      ValueError: if there is nothing to optimize, a tensor is not a leaf, or a parameter is in two groups.

    Example:
      >>> import compat as torch
      >>> w = torch.zeros(2, requires_grad=True)
      >>> torch.optim.SGD([w], lr=0.1).param_groups[0]["lr"]
      0.1

    Source:
      PyTorch, `torch.optim.Optimizer`.
    """

    defaults: dict[str, Any]
    state: defaultdict[Tensor, Any]
    param_groups: list[Group]
    _compat_live = False  # whether `step` gives the groups' numbers to kernels as they are (see `compat._engine.live`)

    def __init__(self, params: ParamsT, defaults: dict[str, Any]) -> None:
        self.defaults = defaults
        self._compat_prepare()
        if isinstance(params, Tensor):
            raise TypeError("params argument given to the optimizer should be an iterable of Tensors or dicts, "
                            f"but got {typename(params)}")
        self.state = defaultdict(dict)
        self.param_groups = []
        groups = list(params)
        if not groups:
            raise ValueError("optimizer got an empty parameter list")
        for group in groups if isinstance(groups[0], dict) else [{"params": groups}]:
            self.add_param_group(group)  # pyright: ignore[reportArgumentType]

    def _compat_prepare(self) -> None:
        """Make the hook registries that are missing, and put the hooks around the class's own `step`."""
        for name in _HOOK_REGISTRIES:
            self.__dict__.setdefault(name, OrderedDict())
        cls = type(self)
        if not getattr(cls.step, "hooked", False):
            cls.step = _hooked(cls.step)

    def _optimizer_step_code(self) -> None:
        """Called after each step, for profilers to find; does nothing."""

    @staticmethod
    def profile_hook_step(func: Step) -> Step:
        """Put the step hooks around a `step` function, as making an optimizer does.

        Args:
          func: The function; its first argument is the optimizer.

        Returns:
          The wrapped function.
        """
        return _hooked(func)

    def __getstate__(self) -> dict[str, Any]:
        return {"defaults": self.defaults, "state": self.state, "param_groups": self.param_groups}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._compat_prepare()
        self.defaults.setdefault("differentiable", False)

    def __repr__(self) -> str:
        text = f"{type(self).__name__} ("
        for i, group in enumerate(self.param_groups):
            text += f"\nParameter Group {i}\n"
            text += "".join(f"    {key}: {group[key]}\n" for key in sorted(group) if key != "params")
        return text + ")"

    # ------------------------------------------------------------------ hooks
    def register_step_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Run `hook(optimizer, args, kwargs)` before each step of this optimizer.

        Args:
          hook: Returns None, or the `(args, kwargs)` to call `step` with instead.

        Returns:
          A handle whose `remove()` unregisters the hook.
        """
        return _register(self._optimizer_step_pre_hooks, hook)

    def register_step_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Run `hook(optimizer, args, kwargs)` after each step of this optimizer.

        Args:
          hook: Its result is ignored.

        Returns:
          A handle whose `remove()` unregisters the hook.
        """
        return _register(self._optimizer_step_post_hooks, hook)

    def register_state_dict_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Run `hook(optimizer)` before `state_dict` collects anything.

        Args:
          hook: Its result is ignored.
          prepend: Run it before the hooks registered so far.

        Returns:
          A handle whose `remove()` unregisters the hook.
        """
        return _register(self._optimizer_state_dict_pre_hooks, hook, prepend)

    def register_state_dict_post_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Run `hook(optimizer, state_dict)` on what `state_dict` collected.

        Args:
          hook: Returns None, or the dictionary to return instead.
          prepend: Run it before the hooks registered so far.

        Returns:
          A handle whose `remove()` unregisters the hook.
        """
        return _register(self._optimizer_state_dict_post_hooks, hook, prepend)

    def register_load_state_dict_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Run `hook(optimizer, state_dict)` on a shallow copy of what `load_state_dict` is given.

        Args:
          hook: Returns None, or the dictionary to load instead.
          prepend: Run it before the hooks registered so far.

        Returns:
          A handle whose `remove()` unregisters the hook.
        """
        return _register(self._optimizer_load_state_dict_pre_hooks, hook, prepend)

    def register_load_state_dict_post_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Run `hook(optimizer)` after `load_state_dict`.

        Args:
          hook: Its result is ignored.
          prepend: Run it before the hooks registered so far.

        Returns:
          A handle whose `remove()` unregisters the hook.
        """
        return _register(self._optimizer_load_state_dict_post_hooks, hook, prepend)

    # ------------------------------------------------------------------ state dicts
    def state_dict(self) -> StateDict:
        """The optimizer's state and options, with parameters replaced by their positions.

        Returns:
          `{"state": {position: {name: value}}, "param_groups": [{option: value, "params": [position]}]}`; tensors
          are those of the optimizer, not copies.
        """
        for hook in self._optimizer_state_dict_pre_hooks.values():
            hook(self)
        position: dict[int, int] = {}
        groups = []
        start = 0
        for group in self.param_groups:
            for i, p in enumerate(group["params"], start):
                position.setdefault(id(p), i)
            start += len(group["params"])
            packed = {key: value for key, value in group.items() if key != "params"}
            packed["params"] = [position[id(p)] for p in group["params"]]
            groups.append(packed)
        state = {position[id(key)] if isinstance(key, Tensor) else key: value for key, value in self.state.items()}
        result: StateDict = {"state": state, "param_groups": groups}
        for hook in self._optimizer_state_dict_post_hooks.values():
            result = _or(hook(self, result), result)
        return result

    def load_state_dict(self, state_dict: StateDict) -> None:
        """Take over the state and the options of a `state_dict()`; parameters are matched by position.

        Tensors of the state take the dtype and device of their parameter, except `step`.

        Args:
          state_dict: What `state_dict()` of an optimizer over parameters of the same shapes returned.

        Raises:
          ValueError: if the number of groups, or of parameters in one of them, differs.
        """
        state_dict = state_dict.copy()
        for hook in self._optimizer_load_state_dict_pre_hooks.values():
            state_dict = _or(hook(self, state_dict), state_dict)
        groups, saved = self.param_groups, deepcopy(state_dict["param_groups"])
        if len(groups) != len(saved):
            raise ValueError("loaded state dict has a different number of parameter groups")
        if any(len(group["params"]) != len(other["params"]) for group, other in zip(groups, saved, strict=True)):
            raise ValueError("loaded state dict contains a parameter group that doesn't match the size of "
                             "optimizer's group")
        param_of = dict(zip(chain.from_iterable(g["params"] for g in saved),
                            chain.from_iterable(g["params"] for g in groups), strict=True))
        options = {i: group for group in state_dict["param_groups"] for i in group["params"]}
        state: defaultdict[Any, Any] = defaultdict(dict)
        for key, value in state_dict["state"].items():
            if key in param_of:
                state[param_of[key]] = _fit(param_of[key], value, options[key])
            else:
                state[key] = value
        for group, new in zip(groups, saved, strict=True):
            new["params"] = group["params"]
            if "param_names" in group:
                new.setdefault("param_names", group["param_names"])
        self.__setstate__({"state": state, "param_groups": saved})
        for hook in self._optimizer_load_state_dict_post_hooks.values():
            hook(self)

    # ------------------------------------------------------------------ parameters
    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters.

        Args:
          set_to_none: Set `.grad` to None; if False, overwrite it with zeros in place, so that steps see a gradient.
        """
        for group in self.param_groups:
            for p in group["params"]:
                if set_to_none:
                    p.grad = None
                elif (grad := p.grad) is not None:
                    if grad.grad_fn is not None:
                        grad.detach_()
                    else:
                        grad.requires_grad_(False)
                    grad.zero_()

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update the parameters by their gradients.

        Args:
          closure: Computes the loss and its gradients anew, and returns the loss.

        Returns:
          What the closure returned, or None.
        """
        raise NotImplementedError

    def add_param_group(self, param_group: Group) -> None:
        """Optimize further parameters.

        Args:
          param_group: `"params"` (a tensor, tensors, or pairs of name and tensor) and the options that differ from
            the defaults. The dictionary itself becomes the group.

        Raises:
          TypeError: if it is not a dictionary, or its parameters are a set or not all tensors.
          ValueError: if a parameter is not a leaf, is in another group, or only some have names.
        """
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}")
        params = param_group["params"]
        if isinstance(params, set):
            raise TypeError("optimizer parameters need to be organized in ordered collections, but the ordering of "
                            "tensors in sets will change between runs. Please use a list instead.")
        entries = [params] if isinstance(params, Tensor) else list(params)
        names = [entry[0] for entry in entries if isinstance(entry, tuple)]
        param_group["params"] = [entry[1] if isinstance(entry, tuple) else entry for entry in entries]
        if names and len(names) != len(entries):
            raise ValueError("all optimizer params should be with/without names. Some param names are missing")
        if names:
            param_group["param_names"] = names
        self._compat_check_params(param_group["params"])
        for name, default in self.defaults.items():
            if default is required and name not in param_group:
                raise ValueError(f"parameter group didn't specify a value of required optimization parameter {name}")
            param_group.setdefault(name, default)
        self._compat_check_against_groups(param_group)
        self.param_groups.append(param_group)

    def _compat_check_params(self, params: Sequence[Any]) -> None:
        for p in params:
            if not isinstance(p, Tensor):
                raise TypeError(f"optimizer can only optimize Tensors, but one of the params is {typename(p)}")
            if not self.defaults.get("differentiable") and not (p.is_leaf or p.retains_grad):
                raise ValueError("can't optimize a non-leaf Tensor")

    def _compat_check_against_groups(self, param_group: Group) -> None:
        ids = {id(p) for p in param_group["params"]}
        if len(ids) != len(param_group["params"]):
            warnings.warn("optimizer contains a parameter group with duplicate parameters; in future, this will cause "
                          "an error; see github.com/pytorch/pytorch/issues/40967 for more information", stacklevel=4)
        named = "param_names" in param_group
        for group in self.param_groups:
            if named != ("param_names" in group):
                raise ValueError("all optimizer param groups should be with/without names. cannot add param group "
                                 f"{'with' if named else 'without'} names to the optimizer")
        if any(id(p) in ids for group in self.param_groups for p in group["params"]):
            raise ValueError("some parameters appear in more than one parameter group")


def _or(result: Any, otherwise: Any) -> Any:
    return otherwise if result is None else result


def _fit(param: Tensor, value: Any, group: Group, key: Any = None) -> Any:
    """A loaded value of a parameter's state, its tensors moved to the parameter's dtype and device."""
    if isinstance(value, Tensor):
        if key == "step":  # a count, not a quantity of the parameter's: only kernels on a device want it there
            wanted = group.get("capturable", False) or group.get("fused", False)
            return value.to(dtype=float32, device=param.device) if wanted else value
        if param.is_floating_point():
            return value.to(dtype=param.dtype, device=param.device)
        return value.to(device=param.device)
    if isinstance(value, dict):
        return {k: _fit(param, v, group, k) for k, v in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str):
        return type(value)(_fit(param, v, group) for v in value)  # pyright: ignore[reportCallIssue]
    return value
