"""Half precision, where PyTorch's kernels round more often than they need to."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch.utils._pytree import tree_map

HALVES = (torch.float16, torch.bfloat16)


def _wider(x: Any) -> Any:
    return x.float() if isinstance(x, torch.Tensor) and x.dtype in HALVES else x


def _error(x: Any, exact: torch.Tensor) -> float:
    """The largest difference from the exact result."""
    found = np.asarray(x.detach().float().tolist(), dtype=float).reshape(tuple(exact.shape))
    return float(np.abs(found - exact.double().numpy()).max(initial=0.0))


def at_least_as_exact(run: Callable[[Any], Any], given: Any, got: Any, want: Any) -> bool:
    """Whether compat is no further than PyTorch from the result that PyTorch has in float32.

    Long sums that PyTorch rounds after every term (those of ``adaptive_avg_pool3d`` or ``conv_transpose3d``, say)
    differ from sums rounded once by more than any tolerance that would still find mistakes.
    """
    if not isinstance(want, torch.Tensor) or want.dtype not in HALVES:
        return False
    if str(got.dtype) != str(want.dtype) or tuple(got.shape) != tuple(want.shape):
        return False
    exact = run(tree_map(_wider, given))
    of_torch = _error(want, exact)
    # an infinity that only one side has is a difference, and nan compares as false
    return exact.dtype is torch.float32 and math.isfinite(of_torch) and _error(got, exact) <= of_torch
