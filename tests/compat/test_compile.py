"""``torch.compile(step, fullgraph=True)``: the function's own numbers, one program a call, nothing overlooked."""

import copy
import gc
import math
import random
import weakref
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

import compat as torch
from tests.helpers import assert_close, compiles

nn, F = torch.nn, torch.nn.functional


@contextmanager
def captured(calls: int = 1, programs: int = 0) -> Iterator[None]:
    """Asserts that the block runs so many XLA programs, compiles so many, and records no operation."""
    before = torch.metrics()
    yield
    after = torch.metrics()
    assert after["compiled"] - before["compiled"] == programs, after["last_compile"]
    assert after["calls"] - before["calls"] == calls
    assert after["recorded"] == before["recorded"]


def batches(n: int, size: int = 8) -> list[tuple]:
    r = np.random.default_rng(0)
    return [(torch.tensor(r.random((size, 6), np.float32)), torch.tensor(r.integers(0, 3, size))) for _ in range(n)]


def mlp(*layers: Callable) -> Any:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(6, 5), nn.Tanh(), *(make() for make in layers), nn.Linear(5, 3))


def trainer(model: Any, optimizer: Any, clip: float | None = None) -> Callable:
    def step(x: Any, t: Any) -> Any:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), t)
        loss.backward()
        if clip is not None:
            nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimizer.step()
        return loss

    return step


def state(model: Any, optimizer: Any = None) -> list[Any]:
    """All that a step leaves: parameters, buffers, gradients, the optimizer's state."""
    tensors = [*model.state_dict().values(), *(p.grad for p in model.parameters())]
    if optimizer is not None:
        tensors += [t for s in optimizer.state_dict()["state"].values() for t in s.values() if t is not None]
    return [None if t is None else t.detach().clone() for t in tensors]


def assert_same(actual: list[Any], expected: list[Any]) -> None:
    assert len(actual) == len(expected)
    for a, e in zip(actual, expected, strict=True):
        assert (a is None) == (e is None)
        if a is not None:
            assert_close(a, e, 1e-5, 1e-6)


OPTIMIZERS: dict[str, Callable] = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.1),
    "momentum": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.01, nesterov=True),
    "adam": lambda p: torch.optim.Adam(p, lr=0.1),
    "amsgrad": lambda p: torch.optim.Adam(p, lr=0.1, amsgrad=True, weight_decay=0.1),
    "adamw": lambda p: torch.optim.AdamW(p, lr=0.1),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.1, momentum=0.5),
    "adagrad": lambda p: torch.optim.Adagrad(p, lr=0.1),
    "adadelta": lambda p: torch.optim.Adadelta(p, lr=0.1),
    "adamax": lambda p: torch.optim.Adamax(p, lr=0.1),
    "radam": lambda p: torch.optim.RAdam(p, lr=0.1),
    "rprop": lambda p: torch.optim.Rprop(p, lr=0.1),
    "nadam": lambda p: torch.optim.NAdam(p, lr=0.1, weight_decay=0.01),
    "asgd": lambda p: torch.optim.ASGD(p, lr=0.1, t0=2),
    "adafactor": lambda p: torch.optim.Adafactor(p, lr=0.1),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_step_gives_the_same_numbers_in_one_program(name: str) -> None:
    made = [(m := mlp(), OPTIMIZERS[name](m.parameters())) for _ in range(2)]
    plain, compiled = trainer(*made[0], clip=0.5), torch.compile(trainer(*made[1], clip=0.5), fullgraph=True)
    data = batches(7)
    for k, (x, t) in enumerate(data):
        expected = plain(x, t)
        if k < 2:
            got = compiled(x, t)
        else:
            with captured():
                got = compiled(x, t)
        assert_close(got, expected)
        assert_same(state(*made[1]), state(*made[0]))
    assert type(got.grad_fn).__name__ == type(expected.grad_fn).__name__
    with pytest.raises(RuntimeError, match="backward through the graph a second time"):
        got.backward()


def test_an_update_by_hand() -> None:
    def make() -> tuple:
        w: Any = torch.zeros(6, 1).requires_grad_()
        b: Any = torch.zeros(1).requires_grad_()

        def step(x: Any, t: Any) -> Any:
            loss = (((x @ w + b).sigmoid() - t[:, None].float()) ** 2).mean()
            loss.backward()
            for leaf in (w, b):
                leaf.data -= 0.1 * leaf.grad.data
                leaf.grad.zero_()
            return loss

        return step, w, b

    (plain, *expected), (step, *actual) = make(), make()
    compiled = torch.compile(step, fullgraph=True)
    for k, batch in enumerate(batches(6)):
        assert_close(compiled(*batch), plain(*batch)) if k < 2 else None
        if k >= 2:
            with captured():
                got = compiled(*batch)
            assert_close(got, plain(*batch))
        for a, e in zip(actual, expected, strict=True):
            assert_close(a.detach().clone(), e.detach())  # a clone: numpy() of the tensor itself shares its memory
            assert_close(a.grad.clone(), e.grad)
            assert a._version == e._version


def test_data_that_is_replaced_each_step() -> None:
    def make() -> tuple:
        w = torch.ones(6, 3).requires_grad_()

        def step(x: Any, t: Any) -> Any:
            loss = F.cross_entropy(x @ w, t)
            (g,) = torch.autograd.grad(loss, [w])
            w.data = w.data - 0.1 * g
            return loss.detach(), g

        return step, w

    (plain, expected), (step, actual) = make(), make()
    compiled = torch.compile(step, fullgraph=True)
    held = []
    for k, batch in enumerate(batches(6)):
        before = actual.detach()
        was = before.clone()
        if k < 3:
            got = compiled(*batch)
        else:
            with captured():
                got = compiled(*batch)
        for a, e in zip(got, plain(*batch), strict=True):
            assert_close(a, e)
        assert_close(actual, expected)
        held.append((before, was))
    for before, was in held:  # what had the old memory still has the old elements
        assert_close(before, was, 0, 0)


def test_batch_norm_counts_and_averages() -> None:
    made = [(m := mlp(lambda: nn.BatchNorm1d(5)), torch.optim.SGD(m.parameters(), lr=0.1)) for _ in range(2)]
    plain, compiled = trainer(*made[0]), torch.compile(trainer(*made[1]), fullgraph=True)
    for k, (x, t) in enumerate(batches(6)):
        plain(x, t)
        if k < 2:
            compiled(x, t)
        else:
            with captured():
                compiled(x, t)
        assert_same(state(*made[1]), state(*made[0]))
    assert made[1][0][2].num_batches_tracked.item() == 6


def test_new_learning_rates_take_effect_and_compile_nothing() -> None:
    made = [(m := mlp(), torch.optim.Adam(m.parameters(), lr=0.1)) for _ in range(2)]
    schedulers = [torch.optim.lr_scheduler.ExponentialLR(o, 0.5) for _, o in made]
    plain, compiled = trainer(*made[0]), torch.compile(trainer(*made[1]), fullgraph=True)
    for k, (x, t) in enumerate(batches(8)):
        plain(x, t)
        if k < 2:
            compiled(x, t)
        else:
            with captured():
                compiled(x, t)
        assert_same(state(*made[1]), state(*made[0]))
        for s in schedulers:
            s.step()
    for _, o in made:
        o.param_groups[0]["betas"] = (0.5, 0.6)
    with captured():
        compiled(x, t)
    plain(x, t)
    assert_same(state(*made[1]), state(*made[0]))


def test_an_option_that_changes_what_is_computed() -> None:
    made = [(m := mlp(), torch.optim.SGD(m.parameters(), lr=0.1, weight_decay=0.0)) for _ in range(2)]
    plain, compiled = trainer(*made[0]), torch.compile(trainer(*made[1]), fullgraph=True)
    (x, t), = batches(1)
    for decay in (0.0, 0.0, 0.0, 0.5, 0.5, 0.25, 0.0):
        for _, o in made:
            o.param_groups[0]["weight_decay"] = decay
        plain(x, t)
        compiled(x, t)
        assert_same(state(*made[1]), state(*made[0]))


