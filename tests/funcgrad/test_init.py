"""Initialisers: bounds, moments, fans, messages; PyTorch's numbers are written in where they are exact."""

import math
from typing import Any

import hypothesis
import hypothesis.strategies as st
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen as nn

from funcgrad import init
from tests.helpers import assert_close

KEY = jax.random.key(0)
SHAPE = (300, 40, 3, 2)
FAN_IN, FAN_OUT = 240, 1800


@pytest.mark.parametrize(
    ("initialiser", "std"),
    [
        (init.xavier_uniform, math.sqrt(2 / (FAN_IN + FAN_OUT))),
        (init.xavier_normal, math.sqrt(2 / (FAN_IN + FAN_OUT))),
        (init.kaiming_uniform, math.sqrt(2 / FAN_IN)),
        (init.kaiming_normal, math.sqrt(2 / FAN_IN)),
        (init.normal, 1.0),
        (init.uniform, math.sqrt(1 / 12)),
    ],
)
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_spread(initialiser: Any, std: float, dtype: str) -> None:
    values = jax.jit(initialiser, static_argnums=(1, 2))(KEY, SHAPE, dtype)
    assert (values.shape, values.dtype) == (SHAPE, dtype)
    np.testing.assert_allclose(np.asarray(values, np.float64).std(), std, rtol=0.02)
    if initialiser in (init.xavier_uniform, init.kaiming_uniform):
        np.testing.assert_allclose(np.abs(np.asarray(values, np.float64)).max(), math.sqrt(3) * std, rtol=0.01)


@pytest.mark.parametrize(("mode", "fan"), [("fan_in", FAN_IN), ("fan_out", FAN_OUT)])
def test_kaiming_modes_and_gains(mode: Any, fan: int) -> None:
    values = init.kaiming_normal(KEY, SHAPE, mode=mode, nonlinearity="tanh")
    np.testing.assert_allclose(values.std(), 5 / 3 / math.sqrt(fan), rtol=0.02)


def test_fans() -> None:
    assert init.calculate_fans(SHAPE) == (FAN_IN, FAN_OUT)
    assert init.calculate_fans((3, 2, 40, 300), in_axis=-2, out_axis=-1) == (FAN_IN, FAN_OUT)
    with pytest.raises(ValueError, match="Fan in and fan out can not be computed for tensor with fewer than 2"):
        init.xavier_uniform(KEY, (3,))


@pytest.mark.parametrize(
    ("name", "param", "gain"),
    [
        ("linear", None, 1.0),
        ("conv2d", None, 1.0),
        ("sigmoid", None, 1.0),
        ("tanh", None, 5 / 3),
        ("relu", None, math.sqrt(2)),
        ("leaky_relu", None, math.sqrt(2 / 1.0001)),
        ("leaky_relu", math.sqrt(5), math.sqrt(1 / 3)),
        ("selu", None, 0.75),
    ],
)
def test_gain(name: str, param: float | None, gain: float) -> None:
    assert init.calculate_gain(name, param) == pytest.approx(gain)


def test_messages() -> None:
    with pytest.raises(ValueError, match="Unsupported nonlinearity gelu"):
        init.calculate_gain("gelu")
    with pytest.raises(ValueError, match="negative_slope True not a valid number"):
        init.calculate_gain("leaky_relu", True)
    with pytest.raises(ValueError, match=r"Mode fan not supported, please use one of \['fan_in', 'fan_out'\]"):
        init.kaiming_normal(KEY, (2, 2), mode="fan")
    with pytest.raises(ValueError, match="Only tensors with 2 or more dimensions"):
        init.orthogonal(KEY, (2,))
    for call in (lambda: init.eye(None, (2,)), lambda: init.sparse(KEY, (2,), sparsity=0.5)):
        with pytest.raises(ValueError, match="Only tensors with 2 dimensions are supported"):
            call()
    with pytest.raises(ValueError, match="Only tensors with 3, 4, or 5 dimensions"):
        init.dirac(None, (2, 2))
    with pytest.raises(ValueError, match="dim 0 must be divisible by groups"):
        init.dirac(None, (3, 2, 1), groups=2)


@hypothesis.settings(max_examples=10)  # each shape compiles a decomposition
@hypothesis.given(st.integers(1, 6), st.integers(1, 6), st.integers(1, 3), st.sampled_from([0, -1]))
def test_orthogonal(rows: int, columns: int, kernel: int, axis: int) -> None:
    shape = (rows, columns, kernel) if axis == 0 else (kernel, columns, rows)
    matrix = np.moveaxis(np.asarray(init.orthogonal(KEY, shape, gain=2.0, out_axis=axis)), axis, 0).reshape(rows, -1)
    gram = matrix @ matrix.T if rows <= columns * kernel else matrix.T @ matrix
    np.testing.assert_allclose(gram, 4 * np.eye(len(gram)), atol=1e-5)


def test_truncated_normal() -> None:
    values = init.trunc_normal(KEY, (20000,), mean=1.0, std=2.0, a=0.0, b=4.0)
    assert 0 <= values.min() and values.max() <= 4
    np.testing.assert_allclose(values.mean(), 1.7268, atol=0.02)  # mean of that truncated distribution


def test_exact_ones() -> None:
    assert_close(init.constant(None, (2,), val=3), jnp.full(2, 3.0))
    assert_close(init.ones(None, (2,)), jnp.ones(2))
    assert_close(init.zeros(None, (2,)), jnp.zeros(2))
    assert_close(init.eye(None, (2, 3)), jnp.eye(2, 3))
    weight = init.dirac(None, (4, 3, 3, 3), groups=2)
    expected = np.zeros((4, 3, 3, 3), np.float32)
    expected[[0, 1, 2, 3], [0, 1, 0, 1], 1, 1] = 1
    assert_close(weight, expected)
    sparse = init.sparse(KEY, (10, 4), sparsity=0.25)
    assert ((sparse == 0).sum(axis=0) == 3).all()


def test_serves_flax() -> None:
    def kernel_init(key: jax.Array, shape: tuple[int, ...], dtype: Any = jnp.float32) -> jax.Array:
        return init.kaiming_uniform(key, shape, dtype, a=math.sqrt(5), in_axis=-2, out_axis=-1)

    kernel = nn.Dense(7, kernel_init=kernel_init).init(KEY, jnp.ones((1, 16)))["params"]["kernel"]
    assert kernel.shape == (16, 7) and 0.2 < jnp.abs(kernel).max() <= 0.25
