"""Training in several processes."""
from __future__ import annotations

from typing import Any, NoReturn

from compat.nn.modules.module import Module


class DistributedDataParallel(Module):
    """Not implemented: compat trains in one process."""

    def __init__(self, module: Module, *args: Any, **kwargs: Any) -> NoReturn:
        raise NotImplementedError("torch.nn.parallel.DistributedDataParallel is not implemented in compat, which "
                                  "trains in one process; call the module itself")