def test_a_learning_rate_that_is_a_tensor() -> None:
    made = [(m := mlp(), torch.optim.SGD(m.parameters(), lr=torch.tensor(0.1))) for _ in range(2)]
    plain, compiled = trainer(*made[0]), torch.compile(trainer(*made[1]), fullgraph=True)
    for k, (x, t) in enumerate(batches(6)):
        for _, o in made:
            o.param_groups[0]["lr"].fill_(0.1 / (k + 1))
        plain(x, t)
        compiled(x, t)
        assert_same(state(*made[1]), state(*made[0]))


@pytest.mark.parametrize("schedule", [
    lambda o: torch.optim.lr_scheduler.StepLR(o, 2, 0.5), lambda o: torch.optim.lr_scheduler.LambdaLR(
        o, lambda epoch: 1 / (epoch + 1)), lambda o: torch.optim.lr_scheduler.OneCycleLR(o, 0.3, 8),
    lambda o: torch.optim.lr_scheduler.SequentialLR(o, [torch.optim.lr_scheduler.ConstantLR(o, 0.5, 3),
                                                        torch.optim.lr_scheduler.ExponentialLR(o, 0.8)], [3]),
])  # fmt: skip
def test_a_scheduler_of_rates_that_are_tensors_steps_last(schedule: Callable) -> None:
    def make() -> tuple:
        model = mlp()
        optimizer = torch.optim.Adam(model.parameters(), lr=torch.tensor(0.1))
        scheduler = schedule(optimizer)
        train = trainer(model, optimizer)

        def step(x: Any, t: Any) -> Any:
            loss = train(x, t)
            scheduler.step()
            return loss

        return step, model, optimizer, scheduler

    (plain, *expected), (step, *actual) = make(), make()
    compiled = torch.compile(step, fullgraph=True)
    for k, batch in enumerate(batches(8)):
        loss = plain(*batch)
        before = torch.metrics()["compiled"]
        assert_close(compiled(*batch), loss)
        assert k < 4 or torch.metrics()["compiled"] == before
        assert_same(state(*actual[:2]), state(*expected[:2]))
        assert_close(actual[1].param_groups[0]["lr"], expected[1].param_groups[0]["lr"])
        assert actual[2].last_epoch == expected[2].last_epoch == k + 1


def test_rates_that_are_tensors_are_not_read_after_their_scheduler() -> None:
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=torch.tensor(0.1))
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1)
    train = trainer(model, optimizer)
    for after in (train, lambda x, t: optimizer.param_groups[0]["lr"] * 2, lambda x, t: scheduler.get_last_lr(),
                  lambda x, t: optimizer.param_groups[0]["lr"].zero_()):
        def step(x: Any, t: Any, after: Callable = after) -> Any:
            train(x, t)
            scheduler.step()
            return after(x, t)

        compiled = torch.compile(step, fullgraph=True)
        compiled(*batches(1)[0])
        rate, epoch = optimizer.param_groups[0]["lr"].item(), scheduler.last_epoch
        with pytest.raises(RuntimeError, match="rates that are tensors"):
            compiled(*batches(1)[0])
        assert (optimizer.param_groups[0]["lr"].item(), scheduler.last_epoch) == (rate, epoch)


@pytest.mark.parametrize("to_none", [True, False])
def test_accumulation_over_a_loop_in_the_step(to_none: bool) -> None:
    def make() -> tuple:
        model = mlp()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)

        def step(parts: list) -> Any:
            total = 0.0
            for x, t in parts:
                loss = F.cross_entropy(model(x), t) / len(parts)
                loss.backward()
                total = total + loss.detach()
            optimizer.step()
            optimizer.zero_grad(set_to_none=to_none)
            return total

        return step, model, optimizer

    (plain, *expected), (step, *actual) = make(), make()
    compiled = torch.compile(step, fullgraph=True)
    for k in range(5):
        parts = batches(3 * k + 3)[-3:]
        got = None
        if k < 3:
            got = compiled(parts)
        else:
            with captured():
                got = compiled(parts)
        assert_close(got, plain(parts))
        assert_same(state(*actual), state(*expected))


def test_a_module_that_forgets_its_gradients() -> None:
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    @torch.compile(fullgraph=True)
    def step(x: Any, t: Any) -> Any:
        model.zero_grad()
        loss = F.cross_entropy(model(x), t)
        loss.backward()
        optimizer.step()
        return loss

    for k, batch in enumerate(batches(4)):
        if k < 2:
            step(*batch)
        else:
            with captured():
                step(*batch)


def test_accumulation_over_calls() -> None:
    models = [mlp(), mlp()]

    def make(model: Any) -> Callable:
        def part(x: Any, t: Any) -> Any:
            loss = F.cross_entropy(model(x), t)
            loss.backward()
            return loss

        return part

    plain, compiled = make(models[0]), torch.compile(make(models[1]), fullgraph=True)
    data = batches(9)
    for k, batch in enumerate(data):
        if k == 6:
            for m in models:
                m.zero_grad()
        assert_close(compiled(*batch), plain(*batch))
        assert_same(state(models[1]), state(models[0]))
    with captured():
        compiled(*data[0])


def test_tied_weights_and_views_of_them() -> None:
    def make() -> tuple:
        torch.manual_seed(0)
        embedding, head = nn.Embedding(7, 4), nn.Linear(4, 7, bias=False)
        head.weight = embedding.weight
        row, flat = embedding.weight.detach()[2], embedding.weight.detach().view(-1)
        optimizer = torch.optim.AdamW(embedding.parameters(), lr=0.1)

        def step(x: Any) -> Any:
            optimizer.zero_grad()
            loss = F.cross_entropy(head(embedding(x)), x)
            loss.backward()
            optimizer.step()
            return loss + flat.sum() * 0

        return step, embedding, row

    (plain, *expected), (step, *actual) = make(), make()
    compiled = torch.compile(step, fullgraph=True)
    x = torch.tensor([1, 2, 3, 6])
    for _ in range(5):
        assert_close(compiled(x), plain(x))
        assert_same(state(actual[0]), state(expected[0]))
        assert_close(actual[1], expected[1])
        assert_close(actual[1], actual[0].weight[2].detach(), 0, 0)


def test_train_and_eval_are_different_steps() -> None:
    model = mlp(lambda: nn.BatchNorm1d(5), lambda: nn.Dropout(0.5))
    compiled = torch.compile(lambda x: model(x).detach() * 1, fullgraph=True)
    (x, _), = batches(1)
    for _ in range(3):
        compiled(x)
    model.eval()
    for _ in range(3):
        assert_close(compiled(x), model(x).detach())
    with captured():
        first = compiled(x)
    model.train()
    assert not torch.equal(compiled(x), compiled(x))
    model[3].eval()
    assert torch.equal(compiled(x), compiled(x))
    model.eval()
    assert model[2].num_batches_tracked.item() == 7
    with captured(2):
        compiled(x)
        compiled(x)
    assert not torch.equal(first, compiled(x))  # the averages moved on


def test_other_shapes_and_dtypes_are_other_steps() -> None:
    made = [(m := mlp(), torch.optim.SGD(m.parameters(), lr=0.1)) for _ in range(2)]
    plain, compiled = trainer(*made[0]), torch.compile(trainer(*made[1]), fullgraph=True)
    data = [*batches(3), *batches(2, 5), *batches(2), *batches(1, 5)]
    for x, t in data:
        assert_close(compiled(x, t), plain(x, t))
        assert_same(state(*made[1]), state(*made[0]))
    with captured(2):
        compiled(*data[0])
        compiled(*data[3])


