"""Checkpoints of every kind go from PyTorch to compat and back, bit for bit; options; files that are refused."""

import importlib.util
import io
import json
import os
import pickle
import struct
import subprocess
import sys
import tarfile
import warnings
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import compat as torch
from compat import serialization
from tests.conftest import ROOT
from tests.helpers import torch_or_none
from tests.oracle.checkpoint_rows import (
    ROWS,
    described,
    of_compat,
    of_pytorch,
    recorded,
    recorded_description,
)

every_row = pytest.mark.parametrize("name", ROWS)
both_formats = pytest.mark.parametrize("old", [False, True], ids=["zip", "before 1.6"])
live = pytest.mark.skipif(torch_or_none() is None, reason="needs PyTorch: make crosscheck")


def saved(value: object, **options: Any) -> io.BytesIO:
    buffer = io.BytesIO()
    torch.save(value, buffer, **options)
    buffer.seek(0)
    return buffer


# ---- both ways
@every_row
@both_formats
def test_pytorchs_files(name: str, old: bool) -> None:
    """What PyTorch saved is what compat loads: elements, layouts, flags, attributes, shared memory."""
    got = repr(described(torch.load(io.BytesIO(recorded(name, old))), of_compat))
    assert got == recorded_description(name)


@live
@every_row
@both_formats
def test_pytorchs_files_live(name: str, old: bool) -> None:
    real = torch_or_none()
    made, buffer = ROWS[name](real), io.BytesIO()
    real.save(made, buffer, _use_new_zipfile_serialization=not old)
    for weights_only in (True, False):
        buffer.seek(0)
        got = torch.load(buffer, weights_only=weights_only)
        assert described(got, of_compat) == described(made, of_pytorch)


@every_row
@both_formats
def test_its_own_files(name: str, old: bool) -> None:
    made = ROWS[name](torch)
    got = torch.load(saved(made, _use_new_zipfile_serialization=not old))
    assert described(got, of_compat) == described(made, of_compat)


@live
@every_row
@both_formats
def test_files_for_pytorch(name: str, old: bool) -> None:
    made = ROWS[name](torch)
    if old and any(young in name for young in ("uint16", "uint32", "uint64", "float8")):
        own = io.BytesIO()
        torch_or_none().save(ROWS[name](torch_or_none()), own, _use_new_zipfile_serialization=False)
        own.seek(0)
        with pytest.raises(AttributeError, match="UntypedStorage' has no attribute 'dtype'"):
            torch_or_none().load(own)
        return  # PyTorch does not read such files, its own neither
    for weights_only in (True, False):
        buffer = saved(made, _use_new_zipfile_serialization=not old)
        got = torch_or_none().load(buffer, weights_only=weights_only)
        assert described(got, of_pytorch) == described(made, of_compat)


@live
@pytest.mark.parametrize("name", ["shared", "float8_e5m2", "Adam", "overlapping"])
def test_files_for_pytorch_to_map(name: str, tmp_path: Path) -> None:
    made = ROWS[name](torch)
    torch.save(made, tmp_path / "a.pt")
    assert described(torch_or_none().load(tmp_path / "a.pt", mmap=True), of_pytorch) == described(made, of_compat)


@live
def test_modules_both_ways() -> None:
    real = torch_or_none()

    def make(of: Any) -> Any:
        of.manual_seed(0)
        nn = of.nn
        parts = [nn.Conv2d(1, 2, 3, padding=1), nn.BatchNorm2d(2), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                 nn.Linear(2, 3), nn.Dropout(0.1), nn.Sequential(nn.LayerNorm(3), nn.GELU()), nn.Softmax(-1)]
        return nn.Sequential(*parts).eval()

    x = [[[[1.0, 2.0], [3.0, 4.0]]]]
    wanted = make(real)(real.tensor(x))
    buffer = io.BytesIO()
    real.save(make(real), buffer)
    buffer.seek(0)
    got = torch.load(buffer, weights_only=False)
    np.testing.assert_allclose(got(torch.tensor(x)).detach().numpy(), wanted.detach().numpy(), rtol=1e-5)
    back = real.load(saved(make(torch)), weights_only=False)
    np.testing.assert_allclose(back(real.tensor(x)).detach().numpy(), wanted.detach().numpy(), rtol=1e-5)


