"""The databases: their entries in scope, and what one of them does."""

import re
import time
import tomllib
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tests import conftest  # noqa: F401 - settings that jax reads when it is imported

import torch  # isort: skip
from torch.testing._internal.common_methods_invocations import op_db  # isort: skip
from torch.testing._internal.common_modules import module_db  # isort: skip
from torch.testing._internal.common_optimizers import optim_db  # isort: skip

import compat  # isort: skip
from tests.opdb import check as checks  # isort: skip
from tests.opdb import higher, modules, optimizers  # isort: skip

_SCOPE = tomllib.loads((Path(__file__).parent / "scope.toml").read_text(encoding="utf-8"))
OUT = [(s.get("database", "op_db"), p) for s in _SCOPE["out"] for p in s["names"]]


def full_name(op: Any) -> str:
    """An entry's name, with that of its variant."""
    variant = getattr(op, "variant_test_name", "")
    return op.name + (f".{variant}" if variant else "")


def _in_scope(database: str, entries: list[Any]) -> list[Any]:
    return [x for x in entries if not any(d == database and re.fullmatch(p, x.name) for d, p in OUT)]


def _has_gradient(op: Any) -> bool:
    return op.supports_autograd and (op.name, "gradient", "") not in checks.UNTRUE


def _always(entry: Any) -> bool:  # noqa: ARG001 - as `Kind` has it
    return True


class Kind(NamedTuple):
    """A part of what an entry does: what finds the differences in it, and whether an entry has this part.

    One that is `slow` runs only where it is asked for by its name.
    """

    run: Callable[[Any], Iterator[str]]
    applies: Callable[[Any], bool] = _always
    slow: bool = False


class Database(NamedTuple):
    """Entries, the kinds of what they do, and their wrong inputs: (good, text) of each."""

    entries: list[Any]
    kinds: Mapping[str, Kind]
    errors: Callable[[Any], Iterator[tuple[bool, str]]]
    has_errors: Callable[[Any], bool]


DATABASES = {
    "op_db": Database(
        # an entry without a dtype on the CPU is another device's variant of one that is here, and has nothing to run
        [op for op in _in_scope("op_db", op_db) if op.supported_dtypes("cpu")],
        {"forward": Kind(checks.forward), "gradient": Kind(checks.gradient, _has_gradient),
         "second": Kind(higher.second, lambda op: _has_gradient(op) and op.supports_gradgrad),
         "tangent": Kind(higher.tangent, lambda op: _has_gradient(op) and op.supports_forward_ad),
         # it runs an entry a hundred times
         "gradgradcheck": Kind(higher.numeric, lambda op: _has_gradient(op) and op.supports_gradgrad, slow=True)},
        checks.errors, lambda op: op.error_inputs_func is not None),
    "module_db": Database(
        _in_scope("module_db", module_db),
        {"made": Kind(modules.made), "forward": Kind(modules.forward), "gradient": Kind(modules.gradient),
         "state": Kind(modules.state)},
        modules.errors, lambda info: info.module_error_inputs_func is not None),
    "optim_db": Database(
        _in_scope("optim_db", optim_db),
        {"steps": Kind(optimizers.steps),
         "differentiable": Kind(optimizers.differentiable, lambda info: "differentiable" in info.supported_impls),
         "state": Kind(optimizers.state)},
        optimizers.errors, lambda info: info.optim_error_inputs_func is not None),
}  # fmt: skip


def check(job: tuple[str, int], only: str = "") -> dict[str, Any]:
    """What an entry of a database does: what differs in each kind, and (good, text) of each wrong input."""
    torch.set_num_threads(1)
    database = DATABASES[job[0]]
    entry = database.entries[job[1]]
    out: dict[str, Any] = {"database": job[0], "name": full_name(entry)}
    begun = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, kind in database.kinds.items():
            if (only == name or not (only or kind.slow)) and kind.applies(entry):
                try:
                    out[name] = list(kind.run(entry))
                except Exception as error:  # noqa: BLE001 - reported
                    out[name] = [f"{type(error).__name__}: {error}"]
        if only in ("", "errors") and database.has_errors(entry):
            try:
                out["errors"] = list(database.errors(entry))
            except Exception as error:  # noqa: BLE001 - one input that cannot be made is no reason to stop
                out["errors"] = [(False, f"{type(error).__name__}: {error}")]
    compat.compiler.reset()  # hundreds of programs an entry, none of which another one needs
    out["seconds"] = time.perf_counter() - begun
    return out