def test_grad_mode_autocast_and_numbers_are_part_of_the_step() -> None:
    model = mlp()
    (x, _), = batches(1)
    seen = []
    compiled = torch.compile(lambda x, k=1: (model(x) * k).detach() * 2, fullgraph=True)
    for _ in range(3):
        for k in (1, 2, 2.5):
            assert_close(compiled(x, k), (model(x) * k).detach() * 2)
            with torch.no_grad():
                assert_close(compiled(x, k=k), (model(x) * k).detach() * 2)
            with torch.autocast("cpu"):
                seen.append(compiled(x, k).dtype)
    assert set(seen) == {torch.bfloat16}


def test_a_global_and_a_variable_that_change_are_noticed() -> None:
    factor = 1.0
    w = torch.ones(3)
    options = {"shift": 0.0}

    def step(x: Any) -> Any:
        return x * factor + options["shift"] + w * SCALE

    compiled = torch.compile(step, fullgraph=True)
    x = torch.arange(3.0)
    global SCALE
    for k in range(8):
        factor, options["shift"], SCALE = 1.0 + k // 2, float(k // 3), 1.0 + k // 4
        if k == 5:
            w = torch.zeros(3)
        if k == 6:
            w.fill_(4.0)
        assert_close(compiled(x), step(x))


SCALE = 1.0


def test_a_frozen_parameter_and_a_new_layer_are_noticed() -> None:
    made = [(m := mlp(), torch.optim.SGD(m.parameters(), lr=0.1)) for _ in range(2)]
    plain, compiled = trainer(*made[0]), torch.compile(trainer(*made[1]), fullgraph=True)
    for k, (x, t) in enumerate(batches(9)):
        for m, _ in made:
            if k == 3:
                m[0].weight.requires_grad_(False)
            if k == 5:
                torch.manual_seed(1)
                m[2] = nn.Linear(5, 3)
            if k == 7:
                m[1] = nn.ReLU()
        assert_close(compiled(x, t), plain(x, t))
        assert_same(state(*made[1]), state(*made[0]))


def test_state_dicts_between_calls() -> None:
    made = [(m := mlp(), torch.optim.Adam(m.parameters(), lr=0.1)) for _ in range(2)]
    plain, compiled = trainer(*made[0]), torch.compile(trainer(*made[1]), fullgraph=True)
    data = batches(9)
    saved: list = []
    for k, (x, t) in enumerate(data):
        if k == 4:
            saved = [(copy.deepcopy(m.state_dict()), copy.deepcopy(o.state_dict())) for m, o in made]
        if k == 6:
            for (m, o), (sm, so) in zip(made, saved, strict=True):
                m.load_state_dict(sm)
                o.load_state_dict(so)
        assert_close(compiled(x, t), plain(x, t))
        assert_same(state(*made[1]), state(*made[0]))
    with captured():
        compiled(*data[0])


def test_copies_keep_what_they_were_copied_from() -> None:
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5, momentum=0.9)
    compiled = torch.compile(trainer(model, optimizer), fullgraph=True)
    data = batches(6)
    for batch in data[:3]:
        compiled(*batch)
    other, alias, gradient = copy.deepcopy(model), model[0].weight.data, model[0].weight.grad
    before, was = state(other), gradient.clone()
    compiled(*data[3])
    assert_same(state(other), before)
    assert_close(gradient, was, 0, 0)
    assert_close(alias, model[0].weight.detach(), 0, 0)
    assert not torch.equal(other[0].weight, model[0].weight)
    compiled(*data[4])
    with captured():
        compiled(*data[5])
    assert_close(alias, model[0].weight.detach(), 0, 0)


def test_a_moving_average_of_a_copy() -> None:
    def make() -> tuple:
        model = mlp()
        average = copy.deepcopy(model)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        train = trainer(model, optimizer)

        def step(x: Any, t: Any) -> Any:
            loss = train(x, t)
            with torch.no_grad():
                for a, p in zip(average.parameters(), model.parameters(), strict=True):
                    a.mul_(0.9).add_(p, alpha=0.1)
            return loss

        return step, model, average

    (plain, *expected), (step, *actual) = make(), make()
    compiled = torch.compile(step, fullgraph=True)
    for batch in batches(5):
        assert_close(compiled(*batch), plain(*batch))
        for a, e in zip(actual, expected, strict=True):
            assert_same(state(a), state(e))


@pytest.mark.parametrize("options", [{}, {"multi_avg_fn": torch.optim.swa_utils.get_ema_multi_avg_fn(0.9)},
                                     {"avg_fn": lambda average, new, n: average + (new - average) / (n + 2)},
                                     {"use_buffers": True}])
def test_an_averaged_model_begins_and_goes_on_in_the_step(options: dict[str, Any]) -> None:
    def make() -> tuple:
        model = mlp(lambda: nn.BatchNorm1d(5))
        average = torch.optim.swa_utils.AveragedModel(model, **options)
        train = trainer(model, torch.optim.SGD(model.parameters(), lr=0.1))

        def step(x: Any, t: Any) -> Any:
            loss = train(x, t)
            average.update_parameters(model)
            return loss

        return step, average

    (plain, expected), (step, actual) = make(), make()
    compiled = torch.compile(step, fullgraph=True)
    data = batches(6)
    compiled(*data[0])
    plain(*data[0])
    for average in (actual, expected):
        average.n_averaged.zero_()  # so that the captured step begins anew
    for k, batch in enumerate(data):
        if k == 3:
            with captured():
                compiled(*batch)
        else:
            compiled(*batch)
        plain(*batch)
        assert_same(list(actual.state_dict().values()), list(expected.state_dict().values()))
    assert actual.n_averaged.item() == 6


def test_dropout_draws_anew_at_each_call_and_follows_the_seed() -> None:
    compiled = torch.compile(lambda x: F.dropout(x, 0.25), fullgraph=True)
    x = torch.ones(200, 200)
    compiled(x)
    torch.manual_seed(3)
    first = [compiled(x) for _ in range(3)]
    assert not torch.equal(first[0], first[1]) and not torch.equal(first[1], first[2])
    for y in first:
        kept = (y != 0).float()
        assert abs(kept.mean().item() - 0.75) < 0.01
        assert_close(y, kept / 0.75)
        assert (kept.mean(0) - 0.75).abs().max().item() < 0.2
    torch.manual_seed(3)
    again = [compiled(x) for _ in range(3)]
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    with captured():
        compiled(x)


WEIGHTS = torch.tensor([1.0, 2.0, 3.0, 4.0])
DISTRIBUTIONS: dict[str, tuple[Callable, float, float]] = {
    "rand": (lambda: torch.rand(40_000), 0.5, 12 ** -0.5),
    "randn": (lambda: torch.randn(40_000), 0.0, 1.0),
    "normal": (lambda: torch.empty(40_000).normal_(3.0, 2.0), 3.0, 2.0),
    "complex": (lambda: torch.randn(40_000, dtype=torch.complex64).abs() ** 2, 1.0, 1.0),
    "uniform": (lambda: torch.empty(40_000).uniform_(-1, 3), 1.0, 4 * 12 ** -0.5),
    "randint": (lambda: torch.randint(-5, 6, (40_000,)).double(), 0.0, 10 ** 0.5),
    "randperm": (lambda: torch.randperm(40_000).double(), 19_999.5, 40_000 * 12 ** -0.5),
    "bernoulli": (lambda: torch.bernoulli(torch.full((40_000,), 0.3)), 0.3, 0.21 ** 0.5),
    "bernoulli_": (lambda: torch.empty(40_000).bernoulli_(0.3), 0.3, 0.21 ** 0.5),
    "exponential": (lambda: torch.empty(40_000).exponential_(0.5), 2.0, 2.0),
    "geometric": (lambda: torch.empty(40_000).geometric_(0.25), 4.0, 12 ** 0.5),
    "log_normal": (lambda: torch.empty(40_000).log_normal_(0.0, 0.5).log(), 0.0, 0.5),
    "random": (lambda: torch.empty(40_000, dtype=torch.uint8).random_().double(), 127.5 - 0.5, 73.6),
    "normal of tensors": (lambda: torch.normal(torch.full((40_000,), 3.0), torch.full((40_000,), 2.0)), 3.0, 2.0),
    "poisson": (lambda: torch.poisson(torch.full((40_000,), 4.0)), 4.0, 2.0),
    "multinomial": (lambda: torch.multinomial(WEIGHTS, 40_000, replacement=True).double(), 2.0, 1.0),
    "distinct": (lambda: torch.multinomial(WEIGHTS.expand(40_000, 4), 1)[:, 0].double(), 2.0, 1.0),
    "rrelu": (lambda: -F.rrelu(torch.full((40_000,), -1.0), 0.0, 1.0, training=True), 0.5, 12 ** -0.5),
    "rand_like": (lambda: torch.rand_like(torch.zeros(40_000, dtype=torch.float64)), 0.5, 12 ** -0.5),
}


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_distributions(name: str) -> None:
    draw, mean, deviation = DISTRIBUTIONS[name]
    compiled = torch.compile(draw, fullgraph=True)
    compiled()
    torch.manual_seed(0)
    a, b = compiled().numpy(), compiled().numpy()
    assert not np.array_equal(a, b)
    for x in (a, b):
        assert x.shape == draw().shape
        assert abs(x.mean() - mean) < 5 * deviation / 200
        assert abs(x.std() / deviation - 1) < 0.05


