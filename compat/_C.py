"""``torch._C``, PyTorch's extension module: what libraries call of it; everything else is a placeholder."""

from compat._later import later

__getattr__ = later(__name__)


def _log_api_usage_once(event: str, /) -> None:
    """Without effect, as in PyTorch's own releases."""


def _get_tracing_state() -> None:
    """None: nothing is ever traced."""
