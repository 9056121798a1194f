"""From one process to another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from compat._tensor.tensor import Tensor
from compat.distributed._collectives import check_tensor
from compat.distributed._group import ProcessGroup, Work, as_bytes, get_global_rank, one_rank, outside, resolve


def _key(group: ProcessGroup, source: int, tag: int) -> str:
    return f"{group.group_name}/from {source}/tag {tag}"


def _what(array: np.ndarray) -> str:
    return f"send({array.dtype}, {array.size} elements)"


def isend(tensor: Tensor, dst: int | None = None, group: Any = None, tag: int = 0, group_dst: int | None = None
          ) -> Work | None:
    """`send` without waiting; returns a Work."""
    if outside(group):
        return None
    g = resolve(group)
    to = one_rank(g, dst, group_dst)
    check_tensor(tensor, "tensor")
    if to == g.rank():
        raise ValueError("Invalid destination rank: destination rank should not be the same as the rank of the current "
                         "process.")
    array = tensor._host()
    # The other side reads at once what is sent, so this is a copy into its memory, and done here keeps the order.
    g._send(to, _key(g, g.rank(), tag), _what(array), as_bytes(array))
    return Work(lambda: None, lambda _: None)


def send(tensor: Tensor, dst: int | None = None, group: Any = None, tag: int = 0, group_dst: int | None = None) -> None:
    """Send a tensor to a process, which calls `recv`.

    Args:
      tensor: The tensor.
      dst: The rank of the process.
      group: The group.
      tag: A number that `recv` gives too.
      group_dst: Its rank in the group, instead of `dst`.

    Raises:
      ValueError: for this process itself.
      RuntimeError: if that process has ended.
    """
    work = isend(tensor, dst, group, tag, group_dst)
    if work is not None:
        work.wait()


def irecv(tensor: Tensor, src: int | None = None, group: Any = None, tag: int = 0, group_src: int | None = None
          ) -> Work | None:
    """`recv` without waiting; returns a Work, whose ``wait`` writes the tensor."""
    check_tensor(tensor, "tensor")
    if outside(group):
        return None
    g = resolve(group)
    source = None if src is None and group_src is None else one_rank(g, src, group_src)
    if source == g.rank():
        raise ValueError("Invalid source rank: source rank should not be the same as the rank of the current process.")
    array = tensor._host()
    made: list[Work] = []

    def finish(got: tuple[int, memoryview]) -> None:
        made[0]._source = get_global_rank(g, got[0])
        tensor._write_host(np.frombuffer(got[1], array.dtype).reshape(array.shape))

    made.append(Work(lambda: _received(g, source, tag, array), finish))
    return made[0]


def _received(group: ProcessGroup, source: int | None, tag: int, array: np.ndarray) -> tuple[int, memoryview]:
    sources = [r for r in range(group.size()) if r != group.rank()] if source is None else [source]
    return group._receive_any({r: _key(group, r, tag) for r in sources}, _what(array))


def recv(tensor: Tensor, src: int | None = None, group: Any = None, tag: int = 0, group_src: int | None = None) -> int:
    """Wait for a tensor that a process sends, and write it.

    Args:
      tensor: What to write, of the sender's dtype and number of elements.
      src: The rank of the sender; None for whoever sends first.
      group: The group.
      tag: The number that `send` gave.
      group_src: The sender's rank in the group, instead of `src`.

    Returns:
      The rank of the sender, -1 outside the group.

    Raises:
      RuntimeError: if the sender has ended, does not send in time, or sends something else.
    """
    work = irecv(tensor, src, group, tag, group_src)
    if work is None:
        return -1
    work.wait()
    return work.source_rank()


class P2POp:
    """An `isend` or `irecv` for `batch_isend_irecv`.

    Raises:
      ValueError: for another function.
    """

    def __init__(self, op: Callable, tensor: Tensor, peer: int | None = None, group: Any = None, tag: int = 0,
                 group_peer: int | None = None) -> None:
        if op not in (isend, irecv):
            raise ValueError("Invalid ``op``. Expected ``op`` to be of type ``torch.distributed.isend`` or "
                             "``torch.distributed.irecv``.")
        check_tensor(tensor, "tensor")
        self.op, self.tensor, self.tag = op, tensor, tag
        self.group = resolve(group)
        self.group_peer = one_rank(self.group, peer, group_peer)
        self.peer = get_global_rank(self.group, self.group_peer)


def batch_isend_irecv(p2p_op_list: list[P2POp]) -> list[Work]:
    """Start several of them; their Works."""
    if not isinstance(p2p_op_list, list) or not all(isinstance(op, P2POp) for op in p2p_op_list):
        raise ValueError("Invalid ``p2p_op_list``. Each op is expected to to be of type ``torch.distributed.P2POp``.")
    if any(op.group is not p2p_op_list[0].group for op in p2p_op_list):
        raise ValueError("All ops need to use the same group.")
    works = []
    for op in p2p_op_list:
        which = {"group_dst" if op.op is isend else "group_src": op.group_peer}
        works.append(op.op(op.tensor, group=op.group, tag=op.tag, **which))
    return works
