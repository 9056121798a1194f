"""The names that PyTorch 2.13 has, read from ``_torch_names.txt``, so that a missing name and a wrong one differ.

``python -m tests.oracle.record_names`` writes the file. Of private modules it holds the outermost alone, and of modules
that compat lacks no names.
"""

import functools
from pathlib import Path

_FILE = Path(__file__).with_name("_torch_names.txt")


@functools.cache
def _table() -> dict[str, tuple[frozenset[str], frozenset[str]]]:
    """For each module and class, the names that it defines, and all of them."""
    rows = (line.partition(":") for line in _FILE.read_text(encoding="utf-8").splitlines())
    split = {name: names.split() for name, _, names in rows}
    return {name: (frozenset(n for n in names if n[0] != "="), frozenset(n.removeprefix("=") for n in names))
            for name, names in split.items()}


@functools.cache
def _packages() -> frozenset[str]:
    return frozenset(name.rpartition(".")[0] for name in _table())


def in_torch(name: str) -> str:
    """The name that a module of compat has in PyTorch."""
    return "torch" + name.removeprefix("compat")


def names_of(owner: str) -> frozenset[str] | None:
    """All public names of one of PyTorch's modules or classes; None if they are not known.

    Args:
      owner: The full name, such as ``torch.nn``.

    Example:
      >>> "Linear" in names_of("torch.nn"), "Linaer" in names_of("torch.nn")
      (True, False)
    """
    return _table().get(owner, (None, None))[1] or None


def defined_by(owner: str) -> frozenset[str]:
    """The names of functions, classes and submodules that one of PyTorch's modules defines, or exports.

    Args:
      owner: The full name, such as ``torch.nn``.

    Example:
      >>> "gumbel_softmax" in defined_by("torch.nn.functional"), "Tensor" in defined_by("torch.nn.functional")
      (True, False)
    """
    return _table().get(owner, (frozenset(),))[0]


def is_module(name: str) -> bool:
    """Whether PyTorch has a module of this full name.

    Args:
      name: The full name. Below a private package every name counts as one.

    Example:
      >>> is_module("torch.fx.passes"), is_module("torch.sparse_things"), is_module("torch._inductor.config")
      (True, False, True)
    """
    parts = name.split(".")
    private = next((i for i, part in enumerate(parts) if part.startswith("_")), len(parts))
    return ".".join(parts[: private + 1]) in _table()


def is_listed(name: str) -> bool:
    """Whether this very name is a module's, or a class's whose names are known."""
    return name in _table()


def is_package(name: str) -> bool:
    """Whether PyTorch's module of this name has submodules."""
    return name in _packages()
