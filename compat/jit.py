"""``torch.jit`` as PyTorch has it with ``PYTORCH_JIT=0``: what is scripted or traced stays the Python it is."""

import typing
from typing import Any, Final, TypeVar

from compat._later import later

__getattr__ = later(__name__, "annotations frontend mobile quantized supported_ops")
__all__ = [
    "Final",
    "annotate",
    "export",
    "ignore",
    "interface",
    "is_scripting",
    "is_tracing",
    "isinstance",
    "optimized_execution",
    "script",
    "script_if_tracing",
    "trace",
    "unused",
]
T = TypeVar("T")


def script(obj: T, optimize: Any = None, _frames_up: int = 0, _rcb: Any = None, example_inputs: Any = None) -> T:
    """The function, class or module itself."""
    return obj


def trace(func: T, example_inputs: Any = None, *args: Any, **kwargs: Any) -> T:
    """The function or module itself."""
    return func


def script_if_tracing(fn: T) -> T:
    """The function itself."""
    return fn


def is_scripting() -> bool:
    """False."""
    return False


def is_tracing() -> bool:
    """False."""
    return False


def unused(fn: T) -> T:
    """The function itself."""
    return fn


export = interface = unused


def ignore(drop: Any = False, **kwargs: Any) -> Any:
    """The function itself; also as ``@torch.jit.ignore(drop=True)``."""
    return drop if callable(drop) else unused


def annotate(the_type: Any, the_value: T) -> T:
    """The value."""
    return the_value


_isinstance = isinstance


def isinstance(obj: Any, target_type: Any) -> bool:  # noqa: A001 - torch's own name
    """Whether a value is of a type, containers' elements included: ``isinstance(x, List[int])``."""
    origin, inner = typing.get_origin(target_type), typing.get_args(target_type)
    if origin is typing.Union:
        return any(isinstance(obj, t) for t in inner)
    if origin is None:
        return _isinstance(obj, target_type)
    if not _isinstance(obj, origin):
        return False
    if origin is dict:
        return all(isinstance(k, inner[0]) and isinstance(v, inner[1]) for k, v in obj.items())
    if origin is tuple:
        return len(obj) == len(inner) and all(isinstance(x, t) for x, t in zip(obj, inner, strict=True))
    return all(isinstance(x, inner[0]) for x in obj)


class optimized_execution:  # noqa: N801 - torch's own name
    """Without effect."""

    def __init__(self, should_optimize: bool) -> None:
        """Either way."""

    def __enter__(self) -> None:
        """Nothing."""

    def __exit__(self, *exc: object) -> None:
        """Nothing."""
