"""torch.save and torch.load: PyTorch's own zip files, written and read without torch.

A file is a zip archive of a pickle (``data.pkl``) and the raw bytes of each storage (``data/0``, ``data/1`` ...). The
pickle names torch's classes and functions; ours stand in for them, in both directions, by name. By default only
tensors, containers and numbers are loaded; nothing else is imported or called.
"""

from __future__ import annotations

import io
import os
import pickle
import sys
import warnings
from pathlib import Path
from types import ModuleType
from typing import IO, Any

import numpy as np

from compat import _utils
from compat._checkpoint import archive, legacy, safetensors
from compat._checkpoint.locations import locator
from compat._checkpoint.names import rename
from compat._checkpoint.restricted import (
    ALLOWED,
    UNSAFE_MESSAGE,
    Unpickler,
    check_storage_id,
    explained,
    globals_of,
)
from compat._checkpoint.restricted import _get_layout as _get_layout
from compat._checkpoint.settings import LoadEndianness as LoadEndianness
from compat._checkpoint.settings import SourceChangeWarning as SourceChangeWarning
from compat._checkpoint.settings import add_safe_globals as add_safe_globals
from compat._checkpoint.settings import check_module_version_greater_or_equal as check_module_version_greater_or_equal
from compat._checkpoint.settings import clear_safe_globals as clear_safe_globals
from compat._checkpoint.settings import get_crc32_options as get_crc32_options
from compat._checkpoint.settings import get_default_load_endianness as get_default_load_endianness
from compat._checkpoint.settings import get_default_mmap_options as get_default_mmap_options
from compat._checkpoint.settings import get_safe_globals as get_safe_globals
from compat._checkpoint.settings import mkdtemp as mkdtemp
from compat._checkpoint.settings import per_thread, user_globals
from compat._checkpoint.settings import safe_globals as safe_globals
from compat._checkpoint.settings import set_crc32_options as set_crc32_options
from compat._checkpoint.settings import set_default_load_endianness as set_default_load_endianness
from compat._checkpoint.settings import set_default_mmap_options as set_default_mmap_options
from compat._checkpoint.settings import skip_data as skip_data
from compat._device import device
from compat._dtype import dtype
from compat._engine.program import to_numpy
from compat._later import later
from compat._tensor.layout import layout
from compat._tensor.storage import Storage
from compat._tensor.tensor import Tensor
from compat.nn.parameter import Parameter
from compat.storage import TypedStorage, UntypedStorage

_ZIP = b"PK\x03\x04"
_TRUE = ("1", "y", "yes", "true")
_TWO_KINDS = "Cannot save multiple tensors or storages that view the same data as different types"


# ---------------------------------------------------------------- saving
class _SavedStorage:
    """A storage to be written: what it belongs to (kept alive, so that its identity is its own) and its elements."""

    def __init__(self, owner: object, array: np.ndarray, kind: type, where: device, key: str) -> None:
        self.owner, self.array, self.where, self.key = owner, np.ascontiguousarray(array), where, key
        self.kind: type[_utils.UntypedStorage] = kind
        self.count = self.array.nbytes // legacy.itemsize(self.kind)


