"""PyTorch's interface on XLA: ``import compat as torch``."""

from __future__ import annotations

from compat import _dtype
from compat._autograd.modes import (
    enable_grad,
    inference_mode,
    is_anomaly_enabled,
    is_grad_enabled,
    is_inference_mode_enabled,
    no_grad,
    set_grad_enabled,
)
from compat._device import device, get_default_device, set_default_device
from compat._dtype import dtype, finfo, get_default_dtype, iinfo, set_default_dtype
from compat._engine.metrics import metrics
from compat._ops import FUNCTIONS
from compat._size import Size
from compat._tensor.tensor import Tensor, is_tensor

__version__ = "2.13.0"
globals().update(FUNCTIONS)
globals().update({n: d for n, d in vars(_dtype).items() if isinstance(d, dtype)})
bool = _dtype.bool_  # noqa: A001 - torch's own name
strided = Tensor.layout.fget(None)