def test_several_samples_of_a_row_are_distinct() -> None:
    compiled = torch.compile(lambda: torch.multinomial(WEIGHTS.expand(100, 4), 4), fullgraph=True)
    for _ in range(3):
        assert_close(compiled().sort(1)[0], torch.arange(4).expand(100, 4), 0, 0)


def test_generators_of_ones_own() -> None:
    a, b = torch.Generator(), torch.Generator()

    def draw() -> tuple:
        return torch.rand(50, generator=a), torch.rand(50, generator=b), torch.rand(50), torch.rand(50, generator=a)

    compiled = torch.compile(draw, fullgraph=True)
    compiled()
    compiled()
    with captured():
        compiled()

    def seeded() -> list:
        a.manual_seed(1)
        b.manual_seed(1)
        torch.manual_seed(1)
        return [x for _ in range(2) for x in compiled()]

    first, again = seeded(), seeded()
    for x, y in zip(first, again, strict=True):
        assert_close(x, y, 0, 0)
    assert torch.equal(first[0], first[1])  # two generators of one seed
    assert len({tuple(x.tolist()) for x in first[::4] + first[3::4]}) == 4
    b.manual_seed(2)
    with captured():
        got = compiled()
    assert not torch.equal(got[1], first[1])
    with pytest.raises(TypeError, match="must be torch.Generator"):
        torch.compile(lambda: torch.rand(2, generator=3), fullgraph=True)()


def test_a_step_without_random_numbers_leaves_the_generator_alone() -> None:
    compiled = torch.compile(lambda x: x + 1, fullgraph=True)
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    for _ in range(3):
        compiled(torch.ones(2))
    assert_close(torch.rand(3), expected, 0, 0)


@pytest.mark.parametrize("draw", [random.random, np.random.rand])
def test_random_numbers_of_python_and_numpy_are_refused(draw: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("threading.active_count", lambda: 1)  # whatever runs the tests may have threads
    compiled = torch.compile(lambda x: x * draw(), fullgraph=True)
    compiled(torch.ones(2))
    with pytest.raises(RuntimeError, match="draws from Python's or NumPy's random numbers"):
        compiled(torch.ones(2))


# ---- what cannot be captured
ONES: Any = np.ones(3, np.float32)
PAIR: Any = [1.0, 2.0]
UNCAPTURABLE: dict[str, tuple[Callable, str]] = {
    "item": (lambda x, w: x * w[0].item(), "reads a tensor's elements"),
    "bool": (lambda x, w: x if w.mul_(2).sum() > 0 else -x, "reads a tensor's elements"),
    "print": (lambda x, w: x * len(f"{w.add_(1)}"), "reads a tensor's elements"),
    "numpy": (lambda x, w: x * w.numpy().sum(), "reads a tensor's elements"),
    "tolist": (lambda x, w: x * sum(w.tolist()), "reads a tensor's elements"),
    "mask": (lambda x, w: w.mul_(2)[w > 0], "reads a tensor's elements"),
    "from numpy": (lambda x, w: x + torch.from_numpy(ONES), "makes a tensor of a NumPy array"),
    "tensor of an array": (lambda x, w: x + torch.tensor(ONES), "makes a tensor of a NumPy array"),
    "seed": (lambda x, w: x + torch.manual_seed(0).initial_seed(), "seeds a generator"),
    "loader": (lambda x, w: [y for y in torch.utils.data.DataLoader(PAIR)], "iterates over a DataLoader"),
}


@pytest.mark.parametrize("name", UNCAPTURABLE)
def test_what_cannot_be_captured_names_the_line_and_changes_nothing(name: str) -> None:
    fn, text = UNCAPTURABLE[name]
    w = torch.ones(3)
    compiled = torch.compile(lambda x: fn(x, w), fullgraph=True)
    x = torch.arange(3.0)
    compiled(x)  # the first call runs as it is
    before, version = w.clone(), w._version
    for _ in range(2):
        line = fn.__code__.co_firstlineno
        with pytest.raises(RuntimeError, match=rf"cannot capture .*test_compile\.py:{line} {text}"):
            compiled(x)
        assert_close(w, before, 0, 0)
        assert w._version == version
    assert_close(w * 2, before * 2)


def test_an_error_in_the_step_leaves_everything_as_it_was() -> None:
    model = mlp(lambda: nn.BatchNorm1d(5))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    fail = False

    def step(x: Any, t: Any) -> Any:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), t)
        loss.backward()
        optimizer.step()
        if fail:
            raise ValueError("no")
        return loss

    compiled = torch.compile(step, fullgraph=True)
    data = batches(4)
    for batch in data[:3]:
        compiled(*batch)
    before, options = state(model, optimizer), [dict(g) for g in optimizer.param_groups]
    fail = True
    with pytest.raises(ValueError, match="no"):
        compiled(*data[3])
    assert_same(state(model, optimizer), before)
    assert [dict(g) for g in optimizer.param_groups] == options
    assert all(type(x) is float for x in optimizer.param_groups[0]["betas"])
    fail = False
    with captured():
        compiled(*data[3])


def scheduled(make: Callable, first: bool = False) -> tuple:
    """A step in which a scheduler steps, at its end or at its beginning."""
    model = mlp()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    scheduler = make(optimizer)
    train = trainer(model, optimizer)

    def step(x: Any, t: Any) -> Any:
        if first:
            scheduler.step()
        loss = train(x, t)
        if not first:
            scheduler.step()
        return loss, scheduler.get_last_lr(), optimizer.param_groups[0]["lr"]

    return step, model, optimizer, scheduler


rates = torch.optim.lr_scheduler
SCHEDULERS: dict[str, Callable] = {
    "exponential": lambda o: rates.ExponentialLR(o, 0.9),
    "stays for a while": lambda o: rates.StepLR(o, 4),
    "function": lambda o: rates.LambdaLR(o, lambda k: 1 / (k + 1)),
    "restarts": lambda o: rates.CosineAnnealingWarmRestarts(o, 2),
    "cycle of betas": lambda o: rates.OneCycleLR(o, 0.2, total_steps=20),
    "sequence": lambda o: rates.SequentialLR(o, [rates.ConstantLR(o, 0.1), rates.ExponentialLR(o, 0.9)], [3]),
    "chain": lambda o: rates.ChainedScheduler([rates.ExponentialLR(o, 0.9), rates.StepLR(o, 2)], o),
    "averages": lambda o: torch.optim.swa_utils.SWALR(o, 0.01, anneal_epochs=5),
}


