"""Saving and loading: PyTorch's files both ways, what is refused, and what damage does."""

import io
import os
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

import compat as torch
from compat import serialization
from tests.helpers import torch_or_none
from tests.oracle.saved_cases import MODULE, SAVED, SAVED_BEFORE_1_6, checkpoint, describe


def saved(value: object) -> io.BytesIO:
    buffer = io.BytesIO()
    torch.save(value, buffer)
    buffer.seek(0)
    return buffer


@pytest.mark.parametrize("path", [SAVED, SAVED_BEFORE_1_6], ids=["zip", "before 1.6"])
def test_loads_what_pytorch_saved(path: Path) -> None:
    assert describe(torch.load(path)) == describe(checkpoint(torch))


def test_loads_what_it_saved() -> None:
    assert describe(torch.load(saved(checkpoint(torch)))) == describe(checkpoint(torch))


@pytest.mark.parametrize("source", ["torch", "compat"])
def test_tensors_that_shared_memory_share_it_again(source: str) -> None:
    got = torch.load(SAVED if source == "torch" else saved(checkpoint(torch)))
    got["base"][1, 2] = 99
    rows, transposed, column, same = got["views"]
    assert (rows[0, 2].item(), transposed[2, 1].item(), column[1].item()) == (99, 99, 99)
    assert same is got["base"]


def test_pytorch_loads_what_compat_saved() -> None:
    real = torch_or_none()
    if real is None:
        pytest.skip("needs PyTorch: make crosscheck")
    got = real.load(saved(checkpoint(torch)))
    assert describe(got) == describe(checkpoint(real))
    got["base"][1, 2] = 99
    assert got["views"][2][1].item() == 99
    module = real.load(saved(torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU())), weights_only=False)
    assert module(real.ones(1, 2)).shape == (1, 3)


def test_modules_load_when_asked_to_run_code() -> None:
    with pytest.raises(pickle.UnpicklingError, match="Weights only load failed"):
        torch.load(MODULE)
    module = torch.load(MODULE, weights_only=False)
    assert [type(m) for m in module] == [torch.nn.Linear, torch.nn.ReLU]
    torch.manual_seed(0)
    assert describe(module[0].state_dict()) == describe(torch.nn.Linear(2, 3).state_dict())


class Unknown:
    """A class that no default load accepts."""


def test_default_load_runs_nothing_unknown() -> None:
    buffer = saved({"x": Unknown()})
    with pytest.raises(pickle.UnpicklingError, match="Unsupported global: GLOBAL .*Unknown was not an allowed global"):
        torch.load(buffer)
    buffer.seek(0)
    with serialization.safe_globals([Unknown]):
        assert serialization.get_safe_globals() == [Unknown]
        assert isinstance(torch.load(buffer)["x"], Unknown)
    assert serialization.get_safe_globals() == []


@pytest.mark.parametrize("keep", [0, 1, 30, 3000, -30])
@pytest.mark.parametrize("path", [SAVED, SAVED_BEFORE_1_6], ids=["zip", "before 1.6"])
def test_truncated_files_are_named_so(path: Path, keep: int) -> None:
    with pytest.raises((RuntimeError, EOFError, pickle.UnpicklingError)):
        torch.load(io.BytesIO(path.read_bytes()[:keep]))


def test_damaged_bytes_are_noticed() -> None:
    value = torch.arange(100)
    data = bytearray(saved(value).getvalue())
    data[data.index(value.numpy().tobytes()) + 8] ^= 1
    with pytest.raises(RuntimeError, match="failed reading file data/0"):
        torch.load(io.BytesIO(data))


def test_missing_paths() -> None:
    with pytest.raises(FileNotFoundError):
        torch.load("/nonexistent/file.pt")
    with pytest.raises(RuntimeError, match="Parent directory /nonexistent does not exist."):
        torch.save(1, "/nonexistent/file.pt")


def test_a_failed_save_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    torch.save({"a": 1}, path)
    with pytest.raises((pickle.PicklingError, AttributeError)):
        torch.save({"a": lambda: 1}, path)
    assert torch.load(path) == {"a": 1}
    assert os.listdir(tmp_path) == ["model.pt"]


def test_records_are_aligned_and_stored(tmp_path: Path) -> None:
    torch.save(checkpoint(torch), tmp_path / "model.pt")
    data = (tmp_path / "model.pt").read_bytes()
    with zipfile.ZipFile(tmp_path / "model.pt") as archive:
        for info in archive.infolist():
            name, extra = np.frombuffer(data, "<u2", 2, info.header_offset + 26)
            start = info.header_offset + 30 + int(name) + int(extra)
            assert start % 64 == 0
            assert data[start : start + info.file_size] == archive.read(info)
        assert archive.namelist()[0] == "model/data.pkl"


def test_map_location() -> None:
    assert torch.load(SAVED, map_location="cpu")["base"].device == torch.device("cpu")
    assert torch.load(SAVED, map_location={"cpu": "cpu"})["base"].device == torch.device("cpu")
    assert torch.load(SAVED, map_location=lambda storage, location: storage)["base"].device == torch.device("cpu")
    with pytest.raises(RuntimeError, match="Attempting to deserialize object on a CUDA device"):
        torch.load(SAVED, map_location="cuda")


def test_state_dict_round_trip_keeps_metadata() -> None:
    state = torch.nn.Linear(2, 3).state_dict()
    back = torch.load(saved(state))
    assert back._metadata == state._metadata
    assert describe(back) == describe(state)


def test_a_stream_that_cannot_seek() -> None:
    read, write = os.pipe()
    with os.fdopen(write, "wb") as sink:
        torch.save({"a": torch.ones(2)}, sink)
    with os.fdopen(read, "rb") as source:
        assert torch.load(source)["a"].tolist() == [1.0, 1.0]
