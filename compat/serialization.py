"""torch.save and torch.load: PyTorch's own zip files, written and read without torch.

A file is a zip archive of a pickle (``data.pkl``) and the raw bytes of each storage (``data/0``, ``data/1`` ...). The
pickle names torch's classes and functions; ours stand in for them, in both directions, by name: ``compat.nn`` in memory
is ``torch.nn`` in the file. By default only tensors, containers and numbers are loaded; nothing else is imported.
"""

from __future__ import annotations

import hashlib
import io
import os
import pickle
import pickletools
import struct
import sys
import zipfile
from _codecs import encode as _codecs_encode
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np

from compat import _utils
from compat._device import CPU, device, is_available, parse
from compat._dtype import NAMES, dtype, from_numpy
from compat._engine.program import to_numpy
from compat._size import Size
from compat._tensor.tensor import Tensor
from compat.nn.parameter import Buffer, Parameter

__all__ = ["add_safe_globals", "clear_safe_globals", "get_safe_globals", "load", "safe_globals", "save"]

_ALIGNMENT = 64
_BIG = 1 << 31  # bytes, from which zip needs its 64-bit headers
_NO_CUDA = ("Attempting to deserialize object on a CUDA device but torch.cuda.is_available() is False. If you are "
            "running on a CPU-only machine, please use torch.load with map_location=torch.device('cpu') to map your "
            "storages to the CPU.")  # fmt: skip
_NOT_A_ZIP = "PytorchStreamReader failed reading zip archive: failed finding central directory"
_REFUSED = (
    "Weights only load failed. This file can still be loaded, to do so you have two options, \033[1mdo those steps "
    "only if you trust the source of the checkpoint\033[0m. \n"
    "\t(1) In PyTorch 2.6, we changed the default value of the `weights_only` argument in `torch.load` from `False` to "
    "`True`. Re-running `torch.load` with `weights_only` set to `False` will likely succeed, but it can result in "
    "arbitrary code execution. Do it only if you got the file from a trusted source.\n"
    "\t(2) Alternatively, to load with `weights_only=True` please check the recommended steps in the following error "
    "message.\n"
    "\tWeightsUnpickler error: Unsupported global: GLOBAL {name} was not an allowed global by default. Please use "
    "`torch.serialization.add_safe_globals([{name}])` or the `torch.serialization.safe_globals([{name}])` context "
    "manager to allowlist this global if you trust this class/function."
)
_LEGACY_MAGIC = 0x1950A86A20F9469CFC6C


# ---------------------------------------------------------------- names in files and in memory
def _name_in_file(module: str, name: str) -> tuple[str, str]:
    """What a class or function of ours is called in a file."""
    if module == "compat._utils" and name in _utils.STORAGE_TYPES:
        return ("torch.storage" if name == "UntypedStorage" else "torch"), name
    if module in ("compat._dtype", "compat._device", "compat._size"):
        return "torch", name.rstrip("_")
    root, dot, rest = module.partition(".")
    return ("torch" + dot + rest if root == "compat" else module), name


def _rename_globals(stream: bytes) -> bytes:
    """Replace our names in a pickle of protocol 2 by torch's; nothing in it counts bytes across them."""
    parts, done = [], 0
    for op, argument, at in pickletools.genops(stream):
        if op.name == "GLOBAL" and at is not None:
            module, name = argument.split(" ", 1)  # pyright: ignore
            parts += [stream[done:at], "c{}\n{}\n".format(*_name_in_file(module, name)).encode()]
            done = at + len(f"c{module}\n{name}\n".encode())
    return b"".join([*parts, stream[done:]])