@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("name", SCHEDULERS)
@pytest.mark.filterwarnings("ignore:Detected call of `lr_scheduler.step")
def test_a_scheduler_steps_in_the_step(name: str, first: bool) -> None:
    (plain, *expected), (step, *actual) = (scheduled(SCHEDULERS[name], first) for _ in range(2))
    compiled = torch.compile(step, fullgraph=True)
    for k, (x, t) in enumerate(batches(9)):
        loss, *numbers = plain(x, t)
        if k < 2:
            got, *told = compiled(x, t)
        else:
            with captured():
                got, *told = compiled(x, t)
        assert_close(got, loss)
        assert told == numbers and all(type(x) is float for x in (*told[0], told[1]))
        assert_same(state(*actual[:2]), state(*expected[:2]))
        assert actual[2].state_dict().keys() == expected[2].state_dict().keys()
        assert getattr(actual[2], "last_epoch", None) == getattr(expected[2], "last_epoch", None)
        groups = [{k: x for k, x in o.param_groups[0].items() if k != "params"} for _, o, _ in (actual, expected)]
        assert groups[0] == groups[1]


def test_a_scheduler_steps_in_a_loop_over_batches() -> None:
    def make() -> tuple:
        model = mlp()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 4, 0.5)
        train = trainer(model, optimizer)

        def epoch(batches: Any) -> Any:
            total = 0.0
            for x, t in batches:
                total = total + train(x, t).detach()
                scheduler.step()
            return total

        return epoch, model, optimizer

    (plain, *expected), (epoch, *actual) = make(), make()
    compiled = torch.compile(epoch, fullgraph=True)
    data = batches(6)
    for k in range(5):
        if k < 3:
            got = compiled(data)
        else:
            with captured():
                got = compiled(data)
        assert_close(got, plain(data))
        assert_same(state(*actual), state(*expected))
        assert actual[1].param_groups[0]["lr"] == expected[1].param_groups[0]["lr"]
    assert operations(compiled)["loop"] == 1


@pytest.mark.filterwarnings("ignore:Detected call of `lr_scheduler.step")
def test_a_step_that_looks_at_what_a_scheduler_changed_is_captured_anew() -> None:
    def make() -> tuple:
        w: Any = torch.ones(3, requires_grad=True)
        optimizer = torch.optim.SGD([w], lr=0.1, weight_decay=0.5)
        scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda k: float(k % 4 < 2))
        scheduler._compat_write = lambda values: optimizer.param_groups[0].update(weight_decay=values[0])

        def step() -> Any:
            scheduler.step()
            optimizer.zero_grad()
            loss = (w * w).sum()
            loss.backward()
            optimizer.step()  # asks whether the weight decay is 0
            return loss

        return step, w, scheduler

    (plain, expected, reference), (step, actual, scheduler) = make(), make()
    compiled = torch.compile(step, fullgraph=True)
    for _ in range(10):
        assert_close(compiled(), plain())
        assert_close(actual.detach().clone(), expected.detach())
        assert scheduler.last_epoch == reference.last_epoch
    with captured(2):
        compiled()
        compiled()


def halved(epoch: int) -> Any:
    return 0.5 if epoch < 2 else torch.ones(()) / 2


REFUSED_SCHEDULERS: dict[str, tuple[Callable, str]] = {
    "plateau": (lambda o: rates.ReduceLROnPlateau(o), "reads a tensor's elements"),
    "tensor": (lambda o: rates.LambdaLR(o, halved), "steps a scheduler that computes"),
    "computes": (lambda o: rates.ExponentialLR(o, 0.5), "computes with what get_last_lr"),
}


@pytest.mark.parametrize("name", REFUSED_SCHEDULERS)
def test_what_a_scheduler_cannot_do_in_a_step_leaves_it_as_it_was(name: str) -> None:
    make, message = REFUSED_SCHEDULERS[name]
    w: Any = torch.ones(3, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.1)
    scheduler, other = make(optimizer), torch.optim.lr_scheduler.StepLR(optimizer, 2)

    def step() -> Any:
        optimizer.zero_grad()
        loss = (w * w).sum()
        loss.backward()
        optimizer.step()
        other.step()
        scheduler.step(loss) if name == "plateau" else scheduler.step()
        return loss * (scheduler.get_last_lr()[0] * 2 if name == "computes" else 1)

    compiled = torch.compile(step, fullgraph=True)
    compiled()
    before, lr = w.detach().clone(), float(optimizer.param_groups[0]["lr"])
    states = [x.state_dict() for x in (scheduler, other)]
    with pytest.raises(RuntimeError, match=rf"cannot capture .*test_compile\.py:\d+ {message}"):
        compiled()
    assert_close(w.detach().clone(), before, 0, 0)
    assert float(optimizer.param_groups[0]["lr"]) == lr and type(optimizer.param_groups[0]["lr"]) is float
    assert [x.state_dict() for x in (scheduler, other)] == states


SCALED: dict[str, Callable] = {
    **{name: OPTIMIZERS[name] for name in ("momentum", "adam", "nadam", "adagrad")},
    "fused": lambda p: torch.optim.AdamW(p, lr=0.1, fused=True),
    "a foreign one": lambda p: Halving(p, {}),
}


class Halving(torch.optim.Optimizer):
    """An optimizer that a program defines itself."""

    def step(self, closure: Any = None) -> None:
        with torch.no_grad():
            for p in self.param_groups[0]["params"]:
                total = self.state[p].setdefault("total", torch.zeros_like(p))
                total.add_(p.grad)
                p.sub_(total, alpha=0.01)


def scaled(name: str, clip: bool) -> tuple:
    model = mlp()
    optimizer = SCALED[name](model.parameters())
    scaler = torch.amp.GradScaler("cpu", init_scale=1024.0, growth_interval=3)

    def step(x: Any, t: Any) -> Any:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), t)
        scaler.scale(loss).backward()
        if clip:
            scaler.unscale_(optimizer)
            nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        scaler.step(optimizer)
        scaler.update()
        return loss

    return step, model, optimizer, scaler


@pytest.mark.parametrize("clip", [False, True])
@pytest.mark.parametrize("name", SCALED)
def test_a_scaler_leaves_steps_out_and_adapts_in_the_step(name: str, clip: bool) -> None:
    (plain, *expected, reference), (step, *actual, scaler) = scaled(name, clip), scaled(name, clip)
    compiled = torch.compile(step, fullgraph=True)
    scales = []
    data = batches(9)
    for k in (1, 4, 6):
        data[k][0][0, 0] = float("inf")
        assert data[k][0].isinf().any()
    for k, (x, t) in enumerate(data):
        if k < 2:
            got = compiled(x, t)
        else:
            with captured():
                got = compiled(x, t)
        assert_close(got, plain(x, t))
        assert_same(state(*actual), state(*expected))
        scales.append(scaler.get_scale())
        assert scales[-1] == reference.get_scale() and scaler._get_growth_tracker() == reference._get_growth_tracker()
    assert len(set(scales)) > 2
    for s in (scaler, reference):
        s.set_backoff_factor(0.25)
    compiled(x, t)
    plain(x, t)
    assert scaler.get_scale() == reference.get_scale()


def test_a_part_of_what_a_scaler_does_is_refused() -> None:
    whole, model, optimizer, scaler = scaled("momentum", False)
    (x, t), = batches(1)
    whole(x, t)

    def backward() -> None:
        optimizer.zero_grad()
        scaler.scale(F.cross_entropy(model(x), t)).backward()

    for step, before, after in ((lambda: scaler.step(optimizer), backward, scaler.update),
                                (lambda: scaler.update(), lambda: (backward(), scaler.step(optimizer)), lambda: None)):
        compiled = torch.compile(step, fullgraph=True)
        before()
        compiled()
        after()
        before()
        stages = scaler._compat_guards()
        with pytest.raises(RuntimeError, match="changes the state of a GradScaler"):
            compiled()
        assert scaler._compat_guards() == stages
        step()
        after()


