"""The cases of the specification, and running one of them."""

import hashlib
import importlib
import inspect
import pkgutil
import warnings
from collections.abc import Callable
from types import ModuleType
from typing import Any

from tests.spec import cases
from tests.spec.compare import encode


def load() -> dict[str, Callable]:
    """Every case as ``{"group::name": function}``, in the order written."""
    found = {}
    for group in sorted(m.name for m in pkgutil.iter_modules(cases.__path__)):
        module = importlib.import_module(f"{cases.__name__}.{group}")
        for name, value in vars(module).items():
            if name.startswith("case_") and inspect.isfunction(value):
                found[f"{group}::{name.removeprefix('case_')}"] = value
    return found


def source_id(case: Callable) -> str:
    """Changes whenever the case's text does, so that a stale recording is noticed."""
    return hashlib.sha1(inspect.getsource(case).encode()).hexdigest()[:10]


def observe(case: Callable, torch: ModuleType) -> Any:
    """What a case sees in ``torch`` (PyTorch or compat), encoded; modes and seed are as after import."""
    torch.set_grad_enabled(True)
    torch.set_default_dtype(torch.float32)
    torch.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return encode(case(torch), torch.__name__)
