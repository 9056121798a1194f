"""``torch.amp``: regions of lower precision, and the scaling of losses that float16 needs."""

from compat._amp.state import is_autocast_available as is_autocast_available
from compat._later import later
from compat.amp import autocast_mode as autocast_mode
from compat.amp import grad_scaler as grad_scaler
from compat.amp.autocast_mode import autocast as autocast
from compat.amp.autocast_mode import custom_bwd as custom_bwd
from compat.amp.autocast_mode import custom_fwd as custom_fwd
from compat.amp.grad_scaler import GradScaler as GradScaler

__getattr__ = later(__name__)
__all__ = ["GradScaler", "autocast", "custom_bwd", "custom_fwd", "is_autocast_available"]
