"""Optimizers: the paths of every rule, the rates of every schedule, and what a step compiles and keeps."""

import gc
import weakref
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import compat
import funcgrad
from tests.helpers import assert_close, compiles, host
from tests.oracle import answers
from tests.oracle.optim_cases import (
    COUNTS,
    LBFGS_RULES,
    MUON_RULES,
    OPTIM,
    RULES,
    SCHEDULES,
    Rule,
    gradients,
    lbfgs_path,
    matrices,
    parameters,
)

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


@pytest.mark.parametrize("name", MUON_RULES)
def test_muon(name: str, torch_answers: dict[str, Any]) -> None:
    params = [p.requires_grad_() for p in tensors(matrices(), "float32")]
    optimizer = compat.optim.Muon(params, **MUON_RULES[name])
    for step, expected in enumerate(torch_answers[name]):
        for p, g in zip(params, tensors(matrices(step), "float32"), strict=True):
            p.grad = g
        optimizer.step()
        # The direction is made of bfloat16 products, whose sums either library rounds in its own order.
        np.testing.assert_allclose(flat([[numbers(p) for p in params]]), flat([expected]), 0, 2e-3 * (step + 1))


@pytest.mark.parametrize("name", LBFGS_RULES)
def test_lbfgs(name: str, torch_answers: dict[str, Any]) -> None:
    # Its history feeds rounding back into its steps: float32 parts ways sooner than the rules above.
    tolerance = 2e-4 if LBFGS_RULES[name][1] == "float32" else 1e-6
    np.testing.assert_allclose(lbfgs_path(compat, *LBFGS_RULES[name]), torch_answers[name], tolerance, tolerance)


@pytest.mark.parametrize(
    "name",
    ["sgd nesterov", "adam amsgrad", "rmsprop all", "adagrad decay", "adadelta decay", "adamax decay", "nadam decay",
     "radam decay", "rprop etas", "asgd averaging", "adafactor all"],
)
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
    "adadelta": lambda p: compat.optim.Adadelta(p, lr=0.1, weight_decay=0.1),
    "adamax": lambda p: compat.optim.Adamax(p, lr=0.1),
    "nadam": lambda p: compat.optim.NAdam(p, lr=0.1),
    "radam": lambda p: compat.optim.RAdam(p, lr=0.1, weight_decay=0.1, decoupled_weight_decay=True),
    "rprop": lambda p: compat.optim.Rprop(p, lr=0.1),
    "asgd": lambda p: compat.optim.ASGD(p, lr=0.1, t0=1),
    "adafactor": lambda p: compat.optim.Adafactor(p, lr=0.1),
}
KEPT = {"sgd": 1, "momentum": 2, "adam": 3, "adamw": 4, "rmsprop": 4, "adagrad": 2, "adadelta": 3, "adamax": 3,
        "nadam": 3, "radam": 3, "rprop": 3, "asgd": 2, "adafactor": 2}


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

    assert recorded(8) == 8 * KEPT[name]  # results of the one operation: no step counts among them


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


@pytest.mark.parametrize("name", ["nadam", "asgd"])
def test_parameters_that_join_late_have_counts_of_their_own(name: str) -> None:
    def run(joint: bool) -> list[list[float]]:
        a, b = (compat.ones(2, requires_grad=True) for _ in range(2))
        opts = [MAKERS[name]([a, b])] if joint else [MAKERS[name]([a]), MAKERS[name]([b])]
        for step in range(5):
            a.grad = compat.full((2,), 0.5 + step)
            b.grad = compat.full((2,), 0.25 * step) if step > 1 else None
            for opt in opts:
                opt.step()
        return [a.tolist(), b.tolist()]

    np.testing.assert_allclose(run(True), run(False), 1e-6)


def test_lbfgs_compiles_nothing_once_its_history_is_full() -> None:
    w = compat.tensor([1.0, -2.0, 0.5], requires_grad=True)
    opt = compat.optim.LBFGS([w], lr=0.01, max_iter=4, history_size=4)

    def closure() -> Any:
        opt.zero_grad()
        loss = (w**4).sum()
        loss.backward()
        return loss

    for _ in range(3):
        opt.step(closure)
    with compiles(0):
        opt.step(closure)
        opt.param_groups[0]["lr"] = 0.02
        opt.step(closure)
    assert len(opt.state[w]["old_dirs"]) == 4


