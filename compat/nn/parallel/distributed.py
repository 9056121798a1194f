"""Training in several processes."""
from __future__ import annotations

from typing import Any

from compat._later import absent
from compat.nn.modules.module import Module


@absent("torch.nn.parallel.DistributedDataParallel", "compat trains in one process: call the module itself")
class DistributedDataParallel(Module):
    """Not implemented: compat trains in one process."""

    def __init__(self, module: Module, *args: Any, **kwargs: Any) -> None:
        """Not implemented."""
