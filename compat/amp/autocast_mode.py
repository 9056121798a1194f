"""``autocast``, a region of lower precision, and what autograd Functions need to take part in one."""

from __future__ import annotations

import collections.abc
import functools
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from compat import _dtype
from compat._amp.state import (
    autocast_decrement_nesting,
    autocast_increment_nesting,
    clear_autocast_cache,
    eligible,
    get_autocast_dtype,
    is_autocast_available,
    is_autocast_cache_enabled,
    is_autocast_enabled,
    set_autocast_cache_enabled,
    set_autocast_dtype,
    set_autocast_enabled,
)
from compat._device import is_available
from compat._later import later
from compat._tensor.tensor import Tensor

__getattr__ = later(__name__)
__all__ = ["autocast", "autocast_decorator", "custom_bwd", "custom_fwd", "is_autocast_available"]

_SUPPORTED = (_dtype.bfloat16, _dtype.float16)
_CALLABLE = (
    "autocast()(func) requires a callable, but got {}. Did you mean to use autocast as a context manager? For "
    "example:\n    with torch.autocast(device_type=...):\n        output = model(input)"
)


def _check_type(device_type: Any) -> None:
    if not isinstance(device_type, str):
        raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")


def autocast_decorator(autocast_instance: autocast, func: Callable) -> Callable:
    """``func``, which runs in the region each time it is called."""

    @functools.wraps(func)
    def inside(*args: Any, **kwargs: Any) -> Any:
        with autocast_instance:
            return func(*args, **kwargs)

    return inside


class autocast:  # noqa: N801 - torch's own name
    """A region in which products and convolutions run in lower precision, and what needs it in float32.

    A context manager, or a decorator. The lists of operators are PyTorch's (``compat._amp.lists``). A float32 leaf that
    is cast stays cast until the outermost region ends: that saves no time here, where XLA finds equal casts itself, but
    decides in which precision the gradients of several uses are added, and that a leaf changed inside the region is
    seen to change only after it, as in PyTorch.

    Args:
      device_type: "cpu" or "cuda"; other types of PyTorch's are accepted, and nothing lies there.
      dtype: bfloat16 or float16; if None, ``torch.get_autocast_dtype(device_type)``.
      enabled: False for a region without autocast, inside one with it.
      cache_enabled: Whether casts of leaves are kept; as it is if None.

    Raises:
      ValueError: if `device_type` is not a str.
      RuntimeError: if there is no autocast for it.

    Example:
      >>> import compat as torch
      >>> x = torch.ones(2, 2)
      >>> with torch.autocast("cpu"):
      ...     print((x @ x).dtype, (x + x).dtype)
      torch.bfloat16 torch.float32

    Source:
      PyTorch, ``torch.amp.autocast``.
    """

    def __init__(
        self,
        device_type: str,
        dtype: _dtype.dtype | None = None,
        enabled: bool = True,
        cache_enabled: bool | None = None,
    ) -> None:
        _check_type(device_type)
        self.fast_dtype = get_autocast_dtype(device_type) if dtype is None else dtype
        self.device = device_type
        if not is_autocast_available(device_type):
            raise RuntimeError(f"User specified an unsupported autocast device_type '{device_type}'")
        self._cache_enabled = is_autocast_cache_enabled() if cache_enabled is None else cache_enabled
        if enabled and device_type == "cuda" and not is_available():
            warnings.warn("CUDA is not available or torch_xla is imported. Disabling autocast.", stacklevel=2)
            enabled = False
        elif enabled and device_type != "cuda" and self.fast_dtype not in _SUPPORTED:
            name = device_type.upper()
            warnings.warn(
                f"In {name} autocast, but the target dtype is not supported. Disabling autocast.\n{name} Autocast only "
                f"supports dtypes of {', '.join(map(str, _SUPPORTED))} currently.",
                stacklevel=2,
            )
            enabled = False
        self._enabled = enabled

    def __enter__(self) -> autocast:
        """Begin the region."""
        self.prev_cache_enabled = is_autocast_cache_enabled()
        self.prev = is_autocast_enabled(self.device)
        self.prev_fastdtype = get_autocast_dtype(self.device)
        set_autocast_enabled(self.device, self._enabled)
        set_autocast_dtype(self.device, self.fast_dtype)
        autocast_increment_nesting()
        set_autocast_cache_enabled(self._cache_enabled)
        return self

    def __exit__(self, *exc: object) -> bool:
        """Restore what was set before; the casts of leaves are forgotten where no region is left."""
        if autocast_decrement_nesting() == 0:
            clear_autocast_cache()
        set_autocast_enabled(self.device, self.prev)
        set_autocast_dtype(self.device, self.prev_fastdtype)
        set_autocast_cache_enabled(self.prev_cache_enabled)
        return False

    def __call__(self, func: Callable) -> Callable:
        """Decorate: the function runs in the region each time it is called."""
        if not callable(func):
            raise TypeError(_CALLABLE.format(type(func).__name__))
        return autocast_decorator(self, func)


