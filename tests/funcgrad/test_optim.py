"""Optimisers, schedules and clipping against PyTorch's, recorded or live; and what JAX users expect of them."""

import contextlib
import math
from typing import Any

import hypothesis
import hypothesis.strategies as st
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from funcgrad import clip_grad_norm, clip_grad_value, optim
from tests.helpers import assert_close
from tests.oracle import answers
from tests.oracle.optim_cases import (
    CLIPS,
    COUNTS,
    MUON_RULES,
    OPTIM,
    RULES,
    SCHEDULES,
    gradients,
    matrices,
    parameters,
)

# A 16-bit result may be one unit off where the libraries' float32 differ in the last bit before rounding.
TOLERANCE = {"float32": 2e-6, "complex64": 2e-6, "bfloat16": 2**-7}


@pytest.fixture(scope="session")
def oracle(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> dict[str, Any]:
    return answers("tests.oracle.record_optim", OPTIM, tmp_path_factory, worker_id)


def arrays(values: list[np.ndarray], dtype: str) -> list[jax.Array]:
    return [jnp.asarray(value, dtype) for value in values]


def numbers(array: jax.Array) -> np.ndarray:
    wide = np.asarray(array).astype(np.complex128 if jnp.iscomplexobj(array) else np.float64).ravel()
    return wide.view(np.float64) if jnp.iscomplexobj(array) else wide


def transformation(name: str) -> optax.GradientTransformation:
    return getattr(optim, RULES[name].funcgrad)(**RULES[name].arguments)


@pytest.mark.parametrize("x64", [False, True])
@pytest.mark.parametrize("name", RULES)
def test_rule(name: str, x64: bool, oracle: dict[str, Any]) -> None:
    dtype, tx = RULES[name].dtype, transformation(name)
    with jax.enable_x64(True) if x64 else contextlib.nullcontext():
        params = arrays(parameters(dtype), dtype)
        state, update = tx.init(params), jax.jit(tx.update)
        for step, expected in enumerate(oracle[name]):
            updates, state = update(arrays(gradients(step, dtype), dtype), state, params)
            params = optax.apply_updates(params, updates)
            for param, values in zip(params, expected, strict=True):
                assert param.dtype == dtype
                np.testing.assert_allclose(numbers(param), values, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])


@pytest.mark.parametrize("name", MUON_RULES)
def test_muon(name: str, oracle: dict[str, Any]) -> None:
    tx = optim.muon(**MUON_RULES[name])
    params = arrays(matrices(), "float32")
    state, update = tx.init(params), jax.jit(tx.update)
    for step, expected in enumerate(oracle[name]):
        updates, state = update(arrays(matrices(step), "float32"), state, params)
        params = optax.apply_updates(params, updates)
        for param, values in zip(params, expected, strict=True):
            # The direction is made of bfloat16 products, whose sums either library rounds in its own order.
            np.testing.assert_allclose(numbers(param), values, rtol=0, atol=2e-3 * (step + 1))


@pytest.mark.parametrize("name", [name for name, rule in RULES.items() if rule.dtype == "float32"])
def test_second_step_and_changed_rate_compile_nothing(name: str) -> None:
    factory = getattr(optim, RULES[name].funcgrad)
    tx = optax.inject_hyperparams(factory)(**RULES[name].arguments)
    params, grads = arrays(parameters("float32"), "float32"), arrays(gradients(1, "float32"), "float32")
    state, traces = tx.init(params), 0

    @jax.jit
    def step(params: Any, state: Any) -> Any:
        nonlocal traces
        traces += 1
        updates, state = tx.update(grads, state, params)
        return optax.apply_updates(params, updates), state

    for rate in (0.1, 0.01, 0.001):
        state.hyperparams["lr"] = jnp.asarray(rate, jnp.float32)
        params, state = step(params, state)
    assert traces == 1


def test_step_functions_take_missing_state() -> None:
    w, g = [jnp.ones(2)], [jnp.array([0.5, -0.5])]
    new, buffers = optim.sgd_step(w, g, [None], lr=0.1, momentum=0.9)
    assert_close(buffers[0], g[0])
    newer, _ = optim.sgd_step(new, g, buffers, lr=0.1, momentum=0.9)
    tx = optim.sgd(0.1, momentum=0.9)
    state, params = tx.init(w), w
    for _ in range(2):
        updates, state = tx.update(g, state)
        params = optax.apply_updates(params, updates)
    assert_close(newer[0], params[0])


