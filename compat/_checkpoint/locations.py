"""Where loaded tensors go: the forms of ``map_location``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from compat._device import CPU, device, is_available, parse

_NO_CUDA = ("Attempting to deserialize object on a CUDA device but torch.cuda.is_available() is False. If you are "
            "running on a CPU-only machine, please use torch.load with map_location=torch.device('cpu') to map your "
            "storages to the CPU.")  # fmt: skip


def locator(map_location: Any) -> Callable[[str], device]:
    """The function from a saved location to a device.

    Args:
      map_location: A device or its name, a dict of them by saved location, a function, or None.

    Returns:
      The function.
    """
    if map_location is None:
        return restored
    if isinstance(map_location, dict):
        return lambda saved: restored(map_location.get(saved, saved))
    if isinstance(map_location, str | bytes | device):
        name = map_location.decode("ascii") if isinstance(map_location, bytes) else str(map_location)
        return lambda saved: restored(name)

    def by_function(saved: str) -> device:
        # PyTorch hands the storage over; its device is all that such functions ask of it, or return.
        got = map_location(Location(CPU), saved)
        return restored(saved) if got is None else got.device if hasattr(got, "device") else parse(got)

    return by_function


class Location:
    """What a ``map_location`` function gets in place of a storage, and returns.

    Args:
      device: Where the storage is.
    """

    def __init__(self, device: device) -> None:
        self.device = device

    def cpu(self) -> Location:
        """Choose the CPU."""
        return Location(CPU)

    def cuda(self, device: Any = None) -> Location:
        """Choose a GPU."""
        return Location(restored("cuda" if device is None else str(parse(device))))


def restored(saved: Any) -> device:
    """The device of a saved location.

    Args:
      saved: The location's name, or a device.

    Returns:
      The device.

    Raises:
      RuntimeError: if there is no such device.
      NotImplementedError: if it is ``meta``.
    """
    name = str(saved)
    kind = name.partition(":")[0]
    if kind == "meta":
        raise NotImplementedError("torch.load(map_location='meta') is not implemented in compat")
    if kind not in ("cpu", "cuda"):
        raise RuntimeError("don't know how to restore data location of torch.storage.UntypedStorage (tagged with "
                           f"{name[:100]})")
    where = parse(name)
    if where.type == "cuda" and not is_available("cuda"):
        raise RuntimeError(_NO_CUDA)
    return where
