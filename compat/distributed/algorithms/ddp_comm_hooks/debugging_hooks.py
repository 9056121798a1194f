"""``torch.distributed.algorithms.ddp_comm_hooks.debugging_hooks``."""

from typing import Any

from compat._tensor.tensor import Tensor
from compat.distributed._buckets import GradBucket
from compat.futures import Future


def noop_hook(_: Any, bucket: GradBucket) -> Future[Tensor]:
    """Leave the gradients as they are: to see what averaging them costs.

    Args:
      bucket: The gradients.
    """
    future: Future[Tensor] = Future()
    future.set_result(bucket.buffer())
    return future
