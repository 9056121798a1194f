"""Programs on several devices: an array that is split over them, or copied to each, takes the others along.

XLA runs a program on the devices that its arguments lie on, and refuses arguments of different devices. Arrays that
`compat.distributed.sharding` placed lie on a mesh of devices; what a program made before, or draws or reads meanwhile,
lies on one. So that one is copied to all.
"""

from __future__ import annotations

from typing import Any

import jax
from jax.sharding import NamedSharding, PartitionSpec


def mesh_of(args: list[Any]) -> Any:
    """The mesh of the first argument that lies on several devices; None if all lie on one."""
    for a in args:
        sharding = getattr(a, "sharding", None)
        if isinstance(sharding, NamedSharding) and len(sharding.device_set) > 1:
            return sharding.mesh
    return None


def together(args: list[Any]) -> list[Any]:
    """The arguments, all on several devices if one of them is; the same object if there is nothing to do."""
    mesh = mesh_of(args)
    if mesh is None:
        return args
    everywhere = NamedSharding(mesh, PartitionSpec())
    devices = everywhere.device_set
    with jax.enable_x64(True):
        return [jax.device_put(a, everywhere) if isinstance(a, jax.Array) and a.sharding.device_set != devices else a
                for a in args]


__all__ = ["mesh_of", "together"]
