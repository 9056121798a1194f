"""compat against what PyTorch does, case by case.

PyTorch answers from a recording, or live where ``FUNCGRAD_ORACLE=live`` asks it.
"""

import fcntl
import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import compat
from tests.conftest import ROOT
from tests.spec.catalogue import EXPECTED, load, observe, source_id
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
def answers(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> dict[str, list[Any]]:
    """PyTorch's ``{case: [source id, observation]}``."""
    if os.environ.get("FUNCGRAD_ORACLE") != "live":
        return json.loads(EXPECTED.read_text(encoding="utf-8"))["cases"]
    # PyTorch runs in a process of its own, once for all workers.
    base = tmp_path_factory.getbasetemp()
    path = (base if worker_id == "master" else base.parent) / "torch-answers.json"
    with open(path.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            subprocess.run([sys.executable, "-m", "tests.spec.record", path], cwd=ROOT, check=True)
    return json.loads(path.read_text(encoding="utf-8"))["cases"]


@pytest.mark.parametrize(("name", "case"), _params())
def test_case(name: str, case: Callable, answers: dict[str, list[Any]]) -> None:
    got = observe(case, compat)
    lines = differences(answers[name][1], got, getattr(case, "rtol", 1e-5), getattr(case, "atol", 1e-6))
    assert not lines, "\n".join([str(case.__doc__), *lines])


def test_the_recording_is_of_these_cases() -> None:
    recorded = json.loads(EXPECTED.read_text(encoding="utf-8"))["cases"]
    assert {k: v[0] for k, v in recorded.items()} == {k: source_id(f) for k, f in CASES.items()}


def test_expected_failures_are_cases_with_a_reason() -> None:
    assert set(EXPECTED_FAILURES) <= set(CASES)
    assert all(len(reason) > 10 for reason in EXPECTED_FAILURES.values())
