"""Arrays from the host to a device.

``jax.device_put`` takes arrays, scalars and trees of them, and spends ten times as long on finding out what it was
given as on the copy. A NumPy array can be handed over directly. jax has no public way to do so: where its internals are
not as expected, ``device_put`` does it, which is right, only slower.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import jax
import numpy as np

MAX_KINDS = 4096  # of arrays that we remember

_kinds: dict[tuple, tuple] = {}


def _public(array: np.ndarray, target: Any) -> Any:
    with jax.enable_x64(True):
        return jax.device_put(array, target)


def _direct() -> Callable[[np.ndarray, Any], Any]:
    """The short way, if a trial shows that it gives what the public one does."""
    try:
        batched_device_put = operator.attrgetter("_src.interpreters.pxla.batched_device_put")(jax)

        def put(array: np.ndarray, target: Any) -> Any:
            key = (array.dtype, array.shape, target)
            kind = _kinds.get(key)
            if kind is None:
                if len(_kinds) >= MAX_KINDS:
                    _kinds.clear()
                kind = _kinds[key] = (jax.core.ShapedArray(array.shape, array.dtype),
                                      jax.sharding.SingleDeviceSharding(target), [target])
            return batched_device_put(kind[0], kind[1], [array], kind[2], True, True)

        sample, target = np.arange(2.0), jax.devices()[0]
        ours, theirs = put(sample, target), _public(sample, target)
        same = (ours.aval, ours.sharding, ours.committed) == (theirs.aval, theirs.sharding, theirs.committed)
    except (AttributeError, TypeError):
        return _public
    return put if same and np.array_equal(ours, sample) else _public


class _Way:
    found: Callable[[np.ndarray, Any], Any] | None = None


def put(array: np.ndarray, target: Any) -> Any:
    """A device array with these values; jax may keep using the NumPy array's memory.

    Args:
      array: The values; their dtype is kept, 64 bits included.
      target: The jax device.
    """
    way = _Way.found
    if way is None:  # not at import, since it starts the backend
        way = _Way.found = _direct()
    return way(array, target)


def int_vector(ints: list[int]) -> np.ndarray:
    """Integers as int64; those that only uint64 holds keep their bits."""
    try:
        return np.array(ints, np.int64)
    except OverflowError:
        return np.array([i & 0xFFFFFFFFFFFFFFFF for i in ints], np.uint64).astype(np.int64)


__all__ = ["int_vector", "put"]
