"""The programs in README print what README says."""

import contextlib
import io
import re
from typing import Any

import pytest

import compat as torch
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_both_faces_print_the_same() -> None:
    programs = re.findall(r"```python\n(.*?)```", README, re.S)
    printed = []
    for program in programs:
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile(program, "README.md", "exec"), {"__name__": "readme"})
        printed.append(out.getvalue().strip())
    promised = re.search(r"Both print `(.*)`\.", README)
    assert promised is not None
    assert [text for text in printed if text] == [promised[1]] * 2  # others only have to run


def test_the_captured_step_learns_in_one_program_a_call() -> None:
    (program,) = [p for p in re.findall(r"```python\n(.*?)```", README, re.S) if "fullgraph=True" in p]
    names: dict[str, Any] = {"__name__": "readme"}
    exec(compile(program, "README.md", "exec"), names)
    losses = [loss.item() for loss in names["losses"]]
    assert losses[-1] < 0.1 * losses[0]
    assert names["optimizer"].param_groups[0]["lr"] == pytest.approx(0.0, abs=1e-12)  # half a cosine later
    before = torch.metrics()
    names["step"](names["x"], names["x"].sum(1, keepdim=True))
    after = torch.metrics()
    assert (after["calls"] - before["calls"], after["compiled"] - before["compiled"]) == (2, 0)  # and the target's sum


def test_every_file_it_names_exists() -> None:
    names = re.findall(r"\]\(([^)]+)\)|`((?:tests|examples|benchmarks)/[\w./]+)`", README)
    paths = [a or b for a, b in names]
    assert paths
    assert not [p for p in paths if "://" not in p and not (ROOT / p).exists()]