def test_traced_zero_options_agree_with_none() -> None:
    w, g, zero = [jnp.ones(2)], [jnp.array([0.5, -0.5])], [jnp.zeros(2)]
    plain, _ = optim.sgd_step(w, g, zero, lr=0.1)
    traced, _ = jax.jit(lambda m, d: optim.sgd_step(w, g, zero, lr=0.1, momentum=m, weight_decay=d))(0.0, 0.0)
    assert_close(plain[0], traced[0])


def test_none_gradients_are_left_alone() -> None:
    params = {"trained": jnp.ones(2), "frozen": None}
    tx = optim.adam(0.1)
    updates, state = tx.update({"trained": jnp.ones(2), "frozen": None}, tx.init(params), params)
    assert updates["frozen"] is None
    assert state.slots["exp_avg"]["frozen"] is None


def test_update_without_parameters() -> None:
    grads = {"w": jnp.ones(2)}
    for factory in ("sgd", "adam", "rmsprop", "adagrad", "adadelta", "adamax", "nadam", "radam", "rprop"):
        tx = getattr(optim, factory)()
        tx.update(grads, tx.init(grads))
    for tx, why in (
        (optim.adamw(), "weight decay"),
        (optim.radam(weight_decay=0.1), "weight decay"),
        (optim.asgd(), "ASGD"),
        (optim.adafactor(), "Adafactor"),
    ):
        with pytest.raises(ValueError, match=f"{why} needs the parameters"):
            tx.update(grads, tx.init(grads))


def test_factored_moments_are_of_rows_and_columns() -> None:
    params = {"matrices": jnp.ones((2, 3, 4)), "bias": jnp.ones(3)}
    slots = optim.adafactor().init(params).slots  # pyright: ignore[reportAttributeAccessIssue]
    assert slots["row_var"]["matrices"].shape == (2, 3, 1) and slots["col_var"]["matrices"].shape == (2, 1, 4)
    assert slots["variance"]["matrices"] is None and slots["row_var"]["bias"] is None
    assert slots["variance"]["bias"].shape == (3,)


@pytest.mark.parametrize("name", ["rmsprop all", "adadelta", "asgd averaging", "adafactor", "rprop", "nadam"])
def test_states_out_of_jit_go_on_without_it(name: str) -> None:
    tx = transformation(name)

    def run(updates: list[Any]) -> list[jax.Array]:
        params = arrays(parameters("float32"), "float32")
        state = tx.init(params)
        for step, update in enumerate(updates):
            changes, state = update(arrays(gradients(step, "float32"), "float32"), state, params)
            params = optax.apply_updates(params, changes)
        return params

    for mixed, plain in zip(run([tx.update, jax.jit(tx.update), tx.update]), run([tx.update] * 3), strict=True):
        assert_close(mixed, plain)


def test_rates_of_schedules_begin_the_state() -> None:
    schedule = optim.schedules.step_lr(0.5, 1, 0.1)
    for tx, slot in ((optim.rprop(schedule), "step_size"), (optim.asgd(schedule), "eta")):
        assert_close(tx.init(jnp.zeros(())).slots[slot], np.float32(0.5))


def test_rectification_in_float32_is_that_of_float64() -> None:
    def path(x64: bool) -> np.ndarray:
        with jax.enable_x64(x64):
            tx = optim.radam(1.0, betas=(0.9, 0.9999))
            state, updates = tx.init(jnp.zeros((), jnp.float32)), []
            for _ in range(12):
                update, state = tx.update(jnp.ones((), jnp.float32), state)
                updates.append(float(update))
            return np.array(updates)

    assert_close(path(False), path(True))


def test_padding_leaves_the_newton_direction_as_it_is() -> None:
    changes, steps = jnp.linspace(1.0, 2.0, 12).reshape(3, 4), jnp.linspace(0.3, 0.7, 12).reshape(3, 4) ** 2
    inverses = 1 / (changes * steps).sum(1)
    grad = jnp.array([1.0, -2.0, 0.5, 3.0])
    bare = optim.lbfgs_direction(grad, list(changes), list(steps), list(inverses), 0.5)
    zero = [jnp.zeros(4)]
    padded = optim.lbfgs_direction(
        grad, [*changes, *zero], [*steps, *zero], [*inverses, jnp.zeros(())], jnp.asarray(0.5)
    )
    assert_close(padded, bare)
    dense = np.eye(4) * 0.5
    for change, step, inverse in zip(np.asarray(changes), np.asarray(steps), np.asarray(inverses), strict=True):
        left = np.eye(4) - inverse * np.outer(step, change)
        dense = left @ dense @ left.T + inverse * np.outer(step, step)
    assert_close(bare, (-dense @ np.asarray(grad)).astype(np.float32), rtol=1e-4, atol=1e-4)


