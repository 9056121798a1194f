"""Laziness shows only as speed: what is compiled when, what stays alive, and that nothing else changes."""

import gc
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import compat as torch
from tests.conftest import ROOT
from tests.helpers import compiles

F = torch.nn.functional


def batches(n: int) -> list[tuple]:
    r = np.random.default_rng(0)
    return [(torch.tensor(r.random((8, 6), np.float32)), torch.tensor(r.integers(0, 3, 8))) for _ in range(n)]


def mlp() -> torch.nn.Module:
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(6, 5), torch.nn.ReLU(), torch.nn.Dropout(0.3), torch.nn.Linear(5, 3))


# ---- a steady loop compiles nothing
OPTIMIZERS: dict[str, Callable] = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.1),
    "momentum": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.01),
    "adam": lambda p: torch.optim.Adam(p, lr=0.1),
    "adamw": lambda p: torch.optim.AdamW(p, lr=0.1),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.1),
    "adagrad": lambda p: torch.optim.Adagrad(p, lr=0.1),
    "adadelta": lambda p: torch.optim.Adadelta(p, lr=0.1),
    "adamax": lambda p: torch.optim.Adamax(p, lr=0.1),
    "nadam": lambda p: torch.optim.NAdam(p, lr=0.1),
    "radam": lambda p: torch.optim.RAdam(p, lr=0.1),
    "rprop": lambda p: torch.optim.Rprop(p, lr=0.1),
    "asgd": lambda p: torch.optim.ASGD(p, lr=0.1),
    "adafactor": lambda p: torch.optim.Adafactor(p, lr=0.1),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_training_loop_compiles_nothing_after_its_second_step(name: str) -> None:
    model = mlp()
    optimizer = OPTIMIZERS[name](model.parameters())
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9)

    def step(x, t) -> float:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), t)
        seen = loss.item()  # read before backward
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        optimizer.step()
        scheduler.step()
        return seen

    data = batches(6)
    for batch in data[:2]:
        step(*batch)
    with compiles(0):
        losses = [step(*batch) for batch in data[2:]]
    assert np.isfinite(losses).all()


def test_an_update_by_hand_compiles_nothing_after_its_second_step() -> None:
    w, b = torch.zeros(6, 1).requires_grad_(), torch.zeros(1).requires_grad_()

    def step(x, t, lr: float) -> None:
        loss = (((x @ w + b).sigmoid() - t[:, None].float()) ** 2).mean()
        loss.backward()
        for leaf in (w, b):
            leaf.data -= lr * leaf.grad.data
            leaf.grad.zero_()

    data = batches(6)
    for k, batch in enumerate(data[:2]):
        step(*batch, lr=0.1 / (k + 1))
    with compiles(0):
        for k, batch in enumerate(data[2:]):
            step(*batch, lr=0.1 / (k + 3))


def test_batch_norm_and_evaluation_between_epochs() -> None:
    model = torch.nn.Sequential(torch.nn.Linear(6, 4), torch.nn.BatchNorm1d(4), torch.nn.Linear(4, 3))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    data = batches(4)

    def epoch() -> float:
        model.train()
        for x, t in data:
            optimizer.zero_grad()
            F.cross_entropy(model(x), t).backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            return torch.stack([(model(x).argmax(1) == t).float().mean() for x, t in data]).mean().item()

    epoch(), epoch()
    with compiles(0):
        epoch(), epoch()


