"""TensorBoard (`torch.utils.tensorboard`), on tensorboardX, which writes event files without torch.

Importing it needs tensorboardX, as PyTorch's needs tensorboard: ``pip install 'funcgrad[tensorboard]'``.
"""

try:
    import tensorboardX as _tensorboardX  # noqa: N812 - its name
except ImportError as error:
    raise ImportError("torch.utils.tensorboard needs tensorboardX: pip install 'funcgrad[tensorboard]'",
                      name="tensorboardX") from error

from compat.utils.tensorboard.writer import FileWriter as FileWriter
from compat.utils.tensorboard.writer import SummaryWriter as SummaryWriter

RecordWriter = _tensorboardX.RecordWriter

__all__ = ["FileWriter", "RecordWriter", "SummaryWriter"]
