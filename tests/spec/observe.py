"""Helpers for writing cases: what can be observed, as plain values."""

import io
import re
import warnings
from collections.abc import Callable
from contextlib import redirect_stdout
from typing import Any

import numpy as np


def raises(fn: Callable, *args, **kwargs) -> list[str]:
    """``[exception type, first line of its message]``; ``["no error", ""]`` when fn returns."""
    try:
        fn(*args, **kwargs)
    except Exception as error:  # noqa: BLE001 - the exception is the observation
        return [type(error).__name__, _first_line(error).rstrip()]
    return ["no error", ""]


def warned(fn: Callable, *args, **kwargs) -> list[str]:
    """``["Category: first line", ...]`` of the Python warnings that calling fn gives."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        fn(*args, **kwargs)
    return [f"{w.category.__name__}: {_first_line(w.message)}" for w in seen]


def _first_line(message: object) -> str:
    return (str(message).strip().splitlines() or [""])[0]


def printed(fn: Callable, *args, **kwargs) -> str:
    """What fn prints."""
    out = io.StringIO()
    with redirect_stdout(out):
        fn(*args, **kwargs)
    return out.getvalue()


def arr(t: Any) -> Any:
    """A tensor's values now, copied to numpy; None stays None, containers go element by element."""
    if t is None:
        return None
    if isinstance(t, dict):
        return {k: arr(v) for k, v in t.items()}
    if isinstance(t, (list, tuple)):
        return [arr(v) for v in t]
    return np.array(t.detach().numpy())


def ramp(torch, *shape, start=0.0, step=1.0, dtype=None, requires_grad=False):
    """A tensor holding start, start+step, ...: values without a random generator."""
    values = (start + step * np.arange(_size(shape))).reshape(shape)
    return torch.tensor(values, dtype=dtype or torch.float32, requires_grad=requires_grad)


def wave(torch, *shape, step=0.37, period=1.9, shift=0.8, requires_grad=False):
    """A tensor of well-spread values, step*i modulo period, minus shift."""
    values = ((step * np.arange(_size(shape))) % period - shift).reshape(shape)
    return torch.tensor(values, dtype=torch.float32, requires_grad=requires_grad)


def _size(shape: tuple[int, ...]) -> int:
    return int(np.prod(shape)) if shape else 1


def close(a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-6) -> bool:
    """Whether two tensors or arrays have the same shape and (nearly) the same values."""
    a, b = (np.asarray(arr(t) if hasattr(t, "detach") else t) for t in (a, b))
    return a.shape == b.shape and bool(np.allclose(a, b, rtol, atol))


def fill(torch, module, start=-0.5, step=0.07, period=15):
    """Gives every parameter of a module fixed values, a repeating ramp; returns the module."""
    done = 0
    with torch.no_grad():
        for p in module.parameters():
            values = start + step * ((done + np.arange(p.numel())) % period)
            p.copy_(torch.tensor(values.reshape(tuple(p.shape)), dtype=p.dtype))
            done += p.numel()
    return module


def graph(fn: Any, names: dict[str, Any] | None = None) -> str:
    """A backward graph as text, ``Name(edge, edge, ...)``.

    ``-`` is an input without gradient; an AccumulateGrad node is shown as the name (from ``names``) of its variable.
    """
    if fn is None:
        return "-"
    if type(fn).__name__ == "AccumulateGrad":
        named = (name for name, t in (names or {}).items() if fn.variable is t)
        return next(named, f"leaf{tuple(fn.variable.shape)}")
    inner = ", ".join(graph(f, names) for f, _ in fn.next_functions)
    return f"{type(fn).__name__}({inner})" if inner else type(fn).__name__


def tol(rtol: float = 1e-5, atol: float = 1e-6) -> Callable:
    """Marks a case whose floats are compared with other than the usual tolerances."""

    def mark(case):
        case.rtol, case.atol = rtol, atol
        return case

    return mark


def normalise(text: str, package: str) -> str:
    """Text without what may differ: addresses, the package's own name as a prefix, white space at the end."""
    text = re.sub(r"0x[0-9a-fA-F]+", "0x…", text)
    if package != "torch":
        text = re.sub(rf"\b{re.escape(package)}\.", "torch.", text)
    return text.rstrip()
