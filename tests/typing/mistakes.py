"""Mistakes that a type checker finds: on each line that says so, and on no other. It is never run."""

from __future__ import annotations

import compat as torch
import compat.nn.functional as F
from compat import Tensor


def mistaken(x: Tensor) -> int:
    x.summ()  # mistake
    torch.arrange(3)  # mistake
    torch.linalg.normal(x)  # mistake
    F.relux(x)  # mistake
    x.sum(dimension=0)  # mistake
    x.softmax("dim")  # mistake
    x + "1"  # mistake
    y: int = x.sum()  # mistake
    x.shape = (1, 2)  # mistake
    x.dtype.floating  # mistake
    x.max(1).value  # mistake
    F.log_softmax(x, dim=1).sum().item().real
    return y
