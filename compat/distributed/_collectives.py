"""Collectives on tensors. All processes of a group call the same ones in the same order.

``async_op=True`` gives a `Work`: what goes out is read at the call, what comes in is written by its ``wait``. Without
it, and in processes outside the group, the functions return None.
"""

from __future__ import annotations

import datetime
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from compat._dtype import to_numpy
from compat._engine.program import host_put
from compat._engine.value import from_buffer
from compat._tensor.tensor import Tensor, is_tensor
from compat.distributed._group import (
    ProcessGroup,
    Work,
    as_bytes,
    default_pg_timeout,
    get_rank,
    is_initialized,
    one_rank,
    outside,
    resolve,
    run,
)
from compat.distributed._reduce import RedOpType, ReduceOp, check
from compat.distributed._reduce import reduce as reduced

_IN_PARTS = 1 << 20  # bytes to send: more is reduced in parts, each by one process, so that it is less
_RENAMED = "`torch.distributed.{}` is deprecated. Please use `torch.distributed.{}` instead."


# ---------------------------------------------------------------- checks
def check_tensor(param: Any, name: str) -> None:
    """Refuse what is no tensor.

    Raises:
      TypeError: PyTorch's text.
    """
    if not is_tensor(param):
        raise TypeError(f"Invalid function argument. Expected parameter `{name}` of type torch.Tensor\n"
                        f"             but got {type(param)} instead.")


def _check_list(param: Any, name: str) -> None:
    begin = f"Invalid function argument. Expected parameter `{name}` of type List[torch.Tensor]\n             but got "
    if not isinstance(param, list):
        raise TypeError(f"{begin}{type(param)} instead.")
    if not all(map(is_tensor, param)):
        raise TypeError(f"{begin}{type(param)} with elements of type {[type(p) for p in param]}.")


def _check_dtypes(tensors: Sequence[Tensor], more: Sequence[Tensor]) -> None:
    kinds = [t.dtype for t in (*tensors, *more)]
    for kind in kinds[1:]:
        if kind != kinds[0]:
            raise ValueError(f"Invalid usage of tensors with different dtypesFound {kinds[0]} and  {kind}")


def _check_sizes(tensors: Sequence[Tensor], like: Tensor, where: str) -> None:
    want = "(" + ", ".join(map(str, like.shape)) + ")"
    for i, t in enumerate(tensors):
        if t.shape != like.shape:
            got = "(" + ", ".join(map(str, t.shape)) + ")"
            raise RuntimeError(f"ProcessGroupGloo::{where}: invalid tensor size at index {i} (expected {want}, "
                               f"got {got})")


def _root(group: ProcessGroup, rank: int, where: str) -> int:
    if not 0 <= rank < group.size():
        raise RuntimeError(f"ProcessGroupGloo::{where}: invalid root rank: {rank}")
    return rank


def _absent(group: Any, name: str) -> bool:
    """Whether this process is outside the group, with PyTorch's warning."""
    if not outside(group):
        return False
    rank = get_rank() if is_initialized() else -1
    warnings.warn(f"Running {name} on global rank {rank} which does not belong to the given group.", stacklevel=3)
    return True


def _what(name: str, array: np.ndarray, *more: Any) -> str:
    return f"{name}({', '.join(map(str, (array.dtype, list(array.shape), *more)))})"


def _array(data: Any, like: np.ndarray) -> np.ndarray:
    return np.frombuffer(data, like.dtype).reshape(like.shape)


def _replace(tensor: Tensor, array: np.ndarray) -> None:
    """Overwrite a tensor's elements with an array of its shape and dtype, which nobody else may write any more."""
    tensor._write(from_buffer(host_put(array, tensor.device), tensor.device))


def _write(tensors: Sequence[Tensor], arrays: Sequence[np.ndarray]) -> None:
    for t, a in zip(tensors, arrays, strict=True):
        t._write_host(a)


