"""The stubs that editors and type checkers read: as the generator writes them, and a type checker content with them."""

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from compat._stubs import ROOT as PACKAGE
from compat._stubs import stubs
from tests.conftest import ROOT

SCRIPTS = ROOT / "tests" / "typing"


def test_stubs_are_fresh() -> None:
    written = {str(p.relative_to(PACKAGE)): p.read_text(encoding="utf-8") for p in PACKAGE.rglob("*.pyi")}
    now = stubs()
    assert sorted(written) == sorted(now)
    assert not [path for path in now if written[path] != now[path]], "run python -m compat._stubs"


@pytest.mark.parametrize("package", ["compat", "funcgrad"])
def test_type_checkers_are_told_that_there_are_types(package: str) -> None:
    assert (ROOT / package / "py.typed").is_file()


def test_importing_does_not_load_the_generator() -> None:
    code = "import sys, compat; sys.exit('compat._stubs' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


def pyright(script: str, tmp_path: Path) -> list[tuple[str, int, str]]:
    """``(severity, line, message)`` of all that pyright says of a script, with the settings it has by default."""
    if importlib.util.find_spec("pyright") is None:
        pytest.skip("pyright is not installed: it comes with the extra [lint]")
    command = [sys.executable, "-m", "pyright"]
    if subprocess.run([*command, "--version"], capture_output=True, cwd=tmp_path).returncode:
        pytest.skip("pyright cannot fetch what it runs on: there is no network")
    shutil.copy(SCRIPTS / script, tmp_path)
    settings = {"include": [script], "extraPaths": [str(ROOT)], "typeCheckingMode": "standard", "pythonVersion": "3.11"}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings))
    command += ["--pythonpath", sys.executable, "--project", str(tmp_path), "--outputjson"]
    said = json.loads(subprocess.run(command, capture_output=True, text=True, cwd=tmp_path).stdout)
    assert said["summary"]["filesAnalyzed"] == 1
    return [(d["severity"], d["range"]["start"]["line"] + 1, d["message"]) for d in said["generalDiagnostics"]]


def test_a_training_script_has_no_errors(tmp_path: Path) -> None:
    assert not pyright("training.py", tmp_path)


def test_mistakes_are_found(tmp_path: Path) -> None:
    lines = (SCRIPTS / "mistakes.py").read_text(encoding="utf-8").splitlines()
    marked = [i for i, line in enumerate(lines, 1) if line.endswith("# mistake")]
    said = [line for severity, line, _ in pyright("mistakes.py", tmp_path) if severity == "error"]
    assert sorted(set(said)) == marked
