"""Files from before version 1.6: pickles one after the other with the storages behind them, and before that, tar.

The tensors of such a file are named before their storages are there. So the object's pickle is run twice: first with
nothing behind its names, to learn which storages there are and how large their elements.
"""

from __future__ import annotations

import io
import pickle
import struct
import sys
import tarfile
from collections.abc import Callable
from typing import IO, Any

import numpy as np

from compat import _utils
from compat._checkpoint.restricted import UNSAFE_MESSAGE, Unpickler, check_storage_id
from compat._device import device
from compat._tensor.tensor import Tensor

MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001
_SYSTEM = {"protocol_version": PROTOCOL, "little_endian": sys.byteorder == "little",
           "type_sizes": {"short": 2, "int": 4, "long": 4}}  # fmt: skip
Locate = Callable[[str], device]
# Makes an unpickler (with `load`) of a stream and what its persistent ids stand for.
Reader = Callable[[IO[bytes], Callable[[Any], Any]], Any]


def write(file: IO[bytes], pickled: bytes, storages: list[tuple[str, int, np.ndarray]]) -> None:
    """Write what versions before 1.6 read.

    Args:
      file: Where to.
      pickled: The pickle of the object.
      storages: The key, the number of elements and the elements of each storage.
    """
    for part in (MAGIC, PROTOCOL, _SYSTEM):
        pickle.dump(part, file, 2)
    file.write(pickled)
    storages = sorted(storages, key=lambda storage: storage[0])
    pickle.dump([key for key, _, _ in storages], file, 2)
    for _, count, array in storages:
        file.write(struct.pack("<q", count))
        file.write(memoryview(array.view(np.uint8)))


class _Inert(Unpickler):
    """The restricted machine, making nothing but numbers, texts, lists and tuples."""

    def call(self, function: Any, args: Any) -> Any:
        """Nothing is called."""
        return object()

    def find_class(self, module: str, name: str) -> Any:
        """Storage types are what they are; anything else is one function that is never called."""
        return _kind_of(name) or _utils.no_hooks

    def _build(self) -> None:
        self.stack.pop()

    def _new(self) -> None:
        self.stack[-2:] = [object()]

    def _fill(self, items: list[Any], opcode: str) -> None:
        pass

    def _list(self, doing: str) -> list[Any]:
        return []


class _InertPickle(pickle.Unpickler):
    """Python's machine, making nothing; for pickles that may run any code anyway."""

    def find_class(self, module: str, name: str) -> Any:
        """Storage types are what they are; anything else makes objects that forget what they are given."""
        return _kind_of(name) or _Nothing


class _Nothing(dict):
    """Stands for any object of a pickle."""

    def __init__(self, *args: object) -> None:
        super().__init__()

    def __setstate__(self, state: object) -> None:
        pass

    def append(self, item: object) -> None:
        """Forget an item."""

    def extend(self, items: object) -> None:
        """Forget items."""


def _kind_of(name: str) -> type[_utils.UntypedStorage] | None:
    return _utils.STORAGE_TYPES.get(name)


def itemsize(kind: type[_utils.UntypedStorage]) -> int:
    """Bytes of an element of a storage type; 1 if it is untyped."""
    return 1 if kind.dtype is None else kind.dtype.itemsize


