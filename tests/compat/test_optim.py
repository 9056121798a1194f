"""Optimizers: the paths of every rule, the rates of every schedule, and what a step compiles and keeps."""

import gc
import weakref
from typing import Any

import numpy as np
import pytest

import compat
from tests.helpers import assert_close, compiles, host
from tests.oracle import answers
from tests.oracle.optim_cases import COUNTS, OPTIM, RULES, SCHEDULES, Rule, gradients, parameters

TOLERANCE = {"bfloat16": 1e-2}


@pytest.fixture(scope="session")
def torch_answers(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> dict[str, Any]:
    return answers("tests.oracle.record_optim", OPTIM, tmp_path_factory, worker_id)


def tensors(values: list[np.ndarray], dtype: str) -> list[Any]:
    return [compat.tensor(v).to(getattr(compat, dtype)) for v in values]


def numbers(tensor: Any) -> list[float]:
    array = host(tensor)
    parts = np.stack([array.real, array.imag], -1) if array.dtype.kind == "c" else array
    return parts.astype(np.float64).reshape(-1).tolist()


def path(rule: Rule, **options: Any) -> list[list[list[float]]]:
    params = [p.requires_grad_() for p in tensors(parameters(rule.dtype), rule.dtype)]
    optimizer = getattr(compat.optim, rule.torch)(params, **{**rule.arguments, **options})
    seen = []
    for step in range(rule.steps):
        for p, g in zip(params, tensors(gradients(step, rule.dtype), rule.dtype), strict=True):
            p.grad = g
        optimizer.step()
        seen.append([numbers(p) for p in params])
    return seen


def flat(nested: Any) -> np.ndarray:
    return np.array([x for step in nested for parameter in step for x in parameter])


@pytest.mark.parametrize("name", RULES)
def test_rule(name: str, torch_answers: dict[str, Any]) -> None:
    rule = RULES[name]
    tolerance = TOLERANCE.get(rule.dtype, 1e-5)
    np.testing.assert_allclose(flat(path(rule)), flat(torch_answers[name]), tolerance, tolerance)


@pytest.mark.parametrize("name", ["sgd nesterov", "adam amsgrad", "rmsprop all", "adagrad decay"])
@pytest.mark.parametrize("options", [{"foreach": True}, {"foreach": False}], ids=str)
def test_options_that_change_no_number(name: str, options: dict[str, bool]) -> None:
    np.testing.assert_allclose(flat(path(RULES[name], **options)), flat(path(RULES[name])), 1e-6)


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedule(name: str, torch_answers: dict[str, Any]) -> None:
    kind, _, arguments = SCHEDULES[name]
    optimizer = compat.optim.SGD([compat.zeros(1, requires_grad=True)], lr=1.0, momentum=0.9)
    scheduler = getattr(compat.optim.lr_scheduler, kind)(optimizer, **arguments)
    seen = []
    for _ in range(COUNTS):
        seen.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    np.testing.assert_allclose(seen, torch_answers[name], 1e-12)


# ---- what a step costs
MAKERS = {
    "sgd": lambda p: compat.optim.SGD(p, lr=0.1),
    "momentum": lambda p: compat.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.1),
    "adam": lambda p: compat.optim.Adam(p, lr=0.1),
    "adamw": lambda p: compat.optim.AdamW(p, lr=0.1, amsgrad=True),
    "rmsprop": lambda p: compat.optim.RMSprop(p, lr=0.1, momentum=0.5, centered=True),
    "adagrad": lambda p: compat.optim.Adagrad(p, lr=0.1, lr_decay=0.1),
}


def losses(params: list[Any]) -> Any:
    return sum(((p - 1) ** 2).sum() for p in params)


@pytest.mark.parametrize("name", MAKERS)
def test_nothing_is_compiled_after_the_second_step(name: str) -> None:
    params = [compat.ones(n, requires_grad=True) for n in (3, 5, 7)]
    opt = MAKERS[name](params)
    sched = compat.optim.lr_scheduler.LambdaLR(opt, lambda e: 1 / (1 + e))

    def step() -> None:
        opt.zero_grad()
        losses(params).backward()
        opt.step()
        sched.step()
        compat.stack([p.sum() for p in params]).tolist()

    step()
    step()
    with compiles(0):
        for _ in range(3):
            step()
        opt.param_groups[0]["lr"] = 7
        step()


@pytest.mark.parametrize("name", MAKERS)
def test_a_step_is_one_operation_whatever_the_number_of_parameters(name: str) -> None:
    def recorded(n: int) -> int:
        params = [compat.ones(2, requires_grad=True) for _ in range(n)]
        for p in params:
            p.grad = compat.ones(2)
        opt = MAKERS[name](params)
        opt.step()
        [p.tolist() for p in params]
        before = compat.metrics()["recorded"]
        opt.step()
        opt.state_dict()
        params[0].tolist()
        return compat.metrics()["recorded"] - before

    kept = {"sgd": 1, "momentum": 2, "adam": 3, "adamw": 4, "rmsprop": 4, "adagrad": 2}[name]
    assert recorded(8) == 8 * kept  # results of the one operation: no step counts among them


def test_reading_a_step_count_runs_nothing() -> None:
    w = compat.ones(2, requires_grad=True)
    opt = compat.optim.Adam([w], lr=0.1)
    for _ in range(3):
        w.grad = compat.ones(2)
        opt.step()
    before = compat.metrics()["calls"]
    assert opt.state[w]["step"].item() == 3.0
    assert compat.metrics()["calls"] == before


def test_step_counts_are_tensors_of_their_own() -> None:
    a, b = (compat.ones(1, requires_grad=True) for _ in range(2))
    opt = compat.optim.Adam([a, b], lr=0.1)
    a.grad, b.grad = compat.ones(1), compat.ones(1)
    opt.step()
    opt.state[a]["step"] += 5
    opt.step()
    assert [opt.state[p]["step"].item() for p in (a, b)] == [7.0, 2.0]


def test_an_optimizer_keeps_no_gradients_alive() -> None:
    w = compat.ones(1000, requires_grad=True)
    opt = compat.optim.SGD([w], lr=0.1)
    losses([w]).backward()
    assert w.grad is not None
    gradient = weakref.ref(w.grad)
    opt.step()
    opt.zero_grad()
    gc.collect()
    assert gradient() is None


def test_learning_rates_of_any_number_type() -> None:
    for lr in (1, 0.5, np.float32(0.5), np.float64(0.5), compat.tensor(0.5)):
        w = compat.ones(1, requires_grad=True)
        w.grad = compat.ones(1)
        compat.optim.SGD([w], lr=lr).step()
        assert_close(w, np.float32([1 - float(lr)]))


