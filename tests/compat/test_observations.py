"""Optimizers, loaders, function transforms and one-line programs do what PyTorch's do, case by case."""

from collections.abc import Callable
from typing import Any

import pytest

import compat
from tests.compat.observations import GROUPS, load
from tests.oracle import answers, read
from tests.oracle.kept import TRAINING
from tests.spec.catalogue import observe, source_id
from tests.spec.compare import differences

CASES = {name: case for group in GROUPS for name, case in load(group).items()}


@pytest.fixture(scope="session")
def torch_answers(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> dict[str, list[Any]]:
    return answers("tests.oracle.record_training", TRAINING, tmp_path_factory, worker_id)


@pytest.mark.parametrize("name", CASES)
def test_case(name: str, torch_answers: dict[str, list[Any]]) -> None:
    case: Callable = CASES[name]
    got = observe(case, compat)
    lines = differences(torch_answers[name][1], got, getattr(case, "rtol", 1e-5), getattr(case, "atol", 1e-6))
    assert not lines, "\n".join([str(case.__doc__), *lines])


def test_the_recording_is_of_these_cases() -> None:
    assert {k: v[0] for k, v in read(TRAINING).items()} == {k: source_id(f) for k, f in CASES.items()}
