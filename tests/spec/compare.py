"""Observations as JSON, and the differences between two of them.

Floats agree within the case's tolerances; types, dtypes, shapes and texts agree exactly.
"""

import math
from typing import Any

import numpy as np

from tests.spec.observe import normalise


def encode(x: Any, package: str) -> Any:
    """An observation as plain JSON; an array keeps its dtype and shape, a non-finite float its name."""
    if x is None or isinstance(x, bool | int):
        return x
    if isinstance(x, float):
        return x if math.isfinite(x) else {"float": repr(x)}
    if isinstance(x, str):
        return normalise(x, package)
    if isinstance(x, complex):
        return {"complex": [x.real, x.imag]}
    if isinstance(x, np.generic | np.ndarray):
        flat = np.asarray(x).reshape(-1)
        if flat.dtype.kind == "c":
            flat = np.stack([flat.real, flat.imag], -1).reshape(-1)
        return {
            "dtype": str(x.dtype),
            "shape": list(x.shape),
            "values": [encode(v, package) for v in flat.tolist()],
        }
    if isinstance(x, list | tuple):
        return [encode(v, package) for v in x]
    if isinstance(x, dict):
        return {"dict": {str(k): encode(v, package) for k, v in x.items()}}
    raise TypeError(f"a case returned a {type(x).__name__}; observations are plain values")


def show(x: Any) -> str:
    """Short text of an encoded observation."""
    if isinstance(x, dict) and "values" in x:
        values = ", ".join(_show_number(v) for v in x["values"][:12])
        return f"{x['dtype']}{x['shape']} [{values}{', …' if len(x['values']) > 12 else ''}]"
    if isinstance(x, dict) and "dict" in x:
        return "{" + ", ".join(f"{k}: {show(v)}" for k, v in x["dict"].items()) + "}"
    if isinstance(x, dict):
        return str(next(iter(x.values())))
    if isinstance(x, list):
        return "[" + ", ".join(map(show, x)) + "]"
    return _show_number(x) if isinstance(x, float) else repr(x)


def _show_number(v: Any) -> str:
    if isinstance(v, float):
        return f"{v:.6g}"
    return show(v) if isinstance(v, dict) else str(v)


def differences(want: Any, got: Any, rtol: float, atol: float, where: str = "result") -> list[str]:
    """One line for each place where two encoded observations differ."""
    if isinstance(want, dict) and want.get("dtype") == "float16":
        rtol, atol = max(rtol, 1e-3), max(atol, 1e-3)  # float16 holds three digits

    def inside(w: Any, g: Any, at: str) -> list[str]:
        return differences(w, g, rtol, atol, at)

    unequal = [f"{where}: expected {show(want)[:240]}\n{' ' * len(where)}       got {show(got)[:240]}"]
    if type(want) is not type(got):
        return unequal
    if isinstance(want, float):
        return [] if want == got or abs(want - got) <= atol + rtol * abs(want) else unequal
    if isinstance(want, list) and len(want) == len(got):
        pairs = enumerate(zip(want, got, strict=True))
        return [line for i, (w, g) in pairs for line in inside(w, g, f"{where}[{i}]")]
    if isinstance(want, dict) and "dict" in want and "dict" in got:
        want, got, lines = want["dict"], got["dict"], []
        for key in [*want, *(k for k in got if k not in want)]:
            at = key if where == "result" else f"{where}.{key}"
            if key in want and key in got:
                lines += inside(want[key], got[key], at)
            else:
                lines.append(f"{at}: only {'expected' if key in want else 'got'}")
        return lines
    if isinstance(want, dict) and "values" in want and "values" in got:
        same = (want["dtype"], want["shape"]) == (got["dtype"], got["shape"])
        return [] if same and not inside(want["values"], got["values"], where) else unequal
    return [] if want == got else unequal
