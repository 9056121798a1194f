"""Process groups: which processes there are, and which of them talk to each other."""

from __future__ import annotations

import datetime
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np

from compat._engine.program import cut
from compat._later import refuse
from compat._tensor.tensor import Tensor
from compat.distributed._connections import Connections
from compat.distributed._file_store import FileStore
from compat.distributed._store import TCPStore
from compat.futures import Future

default_pg_timeout = datetime.timedelta(minutes=30)
_NOT_INITIALIZED = "Default process group has not been initialized, please make sure to call init_process_group."
_RENDEZVOUS = "Error initializing torch.distributed using {}:// rendezvous: "
_ENV = _RENDEZVOUS.format("env")
_ABSENT = {"nccl": "NCCL", "mpi": "MPI", "ucc": "UCC", "xccl": "XCCL"}


class GroupMember:
    """What stands for the group of all processes, and for one that this process is not in."""

    WORLD: Any = None
    NON_GROUP_MEMBER = -100


class _GroupType(type):
    @property
    def WORLD(cls) -> ProcessGroup | None:
        """The group of all processes, None before there is one."""
        return _world.default

    @WORLD.setter
    def WORLD(cls, made: ProcessGroup | None) -> None:
        _world.default = made


class group(metaclass=_GroupType):  # noqa: N801 - torch's own name
    """``group.WORLD`` is the group of all processes."""


class Backend(str):
    """The name of a backend; ``Backend.GLOO`` is the one there is."""

    UNDEFINED, GLOO, NCCL, UCC, MPI, XCCL = "undefined", "gloo", "nccl", "ucc", "mpi", "xccl"


class ProcessGroup:
    """Some of the processes, in order; made by `init_process_group` and `new_group`."""

    def __init__(self, connections: Connections | None, rank: int, ranks: Sequence[int], name: str,
                 timeout: datetime.timedelta) -> None:
        self._connections = connections
        self._ranks, self._name, self._timeout = list(ranks), name, timeout
        self._rank = self._ranks.index(rank)
        self._count = 0
        self._counting = threading.Lock()

    def rank(self) -> int:
        """The number of this process in the group."""
        return self._rank

    def size(self) -> int:
        """How many processes are in the group."""
        return len(self._ranks)

    def name(self) -> str:
        """The backend's name."""
        return "gloo"

    @property
    def group_name(self) -> str:
        """The group's name."""
        return self._name

    def __repr__(self) -> str:
        return f"<torch.distributed.ProcessGroup {self._name}: rank {self._rank} of ranks {self._ranks}>"

    # What follows is for the collectives: ranks are those in the group.

    def _next_key(self) -> str:
        """The key of the next collective, the same in all processes since they call them in the same order."""
        with self._counting:
            self._count += 1
            return f"{self._name}/{self._count}"

    def _send(self, to: int, key: str, what: str, data: Any) -> None:
        if self._connections is None:
            raise RuntimeError("the process group has been destroyed")
        self._connections.send(self._ranks[to], key, what, data)

    def _expect(self, source: int, key: str, array: np.ndarray) -> None:
        """Let what a process will send go into an array."""
        if self._connections is not None:
            self._connections.expect(self._ranks[source], key, as_bytes(array))

    def _receive(self, source: int, key: str, what: str, timeout: datetime.timedelta | None = None) -> Any:
        return self._receive_any({source: key}, what, timeout)[1]

    def _receive_any(self, keys: Mapping[int, str], what: str, timeout: datetime.timedelta | None = None
                     ) -> tuple[int, memoryview]:
        """(who sent it, the bytes): from the first of some processes, each with a key of its own."""
        if self._connections is None:
            raise RuntimeError("the process group has been destroyed")
        source, theirs, data = self._connections.receive({self._ranks[s]: key for s, key in keys.items()},
                                                         timeout or self._timeout)
        if theirs != what:
            raise RuntimeError(
                f"Detected mismatch between collectives on ranks. Rank {self._ranks[self._rank]} is running "
                f"collective: {what}, but Rank {source} is running collective: {theirs}.")
        return self._ranks.index(source), data

    def _exchange(self, key: str, what: str, outgoing: dict[int, Any], sources: Sequence[int],
                  timeout: datetime.timedelta | None = None) -> dict[int, Any]:
        """Send bytes to some processes and get those of others; what goes to itself comes back as it is."""
        for to, data in outgoing.items():
            if to != self._rank:
                self._send(to, key, what, data)
        return {s: outgoing[s] if s == self._rank else self._receive(s, key, what, timeout) for s in sources}


