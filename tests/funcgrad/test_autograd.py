"""Gradients of marked leaves, accumulation, detach and no_grad: against jax.grad, and by what is stored."""

from functools import partial
from typing import Any

import hypothesis
import hypothesis.strategies as st
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

import funcgrad
from funcgrad import (
    accumulate,
    backward,
    combine,
    detach,
    grad,
    leaf_paths,
    no_grad,
    partition,
    requires_grad,
    value_and_grad,
    zero_grad,
)
from tests.helpers import assert_close

NAMES = ("encoder/w", "encoder/b", "head/w", "head/b")


def params() -> dict[str, dict[str, jax.Array]]:
    return {
        "encoder": {"w": jnp.linspace(-1.0, 1.0, 6).reshape(3, 2), "b": jnp.array([0.1, -0.2])},
        "head": {"w": jnp.array([[0.5], [-0.4]]), "b": jnp.array([0.3])},
    }


def loss_fn(params: Any, x: jax.Array) -> jax.Array:
    hidden = jnp.tanh(x @ params["encoder"]["w"] + params["encoder"]["b"])
    return ((hidden @ params["head"]["w"] + params["head"]["b"]) ** 2).mean()


X = jnp.linspace(-2.0, 2.0, 12).reshape(4, 3)


def assert_trees_close(actual: Any, expected: Any, rtol: float = 1e-5) -> None:
    assert jax.tree.structure(actual) == jax.tree.structure(expected)
    jax.tree.map(partial(assert_close, rtol=rtol), actual, expected)


# ---- masks
def test_paths_and_patterns() -> None:
    assert leaf_paths(params()) == ["encoder/b", "encoder/w", "head/b", "head/w"]
    assert jax.tree.leaves(requires_grad(params(), "*/w")) == [False, True, False, True]
    assert jax.tree.leaves(requires_grad(params(), "head")) == [False, False, True, True]
    assert jax.tree.leaves(requires_grad(params(), ["*", "!encoder/b"])) == [False, True, True, True]
    assert jax.tree.leaves(requires_grad(params(), {"encoder": False, "head": True})) == [False, False, True, True]
    assert not any(jax.tree.leaves(requires_grad(params(), False)))


def test_pattern_without_a_leaf() -> None:
    with pytest.raises(ValueError, match=r"no leaf matches 'tail'(.|\n)*encoder/b"):
        requires_grad(params(), "tail")


def test_only_floating_point_leaves() -> None:
    assert requires_grad({"w": jnp.ones(2), "n": jnp.arange(2)}) == {"w": True, "n": False}
    with pytest.raises(RuntimeError, match="only Tensors of floating point"):
        requires_grad({"n": jnp.arange(2)})


@hypothesis.given(st.sets(st.sampled_from(NAMES)))
def test_combine_undoes_partition(marked: set[str]) -> None:
    parts = partition(params(), lambda path, _: path in marked)
    assert len(jax.tree.leaves(parts[0])) == len(marked)
    assert_trees_close(combine(*parts), params())


def test_nnx_parameters() -> None:
    model = nnx.Linear(3, 2, rngs=nnx.Rngs(0))
    definition, state = nnx.split(model)
    assert leaf_paths(state) == ["bias", "kernel"]
    grads = grad(lambda state, x: (nnx.merge(definition, state)(x) ** 2).sum(), "kernel")(state, X)
    reference = jax.grad(lambda state: (nnx.merge(definition, state)(X) ** 2).sum())(state)
    assert_close(jax.tree.leaves(grads)[0], reference["kernel"][...])
    assert len(jax.tree.leaves(grads)) == 1


# ---- gradients of the marked leaves
@hypothesis.given(st.sets(st.sampled_from(NAMES), min_size=1), st.booleans())
def test_gradients_are_those_of_jax_or_none(marked: set[str], jitted: bool) -> None:
    wrap = jax.jit if jitted else lambda f: f
    value, grads = wrap(value_and_grad(loss_fn, lambda path, _: path in marked))(params(), X)
    expected, reference = jax.value_and_grad(loss_fn)(params(), X)
    assert_close(value, expected)
    mask = requires_grad(params(), lambda path, _: path in marked)
    assert_trees_close(grads, jax.tree.map(lambda mark, leaf: leaf if mark else None, mask, reference))


