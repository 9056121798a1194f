"""Random programs: the gradients are those of jax.grad, under every transformation, and no_grad keeps nothing."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import hypothesis
import hypothesis.strategies as st
import jax
import jax.numpy as jnp
import numpy as np
import optax

import funcgrad
from funcgrad import accumulate, backward, combine, detach, grad, no_grad, partition, requires_grad, value_and_grad
from tests.conftest import ROOT
from tests.helpers import assert_close

SIZE = 3
NAMES = ("a", "b", "c/d", "c/e")
OPERATIONS: dict[str, Callable[[jax.Array, jax.Array], jax.Array]] = {
    "add": lambda x, p: x + p,
    "scale": lambda x, p: x * jnp.sin(p),
    "matrix": lambda x, p: jnp.tanh(x @ jnp.outer(p, p) / SIZE),
    "swish": lambda x, p: x * jax.nn.sigmoid(x + p),
    "branch": lambda x, p: jnp.where(x > p, x, 0.5 * p),
    "loop": lambda x, p: jax.lax.scan(lambda c, _: (jnp.cos(c) * p, None), x, None, length=2)[0],
}
WRAPPERS = ("", "detach", "no_grad", "no_grad closure")

programs = st.lists(st.tuples(st.sampled_from(sorted(OPERATIONS)), st.sampled_from(WRAPPERS), st.sampled_from(NAMES)),
                    min_size=1, max_size=6)  # fmt: skip
masks = st.sets(st.sampled_from(NAMES), min_size=1)


def params(seed: int = 0) -> dict[str, Any]:
    a, b, d, e = np.random.default_rng(seed).uniform(-1, 1, (4, SIZE)).astype("float32")
    return {"a": jnp.asarray(a), "b": jnp.asarray(b), "c": {"d": jnp.asarray(d), "e": jnp.asarray(e)}}


def leaf(tree: Any, name: str) -> jax.Array:
    for part in name.split("/"):
        tree = tree[part]
    return tree


X = jnp.asarray(np.random.default_rng(9).uniform(-1, 1, (4, SIZE)).astype("float32"))


def loss(program: Sequence[tuple[str, str, str]], by_hand: bool, tree: Any, x: jax.Array) -> jax.Array:
    """A program with funcgrad's wrappers, or with ``stop_gradient`` in their places; skip connections keep it alive."""
    for operation, wrapper, name in program:
        fn, p = OPERATIONS[operation], leaf(tree, name)
        if not wrapper:
            made = fn(x, p)
        elif by_hand:
            made = jax.lax.stop_gradient(fn(x, p))
        elif wrapper == "detach":
            made = detach(fn(x, p))
        elif wrapper == "no_grad":
            made = no_grad(fn)(x, p)
        else:
            made = no_grad(lambda x, fn=fn, p=p: fn(x, p))(x)
        x = x + made
    return (x**2).mean() + sum((leaf * leaf).sum() for leaf in jax.tree.leaves(tree)) * 1e-3


def assert_trees_close(actual: Any, expected: Any) -> None:
    assert jax.tree.structure(actual) == jax.tree.structure(expected)
    jax.tree.map(partial(assert_close, rtol=1e-4, atol=1e-5), actual, expected)


def of_marked(grads: Any, marked: set[str]) -> Any:
    """The gradients of the marked leaves, None for the others."""
    return partition(grads, lambda path, _: path in marked)[0]


@hypothesis.given(programs, masks)
def test_gradients_are_those_of_jax_with_stop_gradient(program: Any, marked: set[str]) -> None:
    expected, reference = jax.jit(jax.value_and_grad(partial(loss, program, True)))(params(), X)
    value, grads = jax.jit(value_and_grad(partial(loss, program, False), lambda path, _: path in marked))(params(), X)
    assert_close(value, expected)
    assert_trees_close(grads, of_marked(reference, marked))


@hypothesis.settings(max_examples=6)
@hypothesis.given(programs, masks)
def test_gradients_compose_with_vmap_and_scan(program: Any, marked: set[str]) -> None:
    mine = grad(partial(loss, program, False), lambda path, _: path in marked)
    reference = jax.grad(partial(loss, program, True))
    ensemble = jax.tree.map(lambda *leaves: jnp.stack(leaves), params(1), params(2))
    assert_trees_close(jax.jit(jax.vmap(mine, (0, None)))(ensemble, X),
                       of_marked(jax.vmap(reference, (0, None))(ensemble, X), marked))  # fmt: skip
    batches = X.reshape(2, 2, SIZE)
    one_by_one = jax.lax.scan(lambda c, x: (c, mine(params(), x)), None, batches)[1]
    assert_trees_close(one_by_one, of_marked(jax.vmap(reference, (None, 0))(params(), batches), marked))


@hypothesis.settings(max_examples=6)
@hypothesis.given(st.lists(programs, min_size=2, max_size=3), masks)
def test_tasks_add_up(tasks: Any, marked: set[str]) -> None:
    def total(tree: Any) -> Any:
        return sum(loss(program, True, tree, X) for program in tasks)

    grads = None
    for program in tasks:
        _, grads = backward(partial(loss, program, False), lambda path, _: path in marked)(params(), grads, X)
    apart = accumulate(*(grad(partial(loss, program, False))(params(), X) for program in tasks))
    assert_trees_close(grads, of_marked(jax.grad(total)(params()), marked))
    assert_trees_close(of_marked(apart, marked), grads)