class _World:
    """What this process has set up."""

    def __init__(self) -> None:
        self.default: ProcessGroup | None = None
        self.groups: list[ProcessGroup] = []
        self.made = 0
        self.store: TCPStore | FileStore | None = None


_world = _World()


class Work:
    """An operation that goes on while the program does; the tensors have its results once `wait` has returned."""

    def __init__(self, compute: Callable[[], Any], finish: Callable[[Any], None], source: int | None = None,
                 tensors: Sequence[Tensor] | None = None) -> None:
        self._finish: Callable[[Any], None] | None = finish
        self._result: Any = None
        self._error: BaseException | None = None
        self._source, self._tensors = source, tensors
        self._future: Future[list[Tensor]] | None = None
        self._lock = threading.Lock()
        self._done = threading.Event()
        threading.Thread(target=self._run, args=(compute,), name="collective", daemon=True).start()

    def _run(self, compute: Callable[[], Any]) -> None:
        try:
            self._result = compute()
        except BaseException as error:  # noqa: BLE001 - raised again by whoever waits
            self._error = error
        with self._lock:
            self._done.set()
            future = self._future
        if future is not None:
            self._bring(future)
            cut("thread ended")  # what its callbacks recorded

    def wait(self, timeout: datetime.timedelta | None = None) -> bool:
        """Wait until it is done, and write its results.

        Raises:
          RuntimeError: what it ended with, or if it is not done in time.
        """
        if not self._done.wait(None if timeout is None else timeout.total_seconds()):
            raise RuntimeError("Operation timed out!")
        if self._error is not None:
            raise self._error
        with self._lock:
            finish, self._finish = self._finish, None
            if finish is not None:
                finish(self._result)
        return True

    def is_completed(self) -> bool:
        """Whether it is done; its results are then there."""
        if not self._done.is_set():
            return False
        if self._error is None:
            self.wait()
        return True

    def is_success(self) -> bool:
        """Whether it is done, without an error."""
        return self._done.is_set() and self._error is None

    def exception(self) -> BaseException | None:
        """The error that it ended with."""
        return self._error

    def source_rank(self) -> int:
        """Which process a received tensor came from."""
        if self._source is None:
            raise RuntimeError("sourceRank() may only be called on work objects that correspond to a recv or "
                               "recv-from-any call.")
        return self._source

    def get_future(self) -> Future[list[Tensor]]:
        """The tensors that it writes, as a future: of all collectives but `reduce_scatter`, as in PyTorch's gloo.

        Raises:
          RuntimeError: for others.
        """
        if self._tensors is None:
            raise RuntimeError("Work::getFuture not implemented.")
        with self._lock:
            if self._future is not None:
                return self._future
            future = self._future = Future()
            here = self._done.is_set()
        if here:
            self._bring(future)
        return future

    def _bring(self, future: Future[list[Tensor]]) -> None:
        try:
            self.wait()
        except Exception as error:  # noqa: BLE001 - raised again by whoever waits
            future.set_exception(error)
        else:
            future.set_result(list(self._tensors or ()))


def run(compute: Callable[[], Any], finish: Callable[[Any], None], async_op: bool,
        tensors: Sequence[Tensor] | None = None) -> Work | None:
    """Do a collective now, or as a Work whose future has these tensors."""
    if async_op:
        return Work(compute, finish, tensors=tensors)
    finish(compute())
    return None


