"""An object with everything a checkpoint may hold, and files in which PyTorch saved it."""

from collections import Counter, OrderedDict
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

SAVED = Path(__file__).with_name("saved.pt")
SAVED_BEFORE_1_6 = Path(__file__).with_name("saved_before_1_6.pt")
MODULE = Path(__file__).with_name("saved_module.pt")
DTYPES = ("float32 float64 float16 bfloat16 int64 int32 int16 int8 uint8 bool complex64 complex128 uint16 uint32 "
          "uint64 float8_e4m3fn float8_e5m2").split()  # fmt: skip


def checkpoint(torch: ModuleType) -> dict[str, Any]:
    """Tensors of all dtypes, shared, strided and empty ones, parameters, containers, and an optimizer's state."""
    base = torch.tensor(np.arange(24, dtype=np.float32).reshape(4, 6))
    parameter = torch.nn.Parameter(torch.tensor([1.0, 2.0]))
    return OrderedDict(
        base=base,
        views=[base[1:3], base.t(), base[:, 2], base],
        dtypes={name: torch.tensor([0, 1, 2, 3]).to(getattr(torch, name)) for name in DTYPES},
        parameters=[parameter, torch.nn.Parameter(torch.ones(2, 2), requires_grad=False)],
        leaf=torch.tensor([1.5], requires_grad=True),
        scalar=torch.tensor(2.5),
        empty=torch.zeros(0, 3),
        plain=[1, 2.5, "s", None, True, (b"bytes", {3}), {1: 2}, 10**30, 1 + 2j, Counter("aab")],
        torch=[base.shape, torch.float32, torch.bool, base.device],
        optimizer={"state": {0: {"step": torch.tensor(3.0)}}, "param_groups": [{"lr": 0.1, "params": [0]}]},
    )


def describe(x: Any) -> Any:
    """What must survive: types, dtypes, layouts, flags and values."""
    if hasattr(x, "detach"):
        values = (x if x.is_complex() else x.detach().double() if x.is_floating_point() else x.long()).tolist()
        layout = [list(x.shape), list(x.stride()) if x.numel() else [], x.storage_offset()]
        return [type(x).__name__, str(x.dtype), layout, x.requires_grad, values]
    if isinstance(x, dict):
        return [type(x).__name__, {k: describe(v) for k, v in x.items()}]
    if isinstance(x, list | tuple):
        return [type(x).__name__, [describe(v) for v in x]]
    return repr(x)
