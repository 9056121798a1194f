"""The code of a captured step's usual call, written out for that step.

With one line per tensor, and no loop or list between, what Python does for a call takes less than the call itself.
Anything unusual returns ``MISS`` before something happens.
"""

from __future__ import annotations

from collections.abc import Callable
from sys import getrefcount
from typing import Any

from compat._amp.state import state as autocast
from compat._autograd.modes import _Anomaly
from compat._capture.guards import Changes
from compat._device import get_default_device
from compat._engine import entry, metrics
from compat._engine.program import ctx
from compat._engine.value import Value
from compat._tensor.tensor import Tensor
from funcgrad import dtypes

MISS = object()


class Writer:
    """Source lines, and the objects that they name."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.names: dict[str, Any] = {
            "ctx": ctx, "autocast": autocast, "anomaly": _Anomaly, "changes": Changes, "precision": entry._precision,
            "default": dtypes._Default, "device": get_default_device, "getrefcount": getrefcount, "Value": Value,
            "Tensor": Tensor, "MISS": MISS, "new": object.__new__, "metrics": metrics,
        }  # fmt: skip

    def name(self, kind: str, x: Any) -> str:
        """A name for an object."""
        n = f"{kind}{len(self.names)}"
        self.names[n] = x
        return n

    def miss_if(self, tests: list[str]) -> None:
        """Return ``MISS`` if one of these holds."""
        for i in range(0, len(tests), 16):  # an expression may not nest too deeply
            self.lines.append(f"if {' or '.join(tests[i:i + 16])}: return MISS")

    def function(self, parameters: str) -> Callable[..., Any]:
        """The function with these lines."""
        source = f"def call({parameters}):\n" + "\n".join(f" {line}" for line in self.lines)
        exec(compile(source, "<captured step>", "exec"), self.names)  # noqa: S102 - our own template
        return self.names["call"]


def modes(w: Writer, seen: tuple) -> None:
    """The modes are what they were (``guards.modes``)."""
    grad, inference, hooks, active, dtype, device, precision, anomaly = seen
    w.lines.append("s = ctx.now")
    w.miss_if([f"s.grad is not {grad}", f"s.inference is not {inference}", f"len(s.saved_hooks) != {hooks}",
               f"autocast.active != {w.name('active', active)}", f"default.dtype is not {w.name('dtype', dtype)}",
               f"device() != {w.name('device', device)}", f"precision['value'] != {precision!r}",
               f"anomaly.enabled is not {anomaly}"])


def new_tensor(w: Writer, buffer: str, aval: Any, template: dict[str, Any]) -> None:
    """Make the tensor ``t`` with an array."""
    w.lines += ["t = new(Tensor)", "v = t._v = Value()", f"v.aval = {w.name('aval', aval)}", f"v.buf = {buffer}",
                "v.num = v.safe = v.prog = None", "v.slot = 0",
                *(f"t.{k} = {w.name('attribute', x)}" for k, x in template.items())]


__all__ = ["MISS", "Writer", "modes", "new_tensor"]
