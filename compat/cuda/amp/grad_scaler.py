"""The older spelling of ``torch.amp.GradScaler("cuda")``."""

from __future__ import annotations

from compat.amp.grad_scaler import OlderScaler
from compat.amp.grad_scaler import OptState as OptState

__all__ = ["GradScaler"]


class GradScaler(OlderScaler):
    """``torch.amp.GradScaler("cuda", ...)``."""

    _kind = "cuda"