def test_moving_along_one_vector() -> None:
    params = [jnp.zeros((2, 1)), jnp.zeros(1, jnp.complex64), jnp.zeros(())]
    moved = optim.move_along(params, jnp.arange(5.0), 2.0)
    assert_close(moved[0], np.float32([[0], [2]]))
    assert_close(moved[1], np.complex64([4 + 6j]))
    assert_close(moved[2], np.float32(8))


def test_orthogonalized_has_singular_values_near_one() -> None:
    for shape in ((3, 5), (5, 3)):
        matrix = optim.orthogonalized(jnp.sin(jnp.arange(15.0)).reshape(shape))
        values = np.linalg.svd(np.asarray(matrix, np.float32), compute_uv=False)
        assert matrix.shape == shape and values.max() < 1.3 and values[-2] > 0.4
    for bad, message in (
        (lambda x: optim.orthogonalized(x[0]), "2D matrix"),
        (lambda x: optim.orthogonalized(x, ns_steps=100), "less than 100"),
        (lambda x: optim.orthogonalized(x, (1.0, 2.0)), "exactly 3"),
        (lambda x: optim.muon().init(x[0]), r"a parameter with size: \(3,\)"),
        (lambda x: optim.adafactor_step([x], [x], [None], [None], [None], [jnp.zeros(())], lr=0.1), "row and column"),
    ):
        with pytest.raises(ValueError, match=message):
            bad(jnp.ones((3, 3)))


def test_rules_vmap_and_scan() -> None:
    tx = optim.adamw(0.1, amsgrad=True)
    grads = jnp.linspace(-1.0, 1.0, 12).reshape(4, 3)

    def run(start: jax.Array) -> jax.Array:
        def body(carry: Any, grad: jax.Array) -> Any:
            updates, state = tx.update(grad, carry[1], carry[0])
            return (optax.apply_updates(carry[0], updates), state), None

        return jax.lax.scan(body, (start, tx.init(start)), grads)[0][0]

    starts = jnp.arange(6.0).reshape(2, 3)
    assert_close(jax.vmap(run)(starts), jnp.stack([run(start) for start in starts]))