_SAFE: dict[tuple[str, str], Any] = {
    ("collections", "OrderedDict"): OrderedDict,
    ("collections", "Counter"): Counter,
    ("collections", "defaultdict"): defaultdict,
    ("builtins", "set"): set,
    ("builtins", "frozenset"): frozenset,
    ("builtins", "bytearray"): bytearray,
    ("builtins", "complex"): complex,
    ("builtins", "int"): int,
    ("builtins", "float"): float,
    ("builtins", "slice"): slice,
    ("builtins", "range"): range,
    ("_codecs", "encode"): _codecs_encode,
    ("torch", "Size"): Size,
    ("torch", "device"): device,
    ("torch", "Tensor"): Tensor,
    ("torch.nn.parameter", "Parameter"): Parameter,
    ("torch.nn.parameter", "Buffer"): Buffer,
    ("torch.storage", "UntypedStorage"): _utils.UntypedStorage,
    ("torch._tensor", "_rebuild_from_type_v2"): _utils._rebuild_from_type_v2,
}
_SAFE |= {("__builtin__", name): value for (module, name), value in _SAFE.items() if module == "builtins"}
_SAFE |= {("torch", name): of for name, of in NAMES.items()}
_SAFE |= {("torch", name): kind for name, kind in _utils.STORAGE_TYPES.items()}
_SAFE |= {
    ("torch._utils", name): getattr(_utils, name)
    for name in ("_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_tensor_v3", "_rebuild_parameter",
                 "_rebuild_parameter_with_state")
}  # fmt: skip
_user_safe: dict[tuple[str, str], Any] = {}


def add_safe_globals(safe_globals: list[Any]) -> None:
    """Let loading with ``weights_only=True`` use more classes and functions.

    Args:
      safe_globals: The classes and functions, or pairs ``(object, "module.name in the file")``.
    """
    for entry in safe_globals:
        target, name = entry if isinstance(entry, tuple) else (entry, f"{entry.__module__}.{entry.__qualname__}")
        module, _, last = name.rpartition(".")
        _user_safe[_name_in_file(module, last)] = target
        _user_safe[module, last] = target


def get_safe_globals() -> list[Any]:
    """Return what `add_safe_globals` has added."""
    return list(dict.fromkeys(_user_safe.values()))


def clear_safe_globals() -> None:
    """Take back what `add_safe_globals` has added."""
    _user_safe.clear()


@contextmanager
def safe_globals(safe_globals: list[Any]) -> Iterator[None]:
    """Add safe globals inside a with-block.

    Args:
      safe_globals: As for `add_safe_globals`.

    Yields:
      Nothing; afterwards the former ones are back.
    """
    before = dict(_user_safe)
    add_safe_globals(safe_globals)
    try:
        yield
    finally:
        _user_safe.clear()
        _user_safe.update(before)


# ---------------------------------------------------------------- saving
class _SavedStorage:
    """A storage to be written: what it belongs to (kept alive, so that its identity is its own) and its elements."""

    def __init__(self, owner: object, array: np.ndarray, where: device, key: str) -> None:
        self.owner, self.array, self.where, self.key = owner, np.ascontiguousarray(array), where, key
        self.kind = _utils.storage_type_of(from_numpy(array.dtype))

    def persistent_id(self) -> tuple:
        """What the pickle says in its place."""
        size = self.array.nbytes if self.kind is _utils.UntypedStorage else self.array.size
        return "storage", self.kind, self.key, str(self.where), size


class _Pickler(pickle.Pickler):
    """Writes tensors as references to storages, which it collects."""

    def __init__(self, file: IO[bytes], protocol: int) -> None:
        super().__init__(file, protocol)
        self.storages: dict[int, _SavedStorage] = {}

    def persistent_id(self, obj: Any) -> tuple | None:
        return obj.persistent_id() if type(obj) is _SavedStorage else None

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, Tensor):
            return self._tensor(obj)
        if isinstance(obj, dtype):
            return "bool_" if obj.name == "bool" else obj.name
        return NotImplemented

    def _tensor(self, t: Tensor) -> tuple:
        hooks = _utils.no_hooks()
        if type(t) is Parameter:
            return _utils._rebuild_parameter, (t.detach(), t.requires_grad, hooks)
        storage = self._storage(t)
        layout = (storage, t.storage_offset(), tuple(t.shape), tuple(t.stride()), t.requires_grad, hooks)
        if storage.kind is _utils.UntypedStorage:
            rebuild, arguments = _utils._rebuild_tensor_v3, (*layout, t.dtype)
        else:
            rebuild, arguments = _utils._rebuild_tensor_v2, layout
        if type(t) in (Tensor, Buffer):
            return rebuild, arguments
        state = {name: value for name, value in t.__dict__.items() if not name.startswith("_")}
        return _utils._rebuild_from_type_v2, (rebuild, type(t), arguments, state)

    def _storage(self, t: Tensor) -> _SavedStorage:
        shared = t._st
        owner = t if shared is None else shared
        saved = self.storages.get(id(owner))
        if saved is None:
            array = t._host() if shared is None else to_numpy(shared.value)
            saved = _SavedStorage(owner, array.reshape(-1), t.device, str(len(self.storages)))
            self.storages[id(owner)] = saved
        return saved