# ---------------------------------------------------------------- one tensor, the same everywhere
def all_reduce(tensor: Tensor, op: Any = ReduceOp.SUM, group: Any = None, async_op: bool = False) -> Work | None:
    """Replace a tensor in all processes by the sum (or another reduction) of theirs, the same bits in all of them.

    Args:
      tensor: The tensor, changed in place.
      op: A ``ReduceOp``.
      group: The group, the default one if None.
      async_op: Whether to return a Work.

    Raises:
      RuntimeError: if a process ends, or doesn't come in time; for dtypes that PyTorch's gloo refuses.

    Source:
      PyTorch, ``torch.distributed.all_reduce``.
    """
    check_tensor(tensor, "tensor")
    if _absent(group, "all_reduce"):
        return None
    g, op = resolve(group), RedOpType(op)
    check(op, to_numpy(tensor.dtype), "all_reduce")
    if g.size() == 1 and not async_op:
        return None  # it is all there is
    array = tensor._host()
    key, what = g._next_key(), _what("all_reduce", array, op)
    return run(lambda: all_reduced(g, key, what, array, op), lambda total: _replace(tensor, total), async_op,
               [tensor])


def all_reduced(group: ProcessGroup, key: str, what: str, array: np.ndarray, op: RedOpType) -> np.ndarray:
    """The reduction of the processes' arrays, of which this one's may be overwritten."""
    me, everyone = group.rank(), range(group.size())
    if group.size() == 1:
        return reduced(op, [array])
    if array.nbytes * (group.size() - 1) < _IN_PARTS:
        got = group._exchange(key, what, dict.fromkeys(everyone, as_bytes(array)), everyone)
        return reduced(op, [_array(got[r], array) for r in everyone])
    flat = np.ascontiguousarray(array).reshape(-1)
    parts = np.array_split(flat, group.size())
    for r, part in enumerate(parts):
        if r != me:  # what is there now has been sent when that process reduces it
            group._expect(r, key + "/sums", part)
    got = group._exchange(key + "/parts", what, {r: as_bytes(part) for r, part in enumerate(parts)}, everyone)
    mine = parts[me]
    mine[:] = reduced(op, [_array(got[r], mine) for r in everyone], mine if me < 2 else None)
    got = group._exchange(key + "/sums", what, dict.fromkeys(everyone, as_bytes(mine)), everyone)
    for r, part in enumerate(parts):
        total = _array(got[r], part)
        if not np.may_share_memory(total, part):
            part[:] = total
    return flat.reshape(array.shape)


def broadcast(tensor: Tensor, src: int | None = None, group: Any = None, async_op: bool = False,
              group_src: int | None = None) -> Work | None:
    """Replace a tensor in all processes by that of one.

    Args:
      tensor: The tensor.
      src: The rank of the process that has it.
      group: The group.
      async_op: Whether to return a Work.
      group_src: Its rank in the group, instead of `src`.
    """
    if outside(group):
        _absent(group, "broadcast")
        return None
    g = resolve(group)
    root = one_rank(g, src, group_src)
    check_tensor(tensor, "tensor")
    _root(g, root, "broadcast")
    array = tensor._host()
    key, what = g._next_key(), _what("broadcast", array)
    if root == g.rank():
        return run(lambda: from_one(g, key, what, root, as_bytes(array)), lambda _: None, async_op, [tensor])
    return run(lambda: from_one(g, key, what, root, None),
               lambda data: tensor._write_host(_array(data, array)), async_op, [tensor])


def from_one(group: ProcessGroup, key: str, what: str, root: int, data: Any) -> Any:
    """The bytes of one process, in all."""
    if root != group.rank():
        return group._receive(root, key, what)
    return group._exchange(key, what, dict.fromkeys(range(group.size()), data), [root])[root]


def reduce(tensor: Tensor, dst: int | None = None, op: Any = ReduceOp.SUM, group: Any = None, async_op: bool = False,
           group_dst: int | None = None) -> Work | None:
    """Replace a tensor in one process by the sum (or another reduction) of all; see `all_reduce`."""
    if outside(group):
        _absent(group, "reduce")
        return None
    g = resolve(group)
    root = one_rank(g, dst, group_dst)
    check_tensor(tensor, "tensor")
    _root(g, root, "reduce")
    op = RedOpType(op)
    array = tensor._host()
    check(op, array.dtype, "reduce")
    key, what = g._next_key(), _what("reduce", array, op)

    def compute() -> Any:
        got = to_one(g, key, what, root, as_bytes(array))
        return got and reduced(op, [_array(d, array) for d in got])

    return run(compute, lambda total: None if total is None else tensor._write_host(total), async_op, [tensor])


