"""The distributions of PyTorch's CPU generator, to the last bit, as flat NumPy arrays in the order torch fills memory.

Every function draws from an `Mt19937` and takes the NumPy dtype of the result; `drawn` lets it draw from a key of JAX,
too. What the layout of a tensor means for the order is `arrange`'s part.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import ml_dtypes
import numpy as np

from compat._boxmuller import box_muller, box_muller_doubles, fused_doubles
from compat._keys import drawn
from compat._mt19937 import Mt19937

_FLOAT32, _FLOAT64 = np.dtype(np.float32), np.dtype(np.float64)
_HALVES = (np.dtype(np.float16), np.dtype(ml_dtypes.bfloat16))
# Distinct integers up to 2**digits, as std::numeric_limits has them.
DIGITS = {np.dtype(np.float16): 11, np.dtype(ml_dtypes.bfloat16): 8, _FLOAT32: 24, _FLOAT64: 53}
_LONG_RANGE = 1 << 28  # from here on a draw modulo the range takes 64 bits


def arrange(flat: np.ndarray, shape: Sequence[int], strides: Sequence[int]) -> np.ndarray:
    """Lay values drawn in memory order out as a tensor of some strides, as torch's loops visit it.

    Args:
      flat: The values, (numel,).
      shape: The tensor's shape.
      strides: Its strides, in elements.

    Returns:
      The values by index, in ``shape``.
    """
    order = memory_order(shape, strides)
    if order == sorted(order):
        return flat.reshape(shape)
    return flat.reshape([shape[d] for d in order]).transpose(np.argsort(order))


def memory_order(shape: Sequence[int], strides: Sequence[int]) -> list[int]:
    """Return the dimensions from the slowest to the fastest in memory; those of size one stay where they are.

    Args:
      shape: The tensor's shape.
      strides: Its strides, in elements.

    Returns:
      A permutation of the dimensions.
    """
    moving = [d for d, size in enumerate(shape) if size > 1]
    ranked = iter(sorted(moving, key=lambda d: -strides[d]))
    return [next(ranked) if size > 1 else d for d, size in enumerate(shape)]


# ---------------------------------------------------------------- uniform and normal
def _unit(g: Mt19937, n: int) -> np.ndarray:
    """float32 in [0, 1) of 24 bits each."""
    bits = g.words(n)
    bits &= np.uint32((1 << 24) - 1)
    return np.multiply(bits.view(np.int32), np.float32(2**-24), dtype=np.float32)


@drawn
def uniform(g: Mt19937, n: int, dtype: np.dtype, low: float = 0.0, high: float = 1.0) -> np.ndarray:
    """Draw ``n`` numbers in [low, high), as ``rand`` and ``uniform_``."""
    with g.lock:
        u = g.doubles(n) if dtype == _FLOAT64 else _unit(g, n)
    if dtype == _FLOAT64:
        return u if (low, high) == (0.0, 1.0) else _below(fused_doubles(u, high - low, low), low, high)
    if (low, high) != (0.0, 1.0):
        low32, high32 = np.float32(low), np.float32(high)
        # The product of two float32 is exact in float64: rounded once, like the fused operation.
        u = (u.astype(np.float64) * float(high32 - low32) + float(low32)).astype(np.float32)
    return u if dtype == _FLOAT32 and (low, high) == (0.0, 1.0) else _below(u.astype(dtype, copy=False), low, high)


def _below(x: np.ndarray, low: float, high: float) -> np.ndarray:
    """Put the lower bound where rounding reached the upper, which the interval excludes."""
    x[x == np.array(high, x.dtype)] = low
    return x


def _narrow(x: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Round float64 to ``dtype``, to the halves by way of float32 as C++ does."""
    return (x.astype(_FLOAT32) if dtype in _HALVES else x).astype(dtype, copy=False)


@drawn
def normal(
    g: Mt19937, n: int, dtype: np.dtype, mean: float = 0.0, std: float = 1.0, *, contiguous: bool = True
) -> np.ndarray:
    """Draw ``n`` normal numbers, as ``randn`` and ``normal_``; 16 or more contiguous ones come in chunks of 16."""
    if n < 16 or not contiguous:
        return _narrow(fused_doubles(_normal_pairs(g, n), float(std), float(mean)), dtype)
    wide = dtype == _FLOAT64
    draw, transform = (Mt19937.doubles, box_muller_doubles) if wide else (_unit, box_muller)
    whole, rest = n - n % 16, n % 16
    with g.lock:
        u = draw(g, whole)
        tail = None
        if rest:  # the last 16 are drawn anew, over the end of the last whole chunk
            if dtype not in _HALVES:
                draw(g, rest)
            tail = draw(g, 16)
    out = np.empty(n, _FLOAT64 if wide else _FLOAT32)
    out[:whole] = transform(u.reshape(-1, 16), mean, std).ravel()
    if tail is not None:
        out[n - 16 :] = transform(tail.reshape(1, 16), mean, std).ravel()
    return out.astype(dtype, copy=False)


