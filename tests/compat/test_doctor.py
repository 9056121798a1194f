"""``python -m compat --check``: what is said of the names of PyTorch in a program that is not run."""

import json
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

import compat
from compat import _names
from compat._doctor import answers, command
from compat._doctor.scopes import Use
from compat._doctor.sources import Source
from tests.conftest import ROOT
from tests.helpers import torch_or_none
from tests.oracle import record_names


def check(folder: Path, source: str = "", **files: str) -> list[tuple[str, int, str, str, str]]:
    """``(file, line, name, status, note)`` of each finding; the program is ``program.py``."""
    for name, text in {"program": source, **files}.items():
        path = folder / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
    found = command.check(list(command.find([str(folder)])))
    return [(str(Path(f.source.shown).relative_to(folder)), f.line, f.name, f.status, f.note) for f in found]


def statuses(folder: Path, source: str, **files: str) -> list[tuple[int, str, str]]:
    """``(line, name without torch, status)`` of what is found in the program."""
    return [(line, name.removeprefix("torch."), status)
            for file, line, name, status, _ in check(folder, source, **files) if file == "program.py"]


# ---- how names are followed
@pytest.mark.parametrize(
    "source",
    [
        "import torch\ntorch.nn.functional.relu(1)",
        "import torch.nn.functional\ntorch.nn.functional.relu(1)",
        "import torch.nn.functional as F\nF.relu(1)",
        "from torch.nn import functional as F\nF.relu(1)",
        "from torch import nn\nnn.functional.relu(1)",
        "import torch\nF = torch.nn.functional; F.relu(1)",
        "import torch\nnn = torch.nn; F = nn.functional; F.relu(1)",
        "from torch.nn import functional\n(F, b) = functional, 3; F.relu(1)",
        "from torch.nn.functional import *\nrelu(1)",
        "import compat as torch\ntorch.nn.functional.relu(1)",
        "import torch\ngetattr(torch.nn.functional, 'relu')(1)",
        "from torch.nn import functional as F\n[F.relu(x) for x in (1, 2)]",
        "from torch.nn import functional as F\nlambda x: F.relu(x)",
        "from torch.nn import functional as F\nclass A: b = staticmethod(F.relu)",
        "from torch.nn import functional as F\nf'{F.relu(1)}'",
    ],
)  # fmt: skip
def test_spellings_of_one_name(tmp_path: Path, source: str) -> None:
    assert (2, "nn.functional.relu", "supported") in statuses(tmp_path, source)


def test_a_name_imported_by_itself_is_found_at_its_uses(tmp_path: Path) -> None:
    source = """
        from torch.fx import symbolic_trace as trace
        def f(m):
            return trace(m)
    """
    assert statuses(tmp_path, source) == [(2, "fx.symbolic_trace", "missing"), (4, "fx.symbolic_trace", "missing")]


@pytest.mark.parametrize(
    "source",
    [
        "import numpy as torch\ntorch.foo",
        "import torch\ndef f(torch):\n    return torch.foo",
        "import torch\ntorch = 3\ntorch.foo",
        "import torch\nfor torch in []:\n    torch.foo",
        "import torch\n[torch.foo for torch in []]",
        "torch.foo",
        "from other import torch\ntorch.foo",
        "import torch\nclass A:\n    nn = torch.nn\n    def f(self):\n        return nn.foo",
        "'torch.foo'  # torch.foo",
    ],
)
def test_what_is_not_pytorchs(tmp_path: Path, source: str) -> None:
    assert not [s for s in statuses(tmp_path, source) if "foo" in s[1]]


def test_a_branch_may_be_the_one_with_torch(tmp_path: Path) -> None:
    source = """
        try:
            import torch.fx as fx
        except ImportError:
            fx = None
        if fx:
            fx.symbolic_trace(1)
    """
    assert (7, "fx.symbolic_trace", "missing") in statuses(tmp_path, source)


def test_functions_see_what_comes_after_them(tmp_path: Path) -> None:
    source = """
        def f():
            return nn.Linaer(1)
        from torch import nn
    """
    assert (3, "nn.Linaer", "unknown") in statuses(tmp_path, source)