CHANGING: dict[str, Callable] = {
    "added": lambda x, k: x + k,
    "float factor": lambda x, k: x * (0.5 * k),
    "0 and 1": lambda x, k: (x + k % 2) * (k % 2),
    "divided": lambda x, k: x / (k + 1),
    "clamped": lambda x, k: x.clamp(-k, k),
    "filled": lambda x, k: torch.full((3,), float(k)) + x[0],
    "index": lambda x, k: x[k],
    "negative index": lambda x, k: x[-1 - k],
    "start": lambda x, k: x[k : k + 2],
    "narrow": lambda x, k: x.narrow(0, k, 2),
    "select": lambda x, k: x.select(1, k % 3),
    "index set": lambda x, k: x.clone().__setitem__(k, float(k)) or x,
    "alpha": lambda x, k: torch.add(x, x, alpha=k),
    "lerp": lambda x, k: torch.lerp(x, x + 1, k / 10),
    "where": lambda x, k: torch.where(x > k, x, float(k)),
    "masked": lambda x, k: x.masked_fill(x > k, k),
    "pow": lambda x, k: (x.abs() + 1) ** (k + 0.5),
    "cross": lambda x, k: F.leaky_relu(x, 0.01 * k),
    "eps": lambda x, k: F.layer_norm(x, (3,), eps=1e-5 * (k + 1)),
}


@pytest.mark.parametrize("name", CHANGING)
def test_numbers_that_change_compile_nothing(name: str) -> None:
    x = torch.tensor(np.random.default_rng(1).normal(size=(9, 3)).astype(np.float32))

    def run(k: int) -> None:
        assert np.isfinite(CHANGING[name](x, k).sum().item())

    run(1), run(2)
    with compiles(0):
        for k in (0, 1, 3, 5, 6):
            run(k)


# ---- what stays alive
def live() -> int:
    gc.collect()
    return sum(a.nbytes for a in jax.live_arrays())


def test_evaluation_under_no_grad_keeps_no_intermediate() -> None:
    width, depth = 256, 12
    layers = [torch.nn.Linear(width, width) for _ in range(depth)]
    x = torch.randn(256, width)

    def forward():
        h = x
        for layer in layers:
            h = layer(h).relu()
        return h

    forward().sum().item()
    base = live()
    with torch.no_grad():
        out = forward()
        assert out.grad_fn is None
        out.sum().item()
        assert live() - base <= 2 * x.numel() * 4
    recorded = forward()
    recorded.sum().item()
    assert recorded.grad_fn is not None
    del out, recorded
    assert live() <= base + 4096


def test_a_training_loop_does_not_grow() -> None:
    model, data = mlp(), batches(8)
    optimizer = torch.optim.Adam(model.parameters())
    sizes = []
    for x, t in data:
        optimizer.zero_grad()
        F.cross_entropy(model(x), t).backward()
        optimizer.step()
        sizes.append(live())
    assert sizes[-1] <= sizes[3] + 256


def test_what_nobody_reads_is_never_computed() -> None:
    x = torch.ones(4)
    x.sum().item()
    before = torch.metrics()["calls"]
    for _ in range(20):
        x = x * 2
    assert torch.metrics()["calls"] == before
    assert x[0].item() == 2.0**20
    assert torch.metrics()["calls"] == before + 1


# ---- it changes nothing else
PROGRAM = """
import compat as torch
torch.manual_seed(3)
model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
x, t = torch.randn(16, 4), torch.randint(0, 2, (16,))
for _ in range(5):
    optimizer.zero_grad()
    loss = torch.nn.functional.cross_entropy(model(x), t)
    loss.backward()
    optimizer.step()
    print(f"{loss.item():.5f}")
view = x[::2, 1:]
view.mul_(2)
print(x.sum(), view.grad_fn, x._version)
"""