@hypothesis.given(masks)
def test_partition_is_the_mask(marked: set[str]) -> None:
    chosen, rest = partition(params(), lambda path, _: path in marked)
    mask = requires_grad(params(), lambda path, _: path in marked)
    assert sum(jax.tree.leaves(mask)) == len(jax.tree.leaves(chosen)) == len(marked)
    assert len(jax.tree.leaves(rest)) == len(NAMES) - len(marked)
    assert_trees_close(combine(chosen, rest), params())
    assert_trees_close(combine(rest, chosen), params())


@hypothesis.given(programs)
def test_no_grad_keeps_no_residual_of_any_program(program: Any) -> None:
    bare = [(operation, "", name) for operation, _, name in program]
    whole = no_grad(partial(loss, bare, True))

    def stored(fn: Any) -> int:
        """Bytes of the arrays that the backward pass would read."""
        return sum(x.nbytes for x in jax.tree.leaves(jax.vjp(fn, params())[1]))

    plain = stored(lambda tree: tree["a"].sum())
    assert stored(lambda tree: tree["a"].sum() + whole(tree, X)) == plain
    assert stored(lambda tree: tree["a"].sum() + loss(bare, True, tree, X)) > plain


def test_no_grad_saves_the_memory_of_a_compiled_program() -> None:
    w, x, length = jnp.eye(32), jnp.ones((32, 32)), 100

    def chain(w: jax.Array) -> jax.Array:
        return jax.lax.scan(lambda c, _: (jnp.tanh(c @ w), None), x, None, length=length)[0].sum()

    def temporary(fn: Any) -> int:
        return jax.jit(jax.grad(fn)).lower(w).compile().memory_analysis().temp_size_in_bytes

    steps = length * x.nbytes  # what a backward pass through the chain must keep at least
    assert temporary(chain) > steps
    assert temporary(lambda w: no_grad(chain)(w) * w.sum()) < steps // 10


def test_a_step_is_the_program_that_one_writes_by_hand() -> None:
    program = [("matrix", "", "a"), ("swish", "", "b"), ("loop", "", "c/d"), ("scale", "", "c/e")]
    tx, of = optax.adam(0.1), partial(loss, program, True)
    state = funcgrad.TrainState.create(apply_fn=None, params=params(), tx=tx, key=jax.random.key(0))

    def mine(state: Any, x: jax.Array) -> Any:
        value, grads = backward(of, state.mask)(state.params, None, x)
        return funcgrad.step(grads, state), value

    def by_hand(tree: Any, opt_state: Any, count: jax.Array, x: jax.Array) -> Any:
        value, grads = jax.value_and_grad(of)(tree, x)
        updates, opt_state = tx.update(grads, opt_state, tree)
        return optax.apply_updates(tree, updates), opt_state, count + 1, value

    compiled = [jax.jit(mine).lower(state, X), jax.jit(by_hand).lower(params(), tx.init(params()), state.step, X)]
    costs = [program.compile().cost_analysis() for program in compiled]
    assert costs[0]["flops"] == costs[1]["flops"] > 0
    assert costs[0].get("transcendentals") == costs[1].get("transcendentals")


ON_DEVICES = """
import jax, jax.numpy as jnp, numpy as np
from functools import partial
from jax.sharding import AxisType, PartitionSpec as P
from funcgrad import backward, detach, grad, no_grad
from tests.funcgrad.test_properties import SIZE, loss, params
assert len(jax.devices()) == 8
program = [("matrix", "", "a"), ("swish", "no_grad", "b"), ("scale", "detach", "c/d"), ("loop", "", "c/e")]
x = jnp.asarray(np.random.default_rng(1).normal(size=(16, SIZE)).astype("float32"))
mesh = jax.make_mesh((8,), ("parts",), axis_types=(AxisType.Auto,))

@partial(jax.shard_map, mesh=mesh, in_specs=(P(), P("parts")), out_specs=P())
def averaged(tree, x):
    tree = jax.tree.map(lambda leaf: jax.lax.pcast(leaf, "parts", to="varying"), tree)
    _, grads = backward(partial(loss, program, False), "c")(tree, None, x)
    return jax.tree.map(lambda leaf: jax.lax.pmean(leaf, "parts"), grads)

got = jax.jit(averaged)(params(), x)
expected = jax.grad(partial(loss, program, True))(params(), x)
assert got["a"] is None and got["b"] is None
jax.tree.map(partial(np.testing.assert_allclose, rtol=1e-4, atol=1e-6), got["c"], expected["c"])
print("same on eight devices")
"""


def test_gradients_compose_with_shard_map() -> None:
    environment = {**os.environ, "XLA_FLAGS": "--xla_force_host_platform_device_count=8", "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", ON_DEVICES], env=environment, capture_output=True, text=True, cwd=ROOT)
    assert done.stdout == "same on eight devices\n", done.stderr