class _Saving:
    """What a pickler does about tensors: they become references to storages, which it collects."""

    storages: dict[int, _SavedStorage]
    of_old = False

    def persistent_id(self, obj: Any) -> tuple | None:
        """What the pickle says in place of a storage."""
        if isinstance(obj, UntypedStorage | TypedStorage):
            kind = _utils.UntypedStorage if isinstance(obj, UntypedStorage) else _utils.storage_type_of(obj.dtype)
            obj = self._saved(obj.untyped()._st, kind, obj.device)
        if type(obj) is not _SavedStorage:
            return None
        said = ("storage", obj.kind, obj.key, str(obj.where), obj.count)
        return (*said, None) if self.of_old else said

    def reducer_override(self, obj: Any) -> Any:
        """How tensors, dtypes and layouts are written."""
        if isinstance(obj, Tensor):
            return self._tensor(obj)
        if isinstance(obj, dtype):
            return "bool_" if obj.name == "bool" else obj.name
        if isinstance(obj, layout):
            return _get_layout, (str(obj),)
        return NotImplemented

    def _tensor(self, t: Tensor) -> tuple:
        hooks, state = _utils.no_hooks(), _utils.saved_state(t)
        if type(t) is Parameter:
            state.pop("_is_param", None)
            if state:
                return _utils._rebuild_parameter_with_state, (t.detach(), t.requires_grad, hooks, state)
            return _utils._rebuild_parameter, (t.detach(), t.requires_grad, hooks)
        storage = self._storage(t)
        layout = (storage, t.storage_offset(), tuple(t.shape), tuple(t.stride()), t.requires_grad, hooks)
        if storage.kind is _utils.UntypedStorage:
            rebuild, arguments = _utils._rebuild_tensor_v3, (*layout, t.dtype)
        else:
            rebuild, arguments = _utils._rebuild_tensor_v2, layout
        if type(t) is Tensor and not state:
            return rebuild, arguments
        return _utils._rebuild_from_type_v2, (rebuild, type(t), arguments, state)

    def _storage(self, t: Tensor) -> _SavedStorage:
        return self._saved(t if t._st is None else t._st, _utils.storage_type_of(t.dtype), t.device)

    def _saved(self, owner: Tensor | Storage, kind: type, where: device) -> _SavedStorage:
        saved = self.storages.get(id(owner))
        if saved is None:
            array = owner._host() if isinstance(owner, Tensor) else to_numpy(owner.value)
            saved = _SavedStorage(owner, array.reshape(-1), kind, where, str(len(self.storages)))
            self.storages[id(owner)] = saved
        elif saved.kind is not kind:
            raise RuntimeError(_TWO_KINDS)
        return saved


def _pickled(obj: object, module: ModuleType, of_old: bool) -> tuple[bytes, list[_SavedStorage]]:
    """An object's pickle, with torch's names, and its storages."""
    stream = io.BytesIO()
    pickler: Any = type("Pickler", (_Saving, module.Pickler), {"of_old": of_old})(stream, 2)
    pickler.storages = {}
    pickler.dump(obj)
    return rename(stream.getvalue()), list(pickler.storages.values())


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
      pickle_module: Pickles with its Pickler, such as dill's.
      pickle_protocol: Ignored: always 2, as PyTorch's default.

    Raises:
      RuntimeError: if the path's directory does not exist, or tensors of two dtypes share memory.

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
    if not _use_new_zipfile_serialization and per_thread.skip_data:
        raise RuntimeError("Cannot use skip_data=True with _use_new_zipfile_serialization=False")

    def write(file: IO[bytes], name: str) -> None:
        pickled, storages = _pickled(obj, pickle_module, not _use_new_zipfile_serialization)
        if not _use_new_zipfile_serialization:
            legacy.write(file, pickled, [(s.key, s.count, s.array) for s in storages])
            return
        skip = per_thread.skip_data
        arrays = ((s.key, np.zeros_like(s.array) if skip else s.array) for s in storages)
        archive.write(file, name, pickled, arrays, not _disable_byteorder_record)

    if not isinstance(f, str | os.PathLike):
        if not hasattr(f, "write"):
            raise AttributeError("expected 'f' to be string, path, or a file-like object with a 'write' attribute")
        write(f, "archive")
        return
    path = Path(os.path.realpath(f))
    if not path.parent.exists():
        raise RuntimeError(f"Parent directory {Path(f).parent} does not exist.")
    if path.exists() and not path.is_file():  # a pipe or a device can't be replaced
        with path.open("wb") as file:
            write(file, path.stem)
        return
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{id(obj):x}.tmp")
    try:
        with temporary.open("xb") as file:
            write(file, path.stem)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