def to_one(group: ProcessGroup, key: str, what: str, root: int, data: Any) -> list[Any] | None:
    """The bytes of all processes, in one; None in the others."""
    sources = range(group.size()) if root == group.rank() else ()
    got = group._exchange(key, what, {root: data}, sources)
    return list(got.values()) or None


# ---------------------------------------------------------------- one tensor from each, or for each
def all_gather(tensor_list: list[Tensor], tensor: Tensor, group: Any = None, async_op: bool = False) -> Work | None:
    """Write the tensors of all processes into a list of tensors, in the order of the ranks."""
    _check_list(tensor_list, "tensor_list")
    check_tensor(tensor, "tensor")
    _check_dtypes(tensor_list, [tensor])
    if _absent(group, "all_gather"):
        return None
    g = resolve(group)
    if len(tensor_list) != g.size():
        raise RuntimeError("ProcessGroupGloo::allgather: invalid output tensor list at index 0 (expected length "
                           f"{g.size()}, got {len(tensor_list)})")
    _check_sizes(tensor_list, tensor, "allgather")
    array = tensor._host()
    key, what, everyone = g._next_key(), _what("all_gather", array), range(g.size())
    return run(lambda: from_all(g, key, what, as_bytes(array)),
               lambda got: _write(tensor_list, [_array(got[r], array) for r in everyone]), async_op, tensor_list)


def from_all(group: ProcessGroup, key: str, what: str, data: Any,
             timeout: datetime.timedelta | None = None) -> dict[int, Any]:
    """The bytes of all processes, in all."""
    everyone = range(group.size())
    return group._exchange(key, what, dict.fromkeys(everyone, data), everyone, timeout)


def _chunks(tensor: Tensor, group: ProcessGroup) -> list[Tensor]:
    return list(tensor.detach().chunk(group.size()))


def all_gather_single(output_tensor: Tensor, input_tensor: Tensor, group: Any = None, async_op: bool = False
                      ) -> Work | None:
    """Write the tensors of all processes, one after the other along the first dimension, into one tensor."""
    check_tensor(input_tensor, "input_tensor")
    check_tensor(output_tensor, "output_tensor")
    if _absent(group, "all_gather_single"):
        return None
    g = resolve(group)
    return all_gather(_chunks(output_tensor, g), input_tensor, g, async_op)


def all_gather_into_tensor(output_tensor: Tensor, input_tensor: Tensor, group: Any = None, async_op: bool = False
                           ) -> Work | None:
    """`all_gather_single`'s old name."""
    warnings.warn(_RENAMED.format("all_gather_into_tensor", "all_gather_single"), FutureWarning, stacklevel=2)
    return all_gather_single(output_tensor, input_tensor, group, async_op)


def reduce_scatter(output: Tensor, input_list: list[Tensor], op: Any = ReduceOp.SUM, group: Any = None,
                   async_op: bool = False) -> Work | None:
    """Write into `output` the sum, over the processes, of that tensor of their lists which has this one's rank."""
    check_tensor(output, "output")
    _check_list(input_list, "input_list")
    _check_dtypes([output], input_list)
    if _absent(group, "reduce_scatter"):
        return None
    g = resolve(group)
    if len(input_list) != g.size():
        raise RuntimeError("ProcessGroupGloo::reduce_scatter: invalid input tensor list at index 0 (expected length "
                           f"{g.size()}, got {len(input_list)})")
    _check_sizes(input_list, output, "reduce_scatter")
    op = RedOpType(op)
    arrays = [t._host() for t in input_list]
    check(op, arrays[0].dtype, "reduce_scatter")
    key, what = g._next_key(), _what("reduce_scatter", arrays[0], op)

    def compute() -> np.ndarray:
        got = g._exchange(key, what, {r: as_bytes(a) for r, a in enumerate(arrays)}, range(g.size()))
        return reduced(op, [_array(d, arrays[0]) for d in got.values()])

    return run(compute, lambda total: output._write_host(total), async_op)


