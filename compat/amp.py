"""``torch.amp``: switched off, mixed precision is complete; switched on, it says that it is not implemented.

Both switch themselves off, with PyTorch's warning, for a GPU that is not there.
"""

from __future__ import annotations

import contextlib
import functools
import warnings
from collections.abc import Callable
from typing import Any

from compat import _dtype
from compat._device import is_available
from compat._later import later

__getattr__ = later(__name__)
__all__ = ["GradScaler", "autocast", "custom_bwd", "custom_fwd", "is_autocast_available"]


class autocast(contextlib.ContextDecorator):  # noqa: N801 - torch's own name
    """A region of lower precision: ``with autocast("cuda", enabled=False):``, or a decorator.

    Args:
      device_type: "cpu" or "cuda".
      dtype: Of the region; PyTorch's default for the device if None.
      enabled: False for a region without effect.
      cache_enabled: Without effect.

    Raises:
      NotImplementedError: if it is enabled.
    """

    def __init__(
        self,
        device_type: str,
        dtype: _dtype.dtype | None = None,
        enabled: bool = True,
        cache_enabled: bool | None = None,
    ) -> None:
        if not isinstance(device_type, str):
            raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")
        if enabled and device_type == "cuda" and not is_available():
            warnings.warn("CUDA is not available or torch_xla is imported. Disabling autocast.", stacklevel=2)
            enabled = False
        if enabled:
            raise NotImplementedError("torch.amp.autocast(enabled=True) is not implemented in compat")
        self.device, self.fast_dtype = device_type, dtype

    def __enter__(self) -> autocast:
        """Nothing changes."""
        return self

    def __exit__(self, *exc: object) -> None:
        """Nothing to restore."""


class GradScaler:
    """Loss scaling; disabled, it passes everything through.

    Raises:
      NotImplementedError: if it is enabled and there is a GPU.
    """

    def __init__(
        self,
        device: str = "cuda",
        init_scale: float = 2.0**16,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        if enabled and device == "cuda" and not is_available():
            warnings.warn("torch.cuda.amp.GradScaler is enabled, but CUDA is not available.  Disabling.", stacklevel=2)
            enabled = False
        if enabled:
            raise NotImplementedError("torch.amp.GradScaler(enabled=True) is not implemented in compat")

    def scale(self, outputs: Any) -> Any:
        """The losses as they are."""
        return outputs

    def unscale_(self, optimizer: Any) -> None:
        """Nothing to divide."""

    def step(self, optimizer: Any, *args: Any, **kwargs: Any) -> Any:
        """``optimizer.step()``."""
        return optimizer.step(*args, **kwargs)

    def update(self, new_scale: Any = None) -> None:
        """Nothing to adapt."""

    def get_scale(self) -> float:
        """1."""
        return 1.0

    def is_enabled(self) -> bool:
        """False."""
        return False

    def get_growth_factor(self) -> float:
        """1, as there is no scale."""
        return 1.0

    def state_dict(self) -> dict[str, Any]:
        """Empty."""
        return {}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Nothing to take over."""


def is_autocast_available(device_type: str) -> bool:
    """False: see `autocast`."""
    return False


def custom_fwd(fwd: Callable | None = None, *, device_type: str, cast_inputs: _dtype.dtype | None = None) -> Callable:
    """The forward of an autograd.Function as it is: outside autocast regions nothing is cast."""
    return functools.partial(custom_fwd, device_type=device_type, cast_inputs=cast_inputs) if fwd is None else fwd


def custom_bwd(bwd: Callable | None = None, *, device_type: str) -> Callable:
    """The backward of an autograd.Function as it is."""
    return functools.partial(custom_bwd, device_type=device_type) if bwd is None else bwd
