"""TensorBoard (`torch.utils.tensorboard`), not there yet."""

from typing import Any

__all__ = ["SummaryWriter"]

_INSTEAD = (
    "torch.utils.tensorboard.SummaryWriter is not implemented yet. `pip install tensorboardX` has a SummaryWriter "
    "with the same methods that needs no torch: from tensorboardX import SummaryWriter, and hand it numbers and NumPy "
    "arrays."
)


class SummaryWriter:
    """Not implemented: making one says what to install.

    Raises:
      NotImplementedError: always.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise NotImplementedError(_INSTEAD)
