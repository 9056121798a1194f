"""``torch.distributed.algorithms.ddp_comm_hooks``: how gradients are averaged over processes."""

import enum
import functools
from typing import Any

from compat._later import later
from compat.distributed.algorithms.ddp_comm_hooks import debugging_hooks as debugging_hooks
from compat.distributed.algorithms.ddp_comm_hooks import default_hooks as default_hooks

__getattr__ = later(__name__, "mixed_precision_hooks optimizer_overlap_hooks post_localSGD_hook powerSGD_hook "
                    "quantization_hooks")


def _register(hook: default_hooks.Hook, model: Any, state: Any = None) -> None:
    model.register_comm_hook(state, hook)


class DDPCommHookType(enum.Enum):
    """The hooks by name; a ``value`` registers its hook: ``DDPCommHookType.NOOP.value(model=model)``.

    Source:
      PyTorch, ``torch.distributed.algorithms.ddp_comm_hooks.DDPCommHookType``.
    """

    ALLREDUCE = enum.member(functools.partial(_register, default_hooks.allreduce_hook))
    FP16_COMPRESS = enum.member(functools.partial(_register, default_hooks.fp16_compress_hook))
    BF16_COMPRESS = enum.member(functools.partial(_register, default_hooks.bf16_compress_hook))
    NOOP = enum.member(functools.partial(_register, debugging_hooks.noop_hook))


def register_ddp_comm_hook(comm_hook_type: DDPCommHookType, model: Any, state: Any = None) -> None:
    """Let a ``DistributedDataParallel`` average its gradients by one of the hooks.

    Args:
      comm_hook_type: Which.
      model: The module.
      state: The process group, all processes if None.
    """
    comm_hook_type.value(model=model, state=state)