def test_frozen_gradients_are_not_computed() -> None:
    traced = jax.make_jaxpr(grad(loss_fn, "head/b"))(params(), X)
    everything = jax.make_jaxpr(grad(loss_fn))(params(), X)
    count = {name: str(jaxpr).count("dot_general") for name, jaxpr in {"one": traced, "all": everything}.items()}
    assert count == {"one": 2, "all": 5}


def test_aux_and_argnum() -> None:
    def shifted(x: jax.Array, p: jax.Array) -> tuple[jax.Array, jax.Array]:
        return (x * p).sum(), x + p

    x, p = jnp.arange(3.0), jnp.ones(3)
    (value, aux), grads = value_and_grad(shifted, argnum=1, has_aux=True)(x, p)
    assert_close(value, jnp.float32(3))
    assert_close(aux, x + p)
    assert_close(grads, x)
    grads, aux = grad(shifted, argnum=1, has_aux=True)(x, p)
    assert_close(grads, x)


def test_complex_gradients_descend() -> None:
    z = jnp.array([1.0 + 2.0j])
    grads = grad(lambda z: (jnp.abs(z - 1.0j) ** 2).sum())(z)
    assert_close(grads, 2 * (z - 1.0j))


def test_gradients_compose_with_vmap_and_scan() -> None:
    per_example = jax.vmap(grad(loss_fn, "head"), in_axes=(None, 0))(params(), X[:, None])
    mean = jax.tree.map(lambda leaf: leaf.mean(0), per_example)
    assert_trees_close(mean, grad(loss_fn, "head")(params(), X))

    def body(grads: Any, x: jax.Array) -> Any:
        return backward(loss_fn)(params(), grads, x)[1], None

    start = zero_grad(params(), set_to_none=False)
    summed = jax.lax.scan(body, start, X.reshape(2, 2, 3))[0]
    one_by_one = accumulate(grad(loss_fn)(params(), X[:2]), grad(loss_fn)(params(), X[2:]))
    assert_trees_close(summed, one_by_one)


# ---- accumulation
def test_backward_adds() -> None:
    step = backward(loss_fn)
    first, grads = step(params(), None, X)
    second, twice = step(params(), grads, X)
    assert_close(first, second)
    assert_trees_close(twice, jax.tree.map(lambda leaf: 2 * leaf, grads))
    _, again = step(params(), zero_grad(twice), X)
    assert_trees_close(again, grads)
    _, again = step(params(), zero_grad(twice, set_to_none=False), X)
    assert_trees_close(again, grads)


def test_two_tasks_give_the_gradient_of_the_sum() -> None:
    def other(params: Any, x: jax.Array) -> jax.Array:
        return jnp.abs(x @ params["encoder"]["w"]).sum()

    _, grads = backward(loss_fn)(params(), None, X)
    _, grads = backward(other)(params(), grads, X)
    assert_trees_close(grads, jax.grad(lambda p: loss_fn(p, X) + other(p, X))(params()))


def test_accuracy_does_not_touch_gradients() -> None:
    _, before = backward(loss_fn)(params(), None, X)
    accuracy = (X @ params()["encoder"]["w"] > 0).mean()
    _, after = backward(loss_fn)(params(), zero_grad(before), X)
    assert 0 <= accuracy <= 1
    assert_trees_close(after, before)


def test_unmarked_leaves_keep_what_was_handed_in() -> None:
    grads = {"encoder": {"w": None, "b": jnp.ones(2)}, "head": {"w": None, "b": None}}
    _, grads = backward(loss_fn, "head")(params(), grads, X)
    assert_close(grads["encoder"]["b"], jnp.ones(2))
    assert grads["encoder"]["w"] is None and grads["head"]["w"] is not None


@pytest.mark.parametrize("jitted", [False, True])
def test_backward_refuses_what_needs_no_gradient(jitted: bool) -> None:
    wrap = jax.jit if jitted else lambda f: f
    message = "element 0 of tensors does not require grad and does not have a grad_fn"
    cut = {
        "no_grad": no_grad(loss_fn),
        "detach": lambda p, x: detach(loss_fn(p, x)),
        "jitted": lambda p, x: jax.jit(no_grad(loss_fn))(p, x),
        "constant": lambda p, x: x.sum(),
        "integer": lambda p, x: (p["head"]["b"] > 0).sum(),
    }
    for fn in cut.values():
        with pytest.raises(RuntimeError, match=message):
            wrap(backward(fn))(params(), None, X)
    with pytest.raises(RuntimeError, match=message):
        wrap(backward(loss_fn, False))(params(), None, X)
    with pytest.raises(RuntimeError, match="grad can be implicitly created only for scalar outputs"):
        wrap(backward(lambda p, x: x @ p["encoder"]["w"]))(params(), None, X)