def save(
    obj: object,
    f: str | os.PathLike | IO[bytes],
    pickle_module: Any = pickle,
    pickle_protocol: int = 2,
    _use_new_zipfile_serialization: bool = True,
    _disable_byteorder_record: bool = False,
) -> None:
    """Write an object with all its tensors to a file that PyTorch can load, too.

    A path gets the whole file or keeps what it had: it is written under another name first. Tensors that share memory
    do so again after loading.

    Args:
      obj: What to save: usually a state_dict.
      f: A path, or a file open for writing.
      pickle_module: Ignored.
      pickle_protocol: Ignored: always 2, as PyTorch's default.

    Raises:
      RuntimeError: if the path's directory does not exist.

    Example:
      >>> import io
      >>> buffer = io.BytesIO()
      >>> save({"step": 3}, buffer)
      >>> _ = buffer.seek(0)
      >>> load(buffer)
      {'step': 3}

    Source:
      PyTorch, ``torch.save``.
    """
    if not isinstance(f, str | os.PathLike):
        if not hasattr(f, "write"):
            raise AttributeError("expected 'f' to be string, path, or a file-like object with a 'write' attribute")
        _write(obj, f, "archive")
        return
    path = Path(os.path.realpath(f))
    if not path.parent.exists():
        raise RuntimeError(f"Parent directory {Path(f).parent} does not exist.")
    if path.exists() and not path.is_file():  # a pipe or a device can't be replaced
        with path.open("wb") as file:
            _write(obj, file, path.stem)
        return
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{id(obj):x}.tmp")
    try:
        with temporary.open("xb") as file:
            _write(obj, file, path.stem)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _write(obj: object, file: IO[bytes], name: str) -> None:
    stream = io.BytesIO()
    pickler = _Pickler(stream, 2)
    pickler.dump(obj)
    pickled = _rename_globals(stream.getvalue())
    if hasattr(file, "seekable") and file.seekable():
        target = file
    else:
        target = io.BytesIO()
    identity = hashlib.sha256(pickled)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        _record(archive, f"{name}/data.pkl", pickled)
        _record(archive, f"{name}/.format_version", b"1")
        _record(archive, f"{name}/.storage_alignment", str(_ALIGNMENT).encode())
        _record(archive, f"{name}/byteorder", sys.byteorder.encode())
        for storage in pickler.storages.values():
            data = memoryview(storage.array.view(np.uint8))
            identity.update(str(len(data)).encode())
            _record(archive, f"{name}/data/{storage.key}", data)
        _record(archive, f"{name}/version", b"3\n")
        _record(archive, f"{name}/.data/serialization_id", f"{int(identity.hexdigest(), 16):040d}"[:40].encode())
    if target is not file:
        file.write(target.getvalue())  # pyright: ignore


def _record(archive: zipfile.ZipFile, name: str, data: bytes | memoryview) -> None:
    """Add a file whose bytes start at a multiple of 64, so that it can be mapped into memory."""
    info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    big = len(data) >= _BIG
    start = archive.fp.tell() + 30 + len(name.encode()) + 4 + (20 if big else 0)  # pyright: ignore
    padding = -start % _ALIGNMENT
    info.extra = struct.pack("<HH", 0x4246, padding) + b"Z" * padding  # "FB", as PyTorch marks its padding
    info.file_size = len(data)
    with archive.open(info, "w", force_zip64=big) as record:
        record.write(data)


