"""``torch.distributed.algorithms.ddp_comm_hooks.default_hooks``."""

from collections.abc import Callable
from typing import Any

from compat._dtype import bfloat16, dtype, float16
from compat._tensor.tensor import Tensor
from compat.distributed._buckets import GradBucket
from compat.distributed._collectives import all_reduce
from compat.distributed._group import ProcessGroup, Work, resolve
from compat.futures import Future

Hook = Callable[[Any, GradBucket], Future[Tensor]]


def allreduce_hook(process_group: ProcessGroup | None, bucket: GradBucket) -> Future[Tensor]:
    """Average the gradients: what happens without a hook.

    Args:
      process_group: The processes, all if None.
      bucket: The gradients.
    """
    group = resolve(process_group)
    return _sum(bucket.buffer().div_(group.size()), group)


def fp16_compress_hook(process_group: ProcessGroup | None, bucket: GradBucket) -> Future[Tensor]:
    """Average the gradients, which travel as float16.

    Args:
      process_group: The processes, all if None.
      bucket: The gradients.
    """
    return _compressed(process_group, bucket, float16)


def bf16_compress_hook(process_group: ProcessGroup | None, bucket: GradBucket) -> Future[Tensor]:
    """Average the gradients, which travel as bfloat16. PyTorch has this on GPUs alone.

    Args:
      process_group: The processes, all if None.
      bucket: The gradients.
    """
    return _compressed(process_group, bucket, bfloat16)


def _compressed(process_group: ProcessGroup | None, bucket: GradBucket, narrow: dtype) -> Future[Tensor]:
    group, buffer = resolve(process_group), bucket.buffer()
    return _sum(buffer.to(narrow).div_(group.size()), group).then(lambda total: buffer.copy_(total.value()))


def _sum(tensor: Tensor, group: ProcessGroup) -> Future[Tensor]:
    work = all_reduce(tensor, group=group, async_op=True)
    assert isinstance(work, Work)  # this process is in the group
    return work.get_future().then(lambda done: done.value()[0])


def fp16_compress_wrapper(hook: Hook) -> Hook:
    """A hook whose gradients are rounded to float16 before, and brought back to their dtype afterwards.

    Args:
      hook: Another hook.
    """
    def fp16_compress_wrapper_hook(hook_state: Any, bucket: GradBucket) -> Future[Tensor]:
        return _wrapped(hook, hook_state, bucket, float16)

    return fp16_compress_wrapper_hook


def bf16_compress_wrapper(hook: Hook) -> Hook:
    """A hook whose gradients are rounded to bfloat16 before, and brought back to their dtype afterwards.

    Args:
      hook: Another hook.
    """
    def bf16_compress_wrapper_hook(hook_state: Any, bucket: GradBucket) -> Future[Tensor]:
        return _wrapped(hook, hook_state, bucket, bfloat16)

    return bf16_compress_wrapper_hook


def _wrapped(hook: Hook, state: Any, bucket: GradBucket, narrow: dtype) -> Future[Tensor]:
    buffer = bucket.buffer()
    bucket.set_buffer(buffer.to(narrow))
    return hook(state, bucket).then(lambda total: buffer.copy_(total.value()))
