"""Every operator row: values, dtypes, recording and gradients as PyTorch's; every error row: its type and text."""

import warnings
from typing import Any

import pytest

import compat
from tests.op_table import ERRORS, ROWS, error_of, evaluate
from tests.oracle import answers
from tests.oracle.kept import OPS
from tests.spec.compare import differences, encode


@pytest.fixture(scope="session")
def torch_answers(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> dict[str, Any]:
    return answers("tests.oracle.record_ops", OPS, tmp_path_factory, worker_id)


@pytest.mark.parametrize("key", ROWS)
def test_row(key: str, torch_answers: dict[str, Any]) -> None:
    row = ROWS[key]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        got = encode(evaluate(row, compat), compat.__name__)
    tolerance = row.tolerance or 0.0
    lines = differences(torch_answers[key], got, max(1e-5, tolerance), max(1e-6, tolerance))
    assert not lines, "\n".join([key, *lines])


@pytest.mark.parametrize("call", ERRORS)
def test_error(call: str, torch_answers: dict[str, Any]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert error_of(call, compat) == torch_answers[call]


def test_the_recording_is_of_these_rows(torch_answers: dict[str, Any]) -> None:
    assert set(torch_answers) == {*ROWS, *ERRORS}