# ---------------------------------------------------------------- loading
class _Unpickler(pickle.Unpickler):
    """Finds torch's names among ours; storages are read when first named."""

    def __init__(self, file: IO[bytes], storages: Callable[[str, int, int], np.ndarray], weights_only: bool,
                 locate: Callable[[str], device]) -> None:
        super().__init__(file, encoding="utf-8")
        self.read_storage, self.weights_only, self.locate = storages, weights_only, locate
        self.storages: dict[str, _utils.LoadedStorage] = {}

    def find_class(self, module: str, name: str) -> Any:
        for table in (_SAFE, _user_safe):
            if (module, name) in table:
                return table[module, name]
        if self.weights_only:
            raise pickle.UnpicklingError(_REFUSED.format(name=f"{module}.{name}"))
        if module == "torch._C._nn":  # a module keeps its activation, say, which is a builtin of PyTorch's
            module = "torch.nn.functional"
        root, dot, rest = module.partition(".")
        return super().find_class("compat" + dot + rest if root == "torch" else module, name)

    def persistent_load(self, pid: Any) -> tuple:
        if not isinstance(pid, tuple) or len(pid) not in (5, 6) or pid[0] != "storage" or any(pid[5:]):
            raise pickle.UnpicklingError(f"Unknown typename for persistent_load, expected 'storage' but got {pid!r}")
        _, kind, key, location, count = pid[:5]
        if key not in self.storages:
            size = 1 if kind.dtype is None else kind.dtype.itemsize
            data = self.read_storage(key, count * size, size)
            self.storages[key] = _utils.LoadedStorage(data, self.locate(location))
        return self.storages[key], kind.dtype


class _Archive:
    """The zip archive of a file."""

    def __init__(self, file: IO[bytes]) -> None:
        try:
            self.zip = zipfile.ZipFile(file)
        except zipfile.BadZipFile as error:
            raise RuntimeError(_NOT_A_ZIP) from error
        names = self.zip.namelist()
        pickles = [n for n in names if n.endswith("/data.pkl") and n.count("/") == 1]
        if len(pickles) != 1:
            raise RuntimeError("PytorchStreamReader failed locating file data.pkl: file not found")
        self.root = pickles[0].removesuffix("data.pkl")
        order = self.read("byteorder").decode() if f"{self.root}byteorder" in names else "little"
        self.swap = order != sys.byteorder

    def read(self, name: str) -> bytes:
        """Return the bytes of a record."""
        try:
            return self.zip.read(self.root + name)
        except KeyError:
            raise RuntimeError(f"PytorchStreamReader failed locating file {name}: file not found") from None
        except (zipfile.BadZipFile, EOFError) as error:
            raise RuntimeError(f"PytorchStreamReader failed reading file {name}: {error}") from error

    def storage(self, key: str, nbytes: int, itemsize: int) -> np.ndarray:
        """Return the bytes of a storage, uint8."""
        data = np.frombuffer(self.read(f"data/{key}"), np.uint8)
        if data.size < nbytes:
            raise RuntimeError(
                f"PytorchStreamReader failed reading file data/{key}: {data.size} bytes where {nbytes} were expected"
            )
        swapped = data[:nbytes].reshape(-1, itemsize)[:, ::-1] if self.swap else data[:nbytes]
        return swapped.reshape(-1).copy()


def _load_legacy(data: bytes, weights_only: bool, locate: Callable[[str], device]) -> Any:
    """An object from before version 1.6.

    Pickles of a magic number, a version, sizes, the object and its storages' keys; then the storages, each behind its
    number of elements.
    """
    stream = io.BytesIO(data)
    pickles = []
    for _ in range(5):
        start = stream.tell()
        for _operation in pickletools.genops(stream):  # finds the end without running anything
            pass
        pickles.append(data[start : stream.tell()])

    def plain(part: bytes) -> Any:
        return _Unpickler(io.BytesIO(part), lambda *_: np.zeros(0, np.uint8), True, locate).load()

    if plain(pickles[0]) != _LEGACY_MAGIC:
        raise RuntimeError("Invalid magic number; corrupt file?")
    keys, at = plain(pickles[4]), stream.tell()
    kinds = _storage_sizes(pickles[3])
    places = {}
    for key in keys:
        (count,) = struct.unpack_from("<q", data, at)
        places[key] = at + 8
        at += 8 + count * kinds[key]

    def storage(key: str, nbytes: int, itemsize: int) -> np.ndarray:
        part = np.frombuffer(data, np.uint8, offset=places[key])
        if part.size < nbytes:
            raise RuntimeError(f"storage {key} has {part.size} bytes where {nbytes} were expected; corrupt file?")
        return part[:nbytes].copy()

    return _Unpickler(io.BytesIO(pickles[3]), storage, weights_only, locate).load()


