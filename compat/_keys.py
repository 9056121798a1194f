"""Random numbers from a key of JAX in place of PyTorch's stream, for modules that run as pure functions.

PyTorch's stream has a state on the host, so that its numbers are constants to a jitted program: the same dropout mask in
each step. ``compat.interop`` therefore lets a thread draw from a key, which is an argument of the program.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np

_Draw = TypeVar("_Draw", bound=Callable[..., Any])

NO_KEY = ("{} needs random numbers, and apply was called without a key: pass key=jax.random.key(seed), another one for "
          "each call")
_NARROW = (np.dtype(np.float16), np.dtype(ml_dtypes.bfloat16))


class KeyStream:
    """Numbers from a key: each draw takes one of its own.

    Args:
      key: A key of ``jax.random``, typed or raw; None to refuse any draw.
    """

    __slots__ = ("_count", "_key")

    def __init__(self, key: Any = None) -> None:
        self._key, self._count = key, 0

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
        return _DRAWS[name](key, *args, **kwargs)


def drawn(function: _Draw) -> _Draw:
    """Lets a function of ``compat._streams`` draw from a key, too."""
    name = function.__name__

    @functools.wraps(function)
    def draw(g: Any, *args: Any, **kwargs: Any) -> Any:
        return g.draw(name, *args, **kwargs) if g.__class__ is KeyStream else function(g, *args, **kwargs)

    return draw  # pyright: ignore[reportReturnType]


def _wide(dtype: np.dtype) -> np.dtype:
    """The dtype to compute in: half precision has too few bits to draw from."""
    return np.dtype(np.float32) if dtype in _NARROW else dtype


def _uniform(key: Any, n: int, dtype: np.dtype, low: float = 0.0, high: float = 1.0) -> jax.Array:
    return jax.random.uniform(key, (n,), _wide(dtype), low, high).astype(dtype)


def _normal(key: Any, n: int, dtype: np.dtype, mean: float = 0.0, std: float = 1.0, contiguous: bool = True
            ) -> jax.Array:
    return (jax.random.normal(key, (n,), _wide(dtype)) * std + mean).astype(dtype)


def _log_normal(key: Any, n: int, dtype: np.dtype, mean: float = 1.0, std: float = 2.0) -> jax.Array:
    return jnp.exp(_normal(key, n, _wide(dtype), mean, std)).astype(dtype)


def _integers(key: Any, n: int, dtype: np.dtype, low: int, high: int) -> jax.Array:
    return jax.random.randint(key, (n,), low, high, np.dtype(np.int64)).astype(dtype)


def _permutation(key: Any, n: int, dtype: np.dtype) -> jax.Array:
    return jax.random.permutation(key, n).astype(dtype)


def _bernoulli(key: Any, n: int, p: float, dtype: np.dtype) -> jax.Array:
    return jax.random.bernoulli(key, p, (n,)).astype(dtype)


def _bernoulli_each(key: Any, p: Any, dtype: np.dtype) -> jax.Array:
    return jax.random.bernoulli(key, p).astype(dtype)


def _exponential(key: Any, n: int, dtype: np.dtype, rate: float = 1.0) -> jax.Array:
    return (jax.random.exponential(key, (n,), _wide(dtype)) / rate).astype(dtype)


def _cauchy(key: Any, n: int, dtype: np.dtype, median: float = 0.0, sigma: float = 1.0) -> jax.Array:
    return (jax.random.cauchy(key, (n,), _wide(dtype)) * sigma + median).astype(dtype)


def _geometric(key: Any, n: int, p: float, dtype: np.dtype) -> jax.Array:
    return jax.random.geometric(key, p, (n,), np.dtype(np.int64)).astype(dtype)


_DRAWS: dict[str, Callable[..., jax.Array]] = {
    "uniform": _uniform, "normal": _normal, "log_normal": _log_normal, "integers": _integers,
    "permutation": _permutation, "bernoulli": _bernoulli, "bernoulli_each": _bernoulli_each,
    "exponential": _exponential, "cauchy": _cauchy, "geometric": _geometric,
}
