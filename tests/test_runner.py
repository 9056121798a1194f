"""``python -m compat``: programs run as ``python`` runs them, with compat in PyTorch's place."""

import importlib.util
import os
import signal
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from tests.conftest import ROOT


def python(folder: Path, *command: str, stdin: str = "", env: dict[str, str] | None = None):
    """Runs Python in ``folder``; a CompletedProcess with texts."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    return subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path, **(env or {})},
        input=stdin,
        capture_output=True,
        text=True,
    )


def write(folder: Path, source: str, name: str = "program.py") -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dedent(source), encoding="utf-8")
    return name


def output(folder: Path, source: str, *args: str) -> str:
    """What a program prints under the runner; it must end well."""
    done = python(folder, "-m", "compat", write(folder, source), *args)
    assert done.returncode == 0, done.stderr
    return done.stdout


# ---- what `import torch` gives
def test_every_spelling_of_an_import_gives_one_module(tmp_path: Path) -> None:
    text = output(
        tmp_path,
        """
        import torch, compat, compat.nn
        import torch.nn as nn
        import torch.nn.functional as F
        import torch.optim.lr_scheduler
        from torch import nn as nn2, optim, Tensor, tensor
        from torch.nn import Linear, functional as F2
        from torch.optim.lr_scheduler import StepLR
        from torch.utils.data import DataLoader, Dataset
        from torch.autograd import Variable
        import torch.utils.data as data
        print(torch is compat, nn is nn2 is compat.nn, F is F2 is compat.nn.functional, nn.Linear is Linear)
        print(data.DataLoader is DataLoader, torch.optim is optim, torch.optim.lr_scheduler.StepLR is StepLR)
        print(isinstance(tensor(1.0), Tensor), torch.nn.Linear is compat.nn.Linear)
        print(torch.__spec__.name, torch.nn.__spec__.name, torch.nn.__name__)
        """,
    )
    assert text.splitlines() == [
        "True True True True",
        "True True True",
        "True True",
        "compat compat.nn compat.nn",
    ]


def test_importing_by_both_names_executes_once(tmp_path: Path) -> None:
    text = output(
        tmp_path,
        """
        import sys, importlib
        import torch.nn
        names = [n for n in sys.modules if n.startswith("torch.") and n.replace("torch", "compat", 1) in sys.modules]
        print(all(sys.modules[n] is sys.modules[n.replace("torch", "compat", 1)] for n in names), len(names) > 0)
        print(importlib.import_module("torch.nn.modules") is importlib.import_module("compat.nn.modules"))
        print(importlib.util.find_spec("torch") is not None)
        """,
    )
    assert text.split() == ["True"] * 4


def test_the_version_is_one_that_programs_understand(tmp_path: Path) -> None:
    text = output(
        tmp_path, "import torch\nprint(tuple(int(n) for n in torch.__version__.split('+')[0].split('.')[:2]) >= (2, 0))"
    )
    assert text == "True\n"


@pytest.mark.parametrize("statement", ["import torch.sparse_things", "from torch.sparse_things import x"])
def test_a_missing_submodule_is_named(tmp_path: Path, statement: str) -> None:
    done = python(tmp_path, "-m", "compat", write(tmp_path, statement))
    assert done.returncode == 1
    expected = "ModuleNotFoundError: No module named 'torch.sparse_things': compat, which stands for PyTorch here,"
    assert done.stderr.splitlines()[-1].startswith(expected)
    assert done.stderr.count("File ") == 1


def test_a_missing_name_is_named(tmp_path: Path) -> None:
    done = python(tmp_path, "-m", "compat", write(tmp_path, "from torch import no_such_name"))
    assert done.returncode == 1
    assert "cannot import name 'no_such_name'" in done.stderr.splitlines()[-1]


def test_optional_imports_of_programs_fail_softly(tmp_path: Path) -> None:
    source = """
        try:
            import torch.no_such_module
        except ImportError as error:
            print(type(error).__name__, error.name)
    """
    assert output(tmp_path, source) == "ModuleNotFoundError torch.no_such_module\n"


def test_torch_already_imported(tmp_path: Path) -> None:
    write(tmp_path, "version = 'real'", "torch.py")
    code = "import torch, runpy, sys; sys.argv = ['x', 'program.py']; runpy.run_module('compat', run_name='__main__')"
    write(tmp_path, "print('ran')")
    done = python(tmp_path, "-c", code)
    assert done.returncode == 1
    assert "PyTorch itself is already imported in this process (from" in done.stderr
    assert "python -m compat script.py" in done.stderr
    assert "ran" not in done.stdout


def test_a_process_without_the_runner_is_untouched(tmp_path: Path) -> None:
    code = "import compat, sys; print('torch' in sys.modules, [f for f in sys.meta_path if 'Alias' in repr(f)])"
    assert python(tmp_path, "-c", code).stdout == "False []\n"


# ---- as under `python`
ABOUT = """
    import os, sys
    import torch
    print(__name__, sys.argv, os.path.basename(globals().get("__file__", "none")), __package__)
    print(os.path.basename(sys.path[0]) or repr(sys.path[0]), sys.modules["__main__"].__dict__ is globals(), __spec__)