def test_modules_of_the_folder(tmp_path: Path) -> None:
    found = check(
        tmp_path,
        "import layers\nfrom layers import F, nn as N\nfrom pkg.deep import *\nlayers.F.foo1\nF.foo2\nN.foo3\nG.foo4",
        layers="import torch.nn as nn\nF = nn.functional",
        pkg____init__="",
        pkg__deep="from . import tools\nfrom .tools import here as G\ntools.here.foo5\nfrom .. import layers",
        pkg__tools="import torch as here",
    )
    wrong = [(file, line, name) for file, line, name, status, _ in found if status == "unknown"]
    assert wrong == [
        ("pkg/deep.py", 3, "torch.foo5"),
        ("program.py", 4, "torch.nn.functional.foo1"),
        ("program.py", 5, "torch.nn.functional.foo2"),
        ("program.py", 6, "torch.nn.foo3"),
        ("program.py", 7, "torch.foo4"),
    ]


def test_modules_that_import_each_other(tmp_path: Path) -> None:
    found = check(tmp_path, "import other\nimport torch\ntorch.foo", other="from program import torch\ntorch.foo")
    assert ("program.py", 3, "torch.foo", "unknown", "PyTorch 2.13 has no such name either") in found


# ---- tensors
@pytest.mark.parametrize(
    "expression",
    [
        "torch.ones(2)",
        "torch.ones(2) + 1",
        "-torch.ones(2)[0].T.sum()",
        "(torch.ones(2) > 1)",
        "torch.nn.functional.relu(torch.ones(2))",
        "torch.ones(2).add_(1).reshape(2).data",
        "torch.nn.Parameter(torch.ones(2))",
        "(torch.ones(1) if f() else torch.zeros(1))",
    ],
)
def test_methods_of_tensors(tmp_path: Path, expression: str) -> None:
    uses = f"x.to_mkldnn()\nx.no_such_()\n({expression}).to_mkldnn()"
    found = statuses(tmp_path, f"import torch\nx = {expression}\n{uses}")
    assert [s for s in found if s[2] != "supported"] == [
        (3, "Tensor.to_mkldnn", "missing"),
        (4, "Tensor.no_such_", "unknown"),
        (5, "Tensor.to_mkldnn", "missing"),
    ]


def test_an_annotated_argument_is_a_tensor(tmp_path: Path) -> None:
    source = "import torch\ndef f(x: torch.Tensor, y):\n    x.to_mkldnn()\n    y.to_mkldnn()"
    assert [s for s in statuses(tmp_path, source) if s[2] == "missing"] == [(3, "Tensor.to_mkldnn", "missing")]


@pytest.mark.parametrize(
    "source",
    [
        "x = torch.ones(2)\nx = f(x)\nx.foo()",
        "x = torch.ones(2)\nfor i in y:\n    x.foo()\n    x = f(x)",
        "x = torch.ones(2).tolist()\nx.foo()",
        "x = torch.ones(2).shape\nx.foo()",
        "x = torch.ones(2)\nx.mine = 3\nprint(x.mine)",
        "x = torch.ones(2) is None\nx.foo()",
        "if f():\n    x = torch.ones(2)\nelse:\n    x = f()\nx.foo()",
        "torch.my_function = f\ntorch.my_function()",
        "torch.backends.cudnn.my_flag = True",
    ],
)
def test_what_may_be_something_else_is_not_blamed(tmp_path: Path, source: str) -> None:
    assert not [s for s in statuses(tmp_path, f"import torch\n{source}") if s[2] != "supported" and "cudnn" not in s[1]]


# ---- what is said
def test_missing_different_and_unknown(tmp_path: Path) -> None:
    source = """
        import torch
        from torch.utils.data import DataLoader
        torch.compile(f)
        torch.empty_like(x)
        DataLoader(d, num_workers=2)
        DataLoader(d, num_workers=0, pin_memory=False)
        torch.distributed.init_process_group("nccl")
        torch.sparse.spsolve(a, b)
        torch.spares
        torch.nn.DataParallel(m)
        torch.optim.SGD(p, lr=1, learning_rate=2)
    """
    assert statuses(tmp_path, source) == [
        (3, "utils.data.DataLoader", "supported"),
        (4, "compile", "different"),
        (5, "empty_like", "different"),
        (6, "utils.data.DataLoader", "different"),
        (7, "utils.data.DataLoader", "supported"),
        (8, "distributed.init_process_group", "different"),
        (9, "sparse.spsolve", "missing"),
        (10, "spares", "unknown"),
        (11, "nn.DataParallel", "different"),
        (12, "optim.SGD", "missing"),
    ]