def reduce_scatter_single(output: Tensor, input: Tensor, op: Any = ReduceOp.SUM, group: Any = None,
                          async_op: bool = False) -> Work | None:
    """`reduce_scatter`, of the parts of one tensor along its first dimension."""
    check_tensor(output, "output")
    check_tensor(input, "input")
    if _absent(group, "reduce_scatter_single"):
        return None
    g = resolve(group)
    return reduce_scatter(output, _chunks(input, g), op, g, async_op)


def reduce_scatter_tensor(output: Tensor, input: Tensor, op: Any = ReduceOp.SUM, group: Any = None,
                          async_op: bool = False) -> Work | None:
    """`reduce_scatter_single`'s old name."""
    warnings.warn(_RENAMED.format("reduce_scatter_tensor", "reduce_scatter_single"), FutureWarning, stacklevel=2)
    return reduce_scatter_single(output, input, op, group, async_op)


def scatter(tensor: Tensor, scatter_list: list[Tensor] | None = None, src: int | None = None, group: Any = None,
            async_op: bool = False, group_src: int | None = None) -> Work | None:
    """Write into each process's tensor its own of a list that one process has."""
    check_tensor(tensor, "tensor")
    if scatter_list:
        _check_list(scatter_list, "scatter_list")
    given = scatter_list or []
    _check_dtypes([tensor], given)
    if _absent(group, "scatter"):
        return None
    g = resolve(group)
    root = one_rank(g, src, group_src, 0)
    array = tensor._host()
    if root != g.rank():
        if given:
            raise ValueError("Argument ``scatter_list`` must NOT be specified on non-source ranks.")
        key, what = g._next_key(), _what("scatter", array)
        return run(lambda: g._receive(root, key, what),
                   lambda data: tensor._write_host(_array(data, array)), async_op, [tensor])
    if not given:
        raise ValueError("Argument ``scatter_list`` must be specified on source rank.")
    if len(given) != g.size():
        raise RuntimeError(f"ProcessGroupGloo::scatter: Incorrect input list size {len(given)}. Input list size should "
                           f"be {g.size()}, same as size of the process group.")
    _check_sizes(given, tensor, "scatter")
    arrays = [t._host() for t in given]
    key, what = g._next_key(), _what("scatter", array)
    return run(lambda: g._exchange(key, what, {r: as_bytes(a) for r, a in enumerate(arrays)}, [root]),
               lambda _: tensor._write_host(arrays[root]), async_op, [tensor])


def gather(tensor: Tensor, gather_list: list[Tensor] | None = None, dst: int | None = None, group: Any = None,
           async_op: bool = False, group_dst: int | None = None) -> Work | None:
    """Write the tensors of all processes into a list that one process has."""
    check_tensor(tensor, "tensor")
    if gather_list:
        _check_list(gather_list, "gather_list")
    into = gather_list or []
    _check_dtypes([tensor], into)
    if _absent(group, "gather"):
        return None
    g = resolve(group)
    root = one_rank(g, dst, group_dst, 0)
    if root == g.rank():
        if not into:
            raise ValueError("Argument ``gather_list`` must be specified on destination rank.")
        if len(into) != g.size():
            raise RuntimeError(f"ProcessGroupGloo::gather: Incorrect output list size {len(into)}. Output list size "
                               f"should be {g.size()}, same as size of the process group.")
        _check_sizes(into, tensor, "gather")
    elif into:
        raise ValueError("Argument ``gather_list`` must NOT be specified on non-destination ranks.")
    array = tensor._host()
    key, what = g._next_key(), _what("gather", array)
    return run(lambda: to_one(g, key, what, root, as_bytes(array)),
               lambda got: _write(into, [_array(d, array) for d in got or ()]), async_op, into)


