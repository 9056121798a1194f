"""Type aliases of the kernels' signatures.

Whoever records kernels (see ``compat``) reads a parameter's role off its annotation: `Array` is a tensor, `ArrayLike` a
tensor or a Python number, `Number` and ``float`` a number that may change between calls and is therefore traced, and
everything else is static.
"""

from collections.abc import Sequence
from typing import Any, Literal

import jax
from jax.typing import DTypeLike

__all__ = ["Array", "ArrayLike", "DType", "Dim", "Number", "PyTree", "Reduction", "Shape"]

Array = jax.Array
"""A JAX array or tracer."""

Number = int | float | complex
"""A Python number whose value may change from call to call; inside a kernel possibly a traced 0-d array."""

ArrayLike = jax.Array | int | float | complex
"""An array or a Python number."""

Dim = int | Sequence[int] | None
"""One dimension, several, or None for all of them; negative ones count from the end."""

Shape = Sequence[int]
"""Sizes of the dimensions."""

DType = DTypeLike
"""Anything NumPy or JAX takes for a dtype."""

Reduction = Literal["none", "mean", "sum"]
"""What a loss does with the losses of the elements."""

PyTree = Any
"""Nested containers of arrays."""
