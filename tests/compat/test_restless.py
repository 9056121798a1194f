"""Loops whose programs do not repeat: they run in pieces, with the same results, and compile next to nothing."""

import logging
import random

import numpy as np
import pytest

import compat as torch
from compat._engine import restless
from tests.helpers import compiles

F = torch.nn.functional
SLOW = pytest.mark.slow
OPTIMIZERS = ["SGD", "Adam", pytest.param("ASGD", marks=SLOW), pytest.param("Adafactor", marks=SLOW)]
# one list of counts, one count for all, several numbers, factored


class RandomDepth(torch.nn.Module):
    """Blocks of which another selection, in another order, is applied each time."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = torch.nn.ModuleList(
            torch.nn.Sequential(torch.nn.Linear(6, 6), torch.nn.Tanh()) for _ in range(5))
        self.head = torch.nn.Linear(6, 3)

    def forward(self, x: torch.Tensor, choice: list[int]) -> torch.Tensor:
        for k in choice:
            x = x + self.blocks[k](x)
        return self.head(x)


def train(optimizer: str, steps: int) -> tuple[list[float], list[np.ndarray], list[int]]:
    """(losses, parameters afterwards, programs compiled so far after each step)."""
    torch.manual_seed(0)
    chance = random.Random(0)
    model = RandomDepth()
    adjust = getattr(torch.optim, optimizer)(model.parameters(), lr=0.01)
    x, t = torch.randn(4, 6), torch.tensor([0, 1, 2, 1])
    losses, compiled = [], []
    for _ in range(steps):
        choice = chance.sample(range(5), chance.randint(1, 5))
        loss = F.cross_entropy(model(x, choice), t)
        adjust.zero_grad()
        loss.backward()
        adjust.step()
        losses.append(loss.item())
        compiled.append(torch.metrics()["compiled"])
    return losses, [p.detach().numpy().copy() for p in model.parameters()], compiled


def test_a_graph_of_random_depth_stops_compiling(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restless, "MISSES", 6)
    compiled = train("SGD", 60)[2]
    # each step is a program not seen before, but for a few; pieces that came often enough are still compiled
    assert compiled[-1] - compiled[29] <= 8


def test_pieces_in_any_order_are_cut_shorter() -> None:
    """Long pieces of a random order hardly come again: short ones do, and only those that come often are compiled."""
    torch.manual_seed(0)
    chance = random.Random(0)
    blocks = torch.nn.ModuleList(torch.nn.Linear(4, 4) for _ in range(4))
    optimizer = torch.optim.SGD(blocks.parameters(), lr=0.01)
    compiled = []
    for _ in range(400):
        x = torch.ones(2, 4)
        for _ in range(chance.randint(1, 6)):
            x = chance.choice((torch.relu, torch.tanh, torch.sigmoid))(chance.choice(blocks)(x))
        optimizer.zero_grad()
        x.sum().backward()
        optimizer.step()
        compiled.append(torch.metrics()["compiled"])
    assert compiled[-1] - compiled[199] <= 20  # of some 190 programs that never came before
    assert compiled[-1] - compiled[0] <= 150


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_pieces_compute_the_same(optimizer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = train(optimizer, 4)
    monkeypatch.setattr(restless, "MISSES", 1)
    monkeypatch.setattr(restless, "RUNS_A_MISS", 1000)
    restless.forget()
    torch.compiler.reset()
    monkeypatch.setattr(restless, "_seen", Everything())
    pieces = train(optimizer, 4)
    np.testing.assert_allclose(pieces[0], whole[0], rtol=1e-6)
    for a, b in zip(pieces[1], whole[1], strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-5, atol=1e-7)


class Everything(set):
    """As if every operation had been seen before."""

    def __contains__(self, x: object) -> bool:
        return True


def test_pieces_with_numbers_views_and_results_that_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    def program(k: int) -> list:
        x = torch.arange(12.0).reshape(3, 4)
        kept = [x]
        for j in range(k):
            x = (x * (j + 0.5)).t() + x.t().flip(0) * 2
            kept.append(x[1:, j % 3])
            x[0] = j
            a, b = x.max(dim=0)
            kept += [a, b, x.t() @ x]
        return kept

    expected = [np.array(t.tolist()) for t in program(5)]
    monkeypatch.setattr(restless, "MISSES", 1)
    monkeypatch.setattr(restless, "RUNS_A_MISS", 1000)
    monkeypatch.setattr(restless, "_seen", Everything())
    torch.compiler.reset()
    monkeypatch.setattr(restless, "_seen", Everything())
    calls = torch.metrics()["calls"]
    results = program(5)
    got = [np.array(t.tolist()) for t in results]
    assert torch.metrics()["calls"] - calls >= 3
    for a, b in zip(got, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6)


def test_a_program_that_comes_back_is_compiled_after_all() -> None:
    x = torch.ones(3)

    def chain(n: int, plus: bool) -> float:
        y = x
        for k in range(n):
            y = y * 0.5 if (k % 2) is plus else y + 1.0
        return y.sum().item()

    for n in range(1, 40):  # another program each time
        chain(n, False)
    chain(80, True)
    chain(80, True)
    before = torch.metrics()["calls"]
    with compiles(0):
        chain(80, True)
    assert torch.metrics()["calls"] - before == 1


def test_many_compilations_of_one_line_are_reported_once(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "compat"):
        for n in range(1, 100):
            line = (torch.ones(n) * 2).sum().item()  # a shape of its own each time
    assert line == 198
    (record,) = caplog.records
    text = record.getMessage()
    assert text.startswith(__file__)
    assert "79 programs compiled" in text and "the sizes in ones differ: to [79] now, to [78] before" in text


def test_a_steady_loop_is_not_restless(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "compat"):
        for _ in range(3):
            for n in range(1, 9):
                for _ in range(30):
                    (torch.ones(n) * 2).sum().item()
    assert not caplog.records


def test_episodes_of_any_length_stop_compiling_whole_programs() -> None:
    """Their steps, which repeat, run in between: the line of the backward pass alone says that it does not."""
    torch.manual_seed(0)
    policy = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2))
    optimizer = torch.optim.SGD(policy.parameters(), lr=0.1)

    def episode(length: int) -> None:
        losses = []
        for k in range(length):
            scores = torch.log_softmax(policy(torch.full((4,), 0.1 * k)), 0)
            losses.append(-scores[int(scores.argmax())] * 0.5)
        optimizer.zero_grad()
        torch.stack(losses).sum().backward()
        optimizer.step()

    for length in (12, 15, 13, 18, 16):
        episode(length)
    before, calls = torch.metrics()["compiled"], torch.metrics()["calls"]
    for length in (21, 17, 24):
        episode(length)
    assert torch.metrics()["calls"] - calls > 62 + 3 * 10  # the backward passes ran in pieces
    assert torch.metrics()["compiled"] - before <= 30  # and of these only those that know the length were new