# ---- detach and no_grad
def test_detach_passes_what_has_no_derivative() -> None:
    tree = {"n": 3, "name": "x", "ints": jnp.arange(2), "none": None, "x": jnp.ones(2), "numpy": np.ones(2)}
    cut = detach(tree)
    assert cut["n"] == 3 and cut["name"] == "x" and cut["none"] is None
    assert_close(cut["ints"], jnp.arange(2))


def test_detach_is_a_constant() -> None:
    assert_close(jax.grad(lambda x: (x * detach(x)).sum())(jnp.array([2.0, 3.0])), jnp.array([2.0, 3.0]))


def deep(w: jax.Array, x: jax.Array) -> jax.Array:
    """Every way jax has of nesting functions, each of which stores something for its derivative."""
    h = jax.nn.relu(jnp.sin(jnp.tanh(x @ w)))
    h = jax.jit(lambda h: jnp.exp(h @ w))(h)
    h = jax.lax.scan(lambda c, _: (jnp.tanh(c @ w), None), h, None, length=5)[0]
    h = jax.checkpoint(lambda h: jnp.sin(h @ w))(h)
    h = jax.lax.cond(h.sum() > 0, jnp.sin, jnp.cos, h)
    return jax.nn.softmax(h).sum()


def stored(fn: Any, *args: Any) -> int:
    """Elements of the arrays that the backward pass of `fn` would read."""
    return sum(leaf.size for leaf in jax.tree.leaves(jax.vjp(fn, *args)[1]))


@pytest.mark.parametrize("jitted", [False, True])
def test_no_grad_stores_nothing(jitted: bool) -> None:
    wrap = jax.jit if jitted else lambda f: f
    w = x = jnp.eye(7)
    assert stored(wrap(lambda w: deep(w, x)), w) > 500
    assert stored(wrap(lambda w: no_grad(deep)(w, x) + w.sum()), w) == 0
    assert stored(wrap(lambda w: no_grad(lambda x: deep(w, x))(x) + w.sum()), w) == 0  # reached by closure
    assert stored(wrap(lambda w: deep(w, x) + no_grad(deep)(w, x)), w) == stored(wrap(lambda w: deep(w, x)), w)


def test_no_grad_stores_nothing_in_a_loop() -> None:
    x = jnp.eye(7)

    def loop(body: Any, w: jax.Array) -> jax.Array:
        return jax.lax.scan(lambda total, _: (total + body(w, x) + w.sum(), None), 0.0, None, length=3)[0]

    assert stored(partial(loop, no_grad(deep)), x) == 0
    assert stored(partial(loop, deep), x) > 0


def test_arguments_meet_no_derivative_rule() -> None:
    @jax.custom_vjp
    def forbidden(x: jax.Array) -> jax.Array:
        return x

    def rule(x: jax.Array) -> Any:
        raise AssertionError("differentiated")

    forbidden.defvjp(rule, rule)
    assert_close(jax.grad(lambda x: x * no_grad(forbidden)(x))(jnp.float32(3)), jnp.float32(3))


def test_no_grad_keeps_values_and_the_function() -> None:
    @no_grad
    def validate(p: Any, x: jax.Array, *, scale: float) -> dict[str, Any]:
        """Says so."""
        return {"loss": scale * loss_fn(p, x), "count": 4}

    out = validate(params(), X, scale=2.0)
    assert (validate.__name__, validate.__doc__, out["count"]) == ("validate", "Says so.", 4)
    assert_close(out["loss"], 2 * loss_fn(params(), X))


def test_results_are_the_same_with_and_without_x64() -> None:
    with jax.enable_x64(True):
        p = jax.tree.map(lambda leaf: np.asarray(leaf, np.float64), params())
        loss, grads = backward(loss_fn)(p, None, np.asarray(X, np.float64))
        assert loss.dtype == grads["head"]["b"].dtype == np.float64
    assert_trees_close(
        jax.tree.map(lambda leaf: np.float32(leaf), grads), jax.tree.map(np.asarray, grad(loss_fn)(params(), X)), 1e-4
    )


def test_index_is_complete() -> None:
    for name in dir(funcgrad):
        assert getattr(funcgrad, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'backwards'"):
        _ = funcgrad.backwards
