"""``torch.distributed.algorithms``: communication hooks."""

from compat._later import later
from compat.distributed.algorithms import ddp_comm_hooks as ddp_comm_hooks

__getattr__ = later(__name__, "_checkpoint _checkpoint.checkpoint_wrapper join")
