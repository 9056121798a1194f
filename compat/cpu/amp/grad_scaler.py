"""The older spelling of ``torch.amp.GradScaler("cpu")``."""

from __future__ import annotations

from compat.amp.grad_scaler import OlderScaler

__all__ = ["GradScaler"]


class GradScaler(OlderScaler):
    """``torch.amp.GradScaler("cpu", ...)``."""

    _kind = "cpu"
