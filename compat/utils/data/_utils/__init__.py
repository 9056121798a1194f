"""What the loader is made of (`torch.utils.data._utils`)."""

from compat.utils.data._utils import collate as collate
from compat.utils.data._utils import fetch as fetch
from compat.utils.data._utils import worker as worker
