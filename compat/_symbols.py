"""Small functions of the ``torch`` namespace: symbolic numbers, which are numbers here, and process-wide switches."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable
from typing import Any

from compat import cpu, cuda
from compat._settings import (
    are_deterministic_algorithms_enabled,
    is_deterministic_algorithms_warn_only_enabled,
    use_deterministic_algorithms,
)

sym_int, sym_float, sym_max, sym_min, sym_sqrt, SymBool = int, float, max, min, math.sqrt, bool
SymInt, SymFloat = int, float


def sym_sum(args: Any) -> Any:
    """The sum of a sequence of numbers."""
    return sum(args)


def sym_not(a: Any) -> bool:
    """``not a``."""
    return not a


def sym_ite(b: bool, t: Any, f: Any) -> Any:
    """``t if b else f``."""
    return t if b else f


def cond(pred: Any, true_fn: Callable, false_fn: Callable, operands: tuple | list = ()) -> Any:
    """One of two functions of the operands; Python decides, at once."""
    return (true_fn if bool(pred) else false_fn)(*operands)


def while_loop(cond_fn: Callable, body_fn: Callable, carried_inputs: tuple | list) -> Any:
    """Repeat a function of its own results while a condition on them holds; Python loops."""
    carried = tuple(carried_inputs)
    while bool(cond_fn(*carried)):
        carried = body_fn(*carried)
    return carried


_DEBUG_MODES = {"default": 0, "warn": 1, "error": 2}


def set_deterministic_debug_mode(debug_mode: int | str) -> None:
    """See ``use_deterministic_algorithms``: "default" or 0, "warn" or 1, "error" or 2."""
    if not isinstance(debug_mode, int | str):
        raise TypeError(f"debug_mode must be str or int, but got {type(debug_mode)}")
    mode = _DEBUG_MODES.get(debug_mode) if isinstance(debug_mode, str) else debug_mode
    if mode not in (0, 1, 2):
        allowed = "`default`, `warn`, `error`" if isinstance(debug_mode, str) else "0, 1, or 2"
        raise RuntimeError(
            f"invalid value of debug_mode, expected {'one of ' if isinstance(debug_mode, str) else ''}{allowed}, "
            f"but got {debug_mode}"
        )
    use_deterministic_algorithms(mode > 0, warn_only=mode == 1)


def get_deterministic_debug_mode() -> int:
    """What ``set_deterministic_debug_mode`` set."""
    if not are_deterministic_algorithms_enabled():
        return 0
    return 1 if is_deterministic_algorithms_warn_only_enabled() else 2


def set_flush_denormal(mode: bool) -> bool:
    """False: XLA decides by itself what becomes of denormal numbers."""
    return False


def get_device_module(device: Any = None) -> Any:
    """``torch.cuda`` or ``torch.cpu``; without argument that of the accelerator, if there is one."""
    if device is None:
        return cuda if cuda.is_available() else cpu
    kind = str(getattr(device, "type", device)).partition(":")[0]
    if kind not in ("cpu", "cuda"):
        raise RuntimeError(f"Device '{kind}' does not have a corresponding module registered as 'torch.{kind}'.")
    return cuda if kind == "cuda" else cpu


def compiled_with_cxx11_abi() -> bool:
    """True."""
    return True


def init_num_threads() -> None:
    """Nothing to do."""


class DisableTorchFunctionSubclass(contextlib.nullcontext):
    """Without effect: operators look at no ``__torch_function__``."""


DisableTorchFunction = DisableTorchFunctionSubclass
OutOfMemoryError, AcceleratorError = cuda.OutOfMemoryError, cuda.AcceleratorError
Stream, Event = cuda.Stream, cuda.Event
has_lapack, has_mkl, has_openmp, has_spectral = True, False, False, True
__all__ = [
    "AcceleratorError", "DisableTorchFunction", "DisableTorchFunctionSubclass", "Event", "OutOfMemoryError", "Stream",
    "SymBool", "SymFloat", "SymInt", "compiled_with_cxx11_abi", "cond", "get_deterministic_debug_mode",
    "get_device_module", "has_lapack", "has_mkl", "has_openmp", "has_spectral", "init_num_threads",
    "is_deterministic_algorithms_warn_only_enabled", "set_deterministic_debug_mode", "set_flush_denormal", "sym_float",
    "sym_int", "sym_ite", "sym_max", "sym_min", "sym_not", "sym_sqrt", "sym_sum", "while_loop",
]  # fmt: skip
NAMES = {name: globals()[name] for name in __all__}
