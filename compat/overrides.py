"""``torch.overrides``: operators look at no ``__torch_function__``; subclasses of Tensor go through as they are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from compat._later import later
from compat._tensor.tensor import Tensor, is_tensor

__getattr__ = later(__name__)


def is_tensor_like(inp: Any) -> bool:
    """Whether something is a tensor or has ``__torch_function__``."""
    return is_tensor(inp) or hasattr(inp, "__torch_function__")


def has_torch_function(relevant_args: Iterable[Any]) -> bool:
    """False: nothing is overridden."""
    return False


def has_torch_function_unary(arg: Any) -> bool:
    """False: nothing is overridden."""
    return False


def has_torch_function_variadic(*args: Any) -> bool:
    """False: nothing is overridden."""
    return False


def is_tensor_method_or_property(func: Any) -> bool:
    """Whether a function is one of the Tensor class."""
    return any(v is func or getattr(v, "fget", None) is func for v in Tensor.__dict__.values())