# ---------------------------------------------------------------- setting up
def init_process_group(backend: str | None = None, init_method: str | None = None,
                       timeout: datetime.timedelta | None = None, world_size: int = -1, rank: int = -1,
                       store: TCPStore | FileStore | None = None, group_name: str = "", pg_options: Any = None,
                       device_id: Any = None) -> None:
    """Connect this process with the others of its job.

    The processes find each other at ``MASTER_ADDR:MASTER_PORT``, where rank 0 serves, and talk over TCP; anything may
    have been computed before. Each process keeps its own XLA devices, and ``jax.distributed`` is not touched.

    Args:
      backend: ``"gloo"``, or None for it. It also takes tensors on an accelerator, through the host.
      init_method: ``"env://"`` (the default: RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT tell, as
        ``python -m compat.distributed.run`` sets them), ``"tcp://host:port"`` or ``"file:///a/new/file"``, with
        ``?rank=..&world_size=..`` if they are not given here.
      timeout: How long to wait for the others, here and in each collective; 30 minutes if None.
      world_size: Number of processes, where the method does not tell.
      rank: Number of this process.
      store: Through which the processes find each other, instead of `init_method`.
      group_name: Ignored, as in PyTorch.
      pg_options: Not implemented; None.
      device_id: Ignored: tensors say themselves where they are.

    Raises:
      ValueError: if it was called before, or something is not given.
      DistNetworkError: if rank 0 is not there in time.
      DistStoreError: if the others are not.

    Example:
      >>> torch.distributed.init_process_group(
      ...     "gloo", store=torch.distributed.TCPStore("127.0.0.1", 0, is_master=True), rank=0, world_size=1)
      >>> torch.distributed.get_rank(), torch.distributed.get_world_size()
      (0, 1)
      >>> torch.distributed.destroy_process_group()

    Source:
      PyTorch, ``torch.distributed.init_process_group``.
    """
    if _world.default is not None:
        raise ValueError("trying to initialize the default process group twice!")
    assert store is None or init_method is None, "Cannot specify both init_method and store."
    if pg_options is not None:
        refuse("torch.distributed.init_process_group(pg_options=)")
    _check_backend(backend)
    timeout = timeout or default_pg_timeout
    if store is None:
        where, rank, world_size = _rendezvous(init_method or "env://", rank, world_size)
        _check_rank(rank, world_size)
        if isinstance(where, str):
            store = FileStore(where, world_size)
            store.set_timeout(timeout)
        else:
            store = TCPStore(*where, world_size, rank == 0, timeout)
    else:
        assert world_size > 0, "world_size must be positive if using store"
        assert rank >= 0, "rank must be non-negative if using store"
        _check_rank(rank, world_size)
    try:
        connections = Connections(store, rank, world_size, timeout)
    except RuntimeError:
        store.close()
        raise
    _world.store = store
    _world.default = ProcessGroup(connections, rank, range(world_size), "0", timeout)
    _world.groups = [_world.default]


def _check_rank(rank: int, world_size: int) -> None:
    if not 0 <= rank < world_size:
        raise ValueError(f"Invalid rank {rank}, rank should be in the interval [0, {world_size - 1}]")


def _check_backend(backend: str | None) -> None:
    names = [part.rpartition(":")[2] for part in (backend or "gloo").lower().split(",")]
    if "gloo" in names or names == ["undefined"]:
        return
    for name in names:
        if name in _ABSENT:
            raise RuntimeError(f"Distributed package doesn't have {_ABSENT[name]} built in")
    raise ValueError(f"Invalid backend: '{backend}'")


def _rendezvous(method: str, rank: int, world_size: int) -> tuple[str | tuple[str, int], int, int]:
    """(file, or host and port, rank, world size)."""
    url = urlsplit(method)
    query = {k: v[0] for k, v in parse_qs(url.query).items()}
    if rank < 0:
        rank = int(query.get("rank", -1))
    if world_size < 0:
        world_size = int(query.get("world_size", -1))
    if url.scheme in ("tcp", "file"):
        missing = ("port number" if url.scheme == "tcp" and url.port is None
                   else "path" if url.scheme == "file" and not url.path
                   else "rank parameter" if rank < 0 else "world size parameter" if world_size < 0 else None)
        if missing is not None:
            raise ValueError(f"{_RENDEZVOUS.format(url.scheme)}{missing} missing")
        where = url.path if url.port is None else (url.hostname or "", url.port)
        return where, rank, world_size
    if url.scheme == "env":
        rank = int(_variable("RANK")) if rank < 0 else rank
        world_size = int(_variable("WORLD_SIZE")) if world_size < 0 else world_size
        return (_variable("MASTER_ADDR"), int(_variable("MASTER_PORT"))), rank, world_size
    raise RuntimeError(f"No rendezvous handler for {url.scheme}://")


def _variable(name: str) -> str:
    value = os.environ.get(name)
    if value is None:
        raise ValueError(f"{_ENV}environment variable {name} expected, but not set")
    return value


