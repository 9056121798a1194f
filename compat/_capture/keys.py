"""Where a captured step draws its random numbers from."""

from __future__ import annotations

import random

import numpy as np

from compat._capture.journal import aside
from compat._engine.program import host_put
from compat._engine.value import from_buffer
from compat._random import Generator, generator_or_default
from compat._tensor.tensor import make


class Key:
    """Where a step draws its random numbers from: a key on the device, begun by a generator.

    Args:
      generator: The generator; None for the default one of the thread that calls the step.
    """

    def __init__(self, generator: Generator | None) -> None:
        self.tensor = make(from_buffer(host_put(np.zeros(2, np.uint32))))
        self._generator = generator
        self._starts = -1

    def fresh(self) -> bool:
        """Whether it follows the generator's last seed."""
        return self._starts == generator_or_default(self._generator).starts

    def begin(self) -> None:
        """Take a new key if the generator was seeded anew."""
        g = generator_or_default(self._generator)
        if self._starts != g.starts:
            with g.lock:
                words = g.words(2)
            self._starts = g.starts
            self.tensor.__dict__["_v"] = from_buffer(host_put(words))  # not a write, if a step is captured just now


class Keys:
    """The keys of a step, one a generator that it draws from."""

    def __init__(self) -> None:
        self._keys: dict[int, Key] = {}

    def of(self, generator: Generator | None) -> Key:
        """A generator's key."""
        generator_or_default(generator)  # checks it
        key = self._keys.get(id(generator))
        if key is None:
            with aside():  # the step that is captured finds it
                key = self._keys[id(generator)] = Key(generator)  # which keeps the generator alive
        return key


def host_generators() -> tuple:
    """Where the random numbers of Python and of NumPy stand."""
    kind, words, *rest = np.random.get_state()
    return random.getstate(), kind, bytes(memoryview(words)), *rest


__all__ = ["Key", "Keys", "host_generators"]
