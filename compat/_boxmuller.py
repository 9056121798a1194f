"""PyTorch's vectorised Box-Muller transform, to the last bit.

For float32 tensors of 16 elements or more PyTorch computes logarithm, sine and cosine with Cephes' single precision
polynomials in AVX2 registers, where multiplications and additions are fused. A fused float32 operation is done here in
float64, where the product is exact, and rounded once more to float32.
"""

from __future__ import annotations

import math

import numpy as np

_BLOCK = 2048  # chunks of 8 pairs at a time, so that the temporaries stay in the cache
# Cephes, single/logf.c and single/sinf.c.
_LOG = (7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
        2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1)  # fmt: skip
_LN2_LOW, _LN2_HIGH = -2.12194440e-4, 0.693359375
_PI_4 = (-0.78515625, -2.4187564849853515625e-4, -3.77489497744594108e-8)
_SIN = (-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1)
_COS = (2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2)


def _singles(values: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(float(np.float32(v)) for v in values)


_LOG, _PI_4, _SIN, _COS = map(_singles, (_LOG, _PI_4, _SIN, _COS))
_LN2_LOW, _SQRT_HALF, _FOUR_OVER_PI, _TWO_PI = _singles((_LN2_LOW, math.sqrt(0.5), 4 / math.pi, 2 * math.pi))


def _round(x: np.ndarray) -> np.ndarray:
    """Round to float32, in place and kept in float64."""
    x[...] = x.astype(np.float32)
    return x


def _fused(a: np.ndarray, b: np.ndarray | float, c: np.ndarray | float) -> np.ndarray:
    """``a * b + c`` rounded once, for float32 values kept in float64."""
    x = a * b
    x += c
    return _round(x)


def _horner(x: np.ndarray, coefficients: tuple[float, ...]) -> np.ndarray:
    y = _fused(x, coefficients[0], coefficients[1])
    for c in coefficients[2:]:
        y *= x
        y += c
        _round(y)
    return y


def _log(u: np.ndarray) -> np.ndarray:
    mantissa, exponent = np.frexp(u)  # 0.5 <= mantissa < 1
    small = mantissa < _SQRT_HALF
    x = _round(mantissa * (1.0 + small) - 1.0)
    e = (exponent - small).astype(np.float64)
    z = _round(x * x)
    y = _round(_horner(x, _LOG) * x)
    y = _fused(y, z, _round(e * _LN2_LOW))
    y = _fused(z, -0.5, y)
    return _fused(e, _LN2_HIGH, _round(x + y))


def _sine_cosine(theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    octant = (_round(theta * _FOUR_OVER_PI).astype(np.int32) + 1) & ~1
    turns = octant.astype(np.float64)
    x = theta
    for part in _PI_4:  # Cody and Waite's reduction: pi/4 in three parts
        x = _fused(turns, part, x)
    z = _round(x * x)
    cosine = _round(_horner(z, _COS) * z)
    cosine = _round(_fused(cosine, z, -0.5 * z) + 1.0)
    sine = _round(_horner(z, _SIN) * z)
    sine = _fused(sine, x, x)
    swap = (octant & 2) != 0
    sign_of_sine = 1.0 - 0.5 * (octant & 4)
    sign_of_cosine = 1.0 - 0.5 * (~(octant - 2) & 4)
    return np.where(swap, cosine, sine) * sign_of_sine, np.where(swap, sine, cosine) * sign_of_cosine


def box_muller(uniform: np.ndarray, mean: float, std: float) -> np.ndarray:
    """Turn float32 uniform numbers into normal ones.

    Args:
      uniform: float32 in [0, 1), shape (chunks, 16); elements i and i + 8 of a chunk make a pair.
      mean: Of the distribution.
      std: Of the distribution.

    Returns:
      float32 normal numbers, shape (chunks, 16).
    """
    out = np.empty_like(uniform)
    mean, std = float(np.float32(mean)), float(np.float32(std))
    for start in range(0, len(uniform), _BLOCK):
        u = uniform[start : start + _BLOCK].astype(np.float64)
        radius = _round(np.sqrt(_round(-2.0 * _log(1.0 - u[:, :8]))))
        sine, cosine = _sine_cosine(_round(_TWO_PI * u[:, 8:]))
        block = out[start : start + _BLOCK]
        block[:, :8] = _round(radius * cosine) * std + mean
        block[:, 8:] = _round(radius * sine) * std + mean
    return out


def box_muller_doubles(uniform: np.ndarray, mean: float, std: float) -> np.ndarray:
    """As `box_muller`, in float64, which PyTorch computes with the C library's functions.

    Args:
      uniform: float64 in [0, 1), shape (chunks, 16).
      mean: Of the distribution.
      std: Of the distribution.

    Returns:
      float64 normal numbers, shape (chunks, 16).
    """
    # NumPy's vectorised functions differ from the C library's in the last bit, math's don't.
    first, second = (1.0 - uniform[:, :8]).ravel().tolist(), (2.0 * math.pi * uniform[:, 8:]).ravel().tolist()
    radius = np.sqrt(-2.0 * np.array([math.log(u) for u in first])).reshape(-1, 8)
    cosine = np.array([math.cos(t) for t in second]).reshape(-1, 8)
    sine = np.array([math.sin(t) for t in second]).reshape(-1, 8)
    return fused_doubles(np.concatenate([radius * cosine, radius * sine], 1), std, mean)


def fused_doubles(a: np.ndarray, b: float, c: float) -> np.ndarray:
    """``a * b + c`` in float64 with one rounding, as a fused multiply-add gives it.

    Args:
      a: float64 array.
      b: The factor.
      c: What is added.

    Returns:
      float64 array.

    Source:
      Dekker 1971 (the product's error), Knuth's two-sum (the sum's).
    """
    if b == 1.0:
        return a + c
    if c == 0.0:
        return a * b
    product = a * b
    split = 134217729.0  # 2**27 + 1
    a_high = a * split - (a * split - a)
    b_high = b * split - (b * split - b)
    a_low, b_low = a - a_high, b - b_high
    error = a_low * b_low - (((product - a_high * b_high) - a_low * b_high) - a_high * b_low)
    total = product + c
    back = total - product
    return total + (((product - (total - back)) + (c - back)) + error)
