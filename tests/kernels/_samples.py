"""Arrays for samples."""

from typing import Any

import numpy as np


def wave(
    *shape: int, start: float = -2.0, step: float = 0.37, period: float = 4.0, dtype: Any = "float32"
) -> np.ndarray:
    """Well-spread values from `start` up to ``start + period``, without ties in small arrays."""
    n = int(np.prod(shape, dtype=int))
    return ((step * np.arange(n)) % period + start).reshape(shape).astype(dtype)


def positive(*shape: int, dtype: Any = "float32") -> np.ndarray:
    """Values between 0.1 and 3."""
    return wave(*shape, start=0.1, period=2.9, step=0.53, dtype=dtype)


def unit(*shape: int, dtype: Any = "float32") -> np.ndarray:
    """Values between -0.9 and 0.9."""
    return wave(*shape, start=-0.9, period=1.8, step=0.23, dtype=dtype)


def ints(*values: Any, dtype: Any = "int64") -> np.ndarray:
    """An integer array."""
    return np.array(values, dtype)


def floats(*values: Any, dtype: Any = "float32") -> np.ndarray:
    """A floating array."""
    return np.array(values, dtype)
