"""What the engine does in a step of each benchmark, against what is recorded: a gate on counts, never on time."""

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.conftest import ROOT

COUNTS = ROOT / "benchmarks" / "counts.py"
RECORDED = json.loads(COUNTS.with_suffix(".json").read_text(encoding="utf-8"))
ANEW = "if this is meant: python benchmarks/counts.py --record"


@pytest.fixture(scope="module")
def counted() -> Iterator[dict]:
    """All counts, of one process of its own: other tests' programs and arrays are not there to be counted."""
    done = subprocess.run([sys.executable, str(COUNTS)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    yield json.loads(done.stdout)


def test_every_workload_is_counted(counted: dict) -> None:
    assert list(counted) == list(RECORDED), ANEW


@pytest.mark.parametrize("row", RECORDED)
def test_counts(counted: dict, row: str) -> None:
    assert counted[row] == RECORDED[row], ANEW


@pytest.mark.parametrize("row", RECORDED)
def test_a_step_is_one_program_which_is_soon_compiled(row: str) -> None:
    first, second, later = RECORDED[row]["compiled"]
    assert first <= 1 and second <= 2 and later == 0
    assert RECORDED[row]["calls"] == 1
    assert not row.endswith("compat.compile") or RECORDED[row]["recorded"] == 0