# ---------------------------------------------------------------- loading
class _Loading:
    """What an unpickler of trusted files does about names: torch's are ours."""

    def find_class(self, module: str, name: str) -> Any:
        """Ours, by torch's name, or whatever else is imported."""
        if (found := ALLOWED.get(f"{module}.{name}")) is not None:
            return found
        if module == "torch._C._nn":  # a module keeps its activation, say, which is a builtin of PyTorch's
            module = "torch.nn.functional"
        root, dot, rest = module.partition(".")
        return super().find_class("compat" + dot + rest if root == "torch" else module, name)  # pyright: ignore


def _reader(module: ModuleType | None, options: dict[str, Any]) -> legacy.Reader:
    """Makes the unpicklers: restricted ones without a module, else the module's."""

    def read(stream: IO[bytes], persistent_load: Any) -> Any:
        if module is None:
            size = len(stream.getbuffer()) if isinstance(stream, io.BytesIO) else 0
            return Unpickler(stream, user_globals(), persistent_load, size)
        made: Any = type("Unpickler", (_Loading, module.Unpickler), {})(stream, **options)
        made.persistent_load = persistent_load
        return made

    return read


def load(
    f: str | os.PathLike | IO[bytes],
    map_location: Any = None,
    pickle_module: Any = None,
    *,
    weights_only: bool | None = None,
    mmap: bool | None = None,
    **pickle_load_args: Any,
) -> Any:
    """Read what `save`, here or in PyTorch, has written: zip archives, older files, tar archives, and safetensors.

    With ``weights_only=True`` a file may be damaged or made by an enemy: nothing of it is executed, no memory is
    reserved for what it only claims to hold, and what is wrong is one of the errors below.

    Args:
      f: A path, or a file open for reading at the start of the archive.
      map_location: Where tensors go: a device, a dict of devices by saved location, or a function of a storage and
        the saved location; where they were if None.
      pickle_module: Unpickles with its Unpickler; only with ``weights_only=False``.
      weights_only: Whether to refuse everything but tensors, containers and numbers (the default). A file loaded with
        False can run any code.
      mmap: Whether to map the file into memory, so that only what is used is read.
      **pickle_load_args: For the unpickler, with ``weights_only=False``.

    Returns:
      The object.

    Raises:
      FileNotFoundError: if there is no such file.
      EOFError: if a pickle ends early.
      pickle.UnpicklingError: if the file names a class or function that is not allowed, or its pickle is damaged.
      RuntimeError: if the file is damaged otherwise, or names a device that is missing.
      ValueError: if the file has an unknown byte order, or something else than a path is to be mapped.

    Source:
      PyTorch, ``torch.load``.
    """
    weights_only = _decided(weights_only, pickle_module)
    if weights_only and pickle_module is not None:
        raise RuntimeError("Can not safely load weights when explicit pickle_module is specified")
    if pickle_load_args and weights_only:
        warnings.warn("pickle_load_args only works if `weights_only=False`.", stacklevel=2)
    reader = _reader(None if weights_only else pickle_module or pickle, {"encoding": "utf-8", **pickle_load_args})
    if isinstance(f, str | os.PathLike):
        if os.fspath(f).endswith(".safetensors"):
            return safetensors.load(Path(f), map_location)
        with Path(f).open("rb") as file:
            return _load(file, os.fspath(f), map_location, reader, weights_only, bool(mmap))
    if not hasattr(f, "read"):
        raise AttributeError(
            f"'{type(f).__name__}' object has no attribute 'seek'. You can only torch.load from a file that is "
            "seekable. Please pre-load the data into a buffer like io.BytesIO and try to load from it instead."
        )
    if not (hasattr(f, "seekable") and f.seekable()):
        f = io.BytesIO(f.read())
    return _load(f, None, map_location, reader, weights_only, bool(mmap))


