"""How convolutions are lowered on a CPU, where that is a matter of how long they take."""

import jax
import jax.numpy as jnp
import pytest
from jax import Array

from funcgrad.ops.convolution import conv2d, cpu_lowering

pytestmark = pytest.mark.skipif(not cpu_lowering(), reason="elsewhere all convolutions are XLA's own")


def _text(x: Array, w: Array) -> str:
    step = jax.grad(lambda x, w: (conv2d(x, w, padding=1) ** 2).sum(), (0, 1))
    return jax.jit(step).lower(x, w).as_text()


def test_small_results_are_matrix_products() -> None:
    """XLA's own gradient of a convolution takes up to thirty times as long where the result is below the kernel."""
    w = jnp.ones((64, 64, 3, 3))
    assert "convolution" not in _text(jnp.ones((2, 64, 2, 2)), w)
    assert "convolution" in _text(jnp.ones((2, 64, 8, 8)), w)  # where XLA's is the quicker one
