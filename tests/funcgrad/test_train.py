"""Training states: explicit modes and keys, scanned epochs, frozen parameters, ensembles, devices, donation."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import linen, nnx

from funcgrad import (
    TrainState,
    eval_epoch,
    eval_step,
    fit,
    linen_apply,
    nnx_apply,
    optim,
    split_batches,
    step,
    train_epoch,
    train_step,
)
from tests.conftest import ROOT
from tests.helpers import assert_close

R = np.random.default_rng(0)
INPUTS = jnp.asarray(R.normal(size=(24, 3)), jnp.float32)
TARGETS = jnp.asarray(np.asarray(INPUTS).sum(1, keepdims=True) > 0, jnp.float32)


class Linen(linen.Module):
    @linen.compact
    def __call__(self, x: jax.Array, train: bool) -> jax.Array:
        x = linen.Dense(8, name="first")(x)
        x = linen.BatchNorm(use_running_average=not train, momentum=0.5)(x)
        x = linen.Dropout(0.5, deterministic=not train)(linen.relu(x))
        return linen.sigmoid(linen.Dense(1, name="last")(x))


class Nnx(nnx.Module):
    def __init__(self, rngs: nnx.Rngs) -> None:
        self.first, self.last = nnx.Linear(3, 8, rngs=rngs), nnx.Linear(8, 1, rngs=rngs)
        self.norm, self.dropout = nnx.BatchNorm(8, momentum=0.5, rngs=rngs), nnx.Dropout(0.5, rngs=rngs)

    def __call__(self, x: jax.Array) -> jax.Array:
        return jax.nn.sigmoid(self.last(self.dropout(jax.nn.relu(self.norm(self.first(x))))))


def mse(outputs: jax.Array, targets: jax.Array) -> jax.Array:
    return ((outputs - targets) ** 2).mean()


def accuracy(outputs: jax.Array, targets: jax.Array) -> jax.Array:
    return ((outputs > 0.5) == targets).mean()


def make(kind: str = "linen", tx: optax.GradientTransformation | None = None, **options: Any) -> TrainState:
    if kind == "linen":
        module = Linen()
        variables = module.init(jax.random.key(0), INPUTS, False)
        apply, params = linen_apply(module), variables["params"]
        model_state = {"batch_stats": variables["batch_stats"]}
    else:
        apply, params, model_state = nnx_apply(Nnx(nnx.Rngs(0)))
    return TrainState.create(
        apply_fn=apply,
        params=params,
        model_state=model_state,
        tx=tx or optim.adam(0.05),
        key=jax.random.key(1),
        **options,
    )


def assert_states_close(a: TrainState, b: TrainState) -> None:
    for first, second in zip(jax.tree.leaves(a), jax.tree.leaves(b), strict=True):
        if jnp.issubdtype(first.dtype, jax.dtypes.prng_key):
            first, second = jax.random.key_data(first), jax.random.key_data(second)
        assert_close(first, second, rtol=1e-4, atol=1e-5)


def changed(before: Any, after: Any) -> bool:
    return any(not np.array_equal(a, b) for a, b in _pairs(before, after))


def _pairs(first: Any, second: Any) -> Iterator[tuple[Any, Any]]:
    return zip(jax.tree.leaves(first), jax.tree.leaves(second), strict=True)


both = pytest.mark.parametrize("kind", ["linen", "nnx"])


@both
def test_a_step_changes_everything_it_should(kind: str) -> None:
    before = make(kind)
    after, report = train_step(before, (INPUTS, TARGETS), mse, metrics=(accuracy,))
    assert changed(before.params, after.params) and changed(before.model_state, after.model_state)
    assert set(report) == {"loss", "accuracy"} and after.step == 1
    assert jax.tree.structure(before) == jax.tree.structure(after)


@both
def test_evaluation_changes_nothing_and_repeats(kind: str) -> None:
    state = make(kind)
    first = eval_step(state, (INPUTS, TARGETS), mse, metrics=(accuracy,))
    assert_close(eval_step(state, (INPUTS, TARGETS), mse)["loss"], first["loss"])
    outputs, model_state = state.apply_fn(state.params, state.model_state, INPUTS, train=False, key=state.key)
    assert not changed(model_state, state.model_state)
    single, _ = state.apply_fn(state.params, state.model_state, INPUTS[:1], train=False, key=state.key)
    assert_close(single, outputs[:1], atol=1e-5)  # batch statistics of the batch at hand play no part


@both
def test_dropout_follows_the_key_and_the_step(kind: str) -> None:
    state = make(kind)

    def outputs(key: jax.Array) -> jax.Array:
        return state.apply_fn(state.params, state.model_state, INPUTS, train=True, key=key)[0]

    assert_close(outputs(jax.random.key(3)), outputs(jax.random.key(3)))
    assert changed(outputs(jax.random.key(3)), outputs(jax.random.key(4)))
    frozen = make(kind, tx=optim.sgd(0.0))
    second, first_report = train_step(frozen, (INPUTS, TARGETS), mse)
    _, second_report = train_step(second.replace(model_state=frozen.model_state), (INPUTS, TARGETS), mse)
    assert first_report["loss"] != second_report["loss"]


@both
def test_an_epoch_is_the_loop(kind: str) -> None:
    batches, rest = split_batches((INPUTS, TARGETS), 8)
    assert rest is None
    # Adam would blow rounding errors up where the gradient is 0: batch normalisation takes the first bias out again.
    looped, losses = make(kind, tx=(tx := optim.sgd(0.5))), []
    for index in range(3):
        looped, report = train_step(looped, jax.tree.map(lambda leaf, i=index: leaf[i], batches), mse)
        losses.append(report["loss"])
    scanned, reports = jax.jit(train_epoch, static_argnames="loss_fn")(make(kind, tx=tx), batches, loss_fn=mse)
    assert_states_close(scanned, looped)
    assert_close(reports["loss"], jnp.stack(losses), rtol=1e-4)


@pytest.mark.parametrize("where", ["last", ["*", "!first"], "*/bias"])
def test_frozen_parameters_stay(where: Any) -> None:
    before = make(where=where, tx=optim.adamw(0.1))
    after, _ = train_step(before, (INPUTS, TARGETS), mse)
    moved = jax.tree.leaves(jax.tree.map(lambda a, b: bool((a != b).any()), before.params, after.params))
    assert moved == list(before.trained) and any(moved) and not all(moved)
    assert len(jax.tree.leaves(after.opt_state.slots["exp_avg"])) == sum(moved)


def test_clipping() -> None:
    plain, _ = train_step(make(tx=optim.sgd(1.0)), (INPUTS, TARGETS), mse)
    clipped, report = train_step(make(tx=optim.sgd(1.0)), (INPUTS, TARGETS), mse, max_norm=1e-3)
    start = make().params

    def distance(state: TrainState) -> float:
        return float(optax.tree.norm(jax.tree.map(jnp.subtract, state.params, start)))

    np.testing.assert_allclose(distance(clipped), 1e-3, rtol=0.01)
    np.testing.assert_allclose(distance(plain), report["grad_norm"], rtol=1e-3)
    bounded, _ = train_step(make(tx=optim.sgd(1.0)), (INPUTS, TARGETS), mse, clip_value=1e-3)
    largest = max(jnp.abs(a - b).max() for a, b in _pairs(bounded.params, start))
    np.testing.assert_allclose(largest, 1e-3, rtol=1e-2)


def test_steps_compile_once() -> None:
    traces: Counter[str] = Counter()

    def loss(outputs: jax.Array, targets: jax.Array) -> jax.Array:
        traces["loss"] += 1
        return mse(outputs, targets)

    jitted = jax.jit(train_step, static_argnames="loss_fn", donate_argnames="state")
    state = make(tx=optax.inject_hyperparams(optim.sgd)(lr=0.1))
    for number in range(4):
        state.opt_state.hyperparams["lr"] = jnp.float32(0.1 / (1 + number))
        state, _ = jitted(state, (INPUTS, TARGETS), loss_fn=loss, max_norm=1.0 + number)
    assert traces["loss"] == 1


def test_donation_reuses_the_state() -> None:
    jitted = jax.jit(train_step, static_argnames="loss_fn", donate_argnames="state")
    before = jax.tree.map(jnp.copy, make())
    jitted(before, (INPUTS, TARGETS), loss_fn=mse)
    assert all(leaf.is_deleted() for leaf in jax.tree.leaves((before.params, before.opt_state)))


def test_an_ensemble_is_a_vmap() -> None:
    one = make(tx=optim.sgd(0.5))
    states = [one.replace(key=jax.random.key(seed)) for seed in range(3)]
    stacked = jax.tree.map(lambda *leaves: jnp.stack(leaves), *states)
    after, report = jax.vmap(partial(train_step, loss_fn=mse), in_axes=(0, None))(stacked, (INPUTS, TARGETS))
    assert report["loss"].shape == (3,)
    for index, state in enumerate(states):
        alone, _ = train_step(state, (INPUTS, TARGETS), mse)
        assert_states_close(jax.tree.map(lambda leaf, i=index: leaf[i], after), alone)


def without_dropout(params: Any, model_state: Any, inputs: jax.Array, *, train: bool, key: jax.Array) -> Any:
    return jax.nn.sigmoid(inputs @ params["w"] + params["b"]), {"seen": model_state["seen"] + inputs.mean()}


def simple() -> TrainState:
    params = {"w": jnp.zeros((3, 1)), "b": jnp.zeros(1)}
    return TrainState.create(
        apply_fn=without_dropout,
        params=params,
        tx=optim.sgd(1.0),
        key=jax.random.key(0),
        model_state={"seen": jnp.zeros(())},
    )


def test_a_batch_split_over_an_axis_gives_the_same_step() -> None:
    whole, report = train_step(simple(), (INPUTS, TARGETS), mse)
    halves = jax.tree.map(lambda leaf: leaf.reshape(2, 12, -1), (INPUTS, TARGETS))
    mapped = jax.vmap(partial(train_step, loss_fn=mse, axis_name="parts"), in_axes=(None, 0), axis_name="parts")
    split, split_report = mapped(simple(), halves)
    assert_states_close(jax.tree.map(lambda leaf: leaf[0], split.replace(key=jnp.stack([whole.key] * 2))), whole)
    assert_close(split_report["loss"][1], report["loss"])


ON_DEVICES = """
import jax
from functools import partial
from jax.sharding import AxisType, PartitionSpec as P
from tests.funcgrad.test_train import INPUTS, TARGETS, assert_states_close, make, mse, simple
from funcgrad import train_step
mesh = jax.make_mesh((2,), ("parts",), axis_types=(AxisType.Auto,))
for check in (True, False):
    sharded = jax.shard_map(
        partial(train_step, loss_fn=mse, axis_name="parts", max_norm=0.1),
        mesh=mesh, in_specs=(P(), P("parts")), out_specs=P(), check_vma=check)
    state, report = jax.jit(sharded)(simple(), (INPUTS, TARGETS))
    assert_states_close(state, train_step(simple(), (INPUTS, TARGETS), mse, max_norm=0.1)[0])
    jax.jit(sharded)(make(), (INPUTS, TARGETS))