def all_to_all(output_tensor_list: list[Tensor], input_tensor_list: list[Tensor], group: Any = None,
               async_op: bool = False) -> Work | None:
    """Send the n-th tensor of a list to the n-th process; write what the n-th sends into the n-th of another."""
    _check_list(output_tensor_list, "output_tensor_list")
    _check_list(input_tensor_list, "input_tensor_list")
    _check_dtypes(output_tensor_list, input_tensor_list)
    if _absent(group, "all_to_all"):
        return None
    g = resolve(group)
    for name, tensors in (("output", output_tensor_list), ("input", input_tensor_list)):
        if len(tensors) != g.size():
            raise RuntimeError(f"ProcessGroupGloo::alltoall: invalid {name} tensor list (expected length {g.size()}, "
                               f"got {len(tensors)})")
    arrays = [t._host() for t in input_tensor_list]
    key, what = g._next_key(), f"all_to_all({arrays[0].dtype})"

    def finish(got: dict[int, Any]) -> None:
        for r, t in enumerate(output_tensor_list):
            values = np.frombuffer(got[r], arrays[0].dtype)
            if values.size != t.numel():
                raise RuntimeError(f"all_to_all: rank {r} sent {values.size} elements for a tensor of {t.numel()}")
            t._write_host(values.reshape(t.shape))

    return run(lambda: g._exchange(key, what, {r: as_bytes(a) for r, a in enumerate(arrays)}, range(g.size())),
               finish, async_op, output_tensor_list)


def all_to_all_single(output: Tensor, input: Tensor, output_split_sizes: list[int] | None = None,
                      input_split_sizes: list[int] | None = None, group: Any = None, async_op: bool = False
                      ) -> Work | None:
    """`all_to_all`, of the parts of one tensor along its first dimension into those of another."""
    check_tensor(output, "output")
    check_tensor(input, "input")
    _check_dtypes([output], [input])
    if _absent(group, "all_to_all_single"):
        return None
    g = resolve(group)
    parts = [_split(t, sizes, g) for t, sizes in ((output, output_split_sizes), (input, input_split_sizes))]
    return all_to_all(parts[0], parts[1], g, async_op)


def _split(tensor: Tensor, sizes: list[int] | None, group: ProcessGroup) -> list[Tensor]:
    n = tensor.shape[0]
    if not sizes:
        if n % group.size():
            raise RuntimeError("Tensor's dim 0 does not divide equally across group size")
        sizes = [n // group.size()] * group.size()
    if len(sizes) != group.size():
        raise RuntimeError("Number of tensor splits not equal to group size")
    if sum(sizes) != n:
        raise RuntimeError("Split sizes doesn't match total dim 0 size")
    return list(tensor.detach().split(sizes))


# ---------------------------------------------------------------- waiting for each other
def barrier(group: Any = None, async_op: bool = False, device_ids: Any = None,
            timeout: datetime.timedelta | None = None) -> Work | None:
    """Wait until all processes of the group are here.

    Args:
      group: The group.
      async_op: Whether to return a Work.
      device_ids: Ignored.
      timeout: How long to wait, the group's if None.

    Raises:
      RuntimeError: if a process ends, or doesn't come in time.
    """
    if _absent(group, "barrier"):
        return None
    g = resolve(group)
    key = g._next_key()
    return run(lambda: from_all(g, key, "barrier", b"", timeout), lambda _: None, async_op, [])


def monitored_barrier(group: Any = None, timeout: datetime.timedelta | None = None, wait_all_ranks: bool = False
                      ) -> None:
    """`barrier`, whose error in rank 0 names the processes that did not come.

    Args:
      group: The group.
      timeout: How long to wait, 30 minutes if None.
      wait_all_ranks: Whether to name all of them, not only the first.

    Raises:
      RuntimeError: if a process doesn't come in time.
    """
    if _absent(group, "monitored_barrier"):
        return
    g = resolve(group)
    key, limit = g._next_key(), timeout or default_pg_timeout
    if g.rank() != 0:
        g._send(0, key, "monitored_barrier", b"")
        g._receive(0, key, "monitored_barrier", limit)
        return
    late: list[int] = []
    first: RuntimeError | None = None
    for r in range(1, g.size()):
        try:
            g._receive(r, key, "monitored_barrier", limit)
        except RuntimeError as error:
            first = first or error
            late.append(r)
            if not wait_all_ranks:
                break
    if late:
        names = ", ".join(str(g._ranks[r]) for r in late)
        which = f"Ranks {names}" if wait_all_ranks else f"Rank {names}"
        raise RuntimeError(f"[Rank 0]: {which} failed to pass monitoredBarrier in {limit.total_seconds() * 1000:.0f} "
                           "ms") from first
    for r in range(1, g.size()):
        g._send(r, key, "monitored_barrier", b"")
