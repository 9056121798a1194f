"""``torch.utils``."""

from compat.utils import checkpoint as checkpoint
from compat.utils import data as data
from compat.utils import hooks as hooks