@pytest.mark.parametrize(
    ("factory", "arguments", "message"),
    [
        (optim.sgd, {"lr": -1.0}, "Invalid learning rate: -1.0"),
        (optim.sgd, {"momentum": -0.5}, "Invalid momentum value: -0.5"),
        (optim.sgd, {"weight_decay": -1}, "Invalid weight_decay value: -1"),
        (optim.sgd, {"nesterov": True}, "Nesterov momentum requires a momentum and zero dampening"),
        (optim.adam, {"betas": (1.0, 0.9)}, "Invalid beta parameter at index 0: 1.0"),
        (optim.adam, {"eps": -1.0}, "Invalid epsilon value: -1.0"),
        (optim.rmsprop, {"alpha": -1.0}, "Invalid alpha value: -1.0"),
        (optim.adagrad, {"lr_decay": -1.0}, "Invalid lr_decay value: -1.0"),
        (optim.adadelta, {"rho": 1.1}, "Invalid rho value: 1.1"),
        (optim.adamax, {"betas": (0.9, 1.0)}, "Invalid beta parameter at index 1: 1.0"),
        (optim.nadam, {"momentum_decay": -0.2}, "Invalid momentum_decay value: -0.2"),
        (optim.radam, {"weight_decay": -1}, "Invalid weight_decay value: -1"),
        (optim.rprop, {"etas": (1.0, 0.5)}, "Invalid eta values: 1.0, 0.5"),
        (optim.asgd, {"weight_decay": -0.5}, "Invalid weight_decay value: -0.5"),
        (optim.adafactor, {"eps": (-1e-30, 1e-3)}, "epsilon1 should be >= 0 but is: -1e-30"),
        (optim.adafactor, {"d": 0.0}, "Clipping threshold d should be >= 1 but is: 0.0"),
        (optim.adafactor, {"beta2_decay": 0.8}, "beta2_decay should be <= 0 but is: 0.8"),
        (optim.muon, {"momentum": -1.0}, "momentum should be >= 0 but is: -1.0"),
        (optim.muon, {"adjust_lr_fn": "arbitrary"}, "Adjust learning rate function arbitrary is not supported"),
    ],
)
def test_invalid_options(factory: Any, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        factory(**arguments)


# ---- schedules
@pytest.mark.parametrize("name", SCHEDULES)
def test_schedule(name: str, oracle: dict[str, Any]) -> None:
    _, function, arguments = SCHEDULES[name]
    lr = {} if "max_lr" in arguments else {"lr": 1.0}
    schedule = getattr(optim.schedules, function)(**lr, **arguments)
    traced = jax.vmap(schedule)(jnp.arange(COUNTS))
    np.testing.assert_allclose(traced, oracle[name], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose([schedule(count) for count in range(COUNTS)], traced, rtol=1e-6, atol=1e-7)


def test_schedule_drives_an_optimiser() -> None:
    tx = optim.sgd(optim.schedules.step_lr(1.0, 1, 0.5))
    state, seen = tx.init(jnp.zeros(())), []
    for _ in range(3):
        updates, state = tx.update(jnp.ones(()), state)
        seen.append(float(updates))
    assert seen == [-1.0, -0.5, -0.25]


def test_unknown_schedule_options() -> None:
    for call in (
        lambda: optim.schedules.cyclic_lr(0.1, 1.0, mode="square"),
        lambda: optim.schedules.one_cycle_lr(1.0, 9, anneal_strategy="exp"),
        lambda: optim.schedules.sequential_lr([optim.schedules.constant_lr(1.0)], [3]),
    ):
        with pytest.raises(ValueError, match="."):
            call()


# ---- clipping
@pytest.mark.parametrize("name", CLIPS)
def test_clip(name: str, oracle: dict[str, Any]) -> None:
    scale, bound, order, dtype = CLIPS[name]
    grads = [grad * scale for grad in arrays(gradients(1, dtype), dtype)]
    clipped, norm = jax.jit(lambda grads, bound: clip_grad_norm(grads, bound, order))(grads, bound)
    tolerance = TOLERANCE[dtype]
    np.testing.assert_allclose(float(norm), oracle[name]["norm"], rtol=tolerance)
    for grad, expected in zip(clipped, oracle[name]["grads"], strict=True):
        assert grad.dtype == dtype
        np.testing.assert_allclose(numbers(grad), expected, rtol=tolerance, atol=1e-6)


@hypothesis.given(
    st.lists(st.lists(st.floats(-1e3, 1e3, width=32), min_size=1, max_size=4), min_size=1, max_size=3),
    st.floats(0.0625, 128, width=32),
    st.sampled_from([1.0, 2.0, math.inf]),
)
def test_clipped_norm_is_at_most_the_bound(values: list[list[float]], bound: float, order: float) -> None:
    grads = [jnp.asarray(value, jnp.float32) for value in values]
    clipped, norm = clip_grad_norm(grads, bound, order)
    flat = np.concatenate([np.asarray(value, np.float64) for value in values])
    np.testing.assert_allclose(norm, np.linalg.norm(flat, order), rtol=1e-4, atol=1e-6)
    after = np.linalg.norm(np.concatenate([np.asarray(grad, np.float64) for grad in clipped]), order)
    assert after <= bound * 1.0001 or after <= norm
    if norm < bound * 0.999:
        for before, grad in zip(grads, clipped, strict=True):
            assert_close(grad, before)


def test_clip_edges() -> None:
    none, norm = clip_grad_norm({"w": None}, 1.0)
    assert none == {"w": None} and norm == 0
    assert_close(clip_grad_value({"w": jnp.array([-2.0, 0.5, jnp.nan])}, 1.0)["w"], np.float32([-1.0, 0.5, np.nan]))
    with pytest.raises(RuntimeError, match="The total norm of order 2.0 for gradients from `parameters` is non-finite"):
        clip_grad_norm([jnp.array([jnp.inf])], 1.0, error_if_nonfinite=True)
    with pytest.raises(RuntimeError, match="not known while jax traces"):
        jax.jit(lambda g: clip_grad_norm(g, 1.0, error_if_nonfinite=True))(jnp.ones(2))
    assert_close(jax.grad(lambda g: clip_grad_norm(g, 1.0)[1])(jnp.zeros(2)), jnp.zeros(2))


def test_clipping_in_a_chain() -> None:
    tx = optax.chain(optim.clip_by_norm(1.0), optim.sgd(1.0))
    updates, _ = tx.update(jnp.array([3.0, 4.0]), tx.init(jnp.zeros(2)))
    assert_close(updates, jnp.array([-0.6, -0.8]), rtol=1e-5)
    tx = optax.chain(optim.clip_by_value(1.0), optim.sgd(1.0))
    updates, _ = tx.update(jnp.array([3.0, 0.5]), tx.init(jnp.zeros(2)))
    assert_close(updates, jnp.array([-1.0, -0.5]))
