"""Parameters as one vector, and back."""
from __future__ import annotations

from collections.abc import Iterable

from compat._ops.declare import ops
from compat._tensor.tensor import Tensor


def _same_device(param: Tensor, device: object) -> object:
    if device is not None and param.device != device:
        raise TypeError("Found two parameters on different devices, this is currently not supported.")
    return param.device


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """All parameters in one vector, in their order."""
    device, flat = None, []
    for param in parameters:
        device = _same_device(param, device)
        flat.append(param.view(-1))
    return ops.cat(flat)


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Sets the parameters' data to the slices of a vector."""
    if not isinstance(vec, Tensor):
        raise TypeError(f"expected torch.Tensor, but got: {type(vec)}")
    device, start = None, 0
    for param in parameters:
        device = _same_device(param, device)
        end = start + param.numel()
        param.data = vec[start:end].view_as(param).data
        start = end