class _Sizes(pickle.Unpickler):
    """Runs a pickle with nothing behind its names, to learn the element size of each storage."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(file, encoding="utf-8")
        self.sizes: dict[str, int] = {}

    def find_class(self, module: str, name: str) -> Any:
        kind = _SAFE.get((module, name))
        return kind if isinstance(kind, type) and issubclass(kind, _utils.UntypedStorage) else _Nothing

    def persistent_load(self, pid: Any) -> Any:
        kind = pid[1]
        self.sizes[pid[2]] = kind.dtype.itemsize if getattr(kind, "dtype", None) else 1
        return _Nothing()


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


def _storage_sizes(stream: bytes) -> dict[str, int]:
    reader = _Sizes(io.BytesIO(stream))
    reader.load()
    return reader.sizes


def load(
    f: str | os.PathLike | IO[bytes],
    map_location: Any = None,
    pickle_module: Any = None,
    *,
    weights_only: bool | None = None,
    mmap: bool | None = None,
    **pickle_load_args: Any,
) -> Any:
    """Read what `save`, here or in PyTorch, has written.

    Args:
      f: A path, or a file open for reading at the start of the archive.
      map_location: Where tensors go: a device, a dict of devices by saved location, or a function of a tensor and
        the saved location; where they were if None.
      pickle_module: Ignored.
      weights_only: Whether to refuse everything but tensors, containers and numbers (the default). A file loaded with
        False can run any code.
      mmap: Ignored.
      **pickle_load_args: Ignored.

    Returns:
      The object.

    Raises:
      FileNotFoundError: if there is no such file.
      pickle.UnpicklingError: if the file names a class or function that is not allowed.
      RuntimeError: if the file is damaged, or names a device that is missing.

    Source:
      PyTorch, ``torch.load``.
    """
    if isinstance(f, str | os.PathLike):
        with Path(f).open("rb") as file:
            return _load(file, map_location, weights_only is not False)
    if not hasattr(f, "read"):
        raise AttributeError(
            f"'{type(f).__name__}' object has no attribute 'seek'. You can only torch.load from a file that is "
            "seekable. Please pre-load the data into a buffer like io.BytesIO and try to load from it instead."
        )
    return _load(f, map_location, weights_only is not False)


def _load(file: IO[bytes], map_location: Any, weights_only: bool) -> Any:
    head = file.read(4)
    if not head:
        raise EOFError("Ran out of input")
    rest = file.read() if not (hasattr(file, "seekable") and file.seekable()) else None
    if rest is not None:
        file = io.BytesIO(head + rest)
    else:
        file.seek(-len(head), os.SEEK_CUR)
    locate = _locator(map_location)
    if head[:2] == b"PK":
        archive = _Archive(file)
        return _Unpickler(io.BytesIO(archive.read("data.pkl")), archive.storage, weights_only, locate).load()
    if head[:1] != pickle.PROTO:
        raise pickle.UnpicklingError(f"invalid load key, '{chr(head[0])}'.")
    try:
        return _load_legacy(file.read(), weights_only, locate)
    except (ValueError, struct.error, EOFError) as error:
        raise RuntimeError(f"the file is damaged or no PyTorch file: {error}") from error


def _locator(map_location: Any) -> Callable[[str], device]:
    """The function from a saved location to a device."""
    if map_location is None:
        return _restored
    if isinstance(map_location, dict):
        return lambda saved: parse(map_location.get(saved, saved))
    if isinstance(map_location, str | device):
        return lambda saved: _restored(str(map_location))
    if not callable(map_location):
        raise TypeError("map_location must be a device, a string, a dict or a function, not "
                        f"{type(map_location).__name__}")

    def by_function(saved: str) -> device:
        # PyTorch hands the storage over; its device is all that such functions ask of it, or return.
        got = map_location(Location(CPU), saved)
        return _restored(saved) if got is None else got.device if hasattr(got, "device") else parse(got)

    return by_function


class Location:
    """What a ``map_location`` function gets in place of a storage, and returns.

    Args:
      device: Where the storage is.
    """

    def __init__(self, device: device) -> None:
        self.device = device

    def cpu(self) -> Location:
        """Choose the CPU."""
        return Location(CPU)

    def cuda(self, device: Any = None) -> Location:
        """Choose a GPU."""
        return Location(parse("cuda" if device is None else device))


def _restored(saved: str) -> device:
    where = parse(saved)
    if where.type == "cuda" and not is_available("cuda"):
        raise RuntimeError(_NO_CUDA)
    return where

