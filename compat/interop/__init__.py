"""Between compat and JAX: modules as pure functions, functions of JAX as operations, flax models both ways.

None of this is in PyTorch: ``from compat import interop`` has to name it.
"""

import importlib
from typing import TYPE_CHECKING, Any

from compat.interop._from_jax import from_jax as from_jax
from compat.interop._to_jax import to_jax as to_jax
from compat.interop._weights import load_flax as load_flax

if TYPE_CHECKING:
    from compat.interop._flax import from_flax as from_flax
    from compat.interop._flax import to_flax as to_flax

# flax takes half as long to import as JAX itself: only who asks for it pays.
_FROM_FLAX = ("from_flax", "to_flax")

__all__ = ["from_flax", "from_jax", "load_flax", "to_flax", "to_jax"]


def __getattr__(name: str) -> Any:
    if name in _FROM_FLAX:
        return getattr(importlib.import_module("compat.interop._flax"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
