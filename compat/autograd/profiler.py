"""Profiling (`torch.autograd.profiler`): `record_function` names a stretch of work in JAX's own profiles."""

from types import TracebackType
from typing import Any

import jax

from compat._later import absent

__all__ = ["profile", "record_function"]

_NO_PROFILER = (
    "`compat.metrics()` counts programs, compilations and cuts; for a timeline use jax.profiler.trace(directory), in "
    "which record_function's names appear"
)


class record_function:  # noqa: N801 - torch's own name
    """Name what happens inside, for JAX's profiler.

    Args:
      name: The name.
      args: Accepted; only the name is kept.

    Example:
      >>> with record_function("forward"):
      ...     pass
    """

    def __init__(self, name: str, args: str | None = None) -> None:
        self.name = name
        self.args = args

    def __enter__(self) -> "record_function":
        self._annotation = jax.profiler.TraceAnnotation(self.name)
        self._annotation.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._annotation.__exit__(kind, error, trace)


@absent("torch.autograd.profiler.profile", _NO_PROFILER)
class profile:  # noqa: N801 - torch's own name
    """Not implemented: making one says what to use instead.

    Raises:
      NotImplementedError: always.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Not implemented."""
