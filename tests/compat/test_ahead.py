"""Loops that read a number every few operations run ahead: nothing but the number of calls differs."""

import gc
import math
import threading
import weakref

import pytest

import compat as torch
from compat import nn
from compat._engine import ahead, metrics
from compat._engine.program import ctx


@pytest.fixture
def eager_to_merge(monkeypatch):
    """Loops are looked at after 8 reads, for rounds of at most 16 programs."""
    monkeypatch.setattr(ahead, "READS", 8)
    monkeypatch.setattr(ahead, "LONGEST", 16)
    monkeypatch.setattr(ctx.now, "ahead", ahead.Ahead())


def never(monkeypatch):
    monkeypatch.setattr(ahead, "READS", math.inf)
    monkeypatch.setattr(ctx.now, "ahead", ahead.Ahead())


def both_ways(monkeypatch, run):
    """What a run returns without and with merging, and how many programs the latter called fewer."""
    never(monkeypatch)
    torch.manual_seed(0)
    before = metrics.calls
    alone = run()
    calls = metrics.calls - before
    monkeypatch.setattr(ahead, "READS", 8)
    monkeypatch.setattr(ahead, "LONGEST", 16)
    monkeypatch.setattr(ctx.now, "ahead", ahead.Ahead())
    torch.manual_seed(0)
    before = metrics.calls
    merged = run()
    return alone, merged, calls - (metrics.calls - before)


def read_each(x, w):
    seen = []
    h = x @ w
    seen.append(h.sum().item())
    h = torch.tanh(h)
    seen.append(h.mean().item())
    h = h * 0.5 - x
    seen.append((h > 0).any().item())
    h = h.exp()
    seen += [h.max().item(), h.argmax().item()]
    return seen


def test_a_round_becomes_one_call(eager_to_merge):
    x, w = torch.randn(4, 8), torch.randn(8, 8)
    first = read_each(x, w)
    for _ in range(40):
        assert read_each(x, w) == first
    before = torch.metrics()
    for _ in range(20):
        assert read_each(x, w) == first
    after = torch.metrics()
    assert after["compiled"] == before["compiled"]
    assert after["calls"] - before["calls"] <= 20
    assert after["recorded"] - before["recorded"] >= 20 * 5  # the loop still ran


def training(steps=60, fresh=True, between=None, optimizer=lambda ps: torch.optim.SGD(ps, lr=0.1, momentum=0.9)):
    model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3))
    opt = optimizer(model.parameters())
    data = [(torch.randn(5, 6), torch.randint(0, 3, (5,))) for _ in range(4)]
    seen = []
    for i in range(steps):
        x, y = data[i % 4] if fresh else data[0]
        if between is not None:
            between(i, model, opt, seen)
        opt.zero_grad()
        out = model(x)
        loss = nn.functional.cross_entropy(out, y)
        seen.append(loss.item())
        loss.backward()
        seen += [p.grad.norm().item() for p in model.parameters()]
        opt.step()
        seen += [p.abs().max().item() for p in model.parameters()]
    return seen


@pytest.mark.parametrize("fresh", [True, False])
def test_training_is_the_same_to_the_bit(monkeypatch, fresh):
    alone, merged, fewer = both_ways(monkeypatch, lambda: training(fresh=fresh))
    assert merged == alone
    assert fewer > 200  # of about 540 calls, the first 64 of which are watched


