"""compat against what PyTorch does, case by case.

PyTorch answers from a recording, or live where ``FUNCGRAD_ORACLE=live`` asks it.
"""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import compat
from tests.oracle import answers, read
from tests.oracle.kept import SPEC
from tests.spec.catalogue import load, observe, source_id
from tests.spec.compare import differences

CASES = load()
EXPECTED_FAILURES: dict[str, str] = tomllib.loads(Path(__file__).with_name("expected_failures.toml").read_text())


def _params() -> list[Any]:
    return [
        pytest.param(
            name,
            case,
            id=name,
            marks=[pytest.mark.xfail(reason=EXPECTED_FAILURES[name], strict=True)] if name in EXPECTED_FAILURES else [],
        )
        for name, case in CASES.items()
    ]


@pytest.fixture(scope="session")
def torch_answers(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> dict[str, list[Any]]:
    """PyTorch's ``{case: [source id, observation]}``."""
    return answers("tests.spec.record", SPEC, tmp_path_factory, worker_id)


@pytest.mark.parametrize(("name", "case"), _params())
def test_case(name: str, case: Callable, torch_answers: dict[str, list[Any]]) -> None:
    got = observe(case, compat)
    lines = differences(torch_answers[name][1], got, getattr(case, "rtol", 1e-5), getattr(case, "atol", 1e-6))
    assert not lines, "\n".join([str(case.__doc__), *lines])


def test_the_recording_is_of_these_cases() -> None:
    assert {k: v[0] for k, v in read(SPEC).items()} == {k: source_id(f) for k, f in CASES.items()}


def test_expected_failures_are_cases_with_a_reason() -> None:
    assert set(EXPECTED_FAILURES) <= set(CASES)
    assert all(len(reason) > 10 for reason in EXPECTED_FAILURES.values())
