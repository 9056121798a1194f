"""What ``reduction`` means, and the two flags it replaced."""
from __future__ import annotations

import warnings

from compat._tensor.tensor import Tensor


def legacy_reduction(size_average: bool | None, reduce: bool | None, reduction: str) -> str:
    """``reduction``, or what the old flags say if one of them is given."""
    if size_average is None and reduce is None:
        return reduction
    name = "none" if reduce is False else "sum" if size_average is False else "mean"
    warnings.warn(f"size_average and reduce args will be deprecated, please use reduction='{name}' instead.",
                  stacklevel=4)
    return name


def checked(reduction: str) -> str:
    """``reduction``, if there is such a one."""
    if reduction == "elementwise_mean":
        warnings.warn("reduction='elementwise_mean' is deprecated. Please use reduction='mean' instead.", stacklevel=4)
        return "mean"
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not a valid value for reduction")
    return reduction


def reduced(loss: Tensor, reduction: str) -> Tensor:
    """The mean or the sum of the losses, or themselves."""
    reduction = checked(reduction)
    return loss.mean() if reduction == "mean" else loss.sum() if reduction == "sum" else loss