def changes_rate(i, model, opt, seen):
    opt.param_groups[0]["lr"] = 0.1 / (1 + i // 10)


def adds_an_operation(i, model, opt, seen):
    if i % 11 == 7:
        seen.append((model[0].weight * 2).sum().item())


def changes_a_parameter(i, model, opt, seen):
    if i % 13 == 5:
        with torch.no_grad():
            model[0].bias += 1


def loads_a_state(i, model, opt, seen):
    if i == 50:
        model.load_state_dict({k: torch.full_like(v, 0.25) for k, v in model.state_dict().items()})


def stops_reading(i, model, opt, seen):
    if i >= 45:
        model(torch.ones(1, 6)).sum().backward()


def draws(i, model, opt, seen):
    seen.append(torch.rand(()).item())


@pytest.mark.parametrize("between", [changes_rate, adds_an_operation, changes_a_parameter, loads_a_state, stops_reading,
                                     draws])
def test_loops_that_turn_off_their_way(monkeypatch, between):
    alone, merged, _ = both_ways(monkeypatch, lambda: training(between=between))
    assert merged == alone


def test_numbers_that_change_every_step(monkeypatch):
    """Adam's bias correction: the update cannot be told beforehand, what follows it can."""
    alone, merged, fewer = both_ways(monkeypatch, lambda: training(optimizer=lambda ps: torch.optim.Adam(ps, lr=0.01)))
    assert merged == alone
    assert fewer > 100


def test_a_number_that_was_read_is_still_a_tensor(monkeypatch):
    def run():
        x, w, kept = torch.randn(4, 8), torch.randn(8, 8), []
        for _ in range(40):
            h = x @ w
            total = h.sum()
            read = total.item(), (h * 2).max().item()
            kept.append(total)
        return read, torch.stack(kept).tolist(), (kept[-1] + kept[0]).item(), kept[-1].numpy().tolist(), repr(kept[-1])

    alone, merged, _ = both_ways(monkeypatch, run)
    assert merged == alone


def test_signs_of_zeros(monkeypatch):
    def run():
        x, seen = torch.randn(8), []
        for i in range(60):
            seen.append([(x * 2).sum().item(), math.copysign(1, (x[0] * 0 * (-0.0 if i > 50 else 0.0)).item())])
        return seen

    alone, merged, _ = both_ways(monkeypatch, run)
    assert merged == alone


def test_a_captured_step_in_between(monkeypatch):
    def run():
        model = nn.Linear(3, 2)
        opt = torch.optim.SGD(model.parameters(), lr=0.1)
        x = torch.randn(4, 3)

        @torch.compile(fullgraph=True)
        def step(x):
            opt.zero_grad()
            loss = model(x).square().mean()
            loss.backward()
            opt.step()
            return loss

        seen = []
        for _ in range(40):
            seen.append(model.weight.sum().item())
            seen.append(model.weight.abs().max().item())
            seen.append(step(x).item())
            seen.append((model.bias * 2).sum().item())
        return seen

    alone, merged, _ = both_ways(monkeypatch, run)
    assert merged == alone


def test_nothing_is_kept_alive(eager_to_merge):
    x, w = torch.randn(4, 8), torch.randn(8, 8)
    for _ in range(41):
        read_each(x, w)
    value = weakref.ref(w._v)
    del x, w
    torch.ones(3).sum().item()  # what waited is dropped
    gc.collect()
    assert value() is None


def test_each_thread_has_a_loop_of_its_own(eager_to_merge):
    x, w = torch.randn(4, 8), torch.randn(8, 8)
    expected, found = read_each(x, w), []

    def loop():
        ctx.now.ahead = ahead.Ahead()
        found.append(all(read_each(x, w) == expected for _ in range(60)))

    threads = [threading.Thread(target=loop) for _ in range(2)]
    for t in threads:
        t.start()
    assert all(read_each(x, w) == expected for _ in range(60))
    for t in threads:
        t.join()
    assert found == [True, True]


def test_programs_that_do_not_come_round_are_left_alone(eager_to_merge):
    x = torch.randn(64)
    torch.manual_seed(1)
    order = torch.randint(0, 5, (200,)).tolist()
    before = len(metrics.compiled)
    for k in order:
        (x * k if k < 3 else x + k).sum().item()
    assert not any(why == "reads that come round" for _, why in metrics.compiled[before:])


def test_a_loop_that_begins_to_take_other_tensors_is_given_up(eager_to_merge):
    x, w = torch.randn(4, 8), torch.randn(8, 8)
    for _ in range(41):
        read_each(x, w)
    assert ctx.now.ahead.watching
    expected = read_each(x, w)
    for _ in range(12):
        assert read_each(torch.tensor(x.tolist()), w) == expected  # the third program reads it again
    assert not ctx.now.ahead.watching


@pytest.mark.parametrize("lag", [1, 3, 12])
def test_results_of_earlier_rounds(monkeypatch, lag):
    def run():
        x, old, seen = torch.randn(4, 8), [torch.ones(4, 8)] * lag, []
        for _ in range(80):
            seen.append((x * 2).sum().item())
            h = x * 0.5 + old[0]
            seen.append(h.mean().item())
            seen.append((old[0] - x).max().item())
            old = [*old[1:], h * 0.25]
        return seen

    alone, merged, fewer = both_ways(monkeypatch, run)
    assert merged == alone
    assert fewer > 0
