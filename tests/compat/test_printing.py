"""How tensors print: PyTorch's text for random values, shapes, dtypes and options."""

from typing import Any

import pytest

import compat
from tests.oracle import answers
from tests.oracle.tensor_cases import PRINTING, TENSORS, observe
from tests.spec.compare import differences, encode


@pytest.fixture(scope="session")
def torch_answers(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> dict[str, Any]:
    return answers("tests.oracle.record_tensors", TENSORS, tmp_path_factory, worker_id)


@pytest.mark.parametrize("row", PRINTING)
def test_row(row: str, torch_answers: dict[str, Any]) -> None:
    lines = differences(torch_answers[row], encode(observe(row, compat), "compat"), 0.0, 0.0)
    assert not lines, "\n".join([row, *lines])
