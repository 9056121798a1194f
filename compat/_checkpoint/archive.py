"""Zip archives: of what `torch.save` writes, and read without believing what they say about themselves."""

from __future__ import annotations

import hashlib
import io
import os
import struct
import sys
import zipfile
import zlib
from collections.abc import Iterable
from typing import IO, Any

import numpy as np

ALIGNMENT = 64  # of records, so that they can be mapped into memory
_BIG = 1 << 31  # bytes, from which zip needs its 64-bit headers
_NEWEST = 10  # of the format's versions
_BOMB = 1 << 26  # bytes, from which a compressed record is looked at more closely
_BOMB_RATIO = 100
_LOCAL = struct.Struct("<4s5H3I2H")  # a record's own header
_CORRUPT = (" This is an internal miniz error. If you are seeing this error, there is a high likelihood that your "
            "checkpoint file is corrupted. This can happen if the checkpoint was not saved properly, was transferred "
            "incorrectly, or the file was modified after saving.")  # fmt: skip
# What zipfile raises for archives that are none.
_BROKEN = (zipfile.BadZipFile, zipfile.LargeZipFile, ValueError, OSError, EOFError, NotImplementedError, LookupError,
           OverflowError, struct.error)  # fmt: skip


def _failure(doing: str, why: str) -> RuntimeError:
    return RuntimeError(f"PytorchStreamReader failed {doing}: {why}.{_CORRUPT}")


# ---------------------------------------------------------------- writing
def write(
    file: IO[bytes], name: str, pickled: bytes, storages: Iterable[tuple[str, np.ndarray]], byteorder: bool = True
) -> None:
    """Write an archive.

    Args:
      file: Where to.
      name: Of the folder that holds all records.
      pickled: The pickle of the object.
      storages: The keys of its storages and their elements.
      byteorder: Whether to say in which order their bytes are.
    """
    target = file if hasattr(file, "seekable") and file.seekable() else io.BytesIO()
    identity = hashlib.sha256(pickled)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        _record(archive, f"{name}/data.pkl", pickled)
        _record(archive, f"{name}/.format_version", b"1")
        _record(archive, f"{name}/.storage_alignment", str(ALIGNMENT).encode())
        if byteorder:
            _record(archive, f"{name}/byteorder", sys.byteorder.encode())
        for key, array in storages:
            data = memoryview(array.view(np.uint8))
            identity.update(str(len(data)).encode())
            _record(archive, f"{name}/data/{key}", data)
        _record(archive, f"{name}/version", b"3\n")
        _record(archive, f"{name}/.data/serialization_id", f"{int(identity.hexdigest(), 16):040d}"[:40].encode())
    if isinstance(target, io.BytesIO) and target is not file:
        file.write(target.getvalue())


def _record(archive: zipfile.ZipFile, name: str, data: bytes | memoryview) -> None:
    """Add a file whose bytes start at a multiple of 64."""
    info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    big = len(data) >= _BIG
    start = archive.fp.tell() + 30 + len(name.encode()) + 4 + (20 if big else 0)  # pyright: ignore
    padding = -start % ALIGNMENT
    info.extra = struct.pack("<HH", 0x4246, padding) + b"Z" * padding  # "FB", as PyTorch marks its padding
    info.file_size = len(data)
    with archive.open(info, "w", force_zip64=big) as record:
        record.write(data)