def test_options_that_the_step_looks_at_itself() -> None:
    def make() -> tuple:
        w: Any = torch.ones(3, requires_grad=True)
        optimizer = torch.optim.SGD([w], lr=0.5)

        def step(x: Any) -> Any:
            group = optimizer.param_groups[0]
            g = (w.detach() - x) * 2
            with torch.no_grad():
                w.sub_(g, alpha=group["lr"])
                w.mul_(1 - group["lr"] / 10)
            return w.sum().detach() + group["lr"], x * group["lr"], torch.full((2,), group["lr"]), group["lr"]

        return step, optimizer

    (plain, a), (step, b) = make(), make()
    compiled = torch.compile(step, fullgraph=True)
    for k in range(6):
        for o in (a, b):
            o.param_groups[0]["lr"] = 0.5 / (k + 1)
        x = torch.full((3,), float(k))
        for got, expected in zip(compiled(x), plain(x), strict=True):
            assert_close(torch.as_tensor(got), torch.as_tensor(expected))


def test_what_python_itself_counts_is_refused() -> None:
    class Counts(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.n = 0

        def forward(self, x: Any) -> Any:
            self.n += 1
            return x * self.n

    counts, seen = Counts(), []
    total = 0

    def module(x: Any) -> Any:
        return counts(x)

    def appends(x: Any) -> Any:
        seen.append(x.sum())
        return x

    def counts_up(x: Any) -> Any:
        nonlocal total
        total += 1
        return x * total

    for step in (module, appends, counts_up):
        compiled = torch.compile(step, fullgraph=True)
        compiled(torch.ones(2))
        with pytest.raises(RuntimeError, match="changes (an attribute|an element|a variable) .*do that outside"):
            compiled(torch.ones(2))


def test_a_tensor_that_is_kept_is_refused() -> None:
    kept: dict[str, Any] = {}
    memory = iter([])  # what it refers to is not looked at
    keep = kept.__setitem__

    def step(x: Any) -> Any:
        keep("last", x * 2)
        return x + 1 + len(list(memory))

    compiled = torch.compile(step, fullgraph=True)
    x = torch.ones(2)
    with pytest.raises(RuntimeError, match="keeps a tensor that it made"):
        for k in range(6):
            assert_close(compiled(x * k), x * k + 1)
            assert_close(kept["last"], x * k * 2)


def test_a_result_that_can_be_differentiated() -> None:
    model = mlp()
    compiled = torch.compile(lambda x: model(x), fullgraph=True)
    for x, t in batches(4):
        F.cross_entropy(compiled(x), t).backward()
        expected = copy.deepcopy(model)
        expected.zero_grad()
        F.cross_entropy(expected(x), t).backward()
        assert_same([p.grad for p in model.parameters()], [p.grad for p in expected.parameters()])
        model.zero_grad()
    with torch.no_grad():
        for _ in range(2):
            compiled(x)
        with captured():
            got = compiled(x)
        assert_close(got, model(x))


def test_what_is_returned() -> None:
    w, model = torch.ones(3), mlp()

    def step(x: Any) -> Any:
        w.add_(x)
        y = w * 2
        both = (y, y.view(3, 1))
        return {"x": x, "w": w, "row": w[1:], "y": both, "n": 3, "model": model, "none": None, "z": [y + 1]}

    compiled = torch.compile(step, fullgraph=True)
    for k in range(4):
        x = torch.full((3,), float(k))
        got = compiled(x)
        assert got["x"] is x and got["w"] is w and got["model"] is model and got["n"] == 3 and got["none"] is None
        assert_close(got["y"][0], w * 2)
        assert_close(got["y"][1], (w * 2).view(3, 1))
        assert_close(got["z"][0], w * 2 + 1)
        w.mul_(2)
        assert_close(got["row"], w[1:], 0, 0)  # a view stays one
        if k > 2:
            got["row"].zero_()
            assert w[2].item() == 0


def test_arguments_may_be_views_and_may_be_written() -> None:
    rows = torch.arange(24.0).view(8, 3)
    expected = rows.clone()

    def step(x: Any, scale: float) -> Any:
        x.mul_(scale)
        return x.sum()

    compiled = torch.compile(step, fullgraph=True)
    for k in range(8):
        assert_close(compiled(rows[k], 2.0), step(expected[k], 2.0))
    assert_close(rows, expected)
    y = torch.ones(3)
    version = y._version
    compiled(y, 2.0)
    assert_close(y, torch.full((3,), 2.0))
    assert y._version == version + 1


def test_two_steps_that_share_their_state() -> None:
    made = [(m := mlp(lambda: nn.BatchNorm1d(5)), torch.optim.Adam(m.parameters(), lr=0.1)) for _ in range(2)]
    train, evaluate = zip(*[(trainer(m, o), lambda x, m=m: m(x).detach().argmax(1)) for m, o in made], strict=True)
    fast, look = torch.compile(train[1], fullgraph=True), torch.compile(evaluate[1], fullgraph=True)
    for k, (x, t) in enumerate(batches(6)):
        for m, _ in made:
            m.train()
        assert_close(fast(x, t), train[0](x, t))
        for m, _ in made:
            m.eval()
        assert_close(look(x), evaluate[0](x))
        train[0](x, t) if k % 2 else None
        train[1](x, t) if k % 2 else None
        assert_same(state(*made[1]), state(*made[0]))


def test_a_method_and_a_decorator() -> None:
    class Trainer:
        def __init__(self) -> None:
            self.model = mlp()
            self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.1)

        @torch.compile(fullgraph=True)
        def step(self, x: Any, t: Any) -> Any:
            """Trains."""
            self.optimizer.zero_grad()
            loss = F.cross_entropy(self.model(x), t)
            loss.backward()
            self.optimizer.step()
            return loss

    a, b = Trainer(), Trainer()
    plain = trainer(b.model, b.optimizer)
    for batch in batches(4):
        assert_close(a.step(*batch), plain(*batch))
    with captured():
        a.step(*batch)
    assert Trainer.step.__doc__ == "Trains."


def test_without_fullgraph_it_is_the_function_itself() -> None:
    def step(x: Any) -> Any:
        return x

    model = mlp()
    assert torch.compile(step) is step
    assert torch.compile(fullgraph=True, disable=True)(step) is step
    assert torch.compile(model) is model and torch.compile(model, fullgraph=True) is model


