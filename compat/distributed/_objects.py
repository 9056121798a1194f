"""Collectives on Python objects, which travel pickled: only for processes that trust each other."""

from __future__ import annotations

import pickle
from typing import Any

from compat.distributed._collectives import from_all, from_one, to_one
from compat.distributed._group import get_global_rank, one_rank, outside, resolve


def all_gather_object(object_list: list[Any], obj: Any, group: Any = None) -> None:
    """Write the objects of all processes into a list.

    Args:
      object_list: As long as the group.
      obj: This process's object.
      group: The group.
    """
    if outside(group):
        return
    g = resolve(group)
    got = from_all(g, g._next_key(), "all_gather_object", pickle.dumps(obj))
    for rank, data in got.items():
        object_list[rank] = pickle.loads(data)


def broadcast_object_list(object_list: list[Any], src: int | None = None, group: Any = None, device: Any = None,
                          group_src: int | None = None) -> None:
    """Replace the objects of a list by those of one process's.

    Args:
      object_list: A list, of the same length in all processes.
      src: The rank of the process that has them, 0 if None.
      group: The group.
      device: Ignored.
      group_src: Its rank in the group, instead of `src`.
    """
    if outside(group):
        return
    g = resolve(group)
    root = one_rank(g, src, group_src, 0)
    data = pickle.dumps(list(object_list)) if root == g.rank() else None
    got = from_one(g, g._next_key(), f"broadcast_object_list({len(object_list)} objects)", root, data)
    if root != g.rank():
        object_list[:] = pickle.loads(got)


def gather_object(obj: Any, object_gather_list: list[Any] | None = None, dst: int | None = None, group: Any = None,
                  group_dst: int | None = None) -> None:
    """Write the objects of all processes into a list that one process has.

    Args:
      obj: This process's object.
      object_gather_list: As long as the group; None elsewhere.
      dst: The rank of the process that has the list, 0 if None.
      group: The group.
      group_dst: Its rank in the group, instead of `dst`.

    Raises:
      ValueError: if there is a list where none belongs, or none where one does.
    """
    if outside(group):
        return
    g = resolve(group)
    root = one_rank(g, dst, group_dst, 0)
    if root == g.rank() and not object_gather_list:
        raise ValueError("Argument ``gather_list`` must be specified on destination rank.")
    if root != g.rank() and object_gather_list:
        raise ValueError("Argument ``gather_list`` must NOT be specified on non-destination ranks.")
    got = to_one(g, g._next_key(), "gather_object", root, pickle.dumps(obj))
    if got is not None and object_gather_list is not None:
        for rank, data in enumerate(got):
            object_gather_list[rank] = pickle.loads(data)


def scatter_object_list(scatter_object_output_list: list[Any], scatter_object_input_list: list[Any] | None = None,
                        src: int | None = None, group: Any = None, group_src: int | None = None) -> None:
    """Write each process's own object, of a list that one process has, into the first place of another list.

    Args:
      scatter_object_output_list: A list of at least one place.
      scatter_object_input_list: As long as the group; None elsewhere.
      src: The rank of the process that has the objects, 0 if None.
      group: The group.
      group_src: Its rank in the group, instead of `src`.

    Raises:
      ValueError: if a list is missing.
    """
    if outside(group):
        return
    g = resolve(group)
    root = one_rank(g, src, group_src, 0)
    if not isinstance(scatter_object_output_list, list) or len(scatter_object_output_list) < 1:
        raise ValueError("Expected argument scatter_object_output_list to be a list of size at least 1.")
    if root != g.rank():
        data = g._receive(root, g._next_key(), "scatter_object_list")
        scatter_object_output_list[0] = pickle.loads(data)
        return
    if scatter_object_input_list is None:
        raise ValueError("source rank must provide non-None scatter_object_input_list")
    if len(scatter_object_input_list) != g.size():
        raise RuntimeError(f"ProcessGroupGloo::scatter: Incorrect input list size {len(scatter_object_input_list)}. "
                           f"Input list size should be {g.size()}, same as size of the process group.")
    outgoing = {rank: pickle.dumps(each) for rank, each in enumerate(scatter_object_input_list)}
    g._exchange(g._next_key(), "scatter_object_list", outgoing, [])
    scatter_object_output_list[0] = pickle.loads(outgoing[root])


def send_object_list(object_list: list[Any], dst: int | None = None, group: Any = None, device: Any = None,
                     group_dst: int | None = None, use_batch: bool = False) -> None:
    """Send the objects of a list to a process, which calls `recv_object_list`.

    Args:
      object_list: The objects.
      dst: The rank of the process.
      group: The group.
      device: Ignored.
      group_dst: Its rank in the group, instead of `dst`.
      use_batch: Ignored.

    Raises:
      ValueError: for this process itself.
      RuntimeError: if that process has ended.
    """
    if outside(group):
        return
    g = resolve(group)
    to = one_rank(g, dst, group_dst)
    if to == g.rank():
        raise ValueError("Invalid destination rank: destination rank should not be the same as the rank of the current "
                         "process.")
    g._send(to, f"{g.group_name}/objects from {g.rank()}", _what(object_list), pickle.dumps(list(object_list)))


def recv_object_list(object_list: list[Any], src: int | None = None, group: Any = None, device: Any = None,
                     group_src: int | None = None, use_batch: bool = False) -> int:
    """Wait for objects that a process sends, and write them into a list.

    Args:
      object_list: A list, as long as the sender's.
      src: The rank of the sender; None for whoever sends first.
      group: The group.
      device: Ignored.
      group_src: The sender's rank in the group, instead of `src`.
      use_batch: Ignored.

    Returns:
      The rank of the sender, -1 outside the group.

    Raises:
      RuntimeError: if the sender has ended, does not send in time, or sends another number of objects.
    """
    if outside(group):
        return -1
    g = resolve(group)
    sources = [r for r in range(g.size()) if r != g.rank()]
    if src is not None or group_src is not None:
        sources = [one_rank(g, src, group_src)]
    source, data = g._receive_any({r: f"{g.group_name}/objects from {r}" for r in sources}, _what(object_list))
    object_list[:] = pickle.loads(data)
    return get_global_rank(g, source)


def _what(object_list: list[Any]) -> str:
    return f"send_object_list({len(object_list)} objects)"
