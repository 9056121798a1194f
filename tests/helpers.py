"""What tests share: comparison of arrays, the oracle, counting compilations."""

import importlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import numpy as np


def assert_close(actual: Any, expected: Any, rtol: float = 1e-5, atol: float = 1e-6) -> None:
    """Asserts the same dtype, the same shape, and values within the tolerances (nan equals nan).

    Either side may be a tensor of compat or PyTorch, a jax or numpy array, or a Python number.
    """
    a, b = host(actual), host(expected)
    assert (a.dtype, a.shape) == (b.dtype, b.shape), f"got {a.dtype}{a.shape}, expected {b.dtype}{b.shape}"
    np.testing.assert_allclose(_wide(a), _wide(b), rtol=rtol, atol=atol)


def host(value: Any) -> np.ndarray:
    """The value as a numpy array; bfloat16 of PyTorch, which numpy lacks, as jax's."""
    if not hasattr(value, "detach"):
        return np.asarray(value)
    value = value.detach().cpu()
    if str(value.dtype) == "torch.bfloat16":
        return np.asarray(value.float().numpy()).astype("bfloat16")
    return np.asarray(value.numpy())


def _wide(a: np.ndarray) -> np.ndarray:
    return a.astype(np.float32) if a.dtype.itemsize == 2 and a.dtype.kind not in "iu" else a


def torch_or_none() -> ModuleType | None:
    """PyTorch, when ``FUNCGRAD_ORACLE=live`` asks for it (``make crosscheck``); else None: use what was recorded."""
    if os.environ.get("FUNCGRAD_ORACLE") != "live":
        return None
    torch = importlib.import_module("torch")
    torch.set_num_threads(2)
    return torch


@contextmanager
def compiles(programs: int) -> Iterator[None]:
    """Asserts that compat compiles so many programs, no more and no fewer, while the block runs."""
    compat = importlib.import_module("compat")  # here, so that tests of funcgrad alone do not load it
    before = compat.metrics()["compiled"]
    yield
    count, last = compat.metrics()["compiled"] - before, compat.metrics()["last_compile"]
    assert count == programs, f"{count} programs compiled, expected {programs}; last: {last}"
