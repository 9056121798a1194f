"""``torch.cpu.amp``: the older names of ``torch.amp``'s."""

from compat.cpu.amp.autocast_mode import autocast as autocast
from compat.cpu.amp.grad_scaler import GradScaler as GradScaler

__all__ = ["GradScaler", "autocast"]