def test_eager_execution_gives_the_same_numbers(tmp_path: Path) -> None:
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    printed = []
    for eager in ("0", "1"):
        env = {**os.environ, "COMPAT_EAGER": eager, "PYTHONPATH": path}
        done = subprocess.run([sys.executable, "-c", PROGRAM], env=env, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        printed.append(done.stdout)
    assert printed[0] == printed[1]


def test_the_users_jax_is_left_alone() -> None:
    assert torch.ones(2, dtype=torch.float64).sum().item() == 2.0
    assert not jax.config.jax_enable_x64
    assert jnp.ones(2).dtype == jnp.float32
    assert jnp.arange(2).dtype == jnp.int32


def test_an_error_leaves_what_was_recorded_intact() -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    x = w * 3
    for wrong in (lambda: x + torch.ones(3), lambda: x.view(5), lambda: x.add_(torch.ones(3)), lambda: w.add_(1)):
        with pytest.raises(RuntimeError):
            wrong()
    assert (x._version, w.grad) == (0, None)
    (x * 2).sum().backward()
    assert (x.tolist(), w.grad.tolist()) == ([3.0, 6.0], [6.0, 6.0])


def test_the_value_at_the_time_is_what_counts() -> None:
    x = torch.zeros(3)
    before = x + 1
    x.add_(5)
    after = x + 1
    assert (before.tolist(), after.tolist()) == ([1.0] * 3, [6.0] * 3)
    a = np.ones(3, np.float32)
    y = torch.tensor(a) * 2
    a[:] = 7
    assert y.tolist() == [2.0] * 3


# ---- small programs run in the thread that calls them
SMALL_LOOP = """
import compat as torch
from compat._engine import compile, inline
again = []
def spied(compiled, *rest):
    before = compiled._executable.xla_executable
    inline.inline(compiled, *rest)
    again.append(compiled._executable.xla_executable is not before)
    return compiled
compile.inline = spied
w = torch.tensor([1.0, 1.0, 1.0], requires_grad=True)
for step in range(4):
    loss = (w * w).sum()
    loss.backward()
    with torch.no_grad():
        w -= 0.25 * w.grad
        w.grad.zero_()
    print(loss.item())
print(len(again) > 0, all(again), any(again))
"""


def small_loop(directory: Path) -> list[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("JAX_COMP")}
    environment["COMPAT_CACHE_DIR"] = str(directory)
    command = [sys.executable, "-c", SMALL_LOOP]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_small_programs_are_loaded_to_run_in_the_thread_that_calls_them(tmp_path: Path) -> None:
    values = ["3.0", "0.75", "0.1875", "0.046875"]
    assert small_loop(tmp_path) == [*values, "True True True"]  # compiled
    kept = [f for f in (tmp_path / "inline").rglob("*") if f.is_file()]
    assert kept
    assert small_loop(tmp_path) == [*values, "True True True"]  # from disk
    for f in kept:
        f.write_bytes(f.read_bytes()[:100])
    assert small_loop(tmp_path) == [*values, "True False False"]  # damaged: they run as XLA would have them


# ---- threads
def in_threads(*targets: Callable[[], None]) -> None:
    failures: list[BaseException] = []

    def guarded(target: Callable[[], None]) -> None:
        try:
            target()
        except BaseException as error:  # noqa: BLE001 - raised again below
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(t,)) for t in targets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
        assert not thread.is_alive()
    if failures:
        raise failures[0]


def test_threads_record_for_themselves() -> None:
    results: dict[int, float] = {}

    def work(k: int) -> None:
        x = torch.full((4,), float(k))
        for _ in range(50):
            x = x + 1
        results[k] = x.sum().item()

    in_threads(*(lambda k=k: work(k) for k in range(6)))
    assert results == {k: 4.0 * (k + 50) for k in range(6)}


def test_a_value_pending_in_one_thread_is_read_in_another() -> None:
    box, ready, done = {}, threading.Event(), threading.Event()

    def produce() -> None:
        box["x"] = torch.ones(3) * 2 + 1
        ready.set()
        assert done.wait(30)

    def consume() -> None:
        assert ready.wait(30)
        try:
            box["y"] = (box["x"] * 10).tolist()
        finally:
            done.set()

    in_threads(produce, consume)
    assert box["y"] == [30.0] * 3


def test_gradients_from_several_threads_add_up() -> None:
    w = torch.ones(2, requires_grad=True)
    in_threads(*[lambda: (w * 3).sum().backward()] * 4)
    assert w.grad.tolist() == [12.0, 12.0]


def test_operations_follow_the_default_dtype() -> None:
    x = torch.tensor([1, 2])
    assert (x / x).dtype is torch.float32
    torch.set_default_dtype(torch.float64)
    try:
        assert (x / x).dtype is torch.float64
    finally:
        torch.set_default_dtype(torch.float32)
    assert (x / x).dtype is torch.float32