def test_what_only_types_name(tmp_path: Path) -> None:
    source = "import torch\ndef f(g: torch.fx.Graph) -> torch.fx.Node: ...\nisinstance(1, torch.fx.Proxy)"
    found = [f[1:] for f in check(tmp_path, source)]
    assert [f[:3] for f in found] == [
        (2, "torch.fx.Graph", "different"),
        (2, "torch.fx.Node", "different"),
        (3, "torch.fx.Proxy", "different"),
    ]
    assert {f[3] for f in found} == {"a placeholder, which nothing is an instance of"}


@pytest.mark.parametrize("statement", ["import torchvision", "from torchvision.datasets import MNIST",
                                       "import torchvision.transforms as T"])
def test_packages_that_need_pytorch(tmp_path: Path, statement: str) -> None:
    (_, line, name, status, note), = check(tmp_path, statement)
    assert (line, name, status) == (1, "torchvision", "missing")
    assert "C++" in note and "datasets" in note


def test_methods_that_only_refuse_are_missing() -> None:
    source = Source(Path("x.py"), "x.py")
    for name in ("torch.Tensor.to_mkldnn", "torch.nn.utils.spectral_norm",
                 "torch.autograd.profiler.profile", "torch.nn.utils.parametrizations.orthogonal"):
        told = answers.answer(Use(name, source, 1, 1))
        assert told is not None and told.status == "missing", name


# ---- the table of differences
def test_names_in_the_table_are_there() -> None:
    for name in answers.differences():
        found = answers._find(name.removesuffix(".*"))
        assert found.status == "supported", name


def test_what_the_table_says_fits_a_line() -> None:
    for name, rows in answers.differences().items():
        for keyword, how in rows:
            assert len(how) < 140 and not how.endswith(".") and "\n" not in how, name
            if keyword is not None:
                assert not answers._refused_keywords(answers._find(name).what, (keyword,)), name


def test_a_difference_is_known_by_every_name(tmp_path: Path) -> None:
    source = "from torch.utils.data.dataloader import DataLoader\nDataLoader(d, num_workers=2)"
    assert (2, "utils.data.dataloader.DataLoader", "different") in statuses(tmp_path, source)


# ---- PyTorch's names
@pytest.mark.skipif(torch_or_none() is None, reason="asks PyTorch live; FUNCGRAD_ORACLE=live asks for it")
def test_the_recorded_names_are_pytorchs() -> None:
    assert record_names.FILE.read_text(encoding="utf-8").splitlines() == record_names.lines()


@pytest.mark.parametrize("owner", sorted(n for n in _names._table() if _names.names_of(n)))
def test_every_name_of_pytorch_is_there_or_missing(owner: str) -> None:
    told = {name: answers._find(f"{owner}.{name}").status for name in _names.names_of(owner) or ()}
    assert not [name for name, status in told.items() if status not in ("supported", "missing")]


def test_names_of_other_versions_are_unknown() -> None:
    for name in ("torch.nn.Linaer", "torch.cuda.nothing", "torch.nothing.at_all", "torch.nn.functional.nothing"):
        assert answers._find(name).status == "unknown", name
        assert not hasattr(compat, name.removeprefix("torch."))


# ---- the command line
def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "compat", "--check", *arguments]
    env = {"PYTHONPATH": str(ROOT), "PATH": ""}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True)


def test_a_good_program(tmp_path: Path) -> None:
    source = "import torch\nx = torch.ones(2)\ny = torch.ones(3)\nx.sum()\nraise SystemExit(9)"
    (tmp_path / "good.py").write_text(source)
    done = run(tmp_path, "good.py")
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "good.py:2:5  supported  torch.ones (2 uses)",
        "good.py:4:1  supported  torch.Tensor.sum",
        "1 file, 2 names of PyTorch: 2 supported, 0 different, 0 missing",
    ]


