"""One process, several devices: data parallel as jax does it, by where arrays lie.

A batch is split over the devices of a mesh, the model is copied to each of them, and the program stays as it is: XLA
splits every operation that it can and adds up gradients between the devices, so that the numbers are those of one
device up to rounding, batch normalization's included. PyTorch has nothing like it; there, each device has a process.

    mesh = compat.distributed.sharding.mesh()
    compat.distributed.sharding.replicate(model, mesh)
    for x, y in loader:
        x, y = compat.distributed.sharding.shard((x, y), mesh)
        loss = loss_of(model(x), y)
        ...
"""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from compat._engine.program import concrete
from compat._engine.value import Value, from_buffer
from compat._tensor.tensor import Tensor, is_tensor, make
from compat.utils._pytree import tree_map

AXIS = "batch"


def mesh(kind: str | None = None) -> Mesh:
    """All of this process's devices, in a row.

    Args:
      kind: ``"cpu"`` or ``"gpu"``, as jax names platforms; None for its default one.

    Returns:
      A jax mesh with the axis ``"batch"``.

    Example:
      >>> torch.distributed.sharding.mesh("cpu").axis_names
      ('batch',)
    """
    return Mesh(np.array(jax.local_devices(backend=kind)), (AXIS,))


def replicate(what: Any, mesh: Mesh) -> Any:
    """Copy a tensor's elements, or a module's parameters, buffers and gradients, to all devices of a mesh, in place.

    What is computed with them then lies there too.

    Args:
      what: A module, a tensor, or a nested tuple, list or dict of tensors.
      mesh: The devices.

    Returns:
      The same object.

    Raises:
      ValueError: if a tensor is on another kind of device than those of the mesh.

    Example:
      >>> mesh = torch.distributed.sharding.mesh("cpu")
      >>> model = torch.distributed.sharding.replicate(torch.nn.Linear(2, 1), mesh)
    """
    everywhere = NamedSharding(mesh, PartitionSpec())
    if hasattr(what, "parameters"):
        tensors = [*what.parameters(), *what.buffers()]
        tensors += [p.grad for p in what.parameters() if p.grad is not None]
    else:
        tensors = []
        tree_map(lambda x: tensors.append(x) if is_tensor(x) else None, what)
    for t in tensors:
        t._write(_placed(t, everywhere))
    return what


def shard(what: Any, mesh: Mesh, dim: int = 0) -> Any:
    """Split a batch over the devices of a mesh.

    Args:
      what: A tensor, or a nested tuple, list or dict of them.
      mesh: The devices; the batch is split along its first axis.
      dim: The dimension to split. A tensor whose size there is no multiple of the number of devices, as a last batch
        may be, is copied to all of them instead: that is slower, and the numbers are the same.

    Returns:
      Tensors with the same elements, which are leaves without gradient.

    Raises:
      ValueError: if a tensor is on another kind of device than those of the mesh.

    Example:
      >>> mesh = torch.distributed.sharding.mesh("cpu")
      >>> torch.distributed.sharding.shard(torch.arange(4), mesh)
      tensor([0, 1, 2, 3])
    """
    axis, count = mesh.axis_names[0], mesh.devices.shape[0]

    def one(x: Any) -> Any:
        if not is_tensor(x):
            return x
        parts: list[Any] = [None] * x.dim()
        if x.dim() and x.shape[dim] % count == 0:
            parts[dim] = axis
        return make(_placed(x, NamedSharding(mesh, PartitionSpec(*parts))))

    return tree_map(one, what)


def _placed(t: Tensor, where: NamedSharding) -> Value:
    platform = where.mesh.devices.flat[0].platform
    kind = {"cuda": "gpu", "xla": "tpu"}.get(t.device.type, t.device.type)
    if kind != platform:
        raise ValueError(f"a tensor on {t.device} cannot be placed on a mesh of {platform} devices: "
                         "move it there first")
    with jax.enable_x64(True):
        return from_buffer(jax.device_put(concrete(t._value()), where), t.device)
