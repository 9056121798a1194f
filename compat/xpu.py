"""``torch.xpu``: Intel's GPUs, which compat does not use."""

from compat._later import later

__getattr__ = later(__name__)


def is_available() -> bool:
    """False."""
    return False


def is_initialized() -> bool:
    """False."""
    return False


def device_count() -> int:
    """0."""
    return 0
