"""torch.random: seeds and states of the default generator."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from compat._device import device
from compat._random import default_generator, get_rng_state, initial_seed, manual_seed, seed, set_rng_state

__all__ = ["default_generator", "fork_rng", "get_rng_state", "initial_seed", "manual_seed", "seed", "set_rng_state"]


@contextmanager
def fork_rng(
    devices: Iterable[device | str | int] | None = None,
    enabled: bool = True,
    _caller: str = "fork_rng",
    _devices_kw: str = "devices",
    device_type: str = "cuda",
) -> Iterator[None]:
    """Let the random numbers drawn inside a with-block not advance those outside.

    Args:
      devices: Accelerators whose generators are forked too; all draw from the one generator here.
      enabled: False to do nothing.
      device_type: The kind of accelerator.

    Yields:
      Nothing; afterwards the default generator stands where it stood before.
    """
    if not enabled:
        yield
        return
    state = get_rng_state()
    try:
        yield
    finally:
        set_rng_state(state)
