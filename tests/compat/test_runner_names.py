"""Names that compat lacks, packages that need PyTorch, and ``compat.enable()``."""

import importlib
import importlib.util
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import compat
from compat import _alias, _foreign, _names
from compat._later import Placeholder
from tests.test_runner import output, python, write


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """``import torch`` means afterwards what it meant before."""
    before = {n: m for n, m in sys.modules.items() if n.partition(".")[0] == "torch"}
    for name in before:
        del sys.modules[name]
    yield
    _alias.uninstall()
    sys.modules.update(before)


# ---- names that are missing
@pytest.mark.parametrize(
    "module",
    [
        "torch.fx.passes.reinplace",
        "torch._inductor.config",
        "torch.nn.quantized.dynamic",
        "torch.accelerator.memory",
        "torch.distributed.fsdp.wrap",
        "torch.utils.collect_env",
        "torch.ao.quantization.qconfig_mapping",
        "torch.functional",
    ],
)
def test_modules_that_only_pytorch_has_are_imported(module: str) -> None:
    with compat.enable():
        found = importlib.import_module(module)
        parent, _, last = module.rpartition(".")
        assert getattr(importlib.import_module(parent), last) is found
        with pytest.raises(NotImplementedError, match=rf"^{re.escape(module)}\.Thing is not implemented in compat "):
            found.Thing()


@pytest.mark.parametrize("module", ["torch.foo", "torch.nn.foo", "torch.fx.foo.bar", "torch.utils.data.foo"])
def test_modules_that_pytorch_lacks_are_not(module: str) -> None:
    with compat.enable(), pytest.raises(ModuleNotFoundError, match=r"and neither has PyTorch 2\.13"):
        importlib.import_module(module)


@pytest.mark.parametrize("name", ["nn.foo", "foo", "utils.foo", "optim.foo", "nn.functional.foo", "linalg.foo"])
def test_names_that_pytorch_lacks_are_attribute_errors(name: str) -> None:
    owner, _, last = name.rpartition(".")
    module = importlib.import_module(f"compat.{owner}".rstrip("."))
    with pytest.raises(AttributeError, match=rf"^module 'torch.*' has no attribute '{last}'$"):
        getattr(module, last)


def test_names_that_only_pytorch_has_are_placeholders() -> None:
    for owner in ("torch", "torch.nn", "torch.optim", "torch.utils", "torch.autograd", "torch.utils.checkpoint"):
        module = importlib.import_module("compat" + owner.removeprefix("torch"))
        for name in _names.defined_by(owner):
            value = getattr(module, name, None)  # torch.utils.tensorboard only with its package
            assert not isinstance(value, Placeholder) or str(value) == f"{owner}.{name}"


def test_a_submodule_whose_package_is_not_installed_is_no_attribute(tmp_path: Path) -> None:
    source = """
        import sys
        sys.modules["tensorboardX"] = None
        import torch
        print(hasattr(torch.utils, "tensorboard"))
        try:
            import torch.utils.tensorboard
        except ImportError as error:
            print(error)
    """
    assert output(tmp_path, source).startswith("False\ntorch.utils.tensorboard needs tensorboardX")


def test_a_submodule_that_compat_has_is_the_real_one() -> None:
    assert compat.nn.utils.prune.__file__ is not None


MISSING = {
    "torch.fx.symbolic_trace(1)": "torch.fx.symbolic_trace",
    "torch.ones(1).to_mkldnn()": "torch.Tensor.to_mkldnn",
    "torch.nn.utils.spectral_norm(m)": "torch.nn.utils.spectral_norm",
    "torch.distributed.HashStore()": "torch.distributed.HashStore",
    "torch.autograd.profiler.profile()": "torch.autograd.profiler.profile",
    "Interpreter(m).run()": "torch.fx.Interpreter",
    "torch.optim.swap_in_optimizer_params_and_state()": "torch.optim.swap_in_optimizer_params_and_state",
}


@pytest.mark.parametrize("code", MISSING)
def test_a_use_names_the_name_and_the_line(code: str) -> None:
    program = f"""
m = torch.nn.Linear(1, 1)
class Interpreter(torch.fx.Interpreter): pass

{code}"""
    expected = rf"^{re.escape(MISSING[code])} is not implemented in compat.* \(used at program\.py:5\)$"
    with pytest.raises(NotImplementedError, match=expected):
        exec(compile(program, "program.py", "exec"), {"torch": compat, "__name__": "program"})


def test_a_refusal_that_ends_a_program_shows_its_line(tmp_path: Path) -> None:
    name = write(tmp_path, "import torch\ntorch.fx.symbolic_trace(1)\n")
    done = python(tmp_path, "-m", "compat", name)
    assert done.returncode == 1
    where = f"(used at {tmp_path / name}:2)"
    last = f"NotImplementedError: torch.fx.symbolic_trace is not implemented in compat {where}"
    assert done.stderr.splitlines()[-1] == last
    assert done.stderr.count("File ") == 1


