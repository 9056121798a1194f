"""Averages of weights (`torch.optim.swa_utils`), not there yet: using one says so."""

from collections.abc import Callable
from typing import Any

__all__ = ["SWALR", "AveragedModel", "get_ema_multi_avg_fn", "get_swa_multi_avg_fn", "update_bn"]


def _later(name: str) -> Callable[..., Any]:
    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(f"torch.optim.swa_utils.{name} is not implemented yet. An average by hand: "
                                  "with torch.no_grad(): mean.lerp_(weight, 1 / count) for each parameter.")

    refuse.__name__ = refuse.__qualname__ = name
    refuse.__doc__ = f"`torch.optim.swa_utils.{name}`, not implemented yet."
    return refuse


AveragedModel = _later("AveragedModel")
SWALR = _later("SWALR")
get_ema_multi_avg_fn = _later("get_ema_multi_avg_fn")
get_swa_multi_avg_fn = _later("get_swa_multi_avg_fn")
update_bn = _later("update_bn")
