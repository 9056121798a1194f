"""Generators and the default one: ``torch.Generator``, ``manual_seed`` and the state of the CPU's random numbers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, SupportsInt

import numpy as np

from compat._device import CPU, device, is_available, parse
from compat._dtype import uint8
from compat._engine.program import uncapturable
from compat._keys import KeyStream
from compat._mt19937 import DEFAULT_SEED, Mt19937, nondeterministic_seed
from compat._tensor.tensor import Tensor, tensor_from_host

_SEEDS = "seeds a generator or reads its state; do that outside: its next call follows the new seed"


class Generator(Mt19937):
    """A stream of random numbers: PyTorch's own CPU stream for the same seed.

    Args:
      device: Where the numbers are used; ``"cpu"`` if None.

    Example:
      >>> Generator().manual_seed(1).initial_seed()
      1
    """

    __slots__ = ("device",)

    def __init__(self, device: device | str | int | None = None) -> None:
        self.device = CPU if device is None else parse(device)
        if self.device.type == "cuda" and not is_available("cuda"):
            raise RuntimeError("Cannot get CUDA generator without ATen_cuda library: jax sees no GPU")
        uncapturable("makes a generator; make it outside")
        super().__init__(DEFAULT_SEED)

    def manual_seed(self, seed: int) -> Generator:
        """Start the stream of a seed.

        Args:
          seed: From -2**63 to 2**64 - 1.

        Returns:
          This generator.

        Raises:
          RuntimeError: if the seed is no int.
          ValueError: if it is out of range.
        """
        uncapturable(_SEEDS)
        if isinstance(seed, bool) or not hasattr(seed, "__index__"):
            raise RuntimeError(f"manual_seed expected a long, but got {type(seed).__name__}")
        self.reseed(int(seed))
        return self

    def seed(self) -> int:
        """Start from a seed of the operating system's randomness, and return it."""
        uncapturable(_SEEDS)
        seed = nondeterministic_seed()
        self.reseed(seed)
        return seed

    def initial_seed(self) -> int:
        """Return the seed this stream started from."""
        return self.seed_value

    def get_state(self) -> Tensor:
        """Return the state as PyTorch lays it out, uint8 (5056,)."""
        uncapturable(_SEEDS)
        return tensor_from_host(np.frombuffer(self.state_bytes(), np.uint8))

    def set_state(self, new_state: Tensor) -> None:
        """Continue from a state.

        Args:
          new_state: What `get_state` returned, here or in PyTorch.

        Raises:
          TypeError: if it is no ByteTensor.
          RuntimeError: if it has another size.
        """
        uncapturable(_SEEDS)
        if not isinstance(new_state, Tensor):
            raise TypeError(f"expected a torch.ByteTensor, but got {type(new_state).__name__}")
        if new_state.dtype is not uint8:
            raise TypeError("RNG state must be a torch.ByteTensor")
        self.load_state_bytes(new_state.detach().numpy().tobytes())

    def clone_state(self) -> Generator:
        """Return a new generator that continues from here."""
        uncapturable(_SEEDS)
        twin = Generator(self.device)
        twin.copy_from(self)
        return twin

    graphsafe_get_state = clone_state

    def graphsafe_set_state(self, new_state: Generator) -> None:
        """Continue from where another generator stands."""
        uncapturable(_SEEDS)
        self.copy_from(new_state)

    def __reduce__(self) -> tuple:
        return _rebuild_generator, (self.device, self.state_bytes())


def _rebuild_generator(where: device, state: bytes) -> Generator:
    made = Generator(where)
    made.load_state_bytes(state)
    return made


default_generator = Generator()
default_generator.seed()  # a program that sets no seed gets other numbers each time


class _Threads(threading.local):
    """What a thread draws from: data loading workers have generators, who runs a module as a pure function keys."""

    own: Generator | None = None
    keys: KeyStream | None = None


_threads = _Threads()


def seed_thread(seed: int) -> None:
    """Give the calling thread a default generator of its own, as a worker process would have.

    Args:
      seed: Where its stream starts.
    """
    _threads.own = Generator().manual_seed(seed)


@contextmanager
def draw_from(key: Any, wide: bool) -> Iterator[None]:
    """Let the calling thread draw from a key of JAX where no generator is named.

    Args:
      key: The key; None to refuse such draws.
      wide: Whether jax keeps 64 bits where the program is compiled.
    """
    before, _threads.keys = _threads.keys, KeyStream(key, wide)
    try:
        yield
    finally:
        _threads.keys = before


def stream_or_default(generator: Generator | None) -> Any:
    """Return where to draw from: as `generator_or_default`, or the thread's keys."""
    if generator is None and _threads.keys is not None:
        return _threads.keys
    return generator_or_default(generator)


def generator_or_default(generator: Generator | None) -> Generator:
    """Return a ``generator=`` argument, or the calling thread's default generator if it is None.

    Args:
      generator: The argument.

    Returns:
      Where to draw from.

    Raises:
      TypeError: if it is no generator.
    """
    if generator is None:
        return _threads.own or default_generator
    if not isinstance(generator, Generator):
        raise TypeError(f"argument 'generator' must be torch.Generator, not {type(generator).__name__}")
    return generator


def manual_seed(seed: SupportsInt) -> Generator:
    """Start the default generator's stream of a seed.

    Args:
      seed: From -2**63 to 2**64 - 1.

    Returns:
      The default generator.

    Example:
      >>> manual_seed(7).initial_seed()
      7
    """
    return generator_or_default(None).manual_seed(int(seed))


def seed() -> int:
    """Start the default generator from a random seed, and return it."""
    return generator_or_default(None).seed()


def initial_seed() -> int:
    """Return the seed the default generator started from."""
    return generator_or_default(None).initial_seed()


def get_rng_state() -> Tensor:
    """Return the default generator's state, uint8 (5056,)."""
    return generator_or_default(None).get_state()


def set_rng_state(new_state: Tensor) -> None:
    """Let the default generator continue from a state.

    Args:
      new_state: What `get_rng_state` returned, here or in PyTorch.
    """
    generator_or_default(None).set_state(new_state)
