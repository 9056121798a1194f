"""The old spectral norm, of hooks: not implemented; the parametrization is."""
from __future__ import annotations

from typing import Any

from compat._later import absent

_USE_NEW = "use torch.nn.utils.parametrizations.spectral_norm"


@absent("torch.nn.utils.spectral_norm", _USE_NEW)
def spectral_norm(module: Any, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12,
                  dim: int | None = None) -> Any:
    """Not implemented."""


@absent("torch.nn.utils.remove_spectral_norm", _USE_NEW)
def remove_spectral_norm(module: Any, name: str = "weight") -> Any:
    """Not implemented."""
