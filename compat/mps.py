"""``torch.mps``: Apple's GPUs, which compat does not use."""

from typing import NoReturn

from compat._later import later

__getattr__ = later(__name__, "event profiler")


def is_available() -> bool:
    """False."""
    return False


def device_count() -> int:
    """0."""
    return 0


def synchronize() -> NoReturn:
    """Fail as PyTorch does without such a GPU."""
    raise RuntimeError("Cannot execute deviceSynchronize() without MPS backend.")


def empty_cache() -> NoReturn:
    """Fail as PyTorch does without such a GPU."""
    raise RuntimeError("Cannot execute emptyCache() without MPS backend.")
