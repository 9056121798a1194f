"""A module called with other tensors in the place of its own."""
from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from typing import Any

from compat._tensor.tensor import Tensor
from compat.nn.modules.module import Module


def _owner(module: Module, name: str) -> tuple[Module, str]:
    path, _, last = name.rpartition(".")
    return module.get_submodule(path), last


def _slot(owner: Module, name: str) -> dict | None:
    return next((held for held in (owner._parameters, owner._buffers) if name in held), None)


def _with_ties(module: Module, given: dict[str, Any]) -> dict[str, Any]:
    """The tensors also under all other names of what they replace."""
    names: dict[int, list[str]] = {}
    for members in (module.named_parameters, module.named_buffers):
        for name, tensor in members(remove_duplicate=False):
            names.setdefault(id(tensor), []).append(name)
    tied = dict(given)
    for group in names.values():
        values = {id(given[name]): given[name] for name in group if name in given}
        if len(values) > 1:
            raise ValueError(f"functional_call got multiple values for keys {sorted(n for n in group if n in given)}, "
                             "which are tied. Consider using tie_weights=False")
        for value in values.values():
            tied.update(dict.fromkeys(group, value))
    return tied


@contextlib.contextmanager
def _reparametrize_module(module: Module, parameters_and_buffers: dict[str, Any], *, tie_weights: bool = False,
                          strict: bool = False, stack_weights: bool = False) -> Iterator[None]:
    """Puts tensors in the place of parameters and buffers, and the old ones back in the end."""
    given = _with_ties(module, parameters_and_buffers) if tie_weights else dict(parameters_and_buffers)
    if strict:
        own = {n for members in (module.named_parameters, module.named_buffers)
               for n, _ in members(remove_duplicate=False)}
        unexpected = [name for name in given if name not in own]
        missing = [name for name in sorted(own) if name not in given]
        errors = []
        if unexpected:
            errors.append(f"Unexpected key(s): {', '.join(map(repr, unexpected))}.")
        if missing:
            errors.append(f"Missing key(s): {', '.join(map(repr, missing))}.")
        if errors:
            raise RuntimeError(f"Error(s) in reparametrizing for {module._get_name()}:\n\t" + "\n\t".join(errors))
    old: list[tuple[dict, str, Any]] = []
    try:
        for name, tensor in given.items():
            owner, last = _owner(module, name)
            held = _slot(owner, last)
            if held is None:
                if not hasattr(owner, last):
                    raise AttributeError(f"{owner._get_name()} has no attribute `{last}`")
                raise TypeError(f"{name}: {getattr(owner, last)} is not an instance of torch.Tensor")
            if tensor is not None and not isinstance(tensor, Tensor):
                raise TypeError(f"{tensor} is not an instance of torch.Tensor")
            old.append((held, last, held[last]))
            held[last] = tensor
        yield
    finally:
        for (held, last, value), name in reversed(list(zip(old, given, strict=False))):
            parameters_and_buffers.update({name: held[last]} if name in parameters_and_buffers else {})
            held[last] = value


def _functional_call(module: Module, parameters_and_buffers: dict[str, Any], args: Any = None,
                     kwargs: dict[str, Any] | None = None, *, tie_weights: bool = True, strict: bool = False) -> Any:
    args = () if args is None else args if isinstance(args, tuple) else (args,)
    with _reparametrize_module(module, parameters_and_buffers, tie_weights=tie_weights, strict=strict):
        return module(*args, **(kwargs or {}))


def functional_call(module: Module, parameters_and_buffers: dict[str, Any], args: Any = None,
                    kwargs: dict[str, Any] | None = None, *, tie_weights: bool = True, strict: bool = False) -> Any:
    """The old place of ``torch.func.functional_call``."""
    warnings.warn("This API is deprecated as of PyTorch 2.0 and will be removed in a future version of PyTorch. Please "
                  "use torch.func.functional_call instead which is a drop-in replacement for this API.", FutureWarning,
                  stacklevel=2)
    return _functional_call(module, parameters_and_buffers, args, kwargs, tie_weights=tie_weights, strict=strict)
