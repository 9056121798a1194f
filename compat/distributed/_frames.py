"""Messages on a stream socket: a header, a text that says what it is, the bytes."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from typing import Any

import numpy as np

_HEADER = struct.Struct("!IQ")


def send_frame(to: socket.socket, text: str, data: Any = b"") -> None:
    """Send one message; ``data`` is bytes or a memoryview of them."""
    head = text.encode()
    to.sendall(_HEADER.pack(len(head), len(data)) + head)
    if len(data):
        to.sendall(data)


def memory(n: int) -> memoryview:
    """So many bytes, which nobody has filled with zeros before."""
    return memoryview(np.empty(n, np.uint8))


def receive_frame(source: socket.socket, place: Callable[[str, int], memoryview] | None = None
                  ) -> tuple[str, memoryview] | None:
    """The next message; None if the other side closed the connection.

    Args:
      source: The connection.
      place: From the text and the number of bytes, where they go; None for new memory.
    """
    header = memory(_HEADER.size)
    if not _fill(source, header):
        return None
    n, m = _HEADER.unpack(header)
    head = memory(n)
    if not _fill(source, head):
        return None
    text = bytes(head).decode()
    data = memory(m) if place is None else place(text, m)
    return (text, data) if _fill(source, data) else None


def _fill(source: socket.socket, view: memoryview) -> bool:
    """Read as many bytes as there is room for; False if the connection ends before."""
    at = 0
    while at < len(view):
        got = source.recv_into(view[at:])
        if not got:
            return False
        at += got
    return True