# ---- numbers among the arguments
MOVING: dict[str, tuple[Callable, list[Any]]] = {
    "operand": (lambda x, k: k * x - k, [0.5, 0.25, -3.0, 7.5]),
    "whole": (lambda x, k: x * k // 2, [3, 5, -4, 100]),
    "part": (lambda x, k: x[:3] + (k + 1), [1, 2, 3, 4]),
    "option": (lambda x, k: torch.add(x, x, alpha=k).clamp(max=k).masked_fill(x > 2, k), [0.5, 1.5, 2.5, 3.5]),
    "made": (lambda x, k: torch.full((5,), k) + torch.zeros(5).fill_(k), [0.5, 1.5, 2.5, 3.5]),
    "computed": (lambda x, k: x / (1 - 0.9 ** k) + (-k % 7) / 2 + abs(2 - k), [1, 2, 3, 4, 5]),
    "other type": (lambda x, k: x * (k / 2), [1, 2, 3, 4]),
    "returned": (lambda x, k: {"k": k, "next": k + 1, "x": x * k}, [1, 2, 3, 4]),
    "claims to be a float": (lambda x, k: x * k if isinstance(k, float) else None, [0.5, 1.5, 2.5, 3.5]),
    "nested": (lambda x, k: x * k[0] + k[1]["a"], [[k, {"a": k * 3}] for k in (0.5, 1.5, 2.5, 3.5)]),
    "loop": (lambda x, k: [y * k for y in [x] * 4][-1], [0.5, 1.5, 2.5, 3.5]),
}


def assert_like(actual: Any, expected: Any) -> None:
    if isinstance(expected, dict):
        assert actual.keys() == expected.keys()
        for k in expected:
            assert_like(actual[k], expected[k])
    else:
        assert type(actual) is type(expected)
        assert_close(actual, expected)


@pytest.mark.parametrize("name", MOVING)
def test_numbers_that_change_are_inputs(name: str) -> None:
    step, numbers = MOVING[name]
    compiled = torch.compile(step, fullgraph=True)
    x = torch.arange(5.0)
    for k in numbers[:2]:
        assert_like(compiled(x, k), step(x, k))
    for k in numbers[2:]:
        with captured():
            got = compiled(x, k)
        assert_like(got, step(x, k))


def test_a_loop_over_batches_with_a_number_that_changes() -> None:
    def total(batches: list, k: float) -> Any:
        found = torch.zeros(())
        for x in batches:
            found = found * (1 - k) + (x * k).sum()
        return found

    compiled = torch.compile(total, fullgraph=True)
    data = [torch.arange(3.0) + i for i in range(6)]
    for k in (0.5, 0.25):
        assert_close(compiled(data, k), total(data, k))
    with captured():
        got = compiled(data, 0.125)
    assert_close(got, total(data, 0.125))


def test_what_python_asks_about_a_number_is_looked_at_again() -> None:
    def step(x: Any, k: float) -> Any:
        y = x * k if k > 1 else x - max(k, 0.0)
        return y + {True: 1.0, False: 2.0}[k == 3] if k else y

    compiled = torch.compile(step, fullgraph=True)
    x = torch.arange(3.0)
    numbers = [2.0, 3.0, 0.0, 0.5, 4.0, -1.0, -2.0, 0.25, -0.0, 7.0, float("inf")]
    for k in numbers * 2:
        assert_close(compiled(x, k), step(x, k))
    with captured(3):
        for k in (9.0, 0.75, -4.0):
            compiled(x, k)


@pytest.mark.parametrize("step", [
    lambda x, k: x * math.exp(k), lambda x, k: x * float(k), lambda x, k: x * int(k), lambda x, k: x * round(k),
    lambda x, k: x * np.float32(k).item(), lambda x, k: x * len(f"{k:.{int(k) + 1}f}"), lambda x, k: x * hash(k),
    lambda x, k: x[: int(k)].sum(), lambda x, k: sum(x for _ in range(int(k))), lambda x, k: x.norm(k),
    lambda x, k: x * k.as_integer_ratio()[0], lambda x, k: x * float.__add__(k, 1.0),
])  # fmt: skip
def test_numbers_that_python_needs_to_know(step: Callable) -> None:
    compiled = torch.compile(step, fullgraph=True)
    x = torch.arange(5.0)
    for k in (3.0, 1.0, 4.0, 1.0, 1.0, 1.0, 3.0, 5.0):
        assert_close(compiled(x, k), step(x, k))
    with pytest.raises(ZeroDivisionError):
        torch.compile(lambda x, k: x * (1 / k), fullgraph=True)(x, 0.0)


def test_an_error_that_a_number_causes() -> None:
    compiled = torch.compile(lambda x, k: x * (1 / k), fullgraph=True)
    x = torch.ones(2)
    for k in (1.0, 2.0, 4.0):
        compiled(x, k)
    with pytest.raises(ZeroDivisionError):
        compiled(x, 0.0)
    with captured():
        got = compiled(x, 0.5)
    assert_close(got, x * 2)


def test_numbers_that_are_others_at_every_call_take_no_memory() -> None:
    compiled = torch.compile(lambda x, k: x * math.sqrt(k), fullgraph=True)
    x = torch.ones(2)
    for k in range(300):
        assert_close(compiled(x, k / 7), x * math.sqrt(k / 7))
    assert len(compiled._forms) <= 128


def test_a_number_that_leads_another_way_each_time_is_not_captured_each_time() -> None:
    def step(x: Any, k: float) -> Any:
        n = 0
        while n < k:
            n += 1
        return x * n

    compiled = torch.compile(step, fullgraph=True)
    x = torch.ones(2)
    for k in range(40):
        assert_close(compiled(x, k), x * k)
    assert len(compiled._forms) > 16 >= max(len(form.replays) for form in compiled._forms.values())


def test_under_autocast_a_step_is_captured_that_casts_weights() -> None:
    model = mlp()
    compiled = torch.compile(lambda x: model(x).detach() * 2, fullgraph=True)
    (x, _), = batches(1)
    with torch.autocast("cpu"):
        for _ in range(5):
            assert_close(compiled(x), model(x).detach() * 2)
        with captured():
            compiled(x)


def test_a_step_keeps_nothing_alive() -> None:
    model = mlp()
    compiled = torch.compile(trainer(model, torch.optim.SGD(model.parameters(), lr=0.1)), fullgraph=True)
    for batch in batches(4):
        compiled(*batch)
    kept = weakref.ref(model)
    del model, compiled
    gc.collect()
    assert kept() is None


def test_nothing_is_compiled_twice() -> None:
    made = [(m := mlp(), torch.optim.SGD(m.parameters(), lr=0.1)) for _ in range(2)]
    data = batches(3)
    first, second = (torch.compile(trainer(*x), fullgraph=True) for x in made)
    torch.zeros(()).item()  # what making the models left pending, lest it be part of the first call's program
    for batch in data:
        first(*batch)
    with compiles(0):  # the same step of another model of the same form
        for batch in data:
            second(*batch)


# ---- loops over batches
def epochs(shuffled: bool = False) -> tuple:
    torch.manual_seed(0)
    model = mlp(lambda: nn.BatchNorm1d(5))
    # in float64: the bias before the normalization has a gradient of rounding errors alone, which Adam scales up
    model.double()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    x, t = torch.rand(48, 6, dtype=torch.float64), torch.randint(0, 3, (48,))
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, t), batch_size=8, shuffle=shuffled)

    def epoch(batches: Any) -> tuple:
        total, losses, count = 0.0, [], 0
        for k, (x, t) in enumerate(batches):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), t)
            loss.backward()
            optimizer.step()
            total = total + loss.detach() * (k + 1)
            losses.append(loss.detach())
            count += len(x)
        return total / count, torch.stack(losses), loss

    return epoch, model, optimizer, loader


@pytest.mark.parametrize("shuffled", [False, True])
def test_an_epoch_is_one_program_with_one_body(shuffled: bool) -> None:
    (plain, *expected, a), (epoch, *actual, b) = epochs(shuffled), epochs(shuffled)
    compiled = torch.compile(epoch, fullgraph=True)
    for k in range(4):
        for _, o in (expected, actual):
            o.param_groups[0]["lr"] = 0.05 / (k + 1)
        torch.manual_seed(k)
        wanted = plain(a)
        torch.manual_seed(k)
        if k < 2:
            got = compiled(b)
        else:
            before = torch.metrics()
            got = compiled(b)
            assert torch.metrics()["compiled"] == before["compiled"]
        for x, y in zip(got, wanted, strict=True):
            assert_close(x, y)
        assert_same(state(*actual), state(*expected))
    assert operations(compiled)["loop"] == 1
    assert operations(compiled)["_nll_loss"] == 1  # of the first round; all others are in the loop


def operations(compiled: Any, least: int = 0) -> Counter:
    """How many instructions of each kind the captured step has that was called last."""
    (form,) = compiled._forms.values()
    replay = form.replays[0]
    assert len(form.replays) == 1 or least
    return Counter(x.name for x in replay._plan.source.code if not isinstance(x, int))


def test_rounds_that_differ_are_not_rolled() -> None:
    w = torch.ones(3)

    def step(parts: list) -> Any:
        total = w * 0
        for k, x in enumerate(parts):
            total = total * x if k % 2 else total + x
        return total

    compiled = torch.compile(step, fullgraph=True)
    for k in range(4):
        parts = [torch.full((3,), float(k + j)) for j in range(7)]
        assert_close(compiled(parts), step(parts))
    assert "loop" not in operations(compiled)


