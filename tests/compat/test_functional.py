"""Transforms together with the rest of the engine; their values are in test_observations."""

import numpy as np
import pytest

import compat
from tests.helpers import assert_close, compiles


def test_per_sample_gradients_of_a_module_compile_once() -> None:
    fn = compat.func
    m = compat.nn.Linear(3, 1)
    params = {k: v.detach() for k, v in m.named_parameters()}

    def loss(p: dict, x: object) -> object:
        return fn.functional_call(m, p, (x,)).pow(2).sum()

    per_sample = fn.vmap(fn.grad(loss), in_dims=(None, 0))
    for _ in range(2):
        grads = per_sample(params, compat.rand(4, 3))
        grads["weight"].tolist()
    with compiles(0):
        per_sample(params, compat.rand(4, 3))["weight"].tolist()
    x = compat.rand(4, 3)
    for i in range(4):
        one = fn.grad(loss)(params, x[i])
        assert_close(per_sample(params, x)["weight"][i], one["weight"])


def test_a_jacobian_is_one_program() -> None:
    x = compat.rand(6)
    compat.autograd.functional.jacobian(lambda t: t.sin() * t.sum(), x).tolist()
    before = compat.metrics()["calls"]
    compat.autograd.functional.jacobian(lambda t: t.sin() * t.sum(), x).tolist()
    assert compat.metrics()["calls"] == before + 1


def test_gradcheck_refuses_a_wrong_gradient_of_each_kind() -> None:
    x = compat.tensor([0.5, 1.5], dtype=compat.float64, requires_grad=True)

    class Shape(compat.autograd.Function):
        @staticmethod
        def forward(ctx: object, a: object) -> object:
            return a * 2

        @staticmethod
        def backward(ctx: object, g: object) -> object:
            return g * 2 + 1  # not linear in g

    with pytest.raises(compat.autograd.gradcheck.__globals__["GradcheckError"]):
        compat.autograd.gradcheck(Shape.apply, x)


def test_single_precision_warns() -> None:
    x = compat.tensor([0.5], requires_grad=True)
    with pytest.warns(UserWarning, match="Input #0 requires gradient and is not a double precision"):
        compat.autograd.gradcheck(lambda a: a * 2, x, eps=1e-2, atol=1e-2)


def test_trees_are_in_insertion_order_and_none_is_a_leaf() -> None:
    pytree = compat.utils._pytree
    leaves, spec = pytree.tree_flatten({"b": [1, None], "a": (2, {"z": 3})})
    assert leaves == [1, None, 2, 3]
    assert pytree.tree_unflatten([10, 20, 30, 40], spec) == {"b": [10, 20], "a": (30, {"z": 40})}
    assert pytree.tree_map_only(int, lambda v: v + 1, [1, "x"]) == [2, "x"]
    assert pytree.broadcast_to_and_flatten((0, None), pytree.tree_structure(([1, 2], 3))) == [0, 0, None]
    with pytest.raises(ValueError, match="holds 4 items"):
        pytree.tree_unflatten([1], spec)


def test_vmap_of_numpy_like_sizes() -> None:
    x = compat.arange(12.0).reshape(3, 4)
    assert_close(compat.vmap(lambda r: r.max())(x), np.float32([3, 7, 11]))
