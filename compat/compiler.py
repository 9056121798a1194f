"""``torch.compiler``: the engine compiles what it runs, so most marks and switches are accepted and have no effect."""

from __future__ import annotations

import contextlib
from typing import Any, TypeVar

from compat._engine.compile import forget
from compat._engine.program import captured
from compat._later import later
from compat._settings import compile as compile

__getattr__ = later(__name__)
T = TypeVar("T")


def disable(fn: Any = None, recursive: bool = True, *, reason: str | None = None) -> Any:
    """The function itself; also as ``@torch.compiler.disable(recursive=False)``."""
    return allow_in_graph if fn is None else fn


def allow_in_graph(fn: T) -> T:
    """The function itself."""
    return fn


assume_constant_result = nested_compile_region = allow_in_graph


def reset() -> None:
    """Forget the compiled programs, and free their memory; what is needed again is compiled again."""
    forget()


def cudagraph_mark_step_begin() -> None:
    """Without effect."""


def is_compiling() -> bool:
    """Whether ``torch.compile(fullgraph=True)`` runs the function to capture it."""
    return captured() is not None


is_dynamo_compiling = is_exporting = is_compiling


def list_backends(exclude_tags: Any = ("debug", "experimental")) -> list[str]:
    """The engine is the one backend, under the name that PyTorch's own has."""
    return ["inductor"]


def get_default_backend() -> str:
    """The name of `list_backends`."""
    return "inductor"


def set_stance(stance: str = "default", *, skip_guard_eval_unsafe: bool = False, force_backend: Any = None) -> Any:
    """Without effect; also as a context manager."""
    return contextlib.nullcontext()
