"""What a captured step depends on besides tensors: names, containers, modules and modes that Python reads.

A guard compares objects by identity, so a check is a few calls into C. What changes in the step itself, such as a
counter, could not be done again by a call that does not run Python: that is an error.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable
from itertools import chain
from operator import attrgetter, is_
from typing import Any

from compat._amp.state import state as autocast
from compat._autograd.modes import _Anomaly
from compat._device import get_default_device
from compat._engine.entry import matmul_precision
from compat._engine.program import ctx
from compat._tensor.tensor import Tensor
from funcgrad.dtypes import default_dtype

_OURS = ("compat", "funcgrad", "jax", "jaxlib", "numpy", "torch", "builtins")
_MOST = 256  # entries of a container that are looked at
_content = attrgetter("cell_contents")


class Changes:
    """How often an attribute of any module was set: as long as it stays, no module has to be looked at."""

    count = 0


def modes() -> tuple:
    """The modes that decide what is recorded."""
    now = ctx.now
    return (now.grad, now.inference, len(now.saved_hooks), autocast.active, default_dtype(), get_default_device(),
            matmul_precision(), _Anomaly.enabled)


class Names:
    """The variables that a function reads: its globals and closure, and those of the user's functions it calls.

    Attributes:
      modules: The modules among them.
      optimizers: The optimizers among them.
      restorers: What brings those back that a step changes for a while.
      cells: (variable of the function's closure, its object when the step was captured).
      others: Whether there are other names.
    """

    def __init__(self, fn: Callable[..., Any]) -> None:
        self.modules: list[Any] = []
        self.optimizers: list[Any] = []
        self.restorers: list[Callable[[], None]] = []
        self._parts: list[tuple[str, Callable[[], Iterable[Any]]]] = []
        self._visited: set[int] = set()
        self._keep: list[Any] = []  # what was visited: ids are of living objects
        self._package = _package(fn)
        self._visit(fn, 0)
        self._before = [list(get()) for _, get in self._parts]
        own = getattr(fn, "__closure__", None)
        self.cells = [(c, c.cell_contents) for c in own or ()]
        skip = 1 if own and self._parts else 0  # the cells are the first part, and looked at by themselves
        self.others = len(self._parts) > skip
        self._getters = [get for _, get in self._parts]
        self._seen = list(chain.from_iterable(self._before))

    def now(self) -> list[Any]:
        """The objects now."""
        return list(chain.from_iterable(get() for get in self._getters))

    def same(self) -> bool:
        """Whether all are what they were."""
        if not self._getters:
            return True
        try:
            now = self.now()
        except (AttributeError, ValueError):  # a name that is gone
            return False
        return len(now) == len(self._seen) and all(map(is_, now, self._seen))

    def changed(self) -> str | None:
        """What the first of them is that is not what it was."""
        for (label, get), before in zip(self._parts, self._before, strict=True):
            now = list(get())
            if len(now) != len(before) or not all(map(is_, now, before)):
                return label
        return None

    def _visit(self, x: Any, depth: int) -> None:
        if id(x) in self._visited or depth > 4:
            return
        self._visited.add(id(x))
        self._keep.append(x)
        if hasattr(type(x), "_compat_live"):
            self.optimizers.append(x)
        if isinstance(x, types.MethodType):
            self._visit(x.__self__, depth)
            self._visit(x.__func__, depth)
        elif isinstance(x, types.FunctionType):
            if _package(x) == self._package and self._package not in _OURS:
                self._function(x, depth)
        elif isinstance(x, dict):
            self._container("an entry of a dict", x.values, depth)
        elif isinstance(x, list | tuple):
            self._container("an element of a list", x.__iter__, depth)
        elif isinstance(getattr(x, "_parameters", None), dict):
            self.modules.append(x)
        elif hasattr(type(x), "_compat_guards"):
            self._container(f"the state of a {type(x).__name__}", x._compat_guards, depth)
            self.restorers.append(x._compat_restorer())
        elif getattr(type(x), "_compat_hosted", False):
            return  # a scheduler: it steps at every call, if it does so here
        elif not isinstance(x, type | types.ModuleType) and _package(type(x)) not in _OURS and hasattr(x, "__dict__"):
            self._container(f"an attribute of a {type(x).__name__}", x.__dict__.values, depth)

    def _container(self, label: str, get: Callable[[], Iterable[Any]], depth: int) -> None:
        inside = list(get())
        if len(inside) > _MOST:
            return
        self._parts.append((label, get))
        for y in inside:
            self._visit(y, depth + 1)

    def _function(self, fn: types.FunctionType, depth: int) -> None:
        cells = fn.__closure__ or ()
        if cells:
            self._parts.append((f"a variable of {fn.__qualname__}", lambda: map(_content, cells)))
        scope = fn.__globals__
        names = [n for n in _names(fn.__code__) if n in scope]
        if names:
            self._parts.append((f"a global that {fn.__qualname__} reads", lambda: map(scope.__getitem__, names)))
        wrapped = getattr(fn, "__wrapped__", None)
        for y in chain(map(_content, cells), map(scope.__getitem__, names), () if wrapped is None else (wrapped,)):
            self._visit(y, depth + 1)


def _names(code: types.CodeType) -> list[str]:
    """The names that a function, and those within it, look up."""
    inner = (n for c in code.co_consts if isinstance(c, types.CodeType) for n in _names(c))
    return list(dict.fromkeys(chain(code.co_names, inner)))


def _package(x: Any) -> str:
    return str(getattr(x, "__module__", "")).partition(".")[0]


class Modules:
    """The modules that a step calls: their attributes, parameters, buffers and submodules."""

    def __init__(self) -> None:
        self._modules: list[Any] = []
        self._seen: list[list[Any]] = []
        self._ids: set[int] = set()
        self.count = Changes.count

    def add(self, m: Any) -> None:
        """Note a module as it is now."""
        if id(m) not in self._ids:
            self._ids.add(id(m))
            self._modules.append(m)
            self._seen.append(_settings(m))

    def changed(self) -> str | None:
        """What the first module is whose settings are not what they were; then note all of them as they are."""
        for m, seen in zip(self._modules, self._seen, strict=True):
            now = _settings(m)
            if len(now) != len(seen) or not all(map(is_, now, seen)):
                return f"an attribute of a {type(m).__name__}"
        self._seen, self.count = list(map(_attributes, self._modules)), Changes.count
        return None

    def same(self) -> bool:
        """Whether all are as they were."""
        if self.count == Changes.count:
            return True
        for m, seen in zip(self._modules, self._seen, strict=True):
            now = _attributes(m)
            if len(now) != len(seen) or not all(map(is_, now, seen)):
                return False
        self.count = Changes.count
        return True


def _settings(m: Any) -> list[Any]:
    """Attributes other than tensors, which are looked after by themselves, and which some put in for a while."""
    return [x for x in m.__dict__.values() if not isinstance(x, Tensor)]


def _attributes(m: Any) -> list[Any]:
    own = m.__dict__
    return [*own.values(), *own["_parameters"].values(), *own["_buffers"].values(), *own["_modules"].values()]


__all__ = ["Changes", "Modules", "Names", "modes"]