def _normal_pairs(g: Mt19937, n: int) -> np.ndarray:
    """Standard normal float64 from pairs; the second of a pair waits for the next call."""
    out = np.empty(n, _FLOAT64)
    with g.lock:
        start = 0
        if n and g.spare_normal is not None:
            out[0], g.spare_normal, start = g.spare_normal, None, 1
        pairs = (n - start + 1) // 2
        u = g.doubles(2 * pairs).tolist()
        radius = [math.sqrt(-2.0 * math.log1p(-v)) for v in u[1::2]]
        theta = [2.0 * math.pi * v for v in u[::2]]
        both = np.empty(2 * pairs, _FLOAT64)
        both[::2] = [r * math.cos(t) for r, t in zip(radius, theta, strict=True)]
        both[1::2] = [r * math.sin(t) for r, t in zip(radius, theta, strict=True)]
        out[start:] = both[: n - start]
        if n - start < 2 * pairs:
            g.spare_normal = float(both[-1])
    return out


@drawn
def log_normal(g: Mt19937, n: int, dtype: np.dtype, mean: float = 1.0, std: float = 2.0) -> np.ndarray:
    """Draw ``n`` numbers whose logarithms are normal, as ``log_normal_``."""
    return _narrow(_map(math.exp, fused_doubles(_normal_pairs(g, n), float(std), float(mean))), dtype)


# ---------------------------------------------------------------- integers
@drawn
def integers(g: Mt19937, n: int, dtype: np.dtype, low: int, high: int) -> np.ndarray:
    """Draw ``n`` integers in [low, high), as ``randint`` and ``random_(from, to)``; ``high - low`` may be 2**64."""
    span = high - low
    with g.lock:
        bits = g.long_words(n) if span >= _LONG_RANGE else g.words(n)
    if span == 1 << 64:
        return bits.view(np.int64).astype(dtype)
    bits %= bits.dtype.type(span)
    drawn = bits.astype(np.uint64, copy=False)
    drawn = drawn + np.uint64(low % (1 << 64))  # wraps around, as C++'s unsigned numbers do
    return drawn.view(np.int64).astype(dtype)


@drawn
def full_range(g: Mt19937, n: int, dtype: np.dtype) -> np.ndarray:
    """Draw ``n`` integers from 0 to the dtype's largest (2**digits for floats), as ``random_()``."""
    if dtype == np.bool_:
        top = 2
    else:
        top = (1 << DIGITS[dtype]) + 1 if dtype in DIGITS else int(np.iinfo(dtype).max) + 1
    with g.lock:
        bits = g.long_words(n) if dtype.itemsize == 8 else g.words(n)
    return (bits % bits.dtype.type(top)).astype(dtype)


@drawn
def permutation(g: Mt19937, n: int, dtype: np.dtype) -> np.ndarray:
    """Draw a permutation of 0 ... n - 1, as ``randperm``: Fisher and Yates's shuffle from the front."""
    with g.lock:
        bits = g.words(max(n - 1, 0))
    order = list(range(n))
    swaps = (bits % np.arange(n, 1, -1, dtype=np.uint32)).tolist()
    for i, ahead in enumerate(swaps):
        j = i + ahead
        order[i], order[j] = order[j], order[i]
    return np.array(order, np.int64).astype(dtype)


# ---------------------------------------------------------------- from one uniform number each
def _map(f: Callable[[float], float], x: np.ndarray) -> np.ndarray:
    """Apply a function of the C library: NumPy's own differ from it in the last bit."""
    return np.fromiter(map(f, x.tolist()), _FLOAT64, x.size)


@drawn
def bernoulli(g: Mt19937, n: int, p: float, dtype: np.dtype) -> np.ndarray:
    """Draw ``n`` ones with probability ``p``, zeros otherwise, as ``bernoulli_(p)`` and dropout."""
    with g.lock:
        u = g.doubles(n)
    return (u < p).astype(dtype)