@live
def test_lazy_conjugates_and_negatives_of_pytorch_are_resolved() -> None:
    real = torch_or_none()
    z = real.tensor([1 + 2j, 3 - 4j])
    for made in (z.conj(), z.conj().imag, real._neg_view(z)):
        buffer = io.BytesIO()
        real.save(made, buffer)
        buffer.seek(0)
        assert torch.load(buffer).tolist() == made.tolist()


@pytest.mark.parametrize("name", ["float32", "complex64", "int16", "complex128", "int8"])
def test_big_endian_files(name: str) -> None:
    value = ROWS[name](torch)
    part = value.dtype.itemsize // (2 if value.is_complex() else 1)
    swapped = np.frombuffer(of_compat(value)[1], np.uint8).reshape(-1, part)[:, ::-1].tobytes()
    data = rewritten(saved(value), {"byteorder": b"big", "data/0": swapped})
    assert described(torch.load(data), of_compat) == described(value, of_compat)


# ---- files made by hand
def rewritten(file: io.BytesIO, records: dict[str, bytes | None], method: int = zipfile.ZIP_STORED) -> io.BytesIO:
    """The archive with other records, without those that are None."""
    out = io.BytesIO()
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(out, "w", method) as new:
        names = [name.partition("/")[2] for name in old.namelist()]
        for name in [*names, *(n for n in records if n not in names)]:
            content = records[name] if name in records else old.read(f"archive/{name}")
            if content is not None:
                new.writestr(f"archive/{name}", content)
    out.seek(0)
    return out


def test_compressed_archives_are_read() -> None:
    value = {"a": torch.zeros(1000), "b": torch.arange(9)}
    file = rewritten(saved(value), {}, zipfile.ZIP_DEFLATED)
    assert described(torch.load(file), of_compat) == described(value, of_compat)


REFUSED = {
    "no pickle": {"data.pkl": None},
    "no storage": {"data/0": None},
    "no version": {"version": None},
    "too new": {"version": b"99\n"},
    "unknown order": {"byteorder": b"middle"},
    "short storage": {"data/0": b"123"},
    "long storage": {"data/0": b"123" * 100},
    "a script": {"constants.pkl": b""},
}


@pytest.mark.parametrize("name", REFUSED)
def test_archives_are_refused_as_pytorch_refuses_them(name: str) -> None:
    real = torch_or_none()
    with pytest.raises((RuntimeError, ValueError)) as caught:
        torch.load(rewritten(saved({"a": torch.ones(2)}), REFUSED[name]))
    assert str(caught.value)
    if real is not None:
        with pytest.raises((RuntimeError, ValueError)) as said, warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # about scripts
            real.load(rewritten(saved({"a": torch.ones(2)}), REFUSED[name]))
        assert type(said.value) is type(caught.value)
        # PyTorch's own text begins with a place in its source, and may end with a request for reports
        text = str(said.value).partition("] . ")[2] or str(said.value)
        assert text.startswith(str(caught.value))


def pickled(*parts: bytes) -> io.BytesIO:
    return rewritten(saved(0), {"data.pkl": b"\x80\x02" + b"".join(parts) + b"."})


def tuples(depth: int) -> bytes:
    return b"K\x01" + b"\x85" * depth