# ---------------------------------------------------------------- reading
class Archive:
    """The archive of a file.

    Nothing is reserved for a size before the bytes are known to be there; records that share bytes, that have one name,
    or that would grow a hundredfold, are refused.

    Args:
      file: Open for reading.
      mapped: The path of the file, if its storages shall be mapped into memory instead of read.
      order: The byte order of files that do not say.

    Raises:
      RuntimeError: if the file is no archive of `torch.save`.
      ValueError: if it has an unknown byte order.
    """

    def __init__(self, file: IO[bytes], mapped: str | os.PathLike | None = None, order: str = "little") -> None:
        self.file = file
        here = file.tell()
        self.size = file.seek(0, os.SEEK_END)
        file.seek(here)
        try:
            infos = zipfile.ZipFile(file).infolist()
        except _BROKEN as error:
            raise _failure("reading zip archive", "failed finding central directory") from error
        self.records = {info.filename: info for info in infos}
        if len(self.records) != len(infos):
            raise _failure("reading zip archive", "two records have the same name")
        if sum(info.compress_size for info in infos) > self.size:
            raise _failure("reading zip archive", "records share bytes, or are longer than the file")
        pickles = [name for name in self.records if name.endswith("/data.pkl") and name.count("/") == 1]
        if len(pickles) != 1:
            raise _failure("locating file data.pkl", "file not found")
        self.root = pickles[0].removesuffix("data.pkl")
        self._check_version()
        if self.has("byteorder"):
            order = self.read("byteorder").decode("latin-1")
            if order not in ("little", "big"):
                raise ValueError(f"Unknown endianness type: {order}")
        self.swap = order != sys.byteorder
        self.map = None if mapped is None else np.memmap(mapped, np.uint8, "c")

    def has(self, name: str) -> bool:
        """Whether there is a record of this name."""
        return self.root + name in self.records

    def _check_version(self) -> None:
        if not self.has("version"):
            raise RuntimeError('Expected hasRecord("version") to be true, but got false.')
        text = self.read("version").strip()
        if not text.isdigit() or len(text) > 9:
            raise _failure("reading file version", "no number")
        if int(text) > _NEWEST:
            raise RuntimeError(
                f"Attempted to read a PyTorch file with version {int(text)}, but the maximum supported version for "
                f"reading is {_NEWEST}. The version of your PyTorch installation may be too old, please upgrade "
                "PyTorch to latest version to mitigate this issue.")

    def _find(self, name: str) -> tuple[zipfile.ZipInfo, int]:
        """A record, and where its bytes start."""
        info = self.records.get(self.root + name)
        if info is None:
            raise _failure(f"locating file {name}", "file not found")
        try:
            self.file.seek(info.header_offset)
            header = self.file.read(_LOCAL.size)
        except _BROKEN as error:
            raise _failure(f"reading file {name}", "the file ends before it") from error
        if len(header) < _LOCAL.size or header[:4] != b"PK\x03\x04":
            raise _failure(f"reading file {name}", "it does not start where it should")
        *_, names, extra = _LOCAL.unpack(header)
        start = info.header_offset + _LOCAL.size + names + extra
        if start + info.compress_size > self.size:
            raise _failure(f"reading file {name}", "the file ends before it does")
        if info.compress_type == zipfile.ZIP_STORED and info.compress_size != info.file_size:
            raise _failure(f"reading file {name}", "it has two sizes")
        if info.flag_bits & 1:
            raise _failure(f"reading file {name}", "it is encrypted")
        return info, start

    def read(self, name: str) -> bytes:
        """The bytes of a record.

        Args:
          name: Of the record, without the folder.

        Returns:
          The bytes.

        Raises:
          RuntimeError: if it is missing or damaged.
        """
        info, start = self._find(name)
        self.file.seek(start)
        data = self.file.read(info.compress_size)
        if info.compress_type == zipfile.ZIP_DEFLATED:
            data = _inflated(name, data, info.file_size)
        elif info.compress_type != zipfile.ZIP_STORED:
            raise _failure(f"reading file {name}", f"compression method {info.compress_type} is not supported")
        if len(data) != info.file_size:
            raise _failure(f"reading file {name}", f"{len(data)} bytes where {info.file_size} were expected")
        if info.CRC and zlib.crc32(data) != info.CRC:  # 0: PyTorch was told to leave it out
            raise _failure(f"reading file {name}", "its bytes have changed")
        return data

    def storage(self, key: str, count: int, itemsize: int, part: int) -> np.ndarray:
        """The bytes of a storage.

        Args:
          key: Its name.
          count: How many elements it has.
          itemsize: Bytes of one.
          part: Bytes of what keeps its order: half an element that is complex.

        Returns:
          The bytes in this machine's order, uint8, the caller's own.

        Raises:
          RuntimeError: if the record is missing, damaged, or of another size.
        """
        name = f"data/{key}"
        info, start = self._find(name)
        if info.file_size != count * itemsize:
            raise RuntimeError(f"record size ({info.file_size} bytes) does not match expected size ({count * itemsize} "
                               f"bytes = {count * itemsize} elements * 1 bytes/element) for dtype Byte")
        if self.map is not None and info.compress_type == zipfile.ZIP_STORED:
            data: Any = self.map[start : start + info.compress_size]
        else:
            data = np.array(np.frombuffer(self.read(name), np.uint8))
        return np.ascontiguousarray(data.reshape(-1, part)[:, ::-1]).reshape(-1) if self.swap and part > 1 else data


def _inflated(name: str, data: bytes, size: int) -> bytes:
    if size > _BOMB and size > _BOMB_RATIO * len(data):
        raise _failure(f"reading file {name}", f"{len(data)} bytes would become {size}: unpack and repack it without "
                       "compression if you trust it")
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, size + 1)
    except (zlib.error, OverflowError) as error:
        raise _failure(f"reading file {name}", str(error)) from error
