"""What optimizers, loaders and function transforms do, observed the same way in PyTorch and in compat.

Each module's ``case_*`` functions take the package and return plain values; ``tests.oracle.record_training`` records
what they see in PyTorch.
"""

import importlib
import inspect
from collections.abc import Callable

GROUPS = ("optim", "data", "functional", "pruning", "statements", "amp")


def load(group: str) -> dict[str, Callable]:
    """The cases of one module as ``{"group::name": function}``, in the order written."""
    module = importlib.import_module(f"{__name__}.{group}")
    return {
        f"{group}::{name.removeprefix('case_')}": value
        for name, value in vars(module).items()
        if name.startswith("case_") and inspect.isfunction(value)
    }
