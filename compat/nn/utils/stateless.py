"""The old place of ``torch.func.functional_call``."""
from __future__ import annotations

import warnings
from typing import Any

from compat.func import functional_call as _functional_call
from compat.nn.modules.module import Module


def functional_call(module: Module, parameters_and_buffers: dict[str, Any], args: Any = None,
                    kwargs: dict[str, Any] | None = None, *, tie_weights: bool = True, strict: bool = False) -> Any:
    """Calls a module with other tensors in the place of its own; see ``torch.func.functional_call``."""
    warnings.warn("This API is deprecated as of PyTorch 2.0 and will be removed in a future version of PyTorch. Please "
                  "use torch.func.functional_call instead which is a drop-in replacement for this API.", FutureWarning,
                  stacklevel=2)
    return _functional_call(module, parameters_and_buffers, args, kwargs, tie_weights=tie_weights, strict=strict)
