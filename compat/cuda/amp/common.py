"""Whether there is a GPU to run on in mixed precision."""

from compat._device import is_available

__all__ = ["amp_definitely_not_available"]


def amp_definitely_not_available() -> bool:
    """Whether there is no GPU."""
    return not is_available()
