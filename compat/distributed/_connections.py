"""Connections between all processes of a job, over which tensors travel as bytes.

XLA has collectives of its own between processes, and they are not used here. ``jax.distributed.initialize`` must come
before the first array, while programs call ``torch.manual_seed`` and build a model before ``init_process_group``; a
collective has no timeout; and when a process dies, the coordination service aborts the others as they end.

There is one connection for each pair of processes: a Unix socket on one machine, three times as fast as TCP there. A
thread reads it at once into memory: sending never waits for the other side to ask, so no order of operations can lock
two processes. A process that ends closes its connections, and whoever waits for it then raises.
"""

from __future__ import annotations

import contextlib
import datetime
import os
import pathlib
import secrets
import select
import socket
import threading
import time
from collections import deque
from collections.abc import Mapping
from typing import Any

from compat.distributed._errors import DistNetworkError
from compat.distributed._file_store import FileStore
from compat.distributed._frames import memory, receive_frame, send_frame
from compat.distributed._store import TCPStore, close


def _machine() -> str:
    """What only processes that reach each other by Unix sockets have in common; nothing elsewhere than on Linux."""
    try:
        boot = pathlib.Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}/{os.readlink('/proc/self/ns/net')}"
    except OSError:
        return "-"


def _local_listener(backlog: int) -> socket.socket | None:
    """A Unix socket without a file, where there are such."""
    if _machine() == "-":
        return None
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    made.bind(f"\0compat-distributed-{secrets.token_hex(16)}")
    made.listen(backlog)
    return made


def _connect(address: str, timeout: float) -> socket.socket:
    """A connection to the process that published an address."""
    host, port, machine, *local = address.split()
    if not local or machine != _machine():
        return socket.create_connection((host, int(port)), timeout)
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    made.settimeout(timeout)
    try:
        made.connect("\0" + local[0])
    except OSError:
        made.close()
        raise
    return made


class _Peer:
    """Another process: its connection, what it sent that nobody asked for yet, and where what comes shall go."""

    def __init__(self, rank: int, connection: socket.socket) -> None:
        self.rank, self.connection = rank, connection
        local = connection.family != socket.AF_INET and connection.family != socket.AF_INET6
        self.address = "[localhost]" if local else "[{}]:{}".format(*connection.getpeername()[:2])
        self.sending = threading.Lock()
        self.arrived: dict[str, deque[tuple[str, memoryview]]] = {}
        self.places: dict[str, memoryview] = {}
        self.closed = False

    def place(self, text: str, n: int) -> memoryview:
        """Where a message goes."""
        view = self.places.pop(text.partition("\n")[0], None)
        return memory(n) if view is None or len(view) != n else view


class Connections:
    """This process's connections to all others.

    Args:
      store: Through which the processes find each other.
      rank: Number of this one.
      size: How many there are.
      timeout: How long to wait for the others.
    """

    def __init__(self, store: TCPStore | FileStore, rank: int, size: int, timeout: datetime.timedelta) -> None:
        self.rank, self.size = rank, size
        self.changed = threading.Condition()
        self.peers: dict[int, _Peer] = {}
        limit = timeout.total_seconds()
        with contextlib.ExitStack() as listeners:
            try:
                listener = listeners.enter_context(socket.create_server((store.local_address(), 0), backlog=size))
                waiting, local = [listener], _local_listener(size)
                if local is not None:
                    waiting.append(listeners.enter_context(local))
                name = "" if local is None else local.getsockname()[1:].decode()
                store.set(f"address/{rank}", "{} {} {} {}".format(*listener.getsockname()[:2], _machine(), name))
                for other in range(rank):
                    connection = _connect(store.get(f"address/{other}").decode(), limit)
                    send_frame(connection, str(rank))
                    self._add(other, connection)
                while len(self.peers) < size - 1:
                    ready = select.select(waiting, [], [], limit)[0]
                    if not ready:
                        raise TimeoutError("timed out")
                    connection, _ = ready[0].accept()
                    connection.settimeout(limit)
                    hello = receive_frame(connection)
                    if hello is not None:
                        self._add(int(hello[0]), connection)
            except OSError as error:
                self.close()
                raise DistNetworkError(f"Rank {rank} could not connect to all of the {size} processes: {error}"
                                       ) from error

    def _add(self, rank: int, connection: socket.socket) -> None:
        connection.settimeout(None)
        if connection.family in (socket.AF_INET, socket.AF_INET6):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        peer = self.peers[rank] = _Peer(rank, connection)
        threading.Thread(target=self._read, args=(peer,), name=f"from rank {rank}", daemon=True).start()

    def _read(self, peer: _Peer) -> None:
        while True:
            try:
                frame = receive_frame(peer.connection, peer.place)
            except OSError:  # reset, or closed here: over either way
                frame = None
            with self.changed:
                if frame is None:
                    peer.closed = True
                else:
                    key, _, what = frame[0].partition("\n")
                    peer.arrived.setdefault(key, deque()).append((what, frame[1]))
                self.changed.notify_all()
            if frame is None:
                return

    def expect(self, source: int, key: str, view: memoryview) -> None:
        """Let bytes that a process will send go to a place of the caller's, where they are then `receive`'s result."""
        self.peers[source].places[key] = view

    def send(self, to: int, key: str, what: str, data: Any) -> None:
        """Send bytes to a process.

        Args:
          to: Its rank.
          key: Under which it waits for them.
          what: What they are, for its error message if it expects something else.
          data: The bytes.

        Raises:
          RuntimeError: if that process is gone.
        """
        peer = self.peers[to]
        try:
            with peer.sending:
                send_frame(peer.connection, f"{key}\n{what}", data)
        except OSError as error:
            raise RuntimeError(self._gone(peer)) from error

    def receive(self, keys: Mapping[int, str], timeout: datetime.timedelta) -> tuple[int, str, memoryview]:
        """The next bytes from one of some processes.

        Args:
          keys: The ranks of the processes, and under which key each sends.
          timeout: How long to wait.

        Returns:
          (the rank they came from, what they are, the bytes).

        Raises:
          RuntimeError: if these processes are gone, or do not send in time.
        """
        deadline = time.monotonic() + timeout.total_seconds()
        with self.changed:
            while True:
                closed = None
                for rank, key in keys.items():
                    peer = self.peers[rank]
                    waiting = peer.arrived.get(key)
                    if waiting:
                        what, data = waiting.popleft()
                        if not waiting:
                            del peer.arrived[key]
                        return rank, what, data
                    if peer.closed:
                        closed = peer
                if closed is not None:
                    raise RuntimeError(self._gone(closed))
                left = deadline - time.monotonic()
                if left <= 0 or not self.changed.wait(left) and time.monotonic() >= deadline:
                    ranks = ", ".join(map(str, keys))
                    raise RuntimeError(f"Timed out waiting {timeout.total_seconds() * 1000:.0f}ms for recv operation "
                                       f"to complete: nothing came from rank {ranks}")

    @staticmethod
    def _gone(peer: _Peer) -> str:
        return f"Connection closed by peer {peer.address}: rank {peer.rank} has ended or destroyed its process group"

    def close(self) -> None:
        """End all connections; what was sent still arrives."""
        for peer in self.peers.values():
            close(peer.connection)
