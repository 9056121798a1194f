"""How the source must look: layers, imports, sizes, docstrings, requirements."""

import ast
import inspect
import io
import re
import subprocess
import sys
import tokenize
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import funcgrad
from compat._ops.declare import TABLE
from tests.conftest import ROOT
from tests.op_table import ROWS

PACKAGES = ("funcgrad", "compat")
FILES = sorted(p for package in PACKAGES for p in (ROOT / package).rglob("*.py"))
IDS = [str(p.relative_to(ROOT)) for p in FILES]

SOFT_LIMIT, HARD_LIMIT = 400, 600
# A file above the soft limit says here why it stays whole.
LONG_FILES: dict[str, str] = {
    "compat/_tensor/tensor.py": "one class: values, facts, autograd data and Python's protocols of a tensor",
}

every_file = pytest.mark.parametrize("path", FILES, ids=IDS)


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(p): p for p in FILES}


def imports(nodes: list[ast.stmt] | Iterator[ast.AST], path: Path) -> Iterator[tuple[str, str | None]]:
    """``(module, name)`` of each import: ``import a.b`` is ("a.b", None), ``from a import b`` is ("a", "b")."""
    package = module_name(path) if path.name == "__init__.py" else module_name(path).rpartition(".")[0]
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from ((alias.name, None) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            yield from ((".".join([*base, *filter(None, [node.module])]), alias.name) for alias in node.names)


def at_run_time(path: Path) -> Iterator[ast.AST]:
    """All nodes but those under ``if TYPE_CHECKING``, which only checkers read."""
    pending: list[ast.AST] = [tree(path)]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            pending += node.orelse
            continue
        yield node
        pending += ast.iter_child_nodes(node)


# ---- what imports what
@every_file
def test_layers(path: Path) -> None:
    roots = {module.split(".")[0] for module, _ in imports(ast.walk(tree(path)), path)}
    assert "torch" not in roots, "the library runs without PyTorch"
    assert "tests" not in roots
    if path.is_relative_to(ROOT / "funcgrad"):
        assert "compat" not in roots, "the core does not know the shell"


@every_file
def test_imports_are_at_the_top_and_by_name(path: Path) -> None:
    functions = [n for n in ast.walk(tree(path)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)]
    inside = [ast.unparse(n) for f in functions for n in ast.walk(f) if isinstance(n, ast.Import | ast.ImportFrom)]
    assert not inside
    assert not [module for module, name in imports(ast.walk(tree(path)), path) if name == "*"]


def test_no_cycles() -> None:
    edges: dict[str, set[str]] = {}
    for name, path in MODULES.items():
        found = imports(at_run_time(path), path)
        targets = {f"{m}.{n}" if f"{m}.{n}" in MODULES else m for m, n in found}
        edges[name] = {t for t in targets if t in MODULES and t != name}
    assert not cycles(edges)


def cycles(edges: dict[str, set[str]]) -> list[list[str]]:
    """One cycle for each back edge that a depth-first walk meets."""
    found, done, stack = [], set(), []

    def visit(name: str) -> None:
        if name in stack:
            found.append([*stack[stack.index(name) :], name])
        elif name not in done:
            stack.append(name)
            for target in sorted(edges[name]):
                visit(target)
            done.add(stack.pop())

    for name in sorted(edges):
        visit(name)
    return found


def test_cycles_are_found() -> None:
    assert cycles({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == [["b", "c", "b"]]
    assert not cycles({"a": {"b", "c"}, "b": {"c"}, "c": set()})


@pytest.mark.parametrize("package", PACKAGES)
def test_importing_does_not_load_torch(package: str) -> None:
    unwanted = {"torch"} if package == "compat" else {"torch", "compat"}
    code = f"import sys, {package}; sys.exit(', '.join({unwanted} & set(sys.modules)) or 0)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert not done.stderr


# ---- sizes
def code_lines(path: Path) -> int:
    """Lines that hold code: neither blank, nor comment, nor docstring."""
    source = path.read_text(encoding="utf-8")
    skip = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in skip:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(tree(path)):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
            text = body[0]
            if isinstance(text.value, ast.Constant) and isinstance(text.value.value, str):
                lines.difference_update(range(text.lineno, (text.end_lineno or text.lineno) + 1))
    return len(lines)


@every_file
def test_size(path: Path) -> None:
    lines, name = code_lines(path), str(path.relative_to(ROOT))
    assert lines <= HARD_LIMIT
    assert lines <= SOFT_LIMIT or name in LONG_FILES, "split it, or say in LONG_FILES why it stays whole"


def test_long_files_are_still_long() -> None:
    assert not [name for name in LONG_FILES if code_lines(ROOT / name) <= SOFT_LIMIT]


# ---- docstrings
def public_functions() -> Iterator[tuple[str, object]]:
    for name in getattr(funcgrad, "__all__", [n for n in vars(funcgrad) if not n.startswith("_")]):
        value = getattr(funcgrad, name)
        if callable(value) and str(getattr(value, "__module__", "")).startswith("funcgrad"):
            yield name, value


def test_public_api_is_documented() -> None:
    missing = []
    for name, value in public_functions():
        doc = inspect.getdoc(value) or ""
        if not doc:
            missing.append(f"{name}: no docstring")
        elif inspect.isfunction(value) and inspect.signature(value).parameters and "Args:" not in doc:
            missing.append(f"{name}: no Args")
        elif inspect.isfunction(value) and "Example:" not in doc:
            missing.append(f"{name}: no Example")
    assert not missing, "\n".join(missing)


@pytest.mark.parametrize("path", [p for p in FILES if p.is_relative_to(ROOT / "funcgrad")], ids=module_name)
def test_every_kernel_has_a_docstring(path: Path) -> None:
    kinds = ast.FunctionDef | ast.ClassDef
    public = [n for n in tree(path).body if isinstance(n, kinds) and not n.name.startswith("_")]
    assert ast.get_docstring(tree(path)), "the module says what it is for"
    assert not [n.name for n in public if not ast.get_docstring(n)]


# ---- operators
# An operator that no row of tests/op_table.py names says here what reaches it.
REACHED_OTHERWISE = {
    "constant_pad_nd": "F.pad",
    "reflection_pad": "F.pad",
    "replication_pad": "F.pad",
    "circular_pad": "F.pad",
    "pow_static": "x ** 2",
    "pow_number": "x ** 2.5",
    "repeat_indices": "torch.repeat_interleave",
    "diagonal_copy": "torch.diag",
    "to_copy": "x.double()",
    "max_all": "torch.max(x)",
    "min_all": "torch.min(x)",
    "max_dim": "torch.max(x, 1)",
    "min_dim": "torch.min(x, 0)",
    "median_all": "torch.median(x)",
    "median_dim": "torch.median(x, 1)",
    "nanmedian_all": "torch.nanmedian(x)",
    "nanmedian_dim": "torch.nanmedian(x, 1)",
    "masked_positions": "x[mask]",
    "index": "x[i]",
    "einsum_kernel": "torch.einsum",
    "fft_c2c": "torch.fft.fft",
    "fft_r2c": "torch.fft.rfft",
    "fft_c2r": "torch.fft.irfft",
    "histogram_edges": "torch.histogram(x, edges)",
    "histogram_uniform": "torch.histogram(x, 4)",
    "im2col": "F.unfold",
    "col2im": "F.fold",
    "batch_norm_train": "F.batch_norm",
    "batch_norm_eval": "F.batch_norm",
    "running_average": "F.batch_norm",
    "upsample": "F.interpolate",
    "recurrent": "nn.LSTM",
    "coo_mm": "torch.sparse.mm",
    "coo_to_dense": "torch.Tensor.to_dense",
    "standard_gamma_grad": "torch._standard_gamma_grad",
    "dirichlet_grad": "torch._dirichlet_grad",
    "gamma_sample": "torch.distributions.Gamma(a, b).rsample()",
    "dirichlet_sample": "torch.distributions.Dirichlet(a).rsample()",
}


def test_every_operator_has_a_row() -> None:
    named = {word for row in ROWS.values() for word in re.findall(r"\w+", row.call)}
    bare = {name: name.lstrip("_").removeprefix("linalg_").removeprefix("special_") for name in TABLE}
    assert not [name for name, word in bare.items() if word not in named and word not in REACHED_OTHERWISE]
    assert not set(REACHED_OTHERWISE) - set(bare.values()), "these operators are gone"


# ---- requirements
def test_only_the_extras_that_compare_with_torch_require_it() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = {k: v for k, v in project["optional-dependencies"].items() if k not in ("crosscheck", "bench")}
    required = [*project["dependencies"], *(r for group in extras.values() for r in group)]
    assert not [r for r in required if re.match(r"torch(vision|audio)?\b", r)]


def test_the_oracle_is_one_version() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert all("torch==2.13.0" in extras[name] for name in ("crosscheck", "bench"))