NEVER = {
    "a call": b"cos\nsystem\n(X\x02\x00\x00\x00ls\x85R",
    "an import": b"ctests.compat.test_checkpoints\nNEVER\n",
    "a module's attribute": b"cbuiltins\neval\n",
    "protocol 4's global": b"\x8c\x02os\x8c\x06system\x93",
    "INST": b"(ios\nsystem\n",
    "OBJ": b"(cos\nsystem\no",
    "a class's attributes": b"ctorch\nTensor\nN}X\x03\x00\x00\x00addK\x01s\x86b",
    "a function's attributes": b"ctorch._utils\n_rebuild_tensor_v2\n}X\x01\x00\x00\x00aK\x01sb",
    "a type's call": b"ctorch\nTensor\nK\x05\x85R",
    "zeros": b"cbuiltins\nbytearray\n\x8a\x06\x00\x00\x00\x00\x00\x10\x85R",
    "another codec": b"c_codecs\nencode\nX\x01\x00\x00\x00aX\x05\x00\x00\x00rot13\x86R",
    "copies": b"X\x00\x00\x01\x00" + b"a" * 65536 + b"q\x010(" + b"c_codecs\nencode\nh\x01X\x06\x00\x00\x00latin1\x86R"
              * 100 + b"l",
    "a deep key": b"}" + tuples(100_000) + b"K\x01s",
    "a deep member": b"cbuiltins\nset\n(" + tuples(100_000) + b"t\x85R",
    "a key that is two of itself": b"}K\x01" + b"q\x01h\x01\x86" * 64 + b"K\x01s",
    "a long text": b"X\xff\xff\xff\xff",
    "a far place": b"K\x01r\xff\xff\xff\xffj\xfe\xff\xff\xff",
    "nothing": b"",
    "a mark without an end": b"((((",
    "no stack": b"0000",
    "a tuple of nothing": b"\x87",
    "an unhashable key": b"}]K\x01s",
    "a list that is none": b"K\x01K\x02a",
    "an ordered set": b"ccollections\nOrderedDict\nK\x05\x85R",
    "a storage that is none": b"(X\x07\x00\x00\x00storageK\x01X\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x01tQ",
    "a persistent thing": b"X\x01\x00\x00\x00aQ",
    "a tensor of numbers": b"ctorch._utils\n_rebuild_tensor_v2\n(K\x00K\x00))\x89}tR",
    "a parameter of a text": b"ctorch._utils\n_rebuild_parameter\nX\x01\x00\x00\x00a\x88}\x87R",
}


@pytest.mark.parametrize("name", NEVER)
def test_hostile_pickles_are_refused(name: str) -> None:
    with pytest.raises((pickle.UnpicklingError, EOFError)) as caught:
        torch.load(pickled(NEVER[name]))
    if isinstance(caught.value, pickle.UnpicklingError):
        assert str(caught.value).startswith("Weights only load failed.")


def tensor_pickle(count: int, offset: int, size: tuple, stride: tuple) -> bytes:
    class Forged:
        def __reduce__(self) -> Any:
            return torch._utils._rebuild_tensor_v2, (Storage(), offset, size, stride, False, OrderedDict())

    class Storage:
        pass

    class Pickler(pickle.Pickler):
        def persistent_id(self, obj: Any) -> Any:
            kind = torch._utils.FloatStorage
            return ("storage", kind, "0", "cpu", count) if isinstance(obj, Storage) else None

    out = io.BytesIO()
    Pickler(out, 2).dump(Forged())
    return out.getvalue().replace(b"compat._utils\nFloatStorage", b"torch\nFloatStorage").replace(b"compat.", b"torch.")


@pytest.mark.parametrize("layout", [
    (2, 0, (3,), (1,)), (2, 2, (1,), (1,)), (2, -1, (1,), (1,)), (2, 0, (-1,), (1,)), (2, 0, (2,), (-1,)),
    (2, 0, (2,), (1, 1)), (2, 0, (2**40, 2**40), (0, 0)), (2, 0, (1,) * 100, (1,) * 100), (2, 2**61, (1,), (1,)),
    (2, 0, (2.0,), (1,)), (2**50, 0, (1,), (1,)), (-2, 0, (1,), (1,)), (2, 0, (0, 2**61), (1, 1)),
], ids=str)  # fmt: skip
def test_forged_sizes_are_refused(layout: tuple) -> None:
    file = rewritten(saved(torch.ones(2)), {"data.pkl": tensor_pickle(*layout)})
    with pytest.raises((RuntimeError, pickle.UnpicklingError)):
        torch.load(file)
    good = rewritten(saved(torch.ones(2)), {"data.pkl": tensor_pickle(2, 0, (2,), (1,))})
    assert torch.load(good).tolist() == [1, 1]


