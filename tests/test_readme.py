"""The programs in README print what README says."""

import contextlib
import io
import re

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


def test_every_file_it_names_exists() -> None:
    names = re.findall(r"\]\(([^)]+)\)|`((?:tests|examples|benchmarks)/[\w./]+)`", README)
    paths = [a or b for a, b in names]
    assert paths
    assert not [p for p in paths if "://" not in p and not (ROOT / p).exists()]