def destroy_process_group(group: ProcessGroup | None = None) -> None:
    """End the group; without an argument all of them, and the connections.

    Args:
      group: The group, the default one if None.
    """
    if group is GroupMember.NON_GROUP_MEMBER:
        return
    ended = group or _world.default
    assert ended is not None, "Process group cannot be None"
    if ended not in _world.groups:
        raise ValueError("Invalid process group specified")
    if ended is not _world.default:
        _world.groups.remove(ended)
        ended._connections = None
        return
    if ended._connections is not None:
        ended._connections.close()
    if _world.store is not None:
        _world.store.close()
    for each in _world.groups:
        each._connections = None
    _world.__init__()


def new_group(ranks: Sequence[int] | None = None, timeout: datetime.timedelta | None = None,
              backend: str | None = None, pg_options: Any = None, use_local_synchronization: bool = False,
              group_desc: str | None = None, device_id: Any = None, sort_ranks: bool = True) -> Any:
    """A group of some of the processes. All processes call it, with the same arguments and in the same order.

    Args:
      ranks: The processes, all if None.
      timeout: Of its collectives; that of the default group if None.
      backend: ``"gloo"`` or None.
      pg_options: Not implemented; None.
      use_local_synchronization: Not implemented; False.
      group_desc: Ignored.
      device_id: Ignored.
      sort_ranks: Whether the processes are numbered in the order of their ranks, instead of that of `ranks`.

    Returns:
      The group, or ``GroupMember.NON_GROUP_MEMBER`` in a process that is not in it.

    Raises:
      ValueError: for ranks that do not exist or come twice.
    """
    world = resolve(None)
    if pg_options is not None or use_local_synchronization:
        name = "pg_options" if pg_options is not None else "use_local_synchronization"
        refuse(f"torch.distributed.new_group({name}=)")
    if backend is not None:
        _check_backend(backend)
    chosen = list(range(world.size()) if ranks is None else ranks)
    for r in chosen:
        if not 0 <= r < world.size():
            raise ValueError(f"Rank {r} is out of range. Valid ranks are 0 to {world.size() - 1} "
                             f"(world_size={world.size()})")
    if len(set(chosen)) < len(chosen):
        raise ValueError(f"ranks list must not contain duplicate entries, got {chosen}")
    _world.made += 1
    if world.rank() not in chosen:
        return GroupMember.NON_GROUP_MEMBER
    made = ProcessGroup(world._connections, world.rank(), sorted(chosen) if sort_ranks else chosen, str(_world.made),
                        timeout or world._timeout)
    _world.groups.append(made)
    return made


def new_subgroups(group_size: int | None = None, group: Any = None, timeout: datetime.timedelta | None = None,
                  backend: str | None = None, pg_options: Any = None, group_desc: str | None = None
                  ) -> tuple[Any, list[Any]]:
    """Groups of so many processes each, in the order of their ranks. All processes call it.

    Args:
      group_size: Processes in each; it divides the number of all.
      group: Whose processes, all if None.
      timeout: Of the groups' collectives.
      backend: ``"gloo"`` or None.
      pg_options: Not implemented; None.
      group_desc: Ignored.

    Returns:
      This process's group, and all of them.

    Raises:
      ValueError: if the size is missing, or does not divide the number of processes.
    """
    if group_size is None:
        raise ValueError("Default group size only takes effect when CUDA is available.If your subgroup using a backend "
                         "that does not depend on CUDA,please pass in 'group_size' correctly.")
    if group_size <= 0:
        raise ValueError(f"The arg 'group_size' ({group_size}) must be positive")
    ranks = get_process_group_ranks(group)
    if len(ranks) < group_size:
        raise ValueError(f"The arg 'group_size' ({group_size}) must not exceed the world size ({len(ranks)})")
    if len(ranks) % group_size:
        raise ValueError(f"The world size ({len(ranks)}) must be divisible by '{group_size=}'")
    return new_subgroups_by_enumeration([ranks[i:i + group_size] for i in range(0, len(ranks), group_size)], timeout,
                                        backend, pg_options, group_desc)


def new_subgroups_by_enumeration(ranks_per_subgroup_list: Sequence[Sequence[int]],
                                 timeout: datetime.timedelta | None = None, backend: str | None = None,
                                 pg_options: Any = None, group_desc: str | None = None) -> tuple[Any, list[Any]]:
    """A group for each of several lists of processes that do not overlap. All processes call it.

    Args:
      ranks_per_subgroup_list: The lists.
      timeout: Of the groups' collectives.
      backend: ``"gloo"`` or None.
      pg_options: Not implemented; None.
      group_desc: Ignored.

    Returns:
      The group that this process is in, None if it is in none, and all of them.

    Raises:
      ValueError: if there is no list, or a process is in two of them.
    """
    if not ranks_per_subgroup_list:
        raise ValueError("The arg 'ranks_per_subgroup_list' cannot be empty")
    made, mine, where = [], None, {}
    for ranks in ranks_per_subgroup_list:
        made.append(new_group(ranks, timeout, backend, pg_options, group_desc=group_desc))
        for r in ranks:
            if r in where:
                raise ValueError(f"Rank {r} has appeared in both subgroup {where[r]} and {ranks}")
            where[r] = ranks
        if get_rank() in ranks:
            mine = made[-1]
    return mine, made