def test_a_caught_refusal_says_where(tmp_path: Path) -> None:
    source = """
        import torch

        def use():
            torch.fx.symbolic_trace(1)

        try:
            use()
        except NotImplementedError as error:
            print(error)
    """
    assert output(tmp_path, source).endswith("program.py:5)\n")


# ---- packages that need PyTorch
@pytest.mark.parametrize("package", sorted(_foreign.PACKAGES))
def test_packages_that_need_pytorch_say_what_to_do(package: str) -> None:
    with compat.enable():
        message = f"^No module named '{package}': {package} needs PyTorch's"
        with pytest.raises(ModuleNotFoundError, match=message) as caught:
            importlib.import_module(package)
        assert caught.value.name == package


def test_one_that_is_installed_is_refused_as_well(tmp_path: Path) -> None:
    write(tmp_path, "import torch\nprint('ran')", "site-packages/torchvision/__init__.py")
    write(tmp_path, "x = 1", "site-packages/torchvision/transforms.py")
    for statement in ("import torchvision", "from torchvision.transforms import x"):
        statement = f"import sys\nsys.path.append({str(tmp_path / 'site-packages')!r})\n{statement}"
        done = python(tmp_path, "-m", "compat", write(tmp_path, statement))
        assert done.returncode == 1
        expected = "ModuleNotFoundError: No module named 'torchvision': torchvision needs"
        assert done.stderr.splitlines()[-1].startswith(expected)
        assert "ran" not in done.stdout


def test_one_that_belongs_to_the_program_is_used(tmp_path: Path) -> None:
    write(tmp_path, "class MNIST: pass", "torchvision/datasets.py")
    write(tmp_path, "", "torchvision/__init__.py")
    done = python(tmp_path, "-m", "compat", write(tmp_path, "from torchvision import datasets\nprint(datasets.MNIST)"))
    assert done.stdout == "<class 'torchvision.datasets.MNIST'>\n", done.stderr


def test_asking_whether_one_is_installed_is_answered(tmp_path: Path) -> None:
    source = """
        import importlib.util
        print(importlib.util.find_spec("flash_attn"), importlib.util.find_spec("apex"))
        try:
            import apex
        except ImportError:
            print("without")
    """
    assert output(tmp_path, source) == "None None\nwithout\n"


# ---- enable and disable
def test_enable_is_a_plain_call() -> None:
    compat.enable()
    import torch
    from torch.nn import functional

    assert torch is compat and functional is compat.nn.functional
    compat.disable()
    assert "torch" not in sys.modules and "torch.nn.functional" not in sys.modules


def test_enable_is_a_context() -> None:
    with compat.enable():
        import torch

        assert torch is compat
    assert "torch" not in sys.modules
    assert not [f for f in sys.meta_path if type(f).__module__ == "compat._alias"]


def test_disable_undoes_itself_at_the_end_of_its_block() -> None:
    compat.enable()
    with compat.disable():
        assert not _alias.installed()
    assert _alias.installed()
    assert importlib.import_module("torch") is compat


def test_nested_uses_restore() -> None:
    with compat.enable():
        with compat.enable():
            pass
        assert _alias.installed()
        with compat.disable():
            with compat.disable():
                pass
            assert not _alias.installed()
            with compat.enable():
                assert importlib.import_module("torch.nn") is compat.nn
            assert not _alias.installed()
        assert _alias.installed()
    assert not _alias.installed()


def test_an_exception_leaves_the_block_as_it_was() -> None:
    with pytest.raises(ZeroDivisionError), compat.enable():
        1 / 0  # noqa: B018
    assert not _alias.installed()


def test_twice_and_for_nothing() -> None:
    compat.disable()
    compat.enable()
    compat.enable()
    assert len([f for f in sys.meta_path if isinstance(f, _alias.AliasFinder)]) == 1
    compat.disable()
    compat.disable()
    assert not _alias.installed()


def test_what_the_switch_prints() -> None:
    switch = compat.enable()
    assert repr(switch) == "import torch means compat"
    compat.disable()
    assert repr(switch) == "import torch does not mean compat"


def test_pytorch_is_not_replaced_under_who_uses_it(tmp_path: Path) -> None:
    write(tmp_path, "version = 'real'", "torch.py")
    source = """
        import torch, compat
        try:
            compat.enable()
        except ImportError as error:
            print(error)
        print(torch.version)
    """
    done = python(tmp_path, write(tmp_path, source))
    assert "PyTorch itself is already imported" in done.stdout and "restart the kernel" in done.stdout
    assert done.stdout.splitlines()[-1] == "real"


def test_a_module_imported_meanwhile_keeps_what_it_has(tmp_path: Path) -> None:
    write(tmp_path, "import torch\ndef ones():\n    return torch.ones(2)", "library.py")
    write(tmp_path, "import compat\nwith compat.enable():\n    import library\nprint(library.ones().sum().item())")
    assert python(tmp_path, "program.py").stdout == "2.0\n"
