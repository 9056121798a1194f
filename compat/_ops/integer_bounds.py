"""Random integers within what a dtype holds, with PyTorch's checks of the bounds."""

from __future__ import annotations

import math
import warnings

import numpy as np

from compat import _streams as streams
from compat._dtype import dtype, float16, to_numpy
from compat._mt19937 import Mt19937
from compat._tensor.out_checks import C_NAMES

HALF_MAX = 65504
LONG_MIN, LONG_MAX = -(1 << 63), (1 << 63) - 1


def integers(g: Mt19937, n: int, of: dtype, low: int | None, high: int | None) -> np.ndarray:
    """Integers in [low, high), or [low, the dtype's largest] if ``high`` is None, with PyTorch's checks."""
    if of.is_complex:
        raise NotImplementedError(f"\"check_random_bounds\" not implemented for '{of.scalar_name}'")
    target = to_numpy(of)
    low = 0 if low is None else int(low)
    if high is None:
        if low == LONG_MIN:
            return streams.integers(g, n, target, low, -LONG_MIN)
        high = largest(of) + 1
    else:
        high = int(high)
        if low >= high:
            raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
        if of.is_floating_point:
            low, high = _representable(low, high, of)
    _check_bound("from", low, of)
    _check_bound("to - 1", high - 1, of)
    return streams.integers(g, n, target, low, high)


def largest(of: dtype) -> int:
    """The largest integer that a dtype holds, or to which it holds all."""
    if of.is_floating_point:
        return 1 << streams.DIGITS[to_numpy(of)]
    return 1 if of.scalar_name == "Bool" else int(np.iinfo(to_numpy(of)).max)


def _representable(low: int, high: int, of: dtype) -> tuple[int, int]:
    """Bounds moved inwards to numbers that the floating dtype has, so that rounding can't leave [low, high)."""
    cast, digits = to_numpy(of).type, streams.DIGITS[to_numpy(of)]
    if of is float16 and max(abs(low), abs(high)) > HALF_MAX:  # refused by the check that follows
        return low, high
    if int(cast(low + 1)) < low:
        low = int(cast(low + 1)) + (1 << (abs(low + 1).bit_length() - digits))
    if int(cast(high - 1)) >= high:
        high = int(cast(high - 1)) - (1 << (abs(high - 1).bit_length() - digits))
    return low, high


def _check_bound(name: str, bound: int, of: dtype) -> None:
    if of.is_floating_point:
        limit = HALF_MAX if of is float16 else math.inf
        digits = streams.DIGITS[to_numpy(of)]
        if abs(bound) > limit:
            raise RuntimeError(f"{name} is out of bounds for {C_NAMES[of.name]}")
        if abs(bound) > 1 << digits:
            warnings.warn(
                f"{name} is out of bounds [-(2^{digits}), 2^{digits}]. Due to precision limitations "
                f"{C_NAMES[of.name]} can support discrete uniform distribution only within this range. This "
                "warning will become an error in version 1.7 release, please fix the code in advance", stacklevel=4)
        return
    info = None if of.scalar_name == "Bool" else np.iinfo(to_numpy(of))
    smallest, largest = (0, 1) if info is None else (int(info.min), min(int(info.max), LONG_MAX))
    if not smallest <= bound <= largest:
        raise RuntimeError(f"{name} is out of bounds for {C_NAMES[of.name]}")


__all__ = ["LONG_MAX", "LONG_MIN", "integers", "largest"]
