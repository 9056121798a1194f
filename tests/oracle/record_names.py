"""Has PyTorch say which names it has: ``python -m tests.oracle.record_names`` writes compat/_torch_names.txt.

A line is a module or class with its public names, or a module alone: one of which compat has nothing, so that nobody
need tell its names apart. A name after ``=`` is a constant, or was imported for the module's own use. Modules below
private packages are not listed one by one.
"""

import importlib
import importlib.util
import pkgutil
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import BuiltinFunctionType, ModuleType
from typing import Any, TypeVar

from tests.conftest import ROOT

FILE = ROOT / "compat" / "_torch_names.txt"
CLASSES = ("Tensor", "Generator", "Size", "device", "dtype", "nn.Module", "optim.Optimizer")
# private modules of other content in compat
PRIVATE = ("torch._ops", "torch._streams", "torch._utils")
# where names come from that no program takes from PyTorch
ELSEWHERE = ("typing", "typing_extensions", "collections", "collections.abc", "functools", "contextlib", "dataclasses")
# modules that PyTorch makes while it is imported, or that need a package of their own
OTHERS = ("torch.classes", "torch.ops", "torch.ops.aten", "torch.utils.tensorboard", "torch.utils.tensorboard.writer")


def is_public(name: str) -> bool:
    return not any(part.startswith("_") for part in name.split("."))


def modules() -> Iterator[str]:
    """The modules of PyTorch, read from its folder; of the private ones only the first below a public package."""
    yield "torch"
    pending = [("torch", importlib.util.find_spec("torch").submodule_search_locations)]
    while pending:
        package, folders = pending.pop()
        for found in pkgutil.iter_modules(folders):
            name = f"{package}.{found.name}"
            yield name
            if found.ispkg and is_public(name):
                pending.append((name, [str(Path(f) / found.name) for f in folders]))


def exists_in_compat(name: str) -> bool:
    """Whether compat has a file for the module, which may be one in PyTorch and a package there."""
    path = ROOT.joinpath("compat", *name.split(".")[1:])
    return any(p.exists() for p in (path.with_suffix(".py"), path.with_suffix(".pyi"), path / "__init__.py"))


def defined(module: ModuleType) -> list[str]:
    """Public names: those that a module exports or defines, and with ``=`` before them what else can be found in it."""
    exported = set(getattr(module, "__all__", ()))
    names = []
    for name, value in vars(module).items():
        if name.startswith("_"):
            continue
        if is_own(module, name, value) or name in exported and name != "Tensor":
            names.append(name)
        elif not isinstance(value, ModuleType) and getattr(value, "__module__", None) not in ELSEWHERE:
            names.append(f"={name}")
    return sorted(names)


def is_own(module: ModuleType, name: str, value: Any) -> bool:
    """Whether a module has defined a value. What is written in C has no certain home; constants count for torch."""
    home = str(getattr(value, "__module__", None) or "torch._C")
    if isinstance(value, ModuleType):
        return False  # whichever have been imported by now; `lines` adds all submodules
    if module.__name__ == "torch":
        return home.startswith("torch") and name != "TYPE_CHECKING"
    if not callable(value) or isinstance(value, TypeVar) or name == "Tensor":
        return False
    inside = hasattr(module, "__path__") and home.startswith(f"{module.__name__}.")
    return inside or isinstance(value, BuiltinFunctionType) or home.startswith("torch._C") or home == module.__name__


def lines() -> list[str]:
    import torch

    found: dict[str, list[str]] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in {*modules(), *OTHERS}:
            found[name] = []
            if (is_public(name) or name in PRIVATE) and exists_in_compat(name) and "tensorboard" not in name:
                found[name] = defined(importlib.import_module(name))
    for name in CLASSES:
        value: Any = torch
        for part in name.split("."):
            value = getattr(value, part)
        found[f"torch.{name}"] = [n for n in dir(value) if not n.startswith("_")]
    for name in found:
        parent, _, last = name.rpartition(".")
        if found.get(parent) and last[0] != "_" and parent.removeprefix("torch.") not in CLASSES:
            found[parent] = sorted({*found[parent], last})
    return [f"{name}: {' '.join(names)}".rstrip(": ") for name, names in sorted(found.items())]


if __name__ == "__main__":
    FILE.write_text("\n".join(lines()) + "\n", encoding="utf-8")
