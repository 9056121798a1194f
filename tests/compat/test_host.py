"""Programs on single numbers run on the host: with the results that XLA gives, bit for bit."""

import itertools
import math
import threading
from collections.abc import Callable

import numpy as np
import pytest

import compat as torch
from tests.helpers import compiles

FLOATS = [0.0, -0.0, 1.0, -2.5, 1e-30, 2e37, math.inf, -math.inf, math.nan, 1 / 3]
INTEGERS = [0, 1, -3, 2**31 - 1, -(2**31), 2**62]
REAL: dict[str, Callable] = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y * 0.1,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "number": lambda x, y: 1 - x * 3,
    "neg": lambda x, y: -x,
    "abs": lambda x, y: x.abs() - y.abs(),
    "square": lambda x, y: x**2 + y.square(),
    "less": lambda x, y: (x < y) | (x >= 2),
    "equal": lambda x, y: (x == y) & ~(x != 1),
    "where": lambda x, y: torch.where(x > y, x, y),
    "relu": lambda x, y: torch.relu(x),
    "sign": lambda x, y: x.sign(),
    "cast": lambda x, y: (x > y).float() + x.double(),
}
WHOLE: dict[str, Callable] = {
    "add": lambda x, y: x + y * 3,
    "less": lambda x, y: (x < y).long() - (x == y).int(),
    "to float": lambda x, y: x.float() * y.double(),
    "neg": lambda x, y: -x - y.abs(),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", REAL)
def test_floating_numbers(name: str, dtype: str) -> None:
    _compare(REAL[name], FLOATS, getattr(torch, dtype))


@pytest.mark.parametrize("dtype", ["int32", "int64"])
@pytest.mark.parametrize("name", WHOLE)
def test_integers(name: str, dtype: str) -> None:
    _compare(WHOLE[name], [n for n in INTEGERS if dtype == "int64" or abs(n) <= 2**31 - 1], getattr(torch, dtype))


def _compare(function: Callable, numbers: list, dtype: torch.dtype) -> None:
    pairs = list(itertools.product(numbers, numbers))
    x, y = (torch.tensor(column, dtype=dtype) for column in zip(*pairs, strict=True))
    expected = function(x, y).numpy()  # arrays: XLA computes them
    calls = torch.metrics()["calls"]
    got = np.array([function(torch.tensor(a, dtype=dtype), torch.tensor(b, dtype=dtype)).item() for a, b in pairs])
    assert torch.metrics()["calls"] == calls
    np.testing.assert_array_equal(got.astype(expected.dtype), expected)
    if expected.dtype.kind == "f":
        np.testing.assert_array_equal(np.signbit(got)[~np.isnan(got)], np.signbit(expected)[~np.isnan(got)])


def test_a_root_by_newtons_method_calls_nothing_and_compiles_nothing() -> None:
    x, y, steps = torch.tensor(2.0), torch.tensor(1.0), 0
    with compiles(0):
        while (y * y - x).abs() > 1e-6:
            y = y - (y * y - x) / (2 * y)
            steps += 1
    assert steps == 4
    assert y.item() == pytest.approx(math.sqrt(2), abs=1e-6)


def test_gradients_and_what_follows_on_arrays() -> None:
    w = torch.tensor(3.0, requires_grad=True)
    (w * w / 2 + w).backward()
    assert w.grad.item() == 4.0
    with torch.no_grad():
        w -= 0.5 * w.grad
    assert w.item() == 1.0
    assert (torch.ones(3) * w).tolist() == [1.0, 1.0, 1.0]
    assert w.detach().numpy().shape == ()
    assert repr(w) == "tensor(1., requires_grad=True)"


def test_where_xla_is_not_exact_the_host_is_as_pytorch() -> None:
    assert (torch.tensor(-3) / 7).item() == np.float32(-3) / np.float32(7)  # XLA multiplies by a rounded 1 / 7
    assert torch.tensor(1e-40).sum().mean().item() == np.float32(1e-40)  # XLA flushes these numbers to zero


def test_what_is_not_exact_is_left_to_xla() -> None:
    calls = torch.metrics()["calls"]
    torch.tensor(0.3).exp().item()
    torch.tensor(7) // torch.tensor(0 + 2)
    assert torch.metrics()["calls"] > calls


def test_a_number_pending_in_another_thread() -> None:
    x = torch.tensor(2.0) * 3 + 1
    seen: list[float] = []
    thread = threading.Thread(target=lambda: seen.append((x * 2).item()))
    thread.start()
    thread.join()
    assert seen == [14.0]
    assert x.item() == 7.0
