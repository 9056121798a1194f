"""What an operator's parameters are, and what may be given for them."""

from __future__ import annotations

import collections
import inspect
import typing
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from compat import _dtype
from compat._tensor.tensor import NUMBERS, is_tensor
from funcgrad.typing import Array, ArrayLike, Number

Kind = typing.Literal["tensor", "tensor?", "list", "like", "like?", "number", "number?", "static"]
_NUMERIC = {Number: "number", float: "number", Number | None: "number?", float | None: "number?"}
_TENSOR = {Array: "tensor", np.ndarray: "tensor", Array | None: "tensor?", ArrayLike: "like", ArrayLike | None: "like?",
           Sequence[Array]: "list", Array | Sequence[Array]: "list", list[Array]: "list", tuple[Array, ...]: "list",
           Sequence[Array | None]: "list"}
EMPTY = inspect.Parameter.empty


class Param(typing.NamedTuple):
    """One parameter of a kernel."""

    name: str
    kind: Kind
    default: Any
    keyword_only: bool


def python_number(a: Any) -> Any:
    """A Python number, from Python's or NumPy's; None for anything else."""
    if a.__class__ in NUMBERS:
        return a
    if isinstance(a, np.generic):
        return a.item()
    if isinstance(a, bool | int | float | complex):
        return next(t(a) for t in (bool, int, float, complex) if isinstance(a, t))
    return None


def static(a: Any) -> Any:
    """A hashable form of a static argument: lists become tuples, 0-d integer tensors numbers."""
    if isinstance(a, tuple | list) and not hasattr(a, "_fields"):
        return tuple(static(x) for x in a)
    if is_tensor(a):
        return a.item()
    if isinstance(a, np.generic):
        return a.item()
    if a.__class__ in NUMBERS and type(a) not in NUMBERS:
        return a.__class__(a)  # a captured step's argument, which only claims to be a number
    return a


def to_kernel(a: Any) -> Any:
    """A static argument as the kernels take it: NumPy dtypes for torch's."""
    return _dtype.to_numpy(a) if isinstance(a, _dtype.dtype) else a


def parameters_of(kernel: Callable) -> list[Param]:
    """The parameters of a kernel, classified by their annotations."""
    hints = typing.get_type_hints(kernel)
    out = []
    for name, p in inspect.signature(kernel).parameters.items():
        hint = hints.get(name, Any)
        kind = _TENSOR.get(hint) or _NUMERIC.get(hint) or "static" if _hashable(hint) else "static"
        out.append(Param(name, kind, p.default, p.kind is p.KEYWORD_ONLY))  # type: ignore[arg-type]
    return out


def _hashable(x: Any) -> bool:
    try:
        hash(x)
    except TypeError:
        return False
    return True


_return_types: dict[str, type] = {}


def return_type(spec: Any) -> Any:
    """A structured result type such as ``torch.return_types.max``."""
    if spec is None:
        return None
    name, fields = spec
    cls = _return_types.get(name)
    if cls is None:
        fields = fields.replace(",", " ").split() if isinstance(fields, str) else list(fields)
        base = collections.namedtuple(name, fields)

        def __repr__(self: Any) -> str:
            inner = ",\n".join(f"{f}={v!r}" for f, v in zip(self._fields, self, strict=True))
            return f"torch.return_types.{name}(\n{inner})"

        cls = type(name, (base,), {"__repr__": __repr__, "__module__": "torch.return_types", "__slots__": ()})
        _return_types[name] = cls
    return cls


def same_device(tensors: Sequence[Any]) -> list[Any] | None:
    """None if all tensors are on one device; else with 0-d CPU ones moved; an error if others differ."""
    devices = [t._value().aval.device for t in tensors if t is not None]
    first = next((d for t, d in zip([t for t in tensors if t is not None], devices, strict=True) if t.dim()), None)
    if first is None or all(d == first for d in devices):
        return None
    moved = []
    for t in tensors:
        if t is None:
            continue
        d = t._value().aval.device
        if d != first and (t.dim() or d.type != "cpu"):
            raise RuntimeError("Expected all tensors to be on the same device, but found at least two devices, "
                               f"{_named(first)} and {_named(d)}!")
        moved.append(t if d == first else t.to(first))
    return moved


def _named(d: Any) -> str:
    return str(d) if d.type == "cpu" or d.index is not None else f"{d}:0"


def replaced(p: Param, a: Any, it: Any) -> Any:
    """An argument with its tensors replaced by the next ones."""
    if p.kind == "list":
        return tuple(None if t is None else next(it) for t in a)
    return next(it) if is_tensor(a) else a


def is_operand(x: Any) -> bool:
    """Whether a dunder method takes x as its other operand."""
    kinds = np.generic | np.ndarray | bool | int | float | complex
    return x.__class__ in NUMBERS or is_tensor(x) or isinstance(x, kinds)
