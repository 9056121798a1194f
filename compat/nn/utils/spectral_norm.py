"""The old spectral norm, of hooks: not implemented; the parametrization is."""
from __future__ import annotations

from typing import Any

_USE_NEW = "torch.nn.utils.{} is not implemented in compat; use torch.nn.utils.parametrizations.spectral_norm"


def spectral_norm(module: Any, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12,
                  dim: int | None = None) -> Any:
    """Not implemented."""
    raise NotImplementedError(_USE_NEW.format("spectral_norm"))


def remove_spectral_norm(module: Any, name: str = "weight") -> Any:
    """Not implemented."""
    raise NotImplementedError(_USE_NEW.format("remove_spectral_norm"))
