"""What can be set about saving and loading: allowed globals, byte order, mapping, skipped data."""

from __future__ import annotations

import mmap
import shutil
import tempfile
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from types import ModuleType
from typing import Any

from compat._checkpoint.names import in_file


class SourceChangeWarning(Warning):
    """The source of a class is not what it was when an object of it was saved."""


class LoadEndianness(Enum):
    """The byte order of files that do not say."""

    NATIVE = 1
    LITTLE = 2
    BIG = 3


class _Settings:
    """The settings, one of each for the program."""

    endianness: LoadEndianness | None = None
    crc32 = True
    mapping = mmap.MAP_PRIVATE


class _PerThread(threading.local):
    skip_data = False


per_thread = _PerThread()


# ---------------------------------------------------------------- allowed globals
_marked: set[Any] = set()


def add_safe_globals(safe_globals: list[Any]) -> None:
    """Let loading with ``weights_only=True`` use more classes and functions.

    Args:
      safe_globals: The classes and functions, or pairs ``(object, "module.name in the file")``.
    """
    _marked.update(safe_globals)


def get_safe_globals() -> list[Any]:
    """Return what `add_safe_globals` has added."""
    return list(_marked)


def clear_safe_globals() -> None:
    """Take back what `add_safe_globals` has added."""
    _marked.clear()


class safe_globals:  # noqa: N801 - torch's own name
    """Safe globals inside a with-block.

    Args:
      safe_globals: As for `add_safe_globals`.

    Example:
      >>> with safe_globals([range]):
      ...     get_safe_globals()
      [<class 'range'>]
      >>> get_safe_globals()
      []
    """

    def __init__(self, safe_globals: list[Any]) -> None:
        self.safe_globals = safe_globals

    def __enter__(self) -> None:
        add_safe_globals(self.safe_globals)

    def __exit__(self, *error: object) -> None:
        _marked.difference_update(self.safe_globals)


def user_globals() -> dict[str, Any]:
    """Return what users have allowed by its name in files.

    Returns:
      The classes and functions.

    Raises:
      ValueError: if a tuple is no pair.
      TypeError: if a pair's second item is no string.
    """
    named: dict[str, Any] = {}
    for entry in _marked:
        if not isinstance(entry, tuple):
            named["{}.{}".format(*in_file(entry.__module__, entry.__qualname__))] = entry
            continue
        if len(entry) != 2:
            raise ValueError("Expected tuple of length 2 (global, str of callable full path), but got tuple of length: "
                             f"{len(entry)}")
        if type(entry[1]) is not str:
            raise TypeError(f"Expected second item in tuple to be str of callable full path, but got: {type(entry[1])}")
        named[entry[1]] = entry[0]
    return named


# ---------------------------------------------------------------- the rest
def get_default_load_endianness() -> LoadEndianness | None:
    """Return the byte order of files that do not say; None is little."""
    return _Settings.endianness


def set_default_load_endianness(endianness: LoadEndianness | None) -> None:
    """Choose the byte order of files that do not say.

    Args:
      endianness: The order; None for little.

    Raises:
      TypeError: if it is something else.
    """
    if not isinstance(endianness, LoadEndianness) and endianness is not None:
        raise TypeError("Invalid argument type in function set_default_load_endianness")
    _Settings.endianness = endianness


def get_crc32_options() -> bool:
    """Return what `set_crc32_options` has set."""
    return _Settings.crc32


def set_crc32_options(compute_crc32: bool) -> None:
    """Say whether checksums are needed; they are written in any case, and files without them are read.

    Args:
      compute_crc32: Whether they are.
    """
    _Settings.crc32 = compute_crc32


def get_default_mmap_options() -> int:
    """Return ``mmap.MAP_PRIVATE``."""
    return _Settings.mapping


class set_default_mmap_options:  # noqa: N801 - torch's own name
    """How ``torch.load(mmap=True)`` maps a file: here only privately, so that no change reaches the file.

    Args:
      flags: ``mmap.MAP_PRIVATE``.

    Raises:
      ValueError: if it is no flag of a mapping.
      NotImplementedError: if it is ``mmap.MAP_SHARED``.
    """

    def __init__(self, flags: int) -> None:
        if flags == mmap.MAP_SHARED:
            raise NotImplementedError("torch.serialization.set_default_mmap_options(mmap.MAP_SHARED) is not "
                                      "implemented in compat: XLA's arrays cannot be written to")
        if flags != mmap.MAP_PRIVATE:
            raise ValueError("Invalid argument in function set_default_mmap_options, expected mmap.MAP_PRIVATE or "
                             f"mmap.MAP_SHARED, but got {flags}")

    def __enter__(self) -> None:
        pass

    def __exit__(self, *error: object) -> None:
        pass


class skip_data:  # noqa: N801 - torch's own name
    """Inside the block `torch.save` leaves the places of the elements empty, and `torch.load` the elements zero.

    Args:
      materialize_fake_tensors: Ignored: there are no fake tensors here.

    Example:
      >>> import io
      >>> import compat as torch
      >>> buffer = io.BytesIO()
      >>> torch.save(torch.ones(2), buffer)
      >>> _ = buffer.seek(0)
      >>> with skip_data():
      ...     torch.load(buffer)
      tensor([0., 0.])

    Source:
      PyTorch, ``torch.serialization.skip_data``.
    """

    def __init__(self, materialize_fake_tensors: bool = False) -> None:
        self.materialize_fake_tensors = materialize_fake_tensors

    def __enter__(self) -> None:
        self._before = per_thread.skip_data
        per_thread.skip_data = True

    def __exit__(self, *error: object) -> None:
        per_thread.skip_data = self._before


@contextmanager
def mkdtemp() -> Iterator[str]:
    """Make a folder that is there inside a with-block.

    Yields:
      Its path.
    """
    path = tempfile.mkdtemp()
    try:
        yield path
    finally:
        shutil.rmtree(path)


def check_module_version_greater_or_equal(
    module: ModuleType, req_version_tuple: tuple, error_if_malformed: bool = True
) -> bool:
    """Return whether a module has a version or a later one.

    Args:
      module: The module.
      req_version_tuple: The version, such as ``(0, 3, 1)``.
      error_if_malformed: Whether a version that cannot be read is an error or a warning.

    Returns:
      True if it has.

    Raises:
      RuntimeError: if the version cannot be read.
    """
    try:
        found = module.__version__.split(".")
        return tuple(type(part)(found[i]) for i, part in enumerate(req_version_tuple)) >= req_version_tuple
    except (AttributeError, IndexError, ValueError, TypeError) as error:
        message = (f"'{module.__name__}' module version string is malformed '{module.__version__}' and cannot be "
                   f"compared with tuple {req_version_tuple}")
        if error_if_malformed:
            raise RuntimeError(message) from error
        warnings.warn(message + ", but continuing assuming that requirement is met", stacklevel=2)
        return True
