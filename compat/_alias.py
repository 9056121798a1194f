"""The import hook that makes ``import torch`` mean compat, in this process only.

``torch`` and every ``torch.x.y`` resolve to the module objects of ``compat`` and ``compat.x.y`` themselves: nothing is
executed twice, so a class reached by either name is one class, and ``isinstance`` and module state agree.
"""

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from compat import _foreign, _later

ALIAS = "torch"
TARGET = __name__.rpartition(".")[0]

ALREADY_IMPORTED = """\
PyTorch itself is already imported in this process (from {file}), and tensors of both cannot be mixed.
Let compat come first, in a process of its own:

    python -m compat script.py

In a notebook, restart the kernel and call compat.enable() first.
"""


class AliasFinder(importlib.abc.MetaPathFinder):
    """Finds ``torch`` and ``torch.x`` as the modules ``compat`` and ``compat.x``."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Imports the module of compat that stands for ``fullname``; None for names that are not PyTorch's."""
        if fullname != ALIAS and not fullname.startswith(ALIAS + "."):
            return None
        own_name = TARGET + fullname[len(ALIAS) :]
        try:
            module = _later.submodule(own_name)
        except ModuleNotFoundError as error:
            if error.name != own_name:
                raise
            raise ModuleNotFoundError(
                f"No module named {fullname!r}: compat, which stands for PyTorch here, does not have it, and "
                "neither has PyTorch 2.13", name=fullname
            ) from None
        return importlib.machinery.ModuleSpec(fullname, _AliasLoader(module), is_package=hasattr(module, "__path__"))


class ForeignFinder(importlib.abc.MetaPathFinder):
    """Refuses packages that need PyTorch itself, with what to do instead.

    An installed one would ask compat for operators that its own C++ library registers with PyTorch. A program may have
    a module of that name beside it, though, which is its own business.
    """

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Raises ModuleNotFoundError for these packages; None for all other names, and where nothing is imported."""
        if fullname in _foreign.PACKAGES and not _only_asked() and not _own(fullname, path):
            raise ModuleNotFoundError(f"No module named {fullname!r}: {_foreign.advice(fullname)}", name=fullname)
        return None


def _own(fullname: str, path: Sequence[str] | None) -> bool:
    """Whether there is such a module which was not installed: a part of the program."""
    spec = importlib.machinery.PathFinder.find_spec(fullname, path)
    if spec is None:
        return False
    places = [spec.origin] if spec.origin else list(spec.submodule_search_locations or ())
    return not any({"site-packages", "dist-packages"} & set(Path(p).parts) for p in places)


def _only_asked() -> bool:
    """Whether ``importlib.util.find_spec`` looks for a module, as programs do to know what is installed."""
    frame = sys._getframe(2)
    while frame.f_back is not None and frame.f_code.co_filename.startswith("<frozen importlib"):
        if frame.f_code is importlib.util.find_spec.__code__:
            return True
        frame = frame.f_back
    return frame.f_code is importlib.util.find_spec.__code__


class SafetensorsFinder(importlib.abc.MetaPathFinder):
    """Finds ``safetensors.torch`` where it is, and has it ask tensors for their elements.

    It reads them from the address that ``data_ptr()`` gives, and XLA's arrays have none to give away.
    """

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The module's own spec with another loader; None for all other names."""
        if fullname != "safetensors.torch":
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path)
        if spec is not None and spec.loader is not None:
            spec.loader = _SafetensorsLoader(spec.loader)
        return spec


class _SafetensorsLoader(importlib.abc.Loader):
    """Replaces the one function that reads from an address."""

    def __init__(self, own: importlib.abc.Loader) -> None:
        self._own = own

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        return self._own.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._own.exec_module(module)
        if not hasattr(module, "_to_ndarray"):
            raise ImportError("this version of safetensors reads tensors in a way that compat does not know",
                              name=module.__name__)
        setattr(module, "_to_ndarray", _elements)  # noqa: B010 - checkers know no such attribute of modules


def _elements(tensor: Any) -> tuple[np.ndarray, Any]:
    """A tensor's bytes in memory that stays as long as somebody holds the array; and the tensor."""
    on_host = np.ascontiguousarray(tensor.detach()._host())
    return on_host.reshape(-1).view(np.uint8), tensor


class _AliasLoader(importlib.abc.Loader):
    """Hands out a module that is loaded already."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module
        self._own_spec = module.__spec__

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        return self._module

    def exec_module(self, module: ModuleType) -> None:
        # importlib has just stamped the alias's spec on the module, whose relative imports and pickles need its own.
        module.__spec__ = self._own_spec


_finders = [AliasFinder(), ForeignFinder(), SafetensorsFinder()]


def installed() -> bool:
    """Whether ``import torch`` means compat."""
    return _finders[0] in sys.meta_path


def install() -> None:
    """Makes ``import torch`` mean compat from here on; does nothing the second time.

    Raises:
      ImportError: if PyTorch itself is imported already.
    """
    present = sys.modules.get(ALIAS)
    if present is not None and present is not sys.modules[TARGET]:
        raise ImportError(ALREADY_IMPORTED.format(file=getattr(present, "__file__", "an unknown place")), name=ALIAS)
    if not installed():
        sys.meta_path[:0] = _finders


def uninstall() -> None:
    """Forgets the alias, so that ``import torch`` means again what it meant before."""
    if not installed():
        return
    sys.meta_path[:] = [f for f in sys.meta_path if f not in _finders]
    for name in [n for n in sys.modules if n in (ALIAS, "safetensors.torch") or n.startswith(ALIAS + ".")]:
        del sys.modules[name]


class _Switched:
    """What `enable` and `disable` return: leaving it as a context puts things back as they were."""

    def __init__(self, before: bool) -> None:
        self._before = before

    def __enter__(self) -> None:
        """Nothing: the call has switched already."""

    def __exit__(self, *exc: object) -> None:
        """Put things back."""
        (install if self._before else uninstall)()

    def __repr__(self) -> str:
        return "import torch means compat" if installed() else "import torch does not mean compat"


def enable() -> AbstractContextManager[None]:
    """Let ``import torch`` mean compat in this process: for a notebook, where ``python -m compat`` is no help.

    Modules that are imported meanwhile keep what they have imported.

    Returns:
      A context manager. As ``with compat.enable():`` it lasts until the end of the block, otherwise until `disable`.

    Raises:
      ImportError: if PyTorch itself is imported already: tensors of both cannot be mixed.

    Example:
      >>> with compat.enable():
      ...     import torch
      >>> torch is compat
      True

    Source:
      None in PyTorch.
    """
    before = installed()
    install()
    return _Switched(before)


def disable() -> AbstractContextManager[None]:
    """Undo `enable`: ``import torch`` means PyTorch again, or fails where there is none.

    Returns:
      A context manager. As ``with compat.disable():`` it lasts until the end of the block, which must not import
      PyTorch if ``import torch`` meant compat before it.

    Example:
      >>> with compat.enable(), compat.disable():
      ...     "torch" in sys.modules
      False

    Source:
      None in PyTorch.
    """
    before = installed()
    uninstall()
    return _Switched(before)
