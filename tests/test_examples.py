"""Every example runs, as a user starts it, on little data."""

import gzip
import os
import re
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import ROOT
from tests.helpers import torch_or_none
from tests.test_structure import code_lines

DIGITS = ROOT / "examples" / "digits.py"
FLAX = ROOT / "examples" / "flax_training.py"
EXAMPLES = sorted(set((ROOT / "examples").glob("*.py")) - {FLAX})  # that one is run below
# What makes an example small; the others are small as they are.
ARGUMENTS = {"digits": ["--epochs", "2", "--limit", "192"]}


def run(folder: Path, *command: str, status: int = 0) -> str:
    """Runs Python on ``command`` in an empty folder; what it printed."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        [sys.executable, *command], cwd=folder, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout if status == 0 else done.stderr


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_example(path: Path, tmp_path: Path) -> None:
    assert run(tmp_path, "-m", "compat", str(path), *ARGUMENTS.get(path.stem, []))


@pytest.mark.parametrize("model", [*(pytest.param(m, marks=pytest.mark.slow) for m in ("sigmoid", "mlp")), "conv"])
def test_digits_learns(model: str, tmp_path: Path) -> None:
    epochs = {"sigmoid": "4", "mlp": "6", "conv": "3"}[model]
    text = run(tmp_path, "-m", "compat", str(DIGITS), "--model", model, "--epochs", epochs, "--batch", "32")
    losses, accuracies = (list(map(float, re.findall(rf"{word} (\d\.\d{{4}})", text))) for word in ("loss", "accuracy"))
    assert losses[-1] < 0.5 * losses[0]
    assert accuracies[-1] > 0.85
    assert (tmp_path / "out" / f"digits_{model}.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("kind", ["linen", pytest.param("nnx", marks=pytest.mark.slow)])
def test_flax_training(kind: str, tmp_path: Path) -> None:
    text = run(tmp_path, str(FLAX), kind)
    losses = list(map(float, re.findall(r"\d  loss (\d\.\d{4})", text)))
    accuracies = list(map(float, re.findall(r"accuracy (\d\.\d{4})", text)))
    assert len(losses) == 8 and losses[-1] < 0.1 * losses[0]
    assert accuracies[-1] > 0.85
    assert text.endswith("goes on as without it: True\n")


def test_flax_training_is_short() -> None:
    assert code_lines(FLAX) < 60


@pytest.mark.skipif(torch_or_none() is None, reason="compares with PyTorch live; FUNCGRAD_ORACLE=live asks for it")
@pytest.mark.parametrize("options", [["sigmoid"], ["sigmoid", "--pair", "3", "8"], ["mlp"], ["conv", "--epochs", "4"]])
def test_digits_prints_what_torch_prints(options: list[str], tmp_path: Path) -> None:
    command = [str(DIGITS), "--model", *options]
    assert run(tmp_path, "-m", "compat", *command) == run(tmp_path, *command)


def write_idx(path: Path, values: np.ndarray) -> None:
    header = struct.pack(f">BBBB{values.ndim}i", 0, 0, 8, values.ndim, *values.shape)
    data = header + values.astype(np.uint8).tobytes()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)


def test_digits_reads_the_original_mnist_files(tmp_path: Path) -> None:
    r = np.random.default_rng(0)
    for part, n, suffix in (("train", 96, ".gz"), ("t10k", 32, "")):
        labels = r.integers(0, 10, n)
        images = r.integers(0, 30, (n, 28, 28)) + (labels * 20)[:, None, None]
        write_idx(tmp_path / f"{part}-images-idx3-ubyte{suffix}", images)
        write_idx(tmp_path / f"{part}-labels-idx1-ubyte{suffix}", labels)
    command = ["-m", "compat", str(DIGITS), "--mnist", str(tmp_path), "--epochs", "1", "--model", "sigmoid"]
    assert "96 images of 28x28 to learn from, 32 to be judged by" in run(tmp_path, *command)
    (tmp_path / "t10k-labels-idx1-ubyte").write_bytes(b"\x00\x00\x08\x01\x00\x00\x00\x20abc")
    assert "is cut short: 3 bytes of 32" in run(tmp_path, *command, status=1)
    (tmp_path / "t10k-labels-idx1-ubyte").unlink()
    assert "neither t10k-labels-idx1-ubyte nor t10k-labels-idx1-ubyte.gz" in run(tmp_path, *command, status=1)