def test_a_history_that_grows_makes_few_programs() -> None:
    w = compat.linspace(-1.0, 2.0, 40).requires_grad_()
    opt = compat.optim.LBFGS([w], lr=0.01, max_iter=1, tolerance_grad=0, tolerance_change=0)

    def closure() -> Any:
        opt.zero_grad()
        loss = (w**4).sum()
        loss.backward()
        return loss

    for _ in range(18):
        opt.step(closure)
    with compiles(0):  # up to 32
        for _ in range(8):
            opt.step(closure)
    assert len(opt.state[w]["old_dirs"]) == 25


def test_a_closure_that_fails_leaves_the_memory_of_lbfgs() -> None:
    w = compat.tensor([1.0, -2.0], requires_grad=True)
    opt = compat.optim.LBFGS([w], lr=0.01, max_iter=3)
    calls = 0

    def closure() -> Any:
        nonlocal calls
        calls += 1
        if calls == 6:
            raise ArithmeticError
        opt.zero_grad()
        loss = (w**4).sum()
        loss.backward()
        return loss

    opt.step(closure)
    before = {key: list(value) if isinstance(value, list) else value for key, value in opt.state[w].items()}
    with pytest.raises(ArithmeticError):
        opt.step(closure)
    assert all(opt.state[w][key] is value or opt.state[w][key] == value for key, value in before.items())


def test_refused_parameters_leave_the_state_empty() -> None:
    w = compat.ones(2, 2, dtype=compat.complex64, requires_grad=True)
    for kind, message in ((compat.optim.Adafactor, "Adafactor does not support complex parameters"),
                          (compat.optim.Muon, "Muon does not support complex parameters")):
        opt = kind([w])
        w.grad = compat.ones_like(w)
        with pytest.raises(RuntimeError, match=message):
            opt.step()
        assert not opt.state
    real = compat.ones(2, 2, requires_grad=True)
    real.grad = compat.ones(2, 2)
    for opt, error, message in (
        (compat.optim.Muon([real], ns_steps=100), ValueError, "less than 100"),
        (compat.optim.Muon([real], ns_coefficients=(1.0, 2.0)), ValueError, "exactly 3 values"),
        (compat.optim.SparseAdam([real]), RuntimeError, "does not support dense gradients, please consider Adam"),
        (compat.optim.NAdam([real], capturable=True), AssertionError, "params, mu_products and state_steps must be on"),
        (compat.optim.LBFGS([real], line_search_fn="other"), RuntimeError, "only 'strong_wolfe' is supported"),
    ):
        with pytest.raises(error, match=message):
            opt.step(lambda: real.sum())
        assert not opt.state and real.tolist() == [[1.0, 1.0], [1.0, 1.0]]


# ---- averages
@pytest.mark.parametrize("options", ["default", "ema"])
def test_averaging_compiles_nothing_after_its_third_update(options: str) -> None:
    swa = compat.optim.swa_utils
    model = compat.nn.Sequential(compat.nn.Linear(3, 2), compat.nn.BatchNorm1d(2))
    average = swa.AveragedModel(model, **({"multi_avg_fn": swa.get_ema_multi_avg_fn(0.9)} if options == "ema" else {}))

    def update() -> list[float]:
        with compat.no_grad():
            model[0].weight.mul_(1.5)
        average.update_parameters(model)
        return average.module[0].weight.flatten().tolist()

    for _ in range(3):
        update()
    with compiles(0):
        update()
        update()
    assert average.n_averaged.item() == 5


def test_a_loader_that_fails_leaves_momenta_and_mode() -> None:
    model = compat.nn.Sequential(compat.nn.BatchNorm1d(1, momentum=0.3)).eval()

    def loader() -> Any:
        yield compat.ones(2, 1)
        raise ArithmeticError

    with pytest.raises(ArithmeticError):
        compat.optim.swa_utils.update_bn(loader(), model)
    assert model[0].momentum == 0.3 and not model.training