def test_a_state_cannot_reach_into_a_tensor() -> None:
    value = torch.ones(2)
    value.note = 1
    content = zipfile.ZipFile(saved(value)).read("archive/data.pkl").replace(b"note", b"_acc")
    with pytest.raises(pickle.UnpicklingError, match="'_acc' is no attribute that a tensor is saved with"):
        torch.load(rewritten(saved(value), {"data.pkl": content}))


def test_bombs_are_refused() -> None:
    big = rewritten(saved(torch.zeros(4)), {"data/0": bytes(100 << 20)}, zipfile.ZIP_DEFLATED)
    records = serialization.archive.Archive(big)
    with pytest.raises(RuntimeError, match="unpack and repack it without compression if you trust it"):
        records.read("data/0")


def test_records_of_one_name_are_refused() -> None:
    out = saved(torch.ones(2))
    with warnings.catch_warnings(), zipfile.ZipFile(out, "a") as archive:
        warnings.simplefilter("ignore", UserWarning)
        archive.writestr("archive/data/0", b"12345678")
    out.seek(0)
    with pytest.raises(RuntimeError, match="two records have the same name"):
        torch.load(out)


# ---- options
def test_mapped_files(tmp_path: Path) -> None:
    path = tmp_path / "a.pt"
    torch.save({"a": torch.arange(1000.0), "b": torch.ones(3, dtype=torch.bfloat16)}, path)
    before = path.read_bytes()
    got = torch.load(str(path), mmap=True)
    assert described(got, of_compat) == described(torch.load(path), of_compat)
    got["a"][0] = 5
    got["a"].mul_(2)
    assert got["a"][:3].tolist() == [10, 2, 4]
    assert path.read_bytes() == before
    with pytest.raises(ValueError, match="f must be a file path in order to use the mmap argument"):
        torch.load(io.BytesIO(before), mmap=True)
    torch.save(1, path, _use_new_zipfile_serialization=False)
    with pytest.raises(RuntimeError, match="mmap can only be used with files saved with"):
        torch.load(path, mmap=True)


class Recorder:
    """What pickles as a call of `print`-like code."""

    ran: list[str] = []

    def __reduce__(self) -> Any:
        return record, ("ran",)


def record(text: str) -> str:
    Recorder.ran.append(text)
    return text


def test_pickle_modules_and_their_options() -> None:
    file = saved({"x": Recorder(), "y": torch.ones(1)})
    with pytest.raises(pickle.UnpicklingError, match="Unsupported global: GLOBAL .*record was not an allowed global"):
        torch.load(file)
    assert not Recorder.ran
    file.seek(0)
    with pytest.raises(RuntimeError, match="Can not safely load weights when explicit pickle_module is specified"):
        torch.load(file, pickle_module=pickle, weights_only=True)
    assert torch.load(file, pickle_module=pickle)["x"] == "ran"
    assert Recorder.ran == ["ran"]
    file.seek(0)
    with pytest.warns(UserWarning, match="pickle_load_args only works if `weights_only=False`"), \
            pytest.raises(pickle.UnpicklingError):
        torch.load(file, encoding="bytes")


def test_the_environment_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    file = saved(Recorder())
    monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "1")
    with pytest.warns(UserWarning, match="forcing weights_only=False"):
        assert torch.load(file) == "ran"
    monkeypatch.setenv("TORCH_FORCE_WEIGHTS_ONLY_LOAD", "1")
    with pytest.raises(RuntimeError, match="Only one of"):
        torch.load(file)
    monkeypatch.delenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD")
    file.seek(0)
    with pytest.raises(pickle.UnpicklingError):
        torch.load(file, weights_only=False)
    Recorder.ran.clear()


class Point:
    def __init__(self, x: int) -> None:
        self.x = x


class Slotted:
    __slots__ = ("x",)