def test_dropout_in_a_loop_draws_anew_in_every_round() -> None:
    def step(parts: list) -> Any:
        return torch.stack([F.dropout(x, 0.5) for x in parts])

    compiled = torch.compile(step, fullgraph=True)
    parts = [torch.ones(100)] * 6
    compiled(parts)
    first, second = compiled(parts), compiled(parts)
    rows = [tuple(row.tolist()) for y in (first, second) for row in y]
    assert len(set(rows)) == 12


# ---- parts of a step, and what is rarer
def test_an_update_whose_gradients_come_from_elsewhere() -> None:
    made = [(m := mlp(), torch.optim.Adam(m.parameters(), lr=0.1)) for _ in range(2)]

    def make(model: Any, optimizer: Any) -> Callable:
        def update() -> None:
            nn.utils.clip_grad_norm_(model.parameters(), 0.1)
            optimizer.step()
            optimizer.zero_grad()

        return update

    plain, compiled = make(*made[0]), torch.compile(make(*made[1]), fullgraph=True)
    for k, (x, t) in enumerate(batches(7)):
        for m, _ in made:
            F.cross_entropy(m(x), t).backward()
        plain()
        if k < 4:
            compiled()
        else:
            with captured():
                compiled()
        assert_same(state(*made[1]), state(*made[0]))


def test_gradients_that_are_removed_now_and_then() -> None:
    made = [(m := mlp(), torch.optim.SGD(m.parameters(), lr=0.1)) for _ in range(2)]

    def make(model: Any) -> Callable:
        def part(x: Any, t: Any) -> Any:
            loss = F.cross_entropy(model(x), t)
            loss.backward()
            return loss

        return part

    plain, compiled = make(made[0][0]), torch.compile(make(made[1][0]), fullgraph=True)
    for k, (x, t) in enumerate(batches(16)):
        plain(x, t)
        if k < 9:
            compiled(x, t)
        else:
            with captured():
                compiled(x, t)
        assert_same(state(*made[1]), state(*made[0]))
        if k % 3 == 2:
            for _, o in made:
                o.step()
                o.zero_grad()


def test_gradients_that_somebody_keeps() -> None:
    made = [(m := mlp(), torch.optim.SGD(m.parameters(), lr=0.1)) for _ in range(2)]
    plain, compiled = trainer(*made[0]), torch.compile(trainer(*made[1]), fullgraph=True)
    kept = []
    for x, t in batches(6):
        plain(x, t)
        compiled(x, t)
        kept.append([[p.grad for p in m.parameters()] for m, _ in made])
    for expected, actual in kept:
        assert_same(actual, expected)


@pytest.mark.parametrize("reentrant", [False, True])
def test_a_checkpoint_draws_the_same_mask_again(reentrant: bool) -> None:
    def step(x: Any, w: Any) -> tuple:
        y = torch.utils.checkpoint.checkpoint(lambda z: F.dropout(z * w, 0.5), x.clone().requires_grad_(),
                                              use_reentrant=reentrant)
        (g,) = torch.autograd.grad(y.sum(), [w]) if not reentrant else (None,)
        if reentrant:
            w.grad = None
            y.sum().backward()
            g = w.grad
        return y.detach(), g

    w = torch.nn.Parameter(torch.ones(200))
    compiled = torch.compile(step, fullgraph=True)
    x = torch.arange(1.0, 201.0)
    for _ in range(4):
        y, g = compiled(x, w)
        assert_close(y.clone(), g.clone())
    with captured():
        compiled(x, w)


def test_functional_calls_and_gradients_of_functions() -> None:
    def make() -> tuple:
        model = mlp()
        parameters = dict(model.named_parameters())

        def step(x: Any, t: Any) -> Any:
            def loss(p: Any) -> Any:
                return F.cross_entropy(torch.func.functional_call(model, p, (x,)), t)

            g = torch.func.grad(loss)({k: v.detach() for k, v in parameters.items()})
            with torch.no_grad():
                for k, p in parameters.items():
                    p.sub_(g[k], alpha=0.1)
            return g["0.weight"]

        return step, model

    (plain, expected), (step, actual) = make(), make()
    compiled = torch.compile(step, fullgraph=True)
    for batch in batches(4):
        assert_close(compiled(*batch), plain(*batch))
        assert_same(state(actual), state(expected))


def test_copies_of_a_step_and_telling_that_it_is_captured() -> None:
    seen = []

    class Trainer:
        def __init__(self) -> None:
            self.w = torch.zeros(2)
            self.told = seen.append

        @torch.compile(fullgraph=True)
        def step(self, x: Any) -> Any:
            self.told(torch.compiler.is_compiling())
            return self.w.add_(x)

    trainer = Trainer()
    for _ in range(3):
        trainer.step(torch.ones(2))
    assert seen == [False, True]
    other = copy.deepcopy(trainer)
    for _ in range(3):
        other.step(torch.ones(2))
    assert trainer.w.tolist() == [3.0, 3.0] and other.w.tolist() == [6.0, 6.0]


def test_memory_that_is_shared() -> None:
    w = torch.ones(4)
    array = w.numpy()
    reads, writes = (torch.compile(f, fullgraph=True) for f in (lambda x: x + w, lambda x: w.add_(x)))
    for compiled in (reads, writes):
        compiled(torch.ones(4))
        with pytest.raises(RuntimeError, match="memory a NumPy array shares"):
            compiled(torch.ones(4))
    assert array.tolist() == [2.0] * 4
    del array
    for _ in range(3):
        writes(torch.ones(4))
    for x in (w, w[:2], w.detach()):
        step = torch.compile(lambda y: w.add_(1) + y.sum(), fullgraph=True)
        for _ in range(3):
            step(torch.zeros(2))
        with pytest.raises(NotImplementedError, match="an argument and a variable"):
            step(x)
            step(x)


def test_arguments_that_are_one_tensor() -> None:
    compiled = torch.compile(lambda a, b: a.add_(1) + b, fullgraph=True)
    for _ in range(3):
        compiled(torch.ones(2), torch.ones(2))
    x = torch.ones(2)
    with pytest.raises(NotImplementedError, match="share memory"):
        compiled(x, x)
    assert x.tolist() == [1.0, 1.0]


def test_threads_take_turns() -> None:
    model = mlp()
    compiled = torch.compile(trainer(model, torch.optim.SGD(model.parameters(), lr=0.1)), fullgraph=True)
    data = batches(10)
    with ThreadPoolExecutor(3) as pool:
        losses = list(pool.map(lambda batch: compiled(*batch).item(), data * 2))
    assert np.isfinite(losses).all()


def test_states_that_go_in_and_out_as_one_array_are_as_any_others() -> None:
    made = [(m := mlp(), torch.optim.Adam(m.parameters(), lr=0.1)) for _ in range(2)]
    plain, compiled = trainer(*made[0]), torch.compile(trainer(*made[1]), fullgraph=True)
    data = batches(9)
    copies = []
    for k, (x, t) in enumerate(data):
        plain(x, t)
        compiled(x, t)
        if k == 4:
            copies = [copy.deepcopy(o) for _, o in made]
        if k == 5:
            for _, o in made:
                o.state[o.param_groups[0]["params"][0]]["exp_avg"].zero_()
        if k == 7:
            for _, o in made:
                s = o.state[o.param_groups[0]["params"][1]]
                s["exp_avg"] = s["exp_avg"] * 0.5
    assert operations(compiled, 1)["unpack"] == 1
    assert_same(state(*made[1]), state(*made[0]))
    for a, e in zip(*([[*s.values()] for s in o.state.values()] for o in copies), strict=True):
        assert_same(a, e)
    with captured():
        compiled(*data[0])