def _cast(value: Any, device_type: str, dtype: _dtype.dtype) -> Any:
    """A tensor, or the tensors in a container, in another dtype, where autocast may cast them."""
    if isinstance(value, Tensor):
        return value.to(dtype) if eligible(value, device_type) else value
    if isinstance(value, str | bytes | np.ndarray):
        return value
    if isinstance(value, collections.abc.Mapping):
        return {_cast(k, device_type, dtype): _cast(v, device_type, dtype) for k, v in value.items()}
    if isinstance(value, collections.abc.Iterable):
        each = (_cast(v, device_type, dtype) for v in value)
        return type(value)(each) if isinstance(value, list | tuple) else each  # type: ignore[call-arg]
    return value


def custom_fwd(fwd: Callable | None = None, *, device_type: str, cast_inputs: _dtype.dtype | None = None) -> Callable:
    """Decorate the forward of an autograd Function: it remembers the state of autocast for `custom_bwd`.

    Args:
      fwd: The forward.
      device_type: Whose autocast.
      cast_inputs: Inside a region, floating tensors arrive in this dtype, and autocast is off; None for neither.

    Returns:
      The decorated forward.

    Source:
      PyTorch, ``torch.amp.custom_fwd``.
    """
    _check_type(device_type)
    if fwd is None:
        return functools.partial(custom_fwd, device_type=device_type, cast_inputs=cast_inputs)

    @functools.wraps(fwd)
    def decorated(*args: Any, **kwargs: Any) -> Any:
        ctx = args[0]
        ctx._dtype = get_autocast_dtype(device_type)
        on = is_autocast_enabled(device_type)
        ctx._fwd_used_autocast = on and cast_inputs is None
        if cast_inputs is None or not on:
            return fwd(*args, **kwargs)
        with autocast(device_type=device_type, enabled=False):
            return fwd(*_cast(args, device_type, cast_inputs), **_cast(kwargs, device_type, cast_inputs))

    return decorated


def custom_bwd(bwd: Callable | None = None, *, device_type: str) -> Callable:
    """Decorate the backward of an autograd Function: autocast is what it was in the forward.

    Args:
      bwd: The backward, of a Function whose forward `custom_fwd` decorates.
      device_type: Whose autocast.

    Returns:
      The decorated backward.

    Source:
      PyTorch, ``torch.amp.custom_bwd``.
    """
    _check_type(device_type)
    if bwd is None:
        return functools.partial(custom_bwd, device_type=device_type)

    @functools.wraps(bwd)
    def decorated(*args: Any, **kwargs: Any) -> Any:
        with autocast(device_type=device_type, enabled=args[0]._fwd_used_autocast, dtype=args[0]._dtype):
            return bwd(*args, **kwargs)

    return decorated
