"""The older spelling of ``torch.amp.autocast("cpu")``."""

from __future__ import annotations

import warnings

from compat import _dtype
from compat.amp import autocast_mode as _mode

__all__ = ["autocast"]


class autocast(_mode.autocast):  # noqa: N801 - torch's own name
    """``torch.amp.autocast("cpu", ...)``."""

    def __init__(
        self, enabled: bool = True, dtype: _dtype.dtype = _dtype.bfloat16, cache_enabled: bool = True
    ) -> None:
        warnings.warn(
            "`torch.cpu.amp.autocast(args...)` is deprecated. Please use `torch.amp.autocast('cpu', args...)` instead.",
            FutureWarning,
            stacklevel=2,
        )
        super().__init__("cpu", dtype, enabled, cache_enabled)