"""


def plain(source: str) -> str:
    """The program without PyTorch, for Python itself."""
    return source.replace("import torch", "")


@pytest.mark.parametrize("where", ["", "sub/folder"])
def test_a_script_sees_what_python_shows_it(tmp_path: Path, where: str) -> None:
    name = write(tmp_path, ABOUT, os.path.join(where, "program.py"))
    ours = python(tmp_path, "-m", "compat", name, "--flag", "-m", "x")
    write(tmp_path, plain(ABOUT), name)
    theirs = python(tmp_path, name, "--flag", "-m", "x")
    assert (ours.returncode, ours.stdout) == (0, theirs.stdout), ours.stderr


def test_code_sees_what_python_shows_it(tmp_path: Path) -> None:
    ours = python(tmp_path, "-m", "compat", "-c", dedent(ABOUT), "a", "b")
    theirs = python(tmp_path, "-c", dedent(plain(ABOUT)), "a", "b")
    assert (ours.returncode, ours.stdout) == (0, theirs.stdout), ours.stderr


def test_standard_input(tmp_path: Path) -> None:
    assert (
        python(tmp_path, "-m", "compat", "-", "a", stdin="import torch, sys; print(sys.argv)").stdout == "['-', 'a']\n"
    )


def test_a_module(tmp_path: Path) -> None:
    write(tmp_path, "import sys, torch\nfrom . import other\nprint(__name__, sys.argv[1:], other.x)", "pkg/prog.py")
    write(tmp_path, "x = 3", "pkg/other.py")
    write(tmp_path, "", "pkg/__init__.py")
    done = python(tmp_path, "-m", "compat", "-m", "pkg.prog", "a")
    assert done.stdout == "__main__ ['a'] 3\n", done.stderr


def test_a_folder_with_a_main(tmp_path: Path) -> None:
    write(tmp_path, "import torch, helper\nprint(__name__, helper.x)", "app/__main__.py")
    write(tmp_path, "x = 4", "app/helper.py")
    assert python(tmp_path, "-m", "compat", "app").stdout == "__main__ 4\n"


def test_modules_beside_the_script_are_found_and_those_beside_the_shell_are_not(tmp_path: Path) -> None:
    write(tmp_path, "x = 'beside'", "sub/helper.py")
    write(tmp_path, "x = 'wrong'", "helper.py")
    name = write(tmp_path, "import torch, helper\nprint(helper.x)", "sub/program.py")
    assert python(tmp_path, "-m", "compat", name).stdout == "beside\n"


@pytest.mark.parametrize(
    ("source", "status"), [("raise SystemExit(7)", 7), ("import sys; sys.exit('bad')", 1), ("1/0", 1), ("", 0)]
)
def test_exit_status(tmp_path: Path, source: str, status: int) -> None:
    assert python(tmp_path, "-m", "compat", write(tmp_path, source)).returncode == status


def test_an_interrupt_ends_the_process_as_python_does(tmp_path: Path) -> None:
    done = python(tmp_path, "-m", "compat", write(tmp_path, "import torch\nraise KeyboardInterrupt"))
    assert done.returncode == -signal.SIGINT


def test_exit_handlers_still_see_the_program(tmp_path: Path) -> None:
    source = "import atexit, torch\nvalue = torch.ones(2)\natexit.register(lambda: print(value.sum().item()))"
    assert output(tmp_path, source) == "2.0\n"


def test_pickles_of_the_programs_own_classes(tmp_path: Path) -> None:
    source = """
        import pickle
        import torch
        class Net(torch.nn.Module):
            pass
        print(type(pickle.loads(pickle.dumps(Net()))) is Net)
    """
    assert output(tmp_path, source) == "True\n"


# ---- tracebacks
def test_a_traceback_shows_only_the_programs_lines(tmp_path: Path) -> None:
    source = """
        import torch

        def add():
            return torch.ones(2) + torch.ones(3)

        add()
    """
    name = write(tmp_path, source)
    done = python(tmp_path, "-m", "compat", name)
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert [line for line in lines if "File" in line] == [
        f'  File "{tmp_path / name}", line 7, in <module>',
        f'  File "{tmp_path / name}", line 5, in add',
    ]
    expected = "The size of tensor a (2) must match the size of tensor b (3) at non-singleton dimension 0"
    assert lines[-1] == f"RuntimeError: {expected}"
    full = python(tmp_path, "-m", "compat", name, env={"COMPAT_TRACEBACK": "full"})
    assert len(full.stderr) > len(done.stderr)
    assert "compat" in full.stderr


@pytest.mark.parametrize(
    "source", ["1/0", "def f(:\n    pass", "try:\n    1/0\nexcept Exception:\n    raise KeyError('x')"]
)
def test_a_traceback_is_pythons_own(tmp_path: Path, source: str) -> None:
    name = write(tmp_path, source)
    assert python(tmp_path, "-m", "compat", name).stderr == python(tmp_path, name).stderr


# ---- the command line
@pytest.mark.parametrize("args", [[], ["--no-such-option"], ["-m"], ["-c"]])
def test_misuse_prints_the_usage(tmp_path: Path, args: list[str]) -> None:
    done = python(tmp_path, "-m", "compat", *args)
    assert (done.returncode, done.stderr.split()[:4]) == (2, ["usage:", "python", "-m", "compat"])


def test_a_missing_file(tmp_path: Path) -> None:
    ours, theirs = (python(tmp_path, *start, "none.py") for start in (("-m", "compat"), ()))
    assert (ours.returncode, ours.stderr) == (theirs.returncode, theirs.stderr)


def test_help_and_version(tmp_path: Path) -> None:
    assert "python -m compat [-h]" in python(tmp_path, "-m", "compat", "--help").stdout
    assert python(tmp_path, "-m", "compat", "--version").stdout.startswith("compat ")


# ---- programs as people write them
def test_a_training_script(tmp_path: Path) -> None:
    source = """
        import torch
        from torch import nn
        import torch.nn.functional as F
        from torch.utils.data import DataLoader, TensorDataset

        torch.manual_seed(0)
        x = torch.linspace(-1, 1, 32).unsqueeze(1)
        loader = DataLoader(TensorDataset(x, 3 * x + 1), batch_size=8, shuffle=True)
        model = nn.Linear(1, 1)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.2)

        for epoch in range(40):
            for inputs, targets in loader:
                optimizer.zero_grad()
                F.mse_loss(model(inputs), targets).backward()
                optimizer.step()

        @torch.no_grad()
        def evaluate():
            model.eval()
            return F.mse_loss(model(x), 3 * x + 1)

        print(round(model.weight.item(), 2), round(model.bias.item(), 2), evaluate().requires_grad)
    """
    assert output(tmp_path, source) == "3.0 1.0 False\n"


def test_what_no_grad_does_to_a_product(tmp_path: Path) -> None:
    source = """
        import torch
        left = torch.tensor([5.0], requires_grad=True)
        right = torch.tensor([4.0], requires_grad=True)
        with torch.no_grad():
            product = left * right
        print(product, product.requires_grad, (left * right).requires_grad)
        product.backward()
    """
    done = python(tmp_path, "-m", "compat", write(tmp_path, source))
    assert done.stdout == "tensor([20.]) False True\n"
    expected = "RuntimeError: element 0 of tensors does not require grad and does not have a grad_fn"
    assert done.stderr.splitlines()[-1] == expected


@pytest.mark.skipif(importlib.util.find_spec("torchviz") is None, reason="torchviz is not installed")
def test_torchviz_draws_a_graph(tmp_path: Path) -> None:
    source = """
        import warnings
        warnings.simplefilter("ignore")  # torchviz uses distutils
        import torch
        from torch import nn
        from torchviz import make_dot

        model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8, 3))
        dot = make_dot(model(torch.rand(1, 1, 4, 4)), params=dict(model.named_parameters()), show_attrs=True)
        print(dot.source)
    """
    text = output(tmp_path, source)
    for name in ("AddmmBackward0", "ConvolutionBackward0", "ReluBackward0", "AccumulateGrad", "0.weight", "3.bias"):
        assert name in text