# ---- optax
TRANSFORMATIONS: dict[str, Any] = {
    "adam": optax.adam(0.1),
    "lion": optax.lion(0.1, weight_decay=0.1),
    "schedule": optax.chain(optax.clip_by_global_norm(0.5), optax.sgd(optax.linear_schedule(0.5, 0.1, 3), 0.9)),
    "noisy": optax.noisy_sgd(0.1, key=3),
    "masked": optax.masked(optax.adagrad(0.1), [True, False, True]),
    "injected": optax.inject_hyperparams(optax.rmsprop)(learning_rate=0.1),
    "funcgrad": funcgrad.optim.radam(0.1),
}


def optax_gradients(step: int) -> list[np.ndarray]:
    return [np.sin(np.arange(n, dtype=np.float32) + step) for n in (3, 5, 7)]


@pytest.mark.parametrize("name", TRANSFORMATIONS)
def test_a_transformation_behind_step(name: str) -> None:
    tx = TRANSFORMATIONS[name]
    params = [compat.full((n,), 0.5).requires_grad_() for n in (3, 5, 7)]
    opt = compat.optim.from_optax(tx)(params)
    arrays: Any = [jnp.full((n,), 0.5, jnp.float32) for n in (3, 5, 7)]
    state = tx.init(arrays)
    for step in range(6):
        grads = optax_gradients(step)
        for p, g in zip(params, grads, strict=True):
            p.grad = compat.tensor(g)
        opt.step()
        updates, state = tx.update([jnp.asarray(g) for g in grads], state, arrays)
        arrays = optax.apply_updates(arrays, updates)
        for p, array in zip(params, arrays, strict=True):
            assert_close(p, np.asarray(array), rtol=2e-5, atol=1e-5)
    kept = opt.state_dict()["state"].get("leaves", {})
    for leaf, value in zip(jax.tree.leaves(state), kept.values(), strict=True):
        leaf = jax.random.key_data(leaf) if jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key) else leaf
        assert_close(value, np.asarray(leaf).astype(value.detach().numpy().dtype), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", TRANSFORMATIONS)
def test_a_transformation_s_state_round_trips(name: str) -> None:
    def begin() -> Any:
        params = [compat.full((n,), 0.5).requires_grad_() for n in (3, 5, 7)]
        return params, compat.optim.from_optax(TRANSFORMATIONS[name])(params)

    def go(params: list[Any], opt: Any, steps: range) -> list[list[float]]:
        for step in steps:
            for p, g in zip(params, optax_gradients(step), strict=True):
                p.grad = compat.tensor(g)
            opt.step()
        return [p.tolist() for p in params]

    params, opt = begin()
    go(params, opt, range(3))
    others, other = begin()
    other.load_state_dict(opt.state_dict())
    for p, q in zip(others, params, strict=True):
        p.data.copy_(q.detach())
    assert go(others, other, range(3, 6)) == go(params, opt, range(3, 6))


def test_a_transformation_compiles_nothing_after_its_second_step() -> None:
    params = [compat.ones(n, requires_grad=True) for n in (3, 5)]
    opt = compat.optim.from_optax(optax.adamw(optax.linear_schedule(0.1, 0.0, 9)))(params)

    def step() -> None:
        opt.zero_grad()
        losses(params).backward()
        opt.step()
        compat.stack([p.sum() for p in params]).tolist()

    step()
    step()
    with compiles(0):
        for _ in range(3):
            step()


def test_what_a_transformation_refuses() -> None:
    a, b = compat.ones(2, requires_grad=True), compat.ones(2, requires_grad=True)
    maker = compat.optim.from_optax(optax.adam(0.1))
    with pytest.raises(ValueError, match="doesn't support parameter groups"):
        maker([{"params": [a]}, {"params": [b]}])
    opt, other = maker([a, b]), maker([compat.ones(3, requires_grad=True)])
    a.grad = compat.ones(2)
    assert opt.step(lambda: 5) == 5
    assert_close(b, np.ones(2, np.float32))  # no gradient counts as zeros
    with pytest.raises(ValueError, match="the transformation has"):
        other.load_state_dict({**opt.state_dict(), "param_groups": other.state_dict()["param_groups"]})
    assert not other.state
