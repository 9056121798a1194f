"""The table of kernels under test: for each its samples, and how PyTorch is asked about them.

A row names a function of PyTorch and the kernel that must agree with it, in values, dtypes, gradients and errors. The
rows stand in ``tests/kernels``, a module a family, PyTorch's answers in ``tests/oracle/kernels_<family>.npz``;
``python -m tests.kernel_table`` records them anew (it needs PyTorch), and ``FUNCGRAD_ORACLE=live`` asks PyTorch itself.
"""

import importlib
import json
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from tests.helpers import host, torch_or_none

FAMILIES = tuple(sorted(p.stem for p in (Path(__file__).parent / "kernels").glob("*.py") if not p.stem.startswith("_")))
ORACLE = Path(__file__).parent / "oracle"

Call = tuple[tuple, dict[str, Any]]


@dataclass(frozen=True)
class Row:
    """A kernel.

    Attributes:
      name: PyTorch's function, such as ``torch.add`` or ``torch.nn.functional.gelu``.
      kernel: Ours; takes the same arguments.
      samples: Calls, ``(args, kwargs)``; NumPy arrays in them become tensors, NumPy dtypes dtypes.
      rtol: Relative tolerance of values and gradients.
      atol: Absolute tolerance.
      why: Why a tolerance looser than 1e-5 is right.
      grad: Whether gradients are compared.
      vmap: Whether the kernel is tried under ``jax.vmap``.
      jit: Whether it is tried under ``jax.jit``.
      errors: Calls that must fail, as PyTorch fails.
    """

    name: str
    kernel: Callable[..., Any]
    samples: list[Call]
    rtol: float = 1e-5
    atol: float = 1e-6
    why: str = ""
    grad: bool = True
    vmap: bool = True
    jit: bool = True
    errors: tuple[Call, ...] = ()

    def __post_init__(self) -> None:
        """A loose tolerance needs a reason."""
        assert self.why or self.rtol <= 1e-5 and self.atol <= 1e-5, self.name


def call(*args: Any, **kwargs: Any) -> Call:
    """A sample."""
    return args, kwargs


def rows(family: str) -> list[Row]:
    """The rows of a family."""
    return importlib.import_module(f"tests.kernels.{family}").ROWS


def cases() -> list[tuple[str, Row, int]]:
    """(label, row, number of the sample) of everything in the table; the label is unique."""
    return [
        (f"{family}.{k}:{row.name.removeprefix('torch.')}[{i}]", row, i)
        for family in FAMILIES
        for k, row in enumerate(rows(family))
        for i in range(len(row.samples))
    ]


def errors() -> list[tuple[str, Row, int]]:
    """(label, row, number of the error) of every call that must fail."""
    return [
        (f"{family}.{k}:{row.name.removeprefix('torch.')}!{i}", row, i)
        for family in FAMILIES
        for k, row in enumerate(rows(family))
        for i in range(len(row.errors))
    ]


def differentiable(x: Any) -> bool:
    """Whether an argument is an array that can have a gradient."""
    return isinstance(x, np.ndarray) and x.dtype.kind in "fV"


def cotangent(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """The cotangent that all gradients are taken with: distinct values of both signs."""
    n = int(np.prod(shape, dtype=int))
    return (0.3 + np.cos(1.7 * np.arange(n))).reshape(shape).astype(dtype)


def flat(result: Any) -> list[Any]:
    """Results as a list."""
    return list(result) if isinstance(result, tuple | list) else [result]


def ask(module: Any, row: Row, sample: Call) -> dict[str, np.ndarray]:
    """Values and gradients of a sample as ``module`` (PyTorch, or compat) computes them.

    Returns:
      ``v0``, ``v1`` ... the results, ``g0``, ``g1`` ... the gradients of the floating arrays among the arguments, in
      order; a gradient that is None is missing.
    """
    leaves: list[Any] = []

    def convert(x: Any) -> Any:
        if isinstance(x, np.ndarray):
            t = module.tensor(x)
            if row.grad and differentiable(x):
                t.requires_grad_()
                leaves.append(t)
            return t
        if isinstance(x, np.dtype):
            return getattr(module, x.name)
        return [convert(y) for y in x] if isinstance(x, list) else x

    args, kwargs = sample
    args, kwargs = [convert(a) for a in args], {k: convert(v) for k, v in kwargs.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = flat(function(module, row.name)(*args, **kwargs))
    answer = {f"v{i}": host(r) for i, r in enumerate(results)}
    tracked = [r for r in results if getattr(r, "requires_grad", False)]
    if tracked:
        seeds = [module.tensor(cotangent(tuple(r.shape), host(r).dtype)) for r in tracked]
        module.autograd.backward(tracked, seeds)
        answer |= {f"g{i}": host(x.grad) for i, x in enumerate(leaves) if x.grad is not None}
    return answer


def function(module: Any, name: str) -> Callable[..., Any]:
    """``torch.nn.functional.gelu`` of a module that stands for ``torch``."""
    out = module
    for part in name.split(".")[1:]:
        out = getattr(out, part)
    return out


def fails(module: Any, row: Row, sample: Call) -> list[str]:
    """Type and first line of the message of a call that fails."""
    try:
        ask(module, row, sample)
    except Exception as e:  # noqa: BLE001 - the exception is the answer
        return [type(e).__name__, (str(e).splitlines() or [""])[0]]
    return ["no error", ""]


@cache
def _recorded(family: str) -> tuple[dict[str, np.ndarray], dict[str, list[str]]]:
    with np.load(ORACLE / f"kernels_{family}.npz") as data:
        answers = {k: data[k] for k in data.files}
    messages = json.loads((ORACLE / f"kernels_{family}.json").read_text())
    return answers, messages


def expected(label: str, row: Row, sample: int) -> dict[str, np.ndarray]:
    """PyTorch's answer to a sample."""
    torch = torch_or_none()
    if torch is not None:
        return ask(torch, row, row.samples[sample])
    answers, _ = _recorded(label.split(".")[0])
    prefix = label + "/"
    return {k.removeprefix(prefix): v for k, v in answers.items() if k.startswith(prefix)}


def expected_error(label: str, row: Row, sample: int) -> list[str]:
    """PyTorch's error for a call."""
    torch = torch_or_none()
    if torch is not None:
        return fails(torch, row, row.errors[sample])
    return _recorded(label.split(".")[0])[1][label]


def record(families: list[str]) -> None:
    """Asks PyTorch about every row and writes its answers."""
    torch = importlib.import_module("torch")
    ORACLE.mkdir(exist_ok=True)
    for family in families:
        answers = {
            f"{label}/{k}": v
            for label, row, i in cases()
            if label.startswith(family + ".")
            for k, v in ask(torch, row, row.samples[i]).items()
        }
        np.savez_compressed(ORACLE / f"kernels_{family}.npz", **answers)
        messages = {
            label: fails(torch, row, row.errors[i]) for label, row, i in errors() if label.startswith(family + ".")
        }
        text = json.dumps({"": ["torch", torch.__version__], **messages}, indent=1)
        (ORACLE / f"kernels_{family}.json").write_text(text + "\n")


if __name__ == "__main__":
    record(sys.argv[1:] or list(FAMILIES))
