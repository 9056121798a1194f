"""Random numbers from a key of JAX in place of PyTorch's stream, for modules that run as pure functions.

PyTorch's stream has a state on the host, so that its numbers are constants to a jitted program: the same dropout mask
in each step. ``compat.interop`` therefore lets a thread draw from a key, which is an argument of the program.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any, TypeVar

import jax
import jax.numpy as jnp
import numpy as np

_Draw = TypeVar("_Draw", bound=Callable[..., Any])

NO_KEY = ("{} needs random numbers, and apply was called without a key: pass key=jax.random.key(seed), another one for "
          "each call")
_DOUBLES = np.dtype(np.float64)


class KeyStream:
    """Numbers from a key: each draw takes one of its own.

    Args:
      key: A key of ``jax.random``, typed or raw; None to refuse any draw.
      wide: Whether jax keeps 64 bits where the program is compiled: it can't draw them otherwise.
    """

    __slots__ = ("_count", "_key", "_wide")

    def __init__(self, key: Any = None, wide: bool = False) -> None:
        self._key, self._count, self._wide = key, 0, wide

    def draw(self, name: str, *args: Any, **kwargs: Any) -> jax.Array:
        """What the function of that name in ``compat._streams`` draws, from the key.

        Args:
          name: The function's name.
          *args: Its arguments after the stream.
          **kwargs: Further arguments.

        Returns:
          Flat numbers, as that function returns them.

        Raises:
          RuntimeError: if there is no key.
          NotImplementedError: for what is drawn on the host alone.
        """
        if self._key is None:
            raise RuntimeError(NO_KEY.format(name))
        if name not in _DRAWS:
            raise NotImplementedError(f"{name} from a key of JAX is not implemented in compat")
        key = jax.random.fold_in(self._key, self._count)
        self._count += 1
        return _DRAWS[name](key, self._wide, *args, **kwargs)


def drawn(function: _Draw) -> _Draw:
    """Lets a function of ``compat._streams`` draw from a key, too."""
    name = function.__name__

    @functools.wraps(function)
    def draw(g: Any, *args: Any, **kwargs: Any) -> Any:
        return g.draw(name, *args, **kwargs) if g.__class__ is KeyStream else function(g, *args, **kwargs)

    return draw  # pyright: ignore[reportReturnType]


def _reals(wide: bool, dtype: np.dtype) -> np.dtype:
    """The dtype to draw in: half precision has too few bits, and float64 is not always there."""
    return _DOUBLES if wide and dtype == _DOUBLES else np.dtype(np.float32)


def _uniform(key: Any, wide: bool, n: int, dtype: np.dtype, low: float = 0.0, high: float = 1.0) -> jax.Array:
    return jax.random.uniform(key, (n,), _reals(wide, dtype), low, high).astype(dtype)


def _normal(key: Any, wide: bool, n: int, dtype: np.dtype, mean: float = 0.0, std: float = 1.0,
            contiguous: bool = True) -> jax.Array:
    return (jax.random.normal(key, (n,), _reals(wide, dtype)) * std + mean).astype(dtype)


def _log_normal(key: Any, wide: bool, n: int, dtype: np.dtype, mean: float = 1.0, std: float = 2.0) -> jax.Array:
    return jnp.exp(_normal(key, wide, n, _reals(wide, dtype), mean, std)).astype(dtype)


def _integers(key: Any, wide: bool, n: int, dtype: np.dtype, low: int, high: int) -> jax.Array:
    if not wide and not -(1 << 31) <= low < high < 1 << 31:
        raise NotImplementedError("integers of more than 32 bits from a key of JAX, without jax_enable_x64, are not "
                                  "implemented in compat")
    return jax.random.randint(key, (n,), low, high, np.int64 if wide else np.int32).astype(dtype)


def _permutation(key: Any, wide: bool, n: int, dtype: np.dtype) -> jax.Array:
    return jax.random.permutation(key, jnp.arange(n, dtype=np.int32)).astype(dtype)


def _bernoulli(key: Any, wide: bool, n: int, p: float, dtype: np.dtype) -> jax.Array:
    return (_uniform(key, wide, n, np.dtype(np.float32)) < np.float32(p)).astype(dtype)


def _bernoulli_each(key: Any, wide: bool, p: Any, dtype: np.dtype) -> jax.Array:
    drawn = _uniform(key, wide, p.size, np.dtype(np.float32)).reshape(p.shape)
    return (drawn < jnp.asarray(p, np.float32)).astype(dtype)


def _exponential(key: Any, wide: bool, n: int, dtype: np.dtype, rate: float = 1.0) -> jax.Array:
    return (jax.random.exponential(key, (n,), _reals(wide, dtype)) / rate).astype(dtype)


def _cauchy(key: Any, wide: bool, n: int, dtype: np.dtype, median: float = 0.0, sigma: float = 1.0) -> jax.Array:
    return (jax.random.cauchy(key, (n,), _reals(wide, dtype)) * sigma + median).astype(dtype)


def _geometric(key: Any, wide: bool, n: int, p: float, dtype: np.dtype) -> jax.Array:
    uniform = _uniform(key, wide, n, np.dtype(np.float32), np.finfo(np.float32).tiny)
    return jnp.ceil(jnp.log(uniform) / np.float32(math.log1p(-p))).astype(dtype)


_DRAWS: dict[str, Callable[..., jax.Array]] = {
    "uniform": _uniform, "normal": _normal, "log_normal": _log_normal, "integers": _integers,
    "permutation": _permutation, "bernoulli": _bernoulli, "bernoulli_each": _bernoulli_each,
    "exponential": _exponential, "cauchy": _cauchy, "geometric": _geometric,
}
