"""The entries in scope, and what one of them does."""

import re
import time
import tomllib
import warnings
from pathlib import Path
from typing import Any

from tests import conftest  # noqa: F401 - settings that jax reads when it is imported

import torch  # isort: skip
from torch.testing._internal.common_methods_invocations import op_db  # isort: skip

import compat  # isort: skip
from tests.opdb import check as checks  # isort: skip
from tests.opdb import higher  # isort: skip

OUT = tomllib.loads((Path(__file__).parent / "scope.toml").read_text(encoding="utf-8"))["out"]
# an entry without a dtype on the CPU is another device's variant of one that is here, and has nothing to run
ENTRIES = [op for op in op_db if op.supported_dtypes("cpu")
           and not any(re.fullmatch(p, op.name) for s in OUT for p in s["names"])]


def full_name(op: Any) -> str:
    """An entry's name, with that of its variant."""
    return op.name + (f".{op.variant_test_name}" if op.variant_test_name else "")


KINDS = ("forward", "gradient", "second", "tangent")
SLOW = "gradgradcheck"  # only where it is asked for: it runs an entry a hundred times


def _has_gradient(op: Any) -> bool:
    return op.supports_autograd and (op.name, "gradient", "") not in checks.UNTRUE


def check(i: int, only: str = "") -> dict[str, Any]:
    """What the i-th entry does: what differs in each of ``KINDS``, and (good, text) of each wrong input."""
    torch.set_num_threads(1)
    op = ENTRIES[i]
    out: dict[str, Any] = {"name": full_name(op)}
    begun = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for kind, run, applies in ((KINDS[0], checks.forward, True), (KINDS[1], checks.gradient, _has_gradient(op)),
                                   (KINDS[2], higher.second, _has_gradient(op) and op.supports_gradgrad),
                                   (KINDS[3], higher.tangent, _has_gradient(op) and op.supports_forward_ad),
                                   (SLOW, higher.numeric, _has_gradient(op) and op.supports_gradgrad)):
            if applies and (only == kind or (not only and kind != SLOW)):
                try:
                    out[kind] = list(run(op))
                except Exception as error:  # noqa: BLE001 - reported
                    out[kind] = [f"{type(error).__name__}: {error}"]
        if only in ("", "errors") and op.error_inputs_func is not None:
            try:
                out["errors"] = list(checks.errors(op))
            except Exception as error:  # noqa: BLE001 - one input that cannot be made is no reason to stop
                out["errors"] = [(False, f"{type(error).__name__}: {error}")]
    compat.compiler.reset()  # hundreds of programs an entry, none of which another one needs
    out["seconds"] = time.perf_counter() - begun
    return out
