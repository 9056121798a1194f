"""Modules as functions of their parameters: `functional_call` and `stack_module_state`."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from compat._ops.declare import ops
from compat._tensor.tensor import Tensor

_MISSING = object()


def functional_call(module: Any, parameter_and_buffer_dicts: dict[str, Tensor] | Sequence[dict[str, Tensor]],
                    args: Any = None, kwargs: dict[str, Any] | None = None, *, tie_weights: bool = True,
                    strict: bool = False) -> Any:
    """Call a module with other tensors in place of its parameters and buffers; the module is as before afterwards.

    Args:
      module: The module.
      parameter_and_buffer_dicts: Tensors by their names in the module, or several such dictionaries.
      args: The argument, or a tuple of arguments.
      kwargs: Keyword arguments.
      tie_weights: Whether a tensor also stands in for those tied to the one it replaces.
      strict: Whether every parameter and buffer must be given, and nothing else.

    Returns:
      What the module returns.

    Raises:
      ValueError: if a name comes twice.
      RuntimeError: if names are missing or unknown in strict mode.

    Example:
      >>> import compat as torch
      >>> linear = torch.nn.Linear(2, 1, bias=False)
      >>> torch.func.functional_call(linear, {"weight": torch.ones(1, 2)}, torch.ones(2)).detach()
      tensor([2.])
    """
    given = _merged(parameter_and_buffer_dicts)
    places = _places(module)
    given = {**(_tied(places, given) if tie_weights else {}), **given}
    if strict:
        _check_names(module, given, places)
    if args is None:
        args = ()
    elif not isinstance(args, tuple):
        args = (args,)
    with _in_place(module, places, given):
        return module(*args, **(kwargs or {}))


def _merged(dicts: Any) -> dict[str, Tensor]:
    if isinstance(dicts, dict):
        return dicts
    if not isinstance(dicts, Sequence):
        raise ValueError("Expected parameter_and_buffer_dicts to be a dict, or a list/tuple of dicts, but got "
                         f"{type(dicts)}")
    if not all(isinstance(d, dict) for d in dicts):
        raise ValueError("Expected all elements of parameter_and_buffer_dicts to be dictionaries")
    repeated = [name for name, n in Counter(name for d in dicts for name in d).items() if n > 1]
    if repeated:
        raise ValueError(f"{repeated} appeared in multiple dictionaries; behavior of functional call is ambiguous")
    return {name: value for d in dicts for name, value in d.items()}


def _places(module: Any) -> dict[str, tuple[dict[str, Any], str]]:
    """Where each parameter and buffer is kept, by its full name."""
    places = {}
    for prefix, owner in module.named_modules(remove_duplicate=False):
        for registry in (owner._parameters, owner._buffers):
            for name in registry:
                places[f"{prefix}.{name}" if prefix else name] = registry, name
    return places


def _check_names(module: Any, given: dict[str, Tensor], places: dict[str, tuple[dict[str, Any], str]]) -> None:
    unexpected = sorted(set(given) - set(places))
    present = [name for name, (registry, key) in places.items() if registry[key] is not None]
    missing = sorted(set(present) - set(given))
    problems = [f"{kind} key(s): {', '.join(map(repr, names))}."
                for kind, names in (("Unexpected", unexpected), ("Missing", missing)) if names]
    if problems:
        raise RuntimeError(f"Error(s) in reparametrizing for {type(module).__name__}:\n\t" + "\n\t".join(problems))


def _tied(places: dict[str, tuple[dict[str, Any], str]], given: dict[str, Tensor]) -> dict[str, Tensor]:
    """The given tensors under the further names of what they replace."""
    names: dict[int, list[str]] = {}
    for name, (registry, key) in places.items():
        if registry[key] is not None:
            names.setdefault(id(registry[key]), []).append(name)
    result: dict[str, Tensor] = {}
    for group in names.values():
        values = [given[name] for name in group if name in given]
        if any(value is not values[0] for value in values):
            raise ValueError("functional_call got multiple values for keys "
                             f"{sorted(name for name in group if name in given)}, which are tied. Consider using "
                             "tie_weights=False")
        if values:
            result.update(dict.fromkeys(group, values[0]))
    return result


@contextmanager
def _in_place(module: Any, places: dict[str, tuple[dict[str, Any], str]], given: dict[str, Tensor]) -> Iterator[None]:
    places = places | {name: _attribute(module, name) for name in given if name not in places}
    before = [(*places[name], places[name][0].get(places[name][1], _MISSING)) for name in given]
    try:
        for name, value in given.items():
            registry, key = places[name]
            registry[key] = value
        yield
    finally:
        for registry, key, value in before:
            if value is _MISSING:
                registry.pop(key, None)
            else:
                registry[key] = value


def _attribute(module: Any, name: str) -> tuple[dict[str, Any], str]:
    """Where a tensor that is neither parameter nor buffer stands for the call, as PyTorch has it without ``strict``."""
    path, _, key = name.rpartition(".")
    owner = module.get_submodule(path)
    if hasattr(owner, key) and not isinstance(getattr(owner, key), Tensor):
        raise TypeError(f"{name}: {getattr(owner, key)} is not an instance of torch.Tensor")
    return owner.__dict__, key


def stack_module_state(models: Sequence[Any]) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """The parameters and buffers of several modules of one kind, stacked: for `vmap` over an ensemble.

    Args:
      models: The modules.

    Returns:
      Dictionaries of stacked parameters (new leaves) and buffers.

    Raises:
      RuntimeError: if there is none, or they differ in class or in training mode.
    """
    if len(models) == 0:
        raise RuntimeError("stack_module_state: Expected at least one model, got 0.")
    if len({bool(model.training) for model in models}) > 1:
        raise RuntimeError("stack_module_state: Expected all models to have the same training/eval mode.")
    if len({type(model) for model in models}) > 1:
        raise RuntimeError("stack_module_state: Expected all models to be of the same class.")
    return _stacked([dict(m.named_parameters()) for m in models]), _stacked([dict(m.named_buffers()) for m in models])


def _stacked(states: list[dict[str, Tensor]]) -> dict[str, Tensor]:
    result = {}
    for name in states[0]:
        tensors = [state[name] for state in states]
        if len({t.requires_grad for t in tensors}) > 1:
            raise RuntimeError(f"Expected {name} from each model to have the same .requires_grad")
        stacked = ops.stack(tensors, 0).detach()
        result[name] = stacked.requires_grad_() if tensors[0].requires_grad else stacked
    return result