def _decided(weights_only: bool | None, pickle_module: Any) -> bool:
    """``weights_only`` by the argument, or by the environment."""
    safe, unsafe = (os.getenv(f"TORCH_FORCE_{kind}WEIGHTS_ONLY_LOAD", "0").lower() in _TRUE for kind in ("", "NO_"))
    if safe and unsafe:
        raise RuntimeError("Only one of `TORCH_FORCE_WEIGHTS_ONLY_LOAD` or `TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD` should "
                           "be set, but both were set.")
    if safe:
        return True
    if unsafe and weights_only is None:
        warnings.warn("Environment variable TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD detected, since the`weights_only` "
                      "argument was not explicitly passed to `torch.load`, forcing weights_only=False.", stacklevel=3)
        return False
    return pickle_module is None if weights_only is None else bool(weights_only)


def _load(
    file: IO[bytes], path: str | None, map_location: Any, reader: legacy.Reader, weights_only: bool, mapped: bool
) -> Any:
    start = file.tell()
    head = file.read(4)
    file.seek(start)
    try:
        if head == _ZIP:
            if mapped and path is None:
                raise ValueError("f must be a file path in order to use the mmap argument")
            return _load_zip(file, path if mapped else None, map_location, reader, weights_only)
        if mapped:
            raise RuntimeError(
                f"mmap can only be used with files saved with `torch.save({path or ''}{', ' if path else ''}"
                "_use_new_zipfile_serialization=True), please torch.save your checkpoint with this option in order to "
                "use mmap.")
        locate = locator(map_location)
        if path is not None and legacy.is_tar(file):
            return legacy.load_tar(file, reader, locate, not weights_only)
        return legacy.load(io.BytesIO(file.read()), reader, locate, not weights_only, per_thread.skip_data)
    except pickle.UnpicklingError as error:
        if not weights_only:
            raise
        raise pickle.UnpicklingError(explained(str(error))) from error.__cause__


def _load_zip(
    file: IO[bytes], mapped: str | None, map_location: Any, reader: legacy.Reader, weights_only: bool
) -> Any:
    order = {LoadEndianness.BIG: "big", LoadEndianness.NATIVE: sys.byteorder}
    records = archive.Archive(file, mapped, order.get(get_default_load_endianness(), "little"))
    if records.has("constants.pkl"):
        if weights_only:
            raise RuntimeError("Cannot use ``weights_only=True`` with TorchScript archives passed to ``torch.load``. "
                               + UNSAFE_MESSAGE)
        raise NotImplementedError("torch.jit.load is not implemented in compat: the file is a TorchScript archive")
    locate = locator(map_location)
    loaded: dict[Any, _utils.LoadedStorage] = {}

    def storage(pid: Any) -> _utils.Window:
        check_storage_id(pid)
        _, kind, key, location, count = pid[:5]
        if key not in loaded:
            size = legacy.itemsize(kind)
            part = size // 2 if kind.dtype is not None and kind.dtype.is_complex else size
            data = records.storage(str(key), count, size, part)
            if per_thread.skip_data:
                data = np.zeros_like(data)
            loaded[key] = _utils.LoadedStorage(data, locate(legacy.as_text(location)))
        return _utils.Window(loaded[key], kind.dtype)

    return reader(io.BytesIO(records.read("data.pkl")), storage).load()


def get_unsafe_globals_in_checkpoint(f: str | os.PathLike | IO[bytes]) -> list[str]:
    """The classes and functions that a file names and that loading with ``weights_only=True`` would refuse.

    Args:
      f: A path, or a file open for reading.

    Returns:
      Their full names.

    Raises:
      ValueError: if the file is none of `torch.save`.

    Source:
      PyTorch, ``torch.serialization.get_unsafe_globals_in_checkpoint``.
    """
    content = Path(f).read_bytes() if isinstance(f, str | os.PathLike) else f.read()
    if content[:4] != _ZIP:
        raise ValueError("Expected input to be a checkpoint returned by torch.save")
    records = archive.Archive(io.BytesIO(content))
    if records.has("constants.pkl"):
        raise ValueError("Expected input to be a checkpoint returned by torch.save but got a torchscript checkpoint")
    return list(globals_of(records.read("data.pkl")) - set(ALLOWED) - set(user_globals()))


__getattr__ = later(__name__)