def test_safe_globals() -> None:
    slotted = Slotted()
    slotted.x = 3
    file = saved([Point(2), slotted])
    names = [f"{__name__}.Point", f"{__name__}.Slotted"]
    assert sorted(serialization.get_unsafe_globals_in_checkpoint(file)) == names
    file.seek(0)
    with serialization.safe_globals([Point, (Slotted, names[1])]):
        got = torch.load(file)
        assert (got[0].x, got[1].x) == (2, 3)
        assert serialization.get_unsafe_globals_in_checkpoint(saved(Point(1))) == []
    assert serialization.get_safe_globals() == []
    serialization.add_safe_globals([Point])
    assert serialization.get_safe_globals() == [Point]
    serialization.clear_safe_globals()
    with serialization.safe_globals([(Point, "a", "b")]), pytest.raises(ValueError, match="tuple of length 2"):
        torch.load(saved(Point(1)))
    with serialization.safe_globals([os.system]), \
            pytest.raises(pickle.UnpicklingError, match="module posix is blocked"):
        torch.load(pickled(b"cposix\nsystem\n"))


class Sub(torch.Tensor):
    pass


def test_subclasses() -> None:
    value = torch.ones(2).as_subclass(Sub)
    value.note = "n"
    with pytest.raises(pickle.UnpicklingError, match="Sub was not an allowed global"):
        torch.load(saved(value))
    with serialization.safe_globals([Sub]):
        got = torch.load(saved(value))
    assert (type(got), got.note, got.tolist()) == (Sub, "n", [1, 1])


def test_numpy_needs_permission() -> None:
    file = saved({"a": np.float64(2.5)})
    with pytest.raises(pickle.UnpicklingError, match="scalar was not an allowed global"):
        torch.load(file)
    file.seek(0)
    allowed = [(np._core.multiarray.scalar, "numpy._core.multiarray.scalar"), np.dtype, np.dtypes.Float64DType]
    with serialization.safe_globals(allowed):
        assert torch.load(file) == {"a": 2.5}


PLACES = {
    "name": ("cpu", True), "bytes": (b"cpu", True), "device": (torch.device("cpu"), True),
    "dict": ({"cuda:0": "cpu"}, True), "another dict": ({"cpu": "cpu"}, False),
    "as it is": (lambda storage, place: storage, True), "moved": (lambda storage, place: storage.cpu(), True),
    "undecided": (lambda storage, place: None, False), "nothing": (None, False),
}  # fmt: skip


@pytest.mark.parametrize(("where", "moves"), PLACES.values(), ids=PLACES)
def test_map_location(where: Any, moves: bool) -> None:
    assert torch.load(saved(torch.ones(1)), map_location=where).device == torch.device("cpu")
    elsewhere = rewritten(saved(torch.ones(1)), {"data.pkl": zipfile.ZipFile(saved(torch.ones(1))).read(
        "archive/data.pkl").replace(b"X\x03\x00\x00\x00cpu", b"X\x06\x00\x00\x00cuda:0")})
    if not moves:
        with pytest.raises(RuntimeError, match="Attempting to deserialize object on a CUDA device"):
            torch.load(elsewhere, map_location=where)
    else:
        assert torch.load(elsewhere, map_location=where).device == torch.device("cpu")


def test_map_location_to_nowhere() -> None:
    with pytest.raises(RuntimeError, match=r"don't know how to restore data location of torch.storage.UntypedStorage "
                                           r"\(tagged with bogus\)"):
        torch.load(saved(torch.ones(1)), map_location="bogus")
    with pytest.raises(TypeError, match="'int' object is not callable"):
        torch.load(saved(torch.ones(1)), map_location=3)
    with pytest.raises(ZeroDivisionError):
        torch.load(saved(torch.ones(1)), map_location=lambda storage, place: 1 / 0)


def test_skipped_data() -> None:
    with serialization.skip_data():
        empty = saved(torch.ones(3))
        with pytest.raises(RuntimeError, match="Cannot use skip_data=True with"):
            saved(1, _use_new_zipfile_serialization=False)
    assert torch.load(empty).tolist() == [0, 0, 0]
    with serialization.skip_data():
        assert torch.load(saved(torch.ones(3))).tolist() == [0, 0, 0]
        assert torch.load(io.BytesIO(recorded("float32", True))).tolist() == [0] * 12
    assert torch.load(saved(torch.ones(3))).tolist() == [1, 1, 1]


