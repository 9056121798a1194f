"""A store in a file that all processes of a job can open."""

from __future__ import annotations

import contextlib
import datetime
import os
import socket
import struct
import time
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from compat._later import refuse
from compat.distributed._store import DEFAULT_TIMEOUT, Store

try:
    import fcntl
except ImportError:  # on Windows there are no such locks
    fcntl = None

_SIZES = struct.Struct("<qq")  # of a key and its value; -1 for a key that is deleted
_RETRY = 0.01  # seconds between looks at a file that lacks a key
_OPENED, _CLOSED = "/opened", "/closed"


class FileStore(Store):
    """A dictionary of bytes in a file, which the last process that closes it deletes.

    What is set is appended; each process reads what the others appended since it looked last.

    Args:
      file_name: The file; new, or of the same job.
      world_size: Number of processes that use it; 0 or less if that is not known.

    Raises:
      OSError: if the file can't be opened.

    Example:
      >>> import os, tempfile
      >>> folder = tempfile.mkdtemp()
      >>> store = torch.distributed.FileStore(os.path.join(folder, "store"), 1)
      >>> store.set("first", "1")
      >>> store.get("first"), store.add("counter", 5)
      (b'1', 5)
      >>> store.close()
      >>> os.rmdir(folder)  # which is empty again

    Source:
      PyTorch, ``torch.distributed.FileStore``.
    """

    def __init__(self, file_name: str, world_size: int = -1) -> None:
        self.path, self.timeout = os.fspath(file_name), DEFAULT_TIMEOUT
        self._world_size = world_size
        self._values: dict[str, bytes] = {}
        self._read = 0  # bytes of the file
        self.add(_OPENED, 1)
        self._open = True

    @contextlib.contextmanager
    def _locked(self) -> Iterator[BinaryIO]:
        """The file, at its end, for this process alone, with what it holds read."""
        if fcntl is None:
            refuse("torch.distributed.FileStore", "use TCPStore")
        with open(self.path, "ab+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(self._read)
            while head := file.read(_SIZES.size):
                length, n = _SIZES.unpack(head)
                name = file.read(length).decode()
                if n < 0:
                    self._values.pop(name, None)
                else:
                    self._values[name] = file.read(n)
            self._read = file.tell()
            yield file

    def _append(self, file: BinaryIO, key: str, value: bytes | None) -> None:
        name = key.encode()
        file.write(_SIZES.pack(len(name), -1 if value is None else len(value)) + name + (value or b""))

    def set(self, key: str, value: str | bytes) -> None:
        """Set a key."""
        with self._locked() as file:
            self._append(file, key, value.encode() if isinstance(value, str) else value)

    def add(self, key: str, amount: int) -> int:
        """Add to a counter, which starts at 0; its value then."""
        with self._locked() as file:
            total = int(self._values.get(key, b"0")) + amount
            self._append(file, key, str(total).encode())
        return total

    def get(self, key: str) -> bytes:
        """The value of a key, once it is there."""
        if not self._come([key], self.timeout):
            raise RuntimeError(f"Timeout waiting for key: {key} after {self.timeout.total_seconds() * 1000:.0f} ms")
        return self._values[key]

    def check(self, keys: Sequence[str]) -> bool:
        """Whether all of these keys are there."""
        with self._locked():
            return all(key in self._values for key in keys)

    def wait(self, keys: Sequence[str], timeout: datetime.timedelta | None = None) -> None:
        """Return once all of these keys are there."""
        if not self._come(keys, timeout or self.timeout):
            raise RuntimeError("Wait timeout")

    def _come(self, keys: Sequence[str], timeout: datetime.timedelta) -> bool:
        deadline = time.monotonic() + timeout.total_seconds()
        while not self.check(keys):
            if time.monotonic() > deadline:
                return False
            time.sleep(_RETRY)
        return True

    def delete_key(self, key: str) -> bool:
        """Delete a key; True, as in PyTorch, whether or not it was there."""
        with self._locked() as file:
            self._append(file, key, None)
        return True

    def num_keys(self) -> int:
        """Number of keys, with one of the store's own."""
        with self._locked():
            return len(self._values)

    def local_address(self) -> str:
        """An address of this process for the others."""
        try:
            return socket.gethostbyname(socket.gethostname())
        except socket.gaierror:  # a machine without a name of its own is alone
            return "127.0.0.1"

    def __del__(self) -> None:
        if hasattr(self, "_open"):  # it was set up
            self.close()

    def close(self) -> None:
        """Be done with it; the last of the processes deletes the file."""
        if not self._open:
            return
        self._open = False
        closed = self.add(_CLOSED, 1)
        if closed >= (self._world_size if self._world_size > 0 else int(self._values[_OPENED])):
            os.remove(self.path)