@drawn
def bernoulli_each(g: Mt19937, p: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Draw a one or zero with each probability of ``p``, in its shape, as ``bernoulli(tensor)``."""
    with g.lock:
        u = g.doubles(p.size) if p.dtype == _FLOAT64 else _unit(g, p.size)
    return (u.reshape(p.shape) < p.astype(u.dtype, copy=False)).astype(dtype)


@drawn
def exponential(g: Mt19937, n: int, dtype: np.dtype, rate: float = 1.0) -> np.ndarray:
    """Draw ``n`` exponential numbers, as ``exponential_``."""
    with g.lock:
        u = g.doubles(n)
    # Rounding to fewer bits hides the last bit of the logarithm (almost always), so only float64 needs the slow one.
    logs = _map(math.log1p, -u) if dtype == _FLOAT64 else np.log1p(-u)
    return _narrow(-1.0 / rate * logs, dtype)


@drawn
def cauchy(g: Mt19937, n: int, dtype: np.dtype, median: float = 0.0, sigma: float = 1.0) -> np.ndarray:
    """Draw ``n`` Cauchy numbers, as ``cauchy_``."""
    with g.lock:
        u = g.doubles(n)
    return _narrow(fused_doubles(_map(math.tan, math.pi * (u - 0.5)), float(sigma), float(median)), dtype)


@drawn
def geometric(g: Mt19937, n: int, p: float, dtype: np.dtype) -> np.ndarray:
    """Draw ``n`` counts of trials up to the first success, as ``geometric_``."""
    with g.lock:
        u = g.doubles(n)
    logs = _map(lambda v: math.log(v) if v > 0.0 else -math.inf, u)
    with np.errstate(invalid="ignore"):
        return np.ceil(logs / math.log1p(-p)).astype(dtype)


# ---------------------------------------------------------------- categories
@drawn
def categories(g: Mt19937, p: np.ndarray, samples: int) -> np.ndarray:
    """Draw indices with replacement from the unnormalised rows of ``p``, as ``multinomial``.

    Args:
      g: The stream.
      p: Floating point, (C,) or (N, C).
      samples: How many a row.

    Returns:
      int64, (samples,) or (N, samples).
    """
    rows = np.atleast_2d(p if p.dtype == _FLOAT64 else p.astype(_FLOAT32))
    out = np.empty((len(rows), samples), np.int64)
    with g.lock:
        for row, drawn in zip(rows, out, strict=True):
            edges = np.cumsum(row, dtype=row.dtype)
            edges /= edges[-1]
            edges[-1] = 1.0
            drawn[:] = np.searchsorted(edges.astype(_FLOAT64), g.doubles(samples), side="left")
    return out.reshape(p.shape[:-1] + (samples,))


@drawn
def distinct_categories(g: Mt19937, p: np.ndarray, samples: int) -> np.ndarray:
    """Draw indices without replacement, as ``multinomial``: the largest of p over exponential numbers.

    Args:
      g: The stream.
      p: Floating point, (C,) or (N, C).
      samples: How many a row.

    Returns:
      int64, (samples,) or (N, samples).
    """
    q = exponential(g, p.size, p.dtype).reshape(p.shape)
    with np.errstate(divide="ignore", invalid="ignore"):
        score = (p / q).astype(_FLOAT64)
    if samples == 1:
        return score.argmax(-1, keepdims=True)
    return np.argsort(-score, axis=-1, kind="stable")[..., :samples]


# ---------------------------------------------------------------- counts, by rejection: one element after the other
@drawn
def poisson(g: Mt19937, rates: np.ndarray) -> np.ndarray:
    """Draw a count for each rate, in the shape and dtype of ``rates``, as ``poisson``."""
    with g.lock:
        counts = [_poisson(g, rate) for rate in rates.astype(_FLOAT64).ravel().tolist()]
    return np.array(counts, _FLOAT64).reshape(rates.shape).astype(rates.dtype)


def _poisson(g: Mt19937, rate: float) -> int:
    """One count: multiplication of uniforms below 10, else transformed rejection (Hoermann 1993, PTRS)."""
    if rate == 0.0:
        return 0
    if rate < 10.0:
        count, product, limit = 0, g.double(), math.exp(-rate)
        while product > limit:
            product *= g.double()
            count += 1
        return count
    log_rate = math.log(rate)
    b = 0.931 + 2.53 * math.sqrt(rate)
    a = -0.059 + 0.02483 * b
    inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
    v_r = 0.9277 - 3.6224 / (b - 2.0)
    while True:
        u, v = g.double() - 0.5, g.double()
        us = 0.5 - abs(u)
        k = math.floor((2.0 * a / us + b) * u + rate + 0.43)
        if us >= 0.07 and v <= v_r:
            return k
        if k < 0 or (us < 0.013 and v > us):
            continue
        accept = math.log(v) + math.log(inverse_alpha) - math.log(a / (us * us) + b)
        if accept <= -rate + k * log_rate - math.lgamma(k + 1.0):
            return k


@drawn
def binomial(g: Mt19937, counts: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Draw the successes among ``counts`` trials of probability ``p`` (same shape), as ``binomial``."""
    pairs = zip(counts.astype(_FLOAT64).ravel().tolist(), p.astype(_FLOAT64).ravel().tolist(), strict=True)
    with g.lock:
        drawn = [_binomial(g, n, q) for n, q in pairs]
    return np.array(drawn, _FLOAT64).reshape(counts.shape).astype(counts.dtype)


def _binomial(g: Mt19937, n: float, p: float) -> float:
    if n <= 0.0 or p <= 0.0:
        return 0.0
    if p >= 1.0:
        return n
    if math.isnan(p):
        return math.nan
    if p > 0.5:
        return n - _binomial(g, n, 1.0 - p)
    return _binomial_rejected(g, n, p) if n * p >= 10.0 else _binomial_inverted(g, n, p)


def _binomial_inverted(g: Mt19937, n: float, p: float) -> float:
    total, count, log_q = 0.0, 0, math.log1p(-p)
    while True:
        total += math.ceil(math.log(g.double()) / log_q)
        if total > n:
            return float(count)
        count += 1


_STIRLING = (0.0810614667953272, 0.0413406959554092, 0.0276779256849983, 0.02079067210376509, 0.0166446911898211,
             0.0138761288230707, 0.0118967099458917, 0.0104112652619720, 0.00925546218271273, 0.00833056343336287)


def _stirling_tail(k: float) -> float:
    """Log k! less Stirling's approximation of it."""
    if k <= 9:
        return _STIRLING[int(k)]
    square = (k + 1.0) ** 2
    return (1.0 / 12 - (1.0 / 360 - 1.0 / 1260 / square) / square) / (k + 1.0)


def _binomial_rejected(g: Mt19937, n: float, p: float) -> float:
    """Transformed rejection with squeeze (Hoermann 1993, BTRS)."""
    std = math.sqrt(n * p * (1.0 - p))
    b = 1.15 + 2.53 * std
    a = -0.0873 + 0.0248 * b + 0.01 * p
    c = n * p + 0.5
    v_r = 0.92 - 4.2 / b
    r = p / (1.0 - p)
    alpha = (2.83 + 5.1 / b) * std
    m = math.floor((n + 1.0) * p)
    while True:
        u, v = g.double() - 0.5, g.double()
        us = 0.5 - abs(u)
        k = float(math.floor((2.0 * a / us + b) * u + c))
        if us >= 0.07 and v <= v_r:
            return k
        if k < 0 or k > n:
            continue
        bound = (m + 0.5) * math.log((m + 1.0) / (r * (n - m + 1.0)))
        bound += (n + 1.0) * math.log((n - m + 1.0) / (n - k + 1.0))
        bound += (k + 0.5) * math.log(r * (n - k + 1.0) / (k + 1.0))
        bound += _stirling_tail(m) + _stirling_tail(n - m) - _stirling_tail(k) - _stirling_tail(n - k)
        if math.log(v * alpha / (a / (us * us) + b)) <= bound:
            return k


# ---------------------------------------------------------------- gamma numbers, by rejection too
@drawn
def gamma(g: Mt19937, concentration: np.ndarray) -> np.ndarray:
    """Draw a gamma number of rate 1 for each concentration, in its shape and dtype, as ``_standard_gamma``."""
    kind = concentration.dtype
    real = float if kind == _FLOAT64 else np.float32
    with g.lock:
        drawn = [_gamma(g, real(a)) for a in concentration.ravel().tolist()]
    smallest = float(ml_dtypes.finfo(kind).tiny)
    out = _narrow(np.array(drawn, _FLOAT64), kind)
    return np.maximum(out, np.array(smallest, kind)).reshape(concentration.shape)


@drawn
def dirichlet(g: Mt19937, concentration: np.ndarray) -> np.ndarray:
    """Draw a point of the simplex for each row of concentrations, as ``_sample_dirichlet``."""
    wide = gamma(g, concentration.astype(_FLOAT64))
    kind = concentration.dtype
    shares = _narrow(wide / wide.sum(-1, keepdims=True), kind)
    one = np.array(1, kind)
    return np.clip(shares, np.array(ml_dtypes.finfo(kind).tiny, kind), np.nextafter(one, np.array(0, kind)))


def _gamma(g: Mt19937, concentration: float | np.float32) -> float:
    """One number, by Marsaglia and Tsang's method (2000).

    The concentration's own precision counts until it meets a double, as in C++: float32 minus a third is a float32.
    """
    scale = 1.0
    number = type(concentration)
    if concentration < 1:
        if concentration == 0:
            return 0.0
        scale = (1.0 - g.double()) ** float(number(1) / concentration)
        concentration += number(1)
    d = float(concentration - number(_THIRD))
    c = 1.0 / math.sqrt(9.0 * d)
    while True:
        x = float(_normal_pairs(g, 1)[0])
        y = 1.0 + c * x
        if y <= 0.0:
            continue
        v = y * y * y
        u = 1.0 - g.double()
        if u < 1.0 - _SQUEEZE * x * x * (x * x) or math.log(u) < 0.5 * x * x + d * (1.0 - v + math.log(v)):
            return scale * d * v


_THIRD = float(np.float32(1) / np.float32(3))
_SQUEEZE = float(np.float32(0.0331))