def test_files_without_checksums_are_read() -> None:
    data = bytearray(saved(torch.ones(3)).getvalue())
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for info in archive.infolist():
            at = data.rindex(info.filename.encode()) - 46  # its entry in the directory
            data[at + 16 : at + 20] = bytes(4)
    assert torch.load(io.BytesIO(data)).tolist() == [1, 1, 1]


def test_two_dtypes_on_one_storage_cannot_be_saved() -> None:
    x = torch.ones(2)
    with pytest.raises(RuntimeError, match="Cannot save multiple tensors or storages that view the same data as "
                                           "different types"):
        saved([x, x.view(torch.int32)])


def test_settings() -> None:
    assert serialization.get_default_load_endianness() is None
    no_order = rewritten(saved(torch.ones(1)), {"byteorder": None, "data/0": np.ones(1, ">f4").tobytes()})
    serialization.set_default_load_endianness(serialization.LoadEndianness.BIG)
    try:
        assert torch.load(no_order).tolist() == [1]
    finally:
        serialization.set_default_load_endianness(None)
    with pytest.raises(TypeError, match="Invalid argument type in function set_default_load_endianness"):
        serialization.set_default_load_endianness("big")
    assert serialization.get_crc32_options() is True
    with pytest.raises(NotImplementedError, match="MAP_SHARED"):
        serialization.set_default_mmap_options(1)


# ---- tar archives, of the first versions
def tar(path: Path) -> Path:
    """An archive as the first versions wrote it: two tensors on one storage, one of them through a view of it."""
    def dumped(*values: Any) -> bytes:
        return b"".join(pickle.dumps(v, 2).replace(b"compat._utils\n", b"torch\n") for v in values)

    kind = torch._utils.FloatStorage
    storages = dumped(1, (7, "cpu", kind)) + struct.pack("<q", 6) + np.arange(6, dtype="<f4").tobytes() + dumped(
        [(8, 7, 2, 4)])
    tensors = dumped(2, (1, 7, None)) + struct.pack("<iiqqqqq", 2, 0, 2, 3, 3, 1, 0) + dumped(
        (2, 8, None)) + struct.pack("<iiqqq", 1, 0, 2, 2, 1)

    class Named:
        def __init__(self, key: str) -> None:
            self.key = key

    class Pickler(pickle.Pickler):
        def persistent_id(self, obj: Any) -> Any:
            return obj.key if isinstance(obj, Named) else None

    content = io.BytesIO()
    Pickler(content, 2).dump({"a": Named("1"), "b": Named("2")})
    with tarfile.open(path, "w:") as archive:
        for name, data in (("storages", storages), ("tensors", tensors), ("pickle", content.getvalue())):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def test_tar_archives(tmp_path: Path) -> None:
    path = tar(tmp_path / "a.tar")
    with pytest.raises(RuntimeError, match="Cannot use ``weights_only=True`` with files saved in the legacy"):
        torch.load(path)
    got = torch.load(path, weights_only=False)
    assert {k: v.tolist() for k, v in got.items()} == {"a": [[0, 1, 2], [3, 4, 5]], "b": [3, 5]}
    got["a"].zero_()
    assert got["b"].tolist() == [0, 0]
    if torch_or_none() is not None:
        real = torch_or_none().load(path, weights_only=False)
        assert {k: v.tolist() for k, v in real.items()} == {"a": [[0, 1, 2], [3, 4, 5]], "b": [3, 5]}


# ---- files damaged and forged by chance
@pytest.mark.parametrize(("loads", "seed"), [(300, 0), pytest.param(10_000, 1, marks=pytest.mark.slow)])
def test_damaged_and_forged_files_end_in_a_value_or_a_named_error(loads: int, seed: int) -> None:
    """In a process of its own, so that a crash is seen; it limits its memory and dies if a load hangs."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.compat.fuzz_checkpoints", str(loads), str(seed)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100 + loads / 10)
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    told = json.loads(done.stdout)
    assert told["bad"] == []
    assert sum(sum(kind.values()) for kind in told["endings"].values()) == loads
    assert all(len(kind) > 1 for kind in told["endings"].values()), "each kind of damage gives values and errors"


# ---- safetensors
SAFETENSORS = """
import sys
import torch
from safetensors import safe_open
from safetensors.torch import load, load_file, load_model, save, save_file, save_model
from tests.oracle.checkpoint_rows import DTYPES, _bits
torch.manual_seed(0)
known = [name for name in DTYPES if name != "complex128"]
tensors = {name: _bits(torch, name).reshape(3, 4) for name in known}
tensors |= {"0-d": torch.tensor(2.5), "empty": torch.zeros(0, 3), "part": torch.arange(6.0)[2:]}
save_file(tensors, "own.safetensors", metadata={"a": "b"})