print("same on two devices")
"""


def test_shard_map() -> None:
    environment = {**os.environ, "XLA_FLAGS": "--xla_force_host_platform_device_count=2", "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", ON_DEVICES], env=environment, capture_output=True, text=True, cwd=ROOT)
    assert done.stdout == "same on two devices\n", done.stderr


@both
def test_fit_learns_and_leaves_the_state_alone(kind: str) -> None:
    state = make(kind)
    data, valid = (INPUTS[:20], TARGETS[:20]), (INPUTS[20:], TARGETS[20:])
    trained, history = fit(
        state,
        data,
        mse,
        epochs=15,
        batch_size=8,
        key=jax.random.key(5),
        valid=valid,
        metrics=[accuracy],
        progress=False,
    )
    assert trained.step == 45 and not state.params["first"]["kernel"][...].is_deleted()
    assert set(history) == {"loss", "accuracy", "valid_loss", "valid_accuracy"}
    assert all(len(column) == 15 for column in history.values())
    assert history["loss"][-1] < 0.7 * history["loss"][0]
    expected = eval_step(trained, valid, mse, metrics=(accuracy,))
    assert history["valid_loss"][-1] == pytest.approx(float(expected["loss"]), rel=1e-5)


def test_fit_shows_a_bar(capfd: pytest.CaptureFixture[str]) -> None:
    fit(simple(), (INPUTS, TARGETS), mse, epochs=2, batch_size=24)
    assert "training: 100%" in capfd.readouterr().err


def test_fit_can_drop_the_last_batch() -> None:
    state, _ = fit(simple(), (INPUTS, TARGETS), mse, epochs=1, batch_size=16, drop_last=True, progress=False)
    assert state.step == 1
    with pytest.raises(ValueError, match="no batch of 100"):
        fit(simple(), (INPUTS, TARGETS), mse, epochs=1, batch_size=100, drop_last=True, progress=False)


def test_eval_epoch_is_the_loop() -> None:
    batches, _ = split_batches((INPUTS, TARGETS), 8)
    state = make()
    reports = eval_epoch(state, batches, mse, metrics=(accuracy,))
    expected = [eval_step(state, jax.tree.map(lambda leaf, i=i: leaf[i], batches), mse)["loss"] for i in range(3)]
    assert_close(reports["loss"], jnp.stack(expected))


def test_shuffled_batches_hold_each_example_once() -> None:
    batches, rest = split_batches({"x": jnp.arange(11), "y": jnp.arange(11) * 2}, 4, jax.random.key(0))
    seen = jnp.concatenate([batches["x"].ravel(), rest["x"]])
    assert sorted(seen.tolist()) == list(range(11)) and seen.tolist() != list(range(11))
    assert_close(batches["y"], batches["x"] * 2)


def test_step_is_the_optimiser() -> None:
    state = simple()
    after = step(jax.tree.map(jnp.ones_like, state.params), state)
    assert_close(after.params["b"], jnp.array([-1.0]))


def test_nothing_to_train() -> None:
    state = simple().replace(trained=(False, False))
    with pytest.raises(RuntimeError, match="does not require grad"):
        train_step(state, (INPUTS, TARGETS), mse)