def test_a_program_that_misses_something(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text("import torch\ntorch.compile(f)\ntorch.fx.symbolic_trace(m)\n")
    done = run(tmp_path, "bad.py")
    assert done.returncode == 1
    assert [line[:44].rstrip() for line in done.stdout.splitlines()] == [
        "bad.py:2:1  different  torch.compile",
        "bad.py:3:1  missing    torch.fx.symbolic_tra",
        "1 file, 2 names of PyTorch: 0 supported, 1 d",
    ]


def test_json_lists_every_use(tmp_path: Path) -> None:
    (tmp_path / "p.py").write_text("import torch\ntorch.ones(1); torch.ones(2)\n")
    told = json.loads(run(tmp_path, "--json", "p.py").stdout)
    assert told["names"] == {"supported": 1, "different": 0, "missing": 0, "unknown": 0, "error": 0}
    assert [(u["file"], u["line"], u["column"], u["name"]) for u in told["uses"]] == [
        ("p.py", 2, 1, "torch.ones"), ("p.py", 2, 16, "torch.ones")]  # fmt: skip


def test_a_folder_is_walked(tmp_path: Path) -> None:
    for name in ("a.py", "sub/b.py", ".hidden/c.py", "venv/d.py", "own/e.py", "__pycache__/f.py", "g.txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("import torch\ntorch.ones(1)\n")
    (tmp_path / "own" / "pyvenv.cfg").write_text("")
    done = run(tmp_path, ".")
    assert [line.split(":")[0] for line in done.stdout.splitlines()[:-1]] == ["a.py", "sub/b.py"]


def test_a_syntax_error_is_reported_and_the_rest_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import torch\ndef f(:\n")
    (tmp_path / "b.py").write_text("import torch\ntorch.ones(1)\n")
    done = run(tmp_path, ".")
    assert done.returncode == 2
    assert done.stdout.splitlines()[0].split() == "a.py:2:1 error syntax error: invalid syntax".split()
    assert "torch.ones" in done.stdout
    assert "1 could not be read" in done.stdout


def test_a_notebook(tmp_path: Path) -> None:
    cells = [
        {"cell_type": "markdown", "source": "torch.foo"},
        {"cell_type": "code", "source": ["import torch\n", "%matplotlib inline\n", "!pip install x\n", "torch?\n"]},
        {"cell_type": "code", "source": "%%bash\nls $(pwd)"},
        {"cell_type": "code", "source": "if True:\n    %time x = 3\ntorch.fx.symbolic_trace(1)"},
    ]
    (tmp_path / "n.ipynb").write_text(json.dumps({"cells": cells}))
    done = run(tmp_path, "n.ipynb")
    assert done.returncode == 1
    assert done.stdout.startswith("n.ipynb[cell 4]:3:1  missing  torch.fx.symbolic_trace")


@pytest.mark.parametrize(("arguments", "said"), [
    ([], "nothing to check"), (["--no-such", "x.py"], "unknown option --no-such"), (["no.py"], "can't open 'no.py'")])
def test_misuse(tmp_path: Path, arguments: list[str], said: str) -> None:
    done = run(tmp_path, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("usage: python -m compat --check") and said in done.stderr


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe bad", b"# coding: none\n", b"x = 1\x00", b"x = " + b"-" * 5000 + b"1", b"x = " + b"a + " * 3000 + b"a"],
)
def test_files_that_are_no_programs(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.py").write_bytes(content)
    done = run(tmp_path, "x.py")
    assert done.returncode in (0, 2) and not done.stderr


def test_reading_does_not_start_xla(tmp_path: Path) -> None:
    (tmp_path / "p.py").write_text("import torch\ntorch.ones(1).sum()\n")
    code = ("import sys; from compat._doctor import command; command.main(sys.argv[1:]); import compat, jax\n"
            "from jax._src import xla_bridge; print(compat.metrics()['calls'], xla_bridge._backends)")
    done = subprocess.run([sys.executable, "-c", code, "p.py"], cwd=tmp_path, capture_output=True, text=True,
                          env={"PYTHONPATH": str(ROOT), "PATH": ""})
    assert done.stdout.splitlines()[-1] == "0 {}", done.stderr
