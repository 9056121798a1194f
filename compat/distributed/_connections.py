"""Connections between all processes of a job, over which tensors travel as bytes.

XLA has collectives of its own between processes, and they are not used here. ``jax.distributed.initialize`` must come
before the first array, while programs call ``torch.manual_seed`` and build a model before ``init_process_group``; a
collective has no timeout; and when a process dies, the coordination service aborts the others as they end.

There is one connection for each pair of processes, with a thread that reads it at once into memory: sending never waits
for the other side to ask, so no order of operations can lock two processes. A process that ends closes its connections,
and whoever waits for it then raises.
"""

from __future__ import annotations

import datetime
import socket
import threading
import time
from collections import deque
from collections.abc import Mapping
from typing import Any

from compat.distributed._errors import DistNetworkError
from compat.distributed._frames import receive_frame, send_frame
from compat.distributed._store import TCPStore, close


class _Peer:
    """Another process: its connection, and what it has sent that nobody has asked for yet."""

    def __init__(self, rank: int, connection: socket.socket) -> None:
        self.rank, self.connection = rank, connection
        self.address = "[{}]:{}".format(*connection.getpeername()[:2])
        self.sending = threading.Lock()
        self.arrived: dict[str, deque[tuple[str, bytearray]]] = {}
        self.closed = False


class Connections:
    """This process's connections to all others.

    Args:
      store: Through which the processes find each other.
      rank: Number of this one.
      size: How many there are.
      timeout: How long to wait for the others.
    """

    def __init__(self, store: TCPStore, rank: int, size: int, timeout: datetime.timedelta) -> None:
        self.rank, self.size = rank, size
        self.changed = threading.Condition()
        self.peers: dict[int, _Peer] = {}
        listener = socket.create_server((store.local_address(), 0), backlog=size)
        try:
            store.set(f"address/{rank}", "{} {}".format(*listener.getsockname()[:2]))
            listener.settimeout(timeout.total_seconds())
            for other in range(rank):
                host, port = store.get(f"address/{other}").decode().split()
                connection = socket.create_connection((host, int(port)), timeout.total_seconds())
                send_frame(connection, str(rank))
                self._add(other, connection)
            while len(self.peers) < size - 1:
                connection, _ = listener.accept()
                connection.settimeout(timeout.total_seconds())
                hello = receive_frame(connection)
                if hello is not None:
                    self._add(int(hello[0]), connection)
        except OSError as error:
            self.close()
            raise DistNetworkError(f"Rank {rank} could not connect to all of the {size} processes: {error}") from error
        finally:
            listener.close()

    def _add(self, rank: int, connection: socket.socket) -> None:
        connection.settimeout(None)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        peer = self.peers[rank] = _Peer(rank, connection)
        threading.Thread(target=self._read, args=(peer,), name=f"from rank {rank}", daemon=True).start()

    def _read(self, peer: _Peer) -> None:
        while True:
            try:
                frame = receive_frame(peer.connection)
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

    def receive(self, keys: Mapping[int, str], timeout: datetime.timedelta) -> tuple[int, str, bytearray]:
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
