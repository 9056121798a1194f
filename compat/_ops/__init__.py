"""The declarations of all operators, and their installation on the Tensor class."""

from __future__ import annotations

import importlib
import sys
import types
from typing import Any

from compat._engine import compile as _execution
from compat._ops import creation, indexing, views
from compat._ops.declare import FUNCTIONS, METHODS, TABLE, namespace, ops
from compat._tensor.tensor import Tensor

FAMILIES = ("pointwise", "activation", "reduction", "sorting", "special", "shaping", "indexing_ops", "linalg",
            "convolution", "pooling", "normalization", "attention", "resampling", "losses", "random", "calculus",
            "fourier", "signal")
for _family in FAMILIES:
    import importlib.util as _u  # FIXME temporary until all families have landed
    if _u.find_spec(f"{__name__}.{_family}") is None: continue
    importlib.import_module(f"{__name__}.{_family}")


def _method(fn: Any) -> Any:
    return fn


def install() -> None:
    """Put every derived method on the class."""
    for name, fn in METHODS.items():
        if name not in Tensor.__dict__ or name in _OVERRIDES:
            setattr(Tensor, name, _method(fn))
    Tensor.__getitem__ = indexing.getitem
    Tensor.__setitem__ = indexing.setitem
    Tensor.__eq__ = _equality(ops.eq, False)
    Tensor.__ne__ = _equality(ops.ne, True)
    views.install_properties()
    creation.install()


_OVERRIDES: frozenset[str] = frozenset()


def _equality(fn: Any, otherwise: bool) -> Any:
    def compare(self: Tensor, other: Any) -> Any:
        try:
            return fn(self, other)
        except TypeError:
            return NotImplemented

    compare.__name__ = "__ne__" if otherwise else "__eq__"
    return compare


def _namespace_module(name: str) -> types.ModuleType:
    """A module made of a namespace's derived functions."""
    module = types.ModuleType(f"compat.{name}", f"``torch.{name}``: derived from the operator table.")
    module.__dict__.update(namespace(name))
    sys.modules[module.__name__] = module
    return module


install()
namespaces = {n: _namespace_module(n) for n in ("special", "linalg", "fft", "signal", "signal.windows")}
__all__ = ["FUNCTIONS", "METHODS", "TABLE", "_execution", "namespace", "namespaces", "ops"]
