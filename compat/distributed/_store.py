"""The store: a dictionary that one process serves and all processes of a job read and write."""

from __future__ import annotations

import contextlib
import datetime
import errno
import socket
import threading
import time
from collections.abc import Sequence

from compat.distributed._errors import DistNetworkError, DistStoreError
from compat.distributed._frames import receive_frame, send_frame

DEFAULT_TIMEOUT = datetime.timedelta(seconds=300)
_RETRY = 0.05  # seconds between attempts to reach a server that is not there yet


def close(connection: socket.socket) -> None:
    """Close a socket, and wake the thread that waits for it."""
    with contextlib.suppress(OSError):  # the other side was first
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()


class Store:
    """The base class, as PyTorch has it."""

    timeout: datetime.timedelta

    def set_timeout(self, timeout: datetime.timedelta) -> None:
        """How long `get` and `wait` wait."""
        self.timeout = timeout


class _Server:
    """Serves the dictionary; a thread for each client."""

    def __init__(self, host: str, port: int) -> None:
        try:
            self.listener = socket.create_server((host, port))
        except OSError as error:
            name = errno.errorcode.get(error.errno or 0, "")
            raise DistNetworkError(
                "The server socket has failed to listen on any local network address. "
                f"port: {port}, useIpv6: false, code: -{error.errno}, name: {name}, "
                f"message: {(error.strerror or str(error)).lower()}") from error
        self.port: int = self.listener.getsockname()[1]
        self.values: dict[str, bytes] = {}
        self.changed = threading.Condition()
        self.clients: list[socket.socket] = []
        threading.Thread(target=self._accept, name="store", daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:  # closed
                return
            self.clients.append(client)
            threading.Thread(target=self._serve, args=(client,), name="store client", daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        try:
            while (frame := receive_frame(client)) is not None:
                command, _, key = frame[0].partition(" ")
                ok, answer = self._answer(command, key, bytes(frame[1]))
                send_frame(client, "ok" if ok else "timeout", answer)
        except OSError:  # the client is gone, and what it asked for with it
            return

    def _answer(self, command: str, key: str, data: bytes) -> tuple[bool, bytes]:
        with self.changed:
            if command == "set":
                self.values[key] = data
                self.changed.notify_all()
                return True, b""
            if command == "add":
                total = self.values[key] = str(int(self.values.get(key, b"0")) + int(data)).encode()
                self.changed.notify_all()
                return True, total
            if command == "check":
                return True, b"1" if key in self.values else b"0"
            if command == "delete":
                return True, b"0" if self.values.pop(key, None) is None else b"1"
            if command == "count":
                return True, str(len(self.values)).encode()
            there = self.changed.wait_for(lambda: key in self.values, float(data))
            return there, self.values.get(key, b"")

    def close(self) -> None:
        for each in (self.listener, *self.clients):
            close(each)


class TCPStore(Store):
    """A dictionary of bytes over TCP.

    Args:
      host_name: Where the server is.
      port: Its port; 0 lets the server choose one, see `port`.
      world_size: Number of processes that will come; None if that is not known.
      is_master: Whether this process is the server.
      timeout: How long to wait for the server, for the others, and for a key.
      wait_for_workers: Whether to wait until all have come.

    Raises:
      DistNetworkError: if the server can't be reached, or can't have the port.
      DistStoreError: if the others don't come in time.

    Example:
      >>> store = torch.distributed.TCPStore("127.0.0.1", 0, is_master=True)
      >>> store.set("first", "1")
      >>> store.get("first"), store.add("counter", 5)
      (b'1', 5)

    Source:
      PyTorch, ``torch.distributed.TCPStore``.
    """

    def __init__(self, host_name: str, port: int, world_size: int | None = None, is_master: bool = False,
                 timeout: datetime.timedelta = DEFAULT_TIMEOUT, wait_for_workers: bool = True) -> None:
        self.host, self.timeout = host_name, timeout
        self._server = _Server(host_name, port) if is_master else None
        self.port = port if self._server is None else self._server.port
        self._lock = threading.Lock()
        try:
            self._socket = self._connect()
        except DistNetworkError:
            if self._server is not None:
                self._server.close()
            raise
        if world_size is not None and wait_for_workers:
            try:
                self._wait_for(world_size)
            except DistStoreError:
                self.close()
                raise

    def _connect(self) -> socket.socket:
        limit = self.timeout.total_seconds()
        deadline = time.monotonic() + limit
        while True:
            try:
                made = socket.create_connection((self.host, self.port), timeout=max(deadline - time.monotonic(), 0.1))
                made.settimeout(None)
                made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return made
            except OSError as error:
                if time.monotonic() + _RETRY > deadline:
                    raise DistNetworkError(f"The client socket has timed out after {limit * 1000:.0f}ms while trying "
                                           f"to connect to ({self.host}, {self.port}).") from error
                time.sleep(_RETRY)

    def _wait_for(self, world_size: int) -> None:
        here = self.add("init/", 1)
        if here == world_size:
            self.set("all here", b"")
        try:
            self.wait(["all here"])
        except DistStoreError:
            raise DistStoreError(f"Timed out after {self.timeout.total_seconds():.0f} seconds waiting for clients. "
                                 f"{self.add('init/', 0)}/{world_size} clients joined.") from None

    def _ask(self, command: str, data: bytes = b"") -> bytes | None:
        with self._lock:
            try:
                send_frame(self._socket, command, data)
                frame = receive_frame(self._socket)
            except OSError:
                frame = None
        if frame is None:
            raise DistNetworkError("Failed to recv, got 0 bytes. Connection was likely closed. "
                                   "Did the remote server shutdown or crash?")
        return bytes(frame[1]) if frame[0] == "ok" else None

    def set(self, key: str, value: str | bytes) -> None:
        """Set a key."""
        self._ask(f"set {key}", value.encode() if isinstance(value, str) else value)

    def get(self, key: str) -> bytes:
        """The value of a key, once it is there."""
        value = self._ask(f"get {key}", str(self.timeout.total_seconds()).encode())
        if value is None:
            raise DistStoreError(f"wait timeout after {self.timeout.total_seconds() * 1000:.0f}ms, keys: /{key}")
        return value

    def add(self, key: str, amount: int) -> int:
        """Add to a counter, which starts at 0; its value then."""
        return int(self._ask(f"add {key}", str(amount).encode()) or b"0")

    def check(self, keys: Sequence[str]) -> bool:
        """Whether all of these keys are there."""
        return all(self._ask(f"check {key}") == b"1" for key in keys)

    def wait(self, keys: Sequence[str], timeout: datetime.timedelta | None = None) -> None:
        """Return once all of these keys are there."""
        seconds = (timeout or self.timeout).total_seconds()
        deadline = time.monotonic() + seconds
        for key in keys:
            if self._ask(f"get {key}", str(max(deadline - time.monotonic(), 0.0)).encode()) is None:
                raise DistStoreError(f"wait timeout after {seconds * 1000:.0f}ms, keys: "
                                     + ", ".join(f"/{k}" for k in keys))

    def delete_key(self, key: str) -> bool:
        """Delete a key; whether it was there."""
        return self._ask(f"delete {key}") == b"1"

    def num_keys(self) -> int:
        """Number of keys."""
        return int(self._ask("count") or b"0")

    def local_address(self) -> str:
        """The address of this process on the way to the server."""
        return self._socket.getsockname()[0]

    def __del__(self) -> None:
        if hasattr(self, "_socket"):  # it was set up
            self.close()

    def close(self) -> None:
        """End the connection, and the server where it is here."""
        close(self._socket)
        if self._server is not None:
            self._server.close()