def same(got):
    assert sorted(got) == sorted(tensors)
    for name, t in tensors.items():
        assert (got[name].dtype, got[name].shape) == (t.dtype, t.shape), name
        if t.numel() and t.dim():
            assert torch.equal(got[name].view(torch.uint8), t.view(torch.uint8)), name

for backend in ("mmap", "pread"):
    same(load_file("own.safetensors", backend=backend))
same({**load(save({n: t for n, t in tensors.items() if n != "float8_e8m0fnu"})),
      "float8_e8m0fnu": tensors["float8_e8m0fnu"]})
if hasattr(torch, "metrics"):
    same(torch.load("own.safetensors"))
with safe_open("own.safetensors", "pt") as f:
    assert f.metadata() == {"a": "b"}
    assert f.get_slice("int32")[1:, :2].tolist() == tensors["int32"][1:, :2].tolist()

def tied():
    model = torch.nn.Sequential(torch.nn.Embedding(3, 2), torch.nn.Linear(2, 3, bias=False))
    model[1].weight = model[0].weight
    return model

model, other = tied(), tied()
save_model(model, "model.safetensors")
assert list(load_file("model.safetensors")) == ["0.weight"]
assert load_model(other, "model.safetensors") == (set(), [])
assert torch.equal(other[1].weight, model[0].weight)
for bad, error in (({"a": tensors["0-d"].expand(2, 2).t(), "b": 1}, ValueError), ({"a": torch.ones(2, 3).t()},
                   ValueError), ({"a": model[0].weight, "b": model[1].weight}, RuntimeError)):
    try:
        save_file(bad, "bad.safetensors")
    except error:
        continue
    raise AssertionError(bad)
print("done")
"""


@pytest.mark.skipif(importlib.util.find_spec("safetensors") is None, reason="safetensors is not installed")
def test_safetensors_under_the_runner(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(SAFETENSORS)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}

    def run(*command: str, name: str) -> bytes:
        folder = tmp_path / name
        folder.mkdir()
        done = subprocess.run([sys.executable, *command, str(tmp_path / "program.py")], cwd=folder, env=environment,
                              capture_output=True, text=True)
        assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr
        return (folder / "own.safetensors").read_bytes() + (folder / "model.safetensors").read_bytes()

    ours = run("-m", "compat", name="compat")
    if torch_or_none() is not None:
        assert run(name="torch") == ours, "the files are PyTorch's, byte for byte"


# ---- storages themselves
def test_storages_are_saved_with_the_tensors_on_them() -> None:
    x = torch.arange(4.0)
    typed = torch.TypedStorage(wrap_storage=x.untyped_storage(), dtype=torch.float32)
    got = torch.load(saved({"x": x, "s": typed}))
    assert (got["s"].tolist(), got["s"].dtype) == ([0, 1, 2, 3], torch.float32)
    got["s"][1] = 9
    assert got["x"].tolist() == [0, 9, 2, 3]
    only = torch.load(saved(x.untyped_storage()))
    assert (only.dtype, only.tolist()) == (torch.uint8, list(x.numpy().tobytes()))
    with pytest.raises(RuntimeError, match="Cannot save multiple tensors or storages"):
        saved([x, x.untyped_storage()])
    real = torch_or_none()
    if real is not None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # about typed storages
            assert real.load(saved({"x": x, "s": typed}))["s"].tolist() == [0, 1, 2, 3]
        buffer = io.BytesIO()
        real.save(real.arange(4.0).untyped_storage(), buffer)
        buffer.seek(0)
        assert torch.load(buffer).tolist() == only.tolist()