# ---------------------------------------------------------------- asking
def resolve(group: Any) -> ProcessGroup:
    """The group an argument means.

    Raises:
      ValueError: PyTorch's text, if there is none yet.
    """
    if group is not None:
        return group
    if _world.default is None:
        raise ValueError(_NOT_INITIALIZED)
    return _world.default


def outside(group: Any) -> bool:
    """Whether this process is not in the group."""
    return group is not None and group is GroupMember.NON_GROUP_MEMBER


def is_available() -> bool:
    """True: there are process groups."""
    return True


def is_initialized() -> bool:
    """Whether `init_process_group` has been called."""
    return _world.default is not None


def get_rank(group: Any = None) -> int:
    """The number of this process in a group, -1 if it is not in it."""
    return -1 if outside(group) else resolve(group).rank()


def get_world_size(group: Any = None) -> int:
    """How many processes are in a group, -1 if this one is not in it."""
    return -1 if outside(group) else resolve(group).size()


def get_backend(group: Any = None) -> Backend:
    """The group's backend."""
    if outside(group):
        raise ValueError("Invalid process group specified")
    return Backend(resolve(group).name())


def get_process_group_ranks(group: Any = None) -> list[int]:
    """The ranks, among all processes, of those in a group."""
    return list(resolve(group)._ranks)


def get_group_rank(group: ProcessGroup, global_rank: int) -> int:
    """The rank in a group of a process.

    Raises:
      ValueError: if it is not in it.
    """
    if global_rank not in group._ranks:
        raise ValueError(f"Global rank {global_rank} is not part of group {group}")
    return group._ranks.index(global_rank)


def get_global_rank(group: ProcessGroup, group_rank: int) -> int:
    """The rank among all processes of a member of a group.

    Raises:
      ValueError: if the group has no such member.
    """
    if not 0 <= group_rank < group.size():
        raise ValueError(f"Group rank {group_rank} is not part of group {group}")
    return group._ranks[group_rank]


def get_node_local_rank(fallback_rank: int | None = None) -> int:
    """The number of this process on its machine, which the launcher sets.

    Raises:
      RuntimeError: if no launcher did, and there is no `fallback_rank`.
    """
    if "LOCAL_RANK" in os.environ:
        return int(os.environ["LOCAL_RANK"])
    if fallback_rank is not None:
        return int(fallback_rank)
    raise RuntimeError("LOCAL_RANK is not in the environment. Consider passing fallback_rank to allow "
                       "`get_node_local_rank` to work, assuming you are not running in a multi-device context and want "
                       "the code to run locally instead.")


def is_torchelastic_launched() -> bool:
    """Whether ``python -m compat.distributed.run`` started this process."""
    return os.environ.get("TORCHELASTIC_RUN_ID") is not None


def is_backend_available(backend: str) -> bool:
    """Whether a backend is there."""
    return backend.lower() == "gloo"


def get_default_backend_for_device(device: Any) -> str:
    """The backend for a device: gloo for all."""
    return "gloo"


def one_rank(group: ProcessGroup, global_rank: int | None, group_rank: int | None, default: int | None = None) -> int:
    """The rank in a group of the process that ``src`` or ``group_src`` (or ``dst``) names.

    Raises:
      ValueError: if both or none do, or it is not in the group.
    """
    if global_rank is not None and group_rank is not None:
        raise ValueError("Can't specify both group_rank and global_rank")
    if group_rank is not None:
        return group_rank
    if global_rank is None:
        if default is None:
            raise ValueError("Must specify global_rank or group_rank")
        global_rank = default
    return global_rank if group is _world.default else get_group_rank(group, global_rank)


def as_bytes(array: np.ndarray) -> memoryview:
    """An array's bytes."""
    return memoryview(np.ascontiguousarray(array).reshape(-1).view(np.uint8))