def load(stream: io.BytesIO, reader: Reader, locate: Locate, trusted: bool, skip_data: bool) -> Any:
    """Read an object from a file of several pickles.

    Args:
      stream: All of the file, at its start.
      reader: Makes the unpickler of the object.
      locate: The device of a saved location.
      trusted: Whether the object's pickle may run code.
      skip_data: Whether to leave the elements zero.

    Returns:
      The object.

    Raises:
      RuntimeError: if the file is damaged.
    """
    data = stream.getbuffer()

    def plain(persistent_load: Callable[[tuple], Any] = _no_storage) -> Any:
        return Unpickler(stream, {}, persistent_load, len(data)).load()

    if plain() != MAGIC:
        raise RuntimeError("Invalid magic number; corrupt file?")
    version = plain()
    if version != PROTOCOL:
        raise RuntimeError(f"Invalid protocol version: {_utils.shown(version)}")
    plain()
    start, sizes = stream.tell(), {}

    def note(pid: Any) -> dict:
        check_storage_id(pid)
        sizes[pid[2]] = itemsize(pid[1])
        return {}

    if trusted:
        inert = _InertPickle(stream, encoding="utf-8")
        inert.persistent_load = note  # pyright: ignore[reportAttributeAccessIssue]
        inert.load()
    else:
        _Inert(stream, {}, note, len(data)).load()
    keys = plain()
    if type(keys) is not list or any(key not in sizes for key in keys if type(key) in (str, int)) or any(
            type(key) not in (str, int) for key in keys):
        raise RuntimeError("the file names storages that its object does not have; corrupt file?")
    places, at = {}, stream.tell()
    for key in keys:
        if at + 8 > len(data):
            raise RuntimeError(f"the file ends before storage {_utils.shown(key)}; corrupt file?")
        (count,) = struct.unpack_from("<q", data, at)
        places[key] = (at + 8, count)
        at += 8 + count * sizes[key]
        if count < 0 or at > len(data):
            raise RuntimeError(f"storage {_utils.shown(key)} has {count} elements, of which the file holds less; "
                               "corrupt file?")
    stream.seek(start)
    loaded: dict[Any, _utils.LoadedStorage] = {}

    def storage(pid: Any) -> _utils.Window:
        check_storage_id(pid)
        _, kind, key, location, count = pid[:5]
        view = pid[5] if len(pid) == 6 else None
        if key not in loaded:
            if key not in places or places[key][1] != count:
                there = places.get(key, (0, 0))[1]
                raise RuntimeError(f"storage {_utils.shown(key)} has {there} elements where {count} were expected; "
                                   "corrupt file?")
            size = count * itemsize(kind)
            content = np.zeros(size, np.uint8) if skip_data else np.frombuffer(
                data, np.uint8, size, places[key][0]).copy()
            loaded[key] = _utils.LoadedStorage(content, locate(as_text(location)))
        return _utils.Window(loaded[key], kind.dtype, *(() if view is None else view[1:]))

    return reader(stream, storage).load()


def _no_storage(pid: tuple) -> Any:
    raise RuntimeError("a storage where none can be; corrupt file?")


def as_text(location: str | bytes) -> str:
    """A location that Python 2 may have written as bytes."""
    return location.decode("ascii") if isinstance(location, bytes) else location


# ---------------------------------------------------------------- tar
def is_tar(file: IO[bytes]) -> bool:
    """Whether a file is a tar archive; afterwards it is where it was.

    Args:
      file: Open for reading.

    Returns:
      True if it is.
    """
    here = file.tell()
    try:
        with tarfile.open(fileobj=file, mode="r:"):
            return True
    except tarfile.TarError:
        return False
    finally:
        file.seek(here)


def load_tar(file: IO[bytes], reader: Reader, locate: Locate, trusted: bool) -> Any:
    """Read an object from a tar archive, as the first versions wrote it.

    Args:
      file: Open for reading.
      reader: Makes an unpickler.
      locate: The device of a saved location.
      trusted: Whether the pickles may run code.

    Returns:
      The object.

    Raises:
      RuntimeError: if they may not, or the archive is damaged.
    """
    if not trusted:
        raise RuntimeError("Cannot use ``weights_only=True`` with files saved in the legacy .tar format. "
                           + UNSAFE_MESSAGE)
    with tarfile.open(fileobj=file, mode="r:") as archive:
        storages, tensors, pickled = (_member(archive, name) for name in ("storages", "tensors", "pickle"))
    objects: dict[Any, Any] = {}

    def read(stream: IO[bytes]) -> Any:
        return reader(stream, _no_storage).load()

    for _ in range(read(storages)):
        key, location, kind = read(storages)
        (count,) = struct.unpack("<q", storages.read(8))
        content = np.frombuffer(storages.read(count * itemsize(kind)), np.uint8).copy()
        objects[key] = _utils.Window(_utils.LoadedStorage(content, locate(as_text(location))), kind.dtype)
    for target, root, offset, count in read(storages):
        whole = objects[root]
        objects[target] = _utils.Window(whole.loaded, whole.dtype, whole.start + offset, count)
    for _ in range(read(tensors)):
        key, storage, _ = read(tensors)
        objects[key] = _tensor(tensors, objects[storage])

    def persistent(pid: Any) -> Any:
        return pid[0] if isinstance(pid, tuple) else objects[int(pid)]

    return reader(pickled, persistent).load()


def _member(archive: tarfile.TarFile, name: str) -> io.BytesIO:
    """A file of the archive, in memory; nothing is unpacked to disk."""
    try:
        found = archive.extractfile(name)
    except KeyError:
        found = None
    if found is None:
        raise RuntimeError(f"the archive has no file {name}; corrupt file?")
    return io.BytesIO(found.read())


def _tensor(stream: IO[bytes], storage: _utils.Window) -> Tensor:
    """A tensor of its sizes, strides and offset; the number of dimensions is written in 8 bytes."""
    (dims, _) = struct.unpack("<ii", stream.read(8))
    numbers = struct.unpack(f"<{2 * dims + 1}q", stream.read(16 * dims + 8))
    return _utils._rebuild_tensor(storage, numbers[-1], numbers[:dims], numbers[dims:-1])
