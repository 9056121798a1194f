"""``python -m compat --report``: what is said after a program has ended."""

import re
from pathlib import Path

from tests.test_runner import output, python, write

TRAINING = """
    import torch
    model = torch.nn.Linear(4, 3)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for step in range(6):
        optimizer.zero_grad()
        loss = model(torch.ones(2, 4)).sum()
        loss.backward()
        optimizer.step()
    print(model.weight.shape, (loss * 2).item() < 100)
"""


def report(folder: Path, source: str, *arguments: str, status: int = 0) -> str:
    """What the runner says on stderr; jax's cache is in the folder, so that the first run compiles."""
    env = {"JAX_COMPILATION_CACHE_DIR": str(folder / "cache")}
    done = python(folder, "-m", "compat", "--report", write(folder, source), *arguments, env=env)
    assert done.returncode == status, done.stderr
    return done.stderr


def test_a_training_loop(tmp_path: Path) -> None:
    text = report(tmp_path, TRAINING)
    assert text.startswith("compat report\n")
    total, python_, compiling, xla = map(float, re.findall(r"([\d.]+) s\b", text.splitlines()[1]))
    assert abs(total - python_ - compiling - xla) < 0.03
    assert compiling > 0
    assert "0 of them read from the cache" in text
    assert re.search(r"^ +6  backward +program.py:8 \(6\)$", text, re.MULTILINE)
    assert re.search(r"^ +1  value read +program.py:10 \(1\)$", text, re.MULTILINE)
    assert re.search(r"compiled most at\n +\d  program.py:8 +backward\n", text)
    assert "not implemented" not in text


def test_what_was_compiled_before_is_read(tmp_path: Path) -> None:
    first, second = report(tmp_path, TRAINING), report(tmp_path, TRAINING)
    compiled, = re.findall(r"(\d+) compiled", first)
    assert f"{compiled} compiled, {compiled} of them read from the cache" in second


def test_the_program_prints_as_without(tmp_path: Path) -> None:
    name = write(tmp_path, TRAINING)
    assert (python(tmp_path, "-m", "compat", "--report", name).stdout
            == python(tmp_path, "-m", "compat", name).stdout == "torch.Size([3, 4]) True\n")


def test_names_that_fell_short(tmp_path: Path) -> None:
    source = """
        import torch
        for _ in range(3):
            try:
                torch.fx.symbolic_trace(1)
            except NotImplementedError:
                pass
        torch.ones(2).to_mkldnn()
    """
    text = report(tmp_path, source, status=1)
    rows = text[text.index("not implemented, and used at") :].splitlines()[1:]
    assert [row.split() for row in rows] == [["3", "program.py:5", "torch.fx.symbolic_trace"],
                                             ["1", "program.py:8", "torch.Tensor.to_mkldnn"]]  # fmt: skip
    assert text.index("Traceback") < text.index("compat report")


def test_an_argument_that_fell_short(tmp_path: Path) -> None:
    text = report(tmp_path, "import torch\ntorch.ones(2).untyped_storage().resize_(100)", status=1)
    assert re.search(r" 1  program.py:2  torch.UntypedStorage.resize_ to another size is not implemented", text)


def test_a_refusal_of_the_program_is_its_own(tmp_path: Path) -> None:
    text = report(tmp_path, "raise NotImplementedError('mine')", status=1)
    assert "not implemented" not in text.split("compat report")[1]


def test_a_program_without_tensors(tmp_path: Path) -> None:
    text = report(tmp_path, "import torch")
    assert "0 compiled" in text and "cuts" not in text


def test_code_and_modules(tmp_path: Path) -> None:
    assert "compat report" in python(tmp_path, "-m", "compat", "--report", "-c", "import torch").stderr
    write(tmp_path, "import torch", "module.py")
    assert "compat report" in python(tmp_path, "-m", "compat", "--report", "-m", "module").stderr


def test_without_it_nothing_is_counted(tmp_path: Path) -> None:
    source = """
        import torch
        from compat._engine import metrics
        print((torch.ones(2) + 1).sum().item(), metrics.run_seconds, metrics.build_seconds, len(metrics.cut_lines))
    """
    assert output(tmp_path, source) == "4.0 0.0 0.0 0\n"
