"""From PyTorch's objects to compat's: tensors, dtypes, and the function that an entry of the database calls."""

import builtins
import dataclasses
import io
import types
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch.utils._pytree import tree_leaves, tree_map

import compat

_CONSTANTS = (torch.memory_format, torch.layout)


def _array(t: torch.Tensor) -> np.ndarray:
    t = t.detach().resolve_conj().resolve_neg()
    t = t.clone() if torch._is_zerotensor(t) else t  # a tensor of zeros without memory, which NumPy cannot read
    if t.dtype == torch.bfloat16:
        return np.asarray(t.view(torch.int16).numpy()).view("bfloat16")
    return t.numpy()


def tensor(t: torch.Tensor) -> Any:
    """A leaf of compat with the same elements, dtype and strides."""
    whole = t.untyped_storage().nbytes() == t.numel() * t.element_size()
    if t.ndim > 64:  # NumPy has no more dimensions
        made = compat.tensor(_array(t.reshape(-1)).copy()).reshape(tuple(t.shape))
    elif (t.is_contiguous() and whole) or t.numel() == 0:
        # no reshape: the leaf is to own its memory, as PyTorch's does
        made = compat.tensor(_array(t.contiguous()).copy())
    else:
        flat = torch.empty(0, dtype=t.dtype).set_(t.untyped_storage())
        made = compat.tensor(_array(flat).copy()).as_strided(tuple(t.shape), t.stride(), t.storage_offset())
        if t.is_conj():
            made = made.conj()
    return made.detach().requires_grad_(t.requires_grad)


def translate(x: Any) -> Any:
    """Whatever an argument holds, with compat's objects in the place of PyTorch's."""
    if isinstance(x, torch.nn.Parameter):
        return compat.nn.Parameter(tensor(x).detach(), x.requires_grad)
    if isinstance(x, torch.Tensor):
        return tensor(x)
    if isinstance(x, torch.Size):
        return compat.Size(x)
    if isinstance(x, torch.nn.utils.rnn.PackedSequence):
        return compat.nn.utils.rnn.PackedSequence(*map(translate, x))
    if isinstance(x, tuple) and hasattr(x, "_fields"):
        return type(x)(*map(translate, x))
    if isinstance(x, list | tuple):
        return type(x)(map(translate, x))
    if isinstance(x, dict):
        return {k: translate(v) for k, v in x.items()}
    if isinstance(x, torch.dtype):
        return getattr(compat, str(x).removeprefix("torch."))
    if isinstance(x, torch.device):
        return compat.device(str(x))
    if isinstance(x, _CONSTANTS):
        name = str(x).removeprefix("torch.")
        # compat has one layout; entries hand over another to see it refused
        return getattr(compat, name) if hasattr(compat, name) else compat.layout(name)
    if isinstance(x, torch.nn.LinearCrossEntropyOptions):
        fields = ((f.name, getattr(x, f.name)) for f in dataclasses.fields(x))
        return compat.nn.LinearCrossEntropyOptions(**{name: translate(v) for name, v in fields})
    if isinstance(x, torch.nn.PairwiseDistance):
        return compat.nn.PairwiseDistance(x.norm, x.eps, x.keepdim)
    if isinstance(x, torch.Generator):
        return compat.Generator().manual_seed(x.initial_seed())
    if isinstance(x, torch.nn.Module):
        saved = io.BytesIO()
        torch.save(x, saved)
        return compat.load(io.BytesIO(saved.getvalue()), weights_only=False)
    if isinstance(x, types.BuiltinFunctionType) and str(x.__module__).startswith("torch"):
        return function(x)
    return x


def distinct(x: Any, made: dict[int, Any]) -> Any:
    """As `translate`; one tensor given twice is one in compat too, and has its gradient. `made` holds those so far."""
    if isinstance(x, torch.Tensor):
        if id(x) not in made:
            made[id(x)] = translate(x)
            if x.is_leaf and x.grad is not None:
                made[id(x)].grad = translate(x.grad)
        return made[id(x)]
    if type(x) is dict:
        return {k: distinct(v, made) for k, v in x.items()}
    if type(x) in (list, tuple):
        return type(x)(distinct(v, made) for v in x)
    return translate(x)


def aliased(given: Any) -> Any:
    """As `translate`, tensors that share memory sharing it in compat too: what ``out=`` may be depends on that."""
    memory: dict[int, list[torch.Tensor]] = {}
    for t in tree_leaves(given):
        if isinstance(t, torch.Tensor) and t.untyped_storage().nbytes():
            memory.setdefault(t.untyped_storage().data_ptr(), []).append(t)
    made = {}
    for tensors in memory.values():
        if len(tensors) > 1 and len({t.dtype for t in tensors}) == 1:
            memory_of = torch.empty(0, dtype=tensors[0].dtype).set_(tensors[0].untyped_storage())
            base = compat.tensor(_array(memory_of).copy())
            made.update({id(t): base.as_strided(tuple(t.shape), t.stride(), t.storage_offset()) for t in tensors})
    for t in tree_leaves(given):
        if isinstance(t, torch.Tensor) and id(t) not in made:
            made[id(t)] = tensor(t)  # one without elements given twice is one in compat too
    return tree_map(lambda x: made[id(x)] if id(x) in made else translate(x), given)


def _with_seed(op: Callable, *args: Any, **kwargs: Any) -> Any:
    compat.manual_seed(42)
    return op(*args, **kwargs)


def _named(path: str) -> Any:
    found: Any = compat
    for part in path.split("."):
        found = getattr(found, part)
    return found


def _rebuilt(f: types.FunctionType) -> Callable:
    """The same Python code, whose ``torch`` is compat."""
    scope = {**f.__globals__, "torch": compat, "F": compat.nn.functional, "wrapper_set_seed": _with_seed,
             "__builtins__": builtins}
    cells = tuple(types.CellType(function(c.cell_contents)) if callable(c.cell_contents)
                  else types.CellType(c.cell_contents) for c in f.__closure__ or ())
    made = types.FunctionType(f.__code__, scope, f.__name__, f.__defaults__, cells)
    made.__kwdefaults__ = f.__kwdefaults__
    return made


def _sliced(x: Any, dim: int = 0, start: Any = None, end: Any = None, step: int = 1) -> Any:
    return x[(slice(None),) * (dim % x.dim()) + (slice(start, end, step),)]


# entries for a private operator of which a program writes something else
_SPELLED = {"slice": _sliced}


def function(f: Any, name: str | None = None) -> Any:
    """compat's counterpart of a function of PyTorch.

    Raises:
      AttributeError: where compat has none.
      NotImplementedError: where its name is there, but only says so.
    """
    if isinstance(f, types.FunctionType) and f.__module__.startswith("torch.testing"):
        return _rebuilt(f)
    if name in _SPELLED:
        return _SPELLED[name]
    for path in (name, getattr(f, "__name__", None)):
        if path is None:
            continue
        for where in (path, f"Tensor.{path}", f"nn.functional.{path}"):
            try:
                found = _named(where)
            except AttributeError:
                continue
            if callable(found):
                return found
    raise AttributeError(f"compat has no counterpart of {name or f}")
