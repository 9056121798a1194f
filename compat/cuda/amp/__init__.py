"""``torch.cuda.amp``: the older names of ``torch.amp``'s."""

from compat.cuda.amp.autocast_mode import autocast as autocast
from compat.cuda.amp.autocast_mode import custom_bwd as custom_bwd
from compat.cuda.amp.autocast_mode import custom_fwd as custom_fwd
from compat.cuda.amp.common import amp_definitely_not_available as amp_definitely_not_available
from compat.cuda.amp.grad_scaler import GradScaler as GradScaler

__all__ = ["GradScaler", "amp_definitely_not_available", "autocast", "custom_bwd", "custom_fwd"]
