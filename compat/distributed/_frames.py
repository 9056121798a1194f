"""Messages on a stream socket: a header, a text that says what it is, the bytes."""

from __future__ import annotations

import socket
import struct
from typing import Any

_HEADER = struct.Struct("!IQ")


def send_frame(to: socket.socket, text: str, data: Any = b"") -> None:
    """Send one message; ``data`` is bytes or a memoryview of them."""
    head = text.encode()
    to.sendall(_HEADER.pack(len(head), len(data)) + head)
    if len(data):
        to.sendall(data)


def receive_frame(source: socket.socket) -> tuple[str, bytearray] | None:
    """The next message; None if the other side closed the connection."""
    header = _exactly(source, _HEADER.size)
    if header is None:
        return None
    n, m = _HEADER.unpack(header)
    text = _exactly(source, n)
    data = None if text is None else _exactly(source, m)
    return None if text is None or data is None else (text.decode(), data)


def _exactly(source: socket.socket, n: int) -> bytearray | None:
    data = bytearray(n)
    view, at = memoryview(data), 0
    while at < n:
        got = source.recv_into(view[at:])
        if not got:
            return None
        at += got
    return data
